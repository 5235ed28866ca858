/* out_test.c - one table in its three dresses.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/err.h"
#include "cmd/out.h"

static struct buf said, complained;

static void keep(struct out *o, bool is_error, struct str bytes)
{
	buf_add(is_error ? &complained : &said, bytes);
}

static int setup(void **state)
{
	buf_init(&said, 1 << 20);
	buf_init(&complained, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	buf_free(&said);
	buf_free(&complained);
	return 0;
}

static const struct column columns[] = {
	{"NAME", "name", CELL_TEXT},   {"N", "n", CELL_NUMBER},	    {"SIZE", "size", CELL_SIZE},
	{"OK", "is_ok", CELL_BOOL},    {"SINCE", "since", CELL_TIME},
};

static void fill(struct table *t)
{
	table_init(t, columns, COLUMNS(columns));
	table_text(t, STR("j\xc3\xb6rg"));
	table_int(t, 7);
	table_int(t, 1536);
	table_int(t, 1);
	table_int(t, 0);
	table_text(t, STR("al\"ice"));
	table_int(t, 12345);
	table_int(t, 900);
	table_int(t, 0);
	table_int(t, 1795467207123);
}

static void says(struct out o, const char *expected)
{
	struct table t;

	o.write = keep;
	buf_clear(&said);
	fill(&t);
	assert_int_equal(table_print(&t, &o), 0);
	buf_add_char(&said, '\0');
	assert_string_equal(said.p, expected);
}

static void a_pipe_gets_tabs_and_plain_numbers(void **state)
{
	says((struct out){0}, "j\xc3\xb6rg\t7\t1536\tyes\t-\n"
			      "al\"ice\t12345\t900\tno\t2026-11-23T20:53:27Z\n");
}

static void a_terminal_gets_columns(void **state)
{
	says((struct out){.is_terminal = true},
	     "\033[1mNAME        N     SIZE  OK   SINCE\033[0m\n"
	     "j\xc3\xb6rg        7  1.5 KiB  yes  -\n"
	     "al\"ice  12345    900 B  no   2026-11-23T20:53:27Z\n");
}

static void json_is_an_array_of_objects(void **state)
{
	says((struct out){.is_json = true, .is_terminal = true},
	     "[\n  {\n    \"name\": \"j\\u00F6rg\",\n    \"n\": 7,\n    \"size\": 1536,\n"
	     "    \"is_ok\": true,\n    \"since\": null\n  },\n"
	     "  {\n    \"name\": \"al\\\"ice\",\n    \"n\": 12345,\n    \"size\": 900,\n"
	     "    \"is_ok\": false,\n    \"since\": \"2026-11-23T20:53:27Z\"\n  }\n]\n");
}

static void records_are_lines_or_one_object(void **state)
{
	struct out o = {.write = keep};
	struct table t;

	for (int json = 0; json < 2; json++) {
		buf_clear(&said);
		o.is_json = json;
		table_init(&t, columns, 2);
		table_text(&t, STR("x"));
		table_int(&t, 5);
		assert_int_equal(table_print_record(&t, &o), 0);
		buf_add_char(&said, '\0');
		assert_string_equal(said.p, json ? "{\n  \"name\": \"x\",\n  \"n\": 5\n}\n"
						 : "name\tx\nn\t5\n");
	}
}

static void long_lists_are_whole(void **state)
{
	enum { ROWS = 30000 };
	struct out o = {.write = keep};
	struct table t;

	buf_free(&said);
	buf_init(&said, 64 << 20);
	for (int dress = 0; dress < 3; dress++) {
		o.is_json = dress == 1;
		o.is_terminal = dress == 2;
		buf_clear(&said);
		table_init(&t, columns, 2);
		for (int i = 0; i < ROWS; i++) {
			table_text(&t, STR("somebody-with-a-name-of-some-length@example.test"));
			table_int(&t, i);
		}
		assert_int_equal(table_print(&t, &o), 0);
		assert_int_equal(said.failed, 0);
		assert_true(str_search(buf_str(&said), STR("29999")) > 0);
		assert_true(said.n > ROWS * 50);
	}
}

static void errors_name_program_and_verb(void **state)
{
	struct out o = {.write = keep, .verb = "user add"};

	buf_clear(&complained);
	out_error(&o, "%s: no", "a@x");
	buf_add_char(&complained, '\0');
	assert_string_equal(complained.p, "mailkeep: user add: a@x: no\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_gets_tabs_and_plain_numbers),
		cmocka_unit_test(a_terminal_gets_columns),
		cmocka_unit_test(json_is_an_array_of_objects),
		cmocka_unit_test(records_are_lines_or_one_object),
		cmocka_unit_test(long_lists_are_whole),
		cmocka_unit_test(errors_name_program_and_verb),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
