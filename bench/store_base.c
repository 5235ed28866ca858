/* store_base.c - what a base of the whole index costs: time, octets, and those who deliver meanwhile.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	build/bench/store_base [folder [messages [senders]]]
 *
 * Fills a store, then some senders deliver: for ten seconds alone, then while a base is written. */
#include <pthread.h>
#include <sys/stat.h>
#include "store_bench.h"
#include "store/reclaim.h"

enum { FILLERS = 64, ALONE_S = 10, TIMES = 1000000 };

static struct {
	struct bench b;
	_Atomic uint64_t left;
	_Atomic bool stop;
	uint32_t us[TIMES]; /* of deliveries; the last place is used again */
	_Atomic uint32_t n;
} my;

static void *fill(void *arg)
{
	uint64_t account = my.b.accounts[(uintptr_t)arg];

	while (atomic_fetch_sub(&my.left, 1) - 1 < UINT64_MAX / 2)
		bench_deliver(&my.b, account);
	return NULL;
}

static void *send_mail(void *arg)
{
	while (!my.stop) {
		uint64_t t0 = clock_mono_us();
		uint32_t at;

		bench_deliver(&my.b, my.b.accounts[(uintptr_t)arg]);
		at = my.n++;
		my.us[at < TIMES ? at : TIMES - 1] = (uint32_t)(clock_mono_us() - t0);
	}
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double mib(const char *name)
{
	char path[300];
	struct stat st = {0};

	snprintf(path, sizeof(path), "%s/%s", my.b.dir, name);
	stat(path, &st);
	return (double)st.st_size / (1 << 20);
}

/* How the senders fared since the last call. */
static void tell(const char *what, double s)
{
	static uint32_t us[TIMES];
	size_t n = my.n < TIMES ? my.n : TIMES;

	memcpy(us, my.us, n * sizeof(*us));
	my.n = 0;
	qsort(us, n, sizeof(*us), ascending);
	printf("%s: %.1f s, %.0f deliveries/s; 99 of 100 within %.1f ms, the slowest %.1f ms\n", what, s,
	       (double)n / s, us[n * 99 / 100] / 1e3, us[n - 1] / 1e3);
}

static void run_threads(unsigned n, void *(*fn)(void *arg), pthread_t *id)
{
	for (uintptr_t i = 0; i < n; i++)
		pthread_create(&id[i], NULL, fn, (void *)i);
}

static void join(unsigned n, pthread_t *id)
{
	for (unsigned i = 0; i < n; i++)
		pthread_join(id[i], NULL);
}

static uint64_t log_bytes(void)
{
	struct store_stats st;

	store_stats(my.b.s, &st);
	return st.log_bytes;
}

static void base(void)
{
	uint64_t t0 = clock_mono_us(), logged = log_bytes();
	double cpu = cpu_seconds(), size = mib("data.mdb");
	int r = base_write(my.b.s);

	if (r < 0)
		die("base", r);
	tell("while a base is written", seconds_since(t0));
	printf("  %.1f s of CPU in all; %.0f MiB logged; data.mdb %.0f MiB before, %.0f MiB after\n",
	       cpu_seconds() - cpu, (double)(log_bytes() - logged) / (1 << 20), size, mib("data.mdb"));
}

int main(int argc, char **argv)
{
	unsigned senders = argc > 3 ? (unsigned)atoi(argv[3]) : 4;
	pthread_t id[FILLERS];
	uint64_t t0;

	if (senders > FILLERS)
		senders = FILLERS;
	my.left = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	bench_folder(&my.b, argc > 1 ? argv[1] : ".");
	bench_open(&my.b);
	bench_accounts(&my.b, FILLERS);
	run_threads(FILLERS, fill, id);
	join(FILLERS, id);
	store_checkpoint(my.b.s);
	run_threads(senders, send_mail, id);
	t0 = clock_mono_us();
	sleep(ALONE_S);
	tell("deliveries alone", seconds_since(t0));
	base();
	my.stop = true;
	join(senders, id);
	my.b.s = store_close(my.b.s);
	remove_folder(AT_FDCWD, my.b.dir);
	return 0;
}
