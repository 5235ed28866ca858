/* images.c - power cuts: what a disk may hold at any moment must recover to what was answered.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	images [--images N] [--seed S] [--jobs J] [--ops N] [--fault NAME] [--keep DIR]
 *
 * A recording is one seeded workload on a new store with every write and sync (hooks.h). Each
 * image of it is cut at some position and torn (disk.h), opened in a process of its own and
 * checked (work.h); in a third of them the recovery is recorded too, and cut again. With a
 * planted fault (store/fault.h) the run must find something wrong: else it says `not caught`. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "disk.h"
#include "store/fault.h"
#include "tree.h"
#include "work.h"

enum { CUTS = 60, SECOND_CUTS = 3, CHILD_S = 60, FAILURES_MOST = 5 };

static struct {
	uint64_t images_wanted, seed;
	unsigned jobs, fault;
	size_t ops;
	const char *fault_name, *keep;
	char dir[256];
} opts = {.images_wanted = 1500, .jobs = 2, .ops = 70};

static struct shared { /* between the processes */
	uint64_t images, grain[2], doubles, recordings, failures, events, octets, rebuilds;
} *total;

struct run { /* one recording, one process */
	uint64_t seed;
	struct recording rec;
	struct work work;
	struct store_opts store;
	char live[280], image[280], second[280];
};

struct verdict { /* from a child, in shared memory */
	char why[700];
	bool second;
};

/* -- recording -------------------------------------------------------------------------- */

static void choose_opts(struct run *r)
{
	struct rnd rnd = rnd_begin(r->seed * 31 + 5);

	r->store = (struct store_opts){
		.backend = "file",
		.segment_bytes = (128 << 10) << rnd_below(&rnd, 4),
		.checkpoint_log_bytes = 16384 << rnd_below(&rnd, 4),
		.checkpoint_index_bytes = 256 << 10,
		.checkpoint_s = 1,
		.reserve_bytes = 64 << 10,
		.undelete_s = rnd_below(&rnd, 2) ? 0 : -1,
		.lock_wait_ms = 100,
	};
	r->store.compress = rnd_below(&rnd, 3) == 0;
	r->store.compress_from_bytes = 2000;
	r->work.reclaims = r->store.undelete_s == 0;
	r->work.bases = r->work.reclaims && rnd_below(&rnd, 2);
	if (r->work.bases)
		r->store.segment_bytes = 64 << 10; /* so that some are old, and under half live */
}

static bool record(struct run *r)
{
	struct rnd rnd = rnd_begin(r->seed * 17 + 3);
	struct store *s = NULL;
	struct disk *all;
	bool ok;
	int e;

	choose_opts(r);
	tree_fresh(r->live);
	hooks_watch(r->live, &r->rec);
	r->store.dir = r->live;
	e = store_open(&s, &r->store, NULL);
	if (e < 0) {
		printf("not ok recording: store_open: %s: %s\n", err_row(e)->name, store_why());
		return false;
	}
	ok = workload_run(&r->work, s, r->seed, rnd_below(&rnd, 3) ? 4 : 1, opts.ops);
	if (!ok)
		printf("not ok recording: seed %ju: %s\n", (uintmax_t)r->seed, r->work.why);
	store_close(s);
	hooks_ignore();
	all = disk_new();
	for (size_t i = 0; i < r->rec.n; i++)
		disk_apply(all, &r->rec.v[i]);
	if (ok && !disk_matches(all, r->live)) {
		printf("not ok recording: seed %ju: the hooks missed a call\n", (uintmax_t)r->seed);
		ok = false;
	}
	disk_free(all);
	tree_remove(r->live);
	return ok;
}

/* Was a checkpoint durable at the cut? Then a rebuild is a failure of the index's promise. */
static bool had_checkpoint(const struct recording *rec, uint64_t cut)
{
	uint32_t dir = 0;

	for (size_t i = 0; i < cut && i < rec->n; i++) {
		const struct event *e = &rec->v[i];

		if (e->type == EV_RENAME && strstr(e->to, "checkpoint"))
			dir = e->dir2;
		if (dir && e->type == EV_SYNC_DIR && e->obj == dir)
			return true;
	}
	return false;
}

/* -- one image, in a child ----------------------------------------------------------------- */

struct check {
	const struct work *work;
	struct expect expect;
	bool no_rebuild;
	unsigned blobs_most;
};

