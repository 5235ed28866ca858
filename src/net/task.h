/* task.h - straight-line code that can wait: stackful tasks on a loop.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A task runs on a stack of 64 KiB with a guard page, from its loop's bounded
 * pool. It waits for us (a commit, the disk, a password check), never for a client
 * (net/conn.h). A task is never killed: a wait ends, at worst with E_CLOSED, and
 * the task leaves by its own `out:`. It stays on its loop's thread for life. */
#ifndef NET_TASK_H
#define NET_TASK_H

#include <stdbool.h>
#include "base/attr.h"

struct loop;
struct task;

enum { TASK_STACK_BYTES = 64 * 1024 };

/* Runs fn(arg) on a stack of l's, at once, until it returns or first waits. Without
 * a free stack it runs as soon as one is given back, in order. Only on l's thread.
 * E_NOMEM if not even the wish could be kept. */
int task_start(struct loop *l, void (*fn)(void *arg), void *arg);

struct task *task_current(void); /* NULL on a plain stack */

/* One event to wait for, in the waiter's frame:
 *
 *	struct wait w;
 *	wait_init(&w);
 *	hand_over(&w);         // somebody calls wait_done(&w, result), on any thread, once
 *	return wait_for(&w);   // result
 *
 * wait_done may come before wait_for. Outside a task wait_for blocks the thread. */
struct wait {
	struct task *task;
	struct wait *next; /* in the loop's inbox */
	int result;
	int state; /* atomic; private to task.c */
};
void wait_init(struct wait *w);
void wait_done(struct wait *w, int result);
MAY_WAIT int wait_for(struct wait *w);

/* Marks many waits as done, with few wake-ups: between begin and end each loop is
 * woken at most once. For the committer; begin and end on one thread. */
void wait_batch_begin(void);
void wait_batch_end(void);

/* Runs fn(arg), which may block, on a pool thread and waits for its result. E_BUSY
 * without calling it when too many are queued already (the pool's limit). Outside a
 * task it just calls fn. */
MAY_WAIT int work_run(int (*fn)(void *arg), void *arg);

/* Lets the loop serve others, then goes on. Nothing outside a task. */
MAY_WAIT void task_yield(void);
MAY_WAIT void task_sleep(unsigned ms);

#endif
