/* file_test.c - the log in files, when nothing goes wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/log/fixture.h"

static void groups_come_back(void **state)
{
	static const size_t sizes[] = {1, 2, 16, 64, 300, 1};
	struct fixture x;
	struct seen s;
	uint64_t k = 1;

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COLUMNS(sizes); k += sizes[i++])
			assert_int_equal(commit_k(&x, k, sizes[i]), 0);
		s = read_all(x.log, 1, true);
		assert_int_equal(s.n, k - 1);
		assert_int_equal(s.last_seq, k - 1);
		assert_int_equal(s.groups, COLUMNS(sizes) * (size_t)(round + 1));
		x.log = log_close(x.log);
		assert_int_equal(fixture_open(&x), 0);
		assert_false(x.rec.relogged_last_group);
		assert_int_equal(x.rec.cut_bytes, 0);
		s = read_all(x.log, 1, true);
		assert_int_equal(s.n, k - 1);
	}
	fixture_free(&x);
}

static void a_crash_keeps_all_groups(void **state)
{
	struct fixture x;
	struct seen s;

	fixture_new(&x, 256 << 10);
	for (uint64_t k = 1; k < 60; k += 3) {
		assert_int_equal(fixture_open(&x), 0);
		assert_int_equal(x.rec.relogged_last_group, k > 1);
		assert_int_equal(x.rec.cut_records, 0);
		s = read_all(x.log, 1, true);
		assert_int_equal(s.n, k - 1);
		assert_int_equal(commit_k(&x, k, 1), 0);
		assert_int_equal(commit_k(&x, k + 1, 2), 0);
		fixture_crash(&x);
	}
	fixture_free(&x);
}

static void segments_roll(void **state)
{
	struct fixture x;
	struct log_segment g;
	struct seen s;
	uint64_t k = 1, id = 0, n = 0;

	fixture_new(&x, 64 << 10);
	assert_int_equal(fixture_open(&x), 0);
	for (; k < 2000; k += 10)
		assert_int_equal(commit_k(&x, k, 10), 0);
	for (; log_segment_next(x.log, id, &g) == 0; id = g.id, n++)
		assert_true(g.first_seq > 0 && (g.end_seq == 0 || g.end_seq > g.first_seq));
	assert_true(n > 10);
	assert_int_equal(g.end_seq, 0);
	s = read_all(x.log, 1, true);
	assert_int_equal(s.n, k - 1);
	s = read_all(x.log, 1234, true);
	assert_int_equal(s.first_k, 1234);
	x.log = log_close(x.log);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(read_all(x.log, 1, true).n, k - 1);
	fixture_free(&x);
}

static void aborted_is_never_seen(void **state)
{
	struct fixture x;
	struct log_item it;
	int64_t ms = 0;

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(commit_k(&x, 1, 1), 0);
	assert_int_equal(log_begin(x.log, &ms, false), 0);
	assert_true(ms == x.ms); /* time never goes back */
	assert_int_equal(add_k(x.log, 99, 0, &it), 0);
	log_abort(x.log);
	assert_int_equal(commit_k(&x, 2, 1), 0);
	assert_int_equal(read_all(x.log, 1, true).n, 2);
	fixture_free(&x);
}

static int count_until(void *arg, const struct log_frame *f)
{
	struct log_pos *stop = arg;

	*stop = f->next;
	return f->seq == 57 ? 7 : 0;
}

static void reading_goes_on_where_it_stopped(void **state)
{
	struct fixture x;
	struct log_pos pos = {.seq = 1}, end;

	fixture_new(&x, 64 << 10);
	assert_int_equal(fixture_open(&x), 0);
	for (uint64_t k = 1; k <= 100; k += 10)
		assert_int_equal(commit_k(&x, k, 10), 0);
	assert_int_equal(log_read(x.log, 0, pos, false, count_until, &pos), 7);
	assert_int_equal(pos.seq, 58);
	assert_int_equal(log_read(x.log, 0, pos, false, count_until, &pos), 0);
	assert_int_equal(log_end(x.log, 0, &end), 0);
	assert_int_equal(pos.seq, end.seq);
	assert_int_equal(pos.hint[0], end.hint[0]);
	fixture_free(&x);
}

