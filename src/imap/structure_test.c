/* structure_test.c - BODY from BODYSTRUCTURE, leaves and their paths; PREVIEW's texts by rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "imap/preview.h"
#include "imap/structure.h"
#include "wire/mime.h"

#define TEXT_EXT "(\"text\" \"plain\" (\"charset\" \"x\") NIL NIL \"7BIT\" 5 1 NIL NIL NIL NIL)"
#define TEXT     "(\"text\" \"plain\" (\"charset\" \"x\") NIL NIL \"7BIT\" 5 1)"
#define PNG_EXT  "(\"image\" \"png\" NIL NIL {2}\r\n)( \"base64\" 9 \"md5\" (\"inline\" NIL) \"en\" \"l\")"
#define PNG      "(\"image\" \"png\" NIL NIL {2}\r\n)( \"base64\" 9)"
#define ENV      "(NIL \"a (b\" NIL NIL NIL NIL NIL NIL NIL NIL)"
#define MSG(body, end) "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 9 " ENV " " body " 3" end ")"

static const struct {
	const char *in, *out, *paths; /* out: NULL if it is damaged */
} rows[] = {
	{TEXT_EXT, TEXT, "1"},
	{PNG_EXT, PNG, "1"},
	{"(" TEXT_EXT PNG_EXT " \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)",
	 "(" TEXT PNG " \"mixed\")", "1 2"},
	{"((" TEXT_EXT TEXT_EXT " \"alternative\" NIL NIL NIL NIL)" PNG_EXT " \"mixed\" NIL NIL NIL NIL)",
	 "((" TEXT TEXT " \"alternative\")" PNG " \"mixed\")", "1.1 1.2 2"},
	{MSG(TEXT_EXT, " NIL NIL NIL NIL"), MSG(TEXT, ""), "1.1"},
	{MSG("(" TEXT_EXT PNG_EXT " \"x\" NIL NIL NIL NIL)", " NIL NIL NIL NIL"),
	 MSG("(" TEXT PNG " \"x\")", ""), "1.1 1.2"},
	{"(" TEXT_EXT MSG(TEXT_EXT, " NIL NIL NIL NIL") PNG_EXT " \"m\" NIL NIL NIL NIL)",
	 "(" TEXT MSG(TEXT, "") PNG " \"m\")", "1 2.1 3"},
	{"(" MSG(MSG(TEXT_EXT, " NIL NIL NIL NIL"), " NIL NIL NIL NIL") PNG_EXT " \"m\" NIL NIL NIL NIL)",
	 "(" MSG(MSG(TEXT, ""), "") PNG " \"m\")", "1.1.1 2"},
	{"(" MSG("(" TEXT_EXT " \"x\" NIL NIL NIL NIL)", " NIL NIL NIL NIL") PNG_EXT
	 " \"m\" NIL NIL NIL NIL)", "(" MSG("(" TEXT " \"x\")", "") PNG " \"m\")", "1.1 2"},
	{"", NULL, ""}, {"(", NULL, ""}, {"()", NULL, ""}, {"(\"text\")", NULL, ""},
	{TEXT_EXT " ", NULL, "1"}, {"(" TEXT_EXT ")", NULL, "1"},
	{"(\"text\" \"plain\" (\"charset\" \"x) NIL NIL \"7BIT\" 5 1 NIL)", NULL, ""},
	{"(\"a\" {99}\r\nb NIL NIL NIL \"7BIT\" 5)", NULL, ""},
};

static bool add_path(void *arg, const struct structure_leaf *leaf)
{
	struct buf *out = arg;

	if (out->n)
		buf_add_char(out, ' ');
	for (size_t i = 0; i < leaf->n_path; i++)
		buf_printf(out, i ? ".%u" : "%u", leaf->path[i]);
	return true;
}

static void shortens_and_walks(void **state)
{
	struct buf out, paths;

	buf_init(&out, 4096);
	buf_init(&paths, 4096);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		int r;

		buf_clear(&out);
		buf_clear(&paths);
		r = structure_basic(str_of(rows[i].in), &out);
		if (!rows[i].out) {
			if (r != E_DAMAGED)
				fail_msg("%s: %d", rows[i].in, r);
			continue;
		}
		if (r != 0 || !str_eq(buf_str(&out), str_of(rows[i].out)))
			fail_msg("%s: %d %.*s", rows[i].in, r, (int)out.n, out.p);
		assert_int_equal(structure_leaves(str_of(rows[i].in), add_path, &paths), 0);
		if (!str_eq(buf_str(&paths), str_of(rows[i].paths)))
			fail_msg("%s: %.*s", rows[i].in, (int)paths.n, paths.p);
	}
	buf_free(&out);
	buf_free(&paths);
}

/* What wire/ renders without extension data is what we make of it with. Each leaf is where the
 * offsets say. */
