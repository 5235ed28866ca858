/* recover.c - what is done about the tail of the log before anything is shown.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The newest segment, from its last octet that is not zero backwards:
 *
 *	a seal                  it ended in order: a new segment follows
 *	a close mark            everything was synced: appending goes on behind it
 *	a group that is whole   copied into a new segment: it may be only in the page cache, and
 *	                        a second fsync of the same pages would prove nothing
 *	anything else           the group that was being written: dropped whole, and the group
 *	                        before it (which was synced before that one began) treated as
 *	                        above
 *
 * A tail that the disk cannot read now is not cut: its last group was acknowledged, perhaps. The log
 * does not open, and somebody has to look at the disk.
 *
 * In the segment that is left, the seal makes void what was copied or dropped; nothing is
 * overwritten. A crash at any point of this leads here again: a segment without its name is
 * removed, and a segment that is not the newest gets its missing seal. */
#include <unistd.h>
#include "base/fs.h"
#include "store/log/file.h"

struct tail {
	struct scan s;
	struct seg *seg;
	uint64_t data_end; /* where anything at all was written */
	uint64_t end;      /* where what counts ends */
	bool has_group;    /* the last whole group: */
	uint64_t group_at, group_end, group_seq;
	uint64_t next_seq, void_seq;
	int64_t last_ms;
	uint64_t cut_records;
	bool is_sealed;
	struct seg_seal seal;
};

static void see(struct tail *t, const struct frame_head *h)
{
	uint64_t next = h->kind == FRAME_RECORD ? h->seq + 1 : h->kind == FRAME_INDEX ? 0 : h->seq;

	if (t->next_seq < next)
		t->next_seq = next;
}

/* Is the frame just scanned whole, and the next one of group `first`? 1, 0, E_NOMEM. */
static int frame_is_whole(struct tail *t, const struct frame_head *first)
{
	struct frame_head *h = &t->s.h;
	struct str meta;
	uint32_t crc;
	bool ok;
	int e;

	if (h->kind != FRAME_RECORD || h->group != first->group)
		return 0;
	e = scan_load(&t->s);
	if (e == 0)
		e = scan_meta(&t->s, &meta, &ok);
	if (e == 0 && ok)
		e = scan_body_crc(&t->s, &crc);
	return e < 0 ? e : ok && crc == h->body_crc;
}

/* Is the group that begins at `at` whole? Then it is the tail's group. 1, 0, E_NOMEM. */
static int group_is_whole(struct tail *t, uint64_t at)
{
	struct frame_head first = {0};
	uint64_t seq = 0;

	t->s.at = at;
	for (;;) {
		int r = scan_next(&t->s);

		if (r != SCAN_FRAME)
			return r < 0 ? r : 0;
		if (!seq) {
			first = t->s.h;
			seq = first.group;
		}
		if (frame_group_at(&t->s.h, t->s.h_at) != at || t->s.h.seq != seq++)
			return 0;
		r = frame_is_whole(t, &first);
		if (r != 1)
			return r;
		if (t->s.h.last)
			break;
	}
	t->has_group = true;
	t->group_at = at;
	t->group_end = t->end = t->s.at;
	t->group_seq = first.group;
	t->last_ms = t->s.h.commit_ms;
	return 1;
}

static int read_seal(struct tail *t)
{
	const uint8_t *p;
	int e = window_get(&t->s.w, t->s.h_at, SEAL_BYTES, &p);

	if (e == 0)
		t->is_sealed = seal_decode(&t->seal, &t->seg->head, t->s.h_at, p, SEAL_BYTES);
	return e == E_NOMEM ? e : 0;
}

/* What stands last before `limit`: 1 when that settles the matter; 0: look further back, from
 * *limit; E_NOMEM. */
static int look_back(struct tail *t, uint64_t *limit, bool *torn, uint64_t *index_end)
{
	struct frame_head *h = &t->s.h;
	uint64_t at;
	int e = scan_last_before(&t->s, *limit);

	if (e <= 0) {
		t->end = SEG_DATA;
		return e < 0 ? e : 1;
	}
	see(t, h);
	at = t->s.h_at;
	if (h->kind == FRAME_SEAL) {
		e = read_seal(t);
		*limit = at;
		return e < 0 ? e : t->is_sealed;
	}
	if (h->kind == FRAME_CLOSE) {
		t->end = frame_end(h, at);
		t->last_ms = h->commit_ms;
		return 1;
	}
	if (h->kind == FRAME_INDEX) {
		*index_end = frame_end(h, at);
		*limit = at;
		return 0;
	}
	at = frame_group_at(h, at);
	e = group_is_whole(t, at);
	if (e != 0) {
		if (e == 1 && *index_end > t->end)
			t->end = *index_end; /* written with that group */
		return e;
	}
	if (*torn) /* this one was synced before the one behind it began: damage, not a tail */
		return 1;
	*torn = true;
	t->end = *limit = at;
	*index_end = 0;
	return 0;
}

