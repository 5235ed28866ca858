/* double.c - what an IMAP session stands on, for its fuzz targets: a connection in memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <ftw.h>
#include <stdatomic.h>
#include <unistd.h>
#include "imap/double.h"
#include "imap/imap.h"

struct double_world double_world;

enum { OUT_MOST = 256 << 20, LINE_MOST = 16000 };

struct conn {
	void *state;
	struct arena arena;
	struct buf line, out;
	char *room;
	size_t mark; /* out.n when the running step began */
	size_t (*sink)(struct conn *c, struct str bytes);
	void (*then)(struct conn *c);
	void (*step)(struct conn *c);
	bool is_closed, keeps_arena, sink_done;
};

/* -- the store ------------------------------------------------------------------- */

static void at_exit(void)
{
	if (double_world.store)
		double_close();
}

void double_open(void)
{
	static bool is_registered;
	struct store_opts o = {.backend = "file", .dir = double_world.dir, .segment_bytes = 4 << 20,
			       .reserve_bytes = 1 << 20, .undelete_s = 0};
	struct conf_sources none = {0};
	struct buf errors;

	if (!is_registered)
		atexit(at_exit);
	is_registered = true;
	buf_init(&errors, 4096);
	snprintf(double_world.dir, sizeof(double_world.dir), "%s/mkdouble.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(double_world.dir) || store_open(&double_world.store, &o, NULL) < 0 ||
	    conf_load(&double_world.conf, &none, &errors) < 0)
		abort();
	buf_free(&errors);
	double_world.conf->errors_after_login = INT32_MAX;
	double_world.service.store = double_world.store;
	atomic_store(&double_world.service.conf, double_world.conf);
}

