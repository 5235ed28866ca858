/* command_test.c - keywords in any case, one space, strict numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/err.h"
#include "net/command.h"

static int run_nothing(void *session, const struct command_args *a)
{
	return 0;
}

static const struct command rows[] = {
	{"NOOP", run_nothing, 1, ARGS_NONE, "1", "nothing"},
	{"USER", run_nothing, 1, ARGS_TEXT, "1", "a name"},
	{"AUTH", run_nothing, 1, ARGS_OPT_TEXT, "1", "a mechanism"},
	{"RETR", run_nothing, 1, ARGS_NUM, "1", "a message"},
	{"LIST", run_nothing, 1, ARGS_OPT_NUM, "1", "sizes"},
	{"TOP", run_nothing, 1, ARGS_NUM_NUM, "1", "a head"},
	{"APOP", run_nothing, 1, ARGS_WORD_WORD, "1", "a digest"},
	{"HELP", run_nothing, 1, ARGS_ANY, "1", "help"},
};
static struct command_count counts[COLUMNS(rows)];
static const struct command_table table = {rows, counts, COLUMNS(rows)};

static void lines_are_cut_by_shape(void **state)
{
	static const struct {
		const char *line, *name;
		int result;
		uint32_t a, b;
	} t[] = {
		{"NOOP", "NOOP", 0, 0, 0},
		{"noOp", "NOOP", 0, 0, 0},
		{"NOOP ", "NOOP", E_SYNTAX, 0, 0},
		{"NOOP 1", "NOOP", E_SYNTAX, 0, 0},
		{" NOOP", NULL, 0, 0, 0},
		{"NOOPS", NULL, 0, 0, 0},
		{"NOO", NULL, 0, 0, 0},
		{"", NULL, 0, 0, 0},
		{" ", NULL, 0, 0, 0},
		{"USER", "USER", E_SYNTAX, 0, 0},
		{"USER ", "USER", E_SYNTAX, 0, 0},
		{"USER a b ", "USER", 0, 0, 0},
		{"AUTH", "AUTH", 0, 0, 0},
		{"AUTH ", "AUTH", E_SYNTAX, 0, 0},
		{"RETR", "RETR", E_SYNTAX, 0, 0},
		{"RETR 7", "RETR", 0, 7, 0},
		{"RETR 007", "RETR", 0, 7, 0},
		{"RETR  7", "RETR", E_SYNTAX, 0, 0},
		{"RETR 7 ", "RETR", E_SYNTAX, 0, 0},
		{"RETR +7", "RETR", E_SYNTAX, 0, 0},
		{"RETR -7", "RETR", E_SYNTAX, 0, 0},
		{"RETR 0x7", "RETR", E_SYNTAX, 0, 0},
		{"RETR\t7", NULL, 0, 0, 0},
		{"RETR 4294967295", "RETR", 0, 4294967295u, 0},
		{"RETR 4294967296", "RETR", E_RANGE, 0, 0},
		{"RETR 99999999999999999999999", "RETR", E_RANGE, 0, 0},
		{"LIST", "LIST", 0, 0, 0},
		{"LIST 3", "LIST", 0, 3, 0},
		{"LIST ", "LIST", E_SYNTAX, 0, 0},
		{"TOP 1 2", "TOP", 0, 1, 2},
		{"TOP 10", "TOP", E_SYNTAX, 0, 0},
		{"TOP 1  2", "TOP", E_SYNTAX, 0, 0},
		{"TOP 1 2 ", "TOP", E_SYNTAX, 0, 0},
		{"TOP 1 2 3", "TOP", E_SYNTAX, 0, 0},
		{"TOP  2", "TOP", E_SYNTAX, 0, 0},
		{"APOP a b", "APOP", 0, 0, 0},
		{"APOP a", "APOP", E_SYNTAX, 0, 0},
		{"APOP a b c", "APOP", E_SYNTAX, 0, 0},
		{"HELP  x", "HELP", 0, 0, 0},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct command_args a;
		struct str rest;
		const struct command *c = command_find(&table, str_of(t[i].line), &rest);

		if (!t[i].name) {
			assert_null(c);
			continue;
		}
		assert_non_null(c);
		assert_string_equal(c->name, t[i].name);
		assert_int_equal(command_args(c, rest, &a), t[i].result);
		if (t[i].result == 0 && a.n > 0) {
			assert_int_equal(a.num[0], t[i].a);
			assert_int_equal(a.num[1], t[i].b);
		}
	}
}

static void text_keeps_its_spaces(void **state)
{
	struct command_args a;
	struct str rest;
	const struct command *c = command_find(&table, STR("user  a b "), &rest);

	assert_int_equal(command_args(c, rest, &a), 0);
	assert_true(str_eq(a.text, STR(" a b ")));
}

static void calls_are_counted(void **state)
{
	command_counted(&table, &rows[3], 0, 5);
	command_counted(&table, &rows[3], E_NOMSG, 7);
	assert_int_equal(counts[3].calls, 2);
	assert_int_equal(counts[3].errors, 1);
	assert_int_equal(counts[3].us, 12);
	assert_int_equal(counts[2].calls, 0);
}

static void reference_names_every_row(void **state)
{
	struct buf b;

	buf_init(&b, 4096);
	command_reference(&table, &b);
	assert_int_equal(b.failed, 0);
	for (size_t i = 0; i < COLUMNS(rows); i++)
		assert_true(str_search(buf_str(&b), str_of(rows[i].name)) >= 0);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_cut_by_shape),
		cmocka_unit_test(text_keeps_its_spaces),
		cmocka_unit_test(calls_are_counted),
		cmocka_unit_test(reference_names_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
