/* sort_test.c - the merge sort; sent dates and subjects as RFC 5256 reads them; values compared.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "imap/gather.h"
#include "imap/sort-keys.h"
#include "wire/date.h"

/* -- merge sort ------------------------------------------------------------------------------ */

static int compare_ints(const void *arg, uint32_t a, uint32_t b)
{
	const int *v = arg;

	return v[a] < v[b] ? -1 : v[a] > v[b];
}

enum { MANY = 5000 };

/* In order, equal ones as they stood, within n log2(n) comparisons, whatever the slices are. */
static void merge_sort_is_stable(void **state)
{
	static int v[MANY];
	uint64_t seed = 1;

	for (size_t n = 0; n < MANY; n = n < 70 ? n + 1 : n * 3)
		for (int values = 1; values < 2000; values += 400) {
			struct merge_sort m;
			uint64_t most = 0;

			for (size_t i = 0; i < n; i++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				v[i] = (int)((seed >> 33) % (unsigned)values);
			}
			for (size_t w = 1; w < n; w *= 2)
				most += n;
			assert_int_equal(0, merge_sort_begin(&m, n, compare_ints, v));
			while (merge_sort_some(&m, 1 + (unsigned)n / 7))
				;
			for (size_t i = 1; i < n; i++)
				assert_true(v[m.v[i - 1]] < v[m.v[i]] ||
					    (v[m.v[i - 1]] == v[m.v[i]] && m.v[i - 1] < m.v[i]));
			assert_in_range(m.compared, 0, most);
			merge_sort_free(&m);
		}
}

/* -- sent dates ------------------------------------------------------------------------------ */

static void sent_dates(void **state)
{
	static const struct {
		const char *field, *same; /* NULL: the arrival */
	} rows[] = {
		{"\"31 Dec 2000 16:01:33 -0800\"", "1 Jan 2001 00:01:33 +0000"}, /* RFC 5256 2.2 */
		{"\"Mon, 1 Jan 2001 00:01:33 +0000\"", "1 Jan 2001 00:01:33 +0000"},
		{"\"1 Jan 2001 00:01:33 Mars/Noon\"", "1 Jan 2001 00:01:33 +0000"}, /* a bad zone */
		{"\"1 Jan 2001 00:01:33 +9999\"", "1 Jan 2001 00:01:33 +0000"},
		{"\"1 Jan 2001 00:01:33\"", "1 Jan 2001 00:01:33 +0000"},
		{"\"1 Jan 2001 99:99:99 +0100\"", "1 Jan 2001 00:00:00 +0000"}, /* a bad time */
		{"\"1 Jan 2001\"", "1 Jan 2001 00:00:00 +0000"},
		{"\"yesterday\"", NULL},
		{"\"\"", NULL},
		{"NIL", NULL},
		{"\"99 Foo 2001 00:01:33 +0000\"", NULL},
	};
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		int64_t ms = 4711, got = sent_date(str_of(rows[i].field), 4711, &b);
		int zone;

		if (rows[i].same)
			assert_int_equal(0, date_parse(str_of(rows[i].same), &ms, &zone));
		if (got != ms)
			fail_msg("%s: %lld, not %lld", rows[i].field, (long long)got, (long long)ms);
	}
	buf_free(&b);
}

static void folded_subjects(void **state)
{
	static const struct {
		const char *field, *folded;
		bool is_reply;
	} rows[] = {
		{"NIL", "", false},
		{"\"Re: [x] abc\"", "ABC", true},
		{"\"=?utf-8?q?Re:_=C3=A4?=\"", "A\xcc\x88", true},
		{"{6}\r\nRe: \xc3\xa4", "A\xcc\x88", true},
		{"\"a \\\"b\\\\\"", "A \"B\\", false},
		{"\"=?us-ascii?q?a?= =?us-ascii?q?b_(fwd)?=\"", "AB", true},
	};
	struct buf b[2], out;

	buf_init(&b[0], 1000);
	buf_init(&b[1], 1000);
	buf_init(&out, 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		bool is_reply = !rows[i].is_reply;

		buf_clear(&out);
		assert_int_equal(0, folded_subject(str_of(rows[i].field), b, &out, &is_reply));
		if (!str_eq(buf_str(&out), str_of(rows[i].folded)) || is_reply != rows[i].is_reply)
			fail_msg("%s: '" STR_FMT "'", rows[i].field, STR_ARG(buf_str(&out)));
	}
	buf_free(&b[0]);
	buf_free(&b[1]);
	buf_free(&out);
}

