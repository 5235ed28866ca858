/* rights_test.c - rights added up from ACLs, on a store in memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <ftw.h>
#include <unistd.h>
#include "auth/accounts.h"
#include "auth/rights.h"
#include "base/err.h"
#include "conf/conf.h"

static char folder[64];
static struct store *store;
static struct conf conf = {.password_hash = "yescrypt:1", .recipient_delimiter = "+",
			   .hostname = "mx.example.test"};

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

static int open_store(void **state)
{
	struct store_opts o = {.dir = folder, .backend = "memory", .segment_bytes = 1 << 20};
	static const char *const users[] = {"alice@example.test", "bob@example.test",
					    "carol@example.test"};
	struct str staff[] = {STR("inner@example.test")}, inner[] = {STR("carol@example.test")};

	snprintf(folder, sizeof(folder), "/tmp/mailkeep-rights-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(store_open(&store, &o, NULL), 0);
	for (size_t i = 0; i < COLUMNS(users); i++)
		assert_int_equal(user_add(store, &conf, str_of(users[i]), STR_NONE, 0, false), 0);
	assert_int_equal(alias_add(store, STR("inner@example.test"), inner, 1), 0);
	assert_int_equal(alias_add(store, STR("staff@example.test"), staff, 1), 0);
	return 0;
}

static struct mbox_info inbox_of(const char *user)
{
	struct account_info a;
	struct mbox_info m;

	assert_int_equal(account_find(store, str_of(user), &a), 0);
	assert_int_equal(mbox_find(store, a.id, STR("INBOX"), &m), 0);
	return m;
}

static void set(const char *owner, const char *who, const char *rights)
{
	struct mbox_info m = inbox_of(owner);
	struct change *c;
	uint32_t bits;

	assert_int_equal(rights_parse(str_of(rights), &bits), 0);
	assert_int_equal(change_new(&c, store), 0);
	assert_int_equal(rights_set(c, store, &m, str_of(who), bits), 0);
	assert_int_equal(change_commit(&c), 0);
}

static void may(const char *owner, const char *user, const char *expected)
{
	struct mbox_info m = inbox_of(owner);
	struct account_info a;
	struct buf text;
	uint32_t rights;

	assert_int_equal(account_find(store, str_of(user), &a), 0);
	assert_int_equal(rights_of(store, a.id, str_of(user), &m, &rights), 0);
	buf_init(&text, 64);
	rights_write(rights, &text, false);
	if (!str_eq(buf_str(&text), str_of(expected)))
		fail_msg("%s may " STR_FMT " with %s's, not %s", user, STR_ARG(buf_str(&text)), owner,
			 expected);
	buf_free(&text);
}

#define A "alice@example.test"
#define B "bob@example.test"
#define C "carol@example.test"

static void the_owner_may_everything_and_others_nothing(void **state)
{
	may(A, A, "lrswipkxtean");
	may(A, B, "");
}

static void entries_add_up(void **state)
{
	set(A, "anyone", "lr");
	may(A, B, "lr");
	set(A, B, "si");
	may(A, B, "lrsi");
	may(A, C, "lr");
	set(A, "-" B, "ri");
	may(A, B, "ls");
	set(A, "-anyone", "l");
	may(A, B, "s");
	may(A, C, "r");
	set(A, B, "");
	may(A, B, "");
	may(A, A, "lrswipkxtean"); /* "-anyone" means him too, but l is his for ever */
}

static void the_owner_binds_himself_but_not_for_ever(void **state)
{
	set(A, A, "lrs");
	may(A, A, "lrsa");
	set(A, A, "");
	may(A, A, "la");
	set(A, "-" A, "la");
	may(A, A, "la");
	set(B, "owner", "lr");
	may(B, B, "lra");
	may(B, A, "");
	set(B, "anyone", "t");
	may(B, B, "lrta");
}

static void groups_are_aliases(void **state)
{
	set(A, "$staff@example.test", "lrw");
	may(A, C, "lrw");
	may(A, B, "");
	set(A, "-$inner@example.test", "w");
	may(A, C, "lr");
	set(A, "$nosuch@example.test", "x");
	may(A, B, "");
}

