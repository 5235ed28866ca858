/* loop_impl.h - Private to net/: what a loop is made of.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The loop has an epoll descriptor of its own; libuv's (signals, timers and whatever
 * else a higher room wants) is watched by it like one more descriptor. uv_poll would
 * cost a connection seven system calls of epoll_ctl and ioctl; ours costs one. */
#ifndef NET_LOOP_IMPL_H
#define NET_LOOP_IMPL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include "net/loop.h"
#include "net/task.h"

/* -- descriptors: edge-triggered unless asked otherwise ----------------------- */

struct watch {
	void (*fn)(struct watch *w, uint32_t events); /* EPOLLIN, ... */
	int fd;
};
int watch_add(struct loop *l, struct watch *w, uint32_t events); /* E_NOMEM, E_IO */
int watch_change(struct loop *l, struct watch *w, uint32_t events);
void watch_del(struct loop *l, struct watch *w);

/* -- from any thread, without memory: fn runs once on the loop, for however many nudges before --- */

struct nudge {
	struct wait head;
	void (*fn)(struct nudge *n);
	atomic_bool is_under_way;
};
void nudge_init(struct nudge *n, void (*fn)(struct nudge *n));
void nudge_send(struct loop *l, struct nudge *n);

/* -- things to call later in this turn, before the loop sleeps --------------------- */

struct soon {
	struct list link;
	void (*fn)(struct soon *s);
};
void soon_init(struct soon *s, void (*fn)(struct soon *s));
void soon_call(struct loop *l, struct soon *s); /* once, however often it is asked */
void soon_bury(struct loop *l, struct soon *s); /* after this turn's events: to free memory */

/* -- timers: three wheels of 64 slots (64 ms, 4 s, 4.4 min) ------------------------- */

enum { WHEEL_LEVELS = 3, WHEEL_BITS = 6, WHEEL_SLOTS = 1 << WHEEL_BITS, TICK_BITS = 6 };

struct wheel {
	uint64_t tick; /* the next one to look at; a tick is 64 ms */
	uint64_t used[WHEEL_LEVELS]; /* a bit a slot; may be stale where a timer was cleared */
	struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
};
void wheel_init(struct wheel *w, uint64_t now_ms);
void wheel_insert(struct wheel *w, struct timer *t); /* for its at_ms; t is not linked */
void wheel_run(struct wheel *w, uint64_t now_ms);  /* calls what is due */
int wheel_wait_ms(struct wheel *w, uint64_t now_ms); /* until something may be due; -1: never */

/* -- buffers: two sizes, kept on free lists -------------------------------------------- */

enum { BUF_BIG_BYTES = 16384, BUF_SMALL_BYTES = 512 };

struct free_buf {
	struct free_buf *next;
};
struct pool {
	struct free_buf *free;
	unsigned n_free;
};

/* -- tasks ------------------------------------------------------------------------- */

struct task {
	void *sp;          /* where it was parked */
	struct loop *loop;
	void (*fn)(void *arg);
	void *arg;
	struct task *next_free;
	bool is_over;
	void *asan_fake;   /* the sanitizers' and valgrind's idea of this stack */
	void *tsan_fiber;
	unsigned valgrind_id;
};

struct tasks {
	struct task *current, *free;
	unsigned n, n_free, most; /* stacks there are, free ones, the limit */
	struct list wishes;       /* task_start without a stack */
	void *loop_sp;            /* of the loop's own stack, while a task runs */
	void *tsan_fiber, *asan_fake;
	const void *asan_bottom;
	size_t asan_size;
};
void tasks_init(struct loop *l, unsigned most);
void tasks_free(struct loop *l);
void task_resume(struct task *t);
void task_park(struct task *t); /* back to the loop; task_resume goes on behind it */
bool tasks_can_grant(const struct loop *l); /* a wish, and a stack for it */
void tasks_grant(struct loop *l);
bool tasks_are_over(const struct loop *l);

struct loop {
	int epoll_fd, event_fd;
	uint64_t now_ms, turn;
	_Atomic(struct wait *) inbox; /* newest first; task == NULL: a struct post or nudge */
	atomic_bool sleeps, stop;
	struct list soon, graves;
	struct watch wake, uv_watch;
	struct wheel wheel;
	struct tasks tasks;
	struct pool big, small;
	unsigned work_most;
	uv_loop_t uv;
};
void inbox_push(struct loop *l, struct wait *first, struct wait *last); /* first is the newest */

void *buf_big(struct loop *l); /* BUF_BIG_BYTES; NULL without memory */
void *buf_small(struct loop *l);
void buf_big_back(struct loop *l, void *p); /* NULL is fine */
void buf_small_back(struct loop *l, void *p);
void bufs_free(struct loop *l);

/* -- the thread pool, one a process ------------------------------------------------- */

void work_pool_get(unsigned most); /* each loop holds it */
void work_pool_put(void);

#endif
