/* apply-seen.c - what readers see of their own: \Seen of shared mailboxes, annotations.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both raise the messages' MODSEQ like any flag (RFC 7162 3.1.2), for all readers alike. */
#include "base/err.h"
#include "store/index/index.h"

static int put_row(struct tab_cursor *c, const struct record *r, uint32_t bits)
{
	struct msg_row row;

	if (c->val.n != sizeof(row))
		return E_DAMAGED;
	memcpy(&row, c->val.p, sizeof(row));
	row.modseq = r->modseq;
	row.bits |= bits;
	return tab_cursor_put(c, str_n(&row, sizeof(row)));
}

static int raise_row(struct txn *t, struct tab_cursor *c, uint32_t uid, void *arg)
{
	return put_row(c, arg, 0);
}

static int raise_rows(struct txn *t, const struct record *r, uint64_t mbox,
		      const struct uid_range *range, size_t n, row_fn *fn)
{
	struct key k = key_u64_u64(mbox, r->modseq);
	int e = rows_each(t, TAB_MESSAGE, mbox, range, n, fn, (void *)(uintptr_t)r);

	return e < 0 ? e : ranges_put(t, TAB_CHANGE, &k, NULL, 0, range, n);
}

int seen_read(struct txn *t, uint64_t mbox, uint64_t reader, struct seen *ret)
{
	struct key k = key_u64_u64(mbox, reader);
	struct str v;
	int r = tab_get(t, TAB_SEEN, &k, &v);

	*ret = (struct seen){0};
	if (r >= 0)
		ret->ranges = str_from(v, sizeof(uint64_t));
	return r == E_NOTFOUND ? 0 : r;
}

bool seen_has(struct seen *s, uint32_t uid)
{
	while (s->now.hi < uid && s->ranges.n >= sizeof(s->now)) {
		memcpy(&s->now, s->ranges.p, sizeof(s->now));
		s->ranges = str_from(s->ranges, sizeof(s->now));
	}
	return s->now.lo && s->now.lo <= uid && uid <= s->now.hi;
}

/* -- \Seen of readers: the ranges as a whole, with the MODSEQ of their last change -- */

static size_t ranges_merge(struct uid_range *out, const struct uid_range *a, size_t an,
			   const struct uid_range *b, size_t bn)
{
	size_t n = 0;

	while (an || bn) {
		const struct uid_range *next;

		if (!bn || (an && a->lo <= b->lo))
			next = a++, an--;
		else
			next = b++, bn--;
		if (n && next->lo <= (uint64_t)out[n - 1].hi + 1) {
			if (next->hi > out[n - 1].hi)
				out[n - 1].hi = next->hi;
		} else {
			out[n++] = *next;
		}
	}
	return n;
}

static size_t ranges_without(struct uid_range *out, const struct uid_range *a, size_t an,
			     const struct uid_range *b, size_t bn)
{
	size_t n = 0;

	for (size_t i = 0; i < an; i++) {
		uint64_t lo = a[i].lo;

		while (bn && b->hi < lo)
			b++, bn--;
		for (size_t j = 0; j < bn && b[j].lo <= a[i].hi; j++) {
			if (b[j].lo > lo)
				out[n++] = (struct uid_range){(uint32_t)lo, b[j].lo - 1};
			lo = (uint64_t)b[j].hi + 1;
		}
		if (lo <= a[i].hi)
			out[n++] = (struct uid_range){(uint32_t)lo, a[i].hi};
	}
	return n;
}

int apply_seen(struct txn *t, const struct record *r)
{
	struct key k = key_u64_u64(r->uids.mbox, r->uids.reader);
	struct uid_range *old, *now;
	struct account_row *a;
	struct mbox_row *m;
	struct str v = {0};
	size_t n;
	int e = hot_both(t, r->uids.mbox, r->account, &m, &a);

	if (e < 0)
		return e;
	if ((e = tab_get(t, TAB_SEEN, &k, &v)) < 0 && e != E_NOTFOUND)
		return e;
	if (v.n)
		v = str_from(v, sizeof(uint64_t));
	n = v.n / sizeof(*old);
	old = malloc((2 * (n + r->uids.n) + 1 + n) * sizeof(*old));
	if (!old)
		return E_NOMEM;
	memcpy(old, v.n ? v.p : "", n * sizeof(*old)); /* the map's bytes are not aligned */
	now = old + n;
	n = r->uids.on ? ranges_merge(now, old, n, r->uids.r, r->uids.n)
		       : ranges_without(now, old, n, r->uids.r, r->uids.n);
	e = ranges_put(t, TAB_SEEN, &k, &r->modseq, sizeof(r->modseq), now, n);
	free(old);
	if (e < 0 || (e = raise_rows(t, r, r->uids.mbox, r->uids.r, r->uids.n, raise_row)) < 0)
		return e;
	modseq_raise(m, a, r);
	index_touch(t, r->uids.mbox);
	return 0;
}

/* -- annotations -- */

static void count_note(struct txn *t, uint64_t account, struct str entry, struct str value, int by)
{
	struct account_row *a = hot_account(t, account, false, NULL);

	if (!a)
		return;
	a->note_bytes += (uint64_t)by * (entry.n + value.n);
	hot_dirty(t, a);
}

static int note_put(struct txn *t, const struct record *r, uint32_t uid)
{
	const struct rec_noted *n = &r->noted;
	struct key k = key_u64_u32(n->mbox, uid);
	struct str old;
	int e;

	key_add_u64(&k, n->who);
	if ((e = key_add_str(&k, n->entry)) < 0)
		return e;
	e = tab_get(t, TAB_NOTE, &k, &old);
	if (e >= 0)
		count_note(t, r->account, n->entry, old, -1);
	if (e < 0 && e != E_NOTFOUND)
		return e;
	if (!n->on)
		return e < 0 ? 0 : tab_del(t, TAB_NOTE, &k);
	count_note(t, r->account, n->entry, n->value, 1);
	return tab_put(t, TAB_NOTE, &k, n->value);
}

static int note_row(struct txn *t, struct tab_cursor *c, uint32_t uid, void *arg)
{
	int e = put_row(c, arg, BIT_NOTES);

	return e < 0 ? e : note_put(t, arg, uid);
}

int apply_noted(struct txn *t, const struct record *r)
{
	struct account_row *a;
	struct mbox_row *m;
	int e = hot_both(t, r->noted.mbox, r->account, &m, &a);

	if (e < 0 ||
	    (e = raise_rows(t, r, r->noted.mbox, r->noted.r, r->noted.n, note_row)) < 0)
		return e;
	modseq_raise(m, a, r);
	index_touch(t, r->noted.mbox);
	return 0;
}

int notes_drop(struct txn *t, uint64_t account, uint64_t mbox, uint32_t uid)
{
	struct key k = key_u64_u32(mbox, uid);
	struct tab_cursor c;
	int r = tab_open(&c, t, TAB_NOTE);

	if (r < 0)
		return r;
	while ((r = tab_seek(&c, &k)) >= 0 && str_starts(c.key, key_str(&k))) {
		count_note(t, account, str_from(c.key, k.n + 8), c.val, -1);
		if ((r = tab_cursor_del(&c)) < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}
