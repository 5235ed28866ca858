/* str.c - comparing, cutting and reading views of bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "base/err.h"

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

bool str_ieq(struct str a, struct str b)
{
	return a.n == b.n && str_istarts(a, b);
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_head(s, prefix.n), prefix);
}

bool str_istarts(struct str s, struct str prefix)
{
	if (s.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		if (ascii_lower(s.p[i]) != ascii_lower(prefix.p[i]))
			return false;
	return true;
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0]))
		s = str_from(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

ptrdiff_t str_find(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

ptrdiff_t str_rfind(struct str s, char c)
{
	const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

ptrdiff_t str_search(struct str s, struct str what)
{
	const char *at;

	if (!what.n)
		return 0;
	at = s.n ? memmem(s.p, s.n, what.p, what.n) : NULL;
	return at ? at - s.p : -1;
}

struct str str_cut(struct str *rest, char c)
{
	ptrdiff_t at = str_find(*rest, c);
	struct str head = *rest;

	if (at < 0) {
		*rest = STR_NONE;
		return head;
	}
	*rest = str_from(*rest, (size_t)at + 1);
	return str_head(head, (size_t)at);
}

int str_u64(struct str s, uint64_t most, uint64_t *ret)
{
	uint64_t v = 0;

	if (!s.n)
		return E_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit(s.p[i]))
			return E_SYNTAX;
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return E_RANGE;
	}
	if (v > most)
		return E_RANGE;
	*ret = v;
	return 0;
}

int str_size(struct str s, uint64_t *ret)
{
	static const char units[] = "kmgt";
	const char *unit = NULL;
	unsigned shift = 0;
	uint64_t v;
	int r;

	if (s.n && (unit = strchr(units, ascii_lower(s.p[s.n - 1]))) && *unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		s.n--;
	}
	r = str_u64(s, UINT64_MAX >> shift, &v);
	if (!r)
		*ret = v << shift;
	return r;
}

bool str_to_c(struct str s, char *out, size_t cap)
{
	if (s.n >= cap || str_find(s, '\0') >= 0)
		return false;
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

bool str_eq_secret(struct str a, struct str b)
{
	volatile unsigned char diff = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		diff |= (unsigned char)(a.p[i] ^ b.p[i]);
	return !diff;
}

bool str_is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] & 0x80)
			return false;
	return true;
}
