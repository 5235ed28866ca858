/* rewrite_test.c - what few still live in old segments moves on, and nobody who reads notices.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

enum { MAILS = 120, KEPT_EVERY = 12, ROUNDS = 10 };

struct world {
	struct fixture *f;
	uint64_t account, inbox, kept;
	unsigned n; /* delivered */
};

static void small(struct store_opts *o)
{
	o->segment_bytes = 64 << 10;
	o->reserve_bytes = 1 << 20;
}

static void small_and_packed(struct store_opts *o)
{
	small(o);
	o->compress = true;
}

static void write_text(char text[800], unsigned n)
{
	memset(text, 'a' + (int)(n % 26), 800);
	memcpy(text, "X: ", 3);
	snprintf(text + 500, 100, "\r\nSubject: %u\r\n\r\nText\r\n", n);
}

static const char *text_of(unsigned n)
{
	static char text[800];

	write_text(text, n);
	return text;
}

static void set_up(struct world *w, void (*change)(struct store_opts *o))
{
	*w = (struct world){.f = fixture_open(change)};
	w->account = make_account(w->f, "a@x.test");
	assert_int_equal(0, ONE_STEP(w->f, change_mbox_create(c, w->account, STR("Kept"), 0)));
	w->inbox = find_mbox(w->f, w->account, "INBOX");
	w->kept = find_mbox(w->f, w->account, "Kept");
}

/* One in a while stays: it goes to "Kept" with the UIDs 1, 2, 3, ... */
static void traffic(struct world *w)
{
	for (int i = 0; i < MAILS; i++, w->n++)
		assert_int_equal(0, deliver(w->f, w->account,
					    w->n % KEPT_EVERY ? "INBOX" : "Kept", "",
					    text_of(w->n)));
	assert_int_equal(0, expunge(w->f, w->inbox, 1, UINT32_MAX));
}

static void grow(struct world *w)
{
	for (int i = 0; i < ROUNDS; i++) {
		traffic(w);
		assert_int_equal(0, store_reclaim(w->f->s));
	}
}

static void assert_all_kept(struct world *w)
{
	for (unsigned i = 0; i * KEPT_EVERY < w->n; i++)
		assert_string_equal(text_of(i * KEPT_EVERY), read_msg(w->f, w->kept, i + 1));
	assert_int_equal(0, store_check(w->f->s, print_difference, NULL));
}

static struct body_row body_of(struct world *w, uint32_t uid)
{
	struct key k = key_u64(msg_of(w->f, w->kept, uid).body_id);
	struct body_row row;
	struct txn t;

	assert_int_equal(0, txn_read(&t, w->f->s->ix));
	assert_int_equal(0, tab_get_row(&t, TAB_BODY, &k, &row, sizeof(row)));
	txn_done(&t);
	return row;
}

static bool has_segment(struct world *w, uint64_t id)
{
	struct log_segment seg = {0};

	while (log_segment_next(w->f->s->log, seg.id, &seg) >= 0)
		if (seg.id == id)
			return true;
	return false;
}

static void reopen_without_index(struct fixture *f)
{
	f->s = store_close(f->s);
	assert_int_equal(0, store_index_discard(f->path));
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	assert_int_equal(0, f->rec.damaged_frames);
}

static void old_segments_go(void (*change)(struct store_opts *o))
{
	struct body_row first;
	struct world w;

	set_up(&w, change);
	traffic(&w);
	first = body_of(&w, 1);
	grow(&w);
	assert_false(place_segment(first.place) == place_segment(body_of(&w, 1).place));
	assert_false(has_segment(&w, place_segment(first.place)));
	assert_all_kept(&w);
	w.f->s = store_close(w.f->s);
	fixture_reopen(w.f);
	assert_all_kept(&w);
	reopen_without_index(w.f);
	assert_all_kept(&w);
	grow(&w); /* what was moved moves on */
	assert_all_kept(&w);
	reopen_without_index(w.f);
	assert_all_kept(&w);
	fixture_close(w.f);
}

static void what_is_kept_moves_on(void **state)
{
	old_segments_go(small);
}

static void packed_bodies_move_as_they_are(void **state)
{
	old_segments_go(small_and_packed);
}

