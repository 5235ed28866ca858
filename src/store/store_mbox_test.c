/* store_mbox_test.c - accounts, aliases, values and mailboxes: names, lives, numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "store/store_fixture.h"

#define ASSERT_STR(want, buf) assert_string_equal(want, buf_cstr_of(buf))

static const char *buf_cstr_of(struct buf *b)
{
	static char text[1024];

	snprintf(text, sizeof(text), STR_FMT, STR_ARG(buf_str(b)));
	buf_clear(b);
	return text;
}

/* -- accounts -- */

static void accounts_have_names_and_settings(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice@example.test"), b = make_account(f, "bob@b.test");
	struct account_info i;
	struct buf out;

	buf_init(&out, 1000);
	assert_int_not_equal(a, b);
	assert_int_equal(0, account_find(f->s, STR("alice@example.test"), &i));
	assert_int_equal(a, i.id);
	assert_int_equal(E_NOACCOUNT, account_find(f->s, STR("Alice@example.test"), &i));
	assert_int_equal(E_NOACCOUNT, account_get(f->s, 99, &i));
	assert_int_equal(0, account_name(f->s, b, &out));
	ASSERT_STR("bob@b.test", &out);
	assert_int_equal(E_EXISTS, ONE_STEP(f, change_account_create(c, STR("bob@b.test"), &a)));
	assert_int_equal(E_SYNTAX, ONE_STEP(f, change_account_create(c, STR(""), &a)));

	assert_int_equal(0, ONE_STEP(f, change_account_set(c, b, true, 4711)));
	assert_int_equal(0, account_get(f->s, b, &i));
	assert_true(i.disabled);
	assert_int_equal(4711, i.quota_bytes);
	assert_int_equal(E_NOACCOUNT, ONE_STEP(f, change_account_set(c, 99, true, 1)));

	assert_int_equal(0, account_next(f->s, STR_NONE, &out, &i));
	ASSERT_STR("alice@example.test", &out);
	assert_int_equal(0, account_next(f->s, STR("alice@example.test"), &out, &i));
	ASSERT_STR("bob@b.test", &out);
	assert_int_equal(b, i.id);
	assert_int_equal(E_NOTFOUND, account_next(f->s, STR("bob@b.test"), &out, &i));
	buf_free(&out);
	fixture_close(f);
}

static void domains_follow_accounts_and_aliases(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "zoe@one.test"), b = make_account(f, "al@one.test"), id;
	struct buf out;

	buf_init(&out, 1000);
	assert_true(domain_is_local(f->s, STR("one.test")));
	assert_false(domain_is_local(f->s, STR("ne.test")));
	assert_false(domain_is_local(f->s, STR("one.tes")));
	assert_int_equal(0, account_first_of_domain(f->s, STR("one.test"), &id));
	assert_int_equal(a, id);
	assert_int_equal(E_NOTFOUND, account_first_of_domain(f->s, STR("two.test"), &id));

	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("x@two.test"), STR("a@b c@d"))));
	assert_true(domain_is_local(f->s, STR("two.test")));
	assert_int_equal(E_NOTFOUND, account_first_of_domain(f->s, STR("two.test"), &id));
	assert_int_equal(0, domain_next(f->s, STR_NONE, &out));
	ASSERT_STR("one.test", &out);
	assert_int_equal(0, domain_next(f->s, STR("one.test"), &out));
	ASSERT_STR("two.test", &out);
	assert_int_equal(E_NOTFOUND, domain_next(f->s, STR("two.test"), &out));

	assert_int_equal(0, ONE_STEP(f, change_account_delete(c, a)));
	assert_int_equal(0, account_first_of_domain(f->s, STR("one.test"), &id));
	assert_int_equal(b, id);
	assert_int_equal(0, ONE_STEP(f, change_account_delete(c, b)));
	assert_false(domain_is_local(f->s, STR("one.test")));
	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("x@two.test"), STR_NONE)));
	assert_false(domain_is_local(f->s, STR("two.test")));
	assert_int_equal(E_NOTFOUND, domain_next(f->s, STR_NONE, &out));
	buf_free(&out);
	fixture_close(f);
}

