/* base_test.c - bases are written, segments go, and what is rebuilt from them is all there.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/mman.h>
#include "store/index/base-row.h"
#include "store/store_fixture.h"

enum { ROUNDS = 12, MAILS = 150, STAY_EVERY = 500 };

static void small(struct store_opts *o)
{
	o->segment_bytes = 64 << 10;
	o->reserve_bytes = 1 << 20;
}

/* -- everything a client can see, as text -- */

static void print_messages(struct fixture *f, struct buf *b, uint64_t mbox)
{
	struct snap *p;

	assert_int_equal(0, snap_open(&p, f->s, mbox));
	for (size_t i = 0; i < p->n; i++) {
		const struct msg_row *m = NULL;
		struct key k = key_u64_u32(mbox, p->msgs[i].uid);
		struct txn t;
		struct str v;

		assert_int_equal(0, txn_read(&t, f->s->ix));
		assert_int_equal(0, tab_get(&t, TAB_MESSAGE, &k, &v));
		m = (const void *)v.p;
		buf_printf(b, "  %u ", p->msgs[i].uid);
		for (size_t j = 0; j < sizeof(*m); j++)
			buf_printf(b, "%02x", (unsigned char)v.p[j]);
		txn_done(&t);
		buf_printf(b, " %s\n", read_msg(f, mbox, p->msgs[i].uid));
	}
	snap_close(p);
}

static void print_mbox(struct fixture *f, struct buf *b, const struct mbox_info *m)
{
	char keyword[16];

	buf_printf(b, " mbox %lx uidvalidity %u uidnext %u modseq %lu n %lu unseen %lu deleted %lu"
		      " octets %lu use %u subscribed %d\n",
		   m->id, m->uidvalidity, m->uidnext, m->highestmodseq, m->messages, m->unseen,
		   m->deleted, m->octets, m->special_use, m->subscribed);
	for (int i = 0; i < 64; i++) {
		snprintf(keyword, sizeof(keyword), "keyword.%d", i);
		meta_find(f->s, m->account, m->id, str_of(keyword), b);
		buf_add_char(b, ' ');
	}
	print_messages(f, b, m->id);
}

/* Rows about mailboxes; not about messages that are gone, which go when they are reclaimed. */
static void print_rows(struct fixture *f, struct buf *b, enum tab tab)
{
	struct key first = key_of();
	struct tab_cursor c;
	struct txn t;
	int r;

	assert_int_equal(0, txn_read(&t, f->s->ix));
	assert_int_equal(0, tab_open(&c, &t, tab));
	for (r = tab_seek(&c, &first); r >= 0; r = tab_next(&c)) {
		struct key msg = key_u64_u32(key_get_u64(c.key, 0), key_get_u32(c.key, 8));
		struct str v;

		if (tab == TAB_NOTE && tab_get(&t, TAB_MESSAGE, &msg, &v) < 0)
			continue;
		for (size_t i = 0; i < c.key.n; i++)
			buf_printf(b, "%02x", (unsigned char)c.key.p[i]);
		for (size_t i = 0; i < c.val.n; i++)
			buf_printf(b, "%02x", (unsigned char)c.val.p[i]);
		buf_add_char(b, '\n');
	}
	tab_close(&c);
	txn_done(&t);
}

static struct buf print_all(struct fixture *f)
{
	struct buf b, name, box, value;
	struct account_info a;
	struct mbox_info m;

	buf_init(&b, 64 << 20);
	buf_init(&name, 1000);
	buf_init(&box, 1000);
	buf_init(&value, 1000);
	while (account_next(f->s, buf_str(&name), &value, &a) >= 0) {
		buf_clear(&name);
		buf_add(&name, buf_str(&value));
		buf_clear(&value);
		buf_printf(&b, "account " STR_FMT " %lu quota %lu %lu used %lu %lu modseq %lu\n",
			   STR_ARG(buf_str(&name)), a.id, a.quota_bytes, a.quota_messages,
			   a.used_bytes, a.used_messages, a.modseq);
		meta_find(f->s, a.id, 0, STR("password"), &b);
		buf_clear(&box);
		while (mbox_next(f->s, a.id, buf_str(&box), &value, &m) >= 0) {
			buf_clear(&box);
			buf_add(&box, buf_str(&value));
			buf_clear(&value);
			buf_printf(&b, " " STR_FMT, STR_ARG(buf_str(&box)));
			print_mbox(f, &b, &m);
		}
	}
	buf_clear(&name);
	while (alias_next(f->s, buf_str(&name), &box, &value) >= 0) {
		buf_printf(&b, "alias " STR_FMT " " STR_FMT "\n", STR_ARG(buf_str(&box)),
			   STR_ARG(buf_str(&value)));
		buf_clear(&name);
		buf_add(&name, buf_str(&box));
		buf_clear(&box);
		buf_clear(&value);
	}
	meta_find(f->s, 0, 0, STR("motd"), &b);
	print_rows(f, &b, TAB_NOTE);
	print_rows(f, &b, TAB_RUN);
	buf_add_char(&b, 0);
	assert_int_equal(0, b.failed);
	buf_free(&name);
	buf_free(&box);
	buf_free(&value);
	return b;
}

