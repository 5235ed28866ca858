/* work.c - blocking calls on a small pool of threads, one pool a process.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads are made when there is more to do than threads, up to THREADS_MOST. Password
 * checks and cold disk pages are what it is for: more threads than cores would not help
 * the first and a few are enough for the second. */
#include <pthread.h>
#include <signal.h>
#include "base/err.h"
#include "net/loop_impl.h"

enum { THREADS_MOST = 8 };

struct work {
	struct work *next;
	int (*fn)(void *arg);
	void *arg;
	struct wait wait;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t more, quiet;
	struct work *first, **end;
	unsigned queued, busy, most, idle, n_threads, holders;
	pthread_t threads[THREADS_MOST];
	bool stops;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
	  .more = PTHREAD_COND_INITIALIZER,
	  .quiet = PTHREAD_COND_INITIALIZER};

static struct work *take(void)
{
	struct work *w = pool.first;

	pool.first = w->next;
	if (!pool.first)
		pool.end = &pool.first;
	pool.queued--;
	pool.busy++;
	return w;
}

static void *thread_main(void *arg)
{
	pthread_mutex_lock(&pool.lock);
	while (!pool.stops || pool.first) {
		struct work *w;
		int r;

		if (!pool.first) {
			pool.idle++;
			pthread_cond_wait(&pool.more, &pool.lock);
			pool.idle--;
			continue;
		}
		w = take();
		pthread_mutex_unlock(&pool.lock);
		r = w->fn(w->arg);
		wait_done(&w->wait, r);
		pthread_mutex_lock(&pool.lock);
		if (!--pool.busy)
			pthread_cond_broadcast(&pool.quiet);
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

/* Signals belong to the loops. */
static void add_thread(void)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!pthread_create(&pool.threads[pool.n_threads], NULL, thread_main, NULL))
		pool.n_threads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static int enqueue(struct work *w)
{
	int r = 0;

	pthread_mutex_lock(&pool.lock);
	if (pool.idle <= pool.queued && pool.n_threads < THREADS_MOST && pool.holders)
		add_thread();
	if (pool.queued >= pool.most || !pool.n_threads) {
		r = E_BUSY;
	} else {
		*pool.end = w;
		pool.end = &w->next;
		pool.queued++;
		pthread_cond_signal(&pool.more);
	}
	pthread_mutex_unlock(&pool.lock);
	return r;
}

int work_run(int (*fn)(void *arg), void *arg)
{
	struct work w = {.fn = fn, .arg = arg};
	int r;

	wait_init(&w.wait);
	if (!w.wait.task)
		return fn(arg);
	r = enqueue(&w);
	return r < 0 ? r : wait_for(&w.wait);
}

void work_pool_get(unsigned most)
{
	pthread_mutex_lock(&pool.lock);
	if (!pool.holders++) {
		pool.end = &pool.first;
		pool.most = most;
		pool.stops = false;
	} else if (most > pool.most) {
		pool.most = most;
	}
	pthread_mutex_unlock(&pool.lock);
}

/* A loop is about to go: a thread may still be on its way out of waking it. */
void work_pool_put(void)
{
	bool last;

	pthread_mutex_lock(&pool.lock);
	while (pool.busy)
		pthread_cond_wait(&pool.quiet, &pool.lock);
	last = !--pool.holders;
	pool.stops = last;
	pthread_cond_broadcast(&pool.more);
	pthread_mutex_unlock(&pool.lock);
	for (; last && pool.n_threads; pool.n_threads--)
		pthread_join(pool.threads[pool.n_threads - 1], NULL);
}
