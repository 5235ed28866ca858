/* plain.c - a message goes through, and comes out as a plain client may see it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The table of parts tells what stands where: each header block is collected and rewritten when it
 * is whole, the bodies of binary leaves are encoded, everything else passes. */
#include <stdlib.h>
#include "base/err.h"
#include "wire/downgrade.h"
#include "wire/header.h"
#include "wire/mime.h"
#include "wire/plain.h"
#include "wire/transfer.h"

enum region { PASS, HEADER, ENCODE };

struct plain {
	unsigned kinds;
	struct mime_offsets_cursor parts;
	struct mime_part part;  /* the one in whose header or body we are, or the next */
	bool has_part;
	enum region region;
	uint64_t prefix, at;    /* `at` counts from the body's first octet, less the prefix */
	uint64_t end;           /* of the region; UINT64_MAX: the message's */
	struct buf header;
	bool is_cut;            /* the header is longer than we hold */
	struct transfer_out out;
};

int plain_new(struct plain **ret, unsigned kinds, struct str offsets, uint64_t prefix)
{
	struct plain *p = calloc(1, sizeof(*p));

	if (!p)
		return E_NOMEM;
	p->kinds = kinds;
	p->prefix = prefix;
	buf_init(&p->header, PLAIN_HEADER_MOST);
	p->has_part = mime_offsets_first(&p->parts, offsets, &p->part);
	if (!p->has_part) {
		plain_free(p);
		return E_DAMAGED;
	}
	/* the prefix and the message's own header are one block */
	p->region = HEADER;
	p->end = prefix + p->part.header_at + p->part.header_n;
	*ret = p;
	return 0;
}

struct plain *plain_free(struct plain *p)
{
	if (p)
		buf_free(&p->header);
	free(p);
	return NULL;
}

/* -- headers ---------------------------------------------------------------------------- */

static bool must_encode(const struct plain *p)
{
	return p->kinds & PLAIN_ENCODED && p->part.encoding == MIME_BINARY;
}

/* Replaces Content-Transfer-Encoding: base64 for a leaf, 8bit for what holds other parts. */
static void add_encoding(struct plain *p, struct str block, struct buf *out)
{
	struct header_field f;

	while (header_next(&block, &f)) {
		if (!str_ieq(f.name, STR("Content-Transfer-Encoding")))
			buf_add(out, f.raw);
		else
			buf_add(out, p->part.has_parts ? STR("Content-Transfer-Encoding: 8bit\r\n") :
							 STR("Content-Transfer-Encoding: base64\r\n"));
	}
}

/* The empty line at a block's end is not a field. */
static struct str cut_fields(struct str *block)
{
	struct str rest = *block, fields = *block;
	struct header_field f;

	while (header_next(&rest, &f))
		;
	/* header_next has passed the empty line if there was one */
	fields.n = block->n - rest.n;
	if (fields.n >= 2 && str_ends(fields, STR("\r\n")) &&
	    (fields.n == 2 || fields.p[fields.n - 3] == '\n'))
		fields.n -= 2;
	*block = str_from(*block, fields.n);
	return fields;
}

static void header_out(struct plain *p, struct buf *out)
{
	struct str rest = buf_str(&p->header), fields;
	struct buf encoded;
	bool changed = false;

	if (p->is_cut) { /* too long to be rewritten as a whole: nothing of it but ASCII */
		for (size_t i = 0; i < rest.n; i++)
			buf_add_char(out, rest.p[i] & 0x80 && p->kinds & PLAIN_ASCII ? '?' : rest.p[i]);
		return;
	}
	fields = cut_fields(&rest);
	buf_init(&encoded, PLAIN_HEADER_MOST + 64);
	if (must_encode(p)) {
		add_encoding(p, fields, &encoded);
		fields = buf_str(&encoded);
	}
	if (p->kinds & PLAIN_ASCII)
		header_downgrade(fields, out, &changed);
	else
		buf_add(out, fields);
	buf_add(out, rest);
	if (encoded.failed && !out->failed)
		out->failed = encoded.failed;
	buf_free(&encoded);
}

/* -- regions ------------------------------------------------------------------------------ */

static void pass_until(struct plain *p, enum region region, uint64_t end)
{
	p->region = region;
	p->end = end;
}

/* What comes behind a header, a body, or the octets between two parts. */
static void next_region(struct plain *p, struct buf *out)
{
	if (p->region == HEADER) {
		header_out(p, out);
		buf_clear(&p->header);
		p->is_cut = false;
		if (must_encode(p) && !p->part.has_parts && p->part.body_n) {
			p->out = (struct transfer_out){0};
			pass_until(p, ENCODE, p->end + p->part.body_n);
			return;
		}
	} else if (p->region == ENCODE) {
		char tail[8];

		buf_add(out, str_n(tail, transfer_encode_end(&p->out, tail)));
	} else { /* we stand at the next part's header */
		pass_until(p, HEADER, p->prefix + p->part.body_at);
		return;
	}
	p->has_part = mime_offsets_next(&p->parts, &p->part);
	pass_until(p, PASS, p->has_part ? p->prefix + p->part.header_at : UINT64_MAX);
}

static void encode(struct plain *p, struct str s, struct buf *out)
{
	while (s.n && !out->failed) {
		struct str head = str_head(s, 4096);

		if (buf_reserve(out, TRANSFER_ROOM(head.n)) < 0)
			return;
		out->n += transfer_encode(&p->out, head, out->p + out->n);
		s = str_from(s, head.n);
	}
}

static void collect(struct plain *p, struct str s, struct buf *out)
{
	if (p->header.n + s.n > PLAIN_HEADER_MOST) {
		p->is_cut = true;
		header_out(p, out);
		buf_clear(&p->header);
	}
	for (; s.n > PLAIN_HEADER_MOST; s = str_from(s, PLAIN_HEADER_MOST)) {
		buf_add(&p->header, str_head(s, PLAIN_HEADER_MOST));
		header_out(p, out);
		buf_clear(&p->header);
	}
	buf_add(&p->header, s);
}

int plain_feed(struct plain *p, struct str in, struct buf *out)
{
	while (in.n && !out->failed) {
		uint64_t left;
		struct str piece;

		if (p->at == p->end) {
			next_region(p, out);
			continue;
		}
		left = p->end - p->at;
		piece = str_head(in, left < in.n ? (size_t)left : in.n);
		if (p->region == HEADER)
			collect(p, piece, out);
		else if (p->region == ENCODE)
			encode(p, piece, out);
		else
			buf_add(out, piece);
		p->at += piece.n;
		in = str_from(in, piece.n);
	}
	return out->failed;
}

int plain_end(struct plain *p, struct buf *out)
{
	if (p->region != PASS)
		next_region(p, out);
	return out->failed;
}
