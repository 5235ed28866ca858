/* conn.c - a connection's life: accepted, told of events, ended.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Invariants:
 *  1. At most one task of a connection exists (is_busy); the pump does nothing meanwhile.
 *  2. end() is called once, after start() and after the last task, and nothing after it.
 *  3. The memory goes in the loop's graves: an event of this turn may still name it. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "base/log.h"
#include "net/conn_impl.h"

enum {
	ARENA_MOST = 1024 * 1024,
	LINGER_MS = 2000,
	BUSY_MS = 1000,        /* until we look again whether a wait of ours is over */
	PROGRESS_BYTES = 4096, /* at least so many in idle_ms, while bytes are to flow */
};

const char *conn_end_name(enum conn_end why)
{
	static const char *const names[] = {
		[END_QUIT] = "quit",         [END_CLIENT] = "client", [END_TIMEOUT] = "timeout",
		[END_TLS] = "tls",           [END_FLOOD] = "flood",   [END_ALIEN] = "alien",
		[END_SHUTDOWN] = "shutdown", [END_ERROR] = "error",
	};

	return names[why];
}

/* -- what handlers ask ---------------------------------------------------------- */

void *conn_state(const struct conn *c)
{
	return c->state;
}

void conn_set_state(struct conn *c, void *state)
{
	c->state = state;
}

const void *conn_service(const struct conn *c)
{
	return conn_opts(c)->service;
}

struct loop *conn_loop(const struct conn *c)
{
	return c->loop;
}

struct arena *conn_arena(struct conn *c)
{
	return &c->arena;
}

struct str conn_peer(const struct conn *c)
{
	return str_of(c->peer);
}

uint16_t conn_peer_port(const struct conn *c)
{
	return c->peer_port;
}

bool conn_peer_is_local(const struct conn *c)
{
	return c->is_local;
}

uint64_t conn_bytes_in(const struct conn *c)
{
	return c->bytes_in;
}

uint64_t conn_bytes_out(const struct conn *c)
{
	return c->bytes_out;
}

uint64_t conn_id(const struct conn *c)
{
	return c->id;
}

void conn_keep_arena(struct conn *c, bool keep)
{
	c->keeps_arena = keep;
}

bool conn_is_closing(const struct conn *c)
{
	return c->is_closing || c->is_dead;
}

void conn_close(struct conn *c)
{
	c->is_closing = true;
}

/* How long the client may go on as it does; 0: that was it. */
static unsigned patience_ms(const struct conn *c)
{
	uint64_t now_ms = loop_now_ms(c->loop), quiet_ms = now_ms - c->active_ms;
	uint64_t age_ms = now_ms - c->born_ms, login_ms = c->login_ms;
	uint64_t left_ms = quiet_ms < c->idle_ms ? c->idle_ms - quiet_ms : 0;

	if (login_ms && !c->is_logged_in && age_ms + left_ms > login_ms)
		left_ms = age_ms < login_ms ? login_ms - age_ms : 0;
	return (unsigned)left_ms;
}

void conn_set_idle(struct conn *c, unsigned ms)
{
	c->idle_ms = ms;
	if (!c->wants_later)
		timer_set(c->loop, &c->timer, patience_ms(c));
}

void conn_set_login(struct conn *c, unsigned ms)
{
	c->login_ms = ms;
	conn_set_idle(c, c->idle_ms);
}

