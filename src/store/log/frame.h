/* frame.h - the bytes of a segment: its header, frames, index pieces and seal.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/log/. A segment is
 *
 *	page 0, page 1   the same header twice, so that one lost page does not lose the segment
 *	SEG_DATA ...     frames, each a FRAME_HEAD, metadata, body, zeros up to 8
 *	(newest: zeros)  preallocated, not yet log
 *	(sealed: FRAME_SEAL twice, and the end of the file)
 *
 * Two things keep bytes that somebody mailed in from passing for a frame when a reader looks
 * for the next good header: each segment has a secret random `mark`, with which every frame
 * begins, and a secret CRC seed; and the header's CRC covers the frame's own offset, so that
 * not even a byte-perfect copy of a frame is one elsewhere. The body's CRC is plain, because
 * the index keeps it too: the header vouches for it.
 *
 * Numbers are little-endian. Nothing here allocates or does I/O. */
#ifndef STORE_LOG_FRAME_H
#define STORE_LOG_FRAME_H

#include "store/log/log.h"

enum {
	SEG_VERSION = 1,
	SEG_HEAD = 96,       /* octets of a header; the rest of its page is zero */
	SEG_PAGE = 4096,
	SEG_DATA = 2 * SEG_PAGE,
	FRAME_HEAD = 72,
	FRAME_MOST = FRAME_HEAD + LOG_META_MOST + LOG_BODY_MOST + 8,
	SEAL_META = 48,
	SEAL_BYTES = FRAME_HEAD + SEAL_META,
};

struct seg_head {
	uint64_t store_id, id;
	uint64_t first_seq; /* records of older segments from here on are void */
	uint64_t mark;
	uint32_t seed;
	uint64_t prev_id, prev_end; /* the segment before it and where its valid bytes end */
	uint64_t synced_end;        /* frames up to here were synced before it got its name */
	int64_t commit_ms;          /* of the last group before it */
};

enum frame_kind {
	FRAME_RECORD = 1,
	FRAME_INDEX = 2, /* meta: where the index piece before it is, then entries */
	FRAME_CLOSE = 3, /* everything before it was synced; seq: the next one */
	FRAME_SEAL = 4,  /* seq: the next one; meta: struct seg_seal */
};

struct frame_head {
	enum frame_kind kind;
	uint16_t type;
	bool last; /* of its group */
	uint32_t meta_bytes, meta_crc, body_bytes, body_crc;
	uint64_t seq, account;
	uint64_t group; /* the sequence number of its first record */
	int64_t commit_ms;
	uint32_t group_back; /* from here back to the group's first octet, in units of 8 */
};

struct seg_seal {
	uint64_t end;     /* where valid frames end: what lies between it and the seal is void */
	uint64_t end_seq; /* records from here on are void in this segment */
	uint64_t index_at; /* the last index piece; 0: there is none */
	uint64_t records;
	int64_t commit_ms;
	uint64_t next_seq; /* the next number that was never on disk */
};

struct index_entry { /* where a record is: what the pieces of a segment's index hold */
	uint64_t account, seq, at;
};

static inline uint64_t frame_bytes(const struct frame_head *h)
{
	return ((uint64_t)FRAME_HEAD + h->meta_bytes + h->body_bytes + 7) & ~(uint64_t)7;
}
static inline uint64_t frame_end(const struct frame_head *h, uint64_t at)
{
	return at + frame_bytes(h);
}
static inline uint64_t frame_group_at(const struct frame_head *h, uint64_t at)
{
	return at - (uint64_t)h->group_back * 8;
}

void seg_head_encode(uint8_t out[SEG_HEAD], const struct seg_head *h);
/* From the segment's first SEG_DATA octets, or fewer. E_VERSION, E_DAMAGED (neither copy). */
int seg_head_decode(struct seg_head *ret, const uint8_t *p, size_t n);

/* Fills in the header's CRC for a frame at offset `at`. The caller sets meta_crc by frame_crc. */
void frame_encode(uint8_t out[FRAME_HEAD], const struct frame_head *h, const struct seg_head *s,
		  uint64_t at);
/* Is the header at p good? Then fills *ret: kind and lengths are within limits. p has n octets. */
bool frame_decode(struct frame_head *ret, const struct seg_head *s, uint64_t at, const uint8_t *p,
		  size_t n);
uint32_t frame_crc(const struct seg_head *s, const void *p, size_t n); /* of metadata */

void seal_encode(uint8_t out[SEAL_BYTES], const struct seg_head *s, uint64_t at,
		 const struct seg_seal *seal);
bool seal_decode(struct seg_seal *ret, const struct seg_head *s, uint64_t at, const uint8_t *p,
		 size_t n);

/* An index piece's metadata: encodes the entries behind what `out` has. Sticky errors. */
void index_encode(struct buf *out, uint64_t prev_at, const struct index_entry *e, size_t n);
/* Calls each() for the entries; false if the bytes are not a piece. */
bool index_decode(struct str meta, uint64_t *prev_at,
		  void (*each)(void *arg, const struct index_entry *e), void *arg);

#endif
