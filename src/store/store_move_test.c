/* store_move_test.c - conditional flags, copies that tell their UIDs, moves.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"
#include "store/view.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

static struct arena arena;

struct boxes {
	struct fixture *f;
	uint64_t a, inbox, other;
};

static void make_mbox(struct fixture *f, uint64_t account, const char *name)
{
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, account, str_of(name), 0)));
}

static struct boxes open_boxes(unsigned n)
{
	struct boxes b = {.f = fixture_open(NULL)};
	char text[64];

	b.a = make_account(b.f, "a@x.test");
	for (unsigned i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "N: %u\r\n\r\nx\r\n", i + 1);
		assert_int_equal(0, deliver(b.f, b.a, "INBOX", "", text));
	}
	make_mbox(b.f, b.a, "Other");
	b.inbox = find_mbox(b.f, b.a, "INBOX");
	b.other = find_mbox(b.f, b.a, "Other");
	arena_reset(&arena);
	return b;
}

/* "1-3 7" */
static const char *text_of(struct uidset set)
{
	static char text[2][1024], *at;
	static int turn;
	int n = 0;

	at = text[turn ^= 1];
	at[0] = 0;
	for (size_t i = 0; i < set.n; i++)
		n += snprintf(at + n, sizeof(text[0]) - (size_t)n,
			      set.r[i].lo == set.r[i].hi ? "%s%u" : "%s%u-%u", i ? " " : "",
			      set.r[i].lo, set.r[i].hi);
	return at;
}

/* -- UNCHANGEDSINCE -- */

static int flag_unless(struct boxes *b, uint32_t hi, uint64_t since, struct change_report *ret)
{
	struct uid_range r = {1, hi};
	struct change *c;

	*ret = (struct change_report){.arena = &arena};
	assert_int_equal(0, change_new(&c, b->f->s));
	assert_int_equal(0, change_flags(c, b->inbox, (struct uidset){&r, 1}, FLAGS_ADD,
					 MSG_FLAGGED, NULL, 0));
	change_in_slices(c);
	change_unchanged_since(c, since);
	change_tell(c, ret);
	return change_commit(&c);
}

