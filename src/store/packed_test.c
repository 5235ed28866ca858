/* packed_test.c - bodies compressed at rest: smaller on the disk, the same for every reader.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/pack.h"
#include "store/store_fixture.h"

enum { LARGE = 900000 };

static char large[LARGE + 1], back[LARGE + 64];

static void packed(struct store_opts *o)
{
	o->compress = true;
	o->compress_from_bytes = 4096;
	o->segment_bytes = 1 << 20;
}

/* Mail as it is: lines that resemble one another. */
static struct str text_of(size_t n)
{
	size_t at = (size_t)snprintf(large, sizeof(large), "Subject: large\r\n\r\n");

	for (unsigned i = 0; at + 60 < n; i++)
		at += (size_t)snprintf(large + at, 60, "line %u of what was said yesterday\r\n", i);
	memset(large + at, '.', n - at);
	return str_n(large, n);
}

/* Octets that do not shrink. */
static struct str noise_of(size_t n)
{
	uint64_t x = 88172645463325252u;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		large[i] = (char)(x >> 24);
	}
	return str_n(large, n);
}

static uint64_t live_bytes(struct fixture *f)
{
	struct store_stats st;

	store_stats(f->s, &st);
	return st.live_bytes;
}

static int bring(struct fixture *f, uint64_t account, struct str text)
{
	struct delivery to = {.account = account, .mbox = STR("INBOX"), .prefix = STR("P: 1\r\n")};

	return deliver_to(f, &to, text);
}

static void assert_reads(struct fixture *f, uint64_t box, uint32_t uid, struct str want)
{
	struct msg_body b, two;
	struct snap *p;

	assert_int_equal(0, snap_open(&p, f->s, box));
	assert_int_equal(0, msg_open(&b, p, uid));
	assert_int_equal(want.n + 6, b.size);
	assert_int_equal(want.n, b.n);
	assert_int_equal(0, b.bits & BIT_PACKED);
	msg_share(&two, &b);
	msg_close(&b);
	assert_int_equal(want.n + 6, msg_read(&two, 0, back, sizeof(back)));
	assert_memory_equal("P: 1\r\n", back, 6);
	assert_memory_equal(want.p, back + 6, want.n);
	assert_int_equal(100, msg_read(&two, want.n / 2, back, 100)); /* any part of it */
	assert_memory_equal(want.p + want.n / 2 - 6, back, 100);
	assert_int_equal(6, msg_read(&two, want.n, back, 100));
	msg_close(&two);
	snap_close(p);
}

static void of_any_size(void **state)
{
	static const size_t sizes[] = {4096, 20000, LOG_BODY_MOST, LOG_BODY_MOST + 1,
				       SPOOL_MEMORY_MOST, SPOOL_MEMORY_MOST + 1, LARGE};

	for (size_t i = 0; i < COLUMNS(sizes); i++) {
		struct fixture *f = fixture_open(packed);
		uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
		struct str text = text_of(sizes[i]);

		assert_int_equal(0, bring(f, a, text));
		assert_in_range(live_bytes(f), 1, text.n / 2);
		assert_reads(f, box, 1, text);
		assert_int_equal(text.n + 6, info_of(f, a, "INBOX").octets);
		f->s = store_close(f->s); /* a server that packs no more reads it still */
		f->o.compress = false;
		assert_int_equal(0, store_index_discard(f->path));
		fixture_reopen(f);
		assert_reads(f, box, 1, text);
		fixture_close(f);
	}
}

/* As it comes from a client that has told the size: a line at a time. */
static void a_large_one_that_comes_in_lines(void **state)
{
	struct fixture *f = fixture_open(packed);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct delivery to = {.account = a, .mbox = STR("INBOX"), .prefix = STR("P: 1\r\n")};
	struct str text = text_of(LARGE);
	struct change *c;
	struct draft *d;

	assert_int_equal(0, draft_open(&d, f->s, LARGE));
	for (struct str s = text; s.n; s = str_from(s, 35 < s.n ? 35 : s.n))
		assert_int_equal(0, draft_write(d, str_head(s, 35)));
	assert_int_equal(0, change_new(&c, f->s));
	assert_int_equal(0, change_deliver(c, d, &to, 1));
	assert_int_equal(0, change_commit(&c));
	draft_drop(d);
	assert_in_range(live_bytes(f), 1, text.n / 4);
	assert_reads(f, box, 1, text);
	fixture_close(f);
}

static void not_what_does_not_shrink(void **state)
{
	static const struct {
		size_t n;
		bool is_noise;
	} rows[] = {{4095, false}, {5000, true}, {LOG_BODY_MOST, true}, {LARGE, true}};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct fixture *f = fixture_open(packed);
		uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
		struct str text = rows[i].is_noise ? noise_of(rows[i].n) : text_of(rows[i].n);

		assert_int_equal(0, bring(f, a, text));
		assert_int_equal(text.n, live_bytes(f));
		assert_reads(f, box, 1, text);
		fixture_close(f);
	}
}

