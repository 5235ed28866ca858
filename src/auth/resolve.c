/* resolve.c - who gets mail for an address: aliases, details, postmasters.
 * SPDX-License-Identifier: Apache-2.0 */
#include "auth/name.h"
#include "auth/resolve.h"
#include "auth/rights.h"
#include "base/err.h"
#include "conf/conf.h"
#include "wire/address.h"

enum { TARGETS_MOST = 64 << 10, IDS_TRIED = 1000, DOMAINS_TRIED = 100 };

/* Addresses that wait to be looked up or were, in the order in which they were met. */
struct walk {
	struct store *s;
	struct arena *arena;
	struct str *names;
	unsigned *levels;
	size_t n, cap;
	struct rcpts *ret; /* NULL: only looking for loops */
	size_t rcpts_cap;
	struct str detail;
	bool saw_disabled, saw_again, too_deep;
};

bool resolve_list_has(struct str list, struct str name)
{
	while (list.n)
		if (str_eq(str_cut(&list, ALIAS_SEPARATOR), name))
			return true;
	return false;
}

static bool was_met(const struct walk *w, struct str name)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->names[i], name))
			return true;
	return false;
}

/* `name` must live in the arena. Doubling leaves at most as much garbage there as it uses. */
static int meet(struct walk *w, struct str name, unsigned level)
{
	if (was_met(w, name)) {
		w->saw_again = true;
		return 0;
	}
	if (level > ALIAS_LEVELS) {
		w->too_deep = true;
		return 0;
	}
	if (w->n >= ALIAS_ACCOUNTS)
		return E_LIMIT;
	if (w->n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 16;
		struct str *names = arena_alloc(w->arena, cap * sizeof(*names));
		unsigned *levels = arena_alloc(w->arena, cap * sizeof(*levels));

		if (!names || !levels)
			return E_NOMEM;
		if (w->n) {
			memcpy(names, w->names, w->n * sizeof(*names));
			memcpy(levels, w->levels, w->n * sizeof(*levels));
		}
		w->names = names;
		w->levels = levels;
		w->cap = cap;
	}
	w->names[w->n] = name;
	w->levels[w->n++] = level;
	return 0;
}

static int meet_all(struct walk *w, struct str list, unsigned level)
{
	struct str copy = arena_dup(w->arena, list);
	int r = 0;

	if (!copy.p)
		return E_NOMEM;
	while (!r && copy.n)
		r = meet(w, str_cut(&copy, ALIAS_SEPARATOR), level);
	return r;
}

static int add_rcpt(struct walk *w, struct str name, const struct account_info *info)
{
	struct rcpts *all = w->ret;

	if (info->disabled) {
		w->saw_disabled = true;
		return 0;
	}
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].account == info->id)
			return 0;
	if (all->n == w->rcpts_cap) {
		size_t cap = w->rcpts_cap ? 4 * w->rcpts_cap : 4;
		struct rcpt *v = arena_alloc(w->arena, cap * sizeof(*v));

		if (!v)
			return E_NOMEM;
		if (all->n)
			memcpy(v, all->v, all->n * sizeof(*v));
		all->v = v;
		w->rcpts_cap = cap;
	}
	all->v[all->n++] =
		(struct rcpt){.account = info->id, .name = name, .detail = w->detail, .mbox = STR("INBOX")};
	return 0;
}

/* Looks names[i] up: an account, an alias that leads on, or nobody (any more). */
static int visit(struct walk *w, size_t i)
{
	struct account_info info;
	struct buf targets;
	int r = account_find(w->s, w->names[i], &info);

	if (!r)
		return w->ret ? add_rcpt(w, w->names[i], &info) : 0;
	if (r != E_NOACCOUNT)
		return r;
	buf_init(&targets, TARGETS_MOST);
	r = alias_find(w->s, w->names[i], &targets);
	if (!r)
		r = meet_all(w, buf_str(&targets), w->levels[i] + 1);
	else if (r == E_NOTFOUND)
		r = 0;
	buf_free(&targets);
	return r;
}