/* Counts what is cut, and finds the highest number in it. */
static int count_cut(struct tail *t)
{
	int r;

	t->s.at = t->end;
	while ((r = scan_next(&t->s)) != SCAN_END) {
		if (r < 0)
			return r;
		if (r != SCAN_FRAME)
			continue;
		see(t, &t->s.h);
		if (t->s.h.kind != FRAME_RECORD)
			continue;
		t->cut_records++;
		if (!t->void_seq || t->s.h.group < t->void_seq)
			t->void_seq = t->s.h.group;
	}
	return 0;
}

static int find_tail(struct tail *t)
{
	uint64_t limit, index_end = 0;
	bool torn = false;
	int e = seg_data_end(t->s.w.fd, t->seg->bytes, &t->data_end);

	if (e < 0)
		return e;
	limit = t->data_end;
	t->last_ms = t->seg->head.commit_ms;
	t->next_seq = t->seg->head.first_seq;
	do
		e = look_back(t, &limit, &torn, &index_end);
	while (e == 0);
	if (e < 0 || t->is_sealed)
		return e < 0 ? e : 0;
	return count_cut(t);
}

/* -- copying the last group -------------------------------------------------------------- */

static int copy_frame(struct tail *t, int fd, const struct seg_head *to, uint64_t at)
{
	static const uint8_t zeros[8];
	struct frame_head h = t->s.h;
	uint8_t head[FRAME_HEAD];
	uint64_t from = t->s.h_at + FRAME_HEAD, left = (uint64_t)h.meta_bytes + h.body_bytes;
	struct str meta;
	bool ok;
	int e = scan_meta(&t->s, &meta, &ok);

	if (e < 0)
		return e;
	h.meta_crc = frame_crc(to, meta.p, meta.n);
	frame_encode(head, &h, to, at);
	e = fs_pwrite_all(fd, head, FRAME_HEAD, (off_t)at);
	for (at += FRAME_HEAD; e == 0 && left > 0;) {
		size_t n = left < SEG_DATA * 8 ? (size_t)left : SEG_DATA * 8;
		const uint8_t *p;

		e = window_get(&t->s.w, from, n, &p);
		if (e == 0)
			e = fs_pwrite_all(fd, p, n, (off_t)at);
		from += n;
		at += n;
		left -= n;
	}
	return e == 0 ? fs_pwrite_all(fd, zeros, (8 - at % 8) % 8, (off_t)at) : e;
}

static int copy_group(void *arg, int fd, const struct seg_head *to, uint64_t *end)
{
	struct tail *t = arg;

	t->s.at = t->group_at;
	while (t->s.at < t->group_end) {
		int r = scan_next(&t->s);

		if (r != SCAN_FRAME)
			return r < 0 ? r : E_IO; /* it was whole a moment ago */
		r = copy_frame(t, fd, to, *end);
		if (r < 0)
			return r;
		*end = frame_end(&t->s.h, *end);
	}
	return 0;
}

/* -- deciding ---------------------------------------------------------------------------- */

/* Ends a segment that was left without a seal: what is missing of its index, then the seal, both
 * behind all that was ever written. */
static int end_recovered(struct file_log *l, struct scan *s, struct seg *old, uint64_t written,
			 struct seg_seal *seal)
{
	uint64_t at = (written + 7) & ~(uint64_t)7;
	struct buf b;
	int e = index_rebuild(l, s, old, seal->end);

	if (e < 0)
		return e;
	buf_init(&b, LOG_META_MOST);
	index_put(l, old, &b, at);
	seal->index_at = old->index_at;
	e = b.failed ? b.failed : fs_pwrite_all(s->w.fd, b.p, b.n, (off_t)at);
	if (e == 0)
		e = seg_seal(l, old, at + b.n, seal);
	buf_free(&b);
	return e;
}

/* The index of the group that was copied into the newest segment. */
static int index_copy(struct file_log *l)
{
	struct seg *s = seg_newest(l);
	struct scan scan = {.head = s->head, .end = s->end};
	int e;

	window_init(&scan.w, l->fd->fd, s->end);
	e = index_rebuild(l, &scan, s, s->end);
	window_free(&scan.w);
	return e;
}

/* Makes the next segment and then ends this one at `end`. */
static int go_on_in_new(struct file_log *l, struct tail *t, bool with_group, uint64_t end)
{
	struct seg_new n = {
		.first_seq = with_group ? t->group_seq : t->void_seq ? t->void_seq : t->next_seq,
		.prev_end = end,
		.need = with_group ? t->group_end - t->group_at : SEG_PAGE,
		.may_use_reserve = true,
		.fill = with_group ? copy_group : NULL,
		.arg = t,
	};
	struct seg_seal seal = {
		.end = end,
		.end_seq = n.first_seq,
		.commit_ms = t->last_ms,
		.next_seq = t->next_seq,
	};
	int e = seg_create(l, &n);

	if (e < 0)
		return log_fail(e, "the log's last group could not be made safe: %s",
				err_row(e)->text);
	e = end_recovered(l, &t->s, t->seg, t->data_end > t->end ? t->data_end : t->end, &seal);
	return e == 0 ? index_copy(l) : e;
}

