/* apply-msg.c - messages: stored, flagged, expunged, and given back at last.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/codec.h"
#include "store/index/index.h"

static const uint32_t FLAGS_KNOWN = MSG_SEEN | MSG_ANSWERED | MSG_FLAGGED | MSG_DELETED | MSG_DRAFT;

/* The mailbox's and the account's counts, when `row` comes (+1) or goes (-1). */
static void count(struct mbox_row *m, struct account_row *a, const struct msg_row *row, int64_t by)
{
	uint64_t n = (uint64_t)by;

	m->messages += n;
	m->octets += n * row->size;
	if (!(row->flags & MSG_SEEN))
		m->unseen += n;
	if (row->flags & MSG_DELETED) {
		m->deleted += n;
		m->deleted_octets += n * row->size;
	}
	a->used_bytes += n * row->size;
	a->used_messages += n;
}

int hot_both(struct txn *t, uint64_t mbox, uint64_t account, struct mbox_row **m,
	     struct account_row **a)
{
	int e = 0;

	if (!(*m = hot_mbox(t, mbox, false, &e)) || !(*a = hot_account(t, account, false, &e)))
		return e;
	hot_dirty(t, *m);
	hot_dirty(t, *a);
	return 0;
}

void modseq_raise(struct mbox_row *m, struct account_row *a, const struct record *r)
{
	if (r->modseq > a->modseq)
		a->modseq = r->modseq;
	if (r->modseq > m->highestmodseq)
		m->highestmodseq = r->modseq;
}

int keyword_defs_apply(struct txn *t, struct mbox_row *m, const struct keyword_def *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct key k = key_u64_u64(m->account, m->id);
		char name[16];
		int r;

		snprintf(name, sizeof(name), "keyword.%u", d[i].bit);
		key_add_str(&k, str_of(name));
		r = tab_put(t, TAB_META, &k, d[i].name);
		if (r < 0)
			return r;
		m->keywords |= UINT64_C(1) << d[i].bit;
	}
	return 0;
}

/* -- stored -- */

static NOINLINE int extra_put(struct txn *t, const struct rec_stored *m)
{
	struct key k = key_u64_u32(m->mbox, m->uid);
	uint32_t n[3] = {(uint32_t)m->prefix.n, (uint32_t)m->envelope_from.n,
			 (uint32_t)m->envelope_to.n};
	size_t all = sizeof(n) + m->prefix.n + m->envelope_from.n + m->envelope_to.n + m->uidl.n;
	char small[1024], *p = small, *at;
	int r;

	if (all == sizeof(n))
		return 0;
	if (all > sizeof(small) && !(p = malloc(all)))
		return E_NOMEM;
	at = mempcpy(p, n, sizeof(n));
	at = mempcpy(at, m->prefix.p ? m->prefix.p : "", m->prefix.n);
	at = mempcpy(at, m->envelope_from.p ? m->envelope_from.p : "", m->envelope_from.n);
	at = mempcpy(at, m->envelope_to.p ? m->envelope_to.p : "", m->envelope_to.n);
	mempcpy(at, m->uidl.p ? m->uidl.p : "", m->uidl.n);
	r = tab_put(t, TAB_EXTRA, &k, str_n(p, all));
	if (p != small)
		free(p);
	return r;
}

int extra_get(struct txn *t, uint64_t mbox, uint32_t uid, struct extra *ret)
{
	struct key k = key_u64_u32(mbox, uid);
	struct str v;
	uint32_t n[3];
	int r = tab_get(t, TAB_EXTRA, &k, &v);

	if (r == E_NOTFOUND)
		*ret = (struct extra){0};
	if (r < 0)
		return r == E_NOTFOUND ? 0 : r;
	if (v.n < sizeof(n))
		return E_DAMAGED;
	memcpy(n, v.p, sizeof(n));
	v = str_from(v, sizeof(n));
	if ((uint64_t)n[0] + n[1] + n[2] > v.n)
		return E_DAMAGED;
	ret->prefix = str_head(v, n[0]);
	ret->envelope_from = str_head(str_from(v, n[0]), n[1]);
	ret->envelope_to = str_head(str_from(v, (size_t)n[0] + n[1]), n[2]);
	ret->uidl = str_from(v, (size_t)n[0] + n[1] + n[2]);
	return 0;
}

