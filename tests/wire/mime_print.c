/* mime_print.c - prints what the MIME parser finds in the message on stdin, for test_mime.py.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line each: facts, the ENVELOPE, BODYSTRUCTURE and BODY; then for each part path given as an
 * argument ("1.2", "" for the message) its row of the offsets. Literals put line ends into the
 * middle ones, so each begins with its length in octets. The message is parsed in chunks of
 * several sizes; exit 2 if that made a difference. */
#include "wire/mime.h"

enum { MESSAGE_MOST = 64 << 20, RENDERED_MOST = 16 << 20, PATH_MOST = 128, N_RENDERED = 4 };

static const char *const names[N_RENDERED] = {"envelope", "bodystructure", "body", "offsets"};

struct result {
	struct mime_facts facts;
	struct buf rendered[N_RENDERED];
};

static void parse(struct mime *m, struct str message, size_t chunk, struct result *r)
{
	mime_reset(m);
	for (size_t at = 0; at < message.n; at += chunk)
		mime_feed(m, str_head(str_from(message, at), chunk));
	mime_end(m);
	r->facts = *mime_facts(m);
	r->facts.steps = 0;
	for (int i = 0; i < N_RENDERED; i++)
		buf_init(&r->rendered[i], RENDERED_MOST);
	mime_envelope(m, &r->rendered[0]);
	mime_bodystructure(m, true, &r->rendered[1]);
	mime_bodystructure(m, false, &r->rendered[2]);
	mime_offsets(m, &r->rendered[3]);
}

static void result_free(struct result *r)
{
	for (int i = 0; i < N_RENDERED; i++)
		buf_free(&r->rendered[i]);
}

static bool is_same_in_chunks(struct mime *m, struct str message, const struct result *whole)
{
	static const size_t chunks[] = {1, 2, 7, 100, 4093};
	bool is_same = true;

	for (size_t i = 0; i < COLUMNS(chunks); i++) {
		struct result r;

		parse(m, message, chunks[i], &r);
		is_same = is_same && !memcmp(&r.facts, &whole->facts, sizeof(r.facts));
		for (int k = 0; k < N_RENDERED; k++)
			is_same = is_same &&
				  str_eq(buf_str(&r.rendered[k]), buf_str(&whole->rendered[k]));
		result_free(&r);
	}
	return is_same;
}

static void print_part(struct str table, const char *arg)
{
	struct str rest = str_of(arg);
	uint32_t path[PATH_MOST];
	struct mime_part p;
	size_t n = 0;

	while (rest.n && n < PATH_MOST) {
		uint64_t v = 0;

		str_u64(str_cut(&rest, '.'), UINT32_MAX, &v);
		path[n++] = (uint32_t)v;
	}
	if (mime_offsets_find(table, path, n, &p) < 0)
		printf("part %s none\n", arg);
	else
		printf("part %s %ju %ju %ju %ju %u %u %d\n", arg, (uintmax_t)p.header_at,
		       (uintmax_t)p.header_n, (uintmax_t)p.body_at, (uintmax_t)p.body_n, p.lines,
		       p.encoding, p.is_message);
}

static void print(const struct result *r, int argc, char **argv)
{
	const struct mime_facts *f = &r->facts;

	printf("facts %ju %u %u %u %d %d %d %d %d %d\n", (uintmax_t)f->size, f->lines,
	       f->header_bytes, f->received, f->dots, f->nul, f->eightbit, f->needs_utf8, f->binary,
	       f->cut);
	for (int i = 0; i < 3; i++) {
		printf("%s %zu ", names[i], r->rendered[i].n);
		fwrite(r->rendered[i].p, 1, r->rendered[i].n, stdout);
		putchar('\n');
	}
	for (int i = 1; i < argc; i++)
		print_part(buf_str(&r->rendered[3]), argv[i]);
}

int main(int argc, char **argv)
{
	struct mime *m = mime_new();
	struct result whole;
	struct buf message;
	bool is_same;
	size_t n;

	buf_init(&message, MESSAGE_MOST);
	if (!m)
		return 1;
	while (buf_reserve(&message, 1 << 16) == 0 &&
	       (n = fread(message.p + message.n, 1, 1 << 16, stdin)) > 0)
		message.n += n;
	if (message.failed)
		return 1;
	parse(m, buf_str(&message), MESSAGE_MOST, &whole);
	print(&whole, argc, argv);
	is_same = is_same_in_chunks(m, buf_str(&message), &whole);
	result_free(&whole);
	buf_free(&message);
	mime_free(m);
	return is_same ? 0 : 2;
}
