/* plan-mbox.c - plans for mailboxes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/mbox-id.h"
#include "store/plan.h"

static int check_name(struct str name)
{
	if (!name.n || memchr(name.p, 0, name.n))
		return E_SYNTAX;
	return name.n > NAME_MOST ? E_TOOBIG : 0;
}

struct planned *plan_make_mbox(struct plan *p, struct account_row *a, struct str name, int *err)
{
	struct planned *n;

	if (a->last_mbox >= MBOX_NUMBER_MOST || a->last_uidvalidity == UINT32_MAX) {
		*err = E_LIMIT;
		return NULL;
	}
	n = plan_add(p, REC_MBOX_CREATE, a->id);
	if (!n) {
		*err = E_NOMEM;
		return NULL;
	}
	n->rec.mbox.mbox = mbox_id_of(a->id, a->last_mbox + 1);
	n->rec.mbox.uidvalidity = plan_uidvalidity(p, a);
	n->rec.mbox.name = name;
	*err = plan_acl_inherit(p, a->id, name, n->rec.mbox.mbox); /* RFC 4314 4 */
	return *err < 0 ? NULL : n;
}

/* Changes nothing: what follows is not to hit a mailbox that has another name by now. */
int plan_mbox_is(struct plan *p, struct step *st)
{
	uint64_t account = mbox_account(st->mbox), id;
	int r = plan_find_mbox(p, account, st->name, &id);

	return r < 0 ? r : id == st->mbox ? 0 : E_NOMBOX;
}

int plan_mbox_create(struct plan *p, struct step *st)
{
	struct account_row *a;
	struct planned *n;
	uint64_t id;
	int r = check_name(st->name);

	if (r < 0 || (r = plan_account(p, st->account, &a)) < 0)
		return r;
	r = plan_find_mbox(p, st->account, st->name, &id);
	if (r != E_NOMBOX)
		return r < 0 ? r : E_EXISTS;
	if ((r = plan_quota_mbox(p, a)) < 0)
		return r;
	if (!(n = plan_make_mbox(p, a, st->name, &r)))
		return r;
	n->rec.mbox.special_use = st->special_use;
	return 0;
}

/* What we gave out ourselves is the time of a commit, or more: never less than the account's birth. */
static bool may_be_ours(const struct account_row *a, uint32_t uidvalidity)
{
	return uidvalidity >= a->created_ms / 1000 && uidvalidity <= a->last_uidvalidity;
}

static int replace_fresh(struct plan *p, const struct mbox_row *m)
{
	struct planned *n;

	if (m->uidnext > 1)
		return E_EXISTS;
	if (!(n = plan_add(p, REC_MBOX_DELETE, m->account)))
		return E_NOMEM;
	n->rec.mbox.mbox = m->id;
	return 0;
}

int plan_mbox_adopt(struct plan *p, struct step *st)
{
	uint32_t uidvalidity = (uint32_t)st->number, special_use = 0;
	struct mbox_row *m = NULL;
	struct account_row *a;
	struct planned *n;
	uint64_t id;
	int r = check_name(st->name);

	if (r < 0 || (r = plan_account(p, st->account, &a)) < 0)
		return r;
	r = plan_find_mbox(p, st->account, st->name, &id);
	if (r < 0 && r != E_NOMBOX)
		return r;
	if (r >= 0 && (r = plan_mbox(p, id, &m)) < 0)
		return r;
	if (m && m->uidvalidity == uidvalidity)
		return 0;
	if (!uidvalidity || uidvalidity > p->now_ms / 1000 || may_be_ours(a, uidvalidity))
		return E_RANGE;
	if (m) {
		special_use = m->special_use;
		if ((r = replace_fresh(p, m)) < 0)
			return r;
	} else if ((r = plan_quota_mbox(p, a)) < 0) {
		return r;
	}
	if (!(n = plan_make_mbox(p, a, st->name, &r)))
		return r;
	n->rec.mbox.uidvalidity = uidvalidity;
	n->rec.mbox.special_use = special_use;
	return 0;
}

static int rename_one(struct plan *p, uint64_t account, uint64_t mbox, struct str name)
{
	struct planned *n;
	uint64_t other;
	int r = check_name(name);

	if (r < 0)
		return r;
	r = plan_find_mbox(p, account, name, &other);
	if (r != E_NOMBOX)
		return r < 0 ? r : E_EXISTS;
	if (!(n = plan_add(p, REC_MBOX_RENAME, account)))
		return E_NOMEM;
	n->rec.mbox.mbox = mbox;
	n->rec.mbox.name = name;
	return 0;
}

