/* net_echo.c - connections with next to nothing behind them: what does net/ itself cost?
 * SPDX-License-Identifier: Apache-2.0
 *
 *	net_echo [LOOPS]     prints `ready 127.0.0.1:PORT`, serves until end of input on stdin,
 *	                     then prints what it counted
 *
 * Each line is answered by itself, QUIT by an end. One thread a loop. */
#include <pthread.h>
#include <unistd.h>
#include "base/clock.h"
#include "net/listen.h"

enum { LOOPS_MOST = 16 };

static struct server *server;
static struct loop *loops[LOOPS_MOST];

static void echo_start(struct conn *c)
{
	conn_write(c, STR("+OK hello\r\n"));
}

static void echo_line(struct conn *c, struct str line, enum line_flaw flaw)
{
	conn_write(c, line);
	conn_write(c, STR("\r\n"));
	if (str_ieq(line, STR("QUIT")))
		conn_close(c);
}

static void echo_end(struct conn *c, enum conn_end why)
{
}

static const struct proto echo = {
	.name = "echo", .line_most = 512, .idle_ms = 600000, .overlong_most = 3,
	.start = echo_start, .line = echo_line, .end = echo_end,
};

static void *run(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void drained(void *arg)
{
	wait_done(arg, 0);
}

static int start(unsigned n)
{
	struct server_opts so = {.loops = loops, .n_loops = n, .conns_most = 1000000};
	struct listen_opts lo = {.proto = &echo};
	struct listen_addr at;
	struct listener *li;
	struct buf name;

	for (unsigned i = 0; i < n; i++)
		if (loop_new(&loops[i], NULL) < 0)
			return -1;
	if (server_new(&server, &so) < 0 || listen_parse(&at, STR("127.0.0.1:0")) < 0 ||
	    server_listen(server, &at, &lo, &li) < 0 || server_start(server) < 0)
		return -1;
	buf_init(&name, 200);
	listener_name(li, &name);
	printf("ready %.*s\n", STR_ARG(buf_str(&name)));
	fflush(stdout);
	buf_free(&name);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	pthread_t threads[LOOPS_MOST];
	struct server_stats st;
	struct wait w;
	char c;

	if (!n || n > LOOPS_MOST || start(n) < 0)
		return 1;
	for (unsigned i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, run, loops[i]);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	wait_init(&w);
	server_drain(server, 1000, drained, &w);
	wait_for(&w);
	server_stats(server, &st);
	printf("accepted=%llu bytes_in=%llu bytes_out=%llu\n", (unsigned long long)st.accepted,
	       (unsigned long long)st.bytes_in, (unsigned long long)st.bytes_out);
	for (unsigned i = 0; i < n; i++)
		loop_stop(loops[i]);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	server_free(server);
	for (unsigned i = 0; i < n; i++)
		loop_free(loops[i]);
	return 0;
}
