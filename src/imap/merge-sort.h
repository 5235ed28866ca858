/* merge-sort.h - Private to imap/. A stable merge sort of numbers, in slices.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_MERGE_SORT_H
#define IMAP_MERGE_SORT_H

#include <stddef.h>
#include <stdint.h>

struct merge_sort {
	uint32_t *v; /* n of them; after the last slice in order */
	size_t n;
	int (*compare)(const void *arg, uint32_t a, uint32_t b);
	const void *arg;
	uint64_t compared;
	/* private */
	uint32_t *to;
	size_t width, lo, i, j, k;
};
/* `v` becomes 0 ... n - 1. E_NOMEM. */
int merge_sort_begin(struct merge_sort *m, size_t n, int (*compare)(const void *, uint32_t, uint32_t),
		     const void *arg);
/* Goes on for that many comparisons; 1: there is more to do; 0: done. O(n log n) in all. */
int merge_sort_some(struct merge_sort *m, unsigned comparisons);
void merge_sort_free(struct merge_sort *m);

#endif
