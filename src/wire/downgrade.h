/* downgrade.h - header fields with UTF-8 as a client without UTF-8 may see them (RFC 6857).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Work is linear, nothing recurses. What comes out is ASCII whatever goes in: UTF-8 that is none
 * is read as U+FFFD. Errors are out's (E_TOOBIG, E_NOMEM). */
#ifndef WIRE_DOWNGRADE_H
#define WIRE_DOWNGRADE_H

#include "base/buf.h"

/* Encoded words (RFC 2047, UTF-8, base64) for `text`, folded: never more than 75 octets a word, no
 * character cut. `column`: octets of the line so far. */
int words_encode(struct str text, size_t column, struct buf *out);

/* Adds the fields of a header block (without its empty line), each that is not ASCII rewritten by the
 * method that RFC 6857 3.2 has for its name; the others byte for byte. True in *changed if any was. */
int header_downgrade(struct str block, struct buf *out, bool *changed);

#endif
