/* lmtp_load.c - delivers by LMTP over many connections and says how many a second.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It speaks as an MTA does: MAIL, RCPT and DATA in one segment, then the message, then it
 * waits for the replies before the next one. Any LMTP server will do.
 *
 *	lmtp_load --server 127.0.0.1:24 --to 'user%d@example.test' --users 10 \
 *		--connections 10 --messages 5000 --size 4096
 *
 * Its output is one line: key=value, times in milliseconds. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum step { GREETING, LHLO, ENVELOPE, MESSAGE, QUIT };
enum { SIZES_MOST = 100000, IN_MOST = 8192, HEAD_MOST = 4096, LINE = 74 };

struct client {
	int fd;
	enum step step;
	unsigned replies;     /* still to come before the next step */
	bool is_good;         /* no reply of this message was a refusal */
	char in[IN_MOST];
	size_t in_n;
	char head[HEAD_MOST]; /* commands, or the message's first lines */
	struct iovec out[2];  /* head, and the shared rest of the message */
	double began;
};

struct load {
	const char *server, *to, *from;
	unsigned n_clients, users, rcpts;
	uint64_t messages, begun, done, failed, octets;
	double seconds, deadline;
	size_t *sizes, n_sizes, largest;
	char *text; /* lines of text, as long as the largest message */
	double *times;
	struct client *clients;
	unsigned open;
	int poll;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "lmtp_load: %s: %s\n", what, errno ? strerror(errno) : "no");
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *must(void *p)
{
	if (!p)
		die("memory");
	return p;
}

/* -- connecting ------------------------------------------------------------------- */

static int dial_unix(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(sa.sun_path))
		die("path too long");
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		die(path);
	return fd;
}

static int dial_tcp(const char *server)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *ai;
	char host[256];
	const char *port = strrchr(server, ':');
	int fd, on = 1;

	if (!port || (size_t)(port - server) >= sizeof(host))
		die("--server ADDRESS:PORT or unix:/path");
	snprintf(host, sizeof(host), "%.*s", (int)(port - server), server);
	if (getaddrinfo(host, port + 1, &hints, &ai))
		die(server);
	fd = socket(ai->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, ai->ai_addr, ai->ai_addrlen) < 0)
		die(server);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	freeaddrinfo(ai);
	return fd;
}

static void watch(struct load *l, struct client *c, int op, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = c};

	if (epoll_ctl(l->poll, op, c->fd, &e) < 0)
		die("epoll");
}

static void connect_one(struct load *l, struct client *c)
{
	c->fd = strncmp(l->server, "unix:", 5) ? dial_tcp(l->server) : dial_unix(l->server + 5);
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	c->step = GREETING;
	c->replies = 1;
	l->open++;
	watch(l, c, EPOLL_CTL_ADD, EPOLLIN);
}

/* -- sending ------------------------------------------------------------------------ */