/* RFC 9051 6.3.6: inferiors go with their superior. */
static int rename_children(struct plan *p, uint64_t account, struct str old, struct str name)
{
	struct str prefix = arena_printf(p->arena, STR_FMT "/", STR_ARG(old));
	struct key k = key_u64(account);
	struct tab_cursor c;
	int r;

	if (!prefix.p)
		return E_NOMEM;
	if ((r = key_add_str(&k, prefix)) < 0)
		return r == E_TOOBIG ? 0 : r; /* none can be so long */
	if ((r = tab_open(&c, p->t, TAB_PATH)) < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0 && str_starts(c.key, key_str(&k)); r = tab_next(&c)) {
		struct str rest = str_from(c.key, 8 + old.n);
		struct str to = arena_printf(p->arena, STR_FMT STR_FMT, STR_ARG(name),
					     STR_ARG(rest));
		uint64_t child;

		memcpy(&child, c.val.p, sizeof(child));
		if (!to.p)
			r = E_NOMEM;
		else if (child)
			r = rename_one(p, account, child, to);
		if (r < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}

/* RFC 9051 6.3.6: INBOX stays, empty; its messages go to the new name. Here the mailbox itself
 * goes, and a new INBOX with a new UIDVALIDITY is made. Who could see the old one sees both. */
static int new_inbox(struct plan *p, struct account_row *a, uint64_t old)
{
	struct planned *n;
	int r = 0;

	n = plan_make_mbox(p, a, STR("INBOX"), &r);
	if (!n)
		return r;
	n->rec.mbox.on = true;
	r = plan_acl_copy(p, a->id, old, n->rec.mbox.mbox);
	return r < 0 ? r : plan_notes_copy(p, a->id, old, n->rec.mbox.mbox); /* RFC 5464 4.1 */
}

int plan_mbox_rename(struct plan *p, struct step *st)
{
	struct key label;
	struct account_row *a;
	struct mbox_row *m;
	struct str old;
	int r = plan_mbox(p, st->mbox, &m);

	if (r < 0 || (r = plan_account(p, m->account, &a)) < 0)
		return r;
	label = key_u64_u64(m->account, m->id);
	if ((r = tab_get(p->t, TAB_LABEL, &label, &old)) < 0)
		return r;
	old = arena_dup(p->arena, old);
	if (!old.p)
		return E_NOMEM;
	if (st->name.n > old.n && str_starts(st->name, old) && st->name.p[old.n] == '/' &&
	    !str_eq(old, STR("INBOX")))
		return E_DENIED; /* into itself */
	if ((r = rename_one(p, m->account, m->id, st->name)) < 0)
		return r;
	return str_eq(old, STR("INBOX")) ? new_inbox(p, a, m->id)
					 : rename_children(p, m->account, old, st->name);
}

int plan_mbox_delete(struct plan *p, struct step *st)
{
	struct mbox_row *m;
	struct planned *n;
	uint64_t inbox;
	int r = plan_mbox(p, st->mbox, &m);

	if (r < 0)
		return r;
	/* RFC 9051 6.3.5 */
	if (plan_find_mbox(p, m->account, STR("INBOX"), &inbox) >= 0 && inbox == m->id)
		return E_DENIED;
	if (!(n = plan_add(p, REC_MBOX_DELETE, m->account)))
		return E_NOMEM;
	n->rec.mbox.mbox = m->id;
	return 0;
}

int plan_mbox_use(struct plan *p, struct step *st)
{
	struct mbox_row *m;
	struct planned *n;
	int r = plan_mbox(p, st->mbox, &m);

	if (r < 0 || m->special_use == st->special_use)
		return r;
	if (!(n = plan_add(p, REC_MBOX_USE, m->account)))
		return E_NOMEM;
	n->rec.mbox.mbox = m->id;
	n->rec.mbox.special_use = st->special_use;
	return 0;
}

int plan_subscribe(struct plan *p, struct step *st)
{
	struct account_row *a;
	struct planned *n;
	int r = check_name(st->name);

	if (r < 0 || (r = plan_account(p, st->account, &a)) < 0)
		return r;
	if (!(n = plan_add(p, REC_SUBSCRIBE, st->account)))
		return E_NOMEM;
	n->rec.mbox.name = st->name;
	n->rec.mbox.on = st->on;
	return 0;
}
