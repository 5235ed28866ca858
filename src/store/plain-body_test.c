/* plain-body_test.c - messages as plain clients see them: in memory, in a file, and their sizes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"
#include "wire/plain.h"

static void read_all(struct msg_body *b, struct buf *out)
{
	char piece[1000];
	int64_t n;

	for (uint64_t at = 0; (n = msg_read(b, at, piece, sizeof(piece))) > 0; at += (uint64_t)n)
		assert_int_equal(0, buf_add(out, str_n(piece, (size_t)n)));
	assert_int_equal(0, n);
}

static void headers_are_rewritten_and_the_original_stays(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), size;
	struct msg_body b;
	struct snap *p;
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(0, deliver(f, a, "INBOX", "Return-Path: <>\r\n", "Subject: \xc3\xa9\r\n\r\nx\r\n"));
	assert_int_equal(0, deliver(f, a, "INBOX", "Delivered-To: \xc3\xa9@x.test\r\n", "Subject: e\r\n\r\nx\r\n"));
	assert_int_equal(0, deliver(f, a, "INBOX", "", "Subject: e\r\n\r\nx\r\n"));
	assert_int_equal(0, snap_open(&p, f->s, find_mbox(f, a, "INBOX")));
	assert_true(p->bits & BIT_NEEDS_UTF8);
	assert_int_equal(0, msg_open(&b, p, 1));
	assert_int_equal(1, msg_plain(&b, PLAIN_ASCII | PLAIN_ENCODED));
	read_all(&b, &out);
	assert_true(str_eq(buf_str(&out), STR("Return-Path: <>\r\nSubject: =?UTF-8?B?w6k=?=\r\n\r\nx\r\n")));
	assert_int_equal(out.n, b.size);
	assert_int_equal(0, snap_plain_size(p, 1, PLAIN_ASCII, &size));
	assert_int_equal(out.n, size);
	assert_int_equal(0, snap_plain_size(p, 1, PLAIN_ASCII, &size)); /* remembered */
	assert_int_equal(out.n, size);
	msg_close(&b);
	assert_int_equal(0, msg_open(&b, p, 1));
	assert_int_equal(0, msg_plain(&b, PLAIN_ENCODED)); /* as it stands */
	assert_int_equal(17 + 18, b.size);
	msg_close(&b);
	assert_int_equal(0, msg_open(&b, p, 2)); /* the prefix alone needs it */
	assert_int_equal(1, msg_plain(&b, PLAIN_ASCII));
	msg_close(&b);
	assert_int_equal(0, msg_open(&b, p, 3));
	assert_int_equal(0, msg_plain(&b, PLAIN_ASCII));
	msg_close(&b);
	snap_close(p);
	buf_free(&out);
	fixture_close(f);
}

static void what_is_only_called_binary_stays(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{"Content-Transfer-Encoding: binary\r\n\r\na\r\nb\r\n", 0},
		{"Content-Transfer-Encoding: binary\r\n\r\na\nb\r\n", 1},
		{"Content-Transfer-Encoding: binary\r\n\r\na\rb\r\n", 1},
		{"Content-Transfer-Encoding: binary\r\n\r\na\r\nb\r", 1},
		{"Content-Transfer-Encoding: binary\r\n\r\n", 0},
		{"Content-Transfer-Encoding: binary\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
		 "--b\r\n\r\nx\r\n--b--\r\n", 0},
	};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct msg_body b;
	struct snap *p;

	for (size_t i = 0; i < COLUMNS(rows); i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "", rows[i].text));
	assert_int_equal(0, snap_open(&p, f->s, find_mbox(f, a, "INBOX")));
	for (uint32_t i = 0; i < COLUMNS(rows); i++) {
		assert_int_equal(0, msg_open(&b, p, i + 1));
		assert_true(b.bits & BIT_BINARY);
		assert_int_equal(rows[i].result, msg_plain(&b, PLAIN_ENCODED));
		msg_close(&b);
	}
	snap_close(p);
	fixture_close(f);
}

static void large_ones_go_to_a_file(void **state)
{
	enum { BYTES = 900000 };
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct delivery to = {.account = a, .mbox = STR("INBOX")};
	struct buf text, out;
	struct msg_body b, shared;
	struct snap *p;

	buf_init(&text, 2 << 20);
	buf_init(&out, 4 << 20);
	buf_add(&text, STR("Content-Transfer-Encoding: binary\r\n\r\n"));
	for (int i = 0; i < BYTES; i++)
		buf_add_char(&text, (char)(i * 7));
	buf_add_char(&text, '\0');
	text.n--;
	assert_int_equal(0, deliver_to(f, &to, buf_str(&text)));
	assert_int_equal(0, snap_open(&p, f->s, find_mbox(f, a, "INBOX")));
	assert_int_equal(0, msg_open(&b, p, 1));
	assert_true(b.bits & BIT_BINARY);
	assert_int_equal(1, msg_plain(&b, PLAIN_ENCODED));
	assert_true(b.fd >= 0);
	msg_share(&shared, &b);
	msg_close(&b);
	read_all(&shared, &out);
	assert_int_equal(shared.size, out.n);
	assert_true(out.n > BYTES / 3 * 4);
	assert_memory_equal(out.p, "Content-Transfer-Encoding: base64\r\n\r\nAAcOFRwj", 45);
	msg_close(&shared);
	snap_close(p);
	buf_free(&text);
	buf_free(&out);
	fixture_close(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_rewritten_and_the_original_stays),
		cmocka_unit_test(what_is_only_called_binary_stays),
		cmocka_unit_test(large_ones_go_to_a_file),
	};

	return run_everywhere("plain-body", tests, COLUMNS(tests), 2);
}
