/* named_test.c - names, ACLs and values read in one go; what new mailboxes and a renamed INBOX get.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

struct notes {
	char text[1024];
	size_t n, most;
};

static void note(struct notes *s, struct str a, const char *between, struct str b)
{
	s->n += (size_t)snprintf(s->text + s->n, sizeof(s->text) - s->n, "%s%.*s%s%.*s", s->n ? " " : "",
				 STR_ARG(a), between, STR_ARG(b));
	assert_true(s->n < sizeof(s->text));
}

static bool note_path(void *arg, const struct mbox_path *p)
{
	struct notes *s = arg;

	note(s, p->name, p->mbox ? "" : "?", p->subscribed ? STR("+") : STR_NONE);
	return !s->most || --s->most;
}

static bool note_pair(void *arg, struct str name, struct str value)
{
	struct notes *s = arg;

	note(s, name, "=", value);
	return !s->most || --s->most;
}

static bool note_acl(void *arg, uint64_t mbox, struct str who, struct str rights)
{
	return note_pair(arg, who, rights);
}

static void paths(struct fixture *f, uint64_t a, const char *from, const char *prefix, const char *want)
{
	struct notes s = {0};

	assert_int_equal(0, path_each(f->s, a, str_of(from), str_of(prefix), note_path, &s));
	assert_string_equal(want, s.text);
}

static void acl_of(struct fixture *f, uint64_t mbox, const char *want)
{
	struct notes s = {0};

	assert_int_equal(0, acl_each(f->s, mbox, note_pair, &s));
	assert_string_equal(want, s.text);
}

static void notes_of(struct fixture *f, uint64_t a, uint64_t mbox, const char *prefix, const char *want)
{
	struct notes s = {0};

	assert_int_equal(0, meta_each(f->s, a, mbox, str_of(prefix), note_pair, &s));
	assert_string_equal(want, s.text);
}

static void names_come_in_order(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice"), b = make_account(f, "bob");
	struct notes s = {.most = 2};

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("a/b"), 0)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("a-b"), 0)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, b, STR("a/other"), 0)));
	assert_int_equal(0, ONE_STEP(f, change_mbox_subscribe(c, a, STR("a/gone"), true)));
	paths(f, a, "", "", "INBOX+ a-b a/b a/gone?+");
	paths(f, a, "a-b", "", "a-b a/b a/gone?+");
	paths(f, a, "a-c", "a", "a/b a/gone?+");
	paths(f, a, "", "a/", "a/b a/gone?+");
	paths(f, a, "", "x", "");
	assert_int_equal(0, path_each(f->s, a, STR_NONE, STR_NONE, note_path, &s));
	assert_string_equal("INBOX+ a-b", s.text);
	assert_true(mbox_has_children(f->s, a, STR("a")));
	assert_false(mbox_has_children(f->s, a, STR("a/gone")));
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, find_mbox(f, a, "a/b"))));
	assert_false(mbox_has_children(f->s, a, STR("a"))); /* a subscription is no mailbox */
	fixture_close(f);
}

static void new_mailboxes_inherit(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice"), top;
	struct notes s = {0};

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("top"), 0)));
	top = find_mbox(f, a, "top");
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, top, STR("bob"), STR("lr"))));
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, top, STR("joe"), STR("l"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("top/x/y"), 0))); /* no top/x */
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("topmost"), 0)));
	assert_int_equal(0, deliver(f, a, "top/made", "", "Subject: x\r\n\r\n"));
	acl_of(f, find_mbox(f, a, "top/x/y"), "bob=lr joe=l");
	acl_of(f, find_mbox(f, a, "top/made"), "bob=lr joe=l");
	acl_of(f, find_mbox(f, a, "topmost"), "");
	assert_int_equal(0, acl_scan(f->s, top + 1, note_acl, &s));
	assert_string_equal("bob=lr joe=l bob=lr joe=l", s.text);
	/* they are each mailbox's own from then on, also in what is left of the log */
	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, top, STR("joe"), STR_NONE)));
	acl_of(f, find_mbox(f, a, "top/x/y"), "bob=lr joe=l");
	fixture_close(f);
}

