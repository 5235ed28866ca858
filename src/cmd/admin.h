/* admin.h - verbs asked of the running server, over DATA/admin.sock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Frames both ways: length (4 octets, big-endian, of what follows), kind (1), payload. The client
 * sends one request (its words, its terminal, a password); the server sends what the verb says, then
 * its exit code. The same user and root are let in, nobody else. */
#ifndef CMD_ADMIN_H
#define CMD_ADMIN_H

#include "cmd/verb.h"

/* Client: has the server of `data` run the verb; *code is its exit code. E_NOTFOUND: no server;
 * E_CLOSED: it went away before it had answered. */
int admin_ask(const char *data, const char *const *argv, size_t n, struct str password,
	      struct out *out, int *code);

/* The same, but for the answer: the connection, or E_*; E_NOTFOUND: no server. */
int admin_begin(const char *data, const char *const *argv, size_t n, struct out *out);

/* Is there a server on this folder already? EX_OK: no. Else tells its process, EX_UNAVAILABLE. */
int admin_refuse_second(const char *data, struct out *out);

/* Server: listens from a thread of its own; a thread each client. */
struct service;
struct admin;
struct admin_opts {
	const char *data;
	const struct service *service; /* whose conf and store the verbs get */
	struct server_state *state;
};
int admin_start(struct admin **ret, const struct admin_opts *o);
struct admin *admin_stop(struct admin *a); /* what runs is finished first; NULL is fine */

#endif
