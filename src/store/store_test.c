/* store_test.c - messages: delivered, read, kept readable, given back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

#define TEXT "A: 1\r\n\r\n.one\r\n"

static void deliver_and_read(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice@example.test");
	struct mbox_info m;
	struct msg_body b;
	struct snap *p;
	char text[256];

	assert_int_equal(0, deliver(f, a, "INBOX", "Return-Path: <>\r\n", TEXT));
	assert_int_equal(0, mbox_find(f->s, a, STR("INBOX"), &m));
	assert_int_equal(1, m.messages);
	assert_int_equal(31, m.octets);
	assert_int_equal(2, m.uidnext);
	assert_int_equal(0, snap_open(&p, f->s, m.id));
	assert_int_equal(1, p->n);
	assert_int_equal(31, p->octets);
	assert_int_equal(m.uidvalidity, p->uidvalidity);
	assert_int_equal(0, msg_open(&b, p, p->msgs[0].uid));
	assert_int_equal(31, b.size);
	assert_int_equal(31, msg_read(&b, 0, text, sizeof(text)));
	assert_memory_equal("Return-Path: <>\r\n" TEXT, text, 31);
	for (unsigned at = 0; at <= 32; at++) /* each start, over the seam between the parts */
		for (unsigned n = 1; n < 32; n += 5) {
			int64_t want = at + n <= 31 ? n : at < 31 ? 31 - at : 0;

			assert_int_equal(want, msg_read(&b, at, text, n));
			assert_memory_equal(&("Return-Path: <>\r\n" TEXT)[at], text, want);
		}
	msg_close(&b);
	msg_close(&b);
	assert_int_equal(E_NOMSG, msg_open(&b, p, 2));
	snap_close(p);
	assert_int_equal(E_NOMBOX, snap_open(&p, f->s, m.id + 1));
	fixture_close(f);
}

static void info_tells_what_delivery_found_out(void **state)
{
	static const struct {
		const char *text;
		uint32_t bits, lines, header;
	} rows[] = {
		{"A: 1\r\n\r\nx\r\n", 0, 1, 8},
		{"A: 1\r\n\r\n.x\r\ny\r\n", BIT_DOTS, 2, 8},
		{"A: \303\251\r\n\r\n", BIT_8BIT | BIT_NEEDS_UTF8, 0, 9},
		{"A: 1\r\n\r\n\303\251\r\n", BIT_8BIT, 1, 8},
		{"", 0, 0, 0},
	};
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");

	for (uint32_t i = 0; i < COLUMNS(rows); i++) {
		struct delivery to = {.account = a, .mbox = STR("INBOX"), .prefix = STR("P: 1\r\n"),
				      .internaldate_ms = 1000 + i, .internaldate_zone = -90,
				      .flags = MSG_SEEN};
		struct msg_info m;

		assert_int_equal(0, deliver_to(f, &to, str_of(rows[i].text)));
		assert_int_equal(i + 1, to.uid);
		assert_int_equal(box, to.mbox_id);
		m = msg_of(f, box, to.uid);
		assert_int_equal(rows[i].bits, m.bits);
		assert_int_equal(rows[i].lines, m.lines);
		assert_int_equal(rows[i].header + 6, m.header_bytes);
		assert_int_equal(strlen(rows[i].text) + 6, m.size);
		assert_int_equal(1000 + i, m.internaldate_ms);
		assert_int_equal(-90, m.internaldate_zone);
		assert_int_equal(MSG_SEEN, m.flags);
		assert_int_equal(to.modseq, m.modseq);
		assert_false(m.expunged);
	}
	fixture_close(f);
}

/* -- one body for many -- */

enum { MANY = 100 };

struct many {
	uint64_t account[MANY], box[MANY];
	struct delivery to[MANY];
	struct buf text;
};

static struct many *deliver_to_many(struct fixture *f)
{
	struct many *m = calloc(1, sizeof(*m));
	struct change *c;
	struct draft *d;

	buf_init(&m->text, 100000);
	buf_printf(&m->text, "Subject: to all\r\n\r\n");
	while (m->text.n < 20000)
		buf_printf(&m->text, "line %zu\r\n", m->text.n);
	for (int i = 0; i < MANY; i++) {
		char name[40];

		snprintf(name, sizeof(name), "u%d@x.test", i);
		m->account[i] = make_account(f, name);
		m->box[i] = find_mbox(f, m->account[i], "INBOX");
		m->to[i] = (struct delivery){.account = m->account[i], .mbox = STR("INBOX"),
					     .prefix = STR("Delivered-To: you\r\n")};
	}
	d = make_draft(f, buf_str(&m->text));
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_deliver(c, d, m->to, MANY));
	assert_int_equal(0, change_commit(&c));
	draft_drop(d);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(0, m->to[i].err);
		assert_int_equal(1, m->to[i].uid);
	}
	return m;
}

