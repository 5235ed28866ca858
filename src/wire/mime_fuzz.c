/* mime_fuzz.c - any octets: the same however they are cut, in linear work, as valid IMAP text.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Octet 0 of the input is the size of chunks; the rest is the message. */
#include <assert.h>
#include "base/err.h"
#include "wire/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	RENDERED_MOST = 64 << 20,
	STEPS_AN_OCTET = 64,
	STEPS_AT_LEAST = 100000, /* allowed for the smallest */
};

struct result {
	struct mime_facts facts;
	struct buf envelope, structure, body, offsets;
};

static void parse(struct mime *m, struct str in, size_t chunk, struct result *r)
{
	for (size_t at = 0; at < in.n; at += chunk) {
		struct str part = str_head(str_from(in, at), chunk);
		char *copy = malloc(part.n); /* so that the sanitizer sees a step past it */

		memcpy(copy, part.p, part.n);
		mime_feed(m, str_n(copy, part.n));
		free(copy);
	}
	mime_end(m);
	buf_init(&r->envelope, RENDERED_MOST);
	buf_init(&r->structure, RENDERED_MOST);
	buf_init(&r->body, RENDERED_MOST);
	buf_init(&r->offsets, RENDERED_MOST);
	assert(mime_envelope(m, &r->envelope) == 0);
	assert(mime_bodystructure(m, true, &r->structure) == 0);
	assert(mime_bodystructure(m, false, &r->body) == 0);
	assert(mime_offsets(m, &r->offsets) == 0);
	r->facts = *mime_facts(m);
	assert(r->facts.steps <= STEPS_AT_LEAST + STEPS_AN_OCTET * r->facts.size);
}

static void result_free(struct result *r)
{
	buf_free(&r->envelope);
	buf_free(&r->structure);
	buf_free(&r->body);
	buf_free(&r->offsets);
}

/* The octets of the string at the beginning of s, or 0: RFC 9051 4.3. */
static size_t string_length(struct str s)
{
	size_t n = 1;

	if (s.p[0] == '{') {
		ptrdiff_t end = str_find(s, '}');
		uint64_t octets = 0;

		assert(end > 0 && str_u64(str_n(s.p + 1, (size_t)end - 1), s.n, &octets) == 0);
		assert(str_starts(str_from(s, (size_t)end + 1), STR("\r\n")));
		n = (size_t)end + 3 + octets;
		assert(n <= s.n && str_find(str_head(s, n), '\0') < 0);
		return n;
	}
	if (s.p[0] != '"')
		return 0;
	for (; n < s.n && s.p[n] != '"'; n++) {
		assert(s.p[n] && s.p[n] != '\r' && s.p[n] != '\n' && !(s.p[n] & 0x80));
		if (s.p[n] != '\\')
			continue;
		n++;
		assert(n < s.n && (s.p[n] == '"' || s.p[n] == '\\'));
	}
	assert(n < s.n);
	return n + 1;
}

/* One balanced list of strings, NIL and numbers, single spaces between them. */
static void check_imap(struct str s)
{
	size_t depth = 0, n;
	bool may_space = false;

	assert(s.n && s.p[0] == '(');
	while (s.n) {
		if (s.p[0] == '(') {
			depth++;
			n = 1;
		} else if (s.p[0] == ')') {
			assert(depth-- > 0 && may_space);
			n = 1;
		} else if (s.p[0] == ' ') {
			assert(may_space && s.n > 1 && s.p[1] != ' ' && s.p[1] != ')');
			n = 1;
		} else if (!(n = string_length(s))) {
			for (n = 0; n < s.n && ascii_is_digit(s.p[n]);)
				n++;
			n = n ? n : str_starts(s, STR("NIL")) ? 3 : 0;
			assert(n > 0);
		}
		may_space = s.p[0] != '(' && s.p[0] != ' ';
		s = str_from(s, n);
		assert(depth > 0 || !s.n);
	}
	assert(!depth);
}

static void check_part(const struct result *r, const uint32_t *path, size_t n)
{
	struct mime_part p;
	int e = mime_offsets_find(buf_str(&r->offsets), path, n, &p);

	assert(e == 0 || e == E_NOTFOUND);
	if (!e) {
		assert(p.header_at + p.header_n == p.body_at);
		assert(p.body_at + p.body_n <= r->facts.size && p.lines <= p.body_n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_from(str_n(data, n), 1);
	struct mime *m = mime_new();
	struct result whole, cut;

	parse(m, in, in.n + 1, &whole);
	mime_reset(m);
	parse(m, in, n ? data[0] % 40 + 1u : 1, &cut);
	assert(str_eq(buf_str(&whole.envelope), buf_str(&cut.envelope)));
	assert(str_eq(buf_str(&whole.structure), buf_str(&cut.structure)));
	assert(str_eq(buf_str(&whole.body), buf_str(&cut.body)));
	assert(str_eq(buf_str(&whole.offsets), buf_str(&cut.offsets)));
	whole.facts.steps = cut.facts.steps;
	assert(!memcmp(&whole.facts, &cut.facts, sizeof(cut.facts)));
	check_imap(buf_str(&whole.envelope));
	check_imap(buf_str(&whole.structure));
	check_imap(buf_str(&whole.body));
	for (uint32_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++)
			check_part(&whole, (const uint32_t[]){i, k, 1}, k);
	result_free(&whole);
	result_free(&cut);
	mime_free(m);
	return 0;
}
