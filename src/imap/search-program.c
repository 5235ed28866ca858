/* search-program.c - reads a search program: nested keys to a flat row of terms in postfix order.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is open is a short stack of frames: a list whose keys are ANDed, a NOT, an OR. A key that is
 * complete closes those above it that wait for nothing more. */
#include "base/err.h"
#include "imap/search-key.h"

enum frame_kind { FRAME_ALL, FRAME_LIST, FRAME_NOT, FRAME_OR, FRAME_FUZZY };

struct frame {
	uint8_t kind;
	unsigned n; /* keys that it has */
};

struct parser {
	struct args *a;
	const struct search_words *w;
	struct search_program *p;
	struct frame frames[SEARCH_DEPTH_MOST + 1];
	unsigned depth;
	size_t cap;
};

static int push(struct parser *s, enum frame_kind kind)
{
	if (s->depth > SEARCH_DEPTH_MOST)
		return arg_fail(s->a, E_LIMIT, "search keys are nested too deeply");
	s->frames[s->depth++] = (struct frame){.kind = (uint8_t)kind};
	return 0;
}

/* Doubles in the arena: what it wastes is as much as what it keeps. */
static struct search_term *new_term(struct parser *s)
{
	struct search_program *p = s->p;

	if (p->n == 2 * SEARCH_TERMS_MOST) { /* with the connectives */
		arg_fail(s->a, E_LIMIT, "too many search keys");
		return NULL;
	}
	if (p->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 8;
		struct search_term *terms = arena_alloc(s->a->arena, cap * sizeof(*terms));

		if (!terms) {
			arg_fail(s->a, E_NOMEM, "out of memory");
			return NULL;
		}
		if (p->n)
			memcpy(terms, p->terms, p->n * sizeof(*terms));
		p->terms = terms;
		s->cap = cap;
	}
	p->terms[p->n] = (struct search_term){.needle = -1};
	return &p->terms[p->n++];
}

static int connect(struct parser *s, enum search_op op)
{
	struct search_term *t = new_term(s);

	if (!t)
		return s->a->err;
	t->op = (uint8_t)op;
	return 0;
}

static int add_needle(struct parser *s, struct search_term *t)
{
	struct search_program *p = s->p;

	if (!p->finder && !(p->finder = finder_new()))
		return arg_fail(s->a, E_NOMEM, "out of memory");
	t->needle = finder_add(p->finder, t->text);
	return t->needle < 0 ? arg_fail(s->a, t->needle, "too many search texts") : 0;
}

/* Every frame above is an AND: the message must match this term. */
static bool must_match(const struct parser *s)
{
	for (unsigned i = 0; i < s->depth; i++)
		if (s->frames[i].kind == FRAME_NOT || s->frames[i].kind == FRAME_OR)
			return false;
	return true;
}

static int note_leaf(struct parser *s, struct search_term *t)
{
	struct search_program *p = s->p;

	t->must_match = must_match(s);
	p->has_modseq |= t->op == S_MODSEQ;
	p->has_recent |= t->op == S_RECENT || t->op == S_OLD || t->op == S_NEW;
	p->has_seqs |= t->op == S_SET || t->set.is_saved;
	if (t->op >= S_SUBJECT && t->op <= S_SENT_SINCE)
		p->needs |= NEED_ENVELOPE;
	if (t->op == S_ANNOTATION)
		p->needs |= NEED_NOTES;
	if (t->op == S_HEADER || t->op == S_TEXT)
		p->needs |= NEED_HEADER;
	if (t->op == S_BODY || t->op == S_TEXT)
		p->needs |= NEED_BODY;
	return t->op >= S_HEADER ? add_needle(s, t) : 0;
}

static int read_leaf(struct parser *s)
{
	struct search_term *t = new_term(s);
	int r;

	if (!t)
		return s->a->err;
	r = search_key_read(s->a, s->w, t);
	return r < 0 ? r : note_leaf(s, t);
}

/* What opens a frame; 1: it did, and a key must follow. */
static int read_opening(struct parser *s)
{
	static const struct {
		const char *name;
		enum frame_kind kind;
	} words[] = {{"NOT", FRAME_NOT}, {"OR", FRAME_OR}, {"FUZZY", FRAME_FUZZY}};
	int r;

	if (arg_next_is(s->a, '('))
		return (r = push(s, FRAME_LIST)) < 0 ? r : 1;
	for (unsigned i = 0; i < 3; i++) {
		if (!arg_word_is(s->a, words[i].name))
			continue;
		s->p->has_fuzzy |= words[i].kind == FRAME_FUZZY;
		if ((r = push(s, words[i].kind)) < 0)
			return r;
		return (r = arg_sp(s->a)) < 0 ? r : 1;
	}
	return 0;
}

/* A key of the topmost frame is complete. 1: the frame, too; 0: it wants another key; 2: all is. */
static int key_done(struct parser *s)
{
	struct frame *f = &s->frames[s->depth - 1];
	int r = 0;

	f->n++;
	switch (f->kind) {
	case FRAME_NOT:
		return (r = connect(s, S_NOT)) < 0 ? r : 1;
	case FRAME_FUZZY: /* we match exactly: that is a way to be fuzzy (RFC 6203 3) */
		return 1;
	case FRAME_OR:
		if (f->n == 1)
			return arg_sp(s->a);
		return (r = connect(s, S_OR)) < 0 ? r : 1;
	default:
		break;
	}
	if (f->n > 1 && (r = connect(s, S_AND)) < 0)
		return r;
	if (f->kind == FRAME_LIST && arg_next_is(s->a, ')'))
		return 1;
	if (f->kind == FRAME_ALL && arg_is_end(s->a))
		return 2;
	return arg_sp(s->a);
}

static int read_key(struct parser *s)
{
	int r;

	while ((r = read_opening(s)) > 0)
		;
	if (r >= 0)
		r = read_leaf(s);
	if (r < 0)
		return r;
	while ((r = key_done(s)) == 1)
		s->depth--;
	return r;
}

int search_parse(struct args *a, const struct search_words *w, struct search_program *ret)
{
	struct search_program p = {.now_ms = w->now_ms};
	struct parser s = {.a = a, .w = w, .p = &p};
	int r = push(&s, FRAME_ALL);

	while (r == 0)
		r = read_key(&s);
	if (r < 0) {
		search_free(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void search_free(struct search_program *p)
{
	p->finder = finder_free(p->finder);
}