static void many_free(struct many *m)
{
	buf_free(&m->text);
	free(m);
}

static void assert_has_it(struct fixture *f, struct many *m, int i)
{
	const char *text = read_msg(f, m->box[i], 1);

	assert_int_equal(0, strncmp(text, "Delivered-To: you\r\n", 19));
	assert_int_equal(m->text.n + 19, strlen(text));
	assert_memory_equal(text + 19, m->text.p, m->text.n);
}

static uint64_t live_bytes(struct fixture *f)
{
	struct store_stats st;

	store_stats(f->s, &st);
	return st.live_bytes;
}

static void a_hundred_recipients_share_one_body(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct store_stats was, now;
	struct many *m;

	store_stats(f->s, &was);
	m = deliver_to_many(f);
	store_stats(f->s, &now);
	assert_in_range(now.log_bytes - was.log_bytes, 1, m->text.n + MANY * 1000);
	assert_in_range(now.live_bytes, f->o.compress ? 1 : m->text.n, m->text.n);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(msg_of(f, m->box[0], 1).body_id, msg_of(f, m->box[i], 1).body_id);
	for (int i = 0; i < MANY - 1; i++)
		assert_int_equal(0, expunge(f, m->box[i], 1, 1));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(now.live_bytes, live_bytes(f));
	assert_has_it(f, m, MANY - 1);
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_has_it(f, m, MANY - 1);
	assert_int_equal(0, expunge(f, m->box[MANY - 1], 1, 1));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, live_bytes(f));
	assert_int_equal(0, info_of(f, m->account[0], "INBOX").messages);
	assert_int_equal(2, info_of(f, m->account[0], "INBOX").uidnext);
	many_free(m);
	fixture_close(f);
}

/* The bytes are gone from the disk, not only from the index; but not while somebody reads. */
static void the_last_one_gives_the_bytes_back(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	static char big[20000], out[20000], zeros[20000];
	struct msg_body b, two;
	struct snap *p;
	int fd;

	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(0, deliver(f, a, "INBOX", "", big));
	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_int_equal(0, msg_open(&b, p, 1));
	msg_share(&two, &b);
	snap_close(p);
	msg_close(&b);
	fd = two.fd < 0 ? -1 : dup(two.fd);
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(19999, msg_read(&two, 0, out, sizeof(out)));
	assert_memory_equal(big, out, 19999);
	assert_in_range(live_bytes(f), f->o.compress ? 1 : 19999, 19999);
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT)); /* not the newest record any more */
	b.at = two.at;
	msg_close(&two);
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(strlen(TEXT), live_bytes(f));
	if (fd >= 0) {
		assert_int_equal(19999, pread(fd, out, 19999, (off_t)b.at));
		assert_memory_equal(out + 8192, zeros, 4096); /* whole blocks of the file system */
		close(fd);
	}
	fixture_close(f);
}

static void blobs_live_as_long_as_they_are_named(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	static char big[250001];
	struct store_stats st;

	memset(big, 'y', sizeof(big) - 1);
	memcpy(big, "A: 1\r\n\r\n", 8);
	assert_int_equal(0, deliver(f, a, "INBOX", "P: 1\r\n", big));
	assert_int_equal(0, deliver(f, a, "INBOX", "P: 1\r\n", big));
	store_stats(f->s, &st);
	assert_int_equal(2, st.blobs);
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, store_reclaim(f->s));
	store_stats(f->s, &st);
	assert_int_equal(1, st.blobs);
	f->s = store_close(f->s);
	fixture_reopen(f);
	assert_string_equal(big, read_msg(f, box, 2) + 6);
	fixture_close(f);
}

/* -- recipients of their own fate -- */

