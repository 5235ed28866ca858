/* address-canonical.c - the one form of an address that accounts and aliases are kept under.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <idn2.h>
#include <unicase.h>
#include <uninorm.h>
#include "base/err.h"
#include "wire/address.h"

enum { LOCAL_MOST = 64, DOMAIN_MOST = 255 };

static int add_lower(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_add_char(out, ascii_lower(s.p[i]));
	return out->failed;
}

/* Canonical decomposition first: some marks fold to letters that would come to stand elsewhere
 * (Unicode 3.13, D145). */
static int add_casefolded(struct buf *out, struct str s)
{
	size_t n = 0, n_decomposed = 0;
	uint8_t *d, *f;
	int r = E_NOMEM;

	d = u8_normalize(UNINORM_NFD, (const uint8_t *)s.p, s.n, NULL, &n_decomposed);
	f = d ? u8_casefold(d, n_decomposed, "", UNINORM_NFC, NULL, &n) : NULL;
	if (f)
		r = buf_add(out, str_n(f, n));
	free(d);
	free(f);
	return r;
}

static int add_literal(struct buf *out, struct str domain)
{
	struct str inner = str_n(domain.p + 1, domain.n - 2);
	char z[64], text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	if (str_istarts(inner, STR("IPv6:"))) {
		if (!str_to_c(str_from(inner, 5), z, sizeof(z)) ||
		    inet_pton(AF_INET6, z, bytes) != 1 ||
		    !inet_ntop(AF_INET6, bytes, text, sizeof(text)))
			return E_SYNTAX;
		return buf_printf(out, "[ipv6:%s]", text);
	}
	buf_add_char(out, '[');
	while (inner.p) { /* 192.000.002.001 is 192.0.2.1 */
		uint64_t v;

		if (str_u64(str_cut(&inner, '.'), 255, &v) < 0)
			return E_SYNTAX;
		buf_add_u64(out, v);
		buf_add_char(out, inner.p ? '.' : ']');
	}
	return out->failed;
}

static struct str without_last_dot(struct str domain)
{
	return str_ends(domain, STR(".")) ? str_head(domain, domain.n - 1) : domain;
}

static bool to_a_labels(const char *z, uint8_t **ret)
{
	return idn2_lookup_u8((const uint8_t *)z, ret, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) ==
	       IDN2_OK;
}

/* To A-labels (IDNA 2008 with UTS 46's mapping), to U-labels, and to A-labels again, which must be
 * the same: an A-label is taken as it is the first time. Not with IDN2_USE_STD3_ASCII_RULES, which
 * would drop a full-width "@" in silence: our own check refuses what it has become. */
static int add_international(struct buf *out, struct str domain)
{
	uint8_t *a = NULL, *again = NULL;
	char z[DOMAIN_MOST + 1], *u = NULL;
	int r = E_SYNTAX;

	if (!str_to_c(domain, z, sizeof(z)))
		return E_RANGE;
	if (to_a_labels(z, &a) && idn2_to_unicode_8z8z((char *)a, &u, 0) == IDN2_OK &&
	    domain_check(str_of(u)) == 0 && to_a_labels(u, &again) &&
	    str_ieq(str_of((char *)a), str_of((char *)again)))
		r = buf_add(out, without_last_dot(str_of(u))); /* a soft hyphen was behind it */
	idn2_free(a);
	idn2_free(u);
	idn2_free(again);
	return r;
}

/* Is some label an A-label, or meant to be one? */
static bool has_a_label(struct str domain)
{
	while (domain.p)
		if (str_istarts(str_cut(&domain, '.'), STR("xn--")))
			return true;
	return false;
}

int domain_canonical(struct str domain, struct buf *out)
{
	int r = domain_check(domain);

	if (r < 0)
		return r;
	if (domain.p[0] == '[')
		return add_literal(out, domain);
	domain = without_last_dot(domain);
	if (!str_is_ascii(domain) || has_a_label(domain))
		return add_international(out, domain);
	return add_lower(out, domain);
}

static int add_canonical(const struct address *a, struct buf *out)
{
	struct buf local;
	int r;

	buf_init(&local, LOCAL_MOST);
	r = address_local_unquoted(a, &local);
	if (r == 0 && !local.n)
		r = E_SYNTAX; /* ""@domain can be written, but nobody has it */
	if (r == 0)
		r = str_is_ascii(buf_str(&local)) ? add_lower(out, buf_str(&local))
					      : add_casefolded(out, buf_str(&local));
	buf_free(&local);
	if (r < 0 || !a->domain.n)
		return r;
	buf_add_char(out, '@');
	return domain_canonical(a->domain, out);
}

int address_canonical(const struct address *a, struct buf *out)
{
	size_t before = out->n;
	int r = a->is_null ? E_SYNTAX : add_canonical(a, out);

	if (r < 0)
		out->n = before;
	return r;
}
