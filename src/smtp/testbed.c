/* testbed.c - a connection and a store made of memory, for unit tests and fuzzers.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdatomic.h>
#include "auth/accounts.h"
#include "auth/auth.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "net/conn.h"
#include "smtp/testbed.h"
#include "wire/address.h"

struct conn {
	struct bed *bed;
	const struct proto *proto;
	void *state;
	struct service service;
	struct conf conf;
	struct buf in;
	size_t (*sink)(struct conn *c, struct str bytes);
	void (*then)(struct conn *c);
	bool is_done, is_closed, is_tls;
	unsigned overlong;
	bool skips; /* the rest of an overlong line */
};

int bed_is_outside = 1;
bool bed_talks_early;

/* What a double allocates is not the session's to lose. */
static int enter(void)
{
	int was = bed_is_outside;

	bed_is_outside = 1;
	return was;
}

/* -- net/conn.h ---------------------------------------------------------------- */

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
	return &c->service;
}
struct str conn_peer(const struct conn *c)
{
	return STR("192.0.2.1");
}
bool conn_is_tls(const struct conn *c)
{
	return c->is_tls;
}
const char *conn_tls_version(const struct conn *c)
{
	return c->is_tls ? "TLSv1.3" : NULL;
}
const char *conn_tls_cipher(const struct conn *c)
{
	return c->is_tls ? "TLS_AES_128_GCM_SHA256" : NULL;
}
uint64_t conn_bytes_in(const struct conn *c)
{
	return 0;
}
uint64_t conn_bytes_out(const struct conn *c)
{
	return c->bed->out.n;
}
uint64_t conn_id(const struct conn *c)
{
	return 7;
}
bool conn_has_input(const struct conn *c)
{
	return c->in.n > 0;
}
void conn_write(struct conn *c, struct str s)
{
	int was = enter();

	buf_add(&c->bed->out, s);
	bed_is_outside = was;
}
void conn_vprintf(struct conn *c, const char *fmt, va_list ap)
{
	int was = enter();

	buf_vprintf(&c->bed->out, fmt, ap);
	bed_is_outside = was;
}
void conn_printf(struct conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conn_vprintf(c, fmt, ap);
	va_end(ap);
}
void conn_upload(struct conn *c, size_t (*sink)(struct conn *c, struct str bytes),
		 void (*then)(struct conn *c))
{
	assert(!c->sink);
	c->sink = sink;
	c->then = then;
	c->is_done = false;
}
void conn_upload_done(struct conn *c)
{
	c->is_done = true;
}
bool conn_can_tls(const struct conn *c)
{
	return !c->is_tls;
}
void conn_start_tls(struct conn *c)
{
	if (c->in.n) { /* as net/conn.h: thrown away, and the connection with it */
		buf_clear(&c->in);
		conn_close(c);
		return;
	}
	c->is_tls = true;
	c->bed->tls_started++;
	c->proto->secured(c);
}
void conn_close(struct conn *c)
{
	c->is_closed = c->bed->is_closed = true;
}
bool conn_talks_early(const struct conn *c)
{
	return bed_talks_early;
}
void conn_set_idle(struct conn *c, unsigned ms)
{
}
void conn_later(struct conn *c, unsigned ms, void (*fn)(struct conn *c))
{
	fn(c);
}

/* -- store/store.h, auth/accounts.h ----------------------------------------------- */

struct draft {
	struct bed *bed;
	struct buf body;
};

static struct bed *only; /* a test has one at a time: the store's functions find it here */

int draft_open(struct draft **ret, struct store *s, uint64_t size_hint)
{
	struct draft *d;

	if (only->fail_open)
		return only->fail_open;
	d = calloc(1, sizeof(*d));
	if (!d)
		return E_NOMEM;
	d->bed = only;
	buf_init(&d->body, 64 << 20);
	only->drafts_open++;
	*ret = d;
	return 0;
}

int draft_write(struct draft *d, struct str bytes)
{
	d->bed->written += bytes.n;
	d->bed->writes++;
	if (d->bed->fail_write && d->bed->written > d->bed->fail_write_at)
		return d->bed->fail_write;
	return buf_add(&d->body, bytes);
}

uint64_t draft_size(const struct draft *d)
{
	return d->body.n;
}

