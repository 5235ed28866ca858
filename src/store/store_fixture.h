/* store_fixture.h - what the tests of the store share: a temporary store, users, messages.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/'s tests. Each test runs on the file backend, then on the memory backend in a
 * good mood and in bad ones (run_everywhere). */
#ifndef STORE_STORE_FIXTURE_H
#define STORE_STORE_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include <unistd.h>
#include <cmocka.h>
#include <sched.h>
#include "base/err.h"
#include "store/change.h"
#include "store/index/env.h"
#include "store/index/replay.h"
#include "store/internal.h"
#include "store/log/memory.h"

struct fixture {
	char path[64];
	struct store_opts o;
	struct store *s;
	struct store_recovery rec;
};

static struct store_opts fixture_opts = {.backend = "file", .segment_bytes = 4 << 20};

static inline void fixture_reopen(struct fixture *f)
{
	int r = store_open(&f->s, &f->o, &f->rec);

	if (r)
		print_error("%s: %s\n", err_row(r)->name, store_why());
	assert_int_equal(0, r);
}

/* `change` may alter the options. */
static inline struct fixture *fixture_open(void (*change)(struct store_opts *o))
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->path, sizeof(f->path), "%s/mkstore.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->path));
	f->o = fixture_opts;
	f->o.dir = f->path;
	f->o.undelete_s = 0;
	if (change)
		change(&f->o);
	fixture_reopen(f);
	return f;
}

static inline void remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (de->d_name[0] != '.' && unlinkat(fd, de->d_name, 0) < 0)
			remove_tree(fd, de->d_name);
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

static inline void print_difference(void *arg, const char *sentence)
{
	print_error("%s\n", sentence);
}

static inline bool fixture_is_memory(const struct fixture *f)
{
	return str_eq(str_of(f->o.backend), STR("memory"));
}

/* Every test ends with a check. */
static inline void fixture_close(struct fixture *f)
{
	int dir;

	assert_int_equal(0, store_check(f->s, print_difference, NULL));
	f->s = store_close(f->s);
	dir = open(f->path, O_RDONLY | O_DIRECTORY);
	if (fixture_is_memory(f))
		memory_forget(dir);
	close(dir);
	remove_tree(AT_FDCWD, f->path);
	free(f);
}

/* One whose store is closed and may not open again. */
static inline void fixture_forget(struct fixture *f)
{
	remove_tree(AT_FDCWD, f->path);
	free(f);
}

static inline uint64_t make_account(struct fixture *f, const char *name)
{
	struct change *c;
	uint64_t id = 0;

	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_account_create(c, str_of(name), &id));
	assert_int_equal(0, change_commit(&c));
	assert_int_not_equal(0, id);
	return id;
}

static inline struct draft *make_draft(struct fixture *f, struct str text)
{
	struct draft *d;

	assert_int_equal(0, draft_open(&d, f->s, 0));
	assert_int_equal(0, draft_write(d, text));
	return d;
}

/* The commit's result, or the delivery's. */
static inline int deliver_to(struct fixture *f, struct delivery *to, struct str text)
{
	struct draft *d = make_draft(f, text);
	struct change *c;
	int r;

	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_deliver(c, d, to, 1));
	r = change_commit(&c);
	draft_drop(d);
	return r ? r : to->err;
}

static inline int deliver(struct fixture *f, uint64_t account, const char *mbox, const char *prefix,
			  const char *text)
{
	struct delivery to = {.account = account, .mbox = str_of(mbox), .make_mbox = true,
			      .prefix = str_of(prefix), .envelope_from = STR("from@example.test"),
			      .envelope_to = STR("to@example.test")};

	return deliver_to(f, &to, str_of(text));
}

static inline uint64_t find_mbox(struct fixture *f, uint64_t account, const char *name)
{
	struct mbox_info m;

	assert_int_equal(0, mbox_find(f->s, account, str_of(name), &m));
	return m.id;
}

static inline struct mbox_info info_of(struct fixture *f, uint64_t account, const char *name)
{
	struct mbox_info m = {0};

	assert_int_equal(0, mbox_find(f->s, account, str_of(name), &m));
	return m;
}

static inline int expunge(struct fixture *f, uint64_t mbox, uint32_t lo, uint32_t hi)
{
	struct uid_range r = {lo, hi};
	struct change *c;

	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_expunge(c, mbox, (struct uidset){&r, 1}));
	return change_commit(&c);
}

static inline int flag(struct fixture *f, uint64_t mbox, uint32_t lo, uint32_t hi, enum flag_op op,
		       uint32_t flags, const char *keyword)
{
	struct uid_range r = {lo, hi};
	struct str k = str_of(keyword);
	struct change *c;

	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_flags(c, mbox, (struct uidset){&r, 1}, op, flags, &k,
					 keyword ? 1 : 0));
	return change_commit(&c);
}

