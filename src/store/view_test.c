/* view_test.c - views: numbers, and what has happened since.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/plan.h"
#include "store/reclaim.h"
#include "store/view_fixture.h"

/* -- numbers -- */

static void numbers_are_ranks(void **state)
{
	static const struct {
		uint32_t seq, uid;
	} rows[] = {{1, 2}, {2, 3}, {3, 6}, {4, 8}, {0, 1}, {0, 4}, {0, 5}, {0, 7}, {0, 9}};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct uid_range seqs[] = {{0, 2}, {4, 99}}, uids[] = {{1, 2}, {5, 7}};
	struct uidset set;
	struct view *v;

	fill(f, a, 8);
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, expunge(f, box, 4, 5));
	assert_int_equal(0, expunge(f, box, 7, 7));
	v = open_view(f, box);
	assert_int_equal(4, v->n);
	assert_int_equal(9, v->uidnext);
	assert_string_equal("2-3 6 8", runs_of(v));
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		assert_int_equal(rows[i].seq, view_seq(v, rows[i].uid));
		if (rows[i].seq)
			assert_int_equal(rows[i].uid, view_uid(v, rows[i].seq));
	}
	assert_int_equal(0, view_uid(v, 0));
	assert_int_equal(0, view_uid(v, 5));
	assert_int_equal(0, view_rank(v, 1));
	assert_int_equal(2, view_rank(v, 4));
	assert_int_equal(2, view_rank(v, 6));
	assert_int_equal(4, view_rank(v, UINT32_MAX));
	assert_int_equal(0, view_pick(v, (struct uidset){seqs, 2}, true, &arena, &set));
	assert_string_equal("2-3 8", text_of(set));
	assert_int_equal(0, view_seqs(v, set, &arena, &set));
	assert_string_equal("1-2 4", text_of(set));
	assert_int_equal(0, view_pick(v, (struct uidset){uids, 2}, false, &arena, &set));
	assert_string_equal("2 6", text_of(set));
	view_close(v);
	assert_int_equal(E_NOMBOX, view_open(&v, f->s, box + 99));
	fixture_close(f);
}

static void runs_close_and_open_at_the_end(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	static const struct {
		uint32_t lo, hi;
		unsigned then;
		const char *want;
	} rows[] = {
		{0, 0, 0, ""}, {0, 0, 3, "1-3"},   {3, 3, 0, "1-2"},	  {0, 0, 1, "1-2 4"},
		{4, 4, 0, "1-2"}, {1, 2, 0, ""}, {0, 0, 4, "5-8"}, {6, 7, 0, "5 8"},
		{8, 8, 1, "5 9"}, {5, 5, 0, "9"}, {9, 9, 2, "10-11"},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct view *v;

		if (rows[i].lo)
			assert_int_equal(0, expunge(f, box, rows[i].lo, rows[i].hi));
		fill(f, a, rows[i].then);
		v = open_view(f, box);
		assert_string_equal(rows[i].want, runs_of(v));
		view_close(v);
		assert_int_equal(0, store_check(f->s, print_difference, NULL));
	}
	fixture_close(f);
}

/* -- news -- */

