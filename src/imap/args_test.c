/* args_test.c - the words of RFC 9051 9, by rows: what comes out, what is left, what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "imap/args.h"

static struct arena arena;

static struct args args_of(struct str in)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	return (struct args){.in = in, .arena = &arena};
}

static void same(struct str got, struct str want)
{
	if (!str_eq(got, want))
		fail_msg("got '%.*s', wanted '%.*s'", STR_ARG(got), STR_ARG(want));
}

enum word { ATOM, TAG, ASTRING, STRING, NSTRING, LIST_MAILBOX, MAILBOX };

static int take(enum word w, struct args *a, struct str *ret)
{
	static int (*const takers[])(struct args *, struct str *) = {
		arg_atom, arg_tag, arg_astring, arg_string, arg_nstring, arg_list_mailbox, arg_mailbox,
	};

	return takers[w](a, ret);
}

#define ROW(w, in, want, rest) {w, STR(in), STR(want), STR(rest), 0, false}
#define BAD(w, in) {w, STR(in), STR(""), STR(""), E_SYNTAX, false}
#define ROW8(w, in, want, rest) {w, STR(in), STR(want), STR(rest), 0, true}
#define BAD8(w, in) {w, STR(in), STR(""), STR(""), E_SYNTAX, true}

static void words(void **state)
{
	static const struct {
		enum word w;
		struct str in, want, rest;
		int e;
		bool utf8;
	} rows[] = {
		ROW(ATOM, "FLAGS)", "FLAGS", ")"), ROW(ATOM, "a+b c", "a+b", " c"),
		ROW(ATOM, "BODY[", "BODY[", ""), ROW(ATOM, "x]", "x", "]"), BAD(ATOM, ""), BAD(ATOM, " a"),
		BAD(ATOM, "(a"), BAD(ATOM, "\"a\""), BAD(ATOM, "{3}"), BAD(ATOM, "%"), BAD(ATOM, "*"),
		BAD(ATOM, "\\Seen"), BAD(ATOM, "\x7f"), BAD(ATOM, "\xc3\xa9"),
		ROW(TAG, "a]1 x", "a]1", " x"), ROW(TAG, "a+1", "a", "+1"), BAD(TAG, "+"), BAD(TAG, "*"),
		ROW(ASTRING, "in]box x", "in]box", " x"), ROW(ASTRING, "\"a b\" c", "a b", " c"),
		ROW(ASTRING, "\"\"", "", ""), ROW(ASTRING, "NIL", "NIL", ""),
		ROW(STRING, "\"a\\\"b\\\\c\"x", "a\"b\\c", "x"), BAD(STRING, "\"a\\b\""), BAD(STRING, "\"a"),
		BAD(STRING, "\"a\\"), BAD(STRING, "\"a\rb\""), BAD(STRING, "\"a\nb\""), BAD(STRING, "\"a\0b\""),
		BAD(STRING, "\""), BAD(STRING, "atom"), BAD(STRING, ""),
		ROW(STRING, "{3}\r\nabcd", "abc", "d"), ROW(STRING, "{3+}\r\na\r\n x", "a\r\n", " x"),
		ROW(STRING, "{0}\r\n", "", ""), ROW(STRING, "{0+}\r\n x", "", " x"),
		BAD(STRING, "{4}\r\nabc"), BAD(STRING, "{}\r\n"), BAD(STRING, "{+}\r\n"),
		BAD(STRING, "{-1}\r\n"), BAD(STRING, "{1}a"), BAD(STRING, "{1}\na"), BAD(STRING, "{1++}\r\na"),
		BAD(STRING, "{4294967296}\r\na"), BAD(STRING, "{18446744073709551616}\r\na"),
		BAD(STRING, "{1}\r\n\0"), BAD(STRING, "~{1}\r\na"), BAD(STRING, "{"), BAD(STRING, "{3"),
		BAD(STRING, "\"\xc3\xa9\""), ROW8(STRING, "\"\xc3\xa9\"", "\xc3\xa9", ""),
		BAD8(STRING, "\"\xc3\""), BAD8(STRING, "\"\xed\xa0\x80\""), BAD8(STRING, "\"\xc0\xaf\""),
		ROW(NSTRING, "nil x", "", " x"), ROW(NSTRING, "\"nil\"", "nil", ""), BAD(NSTRING, "NILS"),
		ROW(LIST_MAILBOX, "%/* x", "%/*", " x"), ROW(LIST_MAILBOX, "\"% *\"", "% *", ""),
		BAD(LIST_MAILBOX, "("), ROW(LIST_MAILBOX, "&AOk-*", "\xc3\xa9*", ""),
		ROW(MAILBOX, "inbox x", "INBOX", " x"), ROW(MAILBOX, "&AOk-", "\xc3\xa9", ""),
		ROW8(MAILBOX, "\"\xc3\xa9\"", "\xc3\xa9", ""), ROW8(MAILBOX, "&AOk-", "&AOk-", ""),
		BAD(MAILBOX, "&AC8-"), BAD(MAILBOX, "a//b"), BAD(MAILBOX, "\"\""), BAD(MAILBOX, "%"),
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct args a = args_of(rows[i].in);
		struct str got = STR("untouched");
		int e;

		a.utf8 = rows[i].utf8;
		e = take(rows[i].w, &a, &got);
		if (e != rows[i].e)
			fail_msg("row %zu (%.*s): %d", i, STR_ARG(rows[i].in), e);
		assert_int_equal(a.err, e);
		assert_true(!a.err == !a.why);
		if (e == 0) {
			same(got, rows[i].want);
			same(a.in, rows[i].rest);
		} else {
			same(got, STR("untouched"));
		}
	}
}

static void failures_stick(void **state)
{
	struct args a = args_of(STR("x y"));
	struct str s = STR_NONE;
	uint32_t n = 7;

	assert_int_equal(arg_sp(&a), E_SYNTAX);
	const char *why = a.why;

	assert_int_equal(arg_atom(&a, &s), E_SYNTAX);
	assert_int_equal(arg_number(&a, &n), E_SYNTAX);
	assert_false(arg_word_is(&a, "x"));
	assert_false(arg_next_is(&a, 'x'));
	assert_int_equal(arg_end(&a), E_SYNTAX);
	assert_ptr_equal(a.why, why);
	assert_null(s.p);
	assert_int_equal(n, 7);
}

static void binary(void **state)
{
	bool is8 = false;
	struct args a = args_of(STR("~{3}\r\na\0b x"));
	struct str s;

	assert_int_equal(arg_binary(&a, &s, &is8), 0);
	assert_true(is8);
	same(s, STR("a\0b"));
	assert_int_equal(arg_sp(&a), 0);
	a = args_of(STR("~{2+}\r\n\0\0"));
	assert_int_equal(arg_binary(&a, &s, &is8), 0);
	assert_true(arg_is_end(&a));
	a = args_of(STR("\"a\""));
	assert_int_equal(arg_binary(&a, &s, &is8), 0);
	assert_false(is8);
	a = args_of(STR("~x"));
	assert_int_equal(arg_binary(&a, &s, &is8), E_SYNTAX);
}

static void numbers(void **state)
{
	static const struct {
		const char *in;
		int e, nz, e64;
		uint64_t want;
	} rows[] = {
		{"0", 0, E_RANGE, 0, 0},
		{"7)", 0, 0, 0, 7},
		{"4294967295", 0, 0, 0, 4294967295u},
		{"4294967296", E_RANGE, E_RANGE, 0, 4294967296u},
		{"9223372036854775807", E_RANGE, E_RANGE, 0, INT64_MAX},
		{"9223372036854775808", E_RANGE, E_RANGE, E_RANGE, 0},
		{"99999999999999999999999", E_RANGE, E_RANGE, E_RANGE, 0},
		{"-1", E_SYNTAX, E_SYNTAX, E_SYNTAX, 0},
		{"", E_SYNTAX, E_SYNTAX, E_SYNTAX, 0},
		{"007", 0, E_RANGE, 0, 7},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct args a = args_of(str_of(rows[i].in));
		uint32_t n = 0;
		uint64_t n64 = 0;

		assert_int_equal(arg_number(&a, &n), rows[i].e);
		assert_true(rows[i].e || n == rows[i].want);
		a = args_of(str_of(rows[i].in));
		assert_int_equal(arg_nz_number(&a, &n), rows[i].nz);
		a = args_of(str_of(rows[i].in));
		assert_int_equal(arg_number64(&a, &n64), rows[i].e64);
		assert_true(rows[i].e64 || n64 == rows[i].want);
	}
}

static void flags(void **state)
{
	static const struct {
		const char *in;
		int e;
		uint32_t flags;
		size_t n_keywords;
		bool has_recent;
	} rows[] = {
		{"(\\Seen \\deleted $Forwarded foo FOO)", 0, MSG_SEEN | MSG_DELETED, 2, false},
		{"()", 0, 0, 0, false},
		{"\\Answered \\Flagged \\Draft", 0, MSG_ANSWERED | MSG_FLAGGED | MSG_DRAFT, 0, false},
		{"(\\Recent)", 0, 0, 0, true},
		{"(\\Recent \\Nosuch)", E_SYNTAX, 0, 0, false},
		{"(\\Nosuch)", E_SYNTAX, 0, 0, false},
		{"(\\*)", E_SYNTAX, 0, 0, false},
		{"(\\Seen", E_SYNTAX, 0, 0, false},
		{"(\\Seen  a)", E_SYNTAX, 0, 0, false},
		{"( a)", E_SYNTAX, 0, 0, false},
		{"", E_SYNTAX, 0, 0, false},
		{"(a b", E_SYNTAX, 0, 0, false},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct args a = args_of(str_of(rows[i].in));
		struct arg_flags f = {0};
		int e = arg_flag_list(&a, false, &f);

		if (e != rows[i].e || f.flags != rows[i].flags || f.n_keywords != rows[i].n_keywords ||
		    f.has_recent != rows[i].has_recent)
			fail_msg("row %zu: %d", i, e);
	}
	struct args a = args_of(STR("\\Seen"));
	struct arg_flags f;

	assert_int_equal(arg_flag_list(&a, true, &f), E_SYNTAX);
}

static void too_many_keywords(void **state)
{
	struct buf b;
	struct arg_flags f;
	struct args a;

	buf_init(&b, 4096);
	for (int i = 0; i < 65; i++)
		buf_printf(&b, "%sk%d", i ? " " : "(", i);
	buf_add(&b, STR(")"));
	a = args_of(buf_str(&b));
	assert_int_equal(arg_flag_list(&a, true, &f), E_LIMIT);
	buf_free(&b);
}

static void dates(void **state)
{
	static const struct {
		const char *in;
		int e;
		int64_t ms;
		int zone;
	} rows[] = {
		{"\"17-Jul-1996 02:44:25 -0700\"", 0, INT64_C(837596665000), -420},
		{"\" 1-Jan-1970 00:00:00 +0000\"", 0, 0, 0},
		{"\"01-jan-1970 00:00:00 +0000\"", 0, 0, 0},
		{"\"29-Feb-2000 12:00:00 +0530\"", 0, INT64_C(951805800000), 330},
		{"\"31-Dec-9999 23:59:60 +0000\"", 0, INT64_C(253402300800000), 0},
		{"\"01-Jan-1900 00:00:00 +0000\"", 0, INT64_C(-2208988800000), 0},
		{"\"29-Feb-1900 12:00:00 +0000\"", E_SYNTAX, 0, 0},
		{"\"31-Apr-2000 12:00:00 +0000\"", E_SYNTAX, 0, 0},
		{"\"00-Apr-2000 12:00:00 +0000\"", E_SYNTAX, 0, 0},
		{"\"1-Apr-2000 12:00:00 +0000\"", E_SYNTAX, 0, 0},
		{"\"01-Foo-2000 12:00:00 +0000\"", E_SYNTAX, 0, 0},
		{"\"01-Apr-2000 24:00:00 +0000\"", E_SYNTAX, 0, 0},
		{"\"01-Apr-2000 12:60:00 +0000\"", E_SYNTAX, 0, 0},
		{"\"01-Apr-2000 12:00:00 +9999\"", E_SYNTAX, 0, 0},
		{"\"01-Apr-2000 12:00:00 0000\"", E_SYNTAX, 0, 0},
		{"\"01-Apr-2000 12:00:00 +0000", E_SYNTAX, 0, 0},
		{"\"01-Apr-20000 12:00:00 +0000\"", E_SYNTAX, 0, 0},
		{"01-Apr-2000", E_SYNTAX, 0, 0},
		{"\"", E_SYNTAX, 0, 0},
		{"", E_SYNTAX, 0, 0},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct args a = args_of(str_of(rows[i].in));
		int64_t ms = 0;
		int16_t zone = 0;
		int e = arg_datetime(&a, &ms, &zone);

		if (e != rows[i].e || ms != rows[i].ms || zone != rows[i].zone)
			fail_msg("row %zu: %d %lld %d", i, e, (long long)ms, zone);
	}
}

static void days(void **state)
{
	static const struct {
		const char *in;
		int e;
		int64_t day;
	} rows[] = {
		{"1-Feb-1994", 0, 8797},       {"01-Feb-1994", 0, 8797}, {"\"1-Feb-1994\"", 0, 8797},
		{"31-Dec-1969", 0, -1},        {"29-Feb-2024", 0, 19782}, {"29-Feb-2023", E_SYNTAX, 0},
		{"\"1-Feb-1994", E_SYNTAX, 0}, {"1-Feb-94", E_SYNTAX, 0}, {"Feb-1994", E_SYNTAX, 0},
		{"111-Feb-1994", E_SYNTAX, 0}, {"", E_SYNTAX, 0},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct args a = args_of(str_of(rows[i].in));
		int64_t day = 0;
		int e = arg_date(&a, &day);

		if (e != rows[i].e || day != rows[i].day)
			fail_msg("row %zu: %d %lld", i, e, (long long)day);
	}
}

static void sets(void **state)
{
	struct args a = args_of(STR("1:3,7 x"));
	struct seqset s;

	assert_int_equal(arg_seqset(&a, 10, &s), 0);
	assert_int_equal(s.n, 2);
	same(a.in, STR(" x"));
	a = args_of(STR("0"));
	assert_int_equal(arg_seqset(&a, 10, &s), E_SYNTAX);
	assert_string_equal(a.why, "not a sequence set");
}

static int at_end(void **state)
{
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),	     cmocka_unit_test(failures_stick),
		cmocka_unit_test(binary),	     cmocka_unit_test(numbers),
		cmocka_unit_test(flags),	     cmocka_unit_test(too_many_keywords),
		cmocka_unit_test(dates),	     cmocka_unit_test(days),
		cmocka_unit_test(sets),
	};

	return cmocka_run_group_tests(tests, NULL, at_end);
}
