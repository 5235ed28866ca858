/* reclaim.c - gives back what nobody can want any more: rows, bodies, deleted mailboxes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A round, in this order; each step's records are durable before the next begins:
 *   1. deleted mailboxes: their messages are expunged in slices (sweep);
 *   2. graves: expunged rows whose undelete window is over and that no snapshot older than
 *      them can read are reclaimed (REC_RECLAIMED); bodies that no row names any more go
 *      to TAB_DEAD;
 *   3. mailboxes without rows are forgotten (REC_SWEPT);
 *   4. dead bodies are punched or unlinked, then leave TAB_DEAD. After a crash in between they are
 *      punched again, which does no harm: a place is never used twice;
 *   5. bases; what lives in segments under half live is logged again (rewrite.c); the segments that
 *      are superfluous then are dropped (base.c). */
#include <assert.h>
#include "base/err.h"
#include "store/index/replay.h"
#include "store/mbox-id.h"
#include "store/plan.h"
#include "store/reclaim.h"

enum { DEAD_A_TXN = 512 };

int own_change(struct store *s, struct own *o)
{
	struct change *c;
	struct step *st;
	int r = s->sweeper_stopping ? E_CLOSED : change_new(&c, s);

	if (r < 0)
		return r;
	st = change_step(c, STEP_OWN);
	if (!st) {
		change_drop(c);
		return E_NOMEM;
	}
	st->account = o->account;
	st->mbox = o->mbox;
	st->own = o->plan;
	st->own_arg = o;
	c->may_use_reserve = !o->grows;
	return change_commit(&c);
}

/* -- graves -- */

/* The expunged rows of a grave, up to the slice's end; *last: there are no more. */
static int rows_of(struct plan *p, uint64_t mbox, struct str ranges, struct ranges *out, size_t *n,
		   bool *last)
{
	struct tab_cursor c;
	int r = tab_open(&c, p->t, TAB_EXPUNGED);

	*last = true;
	for (; r >= 0 && ranges.n >= sizeof(struct uid_range) && *last;
	     ranges = str_from(ranges, sizeof(struct uid_range))) {
		struct uid_range range;
		struct key k;

		memcpy(&range, ranges.p, sizeof(range));
		k = key_u64_u32(mbox, range.lo);
		for (r = tab_seek(&c, &k); r >= 0; r = tab_next(&c)) {
			uint32_t uid = key_get_u32(c.key, 8);

			if (key_get_u64(c.key, 0) != mbox || uid > range.hi)
				break;
			if (*n == SLICE_ROWS) {
				*last = false;
				break;
			}
			if ((r = ranges_add(out, p->arena, uid)) < 0)
				break;
			++*n;
		}
		r = r == E_NOTFOUND ? 0 : r;
	}
	tab_close(&c);
	return r;
}

static int reclaim_grave(struct plan *p, uint64_t seq, uint64_t account, struct str val, size_t *n)
{
	struct grave_row g;
	struct ranges rows = {0};
	struct planned *rec;
	bool last;
	int r;

	memcpy(&g, val.p, sizeof(g));
	r = rows_of(p, g.mbox, str_from(val, sizeof(g)), &rows, n, &last);
	if (r < 0)
		return r;
	if (!(rec = plan_add(p, REC_RECLAIMED, account)))
		return E_NOMEM;
	rec->rec.uids = (struct rec_uids){.mbox = g.mbox, .reader = seq, .on = last, .r = rows.r,
					  .n = rows.n};
	return last ? 0 : 1;
}

/* Not visible yet: a snapshot that begins now still has what it buries, and its pin comes too late
 * to be seen here. */
static bool is_of_this_group(struct plan *p, uint64_t seq, uint64_t account)
{
	struct log_pos next = p->t->root.next;

	if (!p->shared && position_get(p->t, account, &next) < 0)
		return true;
	return seq >= next.seq;
}

