/* header_test.c - writing and reading header fields, by rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/header.h"

#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void adds(void **state)
{
	static const struct {
		const char *name;
		struct str value, out;
	} t[] = {
		{"Subject", STR("hi"), STR("Subject: hi\r\n")},
		{"Subject", STR(""), STR("Subject: \r\n")},
		{"Subject", STR(A40 " " A40), STR("Subject: " A40 "\r\n " A40 "\r\n")},
		{"Subject", STR(A40 "\t " A40 " b"), STR("Subject: " A40 "\r\n\t " A40 " b\r\n")},
		{"Subject", STR(A40 A40 A40), STR("Subject: " A40 A40 A40 "\r\n")},
		{"S", STR(A40 A40 "      "), STR("S: " A40 A40 "      \r\n")},
		{"S", STR(" " A40 A40 " b"), STR("S:  " A40 A40 "\r\n b\r\n")},
		{"Return-Path", STR("<\xc3\xa9@\xc3\xa9.test>"),
		 STR("Return-Path: <\xc3\xa9@\xc3\xa9.test>\r\n")},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct buf b;

		buf_init(&b, 1000);
		assert_int_equal(header_add(&b, t[i].name, t[i].value), 0);
		assert_true(str_eq(buf_str(&b), t[i].out));
		buf_free(&b);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *name;
		struct str value;
	} t[] = {
		{"Subject", STR("a\r\nBcc: b")},
		{"Subject", STR("a\nb")},
		{"Subject", STR("a\rb")},
		{"Subject", STR("a\0b")},
		{"Subject", STR("\x1b[1m")},
		{"Subject", STR("\x7f")},
		{"Subject", STR("a\r\n b")},
		{"", STR("a")},
		{"A B", STR("a")},
		{"A:", STR("a")},
		{"A\r\nB", STR("a")},
		{"A\xc3\xa9", STR("a")},
		{"A\t", STR("a")},
		{"A\x7f", STR("a")},
	};
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < COLUMNS(t); i++) {
		assert_int_equal(header_add(&b, t[i].name, t[i].value), E_SYNTAX);
		assert_int_equal(b.n, 0);
	}
	buf_free(&b);
}

static void no_half_field_past_the_limit(void **state)
{
	struct buf b;

	buf_init(&b, 20);
	assert_int_equal(header_add(&b, "A", STR("b")), 0);
	assert_int_equal(header_add(&b, "Subject", STR("long enough for that")), E_TOOBIG);
	assert_int_equal(b.n, 6);
	buf_free(&b);
}

static void reads(void **state)
{
	static const char text[] =
		"From x@y Mon Jan  1 10:00:00\r\nA: 1\r\nB :\t2\r\n 3\r\n\t4\r\nno colon\r\n"
		" \r\nC:\nD:5\n\r\nbody";
	static const struct {
		struct str name, value;
	} t[] = {
		{STR(""), STR("From x@y Mon Jan  1 10:00:00")},
		{STR("A"), STR(" 1")},
		{STR("B"), STR("\t2\r\n 3\r\n\t4")},
		{STR(""), STR("no colon\r\n ")},
		{STR("C"), STR("")},
		{STR("D"), STR("5")},
	};
	struct str rest = str_of(text);
	struct header_field f;

	for (size_t i = 0; i < COLUMNS(t); i++) {
		assert_true(header_next(&rest, &f));
		assert_true(str_eq(f.name, t[i].name));
		assert_true(str_eq(f.value, t[i].value));
	}
	assert_false(header_next(&rest, &f));
	assert_true(str_eq(rest, STR("body")));
	rest = STR("A: 1");
	assert_true(header_next(&rest, &f));
	assert_false(header_next(&rest, &f));
}

static void unfolds(void **state)
{
	static const struct {
		struct str in, out;
	} t[] = {
		{STR(" a"), STR("a")},        {STR(" a\r\n b\r\n\tc "), STR("a b\tc")},
		{STR("\r\n a"), STR("a")},    {STR("a\n b"), STR("a b")},
		{STR(""), STR("")},           {STR(" \r\n "), STR("")},
		{STR("a\r b"), STR("a\r b")},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(header_unfold(t[i].in, &b), 0);
		assert_true(str_eq(buf_str(&b), t[i].out));
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds),
		cmocka_unit_test(refuses),
		cmocka_unit_test(no_half_field_past_the_limit),
		cmocka_unit_test(reads),
		cmocka_unit_test(unfolds),
	};

	return cmocka_run_group_tests_name("wire/header", tests, NULL, NULL);
}
