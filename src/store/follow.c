/* follow.c - what other writers append to an account's log becomes visible here.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only for logs per account. A hint may come late, twice or never, from any thread, also out of the
 * committer's own calls to the log; so it is only noted, and the committer reads the tail between
 * two groups.
 * Who must not read an old state asks the log for its end first. */
#include "base/err.h"
#include "store/index/replay.h"
#include "store/internal.h"

static void hint(void *arg, uint64_t account)
{
	struct store *s = arg;
	bool is_known = false;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->n_follow; i++)
		is_known = is_known || s->follow[i] == account;
	if (!is_known && s->n_follow < FOLLOW_MOST)
		s->follow[s->n_follow++] = account;
	else if (!is_known)
		s->follow_all = true;
	s->has_hints = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

void follow_start(struct store *s)
{
	if (!log_is_shared(s->log))
		log_watch(s->log, hint, s);
}

static int follow_one(struct store *s, struct txn *t, uint64_t account)
{
	struct replay p = {.log = s->log};

	return replay_account(t, &p, account);
}

static int follow_each(struct store *s, struct txn *t, const uint64_t *accounts, unsigned n)
{
	int r = 0;

	for (unsigned i = 0; i < n && r >= 0; i++)
		r = follow_one(s, t, accounts[i]);
	return r;
}

static int follow_all(struct store *s, struct txn *t)
{
	uint64_t account = 0;
	int r = follow_one(s, t, 0);

	while (r >= 0 && (r = log_account_next(s->log, account, &account)) >= 0)
		r = follow_one(s, t, account);
	return r == E_NOTFOUND ? 0 : r;
}

/* By the committer, between two groups. What fails is tried again with the next hint; a plan reads
 * the tail itself when its append has lost. */
void follow_hints(struct store *s)
{
	uint64_t accounts[FOLLOW_MOST];
	struct txn t;
	unsigned n;
	bool all;
	int r;

	if (!s->has_hints)
		return;
	pthread_mutex_lock(&s->lock);
	n = s->n_follow;
	all = s->follow_all;
	memcpy(accounts, s->follow, n * sizeof(*accounts));
	s->n_follow = 0;
	s->has_hints = false;
	s->follow_all = false;
	pthread_mutex_unlock(&s->lock);
	if (txn_write(&t, s->ix) < 0)
		return;
	r = all ? follow_all(s, &t) : follow_each(s, &t, accounts, n);
	if (r >= 0 && txn_commit(&t) >= 0)
		watch_tell(s, t.touched, t.n_touched);
	txn_abort(&t); /* nothing, if it is committed */
}
