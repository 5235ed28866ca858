/* frame_test.c - the bytes of a segment: there and back, and that one flipped bit is seen.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/err.h"
#include "store/log/frame.h"

static const struct seg_head seg = {
	.store_id = 7, .id = 3, .first_seq = 40, .mark = 0xfeedfacecafebeef, .seed = 12345,
	.prev_id = 2, .prev_end = 8888, .synced_end = 9000, .commit_ms = -5,
};

static void heads_come_back(void **state)
{
	static uint8_t p[SEG_DATA];
	struct seg_head h;

	seg_head_encode(p, &seg);
	assert_int_equal(seg_head_decode(&h, p, SEG_HEAD), 0);
	assert_memory_equal(&h, &seg, sizeof(h));
	assert_int_equal(seg_head_decode(&h, p, SEG_HEAD - 1), E_DAMAGED);
	for (size_t bit = 0; bit < SEG_HEAD * 8; bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(seg_head_decode(&h, p, SEG_HEAD) < 0);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	memcpy(p + SEG_PAGE, p, SEG_HEAD);
	memset(p, 0xaa, SEG_PAGE);
	assert_int_equal(seg_head_decode(&h, p, SEG_DATA), 0); /* the copy */
	assert_memory_equal(&h, &seg, sizeof(h));
	p[SEG_PAGE + 8] = SEG_VERSION + 1;
	assert_int_equal(seg_head_decode(&h, p, SEG_DATA), E_VERSION);
}

static void frames_come_back(void **state)
{
	static const struct {
		struct frame_head h;
		uint64_t at;
		bool good;
	} rows[] = {
		{{FRAME_RECORD, 9, true, 3, 1, 5, 2, 44, 6, 43, 99, 2}, SEG_DATA + 16, true},
		{{FRAME_RECORD, 0xffff, false, 0, 0, 0, 0, 40, 0, 40, -9, 0}, SEG_DATA, true},
		{{FRAME_RECORD, 1, false, LOG_META_MOST, 0, LOG_BODY_MOST, 0, 41, 1, 41, 0, 0},
		 1ull << 40, true},
		{{FRAME_INDEX, 0, false, 8, 0, 0, 0, 50, 0, 0, 0, 0}, SEG_DATA + 8, true},
		{{FRAME_CLOSE, 0, false, 0, 0, 0, 0, 51, 0, 0, 0, 0}, SEG_DATA + 8, true},
		/* beyond a limit, before the segment's first number, a group that begins outside */
		{{FRAME_RECORD, 1, false, LOG_META_MOST + 1, 0, 0, 0, 41, 1, 41, 0, 0}, 1 << 20, false},
		{{FRAME_RECORD, 1, false, 0, 0, LOG_BODY_MOST + 1, 0, 41, 1, 41, 0, 0}, 1 << 20, false},
		{{FRAME_RECORD, 1, false, 0, 0, 0, 0, 39, 1, 39, 0, 0}, 1 << 20, false},
		{{FRAME_RECORD, 1, false, 0, 0, 0, 0, 41, 1, 42, 0, 0}, 1 << 20, false},
		{{FRAME_RECORD, 1, false, 0, 0, 0, 0, 41, 1, 41, 0, 2}, SEG_DATA + 8, false},
		{{FRAME_RECORD, 1, false, 0, 0, 0, 0, 41, 1, 41, 0, 0}, SEG_DATA - 8, false},
		{{(enum frame_kind)0, 1, false, 0, 0, 0, 0, 41, 1, 41, 0, 0}, SEG_DATA, false},
		{{(enum frame_kind)5, 1, false, 0, 0, 0, 0, 41, 1, 41, 0, 0}, SEG_DATA, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t p[FRAME_HEAD];
		struct frame_head h = {0};

		frame_encode(p, &rows[i].h, &seg, rows[i].at);
		assert_int_equal(frame_decode(&h, &seg, rows[i].at, p, sizeof(p)), rows[i].good);
		if (rows[i].good)
			assert_memory_equal(&h, &rows[i].h, sizeof(h));
		assert_false(frame_decode(&h, &seg, rows[i].at + 8, p, sizeof(p)));
		assert_false(frame_decode(&h, &seg, rows[i].at, p, sizeof(p) - 1));
		for (size_t bit = 0; bit < sizeof(p) * 8; bit++) {
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(frame_decode(&h, &seg, rows[i].at, p, sizeof(p)));
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void other_segments_frames_are_none(void **state)
{
	struct frame_head h = {.kind = FRAME_RECORD, .seq = 60, .group = 60}, back;
	struct seg_head other = seg;
	uint8_t p[FRAME_HEAD];

	frame_encode(p, &h, &seg, SEG_DATA);
	assert_true(frame_decode(&back, &seg, SEG_DATA, p, sizeof(p)));
	other.mark++;
	assert_false(frame_decode(&back, &other, SEG_DATA, p, sizeof(p)));
	other = seg;
	other.seed++;
	assert_false(frame_decode(&back, &other, SEG_DATA, p, sizeof(p)));
}

static void seals_come_back(void **state)
{
	const struct seg_seal seal = {.end = 9000, .end_seq = 77, .index_at = 8200, .records = 5,
				      .commit_ms = 123, .next_seq = 80};
	struct seg_seal back = {0}, bad = seal;
	uint8_t p[SEAL_BYTES];

	seal_encode(p, &seg, 9008, &seal);
	assert_true(seal_decode(&back, &seg, 9008, p, sizeof(p)));
	assert_memory_equal(&back, &seal, sizeof(seal));
	assert_false(seal_decode(&back, &seg, 9016, p, sizeof(p)));
	for (size_t bit = 0; bit < SEAL_BYTES * 8; bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(seal_decode(&back, &seg, 9008, p, sizeof(p)));
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	bad.end = 9016; /* behind the seal itself */
	seal_encode(p, &seg, 9008, &bad);
	assert_false(seal_decode(&back, &seg, 9008, p, sizeof(p)));
}

struct entries {
	const struct index_entry *want;
	size_t n, same;
};

static void compare_entry(void *arg, const struct index_entry *e)
{
	struct entries *x = arg;

	if (x->n < 5)
		x->same += memcmp(e, &x->want[x->n], sizeof(*e)) == 0;
	x->n++;
}

static void index_pieces_come_back(void **state)
{
	static const struct index_entry e[5] = {
		{1, 40, 8192}, {1, 41, 8400}, {99999999999, 43, 1 << 20}, {0, 44, 1ull << 40},
		{UINT64_MAX, 1ull << 60, 1ull << 41},
	};
	struct entries x = {.want = e};
	struct buf b;
	uint64_t prev = 0;

	buf_init(&b, 4096);
	index_encode(&b, 4242, e, 5);
	assert_int_equal(b.failed, 0);
	assert_true(index_decode(buf_str(&b), &prev, compare_entry, &x));
	assert_int_equal(prev, 4242);
	assert_int_equal(x.n, 5);
	assert_int_equal(x.same, 5);
	assert_false(index_decode(str_head(buf_str(&b), b.n - 1), &prev, compare_entry, &x));
	assert_false(index_decode(str_head(buf_str(&b), 7), &prev, compare_entry, &x));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_come_back),
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(other_segments_frames_are_none),
		cmocka_unit_test(seals_come_back),
		cmocka_unit_test(index_pieces_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
