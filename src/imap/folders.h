/* folders.h - Private to imap/. Where mailboxes live, for the commands that list and manage them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Three namespaces (RFC 2342): one's own mailboxes without a prefix; "Other Users/NAME/..." what others
 * let one see; "Shared/NAME/..." the same of accounts that are nobody's (user set --shared). NAME is
 * the account's: "bob@example.test". Nothing can be made beside them. */
#ifndef IMAP_FOLDERS_H
#define IMAP_FOLDERS_H

#include "imap/answer.h"

#define OTHERS_PREFIX "Other Users/"
#define SHARED_PREFIX "Shared/"

struct place { /* a name taken apart; there may be no such mailbox */
	uint64_t account;
	struct str path;  /* in that account; may point into the name */
	bool is_own;
};
/* E_NOMBOX: no such account, or a name that can be no mailbox's ("Shared", "Other Users/bob@x.test"). */
int imap_place(struct imap *s, struct str name, struct place *ret);
/* Is it a name in "Other Users/" or "Shared/", or one of these itself? */
bool is_foreign_name(struct str name);
/* "Other Users/bob@x.test/", or nothing for one's own account. */
int imap_account_prefix(struct imap *s, uint64_t account, struct buf *out);

/* SP and the mailbox argument of CREATE, DELETE and RENAME: canonical, without a "/" at the end. *raw: as
 * the client wrote it, in UTF-8. Errors stay in args, like arg_mailbox's. */
int take_mailbox(struct imap *s, struct str *raw, struct str *name);
/* "* LIST (attributes) "/" name ("OLDNAME" (old))": for those who use IMAP4rev2 (RFC 9051 6.3.9.7). */
void tell_oldname(struct imap *s, const char *attributes, struct str name, struct str old);

/* status.c: "STATUS" items, parsed once, shown for one mailbox or for each of LIST's. */
int take_status_items(struct imap *s, uint32_t *ret);
void put_status(struct imap *s, struct buf *out, struct str name, const struct mbox_info *m, uint32_t items);

/* find.c: does the setting `admins` name this user? */
bool imap_is_admin(const struct imap *s);

/* use.c: special uses (RFC 6154). */
uint32_t use_by_name(struct str name); /* "\\Sent"; 0: none of that name */
void put_uses(struct buf *out, uint32_t uses, const char *separator); /* "\\Sent \\Junk" */

#endif
