/* fetch-items.c - reads the items of FETCH: the plan, made once for all messages.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9051 9 (fetch-att), RFC 3501 (RFC822...), 7162 (MODSEQ), 8474 (EMAILID, THREADID),
 * 8514 (SAVEDATE), 8970 (PREVIEW). */
#include "base/attr.h"
#include "imap/annotate.h"
#include "imap/fetch.h"

enum shape { PLAIN, BODY_OR_SECTION, SECTION, BINARY, BINARY_SIZE, RFC822, WITH_LAZY, WITH_NOTES };

/* name, kind, what follows it, whether reading it sets \Seen */
static const struct item_row {
	const char *name;
	enum fetch_kind kind;
	enum shape shape;
	bool sets_seen;
	enum section_what what; /* RFC822: the section that it stands for */
} rows[] = {
	{"UID", FETCH_UID, PLAIN}, {"FLAGS", FETCH_FLAGS, PLAIN},
	{"INTERNALDATE", FETCH_INTERNALDATE, PLAIN}, {"RFC822.SIZE", FETCH_SIZE, PLAIN},
	{"ENVELOPE", FETCH_ENVELOPE, PLAIN}, {"BODYSTRUCTURE", FETCH_BODYSTRUCTURE, PLAIN},
	{"BODY", FETCH_SECTION, BODY_OR_SECTION, true}, {"BODY.PEEK", FETCH_SECTION, SECTION},
	{"BINARY", FETCH_BINARY, BINARY, true}, {"BINARY.PEEK", FETCH_BINARY, BINARY},
	{"BINARY.SIZE", FETCH_BINARY_SIZE, BINARY_SIZE},
	/* RFC 3501 6.4.5: RFC822.HEADER does not set \Seen */
	{"RFC822", FETCH_SECTION, RFC822, true, SECTION_ALL},
	{"RFC822.HEADER", FETCH_SECTION, RFC822, false, SECTION_HEADER},
	{"RFC822.TEXT", FETCH_SECTION, RFC822, true, SECTION_TEXT},
	{"MODSEQ", FETCH_MODSEQ, PLAIN}, {"EMAILID", FETCH_EMAILID, PLAIN},
	{"THREADID", FETCH_THREADID, PLAIN}, {"SAVEDATE", FETCH_SAVEDATE, PLAIN},
	{"PREVIEW", FETCH_PREVIEW, WITH_LAZY}, {"ANNOTATION", FETCH_ANNOTATION, WITH_NOTES},
};

static struct fetch_item *add(struct args *a, struct fetch_plan *p, enum fetch_kind kind)
{
	struct fetch_item *it;

	if (p->n == FETCH_ITEMS_MOST) {
		arg_fail(a, E_LIMIT, "too many items");
		return NULL;
	}
	if ((p->n & (p->n - 1)) == 0) { /* full at 0, 1, 2, 4, 8 ... */
		struct fetch_item *more = arena_alloc(a->arena, (p->n ? 2 * p->n : 1) * sizeof(*more));

		if (!more) {
			arg_fail(a, E_NOMEM, "out of memory");
			return NULL;
		}
		if (p->n)
			memcpy(more, p->items, p->n * sizeof(*more));
		p->items = more;
	}
	it = &p->items[p->n++];
	it->kind = kind;
	p->kinds |= 1u << kind;
	return it;
}

int fetch_plan_add(struct args *a, struct fetch_plan *p, enum fetch_kind kind)
{
	if (!fetch_has(p, kind))
		add(a, p, kind);
	return a->err;
}

static int keep_label(struct args *a, struct fetch_item *it, const char *name, bool has_section)
{
	struct buf b;

	buf_init(&b, 128 * 1024);
	buf_add(&b, str_of(name));
	if (has_section)
		section_write(&it->section, &b);
	buf_add_char(&b, ' ');
	it->label = arena_dup(a->arena, buf_str(&b));
	if (b.failed || !it->label.p)
		arg_fail(a, E_NOMEM, "out of memory");
	buf_free(&b);
	return a->err;
}

static int add_section(struct args *a, struct fetch_plan *p, enum fetch_kind kind, const char *name,
		       bool may_cut)
{
	struct fetch_item *it = add(a, p, kind);

	if (!it || section_parse(a, kind != FETCH_SECTION, may_cut, &it->section) < 0)
		return a->err;
	return keep_label(a, it, name, true);
}

/* RFC 8970 3.1: PREVIEW, or PREVIEW (LAZY). */
static int add_preview(struct args *a, struct fetch_plan *p)
{
	struct fetch_item *it = add(a, p, FETCH_PREVIEW);

	if (!it)
		return a->err;
	if (str_starts(a->in, STR(" ("))) {
		a->in = str_from(a->in, 2);
		it->is_lazy = arg_word_is(a, "LAZY");
		if (!it->is_lazy)
			return arg_fail(a, E_SYNTAX, "PREVIEW has no modifier but LAZY");
		arg_char(a, ')');
	}
	return keep_label(a, it, "PREVIEW", false);
}