static void inbox_keeps_its_rights_and_notes(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice"), old = find_mbox(f, a, "INBOX"), inbox;

	assert_int_equal(0, ONE_STEP(f, change_acl_set(c, old, STR("bob"), STR("lr"))));
	assert_int_equal(0, ONE_STEP(f, change_meta_set(c, a, old, STR("/shared/comment"), STR("hi"))));
	assert_int_equal(0, deliver(f, a, "INBOX", "", "Subject: x\r\n\r\n"));
	assert_int_equal(0, flag(f, old, 1, 1, FLAGS_ADD, 0, "kw"));
	assert_int_equal(0, ONE_STEP(f, change_mbox_rename(c, old, STR("old"))));
	inbox = find_mbox(f, a, "INBOX");
	assert_int_not_equal(old, inbox);
	acl_of(f, old, "bob=lr");
	acl_of(f, inbox, "bob=lr");
	notes_of(f, a, old, "/", "/shared/comment=hi");
	notes_of(f, a, inbox, "", "/shared/comment=hi"); /* and no names of keywords */
	fixture_close(f);
}

static void a_name_can_be_asked_for(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice"), m;
	struct change *both;

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("x"), 0)));
	m = find_mbox(f, a, "x");
	assert_int_equal(0, ONE_STEP(f, change_mbox_is(c, m, STR("x"))));
	assert_int_equal(0, ONE_STEP(f, change_mbox_rename(c, m, STR("y"))));
	assert_int_equal(E_NOMBOX, ONE_STEP(f, change_mbox_is(c, m, STR("x"))));
	assert_int_equal(0, change_new(&both, f->s));
	assert_int_equal(0, change_mbox_is(both, m, STR("x")));
	assert_int_equal(0, change_mbox_delete(both, m));
	assert_int_equal(E_NOMBOX, change_commit(&both));
	assert_int_equal(m, find_mbox(f, a, "y"));
	fixture_close(f);
}

static void uses_change(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice"), m;

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("x"), USE_SENT)));
	m = find_mbox(f, a, "x");
	assert_int_equal(0, ONE_STEP(f, change_mbox_use(c, m, USE_JUNK | USE_TRASH)));
	assert_int_equal(USE_JUNK | USE_TRASH, info_of(f, a, "x").special_use);
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_int_equal(USE_JUNK | USE_TRASH, info_of(f, a, "x").special_use);
	assert_int_equal(0, ONE_STEP(f, change_mbox_use(c, m, 0)));
	assert_int_equal(0, info_of(f, a, "x").special_use);
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, m)));
	assert_int_equal(E_NOMBOX, ONE_STEP(f, change_mbox_use(c, m, USE_SENT)));
	fixture_close(f);
}

static void deleted_octets_are_counted(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice"), m = find_mbox(f, a, "INBOX");

	for (int i = 0; i < 3; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "", "Subject: x\r\n\r\n"));
	assert_int_equal(0, info_of(f, a, "INBOX").deleted_octets);
	assert_int_equal(0, flag(f, m, 1, 2, FLAGS_ADD, MSG_DELETED, NULL));
	assert_int_equal(info_of(f, a, "INBOX").octets / 3 * 2, info_of(f, a, "INBOX").deleted_octets);
	assert_int_equal(0, flag(f, m, 1, 1, FLAGS_SET, MSG_SEEN, NULL));
	assert_int_equal(info_of(f, a, "INBOX").octets / 3, info_of(f, a, "INBOX").deleted_octets);
	assert_int_equal(0, expunge(f, m, 2, 2));
	assert_int_equal(0, info_of(f, a, "INBOX").deleted_octets);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_in_order),
		cmocka_unit_test(new_mailboxes_inherit),
		cmocka_unit_test(inbox_keeps_its_rights_and_notes),
		cmocka_unit_test(a_name_can_be_asked_for),
		cmocka_unit_test(uses_change),
		cmocka_unit_test(deleted_octets_are_counted),
	};

	return run_everywhere("named", tests, COLUMNS(tests), 2);
}
