/* scan.c - frames in order from a descriptor, past damage, in linear time.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>
#include "base/crc.h"
#include "store/log/file.h"

enum {
	BLOCK = 64 << 10,   /* of a search */
};

void window_init(struct window *w, int fd, uint64_t limit)
{
	*w = (struct window){.fd = fd, .limit = limit};
}

void window_free(struct window *w)
{
	free(w->p);
	*w = (struct window){.fd = -1};
}

/* What the disk cannot give, or the file does not have, reads as zeros: no frame is in it. False:
 * the disk could not. */
static bool read_what_is_there(int fd, uint8_t *p, size_t n, uint64_t at)
{
	bool all = true;

	while (n > 0) {
		ssize_t r = pread(fd, p, n, (off_t)at);
		size_t done = (size_t)r;

		if (r < 0 && errno == EINTR)
			continue;
		if (r == 0) {
			memset(p, 0, n);
			return all;
		}
		if (r < 0) {
			all = false;
			done = SEG_PAGE - at % SEG_PAGE;
			if (done > n)
				done = n;
			memset(p, 0, done);
		}
		p += done;
		n -= done;
		at += done;
	}
	return all;
}

static int window_grow(struct window *w, size_t n)
{
	size_t cap = n < WINDOW ? WINDOW : n;
	uint8_t *p;

	if (cap <= w->cap)
		return 0;
	p = realloc(w->p, cap);
	if (!p)
		return E_NOMEM;
	w->p = p;
	w->cap = cap;
	return 0;
}

int window_get(struct window *w, uint64_t at, size_t n, const uint8_t **ret)
{
	size_t have = 0, more;

	if (at > w->limit || n > w->limit - at)
		return E_RANGE;
	if (at >= w->at && at - w->at <= w->n && n <= w->n - (at - w->at)) {
		*ret = w->p + (at - w->at);
		return 0;
	}
	if (window_grow(w, n) < 0)
		return E_NOMEM;
	if (at >= w->at && at - w->at < w->n) { /* keep what is there already */
		have = w->n - (size_t)(at - w->at);
		memmove(w->p, w->p + (at - w->at), have);
	}
	more = w->cap - have;
	if (more > w->limit - at - have)
		more = (size_t)(w->limit - at - have);
	w->unreadable |= !read_what_is_there(w->fd, w->p + have, more, at + have);
	w->at = at;
	w->n = have + more;
	*ret = w->p;
	return 0;
}

/* 1: a good header at `at`, of a frame that ends by s->end; 0: none; E_NOMEM. */
static int head_at(struct scan *s, uint64_t at)
{
	const uint8_t *p;
	struct frame_head h;

	if (s->end - at < FRAME_HEAD)
		return 0;
	if (window_get(&s->w, at, FRAME_HEAD, &p) < 0)
		return E_NOMEM;
	if (!frame_decode(&h, &s->head, at, p, FRAME_HEAD) || frame_end(&h, at) > s->end)
		return 0;
	s->h = h;
	s->h_at = at;
	return 1;
}

/* The segment's mark as it stands in the file, to compare eight octets at a time. */
static uint64_t mark_bytes(const struct seg_head *s)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--) {
		uint8_t c = (uint8_t)(s->mark >> 8 * i);

		memcpy((uint8_t *)&v + i, &c, 1);
	}
	return v;
}

static ptrdiff_t mark_find(const uint8_t *p, size_t n, uint64_t mark)
{
	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t v;

		memcpy(&v, p + i, 8);
		if (v == mark)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* Moves s->at to the next good header, or to the end. 0 or E_NOMEM. */
static int skip_gap(struct scan *s)
{
	uint64_t mark = mark_bytes(&s->head);
	const uint8_t *p;

	while (s->end - s->at >= FRAME_HEAD) {
		size_t n = s->end - s->at < BLOCK ? (size_t)(s->end - s->at) : BLOCK;
		ptrdiff_t i;
		int e;

		if (window_get(&s->w, s->at, n, &p) < 0)
			return E_NOMEM;
		i = mark_find(p, n, mark);
		if (i < 0) {
			s->at += n & ~(size_t)7;
			continue;
		}
		s->at += (uint64_t)i;
		e = head_at(s, s->at);
		if (e != 0)
			return e < 0 ? e : 0;
		s->at += 8;
	}
	s->at = s->end;
	return 0;
}

int scan_next(struct scan *s)
{
	int e;

	if (s->at >= s->end)
		return SCAN_END;
	e = head_at(s, s->at);
	if (e < 0)
		return e;
	if (e == 1) {
		s->at = frame_end(&s->h, s->h_at);
		return SCAN_FRAME;
	}
	s->gap_at = s->at;
	s->at += s->end - s->at < 8 ? s->end - s->at : 8;
	e = skip_gap(s);
	if (e < 0)
		return e;
	s->gap_end = s->at;
	s->ends_in_gap = s->at >= s->end;
	return SCAN_GAP;
}

int scan_load(struct scan *s)
{
	uint64_t n = frame_bytes(&s->h);
	const uint8_t *p;

	if (n > WINDOW || n > s->end - s->h_at)
		return 0;
	return window_get(&s->w, s->h_at, (size_t)n, &p) == E_NOMEM ? E_NOMEM : 0;
}

int scan_meta(struct scan *s, struct str *ret, bool *ok)
{
	const uint8_t *p;
	int e = window_get(&s->w, s->h_at + FRAME_HEAD, s->h.meta_bytes, &p);

	if (e < 0)
		return e;
	*ok = frame_crc(&s->head, p, s->h.meta_bytes) == s->h.meta_crc;
	*ret = *ok ? str_n(p, s->h.meta_bytes) : STR_NONE;
	return 0;
}

int scan_body_crc(struct scan *s, uint32_t *ret)
{
	uint64_t at = s->h_at + FRAME_HEAD + s->h.meta_bytes, end = at + s->h.body_bytes;
	uint32_t crc = 0;

	while (at < end) {
		size_t n = end - at < BLOCK ? (size_t)(end - at) : BLOCK;
		const uint8_t *p;
		int e = window_get(&s->w, at, n, &p);

		if (e < 0)
			return e;
		crc = crc32c(crc, p, n);
		at += n;
	}
	*ret = crc;
	return 0;
}

int scan_last_before(struct scan *s, uint64_t before)
{
	uint64_t mark = mark_bytes(&s->head), hi = before & ~(uint64_t)7;

	while (hi > SEG_DATA) {
		uint64_t block = (hi - 1) & ~(uint64_t)(WINDOW - 1); /* so that it is read once */
		uint64_t lo = block > SEG_DATA ? block : SEG_DATA;
		size_t n = (size_t)(hi - lo);

		for (size_t i = n; i >= 8; i -= 8) {
			const uint8_t *p;
			uint64_t v;
			int e;

			if (window_get(&s->w, lo, n, &p) < 0)
				return E_NOMEM;
			memcpy(&v, p + i - 8, 8);
			e = v == mark ? head_at(s, lo + i - 8) : 0;
			if (e != 0)
				return e;
		}
		hi = lo;
	}
	return 0;
}
