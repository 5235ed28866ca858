/* flips.c - rotten bits: one message may suffer, every other one is served as it was.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	flips [--seed S] [--flips N] [--pages N] [--look DIR]      env KEEP=DIR: keeps what failed
 *
 * flips: one bit of a sealed segment is turned; half of the time the index is thrown away too,
 * so that the log must be read past the damage. At most one message may be refused or gone.
 * pages: a page of the index is turned, zeroed or copied over. The first look may find
 * errors or crash, but never sees a wrong body; the second look finds all as it was, or
 * store_check tells what is missing and a rebuild brings it back. */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "tree.h"
#include "work.h"

enum { MESSAGES = 300, CHILD_S = 60, PAGE = 4096, SEGMENTS_MOST = 64, NOT_FOUND = 3 };

static struct {
	char base[300], copy[300], dir[256];
	uint64_t seed, flips, pages;
	struct op op[MESSAGES];
	struct work work;
	unsigned good_uid;
	char segment[SEGMENTS_MOST][64];
	unsigned segments, compared;
} my = {.flips = 1000, .pages = 200};

static struct shared {
	char why[700];
	unsigned missing, wrong, checked;
} *seen;

static struct store_opts options(const char *dir)
{
	return (struct store_opts){.dir = dir, .backend = "file", .segment_bytes = 256 << 10,
		.checkpoint_log_bytes = 1 << 20, .checkpoint_s = 1000, .reserve_bytes = 64 << 10,
		.undelete_s = -1, .compress = my.seed % 2,
		.lock_wait_ms = 1000};
}

/* -- the store that rots ----------------------------------------------------------- */

static bool make_account(struct store *s, struct actor *a)
{
	struct change *c = NULL;
	char name[64];
	int e = change_new(&c, s);

	actor_name(a->id, name);
	if (e >= 0)
		e = change_account_create(c, str_of(name), &a->account);
	if (e >= 0)
		e = change_commit(&c);
	change_drop(c);
	return e >= 0;
}

static bool make_base(void)
{
	struct store_opts o = options(my.base);
	struct actor *a = &my.work.actor[0];
	struct store *s = NULL;
	struct rnd r = rnd_begin(my.seed);

	tree_fresh(my.base);
	*a = (struct actor){.work = &my.work, .id = 1};
	my.work.n_actors = 1;
	if (store_open(&s, &o, NULL) < 0 || !make_account(s, a))
		return false;
	for (unsigned i = 0; i < MESSAGES; i++) {
		my.op[i] = (struct op){.kind = OP_DELIVER, .msg = i + 1,
				       .size = 500 + (uint32_t)rnd_below(&r, 8000)};
		if (work_deliver_one(s, a, &my.op[i]) < 0)
			return false;
	}
	store_close(s);
	/* A rebuilt index is dense: most of its pages matter. */
	return store_index_discard(my.base) >= 0 && store_open(&s, &o, NULL) >= 0 && !store_close(s);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All but the newest: those are sealed. */
static void find_segments(void)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *d;

	snprintf(path, sizeof(path), "%s/log", my.base);
	d = opendir(path);
	while (d && (de = readdir(d)))
		if (strstr(de->d_name, ".seg") && my.segments < SEGMENTS_MOST)
			snprintf(my.segment[my.segments++], 64, "%.63s", de->d_name);
	if (d)
		closedir(d);
	qsort(my.segment, my.segments, 64, by_name);
	my.segments -= my.segments > 0;
}

/* -- looking at it -------------------------------------------------------------------- */

static void look_at(struct snap *p, const struct op *op)
{
	struct msg_body b = {0};
	struct buf want, got;
	int64_t n;

	if (msg_open(&b, p, op->uid) < 0) {
		seen->missing++;
		return;
	}
	buf_init(&want, 1 << 20);
	buf_init(&got, 1 << 20);
	prefix_make(op->msg, "a1@example.test", &got);
	struct buf text;

	buf_init(&text, 1 << 20);
	text_make(op->msg, op->size, &text);
	buf_add(&want, buf_str(&got));
	buf_add(&want, buf_str(&text));
	buf_free(&text);
	buf_reserve(&got, b.size + 1);
	n = msg_read(&b, 0, got.p, b.size);
	if (n < 0) {
		seen->missing++;
	} else if ((size_t)n != want.n || memcmp(got.p, want.p, want.n) != 0) {
		size_t same = 0;

		while (same < want.n && same < (size_t)n && got.p[same] == want.p[same])
			same++;
		seen->wrong++;
		snprintf(seen->why, sizeof(seen->why), "uid %u: a wrong body: %jd octets, not %zu; "
			 "the first %zu are right, then: %.60s", op->uid, (intmax_t)n, want.n, same,
			 got.p + same);
	}
	seen->checked++;
	msg_close(&b);
	buf_free(&want);
	buf_free(&got);
}