static bool say_difference_seen;
static void say_difference(void *arg, const char *sentence)
{
	char *why = arg;

	if (!say_difference_seen)
		snprintf(why, 512, "store_check: %s", sentence);
	say_difference_seen = true;
}

/* A store that came back must also go on: one more message each, with a UID never told. */
static bool goes_on(struct store *s, struct work *w, const struct expect *e, struct op extra[], char why[512])
{
	for (unsigned i = 0; i < w->n_actors; i++) {
		struct actor *a = &w->actor[i];
		struct state st = {0};
		struct account_info info;
		char name[64];

		memset(&extra[i], 0, sizeof(extra[i]));
		actor_name(a->id, name);
		if (account_find(s, str_of(name), &info) < 0)
			continue;
		a->account = info.id;
		for (size_t k = 0; k < a->n && a->v[k].ended <= e->cut; k++)
			state_apply(&st, &a->v[k]);
		uint32_t next = st.box[BOX_INBOX].uidnext;

		state_free(&st);
		extra[i] = (struct op){.kind = OP_DELIVER, .msg = (uint64_t)a->id << 40 | 1, .size = 700};
		extra[i].began = hooks_now();
		int err = work_deliver_one(s, a, &extra[i]);

		extra[i].ended = hooks_now();
		if (err < 0 || extra[i].uid < next) {
			snprintf(why, 512, "after recovery: %s gets %s, uid %u, told before: %u", name,
				 err < 0 ? err_row(err)->name : "a message", extra[i].uid, next);
			return false;
		}
	}
	return true;
}

static bool open_and_check(struct store **ret, const char *dir, const struct run *r, struct check *c,
			   char why[700])
{
	struct store_opts o = r->store;
	struct store_recovery rec = {0};
	char found[512] = "";
	char blobs[300];
	int e;

	o.dir = dir;
	e = store_open(ret, &o, &rec);
	if (e < 0)
		return snprintf(why, 700, "store_open: %s: %s", err_row(e)->name, store_why()), false;
	if (rec.index_rebuilt)
		__atomic_fetch_add(&total->rebuilds, 1, __ATOMIC_RELAXED);
	if (rec.index_rebuilt && c->no_rebuild)
		return snprintf(why, 700, "the index was rebuilt: %s", rec.why_rebuilt), false;
	if (rec.damaged_frames)
		return snprintf(why, 700, "%ju damaged frames", (uintmax_t)rec.damaged_frames), false;
	if (!work_check(*ret, c->work, &c->expect, found))
		return snprintf(why, 700, "%s", found), false;
	if (store_check(*ret, say_difference, found) != 0)
		return snprintf(why, 700, "%s", found), false;
	snprintf(blobs, sizeof(blobs), "%s/blob", dir);
	if (tree_files(blobs) > c->blobs_most) /* inv 10 */
		return snprintf(why, 700, "%u blob files, at most %u may be", tree_files(blobs),
				c->blobs_most), false;
	return true;
}

