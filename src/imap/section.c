/* section.c - reads section specifications, and finds what they name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/section.h"
#include "base/attr.h"
#include "base/err.h"
#include "imap/answer.h"

/* -- reading -------------------------------------------------------------------- */

static struct str section_word(struct args *a) /* letters and dots */
{
	size_t n = 0;
	struct str s;

	while (n < a->in.n && ((ascii_lower(a->in.p[n]) >= 'a' && ascii_lower(a->in.p[n]) <= 'z') ||
			       a->in.p[n] == '.'))
		n++;
	s = str_head(a->in, n);
	a->in = str_from(a->in, n);
	return s;
}

static size_t count_numbers(struct str s)
{
	size_t n = 1;

	for (size_t i = 0; i < s.n && (ascii_is_digit(s.p[i]) || s.p[i] == '.'); i++)
		n += s.p[i] == '.';
	return n;
}

/* "1.2.3", and the dot behind it if a word follows. */
static int read_path(struct args *a, struct section *t, bool *has_word)
{
	uint32_t *path = arena_alloc(a->arena, (count_numbers(a->in) + 1) * sizeof(*path));

	if (!path)
		return arg_fail(a, E_NOMEM, "out of memory");
	*has_word = false;
	do {
		if (!ascii_is_digit(arg_peek(a))) {
			*has_word = true;
			break;
		}
		if (arg_nz_number(a, &path[t->n_path++]) < 0)
			return a->err;
	} while (arg_next_is(a, '.'));
	t->path = path;
	return a->err;
}

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int sort_fields(struct args *a, struct section *t)
{
	struct str *s = arena_alloc(a->arena, t->n_fields * sizeof(*s));
	size_t n = 0;

	for (size_t i = 0; s && i < t->n_fields; i++) {
		char *low = arena_alloc(a->arena, t->fields[i].n + 1);

		if (!low)
			return arg_fail(a, E_NOMEM, "out of memory");
		for (size_t k = 0; k < t->fields[i].n; k++)
			low[k] = ascii_lower(t->fields[i].p[k]);
		s[i] = str_n(low, t->fields[i].n);
	}
	if (!s)
		return arg_fail(a, E_NOMEM, "out of memory");
	qsort(s, t->n_fields, sizeof(*s), by_bytes);
	for (size_t i = 0; i < t->n_fields; i++)
		if (!n || !str_eq(s[n - 1], s[i]))
			s[n++] = s[i];
	t->sorted = s;
	t->n_sorted = n;
	return 0;
}

/* header-list = "(" header-fld-name *(SP header-fld-name) ")" */
static int read_fields(struct args *a, struct section *t)
{
	struct args ahead;
	struct str *names, name;
	size_t n = 0;

	arg_sp(a);
	arg_char(a, '(');
	ahead = *a;
	do {
		arg_astring(&ahead, &name);
		n++;
	} while (arg_next_is(&ahead, ' '));
	if (ahead.err) {
		a->in = ahead.in;
		return arg_fail(a, ahead.err, ahead.why);
	}
	if (n > SECTION_FIELDS_MOST)
		return arg_fail(a, E_LIMIT, "too many header fields in a list");
	names = arena_alloc(a->arena, n * sizeof(*names));
	if (!names)
		return arg_fail(a, E_NOMEM, "out of memory");
	do
		arg_astring(a, &names[t->n_fields++]);
	while (arg_next_is(a, ' '));
	t->fields = names;
	arg_char(a, ')');
	return a->err ? a->err : sort_fields(a, t);
}

static int read_text(struct args *a, struct section *t)
{
	static const struct {
		const char *name;
		enum section_what what;
	} words[] = {
		{"HEADER", SECTION_HEADER}, {"HEADER.FIELDS", SECTION_FIELDS},
		{"HEADER.FIELDS.NOT", SECTION_FIELDS_NOT}, {"TEXT", SECTION_TEXT},
		{"MIME", SECTION_MIME},
	};
	struct str word = section_word(a);

	for (size_t i = 0; i < COLUMNS(words); i++) {
		if (!str_ieq(word, str_of(words[i].name)))
			continue;
		t->what = words[i].what;
		if (t->what == SECTION_MIME && !t->n_path)
			return arg_fail(a, E_SYNTAX, "MIME needs a part number");
		if (t->what == SECTION_FIELDS || t->what == SECTION_FIELDS_NOT)
			return read_fields(a, t);
		return 0;
	}
	return arg_fail(a, E_SYNTAX, "not a section");
}

/* partial = "<" number64 "." nz-number64 ">" */
static int read_partial(struct args *a, struct section *t)
{
	arg_number64(a, &t->at);
	arg_char(a, '.');
	arg_number64(a, &t->most);
	arg_char(a, '>');
	if (!a->err && t->most == 0)
		return arg_fail(a, E_SYNTAX, "a partial of no octets");
	t->has_partial = true;
	return a->err;
}

int section_parse(struct args *a, bool is_binary, bool may_cut, struct section *ret)
{
	struct section t = {0};
	bool has_word = true;

	arg_char(a, '[');
	if (!a->err && !arg_next_is(a, ']')) {
		if (ascii_is_digit(arg_peek(a)))
			read_path(a, &t, &has_word);
		if (!a->err && has_word && is_binary)
			return arg_fail(a, E_SYNTAX, "only part numbers may stand here");
		if (!a->err && has_word)
			read_text(a, &t);
		arg_char(a, ']');
	}
	if (may_cut && arg_next_is(a, '<'))
		read_partial(a, &t);
	if (a->err)
		return a->err;
	*ret = t;
	return 0;
}

/* -- writing --------------------------------------------------------------------------- */

