/* subject.h - the base subject of RFC 5256 2.1, by which messages are sorted and threaded.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SUBJECT_H
#define WIRE_SUBJECT_H

#include "base/buf.h"

/* What is left of a subject that was decoded already (words_decode), and whether what went made it a
 * reply or a forward: "Re:", "Fwd:", "(fwd)", "[Fwd: ...]". Replaces what `out` holds. Linear. */
int subject_base(struct str utf8, struct buf *out, bool *is_reply);

/* The same for text whose blanks are single spaces: a view of it. *steps counts octets looked at. */
struct str subject_strip(struct str s, bool *is_reply, uint64_t *steps);

#endif
