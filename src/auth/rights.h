/* rights.h - who may do what with a mailbox: the one authorisation function (RFC 4314, SECURITY E7).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every path that touches a mailbox asks rights_of: IMAP, POP3, delivery, Sieve, search. */
#ifndef AUTH_RIGHTS_H
#define AUTH_RIGHTS_H

#include "base/buf.h"
#include "store/store.h"

enum mbox_right { /* RFC 4314 2.1, and n of RFC 5257 */
	RIGHT_L = 1, RIGHT_R = 2, RIGHT_S = 4, RIGHT_W = 8, RIGHT_I = 16, RIGHT_P = 32, RIGHT_K = 64,
	RIGHT_X = 128, RIGHT_T = 256, RIGHT_E = 512, RIGHT_A = 1024, RIGHT_N = 2048,
};
enum { RIGHTS_ALL = 4095, RIGHTS_OWNER_MUST = RIGHT_L | RIGHT_A };

/* What account `who` (name `user`) may do with m: everything with one's own mailbox unless its ACL says
 * otherwise (never less than RIGHTS_OWNER_MUST); else identifiers user, "anyone", groups ("$name"),
 * minus the negative ones ("-user"). Reads the index; never waits. */
int rights_of(struct store *s, uint64_t who, struct str user, const struct mbox_info *m, uint32_t *ret);
/* "lrswi"; c and d (RFC 2086) stand for kx and et and are shown where all of theirs are. */
int rights_parse(struct str text, uint32_t *ret); /* E_SYNTAX */
int rights_write(uint32_t rights, struct buf *out, bool with_old);

#endif
