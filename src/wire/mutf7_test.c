/* mutf7_test.c - modified UTF-7, canonical names and LIST's patterns, by rows and beside a model.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/mutf7.h"

static const struct {
	const char *utf7, *utf8;
} pairs[] = {
	{"INBOX", "INBOX"},
	{"", ""},
	{"&-", "&"},
	{"a&-b&-&-", "a&b&&"},
	{"Entw&APw-rfe", "Entw\xc3\xbcrfe"},
	{"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
					  "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
	{"&2D3eAA-", "\xf0\x9f\x98\x80"},
	{"&APw-&-&APw-", "\xc3\xbc&\xc3\xbc"},
	{"&AAk-", "\t"}, /* a control: a name that mailbox_name_canonical refuses */
};

static void decode_and_encode(void **state)
{
	(void)state;
	for (size_t i = 0; i < COLUMNS(pairs); i++) {
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(mutf7_decode(str_of(pairs[i].utf7), &b), 0);
		assert_true(str_eq(buf_str(&b), str_of(pairs[i].utf8)));
		buf_clear(&b);
		assert_int_equal(mutf7_encode(str_of(pairs[i].utf8), &b), 0);
		assert_true(str_eq(buf_str(&b), str_of(pairs[i].utf7)));
		buf_free(&b);
	}
}

/* SECURITY B10: each text has one spelling. */
static const char *const bad[] = {
	"&", "a&", "&AC8-", "&AC4ALg-", "&ACY-", "&AGEAYg-", "&APw", "&APw=-", "&A-", "&AP-",
	"&APx-" /* the filling is not zero */, "&U,BTFw-&ZeVnLIqe-",
	"&2D0-", "&3gA-", "&2D0AYQ-", "&2D3YPQ-", "\xc3\xbc", "a\tb", "\x7f", "&AP/8-", "&APwA-",
	"&AP w-", "&\xc3\xbc-",
};

static void what_is_not_canonical_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COLUMNS(bad); i++) {
		struct buf b;

		buf_init(&b, 4096);
		if (mutf7_decode(str_of(bad[i]), &b) != E_SYNTAX)
			fail_msg("%s was taken", bad[i]);
		buf_free(&b);
	}
}

static void bad_utf8_is_not_encoded(void **state)
{
	static const char *const rows[] = {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xc3", "\xf5\x80\x80\x80",
					   "\xe0\x80\x80", "a\x80"};

	(void)state;
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(mutf7_encode(str_of(rows[i]), &b), E_UTF8);
		assert_false(utf8_is_valid(str_of(rows[i])));
		buf_clear(&b);
		assert_int_equal(mailbox_name_canonical(str_of(rows[i]), &b), E_UTF8);
		buf_free(&b);
	}
	assert_true(utf8_is_valid(STR("\xf0\x9f\x98\x80 a \xc3\xbc")));
	assert_true(utf8_is_valid(STR("")));
}

static const struct {
	const char *in, *out;
	int err;
} names[] = {
	{"INBOX", "INBOX"},
	{"inBox", "INBOX"},
	{"inbox/a", "INBOX/a"},
	{"inboxes", "inboxes"},
	{"a/inbox", "a/inbox"},
	{"../../etc/passwd", "../../etc/passwd"}, /* a key, never a path */
	{"e\xcc\x81t\xc3\xa9", "\xc3\xa9t\xc3\xa9"}, /* NFD and NFC are twins */
	{"", NULL, E_SYNTAX},
	{"/", NULL, E_SYNTAX},
	{"/a", NULL, E_SYNTAX},
	{"a/", NULL, E_SYNTAX},
	{"a//b", NULL, E_SYNTAX},
	{"a\tb", NULL, E_SYNTAX},
	{"a\x7f", NULL, E_SYNTAX},
	{"a\xc2\x85", NULL, E_SYNTAX},
	{"a\xe2\x80\xa8", NULL, E_SYNTAX},
	{"\xef\xbb\xbfhidden", NULL, E_SYNTAX},
	{"\xef\xbf\xbf", NULL, E_SYNTAX},
};

static void names_have_one_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < COLUMNS(names); i++) {
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(mailbox_name_canonical(str_of(names[i].in), &b), names[i].err);
		if (names[i].out)
			assert_true(str_eq(buf_str(&b), str_of(names[i].out)));
		buf_free(&b);
	}
}

