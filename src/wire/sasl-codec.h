/* sasl-codec.h - base64 (RFC 4648 4, strict) and the PLAIN message (RFC 4616).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SASL_CODEC_H
#define WIRE_SASL_CODEC_H

#include "base/buf.h"

int base64_encode(struct str in, struct buf *out);
/* No white space, canonical padding. E_SYNTAX. */
int base64_decode(struct str in, struct buf *out);

struct sasl_plain {
	struct str authzid, authcid, password; /* views into the message */
};
int sasl_plain_parse(struct str message, struct sasl_plain *ret); /* E_SYNTAX, E_UTF8 */

bool utf8_is_valid(struct str s); /* no overlong forms, no surrogates (RFC 3629) */

#endif