static void a_view_stays_until_it_is_moved(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct view_news news;
	struct view *v;

	fill(f, a, 5);
	v = open_view(f, box);
	news = look(v);
	assert_int_equal(0, news.arrived.n + news.vanished.n + news.changed.n);
	assert_int_equal(v->modseq, news.modseq);
	assert_int_equal(0, expunge(f, box, 2, 3));
	fill(f, a, 2);
	assert_int_equal(0, flag(f, box, 3, 6, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(3, view_seq(v, 3));
	assert_int_equal(0, view_seq(v, 6));
	news = look(v);
	assert_string_equal("6-7", text_of(news.arrived));
	assert_string_equal("2-3", text_of(news.vanished));
	assert_string_equal("4-5", text_of(news.changed));
	assert_int_equal(0, view_take(v, &news, false));
	assert_string_equal("1-7", runs_of(v));
	assert_int_equal(7, v->n);
	news = look(v); /* what vanished is found again, and nothing else */
	assert_string_equal("", text_of(news.arrived));
	assert_string_equal("2-3", text_of(news.vanished));
	assert_string_equal("", text_of(news.changed));
	assert_int_equal(0, view_take(v, &news, true));
	assert_string_equal("1 4-7", runs_of(v));
	assert_int_equal(3, view_seq(v, 5));
	news = look(v);
	assert_string_equal("", text_of(news.vanished));
	view_close(v);
	fixture_close(f);
}

static void without_memory_a_view_stays(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct uid_range all = {1, UINT32_MAX};
	struct arena small;
	struct view_news news;
	struct uidset set;
	struct view *v;

	arena_init(&small, 100);
	fill(f, a, 40);
	for (uint32_t uid = 2; uid < 40; uid += 2)
		assert_int_equal(0, expunge(f, box, uid, uid));
	v = open_view(f, box);
	for (uint32_t uid = 1; uid < 40; uid += 4)
		assert_int_equal(0, expunge(f, box, uid, uid));
	assert_int_equal(E_NOMEM, view_look(v, &small, &news));
	assert_int_equal(E_NOMEM, view_pick(v, (struct uidset){&all, 1}, false, &small, &set));
	assert_int_equal(E_NOMEM, view_pick(v, (struct uidset){&all, 1}, true, &small, &set));
	assert_int_equal(E_NOMEM, view_vanished_since(v, 1, (struct uidset){0}, &small, &set));
	assert_int_equal(E_NOMEM, view_changed_since(v, 1, (struct uidset){0}, &small, &set));
	assert_int_equal(21, v->n);
	news = look(v);
	assert_int_equal(10, news.vanished.n);
	arena_free(&small);
	view_close(v);
	fixture_close(f);
}

static void what_came_and_went_is_no_news(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct view_news news;
	struct view *v = open_view(f, box);

	fill(f, a, 3);
	assert_int_equal(0, expunge(f, box, 2, 2));
	news = look(v);
	assert_string_equal("1 3", text_of(news.arrived));
	assert_int_equal(0, news.vanished.n);
	assert_int_equal(4, news.uidnext);
	assert_int_equal(0, view_take(v, &news, true));
	assert_string_equal("1 3", runs_of(v));
	view_close(v);
	fixture_close(f);
}

static void since_a_modseq(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), then;
	struct uid_range some[] = {{1, 2}, {6, 9}};
	struct uidset set;
	struct view *v;

	fill(f, a, 6);
	assert_int_equal(0, expunge(f, box, 6, 6));
	then = info_of(f, a, "INBOX").highestmodseq;
	assert_int_equal(0, flag(f, box, 1, 4, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, expunge(f, box, 2, 3));
	fill(f, a, 3); /* 7 to 9 */
	assert_int_equal(0, expunge(f, box, 8, 8));
	v = open_view(f, box);
	assert_int_equal(0, view_vanished_since(v, then, (struct uidset){0}, &arena, &set));
	assert_string_equal("2-3 8", text_of(set));
	assert_int_equal(0, view_vanished_since(v, then, (struct uidset){some, 2}, &arena, &set));
	assert_string_equal("2 8", text_of(set));
	assert_int_equal(0, view_vanished_since(v, 1, (struct uidset){0}, &arena, &set));
	assert_string_equal("2-3 6 8", text_of(set));
	assert_int_equal(0, view_changed_since(v, then, (struct uidset){0}, &arena, &set));
	assert_string_equal("1 4 7 9", text_of(set));
	assert_int_equal(0, view_changed_since(v, then, (struct uidset){some, 2}, &arena, &set));
	assert_string_equal("1 7 9", text_of(set));
	assert_int_equal(0, view_changed_since(v, v->modseq, (struct uidset){0}, &arena, &set));
	assert_int_equal(0, set.n);
	/* not told yet: no news of the past */
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, view_vanished_since(v, then, (struct uidset){0}, &arena, &set));
	assert_string_equal("2-3 8", text_of(set));
	view_close(v);
	fixture_close(f);
}

static int plan_floor(struct plan *p, struct step *st)
{
	struct own *o = st->own_arg;
	const struct rec_forgotten *f = o->arg;
	struct planned *n = plan_add(p, REC_FORGOTTEN, st->account);

	assert_non_null(n);
	n->rec.forgotten = *f;
	return 0;
}

/* Below the floor of what is known: found by comparing and scanning. */
static void what_is_forgotten_is_found(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), then;
	struct rec_forgotten floor = {.mbox = box};
	struct own o = {.plan = plan_floor, .arg = &floor, .mbox = box, .account = a};
	struct view_news news;
	struct uidset set;
	struct view *v;

	fill(f, a, 6);
	assert_int_equal(0, expunge(f, box, 5, 5));
	then = info_of(f, a, "INBOX").highestmodseq;
	v = open_view(f, box);
	assert_int_equal(0, flag(f, box, 1, 2, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, expunge(f, box, 2, 3));
	fill(f, a, 1);
	floor.floor = info_of(f, a, "INBOX").highestmodseq;
	assert_int_equal(0, own_change(f->s, &o));
	assert_int_equal(0, flag(f, box, 6, 6, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, expunge(f, box, 4, 4));
	news = look(v);
	assert_string_equal("7", text_of(news.arrived));
	assert_string_equal("2-4", text_of(news.vanished));
	assert_string_equal("1 6", text_of(news.changed));
	assert_int_equal(0, view_take(v, &news, true));
	assert_string_equal("1 6-7", runs_of(v));
	/* RFC 7162 3.2.10.1: more than needed, but nothing that is there */
	assert_int_equal(0, view_vanished_since(v, then, (struct uidset){0}, &arena, &set));
	assert_string_equal("2-5", text_of(set));
	assert_int_equal(0, view_vanished_since(v, floor.floor, (struct uidset){0}, &arena, &set));
	assert_string_equal("4", text_of(set));
	assert_int_equal(0, view_changed_since(v, then, (struct uidset){0}, &arena, &set));
	assert_string_equal("1 6-7", text_of(set));
	view_close(v);
	fixture_close(f);
}

static void a_deleted_mailbox_is_gone(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box;
	struct delivery to = {.account = a, .mbox = STR("Box"), .make_mbox = true};
	struct view_news news;
	struct msg_body body;
	struct view *v;

	assert_int_equal(0, deliver_to(f, &to, STR(TEXT)));
	box = to.mbox_id;
	v = open_view(f, box);
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, box)));
	news = look(v);
	assert_true(news.is_gone);
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, view_msg_open(&body, v, 1));
	msg_close(&body);
	news = look(v);
	assert_true(news.is_gone);
	assert_string_equal("1", text_of(news.vanished));
	assert_int_equal(0, view_take(v, &news, true));
	assert_int_equal(0, v->n);
	view_close(v);
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(E_NOMBOX, view_open(&v, f->s, box));
	fixture_close(f);
}

