/* view_test.c - views: numbers, news, reading; and against a simple model.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/plan.h"
#include "store/reclaim.h"
#include "store/store_fixture.h"
#include "store/view.h"

#define TEXT "Subject: hello\r\nMessage-ID: <1@x.test>\r\n\r\nx\r\n"

enum { UIDS_MOST = 3000 };

static struct arena arena;

static struct view *open_view(struct fixture *f, uint64_t box)
{
	struct view *v;

	assert_int_equal(0, view_open(&v, f->s, box));
	return v;
}

static struct view_news look(struct view *v)
{
	struct view_news news;

	assert_int_equal(0, view_look(v, &arena, &news));
	return news;
}

static void refresh(struct view *v)
{
	struct view_news news = look(v);

	assert_int_equal(0, view_take(v, &news, true));
}

static void fill(struct fixture *f, uint64_t a, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
}

/* "1-3 7" */
static const char *text_of(struct uidset set)
{
	static char text[4096];
	int n = 0;

	text[0] = 0;
	for (size_t i = 0; i < set.n; i++) {
		const struct uid_range *r = &set.r[i];

		n += snprintf(text + n, sizeof(text) - (size_t)n, i ? " %u" : "%u", r->lo);
		if (r->hi != r->lo)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "-%u", r->hi);
	}
	return text;
}

static const char *runs_of(const struct view *v)
{
	struct uid_range r[100];

	assert_true(v->n_runs <= 100);
	for (uint32_t i = 0; i < v->n_runs; i++)
		r[i] = (struct uid_range){v->runs[i].lo, v->runs[i].hi};
	return text_of((struct uidset){r, v->n_runs});
}

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

static bool collect(void *arg, const struct view_row *row)
{
	struct buf *b = arg;

	buf_printf(b, "%u=%u%s%s ", row->seq, row->info.uid, row->info.expunged ? "x" : "",
		   row->info.flags & MSG_SEEN ? "s" : "");
	return b->n < 30;
}

static void gone_messages_stay_readable(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct uid_range all = {1, 9};
	char text[100] = {0};
	struct buf b, env;
	struct msg_body body;
	struct msg_info info;
	uint32_t next = 9;
	struct view *v;

	buf_init(&b, 1000);
	buf_init(&env, 10000);
	fill(f, a, 4);
	v = open_view(f, box);
	assert_int_equal(0, flag(f, box, 1, 2, FLAGS_ADD, MSG_SEEN, NULL));
	assert_int_equal(0, expunge(f, box, 2, 3));
	assert_int_equal(0, store_reclaim(f->s)); /* the view holds them */
	assert_int_equal(0, view_each(v, (struct uidset){&all, 1}, 0, collect, &b, &next));
	assert_string_equal("1=1s 2=2xs 3=3x 4=4 ", buf_str(&b).p);
	assert_int_equal(0, next);
	assert_int_equal(0, view_info(v, 3, &info));
	assert_true(info.expunged);
	assert_int_equal(E_NOMSG, view_info(v, 5, &info));
	assert_int_equal(0, view_rendered(v, 3, CACHE_ENVELOPE, &env));
	assert_true(env.n > 10);
	assert_int_equal(0, view_msg_open(&body, v, 2));
	refresh(v);
	assert_int_equal(0, store_reclaim(f->s)); /* the open body holds it still */
	assert_int_equal(sizeof(TEXT) - 1, msg_read(&body, 0, text, sizeof(text)));
	assert_string_equal(TEXT, text);
	msg_close(&body);
	assert_int_equal(E_NOMSG, view_msg_open(&body, v, 2));
	assert_int_equal(0, store_reclaim(f->s));
	view_close(v);
	buf_free(&b);
	buf_free(&env);
	fixture_close(f);
}

static uint64_t graves(struct fixture *f)
{
	struct txn t;
	uint64_t n;

	assert_int_equal(0, txn_read(&t, f->s->ix));
	n = tab_rows(&t, TAB_EXPUNGED);
	txn_done(&t);
	return n;
}

