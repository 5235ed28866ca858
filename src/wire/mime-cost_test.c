/* mime-cost_test.c - hostile messages cost no more than their size (SECURITY C1, C2).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each shape is made with n, 2n, 4n and 8n of its thing; work is counted in steps, so that no
 * machine is too slow for the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/err.h"
#include "wire/mime.h"

enum { MESSAGE_MOST = 64 << 20, RENDERED_MOST = 64 << 20, CHUNK = 64 << 10, STEPS_AN_OCTET = 40 };

static void repeat(struct buf *b, const char *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_add(b, str_of(s));
}

static void multiparts_in_each_other(struct buf *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_printf(b, "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i, i);
}

static void multiparts_of_one_boundary(struct buf *b, unsigned n)
{
	repeat(b, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", n);
	repeat(b, "--b\r\n", n);
}

static void messages_in_each_other(struct buf *b, unsigned n)
{
	repeat(b, "Content-Type: message/rfc822\r\n\r\n", n);
}

static void many_parts(struct buf *b, unsigned n)
{
	buf_add(b, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n"));
	repeat(b, "--b\r\n\r\nx\r\n", n);
	buf_add(b, STR("--b--\r\n"));
}

static void many_parts_with_headers(struct buf *b, unsigned n)
{
	buf_add(b, STR("Content-Type: multipart/digest; boundary=b\r\n\r\n"));
	repeat(b,
	       "--b\r\nContent-Type: text/plain; charset=x; a*0=b; a*1=c\r\nContent-ID: "
	       "<x>\r\n\r\nx\r\n",
	       n);
}

static void digest_behind_a_comment(struct buf *b, unsigned n)
{
	buf_add(b, STR("Content-Type: ("));
	repeat(b, "12345678", n);
	buf_add(b, STR(") multipart/digest; boundary=b\r\n\r\n"));
	repeat(b, "--b\r\n\r\n", n);
}

static void boundaries_that_begin_alike(struct buf *b, unsigned n)
{
	char name[101];

	memset(name, 'a', sizeof(name));
	for (unsigned i = 1; i < sizeof(name); i++)
		buf_printf(b, "Content-Type: multipart/mixed; boundary=%.*s\r\n\r\n--%.*s\r\n",
			   (int)i, name, (int)i, name);
	buf_add(b, STR("\r\n"));
	for (unsigned i = 0; i < n; i++)
		buf_printf(b, "--%.*sb\r\n", (int)(i % sizeof(name)), name);
}

static void no_last_boundary(struct buf *b, unsigned n)
{
	multiparts_in_each_other(b, 99);
	buf_add(b, STR("\r\n"));
	repeat(b, "--\r\n-\r\n--b--x\r\n", n);
}

static void params_in_pieces(struct buf *b, unsigned n)
{
	buf_add(b, STR("Content-Type: a/b"));
	for (unsigned i = 0; i < n; i++)
		buf_printf(b, ";\r\n x*%u*=y", n - i);
	buf_add(b, STR("\r\nContent-Disposition: a"));
	repeat(b, ";x*0=y", n);
	buf_add(b, STR("\r\n"));
}

static void long_params(struct buf *b, unsigned n)
{
	buf_add(b, STR("Content-Type: a/b"));
	for (unsigned i = 0; i < 128; i++) {
		buf_add(b, STR(";"));
		repeat(b, "x", n / 64);
		buf_printf(b, "*%u*=\"", 128 - i);
		repeat(b, "\\y", n / 64);
		buf_add(b, STR("\""));
	}
	buf_add(b, STR("\r\n"));
}

static void comments_in_each_other(struct buf *b, unsigned n)
{
	static const char *const names[] = {"To",
					    "From",
					    "Date",
					    "Content-Type",
					    "Content-Language",
					    "Content-Transfer-Encoding",
					    "Content-Disposition"};

	for (size_t i = 0; i < COLUMNS(names); i++) {
		buf_printf(b, "%s: a", names[i]);
		repeat(b, "(", n);
		buf_add(b, STR("\r\n"));
	}
}

static void many_from_lines(struct buf *b, unsigned n)
{
	repeat(b, "From: a@b.test\r\n", n);
}

static void many_to_lines(struct buf *b, unsigned n)
{
	repeat(b, "To: a@b.test\r\n", n);
}

static void one_long_from(struct buf *b, unsigned n)
{
	buf_add(b, STR("From: a@b"));
	repeat(b, ",\r\n a@b", n);
	buf_add(b, STR("\r\n"));
}

static void commas(struct buf *b, unsigned n)
{
	buf_add(b, STR("From: "));
	repeat(b, ",", n);
	repeat(b, "a,", n);
	repeat(b, "a:;", n);
	repeat(b, "@", n);
	repeat(b, "<", n);
	buf_add(b, STR("\r\n"));
}

static void long_words(struct buf *b, unsigned n)
{
	buf_add(b, STR("From: "));
	repeat(b, "a ", n);
	buf_add(b, STR("<"));
	repeat(b, "\\\"", n);
	repeat(b, "a@", n);
	buf_add(b, STR("\r\nSubject: "));
	repeat(b, "\"", n);
	buf_add(b, STR("\r\n"));
}

static void many_references(struct buf *b, unsigned n)
{
	buf_add(b, STR("References:"));
	repeat(b, "\r\n <1234567890@b.test>", n);
	buf_add(b, STR("\r\n"));
}

static void many_empty_references(struct buf *b, unsigned n)
{
	repeat(b, "References: x\r\n", n);
	buf_add(b, STR("In-Reply-To:"));
	repeat(b, " \r\n", n);
}

static void one_long_line(struct buf *b, unsigned n)
{
	repeat(b, "Subject", n);
}

static void languages(struct buf *b, unsigned n)
{
	buf_add(b, STR("Content-Language: a"));
	repeat(b, ",a", n);
	repeat(b, ",", n);
	buf_add(b, STR("\r\n"));
}

static const struct shape {
	const char *name;
	void (*make)(struct buf *b, unsigned n);
	unsigned n;
} shapes[] = {
	{"multiparts in each other", multiparts_in_each_other, 12500}, /* 10^5 at the end */
	{"multiparts of one boundary", multiparts_of_one_boundary, 12500},
	{"messages in each other", messages_in_each_other, 12500},
	{"many parts", many_parts, 125000}, /* 10^6 */
	{"few parts", many_parts, 1250},    /* up to the limit */
	{"many parts with headers", many_parts_with_headers, 1200},
	{"digest behind a comment", digest_behind_a_comment, 1200},
	{"boundaries that begin alike", boundaries_that_begin_alike, 5000},
	{"no last boundary", no_last_boundary, 20000},
	{"params in pieces", params_in_pieces, 125000}, /* 10^6 */
	{"few params in pieces", params_in_pieces, 15},
	{"long params", long_params, 6400},
	{"comments in each other", comments_in_each_other, 4000},
	{"many From lines", many_from_lines, 62500}, /* 500,000 */
	{"many To lines", many_to_lines, 12500},
	{"one long From", one_long_from, 12500}, /* 10^5 */
	{"commas", commas, 4000},
	{"long words", long_words, 6000},
	{"many References", many_references, 125000}, /* 10^6 */
	{"many empty References", many_empty_references, 12500},
	{"one long line", one_long_line, 125000},
	{"languages", languages, 12500},
};

