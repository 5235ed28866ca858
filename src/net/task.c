/* task.c - stacks, starting and parking.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A stack is one mapping: a guard page, then room that grows down, then the struct task
 * at its top. A task's stack outlives it: the next one is entered at the same loop. */
#include "net/task.h"
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/err.h"
#include "net/fiber.h"
#include "net/loop_impl.h"
#include "net/task_swap.h"

enum {
	GUARD_BYTES = 4096,
	FREE_MOST = 64, /* stacks kept for the next tasks */
#if defined(FIBER_ASAN) || defined(FIBER_TSAN)
	STACK_BYTES = 4 * TASK_STACK_BYTES, /* their frames are larger */
#else
	STACK_BYTES = TASK_STACK_BYTES,
#endif
	MAP_BYTES = GUARD_BYTES + STACK_BYTES,
	HEAD_BYTES = 128, /* of struct task, at the top */
};
static_assert(sizeof(struct task) <= HEAD_BYTES, "struct task fits above its stack");

struct wish {
	struct list link;
	void (*fn)(void *arg);
	void *arg;
};

static char *stack_bottom(struct task *t)
{
	return (char *)t + HEAD_BYTES - STACK_BYTES;
}

/* -- swapping ------------------------------------------------------------------ */

/* Loop -> task, until the task parks or is over. */
static void enter(struct loop *l, struct task *t)
{
	struct tasks *ts = &l->tasks;

	ts->current = t;
	ts->tsan_fiber = fiber_tsan_self();
	fiber_asan_leave(&ts->asan_fake, stack_bottom(t), STACK_BYTES - HEAD_BYTES);
	fiber_tsan_go(t->tsan_fiber);
	task_swap(&ts->loop_sp, t->sp);
	fiber_asan_enter(ts->asan_fake, NULL, NULL);
	ts->current = NULL;
}

/* Task -> loop. */
static void leave(struct task *t)
{
	struct tasks *ts = &t->loop->tasks;

	fiber_asan_leave(&t->asan_fake, ts->asan_bottom, ts->asan_size);
	fiber_tsan_go(ts->tsan_fiber);
	task_swap(&t->sp, ts->loop_sp);
	fiber_asan_enter(t->asan_fake, &ts->asan_bottom, &ts->asan_size);
}

/* The first function of every stack: runs one task after the other. */
static void stack_main(void)
{
	struct task *t = loop_current()->tasks.current;

	fiber_asan_enter(NULL, &t->loop->tasks.asan_bottom, &t->loop->tasks.asan_size);
	for (;;) {
		t->fn(t->arg);
		t->is_over = true;
		leave(t);
	}
}

/* -- the pool of stacks ------------------------------------------------------------- */

static struct task *stack_new(struct loop *l)
{
	char *map = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	struct task *t;

	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map, GUARD_BYTES, PROT_NONE) < 0) {
		munmap(map, MAP_BYTES);
		return NULL;
	}
	t = (struct task *)(map + MAP_BYTES - HEAD_BYTES);
	*t = (struct task){.loop = l, .tsan_fiber = fiber_tsan_new()};
	t->valgrind_id = (unsigned)fiber_valgrind_add(stack_bottom(t), t);
	t->sp = task_swap_new(stack_bottom(t), STACK_BYTES - HEAD_BYTES, stack_main);
	l->tasks.n++;
	return t;
}

static void stack_free(struct task *t)
{
	char *map = stack_bottom(t) - GUARD_BYTES;

	t->loop->tasks.n--;
	fiber_valgrind_del(t->valgrind_id);
	fiber_tsan_free(t->tsan_fiber);
	fiber_asan_forget(map + GUARD_BYTES, STACK_BYTES);
	munmap(map, MAP_BYTES);
}

static struct task *stack_get(struct loop *l)
{
	struct tasks *ts = &l->tasks;
	struct task *t = ts->free;

	if (!t)
		return ts->n < ts->most ? stack_new(l) : NULL;
	ts->free = t->next_free;
	ts->n_free--;
	return t;
}

static void stack_put(struct task *t)
{
	struct tasks *ts = &t->loop->tasks;

	if (ts->n_free >= FREE_MOST) {
		stack_free(t);
		return;
	}
	t->next_free = ts->free;
	ts->free = t;
	ts->n_free++;
}

/* -- starting and going on ------------------------------------------------------------ */

static void run(struct loop *l, struct task *t, void (*fn)(void *arg), void *arg)
{
	t->fn = fn;
	t->arg = arg;
	t->is_over = false;
	enter(l, t);
}

/* Gives the stack of a task that is over to those who wished for one, in turn. */
static void pass_on(struct loop *l, struct task *t)
{
	while (t->is_over && !list_is_empty(&l->tasks.wishes)) {
		struct wish *w = container_of(l->tasks.wishes.next, struct wish, link);
		void (*fn)(void *) = w->fn;
		void *arg = w->arg;

		list_del(&w->link);
		free(w);
		run(l, t, fn, arg);
	}
	if (t->is_over)
		stack_put(t);
}

static int wish_add(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct wish *w = malloc(sizeof(*w));

	if (!w)
		return E_NOMEM;
	w->fn = fn;
	w->arg = arg;
	list_add_tail(&l->tasks.wishes, &w->link);
	return 0;
}

/* A task started by a task begins when that one parks or is over: stacks never nest. */
int task_start(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct task *t;

	if (l->tasks.current)
		return wish_add(l, fn, arg);
	t = stack_get(l);
	if (!t && !l->tasks.n)
		return E_NOMEM; /* not one stack: no wish would ever be granted */
	if (!t)
		return wish_add(l, fn, arg);
	run(l, t, fn, arg);
	pass_on(l, t);
	return 0;
}

void task_resume(struct task *t)
{
	enter(t->loop, t);
	if (t->is_over)
		pass_on(t->loop, t);
}

bool tasks_can_grant(const struct loop *l)
{
	const struct tasks *ts = &l->tasks;

	return !list_is_empty(&ts->wishes) && (ts->free || ts->n < ts->most);
}

/* Starts what tasks have asked for and there are stacks for. Called once a turn. */
void tasks_grant(struct loop *l)
{
	struct task *t;

	while (!list_is_empty(&l->tasks.wishes) && (t = stack_get(l))) {
		t->is_over = true;
		pass_on(l, t);
	}
}

struct task *task_current(void)
{
	struct loop *l = loop_current();

	return l ? l->tasks.current : NULL;
}

void task_park(struct task *t)
{
	leave(t);
}

void tasks_init(struct loop *l, unsigned most)
{
	l->tasks = (struct tasks){.most = most};
	list_init(&l->tasks.wishes);
}

bool tasks_are_over(const struct loop *l)
{
	return l->tasks.n == l->tasks.n_free && list_is_empty(&l->tasks.wishes);
}

void tasks_free(struct loop *l)
{
	assert(tasks_are_over(l));
	while (l->tasks.free) {
		struct task *t = l->tasks.free;

		l->tasks.free = t->next_free;
		stack_free(t);
	}
}
