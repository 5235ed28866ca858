/* view.c - one IMAP session's picture of a mailbox: sequence numbers as ranks over runs of UIDs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/view-private.h"

static int room(struct view *v, uint32_t more)
{
	uint64_t cap = v->cap_runs ? v->cap_runs : 4;
	struct view_run *p;

	while (cap < (uint64_t)v->n_runs + more)
		cap *= 2;
	if (cap == v->cap_runs)
		return 0;
	if (!(p = realloc(v->runs, cap * sizeof(*p))))
		return E_NOMEM;
	v->runs = p;
	v->cap_runs = (uint32_t)cap;
	return 0;
}

int view_run_push(struct view *v, uint32_t lo, uint32_t hi)
{
	struct view_run *last = v->n_runs ? &v->runs[v->n_runs - 1] : NULL;
	int r;

	if (last && lo == last->hi + 1) {
		last->hi = hi;
	} else {
		if ((r = room(v, 1)) < 0)
			return r;
		v->runs[v->n_runs++] = (struct view_run){lo, hi, v->n + 1};
	}
	v->n += hi - lo + 1;
	return 0;
}

/* -- opening -- */

static int push_run(void *arg, uint32_t lo, uint32_t hi)
{
	return view_run_push(arg, lo, hi);
}

static int load(struct view *v, struct txn *t)
{
	struct mbox_row m;
	int r = row_mbox(t, v->mbox, &m);

	if (r == E_NOTFOUND || (r >= 0 && m.is_deleted))
		return E_NOMBOX;
	if (r < 0 || (r = runs_each(t, &m, 1, push_run, v)) < 0)
		return r;
	if (v->n != m.messages)
		index_bad(t->ix, "the runs of a mailbox are not as many as its messages");
	v->uidvalidity = m.uidvalidity;
	v->uidnext = m.uidnext;
	v->modseq = v->modseq_expunged = v->highestmodseq_at_open = m.highestmodseq;
	return 0;
}

int view_open(struct view **ret, struct store *s, uint64_t mbox)
{
	struct view *v = calloc(1, sizeof(*v));
	struct pin *pin = NULL;
	struct txn t = {0};
	int r;

	if (!v)
		return E_NOMEM;
	v->store = s;
	v->mbox = mbox;
	v->account = mbox_account(mbox);
	s->n.snaps++;
	r = pin_begin(s, mbox, &t, &pin);
	v->pin = pin;
	if (r >= 0)
		r = load(v, &t);
	txn_done(&t);
	if (r < 0)
		return view_close(v), r;
	*ret = v;
	return 0;
}

struct view *view_close(struct view *v)
{
	if (!v)
		return NULL;
	pin_drop(v->store, v->pin);
	v->store->n.snaps--;
	free(v->runs);
	free(v);
	return NULL;
}

/* -- numbers -- */

