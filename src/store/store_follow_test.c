/* store_follow_test.c - other writers' records become visible; a crash leaves no uploads behind.
 * SPDX-License-Identifier: Apache-2.0 */
#include <semaphore.h>
#include "store/store_fixture.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

static void use_memory(struct store_opts *o)
{
	o->backend = "memory";
	o->memory_seed = 0;
}

static void post(void *arg)
{
	sem_post(arg);
}

/* Another writer flags message 1. */
static void flag_elsewhere(struct fixture *f, uint64_t account, uint64_t mbox, uint64_t modseq)
{
	struct uid_range one = {1, 1};
	struct record r = {.type = REC_FLAGS, .account = account, .txid = 77, .modseq = modseq,
			   .flags = {.mbox = mbox, .op = FLAGS_ADD, .flags = MSG_ANSWERED,
				     .r = &one, .n = 1}};
	struct log_item it = {.account = account, .type = REC_FLAGS};
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(0, record_encode(&b, &r));
	it.meta = buf_str(&b);
	assert_int_equal(0, memory_append_other(f->s->log, &it));
	buf_free(&b);
}

static void what_others_append_becomes_visible(void **state)
{
	struct fixture *f = fixture_open(use_memory);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct account_info info;
	struct watch *w;
	sem_t changed;

	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, account_get(f->s, a, &info));
	sem_init(&changed, 0, 0);
	assert_int_equal(0, watch_open(&w, f->s, box, post, &changed));
	flag_elsewhere(f, a, box, info.modseq + 1);
	while (sem_wait(&changed))
		;
	assert_int_equal(MSG_ANSWERED, msg_of(f, box, 1).flags);
	assert_int_equal(info.modseq + 1, msg_of(f, box, 1).modseq);
	watch_close(w);
	sem_destroy(&changed);
	/* ours comes behind it */
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(info.modseq + 2, msg_of(f, box, 1).modseq);
	fixture_close(f);
}

static int count_files(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), n = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d)
		return fd < 0 ? 1 : 0;
	while ((de = readdir(d)))
		if (de->d_name[0] != '.')
			n += count_files(fd, de->d_name);
	closedir(d);
	return n;
}

/* A process that keeps one large message, is in the middle of another, and dies. */
static void upload_and_die(struct fixture *f, uint64_t account)
{
	size_t n = 300000;
	char *text = malloc(n);
	struct delivery to = {.account = account, .mbox = STR("INBOX")};
	struct draft *d;

	memset(text, 'x', n);
	fixture_reopen(f);
	if (deliver_to(f, &to, str_n(text, n)) < 0 || draft_open(&d, f->s, n) < 0 ||
	    draft_write(d, str_n(text, n / 2)) < 0)
		_exit(1);
	_exit(0);
}

static void uploads_of_a_crash_are_removed(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	int dir = open(f->path, O_RDONLY | O_DIRECTORY), status;
	pid_t pid;

	f->s = store_close(f->s);
	pid = fork();
	if (pid == 0)
		upload_and_die(f, a);
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_int_equal(0, status);
	assert_int_equal(2, count_files(dir, "blob"));
	fixture_reopen(f);
	f->s = store_close(f->s); /* the thread that looks for them ends before it */
	assert_int_equal(1, count_files(dir, "blob"));
	fixture_reopen(f);
	assert_int_equal(300000, msg_of(f, box, 1).size);
	close(dir);
	fixture_close(f);
}

static int64_t shift_ms;

static int64_t shifted(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + shift_ms;
}

static void a_jump_is_remembered(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct store_stats st;

	shift_ms = (int64_t)24 * 3600 * 1000;
	f->s->now_ms = shifted;
	assert_int_equal(0, store_reclaim(f->s));
	f->s = store_close(f->s);
	fixture_reopen(f);
	store_stats(f->s, &st);
	assert_true(st.clock_jumped);
	assert_int_equal(0, store_clock_confirm(f->s));
	f->s = store_close(f->s);
	fixture_reopen(f);
	store_stats(f->s, &st);
	assert_true(st.clock_jumped); /* the log's time is a day ahead: it went back */
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_append_becomes_visible),
		cmocka_unit_test(uploads_of_a_crash_are_removed),
		cmocka_unit_test(a_jump_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