/* -- criteria and values --------------------------------------------------------------------- */

static int read_program(const char *text, struct sort_program *p)
{
	struct arena arena;
	struct args a = {.in = str_of(text), .arena = &arena};
	int e;

	arena_init(&arena, 1 << 16);
	e = sort_program_read(&a, p);
	for (size_t i = 0; i < p->n; i++)
		p->v[i].entry = STR_NONE; /* it was the arena's */
	arena_free(&arena);
	return e;
}

static void criteria(void **state)
{
	static const struct {
		const char *text;
		int e;
		size_t n;
	} rows[] = {
		{"(DATE)", 0, 1},
		{"(REVERSE date Subject)", 0, 2},
		{"(SIZE REVERSE SIZE SIZE)", 0, 1}, /* what is equal by SIZE stays so */
		{"(annotation /comment value.priv ANNOTATION /comment value.shared)", 0, 2},
		{"(ANNOTATION /comment VALUE.PRIV REVERSE ANNOTATION /comment value.priv)", 0, 1},
		{"(ANNOTATION /comment)", E_SYNTAX, 0},
		{"(ANNOTATION /comment size.priv)", E_SYNTAX, 0},
		{"()", E_SYNTAX, 0},
		{"(DATE", E_SYNTAX, 0},
		{"DATE", E_SYNTAX, 0},
		{"(DATE )", E_SYNTAX, 0},
		{"(REVERSE)", E_SYNTAX, 0},
		{"(DATES)", E_SYNTAX, 0},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct sort_program p;
		int e = read_program(rows[i].text, &p);

		if (e != rows[i].e || (!e && p.n != rows[i].n))
			fail_msg("%s: %d, %zu", rows[i].text, e, p.n);
	}
}

/* Subjects that begin alike, longer than the eight octets that are compared first. */
static void texts_are_compared_whole(void **state)
{
	static const char *const subjects[] = {
		"\"abcdefghZ\"", "\"abcdefgh\"", "\"abcdefg\"", "\"abcdefghij\"", "\"\"", "NIL",
		"\"ABCDEFGHz\"", "\"abcdefghi\"",
	};
	static const uint32_t order[] = {4, 5, 2, 1, 7, 3, 0, 6};
	struct sorter t = {0};

	assert_int_equal(0, read_program("(SUBJECT)", &t.program));
	sorter_init(&t);
	for (uint32_t i = 0; i < COLUMNS(subjects); i++) {
		struct view_row row = {.info = {.uid = i + 1}};
		struct str field[ENV_FIELDS] = {0};

		field[ENV_SUBJECT] = str_of(subjects[i]);
		assert_int_equal(0, sorter_add(&t, &row, field));
	}
	while (sorter_some(&t))
		;
	for (size_t i = 0; i < COLUMNS(order); i++)
		assert_int_equal(order[i], t.order.v[i]);
	sorter_free(&t);
}

/* However long the subjects are, what is kept of them has an end. */
static void memory_is_bounded(void **state)
{
	struct sorter t = {0};
	struct str field[ENV_FIELDS] = {0};
	struct buf subject;
	size_t n = 0;

	buf_init(&subject, 10000);
	buf_add_char(&subject, '"');
	while (subject.n < 1100)
		buf_add_char(&subject, 'a');
	buf_add_char(&subject, '"');
	field[ENV_SUBJECT] = buf_str(&subject);
	assert_int_equal(0, read_program("(SUBJECT)", &t.program));
	sorter_init(&t);
	t.pool.max = 40u << 20; /* half of 64 MiB, and some */
	for (; n < 200000; n++) {
		struct view_row row = {.info = {.uid = (uint32_t)n + 1}};

		if (sorter_add(&t, &row, field) < 0)
			break;
	}
	assert_in_range(n, 32u << 10, 200000); /* 1000 octets each, later 100 */
	assert_in_range(t.pool.n, 0, t.pool.max);
	sorter_free(&t);
	buf_free(&subject);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge_sort_is_stable),
		cmocka_unit_test(sent_dates),
		cmocka_unit_test(folded_subjects),
		cmocka_unit_test(criteria),
		cmocka_unit_test(texts_are_compared_whole),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
