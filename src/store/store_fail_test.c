/* store_fail_test.c - what fails or is refused: writes, flushes, commits, openings, clocks.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of the file backend. The two calls by which a group becomes durable are defined here, in front
 * of libc's, so that they can fail. A child that is to die opens the store itself: the parent has
 * none open then. */
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include "store/store_fixture.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

static _Atomic int fail_writes, fail_syncs; /* so many of the next ones */
static int fail_errno;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool hit(_Atomic int *n)
{
	if (*n <= 0)
		return false;
	--*n;
	errno = fail_errno;
	return true;
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	return hit(&fail_writes) ? -1 : REAL(pwritev)(fd, v, n, at);
}

int fdatasync(int fd)
{
	return hit(&fail_syncs) ? -1 : REAL(fdatasync)(fd);
}

static _Atomic bool disk_is_full;

int fstatvfs(int fd, struct statvfs *v)
{
	int r = REAL(fstatvfs)(fd, v);

	if (disk_is_full)
		v->f_bavail = 0;
	return r;
}

/* -- when a step of the commit fails (commit.c's invariants) -- */

static void a_failed_write_leaves_nothing(void **state) /* inv 3 */
{
	static const int errnos[] = {EIO, ENOSPC};

	for (size_t i = 0; i < COLUMNS(errnos); i++) {
		struct fixture *f = fixture_open(NULL);
		uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");

		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
		fail_errno = errnos[i];
		fail_writes = 2;
		assert_int_equal(errnos[i] == EIO ? E_IO : E_NOSPACE,
				 deliver(f, a, "INBOX", "", TEXT));
		fail_writes = 0;
		assert_string_equal("1", uids_of(f, box));
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
		assert_int_equal(2, info_of(f, a, "INBOX").messages);
		store_abandon(f->s);
		fixture_reopen(f);
		assert_int_equal(2, info_of(f, a, "INBOX").messages);
		assert_string_equal(TEXT, read_msg(f, box, info_of(f, a, "INBOX").uidnext - 1));
		fixture_close(f);
	}
}

static void an_index_that_cannot_commit_reads_the_log(void **state) /* inv 6 */
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct store_stats st;

	for (int i = 0; i < 3; i++) {
		f->s->ix->fail_commits = 1;
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	}
	store_stats(f->s, &st);
	assert_int_equal(3, st.replays);
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_string_equal("1 2 3 4", uids_of(f, box));
	assert_string_equal(TEXT, read_msg(f, box, 3));
	fixture_close(f);
}

/* A log per account: won, but not to be shown. Never acknowledged, and never lost (inv 6, 7). */
static void an_index_that_cannot_commit_is_never_success(void **state)
{
	struct fixture *f;
	uint64_t a, box;

	fixture_opts.backend = "memory";
	f = fixture_open(NULL);
	fixture_opts.backend = "file";
	a = make_account(f, "a@x.test");
	box = find_mbox(f, a, "INBOX");
	f->s->ix->fail_commits = 1;
	assert_int_equal(E_UNKNOWN, deliver(f, a, "INBOX", "", TEXT));
	assert_string_equal("1", uids_of(f, box));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_string_equal("1 2", uids_of(f, box));
	fixture_close(f);
}

struct sender {
	struct fixture *f;
	uint64_t account;
	_Atomic unsigned *running;
	unsigned done, failed, wrong;
};

static void *send_beside_others(void *arg)
{
	struct sender *w = arg;

	for (int i = 0; i < 60; i++) {
		struct delivery to = {.account = w->account, .mbox = STR("INBOX")};
		struct change *c;
		struct draft *d;
		int r = 0;

		if (draft_open(&d, w->f->s, 0) < 0 || draft_write(d, STR(TEXT)) < 0 ||
		    change_new(&c, w->f->s) < 0 || change_deliver(c, d, &to, 1) < 0)
			abort();
		r = change_commit(&c);
		draft_drop(d);
		w->wrong += r != to.err;
		w->done += r == 0;
		w->failed += r == E_NOSPACE || r == E_IO;
	}
	--*w->running;
	return NULL;
}