unsigned draft_received_count(const struct draft *d)
{
	struct str rest = buf_str(&d->body);
	unsigned n = 0;

	while (rest.n && !str_starts(rest, STR("\r\n"))) {
		n += str_istarts(rest, STR("Received:"));
		str_cut(&rest, '\n');
	}
	return n;
}

struct str draft_message_id(const struct draft *d)
{
	return STR("<id@test>");
}

struct draft *draft_drop(struct draft *d)
{
	if (d) {
		d->bed->drafts_open--;
		buf_free(&d->body);
		free(d);
	}
	return NULL;
}

struct change {
	struct draft *d;
	struct delivery *to;
	size_t n;
	bool all_or_none;
};

int change_new(struct change **ret, struct store *s)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : E_NOMEM;
}

struct change *change_drop(struct change *c)
{
	free(c);
	return NULL;
}

int change_deliver(struct change *c, struct draft *d, struct delivery *to, size_t n)
{
	c->d = d;
	c->to = to;
	c->n = n;
	return 0;
}

void change_as_one(struct change *c)
{
	c->all_or_none = true;
}

static void keep(struct draft *d, struct delivery *to)
{
	struct bed *b = d->bed;
	struct bed_message *m;
	int was = enter();

	b->messages = realloc(b->messages, (b->n_messages + 1) * sizeof(*m));
	m = &b->messages[b->n_messages++];
	m->account = to->account;
	m->envelope_to = to->envelope_to;
	buf_init(&m->prefix, 65536);
	buf_add(&m->prefix, to->prefix);
	buf_init(&m->body, 64 << 20);
	buf_add(&m->body, buf_str(&d->body));
	bed_is_outside = was;
}

int change_commit(struct change **c)
{
	int e = only->fail_commit;

	for (size_t i = 0; i < (*c)->n && (*c)->all_or_none && !e; i++)
		e = (*c)->to[i].account == BED_FULL ? E_QUOTA : 0;
	for (size_t i = 0; i < (*c)->n && !e; i++) {
		struct delivery *to = &(*c)->to[i];

		to->err = to->account == BED_FULL ? E_QUOTA : 0;
		if (!to->err)
			keep((*c)->d, to);
	}
	*c = change_drop(*c);
	return e;
}

int account_get(struct store *s, uint64_t id, struct account_info *ret)
{
	*ret = (struct account_info){.id = id};
	if (id == BED_FULL) {
		ret->quota_bytes = 1000;
		ret->used_bytes = 900; /* less room than any message needs with its trace lines */
	}
	return 0;
}

static const struct {
	const char *name;
	uint64_t accounts[2];
	int err;
} names[] = {
	{"alice", {BED_ALICE}, 0},	    {"bob", {BED_BOB}, 0},
	{"carol", {BED_CAROL}, 0},	    {"full", {BED_FULL}, 0},
	{"gone", {0}, E_DISABLED},	    {"all", {BED_ALICE, BED_BOB}, 0},
	{"some", {BED_ALICE, BED_FULL}, 0}, {"postmaster", {BED_ALICE}, 0},
};

/* An alias of a thousand accounts with long names. */
static int crowd(unsigned which, struct arena *arena, struct rcpts *ret)
{
	ret->v = arena_alloc(arena, 1000 * sizeof(*ret->v));
	if (!ret->v)
		return E_NOMEM;
	for (ret->n = 0; ret->n < 1000; ret->n++) {
		struct rcpt *r = &ret->v[ret->n];

		r->account = which * 1000 + ret->n;
		r->name = arena_printf(arena, "somebody.with.a.long.name.%zu@department.example.test",
				       ret->n);
		r->mbox = STR("INBOX");
		if (!r->name.p)
			return E_NOMEM;
	}
	return 0;
}

int rcpt_resolve(struct store *s, const struct conf *c, const struct address *a,
		 struct arena *arena, struct rcpts *ret)
{
	if (a->domain.n && !str_ieq(a->domain, STR("example.test")))
		return E_DENIED;
	if (str_starts(a->local, STR("crowd")) && a->local.n == 6)
		return crowd((unsigned)a->local.p[5], arena, ret);
	for (size_t i = 0; i < COLUMNS(names); i++) {
		if (!str_ieq(a->local, str_of(names[i].name)))
			continue;
		if (names[i].err)
			return names[i].err;
		ret->v = arena_alloc(arena, 2 * sizeof(*ret->v));
		if (!ret->v)
			return E_NOMEM;
		for (ret->n = 0; ret->n < 2 && names[i].accounts[ret->n]; ret->n++)
			ret->v[ret->n] = (struct rcpt){.account = names[i].accounts[ret->n],
						       .name = STR("someone@example.test"),
						       .mbox = STR("INBOX")};
		return 0;
	}
	return E_NOACCOUNT;
}