static void a_moved_view_holds_nothing_old(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct view *v;

	fill(f, a, 4);
	v = open_view(f, box);
	assert_int_equal(0, expunge(f, box, 2, 3));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(2, graves(f));
	refresh(v);
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, graves(f));
	view_close(v);
	fixture_close(f);
}

static void a_view_holds_its_own_mailbox_only(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct view *v;

	fill(f, a, 2);
	assert_int_equal(0, deliver(f, a, "Other", "", TEXT));
	v = open_view(f, box);
	assert_int_equal(0, expunge(f, find_mbox(f, a, "Other"), 1, 1));
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(1, graves(f));
	view_close(v);
	fixture_close(f);
}

static void each_stops_and_goes_on(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct uid_range r[] = {{2, 3}, {5, 99}};
	struct view *v;
	struct buf b;
	uint32_t next = 0;

	buf_init(&b, 1000);
	fill(f, a, 12);
	v = open_view(f, box);
	assert_int_equal(0, view_each(v, (struct uidset){r, 2}, 0, collect, &b, &next));
	assert_string_equal("2=2 3=3 5=5 6=6 7=7 8=8 9=9 10=10 ", buf_str(&b).p);
	assert_int_equal(10, next);
	buf_clear(&b);
	r[1].lo = 11;
	assert_int_equal(0, view_each(v, (struct uidset){r + 1, 1}, 0, collect, &b, &next));
	assert_string_equal("11=11 12=12 ", buf_str(&b).p);
	assert_int_equal(0, next);
	view_close(v);
	buf_free(&b);
	fixture_close(f);
}

static bool has_envelope(void *arg, const struct view_row *row)
{
	int *n = arg;

	*n += row->envelope.n && str_starts(row->envelope, STR("(")) && !row->offsets.p;
	return true;
}

static void rendered_parts_come_with_the_row(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct uid_range all = {1, 5};
	uint32_t next;
	struct view *v;
	int n = 0;

	fill(f, a, 5);
	v = open_view(f, box);
	assert_int_equal(0, view_each(v, (struct uidset){&all, 1}, WANT_ENVELOPE | WANT_STRUCTURE,
				      has_envelope, &n, &next));
	/* not logged: what lost a race was applied from the log */
	assert_true(fixture_opts.memory_seed ? n > 0 : n == 5);
	view_close(v);
	fixture_close(f);
}

static bool count_cached(void *arg, const struct view_row *row)
{
	int *n = arg;

	*n += row->envelope.p && row->references.p && row->structure.p;
	return true;
}

static int n_cached(struct view *v)
{
	struct uid_range all = {1, UINT32_MAX};
	uint32_t next;
	int n = 0;

	assert_int_equal(0, view_each(v, (struct uidset){&all, 1},
				      WANT_ENVELOPE | WANT_STRUCTURE | WANT_REFERENCES,
				      count_cached, &n, &next));
	return n;
}

static void what_is_rendered_late_is_kept(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct view *v;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 70; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "P: 1\r\n",
					    "References: <1@x>\r\n <2@x>\r\nSubject: s\r\n\r\nx\r\n"));
	f->s = store_close(f->s);
	if (!fixture_is_memory(f)) /* its index is made anew at each start */
		assert_int_equal(0, store_index_discard(f->path));
	fixture_reopen(f);
	v = open_view(f, box);
	assert_int_equal(0, n_cached(v));
	for (uint32_t uid = 1; uid <= 70; uid++) {
		buf_clear(&b);
		assert_int_equal(0, view_rendered(v, uid, CACHE_REFERENCES, &b));
		assert_true(str_eq(buf_str(&b), STR("<1@x> <2@x>")));
	}
	assert_int_equal(MADE_ROWS, n_cached(v));
	rendered_keep(f->s);
	assert_int_equal(70, n_cached(v));
	view_close(v);
	buf_free(&b);
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

/* -- against a model -- */

struct model {
	struct fixture *f;
	uint64_t a, box, seed;
	bool live[UIDS_MOST];
	uint32_t uidnext;
	struct view *v[3];
	bool in[3][UIDS_MOST];      /* what the view has */
	bool touched[3][UIDS_MOST]; /* flags changed behind the view's back */
	uint32_t known[3];          /* the view's uidnext */
};

