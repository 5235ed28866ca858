/* fault_test.c - every call that writes or syncs fails once, or is the last: nothing that was
 * acknowledged is lost, nothing that failed is ever seen, and the log goes on.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each run is a process of its own: it appends to a log and tells what it was answered through
 * shared memory. Then the log is opened without faults and compared. */
#include "store/log/inject.h"
#include <sys/mman.h>
#include <sys/wait.h>
#include "store/log/fixture.h"

#ifdef __SANITIZE_ADDRESS__
enum { STEP = 3 }; /* a fork costs ten times as much; the plain build tries every call */
#else
enum { STEP = 1 };
#endif
enum { K_MOST = 1000 };
enum said { NOTHING, TRIED, ACKED, REFUSED };
enum { DIED = 99, FATAL = 20, NO_OPEN = 10 };

struct account_of_run {
	uint8_t said[K_MOST];
	unsigned refused_groups, blobs_refused;
	unsigned long calls, hits;
	bool last_acked;
};
static struct account_of_run *run; /* shared with the child */

static void run_fatal(void *arg, const char *why)
{
	run->calls = inject.n;
	_exit(FATAL);
}

static void say(uint64_t k, size_t n, enum said what)
{
	memset(run->said + k, what, n);
}

static void run_group(struct fixture *x, uint64_t *k, size_t n)
{
	int e;

	say(*k, n, TRIED);
	e = commit_k(x, *k, n);
	say(*k, n, e == 0 ? ACKED : REFUSED);
	run->refused_groups += e != 0;
	run->last_acked = e == 0;
	*k += n;
}

static void run_blob(struct fixture *x)
{
	static char big[300 << 10];
	struct place p;
	struct blob *b;
	uint32_t crc;
	int e = blob_new(x->log, &b);

	if (e == 0) {
		blob_write(b, big, sizeof(big));
		e = blob_finish(&b, &p, &crc);
		blob_drop(b);
	}
	run->blobs_refused += e != 0;
}

static void run_open(struct fixture *x)
{
	if (fixture_open(x) < 0) {
		run->calls = inject.n;
		run->hits = inject.hits;
		_exit(NO_OPEN);
	}
}

/* Fresh store, groups, a roll, a blob, an orderly end, more, and the end without order. */
static _Noreturn void scenario(struct fixture *x)
{
	static const size_t sizes[] = {1, 3, 40, 1, 60, 2, 1};
	uint64_t k = 1;

	x->o.fatal = run_fatal;
	inject.on = true;
	run_open(x);
	for (size_t i = 0; i < COLUMNS(sizes); i++)
		run_group(x, &k, sizes[i]);
	run_blob(x);
	x->log = log_close(x->log);
	run_open(x);
	run_group(x, &k, 2);
	run_group(x, &k, 80);
	run_group(x, &k, 1);
	run->calls = inject.n;
	run->hits = inject.hits;
	inject.on = false;
	run_group(x, &k, 1); /* the disk is well again */
	_exit(0);
}