struct places {
	struct log_pos at[200]; /* of record k; [0] is the end */
	uint64_t first;
};

static int note_place(void *arg, const struct log_frame *f)
{
	struct places *p = arg;

	p->at[f->next.seq % 200] = f->next;
	return 0;
}

static int note_first(void *arg, const struct log_frame *f)
{
	struct places *p = arg;

	p->first = f->seq;
	return 1;
}

/* A hint only saves time: with any hint at all reading begins at the right record. */
struct growing { /* a log that is appended to while it is read */
	struct fixture *x;
	uint64_t last_seq, until;
	size_t skipped;
};

static int grow_and_see(void *arg, const struct log_frame *f)
{
	struct growing *g = arg;

	g->skipped += f->seq != g->last_seq + 1;
	g->last_seq = f->seq;
	for (; g->until < 600; g->until += 10)
		if (commit_k(g->x, g->until + 1, 10) < 0)
			return E_BUG;
	return 0;
}

static void reading_skips_nothing_while_the_log_rolls(void **state)
{
	struct fixture x;
	struct growing g = {.x = &x, .until = 20};

	fixture_new(&x, 64 << 10);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(commit_k(&x, 1, 20), 0);
	assert_int_equal(log_read(x.log, 0, (struct log_pos){1}, false, grow_and_see, &g), 0);
	assert_true(file_log(x.log)->n_segs > 2);
	assert_int_equal(g.skipped, 0);
	assert_int_equal(read_all(x.log, 1, true).n, 600);
	fixture_free(&x);
}

static void hints_are_only_hints(void **state)
{
	static struct places p;
	struct fixture x;

	fixture_new(&x, 64 << 10);
	assert_int_equal(fixture_open(&x), 0);
	for (uint64_t k = 1; k < 190; k += 9) {
		assert_int_equal(commit_k(&x, k, 9), 0);
		if (k % 4 == 0) {
			fixture_crash(&x);
			assert_int_equal(fixture_open(&x), 0);
		}
	}
	assert_int_equal(log_read(x.log, 0, (struct log_pos){1}, false, note_place, &p), 0);
	for (uint64_t i = 0; i < 3000; i++) {
		struct log_pos pos = p.at[1 + mix(i) % 180];

		pos.seq = 1 + mix(i + 5000) % 180;
		if (i % 7 == 0)
			pos.hint[1] += 8 * (mix(i) % 100);
		p.first = 0;
		assert_int_equal(log_read(x.log, 0, pos, false, note_first, &p), 1);
		assert_int_equal(p.first, pos.seq);
	}
	fixture_free(&x);
}

static void dropped_bodies_stay_readable_while_open(void **state)
{
	struct fixture x;
	struct log_item it;
	struct log_body b, b2;
	struct log_segment g;
	int64_t ms = 0;
	char got[512], want[512];
	uint64_t k = 3;

	fixture_new(&x, 64 << 10);
	assert_int_equal(fixture_open(&x), 0);
	while (body_bytes_of(k) < 500 || body_bytes_of(k) > sizeof(got))
		k++;
	assert_int_equal(log_begin(x.log, &ms, false), 0);
	assert_int_equal(add_k(x.log, k, 0, &it), 0);
	assert_int_equal(log_commit(x.log, NULL, 0), 0);
	for (uint64_t i = 1000; i < 1400; i += 10)
		assert_int_equal(commit_k(&x, i, 10), 0);
	assert_int_equal(log_body_open(x.log, it.place, it.body.n, &b), 0);
	log_body_share(&b2, &b);
	log_body_close(&b);
	assert_int_equal(log_segment_next(x.log, 0, &g), 0);
	assert_int_equal(place_segment(it.place), g.id);
	assert_int_equal(log_segment_drop(x.log, g.id), 0);
	assert_int_equal(log_segment_drop(x.log, g.id), E_NOTFOUND);
	assert_int_equal(log_body_open(x.log, it.place, it.body.n, &b), E_DAMAGED);
	body_of(k, want, body_bytes_of(k));
	assert_int_equal(pread(b2.fd, got, body_bytes_of(k), (off_t)b2.at), body_bytes_of(k));
	assert_memory_equal(want, got, body_bytes_of(k));
	log_body_close(&b2);
	log_body_close(&b2);
	fixture_free(&x);
}

