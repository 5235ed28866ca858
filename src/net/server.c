/* server.c - all connections over all loops: start, drain, figures.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include "base/err.h"
#include "net/conn_impl.h"

/* -- what a loop has -------------------------------------------------------------- */

static void all_is_over(void *arg)
{
	struct server *s = arg;

	s->done(s->done_arg);
}

static void inbox_is_empty(void *arg)
{
	struct server *s = arg;

	if (atomic_fetch_sub(&s->homes_draining, 1) == 1)
		loop_post(s->opts.loops[0], all_is_over, s);
}

/* A connection that one loop handed over just before its end may still be under way: what
 * goes the same way behind it comes after it. */
static void sweep_inboxes(struct server *s)
{
	atomic_store(&s->homes_draining, s->opts.n_loops);
	for (unsigned i = 0; i < s->opts.n_loops; i++)
		loop_post(s->opts.loops[i], inbox_is_empty, s);
}

static void check_done(struct home *h)
{
	struct server *s = h->server;

	if (!h->is_draining || h->is_done || !list_is_empty(&h->conns))
		return;
	h->is_done = true;
	timer_clear(&h->timer);
	if (atomic_fetch_sub(&s->homes_draining, 1) == 1)
		sweep_inboxes(s);
}

void home_enter(struct home *h, struct list *link)
{
	list_add_tail(&h->conns, link);
	atomic_fetch_add_explicit(&h->open, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->server->open, 1, memory_order_relaxed);
}

void home_leave(struct home *h, struct list *link)
{
	list_del(link);
	atomic_fetch_sub_explicit(&h->open, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&h->server->open, 1, memory_order_relaxed);
	check_done(h);
}

void home_enter_stranger(struct home *h, struct list *link)
{
	unsigned all = atomic_fetch_add_explicit(&h->server->strangers, 1, memory_order_relaxed);

	if (all >= h->server->opts.conns_most / 2 && !list_is_empty(&h->strangers))
		conn_die(container_of(h->strangers.next, struct conn, stranger), END_FLOOD);
	list_add_tail(&h->strangers, link);
}

void home_leave_stranger(struct home *h, struct list *link)
{
	if (list_is_empty(link))
		return;
	list_del(link);
	atomic_fetch_sub_explicit(&h->server->strangers, 1, memory_order_relaxed);
}

static void close_rest(struct home *h)
{
	list_each(it, &h->conns)
		conn_die(container_of(it, struct conn, link), END_SHUTDOWN);
}

static void on_timer(struct timer *t)
{
	struct home *h = container_of(t, struct home, timer);

	if (h->is_draining)
		close_rest(h);
	else
		doors_retry(h);
}

static int home_init(struct home *h, struct server *s, struct loop *l)
{
	h->server = s;
	h->loop = l;
	list_init(&h->conns);
	list_init(&h->strangers);
	timer_init(&h->timer, on_timer);
	h->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return h->reserve_fd < 0 ? err_from_errno(errno) : 0;
}

/* -- the server ------------------------------------------------------------------------ */

int server_new(struct server **ret, const struct server_opts *o)
{
	struct server *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return E_NOMEM;
	signal(SIGPIPE, SIG_IGN); /* sendfile has no MSG_NOSIGNAL */
	s->opts = *o;
	list_init(&s->listeners);
	pthread_mutex_init(&s->ip_lock, NULL);
	s->homes = calloc(o->n_loops, sizeof(*s->homes));
	for (unsigned i = 0; s->homes && i < o->n_loops; i++)
		if (home_init(&s->homes[i], s, o->loops[i]) < 0)
			r = E_BUSY;
	if (!s->homes)
		r = E_NOMEM;
	if (r < 0) {
		server_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static void start_home(void *arg)
{
	doors_retry(arg);
}

int server_start(struct server *s)
{
	for (unsigned i = 0; i < s->opts.n_loops; i++) {
		int r = loop_post(s->opts.loops[i], start_home, &s->homes[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static void drain_home(void *arg)
{
	struct home *h = arg;

	doors_close(h);
	h->is_draining = true;
	timer_set(h->loop, &h->timer, h->drain_ms);
	list_each(it, &h->conns)
		conn_drain(container_of(it, struct conn, link));
	check_done(h);
}

void server_drain(struct server *s, unsigned ms, void (*done)(void *arg), void *arg)
{
	s->done = done;
	s->done_arg = arg;
	atomic_store(&s->homes_draining, s->opts.n_loops);
	for (unsigned i = 0; i < s->opts.n_loops; i++) {
		s->homes[i].drain_ms = ms;
		loop_post(s->opts.loops[i], drain_home, &s->homes[i]);
	}
}

struct server *server_free(struct server *s)
{
	if (!s)
		return NULL;
	while (!list_is_empty(&s->listeners))
		listener_free(container_of(s->listeners.next, struct listener, link));
	for (unsigned i = 0; s->homes && i < s->opts.n_loops; i++)
		if (s->homes[i].server && s->homes[i].reserve_fd >= 0)
			close(s->homes[i].reserve_fd);
	free(s->homes);
	pthread_mutex_destroy(&s->ip_lock);
	free(s);
	return NULL;
}

void server_stats(struct server *s, struct server_stats *ret)
{
	*ret = (struct server_stats){0};
	for (unsigned i = 0; i < s->opts.n_loops; i++) {
		struct home *h = &s->homes[i];

		ret->accepted += h->accepted;
		ret->refused += h->refused;
		ret->open += h->open;
		ret->bytes_in += h->bytes_in;
		ret->bytes_out += h->bytes_out;
	}
}
