/* store_deliver.c - durable deliveries of 4 KiB a second, from N threads to N accounts.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	build/bench/store_deliver [folder [seconds [threads ...]]]
 *
 * Each thread delivers, waits for the commit, and delivers again, as a connection does. Parsing,
 * rendering and CRCs are in. The folder must not be a tmpfs. */
#include <pthread.h>
#include "store_bench.h"

struct load {
	struct bench *b;
	unsigned i;
	_Atomic bool *stop;
	uint64_t n, worst_us;
};

static void *thread(void *arg)
{
	struct load *l = arg;

	while (!*l->stop) {
		uint64_t t0 = clock_mono_us(), us;

		bench_deliver(l->b, l->b->accounts[l->i]);
		us = clock_mono_us() - t0;
		l->worst_us = us > l->worst_us ? us : l->worst_us;
		l->n++;
	}
	return NULL;
}

static void run(struct bench *b, unsigned threads, double seconds)
{
	static struct load loads[1024];
	static pthread_t ids[1024];
	_Atomic bool stop = false;
	struct store_stats was, now;
	uint64_t t0, n = 0, worst = 0;
	double cpu, s;

	store_stats(b->s, &was);
	t0 = clock_mono_us();
	cpu = cpu_seconds();
	for (unsigned i = 0; i < threads; i++) {
		loads[i] = (struct load){.b = b, .i = i, .stop = &stop};
		pthread_create(&ids[i], NULL, thread, &loads[i]);
	}
	usleep((useconds_t)(seconds * 1e6));
	stop = true;
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		n += loads[i].n;
		worst = loads[i].worst_us > worst ? loads[i].worst_us : worst;
	}
	s = seconds_since(t0);
	cpu = cpu_seconds() - cpu;
	store_stats(b->s, &now);
	printf("%4u threads: %8.0f deliveries/s, %6.1f us CPU each, %5.1f a group, %llu checkpoints, "
	       "worst %.1f ms\n",
	       threads, (double)n / s, cpu * 1e6 / (double)n,
	       (double)n / (double)(now.groups - was.groups),
	       (unsigned long long)(now.checkpoints - was.checkpoints), (double)worst / 1000);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct bench b;
	double seconds = argc > 2 ? atof(argv[2]) : 5;
	const char *usual[] = {"1", "10", "64"};
	const char *const *threads = argc > 3 ? (const char *const *)argv + 3 : usual;
	int n = argc > 3 ? argc - 3 : (int)COLUMNS(usual);

	bench_folder(&b, argc > 1 ? argv[1] : ".");
	bench_open(&b);
	bench_accounts(&b, 1024);
	for (int i = 0; i < n; i++) {
		int t = atoi(threads[i]);

		run(&b, t < 1 ? 1 : t > 1024 ? 1024 : (unsigned)t, seconds);
	}
	store_close(b.s);
	remove_folder(AT_FDCWD, b.dir);
	return 0;
}
