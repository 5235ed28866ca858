/* session.c - the engine of SMTP and LMTP: command tables, states, errors, the end.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "smtp/session.h"
#include "smtp/smtp.h"

enum {
	LINE_MOST = 2048,  /* with CRLF; RFC 5321 4.5.3.1.4 wants 512 and what extensions add */
	TARPIT_MS = 100,   /* SECURITY D4 */
};

#define COMMON_COMMANDS                                                                            \
	{"MAIL", cmd_mail, AT_REST, ARGS_TEXT, "5321 4.1.1.2", "begins a transaction"},            \
	{"RCPT", cmd_rcpt, AT_MAIL | AT_RCPT, ARGS_TEXT, "5321 4.1.1.3", "names a recipient"},     \
	{"DATA", cmd_data, AT_RCPT, ARGS_NONE, "5321 4.1.1.4", "sends the message"},               \
	{"BDAT", cmd_bdat, ANYWHERE, ARGS_ANY, "3030 2", "sends a chunk of the message"},          \
	{"RSET", smtp_rset, ANYWHERE, ARGS_NONE, "5321 4.1.1.5", "ends the transaction"},           \
	{"NOOP", cmd_noop, ANYWHERE, ARGS_ANY, "5321 4.1.1.9", "nothing"},                         \
	{"QUIT", cmd_quit, ANYWHERE, ARGS_NONE, "5321 4.1.1.10", "ends the session"},              \
	{"STARTTLS", cmd_starttls, ANYWHERE, ARGS_NONE, "3207 4", "begins TLS"},                   \
	{"VRFY", cmd_vrfy, ANYWHERE, ARGS_TEXT, "5321 4.1.1.6", "tells nothing: 252"},             \
	{"HELP", cmd_help, ANYWHERE, ARGS_ANY, "5321 4.1.1.8", "lists the commands"},              \
	{"EXPN", cmd_not_offered, ANYWHERE, ARGS_ANY, "5321 4.1.1.7", "not offered"},              \
	{"AUTH", cmd_not_offered, ANYWHERE, ARGS_ANY, "4954 4", "not offered"},                    \
	{"TURN", cmd_not_offered, ANYWHERE, ARGS_ANY, "5321 F.1", "not offered"}

static const struct command smtp_rows[] = {
	{"EHLO", cmd_ehlo, ANYWHERE, ARGS_TEXT, "5321 4.1.1.1", "greets, lists the extensions"},
	{"HELO", cmd_helo, ANYWHERE, ARGS_TEXT, "5321 4.1.1.1", "greets"},
	COMMON_COMMANDS,
};

static const struct command lmtp_rows[] = {
	{"LHLO", cmd_ehlo, ANYWHERE, ARGS_TEXT, "2033 4.1", "greets, lists the extensions"},
	COMMON_COMMANDS,
};

static struct command_count smtp_counts[COLUMNS(smtp_rows)], lmtp_counts[COLUMNS(lmtp_rows)];
static const struct command_table smtp_table = {smtp_rows, smtp_counts, COLUMNS(smtp_rows)};
static const struct command_table lmtp_table = {lmtp_rows, lmtp_counts, COLUMNS(lmtp_rows)};
static const struct flavour smtp_flavour = {"smtp", "EHLO", false, &smtp_table};
static const struct flavour lmtp_flavour = {"lmtp", "LHLO", true, &lmtp_table};

void smtp_reference(struct buf *out)
{
	buf_printf(out, "SMTP:\n\n");
	command_reference(&smtp_table, out);
	buf_printf(out, "\nLMTP:\n\n");
	command_reference(&lmtp_table, out);
}

enum smtp_state smtp_state(const struct smtp *p)
{
	if (!p->helo)
		return AT_START;
	if (!p->t)
		return AT_REST;
	if (p->t->has_chunks || p->t->err)
		return AT_BDAT;
	return p->t->n_rcpts ? AT_RCPT : AT_MAIL;
}