/* Whoever was told that it failed has no message; whoever was told that it did not has one. */
static void writes_fail_beside_others(void **state)
{
	enum { THREADS = 4 };
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	_Atomic unsigned running = THREADS;
	struct sender w[THREADS];
	pthread_t t[THREADS];
	unsigned done = 0;

	fail_errno = ENOSPC;
	for (int i = 0; i < THREADS; i++) {
		w[i] = (struct sender){f, a, &running, 0, 0, 0};
		assert_int_equal(0, pthread_create(&t[i], NULL, send_beside_others, &w[i]));
	}
	for (int k = 0; k < 40 && running; k++) {
		fail_writes = 1 + k % 3;
		while (fail_writes > 0 && running)
			sched_yield();
	}
	fail_writes = 0;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(0, w[i].wrong);
		assert_int_equal(60, w[i].done + w[i].failed);
		done += w[i].done;
	}
	assert_int_equal(done, info_of(f, a, "INBOX").messages);
	store_abandon(f->s);
	fixture_reopen(f);
	assert_int_equal(done, info_of(f, a, "INBOX").messages);
	fixture_close(f);
}

/* -- what may happen piecemeal, and meets a full disk -- */

enum { MANY = 1 << 14 }; /* two slices */

struct sliced {
	struct fixture *f;
	uint64_t account, mbox;
	bool expunges;
};

static void *run_sliced(void *arg)
{
	struct sliced *w = arg;
	struct uid_range all = {1, UINT32_MAX};
	struct uidset uids = {&all, 1};
	struct change *c;

	if (change_new(&c, w->f->s) < 0 ||
	    (w->expunges ? change_expunge(c, w->mbox, uids)
			 : change_flags(c, w->mbox, uids, FLAGS_ADD, MSG_SEEN, NULL, 0)) < 0)
		abort();
	change_in_slices(c);
	return (void *)(intptr_t)change_commit(&c);
}

static void *run_delivery(void *arg)
{
	struct sliced *w = arg;

	return (void *)(intptr_t)deliver(w->f, w->account, "Other", "", TEXT);
}

static void fill_by_copies(struct sliced *w)
{
	struct uid_range all = {1, UINT32_MAX};

	assert_int_equal(0, deliver(w->f, w->account, "INBOX", "", TEXT));
	for (int n = 1; n < MANY; n *= 2)
		assert_int_equal(0, ONE_STEP(w->f, change_copy(c, w->mbox, (struct uidset){&all, 1},
							       w->mbox)));
}

static unsigned left_to_do(const struct sliced *w)
{
	struct mbox_info m = info_of(w->f, w->account, "INBOX");

	return (unsigned)(w->expunges ? m.messages : m.unseen);
}

/* The group with a slice fails, and is tried one by one; alone it fails for good, and is said again. */
static void slices_are_tried_again(void **state)
{
	for (int expunges = 0; expunges < 2; expunges++) {
		struct fixture *f = fixture_open(NULL);
		struct sliced w = {.f = f, .account = make_account(f, "a@x.test"),
				   .expunges = expunges};
		pthread_t slices, delivery;
		struct gate g;

		w.mbox = find_mbox(f, w.account, "INBOX");
		fill_by_copies(&w);
		assert_int_equal(MANY, left_to_do(&w));
		fail_errno = ENOSPC;
		fail_writes = 1;
		assert_int_equal(E_NOSPACE, (intptr_t)run_sliced(&w));
		assert_int_equal(MANY, left_to_do(&w));
		gate_close(&g, f->s);
		slices = gate_queue(&g, run_sliced, &w, 1);
		delivery = gate_queue(&g, run_delivery, &w, 2);
		fail_writes = 1;
		gate_open(&g);
		assert_int_equal(0, result_of(slices));
		assert_int_equal(0, result_of(delivery));
		assert_int_equal(0, fail_writes);
		assert_int_equal(0, left_to_do(&w));
		assert_int_equal(1, info_of(f, w.account, "Other").messages);
		store_abandon(f->s);
		fixture_reopen(f);
		assert_int_equal(0, left_to_do(&w));
		fixture_close(f);
	}
}

