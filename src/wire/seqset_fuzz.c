/* seqset_fuzz.c - a set comes out sorted and disjoint, and reads back as itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "base/err.h"
#include "wire/seqset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct seqset *set, struct arena *a)
{
	struct seqset again = {0};
	struct buf b;
	struct str in;

	for (size_t i = 0; i < set->n; i++) {
		assert(set->r[i].lo && set->r[i].lo <= set->r[i].hi);
		assert(!i || set->r[i - 1].hi + 1 < set->r[i].lo);
	}
	buf_init(&b, 1 << 20);
	assert(seqset_write(&b, set->r, set->n) == 0);
	in = buf_str(&b);
	if (set->n) {
		assert(seqset_parse(&in, 1, a, &again) == 0 && !in.n && again.n == set->n);
		assert(!memcmp(again.r, set->r, set->n * sizeof(*set->r)));
	}
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data, n);
	struct seqset set = {0};
	struct arena a;
	uint32_t star = 0;

	arena_init(&a, 1 << 22);
	if (in.n) {
		star = (uint8_t)in.p[0];
		in = str_from(in, 1);
	}
	if (seqset_parse(&in, star, &a, &set) == 0)
		check(&set, &a);
	arena_free(&a);
	return 0;
}
