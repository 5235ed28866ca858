/* replay-base.c - an index that is built anew begins with the newest whole base.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A base may be taken if every record from its state on is still there: it lies neither below a
 * segment that is missing nor below what a record says was dropped. With none, the log is read
 * from its beginning. */
#include "base/err.h"
#include "store/index/base-row.h"
#include "store/index/replay.h"

enum {
	BYTES_A_TXN = 16 << 20,
	ARENA_MOST = 64 << 20,
	WHOLE = 1,
};

struct finding {
	uint64_t until; /* not this record and what follows; 0: to the end */
	uint64_t state, slices, rows; /* of the base being read; state 0: it is not whole */
	uint64_t best;                /* the newest that is */
	uint64_t below;               /* dropped */
	struct arena arena;
	/* loading */
	struct txn *t;
	struct root_row root;
	struct buf val;
	uint64_t bytes;
};

/* Sequence number up to which records may be missing, because segments are. */
static uint64_t hole_end(struct log *l)
{
	struct log_segment seg = {0};
	uint64_t last = 0, end = 0;

	for (; log_segment_next(l, seg.id, &seg) >= 0; last = seg.id)
		if (seg.id != last + 1)
			end = seg.first_seq;
	return end;
}

bool replay_reaches(struct log *l, uint64_t seq)
{
	return hole_end(l) <= seq;
}

/* -- which -- */

static void see_slice(struct finding *f, const struct rec_base *b)
{
	if (!b->slice) {
		f->state = b->state;
		f->slices = 0;
	}
	if (b->state != f->state || b->slice != f->slices)
		f->state = 0; /* a slice is missing */
	f->slices++;
	if (f->state && b->last)
		f->best = f->state;
}

static int find_one(void *arg, const struct log_frame *frame)
{
	struct finding *f = arg;
	struct record r;
	int e;

	if (f->until && frame->seq >= f->until)
		return WHOLE;
	if (frame->damaged || (frame->type != REC_BASE && frame->type != REC_DROPPED))
		return 0;
	e = record_decode(&r, frame, &f->arena);
	if (e == E_DAMAGED)
		return 0;
	if (e >= 0 && r.type == REC_BASE)
		see_slice(f, &r.base);
	else if (e >= 0 && r.dropped.below > f->below)
		f->below = r.dropped.below;
	arena_reset(&f->arena);
	return e;
}

/* -- its rows -- */

static int more_room(struct finding *f)
{
	struct index *ix = f->t->ix;
	int r = txn_commit(f->t);

	if (r < 0)
		return r;
	txn_end(f->t);
	f->bytes = 0;
	r = txn_write(f->t, ix);
	f->t->replaying = f->t->quiet = true;
	return r;
}

static NOINLINE int load_row(struct finding *f, enum tab tab, struct str key)
{
	struct key k = key_of();

	if (tab == TAB_ROOT) {
		if (f->val.n != sizeof(f->root))
			return E_DAMAGED;
		memcpy(&f->root, f->val.p, sizeof(f->root));
		return 0;
	}
	if (key.n > KEY_MOST)
		return E_DAMAGED;
	memcpy(k.b, key.p, key.n);
	k.n = key.n;
	return tab_append(f->t, tab, &k, buf_str(&f->val));
}

static int load_slice(struct finding *f, struct str rows)
{
	int r = 0;

	f->bytes += rows.n;
	while (rows.n && r >= 0) {
		struct str key;
		enum tab tab;

		r = base_row_next(&rows, &tab, &key, &f->val);
		if (r >= 0)
			r = load_row(f, tab, key);
	}
	return r >= 0 && f->bytes >= BYTES_A_TXN ? more_room(f) : r;
}

static int load_one(void *arg, const struct log_frame *frame)
{
	struct finding *f = arg;
	struct record r;
	int e;

	if (frame->damaged || frame->type != REC_BASE)
		return 0;
	e = record_decode(&r, frame, &f->arena);
	if (e >= 0 && r.base.state == f->best) {
		e = load_slice(f, r.base.rows);
		if (e >= 0 && r.base.last)
			e = WHOLE;
	}
	arena_reset(&f->arena);
	return e;
}

static int load(struct finding *f, struct log *l)
{
	int r = log_read(l, 0, (struct log_pos){.seq = f->best}, false, load_one, f);

	if (r < 0)
		return r;
	if (r != WHOLE || f->root.next.seq != f->best)
		return E_DAMAGED;
	memset(f->root.next.hint, 0, sizeof(f->root.next.hint));
	f->t->root = f->root;
	return runs_rebuild(f->t);
}

int replay_base(struct txn *t, struct replay *p)
{
	struct finding f = {.t = t, .until = p->as_of ? p->as_of->root.next.seq : 0};
	uint64_t least = hole_end(p->log);
	int r;

	arena_init(&f.arena, ARENA_MOST);
	buf_init(&f.val, LOG_META_MOST * 8);
	r = log_read(p->log, 0, (struct log_pos){.seq = 1}, false, find_one, &f);
	if (least < f.below)
		least = f.below;
	if (r >= 0 && f.best && f.best >= least)
		r = load(&f, p->log);
	else if (r >= 0 && least > 1)
		p->damaged++; /* no base is whole: what is left is replayed */
	arena_free(&f.arena);
	buf_free(&f.val);
	return r < 0 ? r : 0;
}
