/* store_threads_test.c - many threads at one store: quota races, readers beside writers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"
#include "store/view.h"

#define TEXT "A: 1\r\n\r\nx\r\n"

enum { THREADS = 4, EACH = 50, FIT = 100 };

struct worker {
	struct fixture *f;
	uint64_t account, mbox;
	unsigned done, refused, wrong, rounds;
};

/* cmocka's asserts jump: threads count instead. */
static int put(struct worker *w)
{
	struct delivery to = {.account = w->account, .mbox = STR("INBOX")};
	struct change *c = NULL;
	struct draft *d = NULL;
	int r = draft_open(&d, w->f->s, 0);

	if (r >= 0)
		r = draft_write(d, STR(TEXT));
	if (r >= 0)
		r = change_new(&c, w->f->s);
	if (r >= 0 && (r = change_deliver(c, d, &to, 1)) >= 0)
		r = change_commit(&c);
	draft_drop(d);
	return r < 0 ? r : to.err;
}

static void *deliver_each(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < EACH; i++) {
		int r = put(w);

		w->done += r == 0;
		w->refused += r == E_QUOTA;
		w->wrong += r != 0 && r != E_QUOTA;
	}
	return NULL;
}

static void run_all(struct worker *w, size_t n, void *(*const fn[])(void *arg))
{
	pthread_t t[THREADS];

	for (size_t i = 0; i < n; i++)
		assert_int_equal(0, pthread_create(&t[i], NULL, fn[i], &w[i]));
	for (size_t i = 0; i < n; i++)
		pthread_join(t[i], NULL);
}

static void a_quota_holds_against_a_race(void **state)
{
	void *(*const fn[THREADS])(void *arg) = {deliver_each, deliver_each, deliver_each,
						 deliver_each};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct worker w[THREADS];
	struct account_info i;
	unsigned done = 0;

	assert_int_equal(0, ONE_STEP(f, change_account_set(c, a, false, FIT * strlen(TEXT) + 3)));
	for (int k = 0; k < THREADS; k++)
		w[k] = (struct worker){.f = f, .account = a};
	run_all(w, THREADS, fn);
	for (int k = 0; k < THREADS; k++) {
		assert_int_equal(0, w[k].wrong);
		assert_int_equal(EACH, w[k].done + w[k].refused);
		done += w[k].done;
	}
	assert_int_equal(FIT, done);
	assert_int_equal(0, account_get(f->s, a, &i));
	assert_int_equal(FIT, i.used_messages);
	assert_int_equal(FIT * strlen(TEXT), i.used_bytes);
	assert_int_equal(FIT, info_of(f, a, "INBOX").messages);
	fixture_close(f);
}

/* -- readers beside those who write, expunge and reclaim -- */

static void *write_and_expunge(void *arg)
{
	struct worker *w = arg;

	for (uint32_t i = 1; i <= 120; i++) {
		struct uid_range r = {i > 5 ? i - 5 : 1, i > 5 ? i - 4 : 1};
		struct change *c;

		w->wrong += put(w) != 0;
		if (i % 3)
			continue;
		w->wrong += change_new(&c, w->f->s) < 0 ||
			    change_expunge(c, w->mbox, (struct uidset){&r, 1}) < 0 ||
			    change_commit(&c) < 0;
	}
	return NULL;
}

static void *reclaim_often(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 60; i++)
		w->wrong += store_reclaim(w->f->s) < 0 ||
			    (i % 20 == 0 && store_checkpoint(w->f->s) < 0);
	return NULL;
}

static bool reads_well(struct snap *p, uint32_t uid)
{
	char text[64];
	struct msg_info m;
	struct msg_body b;
	bool well;

	if (snap_info(p, uid, &m) < 0 || msg_open(&b, p, uid) < 0)
		return false;
	well = msg_read(&b, 0, text, sizeof(text)) == (int64_t)strlen(TEXT) &&
	       !memcmp(text, TEXT, strlen(TEXT));
	msg_close(&b);
	return well;
}

static void *read_all(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 60; i++) {
		struct snap *p;

		if (snap_open(&p, w->f->s, w->mbox) < 0) {
			w->wrong++;
			continue;
		}
		for (uint32_t k = 0; k < p->n; k++)
			w->wrong += !reads_well(p, p->msgs[k].uid);
		snap_close(p);
	}
	return NULL;
}

