/* item.c - folders and messages as octets: the admin socket's.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include "base/err.h"
#include "store/codec.h"
#include "store/import/import.h"

void import_say(const struct import_sink *to, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (to->say)
		to->say(to->arg, text);
}

static void code_words(struct codec *c, const struct str **words, size_t *n)
{
	uint64_t count = *n;
	struct str *v;

	code_u64(c, &count);
	if (c->out) {
		for (size_t i = 0; i < *n; i++) {
			struct str word = (*words)[i];

			code_str(c, &word);
		}
		return;
	}
	if (c->failed || count > IMPORT_KEYWORDS_MOST) {
		c->failed = c->failed ? c->failed : E_DAMAGED;
		return;
	}
	v = arena_alloc(c->arena, (size_t)count * sizeof(*v) + 1);
	if (!v) {
		c->failed = E_NOMEM;
		return;
	}
	for (size_t i = 0; i < count; i++)
		code_str(c, &v[i]);
	*words = v;
	*n = (size_t)count;
}

static void code_folder(struct codec *c, struct import_folder *f)
{
	code_str(c, &f->name);
	code_u32(c, &f->uidvalidity);
	code_u32(c, &f->uidnext);
	code_bool(c, &f->subscribed);
	code_bool(c, &f->is_name_only);
	code_words(c, &f->keywords, &f->n_keywords);
}

static void code_msg(struct codec *c, struct import_msg *m)
{
	struct str id = str_n(m->id, sizeof(m->id));

	code_str(c, &id);
	if (!c->out && !c->failed) {
		if (id.n == sizeof(m->id))
			memcpy(m->id, id.p, id.n);
		else
			c->failed = E_DAMAGED;
	}
	code_u64(c, &m->size);
	code_u32(c, &m->uid);
	code_u32(c, &m->flags);
	code_words(c, &m->keywords, &m->n_keywords);
	code_i64(c, &m->internaldate_ms);
	code_i16(c, &m->internaldate_zone);
	code_str(c, &m->uidl);
	code_str(c, &m->envelope_from);
}

static int over(const struct codec *c)
{
	return c->failed ? c->failed : c->in.n ? E_DAMAGED : 0;
}

void import_folder_encode(struct buf *out, const struct import_folder *f)
{
	struct import_folder copy = *f;
	struct codec c = {.out = out};

	code_folder(&c, &copy);
}

int import_folder_decode(struct str in, struct arena *a, struct import_folder *ret)
{
	struct codec c = {.in = in, .arena = a};

	*ret = (struct import_folder){0};
	code_folder(&c, ret);
	return over(&c);
}

void import_msg_encode(struct buf *out, const struct import_msg *m)
{
	struct import_msg copy = *m;
	struct codec c = {.out = out};

	code_msg(&c, &copy);
}

int import_msg_decode(struct str in, struct arena *a, struct import_msg *ret)
{
	struct codec c = {.in = in, .arena = a};

	*ret = (struct import_msg){0};
	code_msg(&c, ret);
	return over(&c);
}
