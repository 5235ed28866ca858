/* structure.h - Private to imap/. What can be read from a rendered BODYSTRUCTURE.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The text is our own (wire/mime-structure.c), from the index: E_DAMAGED if it is not what that
 * writes. Iterative; work is linear. Never waits. */
#ifndef IMAP_STRUCTURE_H
#define IMAP_STRUCTURE_H

#include "base/buf.h"

enum { STRUCTURE_DEPTH = 202 }; /* DEPTH_MOST of wire/mime-parts.h: a multipart and a message each */

/* BODY: the same without extension data (RFC 9051 7.5.2). */
int structure_basic(struct str extended, struct buf *out);

struct structure_leaf {
	struct str type, subtype; /* as written, without quotes */
	struct str params;        /* "(...)" or "NIL" */
	struct str disposition;   /* the same */
	const uint32_t *path;
	size_t n_path;
};
/* Calls fn for each part that has no other in it, until it returns false. */
int structure_leaves(struct str extended,
		     bool (*fn)(void *arg, const struct structure_leaf *leaf), void *arg);
/* The value of a parameter in "(...)": of its name in any case; p = NULL if there is none. */
struct str structure_param(struct str params, struct str name);

#endif
