/* envelope_test.c - what mime_envelope writes is read back; what it does not write is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/envelope.h"
#include "wire/mime.h"

static void envelope_of(const char *message, struct buf *out)
{
	struct mime *m = mime_new();

	buf_clear(out);
	mime_feed(m, str_of(message));
	mime_end(m);
	assert_int_equal(mime_envelope(m, out), 0);
	mime_free(m);
}

static void text_is(struct str value, const char *text)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(envelope_text(value, &b), 0);
	if (!str_eq(buf_str(&b), str_of(text)))
		fail_msg("%.*s, not %s", STR_ARG(buf_str(&b)), text);
	buf_free(&b);
}

static void reads_back(void **state)
{
	struct str f[ENV_FIELDS], p[ADDRESS_PARTS], list;
	struct buf b;

	buf_init(&b, 10000);
	envelope_of("Date: Mon, 1 Jan 2001 00:00:00 +0000\r\n"
		    "Subject: a \"b\" \\ (c {3}\r\n"
		    "From: \"Smith, \\\"J\\\" (x)\" <js@x.test>\r\n"
		    "To: G\xc3\xbcnter <g@y.test>, Friends: a@b.test, c@d.test;\r\n"
		    "Message-ID: <1@x.test>\r\n\r\n", &b);
	assert_int_equal(envelope_split(buf_str(&b), f), 0);
	text_is(f[ENV_DATE], "Mon, 1 Jan 2001 00:00:00 +0000");
	text_is(f[ENV_SUBJECT], "a \"b\" \\ (c {3}");
	assert_true(envelope_is_nil(f[ENV_CC]) && envelope_is_nil(f[ENV_IN_REPLY_TO]));
	text_is(f[ENV_CC], "");
	text_is(f[ENV_MESSAGE_ID], "<1@x.test>");
	assert_true(str_eq(f[ENV_FROM], f[ENV_SENDER]));
	list = f[ENV_FROM];
	assert_true(envelope_next_address(&list, p));
	text_is(p[ADDRESS_NAME], "Smith, \"J\" (x)");
	assert_true(envelope_is_nil(p[ADDRESS_ROUTE]));
	text_is(p[ADDRESS_MAILBOX], "js");
	text_is(p[ADDRESS_HOST], "x.test");
	assert_false(envelope_next_address(&list, p));
	list = f[ENV_TO];
	assert_true(envelope_next_address(&list, p));
	text_is(p[ADDRESS_NAME], "G\xc3\xbcnter");
	assert_true(envelope_next_address(&list, p)); /* the group begins */
	assert_true(envelope_is_nil(p[ADDRESS_HOST]));
	text_is(p[ADDRESS_MAILBOX], "Friends");
	assert_true(envelope_next_address(&list, p));
	text_is(p[ADDRESS_MAILBOX], "a");
	assert_true(envelope_next_address(&list, p));
	assert_true(envelope_next_address(&list, p)); /* it ends */
	assert_true(envelope_is_nil(p[ADDRESS_MAILBOX]));
	assert_false(envelope_next_address(&list, p));
	list = f[ENV_CC];
	assert_false(envelope_next_address(&list, p));
	buf_free(&b);
}

static void empty_message(void **state)
{
	struct str f[ENV_FIELDS];
	struct buf b;

	buf_init(&b, 1000);
	envelope_of("\r\n", &b);
	assert_int_equal(envelope_split(buf_str(&b), f), 0);
	for (unsigned i = 0; i < ENV_FIELDS; i++)
		assert_true(envelope_is_nil(f[i]));
	buf_free(&b);
}

static void refuses(void **state)
{
	static const char *const t[] = {
		"", "(", "()", "(NIL)", "NIL",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL \"a)",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL \"a\\",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL {5}\r\nabc)",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL {99999999999}\r\nabc)",
		"(NIL NIL ((NIL NIL NIL NIL) NIL NIL NIL NIL NIL NIL NIL)",
		"(NIL NIL (( NIL NIL NIL NIL NIL NIL NIL NIL)",
	};
	struct str f[ENV_FIELDS];

	for (size_t i = 0; i < COLUMNS(t); i++)
		if (envelope_split(str_of(t[i]), f) != E_DAMAGED)
			fail_msg("%s", t[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back),
		cmocka_unit_test(empty_message),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests_name("wire/envelope", tests, NULL, NULL);
}
