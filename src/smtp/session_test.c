/* session_test.c - SMTP and LMTP sessions without a socket.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/err.h"
#include "smtp/smtp.h"
#include "smtp/testbed.h"

#define HELLO "LHLO client.test\r\n"
#define MAIL  "MAIL FROM:<a@remote.test>\r\n"
#define RCPT(name) "RCPT TO:<" name "@example.test>\r\n"
#define EHLO  "EHLO client.test\r\n"

/* The codes of all replies: "220 250 354 ..."; of a multi-line reply the last. */
static void codes(struct str out, struct buf *ret)
{
	buf_clear(ret);
	while (out.n) {
		struct str line = str_cut(&out, '\n');

		assert_true(line.n >= 5 && line.p[line.n - 1] == '\r');
		if (line.p[3] == '-')
			continue;
		if (ret->n)
			buf_add_char(ret, ' ');
		buf_add(ret, str_head(line, 3));
	}
}

static void check_codes(struct bed *b, const char *wanted, const char *input)
{
	struct buf got;

	buf_init(&got, 65536);
	codes(buf_str(&b->out), &got);
	if (!str_eq(buf_str(&got), str_of(wanted)))
		fail_msg("%s\nwanted %s\ngot    %.*s\n%.*s", input, wanted, STR_ARG(buf_str(&got)),
			 STR_ARG(buf_str(&b->out)));
	buf_free(&got);
}

