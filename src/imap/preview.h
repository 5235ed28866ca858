/* preview.h - Private to imap/. What PREVIEW (RFC 8970) makes of a text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_PREVIEW_H
#define IMAP_PREVIEW_H

#include "base/buf.h"

enum { PREVIEW_CHARS = 200 }; /* RFC 8970 3.3: SHOULD; 256 is the most */

/* The first words of a text in UTF-8: one line, single spaces, quoted lines and what cannot be seen left
 * out; of HTML without its markup. Linear. */
int preview_of(struct str text, bool is_html, struct buf *out);

#endif
