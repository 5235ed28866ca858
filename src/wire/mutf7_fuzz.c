/* mutf7_fuzz.c - mailbox names: there and back, canonical once and for all, patterns beside a model.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input up to its first NUL is a name, behind it a pattern. */
#include <assert.h>
#include <stdlib.h>
#include "base/err.h"
#include "wire/mutf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What was taken has no other spelling. */
static void there_and_back(struct str in)
{
	struct buf a, b;

	buf_init(&a, 1 << 16);
	buf_init(&b, 1 << 16);
	if (!mutf7_decode(in, &a)) {
		assert(utf8_is_valid(buf_str(&a)));
		assert(!mutf7_encode(buf_str(&a), &b));
		assert(str_eq(buf_str(&b), in));
	}
	buf_clear(&a);
	buf_clear(&b);
	if (!mutf7_encode(in, &a)) {
		assert(utf8_is_valid(in));
		assert(!mutf7_decode(buf_str(&a), &b));
		assert(str_eq(buf_str(&b), in));
	}
	buf_free(&a);
	buf_free(&b);
}

static void one_form(struct str in)
{
	struct buf a, b;

	buf_init(&a, 1 << 16);
	buf_init(&b, 1 << 16);
	if (!mailbox_name_canonical(in, &a)) {
		assert(a.n && a.n <= 400 && utf8_is_valid(buf_str(&a)));
		assert(!memchr(a.p, 0, a.n));
		assert(!mailbox_name_canonical(buf_str(&a), &b));
		assert(str_eq(buf_str(&a), buf_str(&b)));
	}
	buf_free(&a);
	buf_free(&b);
}

/* Whether each end of the name matches each end of the pattern, from the short ends on. */
static bool model(struct str name, struct str pattern)
{
	bool *is = calloc(name.n + 1, 1), *next = calloc(name.n + 1, 1), ret;

	is[name.n] = true;
	for (size_t j = pattern.n; j-- > 0;) {
		char c = pattern.p[j];

		for (size_t i = name.n + 1; i-- > 0;) {
			bool more = i < name.n;

			if (c == '*' || c == '%')
				next[i] = is[i] ||
					  (more && next[i + 1] && !(c == '%' && name.p[i] == '/'));
			else
				next[i] = more && name.p[i] == c && is[i + 1];
		}
		memcpy(is, next, name.n + 1);
	}
	ret = is[0];
	free(is);
	free(next);
	return ret;
}

/* A canonical pattern is canonical, and matches what the pattern did; but for INBOX and composed letters. */
static void one_pattern(struct str name, struct str pattern)
{
	struct buf a, b;
	bool is_ascii = true;

	buf_init(&a, 1 << 16);
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < pattern.n; i++)
		is_ascii &= !(pattern.p[i] & 0x80);
	if (!mailbox_pattern_canonical(pattern, &a)) {
		assert(!mailbox_pattern_canonical(buf_str(&a), &b) && str_eq(buf_str(&a), buf_str(&b)));
		if (is_ascii && !str_istarts(pattern, STR("inbox")))
			assert(mailbox_name_matches(name, pattern) ==
			       mailbox_name_matches(name, buf_str(&a)));
	}
	buf_free(&a);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str pattern = str_n(data, n), name = str_cut(&pattern, 0);

	there_and_back(name);
	one_form(name);
	if (name.n <= 400 && pattern.n <= 400) {
		assert(mailbox_name_matches(name, pattern) == model(name, pattern));
		one_pattern(name, pattern);
	}
	return 0;
}
