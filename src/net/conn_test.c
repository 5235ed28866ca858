/* conn_test.c - connections: every case over TCP, TLS and a UNIX socket, whole and octet by octet.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/err.h"
#include "net/toy.h"

static const struct {
	enum toy_via via;
	unsigned io_chunk;
} ways[] = {{VIA_TCP, 0}, {VIA_TLS, 0}, {VIA_UNIX, 0}, {VIA_TCP, 1}, {VIA_TLS, 1}, {VIA_UNIX, 1}};

typedef void case_fn(struct toy *t, enum toy_via via, bool slow);

/* Each way with a server of its own. */
static void each_way(case_fn *fn)
{
	for (size_t i = 0; i < COLUMNS(ways); i++) {
		struct toy_opts o = {.io_chunk = ways[i].io_chunk};
		struct toy t;

		toy_start(&t, &o);
		fn(&t, ways[i].via, ways[i].io_chunk != 0);
		toy_stop(&t);
	}
}

static void case_pipelining(struct toy *t, enum toy_via via, bool slow)
{
	struct peer p = peer_open(t, via);

	peer_say(&p, "ECHO a\r\nWAIT 10\r\nECHO b\r\nWORK\r\nLATER 20\r\nECHO c\r\nQUIT\r\nECHO d\r\n");
	peer_expect(&p, "a\r\nwaited\r\nb\r\nworked 42\r\nlater\r\nc\r\nbye\r\n");
	peer_expect_end(&p);
	peer_close(&p);
	toy_until(&t->ended[END_QUIT], 1);
}

static void pipelining_keeps_order(void **state)
{
	each_way(case_pipelining);
}

static void case_files(struct toy *t, enum toy_via via, bool slow)
{
	uint64_t sizes[] = {1, 100, 16384, 16385, 20000, slow ? 30000 : TOY_FILE_BYTES - 5};
	struct peer p = peer_open(t, via);
	unsigned char *got = malloc(TOY_FILE_BYTES);
	char text[64];

	posix_fadvise(t->file_fd, 0, 0, POSIX_FADV_DONTNEED); /* where that does something: cold */
	for (size_t i = 0; i < COLUMNS(sizes); i++) {
		snprintf(text, sizeof(text), "FILE 5 %llu\r\n", (unsigned long long)sizes[i]);
		peer_say(&p, text);
	}
	for (size_t i = 0; i < COLUMNS(sizes); i++) {
		snprintf(text, sizeof(text), "file %llu\r\n", (unsigned long long)sizes[i]);
		peer_expect(&p, text);
		assert_int_equal(peer_read(&p, got, sizes[i]), sizes[i]);
		for (uint64_t k = 0; k < sizes[i]; k++)
			if (got[k] != toy_file_byte(5 + k))
				fail_msg("octet %llu of %llu", (unsigned long long)k,
					 (unsigned long long)sizes[i]);
		peer_expect(&p, ".\r\n");
	}
	assert_int_equal(t->unrefs, COLUMNS(sizes));
	free(got);
	peer_close(&p);
	toy_until(&t->ended[END_CLIENT], 1);
}

static void files_come_whole(void **state)
{
	each_way(case_files);
}


static void case_lines(struct toy *t, enum toy_via via, bool slow)
{
	static char line[4 * TOY_LINE_MOST];
	struct peer p = peer_open(t, via);

	peer_say(&p, "ECHO bare\nECHO ok\r\n\r\n");
	peer_send(&p, "ECHO n\0l\r\n", 10);
	peer_expect(&p, "flaw lf 9\r\nok\r\nwhat?\r\nflaw nul 8\r\n");
	memset(line, 'x', sizeof(line));
	memcpy(line, "ECHO ", 5);
	memcpy(line + TOY_LINE_MOST - 2, "\r\nECHO next\r\n", 13); /* just fits */
	peer_send(&p, line, TOY_LINE_MOST - 2 + 13);
	line[TOY_LINE_MOST - 2] = '\0';
	peer_expect(&p, line + 5);
	peer_expect(&p, "\r\nnext\r\n");
	memset(line, 'x', sizeof(line));
	memcpy(line + TOY_LINE_MOST - 1, "\r\nECHO 1\r\n", 10); /* one too many */
	peer_send(&p, line, TOY_LINE_MOST - 1 + 10);
	peer_expect(&p, "flaw long 256\r\n1\r\n");
	memset(line, 'x', sizeof(line)); /* many buffers long */
	for (int i = 0; i < 100; i++)
		peer_send(&p, line, sizeof(line));
	memcpy(line + sizeof(line) - 10, "\r\nECHO 2\r\n", 10);
	peer_send(&p, line, sizeof(line));
	peer_expect(&p, "flaw long 256\r\n2\r\n");
	memcpy(line + sizeof(line) - 10, "\r\nECHO 3\r\n", 10);
	peer_send(&p, line, sizeof(line));
	peer_expect(&p, "flaw long 256\r\nbye flood\r\n");
	peer_expect_end(&p);
	peer_close(&p);
	toy_until(&t->ended[END_FLOOD], 1);
}