static void keywords_have_names(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct str names[64];

	fill(f, a, 1);
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, 0, "one"));
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, 0, "two"));
	assert_int_equal(0, view_keywords(f->s, box, &arena, names));
	assert_true(str_eq(names[0], STR("one")) && str_eq(names[1], STR("two")));
	assert_null(names[2].p);
	fixture_close(f);
}

/* -- watching -- */

struct wakes {
	struct store *s;
	uint64_t box;
	unsigned n, messages;
};

/* By the committer: what it is told of must be visible already. */
static void on_wake(void *arg)
{
	struct wakes *w = arg;
	struct mbox_info m;

	if (mbox_get(w->s, w->box, &m) >= 0)
		w->messages = (unsigned)m.messages;
	w->n++;
}

static void watchers_wake_when_it_is_visible(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct wakes w = {.s = f->s, .box = box};
	struct watch *watch;

	assert_int_equal(0, watch_open(&watch, f->s, box, on_wake, &w));
	fill(f, a, 1);
	assert_int_equal(1, w.n);
	assert_int_equal(1, w.messages);
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(2, w.n);
	assert_int_equal(0, w.messages);
	watch_close(watch);
	fill(f, a, 1);
	assert_int_equal(2, w.n);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_ranks),
		cmocka_unit_test(runs_close_and_open_at_the_end),
		cmocka_unit_test(a_view_stays_until_it_is_moved),
		cmocka_unit_test(without_memory_a_view_stays),
		cmocka_unit_test(what_came_and_went_is_no_news),
		cmocka_unit_test(since_a_modseq),
		cmocka_unit_test(what_is_forgotten_is_found),
		cmocka_unit_test(a_deleted_mailbox_is_gone),
		cmocka_unit_test(keywords_have_names),
		cmocka_unit_test(watchers_wake_when_it_is_visible),
	};

	return run_views("view", tests, COLUMNS(tests));
}
