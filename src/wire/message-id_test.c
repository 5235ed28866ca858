/* message-id_test.c - message ids in fields as they are met.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/attr.h"
#include "wire/message-id.h"

static const struct {
	const char *field, *ids; /* separated by one space */
} rows[] = {
	{"", ""},
	{"<a@b>", "a@b"},
	{"<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>", "01KF8JCEOCBS0045PS@xxx.yyy.com"}, /* RFC 5256 3 */
	{"<01KF8JCEOCBS0045PS@xxx.yyy.com>", "01KF8JCEOCBS0045PS@xxx.yyy.com"},
	{"<a@b> <c@d>\r\n\t<e@f>", "a@b c@d e@f"},
	{"<a@b><c@d>,<e@f>", "a@b c@d e@f"},
	{"Your message of Friday <a@b> by <joe@x>", "a@b joe@x"},
	{"<no-at> <a@b>", "a@b"},
	{"<@b> <a@> <@> <> <a@b>", "a@b"},
	{"<a@b", ""},
	{"<a@b <c@d>", "c@d"},
	{"< a . b @ c >", "a.b@c"},
	{"<\"a>b\"@c>", "a>b@c"},
	{"<\"a\\\"b\"@c>", "a\"b@c"},
	{"<\"a@b> <c@d>", ""},
	{"<a@[1.2.3.4]>", "a@[1.2.3.4]"},
	{"<A@b> <a@b>", "A@b a@b"}, /* case matters */
	{"<a@b@c>", "a@b@c"},
};

static void ids(void **state)
{
	struct buf id, all;

	buf_init(&id, 100);
	buf_init(&all, 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct str in = str_of(rows[i].field);

		buf_clear(&all);
		while (message_id_next(&in, &id)) {
			buf_add(&all, all.n ? STR(" ") : STR(""));
			buf_add(&all, buf_str(&id));
		}
		assert_int_equal(0, in.n);
		if (!str_eq(buf_str(&all), str_of(rows[i].ids)))
			fail_msg("%s: " STR_FMT, rows[i].field, STR_ARG(buf_str(&all)));
	}
	buf_free(&id);
	buf_free(&all);
}

static void too_long_ones_are_passed_over(void **state)
{
	struct str in = STR("<abcdefgh@ijklm> <a@b>");
	struct buf id;

	buf_init(&id, 8);
	assert_true(message_id_next(&in, &id));
	assert_true(str_eq(buf_str(&id), STR("a@b")));
	assert_false(message_id_next(&in, &id));
	buf_free(&id);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(too_long_ones_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
