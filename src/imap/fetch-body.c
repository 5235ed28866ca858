/* fetch-body.c - octets of messages: sections found by cached offsets, sent by reference.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is copied that the socket can take from the file: a section is (file, offset, length) in
 * the output queue. What must be changed on the way (chosen fields, NULs, decoded parts) goes through
 * a chunk of 8 KiB. A literal's length is known before its first octet goes out; what cannot be
 * sent afterwards ends the connection. */
#include <inttypes.h>
#include "imap/fetch.h"
#include "imap/structure.h"

enum {
	CHUNK = FETCH_CHUNK,
	AT_ONCE = 32 * 1024,         /* header fields, and parts, that are made in memory */
	MEMORY_MOST = 32 << 20,      /* a rendered BODYSTRUCTURE */
};

void fetch_label(struct fetch *f, struct str label)
{
	const struct fetch_row *row = &f->batch[f->at];

	if (f->is_begun) {
		conn_write(f->s->conn, STR(" "));
	} else {
		char *p = conn_room(f->s->conn, 64);

		if (p)
			conn_filled(f->s->conn,
				    (size_t)(fetch_put_head(f, p, row->seq, row->info.uid) - p));
		f->is_begun = true;
	}
	conn_write(f->s->conn, label);
}

/* -- the message ---------------------------------------------------------------------- */

static int failed(struct fetch *f, int e)
{
	f->failed = f->failed ? f->failed : e;
	return e;
}

static void note_downgraded(struct fetch *f, uint32_t uid)
{
	if (f->downgraded_uid == uid || f->downgraded.n + 12 > f->downgraded.max)
		return; /* it need not be complete (RFC 6858 3) */
	buf_printf(&f->downgraded, "%s%" PRIu32, f->downgraded.n ? "," : "", uid);
	f->downgraded_uid = uid;
}

/* The row is that of the rewritten message from now on. */
MAY_WAIT static int rewrite(struct fetch *f)
{
	struct msg_info *i = &f->batch[f->at].info;
	struct mime_part whole;
	int r = msg_plain(&f->body, f->plain);

	if (r <= 0)
		return r;
	buf_clear(&f->offsets);
	r = msg_body_rendered(&f->body, CACHE_OFFSETS, &f->offsets);
	if (r >= 0)
		r = mime_offsets_find(buf_str(&f->offsets), NULL, 0, &whole);
	if (r < 0)
		return r;
	f->is_plain = f->has_offsets = true;
	i->size = f->body.size;
	i->header_bytes = (uint32_t)whole.header_n;
	if (plain_needs(i->bits) & f->plain & PLAIN_ASCII)
		note_downgraded(f, i->uid);
	return 0;
}

int fetch_open(struct fetch *f)
{
	const struct msg_info *i = &f->batch[f->at].info;

	if (f->is_open || f->err)
		return f->err;
	f->err = view_msg_open(&f->body, f->s->mbox->view, i->uid);
	f->is_open = f->err >= 0;
	if (f->err >= 0 && fetch_is_rewritten(f, i))
		f->err = rewrite(f);
	if (f->err < 0)
		return failed(f, f->err);
	return f->err = 0;
}

/* What was rendered of the message as this client sees it. */
MAY_WAIT static int rendered(struct fetch *f, enum msg_part_of_cache what, struct buf *out)
{
	const struct msg_info *i = &f->batch[f->at].info;

	if (fetch_is_rewritten(f, i) && fetch_open(f) < 0)
		return f->err;
	return f->is_plain ? msg_body_rendered(&f->body, what, out) :
			     view_rendered(f->s->mbox->view, i->uid, what, out);
}

int fetch_offsets(struct fetch *f)
{
	int e = 0;

	if (!f->has_offsets) {
		buf_clear(&f->offsets);
		e = rendered(f, CACHE_OFFSETS, &f->offsets);
		f->has_offsets = e >= 0;
	}
	return e < 0 ? failed(f, e) : 0;
}