static void aliases_are_set_walked_and_removed(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct buf name, to;

	buf_init(&name, 1000);
	buf_init(&to, 1000);
	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("b@x.test"), STR("one@y.test"))));
	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("a@x.test"), STR("two@y.test"))));
	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("b@x.test"), STR("1@y 2@y"))));
	assert_int_equal(0, alias_find(f->s, STR("b@x.test"), &to));
	ASSERT_STR("1@y 2@y", &to);
	assert_int_equal(E_NOTFOUND, alias_find(f->s, STR("c@x.test"), &to));
	assert_int_equal(0, alias_next(f->s, STR_NONE, &name, &to));
	ASSERT_STR("a@x.test", &name);
	ASSERT_STR("two@y.test", &to);
	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("b@x.test"), STR_NONE)));
	assert_int_equal(E_NOTFOUND, ONE_STEP(f, change_alias_set(c, STR("b@x.test"), STR_NONE)));
	assert_int_equal(E_NOTFOUND, alias_next(f->s, STR("a@x.test"), &name, &to));
	buf_free(&name);
	buf_free(&to);
	fixture_close(f);
}

static void meta_belongs_to_store_account_or_mailbox(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), b = make_account(f, "b@x.test");
	uint64_t inbox = find_mbox(f, a, "INBOX");
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(0, ONE_STEP(f, change_meta_set(c, 0, 0, STR("k"), STR("store"))));
	assert_int_equal(0, ONE_STEP(f, change_meta_set(c, a, 0, STR("k"), STR("account"))));
	assert_int_equal(0, ONE_STEP(f, change_meta_set(c, a, inbox, STR("k"), STR("mbox"))));
	assert_int_equal(E_NOMBOX, ONE_STEP(f, change_meta_set(c, b, inbox, STR("k"), STR("v"))));
	assert_int_equal(E_NOACCOUNT, ONE_STEP(f, change_meta_set(c, 99, 0, STR("k"), STR("v"))));
	assert_int_equal(0, meta_find(f->s, 0, 0, STR("k"), &out));
	ASSERT_STR("store", &out);
	assert_int_equal(0, meta_find(f->s, a, 0, STR("k"), &out));
	ASSERT_STR("account", &out);
	assert_int_equal(0, meta_find(f->s, a, inbox, STR("k"), &out));
	ASSERT_STR("mbox", &out);
	assert_int_equal(E_NOTFOUND, meta_find(f->s, b, 0, STR("k"), &out));
	assert_int_equal(0, ONE_STEP(f, change_meta_set(c, a, 0, STR("k"), STR_NONE)));
	assert_int_equal(E_NOTFOUND, meta_find(f->s, a, 0, STR("k"), &out));
	assert_int_equal(0, ONE_STEP(f, change_meta_set(c, a, 0, STR("k"), STR_NONE)));
	buf_free(&out);
	fixture_close(f);
}

/* -- numbers that clients keep (RFC 9051 2.3.1.1) -- */

static int64_t fixed_ms;
static int64_t fixed_clock(void)
{
	return fixed_ms;
}

static void uidvalidity_is_never_used_again(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a, b;
	uint32_t last, inbox;

	fixed_ms = clock_wall_ms(); /* all in one second */
	f->s->now_ms = fixed_clock;
	a = make_account(f, "a@x.test");
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("Box"), 0)));
	for (int i = 0; i < 3; i++) {
		last = info_of(f, a, "Box").uidvalidity;
		assert_int_equal(0, deliver(f, a, "Box", "", "A: 1\r\n\r\nx\r\n"));
		assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, find_mbox(f, a, "Box"))));
		assert_int_equal(0, store_reclaim(f->s));
		assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("Box"), 0)));
		assert_true(info_of(f, a, "Box").uidvalidity > last);
		assert_int_equal(1, info_of(f, a, "Box").uidnext);
	}
	last = info_of(f, a, "Box").uidvalidity;
	inbox = info_of(f, a, "INBOX").uidvalidity;
	assert_int_equal(0, ONE_STEP(f, change_account_delete(c, a)));
	assert_int_equal(0, store_reclaim(f->s));
	b = make_account(f, "a@x.test"); /* the same name in the same second: other mailboxes */
	assert_int_not_equal(a, b);
	assert_true(info_of(f, b, "INBOX").uidvalidity > inbox);
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, b, STR("Box"), 0)));
	assert_true(info_of(f, b, "Box").uidvalidity > last);
	fixture_close(f);
}

static void ids_are_never_used_again(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), m1, m2;

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("B"), 0)));
	m1 = find_mbox(f, a, "B");
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, m1)));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("B"), 0)));
	m2 = find_mbox(f, a, "B");
	assert_int_not_equal(m1, m2);
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, m2)));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("B"), 0)));
	assert_true(find_mbox(f, a, "B") > m2);
	assert_int_equal(E_NOMBOX, ONE_STEP(f, change_mbox_delete(c, m1)));
	fixture_close(f);
}

