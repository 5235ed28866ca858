/* plan-quota.c - limits of an account: how much, how many (RFC 9208).
 * SPDX-License-Identifier: Apache-2.0
 *
 * A plan sees what the changes before it in the group have used, so that any number of appends at
 * once stays below the limit. */
#include "base/err.h"
#include "store/mbox-id.h"
#include "store/plan.h"

static bool is_over(uint64_t limit, uint64_t used, uint64_t more)
{
	return limit && (used > limit || more > limit - used);
}

int plan_quota(const struct account_row *a, uint64_t bytes, uint64_t messages)
{
	return is_over(a->quota_bytes, a->used_bytes, bytes) ||
			       is_over(a->quota_messages, a->used_messages, messages)
		       ? E_QUOTA
		       : 0;
}

/* Counted, not kept: it is rare, and few accounts have such a limit. */
int plan_quota_mbox(struct plan *p, const struct account_row *a)
{
	uint64_t n = 0;
	int r = a->quota_mboxes ? mboxes_count(p->t, a->id, &n) : 0;

	return r < 0 ? r : is_over(a->quota_mboxes, n, 1) ? E_QUOTA : 0;
}

int plan_quota_set(struct plan *p, struct step *st)
{
	struct account_row *a;
	struct planned *n;
	int r = plan_account(p, st->account, &a);

	if (r < 0)
		return r;
	if (st->number > QUOTA_MAILBOX)
		return E_RANGE;
	if (!(n = plan_add(p, REC_QUOTA_SET, st->account)))
		return E_NOMEM;
	n->rec.quota = (struct rec_quota){(uint32_t)st->number, st->quota};
	return 0;
}
