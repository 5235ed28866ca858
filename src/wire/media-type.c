/* media-type.c - the type and the charset of a part, out of its Content-Type.
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/header.h"
#include "wire/media-type.h"
#include "wire/mime-parts.h"

enum { VALUE_MOST = 16 << 10 };

static struct str keep(struct media_type *m, size_t *n, struct str s)
{
	struct str kept = str_head(s, sizeof(m->text) - *n);

	if (kept.n)
		memcpy(m->text + *n, kept.p, kept.n);
	kept.p = m->text + *n;
	*n += kept.n;
	return kept;
}

void media_type_plain(struct media_type *m)
{
	m->type = STR("text");
	m->subtype = STR("plain");
	m->charset = STR_NONE;
}

/* The one parameter that is asked for, without the machinery for all: *s is behind the subtype. */
static void read_charset(struct media_type *m, struct str s, size_t *n)
{
	struct mime_params *all = calloc(1, sizeof(*all));
	const struct param *p;
	uint64_t steps = 0;
	struct buf b;

	if (!all)
		return;
	buf_init(&b, VALUE_MOST);
	params_read(all, s, &steps);
	p = params_find(all, STR("charset"));
	if (p) {
		struct str v;

		param_add_value(&b, all, p);
		v = buf_str(&b);
		if (str_find(v, '\'') >= 0) { /* RFC 2231 4: charset'language'value */
			str_cut(&v, '\'');
			str_cut(&v, '\'');
		}
		m->charset = keep(m, n, v);
	}
	buf_free(&b);
	free(all);
}

void media_type_read(struct media_type *m, struct str value)
{
	struct str s, type, subtype;
	uint64_t steps = 0;
	struct buf b;
	size_t n = 0;

	media_type_plain(m);
	buf_init(&b, VALUE_MOST);
	header_unfold(str_head(value, VALUE_MOST), &b);
	s = buf_str(&b);
	if (!b.failed && take_media_type(&s, &type, &subtype, &steps)) {
		m->type = keep(m, &n, type);
		m->subtype = keep(m, &n, subtype);
		if (str_find(s, '=') >= 0)
			read_charset(m, s, &n);
	}
	buf_free(&b);
}
