/* segindex.c - a segment's index: which account's record is where, for when a header is lost.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Entries are collected while records are appended and written as pieces between groups, each
 * naming the one before it; the seal names the last. Of what a reader finds destroyed it can so
 * tell at least whose it was. Memory for entries is bounded: a piece is written after
 * INDEX_PIECE of them, or INDEX_SPAN octets, so that a recovery finds the last piece nearby. */
#include "base/fs.h"
#include "store/log/file.h"

enum {
	INDEX_SPAN = 16 << 20,
	LOAD_MOST = 1 << 20, /* entries held while reading a damaged segment: 24 MiB */
};

int index_add(struct file_log *l, const struct index_entry *e)
{
	if (l->n_entries == l->cap_entries) {
		size_t cap = l->cap_entries ? 2 * l->cap_entries : 256;
		struct index_entry *p = realloc(l->entries, cap * sizeof(*p));

		if (!p)
			return E_NOMEM;
		l->entries = p;
		l->cap_entries = cap;
	}
	l->entries[l->n_entries++] = *e;
	return 0;
}

bool index_is_due(const struct file_log *l, uint64_t end)
{
	return l->n_entries >= INDEX_PIECE ||
	       (l->n_entries && end - l->entries[0].at >= INDEX_SPAN);
}

static void put_piece(struct file_log *l, struct seg *s, struct buf *out, uint64_t at,
		      const struct index_entry *e, size_t n)
{
	static const uint8_t zeros[FRAME_HEAD];
	struct frame_head h = {.kind = FRAME_INDEX, .commit_ms = l->last_ms, .seq = e->seq};
	size_t start = out->n;

	buf_add(out, str_n(zeros, FRAME_HEAD));
	index_encode(out, s->index_at, e, n);
	if (out->failed)
		return;
	h.meta_bytes = (uint32_t)(out->n - start - FRAME_HEAD);
	h.meta_crc = frame_crc(&s->head, out->p + start + FRAME_HEAD, h.meta_bytes);
	frame_encode((uint8_t *)out->p + start, &h, &s->head, at);
	buf_add(out, str_n(zeros, (size_t)frame_bytes(&h) - (out->n - start)));
	pthread_mutex_lock(&l->lock);
	s->index_at = at;
	pthread_mutex_unlock(&l->lock);
}

void index_put(struct file_log *l, struct seg *s, struct buf *out, uint64_t at)
{
	size_t before = out->n, n;

	for (size_t i = 0; i < l->n_entries && !out->failed; i += n) {
		n = l->n_entries - i < INDEX_PIECE ? l->n_entries - i : INDEX_PIECE;
		put_piece(l, s, out, at + (out->n - before), l->entries + i, n);
	}
	l->n_entries = 0;
}

int index_rebuild(struct file_log *l, struct scan *s, struct seg *seg, uint64_t end)
{
	uint64_t back = INDEX_SPAN + FRAME_MOST, limit = s->end;
	int r = 0, e = 0;

	l->n_entries = 0;
	seg->index_at = 0;
	s->end = end;
	s->at = end > SEG_DATA + back ? end - back : SEG_DATA;
	while (e == 0 && (r = scan_next(s)) > SCAN_END) {
		struct index_entry entry = {s->h.account, s->h.seq, s->h_at};

		if (r == SCAN_FRAME && s->h.kind == FRAME_RECORD)
			e = index_add(l, &entry);
		if (r == SCAN_FRAME && s->h.kind == FRAME_INDEX) {
			l->n_entries = 0;
			seg->index_at = s->h_at;
		}
	}
	s->end = limit;
	return r < 0 ? r : e;
}

/* -- reading it, once a segment shows damage --------------------------------------------------- */

static void load_entry(void *arg, const struct index_entry *e)
{
	struct seg_index *x = arg;

	if (x->n == x->cap && x->cap < LOAD_MOST) {
		size_t cap = x->cap ? 2 * x->cap : INDEX_PIECE;
		struct index_entry *p = realloc(x->e, cap * sizeof(*p));

		if (p) {
			x->e = p;
			x->cap = cap;
		}
	}
	if (x->n < x->cap)
		x->e[x->n++] = *e;
}

/* Loads one piece and moves *at to the one before it. */
static bool load_piece(struct seg_index *x, const struct seg *seg, int fd, uint64_t *at)
{
	uint8_t head[FRAME_HEAD];
	struct frame_head h;
	uint64_t prev = 0;
	bool good = false;
	char *meta;

	if (fs_pread_all(fd, head, FRAME_HEAD, (off_t)*at) < 0 ||
	    !frame_decode(&h, &seg->head, *at, head, FRAME_HEAD) || h.kind != FRAME_INDEX)
		return false;
	meta = malloc(h.meta_bytes + 1);
	if (meta && fs_pread_all(fd, meta, h.meta_bytes, (off_t)(*at + FRAME_HEAD)) == 0 &&
	    frame_crc(&seg->head, meta, h.meta_bytes) == h.meta_crc)
		good = index_decode(str_n(meta, h.meta_bytes), &prev, load_entry, x);
	free(meta);
	good = good && prev < *at; /* the chain goes back, so it ends */
	*at = prev;
	return good;
}

static int by_seq(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void index_load(struct seg_index *x, const struct seg *seg, int fd)
{
	uint64_t at = seg->index_at;

	x->loaded = true;
	while (at >= SEG_DATA && load_piece(x, seg, fd, &at))
		;
	if (x->n)
		qsort(x->e, x->n, sizeof(*x->e), by_seq);
}

uint64_t index_account(const struct seg_index *x, uint64_t seq)
{
	struct index_entry want = {.seq = seq}, *e = NULL;

	if (x->n)
		e = bsearch(&want, x->e, x->n, sizeof(want), by_seq);
	return e ? e->account : 0;
}

void index_free(struct seg_index *x)
{
	free(x->e);
	*x = (struct seg_index){0};
}
