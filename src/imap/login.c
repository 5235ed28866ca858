/* login.c - into the authenticated state: LOGIN, AUTHENTICATE, STARTTLS.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "imap/command.h"
#include "wire/sasl-codec.h"

enum { NAME_MOST = 512, SASL_MOST = 16000 };

enum sasl_state { SASL_PLAIN, SASL_LOGIN_USER, SASL_LOGIN_PASSWORD };

static const struct mechanism { /* as in CAPABILITY: capability.c */
	const char *name, *first; /* the server's first challenge in base64 */
	enum sasl_state state;
	bool client_begins;
} mechanisms[] = {
	{"PLAIN", "", SASL_PLAIN, true},                    /* RFC 4616 */
	{"LOGIN", "VXNlcm5hbWU6", SASL_LOGIN_USER, true}, /* "Username:"; some send the name at once */
};

struct sasl {
	enum sasl_state state;
	struct str user;
};

/* -- after the password ------------------------------------------------------------------- */

static int say_refusal(struct imap *s, int e)
{
	if (e == E_LIMIT)
		return imap_no(s, e, "too many wrong passwords from your address, wait a little");
	return imap_fail(s, e);
}

MAY_WAIT static void tell_refusal(struct conn *c)
{
	struct imap *s = conn_state(c);

	command_go_on(s, say_refusal(s, s->cmd->result));
}

/* A wrong password is answered late (SECURITY E1), without a stack meanwhile. */
static int refused(struct imap *s, int e, unsigned delay_ms)
{
	if (!delay_ms)
		return say_refusal(s, e);
	s->cmd->result = e;
	conn_later(s->conn, delay_ms, tell_refusal);
	return IMAP_AGAIN;
}

/* The password was right, but there is something else. */
static int turned_away(struct imap *s, const struct login *l, int e)
{
	log_event(LOG_EV_INFO, "login-refused", "proto", LOG_STR(STR("imap")), "user", LOG_Z(l->name),
		  "address", LOG_STR(conn_peer(s->conn)), "why", LOG_Z(err_row(e)->imap), NULL);
	return e == E_LIMIT ? imap_no(s, e, "too many sessions of this user") : imap_fail(s, e);
}

static int logged_in(struct imap *s, const struct login *l)
{
	struct buf *b = imap_buf(s);
	char *name = strdup(l->name);
	int e = name ? auth_session_begin(s->service->auth, l->account) : E_NOMEM;

	if (e < 0) {
		free(name);
		return turned_away(s, l, e);
	}
	s->user = name;
	s->account = l->account;
	s->has_session = true;
	s->state = IN_AUTH;
	s->errors = 0;
	conn_logged_in(s->conn);
	conn_set_idle(s->conn, (unsigned)s->conf->imap_idle * 1000);
	put_capabilities(s, b); /* RFC 9051 6.2.2: they are others now */
	return imap_ok(s, "[" STR_FMT "] logged in", STR_ARG(buf_str(b)));
}

MAY_WAIT static int check_password(struct imap *s, const char *mechanism, struct str user,
				   struct str password)
{
	struct login l = {0};
	int e = auth_password(s->service->auth, s->conn, mechanism, user, password, &l);

	conn_forget_line(s->conn); /* what is in the command's own memory goes with it */
	return e < 0 ? refused(s, e, l.delay_ms) : logged_in(s, &l);
}

/* -- LOGIN (RFC 9051 6.2.3) ------------------------------------------------------------------ */

int imap_cmd_login(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str user, password;

	a->utf8 = true; /* passwords have any letters */
	if (arg_sp(a) < 0 || arg_astring(a, &user) < 0 || arg_sp(a) < 0 ||
	    arg_astring(a, &password) < 0 || arg_end(a) < 0)
		return imap_fail(s, a->err);
	if (!imap_login_is_offered(s))
		return imap_fail(s, E_PRIVACY);
	return check_password(s, "LOGIN", user, password);
}

/* -- AUTHENTICATE (RFC 9051 6.2.2, RFC 4959) ---------------------------------------------------- */

static int challenge(struct imap *s, const char *base64)
{
	s->mode = MODE_SASL;
	imap_continue(s, base64);
	return IMAP_AGAIN;
}

MAY_WAIT static int sasl_plain(struct imap *s, struct str message)
{
	struct sasl_plain plain;

	if (sasl_plain_parse(message, &plain) < 0)
		return imap_bad(s, "not a PLAIN message");
	if (plain.authzid.n > 0 && !str_ieq(plain.authzid, plain.authcid))
		return imap_no(s, E_AUTH, "[AUTHORIZATIONFAILED] nobody may act for another here");
	return check_password(s, "PLAIN", plain.authcid, plain.password);
}

