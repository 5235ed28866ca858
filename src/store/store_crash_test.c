/* store_crash_test.c - killed or damaged: what was acknowledged is there again.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of the file backend. A child that is to die opens the store itself: the parent has none open
 * then. */
#include <signal.h>
#include "store/store_fixture.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

static const char *nth_text(unsigned i)
{
	static char text[6000];
	int n = snprintf(text, sizeof(text), "N: %u\r\n\r\n", i);

	for (unsigned k = 0; k < i % 500; k++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%05u %u\r\n", k, i % 10);
	return text;
}

/* -- killed at any time -- */

static void often(struct store_opts *o)
{
	o->checkpoint_log_bytes = 100000; /* so that a kill may fall into a checkpoint */
	o->segment_bytes = 1 << 20;
}

/* Delivers until it is killed; each acknowledgement is an octet in the pipe. */
static _Noreturn void deliver_until_killed(struct fixture *f, uint64_t a, int to)
{
	struct mbox_info m;

	if (store_open(&f->s, &f->o, NULL) < 0 || mbox_find(f->s, a, STR("INBOX"), &m) < 0)
		_exit(2);
	for (unsigned i = m.uidnext; i < 100000; i++) {
		char value[20];

		snprintf(value, sizeof(value), "%u", i);
		if (deliver(f, a, "INBOX", "", nth_text(i)) < 0 ||
		    ONE_STEP(f, (change_meta_set(c, a, 0, STR("one"), str_of(value)),
				 change_meta_set(c, a, 0, STR("two"), str_of(value)))) < 0)
			_exit(3);
		if (write(to, "+", 1) != 1)
			_exit(4);
	}
	_exit(5);
}

/* Runs a child until it has acknowledged n times, and kills it; how many it did in all. */
static unsigned run_and_kill(struct fixture *f, uint64_t a, unsigned n)
{
	unsigned acked = 0;
	int p[2], status;
	char c;
	pid_t pid;

	assert_int_equal(0, pipe(p));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(p[0]);
		deliver_until_killed(f, a, p[1]);
	}
	close(p[1]);
	while (acked < n && read(p[0], &c, 1) == 1)
		acked++;
	kill(pid, SIGKILL);
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_true(WIFSIGNALED(status));
	while (read(p[0], &c, 1) == 1)
		acked++;
	close(p[0]);
	return acked;
}

static void check_all(struct fixture *f, uint64_t a, unsigned acked)
{
	struct mbox_info m = info_of(f, a, "INBOX");
	struct buf one, two;

	buf_init(&one, 100);
	buf_init(&two, 100);
	assert_false(f->rec.index_rebuilt);
	assert_int_equal(0, f->rec.damaged_frames);
	assert_in_range(m.messages, acked, acked + 20); /* at most one a kill was not told */
	assert_int_equal(m.messages + 1, m.uidnext);
	for (uint32_t uid = 1; uid <= m.messages; uid++)
		assert_string_equal(nth_text(uid), read_msg(f, m.id, uid));
	assert_int_equal(0, meta_find(f->s, a, 0, STR("one"), &one));
	assert_int_equal(0, meta_find(f->s, a, 0, STR("two"), &two));
	assert_true(str_eq(buf_str(&one), buf_str(&two))); /* steps of one change */
	buf_free(&one);
	buf_free(&two);
}

static void what_was_acknowledged_survives_kills(void **state)
{
	struct fixture *f = fixture_open(often);
	uint64_t a = make_account(f, "a@x.test");
	unsigned acked = 0;

	for (unsigned round = 0; round < 8; round++) {
		f->s = store_close(f->s);
		acked += run_and_kill(f, a, 1 + round * round * 3);
		fixture_reopen(f);
		assert_false(f->rec.clean);
		check_all(f, a, acked);
		assert_int_equal(0, store_check(f->s, print_difference, NULL));
	}
	fixture_close(f);
}

