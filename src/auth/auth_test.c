/* auth_test.c - SECURITY E2: a wrong password costs the same, and is answered the same, whoever it is for.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Counts calls of crypt_r, which is ours here, and what they were asked: not seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <crypt.h>
#include <ftw.h>
#include <unistd.h>
#include "auth/accounts.h"
#include "auth/auth.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "net/conn_impl.h"

static char folder[64], last_setting[8];
static unsigned n_hashes;
static struct conf conf = {
	.password_hash = "yescrypt:1",
	.recipient_delimiter = "+",
	.hostname = "mx.example.test",
	.password_workers = 1,
	.password_queue = 10,
	.password_cache = 600,
	.apop = true,
};
static struct service service = {.conf = &conf};
static struct auth *auth;

/* In place of libcrypt's: the method and cost of the setting, then the password itself. */
char *crypt_r(const char *password, const char *setting, struct crypt_data *data)
{
	__atomic_fetch_add(&n_hashes, 1, __ATOMIC_SEQ_CST);
	snprintf(last_setting, sizeof(last_setting), "%s", setting);
	snprintf(data->output, sizeof(data->output), "%s$%s", last_setting, password);
	return data->output;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	return remove(path);
}

static void set_up(void)
{
	const struct log_opts quiet = {.level = LOG_EV_ERROR, .target = "stderr"};
	struct store_opts o = {.dir = folder, .backend = "memory", .segment_bytes = 1 << 20};
	struct auth_opts ao = {.service = &service};

	log_setup(&quiet);
	snprintf(folder, sizeof(folder), "/tmp/mailkeep-auth-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(store_open(&service.store, &o, NULL), 0);
	assert_int_equal(user_add(service.store, &conf, STR("alice@example.test"), STR("secret"), 0, false), 0);
	assert_int_equal(user_add(service.store, &conf, STR("bob@example.test"), STR("secret"), 0, false), 0);
	assert_int_equal(user_add(service.store, &conf, STR("carol@example.test"), STR("secret"), 0, false), 0);
	assert_int_equal(user_add(service.store, &conf, STR("off@example.test"), STR("secret"), 0, true), 0);
	assert_int_equal(user_add(service.store, &conf, STR("none@example.test"), STR_NONE, 0, false), 0);
	ao.store = service.store;
	assert_int_equal(auth_new(&auth, &ao), 0);
}

static void tear_down(void)
{
	auth = auth_free(auth);
	service.store = store_close(service.store);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int try(const char *address, const char *user, const char *password, unsigned *hashes,
	       struct login *l)
{
	struct conn c = {.is_local = false};
	unsigned before = n_hashes;
	int r;

	snprintf(c.peer, sizeof(c.peer), "%s", address);
	*l = (struct login){0};
	r = auth_password(auth, &c, "USER", str_of(user), str_of(password), l);
	*hashes = n_hashes - before;
	return r;
}

static void nobody_can_be_told_from_somebody(void **state)
{
	static const char *const users[] = {
		"alice@example.test", "off@example.test", "none@example.test",	 "nobody@example.test",
		"bob",		      "noone",		  "a@elsewhere.test",	 "carol+x@example.test",
		"not an address",     "\xff@example.test", "dave+x@example.test", "@",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.test",
	};
	char address[32], first[sizeof(last_setting)];
	struct login l;
	unsigned hashes;

	set_up();
	/* somebody is remembered already: it helps with his own password only */
	assert_int_equal(try("192.0.2.200", "alice@example.test", "secret", &hashes, &l), 0);
	snprintf(first, sizeof(first), "%s", last_setting);
	for (size_t i = 0; i < COLUMNS(users); i++) {
		snprintf(address, sizeof(address), "192.0.2.%zu", i + 1);
		for (unsigned again = 0; again < 3; again++) {
			assert_int_equal(try(address, users[i], "wrong", &hashes, &l), E_AUTH);
			assert_int_equal(hashes, 1);
			assert_string_equal(last_setting, first); /* method and cost */
			assert_int_equal(l.delay_ms, again < 2 ? 0 : 500);
		}
	}
	tear_down();
}

/* SECURITY E1: one who hangs up before his delay is over is not listened to, and nobody else pays. */
static void the_impatient_are_not_heard(void **state)
{
	unsigned hashes;
	struct login l;

	set_up();
	assert_int_equal(try("192.0.2.7", "off@example.test", "secret", &hashes, &l), E_DISABLED);
	assert_int_equal(try("192.0.2.9", "alice@example.test", "secret", &hashes, &l), 0);
	for (int i = 0; i < 10; i++)
		try("192.0.2.1", "alice@example.test", "guess", &hashes, &l);
	assert_int_equal(try("192.0.2.1", "nobody@example.test", "guess", &hashes, &l), E_LIMIT);
	assert_int_equal(hashes, 0);
	/* a password that is remembered is no guess; the victim elsewhere is let in */
	assert_int_equal(try("192.0.2.1", "alice@example.test", "secret", &hashes, &l), 0);
	assert_int_equal(hashes, 0);
	assert_int_equal(try("192.0.2.2", "alice@example.test", "secret", &hashes, &l), 0);
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_can_be_told_from_somebody),
		cmocka_unit_test(the_impatient_are_not_heard),
	};

	return cmocka_run_group_tests_name("auth/auth", tests, NULL, NULL);
}
