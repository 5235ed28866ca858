/* section_test.c - section specifications by rows; header fields chosen piece by piece.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "imap/section.h"

static const struct {
	const char *in, *out; /* out: NULL if it must be refused */
	bool is_binary;
} rows[] = {
	{"[]", "[]"}, {"[]<0.10>", "[]<0>"}, {"[]<4294967296.1>", "[]<4294967296>"},
	{"[1]", "[1]"}, {"[1.2.3]", "[1.2.3]"}, {"[4294967295]", "[4294967295]"},
	{"[HEADER]", "[HEADER]"}, {"[header]", "[HEADER]"}, {"[TEXT]<5.6>", "[TEXT]<5>"},
	{"[1.MIME]", "[1.MIME]"}, {"[1.2.TEXT]", "[1.2.TEXT]"}, {"[3.HEADER]", "[3.HEADER]"},
	{"[HEADER.FIELDS (DATE)]", "[HEADER.FIELDS (DATE)]"},
	{"[header.fields (date From)]", "[HEADER.FIELDS (date From)]"},
	{"[HEADER.FIELDS.NOT (a b)]<0.1>", "[HEADER.FIELDS.NOT (a b)]<0>"},
	{"[HEADER.FIELDS (\"a b\" {1}\r\nc)]", "[HEADER.FIELDS (\"a b\" c)]"},
	{"[2.HEADER.FIELDS (X-]])]", "[2.HEADER.FIELDS (X-]])]"},
	{"[1.2]", "[1.2]", true}, {"[]", "[]", true}, {"[1]<3.4>", "[1]<3>", true},
	{"", NULL}, {"[", NULL}, {"[1", NULL}, {"[1.]", NULL}, {"[.1]", NULL}, {"[0]", NULL},
	{"[1.0]", NULL}, {"[01]", NULL}, {"[1..2]", NULL}, {"[4294967296]", NULL}, {"[MIME]", NULL},
	{"[HEADERS]", NULL}, {"[HEADER.FIELDS]", NULL}, {"[HEADER.FIELDS ()]", NULL},
	{"[HEADER.FIELDS (a]", NULL}, {"[HEADER.FIELDS a]", NULL}, {"[HEADER.FIELDS  (a)]", NULL},
	{"[HEADER (a)]", NULL}, {"[TEXT.1]", NULL}, {"[1.TEXT.2]", NULL}, {"[1]<0>", NULL},
	{"[1]<0.0>", NULL}, {"[1]<.1>", NULL}, {"[1]<-1.1>", NULL},
	{"[1]<9223372036854775808.1>", NULL}, {"[ 1]", NULL}, {"[*]", NULL},
	{"[1.MIME]", NULL, true}, {"[TEXT]", NULL, true}, {"[1.]", NULL, true},
};

static void reads_rows(void **state)
{
	struct arena arena;
	struct buf out;

	arena_init(&arena, 1 << 20);
	buf_init(&out, 1000);
	for (size_t i = 0; i < COLUMNS(rows); i++) {
		struct args a = {.in = str_of(rows[i].in), .arena = &arena};
		struct section t;
		int r = section_parse(&a, rows[i].is_binary, true, &t);

		if ((r == 0) != (rows[i].out != NULL))
			fail_msg("\"%s\": %d %s", rows[i].in, r, a.why ? a.why : "");
		if (r < 0) {
			assert_non_null(a.why);
			continue;
		}
		buf_clear(&out);
		section_write(&t, &out);
		if (!str_eq(buf_str(&out), str_of(rows[i].out)))
			fail_msg("\"%s\": \"%.*s\"", rows[i].in, (int)out.n, out.p);
	}
	buf_free(&out);
	arena_free(&arena);
}

static const char header[] = "From: a\r\n"
			     "TO: b,\r\n"
			     "\tc\r\n"
			     "Subject : s\r\n"
			     " \r\n"
			     "rubbish\r\n"
			     "From: d\r\n"
			     "\rfrom: e\r\n"
			     ": x\r\n"
			     "Toto: f\r\n"
			     "\r\n";
static const struct {
	const char *spec, *in, *out;
} choices[] = {
	{"[HEADER.FIELDS (from)]", header, "From: a\r\nFrom: d\r\n\r\n"},
	{"[HEADER.FIELDS (to SUBJECT to)]", header,
	 "TO: b,\r\n\tc\r\nSubject : s\r\n \r\n\r\n"},
	{"[HEADER.FIELDS (none)]", header, "\r\n"},
	{"[HEADER.FIELDS.NOT (to subject from)]", header,
	 "rubbish\r\n\rfrom: e\r\n: x\r\nToto: f\r\n\r\n"},
	{"[HEADER.FIELDS.NOT (x)]", header, header},
	{"[HEADER.FIELDS (from)]", "From: a", "From: a"},
	{"[HEADER.FIELDS (from)]", "From: a\r\nTo", "From: a\r\n"},
	{"[HEADER.FIELDS (from)]", "From: a\nTo: b\n\n", "From: a\n\n"},
	{"[HEADER.FIELDS.NOT (from)]", " fold\r\nFrom: a\r\nTo", " fold\r\nTo"},
	{"[HEADER.FIELDS (from)]", " fold\r\nFrom: a\r\n\r\n", "From: a\r\n\r\n"},
	{"[HEADER.FIELDS (from)]", "", ""},
	{"[HEADER.FIELDS (from)]", "\r\n", "\r\n"},
};

