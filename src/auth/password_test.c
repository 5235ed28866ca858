/* password_test.c - hashes, the cache of good passwords, delays, session counts.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "auth/accounts.h"
#include "auth/cache.h"
#include "auth/sessions.h"
#include "auth/throttle.h"
#include "base/err.h"
#include "conf/conf.h"

/* -- hashes --------------------------------------------------------------------- */

static void hashes_of_every_kind_check(void **state)
{
	static const struct {
		const char *setting, *prefix;
	} rows[] = {{"yescrypt:1", "$y$"}, {"sha512crypt:1000", "$6$"}, {"bcrypt:4", "$2b$"}};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct conf c = {.password_hash = rows[i].setting};
		struct buf one, two;

		buf_init(&one, 512);
		buf_init(&two, 512);
		assert_int_equal(password_hash(&c, STR("secret with spaces"), &one), 0);
		assert_int_equal(password_hash(&c, STR("secret with spaces"), &two), 0);
		assert_true(str_starts(buf_str(&one), str_of(rows[i].prefix)));
		assert_false(str_eq(buf_str(&one), buf_str(&two))); /* salted */
		assert_true(password_is(buf_str(&one), STR("secret with spaces")));
		assert_false(password_is(buf_str(&one), STR("secret with space")));
		assert_false(password_is(buf_str(&one), STR("")));
		buf_free(&one);
		buf_free(&two);
	}
}

static void odd_passwords_and_hashes(void **state)
{
	struct conf c = {.password_hash = "yescrypt:1"};
	char endless[1000];
	struct buf hash;

	memset(endless, 'a', sizeof(endless));
	buf_init(&hash, 512);
	assert_int_equal(password_hash(&c, str_n(endless, sizeof(endless)), &hash), E_RANGE);
	assert_int_equal(password_hash(&c, STR("a\0b"), &hash), E_RANGE);
	assert_int_equal(hash.n, 0);
	assert_int_equal(password_hash(&c, str_n(endless, 500), &hash), 0);
	assert_true(password_is(buf_str(&hash), str_n(endless, 500)));
	assert_false(password_is(buf_str(&hash), str_n(endless, 499)));
	assert_false(password_is(buf_str(&hash), STR("a\0b")));
	assert_false(password_is(STR(""), STR("")));
	assert_false(password_is(STR("*0"), STR("x")));
	assert_false(password_is(STR("secret"), STR("secret"))); /* never a password in the clear */
	buf_free(&hash);
}

/* -- cache ------------------------------------------------------------------------ */

static void cache_knows_only_what_it_was_told(void **state)
{
	static const struct {
		uint64_t account;
		const char *hash, *password;
		uint64_t now;
		bool has;
	} rows[] = {
		{1, "$y$h1", "secret", 500, true},   {1, "$y$h1", "secret", 999, true},
		{1, "$y$h1", "secret", 1000, false}, {1, "$y$h1", "Secret", 500, false},
		{1, "$y$h1", "", 500, false},	     {2, "$y$h1", "secret", 500, false},
		{1, "$y$h2", "secret", 500, false}, /* the password was changed */
		{1, "$y$h1s", "ecret", 500, false}, /* no ambiguity where the hash ends */
	};
	struct cache *c;

	assert_int_equal(cache_new(&c, 64), 0);
	cache_put(c, 1, STR("$y$h1"), STR("secret"), 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++)
		if (cache_has(c, rows[i].account, str_of(rows[i].hash), str_of(rows[i].password),
			      rows[i].now) != rows[i].has)
			fail_msg("row %zu", i);
	cache_drop(c, 1);
	assert_false(cache_has(c, 1, STR("$y$h1"), STR("secret"), 500));
	cache_free(c);
}

