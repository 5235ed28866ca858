/* mime-offsets_test.c - where the parts of a message are, by rows, and in a damaged table.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/err.h"
#include "wire/mime.h"

static struct buf table_of(struct str message)
{
	struct mime *m = mime_new();
	struct buf b;

	buf_init(&b, 10000);
	mime_feed(m, message);
	mime_end(m);
	assert_int_equal(mime_offsets(m, &b), 0);
	mime_free(m);
	return b;
}

static const char nested[] =
	"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n" /* 0: 45 octets of header */
	"--b\r\nA: 1\r\n\r\none\r\n"                               /* 1: header at 55 */
	"--b\r\nContent-Type: message/rfc822\r\n\r\n"       /* 2: header at 73, body at 105 */
	"Content-Type: multipart/mixed; boundary=c\r\n\r\n" /* 2.0: body at 150 */
	"--c\r\n\r\ntwo\r\n"                                /* 2.1: header at 155, body at 157 */
	"--c\r\nContent-Type: message/rfc822\r\n\r\n"       /* 2.2: at 167, body at 199 */
	"Subject: x\r\n\r\nthree\r\nfour"                   /* 2.2.1: body at 213, 11 octets */
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
	struct buf table = table_of(str_of(nested));

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct mime_part p = {0};
		int got = mime_offsets_find(buf_str(&table), t[i].path, t[i].n, &p);

		if (got != t[i].r || p.header_at != t[i].p.header_at ||
		    p.header_n != t[i].p.header_n || p.body_at != t[i].p.body_at ||
		    p.body_n != t[i].p.body_n || p.lines != t[i].p.lines ||
		    p.encoding != t[i].p.encoding || p.is_message != t[i].p.is_message)
			fail_msg("row %zu: %d, %ju+%ju %ju+%ju %u %u %d", i, got,
				 (uintmax_t)p.header_at, (uintmax_t)p.header_n,
				 (uintmax_t)p.body_at, (uintmax_t)p.body_n, p.lines, p.encoding,
				 p.is_message);
	}
	buf_free(&table);
}

/* What is no multipart is its own part 1 (RFC 9051 6.4.5.1). */
static void offsets_of_single_parts(void **state)
{
	static const char text[] =
		"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n\r\nx\r\n";
	static const struct {
		uint32_t path[5];
		size_t n;
		uint64_t body_at;
	} t[] = {{{0}, 0, 32},         {{1}, 1, 32},       {{1, 0}, 2, 64},
		 {{1, 1}, 2, 64},      {{1, 1, 0}, 3, 66}, {{1, 1, 1}, 3, 66},
		 {{1, 1, 1, 1}, 4, 0}, {{2}, 1, 0},        {{1, 2}, 2, 0}};
	struct buf table = table_of(str_of(text));

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct mime_part p = {0};
		int got = mime_offsets_find(buf_str(&table), t[i].path, t[i].n, &p);

		assert_int_equal(got, t[i].body_at ? 0 : E_NOTFOUND);
		assert_int_equal(p.body_at, t[i].body_at);
	}
	buf_free(&table);
}

static void damaged_offsets(void **state)
{
	struct buf table = table_of(str_of(nested));
	static const uint32_t path[] = {2, 2, 1};
	struct mime_part p;

	assert_int_equal(mime_offsets_find(STR(""), path, 3, &p), E_DAMAGED);
	assert_int_equal(mime_offsets_find(STR("\1"), path, 3, &p), E_DAMAGED);
	assert_int_equal(mime_offsets_find(STR("\1\40\0\0\0\0"), NULL, 0, &p), E_DAMAGED);
	assert_int_equal(mime_offsets_find(STR("\1\6\0\0\0\0"), NULL, 0, &p), E_DAMAGED);
	assert_int_equal(mime_offsets_find(STR("\1\5\0\0\0\0"), NULL, 0, &p), 0);
	assert_int_equal(mime_offsets_find(STR("\2\0\0\0\0\0"), NULL, 0, &p), E_DAMAGED);
	for (size_t i = 0; i < table.n; i++)
		assert_true(mime_offsets_find(str_head(buf_str(&table), i), path, 3, &p) < 0 ||
			    i + 12 > table.n);
	for (size_t i = 0; i < table.n; i++) /* any octet changed: no crash, no endless loop */
		for (int bit = 0; bit < 8; bit++) {
			table.p[i] ^= (char)(1 << bit);
			mime_offsets_find(buf_str(&table), path, 3, &p);
			table.p[i] ^= (char)(1 << bit);
		}
	buf_free(&table);
}

/* RFC 2045 6.4: what has parts is not encoded itself. */
static void encodings(void **state)
{
	static const struct {
		const char *encoding;
		int leaf, multipart, message;
	} t[] = {
		{"7bit", MIME_7BIT, MIME_7BIT, MIME_7BIT},
		{"8BIT", MIME_8BIT, MIME_8BIT, MIME_8BIT},
		{"binary", MIME_BINARY, MIME_BINARY, MIME_BINARY},
		{"base64", MIME_BASE64, MIME_7BIT, MIME_BASE64},
		{"quoted-printable (c)", MIME_QP, MIME_7BIT, MIME_QP},
		{"(c) x-uuencode", MIME_OTHER, MIME_7BIT, MIME_7BIT},
		{"", MIME_7BIT, MIME_7BIT, MIME_7BIT},
	};
	static const char *const types[] = {"text/plain", "multipart/x; boundary=b",
					    "message/rfc822"};

	for (size_t i = 0; i < COLUMNS(t); i++)
		for (size_t k = 0; k < COLUMNS(types); k++) {
			struct buf text, table;
			struct mime_part p;

			buf_init(&text, 1000);
			buf_printf(
				&text,
				"Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n--b\r\n",
				types[k], t[i].encoding);
			table = table_of(buf_str(&text));
			assert_int_equal(mime_offsets_find(buf_str(&table), NULL, 0, &p), 0);
			assert_int_equal(p.encoding, k == 0   ? t[i].leaf
						     : k == 1 ? t[i].multipart
							      : t[i].message);
			buf_free(&text);
			buf_free(&table);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),
		cmocka_unit_test(offsets_of_single_parts),
		cmocka_unit_test(damaged_offsets),
		cmocka_unit_test(encodings),
	};

	return cmocka_run_group_tests_name("wire/mime-offsets", tests, NULL, NULL);
}
