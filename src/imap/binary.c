/* binary.c - BINARY[...] and BINARY.SIZE[...]: parts without their transfer encoding.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3516, RFC 9051 6.4.5. The literal's length, and whether it must be a literal8, are only known
 * once all of the part was decoded: it is decoded twice, unless it is small. */
#include <inttypes.h>
#include "imap/fetch.h"
#include "net/task.h"

enum { CHUNK = FETCH_CHUNK, AT_ONCE = 48 * 1024 };

struct decoded {
	uint64_t n;
	bool has_nul;
};

/* All of the part through the decoder; into `out` if it is given. */
MAY_WAIT static int decode(struct fetch *f, struct extent e, struct buf *out, struct decoded *ret)
{
	struct transfer_in d;
	char *in = fetch_chunks(f), *made = in ? in + CHUNK : NULL;
	struct decoded all = {0};
	size_t n = 0;

	if (!in)
		return E_NOMEM;
	transfer_begin(&d, e.encoding);
	for (uint64_t at = 0; at <= e.n; at += CHUNK) {
		size_t want = e.n - at < CHUNK ? (size_t)(e.n - at) : CHUNK;
		int64_t got = want ? msg_read(&f->body, e.at + at, in, want) : 0;

		if (got < (int64_t)want)
			return got < 0 ? (int)got : E_DAMAGED;
		n = transfer_decode(&d, str_n(in, want), made);
		if (want < CHUNK)
			n += transfer_end(&d, made + n);
		all.n += n;
		all.has_nul |= n && memchr(made, 0, n);
		if (out)
			buf_add(out, str_n(made, n));
		if (imap_is_long(f->s))
			task_yield();
	}
	*ret = all;
	return out ? out->failed : 0;
}

static bool is_identity(const struct extent *e)
{
	return e->encoding == MIME_7BIT || e->encoding == MIME_8BIT || e->encoding == MIME_BINARY;
}

/* RFC 3516 4.3: a literal8 only if there is a NUL in it. */
static void head(struct fetch *f, const struct fetch_item *it, const struct decoded *d)
{
	fetch_label(f, it->label);
	conn_printf(f->s->conn, "%s{%" PRIu64 "}\r\n", d->has_nul ? "~" : "", f->source.left);
}

MAY_WAIT static int send_identity(struct fetch *f, const struct fetch_item *it, struct extent e)
{
	struct source *src = &f->source;
	struct decoded d = {.n = e.n};
	int r = 0;

	if (f->body.bits & BIT_NUL)
		r = decode(f, e, NULL, &d);
	if (r < 0)
		return r;
	fetch_cut(src, &it->section, e.n);
	head(f, it, &d);
	src->kind = SOURCE_MESSAGE;
	src->at = e.at + src->skip;
	src->end = src->at + src->left;
	src->hides_nul = false;
	return 0;
}

MAY_WAIT static int send_decoded(struct fetch *f, const struct fetch_item *it, struct extent e)
{
	struct source *src = &f->source;
	bool in_memory = e.n <= AT_ONCE;
	struct decoded d;
	int r = decode(f, e, in_memory ? &src->memory : NULL, &d);

	if (r < 0)
		return r;
	fetch_cut(src, &it->section, d.n);
	head(f, it, &d);
	if (in_memory) {
		fetch_memory(f, false);
		return 0;
	}
	src->kind = SOURCE_DECODED;
	src->at = e.at;
	src->end = e.at + e.n;
	transfer_begin(&src->decoder, e.encoding);
	return 0;
}

MAY_WAIT static int tell_size(struct fetch *f, const struct fetch_item *it, struct extent e)
{
	struct decoded d = {.n = e.n};
	int r = is_identity(&e) ? 0 : decode(f, e, NULL, &d);

	if (r < 0)
		return r;
	fetch_label(f, it->label);
	conn_printf(f->s->conn, "%" PRIu64, d.n);
	return 0;
}

int fetch_binary(struct fetch *f, const struct fetch_item *it)
{
	bool is_size = it->kind == FETCH_BINARY_SIZE;
	struct extent e;
	int r = fetch_open(f);

	if (r >= 0)
		r = fetch_extent(f, &it->section, &e);
	if (r == E_NOTFOUND) { /* no such part: nothing, of no size */
		fetch_label(f, it->label);
		conn_write(f->s->conn, is_size ? STR("0") : STR("NIL"));
		return 0;
	}
	if (r < 0)
		return r;
	if (e.encoding == MIME_OTHER) { /* RFC 3516 4.3: the request fails */
		f->has_unknown_cte = true;
		return E_NOTFOUND;
	}
	r = is_size ? tell_size(f, it, e) :
	    is_identity(&e) ? send_identity(f, it, e) : send_decoded(f, it, e);
	if (r < 0)
		f->failed = f->failed ? f->failed : r;
	return r;
}