static void the_newest_segment_is_not_dropped(void **state)
{
	struct fixture x;
	struct log_pos end;

	fixture_new(&x, 64 << 10);
	assert_int_equal(fixture_open(&x), 0);
	log_end(x.log, 0, &end);
	assert_int_equal(log_segment_drop(x.log, end.hint[0]), E_INUSE);
	fixture_free(&x);
}

static void a_group_may_outgrow_its_segment(void **state)
{
	struct fixture x;
	struct log_item it;
	int64_t ms = 0;
	size_t n = 0;

	fixture_new(&x, 64 << 10);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(log_begin(x.log, &ms, false), 0);
	for (uint64_t k = 1; k <= 3000; k++, n++)
		assert_int_equal(add_k(x.log, k, 0, &it), 0);
	assert_int_equal(log_commit(x.log, NULL, 0), 0);
	assert_int_equal(commit_k(&x, 5000, 2), 0);
	assert_int_equal(read_all(x.log, 1, true).n, n + 2);
	fixture_crash(&x);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(read_all(x.log, 1, true).n, n + 2);
	fixture_free(&x);
}

static void too_much_for_a_record(void **state)
{
	struct fixture x;
	struct log_item it = {.account = 1};
	int64_t ms = 0;
	static char big[LOG_BODY_MOST + 1];

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(log_begin(x.log, &ms, false), 0);
	it.body = str_n(big, sizeof(big));
	assert_int_equal(log_add(x.log, &it, 0), E_TOOBIG);
	it.body.n--;
	assert_int_equal(log_add(x.log, &it, 0), 0);
	assert_int_equal(log_commit(x.log, NULL, 0), 0);
	fixture_free(&x);
}

static void other_stores_are_refused(void **state)
{
	struct fixture x;
	uint64_t id;

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	id = log_store_id(x.log);
	assert_true(id != 0);
	assert_int_equal(commit_k(&x, 1, 1), 0);
	x.log = log_close(x.log);
	x.o.store_id = id + 1;
	assert_int_equal(fixture_open(&x), E_DAMAGED);
	assert_non_null(strstr(x.why, "another store"));
	x.o.store_id = id;
	assert_int_equal(fixture_open(&x), 0);
	x.log = log_close(x.log);
	x.o.store_id = 0; /* the owner has lost it: the log knows */
	assert_int_equal(fixture_open(&x), 0);
	assert_true(log_store_id(x.log) == id);
	fixture_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_come_back),
		cmocka_unit_test(a_crash_keeps_all_groups),
		cmocka_unit_test(segments_roll),
		cmocka_unit_test(aborted_is_never_seen),
		cmocka_unit_test(reading_goes_on_where_it_stopped),
		cmocka_unit_test(reading_skips_nothing_while_the_log_rolls),
		cmocka_unit_test(hints_are_only_hints),
		cmocka_unit_test(dropped_bodies_stay_readable_while_open),
		cmocka_unit_test(the_newest_segment_is_not_dropped),
		cmocka_unit_test(a_group_may_outgrow_its_segment),
		cmocka_unit_test(too_much_for_a_record),
		cmocka_unit_test(other_stores_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