static void readers_see_whole_messages(void **state)
{
	void *(*const fn[THREADS])(void *arg) = {write_and_expunge, reclaim_often, read_all,
						 read_all};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct worker w[THREADS];

	for (int k = 0; k < THREADS; k++)
		w[k] = (struct worker){.f = f, .account = a, .mbox = box};
	run_all(w, THREADS, fn);
	for (int k = 0; k < THREADS; k++)
		assert_int_equal(0, w[k].wrong);
	assert_int_equal(121, info_of(f, a, "INBOX").uidnext);
	fixture_close(f);
}

/* -- views that move beside them: what a view has can always be read -- */

struct counted {
	struct view *v;
	uint32_t n, last;
	bool wrong;
};

static bool count_row(void *arg, const struct view_row *row)
{
	struct counted *ct = arg;

	ct->wrong |= row->info.uid <= ct->last || row->seq != ++ct->n;
	ct->last = row->info.uid;
	return true;
}

static bool all_there(struct view *v)
{
	struct uid_range all = {1, UINT32_MAX};
	struct counted ct = {.v = v};
	uint32_t next;

	return view_each(v, (struct uidset){&all, 1}, 0, count_row, &ct, &next) >= 0 && !ct.wrong &&
	       ct.n == v->n;
}

static bool moves_well(struct view *v, struct arena *a, bool with_expunges)
{
	struct view_news news;
	struct msg_body b;
	uint32_t uid = view_uid(v, v->n / 2 + 1), n = v->n;
	bool well = view_look(v, a, &news) >= 0 && all_there(v);

	if (well && uid && (well = view_msg_open(&b, v, uid) >= 0))
		msg_close(&b);
	for (size_t i = 0; well && i < news.vanished.n; i++)
		n -= with_expunges ? news.vanished.r[i].hi - news.vanished.r[i].lo + 1 : 0;
	for (size_t i = 0; well && i < news.arrived.n; i++)
		n += news.arrived.r[i].hi - news.arrived.r[i].lo + 1;
	arena_reset(a);
	return well && view_take(v, &news, with_expunges) >= 0 && v->n == n && all_there(v);
}

static void *move_views(void *arg)
{
	struct worker *w = arg;
	struct arena a;

	arena_init(&a, 1 << 20);
	for (int i = 0; i < 10; i++) {
		struct view *v;

		if (view_open(&v, w->f->s, w->mbox) < 0) {
			w->wrong++;
			continue;
		}
		for (int k = 0; k < 40; k++)
			w->wrong += !moves_well(v, &a, k % 3 == 2);
		view_close(v);
	}
	arena_free(&a);
	return NULL;
}

static void views_move_beside_writers(void **state)
{
	void *(*const fn[THREADS])(void *arg) = {write_and_expunge, reclaim_often, move_views,
						 move_views};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct worker w[THREADS];

	for (int k = 0; k < THREADS; k++)
		w[k] = (struct worker){.f = f, .account = a, .mbox = box};
	run_all(w, THREADS, fn);
	for (int k = 0; k < THREADS; k++)
		assert_int_equal(0, w[k].wrong);
	fixture_close(f);
}

/* Two that make the same mailbox: one makes it, both deliver to it. */
static void *deliver_to_new(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 20; i++) {
		char name[20];
		struct delivery to = {.account = w->account, .make_mbox = true};
		struct change *c = NULL;
		struct draft *d = NULL;
		int r;

		snprintf(name, sizeof(name), "new%d", i);
		to.mbox = str_of(name);
		r = draft_open(&d, w->f->s, 0);
		if (r >= 0)
			r = draft_write(d, STR(TEXT));
		if (r >= 0)
			r = change_new(&c, w->f->s);
		if (r >= 0 && (r = change_deliver(c, d, &to, 1)) >= 0)
			r = change_commit(&c);
		w->wrong += r < 0 || to.err;
		draft_drop(d);
	}
	return NULL;
}

static void a_mailbox_is_made_once(void **state)
{
	void *(*const fn[THREADS])(void *arg) = {deliver_to_new, deliver_to_new, deliver_to_new,
						 deliver_to_new};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test");
	struct worker w[THREADS];

	for (int k = 0; k < THREADS; k++)
		w[k] = (struct worker){.f = f, .account = a};
	run_all(w, THREADS, fn);
	for (int k = 0; k < THREADS; k++)
		assert_int_equal(0, w[k].wrong);
	for (int i = 0; i < 20; i++) {
		char name[20];

		snprintf(name, sizeof(name), "new%d", i);
		assert_int_equal(THREADS, info_of(f, a, name).messages);
	}
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quota_holds_against_a_race),
		cmocka_unit_test(readers_see_whole_messages),
		cmocka_unit_test(views_move_beside_writers),
		cmocka_unit_test(a_mailbox_is_made_once),
	};
	return run_everywhere("store/threads", tests, COLUMNS(tests), 4);
}
