/* store_restart.c - how long a start takes with a million messages in the log; then a rebuild.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	build/bench/store_restart [folder [messages]]
 *
 * Fills a store from a child process, kills that with SIGKILL in the middle of deliveries, opens
 * the store (at most one checkpoint interval is replayed) and delivers. Then the index is thrown
 * away and rebuilt from the whole log. */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "store_bench.h"

enum { THREADS = 64 };

static _Atomic uint64_t *delivered; /* shared with the child */

struct load {
	struct bench *b;
	uint64_t account;
};

static void *thread(void *arg)
{
	struct load *l = arg;

	for (;;) {
		bench_deliver(l->b, l->account);
		++*delivered;
	}
	return NULL;
}

static void fill(struct bench *b)
{
	static struct load loads[THREADS];
	pthread_t id;

	bench_open(b);
	bench_accounts(b, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		loads[i] = (struct load){b, b->accounts[i]};
		pthread_create(&id, NULL, thread, &loads[i]);
	}
	pause();
}

static void tell(const char *what, const struct bench *b, uint64_t n, double s, double cpu)
{
	printf("%s: %.3f s (%.3f s of CPU); replayed %llu records, %.1f MiB; index %s%s", what, s, cpu,
	       (unsigned long long)b->rec.replayed_records,
	       (double)b->rec.replayed_bytes / (1 << 20),
	       b->rec.index_rebuilt ? "rebuilt: " : "from the checkpoint",
	       b->rec.index_rebuilt ? b->rec.why_rebuilt : "");
	if (n)
		printf("; %.0f messages/s", (double)n / s);
	printf("\n");
	fflush(stdout);
}

static void start_again(struct bench *b, const char *what, uint64_t n)
{
	uint64_t t0 = clock_mono_us();
	double s, cpu = cpu_seconds();

	bench_open(b);
	s = seconds_since(t0);
	tell(what, b, n, s, cpu_seconds() - cpu);
	bench_accounts(b, THREADS);
	bench_deliver(b, b->accounts[0]);
	printf("  first delivery acknowledged after %.3f s\n", seconds_since(t0));
	b->s = store_close(b->s);
}

int main(int argc, char **argv)
{
	static struct bench b;
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	pid_t child;

	delivered = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bench_folder(&b, argc > 1 ? argv[1] : ".");
	child = fork();
	if (child == 0) {
		fill(&b);
		_exit(0);
	}
	while (*delivered < n)
		usleep(10000);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	n = *delivered;
	printf("%llu messages acknowledged, then SIGKILL\n", (unsigned long long)n);
	start_again(&b, "start after the kill", 0);
	start_again(&b, "start after an orderly end", 0);
	store_index_discard(b.dir);
	start_again(&b, "start without an index", n);
	remove_folder(AT_FDCWD, b.dir);
	return 0;
}
