/* store_view.c - what IMAP asks of the store, in figures: views, rows, flags, copies.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	build/bench/store_view [folder [messages]]
 *
 * One mailbox of so many messages of 4 KiB (100,000; most of them copies, so that it is filled
 * quickly). Reading is from a warm cache; what is changed is synced. No tmpfs. */
#include <pthread.h>
#include "store_bench.h"
#include "store/view.h"

enum { ROUNDS = 9, CONNECTIONS = 8, SECONDS = 3 };

static struct bench b;
static struct arena arena;
static uint64_t box;

static void commit(struct change *c, int r, const char *what)
{
	if (r >= 0)
		r = change_commit(&c);
	if (r < 0)
		die(what, r);
}

static struct change *new_change(void)
{
	struct change *c;

	if (change_new(&c, b.s) < 0)
		die("change", E_NOMEM);
	return c;
}

static int by_value(const void *x, const void *y)
{
	double p = *(const double *)x, q = *(const double *)y;

	return p < q ? -1 : p > q;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* -- filling -- */

static void fill(uint32_t n)
{
	struct mbox_info m;
	uint32_t have = 500;

	for (uint32_t i = 0; i < have; i++)
		bench_deliver(&b, b.accounts[0]);
	if (mbox_find(b.s, b.accounts[0], STR("INBOX"), &m) < 0)
		die("INBOX", E_NOMBOX);
	box = m.id;
	while (have < n) {
		uint32_t more = n - have < have ? n - have : have;
		struct uid_range r = {1, more < 20000 ? more : 20000};
		struct change *c = new_change();

		commit(c, change_copy(c, box, (struct uidset){&r, 1}, box), "copy");
		have += r.hi;
	}
}

/* Every tenth message goes, from one of `out_of` parts: many runs instead of one. */
static void make_gaps(uint32_t n)
{
	struct uid_range *r = calloc(n / 10, sizeof(*r));
	struct change *c = new_change();

	for (uint32_t i = 0; i < n / 10; i++)
		r[i] = (struct uid_range){i * 10 + 1, i * 10 + 1};
	change_in_slices(c);
	commit(c, change_expunge(c, box, (struct uidset){r, n / 10}), "expunge");
	free(r);
}

/* -- reading -- */

static struct view *open_view(void)
{
	struct view *v;
	int r = view_open(&v, b.s, box);

	if (r < 0)
		die("view_open", r);
	return v;
}

static void measure_open(const char *what)
{
	double us[ROUNDS];
	uint32_t runs = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t t0 = clock_mono_us();
		struct view *v = open_view();

		us[i] = (double)(clock_mono_us() - t0);
		runs = v->n_runs;
		view_close(v);
	}
	printf("view_open, %s: %.0f us (%u runs)\n", what, median(us, ROUNDS), runs);
}

static void measure_look(void)
{
	struct view *v = open_view();
	uint64_t t0 = clock_mono_us();
	struct view_news news;

	for (int i = 0; i < 100000; i++)
		if (view_look(v, &arena, &news) < 0)
			die("view_look", E_IO);
	printf("view_look, nothing new: %.2f us\n", (double)(clock_mono_us() - t0) / 100000);
	view_close(v);
}

struct sum {
	uint64_t n, x;
};

static bool add(void *arg, const struct view_row *row)
{
	struct sum *s = arg;

	s->n++;
	s->x += row->info.flags + row->info.uid + row->envelope.n + row->structure.n;
	return true;
}

static void measure_each(const char *what, unsigned want)
{
	struct view *v = open_view();
	struct uid_range all = {1, UINT32_MAX};
	double ns[ROUNDS];
	struct sum s;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t t0 = clock_mono_us();
		uint32_t next;

		s = (struct sum){0};
		if (view_each(v, (struct uidset){&all, 1}, want, add, &s, &next) < 0)
			die("view_each", E_IO);
		ns[i] = (double)(clock_mono_us() - t0) * 1000 / (double)s.n;
	}
	printf("view_each, %s: %.0f ns a message (%llu)\n", what, median(ns, ROUNDS),
	       (unsigned long long)s.n);
	view_close(v);
}

/* -- changing -- */

static void flag(struct uid_range r, bool on, bool in_slices)
{
	struct change *c = new_change();

	if (in_slices)
		change_in_slices(c);
	commit(c, change_flags(c, box, (struct uidset){&r, 1}, on ? FLAGS_ADD : FLAGS_REMOVE,
			       MSG_FLAGGED, NULL, 0),
	       "flags");
}