/* One reads a body that was opened before it moved; one has a snapshot from before. */
static void readers_do_not_notice(void **state)
{
	static char text[1000];
	struct msg_body early, late;
	struct body_row first;
	struct world w;
	struct snap *p;

	set_up(&w, small);
	traffic(&w);
	first = body_of(&w, 1);
	assert_int_equal(0, snap_open(&p, w.f->s, w.kept));
	assert_int_equal(0, msg_open(&early, p, 1));
	grow(&w);
	assert_false(has_segment(&w, place_segment(first.place)));
	memset(text, 0, sizeof(text));
	assert_int_equal(early.size, msg_read(&early, 0, text, sizeof(text)));
	assert_string_equal(text_of(0), text);
	assert_int_equal(0, msg_open(&late, p, 1));
	memset(text, 0, sizeof(text));
	assert_int_equal(late.size, msg_read(&late, 0, text, sizeof(text)));
	assert_string_equal(text_of(0), text);
	msg_close(&early);
	msg_close(&late);
	snap_close(p);
	assert_all_kept(&w);
	fixture_close(w.f);
}

struct reader {
	struct world *w;
	_Atomic bool stop;
	unsigned read, wrong;
};

static void read_all(struct reader *rd, struct snap *p)
{
	char text[1000], want[800];
	struct msg_body b = {.fd = -1};

	for (size_t i = 0; i < p->n; i++) {
		int64_t n = -1;

		write_text(want, (p->msgs[i].uid - 1) * KEPT_EVERY);
		if (msg_open(&b, p, p->msgs[i].uid) >= 0)
			n = msg_read(&b, 0, text, sizeof(text));
		msg_close(&b);
		rd->wrong += n != (int64_t)strlen(want) || memcmp(text, want, (size_t)n) != 0;
		rd->read++;
	}
}

static void *keep_reading(void *arg)
{
	struct reader *rd = arg;
	struct snap *p;

	do {
		if (snap_open(&p, rd->w->f->s, rd->w->kept) < 0) {
			rd->wrong++;
			break;
		}
		read_all(rd, p);
		snap_close(p);
	} while (!rd->stop);
	return NULL;
}

static void some_read_while_it_moves(void **state)
{
	struct reader rd[2];
	pthread_t t[2];
	struct world w;

	set_up(&w, small);
	traffic(&w);
	for (int i = 0; i < 2; i++) {
		rd[i] = (struct reader){.w = &w};
		assert_int_equal(0, pthread_create(&t[i], NULL, keep_reading, &rd[i]));
	}
	grow(&w);
	for (int i = 0; i < 2; i++) {
		rd[i].stop = true;
		pthread_join(t[i], NULL);
		assert_int_equal(0, rd[i].wrong);
		assert_true(rd[i].read > 0);
	}
	assert_all_kept(&w);
	fixture_close(w.f);
}

/* A body that rots is not carried on as if it were good; its neighbours are. */
static void what_is_damaged_stays(void **state)
{
	struct log_body at;
	struct body_row bad, good;
	struct world w;
	char path[64], octet = 0;
	int fd;

	set_up(&w, small);
	traffic(&w);
	bad = body_of(&w, 1);
	good = body_of(&w, 2);
	assert_int_equal(0, log_body_open(w.f->s->log, bad.place, bad.bytes, &at));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at.fd);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(1, pread(fd, &octet, 1, (off_t)at.at + 50));
	octet ^= 1;
	assert_int_equal(1, pwrite(fd, &octet, 1, (off_t)at.at + 50));
	grow(&w);
	assert_string_equal("E_DAMAGED", read_msg(w.f, w.kept, 1));
	assert_true(has_segment(&w, place_segment(bad.place)));
	assert_false(place_segment(good.place) == place_segment(body_of(&w, 2).place));
	assert_string_equal(text_of(KEPT_EVERY), read_msg(w.f, w.kept, 2));
	octet ^= 1; /* mended: now it moves, too */
	assert_int_equal(1, pwrite(fd, &octet, 1, (off_t)at.at + 50));
	close(fd);
	log_body_close(&at);
	assert_int_equal(0, store_reclaim(w.f->s));
	assert_false(has_segment(&w, place_segment(bad.place)));
	assert_all_kept(&w);
	fixture_close(w.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_moves_on),
		cmocka_unit_test(packed_bodies_move_as_they_are),
		cmocka_unit_test(readers_do_not_notice),
		cmocka_unit_test(some_read_while_it_moves),
		cmocka_unit_test(what_is_damaged_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
