/* recover_test.c - cut tails, lost sectors, flipped octets, forged frames: what is left is whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include "store/log/fixture.h"

enum { SEG = 256 << 10 };

static uint64_t bad_from, bad_end; /* sectors that cannot be read */

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	if ((uint64_t)at < bad_end && (uint64_t)at + n > bad_from) {
		if ((uint64_t)at >= bad_from) {
			errno = EIO;
			return -1;
		}
		n = bad_from - (uint64_t)at;
	}
	return ((__typeof__(&pread))dlsym(RTLD_NEXT, "pread"))(fd, p, n, at);
}

/* -- a store with some groups, whose last segment is then spoilt in many ways ---------------- */

struct spoil {
	struct fixture x;
	char name[32];      /* the newest segment */
	char *bytes;        /* as it was */
	size_t n, used;
	uint64_t last_at, last_end; /* the last group */
	uint64_t before, all;       /* records without and with the last group */
	uint64_t some[128];         /* where headers are, inside groups of 500 */
	size_t n_some;
};

static int see_last(void *arg, const struct log_frame *f)
{
	struct spoil *p = arg;

	if (f->seq == p->before)
		p->last_at = f->next.hint[1];
	if (f->seq % 500 % 61 == 17 && f->seq < 8000)
		p->some[p->n_some++] = f->next.hint[1];
	if (f->seq == p->all)
		p->last_end = f->next.hint[1];
	return 0;
}

static void newest_name(struct fixture *x, char out[32])
{
	struct log_pos end;

	log_end(x->log, 0, &end);
	snprintf(out, 32, "log/%016llx.seg", (unsigned long long)end.hint[0]);
}

static char *slurp(struct fixture *x, const char *name, size_t *n)
{
	int fd = openat(x->dir, name, O_RDONLY);
	struct stat st;
	char *p;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	p = malloc((size_t)st.st_size + 1);
	*n = (size_t)st.st_size;
	assert_int_equal(pread(fd, p, *n, 0), *n);
	close(fd);
	return p;
}

/* The store with one segment again, holding `n` octets of p. */
static void put_back(struct fixture *x, const char *name, const char *p, size_t n)
{
	int fd;

	remove_tree(x->dir, "log");
	remove_tree(x->dir, "blob");
	mkdirat(x->dir, "log", 0700);
	fd = openat(x->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, 0), n);
	close(fd);
}

static void spoil_new(struct spoil *p, size_t groups, size_t each, size_t last)
{
	uint64_t k = 1;

	memset(p, 0, sizeof(*p));
	fixture_new(&p->x, groups * each > 1000 ? 16 << 20 : SEG);
	assert_int_equal(fixture_open(&p->x), 0);
	for (size_t i = 0; i < groups; i++, k += each)
		assert_int_equal(commit_k(&p->x, k, each), 0);
	assert_int_equal(commit_k(&p->x, k, last), 0);
	p->before = k - 1;
	p->all = k + last - 1;
	p->last_at = SEG_DATA;
	log_read(p->x.log, 0, (struct log_pos){1}, false, see_last, p);
	newest_name(&p->x, p->name);
	fixture_crash(&p->x);
	p->bytes = slurp(&p->x, p->name, &p->n);
	assert_true(p->last_at > 0 && p->last_end > p->last_at);
}

static void spoil_free(struct spoil *p)
{
	free(p->bytes);
	fixture_free(&p->x);
}

/* Opens what is there; the last group is there whole or not at all, and the log goes on, also
 * after another crash. */
