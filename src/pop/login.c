/* login.c - AUTHORIZATION: USER, PASS, APOP, AUTH, STLS.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/log.h"
#include "pop/session.h"
#include "wire/sasl-codec.h"

enum { NAME_MOST = 512 };
enum { SASL_LINE_MOST = 16000 }; /* RFC 5034 4 wants 12,288 for a response */

const struct mechanism pop3_mechanisms[] = {
	{"PLAIN", "", SASL_PLAIN},                   /* RFC 4616 */
	{"LOGIN", "VXNlcm5hbWU6", SASL_LOGIN_USER}, /* "Username:"; draft-murchison-sasl-login */
	{0},
};

bool login_is_offered(const struct pop3 *p)
{
	return auth_plaintext_ok(p->service->auth, p->conn);
}

void login_timestamp(const struct pop3 *p, char out[TIMESTAMP_MOST])
{
	snprintf(out, TIMESTAMP_MOST, "<%" PRIx64 ".%" PRIx64 "@%s>", p->nonce[0], p->nonce[1],
		 pop3_hostname(p));
}

void login_forget(struct pop3 *p)
{
	if (p->sasl)
		conn_set_line_most(p->conn, POP3_LINE_MOST);
	p->sasl = SASL_NONE;
	free(p->user);
	p->user = NULL;
}

static int keep_user(struct pop3 *p, struct str name)
{
	if (name.n > NAME_MOST)
		return E_RANGE;
	free(p->user);
	p->user = strndup(name.n ? name.p : "", name.n); /* LOGIN may send an empty name */
	return p->user ? 0 : E_NOMEM;
}

/* -- after the password ---------------------------------------------------------- */

static int say_refusal(struct pop3 *p, int e)
{
	if (e == E_LIMIT)
		return pop3_no(p, e, "too many wrong passwords from your address, wait a little");
	return pop3_fail(p, e);
}

MAY_WAIT static void tell_refusal(struct conn *c)
{
	struct pop3 *p = conn_state(c);

	say_refusal(p, p->refusal);
	pop3_count_error(p, p->refusal);
}

/* A wrong password is answered late (E1), without a stack meanwhile. */
static int refused(struct pop3 *p, int e, unsigned delay_ms)
{
	login_forget(p);
	if (delay_ms == 0)
		return say_refusal(p, e);
	p->refusal = e;
	conn_later(p->conn, delay_ms, tell_refusal);
	return 0;
}

/* The password was right, but there is something else. */
static int turned_away(struct pop3 *p, const struct login *l, int e, const char *code)
{
	log_event(LOG_EV_INFO, "login-refused", "proto", LOG_STR(STR("pop3")), "user", LOG_Z(l->name),
		  "address", LOG_STR(conn_peer(p->conn)), "why", LOG_Z(code), NULL);
	login_forget(p);
	return e;
}

/* Locks and opens the maildrop (RFC 1939 4), and the session is in TRANSACTION. */
static int open_maildrop(struct pop3 *p, const struct login *l)
{
	struct store *s = p->service->store;
	struct drop *d;
	int e = drop_open(&d, s, p->conf, l->account, str_of(l->folder), p->utf8);

	if (e < 0)
		return turned_away(p, l, pop3_fail(p, e), err_row(e)->pop3);
	e = login_delay(l->account, p->conf->login_delay);
	if (e < 0) {
		drop_close(d);
		/* E_SYNTAX: a row without a code of its own; this one is RFC 2449 8.1.1's */
		pop3_no(p, E_SYNTAX, "[LOGIN-DELAY] at least %" PRId64 " seconds between logins",
			p->conf->login_delay);
		return turned_away(p, l, e, "LOGIN-DELAY");
	}
	e = keep_user(p, str_of(l->name));
	if (e < 0) {
		drop_close(d);
		return turned_away(p, l, pop3_fail(p, e), err_row(e)->pop3);
	}
	p->drop = d;
	return 0;
}