/* As if killed, once behind a checkpoint and once with all in the log's tail. */
static void only_the_tail_is_replayed(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct store_stats st;

	for (unsigned i = 1; i <= 50; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, store_checkpoint(f->s));
	store_stats(f->s, &st);
	assert_true(st.checkpoints >= 1);
	for (unsigned i = 51; i <= 60; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	store_abandon(f->s);
	fixture_reopen(f);
	assert_false(f->rec.index_rebuilt);
	assert_in_range(f->rec.replayed_records, 10, 11);
	assert_int_equal(60, info_of(f, a, "INBOX").messages);
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_true(f->rec.clean);
	assert_int_equal(0, f->rec.replayed_records);
	fixture_close(f);
}

/* -- the index is a view -- */

static void do_some_of_everything(struct fixture *f, uint64_t *box)
{
	uint64_t a = make_account(f, "a@x.test"), b = make_account(f, "b@x.test");
	struct uid_range r = {1, 3};
	struct uidset set = {&r, 1};
	static char big[230000];

	memset(big, 'x', sizeof(big) - 1);
	for (int i = 0; i < 9; i++)
		assert_int_equal(0, deliver(f, a, i % 2 ? "INBOX" : "Box", "P: 1\r\n", TEXT));
	assert_int_equal(0, deliver(f, b, "INBOX", "", big));
	*box = find_mbox(f, a, "Box");
	assert_int_equal(0, flag(f, *box, 1, 9, FLAGS_ADD, MSG_SEEN, "k"));
	assert_int_equal(0, ONE_STEP(f, change_copy(c, *box, set, find_mbox(f, b, "INBOX"))));
	assert_int_equal(0, ONE_STEP(f, change_seen_by(c, *box, b, set, true)));
	assert_int_equal(0, expunge(f, *box, 2, 3));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, expunge(f, *box, 4, 4));
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, *box, STR("bob"), STR("l"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_rename(c, *box, STR("New/Box"))));
	assert_int_equal(0, ONE_STEP(f, change_account_set(c, b, true, 1000000)));
	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("c@y.test"), STR("a@x.test"))));
	assert_int_equal(0, deliver(f, make_account(f, "d@x.test"), "Gone", "", TEXT));
	assert_int_equal(0, ONE_STEP(f, change_account_delete(c, b + 1)));
}

static void a_rebuilt_index_equals_the_live_one(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t box;

	do_some_of_everything(f, &box);
	assert_int_equal(0, store_check(f->s, print_difference, NULL));
	f->s = store_close(f->s);
	assert_int_equal(0, store_index_discard(f->path));
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	assert_non_null(f->rec.why_rebuilt);
	assert_int_equal(0, store_check(f->s, print_difference, NULL));
	assert_string_equal("1 5", uids_of(f, box));
	assert_string_equal("P: 1\r\n" TEXT, read_msg(f, box, 5));
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_false(f->rec.index_rebuilt);
	fixture_close(f);
}

static int put_ghost(struct store *s, struct txn *t, void *arg)
{
	struct key k = key_u64_u64(0, 0);

	key_add_str(&k, STR("ghost"));
	return arg ? tab_put(t, TAB_META, &k, STR("boo")) : tab_del(t, TAB_META, &k);
}

static int put_count(struct store *s, struct txn *t, void *arg)
{
	struct key k = key_u64(*(uint64_t *)arg);
	struct mbox_row m;
	int r = tab_get_row(t, TAB_MBOX, &k, &m, sizeof(m));

	m.messages++;
	return r < 0 ? r : tab_put(t, TAB_MBOX, &k, str_n(&m, sizeof(m)));
}

static void count_sentence(void *arg, const char *sentence)
{
	++*(unsigned *)arg;
}

static void a_check_finds_what_is_wrong(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	unsigned said = 0;

	assert_int_equal(0, commit_chore(f->s, put_ghost, f));
	assert_int_equal(1, store_check(f->s, count_sentence, &said));
	assert_int_equal(1, said);
	assert_int_equal(0, commit_chore(f->s, put_ghost, NULL));
	assert_int_equal(0, store_check(f->s, print_difference, NULL));
	assert_int_equal(0, commit_chore(f->s, put_count, &box));
	assert_true(store_check(f->s, count_sentence, &said) >= 1);
	f->s = store_close(f->s);
	assert_int_equal(0, store_index_discard(f->path));
	fixture_reopen(f);
	fixture_close(f);
}

