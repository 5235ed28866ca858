/* nearest.c - edit distance, for sentences that help with a typing error.
 * SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include "conf/nearest.h"

enum { LONGEST = 63 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: Levenshtein's table plus swaps of neighbours. */
unsigned edit_distance(struct str a, struct str b)
{
	unsigned char d[3][LONGEST + 1];
	unsigned char *before = d[0], *last = d[1], *row = d[2];

	if (a.n > LONGEST || b.n > LONGEST)
		return UINT_MAX;
	for (size_t j = 0; j <= b.n; j++)
		last[j] = (unsigned char)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned char *spare = before;

		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned same = ascii_lower(a.p[i - 1]) == ascii_lower(b.p[j - 1]) ? 0 : 1;

			row[j] = (unsigned char)least(last[j] + 1u, row[j - 1] + 1u,
						      last[j - 1] + same);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1u < row[j])
				row[j] = (unsigned char)(before[j - 2] + 1u);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[b.n];
}

void nearest_init(struct nearest *n, struct str wanted)
{
	/* A third of the word may be wrong: past that a hint only confuses. */
	*n = (struct nearest){.wanted = wanted, .distance = 1 + (unsigned)wanted.n / 3};
}

void nearest_offer(struct nearest *n, const char *name)
{
	unsigned d = edit_distance(n->wanted, str_of(name));

	if (d < n->distance || (!n->best && d == n->distance)) {
		n->best = name;
		n->distance = d;
	}
}