static void each_recipient_has_its_own_result(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), full = make_account(f, "full@x.test"),
		 b = make_account(f, "b@x.test");
	struct delivery to[] = {
		{.account = full, .mbox = STR("INBOX")},
		{.account = 99, .mbox = STR("INBOX")},
		{.account = a, .mbox = STR("INBOX")},
		{.account = a, .mbox = STR("No")},
		{.account = b, .mbox = STR("New"), .make_mbox = true},
		{.account = a, .mbox = STR("INBOX"), .prefix = STR("P: 2\r\n")},
	};
	static const int want[] = {E_QUOTA, E_NOACCOUNT, 0, E_NOMBOX, 0, 0};
	struct draft *d = make_draft(f, STR(TEXT));
	struct change *c;

	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_account_set(c, full, false, strlen(TEXT) - 1));
	assert_int_equal(0, change_commit(&c));
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_deliver(c, d, to, COLUMNS(to)));
	assert_int_equal(0, change_commit(&c));
	draft_drop(d);
	for (size_t i = 0; i < COLUMNS(to); i++)
		assert_int_equal(want[i], to[i].err);
	assert_int_equal(2, info_of(f, a, "INBOX").messages);
	assert_int_equal(1, info_of(f, b, "New").messages);
	assert_int_equal(0, info_of(f, full, "INBOX").messages);
	assert_string_equal(TEXT, read_msg(f, find_mbox(f, a, "INBOX"), 1));
	assert_string_equal("P: 2\r\n" TEXT, read_msg(f, find_mbox(f, a, "INBOX"), 2));
	assert_string_equal(TEXT, read_msg(f, find_mbox(f, b, "New"), 1));
	fixture_close(f);
}

/* One who has no room stops all, whoever comes first; with room for all, all get it. */
static void all_or_none_is_one_outcome(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), full = make_account(f, "full@x.test"),
		 b = make_account(f, "b@x.test");
	struct delivery to[] = {
		{.account = a, .mbox = STR("New"), .make_mbox = true},
		{.account = full, .mbox = STR("INBOX")},
		{.account = b, .mbox = STR("INBOX")},
	};

	for (size_t room = strlen(TEXT) - 1; room <= strlen(TEXT); room++) {
		struct draft *d = make_draft(f, STR(TEXT));
		bool fits = room == strlen(TEXT);
		struct mbox_info box;
		struct change *change;

		assert_int_equal(0, ONE_STEP(f, change_account_set(c, full, false, room)));
		assert_int_equal(0, change_new(&change, f->s));
		assert_int_equal(0, change_deliver(change, d, to, COLUMNS(to)));
		change_as_one(change);
		assert_int_equal(fits ? 0 : E_QUOTA, change_commit(&change));
		draft_drop(d);
		for (size_t i = 0; i < COLUMNS(to); i++)
			assert_int_equal(fits ? 0 : E_QUOTA, to[i].err);
		assert_int_equal(fits ? 0 : E_NOMBOX, mbox_find(f->s, a, STR("New"), &box));
		assert_int_equal(fits, info_of(f, full, "INBOX").messages);
		assert_int_equal(fits, info_of(f, b, "INBOX").messages);
	}
	assert_string_equal(TEXT, read_msg(f, find_mbox(f, a, "New"), 1));
	assert_string_equal(TEXT, read_msg(f, find_mbox(f, b, "INBOX"), 1));
	fixture_close(f);
}

static void quota_counts_prefixes_and_is_given_back(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	size_t one = strlen(TEXT) + 6;
	struct account_info i;

	assert_int_equal(0, ONE_STEP(f, change_account_set(c, a, false, 2 * one)));
	assert_int_equal(0, deliver(f, a, "INBOX", "P: 1\r\n", TEXT));
	assert_int_equal(0, deliver(f, a, "INBOX", "P: 1\r\n", TEXT));
	assert_int_equal(E_QUOTA, deliver(f, a, "INBOX", "", "\r\n"));
	assert_int_equal(0, account_get(f->s, a, &i));
	assert_int_equal(2 * one, i.used_bytes);
	assert_int_equal(2, i.used_messages);
	assert_int_equal(0, expunge(f, box, 2, 2));
	assert_int_equal(E_QUOTA, deliver(f, a, "INBOX", "P: 12\r\n", TEXT));
	assert_int_equal(0, deliver(f, a, "INBOX", "P: 2\r\n", TEXT));
	assert_string_equal("1 3", uids_of(f, box));
	fixture_close(f);
}

/* -- snapshots -- */

