/* address_fuzz.c - whatever is read as an address can be written and read again as the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "base/err.h"
#include "wire/address.h"
#include "wire/sasl-codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool is_inside(struct str part, struct str all)
{
	return !part.n || (part.p >= all.p && part.p + part.n <= all.p + all.n);
}

/* The canonical form of the canonical form is itself. */
static void check_canonical(const struct address *a)
{
	struct buf once, twice, unquoted;
	struct str local, domain;
	ptrdiff_t at;

	buf_init(&once, 2000);
	buf_init(&twice, 2000);
	buf_init(&unquoted, 2000);
	assert(address_local_unquoted(a, &unquoted) == 0);
	if (address_canonical(a, &once) == 0) {
		at = str_rfind(buf_str(&once), '@');
		assert(utf8_is_valid(buf_str(&once)) && str_find(buf_str(&once), '\0') < 0);
		if (at >= 0 && a->domain.n) {
			local = str_head(buf_str(&once), (size_t)at);
			domain = str_from(buf_str(&once), (size_t)at + 1);
			assert(local.n && domain_canonical(domain, &twice) == 0);
			assert(str_eq(buf_str(&twice), domain));
		}
	}
	buf_free(&once);
	buf_free(&twice);
	buf_free(&unquoted);
}

static void check_path(struct str in, enum path_kind kind)
{
	struct address a = {0}, again;
	struct str rest;

	if (path_parse(in, kind, &a, &rest) < 0)
		return;
	assert(is_inside(a.local, in) && is_inside(a.domain, in) && is_inside(rest, in));
	assert(a.local.n <= 64 && a.domain.n <= 255 && in.n - rest.n <= 256);
	assert(rest.n < in.n && rest.p[-1] == '>');
	assert(!a.is_null || (!a.local.n && !a.domain.n && kind == PATH_REVERSE));
	if (a.is_null)
		return;
	assert(a.local.n && (a.domain.n || kind == PATH_FORWARD));
	check_canonical(&a);
	if (a.domain.n) {
		struct str both = str_n(a.local.p, a.local.n + 1 + a.domain.n);

		assert(address_parse(both, &again) == 0);
		assert(str_eq(again.local, a.local) && str_eq(again.domain, a.domain));
		assert(again.is_utf8 == a.is_utf8 || a.has_route);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data, n);
	struct address a;
	struct buf b;

	check_path(in, PATH_FORWARD);
	check_path(in, PATH_REVERSE);
	if (address_parse(in, &a) == 0)
		check_canonical(&a);
	buf_init(&b, 2000);
	domain_canonical(in, &b);
	buf_free(&b);
	return 0;
}
