/* import_test.c - From_ lines, names of folders, folders and messages as octets: by rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/err.h"
#include "store/import/mbox.h"

static const struct {
	const char *line, *sender;
	int64_t s;
	int zone;
} froms[] = {
	{"From a@b.c Thu Jan  1 00:00:10 1970", "a@b.c", 10, 0},
	{"From a@b.c Thu Jan  1 02:00:10 1970 +0200\r\n", "a@b.c", 10, 120},
	{"From a@b.c Thu Jan  1 00:00:10 +0000 1970\n", "a@b.c", 10, 0},
	{"From a@b.c Thu Jan  1 00:00 1970\n", "a@b.c", 0, 0},
	{"From a@b.c Thu Jan 1 00:00:10 EST 1970 remote from x", "a@b.c", 10, 0},
	{"From - Sat Mar 04 05:06:07 2023", "-", 1677906367, 0},
	{"From \"a b\"@c Sat Mar  4 05:06:07 2023", "\"a", 1677906367, 0},
	{"From Sat Mar  4 05:06:07 2023", "", 1677906367, 0},
	{"From  a@b.c  Sat Mar  4 05:06:07 2023", "a@b.c", 1677906367, 0},
	{"From Mar Sat Mar  4 05:06:07 2023", "Mar", 1677906367, 0},
	{"From here to there", NULL}, {"From", NULL}, {"From ", NULL}, {">From a@b.c Thu Jan  1 00:00:10 1970", NULL},
	{"from a@b.c Thu Jan  1 00:00:10 1970", NULL}, {"From a@b.c Thu Jan  1 1970", NULL},
	{"From a@b.c Thu Jan 32 00:00:10 1970", NULL}, {"From a@b.c Thu Jan  1 24:00:10 1970", NULL},
	{"From a@b.c Thu Jan  1 00:00:10 70", NULL}, {"From a@b.c Thu Foo  1 00:00:10 1970", NULL},
};

static void from_lines(void **state)
{
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < COLUMNS(froms); i++) {
		struct str sender, again;
		int64_t ms, ms_again;
		int16_t zone, zone_again;
		bool is = mbox_from_parse(str_of(froms[i].line), &sender, &ms, &zone);

		if (is != (froms[i].sender != NULL))
			fail_msg("%s", froms[i].line);
		if (!is)
			continue;
		if (ms != froms[i].s * 1000 || zone != froms[i].zone ||
		    !str_eq(sender, str_of(froms[i].sender)))
			fail_msg("%s: %lld %d", froms[i].line, (long long)ms, zone);
		buf_clear(&out);
		assert_int_equal(0, mbox_from_write(&out, STR("x@y"), ms, zone));
		assert_true(mbox_from_parse(buf_str(&out), &again, &ms_again, &zone_again));
		assert_true(ms_again == ms && zone_again == zone && str_eq(again, STR("x@y")));
	}
	buf_free(&out);
}

static void names_go_there_and_back(void **state)
{
	static const char *const names[][2] = {
		{"a", "a"}, {"a.b", "a\\2eb"}, {"..", "\\2e\\2e"}, {"a\\b", "a\\5cb"}, {"a&b", "a&-b"},
		{"B\xc3\xbcro", "B&APw-ro"}, {"\xe6\x97\xa5", "&ZeU-"}, {"a b", "a b"}, {".x.", "\\2ex\\2e"},
	};
	struct buf out, back;

	buf_init(&out, 1000);
	buf_init(&back, 1000);
	for (size_t i = 0; i < COLUMNS(names); i++) {
		buf_clear(&out);
		buf_clear(&back);
		assert_int_equal(0, level_escape(str_of(names[i][0]), true, &out));
		if (!str_eq(buf_str(&out), str_of(names[i][1])))
			fail_msg("%s: %.*s", names[i][0], (int)out.n, out.p);
		assert_int_equal(0, level_unescape(buf_str(&out), &back));
		assert_true(str_eq(buf_str(&back), str_of(names[i][0])));
	}
	/* not ours, but seen */
	buf_clear(&back);
	assert_int_equal(0, level_unescape(STR("B\xc3\xbcro & Co"), &back));
	assert_true(str_eq(buf_str(&back), STR("B\xc3\xbcro & Co")));
	buf_clear(&back);
	assert_int_equal(E_UTF8, level_unescape(STR("B\xfcro"), &back));
	buf_free(&out);
	buf_free(&back);
}

static void items_go_there_and_back(void **state)
{
	const struct str words[] = {STR("a"), STR("$Forwarded")};
	struct import_folder f = {STR("x/y"), 7, 9, true, false, words, 2}, f2;
	struct import_msg m = {.id = "0123456789abcde", .size = 1 << 20, .uid = 5, .flags = 3,
			       .keywords = words, .n_keywords = 1, .internaldate_ms = -5,
			       .internaldate_zone = -330, .uidl = STR("u"), .envelope_from = STR("a@b")}, m2;
	struct arena a;
	struct buf b;

	arena_init(&a, 1 << 20);
	buf_init(&b, 1000);
	import_folder_encode(&b, &f);
	assert_int_equal(0, import_folder_decode(buf_str(&b), &a, &f2));
	assert_true(str_eq(f2.name, f.name) && f2.uidnext == 9 && f2.n_keywords == 2 &&
		    str_eq(f2.keywords[1], words[1]) && f2.subscribed && !f2.is_name_only);
	for (size_t n = 0; n < b.n; n++)
		assert_true(import_folder_decode(str_head(buf_str(&b), n), &a, &f2) < 0);
	buf_clear(&b);
	import_msg_encode(&b, &m);
	assert_int_equal(0, import_msg_decode(buf_str(&b), &a, &m2));
	assert_true(!memcmp(m2.id, m.id, IMPORT_ID) && m2.internaldate_ms == -5 &&
		    m2.internaldate_zone == -330 && str_eq(m2.envelope_from, m.envelope_from));
	for (size_t n = 0; n < b.n; n++)
		assert_true(import_msg_decode(str_head(buf_str(&b), n), &a, &m2) < 0);
	buf_add_char(&b, 'x');
	assert_true(import_msg_decode(buf_str(&b), &a, &m2) < 0);
	buf_free(&b);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_lines),
		cmocka_unit_test(names_go_there_and_back),
		cmocka_unit_test(items_go_there_and_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