static int run_child(struct fixture *x, enum inject_how how, int which, int err,
		     unsigned long from, unsigned long until)
{
	int status;
	pid_t pid;

	memset(run, 0, sizeof(*run));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		inject.how = how;
		inject.which = which;
		inject.err = err;
		inject.from = from;
		inject.until = until;
		scenario(x);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void compare(struct fixture *x)
{
	uint8_t has[K_MOST] = {0};
	struct seen s = {.read_bodies = true, .has = has, .most = K_MOST};

	assert_int_equal(fixture_open(x), 0);
	s.log = x->log;
	assert_int_equal(log_read(x->log, 0, (struct log_pos){1}, true, see_one, &s), 0);
	assert_int_equal(s.bad + s.damaged + s.body_damaged, 0);
	for (uint64_t k = 0; k < K_MOST; k++) {
		if (run->said[k] == ACKED && !has[k])
			fail_msg("record %d was acknowledged and is lost", (int)k);
		if ((run->said[k] == REFUSED || run->said[k] == NOTHING) && has[k])
			fail_msg("record %d was refused and is there", (int)k);
	}
	assert_int_equal(commit_k(x, K_MOST + 1, 5), 0);
	assert_int_equal(read_all(x->log, 1, true).n, s.n + 5);
	x->log = log_close(x->log);
}

struct row {
	const char *name;
	enum inject_how how;
	int which, err;
	unsigned long length; /* calls in a row that are hit */
};

static void each_call_once(void **state)
{
	static const struct row rows[] = {
		{"EIO", INJECT_FAIL, INJECT_ALL, EIO, 1},
		{"ENOSPC", INJECT_FAIL, INJECT_ALL, ENOSPC, 1},
		{"a short write, then ENOSPC", INJECT_SHORT, INJECT_WRITE, ENOSPC, 2},
		{"two EIO in a row", INJECT_FAIL, INJECT_ALL, EIO, 2},
		{"the disk is full for a while", INJECT_FAIL, INJECT_SPACE, ENOSPC, 12},
		{"EMFILE", INJECT_FAIL, INJECT_OTHER, EMFILE, 1},
		{"dies", INJECT_DIE, INJECT_ALL, 0, 1},
	};

	for (size_t r = 0; r < COLUMNS(rows); r++) {
		unsigned long refused = 0, fatal = 0, k = 1;

		for (int e = -1;; k += STEP) {
			struct fixture x;

			fixture_new(&x, 64 << 10);
			x.o.reserve_bytes = 2 << 20;
			e = run_child(&x, rows[r].how, rows[r].which, rows[r].err, k,
				      k + rows[r].length);
			refused += run->refused_groups;
			fatal += e == FATAL;
			if (rows[r].length == 1 && run->refused_groups > 1)
				fail_msg("%s, call %lu: more than one group failed", rows[r].name,
					 k);
			if (e == 0 && !run->last_acked)
				fail_msg("%s, call %lu: did not heal", rows[r].name, k);
			compare(&x);
			fixture_free(&x);
			if (run->calls && run->calls < k)
				break;
		}
		print_message("%s: %lu calls, %lu groups refused, %lu ends\n", rows[r].name, k - 1,
			      refused, fatal);
		assert_true(k > 20);
		assert_true(rows[r].how == INJECT_DIE || refused + fatal > 0);
	}
}

/* inv 5: a failed sync is never tried again, and never answered. */
static void a_failed_sync_is_the_end(void **state)
{
	unsigned long fatal = 0;

	for (unsigned long k = 1; k < 200; k += STEP) {
		struct fixture x;
		int e;

		fixture_new(&x, 64 << 10);
		e = run_child(&x, INJECT_FAIL, INJECT_SYNC, EIO, k, k + 1);
		assert_true(e == FATAL || e == NO_OPEN || run->blobs_refused || !run->hits);
		assert_int_equal(run->refused_groups, 0);
		fatal += e == FATAL;
		compare(&x);
		fixture_free(&x);
		if (e == 0 && !run->hits)
			break;
	}
	assert_true(fatal > 10 / STEP);
}

/* Two blobs in one folder: one's failed sync may have taken the other's entry with it, and the next
 * sync of the folder would not tell. */
static void finish_two_blobs(struct fixture *x)
{
	struct blob *b[2];
	struct place p;
	uint32_t crc;

	x->o.fatal = run_fatal;
	run_open(x);
	for (int i = 0; i < 2; i++)
		if (blob_new(x->log, &b[i]) < 0 || blob_write(b[i], "abc", 3) < 0)
			_exit(1);
	inject.which = INJECT_SYNC;
	inject.how = INJECT_FAIL;
	inject.err = EIO;
	inject.from = 2; /* the file's own is the first */
	inject.until = 3;
	inject.on = true;
	blob_finish(&b[0], &p, &crc);
	_exit(blob_finish(&b[1], &p, &crc) < 0 ? 2 : 3);
}

static void a_blob_folders_failed_sync_is_the_end(void **state)
{
	struct fixture x;
	int status;
	pid_t pid;

	fixture_new(&x, 64 << 10);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		finish_two_blobs(&x);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FATAL);
	fixture_free(&x);
}

/* -- crashes while recovering from a crash ---------------------------------------------------- */

static void die_opening(struct fixture *x, unsigned long k, bool *done)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		inject.on = true;
		inject.how = INJECT_DIE;
		inject.which = INJECT_ALL;
		inject.from = k;
		inject.until = k + 1;
		_exit(fixture_open(x) < 0 ? NO_OPEN : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != NO_OPEN);
	*done = WEXITSTATUS(status) == 0;
}

static void crash_with_torn_tail(struct fixture *x, bool torn)
{
	struct log_pos end;
	char name[32];
	int fd;

	fixture_new(x, 64 << 10);
	assert_int_equal(fixture_open(x), 0);
	assert_int_equal(commit_k(x, 1, 9), 0);
	assert_int_equal(commit_k(x, 10, 4), 0);
	assert_int_equal(commit_k(x, 14, 5), 0);
	log_end(x->log, 0, &end);
	snprintf(name, sizeof(name), "log/%016llx.seg", (unsigned long long)end.hint[0]);
	fixture_crash(x);
	fd = openat(x->dir, name, O_WRONLY);
	if (torn)
		assert_int_equal(pwrite(fd, "\0\0\0\0\0\0\0\0\0", 9, (off_t)end.hint[1] - 400), 9);
	close(fd);
}

