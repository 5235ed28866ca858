/* view-news.c - what has happened in a mailbox behind a view's moment.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rows of TAB_CHANGE and TAB_VANISHED behind a MODSEQ tell it, however large the mailbox is. Below
 * the floor they are not known any more (store/base.c): then runs are compared, and rows scanned. */
#include "base/err.h"
#include "store/view-private.h"

/* -- rows behind a MODSEQ -- */

static int add_ranges(struct ranges *out, struct arena *a, struct str val)
{
	int r = 0;

	for (; val.n >= sizeof(struct uid_range) && r >= 0;
	     val = str_from(val, sizeof(struct uid_range))) {
		struct uid_range one;

		memcpy(&one, val.p, sizeof(one));
		r = ranges_add_run(out, a, one.lo, one.hi);
	}
	return r;
}

static int rows_behind(struct txn *t, enum tab tab, uint64_t mbox, uint64_t modseq,
		       struct arena *a, struct ranges *out)
{
	struct key k = key_u64_u64(mbox, modseq + 1);
	struct tab_cursor c;
	int r = tab_open(&c, t, tab);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0 && key_get_u64(c.key, 0) == mbox; r = tab_next(&c))
		if ((r = add_ranges(out, a, c.val)) < 0)
			break;
	tab_close(&c);
	ranges_sort(out);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}

struct adding {
	struct ranges out;
	struct arena *a;
	uint32_t from;
};

static int add_run(void *arg, uint32_t lo, uint32_t hi)
{
	struct adding *ad = arg;

	return ranges_add_run(&ad->out, ad->a, lo > ad->from ? lo : ad->from, hi);
}

/* What is there now, from `from` on. */
static int there(struct txn *t, const struct mbox_row *m, uint32_t from, struct arena *a,
		 struct ranges *out)
{
	struct adding ad = {.a = a, .from = from};
	int r = runs_each(t, m, from, add_run, &ad);

	*out = ad.out;
	return r;
}

static int of_view(const struct view *v, struct arena *a, struct ranges *out)
{
	int r = 0;

	for (uint32_t i = 0; i < v->n_runs && r >= 0; i++)
		r = ranges_add_run(out, a, v->runs[i].lo, v->runs[i].hi);
	return r;
}