const char *smtp_hostname(const struct smtp *p, char *room, size_t n)
{
	if (p->conf->hostname && *p->conf->hostname)
		return p->conf->hostname;
	if (gethostname(room, n) < 0 || !*room)
		return "localhost";
	room[n - 1] = '\0';
	return room;
}

/* -- a line ------------------------------------------------------------------ */

static int wrong_state(struct smtp *p, const struct command *row)
{
	switch (smtp_state(p)) {
	case AT_START:
		return smtp_reply(p, 503, "5.5.1", "say %s first", p->flavour->hello);
	case AT_REST:
		return smtp_reply(p, 503, "5.5.1", "say MAIL first");
	case AT_MAIL: /* RFC 2033 4.2: DATA, and nobody to give it to */
		return smtp_reply(p, 503, "5.5.1", row->run == cmd_data ? "no valid recipients" :
								  "a transaction is open");
	case AT_BDAT: /* RFC 3030 2 */
		return smtp_reply(p, 503, "5.5.1", "a chunk was sent: more of them, or RSET");
	default:
		return smtp_reply(p, 503, "5.5.1", "a transaction is open");
	}
}

static bool has_control(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
			return true;
	return false;
}

static int run(struct smtp *p, const struct command *row, struct str rest)
{
	struct command_args args;

	if (command_args(row, rest, &args) < 0)
		return smtp_reply(p, 501, "5.5.4", "syntax error in the arguments");
	if (!(row->states & smtp_state(p)))
		return wrong_state(p, row);
	return row->run(p, &args);
}

static int command(struct smtp *p, struct str line)
{
	uint64_t began = clock_mono_us();
	const struct command *row;
	struct str rest;
	int r;

	while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--; /* RFC 5321 4.1.1: white space before CRLF is tolerated */
	row = command_find(p->flavour->commands, line, &rest);
	if (!row) /* what was said is not repeated: it could be a browser's page (SECURITY A4) */
		return smtp_reply(p, 500, "5.5.1", "no such command");
	r = run(p, row, rest);
	command_counted(p->flavour->commands, row, r, clock_mono_us() - began);
	return r;
}

static const char *flaw_text(struct str line, enum line_flaw flaw)
{
	switch (flaw) {
	case LINE_TOO_LONG:
		return "line too long";
	case LINE_BARE_LF: /* RFC 5321 2.3.8 */
		return "lines end in CRLF";
	case LINE_HAS_NUL:
		return "NUL in a command";
	default:
		return has_control(line) ? "control character in a command" : NULL;
	}
}

static void tarpit_over(struct conn *c)
{
	(void)c;
}

/* SECURITY D4: those who guess are slowed down, then shown the door. */
static void count_error(struct smtp *p)
{
	unsigned most = (unsigned)p->conf->errors_before_login;

	if (++p->errors >= most) {
		smtp_reply(p, 421, "4.7.0", "too many errors");
		conn_close(p->c);
	} else if (!p->flavour->is_lmtp && p->errors > most / 2) {
		conn_later(p->c, TARPIT_MS * (p->errors - most / 2), tarpit_over);
	}
}

static void session_line(struct conn *c, struct str line, enum line_flaw flaw)
{
	struct smtp *p = conn_state(c);
	const char *why = flaw_text(line, flaw);
	int r;

	if (!why) {
		r = command(p, line);
	} else {
		r = smtp_reply(p, 500, "5.5.2", "%s", why);
		if (str_istarts(line, STR("BDAT"))) /* its octets would be read as commands */
			conn_close(c);
	}
	if (r < 0)
		count_error(p);
}

/* -- begin and end ---------------------------------------------------------------- */

/* A client that does not wait for its turn is no MTA, or carries somebody else's words (RFC 5321
 * 4.3.1, SECURITY B3). LMTP's clients are known, and may save the round trip. */
