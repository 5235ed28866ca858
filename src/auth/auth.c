/* auth.c - who is it: one way from a user's name and password to an account.
 * SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include "auth/accounts.h"
#include "auth/auth.h"
#include "auth/cache.h"
#include "auth/name.h"
#include "auth/pool.h"
#include "auth/prep.h"
#include "auth/sessions.h"
#include "auth/throttle.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "conf/conf.h"
#include "net/conn.h"

enum { CACHE_ENTRIES = 16384, HASH_MOST = 512 };

struct auth {
	struct store *store;
	const struct service *service;
	struct pool *pool;
	struct cache *cache;
	struct throttle *throttle;
	struct sessions *sessions;
	struct buf dummy; /* the hash that unknown users are checked against: equal work */
};

static const struct conf *conf_of(const struct auth *a)
{
	return a->service->conf;
}

static int make_dummy(struct auth *a)
{
	uint8_t noise[24];

	random_bytes(noise, sizeof(noise));
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] |= 0x40; /* no NUL: it is a C string to crypt */
	return password_hash(conf_of(a), str_n(noise, sizeof(noise)), &a->dummy);
}

int auth_new(struct auth **ret, const struct auth_opts *o)
{
	struct auth *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return E_NOMEM;
	a->store = o->store;
	a->service = o->service;
	buf_init(&a->dummy, HASH_MOST);
	r = make_dummy(a);
	if (!r)
		r = pool_new(&a->pool, (unsigned)conf_of(a)->password_workers,
			     (unsigned)conf_of(a)->password_queue);
	if (!r)
		r = cache_new(&a->cache, CACHE_ENTRIES);
	if (!r)
		r = throttle_new(&a->throttle);
	if (!r)
		r = sessions_new(&a->sessions);
	if (r < 0) {
		auth_free(a);
		return r;
	}
	*ret = a;
	return 0;
}

struct auth *auth_free(struct auth *a)
{
	if (!a)
		return NULL;
	pool_free(a->pool);
	cache_free(a->cache);
	throttle_free(a->throttle);
	sessions_free(a->sessions);
	buf_free(&a->dummy);
	free(a);
	return NULL;
}

/* -- the one log line ------------------------------------------------------------- */

struct try { /* one attempt, as it is logged */
	struct auth *auth;
	struct conn *conn;
	const char *mechanism;
	struct str user; /* as the client wrote it */
};

static const char *result_name(int r)
{
	switch (r) {
	case 0:
		return "ok";
	case E_AUTH:
		return "failed";
	case E_DISABLED:
		return "disabled";
	case E_BUSY:
		return "busy";
	case E_LIMIT:
		return "too-soon";
	default:
		return err_row(r)->name;
	}
}

/* Counts and logs the outcome; an E_AUTH gets its delay. */
static int outcome(const struct try *t, int r, const struct login *l, struct login *ret)
{
	struct str user = r ? str_head(t->user, 320) : str_of(l->name);

	if (!r) {
		throttle_passed(t->auth->throttle, user);
		*ret = *l;
	} else if (r == E_AUTH) {
		ret->delay_ms = throttle_failed(t->auth->throttle, user, conn_peer(t->conn),
						conn_peer_is_local(t->conn), clock_mono_ms());
	}
	log_event(LOG_EV_INFO, "login", "user", LOG_STR(user), "address",
		  LOG_STR(conn_peer(t->conn)), "tls", LOG_Z(conn_tls_version(t->conn)), "mechanism",
		  LOG_Z(t->mechanism), "result", LOG_Z(result_name(r)), NULL);
	return r;
}

/* -- passwords -------------------------------------------------------------------- */

struct check { /* for the pool */
	struct str hash, password;
};

static int check_hash(void *arg)
{
	const struct check *c = arg;

	return password_is(c->hash, c->password) ? 0 : E_AUTH;
}

static uint64_t cache_ms(const struct auth *a)
{
	return (uint64_t)conf_of(a)->password_cache * 1000;
}

/* The stored hash against the password: from the cache, else by the pool. Somebody whom we do
 * not know costs the same. */
static int check_password(struct auth *a, const struct conn *conn, uint64_t account, struct str hash,
			  struct str password)
{
	uint64_t now = clock_mono_ms();
	struct check c = {hash, password};
	bool is_known = hash.n > 0;
	int r;

	if (is_known && cache_ms(a) && cache_has(a->cache, account, hash, password, now))
		return 0;
	if (throttle_owes(a->throttle, conn_peer(conn), conn_peer_is_local(conn), now))
		return E_LIMIT;
	if (!is_known)
		c.hash = buf_str(&a->dummy);
	r = pool_run(a->pool, check_hash, &c);
	if (!r && !is_known)
		r = E_AUTH;
	if (!r && cache_ms(a))
		cache_put(a->cache, account, hash, password, now + cache_ms(a));
	return r;
}

