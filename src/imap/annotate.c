/* annotate.c - ANNOTATE-EXPERIMENT-1: notes on messages, one's own and everybody's (RFC 5257).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of an entry's attributes only "value" is kept, in two copies: ".priv" is the session's user's,
 * ".shared" is everybody's; "size" is told from the value. */
#include "imap/annotate.h"
#include <inttypes.h>
#include "imap/command.h"
#include "imap/fetch.h"
#include "net/task.h"
#include "wire/mime.h"
#include "wire/mutf7.h"

enum { ENTRIES_MOST = 256, ENTRY_MOST = 400, PATH_MOST = 64 };

/* -- names ------------------------------------------------------------------------------------ */

/* RFC 5257 3.2: ASCII without controls, no empty level. */
static bool is_entry(struct str e, bool pattern)
{
	if (e.n > ENTRY_MOST || (!pattern && (e.n < 2 || *e.p != '/')) || str_ends(e, STR("/")))
		return false;
	for (size_t i = 0; i < e.n; i++) {
		char c = e.p[i];

		if (c < ' ' || c == 0x7f || (!pattern && (c == '*' || c == '%')) ||
		    (c == '/' && i && e.p[i - 1] == '/'))
			return false;
	}
	return e.n > 0;
}

/* "/1.2/comment": part numbers, as SECTION has them (RFC 5257 3.2.1). */
static int path_of(struct str entry, uint32_t *path, size_t *n)
{
	struct str rest = str_from(entry, 1), part = str_cut(&rest, '/');

	*n = 0;
	if (!part.n || !ascii_is_digit(*part.p))
		return 0;
	while (part.p) {
		uint64_t v;

		if (*n == PATH_MOST || str_u64(str_cut(&part, '.'), UINT32_MAX, &v) < 0 || !v)
			return E_SYNTAX;
		path[(*n)++] = (uint32_t)v;
	}
	return rest.n ? 0 : E_SYNTAX; /* the part itself has no attributes */
}

int arg_note_entry(struct args *a, bool pattern, struct str *ret)
{
	uint32_t path[PATH_MOST];
	struct str e;
	size_t n;

	if ((pattern ? arg_list_mailbox(a, &e) : arg_astring(a, &e)) < 0)
		return a->err;
	if (!is_entry(e, pattern) || (!pattern && path_of(e, path, &n) < 0))
		return arg_fail(a, E_SYNTAX, "no name of an annotation");
	*ret = arena_dup(a->arena, e); /* the text may move when it grows */
	return ret->p ? 0 : arg_fail(a, E_NOMEM, "out of memory");
}

/* -- storing: arguments -------------------------------------------------------------------------- */

/* value.priv or value.shared, spelt out (RFC 5257 3.3). */
static int read_att(struct imap *s, struct args *a, uint64_t *who)
{
	struct str att;

	arg_astring(a, &att);
	if (!a->err && str_ieq(att, STR("value.priv")))
		*who = s->account;
	else if (!a->err && str_ieq(att, STR("value.shared")))
		*who = 0;
	else
		arg_fail(a, E_SYNTAX, "value.priv or value.shared can be stored");
	return a->err;
}

static int read_value(struct args *a, struct str *ret)
{
	bool is_literal8;
	struct str v;

	if (arg_word_is(a, "NIL")) {
		*ret = STR_NONE;
		return 0;
	}
	if (arg_binary(a, &v, &is_literal8) < 0)
		return a->err;
	if (v.n > ANNOTATION_MOST)
		return arg_fail(a, E_TOOBIG, "an annotation is too large");
	*ret = v.n ? arena_dup(a->arena, v) : STR("");
	return ret->p ? 0 : arg_fail(a, E_NOMEM, "out of memory");
}

/* "(att value att value ...)" of one entry. */
static int read_entry(struct imap *s, struct args *a, bool may_end, struct str entry,
		      struct note_set *ret)
{
	arg_sp(a);
	arg_char(a, '(');
	do {
		struct delivery_note *note = &ret->v[ret->n];

		if (ret->n == ENTRIES_MOST)
			return arg_fail(a, E_LIMIT, "too many annotations at once");
		note->entry = entry;
		read_att(s, a, &note->who);
		arg_sp(a);
		if (!a->err && may_end && arg_is_end(a))
			return 1;
		if (read_value(a, &note->value) < 0)
			return a->err;
		ret->has_shared |= !note->who;
		ret->n++;
	} while (arg_next_is(a, ' '));
	return arg_char(a, ')');
}