static void row_of(struct msg_row *row, const struct rec_stored *m)
{
	memset(row, 0, sizeof(*row));
	row->modseq = m->row_modseq;
	row->created_modseq = m->created_modseq;
	row->keywords = m->keywords;
	row->size = m->prefix.n + m->size;
	row->body_id = m->body_id;
	row->email_id = m->email_id;
	row->thread_id = m->thread_id;
	row->internaldate_ms = m->internaldate_ms;
	row->saved_ms = m->saved_ms;
	row->flags = m->flags & FLAGS_KNOWN;
	row->bits = m->bits;
	row->lines = m->lines;
	row->header_bytes = m->header_bytes;
	row->prefix_bytes = (uint32_t)m->prefix.n;
	row->internaldate_zone = m->internaldate_zone;
}

int message_put(struct txn *t, struct mbox_row *mb, struct account_row *a,
		const struct rec_stored *m, uint64_t seq)
{
	struct key k = key_u64_u32(m->mbox, m->uid);
	struct msg_row row;
	int r;

	row_of(&row, m);
	r = body_ref(t, m, seq);
	if (r == E_DAMAGED) {
		row.bits |= BIT_DAMAGED;
		r = 0;
	}
	if (r < 0 || (r = tab_put(t, TAB_MESSAGE, &k, str_n(&row, sizeof(row)))) < 0 ||
	    (r = extra_put(t, m)) < 0)
		return r;
	if ((r = runs_add(t, mb, m->uid)) < 0)
		return r;
	if (m->uid >= mb->uidnext)
		mb->uidnext = m->uid == UINT32_MAX ? m->uid : m->uid + 1;
	if (m->uidl.n)
		mb->has_uidls = 1;
	count(mb, a, &row, 1);
	return 0;
}

int apply_stored(struct txn *t, const struct record *r)
{
	struct account_row *a;
	struct mbox_row *m;
	int e = hot_both(t, r->stored.mbox, r->account, &m, &a);

	if (e == E_NOTFOUND && (e = apply_orphan(t, r, r->stored.mbox)) >= 0)
		e = hot_both(t, r->stored.mbox, r->account, &m, &a);
	if (e < 0)
		return e;
	if ((e = message_put(t, m, a, &r->stored, r->seq)) < 0)
		return e;
	modseq_raise(m, a, r);
	index_touch(t, m->id);
	return r->stored.n_defs ? keyword_defs_apply(t, m, r->stored.defs, r->stored.n_defs) : 0;
}

/* -- each message of some ranges -- */

NOINLINE int rows_each(struct txn *t, enum tab tab, uint64_t mbox, const struct uid_range *r,
		       size_t n, row_fn *fn, void *arg)
{
	struct tab_cursor c;
	int e = tab_open(&c, t, tab);

	if (e < 0)
		return e;
	for (size_t i = 0; i < n; i++) {
		struct key k = key_u64_u32(mbox, r[i].lo);

		for (e = tab_seek(&c, &k); e >= 0; e = tab_next(&c)) {
			uint32_t uid = key_get_u32(c.key, 8);

			if (key_get_u64(c.key, 0) != mbox || uid > r[i].hi)
				break;
			if ((e = fn(t, &c, uid, arg)) < 0)
				goto out;
		}
		if (e < 0 && e != E_NOTFOUND)
			goto out;
	}
	e = 0;
out:
	tab_close(&c);
	return e;
}

int ranges_put(struct txn *t, enum tab tab, const struct key *k, const void *head, size_t head_n,
	       const struct uid_range *r, size_t n)
{
	return tab_put2(t, tab, k, str_n(head, head_n), str_n(r, n * sizeof(*r)));
}

/* -- flags -- */

struct flagging {
	const struct record *r;
	struct mbox_row *m;
	struct account_row *a;
	struct uid_range gone; /* expunged, but still in the runs; lo = 0: none */
};

static int flag_row(struct txn *t, struct tab_cursor *c, uint32_t uid, void *arg)
{
	struct flagging *f = arg;
	const struct rec_flags *want = &f->r->flags;
	struct msg_row row;

	if (c->val.n != sizeof(row))
		return E_DAMAGED;
	memcpy(&row, c->val.p, sizeof(row));
	count(f->m, f->a, &row, -1);
	switch (want->op) {
	case FLAGS_SET:
		row.flags = want->flags;
		row.keywords = want->keywords;
		break;
	case FLAGS_ADD:
		row.flags |= want->flags;
		row.keywords |= want->keywords;
		break;
	case FLAGS_REMOVE:
		row.flags &= ~want->flags;
		row.keywords &= ~want->keywords;
		break;
	}
	row.flags &= FLAGS_KNOWN;
	row.modseq = f->r->modseq;
	count(f->m, f->a, &row, 1);
	return tab_cursor_put(c, str_n(&row, sizeof(row)));
}