int fetch_structure(struct fetch *f)
{
	int e;

	buf_clear(&f->structure);
	e = rendered(f, CACHE_BODYSTRUCTURE, &f->structure);
	return e < 0 ? failed(f, e) : 0;
}

/* The outermost header and text need no table: the row knows where they meet. */
int fetch_extent(struct fetch *f, const struct section *t, struct extent *ret)
{
	const struct msg_info *i = &f->batch[f->at].info;
	uint64_t header = i->header_bytes < f->body.size ? i->header_bytes : f->body.size;
	int e;

	if (!t->n_path) {
		*ret = (struct extent){0, f->body.size, MIME_8BIT};
		if (t->what == SECTION_TEXT)
			*ret = (struct extent){header, f->body.size - header, MIME_8BIT};
		else if (t->what != SECTION_ALL)
			ret->n = header;
		return 0;
	}
	e = fetch_offsets(f);
	if (e >= 0)
		e = section_find(t, buf_str(&f->offsets), f->body.prefix.n, f->body.size, ret);
	return e < 0 && e != E_NOTFOUND ? failed(f, e) : e;
}

char *fetch_chunks(struct fetch *f)
{
	if (!f->chunks)
		f->chunks = arena_alloc(conn_arena(f->s->conn), FETCH_CHUNK + FETCH_MADE);
	return f->chunks;
}

/* -- beginning ----------------------------------------------------------------------------- */

static void literal_head(struct fetch *f, uint64_t n)
{
	conn_printf(f->s->conn, "{%" PRIu64 "}\r\n", n);
}

/* <at.most> of n octets (RFC 9051 6.4.5). */
void fetch_cut(struct source *src, const struct section *t, uint64_t n)
{
	src->skip = 0;
	src->left = n;
	if (!t->has_partial)
		return;
	src->skip = t->at < n ? t->at : n;
	src->left = n - src->skip < t->most ? n - src->skip : t->most;
}

void fetch_memory(struct fetch *f, bool is_literal)
{
	struct source *src = &f->source;

	src->kind = SOURCE_MEMORY;
	src->at = src->skip;
	src->end = src->skip + src->left;
	if (is_literal)
		literal_head(f, src->left);
}

/* Reads `e` through the filter, into memory if `out` is given; returns how many octets passed. */
MAY_WAIT static int64_t filter_fields(struct fetch *f, struct extent e, const struct section *t,
				      struct buf *out)
{
	struct field_filter filter;
	char *in = fetch_chunks(f);
	char *passed = in ? in + CHUNK : NULL;
	int64_t total = 0;
	size_t n;

	if (!in)
		return E_NOMEM;
	field_filter_begin(&filter, t);
	for (uint64_t at = 0; at < e.n;) {
		size_t want = e.n - at < CHUNK ? (size_t)(e.n - at) : CHUNK;
		int64_t got = msg_read(&f->body, e.at + at, in, want);

		if (got <= 0)
			return got < 0 ? got : E_DAMAGED;
		n = field_filter_feed(&filter, str_n(in, (size_t)got), passed);
		total += (int64_t)n;
		if (out)
			buf_add(out, str_n(passed, n));
		at += (uint64_t)got;
	}
	n = field_filter_end(&filter, passed);
	if (out)
		buf_add(out, str_n(passed, n));
	return out && out->failed ? out->failed : total + (int64_t)n;
}

MAY_WAIT static int begin_fields(struct fetch *f, const struct fetch_item *it, struct extent e)
{
	struct source *src = &f->source;
	bool in_memory = e.n <= AT_ONCE;
	int64_t n = filter_fields(f, e, &it->section, in_memory ? &src->memory : NULL);

	if (n < 0)
		return failed(f, (int)n);
	fetch_cut(src, &it->section, (uint64_t)n);
	fetch_label(f, it->label);
	if (in_memory) {
		fetch_memory(f, true);
		return 0;
	}
	literal_head(f, src->left);
	src->kind = SOURCE_FIELDS;
	src->at = e.at;
	src->end = e.at + e.n;
	field_filter_begin(&src->filter, &it->section);
	return 0;
}

