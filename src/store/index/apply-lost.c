/* apply-lost.c - when records are damaged: numbers are raised past them, orphans get a home.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/index/index.h"
#include "store/mbox-id.h"

static int raise_mboxes(struct txn *t, uint64_t account, bool all, uint32_t by)
{
	struct key k = key_u64(all ? 0 : mbox_id_of(account, 0));
	struct tab_cursor c;
	int r = txn_flush(t);

	if (r < 0 || (r = tab_open(&c, t, TAB_MBOX)) < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0; r = tab_next(&c)) {
		struct mbox_row m;

		if (!all && mbox_account(key_get_u64(c.key, 0)) != account)
			break;
		if (c.val.n != sizeof(m))
			continue;
		memcpy(&m, c.val.p, sizeof(m));
		if ((r = runs_close(t, &m)) < 0)
			break;
		m.uidnext = by > UINT32_MAX - m.uidnext ? UINT32_MAX : m.uidnext + by;
		m.highestmodseq += by;
		if ((r = tab_cursor_put(&c, str_n(&m, sizeof(m)))) < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}

static int raise_accounts(struct txn *t, uint64_t account, bool all, uint32_t by)
{
	struct key k = key_u64(all ? 0 : account);
	struct tab_cursor c;
	int r = tab_open(&c, t, TAB_ACCOUNT);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0; r = tab_next(&c)) {
		struct account_row a;

		if (!all && key_get_u64(c.key, 0) != account)
			break;
		if (c.val.n != sizeof(a))
			continue;
		memcpy(&a, c.val.p, sizeof(a));
		a.modseq += by;
		a.last_uidvalidity += by;
		a.last_mbox += by;
		if ((r = tab_cursor_put(&c, str_n(&a, sizeof(a)))) < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}

/* `by` records of `account` (0: of nobody knows whom) are lost. */
int apply_lost(struct txn *t, uint64_t account, uint32_t by)
{
	int r = raise_mboxes(t, account, !account, by);

	hot_clear(t);
	if (r >= 0)
		r = raise_accounts(t, account, !account, by);
	t->root.next_account += account ? 0 : by;
	t->root.next_body += by;
	return r;
}

/* A message's mailbox is not known: the record that made it is damaged, or was dropped and a base
 * will come. Until then it has a name of last resort. */
int apply_orphan(struct txn *t, const struct record *r, uint64_t mbox)
{
	struct account_row *a;
	char name[48];
	int e = 0;

	if (mbox_account(mbox) != r->account || !r->account)
		return E_NOTFOUND;
	if (!(a = hot_account(t, r->account, false, &e)) && e == E_NOTFOUND) {
		struct record make = {.type = REC_ACCOUNT_CREATE, .seq = r->seq, .at_ms = r->at_ms,
				      .account_create = {.id = r->account, .uidvalidity = 1}};

		snprintf(name, sizeof(name), "recovered-%llu", (unsigned long long)r->account);
		make.account_create.name = str_of(name);
		if ((e = apply_account(t, &make)) < 0)
			return e;
		a = hot_account(t, r->account, false, &e);
	}
	if (!a)
		return e;
	if (!hot_mbox(t, mbox, false, &e) && e == E_NOTFOUND) {
		struct record make = {.type = REC_MBOX_CREATE, .account = r->account,
				      .seq = r->seq, .at_ms = r->at_ms, .mbox = {.mbox = mbox}};

		snprintf(name, sizeof(name), "Recovered-%u", mbox_number(mbox));
		make.mbox.name = str_of(name);
		make.mbox.uidvalidity = a->last_uidvalidity + 1;
		return apply_mbox(t, &make);
	}
	return e;
}
