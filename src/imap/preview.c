/* preview.c - PREVIEW: which part of a message to show the beginning of (RFC 8970).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Made when it is asked for, from the first octets of one part. LAZY gets NIL only where the message
 * is so large that checking its CRC takes a moment. */
#include "imap/fetch.h"
#include "imap/preview.h"
#include "imap/structure.h"
#include "wire/charset.h"

enum { LAZY_MOST = 1 << 20, READ_MOST = 64 * 1024, TEXT_MOST = 256 * 1024 };

/* The part that stands for the message: its first text, plain or HTML, that is no attachment. */
struct choice {
	size_t n_path; /* 0: there is none */
	struct str charset;
	bool is_html;
	uint32_t path[STRUCTURE_DEPTH + 2];
};

static bool is_attachment(const struct structure_leaf *leaf)
{
	return str_istarts(leaf->disposition, STR("(\"attachment\""));
}

static bool choose(void *arg, const struct structure_leaf *leaf)
{
	struct choice *c = arg;
	bool is_html = str_ieq(leaf->subtype, STR("html"));

	if (!str_ieq(leaf->type, STR("text")) || is_attachment(leaf) ||
	    !(is_html || str_ieq(leaf->subtype, STR("plain"))))
		return true;
	memcpy(c->path, leaf->path, leaf->n_path * sizeof(*c->path));
	c->n_path = leaf->n_path;
	c->charset = structure_param(leaf->params, STR("charset"));
	c->is_html = is_html;
	return false;
}

/* The part's first octets as UTF-8. */
MAY_WAIT static int read_text(struct fetch *f, struct extent e, struct charset *charset,
			      struct buf *text)
{
	char *in = fetch_chunks(f), *made = in ? in + FETCH_CHUNK : NULL;
	struct transfer_in d;

	if (!in)
		return E_NOMEM;
	if (e.n > READ_MOST)
		e.n = READ_MOST;
	transfer_begin(&d, e.encoding);
	for (uint64_t at = 0; at < e.n;) {
		size_t want = e.n - at < FETCH_CHUNK ? (size_t)(e.n - at) : FETCH_CHUNK;
		int64_t got = msg_read(&f->body, e.at + at, in, want);

		if (got <= 0)
			return got < 0 ? (int)got : E_DAMAGED;
		charset_feed(charset, str_n(made, transfer_decode(&d, str_n(in, (size_t)got), made)),
			     text);
		at += (uint64_t)got;
	}
	return text->failed;
}

MAY_WAIT static int make(struct fetch *f, struct choice *c, struct buf *out)
{
	struct section t = {.path = c->path, .n_path = c->n_path};
	struct charset *charset = NULL;
	struct extent e;
	struct buf text;
	int r = fetch_open(f);

	if (r >= 0)
		r = fetch_extent(f, &t, &e);
	if (r < 0 || e.encoding == MIME_OTHER)
		return r;
	if (charset_open(&charset, c->charset) < 0)
		r = charset_open(&charset, STR("utf-8"));
	buf_init(&text, TEXT_MOST);
	if (r >= 0)
		r = read_text(f, e, charset, &text);
	if (r >= 0)
		r = preview_of(buf_str(&text), c->is_html, out);
	charset_close(charset);
	buf_free(&text);
	return r;
}

static int tell(struct fetch *f, const struct fetch_item *it, struct str text)
{
	struct buf *b = imap_buf(f->s);

	fetch_label(f, it->label);
	put_nstring(b, text);
	imap_write(f->s, b);
	return 0;
}

int fetch_preview(struct fetch *f, const struct fetch_item *it)
{
	struct choice c = {0};
	struct buf out;
	int r;

	if (it->is_lazy && f->batch[f->at].info.size > LAZY_MOST)
		return tell(f, it, STR_NONE);
	r = fetch_structure(f);
	if (r >= 0)
		structure_leaves(buf_str(&f->structure), choose, &c);
	if (r < 0)
		return r;
	if (!c.n_path) /* nothing to read in it: a string of no length (RFC 8970 3.2) */
		return tell(f, it, STR(""));
	buf_init(&out, 4 * PREVIEW_CHARS + 16);
	r = make(f, &c, &out);
	if (r >= 0 || r == E_NOTFOUND)
		r = tell(f, it, out.n ? buf_str(&out) : STR(""));
	else
		f->failed = f->failed ? f->failed : r;
	buf_free(&out);
	return r;
}
