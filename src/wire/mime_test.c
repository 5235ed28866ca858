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

/* -- BODYSTRUCTURE ---------------------------------------------------------- */

#define PLAIN(octets, lines)                                                                       \
	"(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" " octets " " lines        \
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
	{"Content-Type: image/png; name=\"a;b.png\"\r\nContent-ID: <i@x>\r\nContent-Description: a "
	 " b\r\n"
	 "Content-Transfer-Encoding: base64 (c)\r\nContent-MD5: Q2hlY2s=\r\n"
	 "Content-Disposition: attachment; filename=a.png; size=3\r\nContent-Language: en\r\n"
	 "Content-Location: http://x.test/a\r\n\r\nAAAA\r\n",
	 "(\"image\" \"png\" (\"name\" \"a;b.png\") \"<i@x>\" \"a  b\" \"base64\" 6 \"Q2hlY2s=\" "
	 "(\"attachment\" (\"filename\" \"a.png\" \"size\" \"3\")) \"en\" \"http://x.test/a\")"},
	{"Content-Type: a/b\r\nContent-Language: en, de (c),fr\r\nContent-Disposition: "
	 "inline\r\n\r\n",
	 "(\"a\" \"b\" NIL NIL NIL \"7BIT\" 0 NIL (\"inline\" NIL) (\"en\" \"de\" \"fr\") NIL)"},
	/* RFC 2045 5.1 and 5.2 */
	{"Content-type: text/plain; charset=us-ascii (Plain text)\r\n\r\n",
	 "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL)"},
	{"Content-type: (a) text (b(c)) / (d) plain (e) ; (f) x (g) = (h) \"y\\\"z\" (i); "
	 ";w\r\n\r\n",
	 "(\"text\" \"plain\" (\"x\" \"y\\\"z\") NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL)"},
	{"Content-Type: nonsense\r\n\r\n", PLAIN("0", "0")},
	{"Content-Type: text\r\n\r\n", PLAIN("0", "0")},
	{"Content-Type: /plain\r\n\r\n", PLAIN("0", "0")},
	{"Content-Type: multipart/mixed\r\n\r\nx\r\n", PLAIN("3", "1")}, /* no boundary */
	{"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\nx\r\n", PLAIN("3", "1")},
	{"Content-Type: a/b; x=\"y\\\"\"; w ; z=\"\\\\\"; v=\"\\\r\n\r\n",
	 "(\"a\" \"b\" (\"x\" \"y\\\"\" \"z\" \"\\\\\" \"v\" \"\\\\\") NIL NIL \"7BIT\" 0 NIL NIL "
	 "NIL NIL)"},
	{"Content-Type: a/b\r\nContent-Language: ,en,,de,\r\n\r\n",
	 "(\"a\" \"b\" NIL NIL NIL \"7BIT\" 0 NIL NIL (\"en\" \"de\") NIL)"},
	/* RFC 2231 */
	{"Content-Type: a/b; u*1=\"two \"; u*0=one; u*2=three\r\n\r\n",
	 "(\"a\" \"b\" (\"u\" \"onetwo three\") NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: a/b; t*=us-ascii'en-us'This%20is\r\n\r\n",
	 "(\"a\" \"b\" (\"t*\" \"us-ascii'en-us'This%20is\") NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: a/b;\r\n t*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
	 " t*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n t*2=\"isn't it!\"\r\n\r\n",
	 "(\"a\" \"b\" (\"t*\" "
	 "\"us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!\") "
	 "NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: a/b; x*0=0; x*1=1; x*2=2; x*3=3; x*4=4; x*5=5; x*6=6; x*7=7; x*8=8; x*9=9; "
	 "x*10=A; x*11*=%20\r\n\r\n",
	 "(\"a\" \"b\" (\"x*\" \"''0123456789A%20\") NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: a/b; x*1=b; y=c; X*3=d; x*a=e; z*0=f; Z*1*=g\r\n\r\n",
	 "(\"a\" \"b\" (\"x*1\" \"b\" \"y\" \"c\" \"X*3\" \"d\" \"x*a\" \"e\" \"z*\" \"''fg\") "
	 "NIL NIL \"7BIT\" 0 NIL NIL NIL NIL)"},
	{"Content-Type: multipart/mixed; boundary*=us-ascii'en'a%20b%3d\r\n\r\n--a b=\r\n\r\none\r\n--a b=--\r\n",
	 "(" PLAIN("3", "0") " \"mixed\" (\"boundary*\" \"us-ascii'en'a%20b%3d\") NIL NIL NIL)"},
	{"Content-Type: multipart/mixed; boundary*0*=''a%20; boundary*1=\"%b\"\r\n\r\n--a %b\r\n\r\none\r\n--a %b--\r\n",
	 "(" PLAIN("3", "0") " \"mixed\" (\"boundary*\" \"''a%20%25b\") NIL NIL NIL)"},
	/* multiparts */
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n\r\none\r\n--b\r\nA: "
	 "b\r\n\r\ntwo\r\n"
	 "three\r\n--b--\r\nafter\r\n--b\r\n",
	 "(" PLAIN("3", "0") PLAIN("10", "1") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\r\n--b--",
	 "(" PLAIN("0", "0") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n--b\r\nA: "
	 "b\r\n--b--\r\n",
	 "(" PLAIN("0", "0") PLAIN("0", "0") PLAIN("0", "0") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nno end\r\n",
	 "(" PLAIN("8", "1") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\nno part\r\n",
	 "(" PLAIN("0", "0") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b "
	 "\t\r\n\r\nx\r\n--bb\r\n--b--x\r\n-b\r\n --b\r\n--b-- \r\n",
	 "(" PLAIN("25", "4") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=\"b--\"\r\n\r\n--b--\r\n\r\nx\r\n--b----\r\n",
	 "(" PLAIN("1", "0") " " MIXED("b--")},
	{"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
	 "(" PLAIN("3", "0") PLAIN("3", "0") " " MIXED("b")},
	/* nested ones; the outer boundary ends both; prefixes of each other */
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; "
	 "boundary=bb\r\n"
	 "\r\n--bb\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--bb\r\n--b--\r\n",
	 "((" PLAIN("3", "0") " " MIXED("bb") PLAIN("9", "1") " " MIXED("b")},
	{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; "
	 "boundary=b\r\n"
	 "\r\n--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
	 "((" PLAIN("3", "0") " " MIXED("b") PLAIN("3", "0") " " MIXED("b")},
	/* messages in it; a digest's parts are some by default (RFC 2046 5.1.5) */
	{"Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nx\r\n",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 17 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL "
	 "NIL) " PLAIN("3", "1") " 3 NIL NIL NIL NIL)"},
	{"Content-Type: message/rfc822\r\n\r\n",
	 "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 0 (NIL NIL NIL NIL NIL NIL NIL NIL NIL "
	 "NIL) " PLAIN("0", "0") " 0 NIL NIL NIL NIL)"},
	{"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: "
	 "s\r\n\r\nx\r\n--b\r\n"
	 "Content-Type: text/x\r\n\r\n--b--\r\n",
	 "((\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 15 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL "
	 "NIL) " PLAIN("1", "0") " 2 NIL NIL NIL NIL)(\"text\" \"x\" NIL NIL NIL \"7BIT\" 0 0 NIL "
				 "NIL NIL NIL) "
				 "\"digest\" (\"boundary\" \"b\") NIL NIL NIL)"},
	{"Content-Type: message/global; name=a.eml\r\nContent-Transfer-Encoding: "
	 "base64\r\n\r\nAAAA\r\n",
	 "(\"APPLICATION\" \"OCTET-STREAM\" (\"name\" \"a.eml\") NIL NIL \"base64\" 6 NIL NIL NIL "
	 "NIL)"},
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
	mime_feed(m, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
			 "message/rfc822\r\n"
			 "Subject: not this\r\n\r\nSubject: this\r\n\r\nx\r\n--b--\r\n"));
	mime_end(m);
	assert_int_equal(mime_bodystructure(m, false, &b), 0);
	assert_text(buf_str(&b),
		    "((\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 18 "
		    "(NIL \"this\" NIL NIL NIL NIL NIL NIL NIL NIL) "
		    "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 1 0) 2) "
		    "\"mixed\")",
		    "BODY");
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
		{STR("Received: x\r\nreceived: y\r\n z\r\nReceived-SPF: x\r\n\r\nReceived: z\r\n"),
		 49, 1, 2, 0},
		{STR("\r\n.x\r\n"), 2, 1, 0, DOTS},
		{STR(".: x\r\n\r\n"), 8, 0, 0, DOTS},
		{STR("A: b\r\n\r\nx.y\r\n .\r\n"), 8, 2, 0, 0},
		{STR("A: b\r\n\r\n0123456789abcdef\r\n0123456789abcd\r\n.\r\n"), 8, 3, 0, DOTS},
		{STR("A: b\r\n\r\n\0"), 8, 0, 0, NUL},
		{STR("A: b\r\n\r\n0123456789abc\0defghijklmnop"), 8, 0, 0, NUL},
		{STR("A: \0\r\n\r\n"), 8, 0, 0, NUL},
		{STR("A: b\r\n\r\n0123456789abcdef\xff"), 8, 0, 0, EIGHT},
		{STR("A: \xc3\xa9\r\n\r\n"), 9, 0, 0, EIGHT | UTF8},
		{STR("A: \xe9t\xe9\r\n\r\n"), 10, 0, 0,
		 EIGHT}, /* Latin-1: not for RFC 6856 to mind */
		{STR("A: \xe9\r\nB: \xf0\x9f\x98\x80\r\n\r\n"), 17, 0, 0, EIGHT | UTF8},
		{STR("A: \xed\xa0\x80\r\nB: \xc3\r\nC: \xc0\x80\r\n\r\n"), 23, 0, 0, EIGHT},
		{STR("A: \xf4\x8f\xbf\xbf\r\n\r\n"), 11, 0, 0, EIGHT | UTF8},
		{STR("A: \xe0\xa0\x80\r\n\r\n"), 10, 0, 0, EIGHT | UTF8},
		{STR("A: \xf4\x90\x80\x80\r\n\r\n"), 11, 0, 0, EIGHT},
		{STR("A: \xe0\x9f\xbf\r\n\r\n"), 10, 0, 0, EIGHT},
		{STR("A: b\r\n\r\n\xc3\xa9\r\n"), 8, 1, 0, EIGHT},
		{STR("A: \xc3\xa9"), 5, 0, 0, EIGHT | UTF8},
		{STR("Content-Transfer-Encoding: BINARY\r\n\r\n"), 37, 0, 0, BINARY},
		{STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: "
		     "\xc3\xa9\r\nReceived: x\r\n"
		     "Content-Transfer-Encoding: binary\r\n\r\n"),
		 45, 5, 0, EIGHT | UTF8 | BINARY},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct rendered r = parse(t[i].text, 0, 1000);
		struct mime_facts *f = &r.facts;
		unsigned bits = (f->dots ? DOTS : 0) | (f->nul ? NUL : 0) |
				(f->eightbit ? EIGHT : 0) | (f->needs_utf8 ? UTF8 : 0) |
				(f->binary ? BINARY : 0);

		if (f->size != t[i].text.n || f->header_bytes != t[i].header_bytes ||
		    f->lines != t[i].lines || f->received != t[i].received || bits != t[i].bits ||
		    f->cut)
			fail_msg("row %zu: %u %u %u %u", i, f->header_bytes, f->lines, f->received,
				 bits);
		rendered_free(&r);
	}
}

