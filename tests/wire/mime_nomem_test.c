/* mime_nomem_test.c - the MIME parser goes on when memory is gone, at each of its allocations.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Linked with --wrap for malloc and realloc (tests/meson.build). */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "wire/mime.h"

enum { RENDERED_MOST = 1 << 20, MANY = 1000000 };

static long left = MANY; /* allocations that succeed */

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return left-- > 0 ? __real_malloc(n) : NULL;
}

void *__wrap_realloc(void *p, size_t n)
{
	return left-- > 0 ? __real_realloc(p, n) : NULL;
}

static void add_parts(struct buf *b)
{
	buf_add(b, STR("From: a b <c@d> (e)\r\nReferences: <a@b>\r\nContent-Type: multipart/x; "
		       "boundary=b\r\n\r\n"));
	for (int i = 0; i < 20; i++)
		buf_add(b, STR("--b\r\nContent-Type: message/rfc822; x*0=y; x*1=z\r\nContent-ID: "
			       "<x>\r\n\r\n"
			       "Subject: s\r\nTo: x@y\r\nContent-Type: "
			       "message/rfc822\r\n\r\n\r\ntext\r\n"));
	buf_add(b, STR("--b--\r\n"));
}

/* Facts that need no memory are right in any case; what is rendered is cut, but well formed. True
 * if memory was enough. */
static bool parse(struct mime *m, struct str text, struct buf *out)
{
	bool is_enough;

	for (size_t at = 0; at < text.n; at += 100)
		mime_feed(m, str_head(str_from(text, at), 100));
	mime_end(m);
	assert_int_equal(mime_facts(m)->size, text.n);
	mime_envelope(m, out);
	mime_bodystructure(m, true, out);
	is_enough = mime_offsets(m, out) == 0 && left > 0;
	left = MANY; /* now it can be looked at */
	buf_free(out);
	assert_int_equal(mime_envelope(m, out), 0);
	assert_int_equal(mime_bodystructure(m, true, out), 0);
	assert_int_equal(mime_offsets(m, out), 0);
	return is_enough;
}

static void each_allocation_fails_once(void **state)
{
	struct buf text, out;
	bool is_whole = false; /* the first that had enough */
	long n;

	buf_init(&text, RENDERED_MOST);
	buf_init(&out, RENDERED_MOST);
	add_parts(&text);
	for (n = 0; n < 200 && !is_whole; n++) {
		struct mime *m;

		left = n;
		m = mime_new();
		if (m) {
			parse(m, buf_str(&text), &out);
			mime_reset(m);
			left = n;
			is_whole = parse(m, buf_str(&text), &out);
		}
		left = MANY;
		mime_free(m);
		buf_free(&out);
	}
	assert_true(is_whole && n > 10);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	return cmocka_run_group_tests_name("wire/mime-nomem", tests, NULL, NULL);
}
