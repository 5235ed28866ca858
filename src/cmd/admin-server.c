/* admin-server.c - runs verbs for clients of the admin socket.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads, not tasks: a verb may take its time (log dump of years), needs no loop, and its
 * calls of MAY_WAIT functions simply block here. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "auth/auth.h"
#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "cmd/admin.h"
#include "cmd/frame.h"

enum { CLIENTS_MOST = 8, READ_S = 10, WRITE_S = 30 };

struct client {
	struct list link;
	struct admin *admin;
	int fd;
	uid_t uid;
};

struct admin {
	struct admin_opts opts;
	int dir, fd, stop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t gone;
	struct list clients;
	unsigned n_clients;
};

/* -- one client ------------------------------------------------------------------- */

/* Who changed what is worth a line; who only looked, in a debugging session. */
static void log_verb(const struct client *c, const struct request *r, int code, bool only_read)
{
	struct buf words;

	buf_init(&words, 2048);
	for (size_t i = 0; i < r->n_words && i < 16; i++)
		buf_printf(&words, "%s%.100s", i ? " " : "", r->words[i]);
	log_event(only_read ? LOG_EV_DEBUG : LOG_EV_INFO, "admin", "uid", LOG_INT(c->uid), "words",
		  LOG_STR(buf_str(&words)), "exit", LOG_INT(code), NULL);
	buf_free(&words);
}

static int run_request(struct client *c, struct str bytes, struct out *out)
{
	const struct admin_opts *o = &c->admin->opts;
	struct request r;
	int e = request_read(bytes, &r), code;

	if (e == E_VERSION)
		out_error(out, "the running server is of another version; restart it");
	if (e < 0)
		return e == E_VERSION ? EX_PROTOCOL : EX_USAGE;
	out->is_terminal = r.is_terminal;
	out->columns = r.columns;
	code = verb_run_inside(o->state, o->service->conf, o->service->store, r.words, r.n_words,
			       r.password, out);
	log_verb(c, &r, code, out->only_read);
	free(r.words);
	return code;
}

static bool may_ask(struct client *c)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &n))
		return false;
	c->uid = who.uid;
	return who.uid == 0 || who.uid == geteuid();
}

static void serve_client(struct client *c)
{
	struct out out;
	enum frame_kind kind = FRAME_EXIT;
	struct buf b;
	char code = EX_NOPERM;

	frame_out(&out, c->fd);
	buf_init(&b, FRAME_MOST);
	if (!may_ask(c))
		out_error(&out, "the server runs as another user");
	else if (frame_read(c->fd, &kind, &b) < 0 || kind != FRAME_REQUEST)
		code = EX_PROTOCOL;
	else
		code = (char)run_request(c, buf_str(&b), &out);
	frame_send(c->fd, FRAME_EXIT, str_n(&code, 1));
	buf_wipe(&b);
}

static void *client_thread(void *arg)
{
	struct client *c = arg;
	struct admin *a = c->admin;

	serve_client(c);
	pthread_mutex_lock(&a->lock);
	list_del(&c->link);
	close(c->fd);
	a->n_clients--;
	pthread_cond_broadcast(&a->gone);
	pthread_mutex_unlock(&a->lock);
	free(c);
	return NULL;
}

/* -- all clients -------------------------------------------------------------------- */

static void set_patience(int fd)
{
	struct timeval in = {.tv_sec = READ_S}, out = {.tv_sec = WRITE_S};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof(out));
}

static void take_client(struct admin *a, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	pthread_t thread;
	bool started = false;

	if (!c) {
		close(fd);
		return;
	}
	set_patience(fd);
	list_init(&c->link);
	c->admin = a;
	c->fd = fd;
	pthread_mutex_lock(&a->lock);
	if (!pthread_create(&thread, NULL, client_thread, c)) {
		pthread_detach(thread);
		list_add_tail(&a->clients, &c->link);
		a->n_clients++;
		started = true;
	}
	pthread_mutex_unlock(&a->lock);
	if (!started) {
		close(fd);
		free(c);
	}
}

static bool is_crowded(struct admin *a)
{
	bool crowded;

	pthread_mutex_lock(&a->lock);
	crowded = a->n_clients >= CLIENTS_MOST;
	pthread_mutex_unlock(&a->lock);
	return crowded;
}

static void *accept_thread(void *arg)
{
	struct admin *a = arg;

	for (;;) {
		struct pollfd p[2] = {{.fd = a->stop, .events = POLLIN},
				      {.fd = a->fd, .events = POLLIN}};
		bool crowded = is_crowded(a);
		int fd;

		/* with all places taken the others wait in the backlog */
		if (poll(p, crowded ? 1 : 2, crowded ? 50 : -1) < 0 && errno != EINTR)
			break;
		if (p[0].revents)
			break;
		if (crowded || !p[1].revents)
			continue;
		fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			take_client(a, fd);
	}
	return NULL;
}

static int listen_at(struct admin *a)
{
	struct sockaddr_un at;
	int r = 0;

	a->dir = open(a->opts.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dir < 0)
		return err_from_errno(errno);
	admin_address(a->dir, &at);
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd < 0)
		return err_from_errno(errno);
	unlinkat(a->dir, "admin.sock", 0); /* we hold the store's lock: it is a dead server's */
	if (bind(a->fd, (struct sockaddr *)&at, sizeof(at)) || listen(a->fd, 64))
		r = err_from_errno(errno);
	return r;
}

int admin_start(struct admin **ret, const struct admin_opts *o)
{
	struct admin *a = calloc(1, sizeof(*a));
	sigset_t all, old;
	int r;

	if (!a)
		return E_NOMEM;
	*a = (struct admin){.opts = *o, .dir = -1, .fd = -1, .stop = -1};
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->gone, NULL);
	list_init(&a->clients);
	r = listen_at(a);
	if (!r) {
		a->stop = eventfd(0, EFD_CLOEXEC);
		sigfillset(&all); /* signals are the loops' */
		pthread_sigmask(SIG_SETMASK, &all, &old);
		if (a->stop < 0 || pthread_create(&a->thread, NULL, accept_thread, a))
			r = E_NOMEM;
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	if (r < 0) {
		if (a->stop >= 0)
			close(a->stop);
		a->stop = -1;
		admin_stop(a);
		return r;
	}
	*ret = a;
	return 0;
}

/* Clients are hung up on; a verb that runs is waited for, though nobody hears its words. */
static void end_clients(struct admin *a)
{
	pthread_mutex_lock(&a->lock);
	list_each(it, &a->clients)
		shutdown(container_of(it, struct client, link)->fd, SHUT_RDWR);
	while (a->n_clients)
		pthread_cond_wait(&a->gone, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

struct admin *admin_stop(struct admin *a)
{
	uint64_t one = 1;

	if (!a)
		return NULL;
	if (a->stop >= 0 && write(a->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(a->thread, NULL);
	if (a->fd >= 0)
		close(a->fd);
	if (a->dir >= 0 && a->stop >= 0)
		unlinkat(a->dir, "admin.sock", 0);
	end_clients(a);
	if (a->dir >= 0)
		close(a->dir);
	if (a->stop >= 0)
		close(a->stop);
	pthread_cond_destroy(&a->gone);
	pthread_mutex_destroy(&a->lock);
	free(a);
	return NULL;
}