bool conn_talks_early(const struct conn *c)
{
	char one;

	return c->in_n > c->in_at || recv(c->watch.fd, &one, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void conn_forget_line(struct conn *c)
{
	if (c->line.n) /* it points into our own buffer */
		explicit_bzero((void *)(uintptr_t)c->line.p, c->line.n);
}

void conn_logged_in(struct conn *c)
{
	c->is_logged_in = true;
	home_leave_stranger(c->home, &c->stranger);
	ip_row_put(c->home->server, c->ip);
	c->ip = NULL;
}

void conn_logged_out(struct conn *c)
{
	c->is_logged_in = false;
	c->born_ms = loop_now_ms(c->loop);
	if (conn_opts(c)->proto->has_login)
		home_enter_stranger(c->home, &c->stranger);
	conn_set_idle(c, conn_opts(c)->proto->idle_ms);
}

void conn_step(struct conn *c, void (*fn)(struct conn *c))
{
	c->call = fn;
	c->wants_step = true;
}

void conn_later(struct conn *c, unsigned ms, void (*fn)(struct conn *c))
{
	c->call = fn;
	c->wants_later = true;
	c->later_is_due = false;
	timer_set(c->loop, &c->timer, ms);
}

unsigned conn_chunk(const struct conn *c)
{
	unsigned chunk = c->home->server->opts.io_chunk;

	return chunk ? chunk : 1u << 30;
}

/* -- the end ------------------------------------------------------------------------ */

void conn_die(struct conn *c, enum conn_end why)
{
	if (c->is_dead)
		return;
	if (!c->is_closing || c->end == END_QUIT)
		c->end = (uint8_t)why;
	c->is_dead = true;
	home_leave_stranger(c->home, &c->stranger);
	if (!c->is_reading) /* a pool thread has the file in hand: release() drops it */
		conn_out_drop(c);
	if (!c->in_pump)
		conn_kick(c);
}

/* A nudge may still be on its way here; end() is over, so there will be no other. */
static void bury(struct soon *s)
{
	struct conn *c = container_of(s, struct conn, soon);

	if (atomic_load(&c->nudge.is_under_way))
		c->is_buried = true;
	else
		free(c);
}

static void release(struct conn *c)
{
	timer_clear(&c->timer);
	conn_in_drop(c);
	conn_out_drop(c);
	conn_zip_drop(c);
	arena_free(&c->arena);
	SSL_free(c->ssl);
	c->ssl = NULL;
	close(c->watch.fd);
	c->watch.fd = -1;
	ip_row_put(c->home->server, c->ip);
	home_leave_stranger(c->home, &c->stranger);
	home_leave(c->home, &c->link);
	c->soon.fn = bury;
	soon_bury(c->loop, &c->soon);
}

/* Octets that we never read would make the kernel send a reset, and that can overtake our
 * last reply: half-close, and wait a moment for the client to go. */
static bool wants_linger(struct conn *c)
{
	bool unread = c->in_n > c->in_at || c->can_read;

	return unread && !c->eof && c->end != END_CLIENT && c->end != END_ERROR;
}

static void linger(struct conn *c)
{
	char sinkhole[512];
	ssize_t got;

	do
		got = recv(c->watch.fd, sinkhole, sizeof(sinkhole), MSG_DONTWAIT);
	while (got > 0);
	if (!got || (errno != EAGAIN && errno != EINTR))
		release(c);
}

void conn_finish(struct conn *c)
{
	if (c->lingers) {
		linger(c);
		return;
	}
	c->lingers = wants_linger(c);
	if (!c->lingers) {
		release(c);
		return;
	}
	shutdown(c->watch.fd, SHUT_WR);
	timer_set(c->loop, &c->timer, LINGER_MS);
	linger(c);
}

/* Says why, if the protocol wants to, where it would not fall into the middle of an answer. */
void conn_farewell(struct conn *c, enum conn_end why)
{
	const struct proto *proto = conn_opts(c)->proto;

	if (proto->farewell && !c->out && !c->wants_step && !c->in_handshake && !c->wants_tls)
		proto->farewell(c, why);
	c->end = (uint8_t)why;
	c->is_closing = true;
	c->wants_later = c->wants_step = false;
	c->sink = NULL;
}

void conn_drain(struct conn *c)
{
	c->is_draining = true;
	if (!c->is_busy)
		conn_kick(c);
}

/* -- what happens to it ------------------------------------------------------------------ */

static void on_event(struct watch *w, uint32_t events)
{
	struct conn *c = container_of(w, struct conn, watch);

	if (w->fd < 0)
		return; /* inv 3 */
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->can_read = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->has_hup = true;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		c->can_write = true;
	conn_pump(c);
}

void conn_moved(struct conn *c, size_t n)
{
	c->progress += n < PROGRESS_BYTES ? (uint32_t)n : PROGRESS_BYTES;
	if (c->progress >= PROGRESS_BYTES) {
		c->progress = 0;
		c->active_ms = loop_now_ms(c->loop);
	}
}

static void timed_out(struct conn *c)
{
	if (c->is_closing || c->out || c->wants_step || c->in_handshake || !c->started) {
		conn_die(c, END_TIMEOUT);
		conn_pump(c);
		return;
	}
	conn_farewell(c, END_TIMEOUT);
	timer_set(c->loop, &c->timer, LINGER_MS);
	conn_pump(c);
}

static void on_timer(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, timer);

	if (c->lingers) {
		release(c);
	} else if (c->is_dead) {
		conn_kick(c);
	} else if (c->is_busy) {
		timer_set(c->loop, t, BUSY_MS); /* the wait is ours */
	} else if (c->wants_later) {
		c->later_is_due = true;
		timer_set(c->loop, t, BUSY_MS);
		conn_pump(c);
	} else if (patience_ms(c) && c->started && !c->in_handshake) {
		timer_set(c->loop, t, patience_ms(c));
	} else {
		timed_out(c);
	}
}

void conn_kick(struct conn *c)
{
	soon_call(c->loop, &c->soon);
}

static void pump_soon(struct soon *s)
{
	conn_pump(container_of(s, struct conn, soon));
}

/* -- woken by others --------------------------------------------------------------------- */

void conn_wake(struct conn *c)
{
	nudge_send(c->loop, &c->nudge);
}

static void was_nudged(struct nudge *n)
{
	struct conn *c = container_of(n, struct conn, nudge);

	if (c->is_buried) {
		free(c);
		return;
	}
	c->is_woken = true;
	conn_pump(c);
}

/* -- birth --------------------------------------------------------------------------------- */

void peer_name(const struct sockaddr_storage *sa, char out[PEER_MOST])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	if (sa->ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, out, PEER_MOST);
	else if (sa->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, out, PEER_MOST);
	else if (sa->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, out, PEER_MOST);
	else
		memcpy(out, "unix", 5);
}

