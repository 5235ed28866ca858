/* resolve_test.c - accounts, aliases, logins and recipients, on a store in memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <ftw.h>
#include <unistd.h>
#include "auth/accounts.h"
#include "auth/name.h"
#include "base/err.h"
#include "conf/conf.h"
#include "wire/address.h"

static char folder[64];
static struct store *store;
static struct conf conf = {
	.password_hash = "yescrypt:1",
	.recipient_delimiter = "+",
	.hostname = "mx.example.test",
};

static int open_store(void **state)
{
	struct store_opts o = {.dir = folder, .backend = "memory", .segment_bytes = 1 << 20};

	snprintf(folder, sizeof(folder), "/tmp/mailkeep-auth-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(store_open(&store, &o, NULL), 0);
	conf.detail_to_mailbox = false;
	conf.recipient_delimiter = "+";
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	return remove(path);
}

static int close_store(void **state)
{
	store = store_close(store);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void add(const char *address)
{
	int r = user_add(store, &conf, str_of(address), STR_NONE, 0, false);

	if (r < 0)
		fail_msg("user_add %s: %s", address, err_row(r)->name);
}

static int alias(const char *address, const char *one, const char *two)
{
	struct str targets[] = {str_of(one), str_of(two)};

	return alias_add(store, str_of(address), targets, two ? 2 : 1);
}

/* Who gets mail for <path>: "name[+detail][/MBOX] name ..." or the error's name. */
static void resolves(const char *path, const char *expected)
{
	struct address a;
	struct str rest;
	struct arena arena;
	struct rcpts got = {0};
	struct buf text;
	int r = path_parse(str_of(path), PATH_FORWARD, &a, &rest);

	if (r < 0)
		fail_msg("%s cannot be parsed", path);
	arena_init(&arena, 1 << 20);
	buf_init(&text, 4096);
	r = rcpt_resolve(store, &conf, &a, &arena, &got);
	if (r < 0)
		buf_printf(&text, "%s", err_row(r)->name);
	for (size_t i = 0; r >= 0 && i < got.n; i++) {
		buf_printf(&text, "%s%.*s", i ? " " : "", STR_ARG(got.v[i].name));
		if (got.v[i].detail.n)
			buf_printf(&text, "+%.*s", STR_ARG(got.v[i].detail));
		if (!str_eq(got.v[i].mbox, STR("INBOX")))
			buf_printf(&text, "/%.*s", STR_ARG(got.v[i].mbox));
	}
	buf_add_char(&text, '\0');
	if (strcmp(text.p, expected))
		fail_msg("%s: %s, not %s", path, text.p, expected);
	buf_free(&text);
	arena_free(&arena);
}

static void recipients_of_accounts_and_aliases(void **state)
{
	static const struct {
		const char *path, *expected;
	} rows[] = {
		{"<alice@example.test>", "alice@example.test"},
		{"<ALICE@Example.TEST>", "alice@example.test"},
		{"<\"alice\"@example.test>", "alice@example.test"},
		{"<alice@example.test.>", "alice@example.test"},
		{"<@relay.test:alice@example.test>", "alice@example.test"},
		{"<alice+lists@example.test>", "alice@example.test+lists"},
		{"<alice+@example.test>", "alice@example.test"},
		{"<alice+A+b@example.test>", "alice@example.test+A+b"},
		{"<\"alice+x\"@example.test>", "E_NOACCOUNT"},
		{"<+x@example.test>", "E_NOACCOUNT"},
		{"<nobody@example.test>", "E_NOACCOUNT"},
		{"<alice%example.test@example.test>", "E_NOACCOUNT"},
		{"<alice@elsewhere.test>", "E_DENIED"},
		{"<alice@sub.example.test>", "E_DENIED"},
		{"<alice@[127.0.0.1]>", "E_DENIED"},
		{"<all@example.test>", "alice@example.test bob@other.test"},
		{"<all+x@example.test>", "alice@example.test+x bob@other.test+x"},
		{"<both@example.test>", "alice@example.test bob@other.test"},
		{"<plus+sign@example.test>", "bob@other.test"},
		{"<info@alias-only.test>", "bob@other.test"},
		{"<other@alias-only.test>", "E_NOACCOUNT"},
	};

	add("alice@example.test");
	add("bob@other.test");
	assert_int_equal(alias("all@example.test", "alice@example.test", "bob@other.test"), 0);
	assert_int_equal(alias("both@example.test", "all@example.test", "alice@example.test"), 0);
	assert_int_equal(alias("plus+sign@example.test", "bob@other.test", NULL), 0);
	assert_int_equal(alias("info@alias-only.test", "bob@other.test", NULL), 0);
	for (size_t i = 0; i < COLUMNS(rows); i++)
		resolves(rows[i].path, rows[i].expected);
	conf.recipient_delimiter = "-";
	resolves("<alice-x@example.test>", "alice@example.test+x");
	resolves("<alice+x@example.test>", "E_NOACCOUNT");
	conf.recipient_delimiter = "";
	resolves("<alice-x@example.test>", "E_NOACCOUNT");
}