static void write_some(struct load *l, struct client *c)
{
	while (c->out[0].iov_len || c->out[1].iov_len) {
		ssize_t n = writev(c->fd, c->out, 2);

		if (n < 0 && errno == EAGAIN) {
			watch(l, c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
			return;
		}
		if (n < 0)
			die("write");
		for (int i = 0; i < 2; i++) {
			size_t part = (size_t)n < c->out[i].iov_len ? (size_t)n : c->out[i].iov_len;

			c->out[i].iov_base = (char *)c->out[i].iov_base + part;
			c->out[i].iov_len -= part;
			n -= (ssize_t)part;
		}
	}
}

static void say(struct load *l, struct client *c, size_t head, const char *rest, size_t n)
{
	c->out[0] = (struct iovec){c->head, head};
	c->out[1] = (struct iovec){(char *)(uintptr_t)rest, n};
	write_some(l, c);
}

/* The recipient's number stands for %d. */
static size_t add_rcpt(const struct load *l, char *at, size_t room, uint64_t number)
{
	const char *d = strstr(l->to, "%d");
	int n;

	if (d)
		n = snprintf(at, room, "RCPT TO:<%.*s%u%s>\r\n", (int)(d - l->to), l->to,
			     (unsigned)(number % l->users) + 1, d + 2);
	else
		n = snprintf(at, room, "RCPT TO:<%s>\r\n", l->to);
	return (size_t)n < room ? (size_t)n : room;
}

static bool is_time(const struct load *l)
{
	return l->seconds > 0 ? now() >= l->deadline : l->begun >= l->messages;
}

static void next_message(struct load *l, struct client *c)
{
	size_t n;

	if (is_time(l)) {
		c->step = QUIT;
		c->replies = 1;
		memcpy(c->head, "QUIT\r\n", 6);
		say(l, c, 6, NULL, 0);
		return;
	}
	n = (size_t)snprintf(c->head, HEAD_MOST, "MAIL FROM:<%s>\r\n", l->from);
	for (unsigned i = 0; i < l->rcpts && n < HEAD_MOST - 400; i++)
		n += add_rcpt(l, c->head + n, HEAD_MOST - n - 8, l->begun * l->rcpts + i);
	memcpy(c->head + n, "DATA\r\n", 6);
	c->began = now();
	c->step = ENVELOPE;
	c->replies = 2 + l->rcpts;
	c->is_good = true;
	l->begun++;
	say(l, c, n + 6, NULL, 0);
}

static void send_message(struct load *l, struct client *c)
{
	uint64_t number = l->begun;
	size_t size = l->sizes[number % l->n_sizes], n;
	static const char end[] = "\r\n.\r\n";

	n = (size_t)snprintf(c->head, HEAD_MOST,
			     "From: load <%s>\r\nTo: someone <%s>\r\nSubject: message %llu\r\n"
			     "Date: Mon, 23 Nov 2026 20:52:00 +0000\r\nMIME-Version: 1.0\r\n"
			     "Message-ID: <%llu.%d@load.test>\r\n"
			     "Content-Type: text/plain; charset=us-ascii\r\n\r\n",
			     l->from, l->to, (unsigned long long)number, (unsigned long long)number,
			     c->fd);
	size = size > n + sizeof(end) ? size - n : sizeof(end);
	size += size % LINE == 1; /* not between a CR and its LF */
	c->step = MESSAGE;
	c->replies = l->rcpts;
	l->octets += n + size;
	/* the text ends everywhere in the end of data */
	say(l, c, n, l->text + l->largest - size, size + 3);
}

/* -- receiving -------------------------------------------------------------------- */

static void message_done(struct load *l, struct client *c)
{
	if (!c->is_good) {
		l->failed++;
	} else if (l->seconds <= 0 || now() < l->deadline) {
		l->times[l->done % l->messages] = now() - c->began;
		l->done++;
	}
	next_message(l, c);
}

static void next_step(struct load *l, struct client *c)
{
	switch (c->step) {
	case GREETING:
		c->step = LHLO;
		c->replies = 1;
		say(l, c, (size_t)snprintf(c->head, HEAD_MOST, "LHLO load.test\r\n"), NULL, 0);
		break;
	case LHLO:
		next_message(l, c);
		break;
	case ENVELOPE:
		if (c->is_good) {
			send_message(l, c);
			break;
		}
		l->failed++;
		fprintf(stderr, "lmtp_load: refused; not going on\n");
		exit(1);
	case MESSAGE:
		message_done(l, c);
		break;
	case QUIT:
		close(c->fd);
		c->fd = -1;
		l->open--;
		break;
	}
}

static void take_line(struct load *l, struct client *c, const char *line)
{
	if (line[3] == '-')
		return;
	if (line[0] != '2' && line[0] != '3') {
		if (c->is_good || c->step < ENVELOPE)
			fprintf(stderr, "lmtp_load: %.200s\n", line);
		c->is_good = false;
		if (c->step < ENVELOPE)
			exit(1);
	}
	if (--c->replies == 0)
		next_step(l, c);
}

static void read_some(struct load *l, struct client *c)
{
	ssize_t n = read(c->fd, c->in + c->in_n, IN_MOST - c->in_n);
	char *at = c->in, *end;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("the server closed");
	c->in_n += (size_t)n;
	while (c->fd >= 0 && (end = memchr(at, '\n', c->in_n - (size_t)(at - c->in)))) {
		*end = '\0';
		if (end - at < 4)
			die("that is no reply");
		take_line(l, c, at);
		at = end + 1;
	}
	c->in_n -= (size_t)(at - c->in);
	memmove(c->in, at, c->in_n);
	if (c->in_n == IN_MOST)
		die("that line has no end");
}

static void run(struct load *l)
{
	struct epoll_event events[64];

	while (l->open) {
		int n = epoll_wait(l->poll, events, 64, 60000);

		if (n == 0)
			die("no answer for a minute");
		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (events[i].events & EPOLLOUT) {
				watch(l, c, EPOLL_CTL_MOD, EPOLLIN);
				write_some(l, c);
			}
			if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				read_some(l, c);
		}
	}
}

/* -- beginning and end ---------------------------------------------------------------- */

/* KiB, mean 35: many small ones, few large ones. */
static const size_t mix_kib[] = {4, 2, 28, 8, 3, 90, 5, 16, 12, 221, 6, 40, 10, 20, 60};