/* -- mailboxes -- */

static void mailboxes_are_created_and_walked(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct mbox_info m;
	struct buf name;
	char text[500];

	buf_init(&name, 1000);
	assert_true(info_of(f, a, "INBOX").subscribed);
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("Sent"), USE_SENT)));
	assert_int_equal(USE_SENT, info_of(f, a, "Sent").special_use);
	assert_int_equal(E_EXISTS, ONE_STEP(f, change_mbox_create(c, a, STR("Sent"), 0)));
	assert_int_equal(E_SYNTAX, ONE_STEP(f, change_mbox_create(c, a, STR(""), 0)));
	assert_int_equal(E_NOACCOUNT, ONE_STEP(f, change_mbox_create(c, 99, STR("x"), 0)));
	memset(text, 'x', sizeof(text));
	assert_int_equal(E_TOOBIG, ONE_STEP(f, change_mbox_create(c, a, str_n(text, 401), 0)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, str_n(text, 400), 0)));
	assert_int_equal(0, mbox_next(f->s, a, STR_NONE, &name, &m));
	ASSERT_STR("INBOX", &name);
	assert_int_equal(0, mbox_next(f->s, a, STR("INBOX"), &name, &m));
	ASSERT_STR("Sent", &name);
	assert_int_equal(0, mbox_name(f->s, m.id, &name));
	ASSERT_STR("Sent", &name);
	assert_int_equal(0, mbox_get(f->s, m.id, &m));
	assert_int_equal(a, m.account);
	assert_int_equal(E_NOTFOUND, mbox_next(f->s, a, str_n(text, 400), &name, &m));
	assert_int_equal(E_NOMBOX, mbox_find(f->s, a, STR("sent"), &m));
	buf_free(&name);
	fixture_close(f);
}

static int rename_by_name(struct fixture *f, uint64_t a, const char *from, const char *to)
{
	return ONE_STEP(f, change_mbox_rename(c, find_mbox(f, a, from), str_of(to)));
}

static void rename_takes_the_children(void **state)
{
	static const char *const made[] = {"a", "a/b", "a/b/c", "ab", "a!", "x/b"};
	struct fixture *f = fixture_open(NULL);
	uint64_t acc = make_account(f, "a@x.test"), id, validity;
	struct mbox_info m;

	for (size_t i = 0; i < COLUMNS(made); i++)
		assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, acc, str_of(made[i]), 0)));
	assert_int_equal(0, deliver(f, acc, "a/b/c", "", "A: 1\r\n\r\nhere\r\n"));
	id = find_mbox(f, acc, "a/b/c");
	validity = info_of(f, acc, "a/b/c").uidvalidity;
	assert_int_equal(E_DENIED, rename_by_name(f, acc, "a", "a/b/d"));
	assert_int_equal(E_EXISTS, rename_by_name(f, acc, "a", "ab"));
	assert_int_equal(E_EXISTS, rename_by_name(f, acc, "a", "x")); /* x/b is there */
	assert_int_equal(E_NOMBOX, mbox_find(f->s, acc, STR("x"), &m)); /* nothing was done */
	assert_int_equal(0, rename_by_name(f, acc, "a", "new/a"));
	assert_int_equal(id, find_mbox(f, acc, "new/a/b/c"));
	assert_int_equal(validity, info_of(f, acc, "new/a/b/c").uidvalidity);
	assert_string_equal("A: 1\r\n\r\nhere\r\n", read_msg(f, id, 1));
	assert_int_equal(E_NOMBOX, mbox_find(f->s, acc, STR("a"), &m));
	assert_int_equal(E_NOMBOX, mbox_find(f->s, acc, STR("a/b"), &m));
	find_mbox(f, acc, "ab");
	find_mbox(f, acc, "a!");
	fixture_close(f);
}

