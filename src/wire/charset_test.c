/* charset_test.c - charsets and encoded words by rows, in pieces of every size.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/charset.h"

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *charset, *in, *out;
} rows[] = {
	{"utf-8", "", ""},
	{"UTF-8", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	{"us-ascii", "caf\xe9", "caf" BAD},
	{"utf-8", "a\xed\xa0\x80z", "a" BAD BAD BAD "z"},
	{"utf-8", "a\xc0\xafz", "a" BAD BAD "z"},
	{"utf-8", "\xf0\x9f\x98z", BAD "z"},
	{"utf-8", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	{"utf-8", "\xf4\x90\x80\x80", BAD BAD BAD BAD},
	{"utf-8", "x\xe2\x82", "x" BAD},
	{"iso-8859-1", "caf\xe9 \x80", "caf\xc3\xa9 \xe2\x82\xac"},
	{"ISO-8859-1*de", "\xfc", "\xc3\xbc"},
	{"koi8-r", "\xf0\xd2\xc9", "\xd0\x9f\xd1\x80\xd0\xb8"},
	{"windows-1251", "\xcf\xf0\xe8", "\xd0\x9f\xd1\x80\xd0\xb8"},
	{"windows-1252", "a\x81z", "a" BAD "z"},
	{"iso-2022-jp", "\x1b$B$\"\x1b(Bx", "\xe3\x81\x82x"},
	{"shift_jis", "\x82\xa0", "\xe3\x81\x82"},
	{"euc-jp", "\xa4\xa2", "\xe3\x81\x82"},
	{"gb2312", "\xc4\xe3", "\xe4\xbd\xa0"},
	{"big5", "\xa7\x41", "\xe4\xbd\xa0"},
	{"euc-kr", "\xb0\xa1", "\xea\xb0\x80"},
	{"utf-7", "a&+AOk-", "a&\xc3\xa9"},
	{"utf-16le", "a\\b", NULL}, /* only that it ends */
	{"euc-jp", "\xa4", BAD},
	{"big5", "\xa7", BAD},
};

static void decodes_rows(void **state)
{
	struct buf out;

	buf_init(&out, 4096);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct str in = str_of(rows[i].in);

		for (size_t piece = 1; piece <= in.n + 1; piece++) {
			struct charset *c;

			buf_clear(&out);
			assert_int_equal(charset_open(&c, str_of(rows[i].charset)), 0);
			for (size_t at = 0; at < in.n; at += piece)
				charset_feed(c, str_head(str_from(in, at), piece), &out);
			assert_int_equal(charset_end(c, &out), 0);
			charset_close(c);
			if (rows[i].out && !str_eq(buf_str(&out), str_of(rows[i].out)))
				fail_msg("%s row %zu by %zu: \"%.*s\"", rows[i].charset, i, piece,
					 (int)out.n, out.p);
		}
	}
	buf_free(&out);
}

static void knows_its_list(void **state)
{
	static const char *const yes[] = {
		"ansi_x3.4-1968", "ASCII", "us-ascii", "UTF8", "utf-8", "utf-7", "x-sjis",
		"windows-874", "windows-31j", "iso-8859-16", "iso-8859-2", "gb_2312-80", "GBK",
		"ks_c_5601-1987", "iso-8859-8-i", "sjis", "latin1", " koi8-u ", "tis-620"};
	static const char *const no[] = {
		"", "*", "utf-9", "iso-2022-cn-ext", "utf-8//translit", "utf-8//", "UTF-8\n//IGNORE",
		"unicode-1-1-utf-7-and-a-very-long-name-that-goes-on", "iso-8859", "x"};
	struct buf out;

	buf_init(&out, 100);
	assert_true(charset_load() > 50);
	assert_true(charset_load() > 50);
	for (size_t i = 0; i < COLUMNS(yes); i++) {
		assert_true(charset_is_known(str_of(yes[i])));
		assert_int_equal(charset_decode(str_of(yes[i]), STR("a"), &out), 0);
	}
	for (size_t i = 0; i < COLUMNS(no); i++) {
		assert_false(charset_is_known(str_of(no[i])));
		assert_int_equal(charset_decode(str_of(no[i]), STR("a"), &out), E_NOTFOUND);
	}
	assert_int_equal(charset_decode_strict(STR("utf-8"), STR("a\xff"), &out), E_SYNTAX);
	assert_int_equal(charset_decode_strict(STR("euc-jp"), STR("\xa4"), &out), E_SYNTAX);
	assert_int_equal(charset_decode_strict(STR("utf-8"), STR("a\xc3\xa9"), &out), 0);
	buf_free(&out);
}

static const struct {
	const char *in, *out;
} words[] = {
	{"", ""},
	{"plain text", "plain text"},
	{" \tplain\r\n text\r\n", "plain text"},
	{"=?us-ascii?Q?a?=", "a"},
	/* RFC 2047 8 */
	{"(=?ISO-8859-1?Q?a?= b)", "(a b)"},
	{"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"},
	{"(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"},
	{"(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"},
	{"(=?ISO-8859-1?Q?a_b?=)", "(a b)"},
	{"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"},
	{"=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= <x>", "Patrik F\xc3\xa4ltstr\xc3\xb6m <x>"},
	{"=?utf-8?B?w7w=?=", "\xc3\xbc"},
	{"=?UTF-8*de?b?w7w?=", "\xc3\xbc"},
	{"=?utf-8?B?ww==?= =?utf-8?B?vA==?=", "\xc3\xbc"},
	{"=?utf-8?Q?=C3?= =?utf-8?Q?=BC?= =?utf-8?Q?=C3?= x", "\xc3\xbc" BAD " x"},
	{"=?utf-8?Q?=C3?= - =?utf-8?Q?=BC?=", BAD " - " BAD},
	{"=?utf-8?Q?x=4?= =?utf-8?Q?=?=", "x=4="},
	{"=?utf-8?Q?" "?=", ""},
	{"=?no-such?Q?a?= =?utf-8?Q?b?=", "=?no-such?Q?a?= b"},
	{"=?utf-8?Q?b?= =?no-such?Q?a?=", "b =?no-such?Q?a?="},
	{"=?utf-8?X?a?=", "=?utf-8?X?a?="},
	{"=?utf-8?Q?a", "=?utf-8?Q?a"},
	{"=?utf-8?Q?a b?=", "a b"},
	{"a =? =?utf-8?Q?b?= ?=", "a =? b ?="},
	{"=?=?utf-8?Q?b?=", "=?b"},
	{"raw \xc3\xbc and \xfc", "raw \xc3\xbc and " BAD},
	{"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "\xe3\x81\x82"},
};

static void decodes_words(void **state)
{
	struct buf out;

	buf_init(&out, 4096);
	for (size_t i = 0; i < COLUMNS(words); i++) {
		buf_clear(&out);
		assert_int_equal(words_decode(str_of(words[i].in), &out), 0);
		if (!str_eq(buf_str(&out), str_of(words[i].out)))
			fail_msg("\"%s\": \"%.*s\"", words[i].in, (int)out.n, out.p);
	}
	buf_free(&out);
}

static void stops_at_the_limit(void **state)
{
	struct buf out;

	buf_init(&out, 3);
	assert_int_equal(words_decode(STR("=?utf-8?Q?abc?= def"), &out), E_TOOBIG);
	buf_clear(&out);
	assert_int_equal(charset_decode(STR("koi8-r"), STR("\xf0\xd2\xc9"), &out), E_TOOBIG);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_rows),
		cmocka_unit_test(knows_its_list),
		cmocka_unit_test(decodes_words),
		cmocka_unit_test(stops_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
