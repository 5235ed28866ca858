/* sync.h - Private to imap/: telling the client what has changed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_SYNC_H
#define IMAP_SYNC_H

#include "imap/command.h"

/* RFC 7162 3.2.5.1: VANISHED (EARLIER), then a FETCH for each that changed. 0, or IMAP_AGAIN: it goes on
 * as a step, and `then` ends the command. */
MAY_WAIT int sync_resync(struct imap *s, struct uidset vanished, struct uidset changed,
			 MAY_WAIT int (*then)(struct imap *s));
void sync_drop(void *telling); /* what cmd->telling holds; NULL is fine */
/* FLAGS and PERMANENTFLAGS of the selected mailbox. select.c */
void tell_flags(struct imap *s);

#endif
