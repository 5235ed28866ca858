/* reclaim_test.c - what is given back, when, and what is tried again.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of the file backend. fallocate and fstatvfs are defined here, in front of libc's, so that a punch
 * can fail and a disk be full. */
#include <dlfcn.h>
#include <errno.h>
#include <sys/statvfs.h>
#include "base/clock.h"
#include "store/log/file.h"
#include "store/reclaim.h"
#include "store/store_fixture.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

static _Atomic int fail_punches;
static _Atomic bool disk_is_full;

int fstatvfs(int fd, struct statvfs *v)
{
	int r = ((__typeof__(&fstatvfs))dlsym(RTLD_NEXT, "fstatvfs"))(fd, v);

	if (disk_is_full)
		v->f_bavail = 0;
	return r;
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
	if (!(mode & FALLOC_FL_PUNCH_HOLE) && disk_is_full) {
		errno = ENOSPC;
		return -1;
	}
	if (mode & FALLOC_FL_PUNCH_HOLE && fail_punches) {
		fail_punches--;
		errno = EIO;
		return -1;
	}
	return ((__typeof__(&fallocate))dlsym(RTLD_NEXT, "fallocate"))(fd, mode, at, n);
}

static void small(struct store_opts *o)
{
	o->segment_bytes = 64 << 10;
}

static uint64_t rows_of(struct fixture *f, enum tab tab)
{
	struct txn t;
	uint64_t n;

	assert_int_equal(0, txn_read(&t, f->s->ix));
	n = tab_rows(&t, tab);
	txn_done(&t);
	return n;
}

static void deliver_large(struct fixture *f, uint64_t account, unsigned n)
{
	static char text[60000];

	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "A: 1\r\n\r\n", 8);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(0, deliver(f, account, "INBOX", "", text));
}

/* -- bodies of one record in very many segments -- */

struct wide {
	uint64_t mbox, account;
	unsigned n;
	int result;
};

/* In a transaction that has touched as many rows as one may keep, and is undone. */
static int reclaim_wide(struct store *s, struct txn *t, void *arg)
{
	struct wide *w = arg;
	struct uid_range all = {1, w->n};
	struct record r = {.type = REC_RECLAIMED, .account = w->account,
			   .uids = {.mbox = w->mbox, .r = &all, .n = 1}};
	int e = 0;

	for (uint64_t i = 0; i < 1008; i++)
		if (!hot_account(t, 1000000 + i, true, &e))
			return e;
	w->result = apply(t, &r);
	if (w->result >= 0 && tab_rows(t, TAB_DEAD) != w->n)
		w->result = E_BUG;
	return E_CLOSED;
}

static void bodies_in_many_segments(void **state)
{
	struct fixture *f = fixture_open(small);
	uint64_t a = make_account(f, "a@x.test");
	struct wide w = {find_mbox(f, a, "INBOX"), a, 40, E_BUG};

	deliver_large(f, a, w.n);
	assert_int_equal(0, expunge(f, w.mbox, 1, w.n));
	assert_int_equal(E_CLOSED, commit_chore(f->s, reclaim_wide, &w));
	assert_int_equal(0, w.result);
	fixture_close(f);
}

/* -- expunged and reclaimed in one group: a session that begins meanwhile sees neither -- */

static void *run_expunge(void *arg)
{
	struct fixture *f = arg;
	struct mbox_info m = {0};
	struct account_info a = {0};

	account_find(f->s, STR("a@x.test"), &a);
	mbox_find(f->s, a.id, STR("INBOX"), &m);
	return (void *)(intptr_t)expunge(f, m.id, 1, 1);
}

static void *run_reclaim(void *arg)
{
	return (void *)(intptr_t)store_reclaim(((struct fixture *)arg)->s);
}

struct groups {
	uint64_t expunged, reclaimed;
};

static int see(void *arg, const struct log_frame *frame)
{
	struct groups *g = arg;

	if (frame->type == REC_EXPUNGED)
		g->expunged = frame->group;
	if (frame->type == REC_RECLAIMED)
		g->reclaimed = frame->group;
	return 0;
}

static void nothing_goes_before_it_is_seen_to_go(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	pthread_t expunger, reclaimer;
	struct groups g = {0};
	struct gate gate;

	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	gate_close(&gate, f->s);
	expunger = gate_queue(&gate, run_expunge, f, 1);
	reclaimer = gate_queue(&gate, run_reclaim, f, 2);
	gate_open(&gate);
	assert_int_equal(0, result_of(expunger));
	assert_int_equal(0, result_of(reclaimer));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, log_read(f->s->log, 0, (struct log_pos){1}, false, see, &g));
	assert_true(g.expunged > 0);
	assert_true(g.reclaimed > g.expunged);
	assert_int_equal(0, rows_of(f, TAB_EXPUNGED));
	fixture_close(f);
}

/* -- a hole that could not be punched is punched another time -- */

