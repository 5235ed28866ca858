/* pop_load.c - a crowd of POP3 clients: polls, one big drain, or idle sessions.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	pop_load poll  -a HOST:PORT -c 10 -t 5      sessions of USER PASS STAT UIDL QUIT
 *	pop_load drain -a HOST:PORT                 RETR + DELE of everything, pipelined
 *	pop_load idle  -a HOST:PORT -c 2000         logs in, says `ready`, waits for EOF on stdin
 *
 * -u USER (a %u in it becomes the connection's number from 1), -p PASSWORD.
 * A poll session waits for each reply before it says the next thing, as clients do.
 * One line of key=value comes out; exit 1 if anything went wrong. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_BYTES = 256 << 10, WINDOW = 200, SAMPLES = 1 << 20 };

enum step { AT_GREETING, AT_USER, AT_PASS, AT_STAT, AT_UIDL, AT_QUIT, AT_CLOSE, AT_DRAIN, AT_IDLE };
enum mode { POLL, DRAIN, IDLE };

struct client {
	int fd;
	unsigned id;
	enum step step;
	uint64_t began_us;
	size_t n; /* octets of an unfinished line in `in` */
	char in[512];
};

static struct {
	enum mode mode;
	struct sockaddr_in at;
	const char *user, *password;
	unsigned clients, ready;
	double seconds;
	bool over, verbose;
	int poll;
	uint64_t sessions, failed;
	uint32_t *samples;
} my = {.user = "u%u@example.test", .password = "secret", .clients = 10, .seconds = 5};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* -- connections -------------------------------------------------------------- */

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&my.at, sizeof(my.at)) < 0)
		die("connect");
	return fd;
}

static void client_dial(struct client *c)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	c->began_us = now_us();
	c->fd = dial();
	c->step = AT_GREETING;
	c->n = 0;
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(my.poll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		die("epoll_ctl");
}

static void say(int fd, const char *fmt, const char *arg)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s%s\r\n", fmt, arg);

	if (send(fd, line, (size_t)n, MSG_NOSIGNAL) != n)
		my.failed++;
}

static void user_name(char out[256], unsigned id)
{
	const char *at = strstr(my.user, "%u");

	if (!at)
		snprintf(out, 256, "%s", my.user);
	else
		snprintf(out, 256, "%.*s%u%s", (int)(at - my.user), my.user, id, at + 2);
}

static void client_over(struct client *c, bool well)
{
	uint64_t took = now_us() - c->began_us;

	close(c->fd);
	c->fd = -1;
	if (!well) {
		my.failed++;
		usleep(1000);
	} else {
		my.samples[my.sessions++ % SAMPLES] = (uint32_t)took;
	}
	if (!my.over)
		client_dial(c);
}

/* -- one session, reply by reply ----------------------------------------------- */

/* A whole reply has come: says the next thing. */
static void client_next(struct client *c)
{
	char user[256];

	switch (c->step) {
	case AT_GREETING:
		user_name(user, c->id);
		say(c->fd, "USER ", user);
		c->step = AT_USER;
		return;
	case AT_USER:
		say(c->fd, "PASS ", my.password);
		c->step = AT_PASS;
		return;
	case AT_PASS:
		if (my.mode == IDLE) {
			c->step = AT_IDLE;
			my.ready++;
			return;
		}
		say(c->fd, "STAT", "");
		c->step = AT_STAT;
		return;
	case AT_STAT:
		say(c->fd, "UIDL", "");
		c->step = AT_UIDL;
		return;
	case AT_UIDL:
		say(c->fd, "QUIT", "");
		c->step = AT_QUIT;
		return;
	default:
		c->step = AT_CLOSE;
	}
}

/* True when the octets so far end a reply of this step. */
static bool reply_is_whole(const struct client *c, const char *p, size_t n)
{
	if (n < 2 || p[n - 1] != '\n')
		return false;
	if (c->step != AT_UIDL)
		return true;
	return n >= 5 && memcmp(p + n - 5, "\r\n.\r\n", 5) == 0;
}

