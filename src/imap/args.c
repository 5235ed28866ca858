/* args.c - takes a command's arguments off its text, one by one.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The grammar is RFC 9051 9. What a text may hold that looks like more than it is (a literal whose
 * octets look like a command) is never seen: strings are taken whole. */
#include "imap/args.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/mutf7.h"

int arg_fail(struct args *a, int e, const char *why)
{
	if (!a->err) {
		a->err = e;
		a->why = why;
	}
	return a->err;
}

bool arg_is_end(const struct args *a)
{
	return a->in.n == 0;
}

char arg_peek(const struct args *a)
{
	return a->in.n ? a->in.p[0] : 0;
}

static void skip(struct args *a, size_t n)
{
	a->in = str_from(a->in, n);
}

static struct str take(struct args *a, size_t n)
{
	struct str s = str_head(a->in, n);

	skip(a, n);
	return s;
}

bool arg_next_is(struct args *a, char c)
{
	if (a->err || !a->in.n || a->in.p[0] != c)
		return false;
	skip(a, 1);
	return true;
}

int arg_char(struct args *a, char c)
{
	if (a->err)
		return a->err;
	if (arg_next_is(a, c))
		return 0;
	return arg_fail(a, E_SYNTAX, c == '(' ? "a list is missing here" :
				     c == ')' ? "a closing parenthesis is missing" :
						"something else should stand here");
}

int arg_sp(struct args *a)
{
	if (a->err)
		return a->err;
	if (arg_next_is(a, ' '))
		return 0;
	return arg_fail(a, E_SYNTAX, arg_is_end(a) ? "an argument is missing" : "a space is missing");
}

int arg_end(struct args *a)
{
	if (a->err)
		return a->err;
	return arg_is_end(a) ? 0 : arg_fail(a, E_SYNTAX, "too many arguments");
}

/* -- atoms --------------------------------------------------------------------------- */

static bool is_atom_char(char c)
{
	return c > ' ' && c < 0x7f && !strchr("(){%*\"\\]", c);
}

static bool is_astring_char(char c)
{
	return is_atom_char(c) || c == ']';
}

static bool is_tag_char(char c)
{
	return is_astring_char(c) && c != '+';
}

static bool is_list_char(char c)
{
	return is_astring_char(c) || c == '%' || c == '*';
}

static size_t span(struct str s, bool (*is)(char c))
{
	size_t n = 0;

	while (n < s.n && is(s.p[n]))
		n++;
	return n;
}

static int take_word(struct args *a, bool (*is)(char c), const char *why, struct str *ret)
{
	size_t n = span(a->in, is);

	if (a->err)
		return a->err;
	if (!n)
		return arg_fail(a, E_SYNTAX, arg_is_end(a) ? "an argument is missing" : why);
	*ret = take(a, n);
	return 0;
}

int arg_atom(struct args *a, struct str *ret)
{
	return take_word(a, is_atom_char, "an atom should stand here", ret);
}

int arg_tag(struct args *a, struct str *ret)
{
	return take_word(a, is_tag_char, "a tag should stand here", ret);
}

bool arg_word_is(struct args *a, const char *word)
{
	size_t n = span(a->in, is_atom_char);

	if (a->err || !str_ieq(str_head(a->in, n), str_of(word)))
		return false;
	skip(a, n);
	return true;
}

/* -- strings --------------------------------------------------------------------------- */

/* "{12}" CRLF and what follows, or "{12+}"; at the "{". */
static int take_literal(struct args *a, bool may_hold_nul, struct str *ret)
{
	struct str s = str_from(a->in, 1), digits;
	uint64_t n;

	digits = str_head(s, span(s, ascii_is_digit));
	if (str_u64(digits, UINT32_MAX, &n) < 0)
		return arg_fail(a, E_SYNTAX, "not a literal");
	s = str_from(s, digits.n);
	s = str_from(s, str_starts(s, STR("+")));
	if (!str_starts(s, STR("}\r\n")) || s.n - 3 < n)
		return arg_fail(a, E_SYNTAX, "not a literal");
	if (!may_hold_nul && memchr(s.p + 3, '\0', (size_t)n))
		return arg_fail(a, E_SYNTAX, "a literal may not hold NUL"); /* CHAR8 */
	*ret = str_n(s.p + 3, (size_t)n);
	a->in = str_from(s, 3 + (size_t)n);
	return 0;
}

