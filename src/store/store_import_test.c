/* store_import_test.c - what imports and all-or-nothing uploads ask of the store.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

#define TEXT "Subject: x\r\n\r\ntext\r\n"

static int adopt(struct fixture *f, uint64_t account, const char *name, uint32_t uidvalidity)
{
	struct change *c;

	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_mbox_adopt(c, account, str_of(name), uidvalidity));
	return change_commit(&c);
}

static int deliver_as(struct fixture *f, uint64_t account, const char *mbox, uint32_t uid)
{
	struct delivery to = {.account = account, .mbox = str_of(mbox), .uid_wish = uid};

	assert_int_equal(0, deliver_to(f, &to, STR(TEXT)));
	return (int)to.uid;
}

static void uidvalidity_is_adopted_by_what_is_fresh(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), inbox = find_mbox(f, a, "INBOX");
	uint32_t ours = info_of(f, a, "INBOX").uidvalidity;

	assert_int_equal(0, adopt(f, a, "INBOX", 1234567));
	assert_int_equal(1234567, info_of(f, a, "INBOX").uidvalidity);
	assert_true(inbox != find_mbox(f, a, "INBOX"));
	assert_int_equal(0, adopt(f, a, "INBOX", 1234567)); /* as it is: nothing */
	assert_int_equal(0, adopt(f, a, "new/one", 77));
	assert_int_equal(77, info_of(f, a, "new/one").uidvalidity);
	assert_int_equal(0, deliver(f, a, "new/one", "", TEXT));
	assert_int_equal(E_EXISTS, adopt(f, a, "new/one", 78));
	assert_int_equal(0, adopt(f, a, "new/one", 77));
	assert_int_equal(E_RANGE, adopt(f, a, "two", ours));
	assert_int_equal(E_RANGE, adopt(f, a, "two", 0));
	assert_int_equal(E_RANGE, adopt(f, a, "two", UINT32_MAX)); /* of the future */
	assert_int_equal(E_SYNTAX, adopt(f, a, "", 5));
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_int_equal(1234567, info_of(f, a, "INBOX").uidvalidity);
	fixture_close(f);
}

static void uids_are_kept_while_they_rise(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");

	assert_int_equal(7, deliver_as(f, a, "INBOX", 7));
	assert_int_equal(8, deliver_as(f, a, "INBOX", 0));
	assert_int_equal(9, deliver_as(f, a, "INBOX", 5));
	assert_int_equal(100, deliver_as(f, a, "INBOX", 100));
	assert_int_equal(101, deliver_as(f, a, "INBOX", UINT32_MAX)); /* would be the last */
	assert_int_equal(102, info_of(f, a, "INBOX").uidnext);
	fixture_close(f);
}

static void as_one_fails_as_one(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct delivery good = {.account = a, .mbox = STR("INBOX")}, bad = good;
	struct draft *d[2];
	struct change *c;

	bad.mbox = STR("none");
	for (int round = 0; round < 3; round++) {
		struct delivery *second = round == 2 ? &good : &bad;

		d[0] = make_draft(f, STR(TEXT));
		d[1] = make_draft(f, STR(TEXT));
		assert_int_equal(0, change_new(&c, f->s));
		assert_int_equal(0, change_deliver(c, d[0], &good, 1));
		if (round != 2)
			assert_int_equal(0, change_deliver(c, d[1], second, 1));
		if (round)
			change_as_one(c);
		assert_int_equal(round == 1 ? E_NOMBOX : 0, change_commit(&c));
		assert_int_equal(round == 1 ? E_NOMBOX : 0, good.err);
		/* each by itself, unless they are as one */
		assert_int_equal(round == 2 ? 2 : 1, info_of(f, a, "INBOX").messages);
		draft_drop(d[0]);
		draft_drop(d[1]);
	}
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uidvalidity_is_adopted_by_what_is_fresh),
		cmocka_unit_test(uids_are_kept_while_they_rise),
		cmocka_unit_test(as_one_fails_as_one),
	};
	return run_everywhere("store/import", tests, COLUMNS(tests), 8);
}
