/* codec.h - fields to bytes and back by one description of them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. With `out` a code_ function appends *v and leaves it alone, else it reads
 * *v from `in`. The first error sticks in `failed` and turns the rest into nothing. */
#ifndef STORE_CODEC_H
#define STORE_CODEC_H

#include "base/arena.h"
#include "base/buf.h"

struct uid_range;
struct keyword_def;

struct codec {
	struct buf *out;     /* writing */
	struct str in;       /* reading: what is left */
	struct arena *arena; /* reading: for arrays; NULL: arrays are an error */
	int failed;
};

void code_u8(struct codec *c, uint8_t *v);
void code_bool(struct codec *c, bool *v);
void code_u32(struct codec *c, uint32_t *v); /* varints */
void code_u64(struct codec *c, uint64_t *v);
void code_i16(struct codec *c, int16_t *v); /* zigzag */
void code_i64(struct codec *c, int64_t *v);
void code_fixed32(struct codec *c, uint32_t *v);
void code_fixed64(struct codec *c, uint64_t *v);
void code_str(struct codec *c, struct str *v); /* read: points into `in` */
/* Sorted, disjoint, not empty, no UID 0: anything else is E_DAMAGED when read. */
void code_ranges(struct codec *c, const struct uid_range **r, size_t *n);
void code_defs(struct codec *c, const struct keyword_def **d, size_t *n);

#endif
