/* plain.h - the view of a message that a plain client may see: the one rewriter.
 * SPDX-License-Identifier: Apache-2.0
 *
 * PLAIN_ASCII: UTF-8 in header fields becomes ASCII (RFC 6857): for POP3 without UTF8 (RFC 6856) and
 * IMAP without UTF8=ACCEPT (RFC 6855 7). PLAIN_ENCODED: parts of the encoding `binary` become
 * base64 (RFC 3030 3, RFC 6856 2.1, RFC 9051 6.4.5.1). The store keeps the original.
 *
 * Octets go in as they stand in the message and come out rewritten; header blocks are held until
 * they are whole, up to 1 MiB, the rest streams. Never waits. */
#ifndef WIRE_PLAIN_H
#define WIRE_PLAIN_H

#include "base/buf.h"

enum plain_kind { PLAIN_ASCII = 1, PLAIN_ENCODED = 2 };
enum { PLAIN_HEADER_MOST = 1 << 20 };

struct plain;
/* `offsets`: mime_offsets of the body, borrowed; the first `prefix` octets that are fed are header lines
 * before it. E_NOMEM, E_DAMAGED (not such a table). */
int plain_new(struct plain **ret, unsigned kinds, struct str offsets, uint64_t prefix);
struct plain *plain_free(struct plain *p); /* NULL is fine; returns NULL */
/* Adds what is ready to out, whose errors stick. At most 4/3 of `in` and one header's worth. */
int plain_feed(struct plain *p, struct str in, struct buf *out);
int plain_end(struct plain *p, struct buf *out);

#endif
