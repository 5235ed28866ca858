/* address_test.c - the address forms of SECURITY D1 and the limits, a row each.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/address.h"

#define A16     "aaaaaaaaaaaaaaaa"
#define A63     A16 A16 A16 "aaaaaaaaaaaaaaa"
#define D64     A63 "."
#define E_ACUTE "\xc3\xa9"

enum { NONE = 0, NULL_PATH = 1, LITERAL = 2, UTF8 = 4, ROUTE = 8 };

static unsigned bits_of(const struct address *a)
{
	return (a->is_null ? NULL_PATH : 0) | (a->is_literal ? LITERAL : 0) |
	       (a->is_utf8 ? UTF8 : 0) | (a->has_route ? ROUTE : 0);
}

/* What a forward path is read as, and the name it is looked up by: no form makes it foreign. */
static void forward_paths(void **state)
{
	static const struct {
		struct str in;
		int r;
		struct str local, domain, canonical;
		unsigned bits;
	} t[] = {
		{STR("<user@us.test>"), 0, STR("user"), STR("us.test"), STR("user@us.test"), NONE},
		{STR("<User@US.Test>"), 0, STR("User"), STR("US.Test"), STR("user@us.test"), NONE},
		{STR("<user@us.test.>"), 0, STR("user"), STR("us.test."), STR("user@us.test"),
		 NONE},
		{STR("<user%ext.test@us.test>"), 0, STR("user%ext.test"), STR("us.test"),
		 STR("user%ext.test@us.test"), NONE},
		{STR("<ext.test!user@us.test>"), 0, STR("ext.test!user"), STR("us.test"),
		 STR("ext.test!user@us.test"), NONE},
		{STR("<user%ext.test%us.test@us.test>"), 0, STR("user%ext.test%us.test"),
		 STR("us.test"), STR("user%ext.test%us.test@us.test"), NONE},
		{STR("<\"user@ext.test\"@us.test>"), 0, STR("\"user@ext.test\""), STR("us.test"),
		 STR("user@ext.test@us.test"), NONE},
		{STR("<\"user\"@us.test>"), 0, STR("\"user\""), STR("us.test"), STR("user@us.test"),
		 NONE},
		{STR("<\"u\\ser\"@us.test>"), 0, STR("\"u\\ser\""), STR("us.test"),
		 STR("user@us.test"), NONE},
		{STR("<\"a b\"@us.test>"), 0, STR("\"a b\""), STR("us.test"), STR("a b@us.test"),
		 NONE},
		{STR("<\"a\\\"b\"@us.test>"), 0, STR("\"a\\\"b\""), STR("us.test"),
		 STR("a\"b@us.test"), NONE},
		{STR("<\"a>b\"@us.test>"), 0, STR("\"a>b\""), STR("us.test"), STR("a>b@us.test"),
		 NONE},
		{STR("<\"a\\\\\"@us.test>"), 0, STR("\"a\\\\\""), STR("us.test"),
		 STR("a\\@us.test"), NONE},
		{STR("<\".a..b.\"@us.test>"), 0, STR("\".a..b.\""), STR("us.test"),
		 STR(".a..b.@us.test"), NONE},
		{STR("<\"\"@us.test>"), 0, STR("\"\""), STR("us.test"), STR(""),
		 NONE}, /* CVE-2020-10967 */
		{STR("<@ext.test:user@us.test>"), 0, STR("user"), STR("us.test"),
		 STR("user@us.test"), ROUTE},
		{STR("<@us.test:user@ext.test>"), 0, STR("user"), STR("ext.test"),
		 STR("user@ext.test"), ROUTE},
		{STR("<@a.test,@b.test:user@c.test>"), 0, STR("user"), STR("c.test"),
		 STR("user@c.test"), ROUTE},
		{STR("<@a.test,@b.test:\"u@d.test\"@c.test>"), 0, STR("\"u@d.test\""),
		 STR("c.test"), STR("u@d.test@c.test"), ROUTE},
		{STR("<user@[192.0.2.1]>"), 0, STR("user"), STR("[192.0.2.1]"),
		 STR("user@[192.0.2.1]"), LITERAL},
		{STR("<user@[192.000.002.001]>"), 0, STR("user"), STR("[192.000.002.001]"),
		 STR("user@[192.0.2.1]"), LITERAL},
		{STR("<user@[IPv6:2001:DB8::1]>"), 0, STR("user"), STR("[IPv6:2001:DB8::1]"),
		 STR("user@[ipv6:2001:db8::1]"), LITERAL},
		{STR("<user@[ipv6:::ffff:192.0.2.1]>"), 0, STR("user"),
		 STR("[ipv6:::ffff:192.0.2.1]"), STR("user@[ipv6:::ffff:192.0.2.1]"), LITERAL},
		{STR("<user@192.0.2.1>"), 0, STR("user"), STR("192.0.2.1"), STR("user@192.0.2.1"),
		 NONE},
		{STR("<user@localhost>"), 0, STR("user"), STR("localhost"), STR("user@localhost"),
		 NONE},
		{STR("<Postmaster>"), 0, STR("Postmaster"), STR(""), STR("postmaster"), NONE},
		{STR("<pOSTMASTER>"), 0, STR("pOSTMASTER"), STR(""), STR("postmaster"), NONE},
		{STR("<postmaster@us.test>"), 0, STR("postmaster"), STR("us.test"),
		 STR("postmaster@us.test"), NONE},
		{STR("<postmasters@us.test>"), 0, STR("postmasters"), STR("us.test"),
		 STR("postmasters@us.test"), NONE},
		{STR("<user+detail@us.test>"), 0, STR("user+detail"), STR("us.test"),
		 STR("user+detail@us.test"), NONE},
		{STR("<!#$%&'*+-/=?^_`{|}~@us.test>"), 0, STR("!#$%&'*+-/=?^_`{|}~"),
		 STR("us.test"), STR("!#$%&'*+-/=?^_`{|}~@us.test"), NONE},
		{STR("<|cat@us.test>"), 0, STR("|cat"), STR("us.test"), STR("|cat@us.test"), NONE},
		{STR("<us" E_ACUTE "r@us.test>"), 0, STR("us" E_ACUTE "r"), STR("us.test"),
		 STR("us" E_ACUTE "r@us.test"), UTF8},
		{STR("<US\xc3\x89R@us.test>"), 0, STR("US\xc3\x89R"), STR("us.test"),
		 STR("us" E_ACUTE "r@us.test"), UTF8},
		{STR("<e\xcc\x81@us.test>"), 0, STR("e\xcc\x81"), STR("us.test"),
		 STR(E_ACUTE "@us.test"), UTF8},
		{STR("<\"" E_ACUTE "\"@us.test>"), 0, STR("\"" E_ACUTE "\""), STR("us.test"),
		 STR(E_ACUTE "@us.test"), UTF8},
		{STR("<user@b\xc3\xbc"
		     "cher.test>"),
		 0, STR("user"),
		 STR("b\xc3\xbc"
		     "cher.test"),
		 STR("user@b\xc3\xbc"
		     "cher.test"),
		 UTF8},
		{STR("<user@B\xc3\x9c"
		     "CHER.test>"),
		 0, STR("user"),
		 STR("B\xc3\x9c"
		     "CHER.test"),
		 STR("user@b\xc3\xbc"
		     "cher.test"),
		 UTF8},
		{STR("<user@xn--bcher-kva.test>"), 0, STR("user"), STR("xn--bcher-kva.test"),
		 STR("user@b\xc3\xbc"
		     "cher.test"),
		 NONE},
		{STR("<user@XN--BCHER-KVA.Test.>"), 0, STR("user"), STR("XN--BCHER-KVA.Test."),
		 STR("user@b\xc3\xbc"
		     "cher.test"),
		 NONE},
		{STR("<user@\xef\xbd\x95\xef\xbd\x93.test>"), 0, STR("user"),
		 STR("\xef\xbd\x95\xef\xbd\x93.test"), STR("user@us.test"),
		 UTF8}, /* full-width letters */
		{STR("<user@us\xe3\x80\x82test>"), 0, STR("user"), STR("us\xe3\x80\x82test"),
		 STR("user@us.test"), UTF8}, /* an ideographic full stop */
		{STR("<user@xn--zzzzzzzzzz--9.test>"), 0, STR("user"),
		 STR("xn--zzzzzzzzzz--9.test"), STR(""), NONE},
		{STR("<user@a\xef\xbc\xa0"
		     "b.test>"),
		 0, STR("user"),
		 STR("a\xef\xbc\xa0"
		     "b.test"),
		 STR(""), UTF8}, /* a full-width @ must not become one */
		{STR("<u@xn--bshceevtatat>"), 0, STR("u"), STR("xn--bshceevtatat"), STR(""),
		 NONE}, /* fuzzing */
		{STR("<u@a.b.\xc2\xad>"), 0, STR("u"), STR("a.b.\xc2\xad"), STR("u@a.b"),
		 UTF8}, /* fuzzing */
		{STR("<>"), E_SYNTAX},
		{STR("<user>"), E_SYNTAX},
		{STR("<\"postmaster\">"), E_SYNTAX},
		{STR("<user@>"), E_SYNTAX},
		{STR("<@us.test>"), E_SYNTAX},
		{STR("<user@ext.test@us.test>"), E_SYNTAX},
		{STR("<user@us.test>@ext.test>"), 0, STR("user"), STR("us.test"),
		 STR("user@us.test"), NONE},
		{STR("<<user@us.test>>"), E_SYNTAX},
		{STR("[user@us.test>"), E_SYNTAX},
		{STR("user@us.test"), E_SYNTAX},
		{STR(""), E_SYNTAX},
		{STR("<"), E_SYNTAX},
		{STR("<user@us.test"), E_SYNTAX},
		{STR("< user@us.test>"), E_SYNTAX},
		{STR("<user@us.test >"), E_SYNTAX},
		{STR("<us er@us.test>"), E_SYNTAX},
		{STR("<us\0er@us.test>"), E_SYNTAX},
		{STR("<user@us\0.test>"), E_SYNTAX},
		{STR("<\"us\0er\"@us.test>"), E_SYNTAX},
		{STR("<\"us\\\0er\"@us.test>"), E_SYNTAX},
		{STR("<\"us\ter\"@us.test>"), E_SYNTAX},
		{STR("<\"us\r\ner\"@us.test>"), E_SYNTAX},
		{STR("<user\r\n@us.test>"), E_SYNTAX},
		{STR("<user\x7f@us.test>"), E_SYNTAX},
		{STR("<\"user@us.test>"), E_SYNTAX},
		{STR("<\"user\"x@us.test>"), E_SYNTAX},
		{STR("<x\"user\"@us.test>"), E_SYNTAX},
		{STR("<\"a\".b@us.test>"), E_SYNTAX},
		{STR("<.user@us.test>"), E_SYNTAX},
		{STR("<user.@us.test>"), E_SYNTAX},
		{STR("<us..er@us.test>"), E_SYNTAX},
		{STR("<user@.us.test>"), E_SYNTAX},
		{STR("<user@us..test>"), E_SYNTAX},
		{STR("<user@us.test..>"), E_SYNTAX},
		{STR("<user@.>"), E_SYNTAX},
		{STR("<user@-us.test>"), E_SYNTAX},
		{STR("<user@us-.test>"), E_SYNTAX},
		{STR("<user@u_s.test>"), E_SYNTAX},
		{STR("<user@(us).test>"), E_SYNTAX},
		{STR("<(c)user@us.test>"), E_SYNTAX},
		{STR("<us:er@us.test>"), E_SYNTAX},
		{STR("<us,er@us.test>"), E_SYNTAX},
		{STR("<us\\er@us.test>"), E_SYNTAX},
		{STR("<ext.test:user@us.test>"), E_SYNTAX},
		{STR("<@ext.test,user@us.test>"), E_SYNTAX},
		{STR("<@ext.test,:user@us.test>"), E_SYNTAX},
		{STR("<@ext.test user@us.test>"), E_SYNTAX},
		{STR("<@:user@us.test>"), E_SYNTAX},
		{STR("<@ext.test:>"), E_SYNTAX},
		{STR("<@ext.test:Postmaster>"), E_SYNTAX},
		{STR("<user@[192.0.2.256]>"), E_SYNTAX},
		{STR("<user@[0192.0.2.1]>"), E_SYNTAX},
		{STR("<user@[192.0.2]>"), E_SYNTAX},
		{STR("<user@[192.0.2.1.1]>"), E_SYNTAX},
		{STR("<user@[192.0.2.1>"), E_SYNTAX},
		{STR("<user@[192.0.2.1]x>"), E_SYNTAX},
		{STR("<user@[]>"), E_SYNTAX},
		{STR("<user@[us.test]>"), E_SYNTAX},
		{STR("<user@[2001:db8::1]>"), E_SYNTAX},
		{STR("<user@[IPv6:2001:db8]>"), E_SYNTAX},
		{STR("<user@[IPv6:]>"), E_SYNTAX},
		{STR("<user@[tag:content]>"), E_SYNTAX},
		{STR("<us\xff"
		     "er@us.test>"),
		 E_UTF8},
		{STR("<user@us\xc0\xae"
		     "test>"),
		 E_UTF8}, /* an overlong dot */
		{STR("<\"\xed\xa0\x80\"@us.test>"), E_UTF8},
		{STR("<user@us.test\xc3>"), E_UTF8},
		{STR("<" A63 "a@us.test>"), 0, STR(A63 "a"), STR("us.test"), STR(A63 "a@us.test"),
		 NONE},
		{STR("<" A63 "aa@us.test>"), E_RANGE},
		{STR("<u@" A63 ".test>"), 0, STR("u"), STR(A63 ".test"), STR("u@" A63 ".test"),
		 NONE},
		{STR("<u@" A63 "a.test>"), E_RANGE},
		{STR("<u@" D64 D64 D64 A16 A16 A16 "aaaaaa.tests>"), 0, STR("u"),
		 STR(D64 D64 D64 A16 A16 A16 "aaaaaa.tests"),
		 STR("u@" D64 D64 D64 A16 A16 A16 "aaaaaa.tests"), NONE},
		{STR("<uu@" D64 D64 D64 A16 A16 A16 "aaaaaa.tests>"), E_RANGE}, /* 257 octets */
		{STR("<u@" D64 D64 D64 A63 ">"),
		 E_RANGE}, /* 255 are fine for a domain, 259 not for a path */
		{STR("<u@" D64 D64 D64 A63 ".a>"), E_RANGE},
		{STR("<@" D64 D64 "test:" A63 "@" A63 ">"), E_RANGE},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct str rest = STR("unset");
		struct address a = {0};
		struct buf b;
		int r = path_parse(t[i].in, PATH_FORWARD, &a, &rest);

		if (r != t[i].r || !str_eq(a.local, t[i].local) || !str_eq(a.domain, t[i].domain) ||
		    bits_of(&a) != t[i].bits)
			fail_msg("row %zu: %d [%.*s] [%.*s] %u", i, r, STR_ARG(a.local),
				 STR_ARG(a.domain), bits_of(&a));
		if (r < 0)
			continue;
		buf_init(&b, 1000);
		r = address_canonical(&a, &b);
		if (r != (t[i].canonical.n ? 0 : E_SYNTAX) || !str_eq(buf_str(&b), t[i].canonical))
			fail_msg("row %zu: canonical %d [%.*s]", i, r, STR_ARG(b));
		buf_free(&b);
	}
}

