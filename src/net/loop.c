/* loop.c - the turn of the loop: inbox, what is due, what is ready, sleep.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"
#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "net/loop_impl.h"

enum { EVENTS_MOST = 64, STACKS_DEFAULT = 1024, WORK_DEFAULT = 256 };

static _Thread_local struct loop *this_loop;

/* A wait without a task is a message: fn(arg), or a nudge. */
enum { IS_POST, IS_NUDGE }; /* head.result */

struct post {
	struct wait head;
	void (*fn)(void *arg);
	void *arg;
};

struct loop *loop_current(void)
{
	return this_loop;
}

uv_loop_t *loop_uv(struct loop *l)
{
	return &l->uv;
}

uint64_t loop_now_ms(struct loop *l)
{
	return l->now_ms;
}

/* -- descriptors ----------------------------------------------------------------- */

static int control(struct loop *l, int op, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	return epoll_ctl(l->epoll_fd, op, w->fd, &e) < 0 ? err_from_errno(errno) : 0;
}

int watch_add(struct loop *l, struct watch *w, uint32_t events)
{
	return control(l, EPOLL_CTL_ADD, w, events);
}

int watch_change(struct loop *l, struct watch *w, uint32_t events)
{
	return control(l, EPOLL_CTL_MOD, w, events);
}

void watch_del(struct loop *l, struct watch *w)
{
	control(l, EPOLL_CTL_DEL, w, 0);
}

/* -- the inbox ------------------------------------------------------------------- */

/* Wakes the loop if it sleeps, or is about to. The store of `sleeps`, the push and the
 * two looks are sequentially consistent: one of the two sides sees the other. */
