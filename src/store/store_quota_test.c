/* store_quota_test.c - limits of an account, also while many deliver at once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

enum { SIZE = sizeof(TEXT) - 1, THREADS = 10, EACH = 10 };

static int limit(struct fixture *f, uint64_t account, enum quota_kind kind, uint64_t n)
{
	return ONE_STEP(f, change_quota_set(c, account, kind, n));
}

static int copy_all(struct fixture *f, uint64_t from, uint64_t to)
{
	struct uid_range r = {1, 99};

	return ONE_STEP(f, change_copy(c, from, (struct uidset){&r, 1}, to));
}

static void messages_have_a_limit(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), b = make_account(f, "b@x.test");
	uint64_t inbox = find_mbox(f, a, "INBOX"), other = find_mbox(f, b, "INBOX");
	struct account_info info;

	assert_int_equal(0, limit(f, a, QUOTA_MESSAGE, 3));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
		assert_int_equal(0, deliver(f, b, "INBOX", "", TEXT));
	}
	assert_int_equal(E_QUOTA, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(E_QUOTA, copy_all(f, inbox, inbox));
	assert_int_equal(E_QUOTA, copy_all(f, other, inbox));
	assert_int_equal(0, expunge(f, inbox, 1, 1));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, account_get(f->s, a, &info));
	assert_int_equal(3, info.quota_messages);
	assert_int_equal(3, info.used_messages);
	assert_int_equal(0, limit(f, a, QUOTA_MESSAGE, 2)); /* below what is there */
	assert_int_equal(E_QUOTA, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, limit(f, a, QUOTA_MESSAGE, 0));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	fixture_close(f);
}

static void storage_has_a_limit(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct account_info info;

	assert_int_equal(0, limit(f, a, QUOTA_STORAGE, 2 * SIZE));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(E_QUOTA, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, account_get(f->s, a, &info));
	assert_int_equal(2 * SIZE, info.quota_bytes);
	assert_int_equal(E_NOACCOUNT, limit(f, a + 9, QUOTA_STORAGE, 1));
	assert_int_equal(E_RANGE, limit(f, a, (enum quota_kind)7, 1));
	fixture_close(f);
}

static int create(struct fixture *f, uint64_t account, const char *name)
{
	return ONE_STEP(f, change_mbox_create(c, account, str_of(name), 0));
}

static void mailboxes_have_a_limit(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), n;

	assert_int_equal(0, limit(f, a, QUOTA_MAILBOX, 3));
	assert_int_equal(0, create(f, a, "A"));
	assert_int_equal(0, create(f, a, "B"));
	assert_int_equal(E_QUOTA, create(f, a, "C"));
	assert_int_equal(E_QUOTA, deliver(f, a, "D", "", TEXT)); /* made if missing */
	assert_int_equal(0, deliver(f, a, "A", "", TEXT));
	assert_int_equal(0, ONE_STEP(f, change_mbox_rename(c, find_mbox(f, a, "A"), STR("C"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_subscribe(c, a, STR("none"), true)));
	assert_int_equal(0, account_mboxes(f->s, a, &n));
	assert_int_equal(3, n);
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, find_mbox(f, a, "B"))));
	assert_int_equal(0, create(f, a, "E"));
	assert_int_equal(E_QUOTA, create(f, a, "F"));
	fixture_close(f);
}

struct racer {
	struct fixture *f;
	uint64_t account;
	pthread_t thread;
	unsigned done, refused;
};

static void *race(void *arg)
{
	struct racer *me = arg;

	for (unsigned i = 0; i < EACH; i++) {
		struct delivery to = {.account = me->account, .mbox = STR("INBOX")};
		struct change *c = NULL;
		struct draft *d = NULL;
		int r = draft_open(&d, me->f->s, 0);

		if (r >= 0 && (r = draft_write(d, STR(TEXT))) >= 0 &&
		    (r = change_new(&c, me->f->s)) >= 0 &&
		    (r = change_deliver(c, d, &to, 1)) >= 0 && (r = change_commit(&c)) >= 0)
			r = to.err;
		me->done += !r;
		me->refused += r == E_QUOTA;
		draft_drop(d);
	}
	return NULL;
}

/* All kinds of limits hold however many come at once, and nothing is refused too early. */
static void a_hundred_at_once_stay_below(void **state)
{
	for (enum quota_kind kind = QUOTA_STORAGE; kind <= QUOTA_MESSAGE; kind++) {
		struct fixture *f = fixture_open(NULL);
		uint64_t a = make_account(f, "a@x.test");
		struct racer all[THREADS];
		struct account_info info;
		unsigned done = 0, refused = 0;

		assert_int_equal(0, limit(f, a, kind, kind == QUOTA_STORAGE ? 42 * SIZE + 5 : 42));
		for (int i = 0; i < THREADS; i++) {
			all[i] = (struct racer){.f = f, .account = a};
			assert_int_equal(0, pthread_create(&all[i].thread, NULL, race, &all[i]));
		}
		for (int i = 0; i < THREADS; i++) {
			pthread_join(all[i].thread, NULL);
			done += all[i].done;
			refused += all[i].refused;
		}
		assert_int_equal(42, done);
		assert_int_equal(THREADS * EACH - 42, refused);
		assert_int_equal(0, account_get(f->s, a, &info));
		assert_int_equal(42, info.used_messages);
		assert_int_equal(42 * SIZE, info.used_bytes);
		fixture_close(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_have_a_limit),
		cmocka_unit_test(storage_has_a_limit),
		cmocka_unit_test(mailboxes_have_a_limit),
		cmocka_unit_test(a_hundred_at_once_stay_below),
	};

	return run_everywhere("quota", tests, COLUMNS(tests), 2);
}
