/* testbed.h - a connection and a store made of memory, for unit tests and fuzzers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It defines the functions of net/conn.h, store/store.h and auth/accounts.h that a
 * session calls, so a session runs without sockets, tasks or disk. Accounts of
 * example.test: alice, bob, carol; full (no room), gone (disabled); the aliases
 * all (alice, bob), some (alice, full) and crowd0 to crowd9 (a thousand others each).
 * Each message that is delivered is kept. */
#ifndef SMTP_TESTBED_H
#define SMTP_TESTBED_H

#include "base/buf.h"
#include "net/conn.h"

struct bed_message {
	uint64_t account;
	struct buf prefix, body;
	struct str envelope_to; /* of the last delivery only: a view */
};

struct bed {
	struct conn *c;
	struct buf out; /* everything the server said */
	struct bed_message *messages;
	size_t n_messages;
	unsigned tls_started; /* TLS goes on at once */
	bool is_closed;
	uint64_t written, writes; /* octets and calls of draft_write: work done */
	size_t drafts_open;
	/* what is to go wrong */
	int fail_open, fail_write, fail_commit;
	uint64_t fail_write_at;
};

/* A greeted session. `message_size`: the limit; 0: 1 MiB. */
struct bed *bed_new(const struct proto *proto, uint64_t message_size);
struct bed *bed_free(struct bed *b);
/* The client sends these octets; what can be handled is handled before it returns. */
void bed_feed(struct bed *b, struct str bytes);
/* The same in pieces of n octets. */
void bed_feed_by(struct bed *b, struct str bytes, size_t n);
/* The client goes away. */
void bed_hang_up(struct bed *b, enum conn_end why);

extern bool bed_talks_early; /* what conn_talks_early says */
extern int bed_is_outside; /* the session does not run now: an allocation is the testbed's own */

enum { BED_ALICE = 1, BED_BOB, BED_CAROL, BED_FULL, BED_GONE };

#endif
