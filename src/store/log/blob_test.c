/* blob_test.c - bodies in files of their own: written, found again, swept, given back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/log/fixture.h"

static void fill(char *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)mix(i / 3 + seed);
}

static struct place put(struct fixture *x, size_t n, unsigned seed)
{
	char *p = malloc(n);
	struct place where;
	struct blob *b;
	uint32_t crc;

	fill(p, n, seed);
	assert_int_equal(blob_new(x->log, &b), 0);
	for (size_t at = 0; at < n; at += 70000)
		assert_int_equal(blob_write(b, p + at, n - at < 70000 ? n - at : 70000), 0);
	assert_int_equal(blob_finish(&b, &where, &crc), 0);
	assert_null(b);
	assert_int_equal(crc, crc32c(0, p, n));
	assert_true(place_is_blob(where));
	assert_int_equal(place_segment(where), 0);
	free(p);
	return where;
}

static bool is(struct fixture *x, struct place where, size_t n, unsigned seed)
{
	char *want = malloc(n), *got = malloc(n);
	struct log_body b;
	bool same = log_body_open(x->log, where, n, &b) == 0;

	fill(want, n, seed);
	if (same) {
		same = pread(b.fd, got, n, (off_t)b.at) == (ssize_t)n && memcmp(want, got, n) == 0;
		log_body_close(&b);
	}
	free(want);
	free(got);
	return same;
}

static bool named(void *arg, struct place p)
{
	const struct place *keep = arg;

	return (p.a == keep[0].a && p.b == keep[0].b) || (p.a == keep[1].a && p.b == keep[1].b);
}

static void written_and_swept(void **state)
{
	enum { N = 300000 };
	struct fixture x;
	struct place p[6], none[2] = {{0}};

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	for (unsigned i = 0; i < 4; i++)
		p[i] = put(&x, N + i, i);
	assert_int_equal(log_blob_sweep(x.log, named, none), 0); /* never of this run */
	assert_true(is(&x, p[3], N + 3, 3));
	fixture_crash(&x);
	assert_int_equal(fixture_open(&x), 0);
	p[4] = put(&x, N + 4, 4);
	assert_int_equal(log_blob_sweep(x.log, named, p), 2);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(is(&x, p[i], N + i, i), i != 2 && i != 3);
	fixture_crash(&x);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(log_blob_sweep(x.log, named, none), 1); /* only the last run's folder */
	assert_true(is(&x, p[0], N, 0));
	assert_false(is(&x, p[4], N + 4, 4));
	fixture_free(&x);
}

static void a_place_is_never_used_twice(void **state)
{
	struct fixture x;
	struct place p, q, none[2] = {{0}};

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	p = put(&x, 1000, 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(log_body_reclaim(x.log, p, 1000), 0);
		assert_int_equal(log_body_reclaim(x.log, p, 1000), 0); /* twice is fine */
		x.log = log_close(x.log);
		assert_int_equal(fixture_open(&x), 0);
		log_blob_sweep(x.log, named, none);
		q = put(&x, 1000, 2);
		assert_true(q.a != p.a || q.b != p.b);
		assert_false(is(&x, p, 1000, 1));
		p = q;
	}
	fixture_free(&x);
}

static void dropped_is_gone(void **state)
{
	struct fixture x;
	struct blob *b;
	struct stat st;

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(blob_new(x.log, &b), 0);
	assert_int_equal(blob_write(b, "abc", 3), 0);
	assert_int_equal(fstatat(x.dir, "blob/0000000000000001/0000000000000001", &st, 0), 0);
	assert_null(blob_drop(b));
	assert_int_equal(fstatat(x.dir, "blob/0000000000000001/0000000000000001", &st, 0), -1);
	assert_null(blob_drop(NULL));
	fixture_free(&x);
}

static void a_wrong_file_is_damage(void **state)
{
	struct fixture x;
	struct place p[2];
	struct log_body b;

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	for (unsigned i = 0; i < 2; i++)
		p[i] = put(&x, 5000, i);
	assert_int_equal(renameat(x.dir, "blob/0000000000000001/0000000000000001", x.dir,
				  "blob/0000000000000001/0000000000000002"), 0);
	assert_int_equal(log_body_open(x.log, p[0], 5000, &b), E_DAMAGED);
	assert_int_equal(log_body_open(x.log, p[1], 5000, &b), E_DAMAGED);
	p[0] = put(&x, 5000, 3);
	assert_int_equal(log_body_open(x.log, p[0], 5001, &b), E_DAMAGED); /* too short */
	fixture_free(&x);
}

static int count_damage(void *arg, const struct log_frame *f)
{
	size_t *n = arg;

	n[0]++;
	n[1] += f->damaged;
	n[2] += f->body_damaged;
	return 0;
}

static void holes_spare_their_neighbours(void **state)
{
	struct fixture x;
	static struct log_item it[40];
	int64_t ms = 0;
	size_t n[3] = {0};
	struct stat before, after;

	fixture_new(&x, 1 << 20);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(log_begin(x.log, &ms, false), 0);
	for (uint64_t k = 0; k < 40; k++) {
		static char body[20000];

		it[k] = (struct log_item){.account = 1, .type = 1, .meta = STR("m")};
		memset(body, 'x', sizeof(body));
		it[k].body = str_n(body, 100 + k * 450);
		assert_int_equal(log_add(x.log, &it[k], 0), 0);
	}
	assert_int_equal(log_commit(x.log, NULL, 0), 0);
	assert_int_equal(fstatat(x.dir, "log/0000000000000001.seg", &before, 0), 0);
	for (size_t k = 0; k < 40; k += 2)
		assert_int_equal(log_body_reclaim(x.log, it[k].place, it[k].body.n), 0);
	assert_int_equal(fstatat(x.dir, "log/0000000000000001.seg", &after, 0), 0);
	assert_true(after.st_blocks < before.st_blocks);
	assert_int_equal(log_read(x.log, 0, (struct log_pos){1}, true, count_damage, n), 0);
	assert_int_equal(n[0], 40);
	assert_int_equal(n[1], 0);
	assert_in_range(n[2], 10, 20); /* those that had a whole block in them */
	x.log = log_close(x.log);
	assert_int_equal(fixture_open(&x), 0);
	memset(n, 0, sizeof(n));
	assert_int_equal(log_read(x.log, 0, (struct log_pos){1}, true, count_damage, n), 0);
	assert_int_equal(n[0] + n[1], 40);
	fixture_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_swept),
		cmocka_unit_test(a_place_is_never_used_twice),
		cmocka_unit_test(dropped_is_gone),
		cmocka_unit_test(a_wrong_file_is_damage),
		cmocka_unit_test(holes_spare_their_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
