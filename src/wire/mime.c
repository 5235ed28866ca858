/* mime.c - cuts a message into headers, boundary lines and the rest, as its octets come.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is found depends on the octets only, never on how they were cut into chunks. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include "base/err.h"
#include "wire/mime-parts.h"

enum { KEPT_MOST = 64 << 10 }; /* memory that mime_reset does not give back, of each kind */

static void begin(struct mime *m)
{
	m->facts = (struct mime_facts){0};
	m->scratch->steps = 0;
	m->n_parts = m->n_fields = 0;
	m->n_frames = m->n_open = 0;
	m->is_frozen = m->in_delimiter = false;
	m->at = m->headers_n = 0;
	m->line_ends = 0;
	m->last = '\n';
	m->before_last = '\r';
	m->utf8_seen = false;
	tree_begin(m);
}

struct mime *mime_new(void)
{
	struct mime *m = malloc(sizeof(*m));

	if (!m)
		return NULL;
	memset(m, 0, offsetof(struct mime, delimiter)); /* the rest is set before it is read */
	m->scratch = malloc(sizeof(*m->scratch));
	if (!m->scratch)
		return mime_free(m);
	buf_init(&m->text, TEXT_MOST);
	buf_init(&m->scratch->phrase, FIELD_MOST);
	buf_init(&m->scratch->comment, FACT_MOST);
	buf_init(&m->scratch->route, FACT_MOST);
	buf_init(&m->scratch->local, FACT_MOST);
	buf_init(&m->scratch->host, FACT_MOST);
	begin(m);
	return m->n_parts ? m : mime_free(m);
}

struct mime *mime_free(struct mime *m)
{
	if (!m)
		return NULL;
	if (m->scratch) {
		buf_free(&m->scratch->phrase);
		buf_free(&m->scratch->comment);
		buf_free(&m->scratch->route);
		buf_free(&m->scratch->local);
		buf_free(&m->scratch->host);
	}
	free(m->scratch);
	free(m->parts);
	free(m->fields);
	buf_free(&m->text);
	free(m);
	return NULL;
}

void mime_reset(struct mime *m)
{
	if (m->text.cap > KEPT_MOST)
		buf_free(&m->text);
	buf_clear(&m->text);
	if (m->cap_fields * sizeof(*m->fields) > KEPT_MOST) {
		free(m->fields);
		m->fields = NULL;
		m->cap_fields = 0;
	}
	if (m->cap_parts * sizeof(*m->parts) > KEPT_MOST) {
		struct part *smaller = realloc(m->parts, 8 * sizeof(*m->parts));

		if (smaller) {
			m->parts = smaller;
			m->cap_parts = 8;
		}
	}
	begin(m);
}

/* -- looking at octets ------------------------------------------------------ */

struct seen {
	uint32_t line_ends;
	bool begins; /* a line begins with the next octet */
	bool dots, nul, eightbit;
};

/* Looks at octets one by one; with `to_dash` up to a "-" that begins a line. */
static size_t look(struct str in, bool to_dash, struct seen *s)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (s->begins && c == '-' && to_dash)
			return i;
		s->dots |= s->begins && c == '.';
		s->nul |= !c;
		s->eightbit |= (c & 0x80) != 0;
		s->begins = c == '\n';
		s->line_ends += s->begins;
	}
	return in.n;
}

#ifdef __SSE2__
/* The same for whole blocks of 16, before the first that has such a "-". Only where a line begins
 * do dots and dashes matter, and that is in one block of five. */
static size_t look_at_blocks(struct str in, bool to_dash, struct seen *s)
{
	__m128i nul = _mm_setzero_si128(), high = nul;
	unsigned begins = s->begins;
	uint32_t line_ends = 0;
	size_t at = 0;

	for (; in.n - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(in.p + at));
		unsigned lf = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));

		if (lf || begins) {
			__m128i dash = _mm_cmpeq_epi8(v, _mm_set1_epi8('-'));
			__m128i dot = _mm_cmpeq_epi8(v, _mm_set1_epi8('.'));

			begins |= lf << 1;
			if (to_dash && begins & (unsigned)_mm_movemask_epi8(dash)) {
				begins &= 1;
				break;
			}
			s->dots |= (begins & (unsigned)_mm_movemask_epi8(dot)) != 0;
			begins >>= 16;
			for (; lf; lf &= lf - 1)
				line_ends++;
		}
		nul = _mm_or_si128(nul, _mm_cmpeq_epi8(v, _mm_setzero_si128()));
		high = _mm_or_si128(high, v);
	}
	s->begins = begins;
	s->line_ends += line_ends;
	s->nul |= _mm_movemask_epi8(nul) != 0;
	s->eightbit |= _mm_movemask_epi8(high) != 0;
	return at;
}
#else
static size_t look_at_blocks(struct str in, bool to_dash, struct seen *s)
{
	return 0;
}
#endif