/* RFC 5257 4.3 */
static int add_annotation(struct args *a, struct fetch_plan *p)
{
	struct fetch_item *it = add(a, p, FETCH_ANNOTATION);
	struct note_want *w = it ? arena_new(a->arena, struct note_want) : NULL;

	if (!w)
		return a->err ? a->err : arg_fail(a, E_NOMEM, "out of memory");
	arg_sp(a);
	arg_note_want(a, w);
	it->notes = w;
	return a->err;
}

static int add_rfc822(struct args *a, struct fetch_plan *p, const struct item_row *row)
{
	struct fetch_item *it = add(a, p, FETCH_SECTION);

	if (!it)
		return a->err;
	it->section.what = row->what;
	return keep_label(a, it, row->name, false);
}

static int add_row(struct args *a, struct fetch_plan *p, const struct item_row *row)
{
	bool has_bracket = arg_peek(a) == '[';

	if (row->shape == BODY_OR_SECTION && !has_bracket)
		return fetch_plan_add(a, p, FETCH_BODY);
	p->sets_seen |= row->sets_seen;
	switch (row->shape) {
	case PLAIN:
		return fetch_plan_add(a, p, row->kind);
	case RFC822:
		return add_rfc822(a, p, row);
	case WITH_LAZY:
		return add_preview(a, p);
	case WITH_NOTES:
		return add_annotation(a, p);
	case BINARY_SIZE:
		return add_section(a, p, row->kind, "BINARY.SIZE", false);
	case BINARY:
		return add_section(a, p, row->kind, "BINARY", true);
	default:
		return add_section(a, p, row->kind, "BODY", true);
	}
}

/* An item's name ends where its section begins. */
static struct str take_name(struct args *a)
{
	size_t n = 0;
	struct str s;

	while (n < a->in.n && (ascii_is_digit(a->in.p[n]) || a->in.p[n] == '.' ||
			       (ascii_lower(a->in.p[n]) >= 'a' && ascii_lower(a->in.p[n]) <= 'z')))
		n++;
	s = str_head(a->in, n);
	a->in = str_from(a->in, n);
	return s;
}

static int read_item(struct args *a, struct fetch_plan *p)
{
	struct str name = take_name(a);

	for (size_t i = 0; i < COLUMNS(rows) && !a->err; i++)
		if (str_ieq(name, str_of(rows[i].name)))
			return add_row(a, p, &rows[i]);
	return arg_fail(a, E_SYNTAX, "no such item");
}

/* Macros stand alone, never in a list (RFC 9051 6.4.5). */
static bool read_macro(struct args *a, struct fetch_plan *p)
{
	static const struct {
		const char *name;
		unsigned kinds;
	} macros[] = {
		{"ALL", 1u << FETCH_FLAGS | 1u << FETCH_INTERNALDATE | 1u << FETCH_SIZE |
				1u << FETCH_ENVELOPE},
		{"FAST", 1u << FETCH_FLAGS | 1u << FETCH_INTERNALDATE | 1u << FETCH_SIZE},
		{"FULL", 1u << FETCH_FLAGS | 1u << FETCH_INTERNALDATE | 1u << FETCH_SIZE |
				 1u << FETCH_ENVELOPE | 1u << FETCH_BODY},
	};

	for (size_t i = 0; i < COLUMNS(macros); i++) {
		if (!arg_word_is(a, macros[i].name))
			continue;
		for (enum fetch_kind k = 0; k <= FETCH_LAST_OF_INDEX; k++)
			if (macros[i].kinds >> k & 1)
				fetch_plan_add(a, p, k);
		return true;
	}
	return false;
}

int fetch_plan_read(struct args *a, struct fetch_plan *ret)
{
	struct fetch_plan p = {0};

	if (arg_next_is(a, '(')) {
		do
			read_item(a, &p);
		while (arg_next_is(a, ' '));
		arg_char(a, ')');
	} else if (!read_macro(a, &p)) {
		read_item(a, &p);
	}
	if (a->err)
		return a->err;
	*ret = p;
	return 0;
}

/* What comes from the index first, so that a client reads numbers before it reads megabytes; the
 * rest as it was asked for. */
void fetch_plan_sort(struct fetch_plan *p)
{
	for (size_t i = 1; i < p->n; i++) {
		struct fetch_item it = p->items[i];
		size_t k = i;

		if (it.kind > FETCH_LAST_OF_INDEX)
			continue;
		for (; k > 0 && p->items[k - 1].kind > it.kind; k--)
			p->items[k] = p->items[k - 1];
		p->items[k] = it;
	}
	p->want = fetch_has(p, FETCH_ENVELOPE) ? WANT_ENVELOPE : 0;
	if (fetch_has(p, FETCH_BODY) || fetch_has(p, FETCH_BODYSTRUCTURE))
		p->want |= WANT_STRUCTURE;
}
