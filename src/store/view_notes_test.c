/* view_notes_test.c - annotations, \Seen of readers, \Recent.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/view_fixture.h"

/* -- \Seen -- */

static void seen_may_be_a_readers_own(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	uint64_t reader = make_account(f, "r@x.test");
	struct uid_range some[] = {{1, 1}, {3, 4}}, all = {1, 9};
	struct uidset set = {some, 2};
	uint32_t next;
	struct view *v;
	struct buf b;

	buf_init(&b, 1000);
	fill(f, a, 5);
	assert_int_equal(0, flag(f, box, 5, 5, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, ONE_STEP(f, change_seen_by(c, box, reader, set, true)));
	v = open_view(f, box);
	v->reader = reader;
	assert_int_equal(0, view_each(v, (struct uidset){&all, 1}, 0, collect, &b, &next));
	assert_string_equal("1=1s 2=2 3=3s 4=4s 5=5 ", buf_str(&b).p);
	view_close(v);
	buf_free(&b);
	fixture_close(f);
}

static void a_readers_unseen_are_counted(void **state)
{
	static const struct {
		uint32_t lo, hi;
		bool on;
		unsigned unseen;
	} rows[] = {{2, 3, true, 4}, {3, 3, true, 4},	{1, 9, true, 0},
		    {4, 4, false, 0}, {5, 7, false, 3}, {1, 1, false, 4}};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), n;
	struct view *v;

	fill(f, a, 7);
	assert_int_equal(0, expunge(f, box, 4, 4));
	assert_int_equal(0, mbox_unseen_by(f->s, box, 77, &n));
	assert_int_equal(6, n);
	v = open_view(f, box);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct uid_range r = {rows[i].lo, rows[i].hi};
		uint64_t modseq = info_of(f, a, "INBOX").highestmodseq, was = n;
		struct view_news news;

		assert_int_equal(0, ONE_STEP(f, change_seen_by(c, box, 77, (struct uidset){&r, 1},
							       rows[i].on)));
		assert_int_equal(0, mbox_unseen_by(f->s, box, 77, &n));
		assert_int_equal(rows[i].unseen, n);
		/* nothing changed: no MODSEQ; else it is news */
		assert_int_equal(n == was, modseq == info_of(f, a, "INBOX").highestmodseq);
		news = look(v);
		assert_int_equal(n == was, !news.changed.n);
		refresh(v);
	}
	view_close(v);
	assert_int_equal(E_NOMBOX, mbox_unseen_by(f->s, box + 99, 77, &n));
	fixture_close(f);
}

/* -- annotations -- */

static bool add_note(void *arg, uint64_t who, struct str entry, struct str value)
{
	buf_printf(arg, "%s" STR_FMT "=" STR_FMT " ", who ? "my" : "", STR_ARG(entry),
		   STR_ARG(value));
	return true;
}

static const char *notes_of(struct fixture *f, uint64_t box, uint32_t uid, uint64_t who)
{
	static char text[1000];
	struct view *v = open_view(f, box);
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(0, notes_each(v, uid, who, add_note, &b));
	snprintf(text, sizeof(text), STR_FMT, STR_ARG(buf_str(&b)));
	buf_free(&b);
	view_close(v);
	return text;
}

static int note(struct fixture *f, uint64_t box, uint32_t lo, uint32_t hi, uint64_t who,
		const char *entry, const char *value)
{
	struct uid_range r = {lo, hi};
	struct str v = value ? str_of(value) : STR_NONE;

	return ONE_STEP(f, change_note(c, box, (struct uidset){&r, 1}, who, str_of(entry), v));
}

static int copy_as(struct change *c, uint64_t box, const struct uid_range *r, uint64_t who)
{
	int e = change_copy(c, box, (struct uidset){r, 1}, box);

	change_as_reader(c, who, 0);
	return e;
}

