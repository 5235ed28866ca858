/* runs.c - which UIDs of a mailbox are there, as runs: what IMAP numbers messages by.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every maximal run of UIDs is a row (mailbox, lo) -> hi, but for the one that ends right below
 * UIDNEXT: the mailbox's row holds its beginning (run_lo; 0: there is none). So a delivery writes
 * no row here, and only expunges split runs. All of it follows from the messages and UIDNEXT, so it
 * is not part of a base: runs_rebuild makes it. */
#include "base/err.h"
#include "store/index/index.h"

static int row_put(struct txn *t, uint64_t mbox, uint32_t lo, uint32_t hi)
{
	struct key k = key_u64_u32(mbox, lo);

	return tab_put(t, TAB_RUN, &k, str_n(&hi, sizeof(hi)));
}

static int run_put(struct txn *t, struct mbox_row *m, uint32_t lo, uint32_t hi)
{
	if (hi != m->uidnext - 1)
		return row_put(t, m->id, lo, hi);
	m->run_lo = lo;
	return 0;
}

static int row_hi(const struct tab_cursor *c, uint32_t *hi)
{
	if (c->val.n != sizeof(*hi))
		return E_DAMAGED;
	memcpy(hi, c->val.p, sizeof(*hi));
	return 0;
}

/* The run that has `uid`. Out: it is in no row any more. E_NOTFOUND. */
static int run_take(struct txn *t, struct mbox_row *m, uint32_t uid, struct uid_range *ret)
{
	struct key k = key_u64_u32(m->id, uid);
	struct tab_cursor c;
	int r;

	if (m->run_lo && uid >= m->run_lo && uid < m->uidnext) {
		*ret = (struct uid_range){m->run_lo, m->uidnext - 1};
		m->run_lo = 0;
		return 0;
	}
	if ((r = tab_open(&c, t, TAB_RUN)) < 0)
		return r;
	r = tab_seek_back(&c, &k, sizeof(uint64_t));
	if (r >= 0 && (r = row_hi(&c, &ret->hi)) >= 0) {
		ret->lo = key_get_u32(c.key, 8);
		r = uid > ret->hi ? E_NOTFOUND : tab_cursor_del(&c);
	}
	tab_close(&c);
	return r;
}

/* A UID below UIDNEXT: only where damage has raised UIDNEXT too far (apply-lost.c). */
static int insert(struct txn *t, struct mbox_row *m, uint32_t uid)
{
	struct uid_range run, other;
	int r = run_take(t, m, uid, &run);

	if (r >= 0)
		return run_put(t, m, run.lo, run.hi);
	if (r != E_NOTFOUND)
		return r;
	run = (struct uid_range){uid, uid};
	if ((r = run_take(t, m, uid - 1, &other)) >= 0)
		run.lo = other.lo;
	if (r >= 0 || r == E_NOTFOUND)
		r = run_take(t, m, uid + 1, &other);
	if (r >= 0)
		run.hi = other.hi;
	return r >= 0 || r == E_NOTFOUND ? run_put(t, m, run.lo, run.hi) : r;
}

int runs_add(struct txn *t, struct mbox_row *m, uint32_t uid)
{
	int r;

	if (uid < m->uidnext)
		return insert(t, m, uid);
	if (uid > m->uidnext && (r = runs_close(t, m)) < 0)
		return r;
	if (!m->run_lo)
		m->run_lo = uid;
	return 0;
}

int runs_del(struct txn *t, struct mbox_row *m, uint32_t lo, uint32_t hi)
{
	struct uid_range run;
	int r = run_take(t, m, lo, &run);

	if (r == E_NOTFOUND || (r >= 0 && run.hi < hi))
		index_bad(t->ix, "the runs of a mailbox lack a message");
	if (r >= 0 && run.lo < lo)
		r = row_put(t, m->id, run.lo, lo - 1);
	if (r >= 0 && run.hi > hi)
		r = run_put(t, m, hi + 1, run.hi);
	return r;
}

int runs_close(struct txn *t, struct mbox_row *m)
{
	int r = m->run_lo ? row_put(t, m->id, m->run_lo, m->uidnext - 1) : 0;

	m->run_lo = 0;
	return r;
}

int runs_each(struct txn *t, const struct mbox_row *m, uint32_t from,
	      int (*fn)(void *arg, uint32_t lo, uint32_t hi), void *arg)
{
	struct key k = key_u64_u32(m->id, from), first = key_u64(m->id);
	struct tab_cursor c;
	uint32_t hi = 0;
	int r = tab_open(&c, t, TAB_RUN);

	if (r < 0)
		return r;
	r = tab_seek_back(&c, &k, sizeof(uint64_t)); /* it may reach up to `from` */
	if (r == E_NOTFOUND)
		r = tab_seek(&c, &first);
	for (; r >= 0 && key_get_u64(c.key, 0) == m->id; r = tab_next(&c)) {
		if ((r = row_hi(&c, &hi)) < 0)
			break;
		if (hi >= from && (r = fn(arg, key_get_u32(c.key, 8), hi)) < 0)
			break;
	}
	tab_close(&c);
	if (r < 0 && r != E_NOTFOUND)
		return r;
	if (m->run_lo && m->uidnext > from)
		return fn(arg, m->run_lo, m->uidnext - 1);
	return 0;
}

/* -- from the messages -- */

static int rebuild_mbox(struct txn *t, struct tab_cursor *c, struct mbox_row *m)
{
	struct key k = key_u64(m->id);
	uint32_t lo = 0, hi = 0;
	int r;

	m->run_lo = 0;
	for (r = tab_seek(c, &k); r >= 0 && key_get_u64(c->key, 0) == m->id; r = tab_next(c)) {
		uint32_t uid = key_get_u32(c->key, 8);

		if (lo && uid != hi + 1 && (r = row_put(t, m->id, lo, hi)) < 0)
			return r;
		if (!lo || uid != hi + 1)
			lo = uid;
		hi = uid;
	}
	if (r < 0 && r != E_NOTFOUND)
		return r;
	return lo ? run_put(t, m, lo, hi) : 0;
}

int runs_rebuild(struct txn *t)
{
	struct key first = key_of();
	struct tab_cursor boxes = {0}, msgs = {0};
	int r = tab_open(&boxes, t, TAB_MBOX);

	if (r >= 0)
		r = tab_open(&msgs, t, TAB_MESSAGE);
	for (r = r < 0 ? r : tab_seek(&boxes, &first); r >= 0; r = tab_next(&boxes)) {
		struct mbox_row m;

		if (boxes.val.n != sizeof(m)) {
			r = E_DAMAGED;
			break;
		}
		memcpy(&m, boxes.val.p, sizeof(m));
		if ((r = rebuild_mbox(t, &msgs, &m)) < 0 ||
		    (r = tab_cursor_put(&boxes, str_n(&m, sizeof(m)))) < 0)
			break;
	}
	tab_close(&boxes);
	tab_close(&msgs);
	return r == E_NOTFOUND ? 0 : r;
}