static bool check_tail(struct spoil *p)
{
	struct fixture *x = &p->x;
	struct seen s;
	bool has;

	assert_int_equal(fixture_open(x), 0);
	s = read_all(x->log, 1, true);
	assert_int_equal(s.damaged + s.body_damaged, 0);
	has = s.n == p->all;
	assert_true(has || s.n == p->before);
	assert_int_equal(x->rec.relogged_last_group, s.n > 0);
	assert_int_equal(commit_k(x, 5000, 3), 0);
	fixture_crash(x);
	assert_int_equal(fixture_open(x), 0);
	s = read_all(x->log, 1, true);
	assert_int_equal(s.n, (has ? p->all : p->before) + 3);
	assert_int_equal(s.damaged, 0);
	x->log = log_close(x->log);
	return has;
}

/* The frames' last octets that are zero anyway may be missing. */
static uint64_t needed_end(const struct spoil *p)
{
	uint64_t end = p->last_end;

	while (p->bytes[end - 1] == 0)
		end--;
	return end;
}

enum how { ZEROS, GARBAGE, SHORT };

static void cut_everywhere(size_t groups, size_t last, enum how how)
{
	struct spoil p;
	char *q;

	spoil_new(&p, groups, 3, last);
	q = malloc(p.n);
	for (uint64_t at = p.last_at; at <= p.last_end; at++) {
		size_t n = how == SHORT ? at : p.n;

		memcpy(q, p.bytes, p.n);
		if (how != SHORT)
			memset(q + at, 0, p.n - at);
		for (uint64_t i = at; how == GARBAGE && i < p.last_end + 600; i++)
			q[i] = (char)(mix(i * 7 + at) >> 3);
		put_back(&p.x, p.name, q, n);
		if (check_tail(&p) != (at >= (how == SHORT ? p.last_end : needed_end(&p))))
			fail_msg("cut at %llu", (unsigned long long)at);
	}
	free(q);
	spoil_free(&p);
}

static void a_tail_of_zeros(void **state)
{
	cut_everywhere(3, 4, ZEROS);
}

static void a_tail_of_garbage(void **state)
{
	cut_everywhere(3, 4, GARBAGE);
}

static void a_short_file(void **state)
{
	cut_everywhere(3, 4, SHORT);
}

/* The last write was a group and a piece of the index: a cut in the piece leaves the group. */
/* What cannot be read now was acknowledged, perhaps: it is not cut, and is there again later. */
static void an_unreadable_tail_is_not_cut(void **state)
{
	struct spoil p;

	spoil_new(&p, 5, 40, 30);
	for (int behind = 0; behind < 2; behind++) {
		bad_from = (p.last_at & ~(uint64_t)4095) + (behind ? 0 : 4096);
		bad_end = bad_from + 4096;
		assert_int_equal(fixture_open(&p.x), E_IO);
		assert_non_null(strstr(p.x.why, "cannot be read"));
		bad_from = bad_end = 0;
	}
	assert_true(check_tail(&p));
	spoil_free(&p);
}

static void a_cut_index_piece(void **state)
{
	struct spoil p;
	uint64_t end;
	char *q;

	spoil_new(&p, 2, 2045, 8);
	for (end = p.n; p.bytes[end - 1] == 0; end--)
		;
	assert_true(end > p.last_end + 8000); /* there is a piece */
	q = malloc(p.n);
	for (uint64_t at = p.last_end - 400; at <= end + 40; at += at < p.last_end + 100 ? 97 : 2900) {
		memcpy(q, p.bytes, p.n);
		memset(q + at, 0, p.n - at);
		put_back(&p.x, p.name, q, p.n);
		assert_int_equal(check_tail(&p), at >= needed_end(&p));
	}
	free(q);
	spoil_free(&p);
}

/* Some headers destroyed in a long segment with several pieces: all are told of by account. (Of
 * what stood behind the last piece when a recovery had to find it again, only the number is.) */