/* RFC 9051 6.3.6 */
static void rename_of_inbox_leaves_an_empty_one(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), was = find_mbox(f, a, "INBOX");
	uint32_t validity = info_of(f, a, "INBOX").uidvalidity;

	assert_int_equal(0, deliver(f, a, "INBOX", "", "A: 1\r\n\r\nx\r\n"));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("INBOX/kid"), 0)));
	assert_int_equal(0, rename_by_name(f, a, "INBOX", "old"));
	assert_int_equal(was, find_mbox(f, a, "old"));
	assert_int_equal(1, info_of(f, a, "old").messages);
	assert_int_equal(0, info_of(f, a, "INBOX").messages);
	assert_true(info_of(f, a, "INBOX").uidvalidity > validity);
	find_mbox(f, a, "INBOX/kid");
	assert_int_equal(0, deliver(f, a, "INBOX", "", "A: 1\r\n\r\nx\r\n"));
	fixture_close(f);
}

static void delete_spares_inbox_children_and_subscriptions(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box;
	struct account_info i;
	struct mbox_info m;

	assert_int_equal(E_DENIED, ONE_STEP(f, change_mbox_delete(c, find_mbox(f, a, "INBOX"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("p/q"), 0)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_subscribe(c, a, STR("p"), true)));
	assert_int_equal(0, deliver(f, a, "p", "", "A: 1\r\n\r\nx\r\n"));
	box = find_mbox(f, a, "p");
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, box)));
	assert_int_equal(E_NOMBOX, mbox_find(f->s, a, STR("p"), &m));
	assert_int_equal(E_NOMBOX, mbox_get(f->s, box, &m));
	find_mbox(f, a, "p/q");
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, account_get(f->s, a, &i));
	assert_int_equal(0, i.used_bytes);
	assert_int_equal(0, i.used_messages);
	assert_int_equal(E_NOMBOX, ONE_STEP(f, change_mbox_rename(c, box, STR("y"))));
	assert_int_equal(E_NOMBOX, expunge(f, box, 1, 1));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("p"), 0)));
	assert_true(info_of(f, a, "p").subscribed); /* RFC 9051 6.3.7: of the name */
	assert_int_equal(0, ONE_STEP(f, change_mbox_subscribe(c, a, STR("p"), false)));
	assert_false(info_of(f, a, "p").subscribed);
	fixture_close(f);
}

static void acl_rows(struct fixture *f, uint64_t mbox, const char *who, const char *want)
{
	struct key k = key_u64(mbox);
	struct str v = STR_NONE;
	struct txn t;

	assert_int_equal(0, key_add_str(&k, str_of(who)));
	assert_int_equal(0, txn_read(&t, f->s->ix));
	assert_int_equal(want ? 0 : E_NOTFOUND, tab_get(&t, TAB_ACL, &k, &v));
	if (want)
		assert_true(str_eq(v, str_of(want)));
	txn_done(&t);
}

static void acl_is_set_and_goes_with_the_mailbox(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), m;

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("S"), 0)));
	m = find_mbox(f, a, "S");
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, m, STR("bob"), STR("lrs"))));
	acl_rows(f, m, "bob", "lrs");
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, m, STR("bob"), STR_NONE)));
	acl_rows(f, m, "bob", NULL);
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, m, STR("bob"), STR_NONE)));
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, m, STR("joe"), STR("l"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, m)));
	assert_int_equal(0, store_reclaim(f->s));
	acl_rows(f, m, "joe", NULL);
	assert_int_equal(E_NOMBOX, ONE_STEP(f, change_acl_set(c, m, STR("bob"), STR("l"))));
	fixture_close(f);
}

static void deleting_an_account_takes_all_it_had(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), inbox = find_mbox(f, a, "INBOX");
	struct delivery to = {.account = a, .mbox = STR("INBOX")};
	struct account_info i;
	struct mbox_info m;
	struct buf out;

	buf_init(&out, 100);
	assert_int_equal(0, deliver(f, a, "INBOX", "", "A: 1\r\n\r\nx\r\n"));
	assert_int_equal(0, ONE_STEP(f, change_meta_set(c, a, 0, STR("k"), STR("v"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("Box"), 0)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_subscribe(c, a, STR("no"), true)));
	assert_int_equal(0, ONE_STEP(f, change_account_delete(c, a)));
	assert_int_equal(E_NOACCOUNT, account_get(f->s, a, &i));
	assert_int_equal(E_NOACCOUNT, account_find(f->s, STR("a@x.test"), &i));
	assert_int_equal(E_NOMBOX, mbox_get(f->s, inbox, &m));
	assert_int_equal(E_NOTFOUND, meta_find(f->s, a, 0, STR("k"), &out));
	assert_int_equal(E_NOACCOUNT, deliver_to(f, &to, STR("A: 1\r\n\r\nx\r\n")));
	assert_int_equal(E_NOACCOUNT, ONE_STEP(f, change_account_delete(c, a)));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(E_NOACCOUNT, ONE_STEP(f, change_account_delete(c, a)));
	buf_free(&out);
	fixture_close(f);
}

