/* find.c - a mailbox by the name that a client wrote: the one door to every mailbox (SECURITY E7).
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/answer.h"

int imap_find(struct imap *s, struct str name, uint32_t rights, struct mbox_info *ret,
	      uint32_t *granted)
{
	uint32_t has;
	int e = mbox_find(imap_store(s), s->account, name, ret);

	if (e >= 0)
		e = rights_of(imap_store(s), s->account, str_of(s->user), ret, &has);
	if (e < 0)
		return e;
	if (!(has & RIGHT_L))
		return E_NOMBOX;
	if ((has & rights) != rights)
		return E_DENIED;
	*granted = has;
	return 0;
}

int imap_mbox_name(struct imap *s, const struct mbox_info *m, struct buf *out)
{
	return mbox_name(imap_store(s), m->id, out);
}
