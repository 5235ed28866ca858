/* bufs.c - a loop's buffers: taken when bytes come, given back when they have gone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/loop_impl.h"

enum { BIG_KEPT = 64, SMALL_KEPT = 256 };

static void *get(struct pool *p, size_t bytes)
{
	struct free_buf *b = p->free;

	if (!b)
		return malloc(bytes);
	p->free = b->next;
	p->n_free--;
	return b;
}

static void put(struct pool *p, void *at, unsigned kept)
{
	struct free_buf *b = at;

	if (!b)
		return;
	if (p->n_free >= kept) {
		free(b);
		return;
	}
	b->next = p->free;
	p->free = b;
	p->n_free++;
}

static void empty(struct pool *p)
{
	while (p->free)
		free(get(p, 0));
}

void *buf_big(struct loop *l)
{
	return get(&l->big, BUF_BIG_BYTES);
}

void *buf_small(struct loop *l)
{
	return get(&l->small, BUF_SMALL_BYTES);
}

void buf_big_back(struct loop *l, void *p)
{
	put(&l->big, p, BIG_KEPT);
}

void buf_small_back(struct loop *l, void *p)
{
	put(&l->small, p, SMALL_KEPT);
}

void bufs_free(struct loop *l)
{
	empty(&l->big);
	empty(&l->small);
}