MAY_WAIT static int begin_section(struct fetch *f, const struct fetch_item *it)
{
	const struct section *t = &it->section;
	struct source *src = &f->source;
	struct extent e;
	int r = fetch_open(f);

	if (r >= 0)
		r = fetch_extent(f, t, &e);
	if (r == E_NOTFOUND) {
		fetch_label(f, it->label);
		conn_write(f->s->conn, STR("NIL"));
		return 0;
	}
	if (r < 0)
		return r;
	if (t->what == SECTION_FIELDS || t->what == SECTION_FIELDS_NOT)
		return begin_fields(f, it, e);
	fetch_cut(src, t, e.n);
	fetch_label(f, it->label);
	literal_head(f, src->left);
	src->kind = SOURCE_MESSAGE;
	src->at = e.at + src->skip;
	src->end = src->at + src->left;
	src->hides_nul = (f->body.bits & BIT_NUL) != 0;
	return 0;
}

/* ENVELOPE and BODYSTRUCTURE that are too large for the cache, or made by an older parser. */
MAY_WAIT static int begin_rendered(struct fetch *f, enum fetch_kind kind)
{
	struct source *src = &f->source;
	int r;

	if (kind == FETCH_ENVELOPE)
		r = rendered(f, CACHE_ENVELOPE, &src->memory);
	else
		r = fetch_structure(f);
	if (r >= 0 && kind == FETCH_BODY)
		r = structure_basic(buf_str(&f->structure), &src->memory);
	else if (r >= 0 && kind == FETCH_BODYSTRUCTURE)
		r = buf_add(&src->memory, buf_str(&f->structure));
	if (r < 0)
		return failed(f, r);
	fetch_label(f, kind == FETCH_ENVELOPE ? STR("ENVELOPE ") :
		       kind == FETCH_BODY     ? STR("BODY ") :
						STR("BODYSTRUCTURE "));
	src->left = src->memory.n;
	fetch_memory(f, false);
	return 0;
}

MAY_WAIT static int begin_fixed(struct fetch *f, enum fetch_kind kind)
{
	const struct msg_info *i = &f->batch[f->at].info;
	char *p;

	if (kind == FETCH_SIZE && fetch_is_rewritten(f, i)) /* sizes match what BODY[] gives */
		fetch_open(f);
	if (kind == FETCH_FLAGS)
		fetch_flags(f, i);
	fetch_label(f, STR(""));
	p = conn_room(f->s->conn, FETCH_ROW_ROOM + f->flags.n);
	if (p)
		conn_filled(f->s->conn, (size_t)(fetch_put_fixed(f, p, kind, i) - p));
	return 0;
}

int fetch_item_begin(struct fetch *f, const struct fetch_item *it)
{
	buf_init(&f->source.memory, MEMORY_MOST);
	f->source.kind = SOURCE_NONE;
	f->source.skip = f->source.left = 0;
	switch (it->kind) {
	case FETCH_SECTION:
		return begin_section(f, it);
	case FETCH_BINARY:
	case FETCH_BINARY_SIZE:
		return fetch_binary(f, it);
	case FETCH_PREVIEW:
		return fetch_preview(f, it);
	case FETCH_ANNOTATION:
		return fetch_annotation(f, it);
	case FETCH_ENVELOPE:
	case FETCH_BODY:
	case FETCH_BODYSTRUCTURE:
		return begin_rendered(f, it->kind);
	default:
		return begin_fixed(f, it->kind);
	}
}

/* -- going on ------------------------------------------------------------------------------- */

static void unref(void *arg)
{
	msg_close(arg);
	free(arg);
}

/* n octets of the message's body from `at` on, counted from the body's first. */
static int send_body(struct fetch *f, uint64_t at, uint64_t n)
{
	struct msg_body *held = malloc(sizeof(*held));

	if (!held)
		return E_NOMEM;
	msg_share(held, &f->body);
	conn_send_file(f->s->conn, held->fd, held->at + at, n, unref, held);
	return 1;
}