/* Copies what stands between the quotes, without the backslashes. */
static int unescape(struct args *a, struct str s, size_t escapes, struct str *ret)
{
	char *to = arena_alloc(a->arena, s.n - escapes + 1);
	size_t n = 0;

	if (!to)
		return arg_fail(a, E_NOMEM, "out of memory");
	for (size_t i = 0; i < s.n; i++) {
		i += s.p[i] == '\\';
		to[n++] = s.p[i];
	}
	*ret = str_n(to, n);
	return 0;
}

/* QUOTED-CHAR: no CR, LF or NUL, backslash only before itself and the quote. */
static bool is_quotable(char c)
{
	return c && c != '\r' && c != '\n';
}

static int take_quoted(struct args *a, struct str *ret)
{
	struct str s = str_from(a->in, 1), inside;
	size_t n = 0, escapes = 0;
	bool is_8bit = false;

	for (; n < s.n && s.p[n] != '"'; n++) {
		if (s.p[n] == '\\') {
			escapes++;
			if (++n == s.n || (s.p[n] != '"' && s.p[n] != '\\'))
				return arg_fail(a, E_SYNTAX, "a stray backslash in a quoted string");
		}
		if (!is_quotable(s.p[n]))
			return arg_fail(a, E_SYNTAX, "a control character in a quoted string");
		is_8bit |= (s.p[n] & 0x80) != 0;
	}
	if (n == s.n)
		return arg_fail(a, E_SYNTAX, "a quoted string does not end");
	inside = str_head(s, n);
	if (is_8bit && (!a->utf8 || !utf8_is_valid(inside)))
		return arg_fail(a, E_SYNTAX, a->utf8 ? "not valid UTF-8" :
						       "8-bit characters in a quoted string");
	a->in = str_from(s, n + 1);
	*ret = inside;
	return escapes ? unescape(a, inside, escapes, ret) : 0;
}

int arg_string(struct args *a, struct str *ret)
{
	if (a->err)
		return a->err;
	if (arg_peek(a) == '"')
		return take_quoted(a, ret);
	if (arg_peek(a) == '{')
		return take_literal(a, false, ret);
	return arg_fail(a, E_SYNTAX, arg_is_end(a) ? "an argument is missing" :
						     "a string should stand here");
}

int arg_astring(struct args *a, struct str *ret)
{
	if (a->err)
		return a->err;
	if (arg_peek(a) == '"' || arg_peek(a) == '{')
		return arg_string(a, ret);
	return take_word(a, is_astring_char, "a string should stand here", ret);
}

int arg_nstring(struct args *a, struct str *ret)
{
	if (arg_word_is(a, "NIL")) {
		*ret = STR_NONE;
		return 0;
	}
	return arg_string(a, ret);
}

int arg_binary(struct args *a, struct str *ret, bool *is_literal8)
{
	*is_literal8 = str_starts(a->in, STR("~{"));
	if (a->err || !*is_literal8)
		return arg_string(a, ret);
	skip(a, 1);
	return take_literal(a, true, ret);
}

/* -- numbers --------------------------------------------------------------------------- */

static int take_number(struct args *a, uint64_t most, uint64_t *ret)
{
	size_t n = span(a->in, ascii_is_digit);

	if (a->err)
		return a->err;
	if (!n)
		return arg_fail(a, E_SYNTAX, arg_is_end(a) ? "an argument is missing" :
							     "a number should stand here");
	if (str_u64(str_head(a->in, n), most, ret) < 0)
		return arg_fail(a, E_RANGE, "a number is too large");
	skip(a, n);
	return 0;
}

int arg_number(struct args *a, uint32_t *ret)
{
	uint64_t v;
	int e = take_number(a, UINT32_MAX, &v);

	if (e == 0)
		*ret = (uint32_t)v;
	return e;
}

int arg_nz_number(struct args *a, uint32_t *ret)
{
	if (!a->err && arg_peek(a) == '0') /* digit-nz first */
		return arg_fail(a, E_RANGE, "this number may not begin with 0");
	return arg_number(a, ret);
}

int arg_number64(struct args *a, uint64_t *ret)
{
	return take_number(a, INT64_MAX, ret);
}

int arg_modseq(struct args *a, uint64_t *ret)
{
	return arg_number64(a, ret);
}

