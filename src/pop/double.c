/* double.c - what POP3 stands on, as test doubles: a connection, a store of a few messages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "auth/rights.h"
#include "pop/double.h"
#include <assert.h>
#include <stdatomic.h>
#include "base/err.h"
#include "pop/pop3.h"

struct double_world world;
static uint64_t worlds; /* each has mailboxes of its own: a failed test keeps its lock */

void double_reset(struct double_msg *msgs, uint32_t n)
{
	world = (struct double_world){.msgs = msgs, .n_msgs = n, .plaintext_ok = true,
				      .tls_possible = true};
	worlds++;
	world.conf.hostname = "dewey";
	world.conf.pop3_delete = "expunge";
	world.conf.errors_before_login = world.conf.errors_after_login = 1000000;
	world.conf.pop3_exclusive = world.conf.pop3_sets_seen = true;
	world.conf.pop3_idle = 600;
	world.conf.pop3_login = 1800;
	atomic_init(&world.service.conf, &world.conf);
	for (uint32_t i = 0; i < n; i++) {
		msgs[i].gone = false;
		msgs[i].flags = 0;
	}
}

/* -- the connection ------------------------------------------------------------ */

struct conn {
	void *state;
	struct arena arena;
	struct buf out;
	size_t mark, line_most; /* out.n when the running call began */
	char *room;
	void (*step)(struct conn *c);
	bool is_closed, is_tls, wants_tls;
};

struct conn *double_connect(void)
{
	struct conn *c = calloc(1, sizeof(*c));

	assert(c);
	arena_init(&c->arena, 1 << 20);
	buf_init(&c->out, 64 << 20);
	c->line_most = pop3_proto.line_most;
	pop3_proto.start(c);
	return c;
}

void double_line(struct conn *c, struct str line, enum line_flaw flaw)
{
	c->out.n = c->mark = 0;
	pop3_proto.line(c, line, flaw);
	while (c->step) {
		void (*step)(struct conn *) = c->step;

		c->step = NULL;
		c->mark = c->out.n;
		step(c);
	}
	arena_reset(&c->arena);
}

void double_farewell(struct conn *c, enum conn_end why)
{
	c->out.n = 0;
	pop3_proto.farewell(c, why);
}

void double_end(struct conn *c, enum conn_end why)
{
	pop3_proto.end(c, why);
	arena_free(&c->arena);
	buf_free(&c->out);
	free(c);
}

struct str double_output(const struct conn *c)
{
	return buf_str(&c->out);
}

bool double_is_closed(const struct conn *c)
{
	return c->is_closed;
}

bool double_wants_tls(const struct conn *c)
{
	return c->wants_tls;
}

size_t double_line_most(const struct conn *c)
{
	return c->line_most;
}

void double_tls(struct conn *c)
{
	c->is_tls = true;
	c->wants_tls = false;
	pop3_proto.secured(c);
}

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
	return &world.service;
}

