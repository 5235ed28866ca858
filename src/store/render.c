/* render.c - what IMAP asks of a message again and again, made once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/render.h"
#include "wire/mime.h"

enum { PARTS = CACHE_REFERENCES + 1, VERSION = MIME_VERSION << 8 | PARTS };

struct row_head {
	uint32_t version, n[PARTS];
};

int render_part(const struct mime *m, enum msg_part_of_cache what, struct buf *out)
{
	switch (what) {
	case CACHE_ENVELOPE:
		return mime_envelope(m, out);
	case CACHE_BODYSTRUCTURE:
		return mime_bodystructure(m, true, out);
	case CACHE_REFERENCES:
		return buf_add(out, mime_field(m, STR("References")));
	default:
		return mime_offsets(m, out);
	}
}

int render(const struct mime *m, struct buf *row)
{
	struct row_head h = {.version = VERSION};
	int r;

	buf_clear(row);
	buf_add(row, str_n(&h, sizeof(h)));
	for (int i = 0; i < PARTS; i++) {
		size_t from = row->n;

		r = render_part(m, (enum msg_part_of_cache)i, row);
		if (r < 0 || row->failed) {
			buf_free(row);
			return r < 0 ? r : E_TOOBIG;
		}
		h.n[i] = (uint32_t)(row->n - from);
	}
	memcpy(row->p, &h, sizeof(h));
	return 0;
}

int rendered_part(struct str row, enum msg_part_of_cache what, struct str *ret)
{
	struct row_head h;
	uint64_t at = sizeof(h);

	if (row.n < sizeof(h))
		return E_DAMAGED;
	memcpy(&h, row.p, sizeof(h));
	if (h.version != VERSION)
		return E_VERSION;
	for (int i = 0; i < (int)what; i++)
		at += h.n[i];
	if (at + h.n[what] > row.n)
		return E_DAMAGED;
	*ret = str_head(str_from(row, (size_t)at), h.n[what]);
	return 0;
}