static void letters(void **state)
{
	static const struct {
		const char *in, *out, *with_old;
	} rows[] = {
		{"lrswipkxtea", "lrswipkxtea", "lrswipkxteacd"}, {"c", "kx", "kxc"},
		{"d", "te", "ted"}, {"t", "t", "td"}, {"e", "e", "ed"}, {"k", "k", "kc"},
		{"x", "x", "xc"}, {"", "", ""}, {"allr", "lra", "lra"}, {"n", "n", "n"},
	};
	static const char *const bad[] = {"L", "q", "l r", "lr0", "-l", "+l"};
	uint32_t bits;

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct buf b;

		buf_init(&b, 64);
		assert_int_equal(rights_parse(str_of(rows[i].in), &bits), 0);
		rights_write(bits, &b, false);
		assert_true(str_eq(buf_str(&b), str_of(rows[i].out)));
		buf_clear(&b);
		rights_write(bits, &b, true);
		assert_true(str_eq(buf_str(&b), str_of(rows[i].with_old)));
		buf_free(&b);
	}
	for (size_t i = 0; i < COLUMNS(bad); i++)
		assert_int_equal(rights_parse(str_of(bad[i]), &bits), E_SYNTAX);
}

static void identifiers_have_one_form(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"bob", B}, {"BOB@Example.TEST", B}, {"-bob", "-" B}, {"$Staff", "$staff@example.test"},
		{"-$staff@example.test", "-$staff@example.test"}, {"Anyone", "anyone"},
		{"-anyone", "-anyone"}, {"owner", "owner"}, {"ghost", "ghost@example.test"},
		{"x@elsewhere.test", "x@elsewhere.test"}, {"", NULL}, {"-", NULL}, {"$", NULL},
		{"a b", NULL}, {"--bob", "--bob@example.test"}, {"\xff", NULL}, {"a@b@c", NULL},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct buf b;
		int r;

		buf_init(&b, 1024);
		r = rights_identifier(store, str_of(rows[i].in), &b);
		if (!rows[i].out ? r >= 0 : r < 0 || !str_eq(buf_str(&b), str_of(rows[i].out)))
			fail_msg("%s became " STR_FMT " (%d)", rows[i].in, STR_ARG(buf_str(&b)), r);
		buf_free(&b);
	}
}

/* Whoever gets the name next does not get what was granted to the one before. */
static void a_name_that_goes_takes_its_rights_along(void **state)
{
	set(A, B, "lrs");
	set(C, B, "lr");
	set(C, "-" B, "r");
	set(A, C, "lr");
	may(A, B, "lrs");
	assert_int_equal(user_del(store, STR(B)), 0);
	assert_int_equal(user_add(store, &conf, STR(B), STR_NONE, 0, false), 0);
	may(A, B, "");
	set(C, B, "lr");
	may(C, B, "lr"); /* the negative entry is gone, too */
	may(A, C, "lr");
}

static void children_inherit(void **state)
{
	struct account_info alice, bob;
	struct mbox_info m;
	struct change *c;
	uint32_t rights;

	set(A, B, "lri");
	assert_int_equal(account_find(store, STR(A), &alice), 0);
	assert_int_equal(account_find(store, STR(B), &bob), 0);
	assert_int_equal(change_new(&c, store), 0);
	assert_int_equal(change_mbox_create(c, alice.id, STR("INBOX/a/b"), 0), 0);
	assert_int_equal(change_mbox_create(c, alice.id, STR("other"), 0), 0);
	assert_int_equal(change_commit(&c), 0);
	assert_int_equal(mbox_find(store, alice.id, STR("INBOX/a/b"), &m), 0);
	assert_int_equal(rights_of(store, bob.id, STR(B), &m, &rights), 0);
	assert_int_equal(rights, RIGHT_L | RIGHT_R | RIGHT_I);
	assert_int_equal(mbox_find(store, alice.id, STR("other"), &m), 0);
	assert_int_equal(rights_of(store, bob.id, STR(B), &m, &rights), 0);
	assert_int_equal(rights, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)
		T(the_owner_may_everything_and_others_nothing),
		T(entries_add_up),
		T(the_owner_binds_himself_but_not_for_ever),
		T(groups_are_aliases),
		T(letters),
		T(identifiers_have_one_form),
		T(a_name_that_goes_takes_its_rights_along),
		T(children_inherit),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
