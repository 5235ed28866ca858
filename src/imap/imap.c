/* imap.c - the life of an IMAP session: greeting, whose line it is, the end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/imap.h"
#include <stdatomic.h>
#include "base/log.h"
#include "imap/idle.h"

enum { PIECE_MOST = 16000 }; /* of a line that is given at once; input.c has the limits */

void imap_bye(struct imap *s, const char *reason, const char *text)
{
	imap_untagged(s, "BYE %s", text);
	s->reason = reason;
	conn_close(s->conn);
}

/* -- commands that are about the session itself ------------------------------------------- */

int imap_cmd_noop(struct imap *s)
{
	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	return imap_ok(s, "nothing done");
}

int imap_cmd_logout(struct imap *s)
{
	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	imap_bye(s, "logout", "goodbye"); /* RFC 9051 6.1.3: BYE before the tagged OK */
	return imap_ok(s, "goodbye");
}

/* RFC 4978 3. The tagged OK is the last that goes as it is. */
int imap_cmd_compress(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str mechanism;
	int e;

	if (arg_sp(a) < 0 || arg_atom(a, &mechanism) < 0 || arg_end(a) < 0)
		return imap_fail(s, a->err);
	if (!str_ieq(mechanism, STR("DEFLATE")))
		return imap_no_code(s, "CANNOT", "no such compression");
	if (conn_is_compressed(s->conn))
		return imap_no_code(s, "COMPRESSIONACTIVE", "it is compressed already");
	e = conn_compress(s->conn);
	return e < 0 ? imap_fail(s, e) : imap_ok(s, "DEFLATE from here on");
}

/* RFC 2971 3.3: at most 30 pairs, names of 30 octets, values of 1,024. */
static int read_id(struct args *a)
{
	struct str name, value;
	unsigned n = 0;

	if (arg_word_is(a, "NIL"))
		return arg_end(a);
	arg_char(a, '(');
	while (!a->err && !arg_next_is(a, ')')) {
		if (n++)
			arg_sp(a);
		arg_string(a, &name);
		arg_sp(a);
		arg_nstring(a, &value);
		if (!a->err && (n > 30 || name.n > 30 || value.n > 1024))
			arg_fail(a, E_SYNTAX, "too much of an ID");
	}
	return arg_end(a);
}

int imap_cmd_id(struct imap *s)
{
	struct args *a = &s->cmd->args;

	a->utf8 = true;
	if (arg_sp(a) < 0 || read_id(a) < 0)
		return imap_fail(s, a->err);
	imap_untagged(s, "ID (\"name\" \"Mailkeep\")");
	return imap_ok(s, "pleased to meet you");
}

/* -- lines ----------------------------------------------------------------------------------- */

MAY_WAIT static void imap_line(struct conn *c, struct str line, enum line_flaw flaw)
{
	struct imap *s = conn_state(c);

	if (!s)
		return;
	if (s->mode == MODE_SASL)
		imap_login_line(s, line, flaw);
	else if (s->mode == MODE_IDLE)
		imap_idle_line(s, line, flaw);
	else
		input_line(s, line, flaw);
}

/* -- beginning and end ------------------------------------------------------------------------ */

static void greet(struct imap *s)
{
	struct buf b;

	buf_init(&b, 4096);
	put_capabilities(s, &b);
	imap_untagged(s, "OK [" STR_FMT "] IMAP server ready", STR_ARG(buf_str(&b)));
	buf_free(&b);
}

MAY_WAIT static void imap_start(struct conn *c)
{
	struct imap *s = calloc(1, sizeof(*s));

	if (!s) {
		conn_write(c, STR("* BYE [UNAVAILABLE] out of memory, try again later\r\n"));
		conn_close(c);
		return;
	}
	s->conn = c;
	s->service = conn_service(c);
	s->conf = atomic_load(&s->service->conf);
	s->state = IN_NOT_AUTH;
	conn_set_state(c, s);
	greet(s);
}

static void log_end(struct imap *s, enum conn_end why)
{
	log_event(LOG_EV_INFO, "session", "proto", LOG_STR(STR("imap")), "user",
		  LOG_Z(s->user ? s->user : ""), "address", LOG_STR(conn_peer(s->conn)), "tls",
		  LOG_Z(conn_tls_version(s->conn)), "fetched", LOG_INT(s->n_fetched), "stored",
		  LOG_INT(s->n_stored), "appended", LOG_INT(s->n_appended), "expunged",
		  LOG_INT(s->n_expunged), "bytes", LOG_INT(conn_bytes_out(s->conn)), "reason",
		  LOG_Z(s->reason ? s->reason : conn_end_name(why)), NULL);
}

MAY_WAIT static void imap_end(struct conn *c, enum conn_end why)
{
	struct imap *s = conn_state(c);

	if (!s)
		return;
	command_drop(s);
	imap_unselect(s);
	if (s->has_session) /* before it is logged: who waits for that line may log in */
		auth_session_end(s->service->auth, s->account);
	log_end(s, why);
	idle_forget(s);
	free(s->user);
	free(s);
	conn_set_state(c, NULL);
}

static void imap_farewell(struct conn *c, enum conn_end why)
{
	switch (why) {
	case END_TIMEOUT: /* RFC 9051 7.1.5 */
		conn_write(c, STR("* BYE idle for too long\r\n"));
		break;
	case END_SHUTDOWN:
		conn_write(c, STR("* BYE [UNAVAILABLE] the server stops, try again later\r\n"));
		break;
	default: /* too many connections: there is no state then */
		conn_write(c, STR("* BYE [LIMIT] too many connections, try again later\r\n"));
		break;
	}
}

const struct proto imap_proto = {
	.name = "imap",
	.alpn = "imap",
	.line_most = PIECE_MOST,
	.takes_parts = true,
	.idle_ms = 30 * 60 * 1000, /* RFC 9051 5.4: at least; the setting imap_idle */
	.start = imap_start,
	.line = imap_line,
	.end = imap_end,
	.farewell = imap_farewell,
	.login_ms = 60 * 1000,
	.has_login = true,
	.woken = imap_woken,
};
