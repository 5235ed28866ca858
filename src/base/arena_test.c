/* arena_test.c - alignment, zeroing, limit and reset.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/arena.h"

static void gives_zeroed_aligned_pieces(void **state)
{
	struct arena a;

	arena_init(&a, 100000);
	for (int round = 0; round < 3; round++) {
		for (size_t n = 1; n < 3000; n += 199) {
			char *p = arena_alloc(&a, n);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xff, n);
		}
		arena_reset(&a);
		assert_int_equal(a.used, 0);
	}
	arena_free(&a);
	assert_null(a.block);
}

static void keeps_its_limit(void **state)
{
	struct arena a;

	arena_init(&a, 1024);
	assert_null(arena_alloc(&a, 1025));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_non_null(arena_alloc(&a, 1000));
	assert_null(arena_alloc(&a, 100));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 100));
	arena_free(&a);
}

static void copies_end_in_nul(void **state)
{
	struct arena a;
	struct str s;

	arena_init(&a, 1024);
	s = arena_dup(&a, str_n("a\0b", 3));
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	s = arena_printf(&a, "%d-%s", 5, "x");
	assert_string_equal(s.p, "5-x");
	assert_null(arena_printf(&a, "%02000d", 1).p);
	arena_free(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_pieces),
		cmocka_unit_test(keeps_its_limit),
		cmocka_unit_test(copies_end_in_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
