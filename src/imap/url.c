/* url.c - reads IMAP URLs of messages and parts of them (RFC 5092).
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/url.h"
#include <time.h>
#include "base/err.h"
#include "wire/mutf7.h"

/* -- words ----------------------------------------------------------------------------------- */

static int hex(char c)
{
	c = ascii_lower(c);
	return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX decoded. E_SYNTAX for half ones and for NUL. */
static int decode(struct str s, struct arena *a, struct str *ret)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (!out)
		return E_NOMEM;
	for (size_t i = 0; i < s.n; i++) {
		int hi, lo;

		if (s.p[i] != '%') {
			out[n++] = s.p[i];
			continue;
		}
		hi = i + 2 < s.n ? hex(s.p[i + 1]) : -1;
		lo = i + 2 < s.n ? hex(s.p[i + 2]) : -1;
		if (hi < 0 || lo < 0 || (hi | lo) == 0)
			return E_SYNTAX;
		out[n++] = (char)(hi << 4 | lo);
		i += 2;
	}
	*ret = str_n(out, n);
	return 0;
}

/* All that may stand in a URL without being encoded, and "%" (RFC 5092 11). */
static bool is_url(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("\"<>\\^`{|}", s.p[i]))
			return false;
	return s.n > 0;
}

static int number(struct str s, uint32_t *ret)
{
	uint64_t n;

	if (str_u64(s, UINT32_MAX, &n) < 0 || !n)
		return E_SYNTAX;
	*ret = (uint32_t)n;
	return 0;
}

/* RFC 3339: "2006-05-31T12:00:00Z", "...+02:00", fractions too. */
static int read_date(struct str s, int64_t *ms)
{
	struct str d = str_head(s, 19), zone;
	struct tm tm = {0};
	uint64_t v[6], h, m;
	static const uint8_t at[6] = {0, 5, 8, 11, 14, 17}, len[6] = {4, 2, 2, 2, 2, 2};
	static const uint16_t most[6] = {9999, 12, 31, 23, 59, 60};
	int64_t minutes = 0;

	if (s.n < 20 || d.p[4] != '-' || d.p[7] != '-' || ascii_lower(d.p[10]) != 't' ||
	    d.p[13] != ':' || d.p[16] != ':')
		return E_SYNTAX;
	for (size_t i = 0; i < 6; i++)
		if (str_u64(str_n(d.p + at[i], len[i]), most[i], &v[i]) < 0)
			return E_SYNTAX;
	if (!v[1] || !v[2])
		return E_SYNTAX;
	zone = str_from(s, 19);
	if (*zone.p == '.')
		for (zone = str_from(zone, 1); zone.n && ascii_is_digit(*zone.p);)
			zone = str_from(zone, 1);
	if (zone.n == 6 && (*zone.p == '+' || *zone.p == '-') && zone.p[3] == ':') {
		if (str_u64(str_n(zone.p + 1, 2), 23, &h) < 0 || str_u64(str_n(zone.p + 4, 2), 59, &m) < 0)
			return E_SYNTAX;
		minutes = (int64_t)(h * 60 + m) * (*zone.p == '-' ? -1 : 1);
	} else if (zone.n != 1 || ascii_lower(*zone.p) != 'z') {
		return E_SYNTAX;
	}
	tm = (struct tm){.tm_year = (int)v[0] - 1900, .tm_mon = (int)v[1] - 1, .tm_mday = (int)v[2],
			 .tm_hour = (int)v[3], .tm_min = (int)v[4], .tm_sec = (int)v[5]};
	*ms = ((int64_t)timegm(&tm) - minutes * 60) * 1000;
	return 0;
}

/* -- parameters ---------------------------------------------------------------------------------- */

static int read_uidvalidity(struct str v, struct arena *a, struct imap_url *u)
{
	return number(v, &u->uidvalidity);
}

static int read_uid(struct str v, struct arena *a, struct imap_url *u)
{
	return number(v, &u->uid);
}

static int read_section(struct str v, struct arena *a, struct imap_url *u)
{
	struct args args = {.arena = a};
	struct str text;
	int e = decode(v, a, &text);

	if (e < 0)
		return e;
	args.in = arena_printf(a, "[" STR_FMT "]", STR_ARG(text));
	if (!args.in.p)
		return E_NOMEM;
	u->has_section = true;
	e = section_parse(&args, false, false, &u->section);
	return e < 0 ? e : arg_is_end(&args) ? 0 : E_SYNTAX;
}