static void a_walk_marks_an_index_that_differs(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct buf b;

	make_account(f, "a@x.test");
	buf_init(&b, 100);
	assert_int_equal(0, walk_now(f->s));
	assert_int_equal(0, meta_find(f->s, 0, 0, STR("index.walked"), &b));
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_false(f->rec.index_rebuilt);
	assert_int_equal(0, commit_chore(f->s, put_ghost, f));
	assert_int_equal(0, walk_now(f->s));
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	buf_free(&b);
	fixture_close(f);
}

/* -- damage -- */

/* Flips a bit of the first `what` in a segment of the log. */
static bool flip(struct fixture *f, const char *what)
{
	static char p[4 << 20];
	char path[400];
	struct dirent *de;
	bool done = false;
	DIR *d;

	snprintf(path, sizeof(path), "%s/log", f->path);
	d = opendir(path);
	assert_non_null(d);
	while (!done && (de = readdir(d))) {
		int fd = openat(dirfd(d), de->d_name, O_RDWR);
		ssize_t n = fd < 0 ? 0 : pread(fd, p, sizeof(p), 0);
		char *at = n > 0 ? memmem(p, (size_t)n, what, strlen(what)) : NULL;

		if (at) {
			*at ^= 1;
			done = pwrite(fd, at, 1, at - p) == 1;
		}
		if (fd >= 0)
			close(fd);
	}
	closedir(d);
	return done;
}

static void a_flipped_bit_damages_one_message(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	unsigned said = 0;

	assert_int_equal(0, deliver(f, a, "INBOX", "", "A: 1\r\n\r\nfirst\r\n"));
	assert_int_equal(0, deliver(f, a, "INBOX", "", "A: 1\r\n\r\nsecond\r\n"));
	assert_int_equal(0, deliver(f, a, "INBOX", "", "A: 1\r\n\r\nthird\r\n"));
	assert_true(flip(f, "second"));
	for (int i = 0; i < 2; i++) {
		assert_string_equal("A: 1\r\n\r\nfirst\r\n", read_msg(f, box, 1));
		assert_string_equal("E_DAMAGED", read_msg(f, box, 2));
		assert_string_equal("A: 1\r\n\r\nthird\r\n", read_msg(f, box, 3));
		assert_int_equal(1, store_check(f->s, count_sentence, &said));
		f->s = store_close(f->s);
		fixture_reopen(f);
	}
	assert_int_equal(0, expunge(f, box, 2, 2));
	assert_int_equal(0, store_reclaim(f->s));
	fixture_close(f); /* it is gone: all is well */
}

static void lost_metadata_never_gives_its_numbers_again(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");

	assert_int_equal(0, deliver(f, a, "INBOX", "P: first\r\n", TEXT));
	assert_int_equal(0, deliver(f, a, "INBOX", "P: second\r\n", TEXT));
	assert_int_equal(0, deliver(f, a, "INBOX", "P: third\r\n", TEXT));
	f->s = store_close(f->s);
	assert_int_equal(0, store_index_discard(f->path));
	assert_true(flip(f, "second"));
	fixture_reopen(f);
	assert_true(f->rec.damaged_frames >= 1);
	assert_string_equal("1 3", uids_of(f, box));
	assert_string_equal("P: third\r\n" TEXT, read_msg(f, box, 3));
	assert_true(info_of(f, a, "INBOX").uidnext >= 4);
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	f->s = store_close(f->s);
	fixture_forget(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_acknowledged_survives_kills),
		cmocka_unit_test(only_the_tail_is_replayed),
		cmocka_unit_test(a_rebuilt_index_equals_the_live_one),
		cmocka_unit_test(a_check_finds_what_is_wrong),
		cmocka_unit_test(a_walk_marks_an_index_that_differs),
		cmocka_unit_test(a_flipped_bit_damages_one_message),
		cmocka_unit_test(lost_metadata_never_gives_its_numbers_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