static void flags_of_changed_messages_stay(void **state)
{
	struct boxes b = open_boxes(6);
	uint64_t then = info_of(b.f, b.a, "INBOX").highestmodseq;
	struct change_report ret;

	assert_int_equal(0, flag(b.f, b.inbox, 2, 3, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, flag(b.f, b.inbox, 5, 5, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, flag_unless(&b, 9, then, &ret));
	assert_string_equal("2-3 5", text_of(ret.failed));
	assert_int_equal(info_of(b.f, b.a, "INBOX").highestmodseq, ret.modseq);
	for (uint32_t uid = 1; uid <= 6; uid++) {
		bool kept = uid == 2 || uid == 3 || uid == 5;

		assert_int_equal(kept ? MSG_SEEN : MSG_FLAGGED, msg_of(b.f, b.inbox, uid).flags);
	}
	/* RFC 7162 3.1.3: with 0 it never happens */
	assert_int_equal(0, flag_unless(&b, 3, 0, &ret));
	assert_string_equal("1-3", text_of(ret.failed));
	assert_int_equal(0, ret.modseq);
	assert_int_equal(0, flag_unless(&b, 9, UINT64_MAX, &ret));
	assert_int_equal(0, ret.failed.n);
	fixture_close(b.f);
}

/* -- copy -- */

static int copy_or_move(struct boxes *b, bool move, bool slices, const char *set, uint64_t to,
			struct change_report *ret)
{
	struct uid_range r[16];
	struct change *c;
	size_t n = 0;
	int used, e;

	while (sscanf(set, "%u-%u %n", &r[n].lo, &r[n].hi, &used) == 2)
		set += used, n++;
	*ret = (struct change_report){.arena = &arena};
	assert_int_equal(0, change_new(&c, b->f->s));
	e = (move ? change_move : change_copy)(c, b->inbox, (struct uidset){r, n}, to);
	assert_int_equal(0, e);
	if (slices)
		change_in_slices(c);
	change_tell(c, ret);
	return change_commit(&c);
}

static void copies_tell_their_uids(void **state)
{
	struct boxes b = open_boxes(7);
	struct change_report ret;

	assert_int_equal(0, expunge(b.f, b.inbox, 4, 4));
	assert_int_equal(0, copy_or_move(&b, false, false, "1-1 3-6", b.other, &ret));
	assert_string_equal("1 3 5-6", text_of(ret.from));
	assert_string_equal("1-4", text_of(ret.to));
	assert_int_equal(info_of(b.f, b.a, "Other").uidvalidity, ret.uidvalidity);
	assert_int_equal(info_of(b.f, b.a, "Other").highestmodseq, ret.modseq);
	assert_string_equal("N: 5\r\n\r\nx\r\n", read_msg(b.f, b.other, 3));
	assert_int_equal(0, copy_or_move(&b, false, false, "4-4", b.other, &ret));
	assert_int_equal(0, ret.from.n + ret.to.n + ret.modseq);
	fixture_close(b.f);
}

/* -- move -- */

static void a_move_is_a_copy_and_an_expunge(void **state)
{
	struct boxes b = open_boxes(5);
	struct change_report ret;
	struct view_news news;
	struct view *v;

	assert_int_equal(0, flag(b.f, b.inbox, 2, 2, FLAGS_ADD, MSG_SEEN, "word"));
	assert_int_equal(0, view_open(&v, b.f->s, b.inbox));
	assert_int_equal(0, copy_or_move(&b, true, false, "2-3 5-9", b.other, &ret));
	assert_string_equal("2-3 5", text_of(ret.from));
	assert_string_equal("1-3", text_of(ret.to));
	assert_string_equal("1 4", uids_of(b.f, b.inbox));
	assert_string_equal("1 2 3", uids_of(b.f, b.other));
	assert_string_equal("N: 2\r\n\r\nx\r\n", read_msg(b.f, b.other, 1));
	assert_int_equal(MSG_SEEN, msg_of(b.f, b.other, 1).flags);
	assert_int_equal(1, msg_of(b.f, b.other, 1).keywords);
	assert_int_equal(0, view_look(v, &arena, &news));
	assert_string_equal("2-3 5", text_of(news.vanished));
	view_close(v);
	assert_int_equal(E_NOMBOX, copy_or_move(&b, true, false, "1-1", b.other + 9, &ret));
	assert_string_equal("1 4", uids_of(b.f, b.inbox));
	fixture_close(b.f);
}

static void a_move_within_gives_new_uids(void **state)
{
	struct boxes b = open_boxes(3);
	struct change_report ret;

	assert_int_equal(0, copy_or_move(&b, true, false, "1-2", b.inbox, &ret));
	assert_string_equal("3 4 5", uids_of(b.f, b.inbox));
	assert_string_equal("4-5", text_of(ret.to));
	assert_string_equal("N: 1\r\n\r\nx\r\n", read_msg(b.f, b.inbox, 4));
	fixture_close(b.f);
}

static void a_move_ids_stay(void **state)
{
	struct boxes b = open_boxes(1);
	struct msg_info was = msg_of(b.f, b.inbox, 1), now;
	struct change_report ret;

	assert_int_equal(0, copy_or_move(&b, true, false, "1-1", b.other, &ret));
	now = msg_of(b.f, b.other, 1);
	assert_true(was.email_id == now.email_id && was.thread_id == now.thread_id);
	assert_true(was.internaldate_ms == now.internaldate_ms && was.saved_ms <= now.saved_ms);
	fixture_close(b.f);
}

static void a_full_account_may_move_but_not_copy(void **state)
{
	struct boxes b = open_boxes(2);
	uint64_t used = sizeof("N: 1\r\n\r\nx\r\n") * 2 + 1;
	struct change_report ret;

	assert_int_equal(0, ONE_STEP(b.f, change_account_set(c, b.a, false, used)));
	assert_int_equal(E_QUOTA, copy_or_move(&b, false, false, "1-2", b.other, &ret));
	assert_int_equal(0, copy_or_move(&b, true, false, "1-2", b.other, &ret));
	assert_string_equal("1 2", uids_of(b.f, b.other));
	fixture_close(b.f);
}

static void a_long_move_goes_in_slices(void **state)
{
	struct boxes b = open_boxes(1);
	struct change_report ret;
	uint64_t groups;

	for (unsigned n = 1; n < 4096; n *= 2) /* 4096 of them */
		assert_int_equal(0, ONE_STEP(b.f, change_copy(c, b.inbox, (struct uidset){
			&(struct uid_range){1, n}, 1}, b.inbox)));
	groups = b.f->s->n.groups;
	assert_int_equal(0, expunge(b.f, b.inbox, 100, 199));
	assert_int_equal(0, copy_or_move(&b, true, true, "1-3000 3002-9999", b.other, &ret));
	assert_string_equal("1-99 200-3000 3002-4096", text_of(ret.from));
	assert_string_equal("1-3995", text_of(ret.to));
	assert_true(b.f->s->n.groups >= groups + 4);
	assert_string_equal("3001", uids_of(b.f, b.inbox));
	assert_int_equal(3995, info_of(b.f, b.a, "Other").messages);
	fixture_close(b.f);
}

static void a_move_between_accounts(void **state)
{
	struct boxes b = open_boxes(4);
	uint64_t to = make_account(b.f, "b@x.test"), box;
	struct change_report ret;

	make_mbox(b.f, to, "Shared");
	box = find_mbox(b.f, to, "Shared");
	assert_int_equal(0, flag(b.f, b.inbox, 2, 2, FLAGS_ADD, 0, "one"));
	assert_int_equal(0, flag(b.f, b.inbox, 3, 3, FLAGS_ADD, 0, "two"));
	assert_int_equal(0, copy_or_move(&b, true, true, "2-3", box, &ret));
	assert_string_equal("2-3", text_of(ret.from));
	assert_string_equal("1-2", text_of(ret.to));
	assert_string_equal("1 4", uids_of(b.f, b.inbox));
	assert_string_equal("N: 3\r\n\r\nx\r\n", read_msg(b.f, box, 2));
	assert_int_equal(2, msg_of(b.f, box, 2).keywords);
	/* no room there: nothing goes */
	assert_int_equal(0, ONE_STEP(b.f, change_account_set(c, to, false, 30)));
	assert_int_equal(E_QUOTA, copy_or_move(&b, true, true, "1-4", box, &ret));
	assert_string_equal("1 4", uids_of(b.f, b.inbox));
	fixture_close(b.f);
}

static int copy_as(struct change *c, const struct boxes *b, uint64_t to, uint64_t who,
		   unsigned seen_own, uint32_t lost)
{
	struct uid_range r = {1, 9};
	int e = change_copy(c, b->inbox, (struct uidset){&r, 1}, to);

	change_as_reader(c, who, seen_own);
	change_without(c, lost, lost);
	return e;
}

/* RFC 4314 4: without the right to set it, a flag is lost; \Seen may be one's own here and there. */
static void copies_may_lose_flags(void **state)
{
	enum { ALL = MSG_SEEN | MSG_FLAGGED };
	static const struct {
		uint32_t lost;
		unsigned seen_own;
		uint32_t flags[2]; /* in the copies' rows */
		uint64_t unseen;   /* of the reader, there */
	} rows[] = {
		{0, 0, {ALL, MSG_FLAGGED}, 2},
		{MSG_FLAGGED, 0, {MSG_SEEN, 0}, 2},
		{0, SEEN_OWN_FROM, {MSG_FLAGGED, ALL}, 2},
		{0, SEEN_OWN_FROM | SEEN_OWN_TO, {MSG_FLAGGED, MSG_FLAGGED}, 1},
		{0, SEEN_OWN_TO, {MSG_FLAGGED, MSG_FLAGGED}, 1},
		{MSG_SEEN, SEEN_OWN_FROM | SEEN_OWN_TO, {MSG_FLAGGED, MSG_FLAGGED}, 2},
	};
	struct boxes b = open_boxes(2);
	struct uid_range two = {2, 2};
	char name[16];

	assert_int_equal(0, flag(b.f, b.inbox, 1, 2, FLAGS_ADD, MSG_FLAGGED, "word"));
	assert_int_equal(0, flag(b.f, b.inbox, 1, 1, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, ONE_STEP(b.f, change_seen_by(c, b.inbox, 7, (struct uidset){&two, 1},
							 true)));
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		uint64_t to, n;

		snprintf(name, sizeof(name), "Box%zu", i);
		make_mbox(b.f, b.a, name);
		to = find_mbox(b.f, b.a, name);
		assert_int_equal(0, ONE_STEP(b.f, copy_as(c, &b, to, 7, rows[i].seen_own,
							  rows[i].lost)));
		for (uint32_t uid = 1; uid <= 2; uid++) {
			assert_int_equal(rows[i].flags[uid - 1], msg_of(b.f, to, uid).flags);
			assert_int_equal(!rows[i].lost, msg_of(b.f, to, uid).keywords);
		}
		assert_int_equal(0, mbox_unseen_by(b.f->s, to, 7, &n));
		assert_int_equal(rows[i].unseen, n);
	}
	fixture_close(b.f);
}

/* -- expunge and replace -- */

static void only_what_is_deleted_still_is_expunged(void **state)
{
	struct boxes b = open_boxes(4);
	struct uid_range r = {1, 3};
	struct change *c;

	assert_int_equal(0, flag(b.f, b.inbox, 1, 4, FLAGS_ADD, MSG_DELETED | MSG_SEEN, NULL));
	assert_int_equal(0, flag(b.f, b.inbox, 2, 2, FLAGS_REMOVE, MSG_DELETED, NULL));
	assert_int_equal(0, change_new(&c, b.f->s));
	assert_int_equal(0, change_expunge(c, b.inbox, (struct uidset){&r, 1}));
	change_only_flagged(c, MSG_DELETED);
	assert_int_equal(0, change_commit(&c));
	assert_string_equal("2 4", uids_of(b.f, b.inbox));
	fixture_close(b.f);
}

/* RFC 8508 3.2: the new one comes and the old one goes, or neither. */
static void a_replacement_is_whole(void **state)
{
	static const struct {
		uint64_t limit;
		int want;
		const char *uids;
	} rows[] = {{3, E_QUOTA, "1 2 3"}, {0, 0, "1 3 4"}};
	struct boxes b = open_boxes(3);
	struct uid_range r = {2, 2};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct delivery to = {.account = b.a, .mbox = STR("INBOX")};
		struct draft *d = make_draft(b.f, STR("N: new\r\n\r\nx\r\n"));
		int e = ONE_STEP(b.f, change_quota_set(c, b.a, QUOTA_MESSAGE, rows[i].limit));
		struct change *c;

		assert_int_equal(0, e);
		assert_int_equal(0, change_new(&c, b.f->s));
		assert_int_equal(0, change_deliver(c, d, &to, 1));
		assert_int_equal(0, change_expunge(c, b.inbox, (struct uidset){&r, 1}));
		change_as_one(c);
		e = change_commit(&c);
		draft_drop(d);
		assert_int_equal(rows[i].want, e);
		assert_int_equal(rows[i].want, to.err);
		assert_string_equal(rows[i].uids, uids_of(b.f, b.inbox));
	}
	assert_string_equal("N: new\r\n\r\nx\r\n", read_msg(b.f, b.inbox, 4));
	fixture_close(b.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_of_changed_messages_stay),
		cmocka_unit_test(copies_tell_their_uids),
		cmocka_unit_test(a_move_is_a_copy_and_an_expunge),
		cmocka_unit_test(a_move_within_gives_new_uids),
		cmocka_unit_test(a_move_ids_stay),
		cmocka_unit_test(a_full_account_may_move_but_not_copy),
		cmocka_unit_test(a_long_move_goes_in_slices),
		cmocka_unit_test(a_move_between_accounts),
		cmocka_unit_test(copies_may_lose_flags),
		cmocka_unit_test(only_what_is_deleted_still_is_expunged),
		cmocka_unit_test(a_replacement_is_whole),
	};
	int failed;

	arena_init(&arena, 64 << 20);
	failed = run_everywhere("move", tests, COLUMNS(tests), 2);
	arena_free(&arena);
	return failed;
}