static int walk_on(struct walk *w, size_t first)
{
	int r = 0;

	for (size_t i = first; !r && i < w->n; i++)
		r = visit(w, i);
	return r;
}

/* -- loops, when an alias is made ------------------------------------------------- */

int resolve_check_loop(struct store *s, struct str name, const struct str *targets, size_t n)
{
	struct arena arena;
	struct walk w = {.s = s, .arena = &arena};
	int r = 0;

	arena_init(&arena, 4 << 20);
	for (size_t i = 0; !r && i < n; i++) {
		struct buf one;
		struct str copy;

		buf_init(&one, NAME_MOST);
		r = name_canonical(targets[i], &one);
		copy = arena_dup(&arena, buf_str(&one));
		if (!r)
			r = copy.p ? meet(&w, copy, 1) : E_NOMEM;
		buf_free(&one);
	}
	if (!r)
		r = walk_on(&w, 0);
	if (r == E_LIMIT || (!r && (was_met(&w, name) || w.too_deep)))
		r = E_LOOP;
	arena_free(&arena);
	return r;
}

/* -- postmasters (RFC 5321 4.5.1) --------------------------------------------------- */

static bool is_postmaster(struct str local)
{
	return str_ieq(local, STR("postmaster"));
}

static bool is_anybody(struct store *s, struct str name)
{
	struct account_info info;
	struct buf targets;
	bool found;

	if (account_find(s, name, &info) == 0)
		return true;
	buf_init(&targets, TARGETS_MOST);
	found = alias_find(s, name, &targets) == 0;
	buf_free(&targets);
	return found;
}

/* The enabled account that was made first of all. Ids are given out in order. */
static int first_account(struct store *s, uint64_t *id)
{
	struct account_info info;
	struct buf name, after;
	int r;

	for (uint64_t i = 1; i <= IDS_TRIED; i++)
		if (account_get(s, i, &info) == 0 && !info.disabled) {
			*id = i;
			return 0;
		}
	buf_init(&name, NAME_MOST);
	buf_init(&after, NAME_MOST);
	*id = UINT64_MAX;
	while (!(r = account_next(s, buf_str(&after), &name, &info))) {
		if (info.id < *id && !info.disabled)
			*id = info.id;
		buf_clear(&after);
		buf_add(&after, buf_str(&name));
		buf_clear(&name);
	}
	buf_free(&name);
	buf_free(&after);
	return r != E_NOTFOUND ? r : *id == UINT64_MAX ? E_NOACCOUNT : 0;
}

/* Nobody is called postmaster: his mail goes to the first account of the domain, else of all. */
static int add_postmaster(struct walk *w, struct str domain)
{
	struct account_info info;
	struct buf name;
	struct str copy;
	uint64_t id;
	int r = domain.n ? account_first_of_domain(w->s, domain, &id) : E_NOTFOUND;

	if (!r)
		r = account_get(w->s, id, &info);
	if ((!r && info.disabled) || r == E_NOTFOUND || r == E_NOACCOUNT)
		r = first_account(w->s, &id);
	if (!r)
		r = account_get(w->s, id, &info);
	if (r < 0)
		return r;
	buf_init(&name, NAME_MOST);
	r = account_name(w->s, id, &name);
	copy = arena_dup(w->arena, buf_str(&name));
	buf_free(&name);
	if (r < 0 || !copy.p)
		return r < 0 ? r : E_NOMEM;
	return add_rcpt(w, copy, &info);
}

/* <Postmaster> without a domain: the postmaster of our own, else of the first domain that has
 * one by name. */
