/* buf.c - the bounded growing buffer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/err.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	buf_free(b);
}

static int fail(struct buf *b, int e)
{
	if (!b->failed)
		b->failed = e;
	return e;
}

int buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;
	char *p;

	if (b->failed)
		return b->failed;
	if (more <= b->cap - b->n)
		return 0;
	if (more > b->max - b->n)
		return fail(b, E_TOOBIG);
	while (cap < b->n + more)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	p = realloc(b->p, cap);
	if (!p)
		return fail(b, E_NOMEM);
	b->p = p;
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, struct str s)
{
	int r = buf_reserve(b, s.n);

	if (r < 0)
		return r;
	if (s.n)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	return 0;
}

int buf_add_char(struct buf *b, char c)
{
	return buf_add(b, str_n(&c, 1));
}

int buf_add_u64(struct buf *b, uint64_t v)
{
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + v % 10);
	while (v /= 10);
	return buf_add(b, str_n(at, (size_t)(digits + sizeof(digits) - at)));
}

int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	int n, r;

	r = buf_reserve(b, 1);
	if (r < 0)
		return r;
	va_copy(again, ap);
	room = b->cap - b->n;
	n = vsnprintf(b->p + b->n, room, fmt, ap);
	if (n < 0)
		r = fail(b, E_BUG);
	else if ((size_t)n >= room && !(r = buf_reserve(b, (size_t)n + 1)))
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
	va_end(again);
	if (r < 0)
		return r;
	b->n += (size_t)n;
	return 0;
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return r;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n > b->n)
		n = b->n;
	b->n -= n;
	if (b->n)
		memmove(b->p, b->p + n, b->n);
}
