/* mime-header.c - reads header lines as they come and keeps the fields that will be asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/mime-parts.h"

static const struct {
	struct str name;
	enum field_kind kind;
} names[] = {
	/* by length */
	{STR("to"), FIELD_TO},
	{STR("cc"), FIELD_CC},
	{STR("bcc"), FIELD_BCC},
	{STR("date"), FIELD_DATE},
	{STR("from"), FIELD_FROM},
	{STR("sender"), FIELD_SENDER},
	{STR("subject"), FIELD_SUBJECT},
	{STR("reply-to"), FIELD_REPLY_TO},
	{STR("received"), FIELD_RECEIVED},
	{STR("message-id"), FIELD_MESSAGE_ID},
	{STR("references"), FIELD_REFERENCES},
	{STR("content-id"), FIELD_ID},
	{STR("in-reply-to"), FIELD_IN_REPLY_TO},
	{STR("content-md5"), FIELD_MD5},
	{STR("content-type"), FIELD_TYPE},
	{STR("content-language"), FIELD_LANGUAGE},
	{STR("content-location"), FIELD_LOCATION},
	{STR("content-description"), FIELD_DESCRIPTION},
	{STR("content-disposition"), FIELD_DISPOSITION},
	{STR("content-transfer-encoding"), FIELD_ENCODING},
};

static enum field_kind kind_of(struct str name)
{
	char first = name.n ? ascii_lower(name.p[0]) : '\0';

	for (size_t i = 0; i < COLUMNS(names) && names[i].name.n <= name.n; i++)
		if (names[i].name.n == name.n && names[i].name.p[0] == first &&
		    str_ieq(names[i].name, name))
			return names[i].kind;
	return FIELD_NONE;
}

/* -- keeping ---------------------------------------------------------------- */

uint32_t text_keep(struct mime *m, struct str s)
{
	uint32_t at = (uint32_t)m->text.n;

	if (m->text.failed || s.n > TEXT_MOST - m->text.n || buf_add(&m->text, s) < 0)
		return NOTHING;
	return at;
}

/* RFC 5322 4.5.3: several fields of recipients count as one. */
static bool may_repeat(enum field_kind k)
{
	return k == FIELD_TO || k == FIELD_CC || k == FIELD_BCC;
}

static bool has_room(const struct mime *m, uint64_t at)
{
	const struct part *p = &m->parts[m->n_parts - 1];
	uint64_t header_n = at - p->header_at;

	return header_n <= HEADER_MOST && m->headers_n + header_n <= HEADERS_MOST &&
	       m->n_kept < FIELDS_MOST && !m->text.failed &&
	       TEXT_MOST - m->text.n > 3 * REFERENCES_MOST;
}

static bool fields_grow(struct mime *m)
{
	uint32_t cap = m->cap_fields ? 2 * m->cap_fields : 32;
	struct field *f;

	if (m->n_fields < m->cap_fields)
		return true;
	f = realloc(m->fields, cap * sizeof(*f));
	if (!f)
		return false;
	m->fields = f;
	m->cap_fields = cap;
	return true;
}

/* A field begins whose name is complete; `at` is where its colon stands in the message. */
static void field_begin(struct mime *m, uint64_t at)
{
	enum field_kind k = kind_of(str_n(m->name, m->name_n));
	struct part *p = &m->parts[m->n_parts - 1];
	bool is_of_message = p->parent == NOTHING || m->parts[p->parent].kind == PART_MESSAGE;
	uint32_t bit = UINT32_C(1) << k;

	if (k == FIELD_RECEIVED && p->parent == NOTHING)
		m->facts.received++;
	if (k == FIELD_NONE || k == FIELD_RECEIVED ||
	    (k <= FIELD_LAST_OF_MESSAGE && !is_of_message) ||
	    (k == FIELD_REFERENCES && p->parent != NOTHING) || (m->have & bit && !may_repeat(k)))
		return;
	m->have |= bit;
	if (!has_room(m, at) || !fields_grow(m)) {
		m->facts.cut = true;
		return;
	}
	m->fields[m->n_fields++] =
		(struct field){.at = (uint32_t)m->text.n, .next = NOTHING, .kind = (uint8_t)k};
	m->is_keeping = true;
	m->is_cut = false;
	m->has_cr = false;
	m->n_kept++;
}

