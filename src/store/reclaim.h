/* reclaim.h - the store's own wishes, planned by the committer like any other.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_RECLAIM_H
#define STORE_RECLAIM_H

#include "store/plan.h"

struct own {
	int (*plan)(struct plan *p, struct step *st); /* st->own_arg is the struct own */
	uint64_t account, mbox;
	size_t done; /* out: what the plan found to do */
	void *arg;
	bool grows; /* not to be had on a full disk */
};
int own_change(struct store *s, struct own *o); /* blocks */

int base_write(struct store *s); /* a base now, whether it is due or not; blocks */
/* Logs again what lives in segments under half live; blocks; under reclaim_lock (rewrite.c). */
int rewrite_segments(struct store *s);
bool segment_has_little(struct txn *t, const struct log_segment *seg); /* under half live, or nothing */
int base_care(struct store *s); /* writes a base, drops segments; blocks; under reclaim_lock */

#endif
