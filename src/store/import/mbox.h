/* mbox.h - what reader and writer of mbox files agree on.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/import. A file is a row of messages, each behind a line "From sender date" at the
 * beginning or behind an empty line (RFC 4155 A; mboxo, mboxrd). Programs keep what they know of a
 * message in header fields, which are no part of it:
 *
 *	X-IMAPbase  UIDVALIDITY, the last UID given out, names of keywords (in the first message)
 *	X-UID       the UID
 *	X-UIDL      POP3's
 *	Status      R: seen
 *	X-Status    A, F, T, D: answered, flagged, draft, deleted
 *	X-Keywords  the rest
 *
 * The first of each name is such; another one is the message's own. Our writer puts all of them
 * first, so that what it has written comes back as it was. */
#ifndef STORE_IMPORT_MBOX_H
#define STORE_IMPORT_MBOX_H

#include "store/import/lines.h"

enum mbox_field {
	MBOX_IMAPBASE, MBOX_UID, MBOX_UIDL, MBOX_STATUS, MBOX_X_STATUS, MBOX_KEYWORDS,
	MBOX_OWN_, /* the fields above are kept from the message */
	MBOX_IMAP = MBOX_OWN_, MBOX_LENGTH, MBOX_DATE, MBOX_MOZILLA, MBOX_MOZILLA_KEYS,
	MBOX_FIELDS_,
};
extern const char *const mbox_field_names[MBOX_FIELDS_];

/* The date of a From_ line (without LF); false: it is none. Also the sender, if there is one. */
bool mbox_from_parse(struct str line, struct str *sender, int64_t *ms, int16_t *zone);
int mbox_from_write(struct buf *out, struct str sender, int64_t ms, int16_t zone); /* with LF */

/* mbox-in.c: files of one import, one after the other. `all`: octets of all of them. */
struct mbox_reading;
int mbox_reading_new(struct mbox_reading **ret, const struct import_opts *o,
		     const struct import_sink *to, uint64_t all);
void mbox_reading_free(struct mbox_reading *r);
/* f has a name and whether it is subscribed; the rest is the file's to tell. */
int mbox_read_file(struct mbox_reading *r, int fd, uint64_t size, struct import_folder *f);

#endif
