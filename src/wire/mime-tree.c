/* mime-tree.c - opens and closes parts: boundaries, nesting and its limits.
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/mime-parts.h"

static bool parts_grow(struct mime *m)
{
	uint32_t cap = m->cap_parts ? 2 * m->cap_parts : 8;
	struct part *p;

	if (m->n_parts < m->cap_parts)
		return true;
	p = realloc(m->parts, cap * sizeof(*p));
	if (!p)
		return false;
	m->parts = p;
	m->cap_parts = cap;
	return true;
}

static void freeze(struct mime *m)
{
	m->facts.cut = true;
	m->is_frozen = true;
	m->in_header = false;
	m->n_open = 0;
}

/* A part begins at `at`, inside of the innermost open one. Past the limit it is the last, opaque,
 * and has no header. False without memory: then the part before it was the last. */
static bool part_begin(struct mime *m, uint64_t at)
{
	uint32_t parent = m->n_frames ? m->frames[m->n_frames - 1].part : NOTHING, me = m->n_parts;
	struct part *p;

	if (!parts_grow(m)) {
		freeze(m);
		return false;
	}
	p = &m->parts[m->n_parts++];
	*p = (struct part){.header_at = at, .parent = parent};
	p->first = p->last = p->next = p->fields = NOTHING;
	m->frames[m->n_frames++] = (struct frame){.part = me};
	if (parent != NOTHING) {
		p = &m->parts[parent];
		if (p->last == NOTHING)
			p->first = me;
		else
			m->parts[p->last].next = me;
		p->last = me;
		p->n_children++;
	}
	header_begin(m);
	if (m->n_parts == PARTS_MOST) {
		m->parts[me].kind = PART_OPAQUE;
		m->parts[me].lines = m->line_ends;
		freeze(m);
	}
	return true;
}

void tree_begin(struct mime *m)
{
	part_begin(m, 0);
}

/* -- what kind of part ------------------------------------------------------ */

static uint8_t encoding_of(struct mime *m, const struct part *p)
{
	static const struct {
		struct str name;
		enum mime_encoding e;
	} t[] = {{STR("7bit"), MIME_7BIT},
		 {STR("8bit"), MIME_8BIT},
		 {STR("binary"), MIME_BINARY},
		 {STR("base64"), MIME_BASE64},
		 {STR("quoted-printable"), MIME_QP}};
	struct str s = field_text(m, part_field(m, p, FIELD_ENCODING)), token;

	take_cfws(&s, &m->scratch->steps);
	token = take_token(&s);
	for (size_t i = 0; i < COLUMNS(t); i++)
		if (str_ieq(token, t[i].name))
			return t[i].e;
	return token.n ? MIME_OTHER : MIME_7BIT; /* RFC 2045 6.1: 7bit if there is none */
}

/* FNV-1a: only saves comparisons; there are at most DEPTH_MOST. */
static uint32_t hash_of(struct str s)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619;
	return h;
}

/* RFC 2046 5.1.1. False without a boundary that can be found again. */
static bool boundary_open(struct mime *m, struct str params)
{
	struct frame *f = &m->frames[m->n_frames - 1];
	struct mime_params *all = &m->scratch->params;
	struct buf *value = &m->scratch->host;
	const struct param *p;
	uint32_t at;

	params_read(all, params, &m->scratch->steps);
	p = params_find(all, STR("boundary"));
	if (!p)
		return false;
	buf_clear(value);
	param_add_meant(value, all, p);
	while (value->n && (value->p[value->n - 1] == ' ' || value->p[value->n - 1] == '\t'))
		value->n--;
	if (value->failed || !value->n || value->n > BOUNDARY_MOST)
		return false;
	at = text_keep(m, buf_str(value));
	if (at == NOTHING)
		return false;
	f->boundary_at = at;
	f->boundary_n = (uint32_t)value->n;
	f->hash = hash_of(buf_str(value));
	m->n_open++;
	return true;
}

static bool is_message_type(struct str type, struct str subtype)
{
	return str_ieq(type, STR("message")) &&
	       (str_ieq(subtype, STR("rfc822")) || str_ieq(subtype, STR("global")));
}

/* RFC 2046 5.1.5: parts of a digest are messages unless they say otherwise. */
static bool is_in_digest(const struct mime *m, const struct part *p)
{
	return p->parent != NOTHING && m->parts[p->parent].is_digest;
}

static enum part_kind kind_of(struct mime *m, struct part *p)
{
	const struct field *f = part_field(m, p, FIELD_TYPE);
	struct str s = field_text(m, f), type, subtype;
	bool is_deep = m->n_frames > DEPTH_MOST;

