/* runs_test.c - runs of UIDs against a simple model, also where damage has raised UIDNEXT.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

enum { UIDS = 400, STEPS = 3000 };

struct world {
	struct txn t;
	struct mbox_row m;
	bool there[UIDS];
	uint64_t seed;
};

static uint32_t rnd(struct world *w, uint32_t below)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((w->seed >> 33) % below);
}

static void add(struct world *w, uint32_t uid)
{
	assert_int_equal(0, runs_add(&w->t, &w->m, uid));
	if (uid >= w->m.uidnext)
		w->m.uidnext = uid + 1;
	w->there[uid] = true;
}

/* Neighbours that are all there. */
static void del(struct world *w, uint32_t lo)
{
	uint32_t hi = lo, most = lo + rnd(w, 10);

	while (hi < most && hi + 1 < UIDS && w->there[hi + 1])
		hi++;
	assert_int_equal(0, runs_del(&w->t, &w->m, lo, hi));
	for (uint32_t uid = lo; uid <= hi; uid++)
		w->there[uid] = false;
}

static void step(struct world *w)
{
	uint32_t uid = 1 + rnd(w, UIDS - 1);

	switch (rnd(w, 8)) {
	case 0: /* so many records were lost (apply-lost.c) */
		if (w->m.uidnext + 3 < UIDS) {
			assert_int_equal(0, runs_close(&w->t, &w->m));
			w->m.uidnext += 3;
		}
		break;
	case 1: /* an import wishes for a UID */
		if (uid >= w->m.uidnext && uid < w->m.uidnext + 5)
			add(w, uid);
		break;
	case 2:
	case 3:
		if (uid < w->m.uidnext && w->there[uid])
			del(w, uid);
		break;
	case 4: /* below UIDNEXT; also one that is there: no change */
		if (uid < w->m.uidnext)
			add(w, uid);
		break;
	default:
		if (w->m.uidnext < UIDS)
			add(w, w->m.uidnext);
	}
}

struct walk {
	struct world *w;
	uint32_t from, next;
};

static int see(void *arg, uint32_t lo, uint32_t hi)
{
	struct walk *k = arg;

	assert_true(lo <= hi && hi >= k->from && lo > k->next); /* a gap at least lies between */
	for (uint32_t uid = k->next; uid < lo; uid++)
		assert_true(uid < k->from || !k->w->there[uid]);
	for (uint32_t uid = lo; uid <= hi; uid++)
		assert_true(k->w->there[uid]);
	assert_true(!k->w->there[lo - 1] && (hi + 1 == UIDS || !k->w->there[hi + 1]));
	k->next = hi + 1;
	return 0;
}

static void compare(struct world *w, uint32_t from)
{
	struct walk k = {.w = w, .from = from};

	assert_int_equal(0, runs_each(&w->t, &w->m, from, see, &k));
	for (uint32_t uid = k.next > from ? k.next : from; uid < UIDS; uid++)
		assert_false(w->there[uid]);
	/* canonical: the run that ends below UIDNEXT is in the row, and no other */
	assert_int_equal(w->m.run_lo != 0, w->there[w->m.uidnext - 1]);
}

static void runs_are_those_of_the_messages(void **state)
{
	struct fixture *f = fixture_open(NULL);

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct world w = {.seed = seed, .m = {.id = 77 << 24 | 1, .uidnext = 1}};

		assert_int_equal(0, txn_write(&w.t, f->s->ix));
		for (int i = 0; i < STEPS; i++) {
			step(&w);
			compare(&w, 1 + rnd(&w, UIDS - 1));
			if (i % 50 == 0)
				compare(&w, 1);
		}
		txn_abort(&w.t);
	}
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_those_of_the_messages),
	};

	return run_everywhere("runs", tests, COLUMNS(tests), 0);
}