static int meet_bare_postmaster(struct walk *w, const struct conf *c)
{
	struct buf domain, next;
	int r = 0;

	buf_init(&domain, NAME_MOST);
	buf_init(&next, NAME_MOST);
	domain_canonical(str_of(c->hostname), &domain);
	for (int i = 0; !r && !w->n && i < DOMAINS_TRIED; i++) {
		struct str name = arena_printf(w->arena, "postmaster@%.*s", STR_ARG(buf_str(&domain)));

		if (!name.p)
			r = E_NOMEM;
		else if (is_anybody(w->s, name))
			r = meet(w, name, 0);
		if (!r && !w->n)
			r = domain_next(w->s, i ? buf_str(&domain) : STR_NONE, &next);
		buf_clear(&domain);
		buf_add(&domain, buf_str(&next));
		buf_clear(&next);
	}
	buf_free(&domain);
	buf_free(&next);
	return r == E_NOTFOUND ? 0 : r;
}

/* -- recipients ------------------------------------------------------------------------ */

/* The canonical name of local@domain, in the arena. */
static int arena_name(struct arena *arena, const struct address *a, struct str *ret)
{
	struct buf name;
	int r;

	buf_init(&name, NAME_MOST);
	r = address_canonical(a, &name);
	if (!r) {
		*ret = arena_dup(arena, buf_str(&name));
		r = ret->p ? 0 : E_NOMEM;
	}
	buf_free(&name);
	return r;
}

/* The name to begin at: the address itself, or without +detail. */
static int first_name(struct walk *w, const struct conf *c, const struct address *a,
		      struct str *name)
{
	struct address base = *a;
	struct str detail;
	int r = arena_name(w->arena, a, name);

	if (r < 0 || is_anybody(w->s, *name))
		return r;
	base.local = name_cut_detail(c, a->local, &detail);
	if (!detail.p)
		return 0;
	r = arena_name(w->arena, &base, name);
	w->detail = arena_dup(w->arena, detail);
	return r < 0 ? r : w->detail.p ? 0 : E_NOMEM;
}

/* user+detail goes into the mailbox "detail" where there is one that takes mail: mail comes in the owner's
 * name, and who does not want it there takes "p" from himself (RFC 4314 2.1). */
static int find_mailboxes(struct walk *w, const struct conf *c)
{
	struct mbox_info info;
	uint32_t rights;

	for (size_t i = 0; c->detail_to_mailbox && w->detail.n && i < w->ret->n; i++)
		if (mbox_find(w->s, w->ret->v[i].account, w->detail, &info) == 0 &&
		    rights_of_owner(w->s, &info, &rights) == 0 && (rights & RIGHT_P))
			w->ret->v[i].mbox = w->detail;
	return 0;
}

/* 0, E_DENIED for a domain that is not ours. */
static int meet_first(struct walk *w, const struct conf *c, const struct address *a,
		      struct str *domain)
{
	struct str name = STR_NONE;
	int r;

	*domain = STR_NONE;
	if (!a->domain.n)
		return meet_bare_postmaster(w, c);
	r = first_name(w, c, a, &name);
	if (r < 0)
		return r == E_NOMEM ? r : E_NOACCOUNT;
	*domain = str_from(name, (size_t)str_rfind(name, '@') + 1);
	return domain_is_local(w->s, *domain) ? meet(w, name, 0) : E_DENIED;
}

static int follow(struct walk *w, const struct conf *c, const struct address *a)
{
	struct str domain;
	int r = meet_first(w, c, a, &domain);

	if (!r)
		r = walk_on(w, 0);
	if (!r && !w->ret->n && !w->saw_disabled && is_postmaster(a->local))
		r = add_postmaster(w, domain);
	if (r < 0)
		return r;
	if (w->ret->n)
		return find_mailboxes(w, c);
	return w->saw_disabled ? E_DISABLED : w->saw_again || w->too_deep ? E_LOOP : E_NOACCOUNT;
}

int rcpt_resolve(struct store *s, const struct conf *c, const struct address *a, struct arena *arena,
		 struct rcpts *ret)
{
	struct rcpts found = {0};
	struct walk w = {.s = s, .arena = arena, .ret = &found};
	int r;

	if (a->is_null)
		return E_NOACCOUNT;
	if (a->is_literal)
		return E_DENIED;
	if (!a->domain.n && !is_postmaster(a->local))
		return E_DENIED;
	r = follow(&w, c, a);
	if (!r)
		*ret = found;
	return r;
}
