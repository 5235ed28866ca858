/* recent.c - up to which UID some session has been told of a mailbox's messages (\Recent).
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3501 2.3.2 allows a message to be recent twice if it is not known better, so a SELECT waits for
 * no disk: the marks are in memory, and are logged as a value of the mailbox once a minute and at
 * the end. */
#include <inttypes.h>
#include "base/err.h"
#include "store/view-private.h"

#define RECENT STR("recent")

enum { FIRST_ROWS = 64, KEEP_ROWS = 4096 };

struct recent_row {
	uint64_t mbox; /* 0: free */
	uint32_t uid;  /* messages from here on are nobody's yet */
	uint32_t kept; /* what is logged */
};

static struct recent_row *slot(struct recents *rs, uint64_t mbox)
{
	uint64_t at = (mbox * 0x9e3779b97f4a7c15u) >> 20;

	for (;; at++) {
		struct recent_row *row = &rs->rows[at % rs->cap];

		if (!row->mbox || row->mbox == mbox)
			return row;
	}
}

/* Makes room, and while there are many drops those that are as logged. */
static int room(struct recents *rs)
{
	struct recents old = *rs;
	size_t cap = old.cap ? old.cap * 2 : FIRST_ROWS;

	if (rs->cap && rs->n < rs->cap / 2)
		return 0;
	rs->rows = calloc(cap, sizeof(*rs->rows));
	if (!rs->rows) {
		*rs = old;
		return E_NOMEM;
	}
	rs->cap = cap;
	rs->n = 0;
	for (size_t i = 0; i < old.cap; i++) {
		const struct recent_row *row = &old.rows[i];

		if (row->mbox && (old.n < KEEP_ROWS || row->uid != row->kept)) {
			*slot(rs, row->mbox) = *row;
			rs->n++;
		}
	}
	free(old.rows);
	return 0;
}

static uint32_t read_kept(struct store *s, uint64_t mbox)
{
	struct buf b;
	uint64_t uid;

	buf_init(&b, 32);
	if (meta_find(s, mbox_account(mbox), mbox, RECENT, &b) < 0 ||
	    str_u64(buf_str(&b), UINT32_MAX, &uid) < 0)
		uid = 1;
	buf_free(&b);
	return (uint32_t)uid;
}

/* Under recent_lock. NULL: no memory. */
static struct recent_row *row_of(struct store *s, uint64_t mbox)
{
	struct recent_row *row;

	if (room(&s->recents) < 0)
		return NULL;
	row = slot(&s->recents, mbox);
	if (!row->mbox) {
		row->mbox = mbox;
		row->uid = row->kept = read_kept(s, mbox);
		s->recents.n++;
	}
	return row;
}

uint32_t view_recent(const struct view *v, bool claim)
{
	struct store *s = v->store;
	struct recent_row *row;
	uint32_t uid = 1;

	pthread_mutex_lock(&s->recent_lock);
	row = row_of(s, v->mbox);
	if (row)
		uid = row->uid;
	if (row && claim && v->uidnext > uid)
		row->uid = v->uidnext;
	pthread_mutex_unlock(&s->recent_lock);
	return uid;
}

struct counting {
	uint32_t from, n;
};

static int count_from(void *arg, uint32_t lo, uint32_t hi)
{
	struct counting *ct = arg;

	ct->n += hi - (lo > ct->from ? lo : ct->from) + 1;
	return 0;
}

int mbox_recent(struct store *s, uint64_t mbox, uint32_t *ret)
{
	struct counting ct = {.from = 1};
	struct recent_row *row;
	struct mbox_row m;
	struct txn t;
	int r;

	pthread_mutex_lock(&s->recent_lock);
	row = row_of(s, mbox);
	ct.from = row ? row->uid : 1;
	pthread_mutex_unlock(&s->recent_lock);
	if ((r = txn_read(&t, s->ix)) < 0)
		return r;
	r = row_mbox(&t, mbox, &m);
	if (r >= 0)
		r = runs_each(&t, &m, ct.from, count_from, &ct);
	txn_done(&t);
	if (r >= 0)
		*ret = ct.n;
	return r == E_NOTFOUND ? E_NOMBOX : r;
}

/* -- logging -- */

static int keep(struct store *s, uint64_t mbox, uint32_t uid)
{
	struct change *c;
	char text[16];
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%" PRIu32, uid);
	if ((r = change_meta_set(c, mbox_account(mbox), mbox, RECENT, str_of(text))) < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* The first from `*at` on that is not as logged. */
static bool next(struct store *s, size_t *at, struct recent_row *ret)
{
	bool found = false;

	pthread_mutex_lock(&s->recent_lock);
	for (; *at < s->recents.cap && !found; ++*at) {
		struct recent_row *row = &s->recents.rows[*at];

		found = row->mbox && row->uid != row->kept;
		if (found) {
			*ret = *row;
			row->kept = row->uid; /* a mailbox that is gone: for good */
		}
	}
	pthread_mutex_unlock(&s->recent_lock);
	return found;
}

void recents_keep(struct store *s)
{
	struct recent_row row;
	size_t at = 0;

	while (next(s, &at, &row))
		if (keep(s, row.mbox, row.uid) == E_CLOSED)
			return;
}
