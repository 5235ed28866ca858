/* section_fuzz.c - section specifications, fields by them, BODYSTRUCTURE and previews of any message.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input's first line is "BODY[" what stands between the brackets and behind; the rest is a message.
 * What is read is written as it is read again; pieces agree with the whole; every part lies within
 * the message; each leaf of the structure can be found; BODY made from BODYSTRUCTURE is the
 * parser's own; look-ups stay linear. */
#include <assert.h>
#include "base/err.h"
#include "imap/preview.h"
#include "imap/section.h"
#include "imap/structure.h"
#include "wire/mutf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool parse(struct str spec, struct arena *a, struct section *t)
{
	struct args args = {.in = spec, .arena = a};

	return section_parse(&args, false, true, t) == 0;
}

static void reads_what_it_writes(const struct section *t, struct arena *a)
{
	struct buf one, two;
	struct section again;

	buf_init(&one, 1 << 20);
	buf_init(&two, 1 << 20);
	section_write(t, &one);
	if (t->has_partial) { /* the answer has no length */
		one.n--;
		buf_add(&one, STR(".1>"));
	}
	assert(parse(buf_str(&one), a, &again));
	if (t->has_partial)
		one.n -= 3;
	section_write(&again, &two);
	if (t->has_partial)
		two.n--;
	assert(str_eq(buf_str(&one), buf_str(&two)));
	buf_free(&one);
	buf_free(&two);
}

static size_t filter(const struct section *t, struct str in, size_t piece, char *out)
{
	struct field_filter f;
	size_t n = 0;

	field_filter_begin(&f, t);
	for (size_t at = 0; at < in.n; at += piece)
		n += field_filter_feed(&f, str_head(str_from(in, at), piece), out + n);
	assert(f.lookups <= 12 * (in.n + 1));
	return n + field_filter_end(&f, out + n);
}

static void filters_the_same_in_pieces(const struct section *t, struct str in, size_t piece)
{
	char *a = malloc(in.n + FIELD_NAME_MOST), *b = malloc(in.n + FIELD_NAME_MOST);
	size_t n = filter(t, in, in.n + 1, a);

	assert(n <= in.n && n == filter(t, in, piece, b) && !memcmp(a, b, n));
	free(a);
	free(b);
}

struct looking {
	struct str table;
	uint64_t size;
};

static bool look_up(void *arg, const struct structure_leaf *leaf)
{
	struct looking *l = arg;
	struct mime_part part;
	int r = mime_offsets_find(l->table, leaf->path, leaf->n_path, &part);

	/* an empty multipart is shown with a part that nothing stands for */
	assert(r == 0 || r == E_NOTFOUND);
	assert(r || (part.body_at <= l->size && part.body_n <= l->size - part.body_at));
	return true;
}

static void parts_agree(struct str message, const struct section *t)
{
	struct mime *m = mime_new();
	struct buf full, basic, out, table;
	struct extent e;

	buf_init(&full, 64 << 20);
	buf_init(&basic, 64 << 20);
	buf_init(&out, 64 << 20);
	buf_init(&table, 64 << 20);
	mime_feed(m, message);
	mime_end(m);
	assert(mime_bodystructure(m, true, &full) == 0 && mime_bodystructure(m, false, &basic) == 0);
	assert(mime_offsets(m, &table) == 0);
	assert(structure_basic(buf_str(&full), &out) == 0);
	assert(str_eq(buf_str(&out), buf_str(&basic)));
	assert(structure_leaves(buf_str(&full), look_up,
				&(struct looking){buf_str(&table), message.n}) == 0);
	if (t) {
		int r = section_find(t, buf_str(&table), 0, message.n, &e);

		assert(r == 0 || r == E_NOTFOUND);
		assert(r || (e.at <= message.n && e.n <= message.n - e.at));
	}
	mime_free(m);
	buf_free(&full);
	buf_free(&basic);
	buf_free(&out);
	buf_free(&table);
}

static void previews_are_text(struct str message)
{
	struct buf out;

	buf_init(&out, 4 * PREVIEW_CHARS + 16);
	for (int is_html = 0; is_html < 2 && utf8_is_valid(message); is_html++) {
		buf_clear(&out);
		assert(preview_of(message, is_html, &out) == 0 && utf8_is_valid(buf_str(&out)));
	}
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str rest = str_n(data, n), spec = str_cut(&rest, '\n');
	struct arena arena;
	struct section t;
	bool is_good;

	if (n > 1 << 17)
		return 0;
	arena_init(&arena, 64 << 20);
	is_good = parse(spec, &arena, &t);
	if (is_good) {
		reads_what_it_writes(&t, &arena);
		if (t.what == SECTION_FIELDS || t.what == SECTION_FIELDS_NOT)
			filters_the_same_in_pieces(&t, rest, n % 60 + 1);
	}
	parts_agree(rest, is_good ? &t : NULL);
	previews_are_text(rest);
	structure_basic(rest, &(struct buf){.max = 0});
	arena_free(&arena);
	return 0;
}