static void a_snapshot_outlives_expunge_and_reclaim(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct snap *p, *later;
	struct msg_info m;
	struct msg_body b;
	char text[100];

	for (int i = 0; i < 3; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "P: 1\r\n", TEXT));
	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_int_equal(0, expunge(f, box, 2, 3));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(3, p->n);
	assert_int_equal(0, snap_info(p, 2, &m));
	assert_true(m.expunged);
	assert_int_equal(0, snap_info(p, 1, &m));
	assert_false(m.expunged);
	assert_int_equal(E_NOMSG, snap_info(p, 4, &m));
	assert_int_equal(0, msg_open(&b, p, 2));
	assert_int_equal(20, msg_read(&b, 0, text, sizeof(text)));
	assert_memory_equal("P: 1\r\n" TEXT, text, 20);
	msg_close(&b);
	assert_int_equal(0, snap_open(&later, f->s, box));
	assert_int_equal(2, later->n);
	assert_int_equal(E_NOMSG, snap_info(later, 2, &m));
	snap_close(later);
	assert_int_equal(4 * strlen(TEXT), live_bytes(f));
	snap_close(p);
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(2 * strlen(TEXT), live_bytes(f));
	fixture_close(f);
}

static void keep_for_an_hour(struct store_opts *o)
{
	o->undelete_s = 3600;
}

static void the_undelete_window_keeps_bodies(void **state)
{
	struct fixture *f = fixture_open(keep_for_an_hour);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");

	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(strlen(TEXT), live_bytes(f));
	fixture_close(f);
}

static void a_deleted_mailbox_stays_readable_in_a_snapshot(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box;
	struct msg_body b;
	struct snap *p;

	assert_int_equal(0, deliver(f, a, "Box", "", TEXT));
	box = find_mbox(f, a, "Box");
	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_int_equal(0, ONE_STEP(f, change_mbox_delete(c, box)));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, msg_open(&b, p, 1));
	msg_close(&b);
	snap_close(p);
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, live_bytes(f));
	fixture_close(f);
}

static void an_imported_uidl_is_kept(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct delivery to = {.account = a, .mbox = STR("INBOX"), .uidl = STR("old-uidl-7")};
	struct snap *p;
	struct buf out;

	buf_init(&out, 100);
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_false(p->has_uidls);
	snap_close(p);
	assert_int_equal(0, deliver_to(f, &to, STR(TEXT)));
	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_true(p->has_uidls);
	assert_int_equal(E_NOTFOUND, snap_uidl(p, 1, &out));
	assert_int_equal(E_NOMSG, snap_uidl(p, 3, &out));
	assert_int_equal(0, snap_uidl(p, 2, &out));
	assert_true(str_eq(buf_str(&out), STR("old-uidl-7")));
	snap_close(p);
	buf_free(&out);
	fixture_close(f);
}

static void parts_are_rendered_at_once_or_later(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct buf one, two;
	struct snap *p;

	buf_init(&one, 10000);
	buf_init(&two, 10000);
	assert_int_equal(0, deliver(f, a, "INBOX", "P: 1\r\n",
				    "Subject: hello\r\nFrom: a@b.test\r\n\r\nx\r\n"));
	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_int_equal(0, msg_rendered(p, 1, CACHE_ENVELOPE, &one));
	assert_non_null(memmem(one.p, one.n, "hello", 5));
	snap_close(p);
	f->s = store_close(f->s);
	if (!fixture_is_memory(f))
		assert_int_equal(0, store_index_discard(f->path)); /* the cache, too */
	fixture_reopen(f);
	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_int_equal(0, msg_rendered(p, 1, CACHE_ENVELOPE, &two));
	assert_true(str_eq(buf_str(&one), buf_str(&two)));
	snap_close(p);
	buf_free(&one);
	buf_free(&two);
	fixture_close(f);
}

/* -- uploads -- */

static void small_limits(struct store_opts *o)
{
	o->upload_memory_bytes = 30000;
	o->message_most_bytes = 400000;
}

static void uploads_stay_within_their_memory(void **state)
{
	static char block[10000];
	struct fixture *f = fixture_open(small_limits);
	uint64_t a = make_account(f, "a@x.test");
	struct draft *d[20];
	struct store_stats st;

	memset(block, 'a', sizeof(block));
	for (size_t i = 0; i < COLUMNS(d); i++)
		assert_int_equal(0, draft_open(&d[i], f->s, 0));
	for (size_t i = 0; i < COLUMNS(d); i++)
		for (int k = 0; k < 4; k++)
			assert_int_equal(0, draft_write(d[i], str_n(block, sizeof(block))));
	store_stats(f->s, &st);
	assert_int_equal(COLUMNS(d), st.uploads);
	assert_in_range(st.upload_memory, 0, 30000);
	for (size_t i = 0; i < COLUMNS(d); i++) {
		struct delivery to = {.account = a, .mbox = STR("INBOX")};

		assert_int_equal(40000, draft_size(d[i]));
		assert_int_equal(0, ONE_STEP(f, change_deliver(c, d[i], &to, 1)));
		assert_int_equal(0, to.err);
		draft_drop(d[i]);
	}
	store_stats(f->s, &st);
	assert_int_equal(0, st.uploads);
	assert_int_equal(0, st.upload_memory);
	assert_int_equal(40000, strlen(read_msg(f, find_mbox(f, a, "INBOX"), 20)));
	fixture_close(f);
}

