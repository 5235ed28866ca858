/* text.c - reads a message's header fields and text parts, part by part, in small pieces.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/task.h"
#include "store/search/text.h"
#include "wire/charset.h"
#include "wire/header.h"
#include "wire/media-type.h"
#include "wire/transfer.h"

enum {
	CHUNK = 64 << 10, PIECE = 16 << 10, HEADER_MOST = 1 << 20,
	SLICE_US = 3000, /* then others have a turn */
};

struct msg_text {
	char chunk[CHUNK]; /* what was read last: n octets from `at` */
	uint64_t at;
	size_t n;
	char decoded[PIECE + 2 * TRANSFER_HELD];
	struct buf header, utf8;
	struct media_type type;
	struct mime_part part;
	uint64_t began_us;
	/* the message being read */
	struct msg_body *b;
	unsigned want;
	const struct text_sink *sink;
	void *arg;
};

struct msg_text *msg_text_new(void)
{
	struct msg_text *t = malloc(sizeof(*t));

	if (!t)
		return NULL;
	buf_init(&t->header, HEADER_MOST);
	buf_init(&t->utf8, 8 * PIECE);
	return t;
}

struct msg_text *msg_text_free(struct msg_text *t)
{
	if (t) {
		buf_free(&t->header);
		buf_free(&t->utf8);
		free(t);
	}
	return NULL;
}

/* -- octets ---------------------------------------------------------------------------- */

/* Octets from `at`, which counts from the prefix: at least one and at most `most`. */
static MAY_WAIT int octets(struct msg_text *t, uint64_t at, uint64_t most, struct str *ret)
{
	if (at < t->at || at >= t->at + t->n) {
		int64_t n = msg_read(t->b, at, t->chunk, CHUNK);

		t->n = 0;
		if (n <= 0)
			return n < 0 ? (int)n : E_DAMAGED;
		t->at = at;
		t->n = (size_t)n;
		if (clock_mono_us() - t->began_us > SLICE_US) {
			task_yield();
			t->began_us = clock_mono_us();
		}
	}
	*ret = str_from(str_n(t->chunk, t->n), (size_t)(at - t->at));
	*ret = str_head(*ret, most < CHUNK ? (size_t)most : CHUNK);
	return 0;
}

/* A header, in one piece: in the chunk if it is all there, else in t->header. */
static MAY_WAIT int whole_header(struct msg_text *t, uint64_t at, uint64_t n, struct str *ret)
{
	struct str some = STR("");
	int r = 0;

	if (n > HEADER_MOST)
		n = HEADER_MOST;
	if (!n || (r = octets(t, at, n, &some)) < 0 || some.n == n) {
		*ret = some;
		return r;
	}
	buf_clear(&t->header);
	while (r >= 0 && t->header.n < n) {
		r = octets(t, at + t->header.n, n - t->header.n, &some);
		if (r >= 0)
			r = buf_add(&t->header, some);
	}
	*ret = buf_str(&t->header);
	return r;
}

/* -- header fields --------------------------------------------------------------------- */

static void tell_fields(struct msg_text *t, struct str block, bool is_own)
{
	unsigned kind = is_own ? TEXT_HEADER : TEXT_PARTS;
	struct header_field f;

	while (t->want & kind && header_next(&block, &f))
		if (!t->sink->field(t->arg, is_own, f.name, f.value))
			t->want &= ~kind;
}

/* What the part's header says of its text. */
static void read_type(struct msg_text *t, struct str block)
{
	struct header_field f;

	media_type_plain(&t->type);
	while (header_next(&block, &f)) {
		if (!str_ieq(f.name, STR("Content-Type")))
			continue;
		media_type_read(&t->type, f.value);
		return; /* the first counts, as in BODYSTRUCTURE */
	}
}

static bool is_text(const struct media_type *m)
{
	/* a multipart that could not be taken apart is plain text, too (RFC 2045 5.2) */
	return str_ieq(m->type, STR("text")) || str_ieq(m->type, STR("message")) ||
	       str_ieq(m->type, STR("multipart"));
}

/* -- a text part ------------------------------------------------------------------------- */

static bool is_ascii(struct str s)
{
	uint64_t bits = 0, eight;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&eight, s.p + i, 8);
		bits |= eight;
	}
	for (; i < s.n; i++)
		bits |= (unsigned char)s.p[i];
	return !(bits & 0x8080808080808080u);
}

