/* plan.c - the table of plans, and what they share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/mbox-id.h"
#include "store/plan.h"

static int own(struct plan *p, struct step *st)
{
	return st->own(p, st);
}

static int (*const plans[STEPS_])(struct plan *p, struct step *st) = {
	[STEP_ACCOUNT_CREATE] = plan_account_create,
	[STEP_ACCOUNT_DELETE] = plan_account_delete,
	[STEP_ACCOUNT_SET] = plan_account_set,
	[STEP_QUOTA_SET] = plan_quota_set,
	[STEP_ALIAS_SET] = plan_alias_set,
	[STEP_META_SET] = plan_meta_set,
	[STEP_MBOX_IS] = plan_mbox_is,
	[STEP_MBOX_CREATE] = plan_mbox_create,
	[STEP_MBOX_ADOPT] = plan_mbox_adopt,
	[STEP_MBOX_RENAME] = plan_mbox_rename,
	[STEP_MBOX_DELETE] = plan_mbox_delete,
	[STEP_MBOX_USE] = plan_mbox_use,
	[STEP_SUBSCRIBE] = plan_subscribe,
	[STEP_FLAGS] = plan_flags,
	[STEP_SEEN_BY] = plan_seen_by,
	[STEP_EXPUNGE] = plan_expunge,
	[STEP_COPY] = plan_copy,
	[STEP_MOVE] = plan_move,
	[STEP_NOTE] = plan_note,
	[STEP_ACL_SET] = plan_acl_set,
	[STEP_OWN] = own,
};

int plan_step(struct plan *p, struct step *st, size_t recipient)
{
	int r = txn_room(p->t);

	p->out = NULL;
	p->end = &p->out;
	p->n_out = 0;
	if (r < 0)
		return r;
	if (st->account == CHANGE_NEW_ACCOUNT)
		st->account = p->c->new_account;
	if (st->kind == STEP_DELIVER)
		return plan_deliver(p, st, recipient);
	return plans[st->kind](p, st);
}

struct planned *plan_add(struct plan *p, uint16_t type, uint64_t account)
{
	struct planned *n = arena_new(p->arena, struct planned);

	if (!n)
		return NULL;
	n->rec.type = type;
	n->rec.account = account;
	n->rec.txid = p->c->txid;
	n->rec.at_ms = p->now_ms;
	*p->end = n;
	p->end = &n->next;
	p->n_out++;
	return n;
}

int plan_account(struct plan *p, uint64_t id, struct account_row **ret)
{
	int e = 0;
	struct account_row *a = hot_account(p->t, id, false, &e);

	if (!a)
		return e == E_NOTFOUND ? E_NOACCOUNT : e;
	if (a->is_deleted)
		return E_NOACCOUNT;
	*ret = a;
	return 0;
}

int plan_mbox(struct plan *p, uint64_t id, struct mbox_row **ret)
{
	int e = 0;
	struct mbox_row *m = hot_mbox(p->t, id, false, &e);

	if (!m)
		return e == E_NOTFOUND ? E_NOMBOX : e;
	if (m->is_deleted)
		return E_NOMBOX;
	*ret = m;
	return 0;
}

int plan_find_mbox(struct plan *p, uint64_t account, struct str name, uint64_t *ret)
{
	struct key k = key_u64(account);
	struct str v;
	int r = key_add_str(&k, name);

	if (r < 0)
		return r;
	r = tab_get(p->t, TAB_PATH, &k, &v);
	if (r < 0)
		return r == E_NOTFOUND ? E_NOMBOX : r;
	memcpy(ret, v.p, sizeof(*ret));
	return *ret ? 0 : E_NOMBOX;
}

/* What deleted accounts had given out; 0: nothing that the clock has not passed since. */
static uint32_t uidvalidity_floor(struct plan *p)
{
	struct key k = key_u64_u64(0, 0);
	uint64_t floor;
	struct str v;

	key_add_str(&k, STR(META_UIDVALIDITY));
	if (tab_get(p->t, TAB_META, &k, &v) < 0 || str_u64(v, UINT32_MAX - 1, &floor) < 0)
		return 0;
	return (uint32_t)floor;
}

/* Never used again, never lower (RFC 9051 2.3.1.1): the time, or one more than the last. A new
 * account (a = NULL) may have the name of one that was deleted within the same second. */
uint32_t plan_uidvalidity(struct plan *p, const struct account_row *a)
{
	uint32_t now = (uint32_t)(p->now_ms / 1000);
	uint32_t last = a ? a->last_uidvalidity : uidvalidity_floor(p);

	return now > last ? now : last + 1;
}

static int keyword_bit(struct plan *p, struct mbox_row *m, struct str name)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		struct key k = key_u64_u64(m->account, m->id);
		char key[16];
		struct str v;

		if (!(m->keywords & UINT64_C(1) << bit))
			continue;
		snprintf(key, sizeof(key), "keyword.%u", bit);
		key_add_str(&k, str_of(key));
		if (tab_get(p->t, TAB_META, &k, &v) >= 0 && str_ieq(v, name))
			return (int)bit;
	}
	return -1;
}

int plan_keywords(struct plan *p, struct mbox_row *m, const struct str *names, size_t n,
		  uint64_t *bits, const struct keyword_def **defs, size_t *n_defs)
{
	uint64_t used = m->keywords;
	struct keyword_def *d = NULL;
	size_t n_new = 0;

	*bits = 0;
	if (n && !(d = arena_alloc(p->arena, n * sizeof(*d))))
		return E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		int bit = keyword_bit(p, m, names[i]);

		for (size_t j = 0; bit < 0 && j < n_new; j++)
			if (str_ieq(d[j].name, names[i]))
				bit = d[j].bit;
		if (bit < 0) {
			if (used == UINT64_MAX || !names[i].n || names[i].n > 255)
				return E_LIMIT;
			bit = __builtin_ctzll(~used);
			used |= UINT64_C(1) << bit;
			d[n_new++] = (struct keyword_def){(uint8_t)bit, names[i]};
		}
		*bits |= UINT64_C(1) << bit;
	}
	*defs = d;
	*n_defs = n_new;
	return 0;
}
