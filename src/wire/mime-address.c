/* mime-address.c - turns an address list (RFC 5322 3.4, 4.4) into IMAP's (RFC 9051 7.5.2).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Never fails: each octet is looked at once, and what is no address becomes the nearest thing to
 * one. A host is never NIL but in the marks of a group, so that nothing can pass for a group. */
#include "wire/mime-parts.h"

struct reader {
	struct mime_scratch *s;
	struct str in;
	struct buf *out;
	size_t last_word; /* where the last word of the phrase begins */
	bool is_any;      /* the list's parenthesis is open */
	bool in_angle, in_route, has_at, has_angle, in_group;
	bool has_space; /* before what comes next */
};

static void add_some(struct buf *b, struct str s) /* as much as fits */
{
	buf_add(b, str_head(s, b->max - b->n));
}

/* -- writing ---------------------------------------------------------------- */

static struct str nil_if_empty(const struct buf *b)
{
	return b->n ? buf_str(b) : STR_NONE;
}

static void open_list(struct reader *r)
{
	if (!r->is_any)
		buf_add_char(r->out, '(');
	r->is_any = true;
}

static void add_group_mark(struct reader *r, struct str name)
{
	open_list(r);
	buf_add(r->out, STR("(NIL NIL "));
	imap_add_nstring(r->out, name);
	buf_add(r->out, STR(" NIL)"));
}

static void add_address(struct reader *r)
{
	struct mime_scratch *s = r->s;
	struct str name = nil_if_empty(s->phrase.n ? &s->phrase : &s->comment);

	open_list(r);
	buf_add_char(r->out, '(');
	imap_add_nstring(r->out, name);
	buf_add_char(r->out, ' ');
	imap_add_nstring(r->out, nil_if_empty(&s->route));
	buf_add_char(r->out, ' ');
	imap_add_string(r->out, buf_str(&s->local));
	buf_add_char(r->out, ' ');
	imap_add_string(r->out, buf_str(&s->host));
	buf_add_char(r->out, ')');
}

static void begin_address(struct reader *r)
{
	buf_clear(&r->s->phrase);
	buf_clear(&r->s->comment);
	buf_clear(&r->s->route);
	buf_clear(&r->s->local);
	buf_clear(&r->s->host);
	r->in_angle = r->in_route = r->has_at = r->has_angle = r->has_space = false;
	r->last_word = 0;
}

/* What was taken for a phrase ends in a local part: the last word. */
static void phrase_to_local(struct reader *r)
{
	struct buf *phrase = &r->s->phrase;

	add_some(&r->s->local, str_from(buf_str(phrase), r->last_word));
	phrase->n = r->last_word;
	while (phrase->n && phrase->p[phrase->n - 1] == ' ')
		phrase->n--;
}

static void end_address(struct reader *r)
{
	struct mime_scratch *s = r->s;

	if (!r->has_angle && !r->has_at && s->phrase.n) {
		r->last_word = 0;
		phrase_to_local(r);
	}
	if (s->phrase.n || s->local.n || s->host.n)
		add_address(r);
	begin_address(r);
}

static void end_group(struct reader *r)
{
	end_address(r);
	if (r->in_group)
		add_group_mark(r, STR_NONE);
	r->in_group = false;
}

/* -- reading ---------------------------------------------------------------- */

static bool is_behind_angle(const struct reader *r)
{
	return r->has_angle && !r->in_angle;
}

/* Words of a phrase are put together with one space where there was any. */
static void add_word(struct reader *r, struct str word)
{
	struct mime_scratch *s = r->s;

	if (is_behind_angle(r)) {
		; /* nothing may follow but a comment */
	} else if (r->in_route) {
		add_some(&s->route, word);
	} else if (r->has_at) {
		if (!r->has_space || !s->host.n || r->in_angle)
			add_some(&s->host, word);
	} else if (r->in_angle) {
		add_some(&s->local, word);
	} else {
		if (r->has_space && s->phrase.n) {
			add_some(&s->phrase, STR(" "));
			r->last_word = s->phrase.n;
		}
		add_some(&s->phrase, word);
	}
	r->has_space = false;
}

/* A comment; what is in it counts as the name if there is no other. */
static void take_comment(struct reader *r)
{
	size_t depth = 0, i = 0;

	buf_clear(&r->s->comment);
	for (; i < r->in.n; i++) {
		char c = r->in.p[i];

		if (c == ')' && !--depth)
			break;
		if (c == '\\' && i + 1 < r->in.n)
			c = r->in.p[++i];
		else if (c == '(' && !depth++)
			continue;
		add_some(&r->s->comment, str_n(&c, 1));
	}
	r->in = str_from(r->in, i + 1);
	r->has_space = true;
}

