/* memory_test.c - the log in memory: compare-and-append, and exactly once through every mood.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/log/fixture.h"
#include "store/log/memory.h"

enum { ACCOUNTS = 7, EACH = 40 };

static int memory_open_at(struct fixture *x, uint64_t seed)
{
	x->o.seed = seed;
	return log_open(&x->log, &log_memory_ops, &x->o, &x->rec, &x->why);
}

static void fixture_end(struct fixture *x)
{
	x->log = log_close(x->log);
	memory_forget(x->dir);
	fixture_free(x);
}

struct mine { /* which of our records an account has, in order */
	uint16_t k[EACH * 2];
	size_t n, noops, bad;
	uint64_t next;
	struct log *log;
};

static int see_mine(void *arg, const struct log_frame *f)
{
	struct mine *m = arg;
	struct log_body b;

	if (f->seq != m->next++)
		m->bad++;
	if (f->type == LOG_NOOP) {
		m->noops++;
		return 0;
	}
	if (m->n < COLUMNS(m->k))
		m->k[m->n++] = (uint16_t)strtoul(f->meta.p, NULL, 10);
	if (f->body_bytes) {
		if (log_body_open(m->log, f->place, f->body_bytes, &b) < 0 ||
		    crc32c(0, b.mem, f->body_bytes) != f->body_crc)
			m->bad++;
		log_body_close(&b);
	}
	return 0;
}

static struct mine read_mine(struct log *l, uint64_t account)
{
	struct mine m = {.next = 1, .log = l};

	assert_int_equal(log_read(l, account, (struct log_pos){1}, true, see_mine, &m), 0);
	assert_int_equal(m.bad, 0);
	return m;
}

static bool has_k(const struct mine *m, uint64_t k)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->k[i] == k)
			return true;
	return false;
}

static int add_to(struct log *l, uint64_t account, uint64_t k, uint64_t expect)
{
	static char body[] = "a body";
	static char metas[8][32];
	char *meta = metas[k % 8];
	struct log_item it = {.account = account, .type = 5, .body = {body, k % 3 ? 6 : 0}};

	snprintf(meta, 32, "%llu;", (unsigned long long)k);
	it.meta = str_of(meta);
	return log_add(l, &it, expect);
}

/* Appends record k to the account as a careful writer does: until it is there, once. */
static void append_once(struct log *l, uint64_t account, uint64_t k)
{
	for (int tries = 0; tries < 100; tries++) {
		struct mine m = read_mine(l, account);
		enum log_outcome out;
		static char meta[32];
		struct log_item it = {.account = account, .type = 5, .body = STR("body")};
		int64_t ms = 0;

		if (has_k(&m, k)) /* an unknown outcome was a success */
			return;
		snprintf(meta, sizeof(meta), "%llu;", (unsigned long long)k);
		it.meta = str_of(meta);
		assert_int_equal(log_begin(l, &ms, false), 0);
		assert_int_equal(log_add(l, &it, m.next), 0);
		assert_int_equal(it.seq, m.next);
		assert_int_equal(log_commit(l, &out, 1), 0);
		if (out == LOG_WON)
			return;
	}
	fail_msg("never won");
}

static void exactly_once_in_every_mood(void **state)
{
	struct memory_stats sum = {0}, st;

	for (uint64_t seed = 0; seed < 40; seed++) {
		struct fixture x;

		fixture_new(&x, 0);
		assert_int_equal(memory_open_at(&x, seed), 0);
		for (uint64_t k = 1; k <= EACH; k++)
			append_once(x.log, 1 + k % 3, k);
		for (uint64_t a = 1; a <= 3; a++) {
			struct mine m = read_mine(x.log, a);
			size_t want = 0;

			for (uint64_t k = 1; k <= EACH; k++)
				want += 1 + k % 3 == a;
			assert_int_equal(m.n, want);
			for (size_t i = 1; i < m.n; i++)
				assert_true(m.k[i] > m.k[i - 1]);
			assert_true(seed || !m.noops);
		}
		memory_stats(x.log, &st);
		sum.lost += st.lost;
		sum.unknown_done += st.unknown_done;
		sum.unknown_not_done += st.unknown_not_done;
		sum.hints_late += st.hints_late;
		sum.hints_twice += st.hints_twice;
		sum.hints_never += st.hints_never;
		fixture_end(&x);
	}
	assert_true(sum.lost && sum.unknown_done && sum.unknown_not_done);
	assert_true(sum.hints_late && sum.hints_twice && sum.hints_never);
}

