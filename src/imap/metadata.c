/* metadata.c - GETMETADATA and SETMETADATA: RFC 5464.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Entries are small named values of the store (store.h). Private ones of a mailbox are kept for each
 * reader: "/private/comment" as "/private.<account>/comment". To the store an empty value is none, so
 * one of NULs only, the empty one among them, is kept with a NUL more. */
#include <inttypes.h>
#include "imap/command.h"
#include "imap/metadata.h"

enum { NAME_MOST = 300, LINE_MOST = 96 << 10, LOOKED_AT_MOST = 2000, LOSERS_MOST = 8 };
#define SPECIAL_USE "/private/specialuse"

/* -- names -------------------------------------------------------------------------------- */

/* RFC 5464 3.2: no "//", no "/" at the end, no wildcards, no control or 8-bit octets. */
static bool is_entry_name(struct str s)
{
	if (!s.n || s.n > NAME_MOST || s.p[0] != '/' || s.p[s.n - 1] == '/')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] >= 0x7f || s.p[i] == '*' || s.p[i] == '%' ||
		    (s.p[i] == '/' && i && s.p[i - 1] == '/'))
			return false;
	return str_istarts(s, STR("/private/")) || str_istarts(s, STR("/shared/")) ||
	       str_ieq(s, STR("/private")) || str_ieq(s, STR("/shared"));
}

static size_t components(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '/';
	return n;
}

/* What can have a value: at least 2 components, and 4 of a vendor's (RFC 5464 3.2). */
static bool can_have_value(struct str s)
{
	bool is_vendor = str_starts(s, STR("/private/vendor")) || str_starts(s, STR("/shared/vendor"));

	return components(s) >= (is_vendor ? 4 : 2);
}

static int take_entry_name(struct args *a, struct str *ret)
{
	struct str raw;
	char *lower;
	int r = arg_astring(a, &raw);

	if (r < 0)
		return r;
	if (!is_entry_name(raw))
		return arg_fail(a, E_SYNTAX, "not the name of an entry");
	if (!(lower = arena_alloc(a->arena, raw.n)))
		return arg_fail(a, E_NOMEM, "out of memory");
	for (size_t i = 0; i < raw.n; i++)
		lower[i] = ascii_lower(raw.p[i]);
	*ret = str_n(lower, raw.n);
	return 0;
}

int take_entry_names(struct args *a, struct entry_names *ret)
{
	ret->v = arena_alloc(a->arena, METADATA_ENTRIES_MOST * sizeof(*ret->v));
	ret->n = 0;
	if (!ret->v)
		return arg_fail(a, E_NOMEM, "out of memory");
	arg_char(a, '(');
	do {
		if (ret->n == METADATA_ENTRIES_MOST)
			return arg_fail(a, E_LIMIT, "too many entries");
		if (take_entry_name(a, &ret->v[ret->n]) < 0)
			return a->err;
		ret->n++;
	} while (arg_next_is(a, ' '));
	return arg_char(a, ')');
}

/* -- where they are kept --------------------------------------------------------------------- */

struct holder { /* a mailbox, or the server */
	uint64_t account, mbox;  /* of shared entries */
	uint64_t private_account;
	const struct mbox_info *m; /* NULL: the server */
};

static struct holder holder_of(const struct imap *s, const struct mbox_info *m)
{
	return m ? (struct holder){m->account, m->id, m->account, m}
		 : (struct holder){.private_account = s->account};
}

static bool is_private(struct str name)
{
	return str_starts(name, STR("/private"));
}

/* The store's name of an entry. */
static int stored_name(struct imap *s, const struct holder *h, struct str name, struct buf *out)
{
	if (!h->m || !is_private(name))
		return buf_add(out, name);
	return buf_printf(out, "/private.%" PRIx64 STR_FMT, s->account, STR_ARG(str_from(name, 8)));
}

static uint64_t account_of(const struct holder *h, struct str name)
{
	return is_private(name) ? h->private_account : h->account;
}

