/* read.c - accounts, aliases, values and mailboxes as the tables have them now.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/internal.h"
#include "store/mbox-id.h"
#include "store/snap.h"

int root_position(struct txn *t, struct log_pos *ret)
{
	struct root_row root;
	struct key k = key_of();
	int r;

	key_add_str(&k, STR("root"));
	r = tab_get_row(t, TAB_ROOT, &k, &root, sizeof(root));
	if (r >= 0)
		*ret = root.next;
	return r;
}

/* -- accounts -- */

static int info_of(struct txn *t, uint64_t id, struct account_info *ret)
{
	struct account_row a;
	int r = row_account(t, id, &a);

	if (r == E_NOTFOUND || (r >= 0 && a.is_deleted))
		return E_NOACCOUNT;
	if (r >= 0)
		*ret = (struct account_info){
			.id = id, .disabled = a.disabled, .quota_bytes = a.quota_bytes,
			.used_bytes = a.used_bytes, .used_messages = a.used_messages,
			.quota_messages = a.quota_messages, .quota_mboxes = a.quota_mboxes,
			.note_bytes = a.note_bytes,
			.modseq = a.modseq, .created_ms = a.created_ms};
	return r;
}

int account_find(struct store *s, struct str name, struct account_info *ret)
{
	struct key k = key_of();
	struct str v;
	struct txn t;
	uint64_t id;
	int r;

	if (key_add_str(&k, name) < 0 || !name.n)
		return E_NOACCOUNT;
	if ((r = txn_read(&t, s->ix)) < 0)
		return r;
	r = tab_get(&t, TAB_LOGIN, &k, &v);
	if (r >= 0) {
		memcpy(&id, v.p, sizeof(id));
		r = info_of(&t, id, ret);
	}
	txn_done(&t);
	return r == E_NOTFOUND ? E_NOACCOUNT : r;
}

int account_get(struct store *s, uint64_t id, struct account_info *ret)
{
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	r = info_of(&t, id, ret);
	txn_done(&t);
	return r;
}

int account_mboxes(struct store *s, uint64_t id, uint64_t *ret)
{
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	r = mboxes_count(&t, id, ret);
	txn_done(&t);
	return r;
}

static int label(struct store *s, uint64_t account, uint64_t mbox, struct buf *out)
{
	struct key k = key_u64_u64(account, mbox);
	struct str v;
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	r = tab_get(&t, TAB_LABEL, &k, &v);
	if (r >= 0)
		r = buf_add(out, v);
	txn_done(&t);
	return r;
}

int account_name(struct store *s, uint64_t id, struct buf *out)
{
	int r = label(s, id, 0, out);

	return r == E_NOTFOUND ? E_NOACCOUNT : r;
}

/* The first row of a table whose key is behind `prefix` then `after`. */
static int seek_after(struct tab_cursor *c, struct key *k, struct str after)
{
	int r = key_add_str(k, after);

	if (r < 0)
		return E_NOTFOUND;
	r = tab_seek(c, k);
	if (r >= 0 && k->n && str_eq(c->key, key_str(k)) && after.n)
		r = tab_next(c);
	return r;
}

int account_next(struct store *s, struct str after, struct buf *name, struct account_info *ret)
{
	struct key k = key_of();
	struct tab_cursor c = {0};
	struct txn t;
	uint64_t id;
	int r = txn_read(&t, s->ix);

	if (r >= 0)
		r = tab_open(&c, &t, TAB_LOGIN);
	if (r >= 0)
		r = seek_after(&c, &k, after);
	if (r >= 0) {
		memcpy(&id, c.val.p, sizeof(id));
		r = info_of(&t, id, ret);
	}
	if (r >= 0) {
		buf_clear(name);
		r = buf_add(name, c.key);
	}
	tab_close(&c);
	txn_done(&t);
	return r;
}

/* -- domains -- */

static int domain_seek(struct store *s, struct str domain, char kind, uint64_t *account)
{
	struct key k = key_of();
	struct tab_cursor c = {0};
	struct txn t;
	int r;

	if (key_add_str(&k, domain) < 0 || key_add_str(&k, str_n("\0a", kind ? 2 : 1)) < 0)
		return E_NOTFOUND;
	if ((r = txn_read(&t, s->ix)) < 0)
		return r;
	r = tab_open(&c, &t, TAB_DOMAIN);
	if (r >= 0)
		r = tab_seek(&c, &k);
	if (r >= 0 && !str_starts(c.key, key_str(&k)))
		r = E_NOTFOUND;
	if (r >= 0 && account)
		*account = key_get_u64(c.key, k.n);
	tab_close(&c);
	txn_done(&t);
	return r;
}

int account_first_of_domain(struct store *s, struct str domain, uint64_t *id)
{
	return domain_seek(s, domain, 'a', id);
}

bool domain_is_local(struct store *s, struct str domain)
{
	return domain.n && domain_seek(s, domain, 0, NULL) >= 0;
}