static int plan_graves(struct plan *p, struct step *st)
{
	struct own *o = st->own_arg;
	struct key first = key_u64(0);
	struct tab_cursor c;
	size_t rows = 0;
	int64_t now_ms = p->s->now_ms(); /* not the log's time, which never goes back */
	int64_t until_ms = now_ms - p->s->o.undelete_s * 1000;
	int r = tab_open(&c, p->t, TAB_GRAVE);

	o->done = 0;
	if (r < 0)
		return r;
	for (r = tab_seek(&c, &first); r >= 0; r = tab_next(&c)) {
		uint64_t seq = key_get_u64(c.key, 0), account = key_get_u64(c.key, 8);
		struct grave_row g;

		memcpy(&g, c.val.p, sizeof(g));
		if (!p->s->disk_low && g.at_ms > until_ms) {
			if (p->shared)
				break; /* the others are younger */
			continue;
		}
		if (seq >= pin_oldest(p->s, g.mbox) || is_of_this_group(p, seq, account))
			continue;
		r = reclaim_grave(p, seq, account, c.val, &rows);
		if (r < 0)
			break;
		o->done++;
		if (r > 0 || rows >= SLICE_ROWS || p->n_out >= SLICE_ROWS)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r < 0 ? r : 0;
}

static int reclaim_graves(struct store *s)
{
	struct own o = {.plan = plan_graves};
	int r;

	do
		r = own_change(s, &o);
	while (r >= 0 && o.done);
	return r;
}

/* -- deleted mailboxes -- */

static int sweep_next(struct store *s, uint64_t *mbox)
{
	struct key k = key_u64(*mbox + 1);
	struct tab_cursor c = {0};
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	if ((r = tab_open(&c, &t, TAB_SWEEP)) >= 0 && (r = tab_seek(&c, &k)) >= 0)
		*mbox = key_get_u64(c.key, 0);
	tab_close(&c);
	txn_done(&t);
	return r;
}

static int expunge_all(struct store *s, uint64_t mbox)
{
	struct uid_range all = {1, UINT32_MAX};
	struct change *c;
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	r = change_expunge(c, mbox, (struct uidset){&all, 1});
	if (r < 0) {
		change_drop(c);
		return r;
	}
	c->in_slices = true;
	c->steps->on = true; /* deleted: nobody else may */
	return change_commit(&c);
}

static bool has_rows(struct plan *p, enum tab tab, uint64_t mbox)
{
	struct key k = key_u64(mbox);
	struct tab_cursor c = {0};
	bool has = tab_open(&c, p->t, tab) >= 0 && tab_seek(&c, &k) >= 0 &&
		   key_get_u64(c.key, 0) == mbox;

	tab_close(&c);
	return has;
}

static int plan_swept(struct plan *p, struct step *st)
{
	struct planned *n;

	if (has_rows(p, TAB_MESSAGE, st->mbox) || has_rows(p, TAB_EXPUNGED, st->mbox))
		return 0;
	if (!(n = plan_add(p, REC_SWEPT, mbox_account(st->mbox))))
		return E_NOMEM;
	n->rec.mbox.mbox = st->mbox;
	return 0;
}

static int sweep(struct store *s, int (*fn)(struct store *s, uint64_t mbox))
{
	uint64_t mbox = 0;
	int r;

	while ((r = sweep_next(s, &mbox)) >= 0) {
		r = fn(s, mbox);
		if (r < 0 && r != E_NOMBOX)
			return r;
	}
	return r == E_NOTFOUND ? 0 : r;
}

static int swept(struct store *s, uint64_t mbox)
{
	struct own o = {.plan = plan_swept, .mbox = mbox, .account = mbox_account(mbox)};

	return own_change(s, &o);
}

/* -- dead bodies -- */

struct dead {
	uint64_t id[DEAD_A_TXN];
	struct body_row row[DEAD_A_TXN];
	size_t n;
};

static int read_dead(struct store *s, struct dead *d, uint64_t from)
{
	struct key first = key_u64(from);
	struct tab_cursor c = {0};
	struct txn t;
	int r = txn_read(&t, s->ix);

	d->n = 0;
	if (r < 0)
		return r;
	r = tab_open(&c, &t, TAB_DEAD);
	if (r >= 0)
		r = tab_seek(&c, &first);
	for (; r >= 0 && d->n < DEAD_A_TXN; r = tab_next(&c)) {
		d->id[d->n] = key_get_u64(c.key, 0);
		memcpy(&d->row[d->n++], c.val.p, sizeof(d->row[0]));
	}
	tab_close(&c);
	txn_done(&t);
	return r == E_NOTFOUND ? 0 : r;
}

static int forget_dead(struct store *s, struct txn *t, void *arg)
{
	struct dead *d = arg;
	int r = 0;

	for (size_t i = 0; i < d->n && r >= 0; i++) {
		struct key k = key_u64(d->id[i]);

		r = tab_del(t, TAB_DEAD, &k);
		r = r == E_NOTFOUND ? 0 : r;
	}
	return r;
}

/* E_DAMAGED, E_NOTFOUND: there is nothing (any more) at that place. */
static bool punch(struct store *s, const struct body_row *b)
{
	int r = 0;

	if (b->bytes && (b->place.a || b->place.b))
		r = log_body_reclaim(s->log, b->place, b->bytes);
	return r >= 0 || r == E_DAMAGED || r == E_NOTFOUND;
}

/* Keeps in *d those that are done; the others are for the next round. */
static void punch_all(struct store *s, struct dead *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (punch(s, &d->row[i]))
			d->id[n++] = d->id[i];
	d->n = n;
}

static int punch_dead(struct store *s)
{
	struct dead *d = malloc(sizeof(*d));
	uint64_t from = 0;
	int r;

	if (!d)
		return E_NOMEM;
	while ((r = read_dead(s, d, from)) >= 0 && d->n) {
		from = d->id[d->n - 1] + 1;
		punch_all(s, d);
		if (d->n && (r = commit_chore(s, forget_dead, d)) < 0)
			break;
	}
	free(d);
	return r;
}

/* -- a round -- */

static int rounds(struct store *s)
{
	int r;

	if ((r = sweep(s, expunge_all)) < 0)
		return r;
	if (!clock_is_good(s))
		return 0;
	if ((r = reclaim_graves(s)) < 0 || (r = sweep(s, swept)) < 0)
		return r;
	if ((r = punch_dead(s)) < 0)
		return r;
	return base_care(s);
}

static int one_round(void *arg)
{
	struct store *s = arg;
	int r;

	pthread_mutex_lock(&s->reclaim_lock);
	r = rounds(s);
	pthread_mutex_unlock(&s->reclaim_lock);
	return r;
}

int store_reclaim(struct store *s)
{
	return work_run(one_round, s);
}