/* Its last octets are wanted: forgets the older ones when twice as many are there. */
static void references_shrink(struct mime *m, struct field *f)
{
	if (f->n < 2 * REFERENCES_MOST)
		return;
	memmove(m->text.p + f->at, m->text.p + f->at + f->n - REFERENCES_MOST, REFERENCES_MOST);
	f->n = REFERENCES_MOST;
	m->text.n = f->at + f->n;
	m->is_cut = true;
	m->scratch->steps += REFERENCES_MOST;
}

static void keep_piece(struct mime *m, struct str s)
{
	struct field *f = &m->fields[m->n_fields - 1];
	size_t room = FIELD_MOST - f->n, all = TEXT_MOST - m->text.n;

	while (s.n && f->kind == FIELD_REFERENCES) {
		struct str head = str_head(s, REFERENCES_MOST);

		if (text_keep(m, head) == NOTHING)
			return;
		f->n += (uint32_t)head.n;
		references_shrink(m, f);
		s = str_from(s, head.n);
	}
	if (room > all)
		room = all;
	if (s.n > room)
		m->facts.cut = m->is_cut = true;
	s = str_head(s, room);
	if (s.n && text_keep(m, s) != NOTHING)
		f->n += (uint32_t)s.n;
}

/* Without NULs: IMAP has no way to write them (RFC 9051 9, CHAR8). */
static void keep(struct mime *m, struct str s)
{
	while (s.n) {
		struct str head = str_cut(&s, '\0');

		keep_piece(m, head);
	}
}

/* A part of a line's value. A CR is held back until it is seen that it does not end the line. */
static void value_feed(struct mime *m, struct str s)
{
	if (!m->is_keeping || !s.n)
		return;
	if (m->has_cr)
		keep(m, STR("\r"));
	m->has_cr = s.p[s.n - 1] == '\r';
	if (m->has_cr)
		s.n--;
	keep(m, s);
}

/* The last REFERENCES_IDS ids. */
static void references_end(struct mime *m, struct field *f)
{
	struct str s = text_view(m, f->at, f->n);
	unsigned ids = 0;
	size_t at;

	if (s.n > REFERENCES_MOST) {
		s = str_from(s, s.n - REFERENCES_MOST);
		m->is_cut = true;
	}
	for (at = s.n; at && ids < REFERENCES_IDS; at--)
		if (s.p[at - 1] == '<')
			ids++;
	if (ids < REFERENCES_IDS && m->is_cut) {
		ptrdiff_t first = str_find(s, '<'); /* the id that was cut in two */

		at = first < 0 ? 0 : (size_t)first;
	}
	s = str_from(s, at);
	f->at += f->n - (uint32_t)s.n;
	f->n = (uint32_t)s.n;
}

static bool is_addresses(enum field_kind k)
{
	return k >= FIELD_FROM && k <= FIELD_BCC;
}

static void field_end(struct mime *m)
{
	struct part *p = &m->parts[m->n_parts - 1];
	uint32_t at = m->n_fields - 1;
	struct field *f;

	if (!m->is_keeping)
		return;
	m->is_keeping = false;
	f = &m->fields[at];
	if (f->kind == FIELD_REFERENCES)
		references_end(m, f);
	if (is_addresses(f->kind) && m->is_cut) { /* no half address */
		ptrdiff_t comma = str_rfind(text_view(m, f->at, f->n), ',');

		f->n = comma < 0 ? f->n : (uint32_t)comma;
	}
	if (p->fields == NOTHING)
		p->fields = at;
	else
		m->fields[p->last_field].next = at;
	p->last_field = at;
}

const struct field *part_field(const struct mime *m, const struct part *p, enum field_kind k)
{
	for (uint32_t i = p->fields; i != NOTHING; i = m->fields[i].next)
		if (m->fields[i].kind == k)
			return &m->fields[i];
	return NULL;
}

struct str field_text(const struct mime *m, const struct field *f)
{
	return f ? str_trim(text_view(m, f->at, f->n)) : STR_NONE;
}

struct str mime_field(const struct mime *m, struct str name)
{
	enum field_kind k = kind_of(name);
	struct str s;

	if (k == FIELD_NONE)
		return STR_NONE;
	s = field_text(m, part_field(m, &m->parts[0], k));
	return k == FIELD_REFERENCES ? s : str_head(s, FACT_MOST);
}

/* -- lines ------------------------------------------------------------------ */

