/* dot_test.c - the dot codec: against a model over all short strings (SECURITY B1), and by rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "wire/dot.h"

enum { MOST = 128 };

struct result {
	char bytes[MOST];
	size_t n, taken;
	bool done, bare_cr, bare_lf;
};

/* The model: whole lines, by RFC 5321 4.5.2 and nothing else. It looks ahead where dot.c remembers,
 * and knows no blocks. */
static struct result model(struct str in)
{
	struct result r = {0};
	bool begin = true;

	for (size_t i = 0; i < in.n; i++) {
		struct str rest = str_from(in, i);

		if (begin && str_starts(rest, STR(".\r\n"))) {
			r.done = true;
			r.taken = i + 3;
			return r;
		}
		if (begin && (str_eq(rest, STR(".")) || str_eq(rest, STR(".\r"))))
			break; /* not known yet */
		if (begin && rest.p[0] == '.') {
			begin = false;
			continue;
		}
		r.bytes[r.n++] = rest.p[0];
		begin = str_starts(rest, STR("\n")) && i && in.p[i - 1] == '\r';
		if (rest.p[0] == '\n' && !begin)
			r.bare_lf = true;
		if (rest.p[0] == '\r' && rest.n > 1 && rest.p[1] != '\n')
			r.bare_cr = true;
	}
	r.taken = in.n;
	return r;
}

static struct result decode(struct str in, size_t chunk)
{
	struct dot_in d = {0};
	struct result r = {0};

	while (r.taken < in.n && !d.done) {
		struct str part = str_head(str_from(in, r.taken), chunk);
		size_t n, taken = dot_decode(&d, part, r.bytes + r.n, &n);

		assert_true(n <= part.n + 2);
		assert_true(d.done || taken == part.n);
		r.n += n;
		r.taken += taken;
	}
	r.done = d.done;
	r.bare_cr = d.bare_cr;
	r.bare_lf = d.bare_lf;
	return r;
}

static void assert_same(struct str in, const struct result *a, const struct result *b)
{
	if (a->n == b->n && a->taken == b->taken && a->done == b->done &&
	    a->bare_cr == b->bare_cr && a->bare_lf == b->bare_lf &&
	    !memcmp(a->bytes, b->bytes, a->n))
		return;
	for (size_t i = 0; i < in.n; i++)
		print_error("%02x ", (unsigned char)in.p[i]);
	fail_msg("n %zu/%zu taken %zu/%zu done %d/%d cr %d/%d lf %d/%d", a->n, b->n, a->taken,
		 b->taken, a->done, b->done, a->bare_cr, b->bare_cr, a->bare_lf, b->bare_lf);
}

/* Sender, then receiver: one message, the same octets. */
static void check_round_trip(struct str in)
{
	struct dot_out e = {0};
	char wire[2 * MOST + 5];
	size_t n = dot_encode(&e, in, wire);
	struct result r;

	n += dot_end(&e, wire + n);
	assert_true(n <= MOST);
	r = decode(str_n(wire, n), n);
	assert_true(r.done);
	assert_int_equal(r.taken, n);
	/* the text may have grown by a final CRLF, and by a dot behind each bare CR or LF */
	for (size_t i = 0, at = 0; i < in.n; i++, at++) {
		bool behind_end = i && (in.p[i - 1] == '\n' || in.p[i - 1] == '\r');
		bool behind_crlf = i > 1 && in.p[i - 1] == '\n' && in.p[i - 2] == '\r';

		if (in.p[i] == '.' && behind_end && !behind_crlf)
			assert_int_equal(r.bytes[at++], '.');
		assert_int_equal(r.bytes[at], in.p[i]);
		assert_true(at < r.n);
	}
}

static void each_string(void (*fn)(struct str s, void *arg), void *arg)
{
	static const char letters[] = {'\r', '\n', '.', '\0', 'a'};
	unsigned count = 0, total = 1;

	for (size_t len = 1; len <= 7; len++) {
		total *= COLUMNS(letters);
		for (unsigned v = 0; v < total; v++, count++) {
			char s[7];

			for (size_t i = 0, w = v; i < len; i++, w /= COLUMNS(letters))
				s[i] = letters[w % COLUMNS(letters)];
			fn(str_n(s, len), arg);
		}
	}
	assert_int_equal(count, 97655);
}