static void lines_are_cut_and_judged(void **state)
{
	each_way(case_lines);
}

static uint64_t sum_of(const unsigned char *p, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = sum * 31 + p[i];
	return sum;
}

static void upload(struct peer *p, const char *word, size_t n)
{
	unsigned char *bytes = malloc(n + 16);
	char text[80];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 251);
	memcpy(bytes + n, "ECHO after\r\n", 12);
	snprintf(text, sizeof(text), "%s %zu\r\n", word, n);
	peer_say(p, text);
	peer_expect(p, "go\r\n");
	peer_send(p, bytes, n);
	snprintf(text, sizeof(text), "got %zu %llx\r\n", n, (unsigned long long)sum_of(bytes, n));
	peer_expect(p, text);
	/* and pipelined, with something behind it */
	snprintf(text, sizeof(text), "%s %zu\r\n", word, n);
	peer_say(p, text);
	peer_send(p, bytes, n + 12);
	snprintf(text, sizeof(text), "go\r\ngot %zu %llx\r\nafter\r\n", n,
		 (unsigned long long)sum_of(bytes, n));
	peer_expect(p, text);
	free(bytes);
}

static void case_uploads(struct toy *t, enum toy_via via, bool slow)
{
	struct peer p = peer_open(t, via);

	upload(&p, "UPLOAD", 1);
	upload(&p, "UPLOAD", 1000);
	upload(&p, "UPLOAD", slow ? 5000 : 1000000);
	upload(&p, "SLOW", slow ? 5000 : 100000);
	peer_say(&p, "UPLOAD 100\r\n");
	peer_expect(&p, "go\r\n");
	peer_say(&p, "cut short");
	peer_close(&p);
	toy_until(&t->ended[END_CLIENT], 1);
}

static void uploads_reach_the_sink(void **state)
{
	each_way(case_uploads);
}

static void case_steps(struct toy *t, enum toy_via via, bool slow)
{
	unsigned n = slow ? 3000 : 200000;
	struct peer p = peer_open(t, via);
	char text[64];

	snprintf(text, sizeof(text), "STEP %u\r\nECHO a\r\n", n);
	peer_say(&p, text);
	for (unsigned i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "line %u\r\n", i);
		peer_expect(&p, text);
	}
	peer_expect(&p, ".\r\na\r\n");
	peer_close(&p);
	toy_until(&t->ended[END_CLIENT], 1);
}

static void steps_go_on_when_drained(void **state)
{
	each_way(case_steps);
}

/* -- ends ------------------------------------------------------------------------------- */

static void case_half_close(struct toy *t, enum toy_via via, bool slow)
{
	struct peer p = peer_open(t, via);

	if (via == VIA_TLS) { /* close_notify is TLS's half-close */
		peer_say(&p, "WAIT 5\r\nECHO a\r\nECHO cut");
		SSL_shutdown(p.ssl);
		peer_expect(&p, "waited\r\na\r\n");
	} else {
		peer_say(&p, "WAIT 5\r\nECHO a\r\nECHO cut");
		shutdown(p.fd, SHUT_WR);
		peer_expect(&p, "waited\r\na\r\n");
	}
	peer_expect_end(&p);
	peer_close(&p);
	toy_until(&t->ended[END_CLIENT], 1);
}

static void what_came_before_the_end_is_answered(void **state)
{
	each_way(case_half_close);
}

