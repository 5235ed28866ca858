/* plan-acl.c - plans for access control lists: entries set, inherited by new mailboxes; notes copied.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/plan.h"

static int set(struct plan *p, uint64_t account, uint64_t mbox, struct str who, struct str rights)
{
	struct planned *n = plan_add(p, REC_ACL_SET, account);

	if (!n)
		return E_NOMEM;
	n->rec.named.mbox = mbox;
	n->rec.named.name = who;
	n->rec.named.value = rights;
	return 0;
}

int plan_acl_set(struct plan *p, struct step *st)
{
	struct mbox_row *m;
	struct key k;
	struct str old;
	int r = plan_mbox(p, st->mbox, &m);

	if (r < 0)
		return r;
	if (!st->name.n || memchr(st->name.p, 0, st->name.n))
		return E_SYNTAX;
	k = key_u64(st->mbox);
	if (st->name.n > NAME_MOST || key_add_str(&k, st->name) < 0)
		return E_TOOBIG;
	r = tab_get(p->t, TAB_ACL, &k, &old);
	if (r < 0 && r != E_NOTFOUND)
		return r;
	if (r == E_NOTFOUND ? !st->value.n : str_eq(old, st->value))
		return 0; /* as it is */
	return set(p, m->account, m->id, st->name, st->value);
}

int plan_acl_copy(struct plan *p, uint64_t account, uint64_t from, uint64_t to)
{
	struct key k = key_u64(from);
	struct tab_cursor c;
	int r = tab_open(&c, p->t, TAB_ACL);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0 && str_starts(c.key, key_str(&k)); r = tab_next(&c)) {
		struct str who = arena_dup(p->arena, str_from(c.key, k.n));
		struct str rights = arena_dup(p->arena, c.val);

		r = who.p && rights.p ? set(p, account, to, who, rights) : E_NOMEM;
		if (r < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}

int plan_acl_inherit(struct plan *p, uint64_t account, struct str name, uint64_t mbox)
{
	ptrdiff_t slash;

	while ((slash = str_rfind(name, '/')) > 0) {
		uint64_t parent;
		int r;

		name = str_head(name, (size_t)slash);
		r = plan_find_mbox(p, account, name, &parent);
		if (r != E_NOMBOX)
			return r < 0 ? r : plan_acl_copy(p, account, parent, mbox);
	}
	return 0;
}

int plan_notes_copy(struct plan *p, uint64_t account, uint64_t from, uint64_t to)
{
	struct key k = key_u64_u64(account, from);
	struct tab_cursor c;
	size_t n = k.n;
	int r = key_add_str(&k, STR("/")); /* METADATA's begin so; what else there is belongs to messages */

	if (r < 0 || (r = tab_open(&c, p->t, TAB_META)) < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0 && str_starts(c.key, key_str(&k)); r = tab_next(&c)) {
		struct planned *one = plan_add(p, REC_META_SET, account);

		r = E_NOMEM;
		if (!one)
			break;
		one->rec.named.mbox = to;
		one->rec.named.name = arena_dup(p->arena, str_from(c.key, n));
		one->rec.named.value = arena_dup(p->arena, c.val);
		if (!one->rec.named.name.p || !one->rec.named.value.p)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND || r > 0 ? 0 : r;
}
