/* task_test.c - tasks, waits across threads, the pool, the loop that carries them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "net/loop_impl.h"

/* A loop in the test's own thread: posts something, runs until told to stop. */
static struct loop *loop;

static void begin(unsigned stacks_most, unsigned work_most)
{
	struct loop_opts o = {stacks_most, work_most};

	assert_int_equal(loop_new(&loop, &o), 0);
}

static void finish(void)
{
	assert_int_equal(loop_run(loop), 0);
	loop = loop_free(loop);
}

/* -- order ------------------------------------------------------------------------ */

static char trace[64];

static void note(char c)
{
	size_t n = strlen(trace);

	assert_true(n < sizeof(trace) - 1);
	trace[n] = c;
	trace[n + 1] = '\0';
}

static void yields(void *arg)
{
	const char *c = arg;

	note(c[0]);
	task_yield();
	note(c[1]);
	task_sleep(1);
	note(c[2]);
	if (c[2] == 'Z')
		loop_stop(loop);
}

static void starts_a_task(void *arg)
{
	note('<');
	assert_int_equal(task_start(loop, yields, (void *)"xyZ"), 0);
	note('>');
}

static void start_all(void *arg)
{
	assert_null(task_current());
	task_start(loop, yields, (void *)"abc");
	note('1'); /* "at once, until it first waits" */
	task_start(loop, yields, (void *)"def");
	note('2');
	task_start(loop, starts_a_task, NULL);
	note('3');
}

static void tasks_run_at_once_and_in_turn(void **state)
{
	trace[0] = '\0';
	begin(0, 0);
	assert_int_equal(loop_post(loop, start_all, NULL), 0);
	finish();
	assert_memory_equal(trace, "a1d2<>x3", 8); /* a finished task's stack passes on */
	assert_int_equal(strlen(trace), 8 + 6);
}

/* -- a bounded pool ----------------------------------------------------------------- */

static unsigned over;

static void one_of_many(void *arg)
{
	char bytes[900];

	memset(bytes, 7, sizeof(bytes));
	for (uintptr_t i = (uintptr_t)arg % 7; i; i--)
		task_yield();
	assert_int_equal(bytes[(uintptr_t)arg % sizeof(bytes)], 7);
	assert_true(loop->tasks.n <= 4);
	if (++over == 1000)
		loop_stop(loop);
}

static void start_many(void *arg)
{
	for (uintptr_t i = 0; i < 1000; i++)
		assert_int_equal(task_start(loop, one_of_many, (void *)i), 0);
	assert_int_equal(loop->tasks.n, 4);
}

static void an_exhausted_pool_makes_them_queue(void **state)
{
	over = 0;
	begin(4, 0);
	loop_post(loop, start_many, NULL);
	finish();
	assert_int_equal(over, 1000);
}

/* -- waits from other threads ---------------------------------------------------------- */

enum { WAITERS = 50, ROUNDS = 2000, FINISHERS = 2 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct {
		struct wait *w;
		int result;
	} v[WAITERS + 1];
	unsigned n;
	bool stops;
} orders = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void order(struct wait *w, int result)
{
	pthread_mutex_lock(&orders.lock);
	orders.v[orders.n].w = w;
	orders.v[orders.n++].result = result;
	pthread_cond_signal(&orders.more);
	pthread_mutex_unlock(&orders.lock);
}

/* Like the committer: takes all there is, tells all at once. */
static void *finisher(void *arg)
{
	pthread_mutex_lock(&orders.lock);
	while (!orders.stops || orders.n) {
		if (!orders.n) {
			pthread_cond_wait(&orders.more, &orders.lock);
			continue;
		}
		wait_batch_begin();
		while (orders.n) {
			orders.n--;
			wait_done(orders.v[orders.n].w, orders.v[orders.n].result);
		}
		pthread_mutex_unlock(&orders.lock);
		wait_batch_end();
		pthread_mutex_lock(&orders.lock);
	}
	pthread_mutex_unlock(&orders.lock);
	return NULL;
}

static void waiter(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct wait w;

		wait_init(&w);
		order(&w, i * 3);
		assert_int_equal(wait_for(&w), i * 3);
	}
	if (++over == WAITERS)
		loop_stop(loop);
}

static void start_waiters(void *arg)
{
	for (int i = 0; i < WAITERS; i++)
		task_start(loop, waiter, NULL);
}