static void greet(struct conn *c)
{
	struct smtp *p = conn_state(c);
	char room[256];

	if (!p->flavour->is_lmtp && conn_talks_early(c)) {
		log_event(LOG_EV_INFO, "refused", "proto", LOG_Z(p->flavour->name), "client",
			  LOG_STR(conn_peer(c)), "why", LOG_Z("early-talk"), NULL);
		smtp_reply(p, 554, "5.5.0", "wait for the greeting before you speak");
		conn_close(c);
		return;
	}
	conn_printf(c, "220 %s %s Mailkeep ready\r\n", smtp_hostname(p, room, sizeof(room)),
		    p->flavour->is_lmtp ? "LMTP" : "ESMTP");
}

static void session_start(struct conn *c, const struct flavour *flavour)
{
	struct smtp *p = calloc(1, sizeof(*p));

	if (!p) {
		conn_printf(c, "421 4.3.0 out of memory, try again later\r\n");
		conn_close(c);
		return;
	}
	p->c = c;
	p->service = conn_service(c);
	p->conf = atomic_load(&p->service->conf);
	p->flavour = flavour;
	conn_set_state(c, p);
	conn_set_idle(c, (unsigned)p->conf->smtp_idle * 1000);
	if (!flavour->is_lmtp && p->conf->smtp_greet_wait)
		conn_later(c, (unsigned)p->conf->smtp_greet_wait, greet);
	else
		greet(c);
}

static void smtp_start(struct conn *c)
{
	session_start(c, &smtp_flavour);
}

static void lmtp_start(struct conn *c)
{
	session_start(c, &lmtp_flavour);
}

static void session_end(struct conn *c, enum conn_end why)
{
	struct smtp *p = conn_state(c);

	if (!p)
		return;
	if (p->t && p->t->in_upload) /* never half delivered: the draft goes */
		message_log(p, 0, conn_end_name(why));
	txn_over(p);
	log_event(LOG_EV_INFO, "session", "proto", LOG_Z(p->flavour->name), "client",
		  LOG_STR(conn_peer(c)), "helo", LOG_Z(p->helo ? p->helo : ""), "tls",
		  LOG_Z(conn_tls_version(c) ? conn_tls_version(c) : "no"), "accepted",
		  LOG_INT(p->n_accepted), "refused", LOG_INT(p->n_refused), "errors",
		  LOG_INT(p->errors), "in", LOG_INT(conn_bytes_in(c)), "out",
		  LOG_INT(conn_bytes_out(c)), "reason", LOG_Z(conn_end_name(why)), NULL);
	conn_set_state(c, NULL);
	free(p->helo);
	free(p);
}

/* RFC 5321 3.8: 421 when we are the one who ends it. There may be no session yet. */
static void session_farewell(struct conn *c, enum conn_end why)
{
	switch (why) {
	case END_TIMEOUT:
		conn_write(c, STR("421 4.4.2 idle for too long\r\n"));
		break;
	case END_FLOOD:
		conn_write(c, STR("421 4.7.0 too many overlong lines\r\n"));
		break;
	default:
		conn_write(c, STR("421 4.3.2 closing, try again later\r\n"));
	}
}

/* RFC 3207 4.2: what was learnt before TLS is forgotten. */
static void session_secured(struct conn *c)
{
	struct smtp *p = conn_state(c);

	txn_over(p);
	free(p->helo);
	p->helo = NULL;
	p->is_esmtp = false;
}

const struct proto smtp_proto = {
	.name = "smtp",
	.alpn = NULL,
	.line_most = LINE_MOST,
	.idle_ms = 5 * 60 * 1000, /* RFC 5321 4.5.3.2.7 */
	.overlong_most = 3,
	.start = smtp_start,
	.line = session_line,
	.end = session_end,
	.farewell = session_farewell,
	.secured = session_secured,
};

const struct proto lmtp_proto = {
	.name = "lmtp",
	.alpn = NULL,
	.line_most = LINE_MOST,
	.idle_ms = 5 * 60 * 1000,
	.overlong_most = 3,
	.start = lmtp_start,
	.line = session_line,
	.end = session_end,
	.farewell = session_farewell,
	.secured = session_secured,
};
