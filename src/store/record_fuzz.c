/* record_fuzz.c - records: arbitrary octets, and what decodes comes back the same.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Input: the type (2 octets, little endian), then the frame's metadata. */
#include <assert.h>
#include "store/index/base-row.h"
#include "store/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { ARENA_MOST = 64 << 20 };

static void rows(struct str in)
{
	size_t left = in.n;
	struct str key;
	struct buf val;
	enum tab tab;

	buf_init(&val, 8 << 20);
	while (base_row_next(&in, &tab, &key, &val) >= 0) {
		assert(in.n < left); /* each takes some */
		left = in.n;
	}
	assert(in.n == left); /* a failure leaves the rest alone */
	buf_free(&val);
}

static void check_ranges(const struct uid_range *r, size_t n)
{
	uint32_t last = 0;

	for (size_t i = 0; i < n; i++) {
		assert(r[i].lo > last && r[i].hi >= r[i].lo);
		last = r[i].hi;
	}
}

static void there_and_back(const struct record *r, struct log_frame f, struct arena *a)
{
	struct record again;
	struct buf one, two;

	buf_init(&one, 8 << 20);
	buf_init(&two, 8 << 20);
	assert(record_encode(&one, r) == 0);
	f.meta = buf_str(&one);
	assert(record_decode(&again, &f, a) == 0);
	assert(record_encode(&two, &again) == 0);
	assert(str_eq(buf_str(&one), buf_str(&two)));
	assert(again.txid == r->txid && again.modseq == r->modseq);
	buf_free(&one);
	buf_free(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct log_frame f = {.seq = 1000, .account = 7, .commit_ms = 5, .place = {1, 2},
			      .body_bytes = 10, .body_crc = 11};
	struct arena a;
	struct record r;

	if (n < 2)
		return 0;
	arena_init(&a, ARENA_MOST);
	f.type = (uint16_t)(data[0] | data[1] << 8);
	f.meta = str_n(data + 2, n - 2);
	if (record_decode(&r, &f, &a) == 0) {
		if (r.type == REC_FLAGS)
			check_ranges(r.flags.r, r.flags.n);
		if (r.type >= REC_SEEN_BY && r.type <= REC_RECLAIMED)
			check_ranges(r.uids.r, r.uids.n);
		if (r.type == REC_BASE)
			rows(r.base.rows);
		if (r.type != REC_NOTHING)
			there_and_back(&r, f, &a);
	}
	rows(f.meta);
	arena_free(&a);
	return 0;
}
