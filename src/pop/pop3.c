/* pop3.c - the life of a POP3 session: greeting, dispatch by the table, QUIT, the end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pop/pop3.h"
#include <inttypes.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "pop/session.h"

enum { REPLY_MOST = 512 }; /* RFC 2449 4, with CRLF */

/* -- answers ----------------------------------------------------------------- */

static void PRINTF(4, 0) reply(struct pop3 *p, const char *indicator, const char *code,
			       const char *fmt, va_list ap)
{
	char line[REPLY_MOST + 1];
	int n = snprintf(line, sizeof(line), "%s ", indicator);

	if (*code)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "[%s] ", code);
	n += vsnprintf(line + n, REPLY_MOST - 1 - (size_t)n, lang_text((enum lang)p->lang, fmt), ap);
	if (n > REPLY_MOST - 2) {
		n = REPLY_MOST - 2;
		while (n > 0 && ((unsigned char)line[n] & 0xc0) == 0x80)
			n--; /* no character is cut */
	}
	memcpy(line + n, "\r\n", 2);
	conn_write(p->conn, str_n(line, (size_t)n + 2));
}

int pop3_ok(struct pop3 *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply(p, "+OK", "", fmt, ap);
	va_end(ap);
	return 0;
}

int pop3_no(struct pop3 *p, int e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply(p, "-ERR", err_row(e)->pop3, fmt, ap);
	va_end(ap);
	return e;
}

int pop3_fail(struct pop3 *p, int e)
{
	return pop3_no(p, e, "%s", lang_text((enum lang)p->lang, err_row(e)->text));
}

const char *pop3_hostname(const struct pop3 *p)
{
	return p->conf->hostname;
}

/* A question about a message that is not there breaks no rule of the protocol. */
static bool is_protocol_error(int e)
{
	return e < 0 && e != E_NOMSG && e != E_NOTFOUND && e != E_DAMAGED;
}

void pop3_count_error(struct pop3 *p, int e)
{
	int64_t most = p->state == IN_AUTH ? p->conf->errors_before_login :
					     p->conf->errors_after_login;

	if (!is_protocol_error(e) || ++p->errors < most)
		return;
	p->reason = "errors";
	conn_close(p->conn);
}

/* -- commands that are about the session itself --------------------------------- */

static int cmd_noop(void *session, const struct command_args *a)
{
	return pop3_ok(session, "nothing done");
}

/* RPOP trusts reserved ports (RFC 1225; gone in RFC 1460), XTND is RFC 1082's bulletin boards. */
static int cmd_refused(void *session, const struct command_args *a)
{
	return pop3_no(session, E_SYNTAX, "not supported, and never will be");
}

/* RFC 1939 6: the only way into UPDATE. */
MAY_WAIT static void quit_after_update(struct pop3 *p)
{
	int e = drop_update(p->drop, p->conf);

	drop_unlock(p->drop);
	if (e < 0)
		pop3_no(p, e, "some deleted messages not removed");
	else if (p->drop->live == 0)
		pop3_ok(p, "%s POP3 server signing off (maildrop empty)", pop3_hostname(p));
	else
		pop3_ok(p, "%s POP3 server signing off (" MESSAGES_FMT " left)", pop3_hostname(p),
			MESSAGES(p->drop->live));
	p->updated = e == 0;
	p->reason = e < 0 ? "update-failed" : "quit";
}

static int cmd_quit(void *session, const struct command_args *a)
{
	struct pop3 *p = session;

	if (p->state == IN_TRANS)
		quit_after_update(p);
	else
		pop3_ok(p, "%s POP3 server signing off", pop3_hostname(p));
	conn_close(p->conn);
	return 0;
}

/* -- the table: the only place that knows the commands ---------------------------- */

#define BOTH (IN_AUTH | IN_TRANS)

