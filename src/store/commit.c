/* commit.c - the committer: what waits becomes a group, a group becomes durable, then visible.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Invariants (tests and asserts quote the numbers):
 *   1. Nothing is visible before it is durable: the index's transaction is committed after the
 *      log's flush (shared log), or begun after it (log per account).
 *   2. Nothing is acknowledged before it is visible.
 *   3. After a failed write the transaction is aborted: every change of the group gets the error,
 *      and no octet of the group is ever applied.
 *   4. After a failed flush the outcome is unknown: nothing is answered, the process ends
 *      (log_opts.fatal) and the next start finds out.
 *   5. What a plan gave out (sequence number, UID, MODSEQ, ids) is what the log got.
 *   6. After a flush the records are truth: if the index cannot commit them, they are applied
 *      from the log before anything else is planned, or the process ends.
 *   7. An append of unknown outcome is looked for in the log by its transaction id before
 *      anything is planned again for that account; E_UNKNOWN is never taken for success.
 *
 *	queue --take_batch--> planned (group_run)
 *	                         |  plan error: that change is answered
 *	                         |  write error: all are answered (3), or tried one by one
 *	                         v
 *	                      logged and flushed (log_commit) --fails--> exit (4)
 *	                         |
 *	                         v
 *	                      committed (txn_commit) --fails--> apply_again (6)
 *	                         |
 *	                         v
 *	                      answered (answer); what is not over goes back to the queue
 */
#include <errno.h>
#include <time.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "store/group.h"

enum {
	BATCH_MOST = 2048,         /* changes in a group */
	BATCH_BODIES = 32 << 20,   /* octets of bodies in a group */
	ROUNDS_MOST = 1000,        /* lost races before a change is told to try later */
};

/* -- answering -- */

static void give_results(struct change *c)
{
	for (struct step *st = c->steps; st; st = st->next) {
		if (c->result >= 0 && st->id_out)
			*st->id_out = st->id;
		for (size_t i = 0; i < st->n_to; i++) {
			const struct step_delivery *d = &st->plan[i];
			struct delivery *to = &st->to[i];

			to->err = c->result < 0 ? c->result : d->err;
			if (to->err)
				continue;
			to->uid = d->uid;
			to->uidvalidity = d->uidvalidity;
			to->modseq = d->modseq;
			to->mbox_id = d->mbox_id;
		}
	}
}

/* Wakes those that are over; the others wait for another group, before newer ones. */
static void answer(struct store *s, struct change *list)
{
	struct change *again = NULL, **end = &again;

	wait_batch_begin();
	for (struct change *c = list, *next; c; c = next) {
		next = c->next;
		if (!c->is_over && ++c->rounds > ROUNDS_MOST && !c->in_slices) {
			c->result = E_BUSY;
			c->is_over = true;
		}
		if (c->is_over) {
			give_results(c);
			s->n.commits++;
			wait_done(&c->wait, c->result); /* c may be gone now */
		} else {
			*end = c;
			end = &c->next;
		}
	}
	*end = NULL;
	wait_batch_end();
	if (!again)
		return;
	pthread_mutex_lock(&s->lock);
	*end = s->queue;
	if (!s->queue)
		s->queue_end = end;
	s->queue = again;
	pthread_mutex_unlock(&s->lock);
}

/* -- taking -- */

static uint64_t body_bytes(const struct change *c)
{
	uint64_t n = 0;

	for (const struct step *st = c->steps; st; st = st->next)
		if (st->draft)
			n += draft_sealed(st->draft)->body.n;
	return n;
}

/* What is queued, up to a bound; under the lock. */
static struct change *take_batch(struct store *s, bool *may_use_reserve)
{
	struct change *first = s->queue, **c = &s->queue;
	uint64_t bytes = 0;
	size_t n = 0;

	*may_use_reserve = true;
	while (*c && n < BATCH_MOST && bytes < BATCH_BODIES) {
		*may_use_reserve = *may_use_reserve && (*c)->may_use_reserve;
		bytes += body_bytes(*c);
		n++;
		c = &(*c)->next;
	}
	s->queue = *c;
	*c = NULL;
	if (!s->queue)
		s->queue_end = &s->queue;
	return first;
}

/* -- checkpoints: begun between two groups, finished by care.c -- */

static void wait_overdue(struct store *s) /* under the lock */
{
	while (checkpoint_overdue(s->ix) && !s->stopping)
		pthread_cond_wait(&s->checkpoint_done, &s->lock);
}