/* protocol, what the client sends, the codes, messages delivered, is it closed */
static const struct row {
	const struct proto *proto;
	const char *in, *codes;
	size_t messages;
	bool closes;
} rows[] = {
	/* greetings: RFC 2033 4.1 */
	{&lmtp_proto, HELLO, "220 250", 0, false},
	{&lmtp_proto, "HELO x\r\nEHLO x\r\n" HELLO, "220 500 500 250", 0, false},
	{&smtp_proto, "LHLO x\r\nHELO x\r\nEHLO [192.0.2.1]\r\nEHLO [IPv6:2001:db8::1] hi\r\n",
	 "220 500 250 250 250", 0, false},
	{&smtp_proto, "EHLO\r\nEHLO \r\nEHLO <x>\r\nHELO a b\r\nEHLO x_y.z\r\n",
	 "220 501 501 501 501 250", 0, false},
	{&smtp_proto, MAIL "RCPT TO:<a@b>\r\nDATA\r\nRSET\r\nNOOP\r\nVRFY a\r\nHELP\r\nQUIT\r\n",
	 "220 503 503 503 250 250 252 214 221", 0, true},
	/* states */
	{&lmtp_proto, HELLO RCPT("alice") "DATA\r\n" MAIL MAIL "DATA\r\n" RCPT("alice") MAIL
	 "RSET\r\nDATA\r\nQUIT\r\n",
	 "220 250 503 503 250 503 503 250 503 250 503 221", 0, true},
	/* one reply a recipient: RFC 2033 4.2 */
	{&lmtp_proto, HELLO MAIL RCPT("alice") RCPT("nobody") RCPT("full") RCPT("alice")
	 "DATA\r\nhello\r\nthere, you\r\n.\r\nQUIT\r\n",
	 "220 250 250 250 550 250 250 354 250 452 250 221", 1, true},
	{&lmtp_proto, HELLO MAIL RCPT("all") RCPT("bob") "DATA\r\nx\r\n.\r\n",
	 "220 250 250 250 250 354 250 250", 2, false},
	{&lmtp_proto, HELLO MAIL RCPT("some") RCPT("bob") "DATA\r\nno room for it\r\n.\r\n",
	 "220 250 250 250 250 354 452 250", 1, false},
	/* SMTP: all or nobody */
	{&smtp_proto, EHLO MAIL RCPT("alice") RCPT("full") "DATA\r\nno room for it\r\n.\r\n",
	 "220 250 250 250 250 354 452", 0, false},
	{&smtp_proto, EHLO MAIL RCPT("alice") RCPT("bob") "DATA\r\nx\r\n.\r\n" MAIL,
	 "220 250 250 250 250 354 250 250", 2, false},
	/* no relaying */
	{&smtp_proto, EHLO MAIL "RCPT TO:<a@elsewhere.test>\r\nDATA\r\n",
	 "220 250 250 550 503", 0, false},
	{&smtp_proto, EHLO MAIL "RCPT TO:<Postmaster>\r\nRCPT TO:<pOSTmASTER@example.test>\r\n"
	 RCPT("gone"), "220 250 250 250 250 550", 0, false},
	/* parameters: RFC 5321 4.1.1.11, 1870, 6152, 6531 */
	{&smtp_proto, EHLO "MAIL FROM:<> SIZE=100 BODY=8bitmime SMTPUTF8\r\n", "220 250 250", 0, false},
	{&smtp_proto, EHLO "MAIL FROM:<> SIZE=99999999\r\nMAIL FROM:<> SIZE=99999999999999999999\r\n"
	 "MAIL FROM:<> SIZE=\r\nMAIL FROM:<> SIZE\r\nMAIL FROM:<> SIZE=-1\r\n",
	 "220 250 552 552 501 501 501", 0, false},
	{&smtp_proto, EHLO "MAIL FROM:<> RET=FULL\r\nMAIL FROM:<> BODY=BINARYMIME\r\n"
	 "MAIL FROM:<> BODY=x\r\nMAIL FROM:<> SIZE=1 SIZE=1\r\nMAIL FROM:<> SMTPUTF8=1\r\n"
	 "MAIL FROM:<>x\r\n", "220 250 555 250 503 503 503 503", 0, false},
	{&smtp_proto, EHLO "MAIL FROM:<> BODY=x\r\nMAIL FROM:<> SIZE=1 SIZE=1\r\n"
	 "MAIL FROM:<> SMTPUTF8=1\r\nMAIL FROM:<>x\r\n", "220 250 501 501 501 501", 0, false},
	/* RFC 3030 3: any octets, by BDAT alone */
	{&smtp_proto, EHLO "MAIL FROM:<> BODY=BINARYMIME\r\n" RCPT("alice")
	 "DATA\r\nBDAT 4\r\na\rb\nBDAT 2 LAST\r\n\n\r", "220 250 250 250 503 250 250", 1, false},
	{&smtp_proto, EHLO MAIL "RCPT TO:<alice@example.test> NOTIFY=NEVER\r\n", "220 250 250 555", 0,
	 false},
	{&smtp_proto, EHLO "MAIL FROM:<\xc3\xa4@x.test>\r\nMAIL FROM:<\xc3\xa4@x.test> SMTPUTF8\r\n"
	 "RCPT TO:<\xc3\xa4@example.test>\r\n", "220 250 553 250 550", 0, false},
	{&smtp_proto, EHLO MAIL "RCPT TO:<\xc3\xa4@example.test>\r\n", "220 250 250 553", 0, false},
	{&smtp_proto, EHLO "MAIL FROM:a@b\r\nMAIL TO:<a@b>\r\nMAIL\r\nMAIL FROM: <a@b>\r\n"
	 "RCPT TO:alice@example.test\r\nRCPT TO:<>\r\nRCPT FROM:<alice@example.test>\r\n",
	 "220 250 501 501 501 250 501 501 501", 0, false},
	/* lines */
	{&smtp_proto, "NOOP\nN\x01OOP\r\nNOOP  \t \r\nFOO\r\nAUTH PLAIN\r\nEXPN x\r\n",
	 "220 500 500 250 500 502 502", 0, false},
	{&smtp_proto, "QUIT now\r\nRSET x\r\nSTARTTLS x\r\nDATA x\r\n", "220 501 501 501 501", 0, false},
	{&smtp_proto, "x\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nNOOP\r\n",
	 "220 500 500 500 500 500 500 500 500 500 500 421", 0, true},
	{&smtp_proto, EHLO "STARTTLS\r\nNOOP\r\n", "220 250 220", 0, true},
	/* bare CR and LF: SECURITY B1 */
	{&smtp_proto, EHLO MAIL RCPT("alice") "DATA\r\nx\ny\r\n.\r\nNOOP\r\n",
	 "220 250 250 250 354 554", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "DATA\r\nx\n.\r\n" MAIL RCPT("alice"),
	 "220 250 250 250 354 554", 0, true},
	{&lmtp_proto, HELLO MAIL RCPT("alice") RCPT("bob") "DATA\r\nx\ry\r\n.\r\n",
	 "220 250 250 250 250 354 554 554", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "DATA\r\n.\n" MAIL, "220 250 250 250 354 554", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "DATA\r\n.\r\n", "220 250 250 250 354 250", 1, false},
	/* BDAT: RFC 3030, 2033 4.3 */
	{&lmtp_proto, HELLO MAIL RCPT("alice") RCPT("bob") "BDAT 3\r\na\r\nBDAT 3 LAST\r\nb\r\nNOOP\r\n",
	 "220 250 250 250 250 250 250 250 250", 2, false},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 2\r\na\rBDAT 1\r\n\nBDAT 0 LAST\r\n",
	 "220 250 250 250 250 250 250", 1, false},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 4\r\na\nb\n", "220 250 250 250 554", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 2 LAST\r\na\r", "220 250 250 250 554", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 1\r\naDATA\r\nRCPT TO:<bob@example.test>\r\n"
	 MAIL "RSET\r\n" MAIL, "220 250 250 250 250 503 503 503 250 250", 0, false},
	{&smtp_proto, EHLO "BDAT 6\r\nQUIT\r\nNOOP\r\n" MAIL "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
	 "220 250 503 250 250 503 250", 0, false},
	{&lmtp_proto, HELLO MAIL "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n" MAIL, "220 250 250 250 250", 0, false},
	{&lmtp_proto, HELLO MAIL "BDAT 6\r\nQUIT\r\nNOOP\r\n", "220 250 250 503 250", 0, false},
	{&lmtp_proto, "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n", "220 503 250", 0, false},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT x\r\nNOOP\r\n", "220 250 250 250 501", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 1 FIRST\r\nNOOP\r\n", "220 250 250 250 501", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT\r\nNOOP\r\n", "220 250 250 250 501", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT -1\r\nNOOP\r\n", "220 250 250 250 501", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 9223372036854775808\r\nNOOP\r\n",
	 "220 250 250 250 552", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 18446744073709551616 LAST\r\nNOOP\r\n",
	 "220 250 250 250 552", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 6 LAST\nNOOP\r\n", "220 250 250 250 500", 0, true},
	{&smtp_proto, EHLO MAIL RCPT("alice") "BDAT 1 LAST\r\nxBDAT 1 LAST\r\nxNOOP\r\n",
	 "220 250 250 250 250 503 250", 1, false},
	/* after HELO or EHLO: like RSET */
	{&smtp_proto, EHLO MAIL RCPT("alice") EHLO "DATA\r\n", "220 250 250 250 250 503", 0, false},
};

