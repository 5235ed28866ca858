/* urlauth.c - GENURLAUTH, RESETKEY, URLFETCH: URLs that let others read one message (RFC 4467).
 * SPDX-License-Identifier: Apache-2.0
 *
 * The token of mechanism INTERNAL is "01" and, in hexadecimal, an HMAC-SHA256 of the URL up to its
 * access identifier, under two keys of 32 random octets in turn: the mailbox's, in its user's table
 * (meta "urlauth.ACCOUNT" of the mailbox), and the user's own (meta "urlauth" of the account). RESETKEY
 * makes one of them anew, and what was signed with it is void. */
#include <inttypes.h>
#include <openssl/hmac.h>
#include "base/clock.h"
#include "base/hash.h"
#include "imap/command.h"
#include "imap/url.h"

enum { KEY = 32, TOKEN = 2 + 2 * KEY, URLS_MOST = 1000, CHUNK = 16 * 1024 };

/* -- keys -------------------------------------------------------------------------------------- */

static void key_name(uint64_t account, char *out, size_t cap)
{
	snprintf(out, cap, "urlauth.%" PRIx64, account);
}

static int read_key(struct store *s, uint64_t account, uint64_t mbox, const char *name,
		    unsigned char key[KEY])
{
	struct buf b;
	int e;

	buf_init(&b, KEY);
	e = meta_find(s, account, mbox, str_of(name), &b);
	if (e >= 0 && b.n != KEY)
		e = E_NOTFOUND;
	if (e >= 0)
		memcpy(key, b.p, KEY);
	buf_wipe(&b);
	return e;
}

MAY_WAIT static int make_key(struct store *s, uint64_t account, uint64_t mbox, const char *name,
			     unsigned char key[KEY])
{
	struct change *c;
	int e = change_new(&c, s);

	if (e < 0)
		return e;
	random_bytes(key, KEY);
	e = change_meta_set(c, account, mbox, str_of(name), str_n(key, KEY));
	if (e < 0) {
		change_drop(c);
		return e;
	}
	return change_commit(&c);
}

struct keys {
	unsigned char mbox[KEY], user[KEY];
};

/* Those of this user's for the mailbox; `make`: what is missing is made. */
MAY_WAIT static int find_keys(struct store *s, uint64_t user, const struct mbox_info *m, bool make,
			      struct keys *ret)
{
	char name[32];
	int e;

	key_name(user, name, sizeof(name));
	e = read_key(s, m->account, m->id, name, ret->mbox);
	if (e == E_NOTFOUND && make)
		e = make_key(s, m->account, m->id, name, ret->mbox);
	if (e >= 0)
		e = read_key(s, user, 0, "urlauth", ret->user);
	if (e == E_NOTFOUND && make)
		e = make_key(s, user, 0, "urlauth", ret->user);
	return e;
}

static void sign(const struct keys *k, struct str rump, char out[TOKEN])
{
	unsigned char one[KEY], two[KEY];
	unsigned n = KEY;

	HMAC(EVP_sha256(), k->mbox, KEY, (const unsigned char *)rump.p, rump.n, one, &n);
	HMAC(EVP_sha256(), k->user, KEY, one, KEY, two, &n);
	memcpy(out, "01", 2);
	for (size_t i = 0; i < KEY; i++) {
		out[2 + 2 * i] = "0123456789abcdef"[two[i] >> 4];
		out[3 + 2 * i] = "0123456789abcdef"[two[i] & 15];
	}
}

/* -- whose, and for whom -------------------------------------------------------------------------- */

static bool is_user(struct str name, struct str user)
{
	return str_ieq(name, user);
}

/* The mailbox as the user that the URL names sees it (RFC 4467 7, URLFETCH). */
static int find_as_owner(struct store *s, const struct imap_url *u, uint64_t *account,
			 struct mbox_info *m)
{
	struct account_info info;
	uint32_t rights;
	int e = account_find(s, u->user, &info);

	if (e >= 0 && info.disabled)
		e = E_NOACCOUNT;
	if (e >= 0)
		e = mbox_find(s, info.id, u->mailbox, m);
	if (e >= 0)
		e = rights_of(s, info.id, u->user, m, &rights);
	if (e >= 0 && !(rights & RIGHT_R))
		e = E_DENIED;
	if (e >= 0)
		*account = info.id;
	return e;
}

static bool is_access(struct str access)
{
	return str_ieq(access, STR("authuser")) || str_ieq(access, STR("anonymous")) ||
	       (str_istarts(access, STR("user+")) && access.n > 5) ||
	       (str_istarts(access, STR("submit+")) && access.n > 7);
}