static void accounts_win_and_lose_alone(void **state)
{
	struct fixture x;
	enum log_outcome out[3] = {LOG_UNKNOWN, LOG_UNKNOWN, LOG_UNKNOWN};
	struct log_item other = {.account = 2, .type = LOG_NOOP};
	int64_t ms = 0;
	uint64_t a = 0;

	fixture_new(&x, 0);
	assert_int_equal(memory_open_at(&x, 0), 0);
	assert_int_equal(log_account_next(x.log, 0, &a), E_NOTFOUND);
	assert_int_equal(log_begin(x.log, &ms, false), 0);
	assert_int_equal(add_to(x.log, 3, 1, 1), 0);
	assert_int_equal(add_to(x.log, 2, 2, 1), 0);
	assert_int_equal(add_to(x.log, 3, 3, 1), 0);
	assert_int_equal(memory_append_other(x.log, &other), 0);
	assert_int_equal(log_commit(x.log, out, 3), 0);
	assert_int_equal(out[0], LOG_WON);
	assert_int_equal(out[1], LOG_LOST);
	assert_int_equal(out[2], LOG_UNKNOWN); /* untouched: there were two accounts */
	assert_int_equal(read_mine(x.log, 3).n, 2);
	assert_int_equal(read_mine(x.log, 2).n, 0);
	assert_int_equal(log_account_next(x.log, 0, &a), 0);
	assert_int_equal(a, 2);
	assert_int_equal(log_account_next(x.log, 2, &a), 0);
	assert_int_equal(a, 3);
	assert_int_equal(log_account_next(x.log, 3, &a), E_NOTFOUND);
	fixture_end(&x);
}

static void lives_on_for_its_folder(void **state)
{
	struct fixture x, y;
	uint64_t id;

	fixture_new(&x, 0);
	fixture_new(&y, 0);
	assert_int_equal(memory_open_at(&x, 0), 0);
	append_once(x.log, 1, 1);
	id = log_store_id(x.log);
	x.log = log_close(x.log);
	assert_int_equal(memory_open_at(&y, 0), 0);
	assert_int_equal(read_mine(y.log, 1).n, 0);
	x.o.store_id = id;
	assert_int_equal(memory_open_at(&x, 0), 0);
	assert_int_equal(read_mine(x.log, 1).n, 1);
	x.log = log_close(x.log);
	x.o.store_id = id + 1;
	assert_int_equal(memory_open_at(&x, 0), E_DAMAGED);
	fixture_end(&x);
	fixture_end(&y);
}

static bool name_first(void *arg, struct place p)
{
	struct place *first = arg;

	return p.a == first->a && p.b == first->b;
}

static void blobs_are_swept(void **state)
{
	struct fixture x;
	struct blob *b;
	struct place p[2];
	struct log_body body;
	uint32_t crc;

	fixture_new(&x, 0);
	assert_int_equal(memory_open_at(&x, 0), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(blob_new(x.log, &b), 0);
		assert_int_equal(blob_write(b, "hello ", 6), 0);
		assert_int_equal(blob_write(b, "there", 5), 0);
		assert_int_equal(blob_finish(&b, &p[i], &crc), 0);
		assert_null(b);
		assert_true(place_is_blob(p[i]));
		assert_int_equal(place_segment(p[i]), 0);
		assert_int_equal(crc, crc32c(0, "hello there", 11));
	}
	x.log = log_close(x.log);
	assert_int_equal(memory_open_at(&x, 0), 0);
	assert_int_equal(log_blob_sweep(x.log, name_first, &p[0]), 1);
	assert_int_equal(log_body_open(x.log, p[1], 11, &body), E_DAMAGED);
	assert_int_equal(log_body_open(x.log, p[0], 11, &body), 0);
	assert_int_equal(log_body_reclaim(x.log, p[0], 11), 0);
	assert_memory_equal(body.mem, "hello there", 11); /* still open */
	log_body_close(&body);
	assert_int_equal(log_body_open(x.log, p[0], 11, &body), E_DAMAGED);
	fixture_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_once_in_every_mood),
		cmocka_unit_test(accounts_win_and_lose_alone),
		cmocka_unit_test(lives_on_for_its_folder),
		cmocka_unit_test(blobs_are_swept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