static bool is_zeros(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

/* E_NOTFOUND: no value. The computed ones are here, too. */
static int find_value(struct imap *s, const struct holder *h, struct str name, struct buf *out)
{
	struct buf stored;
	int r;

	if (str_eq(name, STR(SPECIAL_USE))) { /* RFC 6154 4 */
		if (!h->m || h->m->account != s->account || !h->m->special_use)
			return E_NOTFOUND;
		put_uses(out, h->m->special_use, " ");
		return out->failed;
	}
	if (!h->m && str_eq(name, STR("/shared/admin")))
		return *s->conf->admin_contact ? buf_add(out, str_of(s->conf->admin_contact)) : E_NOTFOUND;
	buf_init(&stored, 512);
	r = stored_name(s, h, name, &stored);
	if (r >= 0)
		r = meta_find(imap_store(s), account_of(h, name), h->mbox, buf_str(&stored), out);
	buf_free(&stored);
	if (r >= 0 && out->n && is_zeros(buf_str(out)))
		out->n--;
	return r;
}

/* -- GETMETADATA ------------------------------------------------------------------------------ */

struct get {
	struct str name;         /* the mailbox's; empty: the server */
	struct mbox_info m;
	struct holder holder;
	struct entry_names asked, found;
	unsigned depth;          /* 0, 1; UINT_MAX: all */
	uint64_t max_size, longest;
	bool has_max;
	size_t at;
};

static void put_value(struct buf *b, struct str value)
{
	if (memchr(value.p ? value.p : "", 0, value.n)) { /* RFC 5464 5: literal8 */
		buf_printf(b, "~{%zu}\r\n", value.n);
		buf_add(b, value);
	} else {
		put_string(b, value);
	}
}

static void put_line(struct imap *s, struct str name, struct str entry, struct str value, bool has)
{
	struct buf line;

	buf_init(&line, LINE_MOST);
	buf_add(&line, STR("* METADATA "));
	if (name.n)
		put_mailbox(s, &line, name);
	else
		buf_add(&line, STR("\"\""));
	buf_add(&line, STR(" ("));
	put_astring(&line, entry);
	buf_add_char(&line, ' ');
	if (has)
		put_value(&line, value);
	else
		buf_add(&line, STR("NIL"));
	buf_add(&line, STR(")\r\n"));
	if (!line.failed)
		conn_write(s->conn, buf_str(&line));
	buf_free(&line);
}

/* An entry that was asked for by its name has a value, or NIL. */
static void tell(struct imap *s, struct get *g, struct str entry)
{
	struct buf value;
	int r;

	buf_init(&value, METADATA_VALUE_MOST + 16);
	r = find_value(s, &g->holder, entry, &value);
	if (r >= 0 && g->has_max && value.n > g->max_size)
		g->longest = value.n > g->longest ? value.n : g->longest;
	else if (r >= 0 || r == E_NOTFOUND)
		put_line(s, g->name, entry, buf_str(&value), r >= 0);
	buf_free(&value);
}

static int tell_some(struct imap *s)
{
	struct get *g = s->cmd->state;

	while (g->at < g->found.n) {
		tell(s, g, g->found.v[g->at++]);
		if (conn_is_full(s->conn))
			return imap_step(s, tell_some);
	}
	if (g->longest) /* RFC 5464 4.2.1 */
		return imap_ok(s, "[METADATA LONGENTRIES %" PRIu64 "] some are longer", g->longest);
	return imap_ok(s, "that is all");
}

struct below {
	struct get *g;
	struct arena *arena;
	struct str asked;
	size_t prefix;     /* octets that stored_name puts in place of "/private" */
	size_t looked_at;
	int err;
};

static bool note_below(void *arg, struct str stored, struct str value)
{
	struct below *b = arg;
	struct entry_names *f = &b->g->found;
	struct str rest = str_from(stored, b->prefix), name;

	if (++b->looked_at > LOOKED_AT_MOST || f->n == METADATA_ENTRIES_MOST) {
		b->err = E_LIMIT;
		return false;
	}
	if (!str_starts(rest, STR("/")) || components(rest) > b->g->depth)
		return true;
	name = arena_printf(b->arena, STR_FMT STR_FMT, STR_ARG(b->asked), STR_ARG(rest));
	b->err = name.p ? 0 : E_NOMEM;
	if (name.p)
		f->v[f->n++] = name;
	return name.p;
}

/* Entries below `asked`, down to the depth (RFC 5464 4.2.2). */
static int find_below(struct imap *s, struct get *g, struct str asked)
{
	struct below b = {.g = g, .arena = s->cmd->args.arena, .asked = asked};
	struct buf stored;
	int r;

	buf_init(&stored, 512);
	r = stored_name(s, &g->holder, asked, &stored);
	b.prefix = stored.n;
	if (r >= 0)
		r = meta_each(imap_store(s), account_of(&g->holder, asked), g->holder.mbox,
			      buf_str(&stored), note_below, &b);
	buf_free(&stored);
	return r < 0 ? r : b.err;
}

static int find_all(struct imap *s, struct get *g)
{
	int r = 0;

	if (!g->depth) {
		g->found = g->asked;
		return 0;
	}
	g->found.v = arena_alloc(s->cmd->args.arena, METADATA_ENTRIES_MOST * sizeof(*g->found.v));
	if (!g->found.v)
		return E_NOMEM;
	for (size_t i = 0; r >= 0 && i < g->asked.n; i++) {
		struct buf value;

		buf_init(&value, METADATA_VALUE_MOST + 16);
		if (g->found.n < METADATA_ENTRIES_MOST && find_value(s, &g->holder, g->asked.v[i], &value) >= 0)
			g->found.v[g->found.n++] = g->asked.v[i];
		buf_free(&value);
		r = find_below(s, g, g->asked.v[i]);
	}
	return r;
}

/* "(MAXSIZE 1024 DEPTH 1)" */
static int take_options(struct args *a, struct get *g)
{
	arg_char(a, '(');
	do {
		struct str depth;

		if (arg_word_is(a, "MAXSIZE")) {
			uint32_t n = 0;

			arg_sp(a);
			arg_number(a, &n);
			g->max_size = n;
			g->has_max = true;
		} else if (arg_word_is(a, "DEPTH")) {
			arg_sp(a);
			if (arg_atom(a, &depth) < 0)
				return a->err;
			if (!str_eq(depth, STR("0")) && !str_eq(depth, STR("1")) &&
			    !str_ieq(depth, STR("infinity")))
				return arg_fail(a, E_SYNTAX, "DEPTH is 0, 1 or infinity");
			g->depth = depth.p[0] == '0' ? 0 : depth.p[0] == '1' ? 1 : UINT32_MAX;
		} else {
			return arg_fail(a, E_SYNTAX, "GETMETADATA knows MAXSIZE and DEPTH");
		}
	} while (arg_next_is(a, ' '));
	arg_char(a, ')');
	return a->err;
}

/* The mailbox, or "" for the server. */
static int take_holder(struct imap *s, struct str *name)
{
	struct args *a = &s->cmd->args, look = *a;
	struct str raw;

	if (arg_astring(&look, &raw) >= 0 && !raw.n) {
		*name = raw;
		*a = look;
		return 0;
	}
	return arg_mailbox(a, name);
}

static int find_holder(struct imap *s, struct str name, struct mbox_info *m, uint32_t *rights,
		       struct holder *h)
{
	int r;

	*rights = RIGHTS_ALL;
	if (!name.n) {
		*h = holder_of(s, NULL);
		return 0;
	}
	r = imap_find(s, name, RIGHT_L, m, rights);
	if (r < 0)
		return r;
	*h = holder_of(s, m);
	return may_use_metadata(*rights) ? 0 : E_DENIED;
}

bool may_use_metadata(uint32_t rights)
{
	return (rights & RIGHT_L) && (rights & (RIGHT_R | RIGHT_S | RIGHT_W | RIGHT_I | RIGHT_P));
}

/* GETMETADATA [options] mailbox [options] entries: RFC 5464's grammar has the options first, its
 * examples have them behind the mailbox, and clients do both. */
int imap_cmd_getmetadata(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct get *g = imap_state(s, sizeof(*g), NULL);
	struct args look;
	uint32_t rights;
	int r;

	if (!g)
		return imap_fail(s, E_NOMEM);
	arg_sp(a);
	if (arg_peek(a) == '(') {
		take_options(a, g);
		arg_sp(a);
	}
	take_holder(s, &g->name);
	arg_sp(a);
	look = *a;
	if (arg_next_is(&look, '(') && arg_peek(&look) != '/' && arg_peek(&look) != '"' &&
	    arg_peek(&look) != '{') {
		take_options(a, g);
		arg_sp(a);
	}
	if (arg_peek(a) == '(') {
		take_entry_names(a, &g->asked);
	} else {
		g->asked = (struct entry_names){arena_new(a->arena, struct str), 1};
		if (!g->asked.v)
			return imap_fail(s, E_NOMEM);
		take_entry_name(a, g->asked.v);
	}
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = find_holder(s, g->name, &g->m, &rights, &g->holder);
	if (r >= 0)
		r = find_all(s, g);
	return r < 0 ? imap_fail(s, r) : tell_some(s);
}

void put_metadata_of(struct imap *s, struct buf *out, struct str name, const struct mbox_info *m,
		     const struct entry_names *entries)
{
	struct get g = {.name = name, .holder = holder_of(s, m)};

	imap_write(s, out); /* what was built so far comes first: values may be long */
	buf_clear(out);
	for (size_t i = 0; i < entries->n; i++)
		tell(s, &g, entries->v[i]);
}

/* -- SETMETADATA -------------------------------------------------------------------------------- */

struct pair {
	struct str name, value; /* value.p = NULL: NIL */
};
struct set {
	struct str name;
	struct mbox_info m;
	struct holder holder;
	uint32_t rights;
	struct pair *v;
	size_t n;
	struct { /* mailboxes that lose special uses by it */
		struct str name;
		uint32_t uses;
	} losers[LOSERS_MOST];
	size_t n_losers;
};

/* RFC 5464 5: nstring or literal8. */
static int take_value(struct args *a, struct str *ret)
{
	bool is_literal8;

	if (arg_peek(a) == '~')
		return arg_binary(a, ret, &is_literal8);
	return arg_nstring(a, ret);
}

static int take_pairs(struct args *a, struct set *set)
{
	set->v = arena_alloc(a->arena, METADATA_ENTRIES_MOST * sizeof(*set->v));
	if (!set->v)
		return arg_fail(a, E_NOMEM, "out of memory");
	arg_char(a, '(');
	do {
		struct pair *p = &set->v[set->n];

		if (set->n == METADATA_ENTRIES_MOST)
			return arg_fail(a, E_LIMIT, "too many entries");
		if (take_entry_name(a, &p->name) < 0)
			return a->err;
		if (!can_have_value(p->name))
			return arg_fail(a, E_SYNTAX, "not the name of an entry");
		arg_sp(a);
		take_value(a, &p->value);
		set->n++;
	} while (arg_next_is(a, ' '));
	return arg_char(a, ')');
}

static bool count_one(void *arg, struct str name, struct str value)
{
	return ++*(size_t *)arg <= METADATA_ENTRIES_MOST;
}

/* Would these be too many? Counted are those of the same scope that are there, and the new ones. */
static int check_room(struct imap *s, const struct set *set, bool is_private_scope)
{
	struct str scope = is_private_scope ? STR("/private") : STR("/shared");
	struct buf stored;
	size_t n = 0, more = 0;
	int r;

	for (size_t i = 0; i < set->n; i++)
		more += set->v[i].value.p && is_private(set->v[i].name) == is_private_scope;
	if (!more)
		return 0;
	buf_init(&stored, 512);
	r = stored_name(s, &set->holder, scope, &stored);
	buf_add_char(&stored, '/');
	if (r >= 0)
		r = meta_each(imap_store(s), account_of(&set->holder, scope), set->holder.mbox,
			      buf_str(&stored), count_one, &n);
	for (size_t i = 0; r >= 0 && i < set->n; i++) { /* those that only change are no more */
		struct buf old;

		if (!set->v[i].value.p || is_private(set->v[i].name) != is_private_scope)
			continue;
		buf_init(&old, METADATA_VALUE_MOST + 16);
		if (find_value(s, &set->holder, set->v[i].name, &old) >= 0)
			more--;
		buf_free(&old);
	}
	buf_free(&stored);
	return r < 0 ? r : n + more > METADATA_ENTRIES_MOST ? E_LIMIT : 0;
}

/* Who may change what: private entries are one's own; shared ones of a mailbox take "w", and "a" where
 * they change how it works for others; the server's are its administrators'. */
static int check_rights(struct imap *s, const struct set *set, struct str name)
{
	if (str_eq(name, STR(SPECIAL_USE)))
		return set->holder.m && set->m.account == s->account ? 0 : E_DENIED;
	if (is_private(name))
		return 0;
	if (!set->holder.m)
		return imap_is_admin(s) && !str_eq(name, STR("/shared/admin")) ? 0 : E_DENIED;
	return set->rights & (str_eq(name, STR(META_SEEN_OWN)) ? RIGHT_A : RIGHT_W) ? 0 : E_DENIED;
}

/* RFC 6154 4: valid as for CREATE. *unknown: a use that no mailbox can have here. */
static uint32_t read_uses(struct str words, bool *unknown)
{
	uint32_t all = 0;

	while (words.n) {
		uint32_t one = use_by_name(str_cut(&words, ' '));

		*unknown |= !one || (one & (USE_ALL | USE_FLAGGED));
		all |= one;
	}
	return all;
}

struct moving { /* uses that go from other mailboxes to this one */
	struct set *set;
	struct change *c;
	struct arena *arena;
	uint32_t uses;
	int err;
};

static bool take_uses_from(void *arg, const struct mbox_path *p)
{
	struct moving *m = arg;
	struct set *set = m->set;

	if (!p->mbox || p->mbox == set->m.id || !(p->special_use & m->uses) || set->n_losers == LOSERS_MOST)
		return true;
	m->err = change_mbox_use(m->c, p->mbox, p->special_use & ~m->uses);
	set->losers[set->n_losers].name = arena_dup(m->arena, p->name);
	set->losers[set->n_losers++].uses = p->special_use & ~m->uses;
	return m->err >= 0;
}

/* One mailbox for each use: who had it loses it, and is told of (RFC 6154 5.4). */
static int set_uses(struct imap *s, struct change *c, struct set *set, struct str words)
{
	struct moving m = {.set = set, .c = c, .arena = s->cmd->args.arena};
	bool unknown = false;
	int r;

	m.uses = read_uses(words, &unknown);
	r = unknown ? E_SYNTAX : change_mbox_use(c, set->m.id, m.uses);
	if (r >= 0)
		r = path_each(imap_store(s), s->account, STR_NONE, STR_NONE, take_uses_from, &m);
	return r < 0 ? r : m.err;
}

static void tell_losers(struct imap *s, const struct set *set)
{
	for (size_t i = 0; i < set->n_losers; i++) {
		struct buf words;

		buf_init(&words, 256);
		put_uses(&words, set->losers[i].uses, " ");
		put_line(s, set->losers[i].name, STR(SPECIAL_USE), buf_str(&words), words.n);
		buf_free(&words);
	}
}

static int add_step(struct imap *s, struct change *c, struct set *set, const struct pair *p)
{
	struct buf name, value;
	int r;

	if (str_eq(p->name, STR(SPECIAL_USE)))
		return set_uses(s, c, set, p->value);
	buf_init(&name, 512);
	buf_init(&value, METADATA_VALUE_MOST + 16);
	r = stored_name(s, &set->holder, p->name, &name);
	if (p->value.p) {
		buf_add(&value, p->value);
		if (is_zeros(p->value))
			buf_add_char(&value, '\0');
	}
	if (r >= 0)
		r = value.failed;
	if (r >= 0)
		r = change_meta_set(c, account_of(&set->holder, p->name), set->holder.mbox,
				    buf_str(&name), buf_str(&value));
	buf_free(&name);
	buf_free(&value);
	return r;
}

/* RFC 5464 4.3: all of it, or nothing. */
static int commit(struct imap *s, struct set *set)
{
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < set->n; i++)
		r = add_step(s, c, set, &set->v[i]);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* SETMETADATA mailbox (entry value ...) */
int imap_cmd_setmetadata(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct set set = {0};
	int r;

	arg_sp(a);
	take_holder(s, &set.name);
	arg_sp(a);
	take_pairs(a, &set);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = find_holder(s, set.name, &set.m, &set.rights, &set.holder);
	for (size_t i = 0; r >= 0 && i < set.n; i++) {
		if (set.v[i].value.n > METADATA_VALUE_MOST)
			return imap_no_code(s, "METADATA MAXSIZE 32768", "a value is too long");
		r = check_rights(s, &set, set.v[i].name);
	}
	if (r >= 0)
		r = check_room(s, &set, true);
	if (r >= 0)
		r = check_room(s, &set, false);
	if (r == E_LIMIT)
		return imap_no_code(s, "METADATA TOOMANY", "there are too many entries");
	if (r >= 0)
		r = commit(s, &set);
	if (r == E_SYNTAX)
		return imap_no_code(s, "USEATTR", "there is no such special use here");
	if (r < 0)
		return imap_fail(s, r);
	tell_losers(s, &set);
	return imap_ok(s, "noted");
}
