/* base-row.c - rows to bytes and back, by a description of each table's values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/codec.h"
#include "store/index/base-row.h"

/* Numbers are those of the log: never used for another table. Fields: octets of an integer each;
 * `r`: UID ranges up to the end; else what is left goes as it is. If a struct of rows.h changes,
 * its row here gets a new number, and the old one must still be read. */
static const struct shape {
	uint8_t number; /* 0: not part of a base */
	const char *fields;
} shapes[TAB_N] = {
	[TAB_ROOT] = {1, "8" "888" "88" "8888888"},
	[TAB_ACCOUNT] = {24, "8888884444" "888"},
	[TAB_LOGIN] = {3, "8"},
	[TAB_LABEL] = {4, ""},
	[TAB_ALIAS] = {5, ""},
	[TAB_DOMAIN] = {6, ""},
	[TAB_META] = {7, ""},
	[TAB_MBOX] = {8, "8844" "88888" "44" "88" "44" "8"},
	[TAB_PATH] = {9, "81"},
	[TAB_MESSAGE] = {10, "888" "8888" "88" "44444" "22"},
	[TAB_EXTRA] = {11, "444"},
	[TAB_BODY] = {12, "888" "44"},
	[TAB_CHANGE] = {13, "r"},
	[TAB_VANISHED] = {14, "r"},
	[TAB_EXPUNGED] = {15, "888" "8888" "88" "44444" "22" "888"},
	[TAB_GRAVE] = {16, "88r"},
	[TAB_SEEN] = {17, "8r"},
	[TAB_ACL] = {18, ""},
	[TAB_DEAD] = {19, "888" "44"},
	[TAB_SEGMENT] = {20, "888"},
	[TAB_SWEEP] = {21, ""},
	[TAB_NOTE] = {23, ""},
};

/* What was written once: `more` zeros are put behind it. */
static const struct older {
	enum tab tab;
	uint8_t number;
	const char *fields;
	uint8_t more;
} olders[] = {
	{TAB_ACCOUNT, 2, "8888884444", 24},
};

_Static_assert(sizeof(struct root_row) == 104 && sizeof(struct account_row) == 88 &&
		       sizeof(struct mbox_row) == 104 && sizeof(struct msg_row) == 96 &&
		       sizeof(struct expunged_row) == 120 && sizeof(struct body_row) == 32 &&
		       sizeof(struct grave_row) == 16 && sizeof(struct segment_row) == 24,
	       "a row has changed: see above");

bool base_has(enum tab tab)
{
	return shapes[tab].number;
}

/* An integer as it lies in memory: from *val when writing, to `to` when reading. */
static void code_int(struct codec *c, struct str *val, struct buf *to, size_t n)
{
	uint64_t v8 = 0;
	uint32_t v4 = 0;
	uint16_t v2 = 0;
	uint8_t v1 = 0;
	void *p = n == 8 ? (void *)&v8 : n == 4 ? (void *)&v4 : n == 2 ? (void *)&v2 : &v1;
	uint64_t v;

	if (c->out) {
		if (val->n < n) {
			c->failed = E_DAMAGED;
			return;
		}
		memcpy(p, val->p, n);
		*val = str_from(*val, n);
	}
	v = v8 + v4 + v2 + v1; /* one of them is it */
	code_u64(c, &v);
	if (c->out || c->failed)
		return;
	v8 = v, v4 = (uint32_t)v, v2 = (uint16_t)v, v1 = (uint8_t)v;
	if (n < 8 && v >> (8 * n))
		c->failed = E_DAMAGED;
	buf_add(to, str_n(p, n));
}

static void code_one_range(struct codec *c, struct str *val, struct buf *to, uint32_t *last)
{
	struct uid_range one;
	uint32_t gap = 0, more = 0;

	if (c->out) {
		memcpy(&one, val->p, sizeof(one));
		*val = str_from(*val, sizeof(one));
		gap = one.lo - *last;
		more = one.hi - one.lo;
	}
	code_u32(c, &gap);
	code_u32(c, &more);
	one.lo = *last + gap;
	one.hi = *last = one.lo + more;
	if (!c->out && !c->failed)
		buf_add(to, str_n(&one, sizeof(one)));
}

static void code_rest(struct codec *c, struct str *val, struct buf *to, bool ranges)
{
	uint64_t n = val->n / sizeof(struct uid_range);
	struct str rest = *val;
	uint32_t last = 0;

	if (!ranges) {
		code_str(c, &rest);
		if (!c->out && !c->failed)
			buf_add(to, rest);
		return;
	}
	code_u64(c, &n);
	for (uint64_t i = 0; i < n && !c->failed; i++)
		code_one_range(c, val, to, &last);
}

static int code_value(struct codec *c, const char *f, struct str val, struct buf *to)
{
	for (; *f && *f != 'r' && !c->failed; f++)
		code_int(c, &val, to, (size_t)(*f - '0'));
	if (!c->failed)
		code_rest(c, &val, to, *f == 'r');
	return c->failed;
}

int base_row_add(struct buf *rows, enum tab tab, struct str key, struct str val)
{
	struct codec c = {.out = rows};
	uint8_t number = shapes[tab].number;

	code_u8(&c, &number);
	code_str(&c, &key);
	code_value(&c, shapes[tab].fields, val, NULL);
	return c.failed ? c.failed : rows->failed;
}

/* How the row of that number is written; E_VERSION: nobody knows. */
static int shape_of(uint8_t number, enum tab *tab, struct older *ret)
{
	*ret = (struct older){.number = number};
	for (size_t i = 0; i < COLUMNS(olders); i++)
		if (olders[i].number == number)
			*ret = olders[i];
	*tab = ret->tab;
	for (int i = 0; i < TAB_N && !ret->fields; i++) {
		if (number && shapes[i].number == number) {
			ret->fields = shapes[i].fields;
			*tab = (enum tab)i;
		}
	}
	return ret->fields ? 0 : E_VERSION;
}

int base_row_next(struct str *rows, enum tab *tab, struct str *key, struct buf *val)
{
	static const char zeros[24];
	struct codec c = {.in = *rows};
	struct older shape;
	uint8_t number = 0;

	buf_clear(val);
	code_u8(&c, &number);
	if (c.failed)
		return c.failed;
	if (shape_of(number, tab, &shape) < 0)
		return E_VERSION;
	code_str(&c, key);
	if (c.failed || code_value(&c, shape.fields, STR_NONE, val) < 0)
		return c.failed;
	buf_add(val, str_n(zeros, shape.more));
	*rows = c.in;
	return val->failed;
}
