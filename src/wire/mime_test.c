/* mime_test.c - what the MIME parser finds and renders, by rows; the same for every way to cut.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/err.h"
#include "wire/mime.h"

enum { RENDERED_MOST = 1 << 20 };

struct rendered {
	struct buf envelope, structure, offsets;
	struct mime_facts facts;
};

static struct rendered parse(struct str s, size_t first, size_t chunk)
{
	struct mime *m = mime_new();
	struct rendered r;

	assert_non_null(m);
	mime_feed(m, str_head(s, first));
	for (size_t at = first; at < s.n; at += chunk)
		mime_feed(m, str_head(str_from(s, at), chunk));
	mime_end(m);
	r.facts = *mime_facts(m);
	buf_init(&r.envelope, RENDERED_MOST);
	buf_init(&r.structure, RENDERED_MOST);
	buf_init(&r.offsets, RENDERED_MOST);
	assert_int_equal(mime_envelope(m, &r.envelope), 0);
	assert_int_equal(mime_bodystructure(m, true, &r.structure), 0);
	assert_int_equal(mime_offsets(m, &r.offsets), 0);
	mime_free(m);
	return r;
}

static void rendered_free(struct rendered *r)
{
	buf_free(&r->envelope);
	buf_free(&r->structure);
	buf_free(&r->offsets);
}

static void assert_text(struct str got, const char *want, const char *what)
{
	if (!str_eq(got, str_of(want)))
		fail_msg("%s:\n got %.*s\nwant %s", what, STR_ARG(got), want);
}

/* -- ENVELOPE --------------------------------------------------------------- */

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
		 "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" "
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
		{"SUBJECT  :  a\r\n b\r\n\tc \r\nsubject: d\r\n", "(NIL \"a b\tc\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
		/* several To count as one (RFC 5322 4.5.3) */
		{"To: a@b\r\nTo: c@d\r\n",
		 "(NIL NIL NIL NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")) NIL NIL NIL NIL)"},
		/* quoted and literal strings */
		{"Subject: a\"b\\c\r\n", "(NIL \"a\\\"b\\\\c\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"Subject: \xc3\xa9\r\n", "(NIL {2}\r\n\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"Subject: a\rb\r\n", "(NIL {3}\r\na\rb NIL NIL NIL NIL NIL NIL NIL NIL)"},
		{"Subject: =?utf-8?q?a?=\r\n", "(NIL \"=?utf-8?q?a?=\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
		/* what is no field of ours, or no field */
		{"Subject2: a\r\nSub ject: b\r\nno field\r\n folded: c\r\n:d\r\n\rSubject: e\r\n",
		 "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct rendered r = parse(str_of(t[i].header), 0, 1000);

		assert_text(buf_str(&r.envelope), t[i].envelope, t[i].header);
		rendered_free(&r);
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
		{"Bob  B. \"the\"   Builder <bob@b.test>", "((\"Bob B. the Builder\" NIL \"bob\" \"b.test\"))"},
		{"bob@b.test (Bob (the) Builder)", "((\"Bob (the) Builder\" NIL \"bob\" \"b.test\"))"},
		{"(a) bob (b) @ (c) b.test (d)", "((\"d\" NIL \"bob\" \"b.test\"))"},
		{"Bob (c) <bob@b.test> (d)", "((\"Bob\" NIL \"bob\" \"b.test\"))"},
		{"\"bob x\"@b.test", "((NIL NIL \"bob x\" \"b.test\"))"},
		{"\"b\\\"ob\"@b.test", "((NIL NIL \"b\\\"ob\" \"b.test\"))"},
		{"bob.x@b.test", "((NIL NIL \"bob.x\" \"b.test\"))"},
		{"bob@[192.0.2.1]", "((NIL NIL \"bob\" \"[192.0.2.1]\"))"},
		{"<@a.test,@c.test:bob@b.test>", "((NIL \"@a.test,@c.test\" \"bob\" \"b.test\"))"},
		{"friends: bob@b.test, c@d;", "((NIL NIL \"friends\" NIL)(NIL NIL \"bob\" \"b.test\")"
					      "(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL))"},
		{"undisclosed-recipients:;", "((NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL))"},
		{"\"My: list\": a@b;, c@d", "((NIL NIL \"My: list\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL)"
					    "(NIL NIL \"c\" \"d\"))"},
		{": a@b;", "((NIL NIL \"\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL))"},
		{"open: a@b", "((NIL NIL \"open\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL))"},
		/* not addresses: none of them may pass for a group */
		{"bob", "((NIL NIL \"bob\" \"\"))"},
		{"Bob <bob>", "((\"Bob\" NIL \"bob\" \"\"))"},
		{"Bob <>", "((\"Bob\" NIL \"\" \"\"))"},
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
		struct rendered r;

		buf_init(&text, 1000);
		buf_init(&want, 1000);
		buf_printf(&text, "To: %s\r\n\r\n", t[i].list);
		buf_printf(&want, "(NIL NIL NIL NIL NIL %s NIL NIL NIL NIL)%c", t[i].rendered, '\0');
		r = parse(buf_str(&text), 0, 1000);
		assert_text(buf_str(&r.envelope), want.p, t[i].list);
		rendered_free(&r);
		buf_free(&text);
		buf_free(&want);
	}
}

/* -- BODYSTRUCTURE ---------------------------------------------------------- */

#define PLAIN(octets, lines)                                                                       \
	"(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" " octets " " lines              \
	" NIL NIL NIL NIL)"
