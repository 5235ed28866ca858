/* calls.c - every call on the write path fails once, with EIO and with ENOSPC.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	calls [--seed S] [--most N] [--only KIND:NTH:ERRNO]
 *
 * One scenario is run and its calls of each kind counted; then it is run again for each of
 * them (at most N of a kind, spread evenly), and that call fails. Allowed: operations are
 * refused and the store goes on; or the process ends by itself. Then the store is opened
 * again, and what was answered must be there, what was refused must not. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/err.h"
#include "hooks.h"
#include "tree.h"
#include "work.h"

enum { OPS = 40, CHILD_S = 60, REFUSED_MOST = 4 };

struct shared {
	struct work work;
	struct op v[OPS + 2];
	uint64_t count[CALL_KINDS];
	bool opened, failed, ended;
	char why[700];
};

static struct {
	char dir[256];
	uint64_t seed;
	unsigned most;
	struct shared *s;
} my = {.seed = 1, .most = 60};

static struct store_opts options(void)
{
	return (struct store_opts){
		.dir = my.dir, .backend = "file", .segment_bytes = 1 << 20,
		.checkpoint_log_bytes = 64 << 10, .checkpoint_index_bytes = 1 << 20,
		.checkpoint_s = 1000, .reserve_bytes = 64 << 10, .undelete_s = 0,
		.lock_wait_ms = 1000,
	};
}

/* In a child: all of the scenario; what happened is left in shared memory. */
static void scenario(void)
{
	struct store_opts o = options();
	struct store *s = NULL;
	int e = store_open(&s, &o, NULL);

	my.s->opened = e >= 0;
	if (e < 0) /* a clean refusal; the second try meets no failure */
		e = store_open(&s, &o, NULL);
	if (e < 0) {
		snprintf(my.s->why, sizeof(my.s->why), "the second store_open: %s: %s",
			 err_row(e)->name, store_why());
		_exit(1);
	}
	workload_run(&my.s->work, s, my.seed, 1, OPS);
	if (my.s->work.refused > REFUSED_MOST)
		snprintf(my.s->why, sizeof(my.s->why), "%zu operations refused after one failure",
			 my.s->work.refused);
	store_close(s);
	for (int k = 0; k < CALL_KINDS; k++)
		my.s->count[k] = hooks_count((enum call)k);
	my.s->failed = hooks_failed();
	my.s->ended = true;
}

static void verify(void)
{
	struct store_opts o = options();
	struct expect e = {.cut = my.s->work.clock + 1};
	struct store *s = NULL;
	struct actor *a = &my.s->work.actor[0];
	int err = store_open(&s, &o, NULL);

	if (err < 0) {
		snprintf(my.s->why, sizeof(my.s->why), "reopened: %s: %s", err_row(err)->name, store_why());
		_exit(1);
	}
	if (!a->id) /* it did not get as far as the workload */
		_exit(0);
	if (a->v[a->n].ended == UINT64_MAX)
		a->n++; /* under way when the process ended */
	if (!work_check(s, &my.s->work, &e, my.s->why))
		_exit(1);
	store_close(s);
}

/* Exit status, or -signal. */
static int child(void (*fn)(void), enum call kind, uint64_t nth, int eno)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(CHILD_S);
		if (fn == scenario) {
			hooks_watch(my.dir, NULL);
			hooks_fail(kind, nth, eno, false);
		}
		fn();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void reset(void)
{
	memset(my.s, 0, sizeof(*my.s));
	my.s->work.goes_on = my.s->work.reclaims = true;
	my.s->work.actor[0].v = my.s->v;
	tree_fresh(my.dir);
}

/* One call fails. False: why. `ended`: the process chose to end. */
static bool try_one(enum call kind, uint64_t nth, int eno, bool *ended, char why[900])
{
	int status;

	reset();
	status = child(scenario, kind, nth, eno);
	*ended = !my.s->ended;
	if (my.s->why[0] || status == 99 || (status < 0 && status != -SIGABRT)) {
		snprintf(why, 900, "status %d: %s", status, my.s->why);
		return false;
	}
	status = child(verify, kind, 0, 0);
	if (status != 0)
		snprintf(why, 900, "afterwards, status %d: %s%s", status, my.s->why,
			 *ended ? " (the process had ended itself)" : "");
	return status == 0;
}

static bool try_kind(enum call kind, uint64_t n, int eno)
{
	uint64_t step = n > my.most ? n / my.most : 1, tried = 0, ends = 0, bad = 0;
	const char *name = eno == EIO ? "EIO" : eno == ENOSPC ? "ENOSPC" : "ENOMEM";
	char why[900];
	bool ended;

	for (uint64_t nth = 1; nth <= n && bad < 3; nth += step) {
		bool ok = try_one(kind, nth, eno, &ended, why);

		tried++;
		ends += ended;
		bad += !ok;
		if (!ok)
			printf("not ok %s_%s: seed %ju, number %ju of %ju: %s\n", call_names[kind], name,
			       (uintmax_t)my.seed, (uintmax_t)nth, (uintmax_t)n, why);
	}
	if (!bad && tried)
		printf("ok %s_%s: %ju of %ju calls failed once each; the process ended itself %ju times\n",
		       call_names[kind], name, (uintmax_t)tried, (uintmax_t)n, (uintmax_t)ends);
	fflush(stdout);
	return !bad;
}

/* For a closer look at one of them: "pwrite:8:5". */
static int try_only(const char *text)
{
	char kind[32], why[900] = "";
	unsigned nth = 0;
	int eno = 0;
	bool ended, ok = false;

	if (sscanf(text, "%31[a-z]:%u:%d", kind, &nth, &eno) != 3)
		return 64;
	for (int k = 0; k < CALL_KINDS; k++)
		if (strcmp(call_names[k], kind) == 0)
			ok = try_one((enum call)k, nth, eno, &ended, why);
	printf("%s %s: %s\n", ok ? "ok" : "not ok", text, why);
	tree_remove(my.dir);
	return !ok;
}

int main(int argc, char **argv)
{
	static const struct option known[] = {{"seed", 1, 0, 's'}, {"most", 1, 0, 'm'},
		{"only", 1, 0, 'o'}, {0}};
	uint64_t count[CALL_KINDS];
	const char *only = NULL;
	bool ok = true;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 's')
			my.seed = strtoull(optarg, NULL, 10);
		else if (c == 'm')
			my.most = (unsigned)atoi(optarg);
		else if (c == 'o')
			only = optarg;
		else
			return 64;
	}
	tree_temporary(my.dir, "mkcalls");
	my.s = mmap(NULL, sizeof(*my.s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (only)
		return try_only(only);
	reset();
	if (child(scenario, CALL_WRITE, 0, 0) != 0 || my.s->work.refused || my.s->why[0]) {
		printf("not ok calls: the scenario itself fails: %s\n", my.s->why);
		return 1;
	}
	memcpy(count, my.s->count, sizeof(count));
	for (int k = 0; k < CALL_KINDS; k++) {
		if (k == CALL_MALLOC) {
			ok &= try_kind((enum call)k, count[k], ENOMEM);
			continue;
		}
		ok &= try_kind((enum call)k, count[k], EIO);
		ok &= try_kind((enum call)k, count[k], ENOSPC);
	}
	tree_remove(my.dir);
	return ok ? 0 : 1;
}
