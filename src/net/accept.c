/* accept.c - letting clients in, telling them that there is no room, never spinning.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One socket is watched by all loops (EPOLLEXCLUSIVE: the kernel wakes one or few), so
 * that a taken port is seen as taken, which SO_REUSEPORT would hide. A loop that has got
 * clearly more connections than another hands new ones over. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "base/err.h"
#include "base/log.h"
#include "net/conn_impl.h"

enum { BURST_MOST = 32, UNFAIR = 16, PAUSE_MS = 100 };

struct arrival {
	struct listener *listener;
	struct home *home;
	int fd;
	struct ip_row *ip;
	struct sockaddr_storage sa;
};

static bool is_allowed(const struct listener *li, const struct sockaddr_storage *sa)
{
	if (!li->opts.allow || sa->ss_family == AF_UNIX)
		return true;
	for (unsigned i = 0; i < li->opts.n_allow; i++)
		if (cidr_has(&li->opts.allow[i], sa))
			return true;
	return false;
}

static void refused(struct home *h, const struct listener *li, const struct sockaddr_storage *sa,
		    const char *why)
{
	char client[PEER_MOST];

	peer_name(sa, client);
	home_count(&h->refused, 1);
	log_event(LOG_EV_WARN, "refused", "proto", LOG_Z(li->opts.proto->name), "client",
		  LOG_Z(client), "why", LOG_Z(why), NULL);
}

static struct home *least_busy(struct server *s, struct home *here)
{
	struct home *best = here;
	unsigned open = atomic_load_explicit(&here->open, memory_order_relaxed), least = open;

	for (unsigned i = 0; i < s->opts.n_loops; i++) {
		unsigned n = atomic_load_explicit(&s->homes[i].open, memory_order_relaxed);

		if (n < least) {
			least = n;
			best = &s->homes[i];
		}
	}
	return open > least + UNFAIR ? best : here;
}

static void arrived(void *arg)
{
	struct arrival *a = arg;

	if (a->home->is_draining) {
		close(a->fd);
		ip_row_put(a->home->server, a->ip);
	} else {
		conn_accepted(a->listener, a->home, a->fd, &a->sa, END_QUIT, a->ip);
	}
	free(a);
}

static bool hand_over(struct listener *li, struct home *to, int fd,
		      const struct sockaddr_storage *sa, struct ip_row *ip)
{
	struct arrival *a = malloc(sizeof(*a));

	if (!a)
		return false;
	*a = (struct arrival){li, to, fd, ip, *sa};
	if (loop_post(to->loop, arrived, a) < 0) {
		free(a);
		return false;
	}
	return true;
}

static void let_in(struct door *d, int fd, const struct sockaddr_storage *sa)
{
	struct listener *li = d->listener;
	struct home *h = d->home, *to;
	struct server *s = h->server;
	struct ip_row *ip = NULL;

	if (!is_allowed(li, sa)) {
		refused(h, li, sa, "address");
		close(fd);
	} else if (atomic_load(&s->open) >= s->opts.conns_most) {
		refused(h, li, sa, "connections");
		conn_accepted(li, h, fd, sa, END_SHUTDOWN, NULL);
	} else if (ip_row_get(s, sa, li->opts.conns_per_ip ? li->opts.conns_per_ip :
							       s->opts.conns_per_ip, &ip) < 0) {
		refused(h, li, sa, "connections_per_ip");
		conn_accepted(li, h, fd, sa, END_FLOOD, NULL);
	} else {
		home_count(&h->accepted, 1);
		to = least_busy(s, h);
		if (to == h || !hand_over(li, to, fd, sa, ip))
			conn_accepted(li, h, fd, sa, END_QUIT, ip);
	}
}

static int next_client(struct door *d, struct sockaddr_storage *sa)
{
	socklen_t len = sizeof(*sa);

	*sa = (struct sockaddr_storage){0};
	return accept4(d->watch.fd, (struct sockaddr *)sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* No doors for a moment: what is wrong (memory, descriptors) would be wrong again at once,
 * and a level-triggered socket would make the loop spin. */
static void pause_doors(struct home *h)
{
	doors_close(h);
	timer_set(h->loop, &h->timer, PAUSE_MS);
}

/* Out of descriptors: the reserve is given up for one client, who is told so. */
static void use_reserve(struct door *d)
{
	struct home *h = d->home;
	struct sockaddr_storage sa;
	int fd;

	if (h->reserve_fd >= 0)
		close(h->reserve_fd);
	fd = next_client(d, &sa);
	if (fd >= 0) {
		refused(h, d->listener, &sa, "descriptors");
		conn_accepted(d->listener, h, fd, &sa, END_SHUTDOWN, NULL);
	}
	h->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || h->reserve_fd < 0)
		pause_doors(h);
}

/* False: enough for now. */
static bool accept_one(struct door *d)
{
	struct sockaddr_storage sa;
	int fd = next_client(d, &sa);

	if (fd >= 0) {
		let_in(d, fd, &sa);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE)
		use_reserve(d);
	else if (errno == ENOBUFS || errno == ENOMEM)
		pause_doors(d->home);
	else if (errno != EAGAIN) /* ECONNABORTED, EINTR, EPERM: that one has gone */
		return true;
	return false;
}

static void on_client(struct watch *w, uint32_t events)
{
	struct door *d = container_of(w, struct door, watch);

	uint64_t turn = d->home->loop->turn;

	/* Still there in the very next turn: the queue is long. One at a time else, for the
	 * call that finds nothing would double the price. */
	if (d->last_turn + 1 != turn)
		d->burst = 1;
	else if (d->burst < BURST_MOST)
		d->burst *= 2;
	d->last_turn = turn;
	for (unsigned i = 0; i < d->burst; i++)
		if (!d->is_open || !accept_one(d))
			return;
}

static int door_open(struct door *d)
{
	int r = d->is_open ? 0 : watch_add(d->home->loop, &d->watch, EPOLLIN | EPOLLEXCLUSIVE);

	d->is_open = !r;
	return r;
}

static struct door *door_of(struct home *h, struct list *link)
{
	struct listener *li = container_of(link, struct listener, link);
	struct door *d = &li->doors[h - h->server->homes];

	if (!d->home)
		*d = (struct door){.watch = {on_client, li->fd}, .listener = li, .home = h, .burst = 1};
	return d;
}

int doors_open(struct home *h)
{
	list_each(it, &h->server->listeners) {
		int r = door_open(door_of(h, it));

		if (r < 0)
			return r;
	}
	return 0;
}

void doors_close(struct home *h)
{
	list_each(it, &h->server->listeners) {
		struct door *d = door_of(h, it);

		if (d->is_open)
			watch_del(h->loop, &d->watch);
		d->is_open = false;
	}
}

void doors_retry(struct home *h)
{
	if (doors_open(h) < 0)
		timer_set(h->loop, &h->timer, PAUSE_MS);
}
