/* filter.c - sets of mailboxes by the words of RFC 5465 6 and RFC 7377 2.2.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "imap/filter.h"

static const struct {
	const char *word;
	enum filter_kind kind;
	bool has_names;
} words[] = {
	{"selected", FILTER_SELECTED, false},
	{"selected-delayed", FILTER_SELECTED_DELAYED, false},
	{"inboxes", FILTER_INBOXES, false},
	{"personal", FILTER_PERSONAL, false},
	{"subscribed", FILTER_SUBSCRIBED, false},
	{"subtree", FILTER_SUBTREE, true},
	{"subtree-one", FILTER_SUBTREE_ONE, true},
	{"mailboxes", FILTER_MAILBOXES, true},
};

/* one-or-more-mailbox: a name, or several between parentheses. */
static int take_names(struct args *a, struct filter *f)
{
	bool is_list = arg_next_is(a, '(');

	f->names = arena_alloc(a->arena, (is_list ? FILTER_NAMES_MOST : 1) * sizeof(*f->names));
	if (!f->names)
		return arg_fail(a, E_NOMEM, "out of memory");
	do {
		if (f->n == FILTER_NAMES_MOST)
			return arg_fail(a, E_LIMIT, "too many mailboxes");
		if (arg_mailbox(a, &f->names[f->n]) < 0)
			return a->err;
		f->n++;
	} while (is_list && arg_next_is(a, ' '));
	return is_list ? arg_char(a, ')') : 0;
}

int take_filter(struct args *a, struct filter *ret, bool with_selected)
{
	struct str word;

	*ret = (struct filter){0};
	if (arg_atom(a, &word) < 0)
		return a->err;
	for (size_t i = 0; i < COLUMNS(words); i++) {
		if (!str_ieq(word, str_of(words[i].word)) ||
		    (words[i].kind <= FILTER_SELECTED_DELAYED && !with_selected))
			continue;
		ret->kind = words[i].kind;
		return !words[i].has_names || arg_sp(a) < 0 ? a->err : take_names(a, ret);
	}
	return arg_fail(a, E_SYNTAX, "there is no such set of mailboxes");
}

/* Is `name` below `root`, at any depth or right below it? */
static bool is_below(struct str name, struct str root, bool directly)
{
	if (name.n <= root.n || !str_starts(name, root) || name.p[root.n] != '/')
		return false;
	return !directly || str_find(str_from(name, root.n + 1), '/') < 0;
}

static bool is_named(const struct filter *f, struct str name)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(name, f->names[i]) ||
		    (f->kind != FILTER_MAILBOXES &&
		     is_below(name, f->names[i], f->kind == FILTER_SUBTREE_ONE)))
			return true;
	return false;
}

bool filter_has(const struct filter *f, struct str name, bool is_own, bool is_subscribed)
{
	switch (f->kind) {
	case FILTER_INBOXES: /* where mail arrives (RFC 5465 6.3) */
		return str_eq(name, STR("INBOX"));
	case FILTER_PERSONAL:
		return is_own;
	case FILTER_SUBSCRIBED:
		return is_subscribed;
	case FILTER_SUBTREE:
	case FILTER_SUBTREE_ONE:
	case FILTER_MAILBOXES:
		return is_named(f, name);
	default:
		return false;
	}
}

/* -- all that are there --------------------------------------------------------------------- */

/* One pattern: for a set of names the tree looks below what they have in common. */
static struct str pattern_of(struct arena *a, const struct filter *f)
{
	struct str common;

	if (f->kind == FILTER_INBOXES)
		return STR("INBOX");
	if (f->kind < FILTER_SUBTREE || !f->n)
		return STR("*");
	common = f->names[0];
	for (size_t k = 1; k < f->n; k++)
		for (size_t i = 0; i < common.n; i++)
			if (i >= f->names[k].n || f->names[k].p[i] != common.p[i])
				common.n = i;
	for (size_t i = 0; i < common.n; i++)
		if (common.p[i] == '*' || common.p[i] == '%')
			common.n = i;
	return arena_printf(a, STR_FMT "*", STR_ARG(common));
}

int filter_run_begin(struct imap *s, struct filter_run *run, const struct filter *f, uint32_t rights)
{
	struct arena *a = conn_arena(s->conn);

	*run = (struct filter_run){.filter = f, .rights = rights};
	run->patterns.v = arena_alloc(a, sizeof(*run->patterns.v));
	if (!run->patterns.v)
		return E_NOMEM;
	run->patterns.v[0] = pattern_of(a, f);
	run->patterns.n = 1;
	if (!run->patterns.v[0].p)
		return E_NOMEM;
	list_tree_init(&run->tree, &run->patterns);
	return 0;
}

static int take_entry(struct imap *s, struct filter_run *run, const struct list_entry *e)
{
	struct mbox_info m;
	uint32_t rights;
	int r;

	if (!(e->bits & LB_EXISTS) || !filter_has(run->filter, entry_name(e), e->bits & LB_OWN,
						  e->bits & LB_SUBSCRIBED))
		return 0;
	r = mbox_get(imap_store(s), e->mbox, &m);
	if (r >= 0)
		r = rights_of(imap_store(s), s->account, str_of(s->user), &m, &rights);
	if (r < 0)
		return r == E_NOMBOX ? 0 : r;
	if ((rights & run->rights) == run->rights)
		run->v[run->n++] = (struct filtered){e->mbox, entry_name(e)};
	return 0;
}

int filter_run_some(struct imap *s, struct filter_run *run)
{
	int r = 0;

	if (!run->is_collected) {
		r = list_tree_collect(s, &run->tree);
		if (r)
			return r;
		run->is_collected = true;
		run->v = calloc(run->tree.n + 1, sizeof(*run->v));
		if (!run->v)
			return E_NOMEM;
	}
	while (r >= 0 && run->at < run->tree.n) {
		r = take_entry(s, run, &run->tree.v[run->at++]);
		if (run->at % 64 == 0 && imap_is_long(s))
			return r < 0 ? r : 1;
	}
	return r;
}

void filter_run_end(void *arg)
{
	struct filter_run *run = arg;

	list_tree_free(&run->tree);
	free(run->v);
	run->v = NULL;
	run->n = 0;
}