static void same_as(struct fixture *f, const struct buf *want)
{
	struct buf now = print_all(f);

	assert_string_equal(want->p, now.p);
	buf_free(&now);
	assert_int_equal(0, store_check(f->s, print_difference, NULL));
}

/* -- traffic -- */

struct world {
	struct fixture *f;
	uint64_t alice, bob, inbox, other;
	unsigned n; /* messages delivered */
	bool alone; /* copies nothing to bob */
};

static void set_up(struct world *w, struct fixture *f)
{
	struct change *c;

	*w = (struct world){.f = f};
	w->alice = make_account(f, "alice@example.test");
	w->bob = make_account(f, "bob@example.test");
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_account_set(c, w->bob, false, 1 << 30));
	assert_int_equal(0, change_quota_set(c, w->bob, QUOTA_MESSAGE, 1 << 20));
	assert_int_equal(0, change_alias_set(c, STR("all@example.test"),
					     STR("alice@example.test bob@example.test")));
	assert_int_equal(0, change_meta_set(c, 0, 0, STR("motd"), STR("hello")));
	assert_int_equal(0, change_meta_set(c, w->alice, 0, STR("password"), STR("secret")));
	assert_int_equal(0, change_mbox_create(c, w->alice, STR("Work/Old"), USE_ARCHIVE));
	assert_int_equal(0, change_mbox_subscribe(c, w->alice, STR("Work/Old"), true));
	assert_int_equal(0, change_commit(&c));
	assert_int_equal(0, deliver(f, w->bob, "INBOX", "X: 1\r\n", "A: oldest\r\n\r\nstays\r\n"));
	w->inbox = find_mbox(f, w->alice, "INBOX");
	w->other = find_mbox(f, w->bob, "INBOX");
}

static int copy(struct fixture *f, uint64_t from, uint32_t uid, uint64_t to)
{
	struct uid_range r = {uid, uid};
	struct change *c;

	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_copy(c, from, (struct uidset){&r, 1}, to));
	return change_commit(&c);
}

static void note(struct world *w, uint32_t uid)
{
	struct uid_range r = {uid, uid};

	assert_int_equal(0, ONE_STEP(w->f, change_note(c, w->inbox, (struct uidset){&r, 1}, w->bob,
						       STR("/comment"), STR("a word"))));
}

/* Mail comes, is read and goes; one in a while stays. */
static void traffic(struct world *w)
{
	struct mbox_info m = info_of(w->f, w->alice, "INBOX");
	uint32_t first = m.uidnext;
	char text[600];

	for (int i = 0; i < MAILS; i++, w->n++) {
		memset(text, 'a' + (int)(w->n % 26), sizeof(text));
		snprintf(text + 500, 100, "\r\nSubject: %u\r\n\r\nText\r\n", w->n);
		memcpy(text, "X: ", 3);
		assert_int_equal(0, deliver(w->f, w->alice, "INBOX", "P: 1\r\n", text));
		flag(w->f, w->inbox, first + (uint32_t)i, first + (uint32_t)i, FLAGS_ADD,
		     i % 2 ? MSG_SEEN : MSG_FLAGGED, i % 7 ? NULL : "$Seven");
		if (w->n % STAY_EVERY == 0 && !w->alone)
			assert_int_equal(0, copy(w->f, w->inbox, first + (uint32_t)i, w->other));
	}
	assert_int_equal(0, expunge(w->f, w->inbox, first > 20 ? first - 20 : 1,
				    first + MAILS - 20));
	assert_int_equal(0, expunge(w->f, w->inbox, first + MAILS - 10, first + MAILS - 5));
	note(w, first + MAILS - 4);
}

static uint64_t segments(struct fixture *f)
{
	struct store_stats n;

	store_stats(f->s, &n);
	return n.segments;
}

static struct root_row root_of(struct fixture *f)
{
	struct txn t;
	struct root_row root;

	assert_int_equal(0, txn_read(&t, f->s->ix));
	assert_int_equal(0, txn_read_root(&t));
	root = t.root;
	txn_done(&t);
	return root;
}