static void sizes_of(struct load *l, const char *size)
{
	l->sizes = must(calloc(SIZES_MOST, sizeof(*l->sizes)));
	if (strcmp(size, "mix") == 0) {
		for (size_t i = 0; i < sizeof(mix_kib) / sizeof(mix_kib[0]); i++)
			l->sizes[l->n_sizes++] = mix_kib[i] << 10;
	} else if (*size >= '0' && *size <= '9') {
		l->sizes[l->n_sizes++] = strtoul(size, NULL, 10);
	} else {
		FILE *f = must(fopen(size, "r"));

		while (l->n_sizes < SIZES_MOST && fscanf(f, "%zu", &l->sizes[l->n_sizes]) == 1)
			l->n_sizes++;
		fclose(f);
	}
	for (size_t i = 0; i < l->n_sizes; i++)
		if (l->sizes[i] > l->largest)
			l->largest = l->sizes[i];
	if (!l->n_sizes)
		die("--size N, mix, or a file of sizes");
	if (l->largest < 1024)
		l->largest = 1024;
}

/* Lines of 72 characters from the end backwards, CRLF, and the final dot. */
static void make_text(struct load *l)
{
	static const char words[] = "the quick brown fox jumps over the lazy dog, and again, ";

	l->text = must(malloc(l->largest + 8));
	for (size_t i = 0; i < l->largest; i++)
		l->text[i] = words[i % (sizeof(words) - 1)];
	for (size_t i = l->largest; i >= LINE; i -= LINE)
		memcpy(l->text + i - 2, "\r\n", 2);
	memcpy(l->text + l->largest, ".\r\n", 4);
}

static int by_time(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static void report(struct load *l, double seconds)
{
	size_t n = l->done < l->messages ? l->done : l->messages;
	double sum = 0;

	qsort(l->times, n, sizeof(*l->times), by_time);
	for (size_t i = 0; i < n; i++)
		sum += l->times[i];
	printf("connections=%u deliveries=%llu failed=%llu seconds=%.3f rate=%.1f mb_s=%.1f "
	       "mean_ms=%.3f p50_ms=%.3f p99_ms=%.3f max_ms=%.3f\n",
	       l->n_clients, (unsigned long long)l->done * l->rcpts, (unsigned long long)l->failed,
	       seconds, (double)(l->done * l->rcpts) / seconds, (double)l->octets / seconds / 1e6,
	       n ? sum / (double)n * 1e3 : 0, n ? l->times[n / 2] * 1e3 : 0,
	       n ? l->times[n * 99 / 100] * 1e3 : 0, n ? l->times[n - 1] * 1e3 : 0);
}

static void usage(void)
{
	fprintf(stderr, "lmtp_load --server ADDRESS:PORT|unix:/path --to ADDRESS [--users N] "
			"[--from ADDRESS] [--connections N] [--messages N | --seconds S] "
			"[--size OCTETS|mix|FILE] [--rcpts N]\n"
			"%%d in --to is replaced by 1 to --users.\n");
	exit(64);
}

static void options(struct load *l, int argc, char **argv, const char **size)
{
	static const struct option o[] = {
		{"server", 1, 0, 's'}, {"to", 1, 0, 't'},	{"users", 1, 0, 'u'},
		{"from", 1, 0, 'f'},   {"connections", 1, 0, 'c'}, {"messages", 1, 0, 'n'},
		{"seconds", 1, 0, 'S'}, {"size", 1, 0, 'z'},	{"rcpts", 1, 0, 'r'},
		{0}};
	int c;

	while ((c = getopt_long(argc, argv, "", o, NULL)) >= 0) {
		switch (c) {
		case 's': l->server = optarg; break;
		case 't': l->to = optarg; break;
		case 'u': l->users = (unsigned)atoi(optarg); break;
		case 'f': l->from = optarg; break;
		case 'c': l->n_clients = (unsigned)atoi(optarg); break;
		case 'n': l->messages = strtoull(optarg, NULL, 10); break;
		case 'S': l->seconds = atof(optarg); break;
		case 'z': *size = optarg; break;
		case 'r': l->rcpts = (unsigned)atoi(optarg); break;
		default: usage();
		}
	}
	if (!l->server || !l->to || !l->users || !l->n_clients || !l->messages || !l->rcpts ||
	    l->rcpts > 20)
		usage();
}

int main(int argc, char **argv)
{
	struct load l = {.from = "sender@load.test", .n_clients = 1, .users = 1, .rcpts = 1,
			 .messages = 1000};
	const char *size = "4096";
	double began;

	options(&l, argc, argv, &size);
	sizes_of(&l, size);
	make_text(&l);
	if (l.seconds > 0)
		l.messages = 1000000; /* room for that many times */
	l.times = must(calloc(l.messages, sizeof(*l.times)));
	l.clients = must(calloc(l.n_clients, sizeof(*l.clients)));
	l.poll = epoll_create1(0);
	began = now();
	l.deadline = began + l.seconds;
	for (unsigned i = 0; i < l.n_clients; i++)
		connect_one(&l, &l.clients[i]);
	run(&l);
	report(&l, l.seconds > 0 ? l.seconds : now() - began);
	free(l.times);
	free(l.clients);
	free(l.text);
	free(l.sizes);
	return l.failed ? 1 : 0;
}
