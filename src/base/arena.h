/* arena.h - memory that is given back all at once.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A command's arena is reset after its reply: handlers free nothing. Blocks are
 * kept for the next command up to `keep` octets. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"
#include "base/str.h"

struct arena_block;
struct arena {
	struct arena_block *block; /* the newest */
	size_t used, max;          /* octets handed out since the reset, and their limit */
};

void arena_init(struct arena *a, size_t max); /* allocates nothing yet */
void arena_reset(struct arena *a);            /* all memory back, one block kept */
void arena_free(struct arena *a);             /* all memory back */

/* n zeroed octets, aligned for any type; NULL past the limit or without memory. */
void *arena_alloc(struct arena *a, size_t n);
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* A copy of s with a NUL behind it; p = NULL on failure. */
struct str arena_dup(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

#endif