static void lost_headers_in_a_long_segment(void **state)
{
	struct spoil p;
	struct seen s = {0};

	spoil_new(&p, 25, 500, 3); /* the newest: its index is found again by the recovery */
	assert_int_equal(p.n_some, COLUMNS(p.some));
	for (size_t i = 0; i < p.n_some; i++)
		p.bytes[p.some[i] + i % FRAME_HEAD] ^= 1;
	put_back(&p.x, p.name, p.bytes, p.n);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(fixture_open(&p.x), 0);
		s = (struct seen){.log = p.x.log};
		assert_int_equal(log_read(p.x.log, 0, (struct log_pos){1}, true, see_one, &s), 0);
		assert_int_equal(s.bad + s.strange, 0);
		assert_int_equal(s.n + s.damaged, p.all);
		assert_int_equal(s.damaged, p.n_some);
		fixture_crash(&p.x);
	}
	spoil_free(&p);
}

static void only_one_group_and_that_is_cut(void **state)
{
	struct spoil p;

	spoil_new(&p, 0, 0, 5);
	for (uint64_t at = SEG_DATA; at < p.last_end; at += 13) {
		char *q = malloc(p.n);
		struct seen s;

		memcpy(q, p.bytes, p.n);
		memset(q + at, 0, p.n - at);
		put_back(&p.x, p.name, q, p.n);
		free(q);
		assert_int_equal(fixture_open(&p.x), 0);
		s = read_all(p.x.log, 1, true);
		assert_true(s.n == 0 || at >= needed_end(&p));
		assert_int_equal(commit_k(&p.x, 77, 1), 0);
		assert_int_equal(read_all(p.x.log, 1, true).n, s.n + 1);
		p.x.log = log_close(p.x.log);
	}
	spoil_free(&p);
}

/* Each sector of the last group's write reached the disk or did not, in any combination. */
static void sectors_get_lost(void **state)
{
	struct spoil p;
	uint64_t first, n;
	char *q;

	spoil_new(&p, 3, 3, 24);
	first = (p.last_at + 511) / 512;
	n = (p.last_end + 511) / 512 - first;
	assert_true(n > 10);
	q = malloc(p.n);
	for (uint64_t seed = 0; seed < 600; seed++) {
		bool lost_any = false;

		memcpy(q, p.bytes, p.n);
		for (uint64_t i = 0; i < n; i++)
			if (seed < n ? i == seed : mix(seed * 1000 + i) % 4 == 0) {
				char *s = q + (first + i) * 512;

				for (int k = 0; k < 512; k++)
					lost_any |= s[k] != 0;
				memset(s, 0, 512);
			}
		put_back(&p.x, p.name, q, p.n);
		assert_int_equal(check_tail(&p), !lost_any);
	}
	free(q);
	spoil_free(&p);
}

/* A group that was synced, as there is one behind it, is not cut: what is damaged in it is told
 * of, and the rest is there. */
static void damage_before_a_cut_tail(void **state)
{
	struct spoil p;
	struct seen s;
	char *q;

	spoil_new(&p, 3, 4, 6);
	q = malloc(p.n);
	for (uint64_t at = SEG_DATA; at < p.last_at; at += 11) {
		memcpy(q, p.bytes, p.n);
		q[at] ^= 0x20;
		memset(q + p.last_end - 60, 0, 60);
		put_back(&p.x, p.name, q, p.n);
		for (int again = 0; again < 2; again++) {
			s = (struct seen){.read_bodies = true};
			assert_int_equal(fixture_open(&p.x), 0);
			assert_true(again || p.x.rec.cut_records > 0);
			s.log = p.x.log;
			assert_int_equal(log_read(p.x.log, 0, (struct log_pos){1}, true, see_one,
						  &s), 0);
			assert_int_equal(s.bad, 0);
			assert_int_equal(s.n + s.damaged, p.before);
			assert_true(s.damaged + s.body_damaged <= 1);
			fixture_crash(&p.x);
		}
	}
	free(q);
	spoil_free(&p);
}

/* -- damage that is not the tail ---------------------------------------------------------------- */

struct image {
	struct fixture x;
	char names[16][32];
	char *bytes[16];
	size_t n[16], count;
	uint64_t records;
	uint8_t *has;
};