static int find_login(struct auth *a, struct str user, struct login *l, bool *disabled)
{
	struct account_info info;
	int r = name_to_account(a->store, conf_of(a), user, l, &info);

	if (r < 0)
		return r;
	l->account = info.id;
	*disabled = info.disabled;
	return 0;
}

static bool is_unknown(int r)
{
	return r == E_NOACCOUNT || r == E_NOTFOUND || r == E_SYNTAX || r == E_UTF8 || r == E_RANGE;
}

static int password_login(struct auth *a, const struct conn *c, struct str user,
			  struct str password, struct login *l)
{
	bool disabled = false;
	struct buf hash;
	int r;

	buf_init(&hash, HASH_MOST);
	r = find_login(a, user, l, &disabled);
	if (!r)
		r = meta_find(a->store, l->account, 0, STR("password"), &hash);
	if (is_unknown(r)) {
		buf_clear(&hash);
		r = 0;
	}
	if (!r)
		r = check_password(a, c, l->account, buf_str(&hash), password);
	if (!r && disabled)
		r = E_DISABLED;
	buf_wipe(&hash);
	return r;
}

/* RFC 4013: names and passwords in their prepared form; who sends what has none is nobody. */
struct prepared {
	struct buf user, password;
};

static void prepare(struct prepared *p, struct str user, struct str password)
{
	buf_init(&p->user, PREPARED_MOST);
	buf_init(&p->password, PREPARED_MOST);
	if (saslprep(user, &p->user) < 0 || saslprep(password, &p->password) < 0)
		buf_clear(&p->user);
}

static void prepared_wipe(struct prepared *p)
{
	buf_wipe(&p->user);
	buf_wipe(&p->password);
}

int auth_password(struct auth *a, struct conn *c, const char *mechanism, struct str user,
		  struct str password, struct login *ret)
{
	struct try t = {a, c, mechanism, user};
	struct login l = {0};
	struct prepared p;
	int r;

	prepare(&p, user, password);
	r = outcome(&t, password_login(a, c, buf_str(&p.user), buf_str(&p.password), &l), &l, ret);
	prepared_wipe(&p);
	return r;
}

/* -- APOP (RFC 1939 7) --------------------------------------------------------------- */

static int digest_of(struct str challenge, struct str secret, char hex[33])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md5[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;
	bool made = ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) &&
		    EVP_DigestUpdate(ctx, challenge.p, challenge.n) &&
		    EVP_DigestUpdate(ctx, secret.p, secret.n) && EVP_DigestFinal_ex(ctx, md5, &n);

	EVP_MD_CTX_free(ctx);
	if (!made || n != 16)
		return E_NOMEM;
	for (unsigned i = 0; i < 16; i++) {
		hex[2 * i] = digits[md5[i] >> 4];
		hex[2 * i + 1] = digits[md5[i] & 15];
	}
	hex[32] = '\0';
	return 0;
}

static int apop_login(struct auth *a, const struct conn *c, struct str user,
		      struct str challenge, struct str digest, struct login *l)
{
	bool disabled = false, is_known;
	struct buf secret;
	char hex[33];
	int r;

	if (!conf_of(a)->apop)
		return E_AUTH;
	if (throttle_owes(a->throttle, conn_peer(c), conn_peer_is_local(c), clock_mono_ms()))
		return E_LIMIT;
	buf_init(&secret, 4096);
	r = find_login(a, user, l, &disabled);
	if (!r)
		r = meta_find(a->store, l->account, 0, STR("apop"), &secret);
	is_known = !r && secret.n;
	if (!is_known && (is_unknown(r) || !r)) {
		buf_clear(&secret);
		r = buf_add(&secret, buf_str(&a->dummy)); /* equal work again */
	}
	if (!r)
		r = digest_of(challenge, buf_str(&secret), hex);
	if (!r && (!str_eq_secret(str_n(hex, 32), digest) || !is_known))
		r = E_AUTH;
	if (!r && disabled)
		r = E_DISABLED;
	buf_wipe(&secret);
	return r;
}

int auth_apop(struct auth *a, struct conn *c, struct str user, struct str challenge,
	      struct str digest, struct login *ret)
{
	struct try t = {a, c, "APOP", user};
	struct login l = {0};
	struct prepared p;
	int r;

	prepare(&p, user, STR_NONE);
	r = outcome(&t, apop_login(a, c, buf_str(&p.user), challenge, digest, &l), &l, ret);
	prepared_wipe(&p);
	return r;
}

/* -- the rest ------------------------------------------------------------------------- */

bool auth_plaintext_ok(const struct auth *a, const struct conn *c)
{
	return conn_is_tls(c) || conn_peer_is_local(c) || conf_of(a)->allow_plaintext_login;
}

int auth_session_begin(struct auth *a, uint64_t account)
{
	return sessions_begin(a->sessions, account, (unsigned)conf_of(a)->connections_per_user);
}

void auth_session_end(struct auth *a, uint64_t account)
{
	sessions_end(a->sessions, account);
}
