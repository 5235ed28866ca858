/* session_nomem_test.c - every allocation of a session fails once, and from there on: nothing is
 * lost that was acknowledged, nothing crashes, nothing leaks (SECURITY G4).
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "smtp/smtp.h"
#include "smtp/testbed.h"

static unsigned long count, fail_at;
static bool fails_on; /* also all that follow */

static bool must_fail(void)
{
	if (bed_is_outside)
		return false;
	count++;
	return fail_at && (fails_on ? count >= fail_at : count == fail_at);
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t k, size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t k, size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return must_fail() ? NULL : __real_malloc(n);
}
void *__wrap_calloc(size_t k, size_t n)
{
	return must_fail() ? NULL : __real_calloc(k, n);
}
void *__wrap_realloc(void *p, size_t n)
{
	return must_fail() ? NULL : __real_realloc(p, n);
}

#define RCPTS "RCPT TO:<all@example.test>\r\nRCPT TO:<carol@example.test>\r\n"

static const char *const script[] = {
	"LHLO client.test\r\n", "MAIL FROM:<a@remote.test> SIZE=100\r\n", RCPTS, "DATA\r\n",
	"Subject: one\r\n\r\n..dot\r\n.\r\n", "RSET\r\n", "MAIL FROM:<a@remote.test>\r\n", RCPTS,
	"BDAT 7\r\none\r\ntw", "BDAT 3 LAST\r\no\r\n", "RSET\r\n", "HELP\r\n", "QUIT\r\n",
};

static size_t replies(struct str out, const char *prefix)
{
	size_t n = 0;

	while (out.n)
		n += str_starts(str_cut(&out, '\n'), str_of(prefix));
	return n;
}

/* Plays the script as a client does: the data only behind a 354. Returns the allocations. */
static unsigned long play(unsigned long at, bool on)
{
	struct bed *b;
	size_t told;

	count = 0;
	fail_at = at;
	fails_on = on;
	b = bed_new(&lmtp_proto, 0);
	for (size_t i = 0; i < COLUMNS(script); i++) {
		if (i == 4 && str_search(buf_str(&b->out), STR("\n354 ")) < 0)
			continue;
		bed_feed(b, str_of(script[i]));
	}
	told = replies(buf_str(&b->out), "250 2.0.0 <");
	assert_true(told <= 4);
	/* "all" is two accounts: a reply stands for one or two messages */
	assert_true(b->n_messages >= told && b->n_messages <= 6);
	for (size_t i = 0; i < b->n_messages; i++) {
		struct str body = buf_str(&b->messages[i].body);

		assert_true(str_eq(body, STR("Subject: one\r\n\r\n.dot\r\n")) ||
			    str_eq(body, STR("one\r\ntwo\r\n")));
		assert_true(str_starts(buf_str(&b->messages[i].prefix), STR("Return-Path: <")));
	}
	if (!at) {
		assert_int_equal(told, 4);
		assert_int_equal(b->n_messages, 6);
	}
	fail_at = 0;
	bed_free(b); /* asserts that no draft is left */
	return count;
}

static void each_allocation_fails_once(void **state)
{
	unsigned long n = play(0, false);

	assert_in_range(n, 10, 200); /* and the cost of a session stays in sight */
	for (unsigned long i = 1; i <= n; i++)
		play(i, false);
}

static void none_succeeds_any_more(void **state)
{
	unsigned long n = play(0, false);

	for (unsigned long i = 1; i <= n; i++)
		play(i, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
		cmocka_unit_test(none_succeeds_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