int arg_seqset(struct args *a, uint32_t star, struct seqset *ret)
{
	int e = a->err ? a->err : seqset_parse(&a->in, star, a->arena, ret);

	if (e == E_LIMIT)
		return arg_fail(a, e, "too many ranges in a set");
	return e < 0 ? arg_fail(a, e, "not a sequence set") : 0;
}

/* -- mailboxes --------------------------------------------------------------------------- */

static int bad_mailbox(struct args *a)
{
	a->is_no |= !a->err;
	return arg_fail(a, E_SYNTAX, "not a name that a mailbox can have");
}

/* Modified UTF-7 (RFC 3501 5.1.3), or Net-Unicode for those who enabled it (RFC 9051 5.1). */
static int to_utf8(struct args *a, struct str in, struct buf *out)
{
	if (a->utf8)
		return utf8_is_valid(in) ? buf_add(out, in) : E_UTF8;
	return mutf7_decode(in, out);
}

static int keep(struct args *a, struct buf *b, struct str *ret)
{
	struct str s = arena_dup(a->arena, buf_str(b));

	if (!s.p)
		return arg_fail(a, E_NOMEM, "out of memory");
	*ret = s;
	return 0;
}

enum { NAME_MOST = 8192 };

int arg_mailbox(struct args *a, struct str *ret)
{
	struct buf utf8, canonical;
	struct str in;
	int e = arg_astring(a, &in);

	if (e < 0)
		return e;
	buf_init(&utf8, NAME_MOST);
	buf_init(&canonical, NAME_MOST);
	e = to_utf8(a, in, &utf8);
	if (e >= 0)
		e = mailbox_name_canonical(buf_str(&utf8), &canonical);
	if (e >= 0)
		e = keep(a, &canonical, ret);
	else
		e = e == E_NOMEM ? arg_fail(a, e, "out of memory") : bad_mailbox(a);
	buf_free(&utf8);
	buf_free(&canonical);
	return e;
}

int arg_list_mailbox(struct args *a, struct str *ret)
{
	struct buf utf8;
	struct str in;
	char c = arg_peek(a);
	int e = c == '"' || c == '{' ? arg_string(a, &in) :
				       take_word(a, is_list_char, "a pattern should stand here", &in);

	if (e < 0)
		return e;
	buf_init(&utf8, NAME_MOST);
	e = to_utf8(a, in, &utf8);
	e = e < 0 ? bad_mailbox(a) : keep(a, &utf8, ret);
	buf_free(&utf8);
	return e;
}

/* -- flags --------------------------------------------------------------------------- */

static bool take_system_flag(struct args *a, struct arg_flags *f)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} names[] = {
		{"Seen", MSG_SEEN},       {"Answered", MSG_ANSWERED}, {"Flagged", MSG_FLAGGED},
		{"Deleted", MSG_DELETED}, {"Draft", MSG_DRAFT},
	};

	for (size_t i = 0; i < COLUMNS(names); i++)
		if (arg_word_is(a, names[i].name)) {
			f->flags |= names[i].flag;
			return true;
		}
	if (!arg_word_is(a, "Recent"))
		return false;
	f->has_recent = true;
	return true;
}

static bool has_keyword(const struct arg_flags *f, struct str name)
{
	for (size_t i = 0; i < f->n_keywords; i++)
		if (str_ieq(f->keywords[i], name))
			return true;
	return false;
}

enum { KEYWORDS_MOST = 64 }; /* as many as a mailbox has */

static int take_keyword(struct args *a, struct arg_flags *f)
{
	struct str name;
	int e = arg_atom(a, &name);

	if (e < 0 || has_keyword(f, name))
		return e;
	if (!f->keywords)
		f->keywords = arena_alloc(a->arena, KEYWORDS_MOST * sizeof(*f->keywords));
	if (!f->keywords)
		return arg_fail(a, E_NOMEM, "out of memory");
	if (f->n_keywords == KEYWORDS_MOST)
		return arg_fail(a, E_LIMIT, "too many keywords");
	f->keywords[f->n_keywords++] = name;
	return 0;
}

static int take_flag(struct args *a, struct arg_flags *f)
{
	if (!arg_next_is(a, '\\'))
		return take_keyword(a, f);
	return take_system_flag(a, f) ? 0 : arg_fail(a, E_SYNTAX, "no such system flag");
}

