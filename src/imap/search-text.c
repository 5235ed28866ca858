/* search-text.c - keys that only the message itself decides: HEADER, TEXT and BODY.
 * SPDX-License-Identifier: Apache-2.0
 *
 * First the header; the parts only if the program is still undecided. All keys look at a text at
 * once: the finder knows their needles. */
#include "base/err.h"
#include "imap/search.h"
#include "store/search/text.h"
#include "wire/charset.h"

struct looking {
	struct search_program *p;
	struct buf *scratch; /* one: a field's decoded text */
	bool is_failed;
};

/* -- which needles are looked for in the next text -- */

static bool is_open(const struct search_term *t, enum search_op op)
{
	return t->op == op && t->value == IS_UNKNOWN;
}

/* Returns how many terms want a look: `op`, and of HEADER those of that field. */
static unsigned wish(const struct looking *l, enum search_op op, enum search_op or_op, struct str name)
{
	struct search_program *p = l->p;
	unsigned n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->terms[i].needle >= 0)
			finder_wish(p->finder, p->terms[i].needle, false);
	for (size_t i = 0; i < p->n; i++) {
		const struct search_term *t = &p->terms[i];

		if (!is_open(t, op) && !is_open(t, or_op))
			continue;
		if (t->op == S_HEADER && !str_ieq(t->name, name))
			continue;
		finder_wish(p->finder, t->needle, true);
		n++;
	}
	return n;
}

/* The text has been looked at: its finds settle terms. True: some of `op` is still open. */
static bool note(const struct looking *l, enum search_op op, enum search_op or_op, struct str name)
{
	struct search_program *p = l->p;
	bool is_any_open = false;

	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];

		if (!is_open(t, op) && !is_open(t, or_op))
			continue;
		if ((t->op != S_HEADER || str_ieq(t->name, name)) && finder_has(p->finder, t->needle))
			t->value = IS_TRUE;
		else
			is_any_open = true;
	}
	return is_any_open;
}

static void settle(struct search_program *p, enum search_op op, enum search_op or_op)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_open(&p->terms[i], op) || is_open(&p->terms[i], or_op))
			p->terms[i].value = IS_FALSE;
}

static bool has_open(const struct search_program *p, enum search_op op, enum search_op or_op)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_open(&p->terms[i], op) || is_open(&p->terms[i], or_op))
			return true;
	return false;
}

/* -- header fields -- */

static void decode(struct looking *l, struct str value)
{
	buf_clear(l->scratch);
	words_decode(value, l->scratch);
}

static bool look_at_value(struct looking *l, struct str name, struct str value)
{
	struct finder *f = l->p->finder;

	if (wish(l, S_HEADER, S_HEADER, name)) {
		decode(l, value);
		if (finder_begin(f) < 0) {
			l->is_failed = true;
			return false;
		}
		finder_feed(f, buf_str(l->scratch));
		finder_end(f);
		return note(l, S_HEADER, S_HEADER, name);
	}
	return has_open(l->p, S_HEADER, S_HEADER);
}

/* TEXT sees the field as a line of the header: "Name: value". */
static bool look_at_line(struct looking *l, struct str name, struct str value)
{
	struct finder *f = l->p->finder;

	if (!wish(l, S_TEXT, S_TEXT, STR_NONE))
		return false;
	decode(l, value);
	if (finder_begin(f) < 0) {
		l->is_failed = true;
		return false;
	}
	if (name.n) {
		finder_feed(f, name);
		finder_feed(f, STR(": "));
	}
	finder_feed(f, buf_str(l->scratch));
	finder_end(f);
	return note(l, S_TEXT, S_TEXT, STR_NONE);
}

static bool see_field(void *arg, bool is_own, struct str name, struct str value)
{
	struct looking *l = arg;
	bool wants_value = is_own && look_at_value(l, name, value);
	bool wants_line = look_at_line(l, name, value);

	return wants_value || wants_line;
}

/* -- text parts -- */

static bool see_begin(void *arg)
{
	struct looking *l = arg;

	if (!wish(l, S_BODY, S_TEXT, STR_NONE))
		return false;
	l->is_failed |= finder_begin(l->p->finder) < 0;
	return !l->is_failed;
}

static bool see_piece(void *arg, struct str utf8)
{
	struct looking *l = arg;

	finder_feed(l->p->finder, utf8);
	return !finder_is_done(l->p->finder);
}

static bool see_end(void *arg)
{
	struct looking *l = arg;

	if (l->is_failed)
		return false;
	finder_end(l->p->finder);
	return note(l, S_BODY, S_TEXT, STR_NONE);
}

/* -- a message -- */

/* An empty text is in every body, and in every header. */
static void settle_empty(struct search_program *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];

		if ((is_open(t, S_BODY) || is_open(t, S_TEXT)) && !t->folded.n)
			t->value = IS_TRUE;
	}
}

static MAY_WAIT int look_through(struct looking *l, struct msg_body *b, struct str offsets,
				 struct msg_text *t)
{
	static const struct text_sink sink = {see_field, see_begin, see_piece, see_end};
	struct search_program *p = l->p;
	int r = 0;

	if (has_open(p, S_HEADER, S_TEXT)) {
		r = msg_text_read(t, b, offsets, TEXT_HEADER, &sink, l);
		settle(p, S_HEADER, S_HEADER);
	}
	if (r < 0 || l->is_failed || search_value_of(p) != IS_UNKNOWN)
		return l->is_failed ? E_NOMEM : r;
	if (has_open(p, S_BODY, S_TEXT)) {
		unsigned parts = has_open(p, S_TEXT, S_TEXT) ? TEXT_PARTS : 0;

		r = msg_text_read(t, b, offsets, TEXT_BODY | parts, &sink, l);
	}
	return l->is_failed ? E_NOMEM : r;
}

int search_text_values(struct search_program *p, struct view *v, uint32_t uid, struct str offsets,
		       struct msg_text *t, struct buf scratch[3])
{
	struct looking l = {.p = p, .scratch = &scratch[0]};
	struct msg_body b;
	int r = 0;

	settle_empty(p);
	if (search_value_of(p) != IS_UNKNOWN)
		return 0;
	if (!offsets.p) {
		buf_clear(&scratch[1]);
		r = view_rendered(v, uid, CACHE_OFFSETS, &scratch[1]);
		offsets = buf_str(&scratch[1]);
	}
	if (r < 0 || (r = view_msg_open(&b, v, uid)) < 0)
		return r;
	r = look_through(&l, &b, offsets, t);
	msg_close(&b);
	settle(p, S_HEADER, S_TEXT);
	settle(p, S_BODY, S_BODY);
	return r;
}