static void too_large_is_told_early_and_sticks(void **state)
{
	static char block[10000];
	struct fixture *f = fixture_open(small_limits);
	uint64_t a = make_account(f, "a@x.test");
	struct delivery to = {.account = a, .mbox = STR("INBOX")};
	struct draft *d;

	assert_int_equal(E_TOOBIG, draft_open(&d, f->s, 400001));
	assert_int_equal(0, draft_open(&d, f->s, 400000));
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 40; i++)
		assert_int_equal(0, draft_write(d, str_n(block, sizeof(block))));
	assert_int_equal(E_TOOBIG, draft_write(d, STR("x")));
	assert_int_equal(E_TOOBIG, draft_write(d, STR("x")));
	assert_int_equal(E_TOOBIG, ONE_STEP(f, change_deliver(c, d, &to, 1)));
	assert_int_equal(E_TOOBIG, to.err);
	draft_drop(d);
	assert_int_equal(0, info_of(f, a, "INBOX").messages);
	fixture_close(f);
}

static void a_draft_tells_what_it_saw(void **state)
{
	struct fixture *f = fixture_open(NULL);
	struct draft *d = make_draft(f, STR("Received: a\r\nReceived: b\r\n"
					    "Message-ID: <1@x>\r\n\r\nReceived: c\r\n.\r\n"));

	assert_int_equal(2, draft_received_count(d));
	assert_true(str_eq(draft_message_id(d), STR("<1@x>")));
	assert_int_equal(BIT_DOTS, draft_bits(d));
	assert_null(draft_drop(d));
	assert_null(draft_drop(NULL));
	fixture_close(f);
}

/* -- watching -- */

static void fire(void *arg)
{
	++*(_Atomic unsigned *)arg;
}

static void a_watch_hears_of_its_mailbox_only(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	_Atomic unsigned heard = 0, other = 0;
	struct watch *w, *o;
	unsigned was;

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("Other"), 0)));
	assert_int_equal(0, watch_open(&w, f->s, box, fire, &heard));
	assert_int_equal(0, watch_open(&o, f->s, find_mbox(f, a, "Other"), fire, &other));
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT)); /* told before it is answered */
	assert_true(heard >= 1);
	was = heard;
	assert_int_equal(0, flag(f, box, 1, 1, FLAGS_ADD, MSG_SEEN, NULL));
	assert_true(heard > was);
	was = heard;
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_true(heard > was);
	assert_int_equal(0, other);
	assert_null(watch_close(w));
	assert_null(watch_close(NULL));
	was = heard;
	assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
	assert_int_equal(was, heard);
	watch_close(o);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deliver_and_read),
		cmocka_unit_test(info_tells_what_delivery_found_out),
		cmocka_unit_test(a_hundred_recipients_share_one_body),
		cmocka_unit_test(the_last_one_gives_the_bytes_back),
		cmocka_unit_test(blobs_live_as_long_as_they_are_named),
		cmocka_unit_test(each_recipient_has_its_own_result),
		cmocka_unit_test(all_or_none_is_one_outcome),
		cmocka_unit_test(quota_counts_prefixes_and_is_given_back),
		cmocka_unit_test(a_snapshot_outlives_expunge_and_reclaim),
		cmocka_unit_test(the_undelete_window_keeps_bodies),
		cmocka_unit_test(a_deleted_mailbox_stays_readable_in_a_snapshot),
		cmocka_unit_test(an_imported_uidl_is_kept),
		cmocka_unit_test(parts_are_rendered_at_once_or_later),
		cmocka_unit_test(uploads_stay_within_their_memory),
		cmocka_unit_test(too_large_is_told_early_and_sticks),
		cmocka_unit_test(a_draft_tells_what_it_saw),
		cmocka_unit_test(a_watch_hears_of_its_mailbox_only),
	};
	return run_everywhere("store", tests, COLUMNS(tests), 8);
}
