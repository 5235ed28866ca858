/* str_test.c - rows for every function of str.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

static void numbers_are_read_whole(void **state)
{
	static const struct {
		const char *text;
		uint64_t most, v;
		int r;
	} rows[] = {
		{"0", 9, 0, 0},
		{"007", 9, 7, 0},
		{"18446744073709551615", UINT64_MAX, UINT64_MAX, 0},
		{"18446744073709551616", UINT64_MAX, 0, E_RANGE},
		{"99999999999999999999999", UINT64_MAX, 0, E_RANGE},
		{"10", 9, 0, E_RANGE},
		{"", 9, 0, E_SYNTAX},
		{"-1", 9, 0, E_SYNTAX},
		{"+1", 9, 0, E_SYNTAX},
		{" 1", 9, 0, E_SYNTAX},
		{"1x", 9, 0, E_SYNTAX},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		uint64_t v = 77;

		assert_int_equal(str_u64(str_of(rows[i].text), rows[i].most, &v), rows[i].r);
		assert_int_equal(v, rows[i].r ? 77 : rows[i].v);
	}
}

static void sizes_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t v;
		int r;
	} rows[] = {
		{"512", 512, 0},
		{"1k", 1024, 0},
		{"50M", 50 << 20, 0},
		{"3G", 3ull << 30, 0},
		{"2T", 2ull << 40, 0},
		{"16777216T", 0, E_RANGE},
		{"K", 0, E_SYNTAX},
		{"", 0, E_SYNTAX},
		{"1KB", 0, E_SYNTAX},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		uint64_t v = 77;

		assert_int_equal(str_size(str_of(rows[i].text), &v), rows[i].r);
		assert_int_equal(v, rows[i].r ? 77 : rows[i].v);
	}
}

static void comparing(void **state)
{
	assert_true(str_eq(STR_NONE, STR("")));
	assert_true(str_ieq(STR("RETR"), STR("retr")));
	assert_false(str_ieq(STR("RETR"), STR("retrx")));
	assert_false(str_ieq(STR("[\\]"), STR("{|}"))); /* only letters have case */
	assert_true(str_cmp(STR("ab"), STR("abc")) < 0);
	assert_true(str_cmp(STR("b"), STR("abc")) > 0);
	assert_int_equal(str_cmp(STR("abc"), STR("abc")), 0);
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_istarts(STR("ABc"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_false(str_ends(STR("c"), STR("bc")));
	assert_true(str_eq_secret(STR("abc"), STR("abc")));
	assert_false(str_eq_secret(STR("abc"), STR("abd")));
	assert_false(str_eq_secret(STR("abc"), STR("ab")));
}

static void finding_and_cutting(void **state)
{
	struct str rest = STR("a b  c");

	assert_int_equal(str_find(STR("xayb"), 'y'), 2);
	assert_int_equal(str_find(STR_NONE, 'y'), -1);
	assert_int_equal(str_rfind(STR("a+b+c"), '+'), 3);
	assert_int_equal(str_search(STR("hello"), STR("ll")), 2);
	assert_int_equal(str_search(STR("hello"), STR("")), 0);
	assert_int_equal(str_search(STR("he"), STR("hello")), -1);
	assert_true(str_eq(str_trim(STR(" \t a b\r\n")), STR("a b")));
	assert_int_equal(str_trim(STR(" \r\n")).n, 0);
	assert_true(str_eq(str_cut(&rest, ' '), STR("a")));
	assert_true(str_eq(str_cut(&rest, ' '), STR("b")));
	assert_true(str_eq(str_cut(&rest, ' '), STR("")));
	assert_true(str_eq(str_cut(&rest, ' '), STR("c")));
	assert_null(rest.p);
	assert_int_equal(str_from(STR("abc"), 9).n, 0);
	assert_true(str_eq(str_head(STR("abc"), 2), STR("ab")));
}

static void c_strings_fit_or_fail(void **state)
{
	char out[4];

	assert_true(str_to_c(STR("abc"), out, sizeof(out)));
	assert_string_equal(out, "abc");
	assert_false(str_to_c(STR("abcd"), out, sizeof(out)));
	assert_false(str_to_c(str_n("a\0b", 3), out, sizeof(out)));
	assert_int_equal(str_of(NULL).n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_whole), cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(comparing),              cmocka_unit_test(finding_and_cutting),
		cmocka_unit_test(c_strings_fit_or_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