static int logged_in(struct pop3 *p, const struct login *l)
{
	struct str domain = str_of(l->name), local = str_cut(&domain, '@');
	int e = auth_session_begin(p->service->auth, l->account);

	if (e == E_LIMIT)
		return turned_away(p, l, pop3_no(p, e, "too many sessions of this user"), "sessions");
	if (e < 0)
		return turned_away(p, l, pop3_fail(p, e), err_row(e)->pop3);
	login_forget(p);
	e = open_maildrop(p, l);
	if (e < 0) {
		auth_session_end(p->service->auth, l->account);
		return e;
	}
	p->account = l->account;
	p->state = IN_TRANS;
	p->errors = 0;
	conn_logged_in(p->conn);
	return pop3_ok(p, "%.*s's maildrop has " MESSAGES_FMT " (%" PRIu64 " octets)",
		       STR_ARG(str_head(local, 256)), MESSAGES(p->drop->live), p->drop->live_octets);
}

/* One who may use APOP is not to send the same secret in the clear (RFC 1939 7). */
static bool is_for_apop(struct pop3 *p, uint64_t account)
{
	struct buf secret;
	bool has;

	if (!p->conf->apop)
		return false;
	buf_init(&secret, 1024);
	has = meta_find(p->service->store, account, 0, STR("apop"), &secret) >= 0;
	buf_wipe(&secret);
	return has;
}

MAY_WAIT static int check_password(struct pop3 *p, const char *mechanism, struct str user,
				   struct str password)
{
	struct login l = {0};
	int e = auth_password(p->service->auth, p->conn, mechanism, user, password, &l);

	if (e >= 0 && p->sasl == SASL_NONE && is_for_apop(p, l.account))
		return turned_away(p, &l, refused(p, E_AUTH, 0), "apop-only");
	return e < 0 ? refused(p, e, l.delay_ms) : logged_in(p, &l);
}

/* -- USER, PASS, APOP ------------------------------------------------------------------ */

/* +OK whatever the name: who has a maildrop here is nobody's business (RFC 1939 7). */
int cmd_user(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	int e;

	if (!login_is_offered(p))
		return pop3_fail(p, E_PRIVACY);
	e = keep_user(p, a->text);
	if (e < 0)
		return pop3_fail(p, e);
	return pop3_ok(p, "now the password");
}

/* The rest of the line is the password, spaces and all (RFC 1939 7). */
int cmd_pass(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	int e;

	if (!login_is_offered(p))
		return pop3_fail(p, E_PRIVACY);
	if (!p->user)
		return pop3_no(p, E_SYNTAX, "USER first");
	e = check_password(p, "USER", str_of(p->user), a->text);
	conn_forget_line(p->conn);
	return e;
}

int cmd_apop(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	char timestamp[TIMESTAMP_MOST];
	struct login l = {0};
	int e;

	if (!p->conf->apop)
		return pop3_no(p, E_SYNTAX, "APOP is not enabled");
	login_timestamp(p, timestamp);
	e = auth_apop(p->service->auth, p->conn, a->word[0], str_of(timestamp), a->word[1], &l);
	return e < 0 ? refused(p, e, l.delay_ms) : logged_in(p, &l);
}

/* -- AUTH (RFC 5034) --------------------------------------------------------------------- */

int login_sasl_cancel(struct pop3 *p, int e, const char *why)
{
	login_forget(p);
	return pop3_no(p, e, "%s", lang_text((enum lang)p->lang, why));
}

/* Asks for the client's next response. */
static int challenge(struct pop3 *p, enum sasl_state state, const char *base64)
{
	p->sasl = state;
	conn_set_line_most(p->conn, SASL_LINE_MOST);
	conn_printf(p->conn, "+ %s\r\n", base64);
	return 0;
}

