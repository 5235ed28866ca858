/* table.c - the rows of options.h: found by name, read, printed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/err.h"
#include "conf/nearest.h"
#include "conf/table.h"

const struct option_row option_rows[] = {
#define X(kind, name, def, least, most, sentence)                                                  \
	{KIND_##kind, #name, def, (int64_t)(least), (int64_t)(most), sentence,                     \
	 offsetof(struct conf, name)},
	CONF_OPTIONS(X)
#undef X
};
const size_t option_count = COLUMNS(option_rows);

const struct option_row *option_find(struct str name)
{
	for (size_t i = 0; i < option_count; i++)
		if (str_eq(str_of(option_rows[i].name), name))
			return &option_rows[i];
	return NULL;
}

const char *option_nearest(struct str name)
{
	struct nearest n;

	nearest_init(&n, name);
	for (size_t i = 0; i < option_count; i++)
		nearest_offer(&n, option_rows[i].name);
	return n.best;
}

const char *option_kind_name(enum option_kind k)
{
	static const char *const names[] = {
		[KIND_BOOL] = "yes or no", [KIND_INT] = "number", [KIND_SIZE] = "size",
		[KIND_SECS] = "time",	   [KIND_STR] = "text",	  [KIND_LIST] = "list",
	};

	return names[k];
}

/* -- reading ------------------------------------------------------------------ */

static int bad(struct buf *why, const char *sentence)
{
	buf_printf(why, "%s", sentence);
	return E_SYNTAX;
}

static int out_of_range(const struct option_row *row, struct buf *why)
{
	buf_printf(why, "must be from %" PRId64 " to %" PRId64, row->least, row->most);
	return E_SYNTAX;
}

static int read_bool(struct str text, bool *ret, struct buf *why)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};

	for (size_t i = 0; i < COLUMNS(words); i++)
		if (str_ieq(text, str_of(words[i]))) {
			*ret = i & 1;
			return 0;
		}
	return bad(why, "must be yes or no");
}

/* 90, 90s, 5m, 2h, 14d */
static int read_secs(struct str text, uint64_t *ret)
{
	static const struct {
		char unit;
		uint64_t s;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	uint64_t each = 1, v;
	int r;

	for (size_t i = 0; text.n && i < COLUMNS(units); i++)
		if (ascii_lower(text.p[text.n - 1]) == units[i].unit) {
			each = units[i].s;
			text.n--;
			break;
		}
	r = str_u64(text, INT64_MAX / each, &v);
	if (!r)
		*ret = v * each;
	return r;
}

static int read_number(const struct option_row *row, struct str text, uint64_t *ret, struct buf *why)
{
	uint64_t v = 0;
	int r;

	if (row->kind == KIND_INT)
		r = str_u64(text, INT64_MAX, &v);
	else if (row->kind == KIND_SIZE)
		r = str_size(text, &v);
	else
		r = read_secs(text, &v);
	if (r == E_SYNTAX && row->kind == KIND_SIZE)
		return bad(why, "must be a size such as 4096, 50M or 1G");
	if (r == E_SYNTAX && row->kind == KIND_SECS)
		return bad(why, "must be a time such as 90s, 10m, 2h or 14d");
	if (r == E_SYNTAX)
		return bad(why, "must be a number");
	if (r < 0 || v < (uint64_t)row->least || v > (uint64_t)row->most)
		return out_of_range(row, why);
	*ret = v;
	return 0;
}

static int check_text(const struct option_row *row, struct str text, struct buf *why)
{
	const char *sentence;

	if (text.n > 4096)
		return bad(why, "is too long");
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return bad(why, "has a control character in it");
	sentence = option_check(row, text);
	if (sentence && row->kind == KIND_LIST) /* which of them */
		buf_printf(why, "\"%.*s\" ", STR_ARG(str_head(text, 200)));
	return sentence ? bad(why, sentence) : 0;
}

static int list_add(struct conf_own *o, struct conf_list *l, const char *z)
{
	const char **v = arena_alloc(&o->arena, (l->n + 1) * sizeof(*v));

	if (!v)
		return E_NOMEM;
	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	v[l->n] = z;
	*l = (struct conf_list){v, l->n + 1};
	return 0;
}

int option_set(struct conf_own *o, const struct option_row *row, struct str text, struct buf *why)
{
	void *field = (char *)&o->c + row->offset;
	struct str copy;
	uint64_t v = 0;
	int r;

	switch (row->kind) {
	case KIND_BOOL:
		return read_bool(text, field, why);
	case KIND_INT:
	case KIND_SIZE:
	case KIND_SECS: /* int64_t and uint64_t share their representation up to INT64_MAX */
		r = read_number(row, text, &v, why);
		if (!r)
			memcpy(field, &v, sizeof(v));
		return r;
	case KIND_STR:
	case KIND_LIST:
		break;
	}
	r = check_text(row, text, why);
	if (r < 0)
		return r;
	copy = arena_dup(&o->arena, text);
	if (!copy.p)
		return E_NOMEM;
	if (row->kind == KIND_LIST)
		return list_add(o, field, copy.p);
	*(const char **)field = copy.p;
	return 0;
}

void option_clear_list(struct conf_own *o, const struct option_row *row)
{
	*(struct conf_list *)((char *)&o->c + row->offset) = (struct conf_list){0};
}

/* -- printing ----------------------------------------------------------------- */

static void print_text(const char *z, struct buf *out)
{
	buf_add_char(out, '"');
	for (; *z; z++) {
		if (*z == '"' || *z == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *z);
	}
	buf_add_char(out, '"');
}

static void print_unit(uint64_t v, const char *units, const uint64_t *each, size_t n, struct buf *out)
{
	for (size_t i = 0; v && i < n; i++)
		if (v % each[i] == 0) {
			buf_printf(out, "%" PRIu64 "%c", v / each[i], units[i]);
			return;
		}
	buf_add_u64(out, v);
}

static void print_list(const struct conf_list *l, struct buf *out)
{
	buf_add_char(out, '{');
	for (size_t i = 0; i < l->n; i++) {
		if (i)
			buf_add(out, STR(", "));
		print_text(l->v[i], out);
	}
	buf_add_char(out, '}');
}

void option_print(const struct conf *c, const struct option_row *row, struct buf *out)
{
	static const uint64_t bytes[] = {1ull << 40, 1 << 30, 1 << 20, 1 << 10};
	static const uint64_t secs[] = {86400, 3600, 60, 1};
	const void *field = (const char *)c + row->offset;
	uint64_t v;

	switch (row->kind) {
	case KIND_BOOL:
		buf_printf(out, "%s", *(const bool *)field ? "yes" : "no");
		return;
	case KIND_STR:
		print_text(*(const char *const *)field, out);
		return;
	case KIND_LIST:
		print_list(field, out);
		return;
	case KIND_INT:
	case KIND_SIZE:
	case KIND_SECS:
		break;
	}
	memcpy(&v, field, sizeof(v));
	if (row->kind == KIND_SIZE)
		print_unit(v, "TGMK", bytes, COLUMNS(bytes), out);
	else if (row->kind == KIND_SECS)
		print_unit(v, "dhms", secs, COLUMNS(secs), out);
	else
		buf_add_u64(out, v);
}
