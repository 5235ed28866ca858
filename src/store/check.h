/* check.h - the parts of store_check.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/internal.h"

/* Another index, built from the log. The caller holds reclaim_lock from begin to end: what is to be
 * read must not be dropped. */
struct log_check {
	struct store *s;
	struct index *ix;
	int dir;
	const _Atomic bool *cancel; /* true: begin and compare give up with E_CLOSED; may be NULL */
};
/* E_NOSPACE: no room for another index. */
int log_check_begin(struct log_check *c, struct store *s, const _Atomic bool *cancel);
/* Goes on to where `live` is and compares. How many differences, or E_*. */
int log_check_compare(struct log_check *c, struct txn *live,
		      void (*say)(void *arg, const char *sentence), void *arg);
void log_check_end(struct log_check *c); /* whatever begin returned */
void log_check_leftover(struct store *s); /* removes one that a crash cut off */

#endif
