/* space_test.c - a disk that fills up: clean refusals, the reserve, and that it heals by itself.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The disk is played: fallocate and fstatvfs are defined here, in front of libc's, and give out
 * what `room` has. */
#include <dlfcn.h>
#include <sys/statvfs.h>
#include "store/log/fixture.h"

static long long room = 1ll << 40;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long long blocks_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (long long)st.st_blocks * 512 : 0;
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
	long long before = blocks_of(fd), need = (long long)at + n - before;
	int r;

	if (!(mode & FALLOC_FL_PUNCH_HOLE) && need > room) {
		errno = ENOSPC;
		return -1;
	}
	r = REAL(fallocate)(fd, mode, at, n);
	room -= blocks_of(fd) - before;
	return r;
}

int ftruncate(int fd, off_t n)
{
	long long before = blocks_of(fd);
	int r = REAL(ftruncate)(fd, n);

	room -= blocks_of(fd) - before;
	return r;
}

int fstatvfs(int fd, struct statvfs *v)
{
	*v = (struct statvfs){.f_frsize = 4096, .f_bavail = (fsblkcnt_t)(room / 4096)};
	return 0;
}

static int commit_small(struct fixture *x, uint64_t k, bool may_use_reserve)
{
	struct log_item it;
	int64_t ms = ++x->ms;
	int e = log_begin(x->log, &ms, may_use_reserve);

	if (e == 0)
		e = add_k(x->log, k, 0, &it);
	if (e < 0) {
		log_abort(x->log);
		return e;
	}
	return log_commit(x->log, NULL, 0);
}

static long long reserve_length(struct fixture *x)
{
	struct stat st;

	return fstatat(x->dir, "log/reserve", &st, 0) == 0 ? (long long)st.st_size : -1;
}

static void a_full_disk_heals(void **state)
{
	enum { RESERVE = 4 << 20 };
	struct fixture x;
	uint64_t k = 1, n = 0;
	int e;

	fixture_new(&x, 1 << 20);
	x.o.reserve_bytes = RESERVE;
	room = 10 << 20;
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(reserve_length(&x), RESERVE);
	assert_false(log_is_low(x.log));
	for (int round = 0; round < 3; round++) {
		room = 2 << 20;
		while ((e = commit_small(&x, k, false)) == 0) /* till the disk is full */
			k++, n++;
		assert_int_equal(e, E_NOSPACE);
		assert_true(log_is_low(x.log));
		assert_int_equal(reserve_length(&x), RESERVE);
		for (int i = 0; i < 2000; i++, k++, n++) /* deleting goes on */
			assert_int_equal(commit_small(&x, k, true), 0);
		assert_true(reserve_length(&x) < RESERVE);
		assert_int_equal(commit_small(&x, k, false), E_NOSPACE);
		room += 1 << 10; /* something, but not enough */
		assert_int_equal(commit_small(&x, k, false), E_NOSPACE);
		assert_true(log_is_low(x.log));
		room += 8 << 20; /* what was deleted has come back */
		assert_false(log_is_low(x.log)); /* nobody has to try it first */
		assert_int_equal(commit_small(&x, k, false), 0);
		k++, n++;
		assert_int_equal(reserve_length(&x), RESERVE);
		assert_int_equal(read_all(x.log, 1, true).n, n);
		fixture_crash(&x);
		assert_int_equal(fixture_open(&x), 0);
		assert_int_equal(read_all(x.log, 1, true).n, n);
	}
	fixture_free(&x);
}

/* While it counts as low expunged mail goes at once: not a moment longer than it must. */
static void a_disk_that_others_have_freed_is_not_low(void **state)
{
	struct fixture x;
	uint64_t k = 1;

	fixture_new(&x, 1 << 20);
	x.o.reserve_bytes = 2 << 20;
	room = 6 << 20;
	assert_int_equal(fixture_open(&x), 0);
	while (commit_small(&x, k, false) == 0)
		k++;
	assert_int_equal(reserve_length(&x), 2 << 20);
	assert_true(log_is_low(x.log));
	room = 1 << 20;
	assert_true(log_is_low(x.log));
	room = 20 << 20;
	assert_false(log_is_low(x.log));
	assert_int_equal(commit_small(&x, k, false), 0);
	fixture_free(&x);
}

