/* casemap_test.c - casemapped characters by rows; substrings whole, in pieces, and what they cost.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/casemap.h"

static void maps(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{"", ""},
		{"abcxyzABC[`{@019", "ABCXYZABC[`{@019"},
		{"the quick brown fox jumps over the lazy dog",
		 "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG"},
		{"\u01c4", "Dz\u030c"},        /* RFC 5051 2, its example */
		{"\u01c6", "Dz\u030c"},
		{"\u00e4\u00c4a\u0308", "A\u0308A\u0308A\u0308"},
		{"\u00df", "\u00df"},          /* no simple titlecase */
		{"\u0430\u0411\u0432", "\u0410\u0411\u0412"},
		{"\u0451", "\u0415\u0308"},
		{"\u03b1\u03c3\u03c2", "\u0391\u03a3\u03a3"},
		{"\ufb01", "fi"},              /* a ligature falls apart behind its titlecase */
		{"\u2460", "1"},
		{"\uff41", "A"},
		{"\u0390", "\u03b9\u0308\u0301"},
		{"\u6f22\u5b57", "\u6f22\u5b57"},
		{"\uac00", "\u1100\u1161"},
		{"\U00010428", "\U00010400"},
		{"\U0001f600", "\U0001f600"},
		{"a\xff" "b", "A\xff" "B"},    /* no UTF-8 */
		{"a\xc0\x80" "b", "A\xc0\x80" "B"},
		{"\xed\xa0\x80" "a", "\xed\xa0\x80" "A"},
		{"a\xe2\x82", "A\xe2\x82"},
	};
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < COLUMNS(t); i++) {
		buf_clear(&b);
		assert_int_equal(casemap_add(&b, str_of(t[i].in)), 0);
		if (!str_eq(buf_str(&b), str_of(t[i].out)))
			fail_msg("%s: %.*s", t[i].in, STR_ARG(buf_str(&b)));
	}
	buf_free(&b);
}

/* No character grows past the bound that buffers are made by. */
static void grows_within_bounds(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	for (uint32_t c = 0x80; c < 0x110000; c++) {
		char s[4];
		size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		for (size_t i = n; i-- > 1; c >>= 6)
			s[i] = (char)(0x80 | (c & 0x3f));
		s[0] = (char)((0xf00 >> n) | c);
		for (size_t i = 1; i < n; i++)
			c = c << 6 | (s[i] & 0x3f);
		buf_clear(&b);
		assert_int_equal(casemap_add(&b, str_n(s, n)), 0);
		assert_in_range(b.n, 1, n * CASEMAP_GROWTH);
	}
	buf_free(&b);
}

static bool has(const char *text, const char *needle, size_t piece)
{
	struct finder *f = finder_new();
	struct str s = str_of(text);
	bool r;

	assert_int_equal(finder_add(f, str_of(needle)), 0);
	assert_int_equal(finder_begin(f), 0);
	while (s.n) {
		finder_feed(f, str_head(s, piece));
		s = str_from(s, piece);
	}
	finder_end(f);
	r = finder_has(f, 0);
	finder_free(f);
	return r;
}

static void finds(void **state)
{
	static const struct {
		const char *text, *needle;
		bool is_there;
	} t[] = {
		{"", "", true},
		{"abc", "", true},
		{"", "a", false},
		{"Hello, World", "o, w", true},
		{"Hello, World", "WORLD", true},
		{"Hello, World", "worlds", false},
		{"Hello, World", "x", false},
		{"Gr\u00fc\u00dfe aus K\u00f6ln", "GR\u00dc\u00dfE", true},
		{"Gru\u0308\u00dfe", "gr\u00fc\u00dfe", true}, /* composed or not */
		{"\u041f\u0440\u0438\u0432\u0435\u0442", "\u043f\u0420\u0418", true},
		{"aaab", "aab", true},
		{"abababac", "ababac", true},
		{"ab\xe2\x82", "b\xe2\x82", true}, /* cut short at the end */
		{"\xe2\x82\xe2\x82\xac", "\u20ac", true},
		{"\xf0\x9f\xf0\x9f\x98\x80", "\U0001f600", true},
	};

	for (size_t i = 0; i < COLUMNS(t); i++)
		for (size_t piece = 1; piece < 12; piece++)
			if (has(t[i].text, t[i].needle, piece) != t[i].is_there)
				fail_msg("%s in %s, by %zu", t[i].needle, t[i].text, piece);
}

