/* list-tree.c - LIST: every name that may matter, as a tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "imap/list.h"
#include "wire/mutf7.h"

enum { ENTRIES_MOST = 500000, NAMES_BYTES = 64 << 20, ROWS_A_RUN = 500 };
enum phase { OWN, FOREIGN, SORT, LEVELS, MATCH, CHILDREN, DONE };

/* What every pattern begins with: only names that do can be told, or be children of those. */
static struct str common_prefix(const struct list_patterns *p)
{
	struct str common = p->n ? p->v[0] : STR_NONE;

	for (size_t i = 0; i < common.n; i++)
		if (common.p[i] == '*' || common.p[i] == '%')
			common.n = i;
	for (size_t k = 1; k < p->n; k++)
		for (size_t i = 0; i < common.n; i++)
			if (i >= p->v[k].n || p->v[k].p[i] != common.p[i])
				common.n = i;
	return common;
}

void list_tree_init(struct list_tree *t, const struct list_patterns *p)
{
	arena_init(&t->names, NAMES_BYTES);
	t->patterns = p;
	t->prefix = common_prefix(p);
}

void list_tree_free(struct list_tree *t)
{
	arena_free(&t->names);
	free(t->v);
	free(t->candidates);
	t->v = NULL;
	t->candidates = NULL;
}

static struct list_entry *add(struct list_tree *t, struct str name)
{
	struct str copy;

	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		struct list_entry *v = t->n < ENTRIES_MOST ? realloc(t->v, cap * sizeof(*v)) : NULL;

		if (!v) {
			t->err = t->n < ENTRIES_MOST ? E_NOMEM : E_LIMIT;
			return NULL;
		}
		t->v = v;
		t->cap = cap;
	}
	copy = arena_dup(&t->names, name);
	if (!copy.p) {
		t->err = E_NOMEM;
		return NULL;
	}
	t->v[t->n] = (struct list_entry){.name = copy.p, .n = (uint32_t)copy.n};
	return &t->v[t->n++];
}

/* -- one's own ------------------------------------------------------------------------- */

struct batch {
	struct list_tree *t;
	unsigned n;
};

static bool own_row(void *arg, const struct mbox_path *p)
{
	struct batch *b = arg;
	struct list_entry *e;

	if (b->t->after.p && str_eq(p->name, b->t->after))
		return true; /* the last of the run before */
	if (b->n++ == ROWS_A_RUN)
		return false;
	if (!(e = add(b->t, p->name)))
		return false;
	e->mbox = p->mbox;
	e->special_use = p->special_use;
	e->bits = (p->subscribed ? LB_SUBSCRIBED : 0u) | (p->mbox ? LB_EXISTS | LB_OWN : 0u);
	if (is_foreign_name(p->name)) { /* only subscribed: whether it is there is found out below */
		e->bits &= LB_SUBSCRIBED;
		e->mbox = 0;
		e->special_use = 0;
	}
	return true;
}

static int collect_own(struct imap *s, struct list_tree *t)
{
	struct batch b = {.t = t};
	size_t before = t->n;
	int r = path_each(imap_store(s), s->account, t->after, t->prefix, own_row, &b);

	if (r < 0 || t->err)
		return r < 0 ? r : t->err;
	if (t->n > before)
		t->after = entry_name(&t->v[t->n - 1]);
	if (b.n <= ROWS_A_RUN)
		t->phase = FOREIGN;
	return 0;
}

/* -- others' ----------------------------------------------------------------------------- */

struct list_candidates {
	struct str user;
	uint64_t last; /* the mailbox of the row that was looked at last */
	unsigned rows, n;
	bool more;
	uint64_t mbox[ROWS_A_RUN];
};

/* May this entry mean the user? Groups are looked up later, by rights_of. */
static bool is_about(struct str who, struct str user)
{
	return str_eq(who, user) || str_eq(who, STR("anyone")) || str_starts(who, STR("$"));
}

