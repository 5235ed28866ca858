/* mime_print.c - prints what the MIME parser finds in the message on stdin, for test_mime.py.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line each: facts, the ENVELOPE, BODYSTRUCTURE and BODY; then for each part path given as an
 * argument ("1.2", "" for the message) "part PATH header_at header_n body_at body_n lines encoding".
 * Literals put line ends into the middle ones, so each begins with its length in octets. */
#include "wire/mime.h"

enum { CHUNK = 4093, RENDERED_MOST = 16 << 20, PATH_MOST = 128 };

static void print(const char *name, int r, struct buf *b)
{
	printf("%s %d %zu ", name, r, b->n);
	fwrite(b->p, 1, b->n, stdout);
	putchar('\n');
	buf_clear(b);
}

static void print_part(struct str table, const char *arg)
{
	struct str rest = str_of(arg);
	uint32_t path[PATH_MOST];
	struct mime_part p;
	size_t n = 0;
	int r;

	while (rest.n && n < PATH_MOST) {
		uint64_t v = 0;

		str_u64(str_cut(&rest, '.'), UINT32_MAX, &v);
		path[n++] = (uint32_t)v;
	}
	r = mime_offsets_find(table, path, n, &p);
	if (r < 0)
		printf("part %s none\n", arg);
	else
		printf("part %s %ju %ju %ju %ju %u %u %d\n", arg, (uintmax_t)p.header_at,
		       (uintmax_t)p.header_n, (uintmax_t)p.body_at, (uintmax_t)p.body_n, p.lines,
		       p.encoding, p.is_message);
}

int main(int argc, char **argv)
{
	struct mime *m = mime_new();
	const struct mime_facts *f;
	char *chunk = malloc(CHUNK);
	struct buf b;
	size_t n;

	if (!m || !chunk)
		return 1;
	while ((n = fread(chunk, 1, CHUNK, stdin)) > 0)
		mime_feed(m, str_n(chunk, n));
	mime_end(m);
	f = mime_facts(m);
	printf("facts %ju %u %u %u %d %d %d %d %d %d\n", (uintmax_t)f->size, f->lines, f->header_bytes,
	       f->received, f->dots, f->nul, f->eightbit, f->needs_utf8, f->binary, f->cut);
	buf_init(&b, RENDERED_MOST);
	print("envelope", mime_envelope(m, &b), &b);
	print("bodystructure", mime_bodystructure(m, true, &b), &b);
	print("body", mime_bodystructure(m, false, &b), &b);
	mime_offsets(m, &b);
	for (int i = 1; i < argc; i++)
		print_part(buf_str(&b), argv[i]);
	buf_free(&b);
	mime_free(m);
	free(chunk);
	return 0;
}