static int read_partial(struct str v, struct arena *a, struct imap_url *u)
{
	struct str first = str_cut(&v, '.');

	u->has_partial = true;
	u->most = UINT64_MAX;
	if (str_u64(first, INT64_MAX, &u->at) < 0 || (v.p && str_u64(v, INT64_MAX, &u->most) < 0))
		return E_SYNTAX;
	return u->most ? 0 : E_SYNTAX;
}

static int read_expire(struct str v, struct arena *a, struct imap_url *u)
{
	u->has_expire = true;
	return read_date(v, &u->expire_ms);
}

/* access [":" mechanism ":" token]; always the last. */
static int read_urlauth(struct str v, struct arena *a, struct imap_url *u)
{
	struct str access = str_cut(&v, ':');
	int e = decode(access, a, &u->access);

	if (e < 0 || !access.n)
		return e < 0 ? e : E_SYNTAX;
	u->rump.n = (size_t)(access.p + access.n - u->rump.p);
	if (!v.p)
		return 0;
	u->mechanism = str_cut(&v, ':');
	u->token = v;
	return u->mechanism.n && v.n ? 0 : E_SYNTAX;
}

static const struct param {
	const char *name;
	int (*read)(struct str value, struct arena *a, struct imap_url *u);
} params[] = { /* in the order in which they must stand */
	{"UIDVALIDITY", read_uidvalidity}, {"UID", read_uid}, {"SECTION", read_section},
	{"PARTIAL", read_partial}, {"EXPIRE", read_expire}, {"URLAUTH", read_urlauth},
};

/* "UIDVALIDITY=1/;UID=2/;SECTION=3;URLAUTH=..." */
static int read_params(struct str rest, struct arena *a, struct imap_url *u)
{
	size_t next = 0;
	int e = 0;

	while (rest.n && e >= 0) {
		struct str value, name;
		size_t i = next;

		if (str_istarts(rest, STR("URLAUTH="))) { /* a token may hold anything */
			value = rest;
			rest = STR_NONE;
		} else {
			value = str_cut(&rest, ';');
			if (rest.p && str_ends(value, STR("/")))
				value.n--;
		}
		name = str_cut(&value, '=');
		while (i < COLUMNS(params) && !str_ieq(name, str_of(params[i].name)))
			i++;
		if (i == COLUMNS(params) || !value.p)
			return E_SYNTAX;
		next = i + 1;
		e = params[i].read(value, a, u);
	}
	return e;
}

/* -- the whole ----------------------------------------------------------------------------------- */

/* "user;AUTH=*@host:port/": behind it *rest begins with "/". */
static int read_server(struct str *rest, struct arena *a, struct imap_url *u)
{
	ptrdiff_t slash = str_find(*rest, '/'), at;
	struct str server, user;

	if (slash < 0)
		return E_SYNTAX;
	server = str_head(*rest, (size_t)slash);
	*rest = str_from(*rest, (size_t)slash);
	at = str_rfind(server, '@');
	user = at < 0 ? STR("") : str_head(server, (size_t)at);
	u->host = str_from(server, at < 0 ? 0 : (size_t)at + 1);
	if (!u->host.n)
		return E_SYNTAX;
	return decode(str_cut(&user, ';'), a, &u->user);
}

static int read_mailbox(struct str path, struct arena *a, struct imap_url *u)
{
	struct buf name;
	struct str text;
	int e = decode(path, a, &text);

	if (e < 0)
		return e;
	buf_init(&name, 4096);
	e = utf8_is_valid(text) ? mailbox_name_canonical(text, &name) : E_SYNTAX;
	if (e >= 0) {
		u->mailbox = arena_dup(a, buf_str(&name));
		e = u->mailbox.p ? 0 : E_NOMEM;
	}
	buf_free(&name);
	return e;
}

int imap_url_parse(struct str text, struct arena *a, struct imap_url *ret)
{
	struct imap_url u = {.rump = text};
	struct str rest = text, path;
	int e = 0;

	if (!is_url(text))
		return E_SYNTAX;
	if (str_istarts(rest, STR("imap://"))) {
		rest = str_from(rest, 7);
		e = read_server(&rest, a, &u);
	}
	if (e < 0)
		return e;
	path = str_cut(&rest, ';');
	if (path.n && *path.p == '/')
		path = str_from(path, 1);
	else if (path.n)
		return E_SYNTAX; /* relative to what? */
	if (str_ends(path, STR("/")))
		path.n--;
	if (path.n)
		e = read_mailbox(path, a, &u);
	else if (u.user.p)
		e = E_SYNTAX;
	if (e >= 0)
		e = read_params(rest, a, &u);
	if (e >= 0 && !u.uid) /* a server, a mailbox, a search: no message */
		e = E_SYNTAX;
	if (e < 0)
		return e == E_NOMEM ? e : E_SYNTAX;
	*ret = u;
	return 0;
}