static void copies_and_quota_know_the_size(void **state)
{
	struct fixture *f = fixture_open(packed);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX"), other;
	struct uid_range one = {1, 1};
	struct str text = text_of(50000);

	assert_int_equal(0, ONE_STEP(f, change_mbox_create(c, a, STR("B"), 0)));
	other = find_mbox(f, a, "B");
	assert_int_equal(0, ONE_STEP(f, change_account_set(c, a, false, 100012)));
	assert_int_equal(0, bring(f, a, text));
	assert_int_equal(0, ONE_STEP(f, change_copy(c, box, (struct uidset){&one, 1}, other)));
	assert_int_equal(E_QUOTA, ONE_STEP(f, change_copy(c, box, (struct uidset){&one, 1}, other)));
	assert_int_equal(E_QUOTA, bring(f, a, text));
	assert_int_equal(0, expunge(f, box, 1, 1));
	assert_int_equal(0, store_reclaim(f->s));
	assert_reads(f, other, 1, text);
	f->s = store_close(f->s);
	assert_int_equal(0, store_index_discard(f->path));
	fixture_reopen(f);
	assert_true(f->rec.index_rebuilt);
	assert_reads(f, other, 1, text);
	fixture_close(f);
}

/* What is on the disk is checked before it is unpacked. */
static void damage_is_found(void **state)
{
	struct fixture *f = fixture_open(packed);
	uint64_t a = make_account(f, "a@x.test"), box = find_mbox(f, a, "INBOX");
	struct log_body where;
	struct body_row row;
	struct key k;
	struct txn t;
	char octet, path[64];
	int fd;

	assert_int_equal(0, bring(f, a, text_of(50000)));
	k = key_u64(msg_of(f, box, 1).body_id);
	assert_int_equal(0, txn_read(&t, f->s->ix));
	assert_int_equal(0, tab_get_row(&t, TAB_BODY, &k, &row, sizeof(row)));
	txn_done(&t);
	assert_int_equal(0, log_body_open(f->s->log, row.place, row.bytes, &where));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", where.fd);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	for (uint64_t at = where.at; at < where.at + row.bytes; at += row.bytes / 7) {
		assert_int_equal(1, pread(fd, &octet, 1, (off_t)at));
		octet ^= 1;
		assert_int_equal(1, pwrite(fd, &octet, 1, (off_t)at));
		assert_string_equal("E_DAMAGED", read_msg(f, box, 1));
		octet ^= 1;
		assert_int_equal(1, pwrite(fd, &octet, 1, (off_t)at));
	}
	close(fd);
	log_body_close(&where);
	assert_reads(f, box, 1, text_of(50000));
	fixture_close(f);
}

/* -- pack.c by itself -- */

static int read_str(void *arg, uint64_t at, void *out, size_t n)
{
	const struct str *s = arg;

	memcpy(out, s->p + at, n);
	return 0;
}

static int unpack_str(struct str s, uint64_t size)
{
	struct spool o;
	int r;

	spool_init(&o, AT_FDCWD, SPOOL_MEMORY_MOST + 2 * SPOOL_CHUNK);
	r = unpack(&o, size, s.n, read_str, &s);
	if (r >= 0)
		assert_memory_equal(large, o.out.p, o.out.n);
	spool_free(&o);
	return r;
}

/* Exactly one whole frame of the size that the row tells. */
static void only_what_was_packed(void **state)
{
	struct str text = text_of(30000);
	char *p, *longer;
	size_t n;

	assert_int_equal(0, pack_whole(text, &p, &n));
	assert_int_equal(0, unpack_str(str_n(p, n), text.n));
	assert_int_equal(E_DAMAGED, unpack_str(str_n(p, n), text.n - 1));
	assert_int_equal(E_DAMAGED, unpack_str(str_n(p, n), text.n + 1));
	for (size_t i = 0; i < n; i += 1 + n / 50)
		assert_int_equal(E_DAMAGED, unpack_str(str_n(p, i), text.n));
	longer = calloc(1, n + 1);
	memcpy(longer, p, n);
	assert_int_equal(E_DAMAGED, unpack_str(str_n(longer, n + 1), text.n));
	free(longer);
	free(p);
	assert_int_equal(E_DAMAGED, unpack_str(text, text.n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_any_size),
		cmocka_unit_test(a_large_one_that_comes_in_lines),
		cmocka_unit_test(not_what_does_not_shrink),
		cmocka_unit_test(copies_and_quota_know_the_size),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(only_what_was_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
