/* err_test.c - the table is complete and errno maps into it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "base/err.h"

static void rows_are_found(void **state)
{
	assert_string_equal(err_row(E_QUOTA)->name, "E_QUOTA");
	assert_int_equal(err_row(E_QUOTA)->smtp, 452);
	assert_string_equal(err_row(E_INUSE)->pop3, "IN-USE");
	assert_string_equal(err_row(0)->name, "E_BUG");
	assert_string_equal(err_row(E_END_)->name, "E_BUG");
	assert_string_equal(err_row(-100000)->name, "E_BUG");
	assert_true(E_BUG < 0);
}

/* An enhanced code's class is the reply's (RFC 3463 2). */
static void classes_agree(void **state)
{
	for (int e = E_FIRST_ + 1; e < E_END_; e++) {
		const struct err_row *row = err_row(e);

		assert_int_equal(row->enhanced[0] - '0', row->smtp / 100);
		assert_true(strlen(row->text) > 0);
	}
}

static void errno_maps(void **state)
{
	assert_int_equal(err_from_errno(ENOSPC), E_NOSPACE);
	assert_int_equal(err_from_errno(ECONNRESET), E_CLOSED);
	assert_int_equal(err_from_errno(ENOENT), E_NOTFOUND);
	assert_int_equal(err_from_errno(EXDEV), E_IO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(classes_agree),
		cmocka_unit_test(errno_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
