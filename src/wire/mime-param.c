/* mime-param.c - reads "type/subtype; name=value" (RFC 2045 5.1), joins what RFC 2231 cut.
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/header.h"
#include "wire/mime-parts.h"

bool take_cfws(struct str *s, uint64_t *steps)
{
	size_t before = s->n;
	bool is_whole = header_skip_cfws(s);

	*steps += before - s->n;
	return is_whole;
}

/* RFC 2045 5.1; and octets over 127, which some write. */
static bool is_token(char c)
{
	static const bool is_special[256] = {
		['('] = true, [')'] = true, ['<'] = true,  ['>'] = true, ['@'] = true, [','] = true,
		[';'] = true, [':'] = true, ['\\'] = true, ['"'] = true, ['/'] = true, ['['] = true,
		[']'] = true, ['?'] = true, ['='] = true,  [0x7f] = true};

	return (unsigned char)c > ' ' && !is_special[(unsigned char)c];
}

struct str take_token(struct str *s)
{
	struct str all = *s;
	size_t n = 0;

	while (n < s->n && is_token(s->p[n]))
		n++;
	*s = str_from(*s, n);
	return str_head(all, n);
}

bool take_media_type(struct str *s, struct str *type, struct str *subtype, uint64_t *steps)
{
	struct str rest = *s;

	take_cfws(&rest, steps);
	*type = take_token(&rest);
	take_cfws(&rest, steps);
	if (!type->n || !rest.n || rest.p[0] != '/')
		return false;
	rest = str_from(rest, 1);
	take_cfws(&rest, steps);
	*subtype = take_token(&rest);
	if (!subtype->n)
		return false;
	*steps += type->n + subtype->n;
	*s = rest;
	return true;
}

/* What stands between two quotes; without a second one, all. */
static struct str take_quoted(struct str *s)
{
	struct str all = str_from(*s, 1);
	size_t n = 0;

	while (n < all.n && all.p[n] != '"')
		n += all.p[n] == '\\' ? 2 : 1;
	*s = str_from(all, n + 1);
	return str_head(all, n);
}

/* Many write values without quotes that need them: all up to ";", or to a comment. */
static struct str take_bare(struct str *s)
{
	struct str all = *s;
	size_t n = 0;

	while (n < s->n && s->p[n] != ';' &&
	       !(s->p[n] == '(' && n && (s->p[n - 1] == ' ' || s->p[n - 1] == '\t')))
		n++;
	*s = str_from(*s, n);
	return str_trim(str_head(all, n));
}

/* "name*0*": RFC 2231 3 and 4. */
static void read_name(struct param *p, struct str name)
{
	ptrdiff_t star = str_find(name, '*');
	struct str rest = STR_NONE;
	uint64_t section;

	p->name = name;
	p->section = -1;
	if (star < 0)
		return;
	rest = str_from(name, (size_t)star + 1);
	if (str_ends(rest, STR("*")) && rest.n > 1) {
		p->is_encoded = true;
		rest.n--;
	}
	if (!rest.n) {
		p->is_encoded = true;
		p->name = str_head(name, (size_t)star);
	} else if (str_u64(rest, PARAMS_MOST, &section) == 0) {
		p->section = (int)section;
		p->name = str_head(name, (size_t)star);
	} else {
		p->is_encoded = false; /* a name that happens to have a star in it */
	}
}

static bool take_param(struct str *s, struct param *p, uint64_t *steps)
{
	struct str name;

	take_cfws(s, steps);
	name = take_token(s);
	take_cfws(s, steps);
	if (!name.n || !s->n || s->p[0] != '=')
		return false;
	*s = str_from(*s, 1);
	take_cfws(s, steps);
	*p = (struct param){0};
	read_name(p, name);
	p->is_quoted = s->n && s->p[0] == '"';
	p->value = p->is_quoted ? take_quoted(s) : take_bare(s);
	return true;
}

/* By name, then section, then place. */
static int compare(const void *a, const void *b, void *arg)
{
	struct mime_params *all = arg;
	uint8_t i = *(const uint8_t *)a, k = *(const uint8_t *)b;
	struct str x = all->v[i].name, y = all->v[k].name;
	size_t n = x.n < y.n ? x.n : y.n;
	int d = x.n == y.n && all->v[i].section != all->v[k].section
			? all->v[i].section - all->v[k].section
			: i - k;

	*all->steps += 1 + n;
	for (size_t j = 0; j < n; j++)
		if (ascii_lower(x.p[j]) != ascii_lower(y.p[j]))
			return (unsigned char)ascii_lower(x.p[j]) -
			       (unsigned char)ascii_lower(y.p[j]);
	return x.n != y.n ? (x.n < y.n ? -1 : 1) : d;
}

/* Finds the pieces 0, 1, 2... of each name that was cut. Pieces without a first one stay alone,
 * under the name they have. */