/* A needle over every place of the windows, also one longer than a window. */
static void crosses_windows(void **state)
{
	enum { N = 60000 };
	char *text = malloc(N + 1), *needle = malloc(20001);

	for (size_t len = 1; len <= 20000; len = len * 3 + 1)
		for (size_t at = 15000; at + len <= N; at += 4999) {
			memset(text, '.', N);
			text[N] = '\0';
			for (size_t i = 0; i < len; i++)
				text[at + i] = needle[i] = (char)('a' + i % 26);
			needle[len] = '\0';
			assert_true(has(text, needle, 7777));
			text[at + len - 1] = '.';
			assert_int_equal(has(text, needle, N), false);
		}
	free(text);
	free(needle);
}

static void several_needles(void **state)
{
	struct finder *f = finder_new();

	assert_int_equal(finder_add(f, STR("one")), 0);
	assert_int_equal(finder_add(f, STR("two")), 1);
	assert_int_equal(finder_add(f, STR("ONE")), 0);
	assert_int_equal(finder_add(f, STR("")), 2);
	assert_int_equal(finder_begin(f), 0);
	finder_feed(f, STR("two"));
	finder_end(f);
	assert_false(finder_has(f, 0));
	assert_true(finder_has(f, 1) && finder_has(f, 2));
	assert_false(finder_is_done(f));
	finder_wish(f, 0, false);
	assert_int_equal(finder_begin(f), 0);
	assert_false(finder_has(f, 1));
	finder_feed(f, STR("one"));
	finder_feed(f, STR("Two"));
	finder_end(f);
	assert_true(finder_is_done(f));
	assert_false(finder_has(f, 0)); /* nobody wished */
	finder_free(f);
	assert_null(finder_free(NULL));
}

static void refuses(void **state)
{
	struct finder *f = finder_new();
	char *big = calloc(1, 70000), name[20];

	assert_int_equal(finder_add(f, str_n(big, 70000)), E_TOOBIG);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(finder_add(f, str_of(name)), i);
	}
	assert_int_equal(finder_add(f, STR("x")), E_LIMIT);
	assert_int_equal(finder_add(f, STR("7")), 7);
	free(big);
	finder_free(f);
}

/* SECURITY C4: whatever the text and the needle, a text twice as long costs twice as much. */
static void costs(void **state)
{
	uint64_t steps[4];

	for (unsigned k = 0; k < 4; k++) {
		struct finder *f = finder_new();
		size_t n = (size_t)100000 << k;
		char *text = malloc(n), *needle = malloc(5000);

		memset(text, 'a', n);
		memset(needle, 'a', 5000);
		needle[2500] = 'b';
		assert_int_equal(finder_add(f, str_n(needle, 5000)), 0);
		assert_int_equal(finder_begin(f), 0);
		finder_feed(f, str_n(text, n));
		finder_end(f);
		assert_false(finder_has(f, 0));
		steps[k] = finder_steps(f);
		assert_in_range(steps[k], n, 2 * n);
		assert_true(!k || (double)steps[k] / (double)steps[k - 1] < 2.6);
		finder_free(f);
		free(text);
		free(needle);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps),
		cmocka_unit_test(grows_within_bounds),
		cmocka_unit_test(finds),
		cmocka_unit_test(crosses_windows),
		cmocka_unit_test(several_needles),
		cmocka_unit_test(refuses),
		cmocka_unit_test(costs),
	};

	return cmocka_run_group_tests_name("wire/casemap", tests, NULL, NULL);
}
