/* change.c - the builder: wishes, copied, until the committer takes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/change.h"
#include "store/mbox-id.h"

enum { CHANGE_MEMORY_MOST = 64 << 20 };

int change_new(struct change **ret, struct store *s)
{
	struct change *c = calloc(1, sizeof(*c));

	if (!c)
		return E_NOMEM;
	c->s = s;
	c->end = &c->steps;
	c->may_use_reserve = true;
	arena_init(&c->arena, CHANGE_MEMORY_MOST);
	*ret = c;
	return 0;
}

struct change *change_drop(struct change *c)
{
	if (c) {
		arena_free(&c->arena);
		free(c);
	}
	return NULL;
}

/* What frees or marks goes on when the disk is full (design 2.1). */
static bool grows(enum step_kind kind)
{
	switch (kind) {
	case STEP_ACCOUNT_DELETE:
	case STEP_MBOX_DELETE:
	case STEP_FLAGS:
	case STEP_SEEN_BY:
	case STEP_EXPUNGE:
	case STEP_OWN:
	case STEP_META_SET: /* POP3 LAST */
		return false;
	default:
		return true;
	}
}

struct step *change_step(struct change *c, enum step_kind kind)
{
	struct step *st = arena_new(&c->arena, struct step);

	if (!st)
		return NULL;
	st->kind = kind;
	*c->end = st;
	c->end = &st->next;
	c->told = st;
	c->n_steps++;
	if (grows(kind))
		c->may_use_reserve = false;
	return st;
}

static int set_str(struct change *c, struct str *to, struct str from)
{
	*to = arena_dup(&c->arena, from);
	return to->p ? 0 : E_NOMEM;
}

/* A step about one account or mailbox with a name and a value. */
static struct step *named(struct change *c, enum step_kind kind, struct str name, struct str value)
{
	struct step *st = change_step(c, kind);

	if (!st || set_str(c, &st->name, name) < 0 || set_str(c, &st->value, value) < 0)
		return NULL;
	return st;
}

int change_account_create(struct change *c, struct str name, uint64_t *id)
{
	struct step *st = named(c, STEP_ACCOUNT_CREATE, name, STR_NONE);

	if (!st)
		return E_NOMEM;
	st->id_out = id;
	return 0;
}

int change_account_delete(struct change *c, uint64_t account)
{
	struct step *st = change_step(c, STEP_ACCOUNT_DELETE);

	if (!st)
		return E_NOMEM;
	st->account = account;
	return 0;
}

int change_account_set(struct change *c, uint64_t account, bool disabled, uint64_t quota_bytes)
{
	struct step *st = change_step(c, STEP_ACCOUNT_SET);

	if (!st)
		return E_NOMEM;
	st->account = account;
	st->on = disabled;
	st->quota = quota_bytes;
	return 0;
}

int change_quota_set(struct change *c, uint64_t account, enum quota_kind kind, uint64_t limit)
{
	struct step *st = change_step(c, STEP_QUOTA_SET);

	if (!st)
		return E_NOMEM;
	st->account = account;
	st->number = kind;
	st->quota = limit;
	return 0;
}

int change_alias_set(struct change *c, struct str address, struct str targets)
{
	return named(c, STEP_ALIAS_SET, address, targets) ? 0 : E_NOMEM;
}

int change_meta_set(struct change *c, uint64_t account, uint64_t mbox, struct str name,
		    struct str value)
{
	struct step *st = named(c, STEP_META_SET, name, value);

	if (!st)
		return E_NOMEM;
	st->account = account;
	st->mbox = mbox;
	return 0;
}

int change_mbox_create(struct change *c, uint64_t account, struct str name, uint32_t special_use)
{
	struct step *st = named(c, STEP_MBOX_CREATE, name, STR_NONE);

	if (!st)
		return E_NOMEM;
	st->account = account;
	st->special_use = special_use;
	return 0;
}

int change_mbox_adopt(struct change *c, uint64_t account, struct str name, uint32_t uidvalidity)
{
	struct step *st = named(c, STEP_MBOX_ADOPT, name, STR_NONE);

	if (!st)
		return E_NOMEM;
	st->account = account;
	st->number = uidvalidity;
	return 0;
}

int change_mbox_is(struct change *c, uint64_t mbox, struct str name)
{
	struct step *st = named(c, STEP_MBOX_IS, name, STR_NONE);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	return 0;
}

int change_mbox_rename(struct change *c, uint64_t mbox, struct str name)
{
	struct step *st = named(c, STEP_MBOX_RENAME, name, STR_NONE);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	return 0;
}

int change_mbox_use(struct change *c, uint64_t mbox, uint32_t special_use)
{
	struct step *st = change_step(c, STEP_MBOX_USE);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	st->special_use = special_use;
	return 0;
}