static int go_on_in_same(struct file_log *l, struct tail *t)
{
	int e = index_rebuild(l, &t->s, t->seg, t->end);

	if (e < 0)
		return e;
	pthread_mutex_lock(&l->lock);
	t->seg->end = t->end;
	l->fd = seg_fd(l, t->seg, &e);
	pthread_mutex_unlock(&l->lock);
	if (!l->fd)
		return e;
	l->alloc = t->seg->bytes;
	if (l->alloc < l->o.segment_bytes && /* what was preallocated may be gone */
	    space_get(l, l->fd->fd, l->alloc, l->o.segment_bytes, false) == 0)
		l->alloc = l->o.segment_bytes;
	prepare_follow(l, seg_name(t->seg->head.id).z, t->end, t->seg->bytes);
	return 0;
}

static int act(struct file_log *l, struct tail *t, struct log_recovery *rec)
{
	bool is_clean = t->data_end <= t->end;

	l->next_seq = t->next_seq;
	l->last_ms = t->last_ms;
	if (!is_clean) {
		rec->cut_records = t->cut_records;
		rec->cut_bytes = t->data_end - t->end;
	}
	/* A group that was copied here by a recovery before was synced then. */
	if (t->has_group && t->group_at >= t->seg->head.synced_end) {
		rec->relogged_last_group = true;
		return go_on_in_new(l, t, true, t->group_at);
	}
	return is_clean ? go_on_in_same(l, t) : go_on_in_new(l, t, false, t->end);
}

static int recover_tail(struct file_log *l, struct seg *s, struct log_recovery *rec)
{
	struct tail t = {.seg = s};
	struct body_ref *fd;
	int e = 0;

	pthread_mutex_lock(&l->lock);
	fd = seg_fd(l, s, &e);
	pthread_mutex_unlock(&l->lock);
	if (!fd)
		return e;
	window_init(&t.s.w, fd->fd, s->bytes);
	t.s.head = s->head;
	t.s.end = s->bytes;
	e = find_tail(&t);
	if (e == E_IO || (e == 0 && t.s.w.unreadable))
		e = log_fail(E_IO, "log/%s: its end cannot be read", seg_name(s->head.id).z);
	if (e == 0 && !t.is_sealed)
		e = act(l, &t, rec);
	if (e == 0 && t.is_sealed) {
		s->end = t.seal.end;
		s->end_seq = t.seal.end_seq;
		s->index_at = t.seal.index_at;
		s->commit_ms = t.seal.commit_ms;
		s->next_seq = t.seal.next_seq;
		s->ends_itself = s->sealed = true;
	}
	window_free(&t.s.w);
	body_ref_drop(fd);
	return e;
}

/* A crash came between the making of the next segment and the seal of this one. */
static int seal_late(struct file_log *l, struct seg *s)
{
	struct seg_seal seal = {.end = s->end, .end_seq = s->end_seq, .next_seq = s->end_seq,
				.commit_ms = s->head.commit_ms};
	struct scan scan = {.head = s->head, .end = s->bytes};
	struct body_ref *fd;
	uint64_t written;
	int e = 0;

	pthread_mutex_lock(&l->lock);
	fd = seg_fd(l, s, &e);
	pthread_mutex_unlock(&l->lock);
	if (!fd)
		return e;
	window_init(&scan.w, fd->fd, s->bytes);
	e = seg_data_end(fd->fd, s->bytes, &written);
	if (e == 0)
		e = end_recovered(l, &scan, s, written > s->end ? written : s->end, &seal);
	window_free(&scan.w);
	body_ref_drop(fd);
	return e;
}

int recover(struct file_log *l, struct log_recovery *rec)
{
	struct seg_new first = {.first_seq = 1};
	struct seg *s = seg_newest(l);
	int e = 0;

	for (size_t i = 0; i + 1 < l->n_segs && e == 0; i++)
		if (!l->segs[i]->ends_itself && l->segs[i + 1]->head.prev_id == l->segs[i]->head.id)
			e = seal_late(l, l->segs[i]);
	if (e == 0 && s && !s->sealed)
		e = recover_tail(l, s, rec);
	if (e < 0 || l->fd)
		return e;
	if (s) { /* it is sealed */
		first.first_seq = s->end_seq;
		first.prev_end = s->end;
		l->next_seq = s->next_seq;
		l->last_ms = s->commit_ms;
	} else {
		l->next_seq = 1;
	}
	first.may_use_reserve = true;
	return seg_create(l, &first);
}
