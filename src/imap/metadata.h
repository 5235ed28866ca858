/* metadata.h - Private to imap/. METADATA's entries (RFC 5464), for GETMETADATA and for LIST.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_METADATA_H
#define IMAP_METADATA_H

#include "imap/folders.h"

enum { METADATA_VALUE_MOST = 32 << 10, METADATA_ENTRIES_MOST = 100 /* a mailbox and scope */ };

struct entry_names {
	struct str *v; /* in lower case: entry names have no case (RFC 5464 3.2) */
	size_t n;
};
/* "(/shared/comment /private/comment)"; E_SYNTAX for names that cannot be. */
int take_entry_names(struct args *a, struct entry_names *ret);
/* RFC 5464 3.3: "l" and one of "rswip". */
bool may_use_metadata(uint32_t rights);
/* Writes "* METADATA name (entry value)" for each entry. */
void put_metadata_of(struct imap *s, struct buf *out, struct str name, const struct mbox_info *m,
		     const struct entry_names *entries);

#endif
