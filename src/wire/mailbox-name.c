/* mailbox-name.c - the one canonical form of a mailbox's name, and LIST's patterns.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <uninorm.h>
#include <unistr.h>
#include "base/err.h"
#include "wire/mutf7.h"

enum { NAME_MOST = 400, LEVELS_MOST = 100, RAW_MOST = 2048, MATCH_MOST = 1000 };

static bool is_control(ucs4_t c)
{
	/* RFC 9051 5.1, RFC 5198 2; U+FFFE, U+FFFF are no characters */
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 ||
	       (c & 0xfffe) == 0xfffe || c == 0xfeff;
}

/* *is_ascii: nothing to be composed. */
static int look_at_characters(struct str s, bool *is_ascii)
{
	*is_ascii = true;
	while (s.n) {
		ucs4_t c;
		int n = u8_mbtoucr(&c, (const uint8_t *)s.p, s.n);

		if (n <= 0)
			return E_UTF8;
		if (is_control(c))
			return E_SYNTAX;
		if (c > 0x7f)
			*is_ascii = false;
		s = str_from(s, (size_t)n);
	}
	return 0;
}

static int look_at_levels(struct str s)
{
	size_t levels = 0;

	if (!s.n || s.p[s.n - 1] == '/')
		return E_SYNTAX;
	while (s.n) {
		struct str level = str_cut(&s, '/');

		if (!level.n)
			return E_SYNTAX;
		if (++levels > LEVELS_MOST)
			return E_TOOBIG;
	}
	return 0;
}

/* RFC 9051 5.1: INBOX in any case is INBOX; what lies below it goes along. */
static bool begins_with_inbox(struct str s)
{
	return str_ieq(str_head(s, 5), STR("INBOX")) && (s.n == 5 || s.p[5] == '/');
}

static int add_checked(struct buf *out, struct str s)
{
	bool is_inbox = begins_with_inbox(s);
	int r = look_at_levels(s);

	if (r < 0)
		return r;
	if (s.n > NAME_MOST)
		return E_TOOBIG;
	if (is_inbox)
		buf_add(out, STR("INBOX"));
	return buf_add(out, str_from(s, is_inbox ? 5 : 0));
}

int mailbox_name_canonical(struct str utf8, struct buf *out)
{
	bool is_ascii;
	uint8_t *nfc;
	size_t n;
	int r;

	if (utf8.n > RAW_MOST)
		return E_TOOBIG;
	if ((r = look_at_characters(utf8, &is_ascii)) < 0)
		return r;
	if (is_ascii)
		return add_checked(out, utf8);
	nfc = u8_normalize(UNINORM_NFC, (const uint8_t *)utf8.p, utf8.n, NULL, &n);
	if (!nfc)
		return E_NOMEM;
	r = add_checked(out, str_n(nfc, n));
	free(nfc);
	return r;
}

/* "*" and "%" in a row are one: "*" if there is one among them. But a "%" at the end asks for levels too
 * (RFC 9051 6.3.9) and stays. */
static int add_pattern(struct buf *out, struct str s)
{
	if (begins_with_inbox(s)) {
		buf_add(out, STR("INBOX"));
		s = str_from(s, 5);
	}
	for (size_t i = 0; i < s.n && !out->failed; i++) {
		bool in_run = i && (s.p[i - 1] == '*' || s.p[i - 1] == '%');

		if (in_run && s.p[i] == '*')
			out->p[out->n - 1] = '*';
		else if (!in_run || s.p[i] != '%')
			buf_add_char(out, s.p[i]);
	}
	if (s.n && !out->failed && s.p[s.n - 1] == '%' && out->p[out->n - 1] == '*')
		buf_add_char(out, '%');
	return out->failed;
}

int mailbox_pattern_canonical(struct str utf8, struct buf *out)
{
	uint8_t *nfc;
	size_t n;
	int r;

	if (u8_check((const uint8_t *)utf8.p, utf8.n))
		return E_UTF8;
	if (!utf8.n)
		return 0;
	nfc = u8_normalize(UNINORM_NFC, (const uint8_t *)utf8.p, utf8.n, NULL, &n);
	if (!nfc)
		return E_NOMEM;
	r = add_pattern(out, str_n(nfc, n));
	free(nfc);
	return r;
}

/* Row i says: the pattern so far matches the name's first i octets. Octets lo..hi of it may be set,
 * the others are not; so a plain prefix costs one step a letter. */
struct row {
	size_t lo, hi;
	bool is[MATCH_MOST + 1];
};

static bool match_letter(struct row *w, struct str name, char c)
{
	size_t hi = 0, lo = SIZE_MAX;

	for (size_t i = w->hi + 1; i-- > w->lo;) {
		bool fits = w->is[i] && i < name.n && name.p[i] == c;

		w->is[i] = false;
		if (!fits)
			continue;
		w->is[i + 1] = true;
		if (lo == SIZE_MAX)
			hi = i + 1;
		lo = i + 1;
	}
	w->lo = lo;
	w->hi = hi;
	return lo != SIZE_MAX;
}

static void match_wildcard(struct row *w, struct str name, bool stops_at_separator)
{
	size_t hi = w->lo;

	for (size_t i = w->lo; i < name.n; i++) {
		if (w->is[i] && !(stops_at_separator && name.p[i] == '/'))
			w->is[i + 1] = true;
		if (w->is[i + 1])
			hi = i + 1;
		else if (i >= w->hi)
			break;
	}
	w->hi = hi > w->hi ? hi : w->hi;
}

bool mailbox_name_matches(struct str name, struct str pattern)
{
	struct row w = {.is = {true}};

	if (name.n > MATCH_MOST)
		return false;
	for (size_t i = 0; i < pattern.n; i++) {
		char c = pattern.p[i];

		if (c == '*' || c == '%')
			match_wildcard(&w, name, c == '%');
		else if (!match_letter(&w, name, c))
			return false;
	}
	return w.is[name.n];
}