static void crashes_in_recovery(void **state)
{
	for (int torn = 0; torn < 2; torn++) {
		bool done = false, done2;
		unsigned long k = 1;

		for (; !done; k += STEP)
			for (unsigned long j = 0; j < 12; j += 4) {
				struct fixture x;
				struct seen s;

				crash_with_torn_tail(&x, torn);
				die_opening(&x, k, &done);
				if (j) /* and again in the recovery from that */
					die_opening(&x, j, &done2);
				assert_int_equal(fixture_open(&x), 0);
				s = read_all(x.log, 1, true);
				assert_int_equal(s.n, torn ? 13 : 18);
				assert_int_equal(commit_k(&x, 100, 2), 0);
				fixture_crash(&x);
				assert_int_equal(fixture_open(&x), 0);
				assert_int_equal(read_all(x.log, 1, true).n, s.n + 2);
				fixture_free(&x);
			}
		assert_true(k > 10);
	}
}

static void fail_writes(unsigned long n)
{
	inject.on = true;
	inject.how = INJECT_FAIL;
	inject.which = INJECT_WRITE;
	inject.err = EIO;
	inject.n = 0;
	inject.from = 1;
	inject.until = 1 + n;
}

/* Rolls until the segment behind `first` is sealed. */
static uint64_t roll_past(struct fixture *x, uint64_t first)
{
	struct log_segment g;
	uint64_t k = 30;

	assert_int_equal(log_segment_next(x->log, first, &g), 0);
	for (; g.end_seq == 0; k += 20) {
		assert_int_equal(commit_k(x, k, 20), 0);
		assert_int_equal(log_segment_next(x->log, first, &g), 0);
	}
	return g.id;
}

/* inv 3: a group that failed stays away also after the segments behind it are gone: with the seal, or
 * without it, when the segment that bounds it may not be dropped yet. */
static void void_records_stay_void(void **state)
{
	for (unsigned long writes = 1; writes <= 2; writes++) {
		struct fixture x;
		struct log_segment g;
		struct log_pos end;
		uint64_t first, second;

		fixture_new(&x, 64 << 10);
		assert_int_equal(fixture_open(&x), 0);
		assert_int_equal(commit_k(&x, 1, 5), 0);
		assert_int_equal(log_segment_next(x.log, 0, &g), 0);
		first = g.id;
		fail_writes(writes); /* the second is the seal's */
		assert_int_equal(commit_k(&x, 10, 5), E_IO);
		inject.on = false;
		log_end(x.log, 0, &end);
		assert_int_equal(end.seq, 11); /* inv 4 */
		assert_int_equal(commit_k(&x, 20, 3), 0);
		second = roll_past(&x, first);
		if (writes == 2) {
			assert_int_equal(log_segment_drop(x.log, second), E_INUSE);
			fixture_crash(&x);
			assert_int_equal(fixture_open(&x), 0);
		}
		assert_int_equal(log_segment_drop(x.log, second), 0);
		for (int i = 0; i < 2; i++) {
			struct seen s = read_all(x.log, 1, true);

			assert_int_equal(s.first_k, 1);
			assert_true(s.last_k > 30);
			x.log = log_close(x.log);
			assert_int_equal(fixture_open(&x), 0);
		}
		fixture_free(&x);
	}
}

static unsigned long calls_of(struct fixture *x, int which, uint64_t k)
{
	inject.on = true;
	inject.how = INJECT_COUNT;
	inject.which = which;
	inject.n = 0;
	assert_int_equal(commit_k(x, k, 20), 0);
	inject.on = false;
	return inject.n;
}

static void a_group_is_one_write_and_one_sync(void **state)
{
	struct fixture x;

	fixture_new(&x, 8 << 20);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(calls_of(&x, INJECT_SYNC, 1), 1);
	assert_int_equal(calls_of(&x, INJECT_WRITE, 21), 1);
	assert_int_equal(calls_of(&x, INJECT_ALL, 41), 2);
	fixture_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_once),
		cmocka_unit_test(a_failed_sync_is_the_end),
		cmocka_unit_test(a_blob_folders_failed_sync_is_the_end),
		cmocka_unit_test(crashes_in_recovery),
		cmocka_unit_test(void_records_stay_void),
		cmocka_unit_test(a_group_is_one_write_and_one_sync),
	};

	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
