/* wait.c - one event, one waiter, any thread.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Invariants of struct wait:
 *  1. state goes OPEN -> DONE, or OPEN -> PARKED|BLOCKED -> DONE, once.
 *  2. Who moves it from OPEN to DONE touches it no more: its frame may be gone.
 *  3. Who moves it from PARKED to DONE owns it until it is in the loop's inbox; only
 *     the loop's own thread resumes the task, so that one has left its stack by then. */
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "net/loop_impl.h"

enum { OPEN, PARKED, BLOCKED, DONE };

static _Thread_local struct {
	unsigned depth;
	struct wait *first, *last; /* first is the oldest */
} batch;

void wait_init(struct wait *w)
{
	*w = (struct wait){.task = task_current()};
}

static bool move(struct wait *w, int to)
{
	int open = OPEN;

	return __atomic_compare_exchange_n(&w->state, &open, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

static void block(struct wait *w)
{
	while (__atomic_load_n(&w->state, __ATOMIC_ACQUIRE) != DONE)
		syscall(SYS_futex, &w->state, FUTEX_WAIT_PRIVATE, BLOCKED, NULL, NULL, 0);
}

int wait_for(struct wait *w)
{
	if (move(w, w->task ? PARKED : BLOCKED)) {
		if (w->task)
			task_park(w->task);
		else
			block(w);
	}
	return w->result;
}

static void hand_in(struct wait *w)
{
	if (!batch.depth) {
		inbox_push(w->task->loop, w, w);
		return;
	}
	w->next = NULL;
	if (batch.last)
		batch.last->next = w;
	else
		batch.first = w;
	batch.last = w;
}

void wait_done(struct wait *w, int result)
{
	int was;

	w->result = result;
	was = __atomic_exchange_n(&w->state, DONE, __ATOMIC_ACQ_REL); /* inv 2 */
	if (was == PARKED)
		hand_in(w); /* inv 3 */
	else if (was == BLOCKED)
		syscall(SYS_futex, &w->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void wait_batch_begin(void)
{
	batch.depth++;
}

/* Takes those of one loop out of the batch, newest first as an inbox wants them. */
static void push_one_loop(void)
{
	struct loop *l = batch.first->task->loop;
	struct wait *rest = NULL, *rest_last = NULL, *mine = NULL, *mine_oldest = NULL;

	for (struct wait *w = batch.first, *next; w; w = next) {
		next = w->next;
		if (w->task->loop == l) {
			w->next = mine;
			mine = w;
			if (!mine_oldest)
				mine_oldest = w;
		} else {
			w->next = NULL;
			if (rest_last)
				rest_last->next = w;
			else
				rest = w;
			rest_last = w;
		}
	}
	batch.first = rest;
	batch.last = rest_last;
	inbox_push(l, mine, mine_oldest);
}

void wait_batch_end(void)
{
	if (--batch.depth)
		return;
	while (batch.first)
		push_one_loop();
}

/* -- sleeping ------------------------------------------------------------------------ */

void task_yield(void)
{
	struct wait w;

	wait_init(&w);
	if (!w.task)
		return;
	w.state = PARKED; /* we hand it in ourselves, before we leave */
	inbox_push(w.task->loop, &w, &w);
	task_park(w.task);
}

struct nap {
	struct timer timer;
	struct wait wait;
};

static void nap_is_over(struct timer *t)
{
	wait_done(&container_of(t, struct nap, timer)->wait, 0);
}

void task_sleep(unsigned ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
	struct nap nap;

	wait_init(&nap.wait);
	if (!nap.wait.task) {
		while (nanosleep(&t, &t) < 0)
			;
		return;
	}
	timer_init(&nap.timer, nap_is_over);
	timer_set(nap.wait.task->loop, &nap.timer, ms);
	wait_for(&nap.wait);
}