/* Charsets whose ASCII octets are ASCII, and that keep no state but a cut character. */
static bool has_ascii(struct str name)
{
	static const char *const names[] = {
		"us-ascii", "utf-8", "iso-8859-1", "iso-8859-15", "iso-8859-2", "windows-1252",
		"windows-1251", "windows-1250", "koi8-r", "koi8-u",
	};

	for (size_t i = 0; i < COLUMNS(names); i++)
		if (str_ieq(name, str_of(names[i])))
			return true;
	return false;
}

struct conversion {
	struct transfer_in in;
	struct charset *charset;
	bool has_ascii, is_held; /* is_held: a character may have been cut short */
};

static bool tell_piece(struct msg_text *t, struct conversion *c, struct str decoded)
{
	if (!decoded.n)
		return true;
	if (c->has_ascii && !c->is_held && is_ascii(decoded))
		return t->sink->piece(t->arg, decoded);
	buf_clear(&t->utf8);
	charset_feed(c->charset, decoded, &t->utf8);
	c->is_held = (decoded.p[decoded.n - 1] & 0x80) != 0;
	return !t->utf8.n || t->sink->piece(t->arg, buf_str(&t->utf8));
}

static MAY_WAIT int tell_octets(struct msg_text *t, struct conversion *c, uint64_t at, uint64_t end)
{
	bool wants_more = true;
	struct str some;
	size_t n;

	while (at < end && wants_more) {
		int r = octets(t, at, end - at < PIECE ? end - at : PIECE, &some);

		if (r < 0)
			return r;
		at += some.n;
		if (c->in.encoding == MIME_BASE64 || c->in.encoding == MIME_QP) {
			n = transfer_decode(&c->in, some, t->decoded);
			some = str_n(t->decoded, n);
		}
		wants_more = tell_piece(t, c, some);
	}
	if (wants_more) {
		n = transfer_end(&c->in, t->decoded);
		wants_more = tell_piece(t, c, str_n(t->decoded, n));
		buf_clear(&t->utf8);
		charset_end(c->charset, &t->utf8);
		if (wants_more && t->utf8.n)
			t->sink->piece(t->arg, buf_str(&t->utf8));
	}
	return 0;
}

static MAY_WAIT int tell_text(struct msg_text *t, uint64_t at)
{
	struct str name = t->type.charset.n ? t->type.charset : STR("utf-8");
	struct conversion c = {.has_ascii = has_ascii(name)};
	int r = charset_open(&c.charset, name);

	if (r == E_NOTFOUND) { /* nobody knows it: what is UTF-8 in it is text */
		c.has_ascii = true;
		r = charset_open(&c.charset, STR("utf-8"));
	}
	if (r < 0)
		return r;
	transfer_begin(&c.in, t->part.encoding);
	if (!t->sink->begin(t->arg))
		t->want &= ~(unsigned)TEXT_BODY;
	if (t->want & TEXT_BODY)
		r = tell_octets(t, &c, at, at + t->part.body_n);
	charset_close(c.charset);
	if (r >= 0 && !t->sink->end(t->arg))
		t->want &= ~(unsigned)TEXT_BODY;
	return r;
}

/* -- a part, a message ------------------------------------------------------------------- */

static MAY_WAIT int tell_part(struct msg_text *t, bool is_own, bool is_leaf)
{
	/* offsets count from the body's first octet; what is before it belongs to the header */
	uint64_t at = is_own ? 0 : t->b->prefix.n + t->part.header_at;
	uint64_t body_at = t->b->prefix.n + t->part.body_at;
	struct str header;
	int r;

	if (!(t->want & (is_own ? TEXT_HEADER : TEXT_PARTS)) && !(is_leaf && t->want & TEXT_BODY))
		return 0;
	if ((r = whole_header(t, at, body_at - at, &header)) < 0)
		return r;
	if (is_leaf)
		read_type(t, header);
	tell_fields(t, header, is_own);
	if (!is_leaf || !is_text(&t->type) || !(t->want & TEXT_BODY))
		return 0;
	return tell_text(t, body_at);
}

int msg_text_read(struct msg_text *t, struct msg_body *b, struct str offsets, unsigned want,
		  const struct text_sink *sink, void *arg)
{
	struct mime_offsets_cursor c;
	bool is_there = mime_offsets_first(&c, offsets, &t->part);
	bool is_own = true;
	int r = 0;

	t->b = b;
	t->n = 0;
	t->want = want;
	t->sink = sink;
	t->arg = arg;
	t->began_us = clock_mono_us();
	for (; r >= 0 && t->want && is_there; is_there = mime_offsets_next(&c, &t->part)) {
		r = tell_part(t, is_own, !t->part.has_parts);
		is_own = false;
		if (t->want == TEXT_HEADER)
			break; /* of parts nothing is wanted */
	}
	return c.is_damaged ? E_DAMAGED : r;
}
