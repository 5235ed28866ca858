/* time.c - a clock that jumps stops what deletes by age.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Wall time minus monotonic time is constant while nobody sets the clock. Over an hour's
 * difference: nothing is reclaimed until an operator has said that the clock is right. That is kept
 * as a value of the store, because a restart would take the wrong time for the right one. */
#include <stdlib.h>
#include "base/clock.h"
#include "base/err.h"
#include "store/internal.h"

enum { JUMP_MS = 3600 * 1000 };

#define JUMPED STR("clock.jumped")

static int64_t offset(struct store *s)
{
	return s->now_ms() - (int64_t)clock_mono_ms();
}

void clock_start(struct store *s)
{
	struct root_row root = {0};
	struct key k = key_of();
	struct buf was;
	struct txn t;

	buf_init(&was, 64);
	s->clock_jumped = meta_find(s, 0, 0, JUMPED, &was) >= 0;
	buf_free(&was);
	s->clock_base_ms = offset(s);
	key_add_str(&k, STR("root"));
	if (txn_read(&t, s->ix) < 0)
		return;
	if (tab_get_row(&t, TAB_ROOT, &k, &root, sizeof(root)) >= 0 &&
	    s->now_ms() < root.last_commit_ms - JUMP_MS)
		s->clock_jumped = true; /* it went back while we were away */
	txn_done(&t);
}

static int remember(struct store *s, struct str value)
{
	struct change *c;
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	if ((r = change_meta_set(c, 0, 0, JUMPED, value)) < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

bool clock_is_good(struct store *s)
{
	if (!s->clock_jumped && llabs(offset(s) - s->clock_base_ms) > JUMP_MS) {
		s->clock_jumped = true;
		remember(s, STR("yes")); /* if that fails, at least until the end */
	}
	return !s->clock_jumped;
}

int store_clock_confirm(struct store *s)
{
	int r = remember(s, STR_NONE);

	if (r < 0)
		return r;
	s->clock_base_ms = offset(s);
	s->clock_jumped = false;
	return 0;
}