/* Runs fn in a child with the store open; its exit status. */
static int in_child(struct fixture *f, uint64_t a, void (*fn)(struct fixture *f, uint64_t a))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr) || store_open(&f->s, &f->o, NULL) < 0)
			_exit(2);
		fn(f, a);
		_exit(3);
	}
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void fail_a_sync(struct fixture *f, uint64_t a)
{
	if (deliver(f, a, "INBOX", "", TEXT) < 0)
		_exit(4);
	fail_errno = EIO;
	fail_syncs = 1;
	deliver(f, a, "INBOX", "", TEXT);
	_exit(5); /* it was answered */
}

static void fail_all_commits(struct fixture *f, uint64_t a)
{
	if (deliver(f, a, "INBOX", "", TEXT) < 0)
		_exit(4);
	f->s->ix->fail_commits = 1000;
	deliver(f, a, "INBOX", "", TEXT);
	_exit(5);
}

static void a_failed_sync_ends_the_process(void **state) /* inv 4 */
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");

	f->s = store_close(f->s);
	assert_int_equal(74, in_child(f, a, fail_a_sync));
	fixture_reopen(f);
	assert_in_range(info_of(f, a, "INBOX").messages, 1, 2);
	fixture_close(f);
}

static void an_index_that_never_commits_ends_the_process(void **state) /* inv 6 */
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");

	f->s = store_close(f->s);
	assert_int_equal(74, in_child(f, a, fail_all_commits));
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	assert_int_equal(2, info_of(f, a, "INBOX").messages); /* both were in the log */
	fixture_close(f);
}

static void checkpoint_without_descriptors(struct fixture *f, uint64_t a)
{
	struct rlimit was, none = {0};

	if (deliver(f, a, "INBOX", "", TEXT) < 0 || getrlimit(RLIMIT_NOFILE, &was))
		_exit(4);
	none.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	if (store_checkpoint(f->s) != E_BUSY)
		_exit(5);
	if (deliver(f, a, "INBOX", "", TEXT) < 0)
		_exit(6);
	setrlimit(RLIMIT_NOFILE, &was);
	_exit(store_checkpoint(f->s) < 0 ? 7 : 0);
}

/* A flood of connections may have taken them all. */
static void without_descriptors_the_older_checkpoint_stays(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");

	f->s = store_close(f->s);
	assert_int_equal(0, in_child(f, a, checkpoint_without_descriptors));
	fixture_reopen(f);
	assert_false(f->rec.index_rebuilt);
	assert_int_equal(2, info_of(f, a, "INBOX").messages);
	fixture_close(f);
}

/* What is unlinked behind a checkpoint must not be if there was none. */
static void no_checkpoint_is_no_success(void **state)
{
	struct fixture *f = fixture_open(NULL);

	commit_stop(f->s);
	assert_int_equal(E_CLOSED, care_checkpoint(f->s));
	f->s = store_close(f->s);
	fixture_reopen(f);
	fixture_close(f);
}

/* -- the second index of a walk -- */

static void a_walk_needs_room(void **state)
{
	struct fixture *f = fixture_open(NULL);

	disk_is_full = true;
	assert_int_equal(E_NOSPACE, walk_now(f->s));
	disk_is_full = false;
	assert_int_equal(0, walk_now(f->s));
	fixture_close(f);
}

static void a_walk_that_was_cut_off_leaves_nothing(void **state)
{
	struct fixture *f = fixture_open(NULL);
	int dir = open(f->path, O_RDONLY | O_DIRECTORY);

	assert_true(dir >= 0);
	f->s = store_close(f->s);
	assert_int_equal(0, mkdirat(dir, "check", 0700));
	close(openat(dir, "check/data.mdb", O_WRONLY | O_CREAT, 0600));
	fixture_reopen(f);
	f->s = store_close(f->s); /* waits for the thread that does it */
	assert_int_equal(-1, faccessat(dir, "check", F_OK, 0));
	close(dir);
	fixture_reopen(f);
	fixture_close(f);
}

/* -- refusals -- */