static void wake(struct loop *l)
{
	static const uint64_t one = 1;

	if (atomic_load(&l->sleeps) && atomic_exchange(&l->sleeps, false))
		while (write(l->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
}

void inbox_push(struct loop *l, struct wait *first, struct wait *last)
{
	struct wait *head = atomic_load_explicit(&l->inbox, memory_order_relaxed);

	do
		last->next = head;
	while (!atomic_compare_exchange_weak(&l->inbox, &head, first));
	wake(l);
}

int loop_post(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct post *p = malloc(sizeof(*p));

	if (!p)
		return E_NOMEM;
	*p = (struct post){.fn = fn, .arg = arg};
	inbox_push(l, &p->head, &p->head);
	return 0;
}

void nudge_init(struct nudge *n, void (*fn)(struct nudge *n))
{
	*n = (struct nudge){.head.result = IS_NUDGE, .fn = fn};
}

void nudge_send(struct loop *l, struct nudge *n)
{
	if (!atomic_exchange(&n->is_under_way, true))
		inbox_push(l, &n->head, &n->head);
}

static struct wait *inbox_take(struct loop *l)
{
	struct wait *newest = atomic_exchange(&l->inbox, NULL), *oldest = NULL;

	while (newest) {
		struct wait *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

static void inbox_run(struct loop *l)
{
	struct wait *w = inbox_take(l);

	while (w) {
		struct wait *next = w->next; /* the frame of w is gone once it runs */

		if (w->task) {
			task_resume(w->task);
		} else if (w->result == IS_NUDGE) {
			struct nudge *n = container_of(w, struct nudge, head);

			/* What the sender did before is seen by fn; what it does now is a nudge more. */
			atomic_store(&n->is_under_way, false);
			n->fn(n);
		} else {
			struct post p = *container_of(w, struct post, head);

			free(container_of(w, struct post, head));
			p.fn(p.arg);
		}
		w = next;
	}
}

/* -- soon ------------------------------------------------------------------------ */

void soon_init(struct soon *s, void (*fn)(struct soon *s))
{
	list_init(&s->link);
	s->fn = fn;
}

void soon_call(struct loop *l, struct soon *s)
{
	if (list_is_empty(&s->link))
		list_add_tail(&l->soon, &s->link);
}

void soon_bury(struct loop *l, struct soon *s)
{
	list_del(&s->link);
	list_add_tail(&l->graves, &s->link);
}

/* Those that are there now: what they ask for comes after the next look at the sockets. */
static void list_run(struct list *all)
{
	struct list now, *first = all->next;

	if (list_is_empty(all))
		return;
	list_del(all); /* the rest becomes a list of its own */
	list_add_tail(first, &now);
	while (!list_is_empty(&now)) {
		struct soon *s = container_of(now.next, struct soon, link);

		list_del(&s->link);
		s->fn(s);
	}
}

/* -- libuv -------------------------------------------------------------------------- */

static void uv_is_ready(struct watch *w, uint32_t events)
{
	uv_run(&container_of(w, struct loop, uv_watch)->uv, UV_RUN_NOWAIT);
}

/* A handle started since uv last ran is not in uv's epoll yet: uv's own queue tells. */
static bool uv_has_news(const uv_loop_t *uv)
{
	return uv->watcher_queue[0] != (const void *)&uv->watcher_queue;
}

static int uv_wait_ms(struct loop *l)
{
	uv_update_time(&l->uv);
	if (uv_has_news(&l->uv) || (uv_loop_alive(&l->uv) && !uv_backend_timeout(&l->uv)))
		uv_run(&l->uv, UV_RUN_NOWAIT);
	return uv_loop_alive(&l->uv) ? uv_backend_timeout(&l->uv) : -1;
}

/* -- the turn ------------------------------------------------------------------------ */

static int sooner_ms(int a, int b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static bool has_work(struct loop *l)
{
	return atomic_load(&l->inbox) || !list_is_empty(&l->soon) || tasks_can_grant(l);
}

static bool is_over(struct loop *l)
{
	return atomic_load(&l->stop) && !has_work(l) && tasks_are_over(l);
}

static int sleep_ms(struct loop *l)
{
	int ms = sooner_ms(wheel_wait_ms(&l->wheel, l->now_ms), uv_wait_ms(l));

	return has_work(l) || is_over(l) ? 0 : ms;
}

/* No other thread wakes us while we are busy: it sees that we do not sleep. */
static void look(struct loop *l)
{
	struct epoll_event events[EVENTS_MOST];
	int ms = sleep_ms(l), n;

	if (ms) {
		atomic_store(&l->sleeps, true);
		if (has_work(l) || is_over(l))
			ms = 0;
	}
	n = epoll_wait(l->epoll_fd, events, EVENTS_MOST, ms);
	atomic_store_explicit(&l->sleeps, false, memory_order_relaxed);
	l->now_ms = clock_mono_ms();
	for (int i = 0; i < n; i++) {
		struct watch *w = events[i].data.ptr;

		w->fn(w, events[i].events);
	}
}

int loop_run(struct loop *l)
{
	this_loop = l;
	l->now_ms = clock_mono_ms();
	for (; !is_over(l); l->turn++) {
		inbox_run(l);
		tasks_grant(l);
		list_run(&l->soon);
		wheel_run(&l->wheel, l->now_ms);
		look(l);
		list_run(&l->graves);
	}
	list_run(&l->graves);
	this_loop = NULL;
	return 0;
}

void loop_stop(struct loop *l)
{
	atomic_store(&l->stop, true);
	wake(l);
}

static void was_woken(struct watch *w, uint32_t events)
{
	/* Edge-triggered: nobody has to read the counter. */
}

static int open_all(struct loop *l)
{
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->wake = (struct watch){was_woken, l->event_fd};
	l->uv_watch = (struct watch){uv_is_ready, uv_backend_fd(&l->uv)};
	if (l->epoll_fd < 0 || l->event_fd < 0)
		return err_from_errno(errno);
	if (watch_add(l, &l->wake, EPOLLIN | EPOLLET) < 0)
		return E_IO;
	return watch_add(l, &l->uv_watch, EPOLLIN);
}

int loop_new(struct loop **ret, const struct loop_opts *o)
{
	struct loop *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return E_NOMEM;
	l->epoll_fd = l->event_fd = -1;
	l->now_ms = clock_mono_ms();
	list_init(&l->soon);
	list_init(&l->graves);
	wheel_init(&l->wheel, l->now_ms);
	tasks_init(l, o && o->stacks_most ? o->stacks_most : STACKS_DEFAULT);
	if (uv_loop_init(&l->uv)) {
		free(l);
		return E_NOMEM;
	}
	work_pool_get(o && o->work_most ? o->work_most : WORK_DEFAULT);
	r = open_all(l);
	if (r < 0) {
		loop_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

struct loop *loop_free(struct loop *l)
{
	if (!l)
		return NULL;
	tasks_free(l);
	bufs_free(l);
	work_pool_put();
	uv_run(&l->uv, UV_RUN_NOWAIT); /* closing handles */
	uv_loop_close(&l->uv);
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->event_fd >= 0)
		close(l->event_fd);
	free(l);
	return NULL;
}