	if (!f && (m->have & UINT32_C(1) << FIELD_TYPE))
		return PART_OPAQUE; /* it was there, but not kept */
	if (!take_media_type(&s, &type, &subtype, &m->scratch->steps)) {
		if (f || !is_in_digest(m, p))
			return PART_PLAIN;
		type = STR("message");
		subtype = STR("rfc822");
	}
	if (is_message_type(type, subtype)) {
		m->facts.cut |= is_deep;
		/* RFC 2046 5.2.1 forbids to encode it, RFC 6532 3.7 does not */
		return is_deep || p->encoding == MIME_BASE64 || p->encoding == MIME_QP
			       ? PART_OPAQUE
			       : PART_MESSAGE;
	}
	if (str_ieq(type, STR("multipart"))) {
		m->facts.cut |= is_deep;
		if (is_deep)
			return PART_OPAQUE;
		p->is_digest = str_ieq(subtype, STR("digest"));
		return boundary_open(m, s) ? PART_MULTIPART : PART_PLAIN;
	}
	p->is_text = str_ieq(type, STR("text"));
	return PART_LEAF;
}

void tree_header_end(struct mime *m, uint64_t at)
{
	struct part *p = &m->parts[m->n_parts - 1];

	header_end(m);
	p->header_n = at - p->header_at;
	m->headers_n += p->header_n;
	p->lines = m->line_ends; /* part_end makes it a difference */
	p->encoding = encoding_of(m, p);
	p->kind = (uint8_t)kind_of(m, p);
	p->is_text |= p->kind == PART_PLAIN;
	if (p->kind == PART_MULTIPART || p->kind == PART_MESSAGE)
		p->encoding = p->encoding == MIME_8BIT || p->encoding == MIME_BINARY ? p->encoding
										     : MIME_7BIT;
	m->facts.binary |= p->encoding == MIME_BINARY;
	m->scratch->steps += 16;
	if (p->kind == PART_MESSAGE && !part_begin(m, at))
		m->parts[m->n_parts - 1].kind = PART_OPAQUE;
}

/* -- ends ------------------------------------------------------------------- */

/* Closes all parts above frame `keep`. Their text ends at `at`, with the message's line ends
 * counted up to there; a part whose header goes on until `at` and past it (the line end before a
 * boundary is the boundary's) has no body, and ends later. */
static void parts_end(struct mime *m, unsigned keep, uint64_t at, uint32_t line_ends,
		      uint32_t line_ends_past)
{
	while (m->n_frames > keep) {
		struct frame *f = &m->frames[--m->n_frames];
		struct part *p = &m->parts[f->part];
		uint64_t body_at = p->header_at + p->header_n;

		if (body_at > at) {
			at = body_at;
			line_ends = line_ends_past;
		}
		p->body_n = at - body_at;
		p->lines = p->body_n ? line_ends - p->lines : 0;
		if (f->boundary_n && m->n_open)
			m->n_open--;
		m->scratch->steps++;
	}
}

/* The frame whose boundary the line is; *is_close for the last one. */
static int frame_of(struct mime *m, bool *is_close)
{
	struct str line = str_n(m->delimiter, m->delimiter_n), s = str_from(line, 2);
	struct str head = s.n > 2 ? str_head(s, s.n - 2) : STR_NONE;
	uint32_t hash, head_hash = 0;

	if (m->delimiter_over || !str_starts(line, STR("--")))
		return -1;
	hash = hash_of(s);
	if (str_ends(s, STR("--")))
		head_hash = hash_of(head);
	else
		head = STR_NONE;
	m->scratch->steps += line.n;
	for (unsigned i = m->n_frames; i--;) {
		const struct frame *f = &m->frames[i];
		struct str b = text_view(m, f->boundary_at, f->boundary_n);

		m->scratch->steps++;
		if (!b.n)
			continue;
		*is_close = f->hash != hash || !str_eq(b, s);
		if (!*is_close || (f->hash == head_hash && str_eq(b, head)))
			return (int)i;
	}
	return -1;
}

void tree_delimiter(struct mime *m, uint64_t next_at)
{
	bool is_close = false;
	int at = frame_of(m, &is_close);
	uint64_t end = m->delimiter_at - m->delimiter_eol;
	uint32_t line_ends = m->delimiter_line_ends;
	struct frame *f;

	if (at < 0)
		return;
	while (m->in_header)
		tree_header_end(m, m->delimiter_at);
	if (m->is_frozen)
		return;
	parts_end(m, (unsigned)at + 1, end, line_ends - 1, line_ends);
	f = &m->frames[at];
	if (is_close) {
		f->boundary_n = 0; /* what follows is its epilogue */
		m->n_open--;
	} else {
		part_begin(m, next_at);
	}
}

void tree_end(struct mime *m)
{
	while (m->in_header)
		tree_header_end(m, m->at);
	parts_end(m, 0, m->at, m->line_ends, m->line_ends);
}
