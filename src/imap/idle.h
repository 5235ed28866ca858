/* idle.h - Private to imap/. Sessions that are told what others do without asking.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_IDLE_H
#define IMAP_IDLE_H

#include "imap/command.h"

int imap_watch(struct imap *s); /* the selected mailbox, if there is one and it is not watched yet */
void idle_forget(struct imap *s);
MAY_WAIT void imap_woken(struct conn *c); /* proto.woken */
MAY_WAIT void imap_idle_line(struct imap *s, struct str line, enum line_flaw flaw);

#endif
