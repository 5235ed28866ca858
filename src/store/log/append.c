/* append.c - groups: laid out in memory, one write, one flush; rolling to a new segment.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Invariants:
 *   1. A log octet once written is never written again: the head only moves forward, also past
 *      what a failed write may have left.
 *   2. A group is acknowledged after its flush, and only the newest segment is written to.
 *   3. After a failed write nothing more goes into that segment. Its seal, and the next
 *      segment's first number, make void what the write may have left there.
 *   4. A sequence number that may be on disk is never given out again.
 *   5. A failed flush ends the process (file_fatal): its outcome is unknown.
 *
 * Writes are padded with zeros to a whole page, so that the kernel never has to read a page of
 * the prepared area in; the next group goes over these zeros, which are not log. */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>
#include "base/crc.h"
#include "store/fault.h"
#include "store/log/file.h"

enum {
	COPY_MOST = 16 << 10, /* bodies up to this are copied into the write, not referred to */
	GROUP_KEEP = 4 << 20, /* memory kept between groups */
	IOV = 64,             /* pieces a system call */
};
#define GROUP_MOST ((size_t)4 << 30)

static const uint8_t zeros[SEG_PAGE];

/* -- rolling ------------------------------------------------------------------------------- */

static bool has_room(struct file_log *l)
{
	uint64_t end = l->alloc < l->o.segment_bytes ? l->alloc : l->o.segment_bytes;
	uint64_t room = end / 8 < ROLL_ROOM ? end / 8 : ROLL_ROOM;
	struct seg *s = seg_newest(l);

	return s && !l->must_roll && !s->sealed && s->end + room <= end;
}

/* Writes what is not part of a group (index pieces, the mark of a clean end) behind the head. */
static int write_extra(struct file_log *l, const struct buf *b)
{
	struct seg *s = seg_newest(l);
	struct piece piece = {.n = b->n};
	struct group g = {.bytes = *b, .pieces = &piece, .n_pieces = 1};
	int e;

	e = b->failed ? b->failed : seg_lengthen(l, s->end + b->n);
	if (e < 0)
		return e;
	prepare_claim(l, s->end + b->n, s->bytes);
	e = pwrite_pieces(l->fd->fd, &g, s->end);
	if (e < 0) {
		l->must_roll = true;
		return e;
	}
	if (fdatasync(l->fd->fd) < 0)
		file_fatal(l, "the log could not be synced");
	pthread_mutex_lock(&l->lock);
	s->end += b->n;
	pthread_mutex_unlock(&l->lock);
	return 0;
}

/* Seals the newest segment, whose frames end at s->end; `written` is where anything may end. */
static int seal_newest(struct file_log *l, uint64_t written)
{
	struct seg *s = seg_newest(l);
	struct seg_seal seal = {
		.end = s->end,
		.end_seq = l->void_seq ? l->void_seq : l->next_seq,
		.index_at = s->index_at,
		.records = l->records,
		.commit_ms = l->last_ms,
		.next_seq = l->next_seq,
	};

	prepare_follow(l, NULL, 0, 0); /* nothing may make the file longer again */
	return seg_seal(l, s, written, &seal);
}

static int seal_in_order(struct file_log *l)
{
	struct seg *s = seg_newest(l);
	struct buf b;
	int e;

	buf_init(&b, LOG_META_MOST);
	index_put(l, s, &b, s->end);
	e = b.n ? write_extra(l, &b) : 0;
	buf_free(&b);
	return e < 0 ? e : seal_newest(l, s->end);
}

/* Makes sure that the newest segment can take a group of `need` octets. */
static int roll(struct file_log *l, uint64_t need, bool may_use_reserve)
{
	struct seg *s = seg_newest(l);
	struct seg_new n = {
		.first_seq = l->void_seq ? l->void_seq : l->next_seq,
		.prev_end = s ? s->end : 0,
		.need = need,
		.may_use_reserve = may_use_reserve,
	};

	if (s && !s->sealed && !l->must_roll) /* else it was tried, or must not be tried */
		l->must_roll = seal_in_order(l) < 0; /* inv 1: nothing goes over half a seal */
	return seg_create(l, &n);
}

/* -- a group ------------------------------------------------------------------------------- */

int file_begin(struct log *base, int64_t *commit_ms, bool may_use_reserve)
{
	struct file_log *l = file_log(base);
	struct group *g = &l->g;
	int e = space_check(l, may_use_reserve);

	if (e < 0)
		return e;
	if (!has_room(l)) {
		e = roll(l, 2 * SEG_PAGE, may_use_reserve);
		if (e < 0)
			return e;
	}
	if (*commit_ms < l->last_ms)
		*commit_ms = l->last_ms;
	g->open = true;
	g->may_use_reserve = may_use_reserve;
	g->commit_ms = *commit_ms;
	g->at = g->end = seg_newest(l)->end;
	g->first_seq = l->next_seq;
	g->n = g->n_pieces = 0;
	g->entries_was = l->n_entries;
	g->index_was = seg_newest(l)->index_at;
	buf_clear(&g->bytes);
	return 0;
}