int apply_flags(struct txn *t, const struct record *r)
{
	struct key k = key_u64_u64(r->flags.mbox, r->modseq);
	struct flagging f = {.r = r};
	int e = hot_both(t, r->flags.mbox, r->account, &f.m, &f.a);

	if (e < 0 ||
	    (e = keyword_defs_apply(t, f.m, r->flags.defs, r->flags.n_defs)) < 0 ||
	    (e = rows_each(t, TAB_MESSAGE, r->flags.mbox, r->flags.r, r->flags.n, flag_row, &f)) < 0)
		return e;
	modseq_raise(f.m, f.a, r);
	index_touch(t, r->flags.mbox);
	return ranges_put(t, TAB_CHANGE, &k, NULL, 0, r->flags.r, r->flags.n);
}

/* -- expunged, then reclaimed -- */

static int runs_follow(struct txn *t, struct flagging *f)
{
	return f->gone.lo ? runs_del(t, f->m, f->gone.lo, f->gone.hi) : 0;
}

/* Neighbours leave the runs together. */
static int leave_runs(struct txn *t, struct flagging *f, uint32_t uid)
{
	int r = 0;

	if (f->gone.lo && uid == f->gone.hi + 1) {
		f->gone.hi = uid;
		return 0;
	}
	r = runs_follow(t, f);
	f->gone = (struct uid_range){uid, uid};
	return r;
}

static int expunge_row(struct txn *t, struct tab_cursor *c, uint32_t uid, void *arg)
{
	struct flagging *f = arg;
	struct key k = key_u64_u32(f->m->id, uid);
	struct expunged_row row;
	int r;

	memset(&row, 0, sizeof(row));
	if (c->val.n != sizeof(row.msg))
		return E_DAMAGED;
	memcpy(&row.msg, c->val.p, sizeof(row.msg));
	row.modseq = f->r->modseq;
	row.seq = f->r->seq;
	row.at_ms = f->r->at_ms;
	count(f->m, f->a, &row.msg, -1);
	if ((r = leave_runs(t, f, uid)) < 0)
		return r;
	r = tab_put(t, TAB_EXPUNGED, &k, str_n(&row, sizeof(row)));
	return r < 0 ? r : tab_cursor_del(c);
}

int apply_expunged(struct txn *t, const struct record *r)
{
	struct key gone = key_u64_u64(r->uids.mbox, r->modseq);
	struct key grave = key_u64_u64(r->seq, r->account);
	struct grave_row head;
	struct flagging f = {.r = r};
	int e = hot_both(t, r->uids.mbox, r->account, &f.m, &f.a);

	if (e < 0 ||
	    (e = rows_each(t, TAB_MESSAGE, r->uids.mbox, r->uids.r, r->uids.n, expunge_row, &f)) < 0 ||
	    (e = runs_follow(t, &f)) < 0)
		return e;
	modseq_raise(f.m, f.a, r);
	index_touch(t, r->uids.mbox);
	memset(&head, 0, sizeof(head));
	head.mbox = r->uids.mbox;
	head.at_ms = r->at_ms;
	e = ranges_put(t, TAB_GRAVE, &grave, &head, sizeof(head), r->uids.r, r->uids.n);
	return e < 0 ? e : ranges_put(t, TAB_VANISHED, &gone, NULL, 0, r->uids.r, r->uids.n);
}

static int reclaim_row(struct txn *t, struct tab_cursor *c, uint32_t uid, void *arg)
{
	const struct record *r = arg;
	struct key k = key_u64_u32(r->uids.mbox, uid);
	struct expunged_row row;
	int e;

	if (c->val.n != sizeof(row))
		return E_DAMAGED;
	memcpy(&row, c->val.p, sizeof(row));
	if ((e = txn_room(t)) < 0) /* each body may lie in another segment */
		return e;
	if ((e = tab_cursor_del(c)) < 0)
		return e;
	e = tab_del(t, TAB_EXTRA, &k);
	if (e < 0 && e != E_NOTFOUND)
		return e;
	if (row.msg.bits & BIT_NOTES &&
	    (e = notes_drop(t, r->account, r->uids.mbox, uid)) < 0)
		return e;
	return body_unref(t, row.msg.body_id);
}

int apply_reclaimed(struct txn *t, const struct record *r)
{
	struct key grave = key_u64_u64(r->uids.reader, r->account);
	int e = rows_each(t, TAB_EXPUNGED, r->uids.mbox, r->uids.r, r->uids.n, reclaim_row,
			 (void *)(uintptr_t)r);

	if (e < 0)
		return e;
	return r->uids.on ? tab_del(t, TAB_GRAVE, &grave) : 0;
}