#define MIXED(boundary) "\"mixed\" (\"boundary\" \"" boundary "\") NIL NIL NIL)"

static const struct {
	const char *text, *structure;
} structures[] = {
	{"", PLAIN("0", "0")},
	{"A: b\r\n", PLAIN("0", "0")},
	{"A: b\r\n\r\none\r\ntwo\r\n", PLAIN("10", "2")},
	{"\r\none\r\ntwo", PLAIN("8", "1")},
	{"Content-Type: Text/HTML; charset=utf-8\r\nContent-Transfer-Encoding: 8Bit\r\n\r\nx\r\n",
	 "(\"Text\" \"HTML\" (\"charset\" \"utf-8\") NIL NIL \"8Bit\" 3 1 NIL NIL NIL NIL)"},
	/* RFC 9051 7.5.2: what is not text has no lines */
	{"Content-Type: image/png; name=\"a;b.png\"\r\nContent-ID: <i@x>\r\nContent-Description: a  b\r\n"
	 "Content-Transfer-Encoding: base64 (c)\r\nContent-MD5: Q2hlY2s=\r\n"
	 "Content-Disposition: attachment; filename=a.png; size=3\r\nContent-Language: en\r\n"
	 "Content-Location: http://x.test/a\r\n\r\nAAAA\r\n",
	 "(\"image\" \"png\" (\"name\" \"a;b.png\") \"<i@x>\" \"a  b\" \"base64\" 6 \"Q2hlY2s=\" "
	 "(\"attachment\" (\"filename\" \"a.png\" \"size\" \"3\")) \"en\" \"http://x.test/a\")"},
	{"Content-Type: a/b\r\nContent-Language: en, de (c),fr\r\nContent-Disposition: inline\r\n\r\n",
	 "(\"a\" \"b\" NIL NIL NIL \"7BIT\" 0 NIL (\"inline\" NIL) (\"en\" \"de\" \"fr\") NIL)"},
	/* RFC 2045 5.1 and 5.2 */
	{"Content-type: text/plain; charset=us-ascii (Plain text)\r\n\r\n",
	 "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL)"},
	{"Content-type: (a) text (b(c)) / (d) plain (e) ; (f) x (g) = (h) \"y\\\"z\" (i); ;w\r\n\r\n",
	 "(\"text\" \"plain\" (\"x\" \"y\\\"z\") NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL)"},
	{"Content-Type: nonsense\r\n\r\n", PLAIN("0", "0")},
	{"Content-Type: text\r\n\r\n", PLAIN("0", "0")},
	{"Content-Type: /plain\r\n\r\n", PLAIN("0", "0")},
	{"Content-Type: multipart/mixed\r\n\r\nx\r\n", PLAIN("3", "1")}, /* no boundary */
	{"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\nx\r\n", PLAIN("3", "1")},
	/* RFC 2231 */
	{"Content-Type: a/b; u*1=\"two \"; u*0=one; u*2=three\r\n\r\n",
	 "(\"a\" \"b\" (\"u\" \"onetwo three\") NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: a/b; t*=us-ascii'en-us'This%20is\r\n\r\n",
	 "(\"a\" \"b\" (\"t*\" \"us-ascii'en-us'This%20is\") NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: a/b;\r\n t*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
	 " t*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n t*2=\"isn't it!\"\r\n\r\n",
	 "(\"a\" \"b\" (\"t*\" \"us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!\") "
	 "NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: a/b; x*1=b; y=c; X*3=d; x*a=e; z*0=f; Z*1*=g\r\n\r\n",
	 "(\"a\" \"b\" (\"x*1\" \"b\" \"y\" \"c\" \"X*3\" \"d\" \"x*a\" \"e\" \"z*\" \"''fg\") "
	 "NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	/* multiparts */
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n\r\none\r\n--b\r\nA: b\r\n\r\ntwo\r\n"
	 "three\r\n--b--\r\nafter\r\n--b\r\n",
	 "(" PLAIN("3", "0") PLAIN("10", "1") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\r\n--b--",
	 "(" PLAIN("0", "0") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n--b\r\nA: b\r\n--b--\r\n",
	 "(" PLAIN("0", "0") PLAIN("0", "0") PLAIN("0", "0") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nno end\r\n",
	 "(" PLAIN("8", "1") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\nno part\r\n",
	 "(" PLAIN("0", "0") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b \t\r\n\r\nx\r\n--bb\r\n--b--x\r\n-b\r\n --b\r\n--b-- \r\n",
	 "(" PLAIN("25", "4") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=\"b--\"\r\n\r\n--b--\r\n\r\nx\r\n--b----\r\n",
	 "(" PLAIN("1", "0") " " MIXED("b--")},
	{"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
	 "(" PLAIN("3", "0") PLAIN("3", "0") " " MIXED("b")},
	/* nested ones; the outer boundary ends both; prefixes of each other */
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n"
	 "\r\n--bb\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--bb\r\n--b--\r\n",
	 "((" PLAIN("3", "0") " " MIXED("bb") PLAIN("9", "1") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=b\r\n"
	 "\r\n--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
	 "((" PLAIN("3", "0") " " MIXED("b") PLAIN("3", "0") " " MIXED("b")},
	/* messages in it; a digest's parts are some by default (RFC 2046 5.1.5) */
	{"Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nx\r\n",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 17 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	 PLAIN("3", "1") " 3 NIL NIL NIL NIL)"},
	{"Content-Type: message/rfc822\r\n\r\n",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 0 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) "
	 PLAIN("0", "0") " 0 NIL NIL NIL NIL)"},
	{"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: s\r\n\r\nx\r\n--b\r\n"
	 "Content-Type: text/x\r\n\r\n--b--\r\n",
	 "((\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 15 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	 PLAIN("1", "0") " 2 NIL NIL NIL NIL)(\"text\" \"x\" NIL NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL) "
	 "\"digest\" (\"boundary\" \"b\") NIL NIL NIL)"},
	{"Content-Type: message/global; name=a.eml\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n",
	 "(\"APPLICATION\" \"OCTET-STREAM\" (\"name\" \"a.eml\") NIL NIL \"base64\" 6 NIL NIL NIL NIL)"},
	{"Content-Type: message/partial; id=\"x\"\r\n\r\nSubject: s\r\n",
	 "(\"message\" \"partial\" (\"id\" \"x\") NIL NIL \"7BIT\" 12 NIL NIL NIL NIL)"},
};