/* Runs fn in a process of its own: a crash or a hang is a verdict too. */
static bool in_child(bool (*fn)(void *arg, struct verdict *v), void *arg, struct verdict *v)
{
	int status;
	pid_t pid;

	memset(v, 0, sizeof(*v));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(CHILD_S);
		_exit(fn(arg, v) ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return snprintf(v->why, sizeof(v->why), "fork: %s", strerror(errno)), false;
	if (WIFSIGNALED(status)) {
		size_t n = strlen(v->why);

		snprintf(v->why + n, sizeof(v->why) - n, " killed by signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status) > 1) {
		size_t n = strlen(v->why);

		snprintf(v->why + n, sizeof(v->why) - n, " exit %d", WEXITSTATUS(status));
	}
	return status == 0;
}

struct trial {
	struct run *run;
	struct check check;
	const char *dir;
	struct tear tear;
	bool twice;
};

static bool second_trial(void *arg, struct verdict *v)
{
	struct trial *t = arg;
	struct store *s = NULL;
	bool ok = open_and_check(&s, t->dir, t->run, &t->check, v->why);

	store_close(s);
	return ok;
}

/* The operations that a first recovery made certain, then those said after it. */
static void relist(struct work *w, const struct expect *e, const struct op extra[])
{
	for (unsigned i = 0; i < w->n_actors; i++) {
		struct actor *a = &w->actor[i];
		struct op *v = calloc(a->n + 2, sizeof(*v));
		size_t n = 0;

		for (; n < a->n && a->v[n].ended <= e->cut; n++)
			v[n] = a->v[n];
		if (n < a->n && e->fate[i] == DONE) {
			v[n] = a->v[n];
			v[n].began = 0;
			v[n++].ended = e->cut;
		}
		if (extra[i].uid) {
			v[n] = extra[i];
			v[n].began += e->cut;
			v[n++].ended += e->cut;
		}
		a->v = v;
		a->n = n;
	}
}

/* A recovery that was recorded, to be cut again. */
struct again {
	struct trial *t;
	struct recording rec;
	struct disk *base;          /* the image as the recovery found it */
	uint64_t opened;            /* position when store_open had returned */
	struct work before, after;  /* what holds before that, and from then on */
};

static bool cut_once_more(struct again *g, uint64_t cut, uint64_t seed, struct verdict *v)
{
	struct trial t2 = {.run = g->t->run, .dir = g->t->run->second, .tear = g->t->tear};
	char why[512];

	t2.check = g->t->check;
	t2.check.no_rebuild |= had_checkpoint(&g->rec, cut);
	t2.check.work = cut < g->opened ? &g->before : &g->after;
	t2.check.expect = (struct expect){.cut = g->t->check.expect.cut};
	if (cut >= g->opened)
		t2.check.expect.cut += cut;
	t2.tear.seed = seed;
	tree_fresh(g->t->run->second);
	disk_build(g->base, g->t->run->second, t2.tear);
	if (in_child(second_trial, &t2, v)) {
		__atomic_fetch_add(&total->doubles, 1, __ATOMIC_RELAXED);
		return true;
	}
	snprintf(why, sizeof(why), "%.500s", v->why);
	snprintf(v->why, sizeof(v->why), "second cut at %ju of %zu (open at %ju): %s", (uintmax_t)cut,
		 g->rec.n, (uintmax_t)g->opened, why);
	return false;
}

static bool cut_again(struct again *g, char why[700])
{
	struct verdict *v = mmap(NULL, sizeof(*v), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rnd rnd = rnd_begin(g->t->tear.seed * 3 + 1);
	uint64_t at = 0, third = g->rec.n / SECOND_CUTS;

	for (uint64_t i = 0; i < SECOND_CUTS; i++) { /* ascending: one in each third */
		uint64_t cut = third * i + rnd_below(&rnd, third + 1);

		for (; at < cut; at++)
			disk_apply(g->base, &g->rec.v[at]);
		if (!cut_once_more(g, cut, rnd_next(&rnd), v)) {
			snprintf(why, 700, "%s", v->why);
			return false;
		}
	}
	return true;
}

static bool first_trial(void *arg, struct verdict *v)
{
	struct trial *t = arg;
	struct again g = {.t = t};
	struct op extra[ACTORS_MOST];
	struct work *w = &t->run->work;
	struct store *s = NULL;

	if (t->twice) {
		hooks_watch(t->dir, &g.rec);
		g.base = disk_load(t->dir);
	}
	if (!open_and_check(&s, t->dir, t->run, &t->check, v->why))
		return false;
	g.opened = hooks_now();
	if (!goes_on(s, w, &t->check.expect, extra, v->why))
		return false;
	store_close(s);
	hooks_ignore();
	if (!t->twice)
		return true;
	g.before = *w;
	relist(w, &t->check.expect, extra);
	g.after = *w;
	return cut_again(&g, v->why);
}

/* -- choosing cuts -------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Anywhere; right behind an answer; around a sync or a rename. */
static uint64_t some_cut(const struct run *r, struct rnd *rnd)
{
	const struct actor *a = &r->work.actor[rnd_below(rnd, r->work.n_actors)];
	uint64_t k = rnd_below(rnd, 3), at = 1 + rnd_below(rnd, r->rec.n);

	if (k == 1 && a->n)
		at = a->v[rnd_below(rnd, a->n)].ended + rnd_below(rnd, 3);
	for (unsigned i = 0; k == 2 && i < 50; i++) {
		enum event_type type = r->rec.v[at - 1].type;

		if (type == EV_SYNC || type == EV_SYNC_DIR || type == EV_RENAME)
			break;
		at = 1 + rnd_below(rnd, r->rec.n);
	}
	if (k == 2)
		at -= rnd_below(rnd, 2);
	return at > r->rec.n ? r->rec.n : at;
}

static unsigned blobs_until(const struct work *w, uint64_t cut)
{
	unsigned n = w->n_actors; /* one under way each */

	for (unsigned i = 0; i < w->n_actors; i++)
		for (size_t k = 0; k < w->actor[i].n && w->actor[i].v[k].began <= cut; k++)
			n += w->actor[i].v[k].kind == OP_DELIVER && w->actor[i].v[k].size > (180 << 10);
	return n;
}

static void keep_image(const struct run *r, const struct disk *d, struct tear tear, uint64_t cut)
{
	char to[PATH_MAX];

	if (!opts.keep)
		return;
	mkdir(opts.keep, 0700);
	snprintf(to, sizeof(to), "%s/seed%ju-cut%ju", opts.keep, (uintmax_t)r->seed, (uintmax_t)cut);
	tree_fresh(to);
	disk_build(d, to, tear);
	printf("kept: %s\n", to);
}

static void try_image(struct run *r, const struct disk *d, uint64_t cut, struct rnd *rnd, struct verdict *v)
{
	uint64_t kind = rnd_below(rnd, 10);
	struct trial t = {.run = r, .dir = r->image, .twice = rnd_below(rnd, 3) == 0};

	t.tear.seed = rnd_next(rnd);
	t.tear.grain = rnd_below(rnd, 2) ? 512 : 4096;
	t.tear.how = kind == 0 ? TEAR_NOTHING_KEPT : kind == 1 ? TEAR_ALL_KEPT : TEAR_RANDOM;
	t.check = (struct check){.work = &r->work, .expect = {.cut = cut}};
	t.check.no_rebuild = had_checkpoint(&r->rec, cut);
	t.check.blobs_most = blobs_until(&r->work, cut);
	tree_fresh(r->image);
	disk_build(d, r->image, t.tear);
	bool ok = in_child(first_trial, &t, v);

	__atomic_fetch_add(&total->images, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&total->grain[t.tear.grain == 4096], 1, __ATOMIC_RELAXED);
	if (ok)
		return;
	__atomic_fetch_add(&total->failures, 1, __ATOMIC_RELAXED);
	printf("%s image: seed=%ju actors=%u cut=%ju of %zu grain=%u how=%d tear=%ju%s: %s\n",
	       opts.fault ? "# caught in" : "not ok", (uintmax_t)r->seed, r->work.n_actors,
	       (uintmax_t)cut, r->rec.n, t.tear.grain, (int)t.tear.how, (uintmax_t)t.tear.seed,
	       t.twice ? " twice" : "", v->why);
	fflush(stdout);
	keep_image(r, d, t.tear, cut);
}

static bool is_enough(void)
{
	uint64_t bad = __atomic_load_n(&total->failures, __ATOMIC_RELAXED);

	return __atomic_load_n(&total->images, __ATOMIC_RELAXED) >= opts.images_wanted ||
	       bad >= (opts.fault ? 1 : FAILURES_MOST);
}

static bool one_recording(uint64_t seed, unsigned job)
{
	struct run *r = calloc(1, sizeof(*r));
	struct rnd rnd = rnd_begin(seed * 7 + 11);
	struct verdict *v = mmap(NULL, sizeof(*v), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				 -1, 0);
	struct disk *d = disk_new();
	uint64_t cuts[CUTS], at = 0;
	bool ok;

	r->seed = seed;
	snprintf(r->live, sizeof(r->live), "%s/%u.live", opts.dir, job);
	snprintf(r->image, sizeof(r->image), "%s/%u.image", opts.dir, job);
	snprintf(r->second, sizeof(r->second), "%s/%u.second", opts.dir, job);
	ok = record(r);
	if (!ok)
		__atomic_fetch_add(&total->failures, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < CUTS && ok; i++)
		cuts[i] = some_cut(r, &rnd);
	if (ok)
		qsort(cuts, CUTS, sizeof(cuts[0]), ascending);
	for (int i = 0; i < CUTS && ok && !is_enough(); i++) {
		for (; at < cuts[i]; at++)
			disk_apply(d, &r->rec.v[at]);
		try_image(r, d, cuts[i], &rnd, v);
	}
	__atomic_fetch_add(&total->recordings, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&total->events, r->rec.n, __ATOMIC_RELAXED);
	__atomic_fetch_add(&total->octets, r->rec.octets, __ATOMIC_RELAXED);
	return ok;
}

/* Each recording in a new process: threads, maps and leaks of one do not touch the next. */
static void job_run(unsigned job)
{
	for (uint64_t seed = opts.seed + job; !is_enough(); seed += opts.jobs) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(one_recording(seed, job) ? 0 : 1);
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status) || WEXITSTATUS(status) > 1) {
			printf("not ok recording: seed %ju ended with status %x\n", (uintmax_t)seed, status);
			__atomic_fetch_add(&total->failures, 1, __ATOMIC_RELAXED);
		}
	}
}