static void fields(void **state)
{
	struct mime *m = mime_new();
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add(&b, STR("MESSAGE-id : \t<a@b>\r\n  \r\nSubject: one\r\n two\0\r\nSubject: "
			"three\r\nX-Y: z\r\n"
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
	assert_true(
		str_starts(mime_field(m, STR("References")), STR("<id50@x.test> <id51@x.test>")));
	assert_true(
		str_ends(mime_field(m, STR("References")), STR("<id148@x.test> <id149@x.test>")));
	mime_reset(m);
	assert_null(mime_field(m, STR("Message-ID")).p);
	assert_int_equal(mime_facts(m)->size, 0);
	mime_feed(m, STR("Message-ID: <c@d>"));
	mime_end(m);
	assert_text(mime_field(m, STR("Message-ID")), "<c@d>", "Message-ID");
	mime_free(m);
	buf_free(&b);
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
	check_cuts(
		STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
		    "message/rfc822\r\n"
		    "\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\ntwo\r\n--c\r\n"
		    "Content-Type: message/rfc822\r\n\r\nSubject: "
		    "x\r\n\r\nthree\r\nfour\r\n--c--\r\n--b--\r\n"));
	check_cuts(STR("Subject: a\r\r\n b\r\rc\r\r\n\r\nA: \xf0\x9f\x98\x80\r\n\r\r\n\r\nx"));
	check_cuts(STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b                       "
		       "       \t "
		       "\r\n\r\nx\r\n--b-x\r\n--b--\r"));
}

