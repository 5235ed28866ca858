/* prep.h - names and passwords in more than ASCII, made comparable (SASLprep, RFC 4013).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to auth/. */
#ifndef AUTH_PREP_H
#define AUTH_PREP_H

#include "base/buf.h"

enum { PREPARED_MOST = 16 << 10 };

/* Adds the prepared form; ASCII is added as it is. Characters that Unicode 3.2 did not know are let
 * through, also in what we keep: RFC 3454 7 asks for less, and people like their emoji. E_UTF8 for
 * what is no UTF-8 or has a character that RFC 4013 2.3 prohibits. `out` may hold a secret afterwards: buf_wipe. */
int saslprep(struct str text, struct buf *out);

#endif