static uint64_t steps_of(const struct shape *s, unsigned n, uint64_t *size)
{
	struct mime *m = mime_new();
	uint64_t steps;
	struct buf b;

	buf_init(&b, MESSAGE_MOST);
	s->make(&b, n);
	assert_int_equal(b.failed, 0);
	*size = b.n;
	for (size_t at = 0; at < b.n; at += CHUNK)
		mime_feed(m, str_head(str_from(buf_str(&b), at), CHUNK));
	mime_end(m);
	buf_free(&b);
	buf_init(&b, RENDERED_MOST);
	assert_int_equal(mime_envelope(m, &b), 0);
	assert_int_equal(mime_bodystructure(m, true, &b), 0);
	assert_int_equal(mime_offsets(m, &b), 0);
	assert_true(b.n < 16 << 20);
	steps = mime_facts(m)->steps;
	buf_free(&b);
	mime_free(m);
	return steps;
}

static void hostile_messages(void **state)
{
	for (size_t i = 0; i < COLUMNS(shapes); i++) {
		uint64_t before = 0, size;

		for (unsigned twice = 0; twice < 4; twice++) {
			uint64_t steps = steps_of(&shapes[i], shapes[i].n << twice, &size);

			if (before && (double)steps / (double)before > 2.6)
				fail_msg("%s: %u cost %ju, twice that %ju", shapes[i].name,
					 shapes[i].n << (twice - 1), (uintmax_t)before,
					 (uintmax_t)steps);
			if (steps / size > STEPS_AN_OCTET)
				fail_msg("%s: %ju octets cost %ju", shapes[i].name, (uintmax_t)size,
					 (uintmax_t)steps);
			before = steps;
		}
		if (getenv("VERBOSE"))
			print_message("%s: %.1f steps an octet\n", shapes[i].name,
				      (double)before / (double)size);
	}
}

