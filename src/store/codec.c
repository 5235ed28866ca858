/* codec.c - the shapes that records are made of.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/codec.h"
#include "store/record.h"

static void fail(struct codec *c, int e)
{
	if (!c->failed)
		c->failed = e;
}

static const uint8_t *take(struct codec *c, size_t n)
{
	const char *p = c->in.p;

	if (!c->failed && n > c->in.n)
		fail(c, E_DAMAGED);
	if (c->failed)
		return NULL;
	c->in = str_from(c->in, n);
	return (const uint8_t *)p;
}

static void put_varint(struct codec *c, uint64_t v)
{
	uint8_t b[10];
	size_t n = 0;

	do {
		b[n] = (uint8_t)(v & 0x7f) | (v > 0x7f ? 0x80 : 0);
		n++;
		v >>= 7;
	} while (v);
	buf_add(c->out, str_n(b, n));
}

static uint64_t get_varint(struct codec *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		const uint8_t *b = take(c, 1);

		if (!b)
			return 0;
		if (shift == 63 && *b > 1)
			break;
		v |= (uint64_t)(*b & 0x7f) << shift;
		if (!(*b & 0x80))
			return v;
	}
	fail(c, E_DAMAGED);
	return 0;
}

void code_u64(struct codec *c, uint64_t *v)
{
	if (c->out)
		put_varint(c, *v);
	else
		*v = get_varint(c);
}

void code_u32(struct codec *c, uint32_t *v)
{
	uint64_t w = *v;

	code_u64(c, &w);
	if (w > UINT32_MAX)
		fail(c, E_DAMAGED);
	else if (!c->out)
		*v = (uint32_t)w;
}

void code_i64(struct codec *c, int64_t *v)
{
	uint64_t w = ((uint64_t)*v << 1) ^ (uint64_t)(*v >> 63);

	code_u64(c, &w);
	if (!c->out)
		*v = (int64_t)(w >> 1) ^ -(int64_t)(w & 1);
}

void code_i16(struct codec *c, int16_t *v)
{
	int64_t w = *v;

	code_i64(c, &w);
	if (w < INT16_MIN || w > INT16_MAX)
		fail(c, E_DAMAGED);
	else if (!c->out)
		*v = (int16_t)w;
}

void code_u8(struct codec *c, uint8_t *v)
{
	const uint8_t *p;

	if (c->out)
		buf_add_char(c->out, (char)*v);
	else if ((p = take(c, 1)))
		*v = *p;
}

void code_bool(struct codec *c, bool *v)
{
	uint8_t b = *v;

	code_u8(c, &b);
	if (b > 1)
		fail(c, E_DAMAGED);
	else if (!c->out)
		*v = b;
}

static void code_fixed(struct codec *c, uint64_t *v, size_t n)
{
	uint8_t b[8];
	const uint8_t *p;

	if (c->out) {
		for (size_t i = 0; i < n; i++)
			b[i] = (uint8_t)(*v >> (8 * i));
		buf_add(c->out, str_n(b, n));
	} else if ((p = take(c, n))) {
		*v = 0;
		for (size_t i = 0; i < n; i++)
			*v |= (uint64_t)p[i] << (8 * i);
	}
}

void code_fixed64(struct codec *c, uint64_t *v)
{
	code_fixed(c, v, 8);
}

void code_fixed32(struct codec *c, uint32_t *v)
{
	uint64_t w = *v;

	code_fixed(c, &w, 4);
	if (!c->out)
		*v = (uint32_t)w;
}

void code_str(struct codec *c, struct str *v)
{
	uint64_t n = v->n;
	const uint8_t *p;

	code_u64(c, &n);
	if (c->out)
		buf_add(c->out, *v);
	else if ((p = take(c, n)))
		*v = str_n(p, n);
}

/* Room for `n` elements that take at least `each` octets of what is left. */
static void *array(struct codec *c, uint64_t n, size_t each, size_t size)
{
	void *p;

	if (!c->failed && (!c->arena || n > c->in.n / each))
		fail(c, E_DAMAGED);
	if (c->failed)
		return NULL;
	p = arena_alloc(c->arena, n * size);
	if (!p)
		fail(c, E_NOMEM);
	return p;
}

static void code_range(struct codec *c, struct uid_range *r, uint32_t last)
{
	uint32_t gap = r->lo - last, more = r->hi - r->lo;

	code_u32(c, &gap);
	code_u32(c, &more);
	if (c->out || c->failed)
		return;
	if (!gap || gap > UINT32_MAX - last || more > UINT32_MAX - last - gap) {
		fail(c, E_DAMAGED);
		return;
	}
	r->lo = last + gap;
	r->hi = r->lo + more;
}

void code_ranges(struct codec *c, const struct uid_range **r, size_t *n)
{
	uint64_t count = *n;
	struct uid_range *v = NULL;
	uint32_t last = 0;

	code_u64(c, &count);
	if (!c->out)
		v = array(c, count, 2, sizeof(*v));
	for (size_t i = 0; i < count && !c->failed; i++) {
		struct uid_range one = c->out ? (*r)[i] : (struct uid_range){0};

		code_range(c, &one, last);
		last = one.hi;
		if (v)
			v[i] = one;
	}
	if (!c->out && !c->failed) {
		*r = v;
		*n = count;
	}
}

void code_defs(struct codec *c, const struct keyword_def **d, size_t *n)
{
	uint64_t count = *n;
	struct keyword_def *v = NULL;

	code_u64(c, &count);
	if (!c->out)
		v = array(c, count, 2, sizeof(*v));
	for (size_t i = 0; i < count && !c->failed; i++) {
		struct keyword_def one = c->out ? (*d)[i] : (struct keyword_def){0};

		code_u8(c, &one.bit);
		code_str(c, &one.name);
		if (one.bit > 63)
			fail(c, E_DAMAGED);
		if (v)
			v[i] = one;
	}
	if (!c->out && !c->failed) {
		*d = v;
		*n = count;
	}
}
