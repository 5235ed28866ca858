/* message-id.h - the message ids in a field, normalised for comparison (RFC 5256 3, RFC 5322 3.6.4).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_MESSAGE_ID_H
#define WIRE_MESSAGE_ID_H

#include "base/buf.h"

/* The next valid id of *in, "left@right" without quotes and blanks, in place of what `id`
 * holds; *in goes behind it. False: there is none left. An id that does not fit `id` is passed
 * over. Linear. */
bool message_id_next(struct str *in, struct buf *id);

#endif
