/* server_test.c - many connections: limits, no descriptors left, draining, two loops.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "net/server_impl.h"
#include "net/toy.h"

static struct toy toy;

static void start(struct toy_opts o)
{
	toy_start(&toy, &o);
}

static void too_many_are_told(void **state)
{
	struct peer p[4];

	start((struct toy_opts){.conns_most = 3});
	for (int i = 0; i < 3; i++)
		p[i] = peer_open(&toy, VIA_TCP);
	p[3] = peer_connect(&toy, VIA_TCP);
	peer_expect(&p[3], "bye shutdown\r\n");
	peer_expect_end(&p[3]);
	peer_close(&p[3]);
	peer_close(&p[0]);
	toy_until(&toy.ends, 1);
	while (atomic_load(&toy.server->open) > 2)
		sched_yield();
	p[0] = peer_open(&toy, VIA_TCP);
	for (int i = 0; i < 3; i++)
		peer_close(&p[i]);
	toy_stop(&toy);
}

/* SECURITY G2. The client's sockets are made before the descriptors run out. */
static void without_descriptors_they_are_told_too(void **state)
{
	enum { CLIENTS = 40, SPARE = 10 };
	struct sockaddr_storage sa;
	struct rlimit was, low;
	struct peer p[CLIENTS];
	unsigned told = 0;
	uint64_t cpu_us;
	socklen_t len;

	start((struct toy_opts){0});
	sa = toy.plain->at.sa;
	len = toy.plain->at.sa_len;
	for (int i = 0; i < CLIENTS; i++)
		p[i] = (struct peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	low = was;
	low.rlim_cur = (rlim_t)p[CLIENTS - 1].fd + 1 + SPARE;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	for (int i = 0; i < CLIENTS; i++)
		assert_int_equal(connect(p[i].fd, (struct sockaddr *)&sa, len), 0);
	for (int i = 0; i < CLIENTS; i++) {
		char word[5] = {0};

		assert_int_equal(peer_read(&p[i], word, 4), 4);
		if (!strcmp(word, "bye "))
			told++;
		else
			assert_string_equal(word, "hell");
	}
	assert_int_equal(told, CLIENTS - SPARE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	for (int i = 0; i < CLIENTS; i++)
		peer_close(&p[i]);
	cpu_us = clock_mono_us();
	p[0] = peer_open(&toy, VIA_TCP); /* and all is well again */
	peer_close(&p[0]);
	assert_true(clock_mono_us() - cpu_us < 20000000);
	toy_stop(&toy);
}

/* -- looking at a home from its own thread */

struct look {
	struct wait wait;
	struct home *home;
};

static void close_reserve(void *arg)
{
	struct look *k = arg;

	close(k->home->reserve_fd);
	k->home->reserve_fd = -1;
	wait_done(&k->wait, 0);
}

static void is_door_open(void *arg)
{
	struct look *k = arg;

	wait_done(&k->wait, toy.plain->doors[0].is_open);
}

static int look(void (*fn)(void *arg))
{
	struct look k = {.home = &toy.server->homes[0]};

	wait_init(&k.wait);
	assert_int_equal(loop_post(k.home->loop, fn, &k), 0);
	return wait_for(&k.wait);
}

/* Without even a reserve nothing spins: the doors are shut for a moment. */
static void a_lost_reserve_shuts_the_doors(void **state)
{
	struct rlimit was, low;
	struct peer p;
	int hole;

	start((struct toy_opts){0});
	p = (struct peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	look(close_reserve);
	while ((hole = dup(p.fd)) >= 0 && hole < p.fd) /* no holes below */
		;
	if (hole >= 0)
		close(hole);
	getrlimit(RLIMIT_NOFILE, &was);
	low = was;
	low.rlim_cur = (rlim_t)p.fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(connect(p.fd, (struct sockaddr *)&toy.plain->at.sa, toy.plain->at.sa_len), 0);
	while (look(is_door_open))
		;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	peer_expect(&p, "hello\r\n");
	peer_close(&p);
	toy_stop(&toy);
}

static void a_drain_lets_commands_finish(void **state)
{
	struct peer idle, busy, stuck, tls;
	char word[40];

	start((struct toy_opts){.n_loops = 2});
	idle = peer_open(&toy, VIA_TCP);
	tls = peer_open(&toy, VIA_TLS);
	busy = peer_open(&toy, VIA_TCP);
	stuck = peer_open(&toy, VIA_UNIX);
	peer_say(&busy, "WAIT 100\r\nECHO never\r\n");
	toy_until(&toy.waits, 1);
	peer_say(&stuck, "UPLOAD 10\r\n");
	peer_expect(&stuck, "go\r\n");
	toy_drain(&toy, 1500);
	peer_expect(&idle, "bye shutdown\r\n");
	peer_expect_end(&idle);
	peer_expect(&tls, "bye shutdown\r\n");
	peer_expect_end(&tls);
	word[peer_read(&busy, word, sizeof(word) - 1)] = '\0';
	assert_string_equal(word, "waited\r\nbye shutdown\r\n");
	assert_int_equal(peer_read(&stuck, word, 1), 0);
	assert_int_equal(toy.ended[END_SHUTDOWN], 4);
	peer_close(&idle);
	peer_close(&tls);
	peer_close(&busy);
	peer_close(&stuck);
	toy_stop(&toy);
}

static void two_loops_share_the_work(void **state)
{
	enum { CLIENTS = 200 };
	static struct peer p[CLIENTS];
	struct server_stats st;

	start((struct toy_opts){.n_loops = 2, .stacks_most = 5});
	for (int i = 0; i < CLIENTS; i++)
		p[i] = peer_open(&toy, i % 2 ? VIA_TCP : VIA_UNIX);
	for (int i = 0; i < CLIENTS; i++)
		peer_say(&p[i], "WAIT 1\r\nECHO a\r\n");
	for (int i = 0; i < CLIENTS; i++)
		peer_expect(&p[i], "waited\r\na\r\n");
	server_stats(toy.server, &st);
	assert_int_equal(st.accepted, CLIENTS);
	assert_int_equal(st.open, CLIENTS);
	assert_true(toy.server->homes[0].open >= CLIENTS / 4);
	assert_true(toy.server->homes[1].open >= CLIENTS / 4);
	for (int i = 0; i < CLIENTS; i++)
		peer_close(&p[i]);
	toy_until(&toy.ended[END_CLIENT], CLIENTS);
	server_stats(toy.server, &st); /* what is sent is counted a moment after it is seen */
	assert_int_equal(st.bytes_in, CLIENTS * strlen("WAIT 1\r\nECHO a\r\n"));
	assert_int_equal(st.bytes_out, CLIENTS * strlen("hello\r\nwaited\r\na\r\n"));
	toy_stop(&toy);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_are_told),
		cmocka_unit_test(without_descriptors_they_are_told_too),
		cmocka_unit_test(a_lost_reserve_shuts_the_doors),
		cmocka_unit_test(a_drain_lets_commands_finish),
		cmocka_unit_test(two_loops_share_the_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
