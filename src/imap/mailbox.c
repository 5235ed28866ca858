/* mailbox.c - CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE: RFC 9051 6.3.4 to 6.3.8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/command.h"
#include "imap/folders.h"

enum { TRIES = 5, RENAMES_MOST = 10000 };

/* -- new names -------------------------------------------------------------------------- */

/* A name that may be given: no wildcards (LIST could not name it, RFC 9051 5.1) and no "#" first. */
static bool can_be_made(struct str path)
{
	return str_find(path, '*') < 0 && str_find(path, '%') < 0 && !str_starts(path, STR("#"));
}

/* RFC 4314 4: CREATE needs "k" on the nearest mailbox above; at the top only the owner may. Nobody
 * learns from the answer what else there is. */
static int may_make(struct imap *s, const struct place *p)
{
	struct str up = p->path;
	struct mbox_info m;
	uint32_t rights;
	ptrdiff_t slash;

	while ((slash = str_rfind(up, '/')) > 0) {
		int r;

		up = str_head(up, (size_t)slash);
		r = mbox_find(imap_store(s), p->account, up, &m);
		if (r == E_NOMBOX)
			continue;
		if (r >= 0)
			r = rights_of(imap_store(s), s->account, str_of(s->user), &m, &rights);
		return r < 0 ? r : rights & RIGHT_K ? 0 : E_DENIED;
	}
	return p->is_own ? 0 : E_DENIED;
}

/* Steps that make what is missing above `path` (RFC 9051 6.3.4, 6.3.6). */
static int make_superiors(struct imap *s, struct change *c, const struct place *p)
{
	struct mbox_info m;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->path.n; i++) {
		struct str up = str_head(p->path, i);

		if (p->path.p[i] != '/')
			continue;
		r = mbox_find(imap_store(s), p->account, up, &m);
		if (r == E_NOMBOX)
			r = change_mbox_create(c, p->account, up, 0);
	}
	return r;
}

/* Where a new name would be, if this user may make it there and nothing is there. */
static int new_place(struct imap *s, struct str name, struct place *p)
{
	struct mbox_info m;
	int r = imap_place(s, name, p);

	if (r < 0) /* others' accounts are nobody's business: no such one, or none for you */
		return r == E_NOMBOX ? E_DENIED : r;
	if ((r = may_make(s, p)) < 0)
		return r;
	r = mbox_find(imap_store(s), p->account, p->path, &m);
	return r == E_NOMBOX ? 0 : r < 0 ? r : E_EXISTS;
}

/* -- CREATE ------------------------------------------------------------------------------- */

/* "(USE (\Sent \Junk))": RFC 6154 3. *unknown: one that cannot be had. */
static int take_uses(struct args *a, uint32_t *uses, bool *unknown)
{
	arg_char(a, '(');
	if (!arg_word_is(a, "USE"))
		return arg_fail(a, E_SYNTAX, "CREATE knows the parameter USE only");
	arg_sp(a);
	arg_char(a, '(');
	while (!a->err && arg_peek(a) != ')') {
		struct str name;
		uint32_t one;

		if (*uses || *unknown)
			arg_sp(a);
		if (arg_char(a, '\\') < 0 || arg_atom(a, &name) < 0)
			return arg_fail(a, E_SYNTAX, "a special use begins with a backslash");
		one = use_by_name(str_n(name.p - 1, name.n + 1));
		*unknown |= !one || (one & (USE_ALL | USE_FLAGGED));
		*uses |= one;
	}
	arg_char(a, ')');
	return arg_char(a, ')');
}

