/* frame_fuzz.c - the frame codec: arbitrary octets, and there and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "store/log/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct seg_head seg = {.store_id = 1, .id = 2, .first_seq = 3, .mark = 0x1122334455667788,
				    .seed = 99};

static void count(void *arg, const struct index_entry *e)
{
	size_t *left = arg;

	assert((*left)-- > 0); /* each entry takes at least three octets */
}

static void decode(const uint8_t *p, size_t n)
{
	struct seg_head h;
	struct frame_head f;
	struct seg_seal seal;
	uint64_t prev;
	size_t left = n / 3 + 1;

	seg_head_decode(&h, p, n);
	for (uint64_t at = 0; at + 8 <= n && at < 256; at += 8)
		frame_decode(&f, &seg, SEG_DATA + at, p + at, n - at);
	seal_decode(&seal, &seg, SEG_DATA, p, n);
	index_decode(str_n(p, n), &prev, count, &left);
}

/* The same octets as numbers: whatever decodes at one offset does so only there. */
static void there_and_back(const uint8_t *p, size_t n)
{
	struct frame_head h = {0}, back;
	uint8_t bytes[FRAME_HEAD];
	uint64_t at = 0;

	if (n < sizeof(h) + 8)
		return;
	memcpy(&at, p, 4);
	at = SEG_DATA + at * 8;
	memcpy(&h.seq, p + 8, 8);
	memcpy(&h.group, p + 16, 8);
	memcpy(&h.group_back, p + 24, 4);
	memcpy(&h.meta_bytes, p + 28, 4);
	memcpy(&h.body_bytes, p + 32, 4);
	memcpy(&h.type, p + 36, 2);
	h.kind = (enum frame_kind)(p[38] & 7);
	h.last = p[39] & 1;
	memcpy(&h.account, p + 40, 8);
	memcpy(&h.commit_ms, p + 48, 8);
	frame_encode(bytes, &h, &seg, at);
	if (!frame_decode(&back, &seg, at, bytes, sizeof(bytes)))
		return;
	assert(back.seq == h.seq && back.group == h.group && back.type == h.type &&
	       back.kind == h.kind && back.last == h.last && back.account == h.account &&
	       back.commit_ms == h.commit_ms && back.body_bytes == h.body_bytes);
	assert(frame_end(&back, at) <= at + FRAME_MOST && frame_end(&back, at) % 8 == 0);
	assert(back.kind != FRAME_RECORD || frame_group_at(&back, at) >= SEG_DATA);
	assert(!frame_decode(&back, &seg, at + 8, bytes, sizeof(bytes)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	decode(data, n);
	there_and_back(data, n);
	return 0;
}