static void chooses_fields(void **state)
{
	struct arena arena;
	char out[1000];

	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < COLUMNS(choices); i++) {
		struct args a = {.in = str_of(choices[i].spec), .arena = &arena};
		struct str in = str_of(choices[i].in);
		struct section t;

		assert_int_equal(section_parse(&a, false, true, &t), 0);
		for (size_t piece = 1; piece <= in.n + 1; piece++) {
			struct field_filter f;
			size_t n = 0;

			field_filter_begin(&f, &t);
			for (size_t at = 0; at < in.n; at += piece)
				n += field_filter_feed(&f, str_head(str_from(in, at), piece), out + n);
			n += field_filter_end(&f, out + n);
			if (!str_eq(str_n(out, n), str_of(choices[i].out)))
				fail_msg("%s row %zu by %zu: \"%.*s\"", choices[i].spec, i, piece,
					 (int)n, out);
		}
	}
	arena_free(&arena);
}

/* A thousand names against 20,000 fields: not their product. */
static void does_not_multiply(void **state)
{
	enum { FIELDS = 20000 };
	struct arena arena;
	struct buf spec;
	struct args a = {.arena = &arena};
	struct field_filter f;
	struct section t;
	char out[200];

	arena_init(&arena, 1 << 20);
	buf_init(&spec, 1 << 20);
	buf_add(&spec, STR("[HEADER.FIELDS ("));
	for (unsigned i = 0; i < SECTION_FIELDS_MOST; i++)
		buf_printf(&spec, "%sx%u", i ? " " : "", i);
	buf_add(&spec, STR(")]"));
	a.in = buf_str(&spec);
	assert_int_equal(section_parse(&a, false, false, &t), 0);
	field_filter_begin(&f, &t);
	for (unsigned i = 0; i < FIELDS; i++)
		field_filter_feed(&f, STR("x77777: y\r\n"), out);
	assert_true(f.lookups <= FIELDS * 11);
	buf_clear(&spec);
	buf_add(&spec, STR("[HEADER.FIELDS (y"));
	for (unsigned i = 0; i < SECTION_FIELDS_MOST; i++)
		buf_printf(&spec, " x%u", i);
	buf_add(&spec, STR(")]"));
	a.in = buf_str(&spec);
	assert_int_equal(section_parse(&a, false, false, &t), E_LIMIT);
	buf_free(&spec);
	arena_free(&arena);
}

static void finds_parts(void **state)
{
	static const char text[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
				   "--b\r\n\r\none\r\n"
				   "--b\r\nContent-Type: message/rfc822\r\n\r\n"
				   "Subject: in\r\n\r\ntext\r\n"
				   "--b--\r\n";
	static const struct {
		const char *spec, *out; /* NULL: there is no such part */
	} want[] = {
		{"[1]", "one"}, {"[1.MIME]", "\r\n"}, {"[2]", "Subject: in\r\n\r\ntext"},
		{"[2.MIME]", "Content-Type: message/rfc822\r\n\r\n"},
		{"[2.HEADER]", "Subject: in\r\n\r\n"}, {"[2.TEXT]", "text"}, {"[2.1]", "text"},
		{"[2.HEADER.FIELDS (x)]", "Subject: in\r\n\r\n"},
		{"[HEADER]", "Prefix: 1\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"},
		{"[3]", NULL}, {"[1.HEADER]", NULL}, {"[1.TEXT]", NULL}, {"[1.1]", NULL},
		{"[2.2]", NULL}, {"[2.1.1]", NULL},
	};
	struct str prefix = STR("Prefix: 1\r\n");
	struct buf table, all;
	struct mime *m = mime_new();
	struct arena arena;

	arena_init(&arena, 1 << 20);
	buf_init(&table, 4096);
	buf_init(&all, 4096);
	buf_add(&all, prefix);
	buf_add(&all, str_of(text));
	mime_feed(m, str_of(text));
	mime_end(m);
	assert_int_equal(mime_offsets(m, &table), 0);
	for (size_t i = 0; i < COLUMNS(want); i++) {
		struct args a = {.in = str_of(want[i].spec), .arena = &arena};
		struct section t;
		struct extent at;
		int r;

		assert_int_equal(section_parse(&a, false, false, &t), 0);
		r = section_find(&t, buf_str(&table), prefix.n, all.n, &at);
		if ((r == E_NOTFOUND) != (want[i].out == NULL))
			fail_msg("%s: %d", want[i].spec, r);
		if (r == 0 && !str_eq(str_n(all.p + at.at, at.n), str_of(want[i].out)))
			fail_msg("%s: \"%.*s\"", want[i].spec, (int)at.n, all.p + at.at);
	}
	mime_free(m);
	buf_free(&table);
	buf_free(&all);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rows),
		cmocka_unit_test(chooses_fields),
		cmocka_unit_test(does_not_multiply),
		cmocka_unit_test(finds_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