MAY_WAIT static int sasl_plain(struct pop3 *p, struct str message)
{
	struct sasl_plain plain;
	int e = sasl_plain_parse(message, &plain);

	if (e < 0)
		return login_sasl_cancel(p, E_SYNTAX, "not a PLAIN message");
	if (plain.authzid.n > 0 && !str_ieq(plain.authzid, plain.authcid))
		return login_sasl_cancel(p, E_AUTH, "nobody may act for another here");
	return check_password(p, "PLAIN", plain.authcid, plain.password);
}

static int sasl_login_user(struct pop3 *p, struct str name)
{
	int e = memchr(name.p ? name.p : "", 0, name.n) ? E_SYNTAX : keep_user(p, name);

	if (e < 0)
		return login_sasl_cancel(p, e, "not a name");
	return challenge(p, SASL_LOGIN_PASSWORD, "UGFzc3dvcmQ6"); /* "Password:" */
}

MAY_WAIT static int sasl_response(struct pop3 *p, struct str message)
{
	char name[NAME_MOST + 1];

	switch (p->sasl) {
	case SASL_PLAIN:
		return sasl_plain(p, message);
	case SASL_LOGIN_USER:
		return sasl_login_user(p, message);
	default: /* SASL_LOGIN_PASSWORD */
		snprintf(name, sizeof(name), "%s", p->user);
		return check_password(p, "LOGIN", str_of(name), message);
	}
}

int login_sasl_line(struct pop3 *p, struct str line)
{
	struct buf message;
	int e;

	if (str_eq(line, STR("*")))
		return login_sasl_cancel(p, E_SYNTAX, "cancelled");
	buf_init(&message, SASL_LINE_MOST);
	e = base64_decode(line, &message);
	if (e < 0)
		e = login_sasl_cancel(p, E_SYNTAX, "not base64");
	else
		e = sasl_response(p, buf_str(&message));
	buf_wipe(&message);
	conn_forget_line(p->conn); /* AUTH's own line, or one behind it */
	return e;
}

/* A bare AUTH lists what there is: before there was CAPA; Outlook Express asks. */
static int list_mechanisms(struct pop3 *p)
{
	pop3_ok(p, "mechanisms follow");
	for (const struct mechanism *m = pop3_mechanisms; m->name && login_is_offered(p); m++)
		conn_printf(p->conn, "%s\r\n", m->name);
	conn_write(p->conn, STR(".\r\n"));
	return 0;
}

/* AUTH [mechanism [initial response]] */
int cmd_auth(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	struct str initial = a->text, name = str_cut(&initial, ' ');
	const struct mechanism *m = pop3_mechanisms;

	if (a->n == 0)
		return list_mechanisms(p);
	if (!login_is_offered(p))
		return pop3_fail(p, E_PRIVACY);
	while (m->name && !str_ieq(name, str_of(m->name)))
		m++;
	if (!m->name)
		return pop3_no(p, E_SYNTAX, "no such mechanism");
	if (!initial.p)
		return challenge(p, m->state, m->first);
	if (*m->first) /* RFC 5034 4: the server speaks first in this one */
		return pop3_no(p, E_SYNTAX, "%s takes no initial response", m->name);
	p->sasl = (uint8_t)m->state;
	/* RFC 5034 4: "=" is a response of no octets */
	return login_sasl_line(p, str_eq(initial, STR("=")) ? STR("") : initial);
}

/* -- STLS (RFC 2595 4) ---------------------------------------------------------------------- */

int cmd_stls(void *session, const struct command_args *a)
{
	struct pop3 *p = session;

	if (conn_is_tls(p->conn))
		return pop3_no(p, E_SYNTAX, "TLS is on already");
	if (!conn_can_tls(p->conn))
		return pop3_no(p, E_SYNTAX, "there is no TLS here");
	if (p->utf8)
		return pop3_no(p, E_SYNTAX, "no TLS after UTF8"); /* RFC 6856 2.1 */
	pop3_ok(p, "begin TLS");
	conn_start_tls(p->conn);
	return 0;
}
