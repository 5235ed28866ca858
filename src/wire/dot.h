/* dot.h - the dot codec of RFC 5321 4.5.2 and RFC 1939 3: one for all protocols.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_DOT_H
#define WIRE_DOT_H

#include "base/str.h"

/* Decoder. Only CRLF.CRLF ends the data (SECURITY B1); a CR or LF alone is a flaw, noted and
 * passed on as it is. Zero the struct to begin; "." as the very first line is the end. */
struct dot_in {
	int state;
	bool done, bare_cr, bare_lf;
};
/* Takes octets from `in`, puts decoded ones into out (at least in.n + 2 octets of room), sets
 * *n_out. Returns how many it took: fewer than in.n only when d->done. */
size_t dot_decode(struct dot_in *d, struct str in, char *out, size_t *n_out);

/* Encoder: stuffs leading dots. Zero the struct to begin. Needs room for 2 * in.n octets. It
 * expects CRLF lines (the store's). Bare CR and LF pass through; a dot behind a bare LF or CR is
 * stuffed too, which no receiver minds and which keeps a lax one from seeing an end. */
struct dot_out {
	char last; /* 0: at the beginning of the data */
};
size_t dot_encode(struct dot_out *d, struct str in, char *out);
/* The end: "." CRLF, with a CRLF before it if the last line had none. At most 5 octets. */
size_t dot_end(struct dot_out *d, char *out);

#endif