static void the_reserve_is_not_endless(void **state)
{
	struct fixture x;
	uint64_t k = 1;
	int e;

	fixture_new(&x, 256 << 10);
	x.o.reserve_bytes = 2 << 20;
	room = 3 << 20;
	assert_int_equal(fixture_open(&x), 0);
	room = 0;
	while ((e = commit_small(&x, k, true)) == 0)
		assert_true(++k < 100000);
	assert_int_equal(e, E_NOSPACE);
	assert_int_equal(reserve_length(&x), 1 << 20); /* for the next start */
	assert_int_equal(log_reserve_give(x.log, 1), E_NOSPACE);
	assert_int_equal(read_all(x.log, 1, true).n, k - 1);
	for (int i = 0; i < 4; i++) { /* opens, also after a crash, when there is nothing left */
		if (i % 2)
			fixture_crash(&x);
		else
			x.log = log_close(x.log);
		assert_int_equal(fixture_open(&x), 0);
		assert_int_equal(read_all(x.log, 1, true).n, k - 1);
		if (commit_small(&x, k, true) == 0)
			k++;
	}
	room = 8 << 20;
	assert_int_equal(commit_small(&x, k, false), 0);
	assert_int_equal(read_all(x.log, 1, true).n, k);
	fixture_free(&x);
}

static void the_index_gets_of_it_too(void **state)
{
	struct fixture x;
	long long was;

	fixture_new(&x, 256 << 10);
	x.o.reserve_bytes = 3 << 20;
	room = 8 << 20;
	assert_int_equal(fixture_open(&x), 0);
	room = 0;
	was = room;
	assert_int_equal(log_reserve_give(x.log, 100), 0);
	assert_true(room - was >= 1 << 20);
	assert_true(log_is_low(x.log));
	assert_int_equal(commit_small(&x, 1, false), 0); /* gets it back at once */
	assert_false(log_is_low(x.log));
	fixture_free(&x);
}

static void another_size_next_time(void **state)
{
	static const uint64_t sizes[] = {2 << 20, 5 << 20, 0, 1 << 20};
	struct fixture x;

	fixture_new(&x, 256 << 10);
	room = 20 << 20;
	for (size_t i = 0; i < COLUMNS(sizes); i++) {
		x.o.reserve_bytes = sizes[i];
		assert_int_equal(fixture_open(&x), 0);
		assert_int_equal(reserve_length(&x), sizes[i]);
		x.log = log_close(x.log);
	}
	x.o.reserve_bytes = 40 << 20; /* more than there is: low, but open */
	assert_int_equal(fixture_open(&x), 0);
	assert_true(log_is_low(x.log));
	assert_int_equal(commit_small(&x, 1, false), E_NOSPACE);
	assert_int_equal(commit_small(&x, 1, true), 0);
	fixture_free(&x);
}

/* A full disk in the middle of a group that outgrows its segment: the group is refused whole. */
static void no_room_for_a_large_group(void **state)
{
	struct fixture x;
	struct log_item it;
	int64_t ms = 0;
	int e = 0;

	fixture_new(&x, 64 << 10);
	room = 1 << 20;
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(commit_small(&x, 1, false), 0);
	assert_int_equal(log_begin(x.log, &ms, false), 0);
	for (uint64_t k = 2; e == 0; k++)
		e = add_k(x.log, k, 0, &it);
	assert_int_equal(e, E_NOSPACE);
	log_abort(x.log);
	assert_true(log_is_low(x.log));
	room = 8 << 20;
	assert_int_equal(commit_k(&x, 2, 2500), 0);
	assert_int_equal(read_all(x.log, 1, true).n, 2501);
	fixture_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_heals),
		cmocka_unit_test(a_disk_that_others_have_freed_is_not_low),
		cmocka_unit_test(the_reserve_is_not_endless),
		cmocka_unit_test(the_index_gets_of_it_too),
		cmocka_unit_test(another_size_next_time),
		cmocka_unit_test(no_room_for_a_large_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