static void details_find_mailboxes_when_asked(void **state)
{
	struct account_info info;
	struct change *c;

	add("alice@example.test");
	assert_int_equal(account_find(store, STR("alice@example.test"), &info), 0);
	assert_int_equal(change_new(&c, store), 0);
	assert_int_equal(change_mbox_create(c, info.id, STR("Lists"), 0), 0);
	assert_int_equal(change_commit(&c), 0);
	resolves("<alice+Lists@example.test>", "alice@example.test+Lists");
	conf.detail_to_mailbox = true;
	resolves("<alice+Lists@example.test>", "alice@example.test+Lists/Lists");
	resolves("<alice+none@example.test>", "alice@example.test+none");
}

/* RFC 5321 4.5.1 */
static void postmasters_are_always_found(void **state)
{
	bool disabled = true;

	resolves("<Postmaster>", "E_NOACCOUNT"); /* nobody is there at all */
	add("zoe@example.test");
	add("alice@example.test");
	add("bob@other.test");
	resolves("<postmaster@example.test>", "zoe@example.test");
	resolves("<PostMaster@Example.Test>", "zoe@example.test");
	resolves("<postmaster+x@example.test>", "E_NOACCOUNT");
	resolves("<postmaster@other.test>", "bob@other.test");
	resolves("<postmaster@elsewhere.test>", "E_DENIED");
	resolves("<Postmaster>", "zoe@example.test");
	assert_int_equal(alias("postmaster@other.test", "alice@example.test", NULL), 0);
	resolves("<postmaster@other.test>", "alice@example.test");
	resolves("<POSTMASTER>", "alice@example.test"); /* the only one by name */
	assert_int_equal(alias("postmaster@example.test", "bob@other.test", NULL), 0);
	resolves("<postmaster>", "bob@other.test"); /* the first domain that has one */
	assert_int_equal(alias("postmaster@mx.example.test", "zoe@example.test", NULL), 0);
	resolves("<postmaster>", "zoe@example.test"); /* our own name's */
	assert_int_equal(alias_del(store, STR("postmaster@example.test")), 0);
	assert_int_equal(user_set(store, STR("zoe@example.test"), NULL, &disabled), 0);
	resolves("<postmaster@example.test>", "alice@example.test"); /* the first that takes mail */
}

static void disabled_and_deleted_accounts_get_nothing(void **state)
{
	bool disabled = true;

	add("alice@example.test");
	add("bob@example.test");
	assert_int_equal(alias("all@example.test", "alice@example.test", "bob@example.test"), 0);
	assert_int_equal(user_set(store, STR("bob@example.test"), NULL, &disabled), 0);
	resolves("<bob@example.test>", "E_DISABLED");
	resolves("<all@example.test>", "alice@example.test");
	assert_int_equal(user_del(store, STR("alice@example.test")), 0);
	resolves("<alice@example.test>", "E_NOACCOUNT");
	resolves("<all@example.test>", "E_DISABLED");
	assert_int_equal(user_del(store, STR("bob@example.test")), 0);
	resolves("<all@example.test>", "E_NOACCOUNT"); /* the alias keeps its domain local */
	assert_int_equal(alias_del(store, STR("all@example.test")), 0);
	resolves("<all@example.test>", "E_DENIED");
}

static void alias_loops_are_refused_and_bounded(void **state)
{
	char name[32], target[32];
	struct change *c;

	add("alice@example.test");
	assert_int_equal(alias("a@example.test", "alice@example.test", NULL), 0);
	assert_int_equal(alias("b@example.test", "a@example.test", NULL), 0);
	assert_int_equal(alias("a@example.test", "b@example.test", NULL), E_LOOP);
	assert_int_equal(alias("a@example.test", "A@EXAMPLE.test", NULL), E_LOOP);
	assert_int_equal(alias("alice@example.test", "a@example.test", NULL), E_EXISTS);
	assert_int_equal(alias("c@example.test", "nobody@example.test", NULL), E_NOACCOUNT);
	assert_int_equal(user_add(store, &conf, STR("a@example.test"), STR_NONE, 0, false), E_EXISTS);
	/* a space in a local part is none between two addresses */
	add("\"b c\"@example.test");
	add("d@example.test");
	assert_int_equal(alias("two@example.test", "\"b c\"@example.test", "d@example.test"), 0);
	resolves("<two@example.test>", "b c@example.test d@example.test");
	assert_int_equal(alias("e f@example.test", "two@example.test", NULL), E_SYNTAX);
	assert_int_equal(alias("\"e f\"@example.test", "two@example.test", NULL), 0);
	resolves("<\"e f\"@example.test>", "b c@example.test d@example.test");
	/* a chain: ten levels and no more */
	assert_int_equal(alias("l1@example.test", "alice@example.test", NULL), 0);
	for (int i = 2; i <= 12; i++) {
		snprintf(name, sizeof(name), "l%d@example.test", i);
		snprintf(target, sizeof(target), "l%d@example.test", i - 1);
		assert_int_equal(alias(name, target, NULL), i <= 10 ? 0 : i == 11 ? E_LOOP : E_NOACCOUNT);
	}
	resolves("<l10@example.test>", "alice@example.test");
	/* a loop made behind our back ends */
	assert_int_equal(change_new(&c, store), 0);
	change_alias_set(c, STR("x@example.test"), STR("y@example.test"));
	change_alias_set(c, STR("y@example.test"), STR("x@example.test"));
	assert_int_equal(change_commit(&c), 0);
	resolves("<x@example.test>", "E_LOOP");
}

