/* plan-account.c - plans for accounts, aliases and small named values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/mbox-id.h"
#include "store/plan.h"

static int check_name(struct str name, size_t most)
{
	if (!name.n || memchr(name.p, 0, name.n))
		return E_SYNTAX;
	return name.n > most ? E_TOOBIG : 0;
}

int plan_account_create(struct plan *p, struct step *st)
{
	struct key k = key_of();
	struct planned *n;
	struct str v;
	int r = check_name(st->name, NAME_MOST / 2);

	if (r < 0 || (r = key_add_str(&k, st->name)) < 0)
		return r;
	if ((r = tab_get(p->t, TAB_LOGIN, &k, &v)) != E_NOTFOUND)
		return r < 0 ? r : E_EXISTS;
	if (p->t->root.next_account > ACCOUNT_MOST)
		return E_LIMIT;
	if (!(n = plan_add(p, REC_ACCOUNT_CREATE, 0)))
		return E_NOMEM;
	n->rec.account_create.id = p->t->root.next_account;
	n->rec.account_create.name = st->name;
	n->rec.account_create.uidvalidity = plan_uidvalidity(p, NULL);
	st->id = p->c->new_account = n->rec.account_create.id;
	return 0;
}

/* Commit times never go back, so what the clock has passed need not be kept. */
static int keep_uidvalidity(struct plan *p, const struct account_row *a)
{
	struct planned *n;

	if (a->last_uidvalidity < plan_uidvalidity(p, NULL))
		return 0;
	if (!(n = plan_add(p, REC_META_SET, 0)))
		return E_NOMEM;
	n->rec.named.name = STR(META_UIDVALIDITY);
	n->rec.named.value = arena_printf(p->arena, "%u", a->last_uidvalidity);
	return n->rec.named.value.p ? 0 : E_NOMEM;
}

int plan_account_delete(struct plan *p, struct step *st)
{
	struct account_row *a;
	struct planned *n;
	int r = plan_account(p, st->account, &a);

	if (r < 0 || (r = keep_uidvalidity(p, a)) < 0)
		return r;
	if (!(n = plan_add(p, REC_ACCOUNT_DELETE, 0)))
		return E_NOMEM;
	n->rec.account_create.id = st->account;
	return 0;
}

int plan_account_set(struct plan *p, struct step *st)
{
	struct account_row *a;
	struct planned *n;
	int r = plan_account(p, st->account, &a);

	if (r < 0)
		return r;
	if (!!a->disabled == st->on && a->quota_bytes == st->quota)
		return 0;
	if (!(n = plan_add(p, REC_ACCOUNT_SET, st->account)))
		return E_NOMEM;
	n->rec.account_set.disabled = st->on;
	n->rec.account_set.quota_bytes = st->quota;
	return 0;
}

/* A named value: no record if it is as wished already. E_NOTFOUND: to be removed, but absent. */
static int named(struct plan *p, struct step *st, enum tab tab, struct key *k, uint16_t type)
{
	struct planned *n;
	struct str v;
	int r = tab_get(p->t, tab, k, &v);

	if (r < 0 && r != E_NOTFOUND)
		return r;
	if (r == E_NOTFOUND && !st->value.n)
		return r;
	if (r >= 0 && str_eq(v, st->value))
		return 0;
	if (!(n = plan_add(p, type, st->account)))
		return E_NOMEM;
	n->rec.named.mbox = st->mbox;
	n->rec.named.name = st->name;
	n->rec.named.value = st->value;
	return 0;
}

int plan_alias_set(struct plan *p, struct step *st)
{
	struct key k = key_of();
	int r = check_name(st->name, NAME_MOST / 2);

	if (r < 0 || (r = key_add_str(&k, st->name)) < 0)
		return r;
	if (st->value.n > META_VALUE_MOST)
		return E_TOOBIG;
	return named(p, st, TAB_ALIAS, &k, REC_ALIAS_SET);
}

int plan_meta_set(struct plan *p, struct step *st)
{
	struct key k = key_u64_u64(st->account, st->mbox);
	struct account_row *a;
	struct mbox_row *m;
	int r = check_name(st->name, NAME_MOST);

	if (r < 0 || (r = key_add_str(&k, st->name)) < 0)
		return r;
	if (st->value.n > META_VALUE_MOST)
		return E_TOOBIG;
	if (st->account && (r = plan_account(p, st->account, &a)) < 0)
		return r;
	if (st->mbox && (r = plan_mbox(p, st->mbox, &m)) < 0)
		return r;
	if (st->mbox && m->account != st->account)
		return E_NOMBOX;
	r = named(p, st, TAB_META, &k, REC_META_SET);
	return r == E_NOTFOUND ? 0 : r;
}
