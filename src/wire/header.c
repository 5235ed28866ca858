/* header.c - writes header fields that cannot break out of their line, and reads them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "wire/header.h"

enum { FOLD_COLUMN = 78 }; /* RFC 5322 2.1.1 */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 5322 3.6.8: printable US-ASCII but the colon. */
static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ':')
			return false;
	return s.n > 0;
}

static bool is_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Blanks, then a word: as much of *rest as must stay on one line. */
static struct str cut_word(struct str *rest)
{
	struct str s = *rest;
	size_t n = 0;

	while (n < s.n && is_blank(s.p[n]))
		n++;
	while (n < s.n && !is_blank(s.p[n]))
		n++;
	*rest = str_from(s, n);
	return str_head(s, n);
}

static void add_folded(struct buf *out, size_t column, struct str value)
{
	bool may_fold = false; /* not directly behind the colon */

	while (value.n) {
		struct str word = cut_word(&value);

		/* RFC 5322 3.2.2: no line of white space alone */
		if (may_fold && column + word.n > FOLD_COLUMN && is_blank(word.p[0]) &&
		    str_trim(word).n) {
			buf_add(out, STR("\r\n"));
			column = 0;
		}
		buf_add(out, word);
		column += word.n;
		may_fold = may_fold || str_trim(word).n;
	}
}

int header_add(struct buf *out, const char *name, struct str value)
{
	struct str n = str_of(name);
	size_t before = out->n;

	if (!is_name(n) || !is_value(value))
		return E_SYNTAX;
	buf_add(out, n);
	buf_add(out, STR(": "));
	add_folded(out, n.n + 2, value);
	buf_add(out, STR("\r\n"));
	if (out->failed && out->n > before)
		out->n = before;
	return out->failed;
}

/* The octets of the first line with its end, and those of the folded lines behind it. */
static size_t field_length(struct str s)
{
	size_t at = 0;

	do {
		ptrdiff_t end = str_find(str_from(s, at), '\n');

		if (end < 0)
			return s.n;
		at += (size_t)end + 1;
	} while (at < s.n && is_blank(s.p[at]));
	return at;
}

static struct str without_line_end(struct str s)
{
	if (s.n && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

bool header_next(struct str *block, struct header_field *ret)
{
	struct str line = str_head(*block, field_length(*block));
	struct header_field f = {.raw = line, .value = without_line_end(line)};
	ptrdiff_t colon = str_find(f.value, ':');

	*block = str_from(*block, line.n);
	if (!f.value.n)
		return false;
	if (colon >= 0) {
		struct str name = str_head(f.value, (size_t)colon);

		while (name.n && is_blank(name.p[name.n - 1]))
			name.n--; /* RFC 5322 4.5.8: blanks before the colon */
		if (is_name(name)) {
			f.name = name;
			f.value = str_from(f.value, (size_t)colon + 1);
		}
	}
	*ret = f;
	return true;
}

int header_unfold(struct str value, struct buf *out)
{
	value = str_trim(value);
	while (value.n) {
		ptrdiff_t end = str_find(value, '\n');
		size_t n = end < 0 ? value.n : (size_t)end;

		buf_add(out, end > 0 && value.p[end - 1] == '\r' ? str_head(value, n - 1)
								 : str_head(value, n));
		value = str_from(value, end < 0 ? n : n + 1);
	}
	return out->failed;
}

bool header_skip_cfws(struct str *s)
{
	size_t depth = 0, i = 0;

	for (; i < s->n; i++) {
		char c = s->p[i];

		if (c == '(')
			depth++;
		else if (depth && c == ')')
			depth--;
		else if (depth && c == '\\')
			i++;
		else if (!depth && c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
	}
	*s = str_from(*s, i);
	return !depth;
}