static int sasl_login_user(struct imap *s, struct sasl *sasl, struct str name)
{
	if (name.n > NAME_MOST || memchr(name.n ? name.p : "", 0, name.n))
		return imap_bad(s, "not a name");
	sasl->user = arena_dup(conn_arena(s->conn), name);
	sasl->state = SASL_LOGIN_PASSWORD;
	return sasl->user.p ? challenge(s, "UGFzc3dvcmQ6") : imap_fail(s, E_NOMEM); /* "Password:" */
}

/* One response of the client. */
MAY_WAIT static int sasl_response(struct imap *s, struct str base64)
{
	struct sasl *sasl = s->cmd->state;
	struct buf message;
	int r;

	s->mode = MODE_COMMAND;
	if (str_eq(base64, STR("*"))) /* RFC 9051 6.2.2: cancelled, a tagged BAD */
		return imap_bad(s, "cancelled");
	buf_init(&message, SASL_MOST);
	if (base64_decode(base64, &message) < 0)
		r = imap_bad(s, "not base64");
	else if (sasl->state == SASL_PLAIN)
		r = sasl_plain(s, buf_str(&message));
	else if (sasl->state == SASL_LOGIN_USER)
		r = sasl_login_user(s, sasl, buf_str(&message));
	else
		r = check_password(s, "LOGIN", sasl->user, buf_str(&message));
	buf_wipe(&message);
	return r;
}

void imap_login_line(struct imap *s, struct str line, enum line_flaw flaw)
{
	if (flaw == LINE_PART) { /* over 16,000 octets */
		s->mode = MODE_COMMAND;
		command_refuse(s, imap_bad(s, "the response is too long"));
		s->cmd->text.n = 0; /* the rest of the line is skipped by input.c */
		return;
	}
	if (flaw == LINE_HAS_NUL) {
		s->mode = MODE_COMMAND;
		command_go_on(s, imap_bad(s, "NUL in a response"));
		return;
	}
	s->cmd->run_us = 0;
	command_go_on(s, sasl_response(s, line));
}

static const struct mechanism *find_mechanism(struct str name)
{
	for (size_t i = 0; i < COLUMNS(mechanisms); i++)
		if (str_ieq(name, str_of(mechanisms[i].name)))
			return &mechanisms[i];
	return NULL;
}

int imap_cmd_authenticate(struct imap *s)
{
	struct args *a = &s->cmd->args;
	const struct mechanism *m;
	struct sasl *sasl;
	struct str name;

	if (arg_sp(a) < 0 || arg_atom(a, &name) < 0 || (!arg_is_end(a) && arg_sp(a) < 0))
		return imap_fail(s, a->err);
	m = find_mechanism(name);
	if (!m)
		return imap_no_code(s, "CANNOT", "no such mechanism");
	if (!imap_login_is_offered(s))
		return imap_fail(s, E_PRIVACY);
	sasl = imap_state(s, sizeof(*sasl), NULL);
	if (!sasl)
		return imap_fail(s, E_NOMEM);
	sasl->state = m->state;
	if (arg_is_end(a))
		return challenge(s, m->first);
	/* RFC 4959 3: "=" is a response of no octets */
	return sasl_response(s, str_eq(a->in, STR("=")) ? STR("") : a->in);
}

/* -- STARTTLS (RFC 9051 6.2.1) -------------------------------------------------------------------- */

int imap_cmd_starttls(struct imap *s)
{
	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	if (conn_is_tls(s->conn))
		return imap_bad(s, "TLS is on already");
	if (!conn_can_tls(s->conn))
		return imap_bad(s, "there is no TLS here");
	conn_start_tls(s->conn);
	return imap_ok(s, "begin TLS");
}

/* -- UNAUTHENTICATE (RFC 8437) ---------------------------------------------------------------------- */

/* All is as it was before login but for TLS and COMPRESS (RFC 8437 2). */
int imap_cmd_unauthenticate(struct imap *s)
{
	struct buf *b = imap_buf(s);

	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	imap_unselect(s);
	auth_session_end(s->service->auth, s->account);
	free(s->user);
	s->user = NULL;
	s->account = 0;
	s->has_session = false;
	s->enabled = 0;
	s->errors = 0;
	s->lang = 0;
	s->state = IN_NOT_AUTH;
	conn_logged_out(s->conn);
	put_capabilities(s, b);
	return imap_ok(s, "[" STR_FMT "] logged out", STR_ARG(buf_str(b)));
}
