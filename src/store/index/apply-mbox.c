/* apply-mbox.c - mailboxes: their names, their lives, who subscribes and who may.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/index/index.h"
#include "store/mbox-id.h"

/* What a name stands for: a mailbox (0: none), and whether it is subscribed (RFC 9051 6.3.7: also
 * without a mailbox of that name). */
struct path {
	uint64_t mbox;
	uint8_t subscribed;
};

static int path_key(struct key *k, uint64_t account, struct str name)
{
	*k = key_u64(account);
	return key_add_str(k, name);
}

static struct path path_get(struct txn *t, const struct key *k)
{
	struct path p = {0};
	struct str v;

	if (tab_get(t, TAB_PATH, k, &v) >= 0 && v.n == 9) {
		memcpy(&p.mbox, v.p, 8);
		p.subscribed = (uint8_t)v.p[8];
	}
	return p;
}

static int path_put(struct txn *t, const struct key *k, struct path p)
{
	char v[9];
	int r;

	if (!p.mbox && !p.subscribed) {
		r = tab_del(t, TAB_PATH, k);
		return r == E_NOTFOUND ? 0 : r;
	}
	memcpy(v, &p.mbox, 8);
	v[8] = (char)p.subscribed;
	return tab_put(t, TAB_PATH, k, str_n(v, sizeof(v)));
}

static NOINLINE int hook(struct txn *t, uint64_t account, uint64_t mbox, struct str name,
			 bool subscribe)
{
	struct key label = key_u64_u64(account, mbox), k;
	struct account_row *a;
	struct path p;
	int e = path_key(&k, account, name);

	if (e < 0 || !(a = hot_account(t, account, false, &e)))
		return e;
	p = path_get(t, &k);
	p.mbox = mbox;
	p.subscribed |= subscribe;
	if (!a->is_deleted && (e = path_put(t, &k, p)) < 0)
		return e;
	return tab_put(t, TAB_LABEL, &label, name);
}

/* Takes the mailbox's name away from it; a subscription to the name stays. */
static NOINLINE int unhook(struct txn *t, uint64_t account, uint64_t mbox)
{
	struct key label = key_u64_u64(account, mbox), k;
	struct str name;
	struct path p;
	int e = tab_get(t, TAB_LABEL, &label, &name);

	if (e < 0 || (e = path_key(&k, account, name)) < 0)
		return e;
	p = path_get(t, &k);
	if (p.mbox != mbox)
		return 0;
	p.mbox = 0;
	return path_put(t, &k, p);
}

int mboxes_count(struct txn *t, uint64_t account, uint64_t *n)
{
	struct key k = key_u64(account);
	struct tab_cursor c;
	int r = tab_open(&c, t, TAB_PATH);

	*n = 0;
	if (r < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0 && key_get_u64(c.key, 0) == account; r = tab_next(&c)) {
		uint64_t mbox = 0;

		if (c.val.n >= sizeof(mbox))
			memcpy(&mbox, c.val.p, sizeof(mbox));
		*n += mbox != 0;
	}
	tab_close(&c);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}

static int delete_mbox(struct txn *t, const struct record *r)
{
	struct key k = key_u64(r->mbox.mbox);
	struct mbox_row *m;
	int e = 0;

	if (!(m = hot_mbox(t, r->mbox.mbox, false, &e)))
		return e;
	m->is_deleted = 1;
	hot_dirty(t, m);
	index_touch(t, r->mbox.mbox);
	e = unhook(t, r->account, r->mbox.mbox);
	if (e < 0 && e != E_NOTFOUND)
		return e;
	return tab_put(t, TAB_SWEEP, &k, STR_NONE);
}

/* Of logs per account another one may have deleted the account already: then the mailbox is born
 * as that left its others, and its name stands for nothing (hook). */
static int create(struct txn *t, const struct record *r)
{
	struct account_row *a;
	struct mbox_row *m;
	bool gone;
	int e = 0;

	if (!(a = hot_account(t, r->account, false, &e)))
		return e;
	if (mbox_number(r->mbox.mbox) > a->last_mbox)
		a->last_mbox = mbox_number(r->mbox.mbox);
	if (r->mbox.uidvalidity > a->last_uidvalidity)
		a->last_uidvalidity = r->mbox.uidvalidity;
	hot_dirty(t, a);
	if (!(m = hot_mbox(t, r->mbox.mbox, true, &e)))
		return e;
	*m = (struct mbox_row){.id = r->mbox.mbox, .account = r->account,
			       .uidvalidity = r->mbox.uidvalidity, .uidnext = 1,
			       .highestmodseq = a->modseq, .special_use = r->mbox.special_use};
	if (!m->highestmodseq)
		m->highestmodseq = 1; /* RFC 7162 3.1.2.1: never 0 */
	hot_dirty(t, m);
	gone = a->is_deleted;
	e = hook(t, r->account, r->mbox.mbox, r->mbox.name, r->mbox.on);
	return e < 0 || !gone ? e : delete_mbox(t, r);
}