static void body_structures(void **state)
{
	for (size_t i = 0; i < COLUMNS(structures); i++) {
		struct rendered r = parse(str_of(structures[i].text), 0, 1000);

		assert_text(buf_str(&r.structure), structures[i].structure, structures[i].text);
		rendered_free(&r);
	}
}

/* The envelope fields of a part that is no message are nobody's; those of a contained one are. */
static void body_without_extension(void **state)
{
	struct mime *m = mime_new();
	struct buf b;

	buf_init(&b, RENDERED_MOST);
	mime_feed(m, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n"
			 "Subject: not this\r\n\r\nSubject: this\r\n\r\nx\r\n--b--\r\n"));
	mime_end(m);
	assert_int_equal(mime_bodystructure(m, false, &b), 0);
	assert_text(buf_str(&b), "((\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 18 "
		    "(NIL \"this\" NIL NIL NIL NIL NIL NIL NIL NIL) "
		    "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 1 0) 2) \"mixed\")", "BODY");
	buf_free(&b);
	buf_init(&b, 20);
	assert_int_equal(mime_bodystructure(m, true, &b), E_TOOBIG);
	buf_free(&b);
	mime_free(m);
}

/* -- facts ------------------------------------------------------------------ */

static void facts(void **state)
{
	enum { DOTS = 1, NUL = 2, EIGHT = 4, UTF8 = 8, BINARY = 16 };
	static const struct {
		struct str text;
		uint32_t header_bytes, lines;
		unsigned received, bits;
	} t[] = {
		{STR(""), 0, 0, 0, 0},
		{STR("A: b\r\n\r\nx\r\n"), 8, 1, 0, 0},
		{STR("A: b\r\nx"), 7, 0, 0, 0},
		{STR("Received: x\r\nreceived: y\r\n z\r\nReceived-SPF: x\r\n\r\nReceived: z\r\n"), 49, 1, 2, 0},
		{STR("\r\n.x\r\n"), 2, 1, 0, DOTS},
		{STR(".: x\r\n\r\n"), 8, 0, 0, DOTS},
		{STR("A: b\r\n\r\nx.y\r\n .\r\n"), 8, 2, 0, 0},
		{STR("A: b\r\n\r\n0123456789abcdef\r\n0123456789abcd\r\n.\r\n"), 8, 3, 0, DOTS},
		{STR("A: b\r\n\r\n\0"), 8, 0, 0, NUL},
		{STR("A: \0\r\n\r\n"), 8, 0, 0, NUL},
		{STR("A: b\r\n\r\n0123456789abcdef\xff"), 8, 0, 0, EIGHT},
		{STR("A: \xc3\xa9\r\n\r\n"), 9, 0, 0, EIGHT | UTF8},
		{STR("A: \xe9t\xe9\r\n\r\n"), 10, 0, 0, EIGHT}, /* Latin-1: not for RFC 6856 to mind */
		{STR("A: \xe9\r\nB: \xf0\x9f\x98\x80\r\n\r\n"), 17, 0, 0, EIGHT | UTF8},
		{STR("A: \xed\xa0\x80\r\nB: \xc3\r\nC: \xc0\x80\r\n\r\n"), 23, 0, 0, EIGHT},
		{STR("A: b\r\n\r\n\xc3\xa9\r\n"), 8, 1, 0, EIGHT},
		{STR("A: \xc3\xa9"), 5, 0, 0, EIGHT | UTF8},
		{STR("Content-Transfer-Encoding: BINARY\r\n\r\n"), 37, 0, 0, BINARY},
		{STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: \xc3\xa9\r\nReceived: x\r\n"
		     "Content-Transfer-Encoding: binary\r\n\r\n"), 45, 5, 0, EIGHT | UTF8 | BINARY},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct rendered r = parse(t[i].text, 0, 1000);
		struct mime_facts *f = &r.facts;
		unsigned bits = (f->dots ? DOTS : 0) | (f->nul ? NUL : 0) | (f->eightbit ? EIGHT : 0) |
				(f->needs_utf8 ? UTF8 : 0) | (f->binary ? BINARY : 0);

		if (f->size != t[i].text.n || f->header_bytes != t[i].header_bytes ||
		    f->lines != t[i].lines || f->received != t[i].received || bits != t[i].bits || f->cut)
			fail_msg("row %zu: %u %u %u %u", i, f->header_bytes, f->lines, f->received, bits);
		rendered_free(&r);
	}
}

