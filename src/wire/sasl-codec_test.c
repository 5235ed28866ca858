/* sasl-codec_test.c - base64, PLAIN and UTF-8, by rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/sasl-codec.h"

static void base64_rows(void **state)
{
	static const struct {
		struct str plain, coded;
	} t[] = {
		/* RFC 4648 10 */
		{STR(""), STR("")},
		{STR("f"), STR("Zg==")},
		{STR("fo"), STR("Zm8=")},
		{STR("foo"), STR("Zm9v")},
		{STR("foob"), STR("Zm9vYg==")},
		{STR("fooba"), STR("Zm9vYmE=")},
		{STR("foobar"), STR("Zm9vYmFy")},
		{STR("\xff\xfe\xfb"), STR("//77")},
		{STR("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61"
		     "\x96\x9b\x71\xd7\x9f"
		     "\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3"
		     "\x9e\xbb\xf3\xdf\xbf"),
		 STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")},
		{STR("\0\0\0\0"), STR("AAAAAA==")},
		{STR("\xfb\xef\xbe"), STR("++++")},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(base64_encode(t[i].plain, &b), 0);
		assert_true(str_eq(buf_str(&b), t[i].coded));
		buf_clear(&b);
		assert_int_equal(base64_decode(t[i].coded, &b), 0);
		assert_true(str_eq(buf_str(&b), t[i].plain));
		buf_free(&b);
	}
}

static void base64_refuses(void **state)
{
	static const struct str t[] = {
		STR("Z"),        STR("Zg"),       STR("Zg="),    STR("Zg==="), STR("Zh=="),
		STR("Zm9="),     STR("===="),     STR("Z==="),   STR("Zg== "), STR(" Zg=="),
		STR("Zm\r\n9v"), STR("Zg==Zg=="), STR("Zm9v\n"), STR("Zm-v"),  STR("Zm_v"),
		STR("Z\0=="),    STR("Zm\x80v"),  STR("=Zg="),   STR("Z=g="),  STR("Zm8=Zm9v"),
	};
	struct buf b;

	buf_init(&b, 100);
	buf_add(&b, STR("x"));
	for (size_t i = 0; i < COLUMNS(t); i++) {
		assert_int_equal(base64_decode(t[i], &b), E_SYNTAX);
		assert_int_equal(b.n, 1); /* nothing half done */
	}
	buf_free(&b);
}

static void plain_rows(void **state)
{
	static const struct {
		struct str in;
		int r;
		struct str z, c, p;
	} t[] = {
		{STR("\0tim\0tanstaaftanstaaf"), 0, STR(""), STR("tim"), STR("tanstaaftanstaaf")},
		{STR("Ursel\0Kurt\0xipj3plmq"), 0, STR("Ursel"), STR("Kurt"), STR("xipj3plmq")},
		{STR("\0a\0\xc3\xa9"), 0, STR(""), STR("a"), STR("\xc3\xa9")},
		{STR(""), E_SYNTAX},
		{STR("a"), E_SYNTAX},
		{STR("\0a"), E_SYNTAX},
		{STR("\0\0p"), E_SYNTAX},
		{STR("\0a\0"), E_SYNTAX},
		{STR("\0a\0p\0"), E_SYNTAX},
		{STR("\0a\0p\0q"), E_SYNTAX},
		{STR("\0a\0\xff"), E_UTF8},
		{STR("\0\xc0\x80\0p"), E_UTF8},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct sasl_plain p = {0};

		assert_int_equal(sasl_plain_parse(t[i].in, &p), t[i].r);
		assert_true(str_eq(p.authzid, t[i].z));
		assert_true(str_eq(p.authcid, t[i].c));
		assert_true(str_eq(p.password, t[i].p));
	}
}

static void utf8_rows(void **state)
{
	static const struct {
		struct str s;
		bool valid;
	} t[] = {
		{STR(""), true},
		{STR("plain ascii, longer than eight"), true},
		{STR("\xc3\xa9"), true},
		{STR("\xe2\x82\xac"), true},
		{STR("\xf0\x9f\x98\x80"), true},
		{STR("12345678\xc3\xa9"), true},
		{STR("\xc2\x80"), true},
		{STR("\xdf\xbf"), true},
		{STR("\xe0\xa0\x80"), true},
		{STR("\xed\x9f\xbf"), true},
		{STR("\xee\x80\x80"), true},
		{STR("\xef\xbf\xbf"), true},
		{STR("\xf0\x90\x80\x80"), true},
		{STR("\xf4\x8f\xbf\xbf"), true},
		{STR("\0"), true},
		{STR("\x80"), false},
		{STR("\xbf"), false},
		{STR("\xc0\x80"), false},
		{STR("\xc1\xbf"), false},
		{STR("\xe0\x9f\xbf"), false},
		{STR("\xed\xa0\x80"), false},
		{STR("\xed\xbf\xbf"), false},
		{STR("\xf0\x8f\xbf\xbf"), false},
		{STR("\xf4\x90\x80\x80"), false},
		{STR("\xf5\x80\x80\x80"), false},
		{STR("\xff"), false},
		{STR("\xc3"), false},
		{STR("\xe2\x82"), false},
		{STR("\xf0\x9f\x98"), false},
		{STR("\xc3("), false},
		{STR("\xe2\x82("), false},
		{STR("1234567\xc3"), false},
		{STR("12345678\xff"), false},
	};

	for (size_t i = 0; i < COLUMNS(t); i++)
		assert_int_equal(utf8_is_valid(t[i].s), t[i].valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_rows),
		cmocka_unit_test(base64_refuses),
		cmocka_unit_test(plain_rows),
		cmocka_unit_test(utf8_rows),
	};

	return cmocka_run_group_tests_name("wire/sasl-codec", tests, NULL, NULL);
}
