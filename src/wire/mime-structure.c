/* mime-structure.c - a message's BODY and BODYSTRUCTURE (RFC 9051 7.5.2).
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/mime-parts.h"

struct writer {
	const struct mime *m;
	struct buf *out;
	bool is_extended;
};

static struct str text_of(const struct writer *w, const struct part *p, enum field_kind k)
{
	struct str s = field_text(w->m, part_field(w->m, p, k));

	w->m->scratch->steps += s.n;
	return s;
}

/* SP ("name" "value" ...), or SP NIL */
static void add_params(const struct writer *w, struct str s)
{
	struct mime_params *all = &w->m->scratch->params;
	struct buf *text = &w->m->scratch->phrase;
	bool is_any = false;

	params_read(all, s, &w->m->scratch->steps);
	for (size_t i = 0; i < all->n; i++) {
		const struct param *p = &all->v[i];

		if (p->is_continuation)
			continue;
		buf_add(w->out, is_any ? STR(" ") : STR(" ("));
		is_any = true;
		buf_clear(text);
		param_add_name(text, all, p);
		imap_add_string(w->out, buf_str(text));
		buf_add_char(w->out, ' ');
		buf_clear(text);
		param_add_value(text, all, p);
		imap_add_string(w->out, buf_str(text));
	}
	buf_add(w->out, is_any ? STR(")") : STR(" NIL"));
}

static void add_field(const struct writer *w, const struct part *p, enum field_kind k)
{
	buf_add_char(w->out, ' ');
	imap_add_nstring(w->out, text_of(w, p, k));
}

static void add_disposition(const struct writer *w, const struct part *p)
{
	struct str s = text_of(w, p, FIELD_DISPOSITION), token;

	take_cfws(&s, &w->m->scratch->steps);
	token = take_token(&s);
	if (!token.n) {
		buf_add(w->out, STR(" NIL"));
		return;
	}
	buf_add(w->out, STR(" ("));
	imap_add_string(w->out, token);
	add_params(w, s);
	buf_add_char(w->out, ')');
}

/* RFC 3282: one tag, or several between commas. */
static void add_language(const struct writer *w, const struct part *p)
{
	struct str s = text_of(w, p, FIELD_LANGUAGE);
	bool is_list = str_find(s, ',') >= 0, is_any = false;

	while (s.p) {
		struct str item = str_cut(&s, ','), token;

		take_cfws(&item, &w->m->scratch->steps);
		token = take_token(&item);
		if (!token.n)
			continue;
		buf_add(w->out, is_list && !is_any ? STR(" (") : STR(" "));
		imap_add_string(w->out, token);
		is_any = true;
	}
	if (!is_any)
		buf_add(w->out, STR(" NIL"));
	else if (is_list)
		buf_add_char(w->out, ')');
}

/* What all kinds of part share at their end. */
static void add_extension(const struct writer *w, const struct part *p)
{
	if (!w->is_extended)
		return;
	if (p->kind != PART_MULTIPART)
		add_field(w, p, FIELD_MD5);
	add_disposition(w, p);
	add_language(w, p);
	add_field(w, p, FIELD_LOCATION);
}

/* "TYPE" "SUBTYPE" (params) */
static void add_type(const struct writer *w, const struct part *p)
{
	struct str s = text_of(w, p, FIELD_TYPE), type, subtype;

	if (p->kind == PART_PLAIN) { /* RFC 2045 5.2 */
		buf_add(w->out, STR("\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\")"));
		return;
	}
	if (!take_media_type(&s, &type, &subtype, &w->m->scratch->steps)) {
		type = STR("MESSAGE"); /* in a digest */
		subtype = STR("RFC822");
		s = STR_NONE;
	}
	if (p->kind == PART_OPAQUE) {
		type = STR("APPLICATION");
		subtype = STR("OCTET-STREAM");
	}
	imap_add_string(w->out, type);
	buf_add_char(w->out, ' ');
	imap_add_string(w->out, subtype);
	add_params(w, s);
}

static void add_encoding(const struct writer *w, const struct part *p)
{
	struct str s = text_of(w, p, FIELD_ENCODING), token;

	take_cfws(&s, &w->m->scratch->steps);
	token = take_token(&s);
	buf_add_char(w->out, ' ');
	imap_add_string(w->out, token.n ? token : STR("7BIT"));
}

/* A part that has no other in it, up to its octets. */
static void add_basic(const struct writer *w, const struct part *p)
{
	buf_add_char(w->out, '(');
	add_type(w, p);
	add_field(w, p, FIELD_ID);
	add_field(w, p, FIELD_DESCRIPTION);
	add_encoding(w, p);
	buf_add_char(w->out, ' ');
	buf_add_u64(w->out, p->body_n);
}

static void add_lines(const struct writer *w, const struct part *p)
{
	buf_add_char(w->out, ' ');
	buf_add_u64(w->out, p->lines);
}

/* A multipart without parts has an empty one: the grammar asks for it. */
static void add_nothing(const struct writer *w)
{
	buf_add(w->out, STR("(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 0 0"));
	if (w->is_extended)
		buf_add(w->out, STR(" NIL NIL NIL NIL"));
	buf_add_char(w->out, ')');
}

static void enter(const struct writer *w, const struct part *p)
{
	if (p->kind == PART_MULTIPART) {
		buf_add_char(w->out, '(');
		if (p->first == NOTHING)
			add_nothing(w);
		return;
	}
	add_basic(w, p);
	if (p->kind == PART_MESSAGE) {
		buf_add_char(w->out, ' ');
		envelope_render(w->m, &w->m->parts[p->first], w->out);
		buf_add_char(w->out, ' ');
	}
}

static void leave(const struct writer *w, const struct part *p)
{
	struct str s, type, subtype = STR("MIXED");

	if (p->kind == PART_MULTIPART) {
		s = text_of(w, p, FIELD_TYPE);
		take_media_type(&s, &type, &subtype, &w->m->scratch->steps);
		buf_add_char(w->out, ' ');
		imap_add_string(w->out, subtype);
		if (w->is_extended)
			add_params(w, s);
	} else if (p->is_text || p->kind == PART_MESSAGE) {
		add_lines(w, p);
	}
	add_extension(w, p);
	buf_add_char(w->out, ')');
}

/* Down to a first part, else to the next, else up. */
int mime_bodystructure(const struct mime *m, bool extended, struct buf *out)
{
	struct writer w = {.m = m, .out = out, .is_extended = extended};
	uint32_t at = 0;

	while (at != NOTHING && !out->failed) {
		const struct part *p = &m->parts[at];

		enter(&w, p);
		if (p->first != NOTHING) {
			at = p->first;
			continue;
		}
		leave(&w, p);
		while (p->next == NOTHING && p->parent != NOTHING) {
			p = &m->parts[p->parent];
			leave(&w, p);
		}
		at = p->next;
	}
	return out->failed;
}
