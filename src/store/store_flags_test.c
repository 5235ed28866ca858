/* store_flags_test.c - flags, keywords, \Seen of readers, expunge and copy.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

static uint64_t fill(struct fixture *f, const char *name, unsigned n)
{
	uint64_t a = make_account(f, name);

	for (unsigned i = 0; i < n; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	return a;
}

static void make_mbox(struct fixture *f, uint64_t account, const char *name)
{
	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, account, str_of(name), 0)));
}

/* -- flags -- */

static void flags_are_set_added_and_removed(void **state)
{
	static const struct {
		enum flag_op op;
		uint32_t flags, want;
	} rows[] = {
		{FLAGS_ADD, MSG_SEEN, MSG_SEEN},
		{FLAGS_ADD, MSG_SEEN, MSG_SEEN}, /* no change */
		{FLAGS_ADD, MSG_DELETED, MSG_SEEN | MSG_DELETED},
		{FLAGS_REMOVE, MSG_SEEN | MSG_DRAFT, MSG_DELETED},
		{FLAGS_REMOVE, MSG_SEEN, MSG_DELETED}, /* no change */
		{FLAGS_SET, MSG_FLAGGED | MSG_ANSWERED, MSG_FLAGGED | MSG_ANSWERED},
		{FLAGS_SET, MSG_FLAGGED | MSG_ANSWERED, MSG_FLAGGED | MSG_ANSWERED},
		{FLAGS_SET, 0, 0},
	};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 3), box = find_mbox(f, a, "INBOX");
	uint32_t was = 0;

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		uint64_t modseq = info_of(f, a, "INBOX").highestmodseq;
		struct msg_info m;

		assert_int_equal(0, flag(f, box, 2, 2, rows[i].op, rows[i].flags, NULL));
		m = msg_of(f, box, 2);
		assert_int_equal(rows[i].want, m.flags);
		assert_int_equal(0, msg_of(f, box, 1).flags);
		if (rows[i].want == was) /* RFC 7162 3.1.3: nothing changed, no MODSEQ */
			assert_int_equal(modseq, info_of(f, a, "INBOX").highestmodseq);
		else
			assert_true(m.modseq > modseq);
		was = rows[i].want;
	}
	fixture_close(f);
}

static void counts_follow_flags(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 5), box = find_mbox(f, a, "INBOX");

	assert_int_equal(5, info_of(f, a, "INBOX").unseen);
	assert_int_equal(0, flag(f, box, 2, 9, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(1, info_of(f, a, "INBOX").unseen);
	assert_int_equal(0, flag(f, box, 1, 2, FLAGS_ADD, MSG_DELETED, NULL));
	assert_int_equal(2, info_of(f, a, "INBOX").deleted);
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, info_of(f, a, "INBOX").unseen);
	assert_int_equal(1, info_of(f, a, "INBOX").deleted);
	assert_int_equal(E_NOMBOX, flag(f, box + 7, 1, 1, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, MSG_SEEN, NULL)); /* gone: passed over */
	fixture_close(f);
}

static void keywords_get_a_bit_by_name(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 2), box = find_mbox(f, a, "INBOX"), one;
	struct buf out;
	char name[20];

	buf_init(&out, 100);
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, 0, "$Forwarded"));
	one = msg_of(f, box, 1).keywords;
	assert_int_equal(1, __builtin_popcountll(one));
	assert_int_equal(0, flag(f, box, 2, 2, FLAGS_ADD, 0, "$forwarded")); /* RFC 9051 2.3.2 */
	assert_true(msg_of(f, box, 2).keywords == one);
	snprintf(name, sizeof(name), "keyword.%d", __builtin_ctzll(one));
	assert_int_equal(0, meta_find(f->s, a, box, str_of(name), &out));
	assert_true(str_eq(buf_str(&out), STR("$Forwarded")));
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_REMOVE, 0, "$Forwarded"));
	assert_true(msg_of(f, box, 1).keywords == 0);
	for (int i = 1; i < 64; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, 0, name));
	}
	assert_int_equal(63, __builtin_popcountll(msg_of(f, box, 1).keywords));
	assert_int_equal(E_LIMIT, flag(f, box, 1, 1, FLAGS_ADD, 0, "one-too-many"));
	assert_int_equal(E_LIMIT, flag(f, box, 1, 1, FLAGS_ADD, 0, ""));
	assert_int_equal(63, __builtin_popcountll(msg_of(f, box, 1).keywords));
	buf_free(&out);
	fixture_close(f);
}