static void take_peer(struct conn *c, const struct sockaddr_storage *sa)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	peer_name(sa, c->peer);
	if (sa->ss_family == AF_INET) {
		c->peer_port = ntohs(in->sin_port);
		c->is_local = ntohl(in->sin_addr.s_addr) >> 24 == 127;
	} else if (sa->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		c->peer_port = ntohs(in6->sin6_port);
		c->is_local = in6->sin6_addr.s6_addr[12] == 127;
	} else if (sa->ss_family == AF_INET6) {
		c->peer_port = ntohs(in6->sin6_port);
		c->is_local = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	} else {
		c->is_local = true;
	}
}

static struct conn *conn_new(struct listener *li, struct home *h, int fd)
{
	static atomic_uint_fast64_t last_id;
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->watch = (struct watch){on_event, fd};
	soon_init(&c->soon, pump_soon);
	nudge_init(&c->nudge, was_nudged);
	timer_init(&c->timer, on_timer);
	list_init(&c->link);
	list_init(&c->stranger);
	arena_init(&c->arena, ARENA_MOST);
	c->listener = li;
	c->home = h;
	c->loop = h->loop;
	c->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	c->can_write = true;
	c->active_ms = c->born_ms = loop_now_ms(h->loop);
	c->line_most = (uint32_t)conn_opts(c)->proto->line_most;
	c->idle_ms = conn_opts(c)->proto->idle_ms;
	c->login_ms = conn_opts(c)->proto->login_ms;
	assert(c->line_most >= 16 && c->line_most <= BUF_BIG_BYTES - 384);
	return c;
}

/* Too many: say so where the protocol can, and go. */
static void refuse(struct conn *c, enum conn_end why)
{
	const struct proto *proto = conn_opts(c)->proto;

	c->in_pump = true; /* nothing of it may run */
	if (proto->farewell && !conn_opts(c)->implicit_tls) {
		proto->farewell(c, why);
		conn_out_flush(c);
	}
	conn_out_drop(c);
	arena_free(&c->arena);
	close(c->watch.fd);
	free(c);
}

void conn_accepted(struct listener *li, struct home *h, int fd, const struct sockaddr_storage *sa,
		   enum conn_end refused, struct ip_row *ip)
{
	struct conn *c = conn_new(li, h, fd);

	if (!c) {
		ip_row_put(h->server, ip);
		close(fd);
		return;
	}
	take_peer(c, sa);
	if (refused != END_QUIT) {
		refuse(c, refused);
		return;
	}
	c->ip = ip;
	home_enter(h, &c->link);
	if (conn_opts(c)->proto->has_login)
		home_enter_stranger(h, &c->stranger);
	if (watch_add(h->loop, &c->watch, EPOLLIN | EPOLLRDHUP | EPOLLET) < 0 ||
	    (li->opts.implicit_tls && conn_tls_begin(c) < 0)) {
		release(c);
		return;
	}
	conn_pump(c);
}
