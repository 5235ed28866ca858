/* messages_test.c - sets of UIDs: differences against a model, lists, cursors.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "imap/messages.h"

enum { BITS = 10 };

/* The runs of ones in `bits`, as UIDs from 1; the last bit stands for the highest UID. */
static struct uidset set_of(unsigned bits, struct uid_range *r)
{
	size_t n = 0;

	for (uint32_t i = 0; i < BITS; i++) {
		uint32_t uid = i == BITS - 1 ? UINT32_MAX : i + 1;

		if (!(bits >> i & 1))
			continue;
		if (n && r[n - 1].hi + 1 == uid)
			r[n - 1].hi = uid;
		else
			r[n++] = (struct uid_range){uid, uid};
	}
	return (struct uidset){r, n};
}

static bool is_same(struct uidset a, struct uidset b)
{
	return a.n == b.n && (!a.n || !memcmp(a.r, b.r, a.n * sizeof(*a.r)));
}

/* Ranges that touch may stay apart: joined for the comparison. */
static struct uidset joined(struct uidset in, struct uid_range *r)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		assert_true(in.r[i].lo <= in.r[i].hi && (!i || in.r[i].lo > in.r[i - 1].hi));
		if (n && r[n - 1].hi + 1 == in.r[i].lo)
			r[n - 1].hi = in.r[i].hi;
		else
			r[n++] = in.r[i];
	}
	return (struct uidset){r, n};
}

static void takes_sets_from_sets(void **state)
{
	struct uid_range ra[BITS], rb[BITS], rw[BITS], rj[2 * BITS];
	struct arena arena;

	arena_init(&arena, 1 << 20);
	for (unsigned a = 0; a < 1 << BITS; a++) {
		for (unsigned b = 0; b < 1 << BITS; b += 1 + a % 7) {
			struct uidset got;

			arena_reset(&arena);
			assert_int_equal(uidset_minus(set_of(a, ra), set_of(b, rb), &arena, &got), 0);
			if (!is_same(joined(got, rj), set_of(a & ~b, rw)))
				fail_msg("%x minus %x", a, b);
		}
	}
	arena_free(&arena);
}

static void lists_join_neighbours(void **state)
{
	struct uid_list l = {0};
	struct buf out;

	for (uint32_t uid = 1; uid < 200; uid++)
		if (uid % 5)
			assert_true(uid_list_add(&l, uid));
	assert_int_equal(l.count, 160);
	assert_int_equal(l.n, 40);
	assert_int_equal(uidset_count(uid_list_set(&l)), 160);
	buf_init(&out, 1000);
	put_uidset(&out, (struct uidset){l.r, 2});
	assert_true(str_eq(buf_str(&out), STR("1:4,6:9")));
	buf_free(&out);
	uid_list_free(&l);
}

static void cursors_go_on(void **state)
{
	static const struct uid_range r[] = {{1, 5}, {9, 9}, {20, UINT32_MAX}};
	struct uid_cursor c;
	struct arena arena;

	arena_init(&arena, 1 << 20);
	assert_int_equal(uid_cursor_init(&c, (struct uidset){r, 3}, &arena), 0);
	uid_cursor_to(&c, 3);
	assert_true(c.n == 3 && c.r->lo == 3 && c.r->hi == 5);
	uid_cursor_to(&c, 6);
	assert_true(c.n == 2 && c.r->lo == 9);
	uid_cursor_to(&c, 9);
	assert_true(c.n == 2);
	uid_cursor_to(&c, UINT32_MAX);
	assert_true(c.n == 1 && c.r->lo == UINT32_MAX);
	uid_cursor_end(&c);
	assert_int_equal(c.n, 0);
	assert_int_equal(r[2].lo, 20);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_sets_from_sets),
		cmocka_unit_test(lists_join_neighbours),
		cmocka_unit_test(cursors_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