void section_write(const struct section *t, struct buf *out)
{
	static const char *const names[] = {"", "HEADER", "HEADER.FIELDS (", "HEADER.FIELDS.NOT (",
					    "TEXT", "MIME"};

	buf_add_char(out, '[');
	for (size_t i = 0; i < t->n_path; i++) {
		if (i)
			buf_add_char(out, '.');
		buf_add_u64(out, t->path[i]);
	}
	if (t->n_path && t->what != SECTION_ALL)
		buf_add_char(out, '.');
	buf_add(out, str_of(names[t->what]));
	for (size_t i = 0; i < t->n_fields; i++) {
		if (i)
			buf_add_char(out, ' ');
		put_astring(out, t->fields[i]);
	}
	buf_add(out, t->n_fields ? STR(")]") : STR("]"));
	if (t->has_partial)
		buf_printf(out, "<%llu>", (unsigned long long)t->at);
}

/* -- finding ---------------------------------------------------------------------------- */

int section_find(const struct section *t, struct str offsets, uint64_t prefix_n, uint64_t size,
		 struct extent *ret)
{
	bool in_message = t->what != SECTION_ALL && t->what != SECTION_MIME;
	struct mime_part part;
	size_t n = t->n_path;
	int r;

	if (!n && t->what == SECTION_ALL) {
		*ret = (struct extent){0, size, MIME_8BIT};
		return 0;
	}
	if (n && in_message)
		t->path[n++] = 0; /* the message in that part: mime_offsets_find */
	r = mime_offsets_find(offsets, t->path, n, &part);
	if (r < 0)
		return r;
	if (t->what == SECTION_ALL || t->what == SECTION_TEXT)
		*ret = (struct extent){prefix_n + part.body_at, part.body_n, part.encoding};
	else /* the prefix belongs to the message's own header */
		*ret = (struct extent){n ? prefix_n + part.header_at : 0,
				       n ? part.header_n : prefix_n + part.header_n, MIME_8BIT};
	if (ret->at > size || ret->n > size - ret->at)
		return E_DAMAGED;
	return 0;
}

/* -- fields ------------------------------------------------------------------------------- */

enum { AT_BEGIN, AT_CR, IN_NAME, IN_FIELD, AT_END }; /* field_filter.state */

void field_filter_begin(struct field_filter *f, const struct section *t)
{
	f->section = t;
	f->state = AT_BEGIN;
	f->n_held = 0;
	f->is_passing = t->what == SECTION_FIELDS_NOT;
	f->lookups = 0;
}

/* RFC 9051 6.4.5.1: any case, else exact; blanks before the colon are no part of the name
 * (RFC 5322 4.5.8). */
static bool is_wanted(struct field_filter *f, bool has_colon)
{
	const struct section *t = f->section;
	size_t n = f->n_held, lo = 0, hi = t->n_sorted;
	char low[FIELD_NAME_MOST];
	struct str name;

	while (n && (f->held[n - 1] == ' ' || f->held[n - 1] == '\t'))
		n--;
	for (size_t i = 0; i < n; i++)
		low[i] = ascii_lower(f->held[i]);
	name = str_n(low, n);
	while (has_colon && lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = str_cmp(name, t->sorted[mid]);

		f->lookups++;
		if (!order)
			return t->what == SECTION_FIELDS;
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return t->what == SECTION_FIELDS_NOT;
}

static size_t release(struct field_filter *f, char *out)
{
	size_t n = f->is_passing ? f->n_held : 0;

	memcpy(out, f->held, n);
	f->n_held = 0;
	return n;
}

/* The end of a name: it is decided. */
static size_t decide(struct field_filter *f, bool has_colon, char *out)
{
	f->is_passing = is_wanted(f, has_colon);
	f->state = IN_FIELD;
	return release(f, out);
}

static size_t one(struct field_filter *f, char c, char *out)
{
	size_t n = 0;

	if (f->state == AT_CR && c != '\n') { /* a CR alone begins a line of rubbish */
		n = decide(f, false, out);
	} else if (f->state == AT_BEGIN && c == '\r') {
		f->held[f->n_held++] = c;
		f->state = AT_CR;
		return 0;
	} else if ((f->state == AT_BEGIN || f->state == AT_CR) && c == '\n') {
		f->is_passing = true; /* the empty line always goes with it */
		n = release(f, out);
		f->state = AT_END;
	} else if (f->state == AT_BEGIN) {
		f->state = c == ' ' || c == '\t' ? IN_FIELD : IN_NAME; /* a fold: of the field before */
	}
	if (f->state == IN_NAME && c != ':' && c != '\n' && f->n_held < FIELD_NAME_MOST) {
		f->held[f->n_held++] = c;
		return n;
	}
	if (f->state == IN_NAME)
		n += decide(f, c == ':', out + n);
	if (f->is_passing)
		out[n++] = c;
	if (c == '\n' && f->state == IN_FIELD)
		f->state = AT_BEGIN;
	return n;
}

/* Whole lines of a field that is decided are most of a header: taken at once. */
size_t field_filter_feed(struct field_filter *f, struct str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (f->state == IN_FIELD) {
			const char *end = memchr(in.p + i, '\n', in.n - i);
			size_t k = end ? (size_t)(end - (in.p + i)) : in.n - i;

			if (f->is_passing)
				memcpy(out + n, in.p + i, k);
			n += f->is_passing ? k : 0;
			i += k;
			if (i == in.n)
				break;
		}
		n += one(f, in.p[i], out + n);
	}
	return n;
}

size_t field_filter_end(struct field_filter *f, char *out)
{
	if (!f->n_held)
		return 0;
	return decide(f, false, out);
}