/* RFC 4467 2.3, 3. Nobody logs in here as a submission server: BURL is the house's own affair. */
static bool may_use(const struct imap *s, struct str access)
{
	if (str_istarts(access, STR("user+")))
		return is_user(str_from(access, 5), str_of(s->user));
	return str_ieq(access, STR("authuser")) || str_ieq(access, STR("anonymous"));
}

/* -- GENURLAUTH -------------------------------------------------------------------------------------- */

/* RFC 4467 7: what is wrong with it, or NULL. */
static const char *flaw_of(const struct imap *s, const struct imap_url *u)
{
	if (!u->user.n)
		return "the URL does not name its user";
	if (!is_user(u->user, str_of(s->user)))
		return "the URL is another user's";
	if (!u->access.p || !is_access(u->access))
		return "the URL has no access identifier";
	if (u->mechanism.p)
		return "the URL has a token already";
	return NULL;
}

MAY_WAIT static int sign_url(struct imap *s, struct str text, struct buf *out)
{
	struct arena *a = conn_arena(s->conn);
	struct mbox_info m;
	struct imap_url u;
	struct keys keys;
	char token[TOKEN];
	uint32_t rights;
	const char *flaw;
	struct str url;
	int e = imap_url_parse(text, a, &u);

	if (e < 0)
		return imap_bad(s, "not the URL of a message");
	flaw = flaw_of(s, &u);
	if (flaw)
		return imap_bad(s, "%s", flaw);
	if (imap_find(s, u.mailbox, RIGHT_R, &m, &rights) < 0)
		return imap_bad(s, "no such mailbox");
	e = find_keys(imap_store(s), s->account, &m, true, &keys);
	if (e < 0)
		return imap_fail(s, e);
	sign(&keys, u.rump, token);
	url = arena_printf(a, STR_FMT ":internal:%.*s", STR_ARG(u.rump), TOKEN, token);
	if (!url.p)
		return imap_fail(s, E_NOMEM);
	buf_add_char(out, ' ');
	return put_string(out, url) < 0 ? imap_fail(s, out->failed) : 0;
}

int imap_cmd_genurlauth(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct buf *out = imap_buf(s);
	struct str url, mechanism;
	unsigned n = 0;
	int e;

	buf_add(out, STR("GENURLAUTH"));
	do {
		arg_sp(a);
		arg_astring(a, &url);
		arg_sp(a);
		arg_atom(a, &mechanism);
		if (a->err)
			return imap_fail(s, a->err);
		if (!str_ieq(mechanism, STR("INTERNAL")))
			return imap_bad(s, "the only mechanism is INTERNAL");
		if (++n > URLS_MOST)
			return imap_no_code(s, "LIMIT", "too many URLs");
		e = sign_url(s, url, out);
		if (e < 0)
			return e;
	} while (!arg_is_end(a));
	conn_write(s->conn, STR("* "));
	imap_write(s, out);
	conn_write(s->conn, STR("\r\n"));
	return imap_ok(s, "signed");
}

/* -- RESETKEY ---------------------------------------------------------------------------------------- */

int imap_cmd_resetkey(struct imap *s)
{
	struct args *a = &s->cmd->args;
	unsigned char key[KEY];
	struct str name, mechanism;
	struct mbox_info m;
	uint32_t rights;
	char key_of[32];
	int e;

	if (arg_is_end(a)) {
		e = make_key(imap_store(s), s->account, 0, "urlauth", key);
		return e < 0 ? imap_fail(s, e) : imap_ok(s, "all keys are gone");
	}
	arg_sp(a);
	arg_mailbox(a, &name);
	while (!a->err && !arg_is_end(a)) {
		arg_sp(a);
		arg_atom(a, &mechanism);
		if (!a->err && !str_ieq(mechanism, STR("INTERNAL")))
			return imap_no_code(s, "CANNOT", "the only mechanism is INTERNAL");
	}
	if (a->err)
		return imap_fail(s, a->err);
	e = imap_find(s, name, RIGHT_R, &m, &rights);
	if (e < 0)
		return imap_fail(s, e);
	key_name(s->account, key_of, sizeof(key_of));
	e = make_key(imap_store(s), m.account, m.id, key_of, key);
	return e < 0 ? imap_fail(s, e) : imap_ok(s, "[URLMECH INTERNAL] a new key");
}

/* -- URLFETCH ------------------------------------------------------------------------------------------ */

struct urlfetch {
	struct str *urls;
	size_t n, at;
	struct url_part part;
	bool is_open;
	uint64_t sent;
};