static int rename_to(struct txn *t, const struct record *r)
{
	int e = unhook(t, r->account, r->mbox.mbox);

	if (e < 0)
		return e;
	index_touch(t, r->mbox.mbox);
	return hook(t, r->account, r->mbox.mbox, r->mbox.name, false);
}

static int subscribe(struct txn *t, const struct record *r)
{
	struct account_row *a;
	struct path p;
	struct key k;
	int e = path_key(&k, r->account, r->mbox.name);

	if (e < 0 || !(a = hot_account(t, r->account, false, &e)))
		return e;
	p = path_get(t, &k);
	p.subscribed = r->mbox.on;
	return a->is_deleted ? 0 : path_put(t, &k, p);
}

static int acl(struct txn *t, const struct record *r)
{
	struct key k = key_u64(r->named.mbox);
	int e = key_add_str(&k, r->named.name);

	if (e < 0)
		return e;
	index_touch(t, r->named.mbox);
	if (r->named.value.n)
		return tab_put(t, TAB_ACL, &k, r->named.value);
	e = tab_del(t, TAB_ACL, &k);
	return e == E_NOTFOUND ? 0 : e;
}

static int set_use(struct txn *t, const struct record *r)
{
	struct mbox_row *m;
	int e = 0;

	if (!(m = hot_mbox(t, r->mbox.mbox, false, &e)))
		return e == E_NOTFOUND ? 0 : e;
	m->special_use = r->mbox.special_use;
	hot_dirty(t, m);
	return 0;
}

/* The account's last mailbox is gone, and the account was deleted: so is its row. */
static NOINLINE int forget_account(struct txn *t, uint64_t account)
{
	struct key from = key_u64(mbox_id_of(account, 0)), k = key_u64(account);
	struct account_row *a;
	struct tab_cursor c;
	int e = 0;

	if (!(a = hot_account(t, account, false, &e)))
		return e;
	if (!a->is_deleted)
		return 0;
	if ((e = tab_open(&c, t, TAB_MBOX)) < 0)
		return e;
	e = tab_seek(&c, &from);
	if (e >= 0 && mbox_account(key_get_u64(c.key, 0)) == account)
		e = E_EXISTS;
	tab_close(&c);
	if (e != E_NOTFOUND && e < 0)
		return e == E_EXISTS ? 0 : e;
	if ((e = txn_flush(t)) < 0)
		return e;
	hot_clear(t);
	return tab_del(t, TAB_ACCOUNT, &k);
}

/* Every row is gone: what is left of a deleted mailbox goes too. */
static int swept(struct txn *t, const struct record *r)
{
	static const enum tab tabs[] = {TAB_MBOX, TAB_SWEEP, TAB_CHANGE, TAB_VANISHED, TAB_SEEN,
					TAB_ACL, TAB_RUN, TAB_NOTE};
	struct key k = key_u64(r->mbox.mbox), two = key_u64_u64(r->account, r->mbox.mbox);
	int e = txn_flush(t);

	hot_clear(t);
	for (size_t i = 0; i < COLUMNS(tabs) && e >= 0; i++)
		e = tab_del_all(t, tabs[i], &k);
	if (e >= 0)
		e = tab_del_all(t, TAB_LABEL, &two);
	if (e >= 0)
		e = tab_del_all(t, TAB_META, &two);
	return e < 0 ? e : forget_account(t, r->account);
}

int apply_mbox(struct txn *t, const struct record *r)
{
	switch (r->type) {
	case REC_MBOX_CREATE:
		return create(t, r);
	case REC_MBOX_RENAME:
		return rename_to(t, r);
	case REC_MBOX_DELETE:
		return delete_mbox(t, r);
	case REC_SUBSCRIBE:
		return subscribe(t, r);
	case REC_ACL_SET:
		return acl(t, r);
	case REC_MBOX_USE:
		return set_use(t, r);
	default:
		return swept(t, r);
	}
}