static void grow(struct world *w, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		traffic(w);
		assert_int_equal(0, store_reclaim(w->f->s));
	}
}

static void reopen_without_index(struct fixture *f)
{
	f->s = store_close(f->s);
	assert_int_equal(0, store_index_discard(f->path));
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	assert_int_equal(0, f->rec.damaged_frames);
}

/* -- tests -- */

/* A row as it was written before accounts had a limit of messages. */
static void older_rows_are_read(void **state)
{
	struct account_row a, want = {.id = 7, .modseq = 1000, .quota_bytes = 3, .used_bytes = 4,
				      .used_messages = 5, .created_ms = 6, .disabled = 1,
				      .last_mbox = 8, .last_uidvalidity = 9};
	static const char row[] = "\2\1k\7\350\7\3\4\5\6\1\10\11\0\0" "\2";
	struct str rows = str_n(row, sizeof(row) - 2), key;
	struct buf val;
	enum tab tab;

	buf_init(&val, 1000);
	assert_int_equal(0, base_row_next(&rows, &tab, &key, &val));
	assert_int_equal(TAB_ACCOUNT, tab);
	assert_true(str_eq(key, STR("k")) && !rows.n);
	assert_int_equal(sizeof(a), val.n);
	memcpy(&a, val.p, sizeof(a));
	assert_memory_equal(&want, &a, sizeof(a));
	buf_free(&val);
}

static void log_stays_small(void **state)
{
	struct fixture *f = fixture_open(small);
	uint64_t half, most;
	struct world w;
	struct buf was;

	set_up(&w, f);
	grow(&w, ROUNDS);
	half = segments(f);
	grow(&w, ROUNDS);
	most = segments(f);
	print_message("segments %lu, then %lu; base of %lu rows at %lu, log begins at %lu of %lu\n",
		      half, most, root_of(f).base_rows, root_of(f).base_seq, root_of(f).log_begins,
		      root_of(f).next.seq);
	assert_true(root_of(f).base_seq > 0 && root_of(f).log_begins > 1);
	assert_true(most < 2 * half);
	was = print_all(f);
	same_as(f, &was);
	reopen_without_index(f);
	assert_true(f->rec.replayed_records < root_of(f).records);
	same_as(f, &was);
	assert_int_equal(0, store_reclaim(f->s));
	same_as(f, &was);
	buf_free(&was);
	/* life goes on, on what was rebuilt */
	grow(&w, ROUNDS);
	was = print_all(f);
	same_as(f, &was);
	reopen_without_index(f);
	same_as(f, &was);
	buf_free(&was);
	fixture_close(f);
}

/* A process is killed before any one of the groups that a round of reclaiming writes. */
static int64_t (*real_now)(void);
static int calls_left;

static int64_t now_or_never(void)
{
	if (calls_left && !--calls_left)
		kill(getpid(), SIGKILL);
	return real_now();
}

static void run_child(struct fixture *f, struct world *w, int kill_at, char *shared, size_t n)
{
	struct buf b;

	fixture_reopen(f);
	traffic(w);
	traffic(w);
	assert_int_equal(0, deliver(f, w->bob, "INBOX", "", "A: 1\r\n\r\nlast\r\n"));
	b = print_all(f);
	assert_true(b.n <= n);
	memcpy(shared, b.p, b.n);
	real_now = f->s->now_ms;
	calls_left = kill_at;
	f->s->now_ms = now_or_never;
	if (!kill_at) /* the last group is in the checkpoint, and copied by the recovery */
		store_checkpoint(f->s);
	else
		store_reclaim(f->s);
	raise(SIGUSR1); /* it was over before */
}

