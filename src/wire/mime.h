/* mime.h - the streaming parser of a message: structure, header facts, flaws.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It never fails: odd input becomes an opaque leaf, or plain text where RFC 2045 5.2 says so. It is
 * iterative, keeps no text but bounded header fields, and its work is linear: depth 100, 10,000
 * parts, header 1 MiB each and 10 MiB in all; past a limit the rest of that part is one opaque
 * leaf. Never waits. RFC 5322, 2045, 2046, 2231. */
#ifndef WIRE_MIME_H
#define WIRE_MIME_H

#include "base/buf.h"

struct mime;
struct mime *mime_new(void); /* NULL without memory */
struct mime *mime_free(struct mime *m);
void mime_reset(struct mime *m); /* as new, for the next message; keeps some memory */
void mime_feed(struct mime *m, struct str bytes); /* as they come, CRLF lines */
void mime_end(struct mime *m);                    /* once; then nothing is fed until mime_reset */

/* Facts; whole after mime_end, true so far before. */
struct mime_facts {
	uint64_t size;
	uint32_t lines;        /* of the body: its line ends; after mime_end */
	uint32_t header_bytes; /* of the outermost header, with the empty line */
	unsigned received;     /* Received fields of the outermost header */
	bool dots, nul, eightbit, needs_utf8, binary; /* see enum msg_bit in store/store.h */
	bool cut;                                     /* a limit was met */
	uint64_t steps; /* work done, for cost tests: at most a constant times size */
};
const struct mime_facts *mime_facts(const struct mime *m);
/* The raw value of the first field of that name in the outermost header, unfolded, without NULs, at
 * most 998 octets: the fields of the envelope, those that begin with Content-, and References, of
 * which the last 100 ids or 8 KiB are kept. p = NULL if there is none. Good until the next call
 * that changes m. */
struct str mime_field(const struct mime *m, struct str name);

/* Rendered for IMAP (RFC 9051 7.5.2), after mime_end: the parenthesised text. E_TOOBIG past out's
 * limit. */
int mime_envelope(const struct mime *m, struct buf *out);
int mime_bodystructure(const struct mime *m, bool extended, struct buf *out);
/* A compact table of parts for BODY[1.2.MIME] and BINARY[]: see mime_offsets_find. */
int mime_offsets(const struct mime *m, struct buf *out);

struct mime_part { /* octet offsets from the message's first octet */
	uint64_t header_at, header_n, body_at, body_n; /* header_n: with the empty line */
	uint32_t lines;
	uint8_t encoding; /* enum mime_encoding */
	bool is_message;  /* message/rfc822 or message/global: has a header and parts of its own */
	bool has_parts;   /* a multipart, or a message: its body is made of parts */
};
enum mime_encoding { MIME_7BIT, MIME_8BIT, MIME_BINARY, MIME_BASE64, MIME_QP, MIME_OTHER };
/* `path`: part numbers ("1.2" is {1, 2}); none: the message itself; a 0 at the end: the message
 * that the part contains (for BODY[2.HEADER]: {2, 0}). What is no multipart is its own part 1.
 * E_NOTFOUND, E_DAMAGED. */
int mime_offsets_find(struct str table, const uint32_t *path, size_t n, struct mime_part *ret);
/* All parts in the order of their first octets, the message itself first. False: no more, or not such
 * a table. */
struct mime_offsets_cursor {
	struct str rest;
	uint64_t at;
	bool is_damaged; /* the table is: false was not its end */
};
bool mime_offsets_first(struct mime_offsets_cursor *c, struct str table, struct mime_part *ret);
bool mime_offsets_next(struct mime_offsets_cursor *c, struct mime_part *ret);

#define MIME_VERSION 1 /* of what is rendered: a cache row of another version is made anew */

#endif
