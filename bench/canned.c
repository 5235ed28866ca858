/* canned.c - a server of canned POP3 replies: what is the most that any server could do here?
 * SPDX-License-Identifier: Apache-2.0
 *
 *	canned [MESSAGES]     prints `ready 127.0.0.1:PORT`, then serves until it is killed
 *
 * No store, no accounts, no parsing beyond the first letter of a command: the same bytes
 * go over the same sockets as with a real server, and nothing else is done. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char uidl[1 << 20];
static size_t uidl_n;

static void make_uidl(unsigned n)
{
	uidl_n = (size_t)snprintf(uidl, sizeof(uidl), "+OK\r\n");
	for (unsigned i = 1; i <= n && uidl_n < sizeof(uidl) - 64; i++)
		uidl_n += (size_t)snprintf(uidl + uidl_n, 64, "%u %08x.%08x\r\n", i, 0x5f3759df, i);
	uidl_n += (size_t)snprintf(uidl + uidl_n, 8, ".\r\n");
}

static void answer(int fd, const char *s, size_t n)
{
	if (send(fd, s, n, MSG_NOSIGNAL) < 0)
		return; /* its next recv tells */
}

/* A client of ours sends one command a segment: the first letter is enough. */
static void serve(int fd)
{
	char in[1024];
	ssize_t n = recv(fd, in, sizeof(in), 0);

	if (n <= 0) {
		close(fd);
		return;
	}
	switch (in[0]) {
	case 'U':
		if (n > 3 && in[1] == 'I') {
			answer(fd, uidl, uidl_n);
			return;
		}
		answer(fd, "+OK name is fine\r\n", 18);
		return;
	case 'P':
		answer(fd, "+OK u's maildrop has 20 messages (81920 octets)\r\n", 49);
		return;
	case 'S':
		answer(fd, "+OK 20 81920\r\n", 14);
		return;
	case 'Q':
		answer(fd, "+OK signing off\r\n", 17);
		close(fd);
		return;
	default:
		answer(fd, "-ERR\r\n", 6);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t at_len = sizeof(at);
	int one = 1, ears = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = ears}, evs[64];

	make_uidl(argc > 1 ? (unsigned)atoi(argv[1]) : 20);
	setsockopt(ears, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(ears, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(ears, 1024) < 0 ||
	    getsockname(ears, (struct sockaddr *)&at, &at_len) < 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, ears, &ev) < 0) {
		perror("canned");
		return 1;
	}
	printf("ready 127.0.0.1:%u\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(poll, evs, 64, -1);

		for (int i = 0; i < n; i++) {
			if (evs[i].data.fd != ears) {
				serve(evs[i].data.fd);
				continue;
			}
			struct epoll_event new = {.events = EPOLLIN};

			new.data.fd = accept4(ears, NULL, NULL, SOCK_CLOEXEC);
			if (new.data.fd < 0)
				continue;
			setsockopt(new.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			epoll_ctl(poll, EPOLL_CTL_ADD, new.data.fd, &new);
			answer(new.data.fd, "+OK POP3 server ready\r\n", 23);
		}
	}
}
