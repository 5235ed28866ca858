/* prep_test.c - the examples of RFC 4013 3, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "auth/prep.h"
#include "base/err.h"

static void texts_become_comparable(void **state)
{
	static const struct {
		const char *in;
		int err;
		const char *out;
	} rows[] = {
		{"user", 0, "user"},
		{"USER", 0, "USER"},            /* case stays */
		{"I\xc2\xadX", 0, "IX"},        /* SOFT HYPHEN is mapped to nothing */
		{"\xc2\xaa", 0, "a"},           /* NFKC */
		{"\xe2\x85\xa8", 0, "IX"},
		{"caf\x65\xcc\x81", 0, "caf\xc3\xa9"},
		{"a\xc2\xa0" "b", 0, "a b"},    /* another blank */
		{"\xc2\x80", E_UTF8, NULL},     /* a control character */
		{"\xd8\xa7\x31", E_UTF8, NULL}, /* RFC 3454 6: bidirectional */
		{"\xff", E_UTF8, NULL},
		{"\xed\xa0\x80", E_UTF8, NULL}, /* a surrogate */
		{"\xf0\x9f\x98\x80", 0, "\xf0\x9f\x98\x80"},
		{"", 0, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out;

		buf_init(&out, 100);
		if (saslprep(str_of(rows[i].in), &out) != rows[i].err)
			fail_msg("row %zu", i);
		if (!rows[i].err)
			assert_true(str_eq(buf_str(&out), str_of(rows[i].out)));
		buf_wipe(&out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_comparable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
