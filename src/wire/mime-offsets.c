/* mime-offsets.c - the table that tells where each part of a message is, and the look-up in it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One octet MIME_VERSION, then for each part, in the order of their first octets:
 *
 *	octet	encoding (3 bits), 8: has parts, 16: is a message with one part, the message in it
 *	varint	number of parts in it, only with 8
 *	varint	octets from the header of the part before to its own
 *	varint	octets of the header, of the body; lines of the body
 *
 * Varints are little-endian groups of 7 bits; bit 7: more follow. */
#include "base/err.h"
#include "wire/mime-parts.h"

enum { ROW_ENCODING = 7, ROW_PARTS = 8, ROW_MESSAGE = 16 };

static void add_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_add_char(out, (char)(v | 0x80));
	buf_add_char(out, (char)v);
}

int mime_offsets(const struct mime *m, struct buf *out)
{
	uint64_t at = 0;

	buf_add_char(out, MIME_VERSION);
	for (uint32_t i = 0; i < m->n_parts && !out->failed; i++) {
		const struct part *p = &m->parts[i];
		bool is_message = p->kind == PART_MESSAGE;

		buf_add_char(out, (char)(p->encoding | (p->n_children ? ROW_PARTS : 0) |
					 (is_message ? ROW_MESSAGE : 0)));
		if (p->n_children)
			add_varint(out, p->n_children);
		add_varint(out, p->header_at - at);
		add_varint(out, p->header_n);
		add_varint(out, p->body_n);
		add_varint(out, p->lines);
		at = p->header_at;
	}
	return out->failed;
}

/* -- looking up ------------------------------------------------------------- */

struct row {
	struct mime_part part;
	uint64_t n_parts;
};

struct reader {
	struct str rest;
	uint64_t at; /* of the header before */
	bool is_damaged;
};

static uint64_t take_varint(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < r->rest.n && i < 9; i++) {
		v |= (uint64_t)(r->rest.p[i] & 0x7f) << 7 * i;
		if (!(r->rest.p[i] & 0x80)) {
			r->rest = str_from(r->rest, i + 1);
			return v;
		}
	}
	r->is_damaged = true;
	return 0;
}

static bool take_row(struct reader *r, struct row *ret)
{
	unsigned char kind;

	if (!r->rest.n)
		r->is_damaged = true;
	if (r->is_damaged)
		return false;
	kind = (unsigned char)r->rest.p[0];
	r->rest = str_from(r->rest, 1);
	ret->n_parts = kind & ROW_PARTS ? take_varint(r) : 0;
	ret->part = (struct mime_part){.encoding = kind & ROW_ENCODING,
				       .is_message = (kind & ROW_MESSAGE) != 0};
	r->at += take_varint(r);
	ret->part.header_at = r->at;
	ret->part.header_n = take_varint(r);
	ret->part.body_at = r->at + ret->part.header_n;
	ret->part.body_n = take_varint(r);
	ret->part.lines = (uint32_t)take_varint(r);
	ret->part.has_parts = ret->n_parts > 0;
	r->is_damaged |= kind > 31 || ret->part.encoding > MIME_OTHER ||
			 ret->n_parts > PARTS_MOST || (ret->part.is_message && ret->n_parts != 1);
	return !r->is_damaged;
}

/* Goes to the n-th part (from 1) of the one that was just read. */
static bool take_part(struct reader *r, struct row *row, uint32_t n)
{
	uint64_t skip = 0; /* rows */

	if (n < 1 || n > row->n_parts)
		return false;
	for (uint32_t i = 1; i < n; i++) {
		for (skip = 1; skip; skip--) {
			if (!take_row(r, row))
				return false;
			skip += row->n_parts;
		}
	}
	return take_row(r, row);
}

/* One step of a path: RFC 9051 6.4.5.1. What is no multipart is its own part 1. */
static bool step(struct reader *r, struct row *row, uint32_t n, bool *is_whole)
{
	if (row->part.is_message && !*is_whole) {
		if (!take_part(r, row, 1))
			return false;
		*is_whole = true;
		if (!n)
			return true; /* the message itself */
	}
	if (*is_whole && n == 1 && (!row->n_parts || row->part.is_message)) {
		*is_whole = false;
		return true;
	}
	*is_whole = false;
	return !row->part.is_message && take_part(r, row, n);
}

int mime_offsets_find(struct str table, const uint32_t *path, size_t n, struct mime_part *ret)
{
	struct reader r = {.rest = str_from(table, 1)};
	bool is_whole = true; /* the row is a message, not a part */
	bool is_found;
	struct row row;

	if (!table.n || table.p[0] != MIME_VERSION)
		return E_DAMAGED;
	is_found = take_row(&r, &row);
	for (size_t i = 0; is_found && i < n; i++)
		is_found = step(&r, &row, path[i], &is_whole);
	if (r.is_damaged)
		return E_DAMAGED;
	if (!is_found)
		return E_NOTFOUND;
	*ret = row.part;
	return 0;
}

bool mime_offsets_first(struct mime_offsets_cursor *c, struct str table, struct mime_part *ret)
{
	*c = (struct mime_offsets_cursor){.rest = str_from(table, 1)};
	c->is_damaged = !table.n || table.p[0] != MIME_VERSION;
	return !c->is_damaged && mime_offsets_next(c, ret);
}

bool mime_offsets_next(struct mime_offsets_cursor *c, struct mime_part *ret)
{
	struct reader r = {.rest = c->rest, .at = c->at};
	struct row row;

	if (!c->rest.n)
		return false;
	if (!take_row(&r, &row)) {
		c->is_damaged = true;
		return false;
	}
	*c = (struct mime_offsets_cursor){.rest = r.rest, .at = r.at};
	*ret = row.part;
	return true;
}