static uint32_t rnd(struct model *m, uint32_t below)
{
	m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((m->seed >> 33) % below);
}

static void model_open(struct model *m, unsigned i)
{
	m->v[i] = open_view(m->f, m->box);
	memcpy(m->in[i], m->live, sizeof(m->live));
	memset(m->touched[i], 0, sizeof(m->touched[i]));
	m->known[i] = m->uidnext;
}

static void model_check(struct model *m, unsigned i)
{
	uint32_t n = 0;

	for (uint32_t uid = 1; uid < m->uidnext; uid++) {
		assert_int_equal(n, view_rank(m->v[i], uid));
		n += m->in[i][uid];
		assert_int_equal(m->in[i][uid] ? n : 0, view_seq(m->v[i], uid));
		if (m->in[i][uid])
			assert_int_equal(uid, view_uid(m->v[i], n));
	}
	assert_int_equal(n, m->v[i]->n);
}

static bool has(struct uidset set, uint32_t uid)
{
	for (size_t i = 0; i < set.n; i++)
		if (set.r[i].lo <= uid && uid <= set.r[i].hi)
			return true;
	return false;
}

static void model_move(struct model *m, unsigned i)
{
	bool with_expunges = rnd(m, 2);
	struct view_news news = look(m->v[i]);

	for (uint32_t uid = 1; uid < m->uidnext; uid++) {
		bool mine = m->in[i][uid], live = m->live[uid];

		assert_int_equal(live && uid >= m->known[i], has(news.arrived, uid));
		assert_int_equal(mine && !live, has(news.vanished, uid));
		assert_int_equal(mine && live && m->touched[i][uid], has(news.changed, uid));
		if (uid >= m->known[i] || with_expunges)
			m->in[i][uid] = live;
	}
	m->known[i] = m->uidnext;
	memset(m->touched[i], 0, sizeof(m->touched[i]));
	assert_int_equal(0, view_take(m->v[i], &news, with_expunges));
	arena_reset(&arena);
}

struct reading {
	struct model *m;
	unsigned i;
	uint32_t last, n;
};

static bool read_one(void *arg, const struct view_row *row)
{
	struct reading *rd = arg;
	uint32_t uid = row->info.uid;

	assert_true(uid > rd->last && rd->m->in[rd->i][uid]);
	assert_int_equal(!rd->m->live[uid], row->info.expunged);
	assert_int_equal(view_seq(rd->m->v[rd->i], uid), row->seq);
	rd->last = uid;
	rd->n++;
	return true;
}

static void model_read(struct model *m, unsigned i)
{
	uint32_t lo = 1 + rnd(m, m->uidnext), hi = lo + rnd(m, 100), next, n = 0;
	struct uid_range r = {lo, hi};
	struct reading rd = {.m = m, .i = i};

	assert_int_equal(0, view_each(m->v[i], (struct uidset){&r, 1}, 0, read_one, &rd, &next));
	for (uint32_t uid = lo; uid <= hi && uid < m->uidnext; uid++)
		n += m->in[i][uid];
	assert_int_equal(n, rd.n);
}

static void model_deliver(struct model *m)
{
	uint32_t n = 1 + rnd(m, 8);

	for (uint32_t i = 0; i < n && m->uidnext < UIDS_MOST - 1; i++) {
		assert_int_equal(0, deliver(m->f, m->a, "INBOX", "", "A: 1\r\n\r\nx\r\n"));
		m->live[m->uidnext++] = true;
	}
}