static void rows_answer(void **state)
{
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct str in = str_of(rows[i].in);
		bool one_segment = true;

		for (size_t by = in.n; by; by = one_segment ? 1 : 0, one_segment = false) {
			struct bed *b = bed_new(rows[i].proto, 0);

			bed_feed_by(b, in, by);
			/* what closes because of what is pipelined needs it to be there */
			if (by != 1 || !str_starts(in, STR("EHLO client.test\r\nSTARTTLS"))) {
				check_codes(b, rows[i].codes, rows[i].in);
				assert_int_equal(b->n_messages, rows[i].messages);
				assert_int_equal(b->is_closed, rows[i].closes);
			}
			bed_free(b);
		}
	}
}

static void nul_is_no_command(void **state)
{
	struct bed *b = bed_new(&smtp_proto, 0);

	bed_feed(b, STR("NO\0OP\r\nNOOP\0\r\n\0\r\nNOOP\r\n"));
	check_codes(b, "220 500 500 500 250", "");
	bed_free(b);
}

static void tls_forgets(void **state)
{
	struct bed *b = bed_new(&smtp_proto, 0);

	bed_feed(b, STR(EHLO MAIL RCPT("alice") "STARTTLS\r\n"));
	assert_int_equal(b->tls_started, 1);
	bed_feed(b, STR("DATA\r\n" MAIL "STARTTLS\r\n"));
	check_codes(b, "220 250 250 250 220 503 503 503", "");
	bed_feed(b, STR(EHLO MAIL RCPT("alice") "DATA\r\nx\r\n.\r\n"));
	assert_int_equal(b->n_messages, 1);
	assert_true(str_search(buf_str(&b->messages[0].prefix), STR(" ESMTPS")) > 0);
	bed_free(b);
}

static void trace_lines(void **state)
{
	struct bed *b = bed_new(&lmtp_proto, 0);
	struct str s, line;

	bed_feed(b, STR(HELLO "MAIL FROM:<@x.test:a@remote.test>\r\nRCPT TO:<alice@EXAMPLE.test>\r\n"
			      "DATA\r\n..x\r\n.\r\n"));
	assert_int_equal(b->n_messages, 1);
	s = buf_str(&b->messages[0].prefix);
	line = str_trim(str_cut(&s, '\n'));
	assert_true(str_eq(line, STR("Return-Path: <a@remote.test>")));
	line = str_trim(str_cut(&s, '\n'));
	assert_true(str_eq(line, STR("Delivered-To: someone@example.test")));
	assert_true(str_starts(s, STR("Received: from client.test ([192.0.2.1])")));
	assert_true(str_search(s, STR("by mx.example.test")) > 0);
	assert_true(str_search(s, STR("with LMTP id")) > 0);
	assert_true(str_search(s, STR("for <alice@EXAMPLE.test>;")) > 0);
	assert_true(str_ends(s, STR("\r\n")));
	assert_true(str_eq(buf_str(&b->messages[0].body), STR(".x\r\n")));
	bed_free(b);
}

