/* apply-account.c - accounts, aliases, domains and small named values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/index/index.h"
#include "store/mbox-id.h"

static int domain_key(struct key *k, struct str address, uint64_t account)
{
	ptrdiff_t at = str_rfind(address, '@');
	struct str domain = str_from(address, at < 0 ? address.n : (size_t)at + 1);
	int r;

	*k = key_of();
	if (address.n > NAME_MOST / 2)
		return E_TOOBIG;
	if ((r = key_add_str(k, domain)) < 0)
		return r;
	key_add_str(k, account ? str_n("\0a", 2) : str_n("\0l", 2));
	if (account)
		key_add_u64(k, account);
	else
		r = key_add_str(k, address);
	return r;
}

int domain_add(struct txn *t, struct str address, uint64_t account)
{
	struct key k;
	int r = domain_key(&k, address, account);

	return r < 0 ? r : tab_put(t, TAB_DOMAIN, &k, STR_NONE);
}

int domain_del(struct txn *t, struct str address, uint64_t account)
{
	struct key k;
	int r = domain_key(&k, address, account);

	return r < 0 ? r : tab_del(t, TAB_DOMAIN, &k);
}

static NOINLINE int name_account(struct txn *t, uint64_t id, struct str name)
{
	struct key label = key_u64_u64(id, 0), login = key_of();
	int r;

	if ((r = key_add_str(&login, name)) < 0 ||
	    (r = tab_put(t, TAB_LOGIN, &login, str_n(&id, sizeof(id)))) < 0 ||
	    (r = tab_put(t, TAB_LABEL, &label, name)) < 0)
		return r;
	return domain_add(t, name, id);
}

static NOINLINE int create(struct txn *t, const struct record *r)
{
	uint64_t id = r->account_create.id;
	struct record inbox = {
		.type = REC_MBOX_CREATE,
		.account = id,
		.seq = r->seq,
		.at_ms = r->at_ms,
		.mbox = {.mbox = mbox_id_of(id, 1), .uidvalidity = r->account_create.uidvalidity,
			 .name = STR("INBOX"), .on = true},
	};
	struct account_row *a;
	int e = name_account(t, id, r->account_create.name);

	if (e < 0 || !(a = hot_account(t, id, true, &e)))
		return e;
	*a = (struct account_row){.id = id, .created_ms = r->at_ms};
	hot_dirty(t, a);
	if (id >= t->root.next_account)
		t->root.next_account = id + 1;
	return apply_mbox(t, &inbox);
}

/* Unhooks every mailbox; the sweeper (store/reclaim.c) removes their rows. */
static NOINLINE int delete_mboxes(struct txn *t, const struct record *r, uint64_t id)
{
	struct key k = key_u64(mbox_id_of(id, 0));
	struct tab_cursor c;
	int e = txn_flush(t); /* new ones are hot and not in the table yet */

	if (e < 0 || (e = tab_open(&c, t, TAB_MBOX)) < 0)
		return e;
	for (e = tab_seek(&c, &k); e >= 0; e = tab_seek(&c, &k)) {
		struct record one = {.type = REC_MBOX_DELETE, .account = id, .seq = r->seq,
				     .at_ms = r->at_ms, .mbox = {.mbox = key_get_u64(c.key, 0)}};

		if (mbox_account(one.mbox.mbox) != id)
			break;
		e = txn_room(t);
		if (e >= 0)
			e = apply_mbox(t, &one);
		if (e < 0 && e != E_NOTFOUND)
			break;
		k = key_u64(one.mbox.mbox + 1);
	}
	tab_close(&c);
	return e == E_NOTFOUND ? 0 : e;
}

static NOINLINE int delete_account(struct txn *t, const struct record *r)
{
	uint64_t id = r->account_create.id;
	struct key label = key_u64_u64(id, 0), all = key_u64(id), login = key_of();
	struct account_row *a;
	struct str name;
	int e;

	if ((e = tab_get(t, TAB_LABEL, &label, &name)) < 0 ||
	    (e = domain_del(t, name, id)) < 0 || (e = tab_get(t, TAB_LABEL, &label, &name)) < 0 ||
	    (e = key_add_str(&login, name)) < 0 || (e = tab_del(t, TAB_LOGIN, &login)) < 0 ||
	    (e = tab_del(t, TAB_LABEL, &label)) < 0 || (e = delete_mboxes(t, r, id)) < 0 ||
	    (e = tab_del_all(t, TAB_PATH, &all)) < 0 || (e = tab_del_all(t, TAB_META, &all)) < 0)
		return e;
	if ((e = txn_room(t)) < 0 || !(a = hot_account(t, id, false, &e)))
		return e;
	a->is_deleted = 1;
	hot_dirty(t, a);
	return 0;
}

static int set(struct txn *t, const struct record *r)
{
	struct account_row *a;
	int e = 0;

	if (!(a = hot_account(t, r->account, false, &e)))
		return e;
	a->disabled = r->account_set.disabled;
	a->quota_bytes = r->account_set.quota_bytes;
	hot_dirty(t, a);
	return 0;
}

static int quota(struct txn *t, const struct record *r)
{
	struct account_row *a;
	int e = 0;

	if (!(a = hot_account(t, r->account, false, &e)))
		return e;
	if (r->quota.kind == QUOTA_STORAGE)
		a->quota_bytes = r->quota.limit;
	else if (r->quota.kind == QUOTA_MESSAGE)
		a->quota_messages = r->quota.limit;
	else
		a->quota_mboxes = r->quota.limit;
	hot_dirty(t, a);
	return 0;
}

static NOINLINE int alias(struct txn *t, const struct record *r)
{
	struct key k = key_of();
	int e = key_add_str(&k, r->named.name);

	if (e < 0)
		return e;
	if (!r->named.value.n) {
		e = tab_del(t, TAB_ALIAS, &k);
		return e < 0 ? e : domain_del(t, r->named.name, 0);
	}
	e = tab_put(t, TAB_ALIAS, &k, r->named.value);
	return e < 0 ? e : domain_add(t, r->named.name, 0);
}

static NOINLINE int meta(struct txn *t, const struct record *r)
{
	struct key k = key_u64_u64(r->account, r->named.mbox);
	struct account_row *a = NULL;
	int e = key_add_str(&k, r->named.name);

	if (e < 0 || (r->account && !(a = hot_account(t, r->account, false, &e))))
		return e;
	if (a && a->is_deleted)
		return 0; /* a log per account, replayed behind the log that deleted it */
	if (r->named.mbox)
		index_touch(t, r->named.mbox);
	return r->named.value.n ? tab_put(t, TAB_META, &k, r->named.value)
				: tab_del(t, TAB_META, &k);
}

int apply_account(struct txn *t, const struct record *r)
{
	switch (r->type) {
	case REC_ACCOUNT_CREATE:
		return create(t, r);
	case REC_ACCOUNT_DELETE:
		return delete_account(t, r);
	case REC_ACCOUNT_SET:
		return set(t, r);
	case REC_QUOTA_SET:
		return quota(t, r);
	case REC_ALIAS_SET:
		return alias(t, r);
	default:
		return meta(t, r);
	}
}
