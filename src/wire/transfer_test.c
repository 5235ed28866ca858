/* transfer_test.c - base64 and quoted-printable by rows, in pieces of every size, and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/buf.h"
#include "wire/transfer.h"

static void decode(enum mime_encoding e, struct str in, size_t piece, struct buf *out)
{
	struct transfer_in d;
	char room[1400 + TRANSFER_HELD];

	transfer_begin(&d, e);
	for (size_t at = 0; at < in.n; at += piece) {
		struct str part = str_head(str_from(in, at), piece);
		size_t n = transfer_decode(&d, part, room);

		assert_true(n <= part.n + TRANSFER_HELD);
		buf_add(out, str_n(room, n));
	}
	buf_add(out, str_n(room, transfer_end(&d, room)));
}

static const struct {
	enum mime_encoding e;
	const char *in, *out;
} rows[] = {
	{MIME_BASE64, "", ""},
	{MIME_BASE64, "SGVsbG8=", "Hello"},
	{MIME_BASE64, "SGVs\r\nbG8=\r\n", "Hello"},
	{MIME_BASE64, "SGVsbG8", "Hello"},
	{MIME_BASE64, "SGVsbG8h", "Hello!"},
	{MIME_BASE64, "S!G(V)s\tb G8=", "Hello"},
	{MIME_BASE64, "SGVsbA==trailer", "Hell"},
	{MIME_BASE64, "SGVs=bA==", "Hell"},
	{MIME_BASE64, "=SGVsbA==", "Hell"},
	{MIME_BASE64, "S", ""},
	{MIME_BASE64, "+/+/", "\xfb\xff\xbf"},
	{MIME_QP, "", ""},
	{MIME_QP, "a=3Db", "a=b"},
	{MIME_QP, "=e2=82=AC", "\xe2\x82\xac"},
	{MIME_QP, "one=\r\n two", "one two"},
	{MIME_QP, "one= \t\r\ntwo", "onetwo"},
	{MIME_QP, "one=\ntwo", "onetwo"},
	{MIME_QP, "one  \t\r\ntwo", "one\r\ntwo"},
	{MIME_QP, "one \ntwo \r\n", "one\ntwo\r\n"},
	{MIME_QP, "one =20\r\n", "one  \r\n"},
	{MIME_QP, "a=4", "a=4"},
	{MIME_QP, "a=", "a"},
	{MIME_QP, "a=\r", "a"},
	{MIME_QP, "a=4\r\nb", "a=4\r\nb"},
	{MIME_QP, "a=4\nb", "a=4\nb"},
	{MIME_QP, "=XY=4Z==41", "=XY=4Z=A"},
	{MIME_QP, "= x", "= x"},
	{MIME_QP, "a\rb \rc", "a\rb \rc"},
	{MIME_QP, "a \r\r\n", "a \r\r\n"},
	{MIME_QP, "end \t", "end"},
	{MIME_QP, "end\r", "end\r"},
	{MIME_8BIT, "a=3D\r\n \xff", "a=3D\r\n \xff"},
	{MIME_OTHER, "a=3D ", "a=3D "},
};

static void decodes_rows(void **state)
{
	struct buf out;

	buf_init(&out, 4096);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct str in = str_of(rows[i].in);

		for (size_t piece = 1; piece <= in.n + 1; piece++) {
			buf_clear(&out);
			decode(rows[i].e, in, piece, &out);
			if (!str_eq(buf_str(&out), str_of(rows[i].out)))
				fail_msg("\"%s\" by %zu: \"%.*s\"", rows[i].in, piece, (int)out.n,
					 out.p);
		}
	}
	buf_free(&out);
}

/* More blanks than can be held stay text; no octet is lost or made up. */
static void keeps_long_runs_of_blanks(void **state)
{
	char in[1002];
	struct buf out;

	memset(in, ' ', 1000);
	buf_init(&out, 4096);
	in[1000] = 'x';
	decode(MIME_QP, str_n(in, 1001), 7, &out);
	assert_int_equal(out.n, 1001);
	buf_clear(&out);
	in[0] = '=';
	decode(MIME_QP, str_n(in, 1001), 7, &out);
	assert_int_equal(out.n, 1001);
	buf_free(&out);
}

static void there_and_back(void **state)
{
	char in[300], wire[TRANSFER_ROOM(300) + 16];
	struct buf out;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 7 + i / 50);
	buf_init(&out, 4096);
	for (size_t n = 0; n <= sizeof(in); n++) {
		struct transfer_out e = {0};
		size_t k = 0;

		for (size_t at = 0; at < n; at += 1 + n % 11) {
			struct str part = str_head(str_from(str_n(in, n), at), 1 + n % 11);
			size_t put = transfer_encode(&e, part, wire + k);

			assert_true(put <= TRANSFER_ROOM(part.n));
			k += put;
		}
		k += transfer_encode_end(&e, wire + k);
		assert_int_equal(k, transfer_encoded_size(n));
		assert_true(k == 0 || str_ends(str_n(wire, k), STR("\r\n")));
		buf_clear(&out);
		decode(MIME_BASE64, str_n(wire, k), 13, &out);
		assert_int_equal(out.n, n);
		assert_true(n == 0 || !memcmp(out.p, in, n));
	}
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_rows),
		cmocka_unit_test(keeps_long_runs_of_blanks),
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
