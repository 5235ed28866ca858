/* auth.h - who is it: password checks for every protocol.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Hashing runs on a bounded pool; a good password is remembered for a while as an HMAC under a key
 * made at start (design 4). Unknown and known users get equal work and equal answers. Each try
 * is logged here, once: event `login`. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/attr.h"
#include "base/buf.h"

struct conn;
struct conf;
struct store;
struct auth;

/* What a listener's connections get from conn_service(): borrowed by all sessions. */
struct service {
	struct store *store;
	struct auth *auth;
	const struct conf *_Atomic conf; /* swapped at a reload; see conf.h */
};

struct auth_opts {
	struct store *store;
	const struct service *service;
};
int auth_new(struct auth **ret, const struct auth_opts *o);
struct auth *auth_free(struct auth *a);

struct login { /* the result: an identity */
	uint64_t account;
	char name[320]; /* canonical, with the domain */
	char folder[256]; /* POP3 `user+folder`; empty: INBOX */
	unsigned delay_ms; /* on failure: to wait before the answer is sent */
};
/* `user`: as the client wrote it; without "@" it is looked up in the one local domain if there is
 * just one. `mechanism`: "USER", "PLAIN", "LOGIN": for the log. E_AUTH for everything that is
 * wrong, E_DISABLED (only with the right password), E_BUSY and E_IO for what passes. */
MAY_WAIT int auth_password(struct auth *a, struct conn *c, const char *mechanism, struct str user,
			   struct str password, struct login *ret);
/* RFC 1939 7: hex MD5 of challenge + secret. E_AUTH also for users without an APOP secret. */
MAY_WAIT int auth_apop(struct auth *a, struct conn *c, struct str user, struct str challenge,
		       struct str digest, struct login *ret);
/* May a password be sent here? TLS, or loopback, or allow_plaintext_login. */
bool auth_plaintext_ok(const struct auth *a, const struct conn *c);

/* A session of `account` begins / ends: E_LIMIT past connections_per_user. */
int auth_session_begin(struct auth *a, uint64_t account);
void auth_session_end(struct auth *a, uint64_t account);

#endif