/* In a child: opens the copy and counts what is missing or wrong. */
static int look(void)
{
	struct store_opts o = options(my.copy);
	struct account_info a;
	struct mbox_info m;
	struct snap *p = NULL;
	struct store *s = NULL;
	int e = store_open(&s, &o, NULL);

	if (e < 0) {
		snprintf(seen->why, sizeof(seen->why), "store_open: %s: %s", err_row(e)->name, store_why());
		return 2;
	}
	e = account_find(s, STR("a1@example.test"), &a);
	if (e >= 0)
		e = mbox_find(s, a.id, STR("INBOX"), &m);
	if (e >= 0)
		e = snap_open(&p, s, m.id);
	if (e < 0) {
		snprintf(seen->why, sizeof(seen->why), "the mailbox: %s", err_row(e)->name);
		return NOT_FOUND;
	}
	for (unsigned i = 0; i < MESSAGES; i++)
		look_at(p, &my.op[i]);
	if (p->n > MESSAGES) {
		seen->wrong++;
		snprintf(seen->why, sizeof(seen->why), "%u messages, %u were delivered", p->n, MESSAGES);
	}
	snap_close(p);
	store_close(s);
	return 0;
}

static void say_nothing(void *arg, const char *sentence)
{
}

/* In a child: 0 if store_check finds a difference, or the index is so bad that it ends the process. */
static int compare(void)
{
	struct store_opts o = options(my.copy);
	struct store *s = NULL;

	if (store_open(&s, &o, NULL) < 0)
		return 2;
	if (store_check(s, say_nothing, NULL) == 0)
		return snprintf(seen->why, sizeof(seen->why), "store_check finds nothing"), 4;
	store_close(s);
	return 0;
}

static int look_in_child(int (*fn)(void))
{
	int status;
	pid_t pid;

	memset(seen, 0, sizeof(*seen));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(CHILD_S);
		_exit(fn());
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* -- damage ------------------------------------------------------------------------------ */

static void flip(const char *path, uint64_t at, unsigned bit)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned char c;

	if (fd < 0 || pread(fd, &c, 1, (off_t)at) != 1)
		_exit(99);
	c ^= (unsigned char)(1u << bit);
	if (pwrite(fd, &c, 1, (off_t)at) != 1)
		_exit(99);
	close(fd);
}

static uint64_t used_octets(const char *path) /* up to the last that is not zero */
{
	static char block[1 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, block, sizeof(block));

	if (fd >= 0)
		close(fd);
	while (n > 0 && !block[n - 1])
		n--;
	return n > 0 ? (uint64_t)n : 0;
}

/* With `rebuild` the first segment is left alone: the account is made there, and who loses it has
 * lost every message, whatever the log does. */
static bool one_flip(struct rnd *r, char why[900])
{
	bool rebuild = rnd_below(r, 2);
	unsigned first = rebuild ? 1 : 0;
	const char *name = my.segment[first + rnd_below(r, my.segments - first)];
	char path[PATH_MAX];
	int status;

	tree_copy(my.base, my.copy);
	snprintf(path, sizeof(path), "%s/log/%s", my.copy, name);
	uint64_t at = rnd_below(r, used_octets(path)), bit = rnd_below(r, 8);

	flip(path, at, (unsigned)bit);
	if (rebuild)
		store_index_discard(my.copy);
	status = look_in_child(look);
	if (status == 0 && !seen->wrong && seen->missing <= 1)
		return true;
	snprintf(why, 900, "%s octet %ju bit %ju%s: status %d, %u missing, %u wrong: %s", name,
		 (uintmax_t)at, (uintmax_t)bit, rebuild ? ", index rebuilt" : "", status, seen->missing,
		 seen->wrong, seen->why);
	return false;
}