static void fields(void **state)
{
	struct mime *m = mime_new();
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add(&b, STR("MESSAGE-id : \t<a@b>\r\n  \r\nSubject: one\r\n two\0\r\nSubject: three\r\nX-Y: z\r\n"
			"References: <first@x>"));
	for (int i = 0; i < 150; i++)
		buf_printf(&b, "\r\n <id%d@x.test>", i);
	buf_add(&b, STR("\r\nComments: x\r\nIn-Reply-To:"));
	for (int i = 0; i < 1000; i++)
		buf_add(&b, STR(" 1234567"));
	buf_add(&b, STR("\r\n\r\nDate: none\r\n"));
	mime_feed(m, buf_str(&b));
	mime_end(m);
	assert_text(mime_field(m, STR("Message-ID")), "<a@b>", "Message-ID");
	assert_text(mime_field(m, STR("subject")), "one two", "Subject");
	assert_null(mime_field(m, STR("Date")).p);
	assert_null(mime_field(m, STR("X-Y")).p);
	assert_int_equal(mime_field(m, STR("In-Reply-To")).n, 998);
	assert_true(str_starts(mime_field(m, STR("References")), STR("<id50@x.test> <id51@x.test>")));
	assert_true(str_ends(mime_field(m, STR("References")), STR("<id148@x.test> <id149@x.test>")));
	mime_reset(m);
	assert_null(mime_field(m, STR("Message-ID")).p);
	assert_int_equal(mime_facts(m)->size, 0);
	mime_feed(m, STR("Message-ID: <c@d>"));
	mime_end(m);
	assert_text(mime_field(m, STR("Message-ID")), "<c@d>", "Message-ID");
	mime_free(m);
	buf_free(&b);
}

