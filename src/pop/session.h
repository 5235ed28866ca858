/* session.h - Private to pop/. One POP3 session, and how its handlers answer.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The state machine of RFC 1939 3: AUTHORIZATION until a login succeeds, then
 * TRANSACTION; UPDATE is what QUIT does there (drop_update), and nothing else does it. */
#ifndef POP_SESSION_H
#define POP_SESSION_H

#include <assert.h>
#include "auth/auth.h"
#include "base/err.h"
#include "base/lang.h"
#include "conf/conf.h"
#include "net/command.h"
#include "net/conn.h"
#include "pop/drop.h"

enum { POP3_LINE_MOST = 8192 }; /* RFC 2449 4 wants 255 at least; some names are long */
enum { IN_AUTH = 1, IN_TRANS = 2 }; /* bits of struct command.states */

enum sasl_state { SASL_NONE, SASL_PLAIN, SASL_LOGIN_USER, SASL_LOGIN_PASSWORD };

struct mechanism { /* of SASL: for AUTH and for CAPA */
	const char *name, *first; /* the server's first challenge in base64; "": the client begins */
	enum sasl_state state;
};
extern const struct mechanism pop3_mechanisms[]; /* login.c; ended by a NULL name */

struct sending; /* a message on its way out: send.c */

struct pop3 {
	struct conn *conn;
	const struct service *service;
	const struct conf *conf;
	struct drop *drop;       /* NULL before login */
	struct sending *sending; /* NULL when no message is half sent */
	char *user;              /* what USER or AUTH LOGIN said; the account's name once logged in */
	uint64_t account;
	uint64_t nonce[2];       /* of the greeting's timestamp (APOP) */
	uint32_t step_at;        /* LIST and UIDL: the next message */
	int refusal;             /* the E_* that is told when the login delay is over */
	uint16_t errors;
	uint8_t state, sasl;
	uint8_t lang;            /* enum lang: LANG (RFC 6856 3) */
	bool utf8;               /* UTF8 was said (RFC 6856 2) */
	bool is_uidl;            /* what a listing lists */
	bool updated;            /* QUIT has done what it should */
	const char *reason;      /* why we hung up, if conn_end_name does not know */
};
/* An idle session is this, a struct conn and, once logged in, 8 octets a message. */
static_assert(sizeof(struct pop3) <= 128, "idle cost of a POP3 session");

extern const struct command_table pop3_commands; /* pop3.c */

/* A reply line of at most 512 octets with CRLF (RFC 2449 4): cut if it must be. Always text
 * behind the indicator: two clients fail without (RFC 1957). pop3_ok returns 0. */
int pop3_ok(struct pop3 *p, const char *fmt, ...) PRINTF(2, 3);
/* "-ERR [CODE] text" with the code of e (RFC 2449 8, RFC 3206); returns e. */
int pop3_no(struct pop3 *p, int e, const char *fmt, ...) PRINTF(3, 4);
int pop3_fail(struct pop3 *p, int e); /* the same with e's own text */
void pop3_count_error(struct pop3 *p, int e); /* hangs up after too many (P6) */
const char *pop3_hostname(const struct pop3 *p);

/* "2 messages", "1 message" */
#define MESSAGES_FMT "%u message%s"
#define MESSAGES(n)  (unsigned)(n), (n) == 1 ? "" : "s"

/* login.c: AUTHORIZATION */
MAY_WAIT int cmd_user(void *session, const struct command_args *a);
MAY_WAIT int cmd_pass(void *session, const struct command_args *a);
MAY_WAIT int cmd_apop(void *session, const struct command_args *a);
MAY_WAIT int cmd_auth(void *session, const struct command_args *a);
MAY_WAIT int cmd_stls(void *session, const struct command_args *a);
int cmd_utf8(void *session, const struct command_args *a);
MAY_WAIT int login_sasl_line(struct pop3 *p, struct str line); /* the next line of an AUTH */
int login_sasl_cancel(struct pop3 *p, int e, const char *why);
void login_forget(struct pop3 *p); /* USER and AUTH begin anew */

/* LOGIN-DELAY (RFC 2449 6.5): may the account log in now? E_BUSY: too early; else it counts as a
 * login (delay.c). */
int login_delay(uint64_t account, int64_t delay_s);

/* "<...@host>", RFC 1939 7 and RFC 5322 msg-id; unique to the connection. */
enum { TIMESTAMP_MOST = 320 };
void login_timestamp(const struct pop3 *p, char out[TIMESTAMP_MOST]);

/* read.c, send.c, capa.c: TRANSACTION; LANG, CAPA in both */
MAY_WAIT int cmd_stat(void *session, const struct command_args *a);
MAY_WAIT int cmd_list(void *session, const struct command_args *a);
MAY_WAIT int cmd_uidl(void *session, const struct command_args *a);
MAY_WAIT int cmd_last(void *session, const struct command_args *a);
MAY_WAIT int cmd_dele(void *session, const struct command_args *a);
MAY_WAIT int cmd_rset(void *session, const struct command_args *a);
MAY_WAIT int cmd_retr(void *session, const struct command_args *a);
MAY_WAIT int cmd_top(void *session, const struct command_args *a);
MAY_WAIT int cmd_capa(void *session, const struct command_args *a);
int cmd_lang(void *session, const struct command_args *a);
bool login_is_offered(const struct pop3 *p); /* may a password be sent here? */

/* Message n may be read: 0, or the refusal is told and its E_* returned. */
int read_wants(struct pop3 *p, uint32_t n);
void sending_end(struct pop3 *p); /* closes what is half sent; harmless when nothing is */

#endif