/* name, handler, allowed in, arguments, RFC, what it does */
static const struct command rows[] = {
	{"USER", cmd_user, IN_AUTH, ARGS_TEXT, "1939 7", "names the user"},
	{"PASS", cmd_pass, IN_AUTH, ARGS_TEXT, "1939 7", "logs in with a password"},
	{"APOP", cmd_apop, IN_AUTH, ARGS_WORD_WORD, "1939 7", "logs in with a digest"},
	{"AUTH", cmd_auth, IN_AUTH, ARGS_OPT_TEXT, "5034", "logs in by SASL, or lists how"},
	{"STLS", cmd_stls, IN_AUTH, ARGS_NONE, "2595 4", "begins TLS"},
	{"UTF8", cmd_utf8, IN_AUTH, ARGS_NONE, "6856 2", "UTF-8 headers as they are"},
	{"LANG", cmd_lang, BOTH, ARGS_OPT_TEXT, "6856 3", "the language of our texts, or lists them"},
	{"CAPA", cmd_capa, BOTH, ARGS_NONE, "2449 5", "tells what the server can do"},
	{"STAT", cmd_stat, IN_TRANS, ARGS_NONE, "1939 5", "number and octets of messages"},
	{"LIST", cmd_list, IN_TRANS, ARGS_OPT_NUM, "1939 5", "sizes"},
	{"RETR", cmd_retr, IN_TRANS, ARGS_NUM, "1939 5", "a message"},
	{"DELE", cmd_dele, IN_TRANS, ARGS_NUM, "1939 5", "marks a message as deleted"},
	{"NOOP", cmd_noop, IN_TRANS, ARGS_NONE, "1939 5", "nothing"},
	{"LAST", cmd_last, IN_TRANS, ARGS_NONE, "1225", "the highest message accessed"},
	{"RSET", cmd_rset, IN_TRANS, ARGS_NONE, "1939 5", "unmarks all"},
	{"TOP", cmd_top, IN_TRANS, ARGS_NUM_NUM, "1939 7", "a message's head, and some lines"},
	{"UIDL", cmd_uidl, IN_TRANS, ARGS_OPT_NUM, "1939 7", "unique ids"},
	{"QUIT", cmd_quit, BOTH, ARGS_NONE, "1939 4, 6", "removes what is marked; ends"},
	{"RPOP", cmd_refused, IN_AUTH, ARGS_ANY, "1225", "refused: it trusts the network"},
	{"XTND", cmd_refused, IN_TRANS, ARGS_ANY, "1082", "refused: bulletin boards"},
};
static struct command_count counts[COLUMNS(rows)];
const struct command_table pop3_commands = {rows, counts, COLUMNS(rows)};

void pop3_reference(struct buf *out)
{
	command_reference(&pop3_commands, out);
}

/* -- dispatch ------------------------------------------------------------------------ */

static const char *usage(enum command_shape shape)
{
	switch (shape) {
	case ARGS_NONE:
		return "takes no argument";
	case ARGS_NUM:
		return "takes a message number";
	case ARGS_OPT_NUM:
		return "takes nothing, or a message number";
	case ARGS_NUM_NUM:
		return "takes a message number and a number of lines";
	case ARGS_WORD_WORD:
		return "takes a name and a digest";
	default:
		return "takes an argument";
	}
}

MAY_WAIT static int dispatch(struct pop3 *p, struct str line)
{
	struct command_args args;
	struct str rest;
	const struct command *row = command_find(&pop3_commands, line, &rest);
	uint64_t began = clock_mono_us();
	int e;

	/* RFC 1939 7: PASS only immediately after USER */
	if (p->state == IN_AUTH && (!row || row->run != cmd_pass))
		login_forget(p);
	if (!row) /* and never an echo of it (SECURITY A4) */
		return pop3_no(p, E_SYNTAX, "unknown command");
	if (!(row->states & p->state)) {
		e = p->state == IN_AUTH ? pop3_no(p, E_SYNTAX, "%s is for after login", row->name) :
					  pop3_no(p, E_SYNTAX, "%s is for before login", row->name);
	} else {
		e = command_args(row, rest, &args);
		e = e < 0 ? pop3_no(p, e, "%s %s", row->name,
					   lang_text((enum lang)p->lang, usage(row->shape))) : row->run(p, &args);
	}
	command_counted(&pop3_commands, row, e, clock_mono_us() - began);
	return e;
}