static void image_new(struct image *m, uint64_t records, uint64_t segment_bytes)
{
	struct log_segment g;
	uint64_t k = 1, id = 0;

	memset(m, 0, sizeof(*m));
	fixture_new(&m->x, segment_bytes);
	assert_int_equal(fixture_open(&m->x), 0);
	for (; k <= records; k += 4) {
		assert_int_equal(commit_k(&m->x, k, 4), 0);
		if (k % 120 == 1) { /* some segments were ended by a recovery */
			fixture_crash(&m->x);
			assert_int_equal(fixture_open(&m->x), 0);
		}
	}
	m->records = k - 1;
	m->has = calloc(1, k + 1);
	for (; log_segment_next(m->x.log, id, &g) == 0; id = g.id)
		snprintf(m->names[m->count++], 32, "log/%016llx.seg", (unsigned long long)g.id);
	assert_true(m->count > 2 && m->count < 16);
	m->x.log = log_close(m->x.log);
	for (size_t i = 0; i < m->count; i++)
		m->bytes[i] = slurp(&m->x, m->names[i], &m->n[i]);
}

static void image_put(struct image *m, size_t seg, const char *instead)
{
	for (size_t i = 0; i < m->count; i++) {
		const char *p = i == seg ? instead : m->bytes[i];
		int fd;

		if (i == 0) {
			put_back(&m->x, m->names[0], p, m->n[0]);
			continue;
		}
		fd = openat(m->x.dir, m->names[i], O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(pwrite(fd, p, m->n[i], 0), m->n[i]);
		close(fd);
	}
}

static void image_free(struct image *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->bytes[i]);
	free(m->has);
	fixture_free(&m->x);
}

static struct seen image_read(struct image *m)
{
	struct seen s = {.read_bodies = true, .has = m->has, .most = m->records + 1};

	memset(m->has, 0, m->records + 1);
	s.log = m->x.log;
	assert_int_equal(log_read(m->x.log, 0, (struct log_pos){1}, true, see_one, &s), 0);
	assert_int_equal(s.bad, 0);
	return s;
}

/* One octet of a sealed segment flipped: at most one record is damaged, and it is told of. */
static void flipped_octets(void **state)
{
	struct image m;
	size_t told = 0;

	image_new(&m, 400, 64 << 10);
	for (uint64_t i = 0; i < 1000; i++) {
		size_t seg = mix(i) % (m.count - 1), at = mix(i + 99999) % m.n[seg];
		char *q = malloc(m.n[seg]);
		struct seen s;

		memcpy(q, m.bytes[seg], m.n[seg]);
		q[at] ^= (char)(1 << i % 8);
		image_put(&m, seg, q);
		free(q);
		assert_int_equal(fixture_open(&m.x), 0);
		s = image_read(&m);
		assert_in_range(s.n + s.damaged, m.records, m.records);
		assert_true(s.damaged + s.body_damaged <= 1);
		assert_int_equal(s.strange, 0); /* the account of a lost header is known */
		told += s.damaged + s.body_damaged;
		assert_int_equal(commit_k(&m.x, 90000, 1), 0);
		m.x.log = log_close(m.x.log);
	}
	assert_true(told > 500); /* the rest hit headers, padding, an index piece */
	image_free(&m);
}

/* A whole page zeroed or replaced: the records in it are lost, the others are there. */
static void lost_pages(void **state)
{
	struct image m;

	image_new(&m, 400, 64 << 10);
	for (uint64_t i = 0; i < 200; i++) {
		size_t seg = mix(i) % (m.count - 1), pages = m.n[seg] / 4096;
		size_t at = mix(i + 777) % pages * 4096, from = mix(i + 888) % pages * 4096;
		char *q = malloc(m.n[seg]);
		struct seen s;

		memcpy(q, m.bytes[seg], m.n[seg]);
		if (i % 2)
			memset(q + at, 0, 4096);
		else
			memmove(q + at, q + from, 4096);
		image_put(&m, seg, q);
		free(q);
		assert_int_equal(fixture_open(&m.x), 0);
		s = image_read(&m);
		assert_true(s.n + s.damaged == m.records && s.damaged < 60);
		m.x.log = log_close(m.x.log);
	}
	image_free(&m);
}