static void delivery_may_bring_flags_and_keywords(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct str k[] = {STR("$Junk"), STR("x"), STR("$JUNK")};
	struct delivery to = {.account = a, .mbox = STR("New"), .make_mbox = true,
			      .flags = MSG_SEEN | MSG_FLAGGED, .keywords = k, .n_keywords = 3};
	struct msg_info m;

	assert_int_equal(0, deliver_to(f, &to, STR(TEXT)));
	m = msg_of(f, to.mbox_id, 1);
	assert_int_equal(MSG_SEEN | MSG_FLAGGED, m.flags);
	assert_int_equal(2, __builtin_popcountll(m.keywords));
	assert_int_equal(0, info_of(f, a, "New").unseen);
	fixture_close(f);
}

/* -- \Seen of one reader -- */

static void seen_is(struct fixture *f, uint64_t mbox, uint64_t reader, const char *want)
{
	struct key k = key_u64_u64(mbox, reader);
	struct uid_range r;
	struct str v = STR_NONE;
	char text[200] = "";
	struct txn t;
	int n = 0;

	assert_int_equal(0, txn_read(&t, f->s->ix));
	if (tab_get(&t, TAB_SEEN, &k, &v) >= 0)
		v = str_from(v, 8); /* the MODSEQ */
	for (; v.n >= sizeof(r); v = str_from(v, sizeof(r))) {
		memcpy(&r, v.p, sizeof(r));
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%u:%u ", r.lo, r.hi);
	}
	txn_done(&t);
	assert_string_equal(want, text);
}

static void readers_have_seen_of_their_own(void **state)
{
	static const struct {
		struct uid_range r[2];
		size_t n;
		bool on;
		const char *want;
	} rows[] = {
		{{{2, 3}}, 1, true, "2:3 "},
		{{{5, 6}}, 1, true, "2:3 5:6 "},
		{{{4, 4}}, 1, true, "2:6 "},
		{{{1, 1}, {8, 200}}, 2, true, "1:6 8:9 "}, /* not past UIDNEXT */
		{{{3, 4}}, 1, false, "1:2 5:6 8:9 "},
		{{{1, 1}, {9, 9}}, 2, false, "2:2 5:6 8:8 "},
		{{{50, 60}}, 1, true, "2:2 5:6 8:8 "},
		{{{1, UINT32_MAX}}, 1, false, ""},
	};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 9), box = find_mbox(f, a, "INBOX");

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct uidset set = {rows[i].r, rows[i].n};

		assert_int_equal(0, ONE_STEP(f, change_seen_by(c, box, 77, set, rows[i].on)));
		seen_is(f, box, 77, rows[i].want);
	}
	seen_is(f, box, 78, "");
	assert_int_equal(9, info_of(f, a, "INBOX").unseen);
	fixture_close(f);
}

/* -- expunge -- */

static void expunge_takes_ranges_and_passes_over_gaps(void **state)
{
	static const struct uid_range r[] = {{2, 3}, {5, 5}, {9, UINT32_MAX}};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 10), box = find_mbox(f, a, "INBOX"), modseq;
	struct account_info i;

	assert_int_equal(0, expunge(f, box, 3, 3));
	assert_int_equal(0, ONE_STEP(f, change_expunge(c, box, (struct uidset){r, 3})));
	assert_string_equal("1 4 6 7 8", uids_of(f, box));
	modseq = info_of(f, a, "INBOX").highestmodseq;
	assert_int_equal(0, ONE_STEP(f, change_expunge(c, box, (struct uidset){r, 3})));
	assert_int_equal(modseq, info_of(f, a, "INBOX").highestmodseq);
	assert_int_equal(0, account_get(f->s, a, &i));
	assert_int_equal(5, i.used_messages);
	assert_int_equal(5 * strlen(TEXT), i.used_bytes);
	assert_int_equal(0, expunge(f, box, 1, UINT32_MAX));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT)); /* UIDs go on */
	assert_string_equal("11", uids_of(f, box));
	fixture_close(f);
}