/* The longest boundary; a line that only begins like its last one is none. */
static void longest_boundary(void **state)
{
	static const struct {
		unsigned boundary_n;
		const char *behind;
		bool is_found;
	} t[] = {{250, "", true},
		 {250, " \t  ", true},
		 {250, "x", false},
		 {250, "--x", false},
		 {251, "", false}};
	char name[252];

	memset(name, 'a', sizeof(name));
	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct rendered r;
		struct buf b;

		buf_init(&b, 10000);
		buf_printf(&b, "Content-Type: multipart/x; boundary=%.*s\r\n\r\n",
			   (int)t[i].boundary_n, name);
		buf_printf(&b, "--%.*s%s\r\n\r\n", (int)t[i].boundary_n, name, t[i].behind);
		r = parse(buf_str(&b), 0, 100);
		assert_int_equal((unsigned char)r.offsets.p[1] & 8, t[i].is_found ? 8 : 0);
		rendered_free(&r);
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_structures),
		cmocka_unit_test(body_without_extension),
		cmocka_unit_test(facts),
		cmocka_unit_test(fields),
		cmocka_unit_test(longest_boundary),
		cmocka_unit_test(any_way_to_cut),
	};

	return cmocka_run_group_tests_name("wire/mime", tests, NULL, NULL);
}