static int send_message(struct fetch *f)
{
	struct source *src = &f->source;
	struct str prefix = f->body.prefix;
	int r = 1;

	if (src->at < prefix.n) {
		struct str part = str_head(str_from(prefix, src->at), src->end - src->at);

		conn_write(f->s->conn, part);
		src->at += part.n;
	}
	if (src->at < src->end && f->body.fd >= 0) {
		r = send_body(f, src->at - prefix.n, src->end - src->at);
		src->at = src->end;
	}
	while (src->at < src->end && !conn_is_full(f->s->conn)) {
		size_t n = src->end - src->at < CHUNK ? (size_t)(src->end - src->at) : CHUNK;

		conn_write(f->s->conn, str_n(f->body.mem + (src->at - prefix.n), n));
		src->at += n;
	}
	return r < 0 ? r : src->at < src->end;
}

/* A chunk becomes what goes out: returns how many octets. */
static size_t transform(struct source *src, struct str in, char *out)
{
	size_t n = in.n;

	if (src->kind == SOURCE_FIELDS)
		return field_filter_feed(&src->filter, in, out);
	if (src->kind == SOURCE_DECODED)
		return transfer_decode(&src->decoder, in, out);
	for (size_t i = 0; i < n; i++) /* CHAR8 has no NUL (RFC 9051 9); the length stays */
		out[i] = in.p[i] ? in.p[i] : (char)0x80;
	return n;
}

static size_t transform_end(struct source *src, char *out)
{
	if (src->kind == SOURCE_FIELDS)
		return field_filter_end(&src->filter, out);
	return src->kind == SOURCE_DECODED ? transfer_end(&src->decoder, out) : 0;
}

static void send_made(struct fetch *f, struct str made)
{
	struct source *src = &f->source;
	size_t skip = src->skip < made.n ? (size_t)src->skip : made.n;

	made = str_from(made, skip);
	src->skip -= skip;
	if (made.n > src->left)
		made.n = (size_t)src->left;
	conn_write(f->s->conn, made);
	src->left -= made.n;
}

MAY_WAIT static int send_chunks(struct fetch *f, char *in, char *out)
{
	struct source *src = &f->source;

	while (src->left) {
		size_t want = src->end - src->at < CHUNK ? (size_t)(src->end - src->at) : CHUNK;
		int64_t got;

		if (!want) { /* what was held back to the end; then all must be out */
			send_made(f, str_n(out, transform_end(src, out)));
			return src->left ? E_DAMAGED : 0;
		}
		if (conn_is_full(f->s->conn) || imap_is_long(f->s))
			return 1;
		got = msg_read(&f->body, src->at, in, want);
		if (got <= 0)
			return got < 0 ? (int)got : E_DAMAGED;
		src->at += (uint64_t)got;
		send_made(f, str_n(out, transform(src, str_n(in, (size_t)got), out)));
	}
	return 0;
}

static int send_memory(struct fetch *f)
{
	struct source *src = &f->source;

	while (src->at < src->end) {
		struct str part = str_head(str_n(src->memory.p + src->at, src->end - src->at), CHUNK);

		if (conn_is_full(f->s->conn))
			return 1;
		conn_write(f->s->conn, part);
		src->at += part.n;
	}
	return 0;
}

int fetch_source_more(struct fetch *f)
{
	struct source *src = &f->source;
	char *chunks;

	if (src->kind == SOURCE_NONE)
		return 0;
	if (src->kind == SOURCE_MEMORY)
		return send_memory(f);
	if (src->kind == SOURCE_MESSAGE && !src->hides_nul)
		return send_message(f);
	chunks = fetch_chunks(f);
	if (!chunks)
		return E_NOMEM;
	if (src->kind == SOURCE_MESSAGE) { /* at and end are cut already */
		src->skip = 0;
		src->left = src->end - src->at;
	}
	return send_chunks(f, chunks, chunks + CHUNK);
}

void fetch_source_end(struct fetch *f)
{
	buf_free(&f->source.memory);
	f->source.kind = SOURCE_NONE;
}
