/* named.c - what hangs on accounts and mailboxes by name, many at a time: names, rights, values.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each function reads in one transaction; the callback must be quick and must not call the store. */
#include "base/err.h"
#include "store/internal.h"
#include "store/mbox-id.h"

static int open_at(struct store *s, struct txn *t, struct tab_cursor *c, enum tab tab,
		   const struct key *k)
{
	int r = txn_read(t, s->ix);

	*c = (struct tab_cursor){0};
	if (r < 0) {
		*t = (struct txn){0};
		return r;
	}
	r = tab_open(c, t, tab);
	return r < 0 ? r : tab_seek(c, k);
}

static int close_all(struct txn *t, struct tab_cursor *c, int r)
{
	tab_close(c);
	txn_done(t);
	return r == E_NOTFOUND ? 0 : r;
}

/* -- names ---------------------------------------------------------------------- */

/* A row of TAB_PATH as the caller wants it. False: nothing to tell (a mailbox that is gone). */
static bool path_row(struct txn *t, const struct tab_cursor *c, struct mbox_path *ret)
{
	struct mbox_row m;

	*ret = (struct mbox_path){.name = str_from(c->key, 8), .subscribed = c->val.n == 9 && c->val.p[8]};
	if (c->val.n != 9)
		return false;
	memcpy(&ret->mbox, c->val.p, 8);
	if (!ret->mbox)
		return ret->subscribed;
	if (row_mbox(t, ret->mbox, &m) < 0 || m.is_deleted)
		return false;
	ret->special_use = m.special_use;
	return true;
}

int path_each(struct store *s, uint64_t account, struct str from, struct str prefix,
	      bool (*fn)(void *arg, const struct mbox_path *p), void *arg)
{
	struct key k = key_u64(account), all = k;
	struct tab_cursor c;
	struct txn t;
	int r;

	if (key_add_str(&k, str_cmp(from, prefix) < 0 ? prefix : from) < 0 ||
	    key_add_str(&all, prefix) < 0)
		return 0; /* no name is so long */
	for (r = open_at(s, &t, &c, TAB_PATH, &k); r >= 0; r = tab_next(&c)) {
		struct mbox_path p;

		if (!str_starts(c.key, key_str(&all)))
			break;
		if (path_row(&t, &c, &p) && !fn(arg, &p))
			break;
	}
	return close_all(&t, &c, r);
}

bool mbox_has_children(struct store *s, uint64_t account, struct str name)
{
	struct key k = key_u64(account);
	struct tab_cursor c;
	struct txn t;
	bool has = false;
	int r;

	if (key_add_str(&k, name) < 0 || key_add_str(&k, STR("/")) < 0)
		return false;
	for (r = open_at(s, &t, &c, TAB_PATH, &k); r >= 0 && !has; r = tab_next(&c)) {
		struct mbox_path p;

		if (!str_starts(c.key, key_str(&k)))
			break;
		has = path_row(&t, &c, &p) && p.mbox;
	}
	close_all(&t, &c, r);
	return has;
}

/* -- rights ------------------------------------------------------------------------- */

int acl_each(struct store *s, uint64_t mbox,
	     bool (*fn)(void *arg, struct str who, struct str rights), void *arg)
{
	struct key k = key_u64(mbox);
	struct tab_cursor c;
	struct txn t;
	int r;

	for (r = open_at(s, &t, &c, TAB_ACL, &k); r >= 0; r = tab_next(&c))
		if (!str_starts(c.key, key_str(&k)) || !fn(arg, str_from(c.key, 8), c.val))
			break;
	return close_all(&t, &c, r);
}

int acl_scan(struct store *s, uint64_t from,
	     bool (*fn)(void *arg, uint64_t mbox, struct str who, struct str rights), void *arg)
{
	struct key k = key_u64(from);
	struct tab_cursor c;
	struct txn t;
	int r;

	for (r = open_at(s, &t, &c, TAB_ACL, &k); r >= 0; r = tab_next(&c))
		if (!fn(arg, key_get_u64(c.key, 0), str_from(c.key, 8), c.val))
			break;
	return close_all(&t, &c, r);
}

/* -- values --------------------------------------------------------------------------- */

int meta_each(struct store *s, uint64_t account, uint64_t mbox, struct str prefix,
	      bool (*fn)(void *arg, struct str name, struct str value), void *arg)
{
	struct key k = key_u64_u64(account, mbox);
	struct tab_cursor c;
	struct txn t;
	int r;

	if (key_add_str(&k, prefix) < 0)
		return 0;
	for (r = open_at(s, &t, &c, TAB_META, &k); r >= 0; r = tab_next(&c))
		if (!str_starts(c.key, key_str(&k)) || !fn(arg, str_from(c.key, 16), c.val))
			break;
	return close_all(&t, &c, r);
}
