/* subject_test.c - base subjects: the procedure of RFC 5256 2.1, row by row.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/attr.h"
#include "wire/subject.h"

static const struct row {
	const char *subject, *base;
	bool is_reply;
} rows[] = {
	{"", "", false},
	{"plain", "plain", false},
	{"  a \t b\r\n  c ", "a b c", false},
	{"Re: a", "a", true},
	{"RE:a", "a", true},
	{"re  : a", "a", true},
	{"Fw: a", "a", true},
	{"FWD: a", "a", true},
	{"fwdd: a", "fwdd: a", false},
	{"rex: a", "rex: a", false},
	{"re a", "re a", false},
	{"Re: Re: fwd: re: a", "a", true},
	{"Re[2]: a", "a", true},
	{"Re [2] : a", "a", true},
	{"Re[2: a", "Re[2: a", false},
	{"Re[[2]]: a", "Re[[2]]: a", false},
	{"a (fwd)", "a", true},
	{"a (FWD)(fwd)  (fwd)", "a", true},
	{"a (fwd) b", "a (fwd) b", false},
	{"(fwd)", "", true},
	{"Re:", "", true},
	{"Re: (fwd)", "", true},
	{"[list] a", "a", false},
	{"[list]a", "a", false},
	{"[x] [list] Re: a", "a", true},
	{"[x][y][z] a", "a", false},
	{"Re: [x] Re: [y] a", "a", true},
	{"[list]", "[list]", false},
	{"[x] [list]", "[list]", false},
	{"Re: [list]", "[list]", true},
	{"[x] Re: [list] (fwd)", "[list]", true},
	{"[x] Re:", "", true},
	{"[unclosed a", "[unclosed a", false},
	{"a [x]", "a [x]", false},
	{"[fwd: a]", "a", true},
	{"[Fwd: Re: a (fwd)]", "a", true},
	{"[fwd: [fwd: [x] a]]", "a", true},
	{"Re: [fwd: [x]] ", "[x]", true},
	{"[fwd: a] b", "b", false}, /* a blob: step (4) comes before step (6) */
	{"[fwd:]", "", true},
	{"[fwd: ", "[fwd:", false},
	{"[x] [fwd: a]", "a", true}, /* the last blob stays, then step (6) */
	{"[fwd: [x] [y]]", "[y]", true},
	{"[fwd:[fwd:]", "[fwd:", true},
	{"R\xc3\xa9: a", "R\xc3\xa9: a", false},
	{":", ":", false},
	{"re", "re", false},
	{"[]a", "a", false},
};

static void base_subjects(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		bool is_reply = !rows[i].is_reply;

		assert_int_equal(0, subject_base(str_of(rows[i].subject), &b, &is_reply));
		if (!str_eq(buf_str(&b), str_of(rows[i].base)) || is_reply != rows[i].is_reply)
			fail_msg("'%s' became '" STR_FMT "', %d", rows[i].subject, STR_ARG(buf_str(&b)),
				 is_reply);
	}
	buf_free(&b);
}

static void a_base_has_no_base(void **state)
{
	struct buf b, again;
	bool is_reply;

	buf_init(&b, 1000);
	buf_init(&again, 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		subject_base(str_of(rows[i].subject), &b, &is_reply);
		subject_base(buf_str(&b), &again, &is_reply);
		assert_true(str_eq(buf_str(&b), buf_str(&again)));
		assert_false(is_reply);
	}
	buf_free(&b);
	buf_free(&again);
}

/* Steps at most a constant times the octets, whatever is repeated. */
static void linear(void **state)
{
	static const char *const units[] = {"[a]", "re:", "[a]re:", "(fwd)", "[", "[fwd:", "re[", "re [",
					    "[a] [", "fw[x]:", "[fwd: re: [", "]", "[]", " "};
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < COLUMNS(units); i++)
		for (unsigned tail = 0; tail < 4; tail++) {
			uint64_t steps;
			bool is_reply;

			buf_clear(&b);
			for (unsigned k = 0; k < 20000; k++)
				buf_add(&b, str_of(units[i]));
			for (unsigned k = 0; k < 20000 * (tail & 1); k++)
				buf_add(&b, STR("x"));
			for (unsigned k = 0; k < 10000 * (tail & 2); k++)
				buf_add(&b, STR("]"));
			subject_strip(buf_str(&b), &is_reply, &steps);
			assert_in_range(steps, 0, 4 * b.n + 10);
		}
	buf_free(&b);
}

static void bounded(void **state)
{
	struct buf b;
	bool is_reply;

	buf_init(&b, 3);
	assert_true(subject_base(STR("too long"), &b, &is_reply) < 0);
	buf_free(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_subjects),
		cmocka_unit_test(a_base_has_no_base),
		cmocka_unit_test(linear),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