/* A run ends between two mailboxes. */
static bool acl_row(void *arg, uint64_t mbox, struct str who, struct str rights)
{
	struct list_candidates *c = arg;
	bool is_new = mbox != c->last;

	c->last = mbox;
	c->more = is_new && (c->n == ROWS_A_RUN || c->rows >= 4 * ROWS_A_RUN);
	if (c->more)
		return false;
	c->rows++;
	if (is_about(who, c->user) && !(c->n && c->mbox[c->n - 1] == mbox))
		c->mbox[c->n++] = mbox;
	return true;
}

static int add_foreign(struct imap *s, struct list_tree *t, uint64_t mbox)
{
	struct mbox_info m;
	struct list_entry *e;
	struct buf name;
	uint32_t rights;
	int r = mbox_get(imap_store(s), mbox, &m);

	if (r < 0)
		return r == E_NOMBOX ? 0 : r;
	if (m.account == s->account)
		return 0;
	r = rights_of(imap_store(s), s->account, str_of(s->user), &m, &rights);
	if (r < 0 || !(rights & RIGHT_L))
		return r;
	buf_init(&name, 4096);
	r = imap_mbox_name(s, &m, &name);
	if (r >= 0 && name.n <= 400 && str_starts(buf_str(&name), t->prefix)) {
		e = add(t, buf_str(&name));
		if (e) {
			e->mbox = mbox;
			e->bits = LB_EXISTS | (rights & RIGHT_R ? 0u : LB_NO_READ);
		}
		r = e ? 0 : t->err;
	}
	buf_free(&name);
	return r == E_NOMBOX || r == E_NOACCOUNT ? 0 : r;
}

/* Can a name that begins with the patterns' prefix be another's? */
static bool may_be_foreign(struct str prefix)
{
	struct str roots[] = {STR(OTHERS_PREFIX), STR(SHARED_PREFIX)};

	for (size_t i = 0; i < COLUMNS(roots); i++)
		if (str_starts(roots[i], prefix) || str_starts(prefix, roots[i]))
			return true;
	return false;
}

static int collect_foreign(struct imap *s, struct list_tree *t)
{
	struct list_candidates *c = t->candidates;
	int r = 0;

	if (!may_be_foreign(t->prefix)) {
		t->phase = SORT;
		return 0;
	}
	if (!c && !(c = t->candidates = calloc(1, sizeof(*c))))
		return E_NOMEM;
	*c = (struct list_candidates){.user = str_of(s->user)};
	r = acl_scan(imap_store(s), t->next_foreign, acl_row, c);
	for (unsigned i = 0; r >= 0 && i < c->n; i++)
		r = add_foreign(s, t, c->mbox[i]);
	t->next_foreign = c->last;
	if (!c->more)
		t->phase = SORT;
	return r;
}

/* -- the tree ------------------------------------------------------------------------------ */

/* In the order of the tree: "a", "a/b", "a-b". A separator sorts before every other octet. */
static int compare(const void *pa, const void *pb)
{
	const struct list_entry *a = pa, *b = pb;
	uint32_t n = a->n < b->n ? a->n : b->n;

	for (uint32_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)a->name[i], y = (unsigned char)b->name[i];

		if (x == y)
			continue;
		return x == '/' ? -1 : y == '/' ? 1 : x < y ? -1 : 1;
	}
	return a->n < b->n ? -1 : a->n > b->n;
}

/* A name that is subscribed to and one that is there are one entry. */
static void sort(struct list_tree *t)
{
	size_t n = 0;

	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), compare);
	for (size_t i = 0; i < t->n; i++) {
		struct list_entry *last = n ? &t->v[n - 1] : NULL;

		if (!last || compare(last, &t->v[i])) {
			t->v[n++] = t->v[i];
			continue;
		}
		last->bits |= t->v[i].bits;
		if (!last->mbox)
			last->mbox = t->v[i].mbox;
	}
	t->n = n;
}

