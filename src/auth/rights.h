/* rights.h - who may do what with a mailbox: the one authorisation function (RFC 4314, SECURITY E7).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every path that touches a mailbox asks rights_of: IMAP, POP3, delivery, Sieve, search.
 *
 * Identifiers of an ACL: an account's name; "anyone"; "owner"; "$name@domain": everybody to whom the
 * alias name@domain leads; and each of them behind a "-", whose rights are taken away. */
#ifndef AUTH_RIGHTS_H
#define AUTH_RIGHTS_H

#include "base/buf.h"
#include "store/store.h"

enum mbox_right { /* RFC 4314 2.1, and n of RFC 5257 */
	RIGHT_L = 1, RIGHT_R = 2, RIGHT_S = 4, RIGHT_W = 8, RIGHT_I = 16, RIGHT_P = 32, RIGHT_K = 64,
	RIGHT_X = 128, RIGHT_T = 256, RIGHT_E = 512, RIGHT_A = 1024, RIGHT_N = 2048,
};
enum {
	RIGHTS_ALL = 4095,
	RIGHTS_OWNER_MUST = RIGHT_L | RIGHT_A,
	/* RFC 4314 4: with one of these MYRIGHTS answers, so that the mailbox's being there is no secret */
	RIGHTS_REVEAL = RIGHT_L | RIGHT_R | RIGHT_I | RIGHT_K | RIGHT_X | RIGHT_A,
};

/* What account `who` (name `user`) may do with m: everything with one's own mailbox unless its ACL has
 * an entry for him or "owner" (never less than RIGHTS_OWNER_MUST); else all that the entries which
 * mean him grant, minus the negative ones. Reads the index; never waits. */
int rights_of(struct store *s, uint64_t who, struct str user, const struct mbox_info *m, uint32_t *ret);
/* The same by the owner: what mail that comes in may do (RIGHT_P), POP3. */
int rights_of_owner(struct store *s, const struct mbox_info *m, uint32_t *ret);

/* "lrswi"; c and d (RFC 2086) stand for kx and et. E_SYNTAX. */
int rights_parse(struct str text, uint32_t *ret);
/* with_old: c and d too, where one of theirs is (RFC 4314 2.1.1). */
int rights_write(uint32_t rights, struct buf *out, bool with_old);

/* An identifier as someone wrote it, in the form that ACLs hold: names as accounts are called, with the
 * only local domain where none is written. Whether there is such an account is not looked at: it is
 * not the writer's business. E_SYNTAX, E_UTF8, E_NOACCOUNT (which domain?). */
int rights_identifier(struct store *s, struct str text, struct buf *out);
/* The entry of `who` (an identifier in that form) in m's ACL; 0 rights if there is none. For the
 * owner's own, what he has without one. */
int rights_entry(struct store *s, const struct mbox_info *m, struct str who, uint32_t *ret);
/* Adds a step to c: `who` has these rights from now on (0: the entry goes). */
int rights_set(struct change *c, struct store *s, const struct mbox_info *m, struct str who,
	       uint32_t rights);

/* Takes `who` (an account that is to go) off all ACLs: who gets the name next must not get his rights. */
MAY_WAIT int rights_forget(struct store *s, struct str who);

/* Accounts whose mailboxes are shown as "Shared/name@domain/..." instead of "Other Users/...". */
bool account_is_shared(struct store *s, uint64_t account);
#define META_SHARED "shared"
/* A mailbox that keeps \Seen for each reader by himself: its METADATA entry, value "yes". */
#define META_SEEN_OWN "/shared/vendor/mailkeep/seen-per-user"
bool mbox_seen_is_own(struct store *s, const struct mbox_info *m);

#endif
