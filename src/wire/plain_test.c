/* plain_test.c - rows of header fields before and after, whole messages through the rewriter.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "wire/charset.h"
#include "wire/downgrade.h"
#include "wire/mime.h"
#include "wire/plain.h"

static const struct {
	const char *in, *out;
} rows[] = {
	/* ASCII stays byte for byte */
	{"Subject:  a  b\r\n", "Subject:  a  b\r\n"},
	{"To: a@x.test,\r\n\tb@y.test\r\n", "To: a@x.test,\r\n\tb@y.test\r\n"},
	/* RFC 6857 3.2.6 */
	{"Subject: d\xc3\xa9j\xc3\xa0\r\n", "Subject: =?UTF-8?B?ZMOpasOg?=\r\n"},
	{"X-Own: \xd1\x8f\r\n", "X-Own: =?UTF-8?B?0Y8=?=\r\n"},
	/* 3.1.5: display names */
	{"From: J\xc3\xb6rg <j@x.test>\r\n", "From: =?UTF-8?B?SsO2cmc=?= <j@x.test>\r\n"},
	{"From: \"J\xc3\xb6, \\\"x\\\"\" <j@x.test>, b@y.test\r\n",
	 "From: =?UTF-8?B?SsO2LCAieCI=?= <j@x.test>, b@y.test\r\n"},
	/* 3.1.3: comments */
	{"To: j@x.test (J\xc3\xb6rg)\r\n", "To: j@x.test (=?UTF-8?B?SsO2cmc=?=)\r\n"},
	{"Date: Mon, 1 Jan 2024 00:00:00 +0000 (\xc3\xa9)\r\n",
	 "Date: Mon, 1 Jan 2024 00:00:00 +0000 (=?UTF-8?B?w6k=?=)\r\n"},
	/* 3.1.6, 3.1.8: a domain has a form in ASCII, a local part has none */
	{"To: Ann <ann@b\xc3\xbc" "cher.example>\r\n", "To: Ann <ann@xn--bcher-kva.example>\r\n"},
	{"To: Ann <j\xc3\xb6@x.test>\r\n", "To: Ann =?UTF-8?B?asO2QHgudGVzdA==?= :;\r\n"},
	{"To: j\xc3\xb6@x.test\r\n", "To: =?UTF-8?B?asO2QHgudGVzdA==?= :;\r\n"},
	/* 3.1.7: groups */
	{"To: us: a@x.test, b@b\xc3\xbc" "cher.example;\r\n",
	 "To: us: a@x.test, b@xn--bcher-kva.example;\r\n"},
	{"To: us: j\xc3\xb6@x.test;\r\n", "To: us =?UTF-8?B?asO2QHgudGVzdA==?= :;\r\n"},
	/* 3.2.3: encapsulated */
	{"Message-ID: <\xc3\xb6@x.test>\r\n", "Downgraded-Message-ID: =?UTF-8?B?PMO2QHgudGVzdD4=?=\r\n"},
	{"References: <a@x.test> (\xc3\xb6)\r\n", "References: <a@x.test> (=?UTF-8?B?w7Y=?=)\r\n"},
	/* 3.2.4: FOR goes, a domain is written in ASCII */
	{"Received: from b\xc3\xbc" "cher.example by x.test for <j\xc3\xb6@x.test>; now\r\n",
	 "Received: from xn--bcher-kva.example by x.test ; now\r\n"},
	/* 3.1.4: RFC 2231 */
	{"Content-Disposition: attachment; filename=\"\xd0\xb0 b.txt\"\r\n",
	 "Content-Disposition: attachment; filename*=UTF-8''%D0%B0%20b.txt\r\n"},
	{"Content-Type: text/plain; charset=utf-8; name=\xc3\xa9\r\n",
	 "Content-Type: text/plain; charset=utf-8; name*=UTF-8''%C3%A9\r\n"},
	/* no UTF-8 at all */
	{"Subject: \xff\r\n", "Subject: =?UTF-8?B?77+9?=\r\n"},
	{"n\xc3\xa9: x\r\n", ""},
};

static void fields_become_ascii(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out;
		bool changed = false;

		buf_init(&out, 4096);
		assert_int_equal(header_downgrade(str_of(rows[i].in), &out, &changed), 0);
		buf_add_char(&out, '\0');
		assert_string_equal(out.p, rows[i].out);
		assert_int_equal(changed, strcmp(rows[i].in, rows[i].out) != 0);
		buf_free(&out);
	}
}