static void take_quoted(struct reader *r)
{
	size_t from = 1, i = 1;

	add_word(r, STR_NONE); /* the space before it */
	for (; i < r->in.n && r->in.p[i] != '"'; i++) {
		if (r->in.p[i] != '\\')
			continue;
		add_word(r, str_n(r->in.p + from, i - from));
		from = ++i;
	}
	if (i > r->in.n)
		i = r->in.n;
	if (from < i)
		add_word(r, str_n(r->in.p + from, i - from));
	r->in = str_from(r->in, i + 1);
}

static void take_literal(struct reader *r)
{
	ptrdiff_t end = str_find(r->in, ']');
	size_t n = end < 0 ? r->in.n : (size_t)end + 1;

	add_word(r, str_head(r->in, n));
	r->in = str_from(r->in, n);
}

static void take_atom(struct reader *r)
{
	static const bool is_end[256] = {
		['('] = true, [')'] = true, ['<'] = true,  ['>'] = true, ['['] = true,
		[']'] = true, [':'] = true, [';'] = true,  ['@'] = true, [','] = true,
		['"'] = true, [' '] = true, ['\t'] = true, ['\r'] = true};
	size_t n = 0;

	while (n < r->in.n && !is_end[(unsigned char)r->in.p[n]])
		n++;
	n = n ? n : 1; /* something that has no place here */
	add_word(r, str_head(r->in, n));
	r->in = str_from(r->in, n);
}

static void on_at(struct reader *r)
{
	if (is_behind_angle(r))
		return;
	if (r->in_angle && !r->s->local.n && !r->has_at) {
		r->in_route = true; /* "<@a,@b:c@d>" */
		add_word(r, STR("@"));
		return;
	}
	if (r->has_at) { /* a@b@c: the last one counts */
		add_some(&r->s->local, STR("@"));
		add_some(&r->s->local, buf_str(&r->s->host));
		buf_clear(&r->s->host);
	} else if (!r->in_angle) {
		phrase_to_local(r);
	}
	r->has_at = true;
}

static void on_angle(struct reader *r)
{
	if (r->has_at && !r->has_angle) { /* 'a@b <c@d>': the first was a name */
		struct buf *phrase = &r->s->phrase;

		add_some(phrase, phrase->n ? STR(" ") : STR_NONE);
		add_some(phrase, buf_str(&r->s->local));
		add_some(phrase, STR("@"));
		add_some(phrase, buf_str(&r->s->host));
	}
	buf_clear(&r->s->local);
	buf_clear(&r->s->host);
	buf_clear(&r->s->route);
	r->in_angle = r->has_angle = true;
	r->has_at = r->in_route = false;
}

/* A special octet outside of words; false if it is none. */
static bool on_special(struct reader *r, char c)
{
	if (c == '@') {
		on_at(r);
	} else if (c == '<') {
		on_angle(r);
	} else if (c == '>') {
		r->in_angle = r->in_route = false;
	} else if (c == ',' && r->in_route) {
		add_word(r, STR(","));
	} else if (c == ',') {
		end_address(r);
	} else if (c == ';') {
		end_group(r);
	} else if (c == ':' && r->in_route) {
		r->in_route = false;
	} else if (c == ':' && !r->in_angle && !r->has_at && !r->has_angle && !r->in_group) {
		add_group_mark(r, r->s->phrase.n ? buf_str(&r->s->phrase) : STR(""));
		r->in_group = true;
		begin_address(r);
	} else {
		return false;
	}
	r->in = str_from(r->in, 1);
	return true;
}

bool addresses_render(struct mime_scratch *s, struct str list, bool is_first, struct buf *out)
{
	struct reader r = {.s = s, .in = list, .out = out, .is_any = !is_first};

	begin_address(&r);
	s->steps += list.n;
	while (r.in.n && !out->failed) {
		char c = r.in.p[0];

		if (c == ' ' || c == '\t' || c == '\r') {
			r.has_space = true;
			r.in = str_from(r.in, 1);
		} else if (c == '(') {
			take_comment(&r);
		} else if (c == '"') {
			take_quoted(&r);
		} else if (c == '[' && r.has_at) {
			take_literal(&r);
		} else if (!on_special(&r, c)) {
			take_atom(&r);
		}
	}
	end_group(&r);
	return r.is_any;
}