/* The whole text of a message, or the error as a string. */
static inline const char *read_msg(struct fixture *f, uint64_t mbox, uint32_t uid)
{
	static char text[300000];
	struct msg_body b;
	struct snap *p;
	int64_t n;
	int r;

	assert_int_equal(0, snap_open(&p, f->s, mbox));
	r = msg_open(&b, p, uid);
	if (r == 0) {
		n = msg_read(&b, 0, text, sizeof(text) - 1);
		assert_int_equal(n, b.size);
		text[n] = 0;
		msg_close(&b);
	}
	snap_close(p);
	return r ? err_row(r)->name : text;
}

/* ONE_STEP(f, change_mbox_delete(c, id)): the result of a change of that step. */
#define ONE_STEP(f, step)                                    \
	({                                                   \
		struct change *c;                            \
		assert_int_equal(0, change_new(&c, (f)->s)); \
		assert_int_equal(0, step);                   \
		change_commit(&c);                           \
	})

static inline struct msg_info msg_of(struct fixture *f, uint64_t mbox, uint32_t uid)
{
	struct msg_info m = {0};
	struct snap *p;

	assert_int_equal(0, snap_open(&p, f->s, mbox));
	assert_int_equal(0, snap_info(p, uid, &m));
	snap_close(p);
	return m;
}

/* The UIDs of a mailbox: "1 3 4". */
static inline const char *uids_of(struct fixture *f, uint64_t mbox)
{
	static char text[4096];
	struct snap *p;
	int n = 0;

	assert_int_equal(0, snap_open(&p, f->s, mbox));
	text[0] = 0;
	for (uint32_t i = 0; i < p->n && n < 4000; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, i ? " %u" : "%u",
			      p->msgs[i].uid);
	snap_close(p);
	return text;
}

/* -- changes that become one group: the committer stands still until they are queued -- */

struct gate {
	struct store *s;
	pthread_t thread;
	_Atomic bool is_held, is_open;
};

static inline int gate_hold(struct store *s, struct txn *t, void *arg)
{
	struct gate *g = arg;

	g->is_held = true;
	while (!g->is_open)
		sched_yield();
	return 0;
}

static inline void *gate_run(void *arg)
{
	struct gate *g = arg;

	return (void *)(intptr_t)commit_chore(g->s, gate_hold, g);
}

static inline void gate_close(struct gate *g, struct store *s)
{
	g->s = s;
	g->is_held = g->is_open = false;
	assert_int_equal(0, pthread_create(&g->thread, NULL, gate_run, g));
	while (!g->is_held)
		sched_yield();
}

/* Runs fn in a thread until its change is the nth in the queue. */
static inline pthread_t gate_queue(struct gate *g, void *(*fn)(void *arg), void *arg, unsigned nth)
{
	unsigned n = 0;
	pthread_t t;

	assert_int_equal(0, pthread_create(&t, NULL, fn, arg));
	while (n != nth) {
		sched_yield();
		n = 0;
		pthread_mutex_lock(&g->s->lock);
		for (const struct change *c = g->s->queue; c; c = c->next)
			n++;
		pthread_mutex_unlock(&g->s->lock);
	}
	return t;
}

static inline int result_of(pthread_t t)
{
	void *r;

	pthread_join(t, &r);
	return (int)(intptr_t)r;
}

static inline void gate_open(struct gate *g)
{
	g->is_open = true;
	assert_int_equal(0, result_of(g->thread));
}

static inline int run_everywhere(const char *name, const struct CMUnitTest *tests, size_t n,
				 unsigned seeds)
{
	char label[64];
	int failed;

	fixture_opts.backend = "file";
	snprintf(label, sizeof(label), "%s, file", name);
	failed = _cmocka_run_group_tests(label, tests, n, NULL, NULL);
	fixture_opts.compress = true;
	snprintf(label, sizeof(label), "%s, file, packed", name);
	failed += _cmocka_run_group_tests(label, tests, n, NULL, NULL);
	fixture_opts.compress = false;
	fixture_opts.backend = "memory";
	for (unsigned seed = 0; seed <= seeds; seed++) {
		fixture_opts.memory_seed = seed;
		snprintf(label, sizeof(label), "%s, memory, mood %u", name, seed);
		failed += _cmocka_run_group_tests(label, tests, n, NULL, NULL);
	}
	fixture_opts.compress = true;
	snprintf(label, sizeof(label), "%s, memory, packed", name);
	failed += _cmocka_run_group_tests(label, tests, n, NULL, NULL);
	fixture_opts.compress = false;
	return failed;
}

#endif