static void client_read(struct client *c)
{
	static char in[IN_BYTES];
	ssize_t got;
	size_t n = c->n;

	memcpy(in, c->in, n);
	got = recv(c->fd, in + n, sizeof(in) - n, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		client_over(c, c->step == AT_CLOSE);
		return;
	}
	n += (size_t)got;
	if (c->n == 0 && in[0] != '+') {
		if (my.verbose)
			fprintf(stderr, "step %d: %.*s", (int)c->step, (int)n, in);
		client_over(c, false);
		return;
	}
	if (reply_is_whole(c, in, n)) {
		c->n = 0;
		client_next(c);
		return;
	}
	/* Only the end matters for the next look; "+" keeps the first-octet test true. */
	c->n = n < sizeof(c->in) ? n : sizeof(c->in) - 1;
	memcpy(c->in, in + n - c->n, c->n);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void wait_and_read(int timeout_ms)
{
	struct epoll_event ev[128];
	int n = epoll_wait(my.poll, ev, 128, timeout_ms);

	for (int i = 0; i < n; i++)
		client_read(ev[i].data.ptr);
}

/* Sessions that end and are not begun again: so that none is left half. */
static void let_them_end(const struct client *all)
{
	for (uint64_t stop = now_us() + 2000000; now_us() < stop;) {
		unsigned open = 0;

		for (unsigned i = 0; i < my.clients; i++)
			open += all[i].fd >= 0;
		if (!open)
			return;
		wait_and_read(10);
	}
}

static int run_poll(struct client *all)
{
	uint64_t began = now_us(), end = began + (uint64_t)(my.seconds * 1e6), done, n;
	double s;

	for (unsigned i = 0; i < my.clients; i++) {
		all[i].id = i + 1;
		client_dial(&all[i]);
	}
	while (now_us() < end)
		wait_and_read(10);
	my.over = true;
	done = my.sessions;
	s = (double)(now_us() - began) / 1e6;
	let_them_end(all);
	n = done < SAMPLES ? done : SAMPLES;
	qsort(my.samples, n, sizeof(*my.samples), by_size);
	printf("sessions=%ju all=%ju seconds=%.3f rate=%.1f p50_us=%u p99_us=%u failed=%ju\n",
	       (uintmax_t)done, (uintmax_t)my.sessions, s, (double)done / s,
	       n ? my.samples[n / 2] : 0, n ? my.samples[n * 99 / 100] : 0, (uintmax_t)my.failed);
	return my.failed != 0;
}

static int run_idle(struct client *all)
{
	char c;

	for (unsigned i = 0; i < my.clients && !my.failed; i++) {
		all[i].id = i + 1;
		client_dial(&all[i]);
		while (my.ready < i + 1 && !my.failed) /* no stampede: it is not what is measured */
			wait_and_read(1000);
	}
	printf("ready=%u failed=%ju\n", my.ready, (uintmax_t)my.failed);
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return my.failed != 0;
}

static int run_crowd(void)
{
	struct client *all = calloc(my.clients, sizeof(*all));
	int ret;

	my.samples = calloc(SAMPLES, sizeof(*my.samples));
	my.poll = epoll_create1(EPOLL_CLOEXEC);
	my.over = my.mode == IDLE; /* nobody comes again */
	ret = my.mode == IDLE ? run_idle(all) : run_poll(all);
	free(my.samples);
	free(all);
	return ret;
}

/* -- the drain -------------------------------------------------------------------- */

struct drain {
	int fd;
	char *in;
	size_t from, to; /* what of `in` is not yet looked at */
	uint64_t octets;
};

static void drain_fill(struct drain *d)
{
	ssize_t got;

	if (d->from > 0) {
		memmove(d->in, d->in + d->from, d->to - d->from);
		d->to -= d->from;
		d->from = 0;
	}
	if (d->to == IN_BYTES) /* a line of 256 KiB */
		die("reply");
	got = recv(d->fd, d->in + d->to, IN_BYTES - d->to, 0);
	if (got <= 0)
		die("recv");
	d->to += (size_t)got;
	d->octets += (uint64_t)got;
}

static void drain_line(struct drain *d, char *out, size_t cap)
{
	char *nl;

	while (!(nl = memchr(d->in + d->from, '\n', d->to - d->from)))
		drain_fill(d);
	snprintf(out, cap, "%.*s", (int)(nl - d->in - (ptrdiff_t)d->from + 1), d->in + d->from);
	if (d->in[d->from] != '+') {
		fprintf(stderr, "refused: %s", out);
		exit(1);
	}
	d->from = (size_t)(nl - d->in) + 1;
}

static void drain_body(struct drain *d)
{
	char *end;

	if (d->from >= 2) /* an empty body: its "\r\n" is the status line's */
		d->from -= 2;
	while (!(end = memmem(d->in + d->from, d->to - d->from, "\r\n.\r\n", 5))) {
		if (d->to - d->from > 4)
			d->from = d->to - 4;
		drain_fill(d);
	}
	d->from = (size_t)(end - d->in) + 5;
}

static int run_drain(void)
{
	struct drain d = {.fd = dial(), .in = malloc(IN_BYTES)};
	char line[600], user[256], *out = malloc(WINDOW * 64);
	unsigned n, sent = 0;
	uint64_t began;
	double s;

	user_name(user, 1);
	drain_line(&d, line, sizeof(line));
	say(d.fd, "USER ", user);
	drain_line(&d, line, sizeof(line));
	say(d.fd, "PASS ", my.password);
	drain_line(&d, line, sizeof(line));
	say(d.fd, "STAT", "");
	drain_line(&d, line, sizeof(line));
	n = (unsigned)strtoul(line + 4, NULL, 10);
	d.octets = 0;
	began = now_us();
	for (unsigned got = 0; got < n; got++) {
		if (sent < n && sent - got < WINDOW / 2) {
			size_t len = 0;

			for (; sent < n && sent - got < WINDOW; sent++)
				len += (size_t)snprintf(out + len, 64, "RETR %u\r\nDELE %u\r\n",
							sent + 1, sent + 1);
			if (send(d.fd, out, len, MSG_NOSIGNAL) != (ssize_t)len)
				die("send");
		}
		drain_line(&d, line, sizeof(line));
		drain_body(&d);
		drain_line(&d, line, sizeof(line));
	}
	say(d.fd, "QUIT", "");
	drain_line(&d, line, sizeof(line));
	s = (double)(now_us() - began) / 1e6;
	printf("messages=%u octets=%ju seconds=%.4f rate=%.1f mb_s=%.1f\n", n,
	       (uintmax_t)d.octets, s, n / s, (double)d.octets / 1e6 / s);
	close(d.fd);
	free(d.in);
	free(out);
	return n == 0;
}

/* -- arguments ---------------------------------------------------------------------- */

static void parse_at(char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		die("address");
	*colon = 0;
	my.at.sin_family = AF_INET;
	my.at.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, text, &my.at.sin_addr) != 1)
		die("address");
}

int main(int argc, char **argv)
{
	static const char *const modes[] = {"poll", "drain", "idle"};
	int opt;

	for (my.mode = POLL; argc > 1 && my.mode <= IDLE; my.mode++)
		if (strcmp(argv[1], modes[my.mode]) == 0)
			break;
	if (argc < 2 || my.mode > IDLE) {
		fprintf(stderr, "usage: pop_load poll|drain|idle -a HOST:PORT [-u -p -c -t]\n");
		return 64;
	}
	for (optind = 2; (opt = getopt(argc, argv, "a:u:p:c:t:v")) != -1;) {
		switch (opt) {
		case 'a': parse_at(optarg); break;
		case 'u': my.user = optarg; break;
		case 'p': my.password = optarg; break;
		case 'c': my.clients = (unsigned)atoi(optarg); break;
		case 't': my.seconds = atof(optarg); break;
		case 'v': my.verbose = true; break;
		default: return 64;
		}
	}
	return my.mode == DRAIN ? run_drain() : run_crowd();
}
