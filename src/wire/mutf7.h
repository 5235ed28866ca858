/* mutf7.h - mailbox names: modified UTF-7 (RFC 3501 5.1.3) to UTF-8 and back, one canonical form.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Names are keys, never paths. What is not canonical is refused (SECURITY B10): "&AC8-" ("/"),
 * unneeded base64, padding, "&" runs that touch, lone surrogates. */
#ifndef WIRE_MUTF7_H
#define WIRE_MUTF7_H

#include "base/buf.h"
#include "wire/sasl-codec.h" /* utf8_is_valid */

int mutf7_decode(struct str in, struct buf *utf8); /* E_SYNTAX */
int mutf7_encode(struct str utf8, struct buf *out); /* E_UTF8 */

/* A mailbox name in UTF-8 as the store wants it: INBOX (first level, any case) in upper case, no
 * empty level, no control octets, NFC, at most 400 octets and 100 levels, separator "/".
 * E_SYNTAX (bad name), E_UTF8, E_TOOBIG. */
int mailbox_name_canonical(struct str utf8, struct buf *out);
/* A pattern of LIST, to be matched against canonical names: NFC, INBOX in upper case, runs of wildcards
 * as one. E_UTF8, E_NOMEM. */
int mailbox_pattern_canonical(struct str utf8, struct buf *out);
/* RFC 9051 6.3.9: "*" any, "%" all but the separator. O(name * pattern), iterative. */
bool mailbox_name_matches(struct str name, struct str pattern);

#endif
