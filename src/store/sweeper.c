/* sweeper.c - the thread that gives space back: a round a minute, and at once while the disk is low.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Not the care thread: a round waits for the committer, and the committer may wait for care. */
#include <time.h>
#include "base/err.h"
#include "store/internal.h"

enum { LOOK_S = 1, ROUND_S = 60 };

bool sweeper_pause(struct store *s, unsigned seconds)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&s->lock);
	while (!s->sweeper_stopping && !rc)
		rc = pthread_cond_timedwait(&s->sweeper_wake, &s->lock, &until);
	pthread_mutex_unlock(&s->lock);
	return !s->sweeper_stopping;
}

/* By the committer, whose index_room is; nothing is to be committed. */
static int ask_index(struct store *s, struct txn *t, void *arg)
{
	s->index_full = index_room(s->ix) == E_NOSPACE;
	return E_CLOSED;
}

/* Only an ordinary group finds out whether the index has room again. If none comes, it is asked. */
static bool index_is_full(struct store *s)
{
	if (s->index_full)
		commit_chore(s, ask_index, NULL);
	return s->index_full;
}

/* Below the reserve what was expunged goes at once, whatever the undelete window says (design 2.1);
 * that is said once. */
static void look_at_disk(struct store *s)
{
	bool low = log_is_low(s->log) || index_is_full(s);

	if (low != atomic_exchange(&s->disk_low, low))
		store_tell_low(low);
}

static void *sweeper(void *arg)
{
	struct store *s = arg;

	leftovers_remove(s);
	for (unsigned waited = 0; sweeper_pause(s, LOOK_S); waited += LOOK_S) {
		look_at_disk(s);
		if (waited < ROUND_S && !s->disk_low)
			continue;
		recents_keep(s);
		rendered_keep(s);
		store_reclaim(s); /* what fails now is tried again */
		waited = 0;
	}
	return NULL;
}

int sweeper_start(struct store *s)
{
	int r = store_thread(&s->sweeper, sweeper, s);

	s->has_sweeper = r >= 0;
	return r;
}

void sweeper_stop(struct store *s)
{
	if (!s->has_sweeper)
		return;
	pthread_mutex_lock(&s->lock);
	s->sweeper_stopping = true; /* own_change() looks: a round ends early */
	pthread_cond_broadcast(&s->sweeper_wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->sweeper, NULL);
	s->has_sweeper = false;
}
