/* maildir.h - what reader and writer of Maildirs agree on.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/import. A mailbox is a folder with cur, new and tmp; a message a file
 * "unique[,KEY=value...][:2,LETTERS]". Maildir++: the mailbox A/B is the folder ".A.B" beside the
 * INBOX's three. Dovecot's files beside them: dovecot-uidlist ("3 V1234 N56", then
 * "UID [Pvalue] [...] :file"), dovecot-keywords ("0 name": the letter a), subscriptions. */
#ifndef STORE_IMPORT_MAILDIR_H
#define STORE_IMPORT_MAILDIR_H

#include "store/import/lines.h"

struct maildir_flag {
	char letter;
	uint32_t flag; /* 0: $Forwarded */
};
extern const struct maildir_flag maildir_flags[6];

enum { MAILDIR_KEYWORDS = 26 };

struct uid_entry { /* of a dovecot-uidlist, or Courier's */
	struct str unique, uidl;
	uint32_t uid;
};
struct uidlist {
	uint32_t uidvalidity, uidnext;
	struct uid_entry *v; /* sorted by `unique` */
	size_t n;
	bool is_dovecot;
	struct buf text;
};
/* Nothing there, or damaged: an empty one. E_NOMEM. */
int uidlist_read(int dir, struct uidlist *ret);
const struct uid_entry *uidlist_find(const struct uidlist *l, struct str unique);
void uidlist_free(struct uidlist *l);

struct str maildir_unique(struct str file); /* what stays the same when flags change */

#endif