static void measure_store(uint32_t n)
{
	double s[ROUNDS], cpu = cpu_seconds();

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t t0 = clock_mono_us();

		flag((struct uid_range){1, n}, i % 2 == 0, true);
		s[i] = seconds_since(t0);
	}
	cpu = cpu_seconds() - cpu;
	printf("STORE of %u messages at once: %.0f messages/s (%.1f ms, %.2f us CPU each)\n", n,
	       n / median(s, ROUNDS), median(s, ROUNDS) * 1000, cpu * 1e6 / ROUNDS / n);
}

struct load {
	uint32_t lo, hi;
	_Atomic bool *stop;
	uint64_t n;
};

/* A connection's STORE commands, one message each. */
static void *store_one_by_one(void *arg)
{
	struct load *l = arg;

	for (bool on = false; !*l->stop; on = !on)
		for (uint32_t uid = l->lo; uid <= l->hi && !*l->stop; uid++, l->n++)
			flag((struct uid_range){uid, uid}, on, true);
	return NULL;
}

static void measure_stores(uint32_t n)
{
	struct load loads[CONNECTIONS];
	pthread_t ids[CONNECTIONS];
	_Atomic bool stop = false;
	struct store_stats was, now;
	uint64_t t0 = clock_mono_us(), all = 0;
	double cpu = cpu_seconds(), s;

	store_stats(b.s, &was);
	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		loads[i] = (struct load){.lo = n / CONNECTIONS * i + 1, .stop = &stop};
		loads[i].hi = loads[i].lo + n / CONNECTIONS - 1;
		pthread_create(&ids[i], NULL, store_one_by_one, &loads[i]);
	}
	usleep(SECONDS * 1000000);
	stop = true;
	for (int i = 0; i < CONNECTIONS; i++) {
		pthread_join(ids[i], NULL);
		all += loads[i].n;
	}
	s = seconds_since(t0);
	cpu = cpu_seconds() - cpu;
	store_stats(b.s, &now);
	printf("STORE of one message, %d connections: %.0f/s, %.1f us CPU each, %.1f a group\n",
	       CONNECTIONS, (double)all / s, cpu * 1e6 / (double)all,
	       (double)all / (double)(now.groups - was.groups));
}

static void measure_move(uint32_t n)
{
	struct uid_range r = {n / 2, n / 2 + 9999};
	struct change_report ret = {.arena = &arena};
	uint64_t t0, other;
	struct mbox_info m;
	struct change *c = new_change();

	commit(c, change_mbox_create(c, b.accounts[0], STR("Other"), 0), "create");
	if (mbox_find(b.s, b.accounts[0], STR("Other"), &m) < 0)
		die("Other", E_NOMBOX);
	other = m.id;
	c = new_change();
	t0 = clock_mono_us();
	if (change_copy(c, box, (struct uidset){&r, 1}, other) < 0)
		die("copy", E_NOMEM);
	change_tell(c, &ret);
	commit(c, 0, "copy");
	printf("COPY of 10,000 messages: %.0f ms\n", seconds_since(t0) * 1000);
	c = new_change();
	t0 = clock_mono_us();
	change_in_slices(c);
	commit(c, change_move(c, box, (struct uidset){&r, 1}, other), "move");
	printf("MOVE of 10,000 messages: %.0f ms\n", seconds_since(t0) * 1000);
	c = new_change();
	r = (struct uid_range){1, 10000};
	t0 = clock_mono_us();
	change_in_slices(c);
	commit(c, change_expunge(c, other, (struct uidset){&r, 1}), "expunge");
	printf("EXPUNGE of 10,000 messages: %.0f ms\n", seconds_since(t0) * 1000);
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 2 ? (uint32_t)atoi(argv[2]) : 100000;

	arena_init(&arena, 64 << 20);
	bench_folder(&b, argc > 1 ? argv[1] : ".");
	bench_open(&b);
	bench_accounts(&b, 1);
	fill(n);
	measure_open("no gaps");
	measure_look();
	measure_each("flags", 0);
	measure_each("envelope", WANT_ENVELOPE);
	measure_each("envelope and structure", WANT_ENVELOPE | WANT_STRUCTURE);
	measure_store(10000);
	measure_stores(n);
	make_gaps(n);
	measure_open("every tenth is gone");
	measure_each("flags, every tenth is gone", 0);
	measure_move(n);
	store_close(b.s);
	remove_folder(AT_FDCWD, b.dir);
	return 0;
}
