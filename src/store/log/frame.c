/* frame.c - encodes and decodes the bytes of a segment.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/crc.h"
#include "base/err.h"
#include "store/log/frame.h"

static const uint8_t seg_magic[8] = {'M', 'K', 'E', 'E', 'P', 'L', 'O', 'G'};

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* -- the segment's header: magic and version stay where they are in every version ---- */

void seg_head_encode(uint8_t out[SEG_HEAD], const struct seg_head *h)
{
	memset(out, 0, SEG_HEAD);
	memcpy(out, seg_magic, 8);
	put32(out + 8, SEG_VERSION);
	put32(out + 16, h->seed);
	put64(out + 24, h->store_id);
	put64(out + 32, h->id);
	put64(out + 40, h->first_seq);
	put64(out + 48, h->mark);
	put64(out + 56, h->prev_id);
	put64(out + 64, h->prev_end);
	put64(out + 72, h->synced_end);
	put64(out + 80, (uint64_t)h->commit_ms);
	put32(out + 12, crc32c(0, out + 16, SEG_HEAD - 16));
}

static int head_decode(struct seg_head *ret, const uint8_t *p)
{
	if (memcmp(p, seg_magic, 8) != 0)
		return E_DAMAGED;
	if (get32(p + 8) > SEG_VERSION)
		return E_VERSION;
	if (get32(p + 8) != SEG_VERSION || get32(p + 12) != crc32c(0, p + 16, SEG_HEAD - 16))
		return E_DAMAGED;
	*ret = (struct seg_head){
		.seed = get32(p + 16),
		.store_id = get64(p + 24),
		.id = get64(p + 32),
		.first_seq = get64(p + 40),
		.mark = get64(p + 48),
		.prev_id = get64(p + 56),
		.prev_end = get64(p + 64),
		.synced_end = get64(p + 72),
		.commit_ms = (int64_t)get64(p + 80),
	};
	return ret->first_seq && ret->id && ret->mark ? 0 : E_DAMAGED;
}

int seg_head_decode(struct seg_head *ret, const uint8_t *p, size_t n)
{
	int e = n < SEG_HEAD ? E_DAMAGED : head_decode(ret, p), e2;

	if (e == 0 || n < SEG_PAGE + SEG_HEAD)
		return e;
	e2 = head_decode(ret, p + SEG_PAGE);
	return e2 == 0 ? 0 : e == E_VERSION || e2 == E_VERSION ? E_VERSION : E_DAMAGED;
}

/* -- frames ------------------------------------------------------------------------- */

static uint32_t head_crc(const struct seg_head *s, uint64_t at, const uint8_t *p)
{
	uint8_t where[8];

	put64(where, at);
	return crc32c(crc32c(s->seed, where, 8), p + 12, FRAME_HEAD - 12);
}

uint32_t frame_crc(const struct seg_head *s, const void *p, size_t n)
{
	return crc32c(s->seed, p, n);
}

void frame_encode(uint8_t out[FRAME_HEAD], const struct frame_head *h, const struct seg_head *s,
		  uint64_t at)
{
	put64(out, s->mark);
	out[12] = (uint8_t)h->type;
	out[13] = (uint8_t)(h->type >> 8);
	out[14] = (uint8_t)h->kind;
	out[15] = h->last;
	put32(out + 16, h->meta_bytes);
	put32(out + 20, h->meta_crc);
	put32(out + 24, h->body_bytes);
	put32(out + 28, h->body_crc);
	put64(out + 32, h->seq);
	put64(out + 40, h->account);
	put64(out + 48, h->group);
	put64(out + 56, (uint64_t)h->commit_ms);
	put32(out + 64, h->group_back);
	put32(out + 68, 0);
	put32(out + 8, head_crc(s, at, out));
}

static bool is_sane(const struct frame_head *h, const struct seg_head *s, uint64_t at)
{
	if (h->kind < FRAME_RECORD || h->kind > FRAME_SEAL || h->meta_bytes > LOG_META_MOST ||
	    h->body_bytes > LOG_BODY_MOST || h->seq < s->first_seq || at < SEG_DATA)
		return false;
	return h->kind != FRAME_RECORD ||
	       (h->group >= s->first_seq && h->group <= h->seq &&
		(uint64_t)h->group_back * 8 <= at - SEG_DATA);
}