static void a_hundred_thousand_waits(void **state)
{
	pthread_t t[FINISHERS];

	over = 0;
	orders.stops = false;
	begin(0, 0);
	for (int i = 0; i < FINISHERS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, finisher, NULL), 0);
	loop_post(loop, start_waiters, NULL);
	assert_int_equal(loop_run(loop), 0);
	pthread_mutex_lock(&orders.lock);
	orders.stops = true;
	pthread_cond_broadcast(&orders.more);
	pthread_mutex_unlock(&orders.lock);
	for (int i = 0; i < FINISHERS; i++)
		pthread_join(t[i], NULL);
	loop = loop_free(loop); /* not before: they may be on their way out of wait_done */
	assert_int_equal(over, WAITERS);
}

static void *done_from_thread(void *arg)
{
	wait_done(arg, 17);
	return NULL;
}

static void plain_threads_block(void **state)
{
	struct wait w;
	pthread_t t;

	for (int i = 0; i < 200; i++) {
		wait_init(&w);
		assert_int_equal(pthread_create(&t, NULL, done_from_thread, &w), 0);
		assert_int_equal(wait_for(&w), 17);
		pthread_join(t, NULL);
	}
	wait_init(&w);
	wait_done(&w, 3); /* before anybody waits */
	assert_int_equal(wait_for(&w), 3);
	task_yield();
	task_sleep(1);
}

/* -- the thread pool --------------------------------------------------------------------- */

static sem_t gate;
static unsigned refused, served;

static int blocks(void *arg)
{
	sem_wait(&gate);
	return 5;
}

static void works(void *arg)
{
	int r = work_run(blocks, NULL);

	if (r == E_BUSY)
		refused++;
	else if (r == 5)
		served++;
	if (refused + served == 40)
		loop_stop(loop);
}

static void start_works(void *arg)
{
	for (int i = 0; i < 40; i++)
		task_start(loop, works, NULL);
	for (int i = 0; i < 40; i++)
		sem_post(&gate);
}

static void a_full_pool_says_busy(void **state)
{
	refused = served = 0;
	sem_init(&gate, 0, 0);
	begin(0, 10);
	loop_post(loop, start_works, NULL);
	finish();
	assert_int_equal(refused + served, 40);
	assert_true(refused >= 40 - 10 - 8); /* queued and running at most */
	assert_true(served >= 10);
	sem_post(&gate);
	assert_int_equal(work_run(blocks, NULL), 5); /* outside a task: just called */
	sem_destroy(&gate);
}

/* -- the loop ------------------------------------------------------------------------------- */

enum { POSTS = 20000 };

static unsigned next_post, from_uv;

static void in_order(void *arg)
{
	assert_int_equal((uintptr_t)arg, next_post);
	if (++next_post == POSTS)
		loop_stop(loop);
}

static void *posts(void *arg)
{
	for (uintptr_t i = 0; i < POSTS; i++)
		assert_int_equal(loop_post(loop, in_order, (void *)i), 0);
	return NULL;
}

static void posts_come_in_order(void **state)
{
	pthread_t t;

	next_post = 0;
	begin(0, 0);
	assert_int_equal(pthread_create(&t, NULL, posts, NULL), 0);
	assert_int_equal(loop_run(loop), 0);
	pthread_join(t, NULL);
	loop = loop_free(loop);
	assert_int_equal(next_post, POSTS);
}

static void uv_timer_fired(uv_timer_t *t)
{
	if (++from_uv % 10 == 3) {
		uv_close((uv_handle_t *)t, NULL);
		loop_stop(loop);
	}
}

static void uv_signal_came(uv_signal_t *s, int signum)
{
	static uv_timer_t timer;

	from_uv += 10;
	uv_close((uv_handle_t *)s, NULL);
	uv_timer_init(loop_uv(loop), &timer);
	uv_timer_start(&timer, uv_timer_fired, 5, 5);
}

/* First a handle alone that has no timeout: only uv's queue tells of it. */
static void start_uv(void *arg)
{
	static uv_signal_t sig;

	uv_signal_init(loop_uv(loop), &sig);
	uv_signal_start(&sig, uv_signal_came, SIGUSR1);
	raise(SIGUSR1);
}

static void libuv_lives_in_the_loop(void **state)
{
	from_uv = 0;
	begin(0, 0);
	loop_post(loop, start_uv, NULL);
	finish();
	assert_int_equal(from_uv, 13);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tasks_run_at_once_and_in_turn),
		cmocka_unit_test(an_exhausted_pool_makes_them_queue),
		cmocka_unit_test(a_hundred_thousand_waits),
		cmocka_unit_test(plain_threads_block),
		cmocka_unit_test(a_full_pool_says_busy),
		cmocka_unit_test(posts_come_in_order),
		cmocka_unit_test(libuv_lives_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
