/* address.c - reads envelope addresses, strictly by the grammar of RFC 5321 4.1.2 and RFC 6531 3.3.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <unistr.h>
#include "base/err.h"
#include "wire/address.h"

enum {
	LOCAL_MOST = 64,
	DOMAIN_MOST = 255,
	PATH_MOST = 256,
	LABEL_MOST = 63
}; /* RFC 5321 4.5.3.1 */

/* The length of the UTF-8 character that s begins with, or E_UTF8. */
static int utf8_length(struct str s)
{
	ucs4_t c;
	int n = u8_mbtoucr(&c, (const uint8_t *)s.p, s.n < 4 ? s.n : 4);

	return n > 0 ? n : E_UTF8;
}

static bool is_alnum(char c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

static bool is_atext(char c) /* RFC 5322 3.2.3 */
{
	return is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Every take_ function below returns how many octets at the beginning of s it has read, or E_*;
 * it sets *utf8 if some of them are not ASCII. */

static int take_quoted(struct str s, bool *utf8)
{
	size_t i = 1;

	while (i < s.n && s.p[i] != '"') {
		unsigned char c = (unsigned char)s.p[i];
		int n = 1;

		if (c >= 0x80) {
			n = utf8_length(str_from(s, i));
			*utf8 = true;
		} else if (c == '\\') {
			i++;
			c = i < s.n ? (unsigned char)s.p[i] : 0;
		}
		if (n < 0)
			return n;
		if (n == 1 && (c < ' ' || c > '~'))
			return E_SYNTAX;
		i += (size_t)n;
	}
	return i < s.n ? (int)i + 1 : E_SYNTAX;
}

static int take_dot_string(struct str s, bool *utf8)
{
	bool may_end = false; /* no dot first, last or twice */
	size_t i = 0;

	while (i < s.n) {
		int n = 1;

		if ((unsigned char)s.p[i] >= 0x80) {
			n = utf8_length(str_from(s, i));
			*utf8 = true;
		} else if (s.p[i] == '.' && !may_end) {
			return E_SYNTAX;
		} else if (s.p[i] != '.' && !is_atext(s.p[i])) {
			break;
		}
		if (n < 0)
			return n;
		may_end = s.p[i] != '.';
		i += (size_t)n;
	}
	return may_end ? (int)i : E_SYNTAX;
}

static int take_local(struct str s, bool *utf8)
{
	int n = s.n && s.p[0] == '"' ? take_quoted(s, utf8) : take_dot_string(s, utf8);

	return n > LOCAL_MOST ? E_RANGE : n;
}

/* A label: letters, digits, inner hyphens, and the letters of U-labels. */
static int take_label(struct str s, bool *utf8)
{
	size_t i = 0;

	while (i < s.n) {
		int n = 1;

		if ((unsigned char)s.p[i] >= 0x80) {
			n = utf8_length(str_from(s, i));
			*utf8 = true;
		} else if (!is_alnum(s.p[i]) && !(s.p[i] == '-' && i)) {
			break;
		}
		if (n < 0)
			return n;
		i += (size_t)n;
	}
	if (!i || s.p[i - 1] == '-')
		return E_SYNTAX;
	return i > LABEL_MOST && !*utf8 ? E_RANGE : (int)i;
}

/* One dot may stand at the end: not in the grammar, but common, and it means the same. */
static int take_domain(struct str s, bool *utf8)
{
	size_t i = 0;

	for (;;) {
		bool label_utf8 = false;
		int n = take_label(str_from(s, i), &label_utf8);

		if (n == E_SYNTAX && i)
			break;
		if (n < 0)
			return n;
		*utf8 = *utf8 || label_utf8;
		i += (size_t)n;
		if (i == s.n || s.p[i] != '.')
			break;
		i++;
	}
	return i > DOMAIN_MOST ? E_RANGE : (int)i;
}

static bool is_ipv4(struct str s)
{
	for (int part = 0; part < 4; part++) {
		struct str number = str_cut(&s, '.');
		uint64_t v;

		if (number.n > 3 || str_u64(number, 255, &v) < 0 || (part < 3) != (s.p != NULL))
			return false;
	}
	return true;
}

static bool is_ipv6(struct str s)
{
	unsigned char bytes[16];
	char z[64];

	return str_to_c(s, z, sizeof(z)) && inet_pton(AF_INET6, z, bytes) == 1;
}

/* RFC 5321 4.1.3; no general literal has ever been registered. */
static int take_literal(struct str s)
{
	ptrdiff_t end = str_find(s, ']');
	struct str inner;

	if (end < 0)
		return E_SYNTAX;
	inner = str_n(s.p + 1, (size_t)end - 1);
	if (str_istarts(inner, STR("IPv6:")) ? !is_ipv6(str_from(inner, 5)) : !is_ipv4(inner))
		return E_SYNTAX;
	return (int)end + 1;
}

static int take_mailbox(struct str s, struct address *ret)
{
	int local = take_local(s, &ret->is_utf8), domain;
	struct str rest;

	if (local < 0)
		return local;
	rest = str_from(s, (size_t)local);
	if (!rest.n || rest.p[0] != '@')
		return E_SYNTAX;
	rest = str_from(rest, 1);
	ret->is_literal = rest.n && rest.p[0] == '[';
	domain = ret->is_literal ? take_literal(rest) : take_domain(rest, &ret->is_utf8);
	if (domain < 0)
		return domain;
	ret->local = str_head(s, (size_t)local);
	ret->domain = str_head(rest, (size_t)domain);
	return local + 1 + domain;
}

/* "@a,@b:"; the hosts are not looked at (RFC 5321 C). */
static int take_route(struct str s, struct address *ret)
{
	size_t i = 0;

	while (i < s.n && s.p[i] == '@') {
		int n = take_domain(str_from(s, i + 1), &ret->is_utf8);

		if (n < 0)
			return n;
		i += 1 + (size_t)n;
		if (i == s.n || (s.p[i] != ',' && s.p[i] != ':'))
			return E_SYNTAX;
		if (s.p[i++] == ':') {
			ret->has_route = true;
			return (int)i;
		}
	}
	return i ? E_SYNTAX : 0;
}

/* What stands between "<" and ">". */
static int take_inside(struct str s, enum path_kind kind, struct address *ret)
{
	static const struct str postmaster = {"postmaster>", 11};
	int route, mailbox;

	if (kind == PATH_REVERSE && s.n && s.p[0] == '>') {
		ret->is_null = true;
		return 0;
	}
	if (kind == PATH_FORWARD && str_istarts(s, postmaster)) { /* RFC 5321 4.5.1 */
		ret->local = str_head(s, postmaster.n - 1);
		return (int)ret->local.n;
	}
	route = take_route(s, ret);
	if (route < 0)
		return route;
	mailbox = take_mailbox(str_from(s, (size_t)route), ret);
	return mailbox < 0 ? mailbox : route + mailbox;
}

int path_parse(struct str s, enum path_kind kind, struct address *ret, struct str *rest)
{
	struct address a = {0};
	int n;

	if (!s.n || s.p[0] != '<')
		return E_SYNTAX;
	n = take_inside(str_from(s, 1), kind, &a);
	if (n < 0)
		return n;
	s = str_from(s, 1 + (size_t)n);
	if (!s.n || s.p[0] != '>')
		return E_SYNTAX;
	if (n + 2 > PATH_MOST)
		return E_RANGE;
	*ret = a;
	*rest = str_from(s, 1);
	return 0;
}

int address_parse(struct str s, struct address *ret)
{
	struct address a = {0};
	int n = take_mailbox(s, &a);

	if (n < 0)
		return n;
	if ((size_t)n < s.n)
		return E_SYNTAX;
	if (n + 2 > PATH_MOST)
		return E_RANGE;
	*ret = a;
	return 0;
}

int domain_check(struct str s)
{
	bool utf8 = false;
	int n;

	if (s.n && s.p[0] == '[')
		n = take_literal(s);
	else
		n = take_domain(s, &utf8);
	if (n < 0)
		return n;
	return (size_t)n < s.n ? E_SYNTAX : 0;
}

static bool is_dot_string(struct str s)
{
	bool utf8;

	return take_dot_string(s, &utf8) == (int)s.n;
}

int address_written(struct str name, struct buf *out)
{
	ptrdiff_t at = str_rfind(name, '@');
	struct str local = str_head(name, at < 0 ? name.n : (size_t)at);

	if (is_dot_string(local))
		return buf_add(out, name);
	buf_add_char(out, '"');
	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, local.p[i]);
	}
	buf_add_char(out, '"');
	return buf_add(out, str_from(name, local.n));
}

int address_local_unquoted(const struct address *a, struct buf *out)
{
	struct str s = a->local;

	if (!s.n || s.p[0] != '"')
		return buf_add(out, s);
	for (size_t i = 1; i + 1 < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		buf_add_char(out, s.p[i]);
	}
	return out->failed;
}
