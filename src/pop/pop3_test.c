/* pop3_test.c - POP3 sessions without sockets: the answers, the marks, what QUIT changes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/err.h"
#include "pop/double.h"
#include "pop/pop3.h"
#include "pop/session.h"

#define HEAD "Received: by us\r\n"

static struct double_msg two[] = {
	{.prefix = HEAD, .body = "Subject: one\r\n\r\nbody\r\n", .uid = 3},
	{.prefix = HEAD, .body = "Subject: two\r\n\r\nline\r\n.dot\r\n.\r\nend\r\n", .uid = 5, .dots = true},
};

/* Sends a line; the whole answer must be `want` ("" for none). */
static void ask(struct conn *c, const char *line, const char *want)
{
	static char got[8192];
	struct str out;

	double_line(c, str_of(line), LINE_OK);
	out = double_output(c);
	snprintf(got, sizeof(got), STR_FMT, STR_ARG(out));
	assert_string_equal(got, want);
}

static void starts(struct conn *c, const char *line, const char *want)
{
	double_line(c, str_of(line), LINE_OK);
	if (!str_starts(double_output(c), str_of(want)))
		fail_msg("%s: got %.*s", line, STR_ARG(str_head(double_output(c), 200)));
}

static struct conn *log_in(void)
{
	struct conn *c = double_connect();

	starts(c, "USER kcope", "+OK ");
	starts(c, "PASS secret", "+OK kcope's maildrop has ");
	return c;
}

static void quit(struct conn *c)
{
	starts(c, "QUIT", "+OK ");
	assert_true(double_is_closed(c));
	double_end(c, END_QUIT);
	assert_int_equal(world.snaps, 0);
	assert_int_equal(world.bodies, 0);
	assert_int_equal(world.sessions, 0);
}

static void answers_are_exact(void **state)
{
	static const char *const t[][2] = {
		{"STAT", "+OK 2 92\r\n"},
		{"LIST", "+OK 2 messages (92 octets)\r\n1 39\r\n2 53\r\n.\r\n"},
		{"LIST 2", "+OK 2 53\r\n"},
		{"LIST 3", "-ERR no such message, only 2 messages in maildrop\r\n"},
		{"UIDL", "+OK 2 messages (92 octets)\r\n1 7.3\r\n2 7.5\r\n.\r\n"},
		{"UIDL 1", "+OK 1 7.3\r\n"},
		{"RETR 1", "+OK 39 octets\r\n" HEAD "Subject: one\r\n\r\nbody\r\n.\r\n"},
		{"RETR 2", "+OK 53 octets\r\n" HEAD
			   "Subject: two\r\n\r\nline\r\n..dot\r\n..\r\nend\r\n.\r\n"},
		{"TOP 2 0", "+OK top of message follows\r\n" HEAD "Subject: two\r\n\r\n.\r\n"},
		{"TOP 2 2", "+OK top of message follows\r\n" HEAD
			    "Subject: two\r\n\r\nline\r\n..dot\r\n.\r\n"},
		{"TOP 2 4000000000", "+OK top of message follows\r\n" HEAD
				     "Subject: two\r\n\r\nline\r\n..dot\r\n..\r\nend\r\n.\r\n"},
		{"LAST", "+OK 2\r\n"},
		{"DELE 2", "+OK message 2 deleted\r\n"},
		{"DELE 2", "-ERR message 2 already deleted\r\n"},
		{"STAT", "+OK 1 39\r\n"},
		{"LIST", "+OK 1 message (39 octets)\r\n1 39\r\n.\r\n"},
		{"RSET", "+OK maildrop has 2 messages (92 octets)\r\n"},
		{"LAST", "+OK 0\r\n"},
		{"DELE 1", "+OK message 1 deleted\r\n"},
		{"DELE 2", "+OK message 2 deleted\r\n"},
		{"STAT", "+OK 0 0\r\n"},
		{"QUIT", "+OK dewey POP3 server signing off (maildrop empty)\r\n"},
	};

	for (size_t full = 0; full < 3; full++) { /* never full, and a step for each octet or two */
		struct conn *c;

		double_reset(two, COLUMNS(two));
		world.full_at = full;
		c = log_in();
		for (size_t i = 0; i < COLUMNS(t); i++)
			ask(c, t[i][0], t[i][1]);
		double_end(c, END_QUIT);
		assert_int_equal(world.commits, 1);
		assert_true(two[0].gone && two[1].gone);
	}
}

static void no_quit_no_update(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	c = log_in();
	starts(c, "RETR 1", "+OK");
	starts(c, "DELE 2", "+OK");
	double_end(c, END_CLIENT);
	assert_int_equal(world.commits, 0);
	assert_false(two[0].gone || two[1].gone || two[0].flags);
	assert_int_equal(world.snaps, 0);
}