static void killed_at_any_group(void **state)
{
	enum { SHARED = 16 << 20 };
	char *shared = mmap(NULL, SHARED, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct fixture *f = fixture_open(small);
	struct buf was;
	struct world w;
	int n_killed = 0;

	assert_ptr_not_equal(MAP_FAILED, shared);
	set_up(&w, f);
	for (int i = 0; i < 24; i++) {
		int status, kill_at = i % 6;
		pid_t pid;

		f->s = store_close(f->s);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			run_child(f, &w, kill_at, shared, SHARED);
		assert_int_equal(pid, waitpid(pid, &status, 0));
		assert_true(WIFSIGNALED(status));
		n_killed += WTERMSIG(status) == SIGKILL;
		fixture_reopen(f);
		was = (struct buf){.p = shared};
		same_as(f, &was);
		reopen_without_index(f);
		same_as(f, &was);
		if (i % 4 == 3) {
			assert_int_equal(0, store_reclaim(f->s));
			same_as(f, &was);
		}
	}
	print_message("killed %d times\n", n_killed);
	assert_true(n_killed > 4);
	assert_true(root_of(f).log_begins > 1);
	munmap(shared, SHARED);
	fixture_close(f);
}

/* Of the segments that are unlinked any may come back after a power cut. */
static void some_segments_come_back(void **state)
{
	struct fixture *f = fixture_open(small);
	struct log_segment seg = {0};
	char from[128], to[128];
	uint64_t last, n = 0;
	struct world w;
	struct buf was;

	set_up(&w, f);
	grow(&w, 4);
	traffic(&w);
	for (last = 0; log_segment_next(f->s->log, last, &seg) >= 0; last = seg.id) {
		snprintf(from, sizeof(from), "%s/log/%016lx.seg", f->path, seg.id);
		snprintf(to, sizeof(to), "%s/%lu.keep", f->path, seg.id);
		assert_int_equal(0, link(from, to));
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(0, store_reclaim(f->s));
		traffic(&w);
	}
	was = print_all(f);
	for (int discard = 0; discard < 2; discard++) {
		f->s = store_close(f->s);
		for (uint64_t id = 1; id <= last; id++) {
			snprintf(from, sizeof(from), "%s/%lu.keep", f->path, id);
			snprintf(to, sizeof(to), "%s/log/%016lx.seg", f->path, id);
			if (id % 3 == (uint64_t)discard && link(from, to) == 0)
				n++;
		}
		if (discard)
			assert_int_equal(0, store_index_discard(f->path));
		fixture_reopen(f);
		same_as(f, &was);
		assert_int_equal(0, store_reclaim(f->s));
		same_as(f, &was);
		reopen_without_index(f);
		same_as(f, &was);
	}
	print_message("%lu segments came back\n", n);
	assert_true(n > 0);
	for (uint64_t id = 1; id <= last; id++) {
		snprintf(from, sizeof(from), "%s/%lu.keep", f->path, id);
		unlink(from);
	}
	buf_free(&was);
	fixture_close(f);
}

/* -- a base is damaged: the one before it serves -- */

struct place_of_slice {
	uint64_t segment, end, seq;
};

static int note_slice(void *arg, const struct log_frame *frame)
{
	struct place_of_slice *p = arg;

	if (frame->type == REC_BASE)
		*p = (struct place_of_slice){frame->next.hint[0], frame->next.hint[1], frame->seq};
	return 0;
}

static void newest_base_is_damaged(void **state)
{
	struct fixture *f = fixture_open(small);
	struct place_of_slice p = {0};
	char path[128], c;
	struct world w;
	struct buf was, now;
	int fd;

	set_up(&w, f);
	grow(&w, ROUNDS);
	assert_true(root_of(f).log_begins > 1);
	assert_int_equal(0, log_read(f->s->log, 0, (struct log_pos){.seq = 1}, false, note_slice,
				     &p));
	assert_int_not_equal(0, p.seq);
	was = print_all(f);
	f->s = store_close(f->s);
	snprintf(path, sizeof(path), "%s/log/%016lx.seg", f->path, p.segment);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(1, pread(fd, &c, 1, (off_t)p.end - 40));
	c ^= 0x55;
	assert_int_equal(1, pwrite(fd, &c, 1, (off_t)p.end - 40));
	close(fd);
	assert_int_equal(0, store_index_discard(f->path));
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	assert_int_equal(1, f->rec.damaged_frames);
	now = print_all(f);
	assert_string_equal(was.p, now.p);
	buf_free(&was);
	buf_free(&now);
	fixture_close(f);
}

/* A checkpoint from before the log's beginning is not taken. */
static void old_checkpoint(void **state)
{
	struct fixture *f = fixture_open(small);
	char at[128], keep[140], command[300];
	struct world w;
	struct buf was;

	set_up(&w, f);
	traffic(&w);
	f->s = store_close(f->s);
	for (int i = 0; i < 2; i++) {
		snprintf(at, sizeof(at), "%s/%s", f->path, i ? "data.mdb" : "checkpoint");
		snprintf(keep, sizeof(keep), "%s.keep", at);
		snprintf(command, sizeof(command), "cp %s %s", at, keep);
		assert_int_equal(0, system(command));
	}
	fixture_reopen(f);
	grow(&w, ROUNDS);
	assert_true(root_of(f).log_begins > 1);
	was = print_all(f);
	f->s = store_close(f->s);
	for (int i = 0; i < 2; i++) {
		snprintf(at, sizeof(at), "%s/%s", f->path, i ? "data.mdb" : "checkpoint");
		snprintf(keep, sizeof(keep), "%s.keep", at);
		assert_int_equal(0, rename(keep, at));
	}
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	same_as(f, &was);
	buf_free(&was);
	fixture_close(f);
}

/* Rows about changes of long ago are forgotten, and a rebuild forgets the same ones. */
static void changes_are_forgotten(void **state)
{
	struct fixture *f = fixture_open(small);
	struct mbox_row m;
	struct world w;
	struct buf was;
	struct txn t;

	set_up(&w, f);
	for (int i = 0; i < 4100; i++)
		assert_int_equal(0, flag(f, w.other, 1, 1, i % 2 ? FLAGS_REMOVE : FLAGS_ADD,
					 MSG_SEEN, NULL));
	assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, txn_read(&t, f->s->ix));
	assert_int_equal(0, row_mbox(&t, w.other, &m));
	assert_int_equal(2000, tab_rows(&t, TAB_CHANGE));
	assert_int_equal(m.highestmodseq - 2000, m.vanished_floor);
	txn_done(&t);
	was = print_all(f);
	same_as(f, &was);
	reopen_without_index(f);
	same_as(f, &was);
	buf_free(&was);
	fixture_close(f);
}