static void join(struct mime_params *p)
{
	for (size_t i = 0; i < p->n; i++)
		p->order[i] = (uint8_t)i;
	qsort_r(p->order, p->n, sizeof(p->order[0]), compare, p);
	for (size_t i = 0; i < p->n;) {
		struct param *first = &p->v[p->order[i]];
		size_t n = 1;

		if (first->section == 0) {
			while (i + n < p->n && p->v[p->order[i + n]].section == (int)n &&
			       str_ieq(p->v[p->order[i + n]].name, first->name))
				p->v[p->order[i + n++]].is_continuation = true;
			first->piece = (uint8_t)i;
			first->n_pieces = (uint8_t)n;
		}
		i += n;
	}
}

void params_read(struct mime_params *p, struct str s, uint64_t *steps)
{
	bool is_cut = false;

	p->n = 0;
	p->steps = steps;
	while (s.n && p->n < PARAMS_MOST) {
		size_t before = s.n;

		if (s.p[0] == ';') {
			s = str_from(s, 1);
			if (take_param(&s, &p->v[p->n], steps)) {
				is_cut |= p->v[p->n].section >= 0;
				p->n++;
			}
		} else {
			ptrdiff_t next = str_find(s, ';');

			s = next < 0 ? STR_NONE : str_from(s, (size_t)next);
		}
		*steps += 1 + before - s.n;
	}
	if (is_cut)
		join(p);
}

const struct param *params_find(const struct mime_params *p, struct str name)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].section <= 0 && str_ieq(p->v[i].name, name))
			return &p->v[i];
	return NULL;
}

/* -- writing ---------------------------------------------------------------- */

static const struct param *piece(const struct mime_params *all, const struct param *p, unsigned i)
{
	return p->n_pieces ? &all->v[all->order[p->piece + i]] : p;
}

static bool is_any_encoded(const struct mime_params *all, const struct param *p)
{
	for (unsigned i = 0; i < p->n_pieces; i++)
		if (piece(all, p, i)->is_encoded)
			return true;
	return p->is_encoded;
}

void param_add_name(struct buf *out, const struct mime_params *all, const struct param *p)
{
	buf_add(out, p->name);
	if (p->section >= 0 && !p->n_pieces) { /* a piece alone */
		buf_add_char(out, '*');
		buf_add_u64(out, (uint64_t)p->section);
	}
	if (is_any_encoded(all, p))
		buf_add_char(out, '*');
}

static void add_encoded(struct buf *out, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;

	if (is_token(c) && c != '%' && c != '*' && c != '\'' && u < 0x80) {
		buf_add_char(out, c);
		return;
	}
	buf_add_char(out, '%');
	buf_add_char(out, hex[u >> 4]);
	buf_add_char(out, hex[u & 15]);
}

static void add_piece(struct buf *out, const struct param *p, bool encode)
{
	if (!encode && (!p->is_quoted || str_find(p->value, '\\') < 0)) {
		buf_add(out, p->value);
		return;
	}
	for (size_t i = 0; i < p->value.n; i++) {
		if (p->is_quoted && p->value.p[i] == '\\' && i + 1 < p->value.n)
			i++;
		if (encode)
			add_encoded(out, p->value.p[i]);
		else
			buf_add_char(out, p->value.p[i]);
	}
}

void param_add_value(struct buf *out, const struct mime_params *all, const struct param *p)
{
	bool encode = is_any_encoded(all, p);

	if (encode && !p->is_encoded)
		buf_add(out, STR("''")); /* no charset, no language: RFC 2231 4 */
	for (unsigned i = 0; i < (p->n_pieces ? p->n_pieces : 1u); i++) {
		const struct param *it = piece(all, p, i);

		add_piece(out, it, encode && !it->is_encoded);
		*all->steps += it->value.n;
	}
}

static int hex_of(char c)
{
	c = ascii_lower(c);
	return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2231 4: charset'language'text. What is not of that form stays. */
static struct str without_charset(struct str s)
{
	struct str rest = s;

	str_cut(&rest, '\'');
	str_cut(&rest, '\'');
	return rest.p ? rest : s;
}

void param_add_meant(struct buf *out, const struct mime_params *all, const struct param *p)
{
	size_t from = out->n, to = from, at;

	param_add_value(out, all, p);
	if (!is_any_encoded(all, p) || out->failed)
		return;
	at = out->n - without_charset(str_from(buf_str(out), from)).n;
	for (; at < out->n; at++) {
		bool is_hex = out->p[at] == '%' && at + 2 < out->n && hex_of(out->p[at + 1]) >= 0 &&
			      hex_of(out->p[at + 2]) >= 0;

		out->p[to++] = is_hex ? (char)(hex_of(out->p[at + 1]) << 4 | hex_of(out->p[at + 2])) :
					out->p[at];
		at += is_hex ? 2 : 0;
	}
	out->n = to;
}