static void model_change(struct model *m, bool expunges)
{
	uint32_t lo = 1 + rnd(m, m->uidnext), hi = lo + rnd(m, 12);
	uint32_t flags = 1u << rnd(m, 5);

	if (expunges)
		assert_int_equal(0, expunge(m->f, m->box, lo, hi));
	else /* in any case a change: set, then added */
		assert_int_equal(0, flag(m->f, m->box, lo, hi, FLAGS_SET, 0, NULL) |
				    flag(m->f, m->box, lo, hi, FLAGS_ADD, flags, NULL));
	for (uint32_t uid = lo; uid <= hi && uid < m->uidnext; uid++) {
		for (unsigned i = 0; i < COLUMNS(m->v); i++)
			m->touched[i][uid] |= !expunges && m->live[uid];
		m->live[uid] = expunges ? false : m->live[uid];
	}
}

/* A start with the index thrown away, now and then. */
static void model_restart(struct model *m)
{
	bool discard = rnd(m, 2) && !fixture_is_memory(m->f);

	for (unsigned i = 0; i < COLUMNS(m->v); i++)
		view_close(m->v[i]);
	m->f->s = store_close(m->f->s);
	if (discard)
		assert_int_equal(0, store_index_discard(m->f->path));
	fixture_reopen(m->f);
	for (unsigned i = 0; i < COLUMNS(m->v); i++)
		model_open(m, i);
}

static void model_step(struct model *m)
{
	unsigned i = rnd(m, COLUMNS(m->v));

	switch (rnd(m, 12)) {
	case 0: case 1: case 2:
		return model_deliver(m);
	case 3: case 4:
		return model_change(m, true);
	case 5: case 6:
		return model_change(m, false);
	case 7: case 8:
		return model_move(m, i);
	case 9: case 10:
		return model_read(m, i);
	default:
		assert_int_equal(0, store_reclaim(m->f->s));
		view_close(m->v[i]);
		model_open(m, i);
	}
}

static void like_a_simple_model(void **state)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->f = fixture_open(NULL);
	m->a = make_account(m->f, "a@x.test");
	m->box = find_mbox(m->f, m->a, "INBOX");
	m->uidnext = 1;
	m->seed = 7 + fixture_opts.memory_seed;
	for (unsigned i = 0; i < COLUMNS(m->v); i++)
		model_open(m, i);
	for (unsigned n = 0; n < 400; n++) {
		model_step(m);
		if (n % 8 == 0)
			model_check(m, rnd(m, COLUMNS(m->v)));
		if (n % 100 == 99)
			model_restart(m);
	}
	for (unsigned i = 0; i < COLUMNS(m->v); i++) {
		model_check(m, i);
		view_close(m->v[i]);
	}
	fixture_close(m->f);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_ranks),
		cmocka_unit_test(runs_close_and_open_at_the_end),
		cmocka_unit_test(a_view_stays_until_it_is_moved),
		cmocka_unit_test(without_memory_a_view_stays),
		cmocka_unit_test(what_came_and_went_is_no_news),
		cmocka_unit_test(gone_messages_stay_readable),
		cmocka_unit_test(a_moved_view_holds_nothing_old),
		cmocka_unit_test(a_view_holds_its_own_mailbox_only),
		cmocka_unit_test(each_stops_and_goes_on),
		cmocka_unit_test(rendered_parts_come_with_the_row),
		cmocka_unit_test(what_is_rendered_late_is_kept),
		cmocka_unit_test(since_a_modseq),
		cmocka_unit_test(what_is_forgotten_is_found),
		cmocka_unit_test(a_deleted_mailbox_is_gone),
		cmocka_unit_test(keywords_have_names),
		cmocka_unit_test(seen_may_be_a_readers_own),
		cmocka_unit_test(a_readers_unseen_are_counted),
		cmocka_unit_test(notes_may_come_with_the_message),
		cmocka_unit_test(conditions_hold_for_all_steps),
		cmocka_unit_test(notes_are_kept_by_message),
		cmocka_unit_test(notes_have_bounds),
		cmocka_unit_test(recent_messages_are_somebodys_once),
		cmocka_unit_test(many_recent_marks_find_room),
		cmocka_unit_test(watchers_wake_when_it_is_visible),
		cmocka_unit_test(like_a_simple_model),
	};
	int failed;

	arena_init(&arena, 64 << 20);
	failed = run_everywhere("view", tests, COLUMNS(tests), 2);
	arena_free(&arena);
	return failed;
}
