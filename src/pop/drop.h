/* drop.h - Private to pop/. A maildrop: an immutable snapshot, the marks on it, its lock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Message numbers count from 1 and stay what they are for the session, also behind
 * deleted ones (RFC 1939 3). Nothing but drop_update changes the mailbox. */
#ifndef POP_DROP_H
#define POP_DROP_H

#include "auth/rights.h"
#include "base/list.h"
#include "conf/conf.h"
#include "store/store.h"

struct drop {
	struct list locked; /* among the process's locked maildrops */
	struct store *store;
	struct snap *snap;
	uint64_t mbox;
	uint64_t live_octets;
	uint32_t n, live;        /* messages; those not marked */
	uint32_t last, last_open; /* LAST: the highest number accessed; its value at login (RFC 1225) */
	uint32_t last_read;      /* the part of it that RETR made: what is kept for the next session */
	uint32_t rights;         /* enum mbox_right, as of login: the owner too may bind himself (RFC 4314) */
	uint32_t n_read;         /* RETRs of the session, for the log */
	unsigned kinds;          /* how a message must be rewritten before it is sent: wire/plain.h */
	uint8_t *marks;          /* two bits a message; NULL until the first */
};

/* Takes the lock and the snapshot. E_INUSE, E_NOMBOX, E_NOMEM, E_DENIED. `folder` empty: INBOX. `utf8`: the client
 * takes UTF-8 headers as they are (RFC 6856 2); sizes are those of what RETR sends, either way. */
MAY_WAIT int drop_open(struct drop **ret, struct store *s, const struct conf *c, uint64_t account,
	      struct str folder, bool utf8);
struct drop *drop_close(struct drop *d); /* NULL is fine; gives the lock back */

/* Gives the lock back, and keeps the rest: before the answer to QUIT, since its client may be back
 * at once. Fine twice. */
void drop_unlock(struct drop *d);

/* 0; E_NOMSG: no such number; E_NOTFOUND: marked deleted. */
int drop_wants(const struct drop *d, uint32_t n);
static inline const struct snap_msg *drop_msg(const struct drop *d, uint32_t n)
{
	return &d->snap->msgs[n - 1];
}
bool drop_is_deleted(const struct drop *d, uint32_t n);
int drop_delete(struct drop *d, uint32_t n); /* marks, raises LAST; E_NOMEM, E_DENIED */
int drop_was_read(struct drop *d, uint32_t n); /* by RETR; E_NOMEM */
void drop_reset(struct drop *d, bool last_to_zero); /* RSET: RFC 1225, or RFC 1460 */

/* UPDATE (RFC 1939 6): removes the marked messages, notes which were read and LAST, as one
 * change: all of it, or nothing and an E_*. Never touches a message that is not marked. */
MAY_WAIT int drop_update(struct drop *d, const struct conf *c);

#endif