int domain_next(struct store *s, struct str after, struct buf *domain)
{
	struct key k = key_of();
	struct tab_cursor c = {0};
	struct txn t;
	int r;

	if (key_add_str(&k, after) < 0 || (after.n && key_add_str(&k, STR("\1")) < 0))
		return E_NOTFOUND;
	if ((r = txn_read(&t, s->ix)) < 0)
		return r;
	r = tab_open(&c, &t, TAB_DOMAIN);
	if (r >= 0)
		r = tab_seek(&c, &k); /* behind every row of `after`: its key goes on with a NUL */
	if (r >= 0)
		r = buf_add(domain, str_head(c.key, (size_t)str_find(c.key, '\0')));
	tab_close(&c);
	txn_done(&t);
	return r;
}

/* -- aliases and values -- */

static int find_value(struct store *s, enum tab tab, const struct key *k, struct buf *out)
{
	struct str v;
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	r = tab_get(&t, tab, k, &v);
	if (r >= 0)
		r = buf_add(out, v);
	txn_done(&t);
	return r;
}

int alias_find(struct store *s, struct str address, struct buf *targets)
{
	struct key k = key_of();

	if (!address.n || key_add_str(&k, address) < 0)
		return E_NOTFOUND;
	return find_value(s, TAB_ALIAS, &k, targets);
}

int alias_next(struct store *s, struct str after, struct buf *address, struct buf *targets)
{
	struct key k = key_of();
	struct tab_cursor c = {0};
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r >= 0)
		r = tab_open(&c, &t, TAB_ALIAS);
	if (r >= 0)
		r = seek_after(&c, &k, after);
	if (r >= 0) {
		buf_clear(address);
		buf_clear(targets);
		r = buf_add(address, c.key);
	}
	if (r >= 0)
		r = buf_add(targets, c.val);
	tab_close(&c);
	txn_done(&t);
	return r;
}

int meta_find(struct store *s, uint64_t account, uint64_t mbox, struct str name, struct buf *out)
{
	struct key k = key_u64_u64(account, mbox);

	if (!name.n || key_add_str(&k, name) < 0)
		return E_NOTFOUND;
	return find_value(s, TAB_META, &k, out);
}

/* -- mailboxes -- */

static int mbox_of(struct txn *t, uint64_t id, bool subscribed, struct mbox_info *ret)
{
	struct mbox_row m;
	int r = row_mbox(t, id, &m);

	if (r == E_NOTFOUND || (r >= 0 && m.is_deleted))
		return E_NOMBOX;
	if (r >= 0)
		*ret = (struct mbox_info){
			.id = id, .account = m.account, .uidvalidity = m.uidvalidity,
			.uidnext = m.uidnext, .highestmodseq = m.highestmodseq,
			.messages = m.messages, .unseen = m.unseen, .deleted = m.deleted,
			.octets = m.octets, .deleted_octets = m.deleted_octets, .special_use = m.special_use,
			.subscribed = subscribed};
	return r;
}

static int path_mbox(struct txn *t, struct str v, struct mbox_info *ret)
{
	uint64_t id;

	if (v.n < 9)
		return E_DAMAGED;
	memcpy(&id, v.p, sizeof(id));
	return id ? mbox_of(t, id, v.p[8], ret) : E_NOMBOX;
}

int mbox_find(struct store *s, uint64_t account, struct str name, struct mbox_info *ret)
{
	struct key k = key_u64(account);
	struct str v;
	struct txn t;
	int r;

	if (!name.n || key_add_str(&k, name) < 0)
		return E_NOMBOX;
	if ((r = txn_read(&t, s->ix)) < 0)
		return r;
	r = tab_get(&t, TAB_PATH, &k, &v);
	if (r >= 0)
		r = path_mbox(&t, v, ret);
	txn_done(&t);
	return r == E_NOTFOUND ? E_NOMBOX : r;
}

int mbox_get(struct store *s, uint64_t mbox, struct mbox_info *ret)
{
	struct key label_key = key_u64_u64(mbox_account(mbox), mbox);
	struct key k = key_u64(mbox_account(mbox));
	struct str v;
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	r = tab_get(&t, TAB_LABEL, &label_key, &v);
	if (r >= 0)
		r = key_add_str(&k, v);
	if (r >= 0)
		r = tab_get(&t, TAB_PATH, &k, &v);
	if (r >= 0)
		r = mbox_of(&t, mbox, v.n == 9 && v.p[8], ret);
	txn_done(&t);
	return r == E_NOTFOUND ? E_NOMBOX : r;
}

int mbox_name(struct store *s, uint64_t mbox, struct buf *out)
{
	int r = label(s, mbox_account(mbox), mbox, out);

	return r == E_NOTFOUND ? E_NOMBOX : r;
}

int mbox_next(struct store *s, uint64_t account, struct str after, struct buf *name,
	      struct mbox_info *ret)
{
	struct key k = key_u64(account), prefix = k;
	struct tab_cursor c = {0};
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r >= 0)
		r = tab_open(&c, &t, TAB_PATH);
	if (r >= 0)
		r = seek_after(&c, &k, after);
	for (; r >= 0; r = tab_next(&c)) {
		if (!str_starts(c.key, key_str(&prefix))) {
			r = E_NOTFOUND;
			break;
		}
		r = path_mbox(&t, c.val, ret);
		if (r != E_NOMBOX) /* else a subscription without a mailbox */
			break;
	}
	if (r >= 0) {
		buf_clear(name);
		r = buf_add(name, str_from(c.key, prefix.n));
	}
	tab_close(&c);
	txn_done(&t);
	return r;
}
