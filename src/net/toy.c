/* toy.c - the toy protocol: a command for each thing that a connection can do.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	ECHO text      text              WAIT ms     waited (a task that sleeps)
 *	STEP n         n numbered lines  WORK        worked (on the pool)
 *	FILE at n      n octets          LATER ms    later (without a stack)
 *	UPLOAD n       go; got n sum     SLOW n      the same, pausing each 1000 octets
 *	SLEEP          nothing; "woken" when somebody wakes it
 *	FLAWS          the last line's   STLS, ENTER, QUIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "net/toy.h"

struct toy_session {
	struct toy *toy;
	uint64_t left, at, sum, since_pause, n;
	bool slow, ends_in_tail;
};

static struct toy_session *of(struct conn *c)
{
	return conn_state(c);
}

static void toy_start_session(struct conn *c)
{
	struct toy_session *s = calloc(1, sizeof(*s));

	s->toy = (struct toy *)conn_service(c);
	conn_set_state(c, s);
	atomic_fetch_add(&s->toy->starts, 1);
	conn_write(c, STR("hello\r\n"));
}

static void toy_end(struct conn *c, enum conn_end why)
{
	struct toy_session *s = of(c);
	struct toy *t = s->toy;
	struct conn *me = c;

	if (t->sleeper_lock)
		pthread_mutex_lock(t->sleeper_lock);
	atomic_compare_exchange_strong(&t->sleeper, &me, NULL);
	if (t->sleeper_lock)
		pthread_mutex_unlock(t->sleeper_lock);
	conn_write(c, STR("never seen"));
	task_yield();
	free(s);
	atomic_fetch_add(&t->ended[why], 1);
	atomic_fetch_add(&t->ends, 1);
}

static void toy_farewell(struct conn *c, enum conn_end why)
{
	conn_printf(c, "bye %s\r\n", conn_end_name(why));
}

static void toy_secured(struct conn *c)
{
	atomic_fetch_add(&of(c)->toy->secured, 1);
}

static void step_lines(struct conn *c)
{
	struct toy_session *s = of(c);

	while (s->left) {
		if (conn_is_full(c)) {
			conn_step(c, step_lines);
			return;
		}
		conn_printf(c, "line %llu\r\n", (unsigned long long)s->at++);
		s->left--;
	}
	conn_write(c, STR("."));
	conn_write(c, STR("\r\n"));
}

static void drain_slowly(struct conn *c)
{
	task_yield();
	of(c)->since_pause = 0;
}

static size_t sink(struct conn *c, struct str bytes)
{
	struct toy_session *s = of(c);
	size_t n = bytes.n < s->left ? bytes.n : (size_t)s->left;

	for (size_t i = 0; i < n; i++)
		s->sum = s->sum * 31 + (unsigned char)bytes.p[i];
	s->left -= n;
	s->since_pause += n;
	if (!s->left && n == bytes.n) /* else it shows by what we leave */
		conn_upload_done(c);
	else if (s->slow && s->since_pause >= 1000)
		conn_upload_pause(c, drain_slowly);
	return n;
}

static void uploaded(struct conn *c)
{
	struct toy_session *s = of(c);

	task_yield();
	conn_printf(c, "got %llu %llx\r\n", (unsigned long long)s->n, (unsigned long long)s->sum);
}

static void cmd_upload(struct conn *c, uint64_t n, bool slow)
{
	struct toy_session *s = of(c);

	s->left = s->n = n;
	s->sum = 0;
	s->slow = slow;
	conn_write(c, STR("go\r\n"));
	conn_upload(c, sink, uploaded);
}

static void unref(void *arg)
{
	struct toy *t = arg;

	atomic_fetch_add(&t->unrefs, 1);
}

static void cmd_file(struct conn *c, struct str args)
{
	struct toy *t = of(c)->toy;
	uint64_t at = 0, n = 0;

	str_u64(str_cut(&args, ' '), UINT64_MAX, &at);
	str_u64(args, UINT64_MAX, &n);
	conn_printf(c, "file %llu\r\n", (unsigned long long)n);
	conn_send_file(c, t->file_fd, at, n, unref, t);
	conn_write(c, STR(".\r\n"));
}