static void say(void *arg, const char *sentence)
{
	fprintf(stderr, "store_check: %s\n", sentence);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

void double_close(void)
{
	int r = store_check(double_world.store, say, NULL);

	if (r < 0)
		say(NULL, err_row(r)->name);
	if (r != 0)
		abort();
	double_world.store = store_close(double_world.store);
	conf_free(double_world.conf);
	nftw(double_world.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

uint64_t double_account(const char *name)
{
	struct change *c;
	uint64_t id = 0;

	if (change_new(&c, double_world.store) < 0 ||
	    change_account_create(c, str_of(name), &id) < 0 || change_commit(&c) < 0)
		abort();
	return id;
}

int double_deliver(uint64_t account, struct str mbox, struct str message)
{
	struct delivery to = {.account = account, .mbox = mbox, .make_mbox = true,
			      .prefix = STR("Return-Path: <>\r\n")};
	struct draft *d = NULL;
	struct change *c = NULL;
	int r = draft_open(&d, double_world.store, 0);

	if (r >= 0)
		r = draft_write(d, message);
	if (r >= 0)
		r = change_new(&c, double_world.store);
	if (r >= 0)
		r = change_deliver(c, d, &to, 1);
	if (r >= 0)
		r = change_commit(&c);
	change_drop(c);
	draft_drop(d);
	return r < 0 ? r : to.err;
}

/* -- a session --------------------------------------------------------------------- */

struct conn *double_connect(uint64_t account, const char *name)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct imap *s;

	if (!c)
		abort();
	arena_init(&c->arena, 64 << 20);
	buf_init(&c->line, LINE_MOST + 2);
	buf_init(&c->out, OUT_MOST);
	imap_proto.start(c);
	s = c->state;
	s->state = IN_AUTH;
	s->account = account;
	s->user = strdup(name);
	return c;
}

static void run_steps(struct conn *c)
{
	while (c->step && !c->is_closed) {
		void (*step)(struct conn *) = c->step;

		c->step = NULL;
		c->mark = c->out.n;
		double_world.steps++;
		step(c);
	}
	if (!c->keeps_arena)
		arena_reset(&c->arena);
}

static void give_line(struct conn *c, enum line_flaw flaw)
{
	struct str line = buf_str(&c->line);

	if (flaw == LINE_OK && str_ends(line, STR("\r")))
		line.n--;
	if (flaw == LINE_OK && line.n && memchr(line.p, 0, line.n))
		flaw = LINE_HAS_NUL;
	c->mark = c->out.n;
	double_world.steps++;
	imap_proto.line(c, line, flaw);
	buf_clear(&c->line);
	run_steps(c);
}

/* What the upload takes. */
static struct str give_literal(struct conn *c, struct str bytes)
{
	size_t took;

	c->sink_done = false;
	took = c->sink(c, bytes);
	assert(took <= bytes.n);
	if (took < bytes.n || c->sink_done) {
		void (*then)(struct conn *) = c->then;

		c->sink = NULL;
		c->mark = c->out.n;
		then(c);
		run_steps(c);
	}
	return str_from(bytes, took);
}

static struct str give_text(struct conn *c, struct str bytes)
{
	ptrdiff_t end = str_find(bytes, '\n');
	size_t n = end < 0 ? bytes.n : (size_t)end, room = LINE_MOST - c->line.n;

	if (n > room) {
		buf_add(&c->line, str_head(bytes, room));
		give_line(c, LINE_PART);
		return str_from(bytes, room);
	}
	buf_add(&c->line, str_head(bytes, n));
	if (end < 0)
		return str_from(bytes, n);
	give_line(c, LINE_OK);
	return str_from(bytes, n + 1);
}

bool double_feed(struct conn *c, struct str bytes)
{
	c->out.n = c->mark = 0;
	double_world.steps = 0;
	while (bytes.n && !c->is_closed)
		bytes = c->sink ? give_literal(c, bytes) : give_text(c, bytes);
	return !c->is_closed;
}

struct str double_output(const struct conn *c)
{
	return buf_str(&c->out);
}

bool double_wants_more(const struct conn *c)
{
	return c->sink || c->line.n || c->keeps_arena;
}

void double_end(struct conn *c)
{
	imap_proto.end(c, END_CLIENT);
	arena_free(&c->arena);
	buf_free(&c->line);
	buf_free(&c->out);
	free(c);
}

/* -- conn.h ----------------------------------------------------------------------------- */

const char *conn_end_name(enum conn_end why)
{
	return "test";
}

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
	return &double_world.service;
}

struct arena *conn_arena(struct conn *c)
{
	return &c->arena;
}

void conn_keep_arena(struct conn *c, bool keep)
{
	c->keeps_arena = keep;
}

struct str conn_peer(const struct conn *c)
{
	return STR("192.0.2.1");
}

bool conn_is_tls(const struct conn *c)
{
	return false;
}

bool conn_can_tls(const struct conn *c)
{
	return false;
}

const char *conn_tls_version(const struct conn *c)
{
	return NULL;
}

uint64_t conn_bytes_out(const struct conn *c)
{
	return c->out.n;
}

void conn_write(struct conn *c, struct str s)
{
	buf_add(&c->out, s);
}

void conn_vprintf(struct conn *c, const char *fmt, va_list ap)
{
	buf_vprintf(&c->out, fmt, ap);
}

void conn_printf(struct conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conn_vprintf(c, fmt, ap);
	va_end(ap);
}

/* Room of its own each time, so that the sanitizer sees a step past it. */
char *conn_room(struct conn *c, size_t n)
{
	assert(n <= 64 * 1024);
	free(c->room);
	c->room = malloc(n);
	if (!c->room)
		abort();
	return c->room;
}

void conn_filled(struct conn *c, size_t n)
{
	buf_add(&c->out, str_n(c->room, n));
	free(c->room);
	c->room = NULL;
}

void conn_send_file(struct conn *c, int fd, uint64_t at, uint64_t n, void (*unref)(void *arg), void *arg)
{
	while (n) {
		char piece[1024];
		ssize_t got = pread(fd, piece, n < sizeof(piece) ? (size_t)n : sizeof(piece), (off_t)at);

		if (got <= 0)
			abort();
		conn_write(c, str_n(piece, (size_t)got));
		at += (uint64_t)got;
		n -= (uint64_t)got;
	}
	unref(arg);
}

bool conn_is_full(const struct conn *c)
{
	return c->is_closed || (double_world.full_at && c->out.n - c->mark >= double_world.full_at);
}

void conn_step(struct conn *c, void (*fn)(struct conn *c))
{
	c->step = fn;
}

void conn_later(struct conn *c, unsigned ms, void (*fn)(struct conn *c))
{
	c->step = fn;
}

void conn_upload(struct conn *c, size_t (*sink)(struct conn *c, struct str bytes),
		 void (*then)(struct conn *c))
{
	c->sink = sink;
	c->then = then;
}

void conn_upload_done(struct conn *c)
{
	c->sink_done = true;
}

void conn_upload_pause(struct conn *c, void (*drain)(struct conn *c))
{
	drain(c);
}

void conn_start_tls(struct conn *c)
{
	abort();
}

void conn_close(struct conn *c)
{
	c->is_closed = true;
}

bool conn_is_closing(const struct conn *c)
{
	return c->is_closed;
}

void conn_set_idle(struct conn *c, unsigned ms)
{
}

void conn_set_line_most(struct conn *c, size_t octets)
{
}

void conn_logged_in(struct conn *c)
{
}

void conn_forget_line(struct conn *c)
{
}

int conn_compress(struct conn *c)
{
	return 0; /* what is fed stays plain */
}

bool conn_is_compressed(const struct conn *c)
{
	return false;
}

void conn_logged_out(struct conn *c)
{
}

void conn_wake(struct conn *c)
{
}

bool conn_has_input(const struct conn *c)
{
	return false;
}

/* -- auth.h ------------------------------------------------------------------------------- */

bool auth_plaintext_ok(const struct auth *a, const struct conn *c)
{
	return true;
}

int auth_password(struct auth *a, struct conn *c, const char *mechanism, struct str user,
		  struct str password, struct login *ret)
{
	return E_AUTH;
}

int auth_session_begin(struct auth *a, uint64_t account)
{
	return 0;
}

void auth_session_end(struct auth *a, uint64_t account)
{
}