/* -- several steps -- */

static void steps_of_a_change_are_all_or_nothing(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct account_info i;
	struct change *c;
	uint64_t a = 7;
	struct buf out;

	buf_init(&out, 100);
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_account_create(c, STR("a@x.test"), &a));
	assert_int_equal(0, change_mbox_create(c, CHANGE_NEW_ACCOUNT, STR("Box"), 0));
	assert_int_equal(0, change_mbox_create(c, CHANGE_NEW_ACCOUNT, STR("Box"), 0));
	if (!fixture_is_memory(f)) { /* a log per account has no change over two of them */
		assert_int_equal(E_EXISTS, change_commit(&c));
		assert_int_equal(7, a);
		assert_int_equal(E_NOACCOUNT, account_find(f->s, STR("a@x.test"), &i));
		assert_int_equal(0, change_new(&c, f->s));
	}
	change_drop(c);
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_account_create(c, STR("a@x.test"), &a));
	assert_int_equal(0, change_meta_set(c, CHANGE_NEW_ACCOUNT, 0, STR("k"), STR("v")));
	assert_int_equal(0, change_mbox_create(c, CHANGE_NEW_ACCOUNT, STR("Box"), USE_JUNK));
	assert_int_equal(0, change_commit(&c));
	assert_null(c);
	assert_int_equal(USE_JUNK, info_of(f, a, "Box").special_use);
	assert_int_equal(0, meta_find(f->s, a, 0, STR("k"), &out));
	ASSERT_STR("v", &out);

	assert_int_equal(0, change_new(&c, f->s)); /* of one account: whole on both */
	assert_int_equal(0, change_mbox_create(c, a, STR("One"), 0));
	assert_int_equal(0, change_meta_set(c, a, 0, STR("k"), STR("w")));
	assert_int_equal(0, change_mbox_create(c, a, STR("INBOX"), 0));
	assert_int_equal(E_EXISTS, change_commit(&c));
	assert_int_equal(0, meta_find(f->s, a, 0, STR("k"), &out));
	ASSERT_STR("v", &out);
	buf_free(&out);
	fixture_close(f);
}

static void everything_is_there_after_a_new_start(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct buf out;

	buf_init(&out, 100);
	assert_int_equal(0, ONE_STEP(f, change_alias_set(c, STR("b@y.test"), STR("a@x.test"))));
	assert_int_equal(0, ONE_STEP(f, change_account_set(c, a, false, 100000)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("p/q"), USE_TRASH)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_rename(c, find_mbox(f, a, "p/q"), STR("t"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_subscribe(c, a, STR("t"), true)));
	assert_int_equal(0, deliver(f, a, "t", "P: 1\r\n", "A: 1\r\n\r\nx\r\n"));
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_int_equal(0, alias_find(f->s, STR("b@y.test"), &out));
	ASSERT_STR("a@x.test", &out);
	assert_int_equal(USE_TRASH, info_of(f, a, "t").special_use);
	assert_true(info_of(f, a, "t").subscribed);
	assert_string_equal("P: 1\r\nA: 1\r\n\r\nx\r\n", read_msg(f, find_mbox(f, a, "t"), 1));
	buf_free(&out);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_have_names_and_settings),
		cmocka_unit_test(domains_follow_accounts_and_aliases),
		cmocka_unit_test(aliases_are_set_walked_and_removed),
		cmocka_unit_test(meta_belongs_to_store_account_or_mailbox),
		cmocka_unit_test(uidvalidity_is_never_used_again),
		cmocka_unit_test(ids_are_never_used_again),
		cmocka_unit_test(mailboxes_are_created_and_walked),
		cmocka_unit_test(rename_takes_the_children),
		cmocka_unit_test(rename_of_inbox_leaves_an_empty_one),
		cmocka_unit_test(delete_spares_inbox_children_and_subscriptions),
		cmocka_unit_test(acl_is_set_and_goes_with_the_mailbox),
		cmocka_unit_test(deleting_an_account_takes_all_it_had),
		cmocka_unit_test(steps_of_a_change_are_all_or_nothing),
		cmocka_unit_test(everything_is_there_after_a_new_start),
	};
	return run_everywhere("store/mbox", tests, COLUMNS(tests), 8);
}