static bool one_page(struct rnd *r, char why[900])
{
	static char page[PAGE], other[PAGE];
	char path[PATH_MAX];
	struct stat st;
	int first, second, third = -1;

	tree_copy(my.base, my.copy);
	snprintf(path, sizeof(path), "%s/data.mdb", my.copy);
	if (stat(path, &st) < 0)
		snprintf(path, sizeof(path), "%s/index/data.mdb", my.copy);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return snprintf(why, 900, "no data.mdb"), false;
	uint64_t pages = (uint64_t)st.st_size / PAGE, no = rnd_below(r, pages), how = rnd_below(r, 3);
	off_t at = (off_t)(no * PAGE);

	if (pread(fd, page, PAGE, at) != PAGE ||
	    pread(fd, other, PAGE, (off_t)(rnd_below(r, pages) * PAGE)) != PAGE)
		_exit(99);
	if (how == 0)
		page[rnd_below(r, PAGE)] ^= (char)(1 << rnd_below(r, 8));
	if (pwrite(fd, how == 0 ? page : how == 1 ? memset(page, 0, PAGE) : other, PAGE, at) != PAGE)
		_exit(99);
	close(fd);
	first = look_in_child(look);
	if (seen->wrong)
		return snprintf(why, 900, "page %ju way %ju: %s", (uintmax_t)no, (uintmax_t)how, seen->why), false;
	if (first == 0 && seen->missing == 0)
		return true;
	second = look_in_child(look);
	if (second == 0 && !seen->wrong && !seen->missing)
		return true;
	/* Nothing read a row that was wrong: some were not found. Who compares index and log sees it. */
	if (!seen->wrong && (second == 0 || second == NOT_FOUND))
		third = look_in_child(compare);
	if (third == 0)
		store_index_discard(my.copy);
	/* store_check may meet the page that ends the process, once: the index is marked then */
	if ((third == 0 || third == EX_IOERR || third == -SIGBUS || third == -SIGSEGV) &&
	    look_in_child(look) == 0 && !seen->missing && !seen->wrong) {
		my.compared++;
		return true;
	}
	if (getenv("KEEP") && access(getenv("KEEP"), F_OK)) /* the first */
		tree_copy(my.copy, getenv("KEEP"));
	snprintf(why, 900, "page %ju of %ju way %ju: status %d, then %d, %d, %u missing, %u wrong: %s",
		 (uintmax_t)no, (uintmax_t)pages, (uintmax_t)how, first, second, third, seen->missing,
		 seen->wrong, seen->why);
	return false;
}

static bool many(const char *name, uint64_t n, bool (*one)(struct rnd *r, char why[900]))
{
	struct rnd r = rnd_begin(my.seed * 13);
	uint64_t bad = 0, began = clock_mono_ms();
	char why[900];

	for (uint64_t i = 0; i < n && bad < 5; i++) {
		if (one(&r, why))
			continue;
		bad++;
		printf("# %s\n", why);
	}
	printf("%s %s: %ju, %u messages in %u sealed segments, %u found by store_check, seed %ju, %ju ms"
	       "%s%s\n", bad ? "not ok" : "ok", name, (uintmax_t)n, MESSAGES, my.segments, my.compared,
	       (uintmax_t)my.seed, (uintmax_t)(clock_mono_ms() - began), bad ? ": " : "", bad ? why : "");
	fflush(stdout);
	return !bad;
}

int main(int argc, char **argv)
{
	static const struct option known[] = {{"seed", 1, 0, 's'}, {"flips", 1, 0, 'f'},
		{"pages", 1, 0, 'p'}, {"look", 1, 0, 'l'}, {0}};
	const char *only = NULL;
	bool ok;
	int c;

	my.seed = clock_mono_us() % 1000000;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 's': my.seed = strtoull(optarg, NULL, 10); break;
		case 'f': my.flips = strtoull(optarg, NULL, 10); break;
		case 'l': only = optarg; break;
		case 'p': my.pages = strtoull(optarg, NULL, 10); break;
		default: return 64;
		}
	}
	tree_temporary(my.dir, "mkflips");
	snprintf(my.base, sizeof(my.base), "%s/base", my.dir);
	snprintf(my.copy, sizeof(my.copy), "%s/copy", my.dir);
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (only) { /* a kept copy, under a debugger */
		snprintf(my.copy, sizeof(my.copy), "%s", only);
		printf("%d, %s\n", look(), seen->why);
		return 0;
	}
	ok = make_base();
	if (ok)
		find_segments();
	if (!ok || my.segments < 3) {
		printf("not ok flips: the base store: %s, %u segments\n", store_why(), my.segments);
		return 1;
	}
	tree_copy(my.base, my.copy);
	if (look_in_child(look) != 0 || seen->missing || seen->wrong || seen->checked != MESSAGES) {
		printf("not ok flips: the base is not whole: %s\n", seen->why);
		return 1;
	}
	ok &= many("bit_flips", my.flips, one_flip);
	ok &= many("index_pages", my.pages, one_page);
	tree_remove(my.dir);
	return ok ? 0 : 1;
}