static void names_have_limits(void **state)
{
	static char long_name[4000];
	struct buf b;

	(void)state;
	memset(long_name, 'a', sizeof(long_name));
	buf_init(&b, 4096);
	assert_int_equal(mailbox_name_canonical(str_n(long_name, 400), &b), 0);
	assert_int_equal(mailbox_name_canonical(str_n(long_name, 401), &b), E_TOOBIG);
	assert_int_equal(mailbox_name_canonical(str_n(long_name, 4000), &b), E_TOOBIG);
	for (size_t i = 1; i < sizeof(long_name); i += 2)
		long_name[i] = '/';
	assert_int_equal(mailbox_name_canonical(str_n(long_name, 199), &b), 0);
	assert_int_equal(mailbox_name_canonical(str_n(long_name, 201), &b), E_TOOBIG);
	buf_free(&b);
}

static const struct {
	const char *name, *pattern;
	bool matches;
} matches[] = {
	{"INBOX", "*", true},
	{"INBOX", "%", true},
	{"a/b", "*", true},
	{"a/b", "%", false},
	{"a/b", "%/%", true},
	{"a/b/c", "%/%", false},
	{"a/b/c", "*/%", true},
	{"a/b/c", "a*c", true},
	{"a/b/c", "a%c", false},
	{"abc", "a%c", true},
	{"abc", "abc", true},
	{"abc", "ab", false},
	{"abc", "abcd", false},
	{"abc", "", false},
	{"", "", true},
	{"", "*%*", true},
	{"a/b/c/d", "*%*%*%", true},
	{"foo/bar", "foo%", false},
	{"foo/bar", "foo/%", true},
	{"foobar/x", "%bar/*", true},
	{"x/foobar", "%bar*", false},
};

static void patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COLUMNS(matches); i++)
		if (mailbox_name_matches(str_of(matches[i].name), str_of(matches[i].pattern)) !=
		    matches[i].matches)
			fail_msg("%s against %s", matches[i].name, matches[i].pattern);
}

static void patterns_have_one_form(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""}, {"*%*%*%", "*%"}, {"a%*", "a*"}, {"%%a%%%*b", "%a*b"}, {"inbox", "INBOX"},
		{"inbox/%", "INBOX/%"}, {"in%", "in%"}, {"inboxes", "inboxes"}, {"%", "%"},
		{"e\xcc\x81*", "\xc3\xa9*"}, {"//", "//"},
	};

	(void)state;
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(mailbox_pattern_canonical(str_of(rows[i].in), &b), 0);
		assert_true(str_eq(buf_str(&b), str_of(rows[i].out)));
		buf_free(&b);
	}
}

/* RFC 9051 6.3.9 in as many words; exponential. */
static bool model(struct str name, struct str pattern)
{
	if (!pattern.n)
		return !name.n;
	if (pattern.p[0] == '*' || pattern.p[0] == '%') {
		for (size_t i = 0; i <= name.n; i++) {
			if (model(str_from(name, i), str_from(pattern, 1)))
				return true;
			if (i < name.n && pattern.p[0] == '%' && name.p[i] == '/')
				return false;
		}
		return false;
	}
	return name.n && name.p[0] == pattern.p[0] && model(str_from(name, 1), str_from(pattern, 1));
}

static void patterns_beside_the_model(void **state)
{
	static const char name_letters[] = "ab/", pattern_letters[] = "a/*%";
	unsigned checked = 0;

	(void)state;
	for (unsigned v = 0; v < 3 * 3 * 3 * 3 * 3; v++) {
		char name[5];

		for (unsigned i = 0, w = v; i < 5; i++, w /= 3)
			name[i] = name_letters[w % 3];
		for (unsigned u = 0; u < 4 * 4 * 4 * 4 * 4; u++) {
			char pattern[5];
			struct str n = str_n(name, 1 + v % 5), p = str_n(pattern, 1 + u % 5);

			for (unsigned i = 0, w = u; i < 5; i++, w /= 4)
				pattern[i] = pattern_letters[w % 4];
			if (mailbox_name_matches(n, p) != model(n, p))
				fail_msg(STR_FMT " against " STR_FMT, STR_ARG(n), STR_ARG(p));
			checked++;
		}
	}
	assert_int_equal(checked, 243 * 1024);
}

/* SECURITY B10: a pattern that a matcher with backtracking needs years for. */
static void a_hostile_pattern_is_cheap(void **state)
{
	char name[400], pattern[1000];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = "*a%"[i % 3];
	pattern[sizeof(pattern) - 1] = 'b';
	for (int i = 0; i < 100; i++)
		assert_false(mailbox_name_matches(str_n(name, sizeof(name)),
						  str_n(pattern, sizeof(pattern))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_and_encode),
		cmocka_unit_test(what_is_not_canonical_is_refused),
		cmocka_unit_test(bad_utf8_is_not_encoded),
		cmocka_unit_test(names_have_one_form),
		cmocka_unit_test(names_have_limits),
		cmocka_unit_test(patterns),
		cmocka_unit_test(patterns_beside_the_model),
		cmocka_unit_test(patterns_have_one_form),
		cmocka_unit_test(a_hostile_pattern_is_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
