/* apply-base.c - bases are whole, what is old is forgotten, segments are gone.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A base says what the rows are already: applying it only notes that there is one. A rebuild
 * loads its rows instead (replay-base.c). */
#include "base/err.h"
#include "store/index/index.h"

static int base(struct txn *t, const struct record *r)
{
	if (!r->base.last)
		return 0;
	t->root.base_before = t->root.base_seq;
	t->root.base_seq = r->base.state;
	t->root.base_ms = r->at_ms;
	t->root.base_rows = r->base.all_rows;
	return 0;
}

/* Rows of a mailbox whose MODSEQ is not above the floor. */
static int forget_rows(struct txn *t, enum tab tab, const struct rec_forgotten *f)
{
	struct key k = key_u64(f->mbox);
	struct tab_cursor c;
	int e = tab_open(&c, t, tab);

	if (e < 0)
		return e;
	for (e = tab_seek(&c, &k); e >= 0; e = tab_next(&c)) {
		if (key_get_u64(c.key, 0) != f->mbox || key_get_u64(c.key, 8) > f->floor)
			break;
		if ((e = tab_cursor_del(&c)) < 0)
			break;
	}
	tab_close(&c);
	return e == E_NOTFOUND ? 0 : e;
}

static int forgotten(struct txn *t, const struct record *r)
{
	struct mbox_row *m;
	int e = 0;

	if (!(m = hot_mbox(t, r->forgotten.mbox, false, &e)))
		return e;
	if (r->forgotten.floor > m->vanished_floor)
		m->vanished_floor = r->forgotten.floor;
	hot_dirty(t, m);
	if ((e = forget_rows(t, TAB_CHANGE, &r->forgotten)) < 0)
		return e;
	return forget_rows(t, TAB_VANISHED, &r->forgotten);
}

/* Counts of segments without bodies are of no use any more. */
static int dropped(struct txn *t, const struct record *r)
{
	struct key first = key_u64(1); /* 0: the blobs */
	struct tab_cursor c;
	int e = txn_flush(t);

	hot_clear(t);
	if (r->dropped.below > t->root.log_begins)
		t->root.log_begins = r->dropped.below;
	if (e < 0 || (e = tab_open(&c, t, TAB_SEGMENT)) < 0)
		return e;
	for (e = tab_seek(&c, &first); e >= 0; e = tab_next(&c)) {
		struct segment_row row;

		if (key_get_u64(c.key, 0) >= r->dropped.segments)
			break;
		memcpy(&row, c.val.p, sizeof(row));
		if (!row.live_bodies && (e = tab_cursor_del(&c)) < 0)
			break;
	}
	tab_close(&c);
	return e == E_NOTFOUND ? 0 : e;
}

int apply_base(struct txn *t, const struct record *r)
{
	switch (r->type) {
	case REC_BASE:
		return base(t, r);
	case REC_FORGOTTEN:
		return forgotten(t, r);
	default:
		return dropped(t, r);
	}
}
