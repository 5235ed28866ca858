/* accounts.h - users, aliases and domains by address; recipients resolved.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef AUTH_ACCOUNTS_H
#define AUTH_ACCOUNTS_H

#include "base/attr.h"
#include "base/arena.h"
#include "store/store.h"

struct conf;
struct address;

/* `address` as a person typed it; E_SYNTAX, E_EXISTS, E_NOACCOUNT. A new account gets its INBOX. */
MAY_WAIT int user_add(struct store *s, const struct conf *c, struct str address, struct str password,
		      uint64_t quota_bytes, bool disabled);
/* apop: also keep the secret in the clear for APOP. Empty password: no password login. */
MAY_WAIT int user_set_password(struct store *s, const struct conf *c, struct str address,
			       struct str password, bool apop);
/* NULL: leave it as it is. */
MAY_WAIT int user_set(struct store *s, struct str address, const uint64_t *quota_bytes,
		      const bool *disabled);
/* A limit of RFC 9208 (0: none); is it an account whose mailboxes are shared (auth/rights.h)? */
MAY_WAIT int user_set_limit(struct store *s, struct str address, enum quota_kind kind, uint64_t limit);
MAY_WAIT int user_set_shared(struct store *s, struct str address, bool is_shared);
MAY_WAIT int user_del(struct store *s, struct str address);
/* Between an alias's targets as they are stored: the one octet that no address has. A space may stand
 * in a local part ("a b"@example.test). */
enum { ALIAS_SEPARATOR = '\n' };
/* E_LOOP if the alias would reach itself (or over 10 levels), E_EXISTS if there is such an account,
 * E_NOACCOUNT if a target is neither account nor alias. Takes the place of an older one. */
MAY_WAIT int alias_add(struct store *s, struct str address, const struct str *targets, size_t n);
MAY_WAIT int alias_del(struct store *s, struct str address);

/* The account of an address as a person typed it. E_NOACCOUNT, E_SYNTAX, E_UTF8. */
int user_find(struct store *s, struct str address, struct account_info *ret);
/* Is `typed` an account or an alias? */
bool address_is_known(struct store *s, struct str typed);

/* -- recipients --------------------------------------------------------------- */

struct rcpt {
	uint64_t account;
	struct str name;   /* the account's */
	struct str detail; /* of user+detail; empty without */
	struct str mbox;   /* where to deliver: "INBOX" unless detail_to_mailbox finds one */
};
struct rcpts {
	struct rcpt *v; /* each account once */
	size_t n;
};
/* Who gets mail for `a`: aliases followed (breadth first, 10 levels, 1,000 accounts), +detail cut,
 * Postmaster of any local domain and bare Postmaster found. All in `arena`. E_NOACCOUNT: no such
 * user of a local domain; E_DENIED: not a local domain (relaying denied); E_DISABLED; E_LOOP; E_LIMIT. */
int rcpt_resolve(struct store *s, const struct conf *c, const struct address *a, struct arena *arena,
		 struct rcpts *ret);

/* -- hashes ---------------------------------------------------------------------- */

/* A crypt(3) string by conf's password_hash. Blocks 30 ms and more: work_run it. */
int password_hash(const struct conf *c, struct str password, struct buf *out);
bool password_is(struct str hash, struct str password); /* the same */

#endif
