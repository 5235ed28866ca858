/* seqset.c - sequence sets: read, put in order, merged; and written.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/err.h"
#include "wire/seqset.h"

static bool is_set_char(char c)
{
	return ascii_is_digit(c) || c == ':' || c == ',' || c == '*';
}

/* seq-number: nz-number or "*". */
static int read_number(struct str *s, uint32_t star, struct seqset *set, uint32_t *ret)
{
	uint64_t n = 0;

	if (s->n && s->p[0] == '*') {
		set->has_star = true;
		*s = str_from(*s, 1);
		*ret = star;
		return 0;
	}
	if (!s->n || !ascii_is_digit(s->p[0]) || s->p[0] == '0') /* nz-number */
		return E_SYNTAX;
	while (s->n && ascii_is_digit(s->p[0])) {
		n = n * 10 + (unsigned)(s->p[0] - '0');
		if (n > UINT32_MAX)
			return E_RANGE;
		*s = str_from(*s, 1);
	}
	*ret = (uint32_t)n;
	return 0;
}

/* seq-number or seq-range: "2:4" and "4:2" are the same (RFC 9051 9, seq-range). */
static int read_range(struct str *s, uint32_t star, struct seqset *set)
{
	uint32_t lo, hi;
	int r = read_number(s, star, set, &lo);

	if (r < 0)
		return r;
	hi = lo;
	if (s->n && s->p[0] == ':') {
		*s = str_from(*s, 1);
		r = read_number(s, star, set, &hi);
		if (r < 0)
			return r;
	}
	if (lo && hi) /* a 0 is the "*" of an empty mailbox, where nothing can be meant */
		set->r[set->n++] = lo < hi ? (struct seq_range){lo, hi} : (struct seq_range){hi, lo};
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct seq_range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static void put_in_order(struct seqset *set)
{
	bool is_sorted = true;
	size_t n = 0;

	for (size_t i = 1; i < set->n; i++)
		is_sorted = is_sorted && set->r[i - 1].lo <= set->r[i].lo;
	if (!is_sorted)
		qsort(set->r, set->n, sizeof(*set->r), compare);
	for (size_t i = 0; i < set->n; i++) {
		struct seq_range r = set->r[i], *last = n ? &set->r[n - 1] : NULL;

		if (!last || (uint64_t)last->hi + 1 < r.lo)
			set->r[n++] = r;
		else if (last->hi < r.hi)
			last->hi = r.hi;
	}
	set->n = n;
}

int seqset_parse(struct str *s, uint32_t star, struct arena *a, struct seqset *ret)
{
	struct seqset set = {0};
	struct str in = *s;
	size_t n = 1;
	int r;

	if (in.n && in.p[0] == '$') { /* RFC 5182: alone */
		*ret = (struct seqset){.is_saved = true};
		*s = str_from(in, 1);
		return 0;
	}
	for (size_t i = 0; i < in.n && is_set_char(in.p[i]); i++)
		n += in.p[i] == ',';
	if (n > SEQSET_RANGES_MOST)
		return E_LIMIT;
	set.r = arena_alloc(a, n * sizeof(*set.r));
	if (!set.r)
		return E_NOMEM;
	r = read_range(&in, star, &set);
	while (!r && in.n && in.p[0] == ',') {
		in = str_from(in, 1);
		r = read_range(&in, star, &set);
	}
	if (r < 0)
		return r;
	if (in.n && is_set_char(in.p[0]))
		return E_SYNTAX;
	put_in_order(&set);
	*s = in;
	*ret = set;
	return 0;
}

int seqset_write(struct buf *out, const struct seq_range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_char(out, ',');
		buf_add_u64(out, r[i].lo);
		if (r[i].hi == r[i].lo)
			continue;
		buf_add_char(out, ':');
		buf_add_u64(out, r[i].hi);
	}
	return out->failed;
}
