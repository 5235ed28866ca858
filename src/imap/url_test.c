/* url_test.c - IMAP URLs by rows (RFC 5092 8 and 9, RFC 4469 A, RFC 4467 7).
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <inttypes.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "imap/url.h"

static const struct {
	const char *in, *out; /* out: NULL if it must be refused */
} rows[] = {
	{"/INBOX;UID=20", "- INBOX 0 20"},
	{"/inbox/;uid=20", "- INBOX 0 20"},
	{";UID=20", "- - 0 20"},
	{"/;UID=20/;SECTION=1.2", "- - 0 20 [1.2]"},
	{"/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER", "- Drafts 385759045 20 [HEADER]"},
	{"/a/b%20c;UID=1/;SECTION=1.2.MIME/;PARTIAL=0.1024", "- a/b c 0 1 [1.2.MIME] 0.1024"},
	{"/a;UID=1/;SECTION=HEADER.FIELDS%20(DATE%20To)", "- a 0 1 [HEADER.FIELDS (DATE To)]"},
	{"/a;UID=1/;PARTIAL=7", "- a 0 1 7.18446744073709551615"},
	{"/%E6%97%A5%E6%9C%AC;UID=1", "- \xe6\x97\xa5\xe6\x9c\xac 0 1"},
	{"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred",
	 "joe INBOX 0 20 [1.2] submit+fred"},
	{"IMAP://joe%40x.test;AUTH=*@example.com:143/INBOX/;uid=20;URLAUTH=user+a%2Fb:internal:0123",
	 "joe@x.test INBOX 0 20 user+a/b internal:0123"},
	{"imap://joe@example.com/a;UID=1;EXPIRE=2006-05-31T12:00:00.5-01:00;URLAUTH=anonymous",
	 "joe a 0 1 1149080400000 anonymous"},
	{"imap://example.com/a;UID=1;URLAUTH=authuser", " a 0 1 authuser"},
	{"/a;UID=1;URLAUTH=anonymous:X-Y:;UID=7", "- a 0 1 anonymous X-Y:;UID=7"},
	{"", NULL}, {"/", NULL}, {"/INBOX", NULL}, {"INBOX;UID=1", NULL}, {"http://x/a;UID=1", NULL},
	{"imap://joe@example.com", NULL}, {"imap://joe@example.com/", NULL}, {"imap:///a;UID=1", NULL},
	{"imap://joe@x.test/;UID=1", NULL}, {"imap://joe@/a;UID=1", NULL},
	{"/a;UIDVALIDITY=1", NULL}, {"/a;UID=0", NULL}, {"/a;UID=-1", NULL}, {"/a;UID=4294967296", NULL},
	{"/a;UID=1/;UID=2", NULL}, {"/a;UID=1/;UIDVALIDITY=2", NULL}, {"/a;UID", NULL}, {"/a;=1", NULL},
	{"/a;UID=1/;SECTION=0", NULL}, {"/a;UID=1/;SECTION=TEXT%5D%5B", NULL}, {"/a;UID=1/;PARTIAL=a", NULL},
	{"/a;UID=1/;PARTIAL=1.0", NULL}, {"/a;UID=1;EXPIRE=tomorrow;URLAUTH=anonymous", NULL},
	{"/a;UID=1;EXPIRE=2006-13-31T12:00:00Z", NULL}, {"/a;UID=1;URLAUTH=", NULL},
	{"/a;UID=1;URLAUTH=anonymous:internal", NULL}, {"/a;UID=1;URLAUTH=anonymous:internal:", NULL},
	{"/a%;UID=1", NULL}, {"/a%4;UID=1", NULL}, {"/a%zz;UID=1", NULL}, {"/a%00;UID=1", NULL},
	{"/a b;UID=1", NULL}, {"/a\xc3\xa9;UID=1", NULL}, {"/a%C3;UID=1", NULL}, {"/a//b;UID=1", NULL},
	{"/a?UNSEEN;UID=1;X=2", NULL},
};

static void write_url(const struct imap_url *u, struct buf *out)
{
	buf_printf(out, STR_FMT " " STR_FMT " %" PRIu32 " %" PRIu32,
		   STR_ARG(u->user.p ? u->user : STR("-")), STR_ARG(u->mailbox.p ? u->mailbox : STR("-")),
		   u->uidvalidity, u->uid);
	if (u->has_section) {
		buf_add_char(out, ' ');
		section_write(&u->section, out);
	}
	if (u->has_partial)
		buf_printf(out, " %" PRIu64 ".%" PRIu64, u->at, u->most);
	if (u->has_expire)
		buf_printf(out, " %" PRId64, u->expire_ms);
	if (u->access.p)
		buf_printf(out, " " STR_FMT, STR_ARG(u->access));
	if (u->mechanism.p)
		buf_printf(out, " " STR_FMT ":" STR_FMT, STR_ARG(u->mechanism), STR_ARG(u->token));
}

static void reads_rows(void **state)
{
	struct arena arena;
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct imap_url u;
		int r;

		arena_init(&arena, 1 << 20);
		r = imap_url_parse(str_of(rows[i].in), &arena, &u);
		if ((r == 0) != (rows[i].out != NULL))
			fail_msg("\"%s\": %d", rows[i].in, r);
		buf_clear(&out);
		if (r == 0)
			write_url(&u, &out);
		if (r == 0 && !str_eq(buf_str(&out), str_of(rows[i].out)))
			fail_msg("\"%s\": \"%.*s\"", rows[i].in, (int)out.n, out.p);
		arena_free(&arena);
	}
	buf_free(&out);
}

/* RFC 4467 6: cut off, and nothing else done to it. */
static void rump_is_as_written(void **state)
{
	struct str url = STR("imap://Joe%40x@H/In%42ox;UID=1;urlauth=user+A%2fb:internal:01ab");
	struct arena arena;
	struct imap_url u;

	arena_init(&arena, 1 << 20);
	assert_int_equal(0, imap_url_parse(url, &arena, &u));
	assert_true(str_eq(u.rump, STR("imap://Joe%40x@H/In%42ox;UID=1;urlauth=user+A%2fb")));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rows),
		cmocka_unit_test(rump_is_as_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
