/* double.h - a session without a socket: a connection's double over a real store.
 * SPDX-License-Identifier: Apache-2.0
 *
 * For the fuzz targets of imap/. The doubles of conn.h and of what imap/ asks of auth.h are linked
 * instead of the real ones. What the session is given runs at once; a step runs as often as it
 * asks for. Nobody can log in: sessions begin logged in. */
#ifndef IMAP_DOUBLE_H
#define IMAP_DOUBLE_H

#include "imap/session.h"

struct double_world {
	struct service service;
	struct store *store;
	struct conf *conf;
	char dir[64];
	size_t full_at; /* conn_is_full past so many octets of a step; 0: never */
	uint64_t steps; /* runs of anything since double_feed */
};
extern struct double_world double_world;

void double_open(void);  /* a new, empty store */
void double_close(void); /* checked, and away with it */
uint64_t double_account(const char *name);
/* E_* of the store. */
int double_deliver(uint64_t account, struct str mbox, struct str message);

struct conn *double_connect(uint64_t account, const char *name); /* greeted and logged in */
/* Octets as a client would send them; false: the connection is closed. */
bool double_feed(struct conn *c, struct str bytes);
struct str double_output(const struct conn *c); /* since the last double_feed */
bool double_wants_more(const struct conn *c);   /* is it in the middle of a line or a literal? */
void double_end(struct conn *c);

#endif