static const char *const messages[] = {
	"Subject: x\r\n\r\nbody\r\n",
	"",
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
	"Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
	"--c\r\n\r\ntwo\r\n--c\r\nContent-Type: image/png\r\nContent-Disposition: attachment;"
	" filename=\"a\\\"b\"\r\nContent-Language: en, de\r\n\r\nthree\r\n--c--\r\n--b--\r\n",
	"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx",
	"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: one\r\n\r\nx\r\n--b--\r\n",
	"Content-Type: text/plain; charset=\"\xff\xfe\"\r\nSubject: (\"\xe9\r\n\r\nx",
};

struct looking {
	struct str table;
	unsigned found;
};

static bool look_up(void *arg, const struct structure_leaf *leaf)
{
	struct looking *l = arg;
	struct mime_part part;

	assert_int_equal(mime_offsets_find(l->table, leaf->path, leaf->n_path, &part), 0);
	assert_false(part.is_message);
	l->found++;
	return true;
}

static void agrees_with_the_parser(void **state)
{
	struct buf full, basic, out, table;

	buf_init(&full, 1 << 20);
	buf_init(&basic, 1 << 20);
	buf_init(&out, 1 << 20);
	buf_init(&table, 1 << 20);
	for (size_t i = 0; i < COLUMNS(messages); i++) {
		struct mime *m = mime_new();
		struct looking l = {0};

		mime_feed(m, str_of(messages[i]));
		mime_end(m);
		buf_clear(&full);
		buf_clear(&basic);
		buf_clear(&out);
		buf_clear(&table);
		assert_int_equal(mime_bodystructure(m, true, &full), 0);
		assert_int_equal(mime_bodystructure(m, false, &basic), 0);
		assert_int_equal(mime_offsets(m, &table), 0);
		if (structure_basic(buf_str(&full), &out) != 0 ||
		    !str_eq(buf_str(&out), buf_str(&basic)))
			fail_msg("%.*s\n%.*s\n%.*s", (int)full.n, full.p, (int)basic.n, basic.p,
				 (int)out.n, out.p);
		l.table = buf_str(&table);
		/* a multipart without parts is shown with an empty one, which nothing stands for */
		if (i != 2) {
			assert_int_equal(structure_leaves(buf_str(&full), look_up, &l), 0);
			assert_true(l.found > 0);
		}
		mime_free(m);
	}
	buf_free(&full);
	buf_free(&basic);
	buf_free(&out);
	buf_free(&table);
}

static void finds_parameters(void **state)
{
	struct str params = STR("(\"name\" \"a b\" \"CharSet\" {5}\r\nutf-8 \"x\" \"y\")");

	assert_true(str_eq(structure_param(params, STR("charset")), STR("utf-8")));
	assert_true(str_eq(structure_param(params, STR("NAME")), STR("a b")));
	assert_null(structure_param(params, STR("none")).p);
	assert_null(structure_param(STR("NIL"), STR("x")).p);
	assert_null(structure_param(STR("("), STR("x")).p);
	assert_null(structure_param(STR("(\"x"), STR("x")).p);
}

static const struct {
	const char *in, *out;
	bool is_html;
} previews[] = {
	{"", ""}, {"hello", "hello"}, {"  a \r\n\r\n\tb\r\n", "a b"},
	{"> quoted\r\ntext\r\n> more\r\nend", "text end"},
	{"a\xc2\xa0\xe2\x80\x8b\x01z", "a z"},
	{"<p>a</p><p>b</p>", "a b", true}, {"x<b>y</b>z", "xyz", true},
	{"a &lt; b &amp;c &#65;&#x42; &nbsp;&bogus; &", "a < b &c AB &bogus; &", true},
	{"<style>p{}</style>a<script>b</script>c", "a c", true},
	{"<head><title>t</title></head><body>b", "b", true},
	{"a<!-- > x -->b", "ab", true}, {"a<!-- x", "a", true}, {"a<p title='>'>b", "a b", true},
	{"1 < 2", "1 < 2", true}, {"a<", "a<", true}, {"a<p", "a", true}, {"<style>x", "", true},
	{"&#xd800;&#0;&#x110000;&#99999999999;", "&#xd800;&#0;&#x110000;&#99999999999;", true},
};

static void shows_the_beginning(void **state)
{
	struct buf out, text;

	buf_init(&out, 4096);
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < COLUMNS(previews); i++) {
		buf_clear(&out);
		assert_int_equal(preview_of(str_of(previews[i].in), previews[i].is_html, &out), 0);
		if (!str_eq(buf_str(&out), str_of(previews[i].out)))
			fail_msg("\"%s\": \"%.*s\"", previews[i].in, (int)out.n, out.p);
	}
	for (unsigned i = 0; i < 1000; i++)
		buf_add(&text, STR("\xc3\xbc "));
	buf_clear(&out);
	assert_int_equal(preview_of(buf_str(&text), false, &out), 0);
	assert_in_range(out.n, 298, 302); /* 200 characters: half of them two octets */
	buf_free(&out);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shortens_and_walks),
		cmocka_unit_test(agrees_with_the_parser),
		cmocka_unit_test(finds_parameters),
		cmocka_unit_test(shows_the_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
