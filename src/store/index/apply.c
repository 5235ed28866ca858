/* apply.c - records become rows: the one place that changes the index.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Deterministic: rows depend on the records before and on nothing else, so that an index built
 * while serving, one replayed from a checkpoint and one rebuilt from the whole log are equal. */
#include "base/err.h"
#include "store/index/index.h"

static int apply_nothing(struct txn *t, const struct record *r)
{
	return 0;
}

static int (*const appliers[REC_TYPES_])(struct txn *t, const struct record *r) = {
	[REC_NOTHING] = apply_nothing,
	[REC_ACCOUNT_CREATE] = apply_account,
	[REC_ACCOUNT_DELETE] = apply_account,
	[REC_ACCOUNT_SET] = apply_account,
	[REC_ALIAS_SET] = apply_account,
	[REC_META_SET] = apply_account,
	[REC_MBOX_CREATE] = apply_mbox,
	[REC_MBOX_RENAME] = apply_mbox,
	[REC_MBOX_DELETE] = apply_mbox,
	[REC_SUBSCRIBE] = apply_mbox,
	[REC_ACL_SET] = apply_mbox,
	[REC_SWEPT] = apply_mbox,
	[REC_STORED] = apply_stored,
	[REC_FLAGS] = apply_flags,
	[REC_SEEN_BY] = apply_seen,
	[REC_EXPUNGED] = apply_expunged,
	[REC_RECLAIMED] = apply_reclaimed,
	[REC_BODY_MOVED] = apply_moved,
	[REC_BASE] = apply_base,
	[REC_FORGOTTEN] = apply_base,
	[REC_DROPPED] = apply_base,
	[REC_QUOTA_SET] = apply_account,
	[REC_MBOX_USE] = apply_mbox,
	[REC_NOTED] = apply_noted,
};

int apply(struct txn *t, const struct record *r)
{
	int e = txn_room(t);

	if (e < 0)
		return e;
	t->root.records++;
	if (r->at_ms > t->root.last_commit_ms)
		t->root.last_commit_ms = r->at_ms;
	e = appliers[r->type](t, r);
	return e == E_NOTFOUND ? 0 : e;
}

void index_touch(struct txn *t, uint64_t mbox)
{
	uint64_t *p;

	if (t->quiet || (t->n_touched && t->touched[t->n_touched - 1] == mbox))
		return;
	if (t->n_touched == t->cap_touched) {
		size_t cap = t->cap_touched ? t->cap_touched * 2 : 64;

		p = realloc(t->touched, cap * sizeof(*p));
		if (!p)
			return; /* a watcher then hears of it with the next change */
		t->touched = p;
		t->cap_touched = cap;
	}
	t->touched[t->n_touched++] = mbox;
}