static int refuse_line(struct pop3 *p, enum line_flaw flaw)
{
	const char *why = flaw == LINE_TOO_LONG ? "line too long" : "NUL in a line";

	if (p->sasl)
		return login_sasl_cancel(p, E_SYNTAX, why);
	if (p->state == IN_AUTH)
		login_forget(p);
	return pop3_no(p, E_SYNTAX, "%s", lang_text((enum lang)p->lang, why));
}

MAY_WAIT static void pop3_line(struct conn *c, struct str line, enum line_flaw flaw)
{
	struct pop3 *p = conn_state(c);
	int e;

	if (!p)
		return;
	if (flaw == LINE_TOO_LONG || flaw == LINE_HAS_NUL)
		e = refuse_line(p, flaw);
	else if (p->sasl)
		e = login_sasl_line(p, line);
	else
		e = dispatch(p, line);
	pop3_count_error(p, e);
}

/* -- beginning and end ------------------------------------------------------------------ */

MAY_WAIT static void pop3_start(struct conn *c)
{
	struct pop3 *p = calloc(1, sizeof(*p));
	char timestamp[TIMESTAMP_MOST] = "";

	if (!p) {
		conn_write(c, STR("-ERR [SYS/TEMP] out of memory, try again later\r\n"));
		conn_close(c);
		return;
	}
	p->conn = c;
	p->service = conn_service(c);
	p->conf = atomic_load(&p->service->conf);
	p->state = IN_AUTH;
	conn_set_state(c, p);
	conn_set_idle(c, (unsigned)p->conf->pop3_idle * 1000);
	conn_set_login(c, (unsigned)p->conf->pop3_login * 1000);
	if (p->conf->apop) {
		random_bytes(p->nonce, sizeof(p->nonce));
		login_timestamp(p, timestamp);
	}
	pop3_ok(p, "POP3 server ready%s%s", *timestamp ? " " : "", timestamp);
}

static void log_end(struct pop3 *p, enum conn_end why)
{
	const struct drop *d = p->drop;
	uint32_t gone = d && p->updated ? d->n - d->live : 0; /* marks without QUIT deleted nothing */

	log_event(LOG_EV_INFO, "session", "proto", LOG_STR(STR("pop3")), "user",
		  LOG_Z(d ? p->user : ""), "address", LOG_STR(conn_peer(p->conn)), "tls",
		  LOG_Z(conn_tls_version(p->conn)), "retr", LOG_INT(d ? d->n_read : 0), "dele",
		  LOG_INT(gone), "left", LOG_INT(d ? d->n - gone : 0), "bytes",
		  LOG_INT(conn_bytes_out(p->conn)), "reason",
		  LOG_Z(p->reason ? p->reason : conn_end_name(why)), NULL);
}

MAY_WAIT static void pop3_end(struct conn *c, enum conn_end why)
{
	struct pop3 *p = conn_state(c);

	if (!p)
		return;
	if (p->drop) { /* before it is logged: who waits for that line may log in */
		drop_unlock(p->drop);
		auth_session_end(p->service->auth, p->account);
	}
	log_end(p, why);
	sending_end(p);
	drop_close(p->drop);
	free(p->user);
	free(p);
	conn_set_state(c, NULL);
}

/* RFC 1939 3: the inactivity timer closes without a word. A server that stops, or has too many
 * clients to take this one (no state then), says so (RFC 3206 4). */
static void pop3_farewell(struct conn *c, enum conn_end why)
{
	if (why == END_SHUTDOWN || !conn_state(c))
		conn_write(c, STR("-ERR [SYS/TEMP] not now, try again later\r\n"));
}

/* TLS is on: what was said before it does not count (RFC 2595 4). */
static void pop3_secured(struct conn *c)
{
	struct pop3 *p = conn_state(c);

	if (p)
		login_forget(p);
}

const struct proto pop3_proto = {
	.name = "pop3",
	.alpn = "pop3",
	.line_most = POP3_LINE_MOST,
	.idle_ms = 10 * 60 * 1000, /* RFC 1939 3: at least; the setting pop3_idle */
	.overlong_most = 3,
	.start = pop3_start,
	.line = pop3_line,
	.end = pop3_end,
	.farewell = pop3_farewell,
	.secured = pop3_secured,
	.has_login = true,
};