static bool is_below(const struct list_entry *e, const char *root, size_t n)
{
	return e->n > n && e->name[n] == '/' && !memcmp(e->name, root, n);
}

/* Levels above an entry that no entry stands for, each once. */
static int add_levels(struct list_tree *t)
{
	size_t n = t->n;

	for (size_t i = 0; i < n; i++) {
		struct str name = entry_name(&t->v[i]);

		for (size_t k = 1; k < name.n; k++) {
			const struct list_entry *last = i ? &t->v[i - 1] : NULL;

			if (name.p[k] != '/' || k < t->prefix.n)
				continue;
			/* in this order a superior comes right before the first of its inferiors */
			if (last && (is_below(last, name.p, k) ||
				     str_eq(entry_name(last), str_head(name, k))))
				continue;
			if (!add(t, str_head(name, k)))
				return t->err;
		}
	}
	if (t->n > n)
		sort(t);
	return 0;
}

static void match(struct list_tree *t, struct list_entry *e)
{
	struct str name = entry_name(e);

	for (size_t i = 0; i < t->patterns->n; i++) {
		struct str p = t->patterns->v[i];

		/* RFC 9051 6.3.9: levels are told of where "%" ends the pattern, or where it names them */
		bool as_level = p.n && p.p[p.n - 1] != '*';

		if ((e->bits & LB_MATCHES) && !as_level)
			continue;
		if (mailbox_name_matches(name, p))
			e->bits |= LB_MATCHES | (as_level ? LB_AS_LEVEL : 0u);
	}
}

static void meet(const struct list_tree *t, struct list_entry *e)
{
	bool is_any = !t->wants_subscribed && !t->wants_special;

	if (is_any ? !!(e->bits & LB_EXISTS)
		   : (!t->wants_subscribed || (e->bits & LB_SUBSCRIBED)) &&
			     (!t->wants_special || e->special_use))
		e->bits |= LB_MEETS;
}

/* Patterns may be dear: a run ends after some time. */
static int match_some(struct imap *s, struct list_tree *t)
{
	for (; t->at < t->n; t->at++) {
		struct list_entry *e = &t->v[t->at];
		size_t up = t->at;

		if (t->at % 64 == 63 && imap_is_long(s)) {
			match(t, e);
			meet(t, e);
			t->at++;
			return 1;
		}
		match(t, e);
		meet(t, e);
		while (up && !is_below(e, t->v[up - 1].name, t->v[up - 1].n))
			up = t->v[up - 1].parent;
		e->parent = (uint32_t)up;
	}
	return 0;
}

static void tell_parents(struct list_tree *t)
{
	for (size_t i = t->n; i-- > 0;) {
		struct list_entry *e = &t->v[i];
		uint32_t up = e->bits & (LB_CHILD | LB_CHILD_MEETS | LB_CHILD_HIDDEN);

		if (e->bits & LB_EXISTS)
			up |= LB_CHILD;
		if (e->bits & LB_MEETS)
			up |= LB_CHILD_MEETS | (e->bits & LB_MATCHES ? 0u : LB_CHILD_HIDDEN);
		if (e->parent)
			t->v[e->parent - 1].bits |= up;
	}
}

int list_tree_collect(struct imap *s, struct list_tree *t)
{
	int r = 0;

	while (r >= 0 && t->phase != DONE) {
		switch (t->phase) {
		case OWN:
			r = collect_own(s, t);
			break;
		case FOREIGN:
			r = collect_foreign(s, t);
			break;
		case SORT:
			sort(t);
			t->phase = LEVELS;
			break;
		case LEVELS:
			r = add_levels(t);
			t->phase = MATCH;
			break;
		case MATCH:
			r = match_some(s, t);
			if (r == 0)
				t->phase = CHILDREN;
			break;
		default:
			tell_parents(t);
			t->phase = DONE;
			return 0;
		}
		if (r >= 0 && imap_is_long(s))
			return 1;
	}
	return r < 0 ? r : 0;
}