static void words_are_short_and_decode_again(void **state)
{
	for (unsigned n = 1; n < 300; n++) {
		struct buf text, out, again;

		buf_init(&text, 4096);
		buf_init(&out, 8192);
		buf_init(&again, 4096);
		for (unsigned i = 0; i < n; i++)
			buf_add(&text, i % 3 ? STR("\xe2\x82\xac") : STR("a"));
		words_encode(buf_str(&text), 9 + n % 70, &out);
		assert_int_equal(words_decode(buf_str(&out), &again), 0);
		assert_true(str_eq(buf_str(&text), buf_str(&again)));
		for (size_t i = 0, line = 9 + n % 70; i < out.n; i++) {
			line = out.p[i] == '\n' ? 0 : line + 1;
			assert_true(line <= 78 || i == 0);
		}
		buf_free(&text);
		buf_free(&out);
		buf_free(&again);
	}
}

/* -- whole messages ------------------------------------------------------------------- */

static void rewrite(struct str prefix, struct str body, unsigned kinds, size_t step, struct buf *out)
{
	struct mime *m = mime_new();
	struct plain *p;
	struct buf table, all;

	buf_init(&table, 1 << 20);
	buf_init(&all, 1 << 20);
	mime_feed(m, body);
	mime_end(m);
	assert_int_equal(mime_offsets(m, &table), 0);
	buf_add(&all, prefix);
	buf_add(&all, body);
	assert_int_equal(plain_new(&p, kinds, buf_str(&table), prefix.n), 0);
	for (struct str s = buf_str(&all); s.n; s = str_from(s, step))
		assert_int_equal(plain_feed(p, str_head(s, step), out), 0);
	assert_int_equal(plain_end(p, out), 0);
	plain_free(p);
	mime_free(m);
	buf_free(&table);
	buf_free(&all);
}

#define HEAD "Subject: \xc3\xa9\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
static const struct {
	unsigned kinds;
	const char *in, *out;
} messages[] = {
	{PLAIN_ASCII, "Subject: \xc3\xa9\r\n\r\n\xc3\xa9\r\n", "Subject: =?UTF-8?B?w6k=?=\r\n\r\n\xc3\xa9\r\n"},
	{PLAIN_ASCII, "Subject: \xc3\xa9\r\n", "Subject: =?UTF-8?B?w6k=?=\r\n"},
	{PLAIN_ENCODED, "Subject: \xc3\xa9\r\nContent-Transfer-Encoding: binary\r\n\r\na\rb\nc",
	 "Subject: \xc3\xa9\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ1iCmM=\r\n"},
	{PLAIN_ASCII | PLAIN_ENCODED,
	 HEAD "Content-Transfer-Encoding: binary\r\n\r\npre\r\n--b\r\nContent-Description: \xc3\xa9\r\n\r\n\xc3\xa9"
	 "\r\n--b\r\nContent-Transfer-Encoding: binary\r\nContent-Type: x/y\r\n\r\na\rb\nc\r\n--b--\r\nend\r\n",
	 "Subject: =?UTF-8?B?w6k=?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
	 "Content-Transfer-Encoding: 8bit\r\n\r\npre\r\n--b\r\nContent-Description: =?UTF-8?B?w6k=?=\r\n\r\n\xc3\xa9"
	 "\r\n--b\r\nContent-Transfer-Encoding: base64\r\nContent-Type: x/y\r\n\r\nYQ1iCmM=\r\n\r\n--b--\r\nend\r\n"},
	{PLAIN_ASCII, HEAD "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: \xc3\xa9\r\n\r\nx\r\n--b--\r\n",
	 "Subject: =?UTF-8?B?w6k=?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
	 "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?UTF-8?B?w6k=?=\r\n\r\nx\r\n--b--\r\n"},
	{PLAIN_ASCII | PLAIN_ENCODED, "", ""},
	{PLAIN_ASCII | PLAIN_ENCODED, "\r\nx", "\r\nx"},
};

static void messages_are_rewritten_in_pieces_of_any_size(void **state)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++)
		for (size_t step = 1; step < 400; step = step * 2 + 1) {
			struct buf out;

			buf_init(&out, 1 << 20);
			rewrite(STR("Return-Path: <a@x.test>\r\n"), str_of(messages[i].in), messages[i].kinds,
				step, &out);
			buf_add_char(&out, '\0');
			assert_int_equal(memcmp(out.p, "Return-Path: <a@x.test>\r\n", 25), 0);
			assert_string_equal(out.p + 25, messages[i].out);
			buf_free(&out);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_become_ascii),
		cmocka_unit_test(words_are_short_and_decode_again),
		cmocka_unit_test(messages_are_rewritten_in_pieces_of_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
