/* sasl-codec.c - base64, the PLAIN message, and what valid UTF-8 is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "wire/sasl-codec.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_encode(struct str in, struct buf *out)
{
	int r = buf_reserve(out, in.n / 3 * 4 + 4);

	for (size_t i = 0; r == 0 && i < in.n; i += 3) {
		size_t n = in.n - i < 3 ? in.n - i : 3;
		unsigned v = 0;
		char four[4];

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)in.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			four[k] = k <= n ? alphabet[v >> (18 - 6 * k) & 63] : '=';
		r = buf_add(out, str_n(four, 4));
	}
	return r;
}

/* Four characters; returns how many octets they stand for, or E_SYNTAX. RFC 4648 3.5: the bits
 * behind the last octet must be zero, so that there is one text for one value. */
static int decode_four(const char *four, bool is_last, char *three)
{
	unsigned v = 0;
	int n = 3;

	if (is_last && four[3] == '=')
		n = four[2] == '=' ? 1 : 2;
	for (int k = 0; k < 4; k++) {
		int bits = k <= n ? value_of(four[k]) : 0;

		if (bits < 0)
			return E_SYNTAX;
		v = v << 6 | (unsigned)bits;
	}
	if ((n == 1 && (v & 0xffff)) || (n == 2 && (v & 0xff)))
		return E_SYNTAX;
	for (int k = 0; k < n; k++)
		three[k] = (char)(v >> (16 - 8 * k));
	return n;
}

int base64_decode(struct str in, struct buf *out)
{
	size_t before = out->n;
	char three[3];
	int n = 0, r;

	if (in.n % 4)
		return E_SYNTAX;
	r = buf_reserve(out, in.n / 4 * 3);
	if (r < 0)
		return r;
	for (size_t i = 0; i < in.n; i += 4) {
		n = decode_four(in.p + i, i + 4 == in.n, three);
		if (n < 0)
			break;
		buf_add(out, str_n(three, (size_t)n));
	}
	explicit_bzero(three, sizeof(three));
	if (n < 0)
		out->n = before;
	return n < 0 ? n : 0;
}

int sasl_plain_parse(struct str message, struct sasl_plain *ret)
{
	struct sasl_plain p;
	struct str rest = message;

	if (!utf8_is_valid(message))
		return E_UTF8;
	p.authzid = str_cut(&rest, '\0');
	if (!rest.p)
		return E_SYNTAX;
	p.authcid = str_cut(&rest, '\0');
	p.password = rest;
	/* RFC 4616 2: authcid and passwd have at least one octet, and none is NUL */
	if (!p.authcid.n || !p.password.n || str_find(p.password, '\0') >= 0)
		return E_SYNTAX;
	*ret = p;
	return 0;
}

/* The length of the character that begins at p, or 0. RFC 3629 4. */
static size_t utf8_char(const unsigned char *p, size_t n)
{
	unsigned char lo = 0x80, hi = 0xbf; /* of the second octet */
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0; /* shorter forms exist below */
	else if (p[0] == 0xed)
		hi = 0x9f; /* surrogates above */
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f; /* U+10FFFF is the last */
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool utf8_is_valid(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t at = 0;

	while (at < s.n) {
		size_t len;
		uint64_t eight;

		if (s.n - at >= sizeof(eight)) {
			memcpy(&eight, p + at, sizeof(eight));
			if (!(eight & 0x8080808080808080)) {
				at += sizeof(eight);
				continue;
			}
		}
		len = utf8_char(p + at, s.n - at);
		if (!len)
			return false;
		at += len;
	}
	return true;
}