int arg_notes(struct imap *s, bool may_end, struct note_set *ret)
{
	struct args *a = &s->cmd->args;
	struct str entry;
	int r = 0;

	*ret = (struct note_set){.v = arena_alloc(a->arena, ENTRIES_MOST * sizeof(*ret->v))};
	if (!ret->v)
		return arg_fail(a, E_NOMEM, "out of memory");
	arg_char(a, '(');
	do {
		if (arg_note_entry(a, false, &entry) < 0)
			return a->err;
		/* RFC 5257 3.5: "MUST NOT be used" */
		if (str_eq(entry, STR("/flags")) || str_starts(entry, STR("/flags/")))
			return arg_fail(a, E_SYNTAX, "/flags is reserved");
		r = read_entry(s, a, may_end, entry, ret);
	} while (!r && arg_next_is(a, ' '));
	return r ? r : arg_char(a, ')');
}

/* -- storing ----------------------------------------------------------------------------------- */

int note_refuse(struct imap *s, int e)
{
	switch (e) {
	case E_TOOBIG: /* RFC 5257 4.5 */
		return imap_no_code(s, "ANNOTATE TOOBIG", "an annotation is too large");
	case E_LIMIT:
		return imap_no_code(s, "ANNOTATE TOOMANY", "too many annotations");
	default:
		return imap_fail(s, e);
	}
}

/* All of `notes` for all of `set`, in one change. The condition holds for each step: what another
 * of them has given does not count (store.h). */
MAY_WAIT static int commit_all(struct imap *s, struct uidset set, const struct note_set *notes,
			       const uint64_t *unchanged_since, struct uidset *failed)
{
	struct change_report report = {.arena = conn_arena(s->conn)};
	struct change *c = NULL;
	int e = change_new(&c, imap_store(s));

	for (size_t i = 0; i < notes->n && e >= 0; i++) {
		const struct delivery_note *n = &notes->v[i];

		e = change_note(c, s->mbox->view->mbox, set, n->who, n->entry, n->value);
		if (e >= 0 && unchanged_since) {
			change_unchanged_since(c, *unchanged_since);
			change_tell(c, &report);
		}
	}
	if (e >= 0)
		e = change_commit(&c);
	change_drop(c);
	*failed = e >= 0 ? report.failed : (struct uidset){0};
	return e;
}

/* RFC 5257 3.2.1: a part that is not there is an error of the client's. */
MAY_WAIT static int check_part(struct imap *s, uint32_t uid, const uint32_t *path, size_t n)
{
	struct mime_part part;
	struct buf offsets;
	int e;

	buf_init(&offsets, 16 << 20);
	e = view_rendered(s->mbox->view, uid, CACHE_OFFSETS, &offsets);
	if (e >= 0)
		e = mime_offsets_find(buf_str(&offsets), path, n, &part);
	buf_free(&offsets);
	return e;
}

MAY_WAIT static int check_parts(struct imap *s, struct uidset set, const struct note_set *notes)
{
	uint32_t path[PATH_MOST];
	size_t n;

	for (size_t i = 0; i < notes->n; i++) {
		path_of(notes->v[i].entry, path, &n);
		for (size_t k = 0; n && k < set.n; k++)
			for (uint32_t uid = set.r[k].lo; uid && uid <= set.r[k].hi; uid++) {
				int e = check_part(s, uid, path, n);

				if (e == E_NOTFOUND)
					return imap_bad(s, "the message has no such part");
				if (e < 0)
					return imap_fail(s, e);
				task_yield();
			}
	}
	return 0;
}

/* RFC 5257 3.4: r for one's own, n for everybody's. */
static int check_rights(struct imap *s, const struct note_set *notes)
{
	if (s->mbox->is_read_only && (s->mbox->rights & RIGHT_N || notes->has_shared))
		return imap_no(s, E_DENIED, "the mailbox is read-only");
	if (notes->has_shared && !(s->mbox->rights & RIGHT_N))
		return imap_no(s, E_DENIED, "everybody's annotations are not yours to change");
	return 0;
}

