/* seqset_test.c - sequence sets by rows, at their limits, and what they cost.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/seqset.h"

static void parses(void **state)
{
	static const struct {
		const char *in;
		uint32_t star;
		int r;
		const char *out, *rest;
		bool has_star;
	} t[] = {
		{"1", 9, 0, "1", ""},
		{"2:4", 9, 0, "2:4", ""},
		{"4:2", 9, 0, "2:4", ""},
		{"7:7", 9, 0, "7", ""},
		{"2,4:7,9,12:*", 15, 0, "2,4:7,9,12:15", "", true}, /* RFC 9051 9 */
		{"*:4,5:7", 10, 0, "4:10", "", true},               /* RFC 9051 9 */
		{"5,3,1", 9, 0, "1,3,5", ""},
		{"1,2,3", 9, 0, "1:3", ""},
		{"3:5,4:9,1", 9, 0, "1,3:9", ""},
		{"1:9,2:3", 9, 0, "1:9", ""},
		{"3:3,3,3", 9, 0, "3", ""},
		{"*", 9, 0, "9", "", true},
		{"*:*", 9, 0, "9", "", true},
		{"20:*", 9, 0, "9:20", "", true}, /* RFC 9051 6.4.8: always the last one */
		{"*", 0, 0, "", "", true},
		{"1:*", 0, 0, "", "", true},
		{"*:5,7", 0, 0, "7", "", true},
		{"4294967295", 9, 0, "4294967295", ""},
		{"1:4294967295", 9, 0, "1:4294967295", ""},
		{"4294967295,1:4294967294", 9, 0, "1:4294967295", ""},
		{"1 FLAGS", 9, 0, "1", " FLAGS"},
		{"1:2)", 9, 0, "1:2", ")"},
		{"$ X", 9, 0, "$", " X"},
		{"4294967296", 9, E_RANGE},
		{"99999999999999999999999999", 9, E_RANGE},
		{"1:4294967296", 9, E_RANGE},
		{"0", 9, E_SYNTAX},
		{"01", 9, E_SYNTAX},
		{"0:3", 9, E_SYNTAX},
		{"1:0", 9, E_SYNTAX},
		{"", 9, E_SYNTAX},
		{",", 9, E_SYNTAX},
		{"1,", 9, E_SYNTAX},
		{",1", 9, E_SYNTAX},
		{"1,,2", 9, E_SYNTAX},
		{"1:", 9, E_SYNTAX},
		{":1", 9, E_SYNTAX},
		{"1:2:3", 9, E_SYNTAX},
		{"**", 9, E_SYNTAX},
		{"*1", 9, E_SYNTAX},
		{"1*", 9, E_SYNTAX},
		{"a", 9, E_SYNTAX},
		{"-1", 9, E_SYNTAX},
		{"+1", 9, E_SYNTAX},
		{" 1", 9, E_SYNTAX},
		{"1,$", 9, E_SYNTAX},
	};
	struct arena a;
	struct buf b;

	arena_init(&a, 1 << 20);
	buf_init(&b, 1000);
	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct str in = str_of(t[i].in);
		struct seqset set = {0};
		int r = seqset_parse(&in, t[i].star, &a, &set);

		buf_clear(&b);
		if (set.is_saved)
			buf_add_char(&b, '$');
		assert_int_equal(seqset_write(&b, set.r, set.n), 0);
		if (r != t[i].r || (r < 0 && !str_eq(in, str_of(t[i].in))))
			fail_msg("%s: %d", t[i].in, r);
		if (r == 0 && (!str_eq(buf_str(&b), str_of(t[i].out)) ||
			       !str_eq(in, str_of(t[i].rest)) || set.has_star != t[i].has_star))
			fail_msg("%s: %.*s", t[i].in, STR_ARG(buf_str(&b)));
	}
	buf_free(&b);
	arena_free(&a);
}

/* The most that is allowed, written backwards; and one more. */
static void keeps_its_limit(void **state)
{
	struct seqset set;
	struct arena a;
	struct buf b;
	struct str in;

	arena_init(&a, 4 << 20);
	buf_init(&b, 4 << 20);
	for (uint32_t i = SEQSET_RANGES_MOST; i > 0; i--)
		buf_printf(&b, "%s%u", b.n ? "," : "", i * 2);
	in = buf_str(&b);
	assert_int_equal(seqset_parse(&in, 1, &a, &set), 0);
	assert_int_equal(set.n, SEQSET_RANGES_MOST);
	for (uint32_t i = 0; i < set.n; i++)
		assert_int_equal(set.r[i].lo, (i + 1) * 2);
	buf_add(&b, STR(",1"));
	in = buf_str(&b);
	assert_int_equal(seqset_parse(&in, 1, &a, &set), E_LIMIT);
	arena_free(&a);
	arena_init(&a, 100);
	buf_drop(&b, 200);
	in = buf_str(&b);
	assert_int_equal(seqset_parse(&in, 1, &a, &set), E_NOMEM);
	arena_free(&a);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(keeps_its_limit),
	};

	return cmocka_run_group_tests_name("wire/seqset", tests, NULL, NULL);
}
