/* dot_fuzz.c - the dot codec beside its model, and there and back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Octet 0 of the input is the size of chunks; the rest is the data. */
#include <assert.h>
#include "base/err.h"
#include "wire/dot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct result {
	char *bytes;
	size_t n, taken;
	bool done, bare_cr, bare_lf;
};

/* RFC 5321 4.5.2 and nothing else, looking ahead in the whole. */
static void model(struct str in, struct result *r)
{
	bool begin = true;

	for (size_t i = 0; i < in.n; i++) {
		struct str rest = str_from(in, i);

		if (begin && str_starts(rest, STR(".\r\n"))) {
			r->done = true;
			r->taken = i + 3;
			return;
		}
		if (begin && (str_eq(rest, STR(".")) || str_eq(rest, STR(".\r"))))
			break; /* not known yet */
		if (begin && rest.p[0] == '.') {
			begin = false;
			continue;
		}
		r->bytes[r->n++] = rest.p[0];
		begin = rest.p[0] == '\n' && i && in.p[i - 1] == '\r';
		r->bare_lf |= rest.p[0] == '\n' && !begin;
		r->bare_cr |= rest.p[0] == '\r' && rest.n > 1 && rest.p[1] != '\n';
	}
	r->taken = in.n;
}

static void decode(struct str in, size_t chunk, struct result *r)
{
	struct dot_in d = {0};

	while (r->taken < in.n && !d.done) {
		struct str part = str_head(str_from(in, r->taken), chunk);
		char *out = malloc(part.n + 2); /* so that the sanitizer sees a step past it */
		size_t n_out, taken = dot_decode(&d, part, out, &n_out);

		assert(n_out <= part.n + 2 && taken <= part.n && (d.done || taken == part.n));
		memcpy(r->bytes + r->n, out, n_out);
		free(out);
		r->n += n_out;
		r->taken += taken;
	}
	r->done = d.done;
	r->bare_cr = d.bare_cr;
	r->bare_lf = d.bare_lf;
}

static bool is_same(const struct result *a, const struct result *b)
{
	return a->n == b->n && a->taken == b->taken && a->done == b->done &&
	       a->bare_cr == b->bare_cr && a->bare_lf == b->bare_lf &&
	       !memcmp(a->bytes, b->bytes, a->n);
}

static size_t encode(struct str in, size_t chunk, char *wire)
{
	struct dot_out e = {0};
	size_t n = 0;

	for (size_t at = 0; at < in.n; at += chunk) {
		struct str part = str_head(str_from(in, at), chunk);
		char *out = malloc(2 * part.n);
		size_t n_out = dot_encode(&e, part, out);

		assert(n_out <= 2 * part.n);
		memcpy(wire + n, out, n_out);
		free(out);
		n += n_out;
	}
	return n + dot_end(&e, wire + n);
}

/* What is sent is one message, and the same octets if it had no flaw. */
static void there_and_back(struct str in, size_t chunk, bool is_clean)
{
	char *wire = malloc(2 * in.n + 5);
	size_t n = encode(in, chunk, wire);
	struct result r = {.bytes = malloc(n + 2)};

	decode(str_n(wire, n), chunk, &r);
	assert(r.done && r.taken == n && r.n >= in.n);
	if (is_clean) {
		assert(!memcmp(r.bytes, in.p, in.n));
		assert(r.n == in.n || str_eq(str_n(r.bytes + in.n, r.n - in.n), STR("\r\n")));
	}
	free(r.bytes);
	free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_from(str_n(data, n), 1);
	size_t chunk = n ? data[0] % 70 + 1u : 1;
	struct result a = {.bytes = malloc(in.n + 2)}, b = {.bytes = malloc(in.n + 2)};
	bool is_clean = true;

	model(in, &a);
	decode(in, chunk, &b);
	assert(is_same(&a, &b));
	for (size_t i = 0; i < in.n; i++) {
		is_clean &= in.p[i] != '\n' || (i && in.p[i - 1] == '\r');
		is_clean &= in.p[i] != '\r' || (i + 1 < in.n && in.p[i + 1] == '\n');
	}
	there_and_back(in, chunk, is_clean);
	free(a.bytes);
	free(b.bytes);
	return 0;
}
