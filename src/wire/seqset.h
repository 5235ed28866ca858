/* seqset.h - IMAP's sequence sets: "1:5,7,9:*" to sorted, disjoint ranges and back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9051 9 (sequence-set). Work is O(ranges log ranges), whatever the numbers (SECURITY B7). */
#ifndef WIRE_SEQSET_H
#define WIRE_SEQSET_H

#include "base/arena.h"
#include "base/buf.h"

struct seq_range {
	uint32_t lo, hi;
};
struct seqset {
	struct seq_range *r;
	size_t n;
	bool is_saved; /* "$": the saved result of RFC 5182 */
	bool has_star;
};
enum { SEQSET_RANGES_MOST = 100000 };

/* Reads a set from the beginning of *s and cuts it off. `star` is what "*" stands for (the largest
 * number in use; 0: the mailbox is empty, "*" then counts as 0 and is dropped). Clipping to the
 * mailbox is the caller's. E_SYNTAX (0 as a number, an empty set), E_RANGE (over 32 bits),
 * E_LIMIT, E_NOMEM. */
int seqset_parse(struct str *s, uint32_t star, struct arena *a, struct seqset *ret);
/* "1:3,5" */
int seqset_write(struct buf *out, const struct seq_range *r, size_t n);

#endif
