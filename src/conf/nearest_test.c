/* nearest_test.c - edit distances and the names that are offered.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/attr.h"
#include "conf/nearest.h"

static void distance_counts_changes(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned d;
	} rows[] = {
		{"", "", 0},		     {"abc", "abc", 0},	    {"ABC", "abc", 0},
		{"abc", "", 3},		     {"", "abc", 3},	    {"abc", "abd", 1},
		{"abc", "abcd", 1},	     {"abcd", "abc", 1},    {"abcd", "abdc", 1},
		{"kitten", "sitting", 3},    {"lsiten", "listen", 1}, {"hostnam", "hostname", 1},
		{"log_levle", "log_level", 1},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++)
		assert_int_equal(edit_distance(str_of(rows[i].a), str_of(rows[i].b)), rows[i].d);
}

static void distance_of_long_words_is_infinite(void **state)
{
	char word[65];

	memset(word, 'a', sizeof(word));
	assert_true(edit_distance(str_n(word, 64), STR("a")) > 1000);
	assert_int_equal(edit_distance(str_n(word, 63), str_n(word, 63)), 0);
}

static void nearest_names_the_best_or_none(void **state)
{
	static const char *const names[] = {"listen", "hostname", "data", "log_level"};
	static const struct {
		const char *wanted, *best;
	} rows[] = {{"lisetn", "listen"}, {"date", "data"}, {"zzzzzz", NULL}, {"loglevel", "log_level"}};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct nearest n;

		nearest_init(&n, str_of(rows[i].wanted));
		for (size_t j = 0; j < COLUMNS(names); j++)
			nearest_offer(&n, names[j]);
		if (rows[i].best)
			assert_string_equal(n.best, rows[i].best);
		else
			assert_null(n.best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_changes),
		cmocka_unit_test(distance_of_long_words_is_infinite),
		cmocka_unit_test(nearest_names_the_best_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