/* With two recipients neither is told of the other. */
static void trace_is_discreet(void **state)
{
	struct bed *b = bed_new(&smtp_proto, 0);

	bed_feed(b, STR("HELO client.test\r\nMAIL FROM:<>\r\n" RCPT("alice") RCPT("bob")
			      "DATA\r\nx\r\n.\r\n"));
	assert_int_equal(b->n_messages, 2);
	assert_true(str_starts(buf_str(&b->messages[0].prefix), STR("Return-Path: <>\r\n")));
	assert_true(str_search(buf_str(&b->messages[0].prefix), STR("for <")) < 0);
	assert_true(str_search(buf_str(&b->messages[0].prefix), STR("with SMTP id")) > 0);
	bed_free(b);
}

static void bdat_adds_a_line_end(void **state)
{
	struct bed *b = bed_new(&lmtp_proto, 0);

	bed_feed(b, STR(HELLO MAIL RCPT("alice") "BDAT 6\r\nab\r\n.xBDAT 1 LAST\r\ny"));
	assert_int_equal(b->n_messages, 1);
	assert_true(str_eq(buf_str(&b->messages[0].body), STR("ab\r\n.xy\r\n")));
	bed_feed(b, STR(MAIL RCPT("alice") "BDAT 0 LAST\r\n"));
	assert_int_equal(b->n_messages, 2);
	assert_int_equal(b->messages[1].body.n, 0);
	bed_free(b);
}

static void feed_many(struct bed *b, const char *what, size_t n)
{
	while (n--)
		bed_feed(b, str_of(what));
}

/* SIZE= or not, what is too large is swallowed and refused: RFC 1870 6.3. */
static void too_large(void **state)
{
	struct bed *b = bed_new(&smtp_proto, 4096);

	bed_feed(b, STR(EHLO MAIL RCPT("alice") "DATA\r\n"));
	feed_many(b, "0123456789abcdef0123456789abcdef\r\n", 1000);
	assert_true(b->written <= 4096 + 64);
	assert_int_equal(b->drafts_open, 0); /* its memory went at once */
	bed_feed(b, STR(".\r\nNOOP\r\n" MAIL RCPT("alice") "BDAT 4000\r\n"));
	feed_many(b, "0123456789abcdef0123456789abcd\r\n", 125);
	bed_feed(b, STR("BDAT 4000\r\n"));
	feed_many(b, "0123456789abcdef0123456789abcd\r\n", 125);
	bed_feed(b, STR("BDAT 3 LAST\r\nx\r\nNOOP\r\n"));
	check_codes(b, "220 250 250 250 354 552 250 250 250 250 552 552 250", "");
	assert_int_equal(b->n_messages, 0);
	bed_free(b);
}

/* What RCPT took can be delivered: the limit is met there, not behind the data. */
static void crowds(void **state)
{
	struct bed *b = bed_new(&lmtp_proto, 0);

	bed_feed(b, STR(HELLO MAIL RCPT("crowd1") RCPT("crowd2") RCPT("crowd1") RCPT("crowd3")
			      RCPT("crowd4") RCPT("alice") "DATA\r\nx\r\n.\r\n"));
	check_codes(b, "220 250 250 250 250 250 250 452 452 354 250 250 250 250", "");
	assert_int_equal(b->n_messages, 3000);
	bed_feed(b, STR(MAIL RCPT("crowd5") RCPT("crowd6") RCPT("crowd7") RCPT("crowd8")
			      "DATA\r\nx\r\n.\r\n"));
	assert_int_equal(b->n_messages, 7000);
	bed_free(b);
}

/* RFC 5321 4.3.1, SECURITY B3; LMTP's clients may. */
static void early_talkers_are_refused(void **state)
{
	struct bed *b;

	bed_talks_early = true;
	b = bed_new(&smtp_proto, 0);
	assert_true(str_starts(buf_str(&b->out), STR("554 5.5.0 ")));
	assert_true(b->is_closed);
	bed_free(b);
	b = bed_new(&lmtp_proto, 0);
	assert_true(str_starts(buf_str(&b->out), STR("220 ")));
	bed_free(b);
	bed_talks_early = false;
}

