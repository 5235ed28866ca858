/* ranges.c - sets of UIDs as sorted, disjoint ranges, in an arena.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/err.h"
#include "store/ranges.h"

static int grow(struct ranges *v, struct arena *a)
{
	size_t cap = v->cap ? v->cap * 2 : 16;
	struct uid_range *r = arena_alloc(a, cap * sizeof(*r));

	if (!r)
		return E_NOMEM;
	if (v->n)
		memcpy(r, v->r, v->n * sizeof(*r));
	v->r = r;
	v->cap = cap;
	return 0;
}

int ranges_add_run(struct ranges *v, struct arena *a, uint32_t lo, uint32_t hi)
{
	struct uid_range *last = v->n ? &v->r[v->n - 1] : NULL;
	int r;

	if (last && lo >= last->lo && lo <= (uint64_t)last->hi + 1) {
		last->hi = hi > last->hi ? hi : last->hi;
		return 0;
	}
	if (v->n == v->cap && (r = grow(v, a)) < 0)
		return r;
	v->r[v->n++] = (struct uid_range){lo, hi};
	return 0;
}

int ranges_add(struct ranges *v, struct arena *a, uint32_t uid)
{
	return ranges_add_run(v, a, uid, uid);
}

void ranges_trim_last(struct ranges *v, uint64_t n)
{
	while (n && v->n) {
		struct uid_range *r = &v->r[v->n - 1];
		uint64_t of_this = (uint64_t)r->hi - r->lo + 1;

		if (n < of_this) {
			r->hi -= (uint32_t)n;
			return;
		}
		n -= of_this;
		v->n--;
	}
}

uint64_t ranges_trim(struct ranges *v, uint32_t from)
{
	uint64_t n = 0;

	for (size_t i = v->n; i-- > 0 && v->r[i].hi >= from;)
		n += v->r[i].hi - (v->r[i].lo > from ? v->r[i].lo : from) + (uint64_t)1;
	ranges_trim_last(v, n);
	return n;
}

static int by_lo(const void *a, const void *b)
{
	const struct uid_range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

void ranges_sort(struct ranges *v)
{
	size_t n = 0;

	if (v->n < 2)
		return;
	qsort(v->r, v->n, sizeof(*v->r), by_lo);
	for (size_t i = 1; i < v->n; i++) {
		if (v->r[i].lo > (uint64_t)v->r[n].hi + 1)
			v->r[++n] = v->r[i];
		else if (v->r[i].hi > v->r[n].hi)
			v->r[n].hi = v->r[i].hi;
	}
	v->n = n + 1;
}

int ranges_and(struct ranges *out, struct arena *a, struct uidset x, struct uidset y)
{
	int r = 0;

	for (size_t i = 0, j = 0; i < x.n && j < y.n && r >= 0;) {
		uint32_t lo = x.r[i].lo > y.r[j].lo ? x.r[i].lo : y.r[j].lo;
		uint32_t hi = x.r[i].hi < y.r[j].hi ? x.r[i].hi : y.r[j].hi;

		if (lo <= hi)
			r = ranges_add_run(out, a, lo, hi);
		if (x.r[i].hi < y.r[j].hi)
			i++;
		else
			j++;
	}
	return r;
}

int ranges_minus(struct ranges *out, struct arena *a, struct uidset x, struct uidset y)
{
	size_t j = 0;
	int r = 0;

	for (size_t i = 0; i < x.n && r >= 0; i++) {
		uint64_t lo = x.r[i].lo;

		while (j < y.n && y.r[j].hi < lo)
			j++;
		for (; j < y.n && y.r[j].lo <= x.r[i].hi && r >= 0; j++) {
			if (y.r[j].lo > lo)
				r = ranges_add_run(out, a, (uint32_t)lo, y.r[j].lo - 1);
			lo = (uint64_t)y.r[j].hi + 1;
			if (lo > x.r[i].hi)
				break; /* it may reach into the next one */
		}
		if (lo <= x.r[i].hi && r >= 0)
			r = ranges_add_run(out, a, (uint32_t)lo, x.r[i].hi);
	}
	return r;
}