int change_mbox_delete(struct change *c, uint64_t mbox)
{
	struct step *st = change_step(c, STEP_MBOX_DELETE);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	return 0;
}

int change_mbox_subscribe(struct change *c, uint64_t account, struct str name, bool on)
{
	struct step *st = named(c, STEP_SUBSCRIBE, name, STR_NONE);

	if (!st)
		return E_NOMEM;
	st->account = account;
	st->on = on;
	return 0;
}

int change_deliver(struct change *c, struct draft *d, struct delivery *to, size_t n)
{
	struct step *st = change_step(c, STEP_DELIVER);

	if (!st)
		return E_NOMEM;
	st->draft = d;
	st->to = to;
	st->n_to = n;
	st->plan = arena_alloc(&c->arena, n * sizeof(*st->plan) + 1);
	return st->plan ? 0 : E_NOMEM;
}

static int set_uids(struct change *c, struct step *st, struct uidset uids)
{
	st->r = arena_alloc(&c->arena, uids.n * sizeof(*st->r) + 1);
	if (!st->r)
		return E_NOMEM;
	for (size_t i = 0; i < uids.n; i++) {
		if (!uids.r[i].lo || uids.r[i].hi < uids.r[i].lo ||
		    (i && uids.r[i].lo <= uids.r[i - 1].hi))
			return E_RANGE;
		st->r[i] = uids.r[i];
	}
	st->n_r = uids.n;
	return 0;
}

int change_flags(struct change *c, uint64_t mbox, struct uidset uids, enum flag_op op,
		 uint32_t flags, const struct str *keywords, size_t n_keywords)
{
	struct step *st = change_step(c, STEP_FLAGS);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	st->op = op;
	st->flags = flags;
	st->keywords = arena_alloc(&c->arena, n_keywords * sizeof(*keywords) + 1);
	if (!st->keywords)
		return E_NOMEM;
	for (size_t i = 0; i < n_keywords; i++)
		if (set_str(c, &st->keywords[i], keywords[i]) < 0)
			return E_NOMEM;
	st->n_keywords = n_keywords;
	return set_uids(c, st, uids);
}

int change_seen_by(struct change *c, uint64_t mbox, uint64_t reader, struct uidset uids, bool on)
{
	struct step *st = change_step(c, STEP_SEEN_BY);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	st->number = reader;
	st->on = on;
	return set_uids(c, st, uids);
}

int change_note(struct change *c, uint64_t mbox, struct uidset uids, uint64_t who,
		struct str entry, struct str value)
{
	struct step *st = named(c, STEP_NOTE, entry, value);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	st->number = who;
	st->on = value.p;
	return set_uids(c, st, uids);
}

int change_expunge(struct change *c, uint64_t mbox, struct uidset uids)
{
	struct step *st = change_step(c, STEP_EXPUNGE);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	return set_uids(c, st, uids);
}

int change_copy(struct change *c, uint64_t from, struct uidset uids, uint64_t to)
{
	struct step *st = change_step(c, STEP_COPY);

	if (!st)
		return E_NOMEM;
	st->mbox = from;
	st->to_mbox = to;
	return set_uids(c, st, uids);
}

int change_move(struct change *c, uint64_t from, struct uidset uids, uint64_t to)
{
	bool same = mbox_account(from) == mbox_account(to);
	struct step *st = change_step(c, same ? STEP_MOVE : STEP_COPY);
	int r;

	if (!st)
		return E_NOMEM;
	st->mbox = from;
	st->to_mbox = to;
	r = set_uids(c, st, uids);
	if (r >= 0 && !same) /* what is there to expunge then was there to be copied */
		r = change_expunge(c, from, uids);
	c->told = st;
	return r;
}

void change_unchanged_since(struct change *c, uint64_t modseq)
{
	c->told->is_conditional = true;
	c->told->unchanged_since = modseq;
}

void change_only_flagged(struct change *c, uint32_t flags)
{
	c->told->flags = flags;
}

void change_as_reader(struct change *c, uint64_t who, unsigned seen_own)
{
	c->told->number = who;
	c->told->seen_own = seen_own;
}

void change_without(struct change *c, uint32_t flags, bool and_keywords)
{
	c->told->flags = flags;
	c->told->on = and_keywords;
}

void change_tell(struct change *c, struct change_report *ret)
{
	c->told->report = ret;
}

int change_acl_set(struct change *c, uint64_t mbox, struct str who, struct str rights)
{
	struct step *st = named(c, STEP_ACL_SET, who, rights);

	if (!st)
		return E_NOMEM;
	st->mbox = mbox;
	return 0;
}

void change_in_slices(struct change *c)
{
	c->in_slices = true;
}

void change_as_one(struct change *c)
{
	c->as_one = true;
}