static int create_once(struct imap *s, const struct place *p, uint32_t uses)
{
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	r = make_superiors(s, c, p);
	if (r >= 0)
		r = change_mbox_create(c, p->account, p->path, uses);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* Two who make the same superior at once: the slower looks again. */
static int create(struct imap *s, struct str name, struct place *p, uint32_t uses)
{
	int r = E_EXISTS;

	for (unsigned i = 0; i < TRIES && r == E_EXISTS; i++) {
		if ((r = new_place(s, name, p)) < 0)
			return r;
		r = create_once(s, p, uses);
	}
	return r;
}

struct taken {
	uint32_t uses;
	bool found;
};

static bool look_for_use(void *arg, const struct mbox_path *p)
{
	struct taken *t = arg;

	t->found = p->mbox && (p->special_use & t->uses);
	return !t->found;
}

/* RFC 6154 3: one mailbox for each use, and those of one's own account only. */
static bool can_have_uses(struct imap *s, const struct place *p, uint32_t uses)
{
	struct taken t = {.uses = uses};

	if (!uses)
		return true;
	return p->is_own && path_each(imap_store(s), s->account, STR_NONE, STR_NONE, look_for_use, &t) >= 0 &&
	       !t.found;
}

int imap_cmd_create(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str raw, name;
	struct place p;
	struct mbox_info m;
	uint32_t uses = 0;
	bool unknown = false;
	int r = take_mailbox(s, &raw, &name);

	if (r >= 0 && arg_next_is(a, ' '))
		take_uses(a, &uses, &unknown);
	if (r < 0 || (r = arg_end(a)) < 0)
		return imap_fail(s, r);
	if (!can_be_made(name))
		return imap_no_code(s, "CANNOT", "no * and %% in a name, and no # at its begin");
	if (unknown)
		return imap_no_code(s, "USEATTR", "there is no such special use here");
	r = new_place(s, name, &p);
	if (r >= 0 && !can_have_uses(s, &p, uses))
		return imap_no_code(s, "USEATTR", "another mailbox has that special use");
	if (r >= 0)
		r = create(s, name, &p, uses);
	if (r >= 0)
		r = mbox_find(imap_store(s), p.account, p.path, &m);
	if (r < 0)
		return imap_fail(s, r);
	if (!str_eq(raw, name))
		tell_oldname(s, "", name, raw);
	/* RFC 8474 4.1 */
	return imap_ok(s, "[MAILBOXID (F%llx)] made", (unsigned long long)m.id);
}

/* -- DELETE ------------------------------------------------------------------------------- */

static int delete_one(struct imap *s, uint64_t mbox, struct str path)
{
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	r = change_mbox_is(c, mbox, path);
	if (r >= 0)
		r = change_mbox_delete(c, mbox);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* A level that is only there because of those below it. */
static bool is_bare_level(struct imap *s, struct str name)
{
	return !is_foreign_name(name) && mbox_has_children(imap_store(s), s->account, name);
}

int imap_cmd_delete(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str raw, name;
	struct mbox_info m;
	struct place p;
	int r = take_mailbox(s, &raw, &name);

	if (r < 0 || (r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = imap_find(s, name, RIGHT_X, &m, NULL);
	if (r == E_NOMBOX && is_bare_level(s, name)) /* RFC 9051 6.3.5 */
		return imap_no_code(s, "HASCHILDREN", "there are mailboxes below it");
	if (r >= 0)
		r = imap_place(s, name, &p);
	if (r >= 0 && str_eq(p.path, STR("INBOX")))
		return imap_no_code(s, "CANNOT", "INBOX stays");
	if (r >= 0)
		r = delete_one(s, m.id, p.path);
	if (r < 0)
		return imap_fail(s, r);
	if (s->mbox && s->mbox->view->mbox == m.id) { /* others are told by sync.c */
		imap_unselect(s);
		imap_untagged(s, "OK [CLOSED] the mailbox is closed");
	}
	if (!str_eq(raw, name))
		tell_oldname(s, "\\NonExistent", name, raw);
	return imap_ok(s, "deleted");
}

/* -- RENAME ------------------------------------------------------------------------------- */

struct below { /* mailboxes under a level that is none itself */
	struct arena arena;
	struct str *names;
	uint64_t *ids;
	size_t n;
	int err;
};

static bool take_below(void *arg, const struct mbox_path *p)
{
	struct below *b = arg;

	if (!p->mbox)
		return true;
	b->err = b->n < RENAMES_MOST ? 0 : E_LIMIT;
	if (b->err)
		return false;
	b->names[b->n] = arena_dup(&b->arena, p->name);
	b->err = b->names[b->n].p ? 0 : E_NOMEM;
	b->ids[b->n] = p->mbox;
	b->n += !b->err;
	return !b->err;
}

/* Goes it with a mailbox above it, below the level? */
static bool goes_along(struct imap *s, struct str name, struct str level)
{
	struct mbox_info m;

	for (size_t i = level.n + 1; i < name.n; i++)
		if (name.p[i] == '/' && mbox_find(imap_store(s), s->account, str_head(name, i), &m) >= 0)
			return true;
	return false;
}

static int rename_each(struct imap *s, struct change *c, struct below *b, struct str old, struct str to)
{
	struct str prefix = arena_printf(&b->arena, STR_FMT "/", STR_ARG(old));
	int r;

	b->names = arena_alloc(&b->arena, RENAMES_MOST * sizeof(*b->names));
	b->ids = arena_alloc(&b->arena, RENAMES_MOST * sizeof(*b->ids));
	if (!prefix.p || !b->names || !b->ids)
		return E_NOMEM;
	r = path_each(imap_store(s), s->account, prefix, prefix, take_below, b);
	if (r >= 0)
		r = b->err;
	for (size_t i = 0; r >= 0 && i < b->n; i++) {
		struct str rest = str_from(b->names[i], old.n), name;

		if (goes_along(s, b->names[i], old))
			continue;
		name = arena_printf(&b->arena, STR_FMT STR_FMT, STR_ARG(to), STR_ARG(rest));
		r = name.p ? change_mbox_rename(c, b->ids[i], name) : E_NOMEM;
	}
	return r;
}

/* RFC 9051 6.3.6: also a level that is no mailbox has a name to be changed. */
static int rename_bare_level(struct imap *s, struct change *c, struct str old, struct str to)
{
	struct below b = {0};
	int r;

	arena_init(&b.arena, 16 << 20);
	r = rename_each(s, c, &b, old, to);
	arena_free(&b.arena);
	return r;
}

static int rename_to(struct imap *s, const struct mbox_info *m, struct str old, const struct place *to)
{
	struct place from = {0};
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	r = m ? imap_place(s, old, &from) : 0;
	if (r >= 0 && m)
		r = change_mbox_is(c, m->id, from.path);
	if (r >= 0)
		r = make_superiors(s, c, to);
	if (r >= 0)
		r = m ? change_mbox_rename(c, m->id, to->path) : rename_bare_level(s, c, old, to->path);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

static bool is_below(struct str name, struct str root)
{
	return name.n > root.n && str_starts(name, root) && name.p[root.n] == '/';
}

/* What RENAME cannot do whatever the rights; NULL: nothing stands against it. */
static const char *why_not(struct imap *s, const struct mbox_info *m, struct str old, struct str name,
			   const struct place *to)
{
	struct buf inbox;
	bool is_inbox;

	if (!can_be_made(name))
		return "no * and % in a name, and no # at its begin";
	if (to->account != (m ? m->account : s->account))
		return "a mailbox stays in its account";
	if (is_below(name, old) && !str_eq(old, STR("INBOX")))
		return "a mailbox cannot go below itself";
	buf_init(&inbox, 8192);
	is_inbox = m && mbox_name(imap_store(s), m->id, &inbox) >= 0 &&
		   str_eq(buf_str(&inbox), STR("INBOX"));
	buf_free(&inbox);
	return is_inbox && m->account != s->account ? "INBOX is moved by its owner only" : NULL;
}

int imap_cmd_rename(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str raw_old, old, raw, name;
	const char *why;
	struct mbox_info m;
	struct place to;
	bool is_bare = false;
	int r = take_mailbox(s, &raw_old, &old);

	if (r >= 0)
		r = take_mailbox(s, &raw, &name);
	if (r < 0 || (r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = imap_find(s, old, RIGHT_X, &m, NULL);
	if (r == E_NOMBOX && is_bare_level(s, old)) {
		is_bare = true;
		r = 0;
	}
	if (r >= 0)
		r = new_place(s, name, &to);
	if (r < 0)
		return imap_fail(s, r);
	if ((why = why_not(s, is_bare ? NULL : &m, old, name, &to)))
		return imap_no_code(s, "CANNOT", "%s", why);
	r = rename_to(s, is_bare ? NULL : &m, old, &to);
	if (r < 0)
		return imap_fail(s, r);
	if (!str_eq(raw, name) || !str_eq(raw_old, old))
		tell_oldname(s, "", name, raw_old);
	return imap_ok(s, "renamed");
}

/* -- SUBSCRIBE, UNSUBSCRIBE ----------------------------------------------------------------- */

static int subscribe(struct imap *s, struct str name, bool on)
{
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	r = change_mbox_subscribe(c, s->account, name, on);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* The name must be there: or a client's slip would stay in the list (RFC 9051 6.3.7 allows it). */
int imap_cmd_subscribe(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str raw, name;
	struct mbox_info m;
	int r = take_mailbox(s, &raw, &name);

	if (r < 0 || (r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = imap_find(s, name, RIGHT_L, &m, NULL);
	if (r == E_NOMBOX && is_bare_level(s, name))
		r = 0;
	if (r >= 0)
		r = subscribe(s, name, true);
	return r < 0 ? imap_fail(s, r) : imap_ok(s, "subscribed");
}

/* RFC 4314 4: no right is needed, and the mailbox may be gone. */
int imap_cmd_unsubscribe(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str raw, name;
	int r = take_mailbox(s, &raw, &name);

	if (r < 0 || (r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = subscribe(s, name, false);
	return r < 0 ? imap_fail(s, r) : imap_ok(s, "not subscribed any more");
}