static void maybe_checkpoint(struct store *s)
{
	bool due = checkpoint_due(s->ix, s->group_bytes, s->group_puts);
	int r;

	s->group_bytes = s->group_puts = 0;
	pthread_mutex_lock(&s->lock);
	wait_overdue(s);
	if ((due || s->checkpoint_wanted) && !s->checkpoint_ready && !s->checkpoint_running) {
		r = checkpoint_begin(s->ix);
		s->checkpoint_wanted = false;
		s->checkpoint_ready = r >= 0;
		if (r < 0) {
			s->checkpoint_result = r;
			s->checkpoints_done++;
		}
		pthread_cond_broadcast(r < 0 ? &s->checkpoint_done : &s->care_wake);
	}
	pthread_mutex_unlock(&s->lock);
}

static bool wants_checkpoint(const struct store *s) /* under the lock */
{
	return s->checkpoint_wanted && !s->checkpoint_ready && !s->checkpoint_running;
}

static void wait_for_work(struct store *s) /* under the lock */
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += s->o.checkpoint_s < 60 ? s->o.checkpoint_s : 60;
	while (!s->queue && !s->stopping && !s->has_hints && !wants_checkpoint(s))
		if (pthread_cond_timedwait(&s->wake, &s->lock, &until) == ETIMEDOUT)
			break;
}

/* Chores come first, each in a transaction of its own; what is left is a group. */
static struct change *do_chores(struct store *s, struct change *list)
{
	struct change *rest = NULL, **end = &rest;

	for (struct change *c = list, *next; c; c = next) {
		struct txn t;
		int r;

		next = c->next;
		if (!c->chore) {
			*end = c;
			end = &c->next;
			continue;
		}
		r = txn_write(&t, s->ix);
		if (r >= 0)
			r = c->chore(s, &t, c->chore_arg);
		s->group_puts += t.puts;
		if (r >= 0)
			r = txn_commit(&t);
		txn_abort(&t);
		wait_done(&c->wait, r); /* c may be gone now */
	}
	*end = NULL;
	return rest;
}

static void *committer(void *arg)
{
	struct store *s = arg;
	bool reserve, stop = false;

	while (!stop) {
		struct change *list;

		pthread_mutex_lock(&s->lock);
		wait_for_work(s);
		list = take_batch(s, &reserve);
		stop = s->stopping && !list;
		pthread_mutex_unlock(&s->lock);
		follow_hints(s);
		list = do_chores(s, list);
		if (list) {
			group_run(s->group, list, reserve);
			if (!s->group->is_answered)
				answer(s, list);
		}
		if (!stop)
			maybe_checkpoint(s);
	}
	return NULL;
}

/* -- asking -- */

struct sealing {
	struct draft *d;
	bool as_blob;
};

static int seal(void *arg)
{
	struct sealing *w = arg;

	return draft_seal(w->d, w->as_blob);
}

/* Ends the parsing and makes blobs durable, before the committer sees the drafts. */
static int seal_drafts(struct change *c)
{
	int r = 0;

	for (struct step *st = c->steps; st && r >= 0; st = st->next) {
		struct sealing w = {st->draft, st->n_to > 1 && !log_is_shared(c->s->log)};

		if (!st->draft)
			continue;
		r = draft_waits(st->draft, w.as_blob) ? work_run(seal, &w) : seal(&w);
	}
	return r;
}

static int enqueue(struct change *c)
{
	struct store *s = c->s;
	int r = 0;

	pthread_mutex_lock(&s->lock);
	if (s->stopping) {
		r = E_CLOSED;
	} else {
		*s->queue_end = c;
		s->queue_end = &c->next;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

int change_commit(struct change **pc)
{
	struct change *c = *pc;
	int r;

	*pc = NULL;
	wait_init(&c->wait);
	c->txid = atomic_fetch_add(&c->s->txid, 1);
	r = seal_drafts(c);
	if (r >= 0)
		r = enqueue(c);
	if (r >= 0) {
		r = wait_for(&c->wait);
	} else {
		c->result = r;
		give_results(c);
	}
	change_drop(c);
	return r;
}

int commit_chore(struct store *s, int (*fn)(struct store *s, struct txn *t, void *arg), void *arg)
{
	struct change *c;
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	c->chore = fn;
	c->chore_arg = arg;
	return change_commit(&c);
}

int commit_start(struct store *s)
{
	s->queue_end = &s->queue;
	s->txid = random_u64() | 1;
	s->next_body = random_u64() >> 1 & ~(uint64_t)UINT32_MAX;
	s->group = group_new(s);
	if (!s->group)
		return E_NOMEM;
	s->group->answer = answer;
	if (store_thread(&s->committer, committer, s) < 0)
		return E_NOMEM;
	s->has_committer = true;
	return 0;
}

void commit_stop(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->wake);
	pthread_cond_broadcast(&s->checkpoint_done);
	pthread_mutex_unlock(&s->lock);
	if (s->has_committer)
		pthread_join(s->committer, NULL);
	s->has_committer = false;
	group_free(s->group);
	s->group = NULL;
}