static int work(void *arg)
{
	return *(int *)arg;
}

static void later(struct conn *c)
{
	conn_write(c, STR("later\r\n"));
}

static void other(struct conn *c, struct str word, struct str args, uint64_t n)
{
	int forty_two = 42;

	if (str_eq(word, STR("WAIT"))) {
		atomic_fetch_add(&of(c)->toy->waits, 1);
		task_sleep((unsigned)n);
		conn_write(c, STR("waited\r\n"));
	} else if (str_eq(word, STR("WORK"))) {
		conn_printf(c, "worked %d\r\n", work_run(work, &forty_two));
	} else if (str_eq(word, STR("LATER"))) {
		conn_later(c, (unsigned)n, later);
	} else if (str_eq(word, STR("ENTER"))) {
		conn_logged_in(c);
		conn_write(c, STR("entered\r\n"));
	} else if (str_eq(word, STR("FORGET"))) {
		size_t zeros = 0;

		conn_forget_line(c);
		for (size_t i = 0; i < args.n; i++)
			zeros += !args.p[i];
		conn_printf(c, "%zu zeros\r\n", zeros);
	} else if (str_eq(word, STR("STLS"))) {
		conn_write(c, STR("ok\r\n"));
		conn_start_tls(c);
	} else if (str_eq(word, STR("SLEEP"))) {
		atomic_store(&of(c)->toy->sleeper, c);
		conn_write(c, STR("sleeping\r\n"));
	} else if (str_eq(word, STR("QUIT"))) {
		conn_write(c, STR("bye\r\n"));
		conn_close(c);
	} else {
		conn_write(c, STR("what?\r\n"));
	}
}

static void toy_woken(struct conn *c)
{
	atomic_fetch_add(&of(c)->toy->wakes, 1);
	task_yield();
	conn_write(c, STR("woken\r\n"));
}

static void toy_line(struct conn *c, struct str line, enum line_flaw flaw)
{
	static const char *const flaws[] = {"ok", "long", "nul", "lf"};
	struct str rest = line, word = str_cut(&rest, ' ');
	uint64_t n = 0;

	str_u64(rest, UINT64_MAX, &n);
	if (flaw != LINE_OK) {
		conn_printf(c, "flaw %s %zu\r\n", flaws[flaw], line.n);
	} else if (str_eq(word, STR("ECHO"))) {
		conn_printf(c, "%.*s\r\n", STR_ARG(rest));
	} else if (str_eq(word, STR("STEP"))) {
		of(c)->left = n;
		of(c)->at = 0;
		step_lines(c);
	} else if (str_eq(word, STR("UPLOAD")) || str_eq(word, STR("SLOW"))) {
		cmd_upload(c, n, str_eq(word, STR("SLOW")));
	} else if (str_eq(word, STR("FILE"))) {
		cmd_file(c, rest);
	} else {
		other(c, word, rest, n);
	}
}

/* -- the server ------------------------------------------------------------------------ */

unsigned char toy_file_byte(uint64_t at)
{
	return (unsigned char)(at * 2654435761u >> 13);
}