int arg_flag_list(struct args *a, bool must_have_parens, struct arg_flags *ret)
{
	bool in_parens = arg_next_is(a, '(');
	struct arg_flags f = {0};

	if (must_have_parens && !in_parens)
		return arg_fail(a, E_SYNTAX, "a list of flags should stand here");
	if (!in_parens || arg_peek(a) != ')') {
		do
			take_flag(a, &f);
		while (arg_next_is(a, ' '));
	}
	if (in_parens)
		arg_char(a, ')');
	if (!a->err)
		*ret = f;
	return a->err;
}

/* -- dates --------------------------------------------------------------------------- */

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
static int64_t days_to(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2), era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int bad_date(struct args *a)
{
	return arg_fail(a, E_SYNTAX, "not a date");
}

/* Exactly n digits, at most `most`. */
static int fixed(struct args *a, size_t n, unsigned most, unsigned *ret)
{
	uint64_t v;

	if (a->err)
		return a->err;
	if (a->in.n < n || span(a->in, ascii_is_digit) < n || str_u64(str_head(a->in, n), most, &v) < 0)
		return bad_date(a);
	skip(a, n);
	*ret = (unsigned)v;
	return 0;
}

static unsigned take_month(struct args *a)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; i < 12; i++)
		if (str_istarts(a->in, str_n(names + 3 * i, 3))) {
			skip(a, 3);
			return i + 1;
		}
	bad_date(a);
	return 1;
}

/* "-Feb-1994" behind the day. */
static int take_month_and_year(struct args *a, unsigned day, int64_t *days)
{
	static const unsigned char lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned month, year = 0;

	if (!arg_next_is(a, '-'))
		return bad_date(a);
	month = take_month(a);
	if (!arg_next_is(a, '-') || fixed(a, 4, 9999, &year) < 0)
		return bad_date(a);
	if (day < 1 || day > lengths[month - 1] || (month == 2 && day == 29 && !is_leap(year)))
		return bad_date(a);
	*days = days_to(year, month, day);
	return 0;
}

static int take_time(struct args *a, int64_t *seconds)
{
	unsigned h = 0, m = 0, s = 0;

	fixed(a, 2, 23, &h);
	arg_char(a, ':');
	fixed(a, 2, 59, &m);
	arg_char(a, ':');
	fixed(a, 2, 60, &s); /* a leap second */
	*seconds = (int64_t)h * 3600 + m * 60 + s;
	return a->err;
}

static int take_zone(struct args *a, int16_t *minutes)
{
	bool is_west = arg_peek(a) == '-';
	unsigned h = 0, m = 0;

	if (!is_west && arg_peek(a) != '+')
		return bad_date(a);
	skip(a, 1);
	fixed(a, 2, 23, &h);
	fixed(a, 2, 59, &m);
	*minutes = (int16_t)(is_west ? -(int)(h * 60 + m) : (int)(h * 60 + m));
	return a->err;
}

/* date-time: DQUOTE (SP DIGIT / 2DIGIT) "-" month "-" year SP time SP zone DQUOTE */
int arg_datetime(struct args *a, int64_t *ms, int16_t *zone)
{
	unsigned day = 0;
	int64_t days = 0, seconds = 0;
	int16_t minutes = 0;

	arg_char(a, '"');
	if (arg_next_is(a, ' '))
		fixed(a, 1, 9, &day);
	else
		fixed(a, 2, 31, &day);
	take_month_and_year(a, day, &days);
	arg_sp(a);
	take_time(a, &seconds);
	arg_sp(a);
	take_zone(a, &minutes);
	arg_char(a, '"');
	if (a->err) {
		a->why = "not a date and time such as \"17-Jul-1996 02:44:25 -0700\"";
		return a->err;
	}
	*ms = (days * 86400 + seconds - minutes * 60) * 1000;
	*zone = minutes;
	return 0;
}

/* date: date-text, with or without quotes; the day has one digit or two. */
int arg_date(struct args *a, int64_t *day)
{
	bool is_quoted = arg_next_is(a, '"');
	unsigned of_month = 0;
	int64_t days = 0;

	fixed(a, span(a->in, ascii_is_digit) == 1 ? 1 : 2, 31, &of_month);
	take_month_and_year(a, of_month, &days);
	if (is_quoted)
		arg_char(a, '"');
	if (!a->err)
		*day = days;
	return a->err;
}