static void cleanup(void *state)
{
	struct urlfetch *f = state;

	if (f->is_open)
		url_part_close(&f->part);
}

/* May this session read it? The work is the same whatever is wrong (RFC 4467 6). */
MAY_WAIT static int open_url(struct imap *s, struct str text, struct url_part *ret)
{
	struct mbox_info m;
	struct imap_url u;
	struct keys keys;
	uint64_t account;
	char token[TOKEN];
	int found, e = imap_url_parse(text, conn_arena(s->conn), &u);

	if (e < 0 || !u.user.n || !u.access.p || !u.mechanism.p)
		return E_SYNTAX;
	random_bytes(&keys, sizeof(keys)); /* as good as any, where there are none */
	found = find_as_owner(imap_store(s), &u, &account, &m);
	if (found >= 0)
		found = find_keys(imap_store(s), account, &m, false, &keys);
	sign(&keys, u.rump, token);
	if (!str_eq_secret(str_n(token, TOKEN), u.token) || found < 0 ||
	    !str_ieq(u.mechanism, STR("INTERNAL")) || !may_use(s, u.access) ||
	    (u.has_expire && u.expire_ms < clock_wall_ms()))
		return E_DENIED;
	return url_part_open(ret, &u, imap_store(s), &m, NULL);
}

MAY_WAIT static int urlfetch_step(struct imap *s);

/* Some more of the open part; 0 when all of it is out. */
MAY_WAIT static int send_part(struct imap *s, struct urlfetch *f)
{
	while (f->sent < f->part.n) {
		char *room;
		int64_t n;

		if (conn_is_full(s->conn) || imap_is_long(s))
			return imap_step(s, urlfetch_step);
		room = conn_room(s->conn, CHUNK);
		if (!room)
			return E_NOMEM;
		n = url_part_read(&f->part, f->sent, room, CHUNK);
		conn_filled(s->conn, n > 0 ? (size_t)n : 0);
		if (n <= 0)
			return E_DAMAGED;
		f->sent += (uint64_t)n;
	}
	return 0;
}

static void begin_answer(struct imap *s, struct urlfetch *f, struct str url)
{
	struct buf *b = imap_buf(s);

	buf_add(b, STR("* URLFETCH "));
	put_string(b, url);
	if (f->is_open)
		buf_printf(b, " {%" PRIu64 "}\r\n", f->part.n);
	else
		buf_add(b, STR(" NIL"));
	imap_write(s, b);
}

static int urlfetch_step(struct imap *s)
{
	struct urlfetch *f = s->cmd->state;

	for (; f->at < f->n; f->at++) {
		int e;

		if (!f->is_open) {
			if (conn_is_full(s->conn) || imap_is_long(s))
				return imap_step(s, urlfetch_step);
			f->is_open = open_url(s, f->urls[f->at], &f->part) >= 0;
			if (!f->is_open)
				url_part_close(&f->part);
			f->sent = 0;
			begin_answer(s, f, f->urls[f->at]);
		}
		e = f->is_open ? send_part(s, f) : 0;
		if (e == IMAP_AGAIN)
			return e;
		if (f->is_open)
			url_part_close(&f->part);
		f->is_open = false;
		if (e < 0) { /* the promise of a literal cannot be kept */
			s->reason = "read-failed";
			conn_close(s->conn);
			return imap_fail(s, e);
		}
		conn_write(s->conn, STR("\r\n"));
	}
	return imap_ok(s, "fetched");
}

int imap_cmd_urlfetch(struct imap *s)
{
	struct args *a = &s->cmd->args, ahead = *a;
	struct urlfetch *f = imap_state(s, sizeof(*f), cleanup);
	struct str url;
	size_t n = 0;

	if (!f)
		return imap_fail(s, E_NOMEM);
	f->part.body.fd = -1;
	do {
		arg_sp(&ahead);
		arg_astring(&ahead, &url);
	} while (!ahead.err && ++n < URLS_MOST && !arg_is_end(&ahead));
	if (!ahead.err && !arg_is_end(&ahead))
		return imap_no_code(s, "LIMIT", "too many URLs");
	if (ahead.err)
		n = 1;
	f->urls = arena_alloc(conn_arena(s->conn), n * sizeof(*f->urls));
	if (!f->urls)
		return imap_fail(s, E_NOMEM);
	for (; f->n < n && !a->err; f->n++) {
		arg_sp(a);
		arg_astring(a, &f->urls[f->n]);
	}
	return a->err ? imap_fail(s, a->err) : urlfetch_step(s);
}
