/* relocate.c - bodies that recovery has copied into a newer segment are there now.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A start copies the log's last whole group into a new segment (doc/design.md 2.1). An index that
 * had applied the group keeps the old place: readable, but not what the log says, and not what an
 * index made anew from it says. Every segment behind the one at which the index's position was
 * taken, and whose first record it has applied, is such a copy. */
#include "base/err.h"
#include "store/index/replay.h"

enum { REACHED = 1, ARENA_MOST = 1 << 20 };

struct relocating {
	struct txn *t;
	struct arena arena;
};

static int one(void *arg, const struct log_frame *f)
{
	struct relocating *w = arg;
	struct record rec;
	int r;

	if (f->seq >= w->t->root.next.seq)
		return REACHED;
	if (f->damaged || !f->body_bytes)
		return 0;
	r = record_decode(&rec, f, &w->arena);
	if (r >= 0 && rec.type == REC_STORED && rec.stored.where == BODY_HERE)
		r = apply_place(w->t, rec.stored.body_id, f->place, f->body_crc);
	if (r >= 0 && rec.type == REC_BODY_MOVED && rec.moved.where == BODY_HERE)
		r = apply_place(w->t, rec.moved.body_id, f->place, f->body_crc);
	arena_reset(&w->arena);
	/* one that nobody names any more is not looked for */
	return r == E_NOTFOUND || r == E_DAMAGED ? 0 : r;
}

/* Where the copies begin; past the index's position if there are none. */
static uint64_t first_copied(struct log *l, const struct log_pos *next)
{
	struct log_segment seg = {.id = next->hint[0]};
	uint64_t first = UINT64_MAX;

	while (next->hint[0] && log_segment_next(l, seg.id, &seg) >= 0)
		if (seg.first_seq < first)
			first = seg.first_seq;
	return first;
}

int relocate(struct index *ix, struct log *l)
{
	struct relocating w;
	struct log_pos from = {0};
	struct txn t;
	int r = txn_write(&t, ix);

	if (r < 0)
		return r;
	from.seq = first_copied(l, &t.root.next);
	if (from.seq < t.root.next.seq) {
		w.t = &t;
		arena_init(&w.arena, ARENA_MOST);
		r = log_read(l, 0, from, false, one, &w);
		arena_free(&w.arena);
		if (r >= 0)
			r = txn_commit(&t);
	}
	txn_abort(&t);
	return r;
}
