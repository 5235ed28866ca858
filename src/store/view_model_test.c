/* view_model_test.c - views against a simple model: whatever happens, what a session sees is right.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/view_fixture.h"

enum { UIDS_MOST = 3000 };

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
		cmocka_unit_test(like_a_simple_model),
	};

	return run_views("view model", tests, COLUMNS(tests));
}