static void notes_may_come_with_the_message(void **state)
{
	const struct delivery_note notes[] = {
		{0, STR("/comment"), STR("hello")}, {7, STR("/altsubject"), STR("")}};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), n;
	struct delivery to = {.account = a, .mbox = STR("INBOX"), .notes = notes, .n_notes = 2,
			      .flags = MSG_SEEN | MSG_FLAGGED, .seen_by = 7};
	struct delivery bad = {.account = a, .mbox = STR("INBOX"), .notes = notes,
			       .n_notes = NOTES_MOST + 1};

	assert_int_equal(0, deliver_to(f, &to, STR(TEXT)));
	assert_string_equal("/comment=hello my/altsubject= ", notes_of(f, to.mbox_id, 1, 7));
	assert_int_equal(to.modseq, info_of(f, a, "INBOX").highestmodseq);
	assert_int_equal(MSG_FLAGGED, msg_of(f, to.mbox_id, 1).flags);
	assert_int_equal(0, mbox_unseen_by(f->s, to.mbox_id, 7, &n));
	assert_int_equal(0, n);
	assert_int_equal(0, mbox_unseen_by(f->s, to.mbox_id, 8, &n));
	assert_int_equal(1, n);
	assert_int_equal(E_LIMIT, deliver_to(f, &bad, STR(TEXT)));
	fixture_close(f);
}

/* RFC 5257 4.5 with RFC 7162 3.1.3: several entries in one conditional STORE. */
static void conditions_hold_for_all_steps(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), then;
	struct change_report ret[2] = {{.arena = &arena}, {.arena = &arena}};
	struct uid_range r = {1, 3};
	struct change *c;

	fill(f, a, 3);
	then = info_of(f, a, "INBOX").highestmodseq;
	assert_int_equal(0, flag(f, box, 2, 2, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, change_new(&c, f->s));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(0, change_note(c, box, (struct uidset){&r, 1}, 0,
						i ? STR("/b") : STR("/a"), STR("x")));
		change_unchanged_since(c, then);
		change_tell(c, &ret[i]);
	}
	change_in_slices(c);
	assert_int_equal(0, change_commit(&c));
	assert_string_equal("2", text_of(ret[0].failed));
	assert_string_equal("2", text_of(ret[1].failed));
	assert_string_equal("/a=x /b=x ", notes_of(f, box, 3, 0));
	assert_string_equal("", notes_of(f, box, 2, 0));
	fixture_close(f);
}

static void notes_are_kept_by_message(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), modseq;
	struct uid_range r = {1, 3};
	struct view_news news;
	struct view *v;

	fill(f, a, 4);
	v = open_view(f, box);
	assert_int_equal(0, note(f, box, 1, 2, 0, "/comment", "good"));
	assert_int_equal(0, note(f, box, 2, 9, 7, "/comment", ""));
	assert_int_equal(0, note(f, box, 2, 2, 8, "/comment", "not yours"));
	news = look(v);
	assert_string_equal("1-4", text_of(news.changed));
	view_close(v);
	assert_string_equal("/comment=good ", notes_of(f, box, 1, 7));
	assert_string_equal("/comment=good my/comment= ", notes_of(f, box, 2, 7));
	assert_string_equal("/comment=good ", notes_of(f, box, 2, 0));
	assert_string_equal("my/comment= ", notes_of(f, box, 4, 7));
	modseq = info_of(f, a, "INBOX").highestmodseq;
	assert_int_equal(0, note(f, box, 1, 2, 0, "/comment", "good")); /* as it is */
	assert_int_equal(0, note(f, box, 1, 1, 0, "/other", NULL));
	assert_int_equal(modseq, info_of(f, a, "INBOX").highestmodseq);
	assert_int_equal(0, note(f, box, 1, 1, 0, "/comment", NULL));
	assert_true(msg_of(f, box, 1).modseq > modseq);
	assert_string_equal("", notes_of(f, box, 1, 7));
	/* they go with copies, but for other readers' own (RFC 5257 4.6) */
	assert_int_equal(0, ONE_STEP(f, copy_as(c, box, &r, 7)));
	assert_string_equal("/comment=good my/comment= ", notes_of(f, box, 6, 7));
	assert_string_equal("/comment=good ", notes_of(f, box, 6, 8));
	assert_string_equal("", notes_of(f, box, 5, 7));
	assert_int_equal(0, expunge(f, box, 1, 9));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, store_check(f->s, print_difference, NULL));
	fixture_close(f);
}