uint32_t view_run_at(const struct view *v, uint32_t uid)
{
	uint32_t lo = 0, hi = v->n_runs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (v->runs[mid].hi < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The run that has the number; it is one of 1 to n. */
static uint32_t run_of_seq(const struct view *v, uint32_t seq)
{
	uint32_t lo = 0, hi = v->n_runs;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (v->runs[mid].seq <= seq)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

uint32_t view_uid(const struct view *v, uint32_t seq)
{
	const struct view_run *run;

	if (!seq || seq > v->n)
		return 0;
	run = &v->runs[run_of_seq(v, seq)];
	return run->lo + (seq - run->seq);
}

uint32_t view_rank(const struct view *v, uint32_t uid)
{
	uint32_t i = view_run_at(v, uid);

	if (i == v->n_runs)
		return v->n;
	return v->runs[i].seq - 1 + (uid > v->runs[i].lo ? uid - v->runs[i].lo : 0);
}

uint32_t view_seq(const struct view *v, uint32_t uid)
{
	uint32_t i = view_run_at(v, uid);

	if (i == v->n_runs || v->runs[i].lo > uid)
		return 0;
	return v->runs[i].seq + (uid - v->runs[i].lo);
}

/* -- sets -- */

int view_cut(const struct view *v, struct uidset in, struct arena *a, struct ranges *out)
{
	int r = 0;

	for (size_t i = 0; i < in.n && r >= 0; i++) {
		uint32_t at = view_run_at(v, in.r[i].lo);

		for (; at < v->n_runs && v->runs[at].lo <= in.r[i].hi && r >= 0; at++) {
			uint32_t lo = v->runs[at].lo, hi = v->runs[at].hi;

			r = ranges_add_run(out, a, lo > in.r[i].lo ? lo : in.r[i].lo,
					   hi < in.r[i].hi ? hi : in.r[i].hi);
		}
	}
	return r;
}

/* Sequence numbers `lo` to `hi`, as UIDs. */
static int cut_seqs(const struct view *v, uint32_t lo, uint32_t hi, struct arena *a,
		    struct ranges *out)
{
	int r = 0;

	if (!lo)
		lo = 1;
	if (hi > v->n)
		hi = v->n;
	for (uint32_t at = lo <= hi ? run_of_seq(v, lo) : v->n_runs; lo <= hi && r >= 0; at++) {
		const struct view_run *run = &v->runs[at];
		uint32_t from = run->lo + (lo - run->seq), to = run->lo + (hi - run->seq);

		if (to > run->hi || to < from)
			to = run->hi;
		r = ranges_add_run(out, a, from, to);
		lo += to - from + 1;
	}
	return r;
}

int view_pick(const struct view *v, struct uidset in, bool are_seqs, struct arena *a,
	      struct uidset *ret)
{
	struct ranges out = {0};
	int r = 0;

	if (!are_seqs)
		r = view_cut(v, in, a, &out);
	for (size_t i = 0; are_seqs && i < in.n && r >= 0; i++)
		r = cut_seqs(v, in.r[i].lo, in.r[i].hi, a, &out);
	if (r >= 0)
		*ret = ranges_set(&out);
	return r;
}

int view_seqs(const struct view *v, struct uidset uids, struct arena *a, struct uidset *ret)
{
	struct ranges in = {0}, out = {0};
	int r = view_cut(v, uids, a, &in);

	for (size_t i = 0; i < in.n && r >= 0; i++)
		r = ranges_add_run(&out, a, view_seq(v, in.r[i].lo), view_seq(v, in.r[i].hi));
	if (r >= 0)
		*ret = ranges_set(&out);
	return r;
}

/* -- moving -- */

static int without(struct view *next, const struct view *v, struct uidset gone)
{
	size_t j = 0;
	int r = 0;

	for (uint32_t i = 0; i < v->n_runs && r >= 0; i++) {
		uint64_t lo = v->runs[i].lo;

		while (j < gone.n && gone.r[j].hi < lo)
			j++;
		while (j < gone.n && gone.r[j].lo <= v->runs[i].hi && r >= 0) {
			if (gone.r[j].lo > lo)
				r = view_run_push(next, (uint32_t)lo, gone.r[j].lo - 1);
			lo = (uint64_t)gone.r[j].hi + 1;
			if (lo > v->runs[i].hi)
				break; /* it may reach into the next run */
			j++;
		}
		if (lo <= v->runs[i].hi && r >= 0)
			r = view_run_push(next, (uint32_t)lo, v->runs[i].hi);
	}
	return r;
}

static int remove_gone(struct view *v, struct uidset gone)
{
	struct view next = *v;
	int r;

	next.runs = NULL;
	next.n = next.n_runs = next.cap_runs = 0;
	if ((r = without(&next, v, gone)) < 0) {
		free(next.runs);
		return r;
	}
	free(v->runs);
	*v = next;
	return 0;
}

int view_take(struct view *v, const struct view_news *news, bool with_expunges)
{
	struct pin *pin = v->pin;
	int r = room(v, (uint32_t)news->arrived.n);

	if (r >= 0 && with_expunges && news->vanished.n)
		r = remove_gone(v, news->vanished);
	if (r >= 0)
		r = room(v, (uint32_t)news->arrived.n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < news->arrived.n; i++)
		view_run_push(v, news->arrived.r[i].lo, news->arrived.r[i].hi); /* there is room */
	v->modseq = news->modseq;
	v->uidnext = news->uidnext;
	v->is_gone = news->is_gone;
	if (!with_expunges && news->vanished.n)
		return 0;
	v->modseq_expunged = news->modseq;
	if (news->position)
		pin_move(v->store, &pin, news->position);
	v->pin = pin;
	return 0;
}
