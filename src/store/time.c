/* time.c - a clock that jumps stops what deletes by age.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Wall time minus monotonic time is constant while nobody sets the clock. Over an hour's
 * difference: nothing is reclaimed until an operator has said that the clock is right. */
#include <stdlib.h>
#include "base/clock.h"
#include "store/internal.h"

enum { JUMP_MS = 3600 * 1000 };

static int64_t offset(struct store *s)
{
	return s->now_ms() - (int64_t)clock_mono_ms();
}

void clock_start(struct store *s)
{
	struct root_row root = {0};
	struct key k = key_of();
	struct txn t;

	s->clock_base_ms = offset(s);
	key_add_str(&k, STR("root"));
	if (txn_read(&t, s->ix) < 0)
		return;
	if (tab_get_row(&t, TAB_ROOT, &k, &root, sizeof(root)) >= 0 &&
	    s->now_ms() < root.last_commit_ms - JUMP_MS)
		s->clock_jumped = true; /* it went back while we were away */
	txn_done(&t);
}

bool clock_is_good(struct store *s)
{
	if (llabs(offset(s) - s->clock_base_ms) > JUMP_MS)
		s->clock_jumped = true;
	return !s->clock_jumped;
}

int store_clock_confirm(struct store *s)
{
	s->clock_base_ms = offset(s);
	s->clock_jumped = false;
	return 0;
}