static int add_piece(struct group *g, const void *borrowed, size_t at, size_t n)
{
	struct piece *last = g->n_pieces ? &g->pieces[g->n_pieces - 1] : NULL;

	if (n == 0)
		return 0;
	if (last && !last->borrowed && !borrowed && last->at + last->n == at) {
		last->n += n;
		return 0;
	}
	if (g->n_pieces == g->cap_pieces) {
		size_t cap = g->cap_pieces ? 2 * g->cap_pieces : 64;
		struct piece *p = realloc(g->pieces, cap * sizeof(*p));

		if (!p)
			return E_NOMEM;
		g->pieces = p;
		g->cap_pieces = cap;
	}
	g->pieces[g->n_pieces++] = (struct piece){borrowed, at, n};
	return 0;
}

/* Adds own bytes to the group's write. */
static int add_bytes(struct group *g, const void *p, size_t n)
{
	size_t at = g->bytes.n;

	if (buf_add(&g->bytes, str_n(p, n)) < 0)
		return g->bytes.failed;
	return add_piece(g, NULL, at, n);
}

/* Preallocates for a group that outgrows its segment. */
static int make_room(struct file_log *l, uint64_t end)
{
	uint64_t to = (end + 2 * SEG_PAGE + (1 << 20) - 1) & ~(uint64_t)((1 << 20) - 1);
	int e;

	if (end + 2 * SEG_PAGE <= l->alloc)
		return 0;
	e = space_get(l, l->fd->fd, l->alloc, to, l->g.may_use_reserve);
	if (e == 0)
		l->alloc = to;
	return e;
}

static int lay_out(struct file_log *l, const struct frame_head *h, const struct log_item *it)
{
	struct group *g = &l->g;
	const struct seg_head *sh = &seg_newest(l)->head;
	uint8_t head[FRAME_HEAD];
	size_t used = FRAME_HEAD + it->meta.n + it->body.n, head_at = g->bytes.n;
	int e;

	frame_encode(head, h, sh, g->end);
	e = add_bytes(g, head, FRAME_HEAD);
	if (e == 0)
		e = add_bytes(g, it->meta.p, it->meta.n);
	if (e == 0 && it->body.n > COPY_MOST)
		e = add_piece(g, it->body.p, 0, it->body.n);
	else if (e == 0)
		e = add_bytes(g, it->body.p, it->body.n);
	if (e == 0)
		e = add_bytes(g, zeros, (size_t)frame_bytes(h) - used);
	if (e == 0)
		e = index_add(l, &(struct index_entry){h->account, h->seq, g->end});
	if (e == 0) {
		g->last = *h;
		g->last_at_bytes = head_at;
		g->last_at = g->end;
	}
	return e;
}

/* After an error the group has half a record: the caller aborts, and so does a commit. */
int file_add(struct log *base, struct log_item *it, uint64_t expect)
{
	struct file_log *l = file_log(base);
	struct group *g = &l->g;
	struct seg *s = seg_newest(l);
	struct frame_head h = {
		.kind = FRAME_RECORD,
		.type = it->type,
		.meta_bytes = (uint32_t)it->meta.n,
		.meta_crc = frame_crc(&s->head, it->meta.p, it->meta.n),
		.body_bytes = (uint32_t)it->body.n,
		.body_crc = crc32c(0, it->body.p, it->body.n),
		.seq = g->first_seq + g->n,
		.account = it->account,
		.group = g->first_seq,
		.commit_ms = g->commit_ms,
		.group_back = (uint32_t)((g->end - g->at) / 8),
	};
	int e;

	if (!g->open || g->bytes.failed)
		return E_BUG;
	if (g->end + frame_bytes(&h) - g->at > GROUP_MOST)
		return E_TOOBIG;
	e = make_room(l, frame_end(&h, g->end));
	if (e < 0)
		return e;
	e = lay_out(l, &h, it);
	if (e < 0) {
		g->bytes.failed = e;
		return e;
	}
	it->seq = h.seq;
	it->body_crc = h.body_crc;
	it->place = it->body.n ? (struct place){s->head.id, g->end + FRAME_HEAD + it->meta.n}
			       : (struct place){0};
	g->end = frame_end(&h, g->end);
	g->n++;
	return 0;
}