static void reverse_paths(void **state)
{
	static const struct {
		struct str in;
		int r;
		unsigned bits;
		struct str rest;
	} t[] = {
		{STR("<>"), 0, NULL_PATH, STR("")},
		{STR("<> SIZE=1"), 0, NULL_PATH, STR(" SIZE=1")},
		{STR("<a@b.test> BODY=8BITMIME"), 0, NONE, STR(" BODY=8BITMIME")},
		{STR("<@c.test:a@b.test>x"), 0, ROUTE, STR("x")},
		{STR("<Postmaster>"), E_SYNTAX, NONE, STR("unset")},
		{STR("<a>"), E_SYNTAX, NONE, STR("unset")},
		{STR("< >"), E_SYNTAX, NONE, STR("unset")},
		{STR("<@a.test:>"), E_SYNTAX, NONE, STR("unset")},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct str rest = STR("unset");
		struct address a = {0};

		assert_int_equal(path_parse(t[i].in, PATH_REVERSE, &a, &rest), t[i].r);
		assert_int_equal(bits_of(&a), t[i].bits);
		assert_true(str_eq(rest, t[i].rest));
	}
}

static void addresses_without_brackets(void **state)
{
	static const struct {
		struct str in;
		int r;
	} t[] = {
		{STR("a@b.test"), 0},
		{STR("\"a b\"@b.test"), 0},
		{STR("a@[192.0.2.1]"), 0},
		{STR("a@b.test "), E_SYNTAX},
		{STR("<a@b.test>"), E_SYNTAX},
		{STR("a"), E_SYNTAX},
		{STR("postmaster"), E_SYNTAX},
		{STR("@c.test:a@b.test"), E_SYNTAX},
		{STR(""), E_SYNTAX},
		{STR("a@b.test>"), E_SYNTAX},
		{STR("u@" D64 D64 D64 A16 A16 A16 "aaaaaa.tests"), 0},
		{STR("uu@" D64 D64 D64 A16 A16 A16 "aaaaaa.tests"), E_RANGE},
		{STR("u@" D64 D64 D64 A63), E_RANGE},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct address a;

		assert_int_equal(address_parse(t[i].in, &a), t[i].r);
	}
}

