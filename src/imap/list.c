/* list.c - LIST and LSUB: RFC 9051 6.3.9, RFC 5258, 5819, 6154, 8440, 9590; RFC 3501 6.3.9.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/command.h"
#include "imap/list.h"
#include "imap/metadata.h"
#include "wire/mutf7.h"

enum { PATTERNS_MOST = 100, PATTERN_BYTES = 16 << 10, OPTIONS_MOST = 32 };

enum list_option {
	SEL_SUBSCRIBED = 1, SEL_REMOTE = 2, SEL_RECURSIVE = 4, SEL_SPECIAL = 8,
	RET_SUBSCRIBED = 16, RET_CHILDREN = 32, RET_SPECIAL = 64, RET_STATUS = 128, RET_RIGHTS = 256,
	RET_METADATA = 512,
	IS_EXTENDED = 1024, IS_LSUB = 2048,
};

struct list { /* a LIST on its way */
	struct list_tree tree;
	struct list_patterns patterns;
	uint32_t options; /* enum list_option */
	uint32_t status_items;
	struct entry_names entries; /* METADATA */
	size_t at;
};

static void list_free(void *state)
{
	struct list *l = state;

	list_tree_free(&l->tree);
}

/* -- what is asked for ------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t select, give; /* 0: no such option of that kind */
} options_of[] = {
	{"SUBSCRIBED", SEL_SUBSCRIBED | RET_SUBSCRIBED, RET_SUBSCRIBED}, /* RFC 5258 3.1 */
	{"REMOTE", SEL_REMOTE, 0},                                       /* there are none */
	{"RECURSIVEMATCH", SEL_RECURSIVE, 0},
	{"SPECIAL-USE", SEL_SPECIAL | RET_SPECIAL, RET_SPECIAL}, /* RFC 6154 2 */
	{"CHILDREN", 0, RET_CHILDREN},
	{"STATUS", 0, RET_STATUS},      /* RFC 5819 */
	{"MYRIGHTS", 0, RET_RIGHTS},    /* RFC 8440 */
	{"METADATA", 0, RET_METADATA},  /* RFC 9590 */
};

static uint32_t option_by_name(struct str name, bool is_selection)
{
	for (size_t i = 0; i < COLUMNS(options_of); i++)
		if (str_ieq(name, str_of(options_of[i].name)))
			return is_selection ? options_of[i].select : options_of[i].give;
	return 0;
}

/* "(SUBSCRIBED RECURSIVEMATCH)", "(STATUS (MESSAGES) CHILDREN)" */
static int take_options(struct imap *s, struct list *l, bool is_selection)
{
	struct args *a = &s->cmd->args;
	unsigned n = 0;

	l->options |= IS_EXTENDED;
	arg_char(a, '(');
	while (!a->err && arg_peek(a) != ')') {
		struct str name;
		uint32_t o;

		if (n++)
			arg_sp(a);
		if (arg_atom(a, &name) < 0)
			return a->err;
		o = n <= OPTIONS_MOST ? option_by_name(name, is_selection) : 0;
		if (!o) /* RFC 9051 6.3.9: BAD */
			return arg_fail(a, E_SYNTAX, "LIST has no such option");
		l->options |= o;
		if ((o & RET_STATUS) && arg_sp(a) >= 0)
			take_status_items(s, &l->status_items);
		else if ((o & RET_METADATA) && arg_sp(a) >= 0)
			take_entry_names(a, &l->entries);
	}
	arg_char(a, ')');
	/* RFC 9051 6.3.9.1: RECURSIVEMATCH needs something to match */
	if (!a->err && (l->options & SEL_RECURSIVE) && !(l->options & (SEL_SUBSCRIBED | SEL_SPECIAL)))
		return arg_fail(a, E_SYNTAX, "RECURSIVEMATCH needs another selection option");
	return a->err;
}

/* The canonical pattern: the reference, and the pattern behind it (RFC 9051 6.3.9). */
static int add_pattern(struct imap *s, struct list *l, struct str reference, struct str pattern)
{
	struct args *a = &s->cmd->args;
	struct buf whole, canonical;
	struct str copy = STR_NONE;
	int r;

	if (l->patterns.n == PATTERNS_MOST)
		return arg_fail(a, E_LIMIT, "too many patterns");
	buf_init(&whole, PATTERN_BYTES);
	buf_init(&canonical, 2 * PATTERN_BYTES);
	buf_add(&whole, reference);
	r = buf_add(&whole, pattern);
	if (r >= 0)
		r = mailbox_pattern_canonical(buf_str(&whole), &canonical);
	if (r >= 0) {
		copy = arena_dup(a->arena, buf_str(&canonical));
		r = copy.p ? 0 : E_NOMEM;
	}
	buf_free(&whole);
	buf_free(&canonical);
	if (r == E_NOMEM)
		return arg_fail(a, r, "out of memory");
	if (r >= 0) /* else none that could match: silently ignored (RFC 9051 6.3.9) */
		l->patterns.v[l->patterns.n++] = copy;
	return 0;
}

