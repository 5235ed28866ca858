/* mime-envelope_test.c - ENVELOPE and the address lists in it, by rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/err.h"
#include "wire/mime.h"

static void check_envelope(struct str message, const char *want)
{
	struct mime *m = mime_new();
	struct buf b;

	buf_init(&b, 10000);
	mime_feed(m, message);
	mime_end(m);
	assert_int_equal(mime_envelope(m, &b), 0);
	if (!str_eq(buf_str(&b), str_of(want)))
		fail_msg("%.*s\n got %.*s\nwant %s", STR_ARG(message), STR_ARG(b), want);
	buf_free(&b);
	mime_free(m);
}

#define BOB "((NIL NIL \"bob\" \"b.test\"))"

static void envelopes(void **state)
{
	static const struct {
		const char *header, *envelope;
	} t[] = {
		{"", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
		/* RFC 9051 7.5.2's example */
		{"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
		 "From: Terry Gray <gray@cac.washington.example>\r\n"
		 "Subject: IMAP4rev2 WG mtg summary and minutes\r\n"
		 "To: imap@cac.washington.example\r\n"
		 "cc: minutes@CNRI.Reston.VA.example, John Klensin <KLENSIN@MIT.EDU>\r\n"
		 "Message-Id: <B27397-0100000@cac.washington.example>\r\n",
		 "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and "
		 "minutes\" "
		 "((\"Terry Gray\" NIL \"gray\" \"cac.washington.example\")) "
		 "((\"Terry Gray\" NIL \"gray\" \"cac.washington.example\")) "
		 "((\"Terry Gray\" NIL \"gray\" \"cac.washington.example\")) "
		 "((NIL NIL \"imap\" \"cac.washington.example\")) "
		 "((NIL NIL \"minutes\" \"CNRI.Reston.VA.example\")"
		 "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
		 "\"<B27397-0100000@cac.washington.example>\")"},
		/* there and empty is not absent; an empty list is */
		{"Date:\r\nSubject: \r\nFrom:\r\nTo: \r\nIn-Reply-To:\r\nMessage-ID:\r\n",
		 "(\"\" \"\" NIL NIL NIL NIL NIL NIL \"\" \"\")"},
		/* Sender and Reply-To of their own, and by default */
		{"From: bob@b.test\r\nSender: a@a.test\r\nReply-To: \r\n",
		 "(NIL NIL " BOB " ((NIL NIL \"a\" \"a.test\")) " BOB " NIL NIL NIL NIL NIL)"},
		/* names in any case, blanks before the colon, folds, the first of two */
		{"SUBJECT  :  a\r\n b\r\n\tc \r\nsubject: d\r\n",
		 "(NIL \"a b\tc\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
		/* several To count as one (RFC 5322 4.5.3) */
		{"To: a@b\r\nTo: c@d\r\n", "(NIL NIL NIL NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL "
					   "\"c\" \"d\")) NIL NIL NIL NIL)"},
		{"From: bob@b.test\r\nFrom: c@d\r\n",
		 "(NIL NIL " BOB " " BOB " " BOB " NIL NIL NIL NIL NIL)"},
		/* quoted and literal strings */
		{"Subject: a\"b\\c\r\n", "(NIL \"a\\\"b\\\\c\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"Subject: \xc3\xa9\r\n", "(NIL {2}\r\n\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"Subject: a\rb\r\n", "(NIL {3}\r\na\rb NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"Subject: =?utf-8?q?a?=\r\n",
		 "(NIL \"=?utf-8?q?a?=\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
		/* what is no field of ours, or no field */
		{"Subject2: a\r\nSub ject: b\r\nno field\r\n folded: c\r\n:d\r\n\rSubject: e\r\n",
		 "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		check_envelope(str_of(t[i].header), t[i].envelope);
	}
}

static void address_lists(void **state)
{
	static const struct {
		const char *list, *rendered;
	} t[] = {
		{"bob@b.test", BOB},
		{"<bob@b.test>", BOB},
		{" , ,bob@b.test,, ", BOB}, /* RFC 5322 4.4 */
		{"Bob <bob@b.test>", "((\"Bob\" NIL \"bob\" \"b.test\"))"},
		{"\"Bob\" <bob@b.test>", "((\"Bob\" NIL \"bob\" \"b.test\"))"},
		{"\"Bob \\\"B\\\" (x), <y>\" <bob@b.test>",
		 "((\"Bob \\\"B\\\" (x), <y>\" NIL \"bob\" \"b.test\"))"},
		{"Bob  B. \"the\"   Builder <bob@b.test>",
		 "((\"Bob B. the Builder\" NIL \"bob\" \"b.test\"))"},
		{"bob@b.test (Bob (the) Builder)",
		 "((\"Bob (the) Builder\" NIL \"bob\" \"b.test\"))"},
		{"(a) bob (b) @ (c) b.test (d)", "((\"d\" NIL \"bob\" \"b.test\"))"},
		{"Bob (c) <bob@b.test> (d)", "((\"Bob\" NIL \"bob\" \"b.test\"))"},
		{"\"bob x\"@b.test", "((NIL NIL \"bob x\" \"b.test\"))"},
		{"\"b\\\"ob\"@b.test", "((NIL NIL \"b\\\"ob\" \"b.test\"))"},
		{"a\"b\"c@b.test", "((NIL NIL \"abc\" \"b.test\"))"},
		{"bob.x@b.test", "((NIL NIL \"bob.x\" \"b.test\"))"},
		{"bob@[192.0.2.1]", "((NIL NIL \"bob\" \"[192.0.2.1]\"))"},
		{"<@a.test,@c.test:bob@b.test>", "((NIL \"@a.test,@c.test\" \"bob\" \"b.test\"))"},
		{"friends: bob@b.test, c@d;",
		 "((NIL NIL \"friends\" NIL)(NIL NIL \"bob\" \"b.test\")"
		 "(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL))"},
		{"undisclosed-recipients:;",
		 "((NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL))"},
		{"\"My: list\": a@b;, c@d",
		 "((NIL NIL \"My: list\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL)"
		 "(NIL NIL \"c\" \"d\"))"},
		{": a@b;", "((NIL NIL \"\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL))"},
		{"open: a@b", "((NIL NIL \"open\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL))"},
		/* not addresses: none of them may pass for a group */
		{"bob", "((NIL NIL \"bob\" \"\"))"},
		{"Bob <bob>", "((\"Bob\" NIL \"bob\" \"\"))"},
		{"Bob <>", "((\"Bob\" NIL \"\" \"\"))"},
		{"Bob <bob@b.test> x@y", "((\"Bob\" NIL \"bob\" \"b.test\"))"},
		{"Bob\t<bob@b.test>", "((\"Bob\" NIL \"bob\" \"b.test\"))"},
		{"a\rb <bob@b.test>", "((\"a b\" NIL \"bob\" \"b.test\"))"},
		{"Bob <bob@b.test> <c@d>", "((\"Bob\" NIL \"c\" \"d\"))"},
		{"<>", "NIL"},
		{";", "NIL"},
		{"@b.test", "((NIL NIL \"\" \"b.test\"))"},
		{"bob@", "((NIL NIL \"bob\" \"\"))"},
		{"bob@b.test <bob@b.test>", "((\"bob@b.test\" NIL \"bob\" \"b.test\"))"},
		{"Bob <bob@b.test", "((\"Bob\" NIL \"bob\" \"b.test\"))"},
		{"Bob <bob@b.test, c@d", "((\"Bob\" NIL \"bob\" \"b.test\")(NIL NIL \"c\" \"d\"))"},
		{"Bob Builder bob@b.test", "((\"Bob Builder\" NIL \"bob\" \"b.test\"))"},
		{"a@b@c", "((NIL NIL \"a@b\" \"c\"))"},
		{"\"bob", "((NIL NIL \"bob\" \"\"))"},
		{"(bob", "NIL"},
		{"bob@b.test (never ends", "((\"never ends\" NIL \"bob\" \"b.test\"))"},
		{"\"bob\\", "((NIL NIL \"bob\" \"\"))"},
		{"bob@[192.0.2", "((NIL NIL \"bob\" \"[192.0.2\"))"},
		{"\xc3\xa9 <bob@b.test>", "(({2}\r\n\xc3\xa9 NIL \"bob\" \"b.test\"))"},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct buf text, want;

		buf_init(&text, 1000);
		buf_init(&want, 1000);
		buf_printf(&text, "To: %s\r\n\r\n", t[i].list);
		buf_printf(&want, "(NIL NIL NIL NIL NIL %s NIL NIL NIL NIL)%c", t[i].rendered,
			   '\0');
		check_envelope(buf_str(&text), want.p);
		buf_free(&text);
		buf_free(&want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelopes),
		cmocka_unit_test(address_lists),
	};

	return cmocka_run_group_tests_name("wire/mime-envelope", tests, NULL, NULL);
}