static void slices_do_the_whole_in_the_end(void **state)
{
	enum { N = 9000 }; /* more than one slice */
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct delivery *to = calloc(N, sizeof(*to));
	struct draft *d = make_draft(f, STR(TEXT));
	struct uid_range all = {1, UINT32_MAX};
	struct change *c;

	for (int i = 0; i < N; i++)
		to[i] = (struct delivery){.account = a, .mbox = STR("INBOX")};
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_deliver(c, d, to, N));
	assert_int_equal(0, change_commit(&c));
	draft_drop(d);
	free(to);
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_flags(c, box, (struct uidset){&all, 1}, FLAGS_ADD, MSG_SEEN,
					 NULL, 0));
	change_in_slices(c);
	assert_int_equal(0, change_commit(&c));
	assert_int_equal(N, info_of(f, a, "INBOX").messages);
	assert_int_equal(0, info_of(f, a, "INBOX").unseen);
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_expunge(c, box, (struct uidset){&all, 1}));
	change_in_slices(c);
	assert_int_equal(0, change_commit(&c));
	assert_int_equal(0, info_of(f, a, "INBOX").messages);
	assert_int_equal(0, store_reclaim(f->s));
	fixture_close(f);
}

/* -- copy -- */

static int copy(struct fixture *f, uint64_t from, uint32_t lo, uint32_t hi, uint64_t to)
{
	struct uid_range r = {lo, hi};

	return ONE_STEP(f, change_copy(c, from, (struct uidset){&r, 1}, to));
}

static void copies_share_the_body_and_keep_what_was_known(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), other;
	struct delivery to = {.account = a, .mbox = STR("INBOX"), .prefix = STR("P: 1\r\n"),
			      .internaldate_ms = 4711, .flags = MSG_FLAGGED, .uidl = STR("u1")};
	struct msg_info was, now;
	struct store_stats st;

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("Other"), 0)));
	other = find_mbox(f, a, "Other");
	assert_int_equal(0, flag(f, other, 1, 1, FLAGS_ADD, 0, "zero")); /* takes bit 0 there */
	assert_int_equal(0, deliver_to(f, &to, STR(TEXT)));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, 0, "mine"));
	assert_int_equal(0, copy(f, box, 1, 9, other));
	was = msg_of(f, box, 1);
	now = msg_of(f, other, 1);
	assert_string_equal("1 2", uids_of(f, other));
	assert_true(was.email_id == now.email_id && was.thread_id == now.thread_id);
	assert_true(was.body_id == now.body_id && now.internaldate_ms == 4711);
	assert_int_equal(MSG_FLAGGED, now.flags);
	assert_int_equal(1, __builtin_popcountll(now.keywords));
	assert_string_equal("P: 1\r\n" TEXT, read_msg(f, other, 1));
	assert_int_equal(0, expunge(f, box, 1, 9));
	assert_int_equal(0, store_reclaim(f->s));
	assert_string_equal("P: 1\r\n" TEXT, read_msg(f, other, 1));
	assert_int_equal(0, copy(f, other, 2, 2, other)); /* onto itself */
	assert_string_equal("1 2 3", uids_of(f, other));
	assert_int_equal(0, expunge(f, other, 1, 9));
	assert_int_equal(0, store_reclaim(f->s));
	store_stats(f->s, &st);
	assert_int_equal(0, st.live_bytes);
	fixture_close(f);
}

static void copied_keywords_keep_their_names(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 3), b = make_account(f, "b@x.test"), box, to;
	struct buf out;

	buf_init(&out, 100);
	box = find_mbox(f, a, "INBOX");
	to = find_mbox(f, b, "INBOX");
	assert_int_equal(0, deliver(f, b, "INBOX", "", TEXT));
	assert_int_equal(0, flag(f, to, 1, 1, FLAGS_ADD, 0, "theirs"));
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, 0, "one"));
	assert_int_equal(0, flag(f, box, 2, 2, FLAGS_ADD, 0, "two"));
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, 0, "theirs"));
	assert_int_equal(0, copy(f, box, 2, 2, to));
	assert_true(msg_of(f, to, 2).keywords == 2); /* "two" came second */
	assert_int_equal(0, meta_find(f->s, b, to, STR("keyword.1"), &out));
	assert_true(str_eq(buf_str(&out), STR("two")));
	assert_int_equal(0, copy(f, box, 1, 3, to));
	assert_true(msg_of(f, to, 3).keywords == (1 | 4));
	assert_true(msg_of(f, to, 4).keywords == 2);
	assert_true(msg_of(f, to, 5).keywords == 0);
	buf_free(&out);
	fixture_close(f);
}

