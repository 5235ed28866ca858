/* arena.c - bump allocation in a chain of blocks.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include "base/arena.h"

enum { BLOCK_BYTES = 2048, ALIGN = 16 };

struct arena_block {
	struct arena_block *older;
	size_t n, cap;
	_Alignas(ALIGN) char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

static struct arena_block *free_down_to(struct arena_block *b, bool keep_last)
{
	while (b && (b->older || !keep_last)) {
		struct arena_block *older = b->older;

		free(b);
		b = older;
	}
	return b;
}

void arena_reset(struct arena *a)
{
	a->block = free_down_to(a->block, true);
	if (a->block)
		a->block->n = 0;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	a->block = free_down_to(a->block, false);
	a->used = 0;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->block;
	void *p;

	if (n > a->max || a->used > a->max - n)
		return NULL;
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!b || n > b->cap - b->n) {
		size_t cap = n > BLOCK_BYTES ? n : BLOCK_BYTES;

		b = malloc(sizeof(*b) + cap);
		if (!b)
			return NULL;
		*b = (struct arena_block){.older = a->block, .cap = cap};
		a->block = b;
	}
	p = memset(b->bytes + b->n, 0, n);
	b->n += n;
	a->used += n;
	return p;
}

struct str arena_dup(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (!p)
		return STR_NONE;
	if (s.n)
		memcpy(p, s.p, s.n);
	return str_n(p, s.n);
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !(p = arena_alloc(a, (size_t)n + 1)))
		return STR_NONE;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return str_n(p, (size_t)n);
}