bool frame_decode(struct frame_head *ret, const struct seg_head *s, uint64_t at, const uint8_t *p,
		  size_t n)
{
	if (n < FRAME_HEAD || get64(p) != s->mark || get32(p + 8) != head_crc(s, at, p))
		return false;
	*ret = (struct frame_head){
		.type = (uint16_t)(p[12] | p[13] << 8),
		.kind = (enum frame_kind)p[14],
		.last = p[15] & 1,
		.meta_bytes = get32(p + 16),
		.meta_crc = get32(p + 20),
		.body_bytes = get32(p + 24),
		.body_crc = get32(p + 28),
		.seq = get64(p + 32),
		.account = get64(p + 40),
		.group = get64(p + 48),
		.commit_ms = (int64_t)get64(p + 56),
		.group_back = get32(p + 64),
	};
	return is_sane(ret, s, at);
}

/* -- the seal ----------------------------------------------------------------------- */

void seal_encode(uint8_t out[SEAL_BYTES], const struct seg_head *s, uint64_t at,
		 const struct seg_seal *seal)
{
	uint8_t *m = out + FRAME_HEAD;
	struct frame_head h = {
		.kind = FRAME_SEAL,
		.meta_bytes = SEAL_META,
		.seq = seal->end_seq,
		.commit_ms = seal->commit_ms,
	};

	memset(m, 0, SEAL_META);
	put64(m, seal->end);
	put64(m + 8, seal->end_seq);
	put64(m + 16, seal->index_at);
	put64(m + 24, seal->records);
	put64(m + 32, (uint64_t)seal->commit_ms);
	put64(m + 40, seal->next_seq);
	h.meta_crc = frame_crc(s, m, SEAL_META);
	frame_encode(out, &h, s, at);
}

bool seal_decode(struct seg_seal *ret, const struct seg_head *s, uint64_t at, const uint8_t *p,
		 size_t n)
{
	struct frame_head h;
	const uint8_t *m = p + FRAME_HEAD;

	if (n < SEAL_BYTES || !frame_decode(&h, s, at, p, n) || h.kind != FRAME_SEAL ||
	    h.meta_bytes != SEAL_META || h.meta_crc != frame_crc(s, m, SEAL_META))
		return false;
	*ret = (struct seg_seal){
		.end = get64(m),
		.end_seq = get64(m + 8),
		.index_at = get64(m + 16),
		.records = get64(m + 24),
		.commit_ms = (int64_t)get64(m + 32),
		.next_seq = get64(m + 40),
	};
	return ret->end >= SEG_DATA && ret->end <= at && ret->end_seq >= s->first_seq &&
	       ret->next_seq >= ret->end_seq && ret->index_at <= at;
}

/* -- index pieces: differences in frame order, as varints ---------------------------- */

static void put_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_add_char(out, (char)(v | 0x80));
	buf_add_char(out, (char)v);
}

static bool get_varint(struct str *in, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; in->n > 0 && shift < 64; shift += 7) {
		uint8_t c = (uint8_t)in->p[0];

		*in = str_from(*in, 1);
		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

void index_encode(struct buf *out, uint64_t prev_at, const struct index_entry *e, size_t n)
{
	struct index_entry last = {0};
	uint8_t first[8];

	put64(first, prev_at);
	buf_add(out, str_n(first, 8));
	for (size_t i = 0; i < n; last = e[i++]) {
		put_varint(out, e[i].seq - last.seq);
		put_varint(out, (e[i].at - last.at) / 8);
		put_varint(out, e[i].account);
	}
}

bool index_decode(struct str meta, uint64_t *prev_at,
		  void (*each)(void *arg, const struct index_entry *e), void *arg)
{
	struct index_entry e = {0};
	uint64_t d_seq, d_at;

	if (meta.n < 8)
		return false;
	*prev_at = get64((const uint8_t *)meta.p);
	for (meta = str_from(meta, 8); meta.n > 0;) {
		if (!get_varint(&meta, &d_seq) || !get_varint(&meta, &d_at) ||
		    !get_varint(&meta, &e.account))
			return false;
		e.seq += d_seq;
		e.at += d_at * 8;
		each(arg, &e);
	}
	return true;
}
