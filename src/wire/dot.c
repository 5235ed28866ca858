/* dot.c - takes the dots out of DATA and multi-line replies, and puts them in.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Most octets stand in the middle of a line: both directions copy those 16 at a time and
 * look at single octets only around line ends. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include "wire/dot.h"

enum dot_state {
	LINE_BEGIN, /* 0: at the beginning, or behind CRLF */
	IN_LINE,
	BEHIND_CR,     /* the CR is out already */
	BEHIND_DOT,    /* a dot began the line, and is held back */
	BEHIND_DOT_CR, /* so are a dot and a CR */
};

#ifdef __SSE2__
struct marks { /* bit i: octet i is one */
	unsigned cr, lf, dot;
};

static inline struct marks copy_16(const char *in, char *out)
{
	__m128i v = _mm_loadu_si128((const __m128i *)in);

	_mm_storeu_si128((__m128i *)out, v);
	return (struct marks){
		.cr = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))),
		.lf = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))),
		.dot = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('.'))),
	};
}

/* Copies octets that only pass through, from the middle of a line to the middle of a line: whole
 * blocks in which each CR has its LF and no line begins with a dot, then up to the first CR or LF.
 * May write up to 15 octets past what it counts, never past out + n. */
static size_t copy_plain(const char *in, size_t n, char *out)
{
	size_t at = 0;

	for (; n - at >= 16; at += 16) {
		struct marks m = copy_16(in + at, out + at);
		unsigned ends = m.cr | m.lf;

		if (ends && ((m.cr << 1) != m.lf || (m.lf << 1 & (m.dot | 0x10000))))
			return at + (unsigned)__builtin_ctz(ends);
	}
	for (; at < n && in[at] != '\r' && in[at] != '\n'; at++)
		out[at] = in[at];
	return at;
}

/* The same for the encoder: up to the first dot that must be doubled. */
static size_t copy_unstuffed(const char *in, size_t n, char *out, char *last)
{
	size_t at = 0;

	for (; n - at >= 16; at += 16) {
		struct marks m = copy_16(in + at, out + at);
		bool behind_end = *last == '\r' || *last == '\n';
		unsigned begins = (m.cr | m.lf) << 1 | behind_end;

		if (begins & m.dot)
			return at;
		*last = in[at + 15];
	}
	return at;
}
#else
static size_t copy_plain(const char *in, size_t n, char *out)
{
	const char *end = memchr(in, '\n', n), *cr;

	if (end)
		n = (size_t)(end - in);
	cr = memchr(in, '\r', n);
	if (cr)
		n = (size_t)(cr - in);
	memcpy(out, in, n);
	return n;
}

static size_t copy_unstuffed(const char *in, size_t n, char *out, char *last)
{
	return 0;
}
#endif

/* One octet; returns how many it put out. RFC 5321 4.5.2. */
static size_t step(struct dot_in *d, char c, char *out)
{
	size_t n = 0;

	switch ((enum dot_state)d->state) {
	case LINE_BEGIN:
		if (c == '.') {
			d->state = BEHIND_DOT;
			return 0;
		}
		break;
	case BEHIND_CR:
		if (c == '\n') {
			out[0] = c;
			d->state = LINE_BEGIN;
			return 1;
		}
		d->bare_cr = true;
		break;
	case BEHIND_DOT:
		if (c == '\r') {
			d->state = BEHIND_DOT_CR;
			return 0;
		}
		break;
	case BEHIND_DOT_CR:
		if (c == '\n') {
			d->done = true;
			return 0;
		}
		d->bare_cr = true;
		out[n++] = '\r';
		break;
	case IN_LINE:
		break;
	}
	if (c == '\n')
		d->bare_lf = true;
	d->state = c == '\r' ? BEHIND_CR : IN_LINE;
	out[n++] = c;
	return n;
}

size_t dot_decode(struct dot_in *d, struct str in, char *out, size_t *n_out)
{
	size_t at = 0, n = 0;

	while (at < in.n && !d->done) {
		if (d->state == IN_LINE) {
			size_t plain = copy_plain(in.p + at, in.n - at, out + n);

			at += plain;
			n += plain;
			if (at == in.n)
				break;
		}
		n += step(d, in.p[at++], out + n);
	}
	*n_out = n;
	return at;
}

/* What dot_out.last holds: CR, LF, and for the rest three marks that are no octets of their own. */
enum { AT_BEGIN = 0, OTHER = 1, AFTER_CRLF = 2 };

static char after(char last, char c)
{
	if (c == '\n')
		return last == '\r' ? AFTER_CRLF : '\n';
	return c == '\r' ? '\r' : OTHER;
}

size_t dot_encode(struct dot_out *d, struct str in, char *out)
{
	size_t at = 0, n = 0;

	while (at < in.n) {
		char last = d->last;

		if (last == OTHER) {
			size_t plain = copy_unstuffed(in.p + at, in.n - at, out + n, &last);

			at += plain;
			n += plain;
			if (plain)
				d->last = after(in.p[at - 2], in.p[at - 1]);
			if (at == in.n)
				break;
		}
		if (in.p[at] == '.' && d->last != OTHER)
			out[n++] = '.';
		d->last = after(d->last, in.p[at]);
		out[n++] = in.p[at++];
	}
	return n;
}

size_t dot_end(struct dot_out *d, char *out)
{
	bool whole = d->last == AT_BEGIN || d->last == AFTER_CRLF;

	memcpy(out, whole ? ".\r\n" : "\r\n.\r\n", whole ? 3 : 5);
	*d = (struct dot_out){0};
	return whole ? 3 : 5;
}