static int take_patterns(struct imap *s, struct list *l, struct str reference)
{
	struct args *a = &s->cmd->args;
	struct str pattern;

	l->options |= IS_EXTENDED;
	arg_char(a, '(');
	do {
		if (arg_list_mailbox(a, &pattern) < 0)
			return a->err;
		if (pattern.n) /* RFC 9051 6.3.9: empty ones mean nothing here */
			add_pattern(s, l, reference, pattern);
	} while (arg_next_is(a, ' '));
	return arg_char(a, ')');
}

/* *is_root: LIST reference "", which asks for the separator. */
static int take_list(struct imap *s, struct list *l, struct str *reference, bool *is_root)
{
	struct args *a = &s->cmd->args;
	struct str pattern = STR_NONE;

	arg_sp(a);
	if (arg_peek(a) == '(') {
		take_options(s, l, true);
		arg_sp(a);
	}
	arg_list_mailbox(a, reference);
	arg_sp(a);
	if (arg_peek(a) == '(')
		take_patterns(s, l, *reference);
	else
		arg_list_mailbox(a, &pattern);
	if (!a->err && arg_next_is(a, ' ')) {
		if (!arg_word_is(a, "RETURN"))
			return arg_fail(a, E_SYNTAX, "RETURN or nothing should stand here");
		arg_sp(a);
		take_options(s, l, false);
	}
	*is_root = !pattern.n && !(l->options & IS_EXTENDED);
	if (!a->err && pattern.n)
		add_pattern(s, l, *reference, pattern);
	return arg_end(a);
}

/* -- what is told ------------------------------------------------------------------------- */

static void put_word(struct buf *b, const char *word)
{
	if (b->n && b->p[b->n - 1] != '(')
		buf_add_char(b, ' ');
	buf_add(b, str_of(word));
}

/* RFC 9051 7.3.1: of \NonExistent and \Noselect one at most; the former is not for RFC 3501's LIST. */
static void put_attributes(struct imap *s, struct buf *b, const struct list *l,
			   const struct list_entry *e)
{
	bool knows_nonexistent = (l->options & IS_EXTENDED) || (s->enabled & EN_REV2);

	if (!(e->bits & LB_EXISTS))
		put_word(b, knows_nonexistent ? "\\NonExistent" : "\\Noselect");
	else if (e->bits & LB_NO_READ)
		put_word(b, "\\Noselect");
	if ((e->bits & LB_SUBSCRIBED) && (l->options & RET_SUBSCRIBED))
		put_word(b, "\\Subscribed");
	put_word(b, e->bits & LB_CHILD ? "\\HasChildren" : "\\HasNoChildren"); /* RFC 3348 */
	if (e->special_use) {
		buf_add_char(b, ' ');
		put_uses(b, e->special_use, " ");
	}
}

static void put_line(struct imap *s, struct buf *b, const struct list *l, const struct list_entry *e)
{
	buf_add(b, STR("* LIST ("));
	put_attributes(s, b, l, e);
	buf_add(b, STR(") \"/\" "));
	put_mailbox(s, b, entry_name(e));
	if ((l->options & SEL_RECURSIVE) && (e->bits & LB_CHILD_MEETS)) {
		buf_add(b, STR(" (\"CHILDINFO\" ("));
		if (l->options & SEL_SUBSCRIBED)
			put_word(b, "\"SUBSCRIBED\"");
		if (l->options & SEL_SPECIAL)
			put_word(b, "\"SPECIAL-USE\"");
		buf_add(b, STR("))"));
	}
	buf_add(b, STR("\r\n"));
}

/* LSUB - RFC 3501 6.3.9: also the levels above what is subscribed, for "%", and only these flags. */
static void put_lsub(struct imap *s, struct buf *b, const struct list_entry *e)
{
	buf_printf(b, "* LSUB (%s) \"/\" ", e->bits & LB_MEETS ? "" : "\\Noselect");
	put_mailbox(s, b, entry_name(e));
	buf_add(b, STR("\r\n"));
}

static bool is_told(const struct list *l, const struct list_entry *e)
{
	if (!(e->bits & LB_MATCHES))
		return false;
	if (e->bits & LB_MEETS)
		return true;
	if (l->options & IS_LSUB)
		return (e->bits & LB_AS_LEVEL) && (e->bits & LB_CHILD_HIDDEN);
	if (l->options & (SEL_SUBSCRIBED | SEL_SPECIAL)) /* RFC 9051 6.3.9.6 */
		return (l->options & SEL_RECURSIVE) && (e->bits & LB_CHILD_HIDDEN);
	return (e->bits & LB_AS_LEVEL) && (e->bits & LB_CHILD); /* a level that is no mailbox */
}