static void domains(void **state)
{
	static const struct {
		struct str in;
		int r;
		struct str out;
	} t[] = {
		{STR("Us.TEST."), 0, STR("us.test")},
		{STR("[192.0.2.1]"), 0, STR("[192.0.2.1]")},
		{STR("[IPv6:1:0:0:0:0:0:0:1]"), 0, STR("[ipv6:1::1]")},
		{STR("xn--bcher-kva.test"), 0,
		 STR("b\xc3\xbc"
		     "cher.test")},
		{STR(""), E_SYNTAX},
		{STR("."), E_SYNTAX},
		{STR("a b"), E_SYNTAX},
		{STR("a\0b"), E_SYNTAX},
		{STR("[192.0.2.1"), E_SYNTAX},
		{STR("a@b"), E_SYNTAX},
		{STR("["), E_SYNTAX},
		{STR("a\xff"), E_UTF8},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct buf b;

		buf_init(&b, 300);
		assert_int_equal(domain_canonical(t[i].in, &b), t[i].r);
		assert_true(str_eq(buf_str(&b), t[i].out));
		buf_free(&b);
	}
}

/* The canonical form is written so that it reads as the same address again. */
static void written_ones_can_be_read(void **state)
{
	static const char *const rows[][2] = {
		{"alice@example.test", "alice@example.test"},
		{"a b@example.test", "\"a b\"@example.test"},
		{"a@b@example.test", "\"a@b\"@example.test"},
		{"a\"b\\c@example.test", "\"a\\\"b\\\\c\"@example.test"},
		{".a@example.test", "\".a\"@example.test"},
		{"j\xc3\xa4rvi@example.test", "j\xc3\xa4rvi@example.test"},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct address a;
		struct buf b;

		buf_init(&b, 300);
		assert_int_equal(address_written(str_of(rows[i][0]), &b), 0);
		assert_true(str_eq(buf_str(&b), str_of(rows[i][1])));
		assert_int_equal(address_parse(buf_str(&b), &a), 0);
		buf_clear(&b);
		assert_int_equal(address_canonical(&a, &b), 0);
		assert_true(str_eq(buf_str(&b), str_of(rows[i][0])));
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forward_paths),
		cmocka_unit_test(reverse_paths),
		cmocka_unit_test(addresses_without_brackets),
		cmocka_unit_test(domains),
		cmocka_unit_test(written_ones_can_be_read),
	};

	return cmocka_run_group_tests_name("wire/address", tests, NULL, NULL);
}
