/* transfer.h - content transfer encodings, as a stream: base64 and quoted-printable (RFC 2045 6).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Octets come in any pieces; work is linear, state has a fixed size. Decoding never fails: what is
 * not of the encoding is passed over (base64, RFC 2045 6.8) or kept as it is (quoted-printable,
 * 6.7). Never waits, never allocates. */
#ifndef WIRE_TRANSFER_H
#define WIRE_TRANSFER_H

#include "base/str.h"
#include "wire/mime.h"

enum {
	TRANSFER_HELD = 80, /* blanks that may turn out to end their line, and a little more */
};

struct transfer_in {
	uint8_t encoding; /* enum mime_encoding; 7BIT, 8BIT, BINARY: octets pass unchanged */
	uint8_t n_held, digits, pads;
	uint32_t acc;
	bool is_over;     /* base64: its padding was seen; the rest is not data */
	bool is_flawed;   /* something was passed over or kept that should not be there */
	char held[TRANSFER_HELD];
};
void transfer_begin(struct transfer_in *d, enum mime_encoding encoding); /* MIME_OTHER: as 8BIT */
/* out has room for in.n + TRANSFER_HELD octets; returns how many were written. */
size_t transfer_decode(struct transfer_in *d, struct str in, char *out);
size_t transfer_end(struct transfer_in *d, char *out); /* TRANSFER_HELD octets of room */

/* base64 in lines of 76, each with CRLF (RFC 2045 6.8). */
struct transfer_out {
	uint8_t n_held, column;
	unsigned char held[3];
};
/* Room for TRANSFER_ROOM(in.n) octets. */
#define TRANSFER_ROOM(n) (((n) + 2) / 3 * 4 + (n) / 28 + 8)
size_t transfer_encode(struct transfer_out *e, struct str in, char *out);
size_t transfer_encode_end(struct transfer_out *e, char *out); /* room for 8 */
uint64_t transfer_encoded_size(uint64_t n); /* what n octets become in all */

#endif