/* Passes over octets, or with `to_dash` up to a "-" that begins a line; returns how many. */
static size_t pass(struct mime *m, struct str in, bool to_dash)
{
	struct seen s = {.begins = m->last == '\n'};
	size_t at = look_at_blocks(in, to_dash, &s);

	at += look(str_from(in, at), to_dash, &s);
	m->line_ends += s.line_ends;
	m->facts.dots |= s.dots;
	m->facts.nul |= s.nul;
	m->facts.eightbit |= s.eightbit;
	if (at > 1)
		m->before_last = in.p[at - 2];
	else if (at)
		m->before_last = m->last;
	if (at)
		m->last = in.p[at - 1];
	m->at += at;
	m->scratch->steps += 1 + at;
	return at;
}

/* -- cutting ---------------------------------------------------------------- */

static void delimiter_begin(struct mime *m)
{
	m->in_delimiter = true;
	m->delimiter_over = false;
	m->delimiter_n = 0;
	m->delimiter_at = m->at;
	m->delimiter_line_ends = m->line_ends;
	m->delimiter_eol = !m->at ? 0 : m->before_last == '\r' ? 2 : 1;
}

static void delimiter_end(struct mime *m)
{
	while (m->delimiter_n && (m->delimiter[m->delimiter_n - 1] == '\r' ||
				  m->delimiter[m->delimiter_n - 1] == ' ' ||
				  m->delimiter[m->delimiter_n - 1] == '\t'))
		m->delimiter_n--; /* RFC 2046 5.1.1: transport padding */
	m->in_delimiter = false;
	tree_delimiter(m, m->at);
}

/* Keeps the line that may be a boundary; blanks that do not fit are only padding. */
static size_t delimiter_feed(struct mime *m, struct str in)
{
	ptrdiff_t end = str_find(in, '\n');
	struct str line = end < 0 ? in : str_head(in, (size_t)end);
	size_t room = sizeof(m->delimiter) - m->delimiter_n;
	struct str over = str_from(line, room), kept = str_head(line, room);

	if (kept.n)
		memcpy(m->delimiter + m->delimiter_n, kept.p, kept.n);
	m->delimiter_n += (unsigned)kept.n;
	if (str_trim(over).n)
		m->delimiter_over = true;
	pass(m, str_head(in, end < 0 ? in.n : (size_t)end + 1), false);
	if (end >= 0)
		delimiter_end(m);
	return end < 0 ? in.n : (size_t)end + 1;
}

static size_t feed_header(struct mime *m, struct str in)
{
	bool ended = false;
	size_t n = header_feed(m, in, &ended);

	pass(m, str_head(in, n), false);
	if (ended)
		tree_header_end(m, m->at);
	else if (n < in.n)
		delimiter_begin(m);
	return n;
}

static size_t feed_body(struct mime *m, struct str in)
{
	size_t n = pass(m, in, m->n_open > 0);

	if (n < in.n)
		delimiter_begin(m);
	return n;
}

static void sum_up(struct mime *m)
{
	const struct part *root = &m->parts[0];
	bool in_root_header = m->in_header && m->n_parts == 1;

	m->facts.size = m->at;
	m->facts.header_bytes = (uint32_t)(in_root_header ? m->at : root->header_n);
}

void mime_feed(struct mime *m, struct str bytes)
{
	while (bytes.n) {
		size_t n;

		if (m->in_delimiter)
			n = delimiter_feed(m, bytes);
		else if (m->in_header)
			n = feed_header(m, bytes);
		else
			n = feed_body(m, bytes);
		bytes = str_from(bytes, n);
	}
	sum_up(m);
}

void mime_end(struct mime *m)
{
	if (m->in_delimiter)
		delimiter_end(m);
	tree_end(m);
	sum_up(m);
	m->facts.lines = m->parts[0].lines;
}

const struct mime_facts *mime_facts(const struct mime *m)
{
	m->scratch->told = m->facts;
	m->scratch->told.steps = m->scratch->steps;
	return &m->scratch->told;
}