/* -- main -------------------------------------------------------------------------------------- */

static bool plant(const char *name)
{
	static const struct {
		const char *name;
		unsigned bit;
	} faults[] = {{"no-segment-sync", FAULT_NO_SEGMENT_SYNC},
		      {"commit-before-sync", FAULT_COMMIT_BEFORE_SYNC},
		      {"no-checkpoint-reader", FAULT_NO_CHECKPOINT_READER}};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(name, faults[i].name) == 0)
			opts.fault = faults[i].bit;
	opts.fault_name = name;
#ifdef MAILKEEP_FAULTS
	fault_planted = opts.fault;
	return opts.fault != 0;
#else
	fprintf(stderr, "built without -Dfaults=true\n");
	return false;
#endif
}

static bool parse(int argc, char **argv)
{
	static const struct option known[] = {{"images", 1, 0, 'n'}, {"seed", 1, 0, 's'},
		{"jobs", 1, 0, 'j'}, {"ops", 1, 0, 'o'}, {"fault", 1, 0, 'f'}, {"keep", 1, 0, 'k'}, {0}};
	int c;

	opts.seed = clock_mono_us() % 1000000 * 1000;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'n': opts.images_wanted = strtoull(optarg, NULL, 10); break;
		case 's': opts.seed = strtoull(optarg, NULL, 10); break;
		case 'j': opts.jobs = (unsigned)atoi(optarg); break;
		case 'o': opts.ops = (size_t)atoi(optarg); break;
		case 'k': opts.keep = optarg; break;
		case 'f':
			if (!plant(optarg))
				return false;
			break;
		default: return false;
		}
	}
	return optind == argc && opts.jobs > 0 && opts.jobs <= 16 && opts.ops <= OPS_MOST;
}

