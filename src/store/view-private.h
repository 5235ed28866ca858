/* view-private.h - what the files of view.c share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_VIEW_PRIVATE_H
#define STORE_VIEW_PRIVATE_H

#include "store/ranges.h"
#include "store/snap.h"
#include "store/view.h"

int view_run_push(struct view *v, uint32_t lo, uint32_t hi); /* behind the others */
/* The first run that reaches `uid` or beyond: its number, n_runs if none. */
uint32_t view_run_at(const struct view *v, uint32_t uid);
int view_cut(const struct view *v, struct uidset in, struct arena *a, struct ranges *out);
static inline struct source view_source(const struct view *v)
{
	return (struct source){v->store, v->mbox, v->pin};
}

#endif