static void case_resets(struct toy *t, enum toy_via via, bool slow)
{
	static const char *const last_words[] = {
		"",       "ECH",       "ECHO a\r\n",   "WAIT 20\r\n", "STEP 100000\r\n",
		"WORK\r\n", "UPLOAD 100\r\nabc", "LATER 20\r\n", "QUIT\r\n", "FILE 0 3000000\r\n",
	};

	for (size_t i = 0; i < COLUMNS(last_words); i++) {
		struct peer p = peer_open(t, via);

		peer_say(&p, last_words[i]);
		peer_reset(&p);
	}
	if (via == VIA_TLS) {
		struct peer p = peer_connect(t, via);

		peer_send(&p, "\x16\x03\x01", 3);
		peer_reset(&p);
	}
	toy_until(&t->ends, COLUMNS(last_words));
}

static void resets_end_it_whatever_it_does(void **state)
{
	each_way(case_resets);
}

static void case_idle(struct toy *t, enum toy_via via, bool slow)
{
	struct peer p = peer_open(t, via);

	peer_expect(&p, "bye timeout\r\n");
	peer_expect_end(&p);
	peer_close(&p);
	toy_until(&t->ended[END_TIMEOUT], 1);
}

static void case_forget(struct toy *t, enum toy_via via, bool slow)
{
	struct peer p = peer_open(t, via);

	peer_say(&p, "FORGET secret\r\nECHO next\r\n");
	peer_expect(&p, "6 zeros\r\nnext\r\n");
	peer_close(&p);
}

static void case_wakes(struct toy *t, enum toy_via via, bool slow)
{
	struct peer p = peer_open(t, via);
	struct conn *c;

	peer_say(&p, "SLEEP\r\n");
	peer_expect(&p, "sleeping\r\n");
	c = atomic_load(&t->sleeper);
	conn_wake(c);
	peer_expect(&p, "woken\r\n");
	peer_say(&p, "WAIT 100\r\nECHO a\r\n");
	toy_until(&t->waits, 1);
	for (int i = 0; i < 1000; i++) /* while a command runs: once, and behind it */
		conn_wake(c);
	peer_expect(&p, "waited\r\nwoken\r\na\r\n");
	assert_int_equal(atomic_load(&t->wakes), 2);
	peer_close(&p);
	toy_until(&t->ended[END_CLIENT], 1);
}

static void others_wake_it(void **state)
{
	each_way(case_wakes);
}

static pthread_mutex_t wake_lock = PTHREAD_MUTEX_INITIALIZER;

/* As a watch of the store: the lock keeps end() from returning meanwhile. */
static void *wake_all_the_time(void *arg)
{
	struct toy *t = arg;

	while (!atomic_load(&t->ended[END_QUIT])) {
		struct conn *c;

		pthread_mutex_lock(&wake_lock);
		c = atomic_load(&t->sleeper);
		if (c)
			conn_wake(c);
		pthread_mutex_unlock(&wake_lock);
		sched_yield();
	}
	return NULL;
}

/* Whatever the connection is at when it is woken: the nudge never finds it freed. */
static void wakes_and_ends_cross(void **state)
{
	static const char *const last_words[] = {"", "ECH", "ECHO a\r\n", "WAIT 5\r\n", "UPLOAD 100\r\nabc"};
	struct toy_opts o = {.n_loops = 2};
	struct peer p;
	pthread_t waker;
	struct toy t;

	toy_start(&t, &o);
	t.sleeper_lock = &wake_lock;
	assert_int_equal(pthread_create(&waker, NULL, wake_all_the_time, &t), 0);
	for (unsigned i = 0; i < 200; i++) {
		p = peer_open(&t, i % 4 ? VIA_TCP : VIA_TLS);
		peer_say(&p, "SLEEP\r\n");
		peer_say(&p, last_words[i % COLUMNS(last_words)]);
		if (i % 2)
			peer_reset(&p);
		else
			peer_close(&p);
	}
	p = peer_open(&t, VIA_TCP);
	peer_say(&p, "QUIT\r\n");
	toy_until(&t.ended[END_QUIT], 1);
	pthread_join(waker, NULL);
	peer_close(&p);
	toy_until(&t.ends, 201);
	assert_true(atomic_load(&t.wakes) > 0);
	toy_stop(&t);
}

static void forgotten_lines_are_wiped(void **state)
{
	each_way(case_forget);
}

static void idle_ones_are_told(void **state)
{
	for (size_t i = 0; i < COLUMNS(ways); i++) {
		struct toy_opts o = {.io_chunk = ways[i].io_chunk, .idle_ms = 150};
		struct toy t;

		toy_start(&t, &o);
		case_idle(&t, ways[i].via, false);
		toy_stop(&t);
	}
}