static void a_second_opening_is_refused(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct store_opts o = f->o;
	struct store *s = NULL;

	assert_int_equal(E_INUSE, store_open(&s, &o, NULL));
	assert_null(s);
	assert_non_null(strstr(store_why(), f->path));
	o.lock_wait_ms = 30;
	assert_int_equal(E_INUSE, store_open(&s, &o, NULL));
	fixture_close(f);
}

static void a_newer_version_is_refused_and_left_alone(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct log_item it = {.type = 1000, .meta = STR("\002whatever")};
	struct log_recovery rec;
	struct log_opts o = {.segment_bytes = f->o.segment_bytes, .fatal = store_fatal};
	int64_t ms = 1;
	const char *why;
	struct log *l;

	make_account(f, "a@x.test");
	f->s = store_close(f->s);
	o.dir = open(f->path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(0, log_open(&l, &log_file_ops, &o, &rec, &why));
	assert_int_equal(0, log_begin(l, &ms, false));
	assert_int_equal(0, log_add(l, &it, 0));
	assert_int_equal(0, log_commit(l, NULL, 0));
	log_close(l);
	for (int i = 0; i < 2; i++) { /* also without an index */
		assert_int_equal(E_VERSION, store_open(&f->s, &f->o, NULL));
		assert_non_null(strstr(store_why(), f->path));
		assert_int_equal(0, store_index_discard(f->path));
	}
	close(o.dir);
	fixture_forget(f);
}

static void a_folder_that_cannot_be_is_told(void **state)
{
	struct store_opts o = {.backend = "file", .dir = "/proc/no/such"};
	struct store *s;

	assert_true(store_open(&s, &o, NULL) < 0);
	assert_non_null(strstr(store_why(), "/proc/no/such"));
	assert_true(store_index_discard("/proc/no/such") < 0);
}

/* -- a clock that jumps -- */

static int64_t shift_ms;
static int64_t shifted(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + shift_ms;
}

static void a_clock_that_jumps_stops_reclaiming(void **state)
{
	static const int64_t hours[] = {2, -2, 24 * 365};

	for (size_t i = 0; i < COLUMNS(hours); i++) {
		struct fixture *f = fixture_open(NULL);
		uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
		struct store_stats st;

		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
		shift_ms = hours[i] * 3600 * 1000;
		f->s->now_ms = shifted;
		assert_int_equal(0, expunge(f, box, 1, 1)); /* all else goes on */
		assert_int_equal(0, store_reclaim(f->s));
		store_stats(f->s, &st);
		assert_true(st.clock_jumped);
		assert_int_equal(strlen(TEXT), st.live_bytes);
		shift_ms = 0; /* set right again: still for the operator to say */
		assert_int_equal(0, store_reclaim(f->s));
		store_stats(f->s, &st);
		assert_true(st.clock_jumped);
		shift_ms = hours[i] > 0 ? hours[i] * 3600 * 1000 : 0; /* not before the expunge */
		assert_int_equal(0, store_clock_confirm(f->s));
		assert_int_equal(0, store_reclaim(f->s));
		store_stats(f->s, &st);
		assert_false(st.clock_jumped);
		assert_int_equal(0, st.live_bytes);
		fixture_close(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_write_leaves_nothing),
		cmocka_unit_test(an_index_that_cannot_commit_reads_the_log),
		cmocka_unit_test(an_index_that_cannot_commit_is_never_success),
		cmocka_unit_test(writes_fail_beside_others),
		cmocka_unit_test(slices_are_tried_again),
		cmocka_unit_test(a_failed_sync_ends_the_process),
		cmocka_unit_test(an_index_that_never_commits_ends_the_process),
		cmocka_unit_test(without_descriptors_the_older_checkpoint_stays),
		cmocka_unit_test(no_checkpoint_is_no_success),
		cmocka_unit_test(a_walk_needs_room),
		cmocka_unit_test(a_walk_that_was_cut_off_leaves_nothing),
		cmocka_unit_test(a_second_opening_is_refused),
		cmocka_unit_test(a_newer_version_is_refused_and_left_alone),
		cmocka_unit_test(a_folder_that_cannot_be_is_told),
		cmocka_unit_test(a_clock_that_jumps_stops_reclaiming),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
