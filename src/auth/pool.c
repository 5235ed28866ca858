/* pool.c - a few threads for password hashing, with a bounded queue.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <signal.h>
#include "auth/pool.h"
#include "base/err.h"
#include "base/list.h"
#include "net/task.h"

struct job { /* in the frame of the one who waits */
	struct list link;
	int (*fn)(void *arg);
	void *arg;
	struct wait wait;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct list queue;
	unsigned queued, queue_most, n_threads;
	bool ends;
	pthread_t threads[];
};

static void *work(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct job *job;

		while (list_is_empty(&p->queue) && !p->ends)
			pthread_cond_wait(&p->work, &p->lock);
		if (list_is_empty(&p->queue))
			break;
		job = container_of(p->queue.next, struct job, link);
		list_del(&job->link);
		p->queued--;
		pthread_mutex_unlock(&p->lock);
		wait_done(&job->wait, job->fn(job->arg)); /* the job is gone after this */
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int pool_new(struct pool **ret, unsigned threads, unsigned queue_most)
{
	struct pool *p = calloc(1, sizeof(*p) + threads * sizeof(p->threads[0]));
	sigset_t all, old;

	if (!p)
		return E_NOMEM;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	list_init(&p->queue);
	p->queue_most = queue_most;
	sigfillset(&all); /* signals are the loops' */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (p->n_threads < threads &&
	       !pthread_create(&p->threads[p->n_threads], NULL, work, p))
		p->n_threads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!p->n_threads) {
		pool_free(p);
		return E_NOMEM;
	}
	*ret = p;
	return 0;
}

struct pool *pool_free(struct pool *p)
{
	if (!p)
		return NULL;
	pthread_mutex_lock(&p->lock);
	p->ends = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

int pool_run(struct pool *p, int (*fn)(void *arg), void *arg)
{
	struct job job = {.fn = fn, .arg = arg};

	wait_init(&job.wait);
	pthread_mutex_lock(&p->lock);
	if (p->queued >= p->queue_most || p->ends) {
		pthread_mutex_unlock(&p->lock);
		return E_BUSY;
	}
	list_add_tail(&p->queue, &job.link);
	p->queued++;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	return wait_for(&job.wait);
}
