/* care.c - the thread that finishes checkpoints beside the running committer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/internal.h"

static void *care(void *arg)
{
	struct store *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->care_stopping || s->checkpoint_ready) {
		int r;

		if (!s->checkpoint_ready) {
			pthread_cond_wait(&s->care_wake, &s->lock);
			continue;
		}
		s->checkpoint_ready = false;
		s->checkpoint_running = true;
		pthread_mutex_unlock(&s->lock);
		r = checkpoint_finish(s->ix, false);
		pthread_mutex_lock(&s->lock);
		s->checkpoint_running = false;
		s->checkpoint_result = r;
		s->checkpoints_done++;
		s->n.checkpoints += r >= 0;
		pthread_cond_broadcast(&s->checkpoint_done);
		pthread_cond_broadcast(&s->wake); /* another may be wanted */
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int care_start(struct store *s)
{
	int r = store_thread(&s->care, care, s);

	s->has_care = r >= 0;
	return r;
}

void care_stop(struct store *s)
{
	if (!s->has_care)
		return;
	pthread_mutex_lock(&s->lock);
	s->care_stopping = true;
	pthread_cond_broadcast(&s->care_wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->care, NULL);
	s->has_care = false;
}

int care_checkpoint(struct store *s)
{
	uint64_t done;
	int r;

	if (!log_is_shared(s->log))
		return 0;
	pthread_mutex_lock(&s->lock);
	done = s->checkpoints_done;
	/* one that is under way may have begun too early */
	done += s->checkpoint_ready || s->checkpoint_running;
	s->checkpoint_wanted = true;
	pthread_cond_broadcast(&s->wake);
	while (s->checkpoints_done <= done && !s->stopping)
		pthread_cond_wait(&s->checkpoint_done, &s->lock);
	r = s->checkpoints_done > done ? s->checkpoint_result : E_CLOSED;
	pthread_mutex_unlock(&s->lock);
	return r;
}

static int checkpoint_now(void *s)
{
	return care_checkpoint(s);
}

int store_checkpoint(struct store *s)
{
	return work_run(checkpoint_now, s);
}