static void a_failed_punch_is_tried_again(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");

	deliver_large(f, a, 3);
	assert_int_equal(0, expunge(f, box, 1, 3));
	fail_punches = 2;
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, fail_punches);
	assert_int_equal(2, rows_of(f, TAB_DEAD));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, rows_of(f, TAB_DEAD));
	fixture_close(f);
}

/* -- a clock that was ahead for a while must not keep a full disk from healing -- */

static int64_t ahead_ms;

static int64_t now_ahead(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + ahead_ms;
}

static void a_full_disk_asks_no_clock(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");

	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	f->s->now_ms = now_ahead;
	ahead_ms = (int64_t)366 * 86400 * 1000;
	assert_int_equal(0, expunge(f, box, 1, 1));
	ahead_ms = 0;
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(1, rows_of(f, TAB_EXPUNGED));
	pthread_mutex_lock(&file_log(f->s->log)->lock);
	disk_is_full = true; /* or the sweeper finds that it is not low */
	file_log(f->s->log)->space.is_full = true;
	pthread_mutex_unlock(&file_log(f->s->log)->lock);
	f->s->disk_low = true;
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, rows_of(f, TAB_EXPUNGED));
	disk_is_full = false;
	fixture_close(f);
}

/* While it counts as full expunged mail goes at once: not longer than it must, though nobody comes. */
static void a_full_index_is_asked_again(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), until = clock_mono_ms() + 20000;

	f->s->ix->room_end = 0;
	disk_is_full = true;
	assert_int_equal(E_NOSPACE, deliver(f, a, "INBOX", "", TEXT));
	assert_true(f->s->index_full);
	disk_is_full = false;
	while (f->s->index_full && clock_mono_ms() < until)
		sched_yield();
	assert_false(f->s->index_full);
	fixture_close(f);
}

/* -- while a base is logged, which takes long, nothing keeps LMDB from using its pages again -- */

static struct fixture *watched;
static unsigned slices, readers_most;

static int count_reader(const char *line, void *arg)
{
	unsigned *n = arg;

	*n += !strstr(line, "txnid") && !strchr(line, '-');
	return 0;
}

static int64_t now_counting(void) /* asked when a group begins */
{
	unsigned n = 0;

	mdb_reader_list(watched->s->ix->env, count_reader, &n);
	if (n > readers_most)
		readers_most = n;
	slices++;
	return clock_wall_ms();
}

static void no_timer(struct store_opts *o)
{
	o->checkpoint_s = 10000;
}

static void a_base_is_logged_without_a_reader(void **state)
{
	struct fixture *f = fixture_open(no_timer);
	uint64_t a = make_account(f, "a@x.test");
	struct txn t;
	static char prefix[30000];

	memset(prefix, 'p', sizeof(prefix) - 1);
	prefix[sizeof(prefix) - 1] = 0;
	for (int i = 0; i < 40; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", prefix, TEXT));
	store_checkpoint(f->s); /* holds the one reader there is */
	watched = f;
	f->s->now_ms = now_counting;
	assert_int_equal(0, base_write(f->s));
	f->s->now_ms = clock_wall_ms;
	watched = NULL;
	assert_true(slices > 3);
	assert_int_equal(1, readers_most);
	assert_int_equal(0, txn_read(&t, f->s->ix));
	assert_int_equal(0, txn_read_root(&t));
	assert_true(t.root.base_seq > 0);
	txn_done(&t);
	fixture_close(f);
}

/* -- nor while all bodies are read -- */

enum { ODD_BYTES = 54321 };
static unsigned odd_reads;

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	if (n == ODD_BYTES && watched) {
		now_counting();
		odd_reads++;
	}
	return ((__typeof__(&pread))dlsym(RTLD_NEXT, "pread"))(fd, p, n, at);
}

static void bodies_are_checked_without_a_reader(void **state)
{
	static char text[ODD_BYTES + 1];
	struct fixture *f = fixture_open(no_timer);
	uint64_t a = make_account(f, "a@x.test");

	memset(text, 'a', ODD_BYTES);
	memcpy(text, "A: 1\r\n\r\n", 8);
	assert_int_equal(0, deliver(f, a, "INBOX", "", text));
	store_checkpoint(f->s); /* holds the one reader there is */
	watched = f;
	readers_most = 0;
	assert_int_equal(0, store_check(f->s, print_difference, NULL));
	watched = NULL;
	assert_true(odd_reads > 0);
	assert_int_equal(1, readers_most);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_in_many_segments),
		cmocka_unit_test(nothing_goes_before_it_is_seen_to_go),
		cmocka_unit_test(a_failed_punch_is_tried_again),
		cmocka_unit_test(a_full_disk_asks_no_clock),
		cmocka_unit_test(a_full_index_is_asked_again),
		cmocka_unit_test(a_base_is_logged_without_a_reader),
		cmocka_unit_test(bodies_are_checked_without_a_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