static int finish(struct imap *s, struct uidset failed)
{
	struct buf b;
	int e = 0;

	if (!failed.n)
		return imap_ok(s, "stored");
	if (!s->cmd->is_uid)
		e = view_seqs(s->mbox->view, failed, conn_arena(s->conn), &failed);
	buf_init(&b, 1 << 20);
	if (e >= 0)
		e = put_uidset(&b, failed);
	if (e >= 0)
		e = imap_ok(s, "[MODIFIED " STR_FMT "] some were changed by others", STR_ARG(buf_str(&b)));
	buf_free(&b);
	return e < 0 ? imap_fail(s, e) : e;
}

int annotate_store(struct imap *s, struct uidset set, const uint64_t *unchanged_since)
{
	struct args *a = &s->cmd->args;
	struct uidset failed = {0};
	struct note_set notes;
	int e;

	arg_sp(a);
	if (arg_notes(s, false, &notes) < 0 || arg_end(a) < 0)
		return a->err == E_LIMIT || a->err == E_TOOBIG ? note_refuse(s, a->err)
							       : imap_fail(s, a->err);
	e = check_rights(s, &notes);
	if (e >= 0)
		e = check_parts(s, set, &notes);
	if (e < 0)
		return e;
	if (unchanged_since)
		condstore_on(s);
	e = set.n ? commit_all(s, set, &notes, unchanged_since, &failed) : 0;
	if (e < 0)
		return note_refuse(s, e);
	if (!(s->enabled & EN_CONDSTORE)) { /* RFC 5257 4.5: silent; else MODSEQ is told at the end */
		s->cmd->told_modseq = modseq_now(s);
		s->cmd->told = set;
	}
	return finish(s, failed);
}

/* -- asking ------------------------------------------------------------------------------------- */

static int add_one(struct args *a, struct note_want *w, enum note_att att)
{
	for (size_t i = 0; i < w->n_atts; i++)
		if (w->atts[i] == att)
			return arg_fail(a, E_SYNTAX, "an attribute is named twice");
	w->atts[w->n_atts++] = att;
	return 0;
}

/* "value" is both of its copies (RFC 5257 3.2.2). False: it is another attribute. */
static bool add_att(struct args *a, struct note_want *w, const char *name, struct str given,
		    enum note_att priv)
{
	struct str end = str_from(given, strlen(name));
	bool is_both = !end.n, is_priv = str_ieq(end, STR(".priv"));

	if (!str_istarts(given, str_of(name)) || !(is_both || is_priv || str_ieq(end, STR(".shared"))))
		return false;
	if (is_both || is_priv)
		add_one(a, w, priv);
	if ((is_both || !is_priv) && !a->err)
		add_one(a, w, priv + 1);
	return true;
}

static int read_attrib(struct args *a, struct note_want *w)
{
	struct str att;

	if (arg_astring(a, &att) < 0)
		return a->err;
	if (!add_att(a, w, "value", att, NOTE_VALUE_PRIV) && !add_att(a, w, "size", att, NOTE_SIZE_PRIV))
		arg_fail(a, E_SYNTAX, "the attributes are value and size");
	return a->err;
}

int arg_note_want(struct args *a, struct note_want *ret)
{
	bool many;

	*ret = (struct note_want){.entries = arena_alloc(a->arena, ENTRIES_MOST * sizeof(struct str))};
	if (!ret->entries)
		return arg_fail(a, E_NOMEM, "out of memory");
	arg_char(a, '(');
	many = arg_next_is(a, '(');
	do {
		if (ret->n == ENTRIES_MOST)
			return arg_fail(a, E_LIMIT, "too many annotations at once");
		if (arg_note_entry(a, true, &ret->entries[ret->n++]) < 0)
			return a->err;
	} while (many && arg_next_is(a, ' '));
	if (many)
		arg_char(a, ')');
	arg_sp(a);
	many = arg_next_is(a, '(');
	do
		read_attrib(a, ret);
	while (!a->err && many && arg_next_is(a, ' '));
	if (many)
		arg_char(a, ')');
	return arg_char(a, ')');
}

/* -- telling -------------------------------------------------------------------------------------- */

struct found { /* an entry, and its two values */
	struct str entry, value[2]; /* one's own, everybody's; p = NULL: none */
};
struct finding {
	const struct note_want *want;
	struct found *v;
	size_t n;
	struct arena arena;
	bool no_memory;
};

static bool is_wanted(const struct note_want *w, struct str entry)
{
	for (size_t i = 0; i < w->n; i++)
		if (mailbox_name_matches(entry, w->entries[i]))
			return true;
	return false;
}

