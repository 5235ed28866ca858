/* envelope.h - reads what mime_envelope wrote: its fields, and the addresses in them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Values are views of the envelope as they are written: NIL, "quoted", {n} literal, or a list;
 * envelope_text takes the writing off. Linear; nothing recurses, waits or allocates. */
#ifndef WIRE_ENVELOPE_H
#define WIRE_ENVELOPE_H

#include "base/buf.h"

enum envelope_field { /* RFC 9051 7.5.2, in its order */
	ENV_DATE, ENV_SUBJECT, ENV_FROM, ENV_SENDER, ENV_REPLY_TO, ENV_TO, ENV_CC, ENV_BCC,
	ENV_IN_REPLY_TO, ENV_MESSAGE_ID, ENV_FIELDS,
};
enum address_part { ADDRESS_NAME, ADDRESS_ROUTE, ADDRESS_MAILBOX, ADDRESS_HOST, ADDRESS_PARTS };

int envelope_split(struct str envelope, struct str field[ENV_FIELDS]); /* E_DAMAGED */
bool envelope_is_nil(struct str value);
/* Adds a string's text; of NIL: nothing. The octets are as in the message (RFC 2047 words). */
int envelope_text(struct str value, struct buf *out);
/* The text itself if no backslash is in it: without a copy. */
bool envelope_text_view(struct str value, struct str *ret);
/* Cuts the next address off a field; false at its end. */
bool envelope_next_address(struct str *list, struct str part[ADDRESS_PARTS]);

#endif
