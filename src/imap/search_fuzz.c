/* search_fuzz.c - search programs: what is accepted is well-formed, and unknown is never a guess.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input's first octet picks the charset and the seed of the values that leaves get, the rest is
 * the program. Whatever a program says while some of its leaves are unknown, it says when they are
 * known. */
#include <assert.h>
#include "base/err.h"
#include "imap/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SETTLINGS = 8 };

static bool is_leaf(const struct search_term *t)
{
	return t->op >= S_ALL;
}

static void is_well_formed(const struct search_program *p)
{
	size_t depth = 0, leaves = 0;

	assert(p->n && p->n <= 2 * SEARCH_TERMS_MOST);
	for (size_t i = 0; i < p->n; i++) {
		size_t takes = is_leaf(&p->terms[i]) ? 0 : p->terms[i].op == S_NOT ? 1 : 2;

		assert(depth >= takes);
		depth = depth - takes + 1;
		leaves += !takes;
		assert(depth <= 2 * SEARCH_DEPTH_MOST + 4);
	}
	assert(depth == 1 && leaves);
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* Values from the seed; then those that are unknown become known, and the answer stays. */
static void settles(struct search_program *p, uint32_t *seed)
{
	enum search_value before;

	for (size_t i = 0; i < p->n; i++)
		if (is_leaf(&p->terms[i]))
			p->terms[i].value = (uint8_t)(next(seed) % 3);
	before = search_value_of(p);
	for (size_t i = 0; i < p->n; i++)
		if (is_leaf(&p->terms[i]) && p->terms[i].value == IS_UNKNOWN)
			p->terms[i].value = next(seed) & 1 ? IS_TRUE : IS_FALSE;
	assert(search_value_of(p) != IS_UNKNOWN);
	assert(before == IS_UNKNOWN || search_value_of(p) == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const charsets[] = {"", "UTF-8", "ISO-8859-1", "KOI8-R"};
	struct search_words w = {.seq_star = 7, .uid_star = 9, .now_ms = 1700000000000};
	struct search_program p = {0};
	struct arena arena;
	struct args a = {.arena = &arena};
	uint32_t seed;

	if (n < 2 || n > 1 << 16)
		return 0;
	seed = data[0];
	w.charset = str_of(charsets[data[0] & 3]);
	a.in = str_n(data + 1, n - 1);
	a.utf8 = (data[0] & 4) != 0;
	arena_init(&arena, 64 << 20);
	if (search_parse(&a, &w, &p) == 0) {
		assert(!a.err && arg_is_end(&a));
		is_well_formed(&p);
		for (unsigned i = 0; i < SETTLINGS; i++)
			settles(&p, &seed);
		search_free(&p);
	} else {
		assert(a.err < 0 && a.why && !p.finder);
	}
	assert(arena.used < (4 << 20) + 64 * n); /* memory is linear */
	arena_free(&arena);
	return 0;
}
