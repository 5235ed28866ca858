/* timer_test.c - the wheels against a plain model, over hours of made-up time.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "net/loop_impl.h"

enum { TIMERS = 400 };

struct probe {
	struct timer timer;
	uint64_t fired_ms;
	unsigned fired;
};

static uint64_t now_ms;
static struct probe probes[TIMERS];
static struct wheel wheel;

static void fires(struct timer *t)
{
	struct probe *p = container_of(t, struct probe, timer);

	p->fired_ms = now_ms;
	p->fired++;
}

static void start_at(uint64_t ms)
{
	now_ms = ms;
	wheel_init(&wheel, now_ms);
	for (int i = 0; i < TIMERS; i++) {
		probes[i] = (struct probe){0};
		timer_init(&probes[i].timer, fires);
	}
}

static void set(struct probe *p, uint64_t in_ms)
{
	p->timer.at_ms = now_ms + in_ms;
	wheel_insert(&wheel, &p->timer);
}

/* A small generator: the same numbers every time. */
static uint64_t next_random(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* Sleeps as a loop would: as long as the wheel says. */
static void run_until(uint64_t end_ms)
{
	while (now_ms < end_ms) {
		int ms = wheel_wait_ms(&wheel, now_ms);

		now_ms += ms < 0 || now_ms + (uint64_t)ms > end_ms ? end_ms - now_ms : (uint64_t)ms;
		wheel_run(&wheel, now_ms);
	}
}

static void late_but_never_early(void **state)
{
	static const uint64_t spans[] = {100, 5000, 70000, 1000000, 20000000, 90000000};

	for (size_t k = 0; k < COLUMNS(spans); k++) {
		start_at(1000 + next_random() % 1000000);
		for (int i = 0; i < TIMERS; i++)
			set(&probes[i], next_random() % spans[k]);
		run_until(now_ms + spans[k] + 64);
		for (int i = 0; i < TIMERS; i++) {
			assert_int_equal(probes[i].fired, 1);
			assert_true(probes[i].fired_ms >= probes[i].timer.at_ms);
			assert_true(probes[i].fired_ms <= probes[i].timer.at_ms + 64);
		}
		assert_int_equal(wheel_wait_ms(&wheel, now_ms), -1);
	}
}

static void set_while_time_goes_on(void **state)
{
	start_at(123456);
	for (int i = 0; i < TIMERS; i++) {
		set(&probes[i], next_random() % 300000);
		run_until(now_ms + next_random() % 2000);
	}
	run_until(now_ms + 300064);
	for (int i = 0; i < TIMERS; i++) {
		assert_int_equal(probes[i].fired, 1);
		assert_true(probes[i].fired_ms >= probes[i].timer.at_ms);
		assert_true(probes[i].fired_ms <= probes[i].timer.at_ms + 64);
	}
}

static void cleared_ones_do_not_fire(void **state)
{
	start_at(0);
	for (int i = 0; i < TIMERS; i++)
		set(&probes[i], (uint64_t)i * 100);
	for (int i = 0; i < TIMERS; i += 2)
		timer_clear(&probes[i].timer);
	timer_clear(&probes[0].timer);
	run_until(now_ms + TIMERS * 100 + 64);
	for (int i = 0; i < TIMERS; i++)
		assert_int_equal(probes[i].fired, i % 2);
}

static void a_long_sleep_fires_all(void **state)
{
	start_at(5);
	for (int i = 0; i < TIMERS; i++)
		set(&probes[i], (uint64_t)i * 977);
	now_ms += 10000000;
	wheel_run(&wheel, now_ms);
	for (int i = 0; i < TIMERS; i++)
		assert_int_equal(probes[i].fired, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_but_never_early),
		cmocka_unit_test(set_while_time_goes_on),
		cmocka_unit_test(cleared_ones_do_not_fire),
		cmocka_unit_test(a_long_sleep_fires_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
