/* compare.c - two indexes of one log are equal, octet by octet.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/index/env.h"

enum { SAY_MOST = 5 }; /* differences told of one table */

struct compare {
	void (*say)(void *arg, const char *s);
	void *arg;
	int n, of_table;
};

static void differ(struct compare *c, enum tab tab, const char *what, struct str key)
{
	char text[200];
	int n;

	c->n++;
	if (c->of_table++ >= SAY_MOST)
		return;
	n = snprintf(text, sizeof(text), "index and log differ: table %s, %s, key ", tab_name(tab),
		     what);
	for (size_t i = 0; i < key.n && n < (int)sizeof(text) - 3; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%02x", (unsigned char)key.p[i]);
	c->say(c->arg, text);
}

/* Where to go on reading is a hint, and not the same for those who wrote and who read. */
static bool same_root(struct str a, struct str b)
{
	struct root_row x, y;

	if (a.n != sizeof(x) || b.n != sizeof(y))
		return false;
	memcpy(&x, a.p, sizeof(x));
	memcpy(&y, b.p, sizeof(y));
	memset(x.next.hint, 0, sizeof(x.next.hint));
	memset(y.next.hint, 0, sizeof(y.next.hint));
	/* numbers of a group that failed to be written are not in the log */
	if (y.next.seq <= x.next.seq)
		y.next.seq = x.next.seq;
	return !memcmp(&x, &y, sizeof(x));
}

static uint64_t live(struct str row)
{
	struct segment_row s = {0};

	if (row.n == sizeof(s))
		memcpy(&s, row.p, sizeof(s));
	return s.live_bytes;
}

/* A segment with nothing live in it may as well have no row. */
static bool is_nothing(enum tab tab, struct str val)
{
	return tab == TAB_SEGMENT && !live(val);
}

static bool same_value(enum tab tab, struct str a, struct str b)
{
	if (tab == TAB_ROOT)
		return same_root(a, b);
	if (tab == TAB_SEGMENT) /* what is dead depends on when it died */
		return live(a) == live(b);
	if (tab == TAB_POSITION)
		return str_eq(str_head(a, 8), str_head(b, 8));
	return str_eq(a, b);
}

static int compare_table(struct compare *c, struct txn *a, struct txn *b, enum tab tab)
{
	struct tab_cursor x = {0}, y = {0};
	struct key first = key_of();
	int rx = tab_open(&x, a, tab), ry = tab_open(&y, b, tab);

	c->of_table = 0;
	if (rx >= 0)
		rx = tab_seek(&x, &first);
	if (ry >= 0)
		ry = tab_seek(&y, &first);
	while (rx >= 0 || ry >= 0) {
		int order = rx < 0 ? 1 : ry < 0 ? -1 : str_cmp(x.key, y.key);

		if (order < 0 && !is_nothing(tab, x.val))
			differ(c, tab, "not in the log", x.key);
		if (order > 0 && !is_nothing(tab, y.val))
			differ(c, tab, "not in the index", y.key);
		if (!order && !same_value(tab, x.val, y.val))
			differ(c, tab, "another value", x.key);
		if (order <= 0)
			rx = tab_next(&x);
		if (order >= 0)
			ry = tab_next(&y);
	}
	tab_close(&x);
	tab_close(&y);
	return rx != E_NOTFOUND ? rx : ry != E_NOTFOUND ? ry : 0;
}

int index_compare(struct txn *a, struct txn *b, void (*say)(void *arg, const char *s), void *arg)
{
	struct compare c = {.say = say, .arg = arg};

	for (int tab = 0; tab < TAB_N; tab++) {
		int r = tab == TAB_CACHE || tab == TAB_DEAD
				? 0
				: compare_table(&c, a, b, (enum tab)tab);

		if (r < 0)
			return r;
	}
	return c.n;
}
