/* walk.c - once a week the index is compared with the log, in the background.
 * SPDX-License-Identifier: Apache-2.0
 *
 * If they differ the index is marked: the next start rebuilds it. Until then it goes on answering,
 * because a difference may be old and small, and a server that ends every week is worse. When the
 * last walk ended is a value of the store, so that restarts do not put it off. */
#include <inttypes.h>
#include "base/err.h"
#include "store/check.h"

enum { LOOK_S = 3600 };
static const int64_t WEEK_MS = (int64_t)7 * 86400 * 1000;

#define WALKED STR("index.walked")

static int64_t last_walk(struct store *s)
{
	struct buf b;
	uint64_t ms = 0;

	buf_init(&b, 32);
	if (meta_find(s, 0, 0, WALKED, &b) < 0 || str_u64(buf_str(&b), INT64_MAX, &ms) < 0)
		ms = 0;
	buf_free(&b);
	return (int64_t)ms;
}

static int remember(struct store *s)
{
	struct change *c;
	char ms[24];
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	snprintf(ms, sizeof(ms), "%" PRId64, s->now_ms());
	if ((r = change_meta_set(c, 0, 0, WALKED, str_of(ms))) < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

static void tell(void *arg, const char *sentence)
{
	store_tell_differs(sentence);
}

static int compare(struct store *s)
{
	struct log_check c;
	struct txn live = {0};
	int r;

	pthread_mutex_lock(&s->reclaim_lock);
	r = log_check_begin(&c, s, &s->sweeper_stopping);
	if (r >= 0 && (r = txn_read(&live, s->ix)) >= 0)
		r = log_check_compare(&c, &live, tell, NULL);
	txn_done(&live);
	log_check_end(&c);
	pthread_mutex_unlock(&s->reclaim_lock);
	return r;
}

int walk_now(struct store *s)
{
	int r = compare(s);

	if (r > 0)
		index_mark(s->ix);
	return r < 0 ? r : remember(s);
}

static bool is_due(struct store *s)
{
	int64_t last = last_walk(s), now = s->now_ms();

	if (!last)
		remember(s); /* the first week begins */
	return last && !s->disk_low && (now - last > WEEK_MS || now < last - WEEK_MS);
}

static void *walker(void *arg)
{
	struct store *s = arg;

	while (sweeper_pause(s, LOOK_S))
		if (is_due(s))
			walk_now(s); /* what fails now is tried in an hour */
	return NULL;
}

int walk_start(struct store *s)
{
	int r;

	if (!log_is_shared(s->log))
		return 0;
	r = store_thread(&s->walker, walker, s);
	s->has_walker = r >= 0;
	return r;
}

void walk_stop(struct store *s)
{
	if (s->has_walker)
		pthread_join(s->walker, NULL);
	s->has_walker = false;
}