/* Within the undelete window no base is written twice, and nothing is dropped. */
static void wait_a_day(struct store_opts *o)
{
	small(o);
	o->undelete_s = 86400;
}

static void undelete_window(void **state)
{
	struct fixture *f = fixture_open(wait_a_day);
	struct world w;
	struct buf was;
	uint64_t first;

	set_up(&w, f);
	grow(&w, ROUNDS);
	first = root_of(f).base_seq;
	grow(&w, 2);
	assert_int_equal(first, root_of(f).base_seq);
	assert_int_equal(0, root_of(f).log_begins);
	was = print_all(f);
	reopen_without_index(f);
	same_as(f, &was);
	buf_free(&was);
	fixture_close(f);
}

static void of_memory(struct store_opts *o)
{
	o->backend = "memory";
}

static void memory_has_no_bases(void **state)
{
	struct fixture *f = fixture_open(of_memory);
	struct world w;
	struct buf was;

	set_up(&w, f);
	w.alone = true;
	grow(&w, 3);
	was = print_all(f);
	same_as(f, &was);
	buf_free(&was);
	fixture_close(f);
}

/* A message that is open stays readable while its segment's other records are dropped. */
static void open_message(void **state)
{
	struct fixture *f = fixture_open(small);
	struct msg_body b;
	struct world w;
	struct snap *p;
	char text[700], again[700];
	int64_t n;

	set_up(&w, f);
	traffic(&w);
	assert_int_equal(0, snap_open(&p, f->s, w.inbox));
	assert_int_equal(0, msg_open(&b, p, p->msgs[0].uid));
	n = msg_read(&b, 0, text, sizeof(text));
	assert_int_equal(0, expunge(f, w.inbox, 1, MAILS));
	grow(&w, ROUNDS);
	assert_int_equal(n, msg_read(&b, 0, again, sizeof(again)));
	assert_memory_equal(text, again, (size_t)n);
	msg_close(&b);
	snap_close(p);
	fixture_close(f);
}

/* Bases are written and segments dropped while others write. */
static void *write_on(void *arg)
{
	for (int i = 0; i < 10; i++)
		traffic(arg);
	return NULL;
}

static void beside_traffic(void **state)
{
	struct fixture *f = fixture_open(small);
	struct world w;
	struct buf was;
	pthread_t t;

	set_up(&w, f);
	assert_int_equal(0, pthread_create(&t, NULL, write_on, &w));
	for (int i = 0; i < 40; i++)
		assert_int_equal(0, store_reclaim(f->s));
	assert_int_equal(0, store_check(f->s, print_difference, NULL));
	assert_int_equal(0, pthread_join(t, NULL));
	grow(&w, ROUNDS);
	assert_true(root_of(f).log_begins > 1);
	was = print_all(f);
	same_as(f, &was);
	reopen_without_index(f);
	same_as(f, &was);
	buf_free(&was);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_rows_are_read),
		cmocka_unit_test(log_stays_small),
		cmocka_unit_test(killed_at_any_group),
		cmocka_unit_test(some_segments_come_back),
		cmocka_unit_test(newest_base_is_damaged),
		cmocka_unit_test(old_checkpoint),
		cmocka_unit_test(changes_are_forgotten),
		cmocka_unit_test(undelete_window),
		cmocka_unit_test(memory_has_no_bases),
		cmocka_unit_test(open_message),
		cmocka_unit_test(beside_traffic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