static void check_plain(struct str s, void *arg)
{
	struct result m = model(s);

	for (size_t chunk = 1; chunk <= s.n; chunk++) {
		struct result r = decode(s, chunk);

		assert_same(s, &r, &m);
	}
	check_round_trip(s);
}

/* In the midst of longer text, at each place of a 16 octet block. */
static void check_embedded(struct str s, void *arg)
{
	for (size_t before = 0; before < 18; before += 1 + before % 5) {
		char text[MOST];
		struct str t = {text, before + s.n + 17};
		struct result r, m;

		memset(text, 'b', sizeof(text));
		memcpy(text + before, s.p, s.n);
		r = decode(t, t.n);
		m = model(t);
		assert_same(t, &r, &m);
		check_round_trip(t);
	}
}

static void all_short_strings(void **state)
{
	each_string(check_plain, NULL);
}

static void all_short_strings_in_longer_text(void **state)
{
	each_string(check_embedded, NULL);
}

static void rows(void **state)
{
	static const struct {
		struct str in, out;
		size_t left;
		bool done, cr, lf;
	} t[] = {
		{STR(".\r\n"), STR(""), 0, true, false, false},
		{STR(".\r\nQUIT\r\n"), STR(""), 6, true, false, false},
		{STR("a\r\n.\r\n"), STR("a\r\n"), 0, true, false, false},
		{STR("..\r\n.\r\n"), STR(".\r\n"), 0, true, false, false},
		{STR(".a\r\n.\r\n"), STR("a\r\n"), 0, true, false, false},
		{STR("a\n.\n"), STR("a\n.\n"), 0, false, false, true},
		{STR("a\n.\r\nMAIL\r\n"), STR("a\n.\r\nMAIL\r\n"), 0, false, false, true},
		{STR("a\r\n.\nb\r\n"), STR("a\r\n\nb\r\n"), 0, false, false, true},
		{STR("a\r.\rb"), STR("a\r.\rb"), 0, false, true, false},
		{STR("a\r\n.\rb\r\n"), STR("a\r\n\rb\r\n"), 0, false, true, false},
		{STR("a\r\r\n.\r\n"), STR("a\r\r\n"), 0, true, true, false},
		{STR("a\0\r\n.\r\n"), STR("a\0\r\n"), 0, true, false, false},
	};

	for (size_t i = 0; i < COLUMNS(t); i++) {
		struct result r = decode(t[i].in, t[i].in.n);
		struct result m = {.n = t[i].out.n,
				   .taken = t[i].in.n - t[i].left,
				   .done = t[i].done,
				   .bare_cr = t[i].cr,
				   .bare_lf = t[i].lf};

		memcpy(m.bytes, t[i].out.p, m.n);
		assert_same(t[i].in, &r, &m);
	}
}

static void encoder_rows(void **state)
{
	static const struct {
		struct str in, out;
	} t[] = {
		{STR(""), STR(".\r\n")},
		{STR("a\r\n"), STR("a\r\n.\r\n")},
		{STR("a"), STR("a\r\n.\r\n")},
		{STR("a\n"), STR("a\n\r\n.\r\n")},
		{STR("a\r"), STR("a\r\r\n.\r\n")},
		{STR(".a\r\n..\r\n"), STR("..a\r\n...\r\n.\r\n")},
		{STR("a\n.b\r.c\r\n"), STR("a\n..b\r..c\r\n.\r\n")},
		{STR("a\0.b\r\n"), STR("a\0.b\r\n.\r\n")},
	};

	for (size_t i = 0; i < COLUMNS(t); i++)
		for (size_t cut = 0; cut <= t[i].in.n; cut++) {
			struct dot_out e = {0};
			char wire[MOST];
			size_t n = dot_encode(&e, str_head(t[i].in, cut), wire);

			n += dot_encode(&e, str_from(t[i].in, cut), wire + n);
			n += dot_end(&e, wire + n);
			assert_int_equal(n, t[i].out.n);
			assert_memory_equal(wire, t[i].out.p, n);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(encoder_rows),
		cmocka_unit_test(all_short_strings),
		cmocka_unit_test(all_short_strings_in_longer_text),
	};

	return cmocka_run_group_tests_name("wire/dot", tests, NULL, NULL);
}