static void make_file(struct toy *t)
{
	unsigned char *bytes = malloc(TOY_FILE_BYTES);

	for (uint64_t i = 0; i < TOY_FILE_BYTES; i++)
		bytes[i] = toy_file_byte(i);
	t->file_fd = openat(t->dirfd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(fs_write_all(t->file_fd, bytes, TOY_FILE_BYTES), 0);
	assert_int_equal(fsync(t->file_fd), 0);
	free(bytes);
}

static void make_tls(struct toy *t)
{
	char cert[64], key[64];
	struct tls_opts o = {cert, key};
	const char *why = "";

	snprintf(cert, sizeof(cert), "%s/cert", t->dir);
	snprintf(key, sizeof(key), "%s/key", t->dir);
	assert_int_equal(tls_self_signed(t->dirfd, "cert", "key", STR("toy.example.test")), 1);
	assert_int_equal(tls_self_signed(t->dirfd, "cert", "key", STR("toy.example.test")), 0);
	assert_int_equal(tls_new(&t->tls, &o, &why), 0);
}

static void listen_at(struct toy *t, const char *where, bool implicit, struct listener **ret)
{
	struct listen_opts o = {.proto = &t->proto, .service = t, .tls = t->tls,
				.implicit_tls = implicit, .unix_mode = 0600};
	struct listen_addr at;

	assert_int_equal(listen_parse(&at, str_of(where)), 0);
	assert_int_equal(server_listen(t->server, &at, &o, ret), 0);
}

static void *run(void *arg)
{
	loop_run(arg);
	return NULL;
}

void toy_start(struct toy *t, const struct toy_opts *o)
{
	struct loop_opts lo = {.stacks_most = o->stacks_most};
	struct server_opts so = {.loops = t->loops,
				 .n_loops = o->n_loops ? o->n_loops : 1,
				 .conns_most = o->conns_most ? o->conns_most : 10000,
				 .conns_per_ip = o->conns_per_ip,
				 .io_chunk = o->io_chunk};
	char path[64];

	memset(t, 0, sizeof(*t));
	snprintf(t->dir, sizeof(t->dir), "/tmp/net_test.XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	t->dirfd = fs_open_dir(AT_FDCWD, t->dir);
	t->n_loops = so.n_loops;
	t->proto = (struct proto){"toy", "toy", TOY_LINE_MOST, o->idle_ms ? o->idle_ms : 60000,
				  TOY_OVERLONG_MOST, toy_start_session, toy_line, toy_end,
				  toy_farewell, toy_secured, o->login_ms, .woken = toy_woken};
	make_file(t);
	if (!o->no_tls)
		make_tls(t);
	for (unsigned i = 0; i < t->n_loops; i++)
		assert_int_equal(loop_new(&t->loops[i], &lo), 0);
	assert_int_equal(server_new(&t->server, &so), 0);
	listen_at(t, "127.0.0.1:0", false, &t->plain);
	snprintf(path, sizeof(path), "unix:%s/socket", t->dir);
	listen_at(t, path, false, &t->path);
	if (t->tls)
		listen_at(t, "127.0.0.1:0", true, &t->secure);
	assert_int_equal(server_start(t->server), 0);
	for (unsigned i = 0; i < t->n_loops; i++)
		assert_int_equal(pthread_create(&t->threads[i], NULL, run, t->loops[i]), 0);
}

static void drained(void *arg)
{
	wait_done(arg, 0);
}

void toy_drain(struct toy *t, unsigned ms)
{
	struct wait w;

	t->drained = true;
	wait_init(&w);
	server_drain(t->server, ms, drained, &w);
	wait_for(&w);
}

void toy_stop(struct toy *t)
{
	if (!t->drained)
		toy_drain(t, 5000);
	for (unsigned i = 0; i < t->n_loops; i++)
		loop_stop(t->loops[i]);
	for (unsigned i = 0; i < t->n_loops; i++)
		pthread_join(t->threads[i], NULL);
	t->server = server_free(t->server);
	for (unsigned i = 0; i < t->n_loops; i++)
		t->loops[i] = loop_free(t->loops[i]);
	t->tls = tls_free(t->tls);
	assert_int_equal(t->starts, t->ends);
	close(t->file_fd);
	unlinkat(t->dirfd, "file", 0);
	unlinkat(t->dirfd, "cert", 0);
	unlinkat(t->dirfd, "key", 0);
	close(t->dirfd);
	assert_int_equal(rmdir(t->dir), 0); /* the socket's file has gone too */
}

void toy_until(atomic_uint *what, unsigned n)
{
	uint64_t give_up_ms = clock_mono_ms() + 20000;

	while (atomic_load(what) != n && clock_mono_ms() < give_up_ms)
		sched_yield();
	assert_int_equal(atomic_load(what), n);
}
