/* preview-text.c - the first words of a text, plain or HTML.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/preview.h"
#include "base/attr.h"

struct writer {
	struct buf *out;
	unsigned chars;
	bool wants_space;
};

/* -- characters -------------------------------------------------------------------- */

/* Octets of the character at s; text is valid UTF-8 here (wire/charset.h). */
static size_t char_length(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return n < s.n ? n : s.n;
}

static bool is_space(struct str c)
{
	if (c.n == 1)
		return c.p[0] == ' ' || (c.p[0] >= '\t' && c.p[0] <= '\r');
	return str_eq(c, STR("\xc2\xa0")) || str_eq(c, STR("\xe3\x80\x80"));
}

/* Soft hyphens, joiners, marks of direction: senders fill their previews up with them. */
static bool is_invisible(struct str c)
{
	static const char *const list[] = {"\xc2\xad", "\xcd\x8f", "\xe2\x80\x8b", "\xe2\x80\x8c",
					   "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f",
					   "\xe2\x81\xa0", "\xef\xbb\xbf"};

	if (c.n == 1)
		return (unsigned char)c.p[0] < ' ' || c.p[0] == 0x7f;
	for (size_t i = 0; i < COLUMNS(list); i++)
		if (c.p[0] == list[i][0] && str_eq(c, str_of(list[i])))
			return true;
	return false;
}

/* False: it is full. */
static bool add_char(struct writer *w, struct str c)
{
	if (is_space(c)) {
		w->wants_space = w->chars > 0;
		return true;
	}
	if (is_invisible(c))
		return true;
	if (w->wants_space && w->chars + 1 < PREVIEW_CHARS) {
		buf_add_char(w->out, ' ');
		w->chars++;
	}
	w->wants_space = false;
	buf_add(w->out, c);
	return ++w->chars < PREVIEW_CHARS && !w->out->failed;
}

/* -- plain text ---------------------------------------------------------------------- */

static bool add_line(struct writer *w, struct str line)
{
	if (line.n && line.p[0] == '>') /* what others wrote */
		return true;
	while (line.n) {
		struct str c = str_head(line, char_length(line));

		if (!add_char(w, c))
			return false;
		line = str_from(line, c.n);
	}
	return add_char(w, STR(" "));
}

static void add_plain(struct writer *w, struct str text)
{
	while (text.p && add_line(w, str_cut(&text, '\n')))
		;
}

/* -- HTML ------------------------------------------------------------------------------ */

/* The octets of a tag or comment; all of s if it does not end. */
static size_t tag_length(struct str s)
{
	char quote = 0;
	ptrdiff_t end;

	if (str_starts(s, STR("<!--"))) {
		end = str_search(str_from(s, 4), STR("-->"));
		return end < 0 ? s.n : (size_t)end + 7;
	}
	for (size_t i = 1; i < s.n; i++) {
		if (quote)
			quote = s.p[i] == quote ? 0 : quote;
		else if (s.p[i] == '"' || s.p[i] == '\'')
			quote = s.p[i];
		else if (s.p[i] == '>')
			return i + 1;
	}
	return s.n;
}

static bool tag_is(struct str tag, struct str name) /* name: "<style" */
{
	if (!str_istarts(tag, name))
		return false;
	return tag.n == name.n || strchr(" \t\r\n>/", tag.p[name.n]);
}

/* Behind the end of an element whose text is not shown. */
static struct str skip_element(struct str rest, struct str end)
{
	for (size_t i = 0; i < rest.n; i++) {
		const char *lt = memchr(rest.p + i, '<', rest.n - i);

		if (!lt)
			break;
		i = (size_t)(lt - rest.p);
		if (tag_is(str_from(rest, i), end))
			return str_from(rest, i);
	}
	return str_from(rest, rest.n);
}

static struct str skip_tag(struct writer *w, struct str s)
{
	static const struct {
		const char *begin, *end;
	} hidden[] = {{"<style", "</style"}, {"<script", "</script"}, {"<title", "</title"},
		      {"<head", "</head"}};
	static const char *const inlines[] = {"<a", "<b", "<i", "<u", "<em", "<span", "<font",
					      "<strong", "</a", "</b", "</i", "</u", "</em",
					      "</span", "</font", "</strong"};
	size_t n = tag_length(s);
	struct str rest = str_from(s, n);

	for (size_t i = 0; i < COLUMNS(hidden); i++)
		if (tag_is(s, str_of(hidden[i].begin)))
			return skip_element(rest, str_of(hidden[i].end));
	for (size_t i = 0; i < COLUMNS(inlines); i++)
		if (tag_is(s, str_of(inlines[i])))
			return rest;
	if (!str_starts(s, STR("<!--")))
		add_char(w, STR(" "));
	return rest;
}

static size_t put_utf8(char *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 63));
		p[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 63));
	p[2] = (char)(0x80 | (c >> 6 & 63));
	p[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* "#233" or "#xe9"; 0: not a character. */
static uint32_t numeric_entity(struct str name)
{
	bool is_hex = name.n > 1 && ascii_lower(name.p[1]) == 'x';
	uint32_t v = 0;

	for (size_t i = is_hex ? 2 : 1; i < name.n && v < 0x110000; i++) {
		char c = ascii_lower(name.p[i]);
		int d = ascii_is_digit(c) ? c - '0' : is_hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (d < 0)
			return 0;
		v = v * (is_hex ? 16 : 10) + (uint32_t)d;
	}
	return v >= 0x110000 || (v >= 0xd800 && v < 0xe000) ? 0 : v;
}

/* "&amp;" and its like; what is none stays as it is written. *n: octets of it. */
static struct str entity(struct str s, char *room, size_t *n)
{
	static const struct {
		const char *name, *text;
	} names[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"},
		     {"nbsp", " "}, {"zwnj", ""}, {"shy", ""}, {"copy", "\xc2\xa9"},
		     {"mdash", "\xe2\x80\x94"}, {"ndash", "\xe2\x80\x93"},
		     {"hellip", "\xe2\x80\xa6"}, {"euro", "\xe2\x82\xac"}, {"rsquo", "\xe2\x80\x99"},
		     {"lsquo", "\xe2\x80\x98"}, {"ldquo", "\xe2\x80\x9c"}, {"rdquo", "\xe2\x80\x9d"}};
	ptrdiff_t end = str_find(str_head(s, 12), ';');
	struct str name = end > 1 ? str_n(s.p + 1, (size_t)end - 1) : STR_NONE;
	uint32_t c;

	*n = (size_t)end + 1;
	for (size_t i = 0; name.n && i < COLUMNS(names); i++)
		if (str_eq(name, str_of(names[i].name)))
			return str_of(names[i].text);
	if (name.n > 1 && name.p[0] == '#' && (c = numeric_entity(name)) > 0)
		return str_n(room, put_utf8(room, c));
	*n = 1;
	return STR("&");
}

static void add_html(struct writer *w, struct str s)
{
	bool goes_on = true;

	while (s.n && goes_on) {
		char room[4];
		struct str c = str_head(s, char_length(s));
		size_t n = c.n;

		if (s.p[0] == '<' && s.n > 1 && !is_space(str_n(s.p + 1, 1))) {
			s = skip_tag(w, s);
			continue;
		}
		if (s.p[0] == '&')
			c = entity(s, room, &n);
		if (c.n)
			goes_on = add_char(w, c);
		s = str_from(s, n);
	}
}

int preview_of(struct str text, bool is_html, struct buf *out)
{
	struct writer w = {.out = out};

	if (is_html)
		add_html(&w, text);
	else
		add_plain(&w, text);
	return out->failed;
}