/* -- offsets ---------------------------------------------------------------- */

static const char nested[] =
	"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n" /* 0: 45 octets of header */
	"--b\r\nA: 1\r\n\r\none\r\n"                               /* 1: header at 55 */
	"--b\r\nContent-Type: message/rfc822\r\n\r\n"              /* 2: header at 73, body at 105 */
	"Content-Type: multipart/mixed; boundary=c\r\n\r\n"         /* 2.0: body at 150 */
	"--c\r\n\r\ntwo\r\n"                                       /* 2.1: header at 155, body at 157 */
	"--c\r\nContent-Type: message/rfc822\r\n\r\n"              /* 2.2: at 167, body at 199 */
	"Subject: x\r\n\r\nthree\r\nfour"                          /* 2.2.1: body at 213, 11 octets */
	"\r\n--c--\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"; /* 3 */

static void offsets(void **state)
{
	static const struct {
		uint32_t path[4];
		size_t n;
		struct mime_part p;
		int r;
	} t[] = {
		{{0}, 0, {0, 45, 45, 243, 26, MIME_7BIT, false}, 0},
		{{1}, 1, {55, 8, 63, 3, 0, MIME_7BIT, false}, 0},
		{{2}, 1, {73, 32, 105, 126, 12, MIME_7BIT, true}, 0},
		{{2, 0}, 2, {105, 45, 150, 81, 10, MIME_7BIT, false}, 0},
		{{2, 1}, 2, {155, 2, 157, 3, 0, MIME_7BIT, false}, 0},
		{{2, 2}, 2, {167, 32, 199, 25, 3, MIME_7BIT, true}, 0},
		{{2, 2, 0}, 3, {199, 14, 213, 11, 1, MIME_7BIT, false}, 0},
		{{2, 2, 1}, 3, {199, 14, 213, 11, 1, MIME_7BIT, false}, 0},
		{{3}, 1, {238, 37, 275, 4, 0, MIME_BASE64, false}, 0},
		{{4}, 1, {0}, E_NOTFOUND},
		{{0}, 1, {0}, E_NOTFOUND},
		{{1, 1}, 2, {0}, E_NOTFOUND},
		{{1, 0}, 2, {0}, E_NOTFOUND},
		{{2, 3}, 2, {0}, E_NOTFOUND},
		{{2, 2, 2}, 3, {0}, E_NOTFOUND},
		{{2, 2, 1, 1}, 4, {0}, E_NOTFOUND},
		{{UINT32_MAX}, 1, {0}, E_NOTFOUND},
	};
	struct rendered r = parse(str_of(nested), 0, sizeof(nested));

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct mime_part p = {0};
		int got = mime_offsets_find(buf_str(&r.offsets), t[i].path, t[i].n, &p);

		if (got != t[i].r || p.header_at != t[i].p.header_at || p.header_n != t[i].p.header_n ||
		    p.body_at != t[i].p.body_at || p.body_n != t[i].p.body_n || p.lines != t[i].p.lines ||
		    p.encoding != t[i].p.encoding || p.is_message != t[i].p.is_message)
			fail_msg("row %zu: %d, %ju+%ju %ju+%ju %u %u %d", i, got, (uintmax_t)p.header_at,
				 (uintmax_t)p.header_n, (uintmax_t)p.body_at, (uintmax_t)p.body_n, p.lines,
				 p.encoding, p.is_message);
	}
	rendered_free(&r);
}

