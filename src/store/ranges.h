/* ranges.h - sets of UIDs as sorted, disjoint ranges, in an arena.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. Work is O(ranges), whatever the numbers in them. */
#ifndef STORE_RANGES_H
#define STORE_RANGES_H

#include "store/store.h"

struct ranges {
	struct uid_range *r;
	size_t n, cap;
};

int ranges_add(struct ranges *v, struct arena *a, uint32_t uid); /* behind all others; E_NOMEM */
/* Any order; touching the last one it becomes one with it. Out of order: ranges_sort afterwards. */
int ranges_add_run(struct ranges *v, struct arena *a, uint32_t lo, uint32_t hi);
uint64_t ranges_trim(struct ranges *v, uint32_t from); /* drops UIDs from there on: so many */
void ranges_trim_last(struct ranges *v, uint64_t n);
void ranges_sort(struct ranges *v);
int ranges_and(struct ranges *out, struct arena *a, struct uidset x, struct uidset y);
int ranges_minus(struct ranges *out, struct arena *a, struct uidset x, struct uidset y);

static inline struct uidset ranges_set(const struct ranges *v)
{
	return (struct uidset){v->r, v->n};
}

#endif