/* -- the client's side ---------------------------------------------------------------- */

struct bed *bed_new(const struct proto *proto, uint64_t message_size)
{
	const struct log_opts quiet = {.level = LOG_EV_ERROR, .target = "stderr"};
	struct bed *b = calloc(1, sizeof(*b));
	struct conn *c = calloc(1, sizeof(*c));

	log_setup(&quiet);
	buf_init(&b->out, 64 << 20);
	buf_init(&c->in, 64 << 20);
	b->c = c;
	c->bed = b;
	c->proto = proto;
	c->conf = (struct conf){.hostname = "mx.example.test",
				.smtp_idle = 300,
				.message_size = message_size ? message_size : 1 << 20,
				.recipients = 1000,
				.received_most = 50,
				.errors_before_login = 10};
	atomic_store(&c->service.conf, &c->conf);
	only = b;
	bed_is_outside = 0;
	proto->start(c);
	bed_is_outside = 1;
	return b;
}

struct bed *bed_free(struct bed *b)
{
	if (!b->is_closed)
		bed_hang_up(b, END_CLIENT);
	else
		b->c->proto->end(b->c, END_QUIT);
	assert(b->drafts_open == 0);
	for (size_t i = 0; i < b->n_messages; i++) {
		buf_free(&b->messages[i].prefix);
		buf_free(&b->messages[i].body);
	}
	free(b->messages);
	buf_free(&b->out);
	buf_free(&b->c->in);
	free(b->c);
	free(b);
	return NULL;
}

void bed_hang_up(struct bed *b, enum conn_end why)
{
	b->is_closed = b->c->is_closed = true;
	b->c->proto->end(b->c, why);
	b->c->state = NULL;
}

static bool upload(struct conn *c)
{
	size_t n;

	bed_is_outside = 0;
	n = c->sink(c, buf_str(&c->in));
	bed_is_outside = 1;
	assert(n <= c->in.n);
	c->is_done = c->is_done || n < c->in.n;
	buf_drop(&c->in, n);
	if (!c->is_done)
		return false;
	c->sink = NULL;
	bed_is_outside = 0;
	c->then(c);
	bed_is_outside = 1;
	return true;
}

/* Cuts off a line and hands it over; false without a whole one. */
static bool one_line(struct conn *c)
{
	ptrdiff_t end = str_find(buf_str(&c->in), '\n');
	struct buf line;
	enum line_flaw flaw = LINE_OK;

	if (end < 0 && c->in.n < c->proto->line_most)
		return false;
	buf_init(&line, 1 << 20);
	if (end < 0 || (size_t)end >= c->proto->line_most) {
		flaw = LINE_TOO_LONG;
		buf_add(&line, str_head(buf_str(&c->in), 100));
		if (end < 0) {
			buf_clear(&c->in);
			if (c->skips) {
				buf_free(&line);
				return false;
			}
		}
	} else {
		buf_add(&line, str_head(buf_str(&c->in), (size_t)end));
		if (!line.n || line.p[line.n - 1] != '\r')
			flaw = LINE_BARE_LF;
		else
			line.n--;
		if (str_find(buf_str(&line), '\0') >= 0)
			flaw = LINE_HAS_NUL;
	}
	if (end >= 0)
		buf_drop(&c->in, (size_t)end + 1);
	if (c->skips) {
		c->skips = end < 0;
	} else {
		c->skips = end < 0;
		bed_is_outside = 0;
		c->proto->line(c, buf_str(&line), flaw);
		bed_is_outside = 1;
	}
	buf_free(&line);
	return true;
}

void bed_feed(struct bed *b, struct str bytes)
{
	struct conn *c = b->c;

	if (c->is_closed)
		return;
	buf_add(&c->in, bytes);
	while (!c->is_closed && c->in.n && (c->sink ? upload(c) : one_line(c)))
		;
}

void bed_feed_by(struct bed *b, struct str bytes, size_t n)
{
	while (bytes.n) {
		bed_feed(b, str_head(bytes, n));
		bytes = str_from(bytes, n);
	}
}