/* What is no multipart is its own part 1 (RFC 9051 6.4.5.1). */
static void offsets_of_single_parts(void **state)
{
	static const char text[] = "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n\r\nx\r\n";
	static const struct {
		uint32_t path[5];
		size_t n;
		uint64_t body_at;
	} t[] = {{{0}, 0, 32}, {{1}, 1, 32}, {{1, 0}, 2, 64}, {{1, 1}, 2, 64}, {{1, 1, 0}, 3, 66},
		 {{1, 1, 1}, 3, 66}, {{1, 1, 1, 1}, 4, 0}, {{2}, 1, 0}, {{1, 2}, 2, 0}};
	struct rendered r = parse(str_of(text), 0, sizeof(text));

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct mime_part p = {0};
		int got = mime_offsets_find(buf_str(&r.offsets), t[i].path, t[i].n, &p);

		assert_int_equal(got, t[i].body_at ? 0 : E_NOTFOUND);
		assert_int_equal(p.body_at, t[i].body_at);
	}
	rendered_free(&r);
}

static void damaged_offsets(void **state)
{
	struct rendered r = parse(str_of(nested), 0, sizeof(nested));
	static const uint32_t path[] = {2, 2, 1};
	struct mime_part p;

	assert_int_equal(mime_offsets_find(STR(""), path, 3, &p), E_DAMAGED);
	assert_int_equal(mime_offsets_find(STR("\1"), path, 3, &p), E_DAMAGED);
	assert_int_equal(mime_offsets_find(STR("\2\0\0\0\0\0"), NULL, 0, &p), E_DAMAGED);
	for (size_t i = 0; i < r.offsets.n; i++)
		assert_true(mime_offsets_find(str_head(buf_str(&r.offsets), i), path, 3, &p) < 0 ||
			    i + 12 > r.offsets.n);
	for (size_t i = 0; i < r.offsets.n; i++) /* any octet changed: no crash, no endless loop */
		for (int bit = 0; bit < 8; bit++) {
			r.offsets.p[i] ^= (char)(1 << bit);
			mime_offsets_find(buf_str(&r.offsets), path, 3, &p);
			r.offsets.p[i] ^= (char)(1 << bit);
		}
	rendered_free(&r);
}

/* -- any way to cut --------------------------------------------------------- */

static void assert_same(const struct rendered *a, const struct rendered *b)
{
	struct mime_facts x = a->facts, y = b->facts;

	x.steps = y.steps = 0;
	assert_memory_equal(&x, &y, sizeof(x));
	assert_true(str_eq(buf_str(&a->envelope), buf_str(&b->envelope)));
	assert_true(str_eq(buf_str(&a->structure), buf_str(&b->structure)));
	assert_true(str_eq(buf_str(&a->offsets), buf_str(&b->offsets)));
}

static void check_cuts(struct str s)
{
	struct rendered whole = parse(s, 0, s.n + 1), cut;

	for (size_t i = 1; i < s.n; i++) {
		cut = parse(s, i, s.n);
		assert_same(&whole, &cut);
		rendered_free(&cut);
	}
	for (size_t chunk = 1; chunk < 20; chunk += 1 + chunk / 2) {
		cut = parse(s, 0, chunk);
		assert_same(&whole, &cut);
		rendered_free(&cut);
	}
	rendered_free(&whole);
}

static void any_way_to_cut(void **state)
{
	for (size_t i = 0; i < COLUMNS(structures); i++)
		check_cuts(str_of(structures[i].text));
	check_cuts(str_of(nested));
	check_cuts(STR("Subject: a\r\r\n b\r\rc\r\r\n\r\nA: \xf0\x9f\x98\x80\r\n\r\r\n\r\nx"));
	check_cuts(STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b                              \t "
		       "\r\n\r\nx\r\n--b-x\r\n--b--\r"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelopes),
		cmocka_unit_test(address_lists),
		cmocka_unit_test(body_structures),
		cmocka_unit_test(body_without_extension),
		cmocka_unit_test(facts),
		cmocka_unit_test(fields),
		cmocka_unit_test(offsets),
		cmocka_unit_test(offsets_of_single_parts),
		cmocka_unit_test(damaged_offsets),
		cmocka_unit_test(any_way_to_cut),
	};

	return cmocka_run_group_tests_name("wire/mime", tests, NULL, NULL);
}