int pwrite_pieces(int fd, const struct group *g, uint64_t at)
{
	size_t i = 0, skip = 0;

	while (i < g->n_pieces) {
		struct iovec v[IOV];
		int n = 0;
		ssize_t done;

		for (size_t k = i; k < g->n_pieces && n < IOV; k++, n++) {
			const struct piece *p = &g->pieces[k];
			const char *from = p->borrowed ? p->borrowed : g->bytes.p + p->at;
			size_t off = k == i ? skip : 0;

			v[n] = (struct iovec){(char *)from + off, p->n - off};
		}
		done = pwritev(fd, v, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? err_from_errno(errno) : E_IO;
		at += (uint64_t)done;
		for (skip += (size_t)done; i < g->n_pieces && skip >= g->pieces[i].n; i++)
			skip -= g->pieces[i].n;
	}
	return 0;
}

/* Marks the last record as such, adds a full index piece, and zeros up to a whole page. */
static int finish_group(struct file_log *l, uint64_t *end)
{
	struct group *g = &l->g;
	struct seg *s = seg_newest(l);
	size_t at = g->bytes.n;
	int e;

	if (g->bytes.failed)
		return g->bytes.failed;
	g->last.last = true;
	frame_encode((uint8_t *)g->bytes.p + g->last_at_bytes, &g->last, &s->head, g->last_at);
	*end = g->end;
	if (index_is_due(l, g->end)) {
		index_put(l, s, &g->bytes, g->end);
		*end += g->bytes.n - at;
	}
	buf_add(&g->bytes, str_n(zeros, (SEG_PAGE - *end % SEG_PAGE) % SEG_PAGE));
	e = g->bytes.failed ? g->bytes.failed : add_piece(g, NULL, at, g->bytes.n - at);
	if (e == 0)
		e = make_room(l, *end);
	return e == 0 ? seg_lengthen(l, (*end + SEG_PAGE - 1) & ~(uint64_t)(SEG_PAGE - 1)) : e;
}

static void group_over(struct file_log *l)
{
	struct group *g = &l->g;

	g->open = false;
	if (g->bytes.cap > GROUP_KEEP)
		buf_free(&g->bytes);
	buf_clear(&g->bytes);
}

static void forget_entries(struct file_log *l)
{
	l->n_entries = l->g.entries_was;
	pthread_mutex_lock(&l->lock);
	seg_newest(l)->index_at = l->g.index_was;
	pthread_mutex_unlock(&l->lock);
}

/* inv 3, inv 4. The seal lies in what is preallocated, so a full disk takes it; if it fails
 * too, the next segment's header says the same. */
static void write_failed(struct file_log *l, uint64_t end)
{
	struct group *g = &l->g;
	uint64_t written = (end + SEG_PAGE - 1) & ~(uint64_t)(SEG_PAGE - 1);

	forget_entries(l);
	l->must_roll = true;
	l->void_seq = g->first_seq;
	pthread_mutex_lock(&l->lock);
	l->next_seq = g->first_seq + g->n;
	pthread_mutex_unlock(&l->lock);
	seal_newest(l, written);
	roll(l, 2 * SEG_PAGE, true);
}

int file_commit(struct log *base, enum log_outcome *outcome, size_t n_accounts)
{
	struct file_log *l = file_log(base);
	struct group *g = &l->g;
	uint64_t end;
	int e;

	if (!g->open)
		return E_BUG;
	if (g->n == 0 && !g->bytes.failed) {
		group_over(l);
		return 0;
	}
	e = finish_group(l, &end);
	if (e < 0) {
		file_abort(base);
		return e;
	}
	prepare_claim(l, end, seg_newest(l)->bytes);
	e = pwrite_pieces(l->fd->fd, g, g->at);
	if (e < 0) {
		write_failed(l, end);
		group_over(l);
		return e;
	}
	if (!fault_is(FAULT_NO_SEGMENT_SYNC) && fdatasync(l->fd->fd) < 0)
		file_fatal(l, "the log could not be synced"); /* inv 5 */
	l->last_ms = g->commit_ms;
	l->records += g->n;
	pthread_mutex_lock(&l->lock);
	l->next_seq += g->n;
	seg_newest(l)->end = end;
	pthread_mutex_unlock(&l->lock);
	group_over(l);
	return 0;
}

void file_abort(struct log *base)
{
	struct file_log *l = file_log(base);

	if (l->g.open)
		forget_entries(l);
	group_over(l);
}

int file_end(struct log *base, uint64_t account, struct log_pos *ret)
{
	struct file_log *l = file_log(base);
	struct seg *s;

	pthread_mutex_lock(&l->lock);
	s = seg_newest(l);
	*ret = (struct log_pos){l->next_seq, {s ? s->head.id : 0, s ? s->end : 0}};
	pthread_mutex_unlock(&l->lock);
	return 0;
}

/* -- the end ------------------------------------------------------------------------------- */

int append_close_mark(struct file_log *l)
{
	struct seg *s = seg_newest(l);
	struct frame_head h = {.kind = FRAME_CLOSE, .seq = l->next_seq, .commit_ms = l->last_ms};
	uint8_t head[FRAME_HEAD];
	struct buf b;
	int e;

	if (l->must_roll || s->sealed)
		return 0;
	buf_init(&b, LOG_META_MOST);
	index_put(l, s, &b, s->end);
	h.meta_crc = frame_crc(&s->head, NULL, 0);
	frame_encode(head, &h, &s->head, s->end + b.n);
	buf_add(&b, str_n(head, FRAME_HEAD));
	e = s->end + b.n <= l->alloc ? write_extra(l, &b) : 0; /* else it is recovered */
	buf_free(&b);
	return e;
}

void append_free(struct file_log *l)
{
	buf_free(&l->g.bytes);
	free(l->g.pieces);
	free(l->entries);
}
