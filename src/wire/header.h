/* header.h - the one writer of header fields, and the one reader.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_HEADER_H
#define WIRE_HEADER_H

#include "base/buf.h"

/* Adds "Name: value" CRLF, folded before column 78 where there is white space. Refuses control
 * octets, CR and LF in either (E_SYNTAX): no input can write a line of its own (SECURITY B2). */
int header_add(struct buf *out, const char *name, struct str value);

/* The next field of a header block: name, raw value (what stands behind the colon: blanks and folds
 * inside, without the last line end), and the whole of it. Lines without a colon or without a
 * proper name before it are fields with an empty name, the line being their value. False at the
 * end, which is the empty line (*block is what stands behind it) or the end of the bytes. */
struct header_field {
	struct str name, value, raw;
};
bool header_next(struct str *block, struct header_field *ret);
/* Goes behind blanks, folds and comments (which nest: counted, RFC 5322 3.2.2). False for a comment
 * without an end. */
bool header_skip_cfws(struct str *s);
int header_unfold(struct str value, struct buf *out); /* RFC 5322 2.2.3; and trims both ends */

#endif
