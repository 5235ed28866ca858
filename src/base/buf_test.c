/* buf_test.c - growth, limits, sticking failures.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/err.h"

static void appends_what_it_is_given(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_add(&b, STR("a"));
	buf_add_char(&b, 'b');
	buf_add_u64(&b, 0);
	buf_add_u64(&b, UINT64_MAX);
	buf_printf(&b, "%s%0200d", "c", 7);
	assert_int_equal(b.failed, 0);
	assert_int_equal(b.n, 2 + 1 + 20 + 1 + 200);
	assert_memory_equal(b.p, "ab018446744073709551615c000", 27);
	buf_drop(&b, 2);
	assert_memory_equal(b.p, "01844", 5);
	buf_drop(&b, 10000);
	assert_int_equal(b.n, 0);
	buf_wipe(&b);
	assert_null(b.p);
	buf_free(&b);
}

static void stops_at_its_limit(void **state)
{
	struct buf b;

	buf_init(&b, 10);
	assert_int_equal(buf_add(&b, STR("0123456789")), 0);
	assert_int_equal(buf_add(&b, STR("x")), E_TOOBIG);
	assert_int_equal(b.n, 10);
	assert_int_equal(buf_add(&b, STR("")), E_TOOBIG); /* it sticks */
	buf_clear(&b);
	assert_int_equal(buf_printf(&b, "%s", "0123456789"), E_TOOBIG); /* its NUL */
	buf_clear(&b);
	assert_int_equal(buf_printf(&b, "%s", "012345678"), 0);
	assert_int_equal(b.n, 9);
	buf_clear(&b);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), E_TOOBIG);
	buf_free(&b);
	assert_int_equal(b.max, 10);
	assert_int_equal(buf_add(&b, STR("again")), 0);
	buf_free(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_what_it_is_given),
		cmocka_unit_test(stops_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