static void quit_is_one_change(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	c = log_in();
	starts(c, "RETR 1", "+OK");
	starts(c, "DELE 2", "+OK");
	quit(c);
	assert_int_equal(world.commits, 1);
	assert_false(two[0].gone);
	assert_true(two[1].gone);
	assert_int_equal(two[0].flags, MSG_SEEN);
	assert_string_equal(world.last, "7 3");
}

static void rset_forgets_deletions_only(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	c = log_in();
	starts(c, "RETR 2", "+OK");
	starts(c, "DELE 2", "+OK");
	starts(c, "RSET", "+OK");
	quit(c);
	assert_false(two[1].gone);
	assert_int_equal(two[1].flags, MSG_SEEN); /* it was read all the same */
}

static void pass_only_behind_user(void **state)
{
	static const char *const between[] = {"CAPA", "NOOP", "BLAH", "AUTH", "PASS", "AUTH PLAIN ="};
	struct conn *c;

	double_reset(two, COLUMNS(two));
	c = double_connect();
	for (size_t i = 0; i < COLUMNS(between); i++) {
		starts(c, "USER kcope", "+OK");
		double_line(c, str_of(between[i]), LINE_OK);
		if (strcmp(between[i], "PASS") != 0) /* no argument: it may be tried again */
			ask(c, "PASS secret", "-ERR USER first\r\n");
	}
	double_end(c, END_CLIENT);
}

static void a_poll_changes_nothing(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	c = log_in();
	starts(c, "STAT", "+OK");
	starts(c, "TOP 1 1", "+OK");
	starts(c, "DELE 1", "+OK");
	starts(c, "RSET", "+OK");
	quit(c);
	assert_int_equal(world.commits, 0);
}

static void a_failed_update_is_told(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	world.fail_commit = E_NOSPACE;
	c = log_in();
	starts(c, "DELE 1", "+OK");
	ask(c, "QUIT", "-ERR [SYS/TEMP] some deleted messages not removed\r\n");
	assert_true(double_is_closed(c));
	double_end(c, END_QUIT);
	assert_false(two[0].gone);
}

static void a_damaged_message_is_refused(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	c = log_in();
	world.fail_read = E_DAMAGED;
	starts(c, "RETR 1", "-ERR [SYS/PERM] ");
	starts(c, "RETR 1", "+OK");
	quit(c);
}

static void the_second_session_is_refused(void **state)
{
	struct conn *a, *b;

	double_reset(two, COLUMNS(two));
	a = log_in();
	b = double_connect();
	starts(b, "USER kcope", "+OK");
	starts(b, "PASS secret", "-ERR [IN-USE] ");
	starts(b, "STAT", "-ERR ");
	starts(a, "QUIT", "+OK"); /* the lock is free when QUIT is answered, not when the client has gone */
	starts(b, "USER kcope", "+OK");
	starts(b, "PASS secret", "+OK");
	double_end(a, END_QUIT);
	quit(b);
}

static void last_is_kept_by_uid(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	snprintf(world.last, sizeof(world.last), "7 4"); /* UID 4 is gone: message 1 was the last read */
	c = log_in();
	ask(c, "LAST", "+OK 1\r\n");
	starts(c, "DELE 2", "+OK");
	ask(c, "LAST", "+OK 2\r\n");
	ask(c, "RSET", "+OK maildrop has 2 messages (92 octets)\r\n");
	ask(c, "LAST", "+OK 1\r\n");
	quit(c);
	assert_string_equal(world.last, "7 4");
	snprintf(world.last, sizeof(world.last), "7 5");
	c = log_in();
	ask(c, "LAST", "+OK 2\r\n");
	starts(c, "RETR 1", "+OK");
	ask(c, "LAST", "+OK 2\r\n"); /* never lowered */
	quit(c);
	snprintf(world.last, sizeof(world.last), "8 4"); /* of another UIDVALIDITY: nothing known */
	c = log_in();
	ask(c, "LAST", "+OK 0\r\n");
	quit(c);
}

