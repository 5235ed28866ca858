/* url-part.c - the octets that an IMAP URL points at.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "imap/url.h"

enum { CHUNK = 8 * 1024 };

/* The chosen fields of a header, all at once. */
MAY_WAIT static int collect_fields(struct url_part *p, const struct section *t)
{
	struct field_filter *f = calloc(1, sizeof(*f));
	char *in = malloc(CHUNK), *out = malloc(CHUNK + FIELD_NAME_MOST);
	uint64_t end = p->at + p->n;
	int64_t n = f && in && out ? 0 : E_NOMEM;

	buf_init(&p->fields, URL_FIELDS_MOST);
	p->has_fields = true;
	if (n >= 0)
		field_filter_begin(f, t);
	for (uint64_t at = p->at; n >= 0 && at < end; at += (uint64_t)n) {
		n = msg_read(&p->body, at, in, end - at < CHUNK ? (size_t)(end - at) : CHUNK);
		if (n <= 0)
			break;
		buf_add(&p->fields, str_n(out, field_filter_feed(f, str_n(in, (size_t)n), out)));
	}
	if (n >= 0)
		buf_add(&p->fields, str_n(out, field_filter_end(f, out)));
	free(f);
	free(in);
	free(out);
	p->at = 0;
	p->n = p->fields.n;
	return n < 0 ? (int)n : p->fields.failed;
}

MAY_WAIT static int find_section(struct url_part *p, const struct imap_url *u)
{
	const struct section *t = &u->section;
	struct extent x = {0};
	struct buf offsets;
	int e;

	p->n = p->body.size;
	if (!u->has_section)
		return 0;
	buf_init(&offsets, 16 << 20);
	e = view_rendered(p->view, u->uid, CACHE_OFFSETS, &offsets);
	if (e >= 0)
		e = section_find(t, buf_str(&offsets), p->body.prefix.n, p->body.size, &x);
	buf_free(&offsets);
	if (e < 0)
		return e;
	p->at = x.at;
	p->n = x.n;
	return t->what == SECTION_FIELDS || t->what == SECTION_FIELDS_NOT ? collect_fields(p, t) : 0;
}

static void cut(struct url_part *p, const struct imap_url *u)
{
	uint64_t skip = u->has_partial ? u->at : 0;

	if (skip > p->n)
		skip = p->n;
	p->at += skip;
	p->n -= skip;
	if (u->has_partial && u->most < p->n)
		p->n = u->most;
}

int url_part_open(struct url_part *ret, const struct imap_url *u, struct store *store,
		  const struct mbox_info *m, struct view *view)
{
	int e = 0;

	*ret = (struct url_part){.view = view, .body = {.fd = -1}};
	if (!view) {
		e = view_open(&ret->view, store, m->id);
		ret->is_own = e >= 0;
	}
	if (e >= 0 && u->uidvalidity && u->uidvalidity != ret->view->uidvalidity)
		e = E_NOMBOX;
	if (e >= 0)
		e = view_msg_open(&ret->body, ret->view, u->uid);
	if (e >= 0)
		e = find_section(ret, u);
	if (e >= 0)
		cut(ret, u);
	return e;
}

int64_t url_part_read(struct url_part *p, uint64_t at, char *out, size_t n)
{
	if (at >= p->n)
		return 0;
	if (n > p->n - at)
		n = (size_t)(p->n - at);
	if (!p->has_fields)
		return msg_read(&p->body, p->at + at, out, n);
	memcpy(out, p->fields.p + p->at + at, n);
	return (int64_t)n;
}

void url_part_close(struct url_part *p)
{
	msg_close(&p->body);
	if (p->has_fields)
		buf_free(&p->fields);
	if (p->is_own)
		view_close(p->view);
	*p = (struct url_part){.body = {.fd = -1}};
}
