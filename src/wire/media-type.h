/* media-type.h - a Content-Type's type and charset (RFC 2045 5, RFC 2231).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_MEDIA_TYPE_H
#define WIRE_MEDIA_TYPE_H

#include "base/buf.h"

struct media_type {
	struct str type, subtype, charset; /* into `text`; charset empty: none */
	char text[200];
};
void media_type_plain(struct media_type *m); /* text/plain without a charset */
/* `value`: a field's, raw. What cannot be read is text/plain (RFC 2045 5.2). */
void media_type_read(struct media_type *m, struct str value);

#endif