static void odd_messages_end_in_crlf(void **state)
{
	static struct double_msg odd[] = {
		{.prefix = "", .body = "", .uid = 1},
		{.prefix = "", .body = "no end", .uid = 2},
		{.prefix = "", .body = ".", .uid = 3, .dots = true},
		{.prefix = HEAD, .body = "", .uid = 4},
		{.prefix = "", .body = "A: b\r\n\r\nno end", .uid = 5},
	};
	static const char *const t[][2] = {
		{"RETR 1", "+OK 0 octets\r\n.\r\n"},
		{"RETR 2", "+OK 6 octets\r\nno end\r\n.\r\n"},
		{"RETR 3", "+OK 1 octets\r\n..\r\n.\r\n"},
		{"RETR 4", "+OK 17 octets\r\n" HEAD ".\r\n"},
		{"RETR 5", "+OK 14 octets\r\nA: b\r\n\r\nno end\r\n.\r\n"},
		{"TOP 1 1", "+OK top of message follows\r\n\r\n.\r\n"},
		{"TOP 2 0", "+OK top of message follows\r\nno end\r\n\r\n.\r\n"},
		{"TOP 4 9", "+OK top of message follows\r\n" HEAD "\r\n.\r\n"},
		{"TOP 5 0", "+OK top of message follows\r\nA: b\r\n\r\n.\r\n"},
		{"TOP 5 1", "+OK top of message follows\r\nA: b\r\n\r\nno end\r\n.\r\n"},
	};
	struct conn *c;

	double_reset(odd, COLUMNS(odd));
	c = log_in();
	for (size_t i = 0; i < COLUMNS(t); i++)
		ask(c, t[i][0], t[i][1]);
	quit(c);
}

/* The empty line behind the header, wherever a chunk's border falls in it. */
static void top_sees_the_empty_line_at_every_border(void **state)
{
	static char body[20000];
	static struct double_msg one[] = {{.prefix = "", .body = body, .uid = 1, .dots = true}};

	for (size_t head = 8180; head < 8200; head++) {
		struct conn *c;

		memset(body, 'h', head);
		snprintf(body + head, sizeof(body) - head, "\r\nx\r\n\r\nfirst\r\nsecond\r\n");
		double_reset(one, 1);
		c = log_in();
		double_line(c, STR("TOP 1 1"), LINE_OK);
		assert_true(str_ends(double_output(c), STR("h\r\nx\r\n\r\nfirst\r\n.\r\n")));
		quit(c);
	}
}

static void imported_uidls_override(void **state)
{
	static struct double_msg v[] = {
		{.prefix = "", .body = "a\r\n", .uid = 1, .uidl = "from-elsewhere"},
		{.prefix = "", .body = "b\r\n", .uid = 2},
		{.prefix = "", .body = "c\r\n", .uid = 3, .uidl = "not legal"},
	};
	struct conn *c;

	double_reset(v, COLUMNS(v));
	c = log_in();
	ask(c, "UIDL", "+OK 3 messages (9 octets)\r\n1 from-elsewhere\r\n2 7.2\r\n3 7.3\r\n.\r\n");
	quit(c);
}

static void deleted_policy(void **state)
{
	static struct double_msg v[] = {
		{.prefix = "", .body = "a\r\n", .uid = 1},
		{.prefix = "", .body = "b\r\n", .uid = 2},
		{.prefix = "", .body = "c\r\n", .uid = 3},
	};
	struct conn *c;

	double_reset(v, COLUMNS(v));
	world.conf.pop3_delete = "flag";
	c = log_in();
	starts(c, "DELE 1", "+OK");
	starts(c, "DELE 3", "+OK");
	quit(c);
	assert_false(v[0].gone || v[2].gone);
	assert_int_equal(v[0].flags & v[2].flags & ~v[1].flags, MSG_DELETED);
	c = log_in();
	ask(c, "LIST", "+OK 1 message (3 octets)\r\n1 3\r\n.\r\n");
	quit(c);
	assert_int_equal(world.commits, 1);
	world.conf.pop3_delete = "move:Trash";
	c = log_in();
	starts(c, "DELE 1", "+OK");
	quit(c);
	assert_true(v[0].gone && !v[1].gone && !v[2].gone);
}

static void errors_end_the_session(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	world.conf.errors_before_login = 2;
	world.conf.errors_after_login = 3;
	c = double_connect();
	starts(c, "USER kcope", "+OK");
	starts(c, "PASS wrong", "-ERR [AUTH] ");
	assert_false(double_is_closed(c));
	starts(c, "USER kcope", "+OK");
	starts(c, "PASS secret", "+OK");
	for (int i = 0; i < 10; i++)
		starts(c, "LIST 99", "-ERR ");
	double_line(c, STR("x"), LINE_TOO_LONG);
	starts(c, "BLAH", "-ERR ");
	assert_false(double_is_closed(c));
	double_line(c, STR("x"), LINE_HAS_NUL);
	assert_true(double_is_closed(c));
	double_end(c, END_QUIT);
}

static void no_password_in_the_clear(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	world.plaintext_ok = false;
	c = double_connect();
	starts(c, "USER kcope", "-ERR [AUTH] ");
	starts(c, "PASS secret", "-ERR [AUTH] ");
	starts(c, "AUTH PLAIN", "-ERR [AUTH] ");
	ask(c, "AUTH", "+OK mechanisms follow\r\n.\r\n");
	ask(c, "CAPA", "+OK capability list follows\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n"
		       "PIPELINING\r\nEXPIRE NEVER\r\nUTF8 USER\r\nLANG\r\nSTLS\r\n.\r\n");
	ask(c, "STLS", "+OK begin TLS\r\n");
	assert_true(double_wants_tls(c));
	double_tls(c);
	starts(c, "USER kcope", "+OK");
	starts(c, "PASS secret", "+OK");
	quit(c);
}