static void accounts_are_made_once_with_what_was_asked(void **state)
{
	struct account_info info;
	struct mbox_info inbox;
	struct buf hash;
	uint64_t quota = 77;

	buf_init(&hash, 512);
	assert_int_equal(user_add(store, &conf, STR("J\xc3\x96rg@B\xc3\xbc" "cher.test"), STR("pw"),
				  1000, true),
			 0);
	assert_int_equal(account_find(store, STR("j\xc3\xb6rg@b\xc3\xbc" "cher.test"), &info), 0);
	assert_true(info.disabled);
	assert_int_equal(info.quota_bytes, 1000);
	assert_int_equal(mbox_find(store, info.id, STR("INBOX"), &inbox), 0);
	assert_int_equal(meta_find(store, info.id, 0, STR("password"), &hash), 0);
	assert_true(password_is(buf_str(&hash), STR("pw")));
	assert_int_equal(user_add(store, &conf, STR("j\xc3\xb6rg@xn--bcher-kva.test"), STR("x"), 0,
				  false),
			 E_EXISTS);
	assert_int_equal(user_set(store, STR("j\xc3\xb6rg@xn--bcher-kva.test"), &quota, NULL), 0);
	assert_int_equal(account_get(store, info.id, &info), 0);
	assert_true(info.disabled);
	assert_int_equal(info.quota_bytes, 77);
	assert_int_equal(user_add(store, &conf, STR("nobody"), STR_NONE, 0, false), E_SYNTAX);
	assert_int_equal(user_add(store, &conf, STR("a@[127.0.0.1]"), STR_NONE, 0, false), E_SYNTAX);
	assert_int_equal(user_del(store, STR("who@example.test")), E_NOACCOUNT);
	buf_free(&hash);
}

/* What `user` may write at a login: the account's name and folder, or an error's name. */
static void login_names(void **state)
{
	static const struct {
		const char *user, *expected;
	} rows[] = {
		{"alice@example.test", "alice@example.test"},
		{"Alice@EXAMPLE.test", "alice@example.test"},
		{"alice", "alice@example.test"},
		{"alice+Lists", "alice@example.test/Lists"},
		{"alice+Lists@example.test", "alice@example.test/Lists"},
		{"with+plus", "with+plus@example.test"},
		{"with+plus+Sub", "E_NOACCOUNT"},
		{"bob", "E_NOACCOUNT"},
		{"bob@elsewhere.test", "E_NOACCOUNT"},
		{"", "E_SYNTAX"},
		{"@", "E_SYNTAX"},
		{"alice@", "E_SYNTAX"},
		{"a b", "E_SYNTAX"},
	};
	struct account_info info;
	struct login l = {0};

	assert_int_equal(name_to_account(store, &conf, STR("alice"), &l, &info), E_NOTFOUND);
	add("alice@example.test");
	add("with+plus@example.test");
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		char got[600];
		int r;

		l = (struct login){0};
		r = name_to_account(store, &conf, str_of(rows[i].user), &l, &info);
		if (r < 0)
			snprintf(got, sizeof(got), "%s", err_row(r)->name);
		else
			snprintf(got, sizeof(got), "%s%s%s", l.name, *l.folder ? "/" : "", l.folder);
		if (strcmp(got, rows[i].expected))
			fail_msg("\"%s\": %s, not %s", rows[i].user, got, rows[i].expected);
	}
	add("zoe@second.test"); /* now a bare name could be anybody's */
	assert_int_equal(name_to_account(store, &conf, STR("alice"), &l, &info), E_NOACCOUNT);
}

#define STORE_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(recipients_of_accounts_and_aliases),
		STORE_TEST(details_find_mailboxes_when_asked),
		STORE_TEST(postmasters_are_always_found),
		STORE_TEST(disabled_and_deleted_accounts_get_nothing),
		STORE_TEST(alias_loops_are_refused_and_bounded),
		STORE_TEST(accounts_are_made_once_with_what_was_asked),
		STORE_TEST(login_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
