/* apply-body.c - bodies: where they are, who names them, when nobody does any more.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/index/index.h"

static int segment_add(struct txn *t, const struct body_row *b, int by)
{
	struct segment_row *s;
	int e = 0;

	if (!b->place.a && !b->place.b)
		return 0;
	s = hot_segment(t, place_is_blob(b->place) ? 0 : place_segment(b->place), &e);
	if (!s)
		return e;
	s->live_bytes += (uint64_t)by * b->bytes;
	s->live_bodies += (uint64_t)by;
	if (by < 0)
		s->dead_bytes += b->bytes;
	hot_dirty(t, s);
	return 0;
}

/* The body of a record whose metadata is lost: its frame's header still tells the place. */
static void from_damaged(struct txn *t, uint64_t seq, struct body_row *b)
{
	for (unsigned i = 0; i < COLUMNS(t->damaged_seq); i++) {
		if (t->damaged_seq[i] == seq && t->damaged_body[i].bytes == b->bytes) {
			b->place = t->damaged_body[i].place;
			b->crc = t->damaged_body[i].crc;
		}
	}
}

static int body_new(struct txn *t, const struct rec_stored *m, uint64_t seq, const struct key *k)
{
	struct body_row b;
	int r;

	memset(&b, 0, sizeof(b));
	b.bytes = m->body_bytes;
	b.crc = m->body_crc;
	b.refs = 1;
	if (m->where == BODY_BACK)
		from_damaged(t, seq - m->back, &b);
	else
		b.place = m->place;
	if (m->body_id >= t->root.next_body) {
		t->root.next_body = m->body_id + 1;
		r = tab_append(t, TAB_BODY, k, str_n(&b, sizeof(b)));
	} else {
		r = tab_put(t, TAB_BODY, k, str_n(&b, sizeof(b)));
	}
	if (r >= 0)
		r = segment_add(t, &b, 1);
	if (r >= 0 && m->where == BODY_BACK && b.bytes && !b.place.a && !b.place.b)
		r = E_DAMAGED; /* it is nowhere: the row is kept for the count */
	return r;
}

/* One more row names the body. E_DAMAGED: the row is counted, but the bytes are lost. */
int body_ref(struct txn *t, const struct rec_stored *m, uint64_t seq)
{
	struct key k = key_u64(m->body_id);
	struct body_row b;
	int r;

	if (m->body_id >= t->root.next_body)
		return body_new(t, m, seq, &k);
	r = tab_get_row(t, TAB_BODY, &k, &b, sizeof(b));
	if (r == E_NOTFOUND)
		return body_new(t, m, seq, &k);
	if (r < 0)
		return r;
	b.refs++;
	return tab_put(t, TAB_BODY, &k, str_n(&b, sizeof(b)));
}

int body_unref(struct txn *t, uint64_t body_id)
{
	struct key k = key_u64(body_id);
	struct body_row b;
	int r = tab_get_row(t, TAB_BODY, &k, &b, sizeof(b));

	if (r < 0)
		return r;
	if (b.refs > 1) {
		b.refs--;
		return tab_put(t, TAB_BODY, &k, str_n(&b, sizeof(b)));
	}
	b.refs = 0;
	if ((r = segment_add(t, &b, -1)) < 0 || (r = tab_del(t, TAB_BODY, &k)) < 0)
		return r;
	r = tab_del(t, TAB_CACHE, &k);
	if (r < 0 && r != E_NOTFOUND)
		return r;
	return tab_put(t, TAB_DEAD, &k, str_n(&b, sizeof(b)));
}

static int move(struct txn *t, uint64_t body_id, struct place to, uint32_t crc)
{
	struct key k = key_u64(body_id);
	struct body_row b;
	int r = tab_get_row(t, TAB_BODY, &k, &b, sizeof(b));

	if (r < 0 || (b.place.a == to.a && b.place.b == to.b))
		return r;
	if ((r = segment_add(t, &b, -1)) < 0)
		return r;
	b.place = to;
	b.crc = crc;
	r = segment_add(t, &b, 1);
	return r < 0 ? r : tab_put(t, TAB_BODY, &k, str_n(&b, sizeof(b)));
}

int apply_moved(struct txn *t, const struct record *r)
{
	return move(t, r->moved.body_id, r->moved.place, r->moved.body_crc);
}

int apply_place(struct txn *t, uint64_t body_id, struct place where, uint32_t crc)
{
	return move(t, body_id, where, crc);
}

/* -- damage -- */

/* A record is lost: what it may have given out (a UID, a MODSEQ, an id) is never given out again.
 * Every record gives out at most one of each. */
int apply_damaged(struct txn *t, const struct log_frame *f)
{
	unsigned at = t->n_damaged++ % COLUMNS(t->damaged_seq);

	t->damaged_seq[at] = f->seq;
	t->damaged_body[at] = (struct body_row){.place = f->place, .bytes = f->body_bytes,
						.crc = f->body_crc};
	return apply_lost(t, f->account, 1);
}