/* -- forgeries ------------------------------------------------------------------------------------ */

/* A body with a byte-perfect copy of frames of its own segment, whose own header is then
 * destroyed: the search for the next good header must pass over the copies. */
static void copies_of_frames_are_not_frames(void **state)
{
	struct fixture x;
	struct log_item it = {.account = 1, .type = 1, .meta = STR("1:")};
	struct seen s = {0};
	char name[32], *p;
	size_t n;
	int64_t ms = 0;
	int fd;

	fixture_new(&x, SEG);
	assert_int_equal(fixture_open(&x), 0);
	assert_int_equal(commit_k(&x, 1, 5), 0);
	newest_name(&x, name);
	p = slurp(&x, name, &n);
	for (size_t shift = 0; shift < 8; shift++) { /* at every alignment */
		assert_int_equal(log_begin(x.log, &ms, false), 0);
		it.body = str_n(p + SEG_DATA - shift, 3000);
		assert_int_equal(log_add(x.log, &it, 0), 0);
		assert_int_equal(log_commit(x.log, NULL, 0), 0);
		fd = openat(x.dir, name, O_WRONLY);
		assert_int_equal(pwrite(fd, "\xff", 1, (off_t)it.place.b - 30), 1);
		close(fd);
	}
	assert_int_equal(commit_k(&x, 6, 2), 0);
	for (int again = 0; again < 2; again++) {
		s = (struct seen){.log = x.log};
		assert_int_equal(log_read(x.log, 0, (struct log_pos){1}, true, see_one, &s), 0);
		assert_int_equal(s.bad, 0);
		assert_int_equal(s.n, 7);
		assert_int_equal(s.damaged, 8);
		fixture_crash(&x);
		assert_int_equal(fixture_open(&x), 0);
	}
	free(p);
	fixture_free(&x);
}

/* -- versions -------------------------------------------------------------------------------------- */

static void a_newer_version_is_refused(void **state)
{
	struct spoil p;

	spoil_new(&p, 2, 3, 3);
	p.bytes[8] = 9;
	p.bytes[SEG_PAGE + 8] = 9;
	put_back(&p.x, p.name, p.bytes, p.n);
	assert_int_equal(fixture_open(&p.x), E_VERSION);
	assert_non_null(strstr(p.x.why, "newer version"));
	p.bytes[SEG_PAGE + 8] = 1; /* one flipped octet is not a new version */
	put_back(&p.x, p.name, p.bytes, p.n);
	assert_int_equal(fixture_open(&p.x), 0);
	p.x.log = log_close(p.x.log);
	p.bytes[SEG_PAGE + 40] ^= 1;
	put_back(&p.x, p.name, p.bytes, p.n);
	assert_int_not_equal(fixture_open(&p.x), 0);
	spoil_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tail_of_zeros),
		cmocka_unit_test(a_tail_of_garbage),
		cmocka_unit_test(a_short_file),
		cmocka_unit_test(an_unreadable_tail_is_not_cut),
		cmocka_unit_test(a_cut_index_piece),
		cmocka_unit_test(lost_headers_in_a_long_segment),
		cmocka_unit_test(only_one_group_and_that_is_cut),
		cmocka_unit_test(sectors_get_lost),
		cmocka_unit_test(damage_before_a_cut_tail),
		cmocka_unit_test(flipped_octets),
		cmocka_unit_test(lost_pages),
		cmocka_unit_test(copies_of_frames_are_not_frames),
		cmocka_unit_test(a_newer_version_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