/* All messages whose MODSEQ is higher. */
static int scan(struct txn *t, const struct view *v, uint64_t modseq, struct arena *a,
		struct ranges *out)
{
	struct key k = key_u64(v->mbox);
	struct tab_cursor c;
	int r = tab_open(&c, t, TAB_MESSAGE);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0 && key_get_u64(c.key, 0) == v->mbox; r = tab_next(&c)) {
		struct msg_row row;

		memcpy(&row, c.val.p, sizeof(row));
		if (row.modseq > modseq && (r = ranges_add(out, a, key_get_u32(c.key, 8))) < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}

/* -- news -- */

static int vanished(struct txn *t, const struct view *v, const struct mbox_row *m, struct arena *a,
		    struct ranges *out)
{
	struct ranges rows = {0}, now = {0}, mine = {0};
	int r;

	if (v->modseq_expunged >= m->vanished_floor) {
		r = rows_behind(t, TAB_VANISHED, v->mbox, v->modseq_expunged, a, &rows);
		return r < 0 ? r : view_cut(v, ranges_set(&rows), a, out);
	}
	if ((r = there(t, m, 1, a, &now)) < 0 || (r = of_view(v, a, &mine)) < 0)
		return r;
	return ranges_minus(out, a, ranges_set(&mine), ranges_set(&now));
}

static int changed(struct txn *t, const struct view *v, const struct mbox_row *m, struct arena *a,
		   const struct ranges *gone, struct ranges *out)
{
	struct ranges rows = {0}, mine = {0};
	int r;

	if (v->modseq >= m->vanished_floor)
		r = rows_behind(t, TAB_CHANGE, v->mbox, v->modseq, a, &rows);
	else
		r = scan(t, v, v->modseq, a, &rows);
	if (r < 0 || (r = view_cut(v, ranges_set(&rows), a, &mine)) < 0)
		return r;
	return ranges_minus(out, a, ranges_set(&mine), ranges_set(gone));
}

static int look(struct txn *t, const struct view *v, const struct mbox_row *m, struct arena *a,
		struct view_news *ret)
{
	struct ranges arrived = {0}, gone = {0}, other = {0};
	int r = 0;

	if (m->uidnext != v->uidnext)
		r = there(t, m, v->uidnext, a, &arrived);
	if (r < 0 || (r = vanished(t, v, m, a, &gone)) < 0 ||
	    (r = changed(t, v, m, a, &gone, &other)) < 0)
		return r;
	ret->arrived = ranges_set(&arrived);
	ret->vanished = ranges_set(&gone);
	ret->changed = ranges_set(&other);
	return 0;
}

/* Not even the mailbox's row is there any more. */
static int look_gone(const struct view *v, struct arena *a, struct view_news *ret)
{
	struct ranges all = {0};
	int r = of_view(v, a, &all);

	ret->vanished = ranges_set(&all);
	ret->is_gone = true;
	return r;
}

int view_look(const struct view *v, struct arena *a, struct view_news *ret)
{
	struct view_news news = {.modseq = v->modseq, .uidnext = v->uidnext};
	struct mbox_row m;
	struct txn t;
	int r = txn_read(&t, v->store->ix);

	if (r < 0)
		return r;
	r = row_mbox(&t, v->mbox, &m);
	if (r >= 0)
		r = pin_position(&t, v->store, v->account, &news.position);
	if (r == E_NOTFOUND) {
		r = look_gone(v, a, &news);
	} else if (r >= 0) {
		news.modseq = m.highestmodseq;
		news.uidnext = m.uidnext;
		news.is_gone = m.is_deleted;
		/* the first message's MODSEQ is that of the empty mailbox */
		if (m.highestmodseq != v->modseq || m.uidnext != v->uidnext || v->modseq != v->modseq_expunged)
			r = look(&t, v, &m, a, &news);
	}
	txn_done(&t);
	if (r >= 0)
		*ret = news;
	return r;
}

/* -- for QRESYNC and CHANGEDSINCE -- */

static int gone_since(struct txn *t, const struct view *v, uint64_t modseq, struct arena *a,
		      struct ranges *out)
{
	struct mbox_row m;
	int r = row_mbox(t, v->mbox, &m);

	if (r == E_NOTFOUND)
		return 0;
	if (r < 0)
		return r;
	if (modseq < m.vanished_floor)
		return v->uidnext > 1 ? ranges_add_run(out, a, 1, v->uidnext - 1) : 0;
	return rows_behind(t, TAB_VANISHED, v->mbox, modseq, a, out);
}

int view_vanished_since(const struct view *v, uint64_t modseq, struct uidset uids, struct arena *a,
			struct uidset *ret)
{
	struct uid_range below = {1, v->uidnext - 1};
	struct ranges gone = {0}, asked = {0}, known = {0}, mine = {0}, out = {0};
	struct txn t;
	int r = txn_read(&t, v->store->ix);

	if (r < 0)
		return r;
	r = gone_since(&t, v, modseq, a, &gone);
	txn_done(&t);
	if (r < 0 || v->uidnext < 2)
		return *ret = (struct uidset){0}, r;
	if (!uids.n)
		uids = (struct uidset){&below, 1};
	if ((r = ranges_and(&asked, a, ranges_set(&gone), uids)) < 0 ||
	    (r = ranges_and(&known, a, ranges_set(&asked), (struct uidset){&below, 1})) < 0 ||
	    (r = of_view(v, a, &mine)) < 0 ||
	    (r = ranges_minus(&out, a, ranges_set(&known), ranges_set(&mine))) < 0)
		return r;
	*ret = ranges_set(&out);
	return 0;
}

/* The first message of the view that came behind `modseq`: MODSEQs of arrivals grow with UIDs. 0:
 * none. */
static int first_arrival(struct txn *t, const struct view *v, uint64_t modseq, uint32_t *uid)
{
	struct source src = view_source(v);
	uint32_t lo = 1, hi = v->n + 1;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct expunged_row row;
		bool expunged;
		int r = source_row(&src, t, view_uid(v, mid), &row, &expunged);

		if (r < 0)
			return r;
		if (row.msg.created_modseq > modseq)
			hi = mid;
		else
			lo = mid + 1;
	}
	*uid = view_uid(v, lo);
	return 0;
}

static int changed_since(struct txn *t, const struct view *v, uint64_t modseq, struct arena *a,
			 struct ranges *out)
{
	struct mbox_row m;
	uint32_t uid = 0;
	int r = row_mbox(t, v->mbox, &m);

	if (r < 0)
		return r == E_NOTFOUND ? 0 : r;
	if (modseq < m.vanished_floor)
		return scan(t, v, modseq, a, out);
	if ((r = rows_behind(t, TAB_CHANGE, v->mbox, modseq, a, out)) < 0 ||
	    (r = first_arrival(t, v, modseq, &uid)) < 0)
		return r == E_NOMSG ? 0 : r;
	r = uid ? ranges_add_run(out, a, uid, v->uidnext - 1) : 0;
	ranges_sort(out);
	return r;
}

int view_changed_since(const struct view *v, uint64_t modseq, struct uidset uids, struct arena *a,
		       struct uidset *ret)
{
	struct ranges all = {0}, mine = {0}, out = {0};
	struct txn t;
	int r = txn_read(&t, v->store->ix);

	if (r < 0)
		return r;
	r = changed_since(&t, v, modseq, a, &all);
	txn_done(&t);
	if (r < 0 || (r = view_cut(v, ranges_set(&all), a, &mine)) < 0 ||
	    (uids.n && (r = ranges_and(&out, a, ranges_set(&mine), uids)) < 0))
		return r;
	*ret = uids.n ? ranges_set(&out) : ranges_set(&mine);
	return 0;
}