struct arena *conn_arena(struct conn *c)
{
	return &c->arena;
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

uint64_t conn_bytes_out(const struct conn *c)
{
	return c->out.n;
}

void conn_write(struct conn *c, struct str s)
{
	assert(!c->room);
	world.work += 1 + s.n;
	buf_add(&c->out, s);
}

void conn_vprintf(struct conn *c, const char *fmt, va_list ap)
{
	assert(!c->room);
	world.work += 8;
	buf_vprintf(&c->out, fmt, ap);
}

void conn_printf(struct conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conn_vprintf(c, fmt, ap);
	va_end(ap);
}

char *conn_room(struct conn *c, size_t n)
{
	assert(!c->room && n <= 64 * 1024);
	c->room = malloc(n); /* exactly: a write past it is seen */
	return c->room;
}

void conn_filled(struct conn *c, size_t n)
{
	char *room = c->room;

	assert(room);
	c->room = NULL;
	conn_write(c, str_n(room, n));
	free(room);
}

void conn_send_file(struct conn *c, int fd, uint64_t at, uint64_t n, void (*unref)(void *), void *arg)
{
	assert(!"the double's bodies are in memory");
}

bool conn_is_full(const struct conn *c)
{
	return world.full_at && c->out.n - c->mark >= world.full_at;
}

void conn_step(struct conn *c, void (*fn)(struct conn *))
{
	c->step = fn;
}

void conn_later(struct conn *c, unsigned ms, void (*fn)(struct conn *))
{
	c->step = fn;
}

void conn_start_tls(struct conn *c)
{
	c->wants_tls = true;
}

bool conn_can_tls(const struct conn *c)
{
	return world.tls_possible && !c->is_tls;
}

void conn_close(struct conn *c)
{
	c->is_closed = true;
}

void conn_set_line_most(struct conn *c, size_t octets)
{
	c->line_most = octets;
}

void conn_set_idle(struct conn *c, unsigned ms)
{
	world.idle_ms = ms;
}

void conn_set_login(struct conn *c, unsigned ms)
{
	world.login_ms = ms;
}

void conn_forget_line(struct conn *c)
{
	world.forgotten++;
}

void conn_logged_in(struct conn *c)
{
}

/* -- auth -------------------------------------------------------------------------- */

int auth_password(struct auth *a, struct conn *c, const char *mechanism, struct str user,
		  struct str password, struct login *ret)
{
	ret->delay_ms = 1000;
	if (!str_eq(password, STR("secret")))
		return E_AUTH;
	ret->account = 1;
	snprintf(ret->name, sizeof(ret->name), "kcope@example.test");
	if (str_ends(user, STR("+none")))
		snprintf(ret->folder, sizeof(ret->folder), "none");
	return 0;
}

int auth_apop(struct auth *a, struct conn *c, struct str user, struct str challenge,
	      struct str digest, struct login *ret)
{
	return auth_password(a, c, "APOP", user, digest, ret);
}

bool auth_plaintext_ok(const struct auth *a, const struct conn *c)
{
	return world.plaintext_ok || c->is_tls;
}

int auth_session_begin(struct auth *a, uint64_t account)
{
	world.sessions++;
	return 0;
}

void auth_session_end(struct auth *a, uint64_t account)
{
	world.sessions--;
}

/* -- the store --------------------------------------------------------------------- */

int mbox_find(struct store *s, uint64_t account, struct str name, struct mbox_info *ret)
{
	*ret = (struct mbox_info){.id = worlds * 2 + str_eq(name, STR("INBOX"))};
	return str_eq(name, STR("none")) ? E_NOMBOX : 0;
}

int meta_find(struct store *s, uint64_t account, uint64_t mbox, struct str name, struct buf *out)
{
	if (!str_eq(name, STR("pop3.last")) || !*world.last)
		return E_NOTFOUND;
	return buf_add(out, str_of(world.last));
}

static struct double_msg *find(uint32_t uid)
{
	for (uint32_t i = 0; i < world.n_msgs; i++)
		if (world.msgs[i].uid == uid)
			return &world.msgs[i];
	return NULL;
}

static size_t size_of(const struct double_msg *m)
{
	return strlen(m->prefix) + strlen(m->body);
}

int snap_open(struct snap **ret, struct store *s, uint64_t mbox)
{
	struct snap *p = calloc(1, sizeof(*p));

	p->msgs = calloc(world.n_msgs + 1, sizeof(*p->msgs));
	p->mbox = mbox;
	p->account = 1;
	p->uidvalidity = 7;
	for (uint32_t i = 0; i < world.n_msgs; i++) {
		struct double_msg *m = &world.msgs[i];

		if (m->gone)
			continue;
		p->msgs[p->n++] = (struct snap_msg){m->uid, (uint32_t)size_of(m)};
		p->octets += size_of(m);
		p->has_uidls |= m->uidl != NULL;
	}
	world.snaps++;
	*ret = p;
	return 0;
}

struct snap *snap_close(struct snap *p)
{
	world.snaps--;
	free(p->msgs);
	free(p);
	return NULL;
}

int snap_info(struct snap *p, uint32_t uid, struct msg_info *ret)
{
	*ret = (struct msg_info){.uid = uid, .flags = find(uid)->flags};
	return 0;
}

int snap_uidl(struct snap *p, uint32_t uid, struct buf *out)
{
	struct double_msg *m = find(uid);

	return m->uidl ? buf_add(out, str_of(m->uidl)) : E_NOTFOUND;
}

int msg_open(struct msg_body *ret, struct snap *p, uint32_t uid)
{
	struct double_msg *m = find(uid);
	int e = world.fail_read;

	world.fail_read = 0;
	if (e < 0)
		return e;
	*ret = (struct msg_body){.size = size_of(m), .bits = m->dots ? BIT_DOTS : 0,
				 .prefix = str_of(m->prefix), .fd = -1, .mem = m->body,
				 .n = strlen(m->body), .ref = m};
	world.bodies++;
	return 0;
}

int64_t msg_read(struct msg_body *b, uint64_t at, void *out, size_t n)
{
	size_t k = 0;

	for (; k < n && at + k < b->size; k++)
		((char *)out)[k] = at + k < b->prefix.n ? b->prefix.p[at + k] :
							  b->mem[at + k - b->prefix.n];
	world.work += 1 + k;
	return (int64_t)k;
}

unsigned plain_needs(uint32_t bits)
{
	return 0;
}

int msg_plain(struct msg_body *b, unsigned kinds)
{
	return 0;
}

int snap_plain_size(struct snap *p, uint32_t uid, unsigned kinds, uint64_t *ret)
{
	return E_NOMSG;
}

void msg_close(struct msg_body *b)
{
	world.bodies -= b->ref != NULL;
	b->ref = NULL;
}

/* A change is a list of at most this many steps. */
struct change {
	struct {
		char what;
		uint32_t lo, hi, flags;
	} v[4096];
	size_t n;
	char last[64];
	bool has_last;
};

int rights_of_owner(struct store *s, const struct mbox_info *m, uint32_t *ret)
{
	*ret = RIGHTS_ALL;
	return 0;
}

int change_new(struct change **ret, struct store *s)
{
	*ret = calloc(1, sizeof(**ret));
	return 0;
}

struct change *change_drop(struct change *c)
{
	free(c);
	return NULL;
}

static int add(struct change *c, char what, struct uidset uids, uint32_t flags)
{
	for (size_t i = 0; i < uids.n; i++) {
		assert(c->n < COLUMNS(c->v) && (i == 0 || uids.r[i - 1].hi < uids.r[i].lo));
		c->v[c->n].what = what;
		c->v[c->n].lo = uids.r[i].lo;
		c->v[c->n].hi = uids.r[i].hi;
		c->v[c->n++].flags = flags;
	}
	return 0;
}

int change_flags(struct change *c, uint64_t mbox, struct uidset uids, enum flag_op op,
		 uint32_t flags, const struct str *keywords, size_t n_keywords)
{
	assert(op == FLAGS_ADD && n_keywords == 0);
	return add(c, 'f', uids, flags);
}

int change_expunge(struct change *c, uint64_t mbox, struct uidset uids)
{
	return add(c, 'x', uids, 0);
}

int change_copy(struct change *c, uint64_t from, struct uidset uids, uint64_t to)
{
	return add(c, 'c', uids, 0);
}

int change_mbox_create(struct change *c, uint64_t account, struct str name, uint32_t special_use)
{
	return 0;
}

int change_meta_set(struct change *c, uint64_t account, uint64_t mbox, struct str name, struct str value)
{
	assert(str_eq(name, STR("pop3.last")));
	c->has_last = true;
	snprintf(c->last, sizeof(c->last), STR_FMT, STR_ARG(value));
	return 0;
}

int change_commit(struct change **c)
{
	struct change *ch = *c;
	int e = world.fail_commit;

	*c = NULL;
	world.fail_commit = 0;
	for (size_t i = 0; e == 0 && i < ch->n; i++)
		for (uint32_t k = 0; k < world.n_msgs; k++) {
			struct double_msg *m = &world.msgs[k];

			if (m->uid < ch->v[i].lo || m->uid > ch->v[i].hi)
				continue;
			m->flags |= ch->v[i].flags;
			m->gone |= ch->v[i].what == 'x';
		}
	if (e == 0 && ch->has_last)
		snprintf(world.last, sizeof(world.last), "%s", ch->last);
	world.commits += e == 0;
	free(ch);
	return e;
}