/* SECURITY C1: depth 100, 10,000 parts; the rest is one opaque leaf, and the text is whole. */
static struct mime *parse_past_a_limit(const struct buf *b)
{
	struct mime *m = mime_new();

	mime_feed(m, buf_str(b));
	mime_end(m);
	assert_true(mime_facts(m)->cut);
	return m;
}

static int find(const struct mime *m, const uint32_t *path, size_t n, struct mime_part *p)
{
	struct buf table;
	int r;

	buf_init(&table, RENDERED_MOST);
	assert_int_equal(mime_offsets(m, &table), 0);
	r = mime_offsets_find(buf_str(&table), path, n, p);
	buf_free(&table);
	return r;
}

static void limit_of_depth(void **state)
{
	struct mime_part p;
	struct mime *m;
	struct buf b;
	uint32_t path[101];

	for (size_t i = 0; i < COLUMNS(path); i++)
		path[i] = 1;
	buf_init(&b, MESSAGE_MOST);
	multiparts_in_each_other(&b, 102);
	m = parse_past_a_limit(&b);
	assert_int_equal(find(m, path, 100, &p), 0);
	assert_int_equal(p.body_at + p.body_n, b.n);
	assert_int_equal(find(m, path, 101, &p), E_NOTFOUND);
	mime_free(m);
	buf_clear(&b);
	messages_in_each_other(&b, 101);
	mime_free(parse_past_a_limit(&b));
	buf_free(&b);
}

static void limit_of_parts(void **state)
{
	static const uint32_t last = 9999, next = 10000; /* the message is a part, too */
	struct mime_part p;
	struct mime *m;
	struct buf b;

	buf_init(&b, MESSAGE_MOST);
	many_parts(&b, 20000);
	m = parse_past_a_limit(&b);
	assert_int_equal(find(m, &last, 1, &p), 0);
	assert_int_equal(p.header_at, 45 + 9998 * 10 + 5); /* behind its boundary line */
	assert_int_equal(p.body_at + p.body_n, b.n);
	assert_int_equal(find(m, &next, 1, &p), E_NOTFOUND);
	buf_clear(&b);
	assert_int_equal(mime_bodystructure(m, false, &b), 0);
	assert_true(str_search(buf_str(&b), STR("(\"APPLICATION\" \"OCTET-STREAM\" NIL")) > 0);
	buf_free(&b);
	mime_free(m);
}

/* The last part is a message's only one, and a boundary ends both. */
static void limit_of_parts_at_a_boundary(void **state)
{
	static const uint32_t last = 5000, next = 5001;
	struct mime_part p;
	struct mime *m;
	struct buf b;

	buf_init(&b, MESSAGE_MOST);
	buf_add(&b, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"));
	repeat(&b, "--b\r\nContent-Type: message/rfc822\r\n", 6000);
	m = parse_past_a_limit(&b);
	assert_int_equal(find(m, &last, 1, &p), 0);
	assert_int_equal(find(m, &next, 1, &p), E_NOTFOUND);
	buf_free(&b);
	mime_free(m);
}

/* A header past its limit is not looked at, and no address is cut in two. */
static void long_headers(void **state)
{
	struct mime *m = mime_new();
	struct buf b;

	buf_init(&b, MESSAGE_MOST);
	one_long_from(&b, 300000); /* 2.4 MB */
	buf_add(&b, STR("Subject: too late\r\n\r\nbody"));
	mime_feed(m, buf_str(&b));
	mime_end(m);
	assert_true(mime_facts(m)->cut);
	assert_int_equal(mime_facts(m)->header_bytes, b.n - 4);
	assert_null(mime_field(m, STR("Subject")).p);
	buf_clear(&b);
	assert_int_equal(mime_envelope(m, &b), 0);
	assert_int_equal(str_search(buf_str(&b), STR("\"a\" \"\"")), -1);
	buf_free(&b);
	mime_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_messages), cmocka_unit_test(limit_of_depth),
		cmocka_unit_test(limit_of_parts),   cmocka_unit_test(limit_of_parts_at_a_boundary),
		cmocka_unit_test(long_headers),
	};

	return cmocka_run_group_tests_name("wire/mime-cost", tests, NULL, NULL);
}