/* A password does not stay in the input buffer. */
static void lines_with_passwords_are_wiped(void **state)
{
	static const struct {
		const char *lines[3];
		unsigned wiped;
	} rows[] = {
		{{"USER kcope", "PASS wrong"}, 1},
		{{"USER kcope", "PASS secret"}, 1},
		{{"AUTH PLAIN AGtjb3BlAHNlY3JldA=="}, 1},
		{{"AUTH PLAIN", "AGtjb3BlAHNlY3JldA=="}, 1},
		{{"AUTH LOGIN", "a2NvcGU=", "c2VjcmV0"}, 2},
		{{"AUTH PLAIN", "no base64!"}, 1},
		{{"USER kcope", "CAPA"}, 0},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct conn *c;

		double_reset(two, COLUMNS(two));
		c = double_connect();
		for (size_t k = 0; k < 3 && rows[i].lines[k]; k++)
			double_line(c, str_of(rows[i].lines[k]), LINE_OK);
		assert_int_equal(world.forgotten, rows[i].wiped);
		double_end(c, END_QUIT);
	}
}

static void sasl_lines_may_be_long(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	c = double_connect();
	assert_in_range(double_line_most(c), 255, 16000);
	ask(c, "AUTH PLAIN", "+ \r\n");
	assert_in_range(double_line_most(c), 12288, 16000);
	starts(c, "*", "-ERR ");
	assert_in_range(double_line_most(c), 255, 8192);
	double_end(c, END_CLIENT);
}

/* RFC 2449 4: 512 octets with CRLF, whatever stands in it. */
static void replies_are_cut(void **state)
{
	static char name[1000];
	struct conn *c;

	double_reset(two, COLUMNS(two));
	memset(name, 'n', sizeof(name) - 1);
	world.conf.hostname = name;
	c = log_in();
	double_line(c, STR("QUIT"), LINE_OK);
	assert_int_equal(double_output(c).n, 512);
	assert_true(str_ends(double_output(c), STR("n\r\n")));
	double_end(c, END_QUIT);
}

/* At least ten minutes in every state, then the connection closes without a word and
 * without UPDATE (RFC 1939 3). */
static void the_timer_closes_silently(void **state)
{
	struct conn *c;

	double_reset(two, COLUMNS(two));
	assert_in_range(pop3_proto.idle_ms, 600 * 1000, UINT32_MAX);
	c = double_connect();
	assert_int_equal(world.idle_ms, 600 * 1000);
	assert_int_equal(world.login_ms, 1800 * 1000);
	double_end(c, END_TIMEOUT);
	c = log_in();
	starts(c, "DELE 1", "+OK");
	double_farewell(c, END_TIMEOUT);
	assert_int_equal(double_output(c).n, 0);
	double_farewell(c, END_SHUTDOWN);
	assert_true(str_starts(double_output(c), STR("-ERR [SYS/TEMP] ")));
	double_end(c, END_TIMEOUT);
	assert_int_equal(world.commits, 0);
	assert_false(two[0].gone);
}

static void the_reference_names_every_command(void **state)
{
	struct buf b;

	buf_init(&b, 16384);
	pop3_reference(&b);
	for (size_t i = 0; i < pop3_commands.n; i++)
		assert_true(str_search(buf_str(&b), str_of(pop3_commands.rows[i].name)) > 0);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_exact),
		cmocka_unit_test(no_quit_no_update),
		cmocka_unit_test(quit_is_one_change),
		cmocka_unit_test(rset_forgets_deletions_only),
		cmocka_unit_test(pass_only_behind_user),
		cmocka_unit_test(a_poll_changes_nothing),
		cmocka_unit_test(a_failed_update_is_told),
		cmocka_unit_test(a_damaged_message_is_refused),
		cmocka_unit_test(the_second_session_is_refused),
		cmocka_unit_test(last_is_kept_by_uid),
		cmocka_unit_test(odd_messages_end_in_crlf),
		cmocka_unit_test(top_sees_the_empty_line_at_every_border),
		cmocka_unit_test(imported_uidls_override),
		cmocka_unit_test(deleted_policy),
		cmocka_unit_test(errors_end_the_session),
		cmocka_unit_test(no_password_in_the_clear),
		cmocka_unit_test(lines_with_passwords_are_wiped),
		cmocka_unit_test(sasl_lines_may_be_long),
		cmocka_unit_test(replies_are_cut),
		cmocka_unit_test(the_timer_closes_silently),
		cmocka_unit_test(the_reference_names_every_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