/* SECURITY G1: to be busy without logging in gives no more time; logging in does. */
static void a_login_takes_only_so_long(void **state)
{
	struct toy_opts o = {.login_ms = 1000};
	struct peer stranger, user;
	struct toy t;
	char got[512];

	toy_start(&t, &o);
	user = peer_open(&t, VIA_TCP);
	peer_say(&user, "ENTER\r\n");
	peer_expect(&user, "entered\r\n");
	stranger = peer_open(&t, VIA_TCP);
	while (!atomic_load(&t.ended[END_TIMEOUT]))
		peer_try(&stranger, "\r\n", 2);
	while (peer_read(&stranger, got, sizeof(got)) == sizeof(got))
		;
	peer_say(&user, "ECHO still here\r\n");
	peer_expect(&user, "still here\r\n");
	peer_close(&stranger);
	peer_close(&user);
	toy_stop(&t);
}

/* Nobody who keeps sending is idle, however long it takes. */
static void a_long_upload_is_not_idle(void **state)
{
	static const char piece[65536];
	struct toy_opts o = {.idle_ms = 600};
	uint64_t until_ms;
	struct peer p;
	struct toy t;

	toy_start(&t, &o);
	p = peer_open(&t, VIA_TCP);
	peer_say(&p, "UPLOAD 1000000000000\r\n");
	peer_expect(&p, "go\r\n");
	until_ms = clock_mono_ms() + 3 * o.idle_ms;
	while (clock_mono_ms() < until_ms)
		peer_send(&p, piece, sizeof(piece));
	peer_close(&p);
	toy_until(&t.ended[END_CLIENT], 1);
	toy_stop(&t);
}

/* Clients that never read cost what the high-water mark says, and an end. */
static void those_who_never_read_are_bounded(void **state)
{
	enum { CLIENTS = 10 };
	struct toy_opts o = {.idle_ms = 1500};
	struct peer p[CLIENTS];
	size_t before, most = 0;
	struct toy t;

	toy_start(&t, &o);
	for (int i = 0; i < CLIENTS; i++)
		p[i] = peer_open(&t, i % 2 ? VIA_TLS : VIA_TCP);
	before = mallinfo2().uordblks;
	for (int i = 0; i < CLIENTS; i++)
		peer_say(&p[i], i % 3 ? "STEP 100000000\r\n" : "FILE 0 3000000\r\nFILE 0 3000000\r\n");
	while (atomic_load(&t.ends) < CLIENTS) {
		size_t now = mallinfo2().uordblks;

		if (now > most)
			most = now;
		sched_yield();
	}
	assert_int_equal(t.ended[END_TIMEOUT], CLIENTS);
	assert_true(most < before + CLIENTS * 400 * 1024);
	for (int i = 0; i < CLIENTS; i++)
		peer_close(&p[i]);
	toy_stop(&t);
}

static void browsers_are_cut_off(void **state)
{
	static const char *const words[] = {"GET / HTTP/1.1\r\nECHO a\r\n", "post /x\r\nECHO a\r\n",
					    "Host: x\r\nECHO a\r\n"};
	struct toy_opts o = {0};
	struct toy t;

	toy_start(&t, &o);
	for (size_t i = 0; i < COLUMNS(words); i++) {
		struct peer p = peer_open(&t, VIA_TCP);

		peer_say(&p, words[i]);
		peer_expect_end(&p);
		peer_close(&p);
		toy_until(&t.ended[END_ALIEN], (unsigned)i + 1);
	}
	toy_stop(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipelining_keeps_order),
		cmocka_unit_test(files_come_whole),
		cmocka_unit_test(lines_are_cut_and_judged),
		cmocka_unit_test(uploads_reach_the_sink),
		cmocka_unit_test(steps_go_on_when_drained),
		cmocka_unit_test(what_came_before_the_end_is_answered),
		cmocka_unit_test(resets_end_it_whatever_it_does),
		cmocka_unit_test(idle_ones_are_told),
		cmocka_unit_test(others_wake_it),
		cmocka_unit_test(wakes_and_ends_cross),
		cmocka_unit_test(forgotten_lines_are_wiped),
		cmocka_unit_test(a_login_takes_only_so_long),
		cmocka_unit_test(a_long_upload_is_not_idle),
		cmocka_unit_test(those_who_never_read_are_bounded),
		cmocka_unit_test(browsers_are_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
