/* read.c - log_read: the records of whole groups in order, over damage, in large reads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/log/file.h"

struct reader {
	struct file_log *l;
	uint64_t from_seq; /* what is older is passed over */
	bool check_bodies;
	int (*each)(void *arg, const struct log_frame *f);
	void *arg;
	/* the segment being read: a copy, as it may be dropped meanwhile */
	struct seg seg;
	bool is_newest;     /* it was when it was taken: reading ends with it */
	uint64_t until_seq; /* what is not older is void, or not yet there */
	uint64_t expect;    /* the number after the last that was told of */
	struct body_ref *fd;
	struct scan s;
	struct seg_index index; /* loaded when there is damage */
};

/* Damage of which no header is left: tells the numbers that are missing, and whose they were if
 * the segment's index knows. */
static int tell_lost(struct reader *r, uint64_t next_seq)
{
	uint64_t most = (r->s.gap_end - r->s.gap_at) / FRAME_HEAD;
	int e = 0;

	if (r->expect < r->from_seq)
		r->expect = r->from_seq;
	if (next_seq > r->until_seq)
		next_seq = r->until_seq;
	if (r->expect < next_seq && !r->index.loaded)
		index_load(&r->index, &r->seg, r->fd->fd);
	for (; r->expect < next_seq && most > 0 && e == 0; r->expect++, most--) {
		struct log_frame f = {
			.seq = r->expect,
			.account = index_account(&r->index, r->expect),
			.damaged = true,
			.next = {r->expect + 1, {r->seg.head.id, r->s.gap_end}},
		};

		e = r->each(r->arg, &f);
	}
	return e;
}

static int tell_frame(struct reader *r)
{
	const struct frame_head *h = &r->s.h;
	struct log_frame f = {
		.seq = h->seq,
		.account = h->account,
		.group = h->group,
		.type = h->type,
		.last_of_group = h->last,
		.commit_ms = h->commit_ms,
		.body_bytes = h->body_bytes,
		.body_crc = h->body_crc,
		.next = {h->seq + 1, {r->seg.head.id, r->s.at}},
	};
	uint32_t crc;
	bool ok;
	int e;

	if (r->check_bodies && h->body_bytes) {
		e = scan_load(&r->s);
		if (e == 0)
			e = scan_body_crc(&r->s, &crc);
		if (e < 0)
			return e;
		f.body_damaged = crc != h->body_crc;
	}
	e = scan_meta(&r->s, &f.meta, &ok);
	if (e < 0)
		return e;
	f.damaged = !ok;
	if (h->body_bytes)
		f.place = (struct place){r->seg.head.id, r->s.h_at + FRAME_HEAD + h->meta_bytes};
	return r->each(r->arg, &f);
}

static int on_frame(struct reader *r, bool *in_gap)
{
	uint64_t seq = r->s.h.seq;
	int e = 0;

	if (r->s.h.kind != FRAME_RECORD || seq >= r->until_seq || seq < r->expect)
		return 0; /* numbers only ascend: another copy, or void */
	if (*in_gap)
		e = tell_lost(r, seq);
	*in_gap = false;
	r->expect = seq + 1;
	return e == 0 && seq >= r->from_seq ? tell_frame(r) : e;
}

/* The segment's records, from offset `at`: each()'s result, or 0. */
static int read_segment(struct reader *r, uint64_t at)
{
	bool in_gap = false, over = false;
	int e = 0;

	window_init(&r->s.w, r->fd->fd, r->seg.end);
	r->s.head = r->seg.head;
	r->s.at = at;
	r->s.end = r->seg.end;
	if (r->expect < (at == SEG_DATA ? r->seg.head.first_seq : r->from_seq))
		r->expect = at == SEG_DATA ? r->seg.head.first_seq : r->from_seq;
	while (e == 0 && !over) {
		int k = scan_next(&r->s);

		over = k == SCAN_END;
		if (k < 0)
			e = k;
		else if (k == SCAN_GAP)
			in_gap = true;
		else if (k == SCAN_FRAME)
			e = on_frame(r, &in_gap);
		else if (in_gap)
			e = tell_lost(r, r->until_seq);
	}
	index_free(&r->index);
	window_free(&r->s.w);
	return e;
}

/* Is the record to begin with at `at`, or the segment's end and there is none? */
static bool hint_is_good(struct reader *r, uint64_t at)
{
	bool good;

	if (at < SEG_DATA || at % 8 != 0 || at > r->seg.end)
		return false;
	if (at == r->seg.end)
		return r->from_seq >= r->until_seq;
	window_init(&r->s.w, r->fd->fd, r->seg.end);
	r->s.head = r->seg.head;
	r->s.at = at;
	r->s.end = r->seg.end;
	good = scan_next(&r->s) == SCAN_FRAME && r->s.h.kind == FRAME_RECORD &&
	       r->s.h.seq == r->from_seq;
	window_free(&r->s.w);
	return good;
}

/* Takes the segment at index i of the table for reading. (lock) */
static int take_segment(struct reader *r, size_t i)
{
	struct file_log *l = r->l;
	int e = 0;

	r->seg = *l->segs[i];
	r->is_newest = i + 1 == l->n_segs;
	r->until_seq = r->is_newest ? l->next_seq : r->seg.end_seq;
	r->fd = seg_fd(l, l->segs[i], &e);
	return e;
}

/* Where to begin: the last segment whose first number is not above; what older ones have from
 * there on is void. (lock) */
static size_t first_segment(const struct file_log *l, uint64_t seq)
{
	size_t i = l->n_segs;

	while (i > 1 && l->segs[i - 1]->head.first_seq > seq)
		i--;
	return i - 1;
}

static int take_first(struct reader *r)
{
	int e;

	pthread_mutex_lock(&r->l->lock);
	e = take_segment(r, first_segment(r->l, r->from_seq));
	pthread_mutex_unlock(&r->l->lock);
	return e;
}

/* The next segment behind the one just read, if there is one. Not behind the newest: it may have
 * grown since it was taken, and what is in a segment made meanwhile does not follow what was read. */
static int take_next(struct reader *r, bool *found)
{
	uint64_t id = r->seg.head.id;
	int e = 0;

	*found = false;
	body_ref_drop(r->fd);
	r->fd = NULL;
	if (r->is_newest)
		return 0;
	pthread_mutex_lock(&r->l->lock);
	for (size_t i = 0; i < r->l->n_segs && !*found; i++) {
		*found = r->l->segs[i]->head.id > id;
		if (*found)
			e = take_segment(r, i);
	}
	pthread_mutex_unlock(&r->l->lock);
	return e;
}

int file_read(struct log *base, uint64_t account, struct log_pos from, bool check_bodies,
	      int (*each)(void *arg, const struct log_frame *f), void *arg)
{
	struct reader r = {.l = file_log(base), .from_seq = from.seq, .check_bodies = check_bodies,
			   .each = each, .arg = arg};
	uint64_t at = SEG_DATA;
	int e = take_first(&r);

	if (e < 0)
		return e;
	if (from.hint[0] == r.seg.head.id && hint_is_good(&r, from.hint[1]))
		at = from.hint[1];
	for (bool more = true; e == 0 && more; at = SEG_DATA) {
		e = read_segment(&r, at);
		if (e == 0)
			e = take_next(&r, &more);
	}
	body_ref_drop(r.fd);
	return e;
}