static void store_errors(void **state)
{
	static const struct {
		int open, write, commit;
		const char *codes;
	} bad[] = {
		{E_NOSPACE, 0, 0, "220 250 250 250 452"},
		{0, E_NOSPACE, 0, "220 250 250 250 354 452"},
		{0, E_IO, 0, "220 250 250 250 354 451"},
		{0, 0, E_IO, "220 250 250 250 354 451"},
		{0, 0, E_UNKNOWN, "220 250 250 250 354 451"},
	};

	for (size_t i = 0; i < COLUMNS(bad); i++) {
		struct bed *b = bed_new(&lmtp_proto, 0);

		b->fail_open = bad[i].open;
		b->fail_write = bad[i].write;
		b->fail_commit = bad[i].commit;
		bed_feed(b, STR(HELLO MAIL RCPT("alice") "DATA\r\n"));
		if (!bad[i].open)
			bed_feed(b, STR("x\r\ny\r\n.\r\n"));
		check_codes(b, bad[i].codes, "");
		assert_int_equal(b->n_messages, 0);
		bed_free(b);
	}
}

static void loops_end(void **state)
{
	for (size_t n = 50; n <= 51; n++) {
		struct bed *b = bed_new(&lmtp_proto, 0);

		bed_feed(b, STR(HELLO MAIL RCPT("alice") "DATA\r\n"));
		feed_many(b, "Received: from a by b; date\r\n", n);
		bed_feed(b, STR("\r\nReceived: x\r\n.\r\n"));
		check_codes(b, n == 50 ? "220 250 250 250 354 250" : "220 250 250 250 354 554", "");
		bed_free(b);
	}
}

/* The client goes at every octet of a session: what was delivered was whole, and nothing leaks. */
static void gone_anywhere(void **state)
{
	struct str s = STR(HELLO MAIL RCPT("alice") "DATA\r\nab\r\n..c\r\n.\r\n" MAIL RCPT("bob")
				   "BDAT 4\r\nxy\r\nBDAT 1 LAST\r\nzQUIT\r\n");

	for (size_t n = 0; n <= s.n; n++) {
		struct bed *b = bed_new(&lmtp_proto, 0);

		bed_feed(b, str_head(s, n));
		if (!b->is_closed)
			bed_hang_up(b, END_CLIENT);
		for (size_t i = 0; i < b->n_messages; i++)
			assert_true(str_eq(buf_str(&b->messages[i].body),
					   i ? STR("xy\r\nz\r\n") : STR("ab\r\n.c\r\n")));
		assert_int_equal(b->drafts_open, 0);
		bed_free(b);
	}
}

/* SECURITY B1: whatever stands in the data, one message or a refusal, never a second one. */
static void no_smuggling(void **state)
{
	static const char alphabet[] = {'\r', '\n', '.', '\0', 'a'};
	static const char tail[] = "MAIL FROM:<evil@x.test>\r\nRCPT TO:<bob@example.test>\r\n"
				   "DATA\r\nsmuggled\r\n.\r\n";
	char s[5];

	for (unsigned length = 1, count = 5; length <= 5; length++, count *= 5) {
		for (unsigned v = 0; v < count; v++) {
			struct bed *b = bed_new(&smtp_proto, 0);
			unsigned rest = v;
			bool is_end = false; /* a real one: then what follows is ours to read */

			for (unsigned i = 0; i < length; i++, rest /= 5)
				s[i] = alphabet[rest % 5];
			bed_feed(b, STR(EHLO MAIL RCPT("alice") "DATA\r\nx"));
			bed_feed(b, str_n(s, length));
			is_end = str_search(str_n(s, length), STR("\r\n.\r\n")) >= 0;
			bed_feed(b, str_of(tail));
			assert_true(is_end || b->n_messages <= 1);
			for (size_t i = 0; i < b->n_messages && !is_end; i++)
				assert_int_equal(b->messages[i].account, BED_ALICE);
			bed_free(b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_answer),	   cmocka_unit_test(tls_forgets),
		cmocka_unit_test(nul_is_no_command),
		cmocka_unit_test(trace_lines),	   cmocka_unit_test(trace_is_discreet),
		cmocka_unit_test(bdat_adds_a_line_end), cmocka_unit_test(too_large),
		cmocka_unit_test(store_errors), cmocka_unit_test(crowds),	   cmocka_unit_test(loops_end),
		cmocka_unit_test(early_talkers_are_refused),
		cmocka_unit_test(gone_anywhere),   cmocka_unit_test(no_smuggling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