/* Is there UTF-8 in this line, and nothing that is not? (RFC 6532 3.2) */
static void utf8_feed(struct mime *m, unsigned char c)
{
	if (m->utf8_need) {
		m->utf8_bad |= c < m->utf8_lo || c > m->utf8_hi;
		m->utf8_need--;
		m->utf8_lo = 0x80;
		m->utf8_hi = 0xbf;
		return;
	}
	if (c < 0x80)
		return;
	m->utf8_seen = true;
	m->utf8_bad |= c < 0xc2 || c > 0xf4;
	m->utf8_need = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	m->utf8_lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	m->utf8_hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
}

/* Where the first octet over 127 may be: the beginning of its group of eight, or s.n. */
static size_t ascii_length(struct str s)
{
	uint64_t eight;
	size_t i = 0;

	for (; s.n - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s.p + i, sizeof(eight));
		if (eight & 0x8080808080808080)
			return i;
	}
	while (i < s.n && !(s.p[i] & 0x80))
		i++;
	return i;
}

static void line_utf8(struct mime *m, struct str s)
{
	for (size_t i = m->utf8_seen ? 0 : ascii_length(s); i < s.n; i++)
		utf8_feed(m, (unsigned char)s.p[i]);
}

static void line_end(struct mime *m)
{
	if (m->utf8_seen && !m->utf8_bad && !m->utf8_need)
		m->facts.needs_utf8 = true;
	m->utf8_seen = m->utf8_bad = false;
	m->utf8_need = 0;
	m->has_cr = false;
	m->line = LINE_BEGIN;
}

void header_begin(struct mime *m)
{
	m->in_header = true;
	m->is_keeping = false;
	m->have = 0;
	m->n_kept = 0;
	line_end(m);
}

void header_end(struct mime *m)
{
	line_end(m);
	field_end(m);
	m->in_header = false;
}

static void name_begin(struct mime *m)
{
	field_end(m);
	m->name_n = 0;
	m->has_name_blank = false;
	m->line = LINE_NAME;
}

/* Octets of a field's name up to the colon; a name that is too long is none of ours. */
static size_t name_feed(struct mime *m, struct str in, uint64_t in_at)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == ':') {
			field_begin(m, in_at + i);
			m->line = LINE_VALUE;
			return i + 1;
		}
		if (c == '\n') {
			line_end(m);
			return i + 1;
		}
		if (c == ' ' || c == '\t') { /* RFC 5322 4.5.8: blanks before the colon */
			m->has_name_blank = true;
		} else if (m->has_name_blank || m->name_n == sizeof(m->name)) {
			m->line = LINE_VALUE;
			return i;
		} else {
			m->name[m->name_n++] = c;
		}
	}
	return in.n;
}

static size_t value_line_feed(struct mime *m, struct str in)
{
	ptrdiff_t end = str_find(in, '\n');
	struct str s = end < 0 ? in : str_head(in, (size_t)end);

	value_feed(m, s);
	line_utf8(m, s);
	if (end < 0)
		return in.n;
	line_end(m);
	return s.n + 1;
}

/* The first octet of a line, or the one behind a CR there. Sets *ended at an empty line's LF,
 * returns 0 before a "-". */
static size_t begin_feed(struct mime *m, char c, bool *ended)
{
	bool behind_cr;

	if (c == '-' && m->n_open && m->line == LINE_BEGIN) {
		field_end(m);
		return 0;
	}
	if (c == '\n') {
		field_end(m);
		line_end(m);
		*ended = true;
		return 1;
	}
	if (c == '\r' && m->line == LINE_BEGIN) {
		m->line = LINE_CR;
		return 1;
	}
	if (m->line == LINE_BEGIN && (c == ' ' || c == '\t')) {
		m->line = LINE_VALUE; /* RFC 5322 2.2.3: folded */
		value_feed(m, str_n(&c, 1));
		return 1;
	}
	behind_cr = m->line == LINE_CR;
	name_begin(m);
	if (c == ':' || behind_cr)
		m->line = LINE_VALUE; /* of no name */
	else
		m->name[m->name_n++] = c;
	return 1;
}

size_t header_feed(struct mime *m, struct str in, bool *ended)
{
	size_t at = 0;

	while (at < in.n && !*ended) {
		struct str rest = str_from(in, at);
		size_t n;

		m->scratch->steps++;
		if (m->line == LINE_NAME)
			n = name_feed(m, rest, m->at + at);
		else if (m->line == LINE_VALUE)
			n = value_line_feed(m, rest);
		else if (!(n = begin_feed(m, rest.p[0], ended)))
			break;
		at += n;
	}
	m->scratch->steps += at;
	return at;
}
