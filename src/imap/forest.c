/* forest.c - link-cut trees, for the loops that threading must not make.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/forest.h"

static bool is_top(const struct forest *f, uint32_t x) /* of its splay tree */
{
	uint32_t up = f->v[x].up;

	return !up || (f->v[up].child[0] != x && f->v[up].child[1] != x);
}

static void rotate(struct forest *f, uint32_t x)
{
	struct forest_node *v = f->v;
	uint32_t y = v[x].up, z = v[y].up;
	unsigned side = v[y].child[1] == x;
	uint32_t inner = v[x].child[!side];

	if (!is_top(f, y))
		v[z].child[v[z].child[1] == y] = x;
	v[y].child[side] = inner;
	if (inner)
		v[inner].up = y;
	v[x].child[!side] = y;
	v[y].up = x;
	v[x].up = z;
	f->steps++;
}

static void splay(struct forest *f, uint32_t x)
{
	while (!is_top(f, x)) {
		uint32_t y = f->v[x].up, z = f->v[y].up;

		if (!is_top(f, y))
			rotate(f, (f->v[y].child[1] == x) == (f->v[z].child[1] == y) ? y : x);
		rotate(f, x);
	}
}

/* The path from the root to x becomes one splay tree with x on top. */
static void expose(struct forest *f, uint32_t x)
{
	uint32_t below = 0;

	for (uint32_t y = x; y; y = f->v[y].up) {
		splay(f, y);
		f->v[y].child[1] = below;
		below = y;
		f->steps++;
	}
	splay(f, x);
}

uint32_t forest_root(struct forest *f, uint32_t x)
{
	expose(f, x);
	for (; f->v[x].child[0]; f->steps++)
		x = f->v[x].child[0];
	splay(f, x); /* pays for the way down */
	return x;
}

void forest_link(struct forest *f, uint32_t root, uint32_t parent)
{
	expose(f, root);
	f->v[root].up = parent;
}

void forest_cut(struct forest *f, uint32_t x)
{
	uint32_t above;

	expose(f, x);
	above = f->v[x].child[0];
	f->v[above].up = 0;
	f->v[x].child[0] = 0;
}
