/* double.h - what POP3 stands on, as test doubles: a connection, a store of a few messages.
 * SPDX-License-Identifier: Apache-2.0
 *
 * For pop3_test.c and pop3_fuzz.c. The doubles of conn.h, auth.h and store.h are linked instead
 * of the real ones, so a session runs without sockets, clocks or disks, and every answer is
 * the same each time. The password of everybody is "secret". */
#ifndef POP_DOUBLE_H
#define POP_DOUBLE_H

#include "auth/auth.h"
#include "conf/conf.h"
#include "net/conn.h"
#include "store/store.h"

struct double_msg {
	const char *prefix, *body;
	bool dots;          /* BIT_DOTS */
	const char *uidl;   /* imported; NULL: none */
	uint32_t uid, flags;
	bool gone;          /* expunged */
};

extern struct double_world {
	struct conf conf;
	struct service service;
	struct double_msg *msgs;
	uint32_t n_msgs;
	char last[64];        /* meta pop3.last */
	int fail_commit;      /* E_* of the next change_commit */
	int fail_read;        /* E_* of the next msg_open */
	size_t full_at;       /* conn_is_full past so many octets of one call; 0: never */
	bool tls_possible, plaintext_ok;
	unsigned idle_ms, login_ms; /* conn_set_idle, conn_set_login */
	unsigned forgotten;   /* conn_forget_line */
	unsigned commits, snaps, bodies, sessions; /* open now, but for commits */
	uint64_t work;        /* calls and octets: what a fuzzer bounds */
} world;

void double_reset(struct double_msg *msgs, uint32_t n); /* a new world with these messages */

struct conn *double_connect(void);           /* greeted */
void double_line(struct conn *c, struct str line, enum line_flaw flaw); /* and all its steps */
struct str double_output(const struct conn *c); /* since the last double_line */
bool double_is_closed(const struct conn *c);
bool double_wants_tls(const struct conn *c);
size_t double_line_most(const struct conn *c);
void double_tls(struct conn *c);             /* the handshake is done */
void double_farewell(struct conn *c, enum conn_end why);
void double_end(struct conn *c, enum conn_end why);

#endif