static struct found *entry_of(struct finding *f, struct str entry)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->v[i].entry, entry))
			return &f->v[i];
	f->v[f->n] = (struct found){.entry = arena_dup(&f->arena, entry)};
	return &f->v[f->n++];
}

static bool keep_note(void *arg, uint64_t who, struct str entry, struct str value)
{
	struct finding *f = arg;
	struct found *e;

	if (!is_wanted(f->want, entry) || f->n == 2 * NOTES_MOST)
		return true;
	e = entry_of(f, entry);
	e->value[!who] = value.n ? arena_dup(&f->arena, value) : STR("");
	f->no_memory = !e->entry.p || !e->value[!who].p;
	return !f->no_memory;
}

/* Names without wildcards are answered in any case: NIL where there is nothing (RFC 5257 3.2.2). */
static void add_named(struct finding *f)
{
	for (size_t i = 0; i < f->want->n && f->n < 2 * NOTES_MOST + ENTRIES_MOST; i++) {
		struct str e = f->want->entries[i];

		if (str_find(e, '*') < 0 && str_find(e, '%') < 0)
			entry_of(f, e);
	}
}

static void put_value(struct buf *out, struct str v)
{
	if (v.n && memchr(v.p, '\0', v.n)) {
		buf_printf(out, "~{%zu}\r\n", v.n);
		buf_add(out, v);
	} else {
		put_nstring(out, v);
	}
}

static void put_found(const struct note_want *w, const struct found *e, struct buf *out)
{
	static const char *const names[NOTE_ATTS_] = {"value.priv", "value.shared", "size.priv",
						      "size.shared"};

	put_astring(out, e->entry);
	buf_add(out, STR(" ("));
	for (size_t i = 0; i < w->n_atts; i++) {
		enum note_att att = w->atts[i];
		struct str v = e->value[att & 1];

		buf_printf(out, "%s%s ", i ? " " : "", names[att]);
		if (att >= NOTE_SIZE_PRIV)
			buf_printf(out, "\"%zu\"", v.n);
		else
			put_value(out, v);
	}
	buf_add_char(out, ')');
}

int put_notes(struct imap *s, const struct note_want *w, const struct msg_info *m, struct buf *out)
{
	struct finding f = {.want = w};
	int e = 0;

	arena_init(&f.arena, 2 * NOTES_MOST * (NOTE_VALUE_MOST + 1024) + (1 << 20));
	f.v = arena_alloc(&f.arena, (2 * NOTES_MOST + ENTRIES_MOST) * sizeof(*f.v));
	if (!f.v)
		e = E_NOMEM;
	if (e >= 0 && m->bits & BIT_NOTES)
		e = notes_each(s->mbox->view, m->uid, s->account, keep_note, &f);
	if (e >= 0 && f.no_memory)
		e = E_NOMEM;
	if (e >= 0) {
		add_named(&f);
		buf_add_char(out, '(');
		for (size_t i = 0; i < f.n; i++) {
			if (i)
				buf_add_char(out, ' ');
			put_found(w, &f.v[i], out);
		}
		e = buf_add_char(out, ')');
	}
	arena_free(&f.arena);
	return e;
}

/* FETCH ANNOTATION. */
int fetch_annotation(struct fetch *f, const struct fetch_item *it)
{
	struct source *src = &f->source;
	int e = put_notes(f->s, it->notes, &f->batch[f->at].info, &src->memory);

	if (e < 0) {
		f->failed = f->failed ? f->failed : e;
		return e;
	}
	fetch_label(f, STR("ANNOTATION "));
	src->left = src->memory.n;
	fetch_memory(f, false);
	return 0;
}

/* -- looking --------------------------------------------------------------------------------------- */

struct looking {
	const struct note_find *what;
	bool found;
};

static bool look_at(void *arg, uint64_t who, struct str entry, struct str value)
{
	struct looking *l = arg;
	const struct note_find *w = l->what;

	if (!(who ? w->priv : w->shared) || !mailbox_name_matches(entry, w->entry))
		return true;
	l->found = w->fn(w->arg, value);
	return !l->found;
}

bool notes_find_in(struct view *v, uint64_t account, uint32_t uid, const struct note_find *what)
{
	struct looking l = {what, false};

	notes_each(v, uid, account, look_at, &l);
	return l.found;
}

bool notes_find(struct imap *s, const struct msg_info *m, const struct note_find *what)
{
	return m->bits & BIT_NOTES && notes_find_in(s->mbox->view, s->account, m->uid, what);
}
