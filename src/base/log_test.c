/* log_test.c - no input forges a line; the rate limit counts what it drops.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"

static char path[] = "/tmp/log_test.XXXXXX";
static struct buf text;

static int setup(void **state)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	close(fd);
	buf_init(&text, 1 << 24);
	return 0;
}

static int teardown(void **state)
{
	static const struct log_opts back = {.target = "stderr"};

	log_setup(&back);
	buf_free(&text);
	return unlink(path);
}

static void begin(unsigned per_second_most)
{
	struct log_opts o = {LOG_EV_INFO, path, per_second_most};

	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(log_setup(&o), 0);
}

static struct str written(void)
{
	buf_clear(&text);
	assert_int_equal(fs_read(AT_FDCWD, path, &text), 0);
	return buf_str(&text);
}

static void values_are_escaped(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} rows[] = {
		{{"alice@example.test", 18}, "k=alice@example.test\n"},
		{{"", 0}, "k=\"\"\n"},
		{{"a b", 3}, "k=\"a b\"\n"},
		{{"a\r\nforged", 9}, "k=\"a\\x0d\\x0aforged\"\n"},
		{{"x=y", 3}, "k=\"x=y\"\n"},
		{{"\"\\", 2}, "k=\"\\\"\\\\\"\n"},
		{{"\0\x1b\xc2\x9b", 4}, "k=\"\\x00\\x1b\\xc2\\x9b\"\n"},
		{{"%s%n", 4}, "k=%s%n\n"},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct str s;

		begin(0);
		log_event(LOG_EV_INFO, "e", "k", LOG_STR(rows[i].in), NULL);
		s = written();
		assert_true(str_ends(s, str_of(rows[i].out)));
		assert_int_equal(s.n, 24 + strlen(" info e ") + strlen(rows[i].out));
	}
}

static void a_line_reads_as_promised(void **state)
{
	struct str s;

	begin(0);
	log_event(LOG_EV_WARN, "login", "user", LOG_Z("u"), "tls", LOG_BOOL(true), "n", LOG_INT(-5),
		  "m", LOG_INT(INT64_MIN), NULL);
	log_event(LOG_EV_DEBUG, "hidden", NULL);
	s = written();
	assert_true(str_eq(str_from(s, 24),
			   STR(" warn login user=u tls=yes n=-5 m=-9223372036854775808\n")));
	assert_int_equal(s.p[10], 'T');
	assert_int_equal(s.p[19], '.');
	assert_int_equal(s.p[23], 'Z');
}

static void long_values_are_cut(void **state)
{
	static char zeros[100000];
	struct str s;

	begin(0);
	for (int i = 0; i < 2; i++)
		log_event(LOG_EV_INFO, "e", "a", LOG_STR(str_n(zeros, sizeof(zeros))), "b",
			  LOG_STR(str_n(zeros, 2000)), NULL);
	s = written();
	assert_true(s.n <= 2 * 4097);
	str_cut(&s, '\n');
	str_cut(&s, '\n');
	assert_int_equal(s.n, 0);
}

/* Over the limit lines vanish; one of the next second tells how many. */
static void rate_limit_counts(void **state)
{
	uint64_t second;
	unsigned lines = 0, sent = 0;
	struct str s;

	begin(3);
	do {
		second = clock_mono_ms() / 1000;
		log_event(LOG_EV_INFO, "other", NULL);
		log_event(LOG_EV_INFO, "busy", "n", LOG_INT(sent++), NULL);
	} while (str_search(written(), STR("busy dropped=")) < 0 && sent < 10000000);
	s = written();
	assert_true(second > 0);
	assert_true(str_search(s, STR("busy dropped=")) > 0);
	while (s.n && lines < 1000) {
		str_cut(&s, '\n');
		lines++;
	}
	assert_true(lines <= 2 * 2 * 3 + 1);
}

static void reopen_follows_a_rotation(void **state)
{
	char rotated[sizeof(path) + 2];

	begin(0);
	log_event(LOG_EV_INFO, "old", NULL);
	snprintf(rotated, sizeof(rotated), "%s.1", path);
	assert_int_equal(rename(path, rotated), 0);
	log_event(LOG_EV_INFO, "still_old", NULL);
	log_reopen();
	log_event(LOG_EV_INFO, "new", NULL);
	assert_true(str_ends(written(), STR(" new\n")));
	assert_int_equal(str_search(written(), STR("old")), -1);
	unlink(rotated);
}

static void *write_many(void *arg)
{
	for (int i = 0; i < 1000; i++)
		log_event(LOG_EV_INFO, "thread", "text", LOG_Z("aaaaaaaaaaaaaaaaaaaaaaaaa"), NULL);
	return NULL;
}

static void threads_do_not_mix_lines(void **state)
{
	pthread_t t[4];
	struct str s;
	unsigned lines = 0;

	begin(0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, write_many, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (s = written(); s.n; lines++)
		assert_true(str_ends(str_cut(&s, '\n'), STR(" thread text=aaaaaaaaaaaaaaaaaaaaaaaaa")));
	assert_int_equal(lines, 4000);
}

static void bad_targets_fail(void **state)
{
	struct log_opts o = {.target = "/nonexistent/folder/file"};

	assert_int_equal(log_setup(&o), E_NOTFOUND);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(a_line_reads_as_promised),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(rate_limit_counts),
		cmocka_unit_test(reopen_follows_a_rotation),
		cmocka_unit_test(threads_do_not_mix_lines),
		cmocka_unit_test(bad_targets_fail),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
