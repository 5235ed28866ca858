/* threads_test.c - bodies are read, blobs written and the log read while groups are appended.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Worth most under ThreadSanitizer; without it, it still compares what is read. */
#include <pthread.h>
#include "store/log/fixture.h"

enum { GROUPS = 300, EACH = 5 };

struct shared {
	struct fixture x;
	pthread_mutex_t lock;
	struct place place[GROUPS * EACH + 1]; /* by k */
	uint64_t done;                         /* records appended */
	bool over;
	size_t reads, blobs;
	int bad;
};

static uint64_t done(struct shared *s, bool *over)
{
	uint64_t n;

	pthread_mutex_lock(&s->lock);
	n = s->done;
	*over = s->over;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static void report(struct shared *s, bool good, size_t reads, size_t blobs)
{
	pthread_mutex_lock(&s->lock);
	s->bad += !good;
	s->reads += reads;
	s->blobs += blobs;
	pthread_mutex_unlock(&s->lock);
}

static bool body_is_k(struct shared *s, uint64_t k)
{
	size_t n = body_bytes_of(k);
	char *want = malloc(n + 1), *got = malloc(n + 1);
	struct log_body b;
	struct place p;
	bool good;

	pthread_mutex_lock(&s->lock);
	p = s->place[k];
	pthread_mutex_unlock(&s->lock);
	body_of(k, want, n);
	good = log_body_open(s->x.log, p, n, &b) == 0;
	if (good && n)
		good = pread(b.fd, got, n, (off_t)b.at) == (ssize_t)n && memcmp(want, got, n) == 0;
	if (good)
		log_body_close(&b);
	free(want);
	free(got);
	return good;
}

static void *read_bodies(void *arg)
{
	struct shared *s = arg;
	bool over = false;

	for (uint64_t i = 0; !over; i++) {
		uint64_t n = done(s, &over);

		if (n)
			report(s, body_is_k(s, 1 + mix(i) % n), 1, 0);
	}
	return NULL;
}

static int count(void *arg, const struct log_frame *f)
{
	uint64_t *n = arg;

	*n += !f->damaged && !f->body_damaged;
	return 0;
}

static void *read_log(void *arg)
{
	struct shared *s = arg;
	bool over = false;

	while (!over) {
		uint64_t least = done(s, &over), n = 0;
		int e = log_read(s->x.log, 0, (struct log_pos){.seq = 1}, true, count, &n);

		report(s, e == 0 && n >= least, 0, 0);
	}
	return NULL;
}

static void *write_blobs(void *arg)
{
	struct shared *s = arg;
	bool over = false;

	while (!over) {
		struct place p;
		struct blob *b;
		struct log_body body;
		uint32_t crc;
		bool good = blob_new(s->x.log, &b) == 0 && blob_write(b, "blob", 4) == 0 &&
			    blob_finish(&b, &p, &crc) == 0 &&
			    log_body_open(s->x.log, p, 4, &body) == 0;

		if (good)
			log_body_close(&body);
		report(s, good && log_body_reclaim(s->x.log, p, 4) == 0, 0, 1);
		done(s, &over);
	}
	return NULL;
}

static void append(struct shared *s)
{
	for (uint64_t k = 1; k <= GROUPS * EACH; k += EACH) {
		struct log_item it[EACH];
		int64_t ms = 0;

		assert_int_equal(log_begin(s->x.log, &ms, false), 0);
		for (size_t i = 0; i < EACH; i++)
			assert_int_equal(add_k(s->x.log, k + i, 0, &it[i]), 0);
		assert_int_equal(log_commit(s->x.log, NULL, 0), 0);
		pthread_mutex_lock(&s->lock);
		for (size_t i = 0; i < EACH; i++)
			s->place[k + i] = it[i].place;
		s->done = k + EACH - 1;
		pthread_mutex_unlock(&s->lock);
	}
}

static void readers_beside_the_appender(void **state)
{
	static void *(*const roles[])(void *) = {read_bodies, read_bodies, read_log, write_blobs};
	static struct shared s;
	pthread_t t[COLUMNS(roles)];

	pthread_mutex_init(&s.lock, NULL);
	fixture_new(&s.x, 64 << 10); /* rolls often */
	assert_int_equal(fixture_open(&s.x), 0);
	for (size_t i = 0; i < COLUMNS(roles); i++)
		assert_int_equal(pthread_create(&t[i], NULL, roles[i], &s), 0);
	append(&s);
	pthread_mutex_lock(&s.lock);
	s.over = true;
	pthread_mutex_unlock(&s.lock);
	for (size_t i = 0; i < COLUMNS(roles); i++)
		pthread_join(t[i], NULL);
	assert_int_equal(s.bad, 0);
	assert_true(s.reads > 0 && s.blobs > 0);
	assert_int_equal(read_all(s.x.log, 1, true).n, GROUPS * EACH);
	fixture_free(&s.x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_beside_the_appender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
