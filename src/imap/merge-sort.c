/* merge-sort.c - from below: runs of 1, 2, 4 ... are merged, so that it can stop anywhere.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/merge-sort.h"
#include <stdlib.h>
#include "base/err.h"

int merge_sort_begin(struct merge_sort *m, size_t n, int (*compare)(const void *, uint32_t, uint32_t),
		     const void *arg)
{
	*m = (struct merge_sort){.n = n, .compare = compare, .arg = arg, .width = 1};
	m->v = malloc((n + 1) * sizeof(*m->v));
	m->to = malloc((n + 1) * sizeof(*m->to));
	if (!m->v || !m->to) {
		merge_sort_free(m);
		return E_NOMEM;
	}
	for (size_t i = 0; i < n; i++)
		m->v[i] = (uint32_t)i;
	m->j = m->width;
	return 0;
}

void merge_sort_free(struct merge_sort *m)
{
	free(m->v);
	free(m->to);
	m->v = m->to = NULL;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The next two runs begin at `lo`. */
static void begin_pair(struct merge_sort *m, size_t lo)
{
	m->lo = m->i = m->k = lo;
	m->j = least(lo + m->width, m->n);
}

static void next_width(struct merge_sort *m)
{
	uint32_t *v = m->v;

	m->v = m->to;
	m->to = v;
	m->width *= 2;
	begin_pair(m, 0);
}

int merge_sort_some(struct merge_sort *m, unsigned comparisons)
{
	while (m->width < m->n) {
		size_t mid = least(m->lo + m->width, m->n), hi = least(m->lo + 2 * m->width, m->n);

		for (; m->i < mid && m->j < hi; m->compared++) {
			if (!comparisons--)
				return 1;
			/* stable: the left one first if they are equal */
			if (m->compare(m->arg, m->v[m->i], m->v[m->j]) <= 0)
				m->to[m->k++] = m->v[m->i++];
			else
				m->to[m->k++] = m->v[m->j++];
		}
		while (m->i < mid)
			m->to[m->k++] = m->v[m->i++];
		while (m->j < hi)
			m->to[m->k++] = m->v[m->j++];
		if (hi < m->n)
			begin_pair(m, hi);
		else
			next_width(m);
	}
	return 0;
}
