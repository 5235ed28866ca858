/* casemap_fuzz.c - a substring is found in pieces exactly where it is in the whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "base/err.h"
#include "wire/casemap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool in_whole(struct str text, struct str needle)
{
	struct buf t, s;
	bool r;

	buf_init(&t, text.n * CASEMAP_GROWTH + 9000);
	buf_init(&s, needle.n * CASEMAP_GROWTH + 9000);
	assert(casemap_add(&t, text) == 0 && casemap_add(&s, needle) == 0);
	r = !s.n || (t.n && memmem(t.p, t.n, s.p, s.n));
	buf_free(&t);
	buf_free(&s);
	return r;
}

static void check(struct str text, struct str needle, size_t piece)
{
	struct finder *f = finder_new();
	struct str rest = text;

	assert(f && finder_add(f, needle) == 0 && finder_begin(f) == 0);
	while (rest.n) {
		finder_feed(f, str_head(rest, piece));
		rest = str_from(rest, piece);
	}
	finder_end(f);
	assert(finder_has(f, 0) == in_whole(text, needle));
	assert(finder_steps(f) <= (text.n + needle.n) * 2 * CASEMAP_GROWTH);
	finder_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data, n);
	size_t needle_n, piece;

	if (n < 2)
		return 0;
	needle_n = data[0] < n - 2 ? data[0] : n - 2;
	piece = data[1] % 16 + 1;
	in = str_from(in, 2);
	check(str_from(in, needle_n), str_head(in, needle_n), piece);
	check(in, str_head(str_from(in, in.n / 2), needle_n), piece * 100);
	return 0;
}