static void copy_is_all_or_nothing(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 4), b = make_account(f, "b@x.test");
	uint64_t box = find_mbox(f, a, "INBOX"), to = find_mbox(f, b, "INBOX");

	assert_int_equal(0, ONE_STEP(f, change_account_set(c, b, false, 3 * strlen(TEXT))));
	assert_int_equal(E_QUOTA, copy(f, box, 1, 4, to));
	assert_int_equal(0, info_of(f, b, "INBOX").messages);
	assert_int_equal(E_NOMBOX, copy(f, box, 1, 4, to + 1));
	assert_int_equal(E_NOMBOX, copy(f, box + 1, 1, 4, to));
	assert_int_equal(0, copy(f, box, 7, 9, to)); /* nothing there */
	assert_int_equal(0, copy(f, box, 2, 4, to));
	assert_int_equal(3, info_of(f, b, "INBOX").messages);
	fixture_close(f);
}

/* MOVE: copy and expunge in one change. */
static void a_move_of_one_account_is_whole(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = fill(f, "a@x.test", 3), box = find_mbox(f, a, "INBOX"), to;
	struct uid_range r = {1, 2};
	struct uidset set = {&r, 1};
	struct change *c;

	make_mbox(f, a, "To");
	to = find_mbox(f, a, "To");
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_expunge(c, box, set));
	assert_int_equal(0, change_copy(c, box, set, to + 9)); /* fails behind the expunge */
	assert_int_equal(E_NOMBOX, change_commit(&c));
	assert_string_equal("1 2 3", uids_of(f, box));
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_copy(c, box, set, to));
	assert_int_equal(0, change_expunge(c, box, set));
	assert_int_equal(0, change_commit(&c));
	assert_string_equal("3", uids_of(f, box));
	assert_string_equal("1 2", uids_of(f, to));
	assert_int_equal(0, store_reclaim(f->s));
	assert_string_equal(TEXT, read_msg(f, to, 2));
	fixture_close(f);
}

/* A delivery and what follows it in the same change: the body's place is not known yet when the
 * copy is planned. */
static void a_message_is_delivered_and_copied_at_once(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), to;
	struct delivery d = {.account = a, .mbox = STR("INBOX")};
	struct draft *draft = make_draft(f, STR(TEXT));
	struct uid_range r = {1, 1};
	struct uidset set = {&r, 1};
	struct change *c;

	make_mbox(f, a, "To");
	to = find_mbox(f, a, "To");
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_deliver(c, draft, &d, 1));
	assert_int_equal(0, change_copy(c, box, set, to));
	assert_int_equal(0, change_expunge(c, box, set));
	assert_int_equal(0, change_commit(&c));
	draft_drop(draft);
	assert_int_equal(0, d.err);
	if (!fixture_is_memory(f)) { /* a delivery is a round of its own there */
		assert_int_equal(0, store_reclaim(f->s));
		assert_string_equal(TEXT, read_msg(f, to, 1));
		f->s = store_close(f->s);
		assert_int_equal(0, store_index_discard(f->path));
		fixture_reopen(f);
		assert_string_equal(TEXT, read_msg(f, to, 1));
	}
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_set_added_and_removed),
		cmocka_unit_test(counts_follow_flags),
		cmocka_unit_test(keywords_get_a_bit_by_name),
		cmocka_unit_test(delivery_may_bring_flags_and_keywords),
		cmocka_unit_test(readers_have_seen_of_their_own),
		cmocka_unit_test(expunge_takes_ranges_and_passes_over_gaps),
		cmocka_unit_test(slices_do_the_whole_in_the_end),
		cmocka_unit_test(copies_share_the_body_and_keep_what_was_known),
		cmocka_unit_test(copied_keywords_keep_their_names),
		cmocka_unit_test(copy_is_all_or_nothing),
		cmocka_unit_test(a_move_of_one_account_is_whole),
		cmocka_unit_test(a_message_is_delivered_and_copied_at_once),
	};
	return run_everywhere("store/flags", tests, COLUMNS(tests), 4);
}