static void notes_have_bounds(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	char *large = calloc(1, NOTE_VALUE_MOST + 2), entry[32];

	assert_non_null(large);
	memset(large, 'x', NOTE_VALUE_MOST);
	fill(f, a, 1);
	for (int i = 0; i < NOTES_MOST; i++) {
		snprintf(entry, sizeof(entry), "/%d", i);
		assert_int_equal(0, note(f, box, 1, 1, 0, entry, i ? "v" : large));
	}
	assert_int_equal(E_LIMIT, note(f, box, 1, 1, 0, "/more", "v"));
	assert_int_equal(0, note(f, box, 1, 1, 0, "/7", "another"));
	large[NOTE_VALUE_MOST] = 'x';
	assert_int_equal(E_TOOBIG, note(f, box, 1, 1, 0, "/7", large));
	assert_int_equal(E_SYNTAX, note(f, box, 1, 1, 0, "", "v"));
	free(large);
	fixture_close(f);
}

/* 64 MiB of an account: 1024 of the largest, less what the names take. */
static void notes_of_an_account_have_a_bound(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	char *large = calloc(1, NOTE_VALUE_MOST + 1);
	struct uid_range all = {1, 600};
	struct account_info info;

	assert_non_null(large);
	memset(large, 'x', NOTE_VALUE_MOST);
	fill(f, a, fixture_is_memory(f) ? 0 : 300);
	if (fixture_is_memory(f)) { /* it takes long: once is enough */
		free(large);
		fixture_close(f);
		return;
	}
	assert_int_equal(0, ONE_STEP(f, change_copy(c, box, (struct uidset){&all, 1}, box)));
	assert_int_equal(0, note(f, box, 1, 600, 0, "/a", large));
	assert_int_equal(E_QUOTA, note(f, box, 1, 600, 0, "/b", large));
	assert_int_equal(0, note(f, box, 1, 400, 0, "/b", large));
	assert_int_equal(0, account_get(f->s, a, &info));
	assert_int_equal(1000 * (NOTE_VALUE_MOST + 2), info.note_bytes);
	assert_int_equal(E_QUOTA, ONE_STEP(f, change_copy(c, box, (struct uidset){&all, 1}, box)));
	assert_int_equal(0, note(f, box, 1, 300, 0, "/b", NULL));
	assert_int_equal(0, note(f, box, 1, 300, 0, "/a", "v"));
	assert_int_equal(0, expunge(f, box, 301, 600));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, account_get(f->s, a, &info));
	assert_int_equal(300 * 3, info.note_bytes);
	free(large);
	fixture_close(f);
}

/* -- \Recent -- */

static void recent_messages_are_somebodys_once(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct view *v, *w;
	uint32_t n = 0;

	fill(f, a, 3);
	v = open_view(f, box);
	assert_int_equal(0, mbox_recent(f->s, box, &n));
	assert_int_equal(3, n);
	assert_int_equal(1, view_recent(v, false));
	assert_int_equal(1, view_recent(v, true));
	fill(f, a, 2);
	w = open_view(f, box);
	assert_int_equal(4, view_recent(w, true));
	refresh(v);
	assert_int_equal(6, view_recent(v, true)); /* the other one was told first */
	fill(f, a, 2);
	assert_int_equal(0, expunge(f, box, 6, 6));
	view_close(v);
	view_close(w);
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_int_equal(0, mbox_recent(f->s, box, &n));
	assert_int_equal(1, n);
	v = open_view(f, box);
	assert_int_equal(6, view_recent(v, true));
	assert_int_equal(0, mbox_recent(f->s, box, &n));
	assert_int_equal(0, n);
	view_close(v);
	assert_int_equal(E_NOMBOX, mbox_recent(f->s, box + 99, &n));
	fixture_close(f);
}

static void many_recent_marks_find_room(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct view v = {.store = f->s, .uidnext = 9};

	for (uint64_t i = 1; i <= 20000; i++) {
		v.mbox = i << 24; /* of accounts that are not there */
		assert_int_equal(1, view_recent(&v, true));
		assert_int_equal(9, view_recent(&v, true));
	}
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seen_may_be_a_readers_own),
		cmocka_unit_test(a_readers_unseen_are_counted),
		cmocka_unit_test(notes_may_come_with_the_message),
		cmocka_unit_test(conditions_hold_for_all_steps),
		cmocka_unit_test(notes_are_kept_by_message),
		cmocka_unit_test(notes_have_bounds),
		cmocka_unit_test(notes_of_an_account_have_a_bound),
		cmocka_unit_test(recent_messages_are_somebodys_once),
		cmocka_unit_test(many_recent_marks_find_room),
	};

	return run_views("view notes", tests, COLUMNS(tests));
}
