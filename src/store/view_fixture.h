/* view_fixture.h - what the tests of views share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/'s tests. */
#ifndef STORE_VIEW_FIXTURE_H
#define STORE_VIEW_FIXTURE_H

#include "store/store_fixture.h"
#include "store/view.h"

#define TEXT "Subject: hello\r\nMessage-ID: <1@x.test>\r\n\r\nx\r\n"

static struct arena arena;

static inline struct view *open_view(struct fixture *f, uint64_t box)
{
	struct view *v;

	assert_int_equal(0, view_open(&v, f->s, box));
	return v;
}

static inline struct view_news look(struct view *v)
{
	struct view_news news;

	assert_int_equal(0, view_look(v, &arena, &news));
	return news;
}

static inline void refresh(struct view *v)
{
	struct view_news news = look(v);

	assert_int_equal(0, view_take(v, &news, true));
}

static inline void fill(struct fixture *f, uint64_t a, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(0, deliver(f, a, "INBOX", "", TEXT));
}

/* "1-3 7" */
static inline const char *text_of(struct uidset set)
{
	static char text[4096];
	int n = 0;

	text[0] = 0;
	for (size_t i = 0; i < set.n; i++) {
		const struct uid_range *r = &set.r[i];

		n += snprintf(text + n, sizeof(text) - (size_t)n, i ? " %u" : "%u", r->lo);
		if (r->hi != r->lo)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "-%u", r->hi);
	}
	return text;
}

static inline const char *runs_of(const struct view *v)
{
	struct uid_range r[100];

	assert_true(v->n_runs <= 100);
	for (uint32_t i = 0; i < v->n_runs; i++)
		r[i] = (struct uid_range){v->runs[i].lo, v->runs[i].hi};
	return text_of((struct uidset){r, v->n_runs});
}

/* "1=1s 2=2x ": numbers, UIDs, gone, seen; stops behind 30 octets. */
static inline bool collect(void *arg, const struct view_row *row)
{
	struct buf *b = arg;

	buf_printf(b, "%u=%u%s%s ", row->seq, row->info.uid, row->info.expunged ? "x" : "",
		   row->info.flags & MSG_SEEN ? "s" : "");
	return b->n < 30;
}

static inline int run_views(const char *name, const struct CMUnitTest *tests, size_t n)
{
	int failed;

	arena_init(&arena, 64 << 20);
	failed = run_everywhere(name, tests, n, 2);
	arena_free(&arena);
	return failed;
}

#endif