/* What the options ask for besides: only of mailboxes that are listed for themselves. */
static void put_more(struct imap *s, struct buf *b, struct list *l, const struct list_entry *e,
		     const struct mbox_info *m, uint32_t rights)
{
	if ((l->options & RET_RIGHTS)) {
		buf_add(b, STR("* MYRIGHTS "));
		put_mailbox(s, b, entry_name(e));
		buf_add_char(b, ' ');
		rights_write(rights, b, true);
		buf_add(b, STR("\r\n"));
	}
	if ((l->options & RET_STATUS) && (rights & RIGHT_R))
		put_status(s, b, entry_name(e), m, l->status_items);
	if ((l->options & RET_METADATA) && may_use_metadata(rights))
		put_metadata_of(s, b, entry_name(e), m, &l->entries);
}

static void tell(struct imap *s, struct list *l, struct list_entry *e)
{
	bool wants_more = (l->options & (RET_STATUS | RET_RIGHTS | RET_METADATA)) &&
			  (e->bits & LB_EXISTS) && (e->bits & LB_MEETS);
	struct buf *b = imap_buf(s);
	struct mbox_info m;
	uint32_t rights = 0;

	if (wants_more)
		wants_more = mbox_get(imap_store(s), e->mbox, &m) >= 0 &&
			     rights_of(imap_store(s), s->account, str_of(s->user), &m, &rights) >= 0;
	if (wants_more && !(rights & RIGHT_R)) /* RFC 9051 6.3.9.2 */
		e->bits |= LB_NO_READ;
	if (l->options & IS_LSUB)
		put_lsub(s, b, e);
	else
		put_line(s, b, l, e);
	if (wants_more)
		put_more(s, b, l, e, &m, rights);
	if (!b->failed)
		imap_write(s, b);
}

static int tell_some(struct imap *s)
{
	struct list *l = s->cmd->state;

	while (l->at < l->tree.n) {
		struct list_entry *e = &l->tree.v[l->at++];

		if (is_told(l, e))
			tell(s, l, e);
		if (conn_is_full(s->conn) || (l->at % 64 == 0 && imap_is_long(s)))
			return imap_step(s, tell_some);
	}
	return imap_ok(s, "that is all");
}

static int collect_some(struct imap *s)
{
	struct list *l = s->cmd->state;
	int r = list_tree_collect(s, &l->tree);

	if (r < 0)
		return imap_fail(s, r);
	return r ? imap_step(s, collect_some) : tell_some(s);
}

/* -- the commands ------------------------------------------------------------------------- */

/* LIST "" "" (RFC 9051 6.3.9): the separator, and the root that the reference has. */
static int tell_root(struct imap *s, struct str reference, const char *word)
{
	struct buf *b = imap_buf(s);
	struct str root = STR("");

	if (is_foreign_name(reference))
		root = str_starts(reference, STR(SHARED_PREFIX)) ? STR(SHARED_PREFIX) : STR(OTHERS_PREFIX);
	buf_printf(b, "* %s (\\Noselect) \"/\" ", word);
	put_mailbox(s, b, root);
	buf_add(b, STR("\r\n"));
	imap_write(s, b);
	return imap_ok(s, "that is the separator");
}

static int list(struct imap *s, uint32_t options)
{
	struct args *a = &s->cmd->args;
	struct list *l = imap_state(s, sizeof(*l), list_free);
	struct str reference;
	bool is_root;

	if (!l)
		return imap_fail(s, E_NOMEM);
	l->options = options;
	l->patterns.v = arena_alloc(a->arena, PATTERNS_MOST * sizeof(*l->patterns.v));
	if (!l->patterns.v)
		return imap_fail(s, E_NOMEM);
	if (take_list(s, l, &reference, &is_root) < 0)
		return imap_fail(s, a->err);
	if ((options & IS_LSUB) && (l->options & IS_EXTENDED))
		return imap_bad(s, "LSUB takes a reference and a pattern");
	if (is_root)
		return tell_root(s, reference, options & IS_LSUB ? "LSUB" : "LIST");
	list_tree_init(&l->tree, &l->patterns);
	l->tree.wants_subscribed = l->options & (SEL_SUBSCRIBED | IS_LSUB);
	l->tree.wants_special = l->options & SEL_SPECIAL;
	return collect_some(s);
}

int imap_cmd_list(struct imap *s)
{
	return list(s, 0);
}

int imap_cmd_lsub(struct imap *s)
{
	return list(s, IS_LSUB);
}
