/* apply-base.c - bases: the state of a mailbox, an account or the store as one record.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/index/index.h"

int apply_base(struct txn *t, const struct record *r)
{
	if (r->type == REC_DROPPED && r->dropped.below > t->root.log_begins)
		t->root.log_begins = r->dropped.below;
	return 0;
}