static void cache_stays_small_and_forgets_the_oldest(void **state)
{
	struct cache *c;
	unsigned kept = 0;

	assert_int_equal(cache_new(&c, 64), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		cache_put(c, i, STR("h"), STR("p"), 1000 + i);
	for (uint64_t i = 1; i <= 1000; i++)
		kept += cache_has(c, i, STR("h"), STR("p"), 0);
	assert_in_range(kept, 32, 64);
	assert_true(cache_has(c, 1000, STR("h"), STR("p"), 0));
	cache_free(c);
}

/* -- delays ------------------------------------------------------------------------- */

static void delays_grow_and_are_forgotten(void **state)
{
	static const unsigned expected[] = {0, 0, 500, 1000, 2000, 4000, 8000, 15000, 15000};
	struct throttle *t;

	assert_int_equal(throttle_new(&t), 0);
	for (size_t i = 0; i < COLUMNS(expected); i++)
		assert_int_equal(throttle_failed(t, STR("a@x"), STR("192.0.2.1"), false, 1000),
				 expected[i]);
	/* another user from the same address, another address for the same user */
	assert_int_equal(throttle_failed(t, STR("b@x"), STR("192.0.2.1"), false, 1000), 15000);
	assert_int_equal(throttle_failed(t, STR("a@x"), STR("192.0.2.2"), false, 1000), 15000);
	assert_int_equal(throttle_failed(t, STR("c@x"), STR("192.0.2.3"), false, 1000), 0);
	/* ten minutes later */
	assert_int_equal(throttle_failed(t, STR("a@x"), STR("192.0.2.1"), false, 601000), 0);
	throttle_free(t);
}

static void a_name_is_one_however_it_is_written(void **state)
{
	static const char *const names[] = {"alice@example.test", "ALICE@example.test", "alice",
					    "Alice+x@Example.TEST", "alice+@example.test."};
	char address[] = "192.0.2.0";
	struct throttle *t;
	unsigned ms = 0;

	assert_int_equal(throttle_new(&t), 0);
	for (size_t i = 0; i < COLUMNS(names); i++) {
		address[8] = (char)('0' + i);
		ms = throttle_failed(t, str_of(names[i]), str_of(address), false, 1000);
	}
	assert_int_equal(ms, 2000);
	assert_int_equal(throttle_failed(t, STR("alic"), STR("192.0.2.9"), false, 1000), 0);
	assert_int_equal(throttle_failed(t, STR("+x"), STR("192.0.2.9"), false, 1000), 0);
	throttle_passed(t, STR("alice@example.test"));
	assert_int_equal(throttle_failed(t, STR("alice"), STR("192.0.2.8"), false, 1000), 0);
	throttle_free(t);
}

static void delays_count_a_network_of_ipv6_as_one(void **state)
{
	struct throttle *t;
	unsigned ms = 0;

	assert_int_equal(throttle_new(&t), 0);
	for (unsigned i = 0; i < 8; i++) {
		char user[] = "u0", address[] = "2001:db8:0:1::0";

		user[1] = address[14] = (char)('0' + i);
		ms = throttle_failed(t, str_of(user), str_of(address), false, 1000);
	}
	assert_int_equal(ms, 15000);
	assert_int_equal(throttle_failed(t, STR("v"), STR("2001:db8:0:2::1"), false, 1000), 0);
	throttle_free(t);
}

static void delays_on_this_machine_are_short(void **state)
{
	struct throttle *t;
	unsigned ms = 0;

	assert_int_equal(throttle_new(&t), 0);
	for (int i = 0; i < 20; i++)
		ms = throttle_failed(t, STR("a@x"), STR("127.0.0.1"), true, 1000);
	assert_int_equal(ms, 250);
	assert_int_equal(throttle_failed(t, STR("b@x"), STR("127.0.0.1"), true, 1000), 0);
	throttle_passed(t, STR("a@x"));
	assert_int_equal(throttle_failed(t, STR("a@x"), STR("127.0.0.1"), true, 1000), 0);
	throttle_free(t);
}

/* SECURITY E1: ten connections of one address guess as fast as they are let. */
static void ten_thousand_guesses_take_hours(void **state)
{
	uint64_t free_at[10] = {0}, now = 0;
	struct throttle *t;

	assert_int_equal(throttle_new(&t), 0);
	for (int guess = 0; guess < 10000; guess++) {
		uint64_t *c = free_at;

		for (int i = 1; i < 10; i++)
			if (free_at[i] < *c)
				c = &free_at[i];
		now = *c > now ? *c : now;
		*c = now + 30 + throttle_failed(t, STR("a@x"), STR("192.0.2.1"), false, now);
	}
	assert_true(now > 3600 * 1000);
	throttle_free(t);
}

/* The same by one who does not wait for the answer: he hangs up and tries again at once. */
static void who_hangs_up_gains_nothing(void **state)
{
	unsigned guesses = 0;
	struct throttle *t;

	assert_int_equal(throttle_new(&t), 0);
	for (uint64_t now = 0; now < 3600 * 1000; now += 100)
		if (!throttle_owes(t, STR("192.0.2.1"), false, now)) {
			throttle_failed(t, STR("a@x"), STR("192.0.2.1"), false, now);
			guesses++;
		}
	assert_in_range(guesses, 100, 1000);
	/* it is that address alone, and this machine never */
	throttle_failed(t, STR("a@x"), STR("192.0.2.1"), false, 3600 * 1000);
	assert_true(throttle_owes(t, STR("192.0.2.1"), false, 3600 * 1000));
	assert_false(throttle_owes(t, STR("192.0.2.2"), false, 3600 * 1000));
	assert_false(throttle_owes(t, STR("192.0.2.1"), false, 3616 * 1000));
	for (int i = 0; i < 20; i++)
		throttle_failed(t, STR("a@x"), STR("127.0.0.1"), true, 1000);
	assert_false(throttle_owes(t, STR("127.0.0.1"), true, 1000));
	throttle_free(t);
}

/* -- sessions ------------------------------------------------------------------------- */

static void sessions_are_counted_by_account(void **state)
{
	struct sessions *s;

	assert_int_equal(sessions_new(&s), 0);
	assert_int_equal(sessions_begin(s, 1, 2), 0);
	assert_int_equal(sessions_begin(s, 1, 2), 0);
	assert_int_equal(sessions_begin(s, 1, 2), E_LIMIT);
	assert_int_equal(sessions_begin(s, 1025, 2), 0); /* the same bucket */
	assert_int_equal(sessions_begin(s, 1, 0), 0);    /* no limit */
	assert_int_equal(sessions_of(s, 1), 3);
	sessions_end(s, 1);
	sessions_end(s, 1);
	assert_int_equal(sessions_of(s, 1), 1);
	assert_int_equal(sessions_begin(s, 1, 2), 0);
	sessions_end(s, 77); /* nobody's: harmless */
	assert_int_equal(sessions_of(s, 1025), 1);
	sessions_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_of_every_kind_check),
		cmocka_unit_test(odd_passwords_and_hashes),
		cmocka_unit_test(cache_knows_only_what_it_was_told),
		cmocka_unit_test(cache_stays_small_and_forgets_the_oldest),
		cmocka_unit_test(delays_grow_and_are_forgotten),
		cmocka_unit_test(delays_count_a_network_of_ipv6_as_one),
		cmocka_unit_test(delays_on_this_machine_are_short),
		cmocka_unit_test(ten_thousand_guesses_take_hours),
		cmocka_unit_test(who_hangs_up_gains_nothing),
		cmocka_unit_test(a_name_is_one_however_it_is_written),
		cmocka_unit_test(sessions_are_counted_by_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