static int report(uint64_t began)
{
	uint64_t ms = clock_mono_ms() - began;
	bool caught = total->failures > 0;

	if (opts.fault)
		printf("%s fault_%s: %s after %ju images, seed %ju, %ju.%ju s\n", caught ? "ok" : "not ok",
		       opts.fault_name, caught ? "caught" : "not caught", (uintmax_t)total->images,
		       (uintmax_t)opts.seed, (uintmax_t)(ms / 1000), (uintmax_t)(ms / 100 % 10));
	else
		printf("%s crash_images: %ju images (grain 512: %ju, 4096: %ju), %ju cut again, of %ju"
		       " recordings (%ju events, %ju MB), %ju rebuilds, %ju failures, seed %ju, %ju.%ju s\n",
		       caught ? "not ok" : "ok", (uintmax_t)total->images, (uintmax_t)total->grain[0],
		       (uintmax_t)total->grain[1], (uintmax_t)total->doubles,
		       (uintmax_t)total->recordings, (uintmax_t)total->events,
		       (uintmax_t)(total->octets >> 20), (uintmax_t)total->rebuilds,
		       (uintmax_t)total->failures, (uintmax_t)opts.seed, (uintmax_t)(ms / 1000),
		       (uintmax_t)(ms / 100 % 10));
	return caught == (opts.fault != 0) ? 0 : 1;
}

int main(int argc, char **argv)
{
	uint64_t began = clock_mono_ms();

	if (!parse(argc, argv)) {
		fprintf(stderr, "usage: images [--images N] [--seed S] [--jobs J] [--ops N] [--fault "
				"no-segment-sync|commit-before-sync|no-checkpoint-reader] [--keep DIR]\n");
		return 64;
	}
	tree_temporary(opts.dir, "mkimages");
	total = mmap(NULL, sizeof(*total), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < opts.jobs; i++) {
		if (fork() == 0) {
			job_run(i);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	tree_remove(opts.dir);
	return report(began);
}
