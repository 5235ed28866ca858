/* sort-keys.c - reads sort criteria, takes their values out of messages, compares them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/sort-keys.h"
#include <stdlib.h>
#include "base/attr.h"
#include "base/err.h"
#include "imap/annotate.h"
#include "imap/gather.h"
#include "wire/charset.h"

enum {
	TEXT_MOST = 1000,        /* octets of a text that are compared */
	TEXT_MOST_LATE = 100,    /* when half of the pool is full */
	POOL_MOST = 64 << 20,
	SCRATCH_MOST = 4 << 20,
	SLICE = 5000,
};

/* -- criteria ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum sort_key key;
	bool needs_envelope;
} names[] = {
	{"ARRIVAL", SORT_ARRIVAL, false},   {"CC", SORT_CC, true},
	{"DATE", SORT_DATE, true},          {"FROM", SORT_FROM, true},
	{"SIZE", SORT_SIZE, false},         {"SUBJECT", SORT_SUBJECT, true},
	{"TO", SORT_TO, true},              {"DISPLAYFROM", SORT_DISPLAYFROM, true},
	{"DISPLAYTO", SORT_DISPLAYTO, true}, {"ANNOTATION", SORT_ANNOTATION, false},
};

/* RFC 5257 4.9: entry SP "value.priv" or "value.shared". */
static int read_annotation(struct args *a, struct sort_criterion *c)
{
	struct str att;

	arg_sp(a);
	arg_note_entry(a, false, &c->entry);
	arg_sp(a);
	if (arg_atom(a, &att) < 0)
		return a->err;
	c->is_shared = str_ieq(att, STR("value.shared"));
	if (!c->is_shared && !str_ieq(att, STR("value.priv")))
		return arg_fail(a, E_SYNTAX, "annotations are sorted by value.priv or value.shared");
	return 0;
}

static bool is_repeated(const struct sort_program *p, const struct sort_criterion *c)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].key == c->key && p->v[i].is_shared == c->is_shared &&
		    str_eq(p->v[i].entry, c->entry))
			return true;
	return false;
}

static int read_criterion(struct args *a, struct sort_program *p)
{
	struct sort_criterion c = {.is_reverse = arg_word_is(a, "REVERSE")};
	struct str word;
	size_t i = 0;

	if (c.is_reverse)
		arg_sp(a);
	if (arg_atom(a, &word) < 0)
		return a->err;
	while (i < COLUMNS(names) && !str_ieq(word, str_of(names[i].name)))
		i++;
	if (i == COLUMNS(names))
		return arg_fail(a, E_SYNTAX, "not a sort criterion");
	c.key = names[i].key;
	if (c.key == SORT_ANNOTATION && read_annotation(a, &c) < 0)
		return a->err;
	if (is_repeated(p, &c))
		return 0;
	if (p->n == SORT_CRITERIA_MOST)
		return arg_fail(a, E_LIMIT, "too many sort criteria");
	p->v[p->n++] = c;
	p->needs_envelope |= names[i].needs_envelope;
	p->has_annotations |= c.key == SORT_ANNOTATION;
	return 0;
}

int sort_program_read(struct args *a, struct sort_program *ret)
{
	*ret = (struct sort_program){0};
	arg_char(a, '(');
	do
		read_criterion(a, ret);
	while (!a->err && arg_next_is(a, ' '));
	return arg_char(a, ')');
}

/* -- memory -------------------------------------------------------------------------------- */

void sorter_init(struct sorter *t)
{
	buf_init(&t->pool, POOL_MOST);
	for (unsigned i = 0; i < COLUMNS(t->scratch); i++)
		buf_init(&t->scratch[i], SCRATCH_MOST);
}

void sorter_free(struct sorter *t)
{
	free(t->messages);
	free(t->values);
	buf_free(&t->pool);
	for (unsigned i = 0; i < COLUMNS(t->scratch); i++)
		buf_free(&t->scratch[i]);
	merge_sort_free(&t->order);
}

static int grow(struct sorter *t)
{
	size_t cap = t->cap ? 2 * t->cap : 256;
	struct sort_message *m;
	struct sort_value *v;

	if (t->n < t->cap)
		return 0;
	m = reallocarray(t->messages, cap, sizeof(*m));
	if (!m)
		return E_NOMEM;
	t->messages = m;
	v = reallocarray(t->values, cap, t->program.n * sizeof(*v));
	if (!v)
		return E_NOMEM;
	t->values = v;
	t->cap = cap;
	return 0;
}

/* -- values -------------------------------------------------------------------------------- */

static uint64_t order_of_number(int64_t n)
{
	return (uint64_t)n ^ UINT64_C(1) << 63;
}

static uint64_t order_of_text(struct str s)
{
	uint64_t order = 0;

	for (size_t i = 0; i < 8; i++)
		order = order << 8 | (i < s.n ? (unsigned char)s.p[i] : 0);
	return order;
}

static int keep_text(struct sorter *t, struct sort_value *v, struct str folded)
{
	struct str s = str_head(folded, t->pool.n < POOL_MOST / 2 ? TEXT_MOST : TEXT_MOST_LATE);

	v->order = order_of_text(s);
	v->at = (uint32_t)t->pool.n;
	v->n = (uint32_t)s.n;
	buf_add(&t->pool, s);
	return t->pool.failed == E_TOOBIG ? E_LIMIT : t->pool.failed;
}

int sorter_set_text(struct sorter *t, size_t i, size_t k, struct str utf8)
{
	buf_clear(&t->scratch[3]);
	casemap_add(&t->scratch[3], utf8);
	return keep_text(t, &t->values[i * t->program.n + k], buf_str(&t->scratch[3]));
}

/* RFC 5957 3: the name as it is shown; or the address. Both in b[1]; b[0] is scratch. */
static void display(const struct str part[ADDRESS_PARTS], struct buf *b)
{
	buf_clear(&b[0]);
	envelope_text(part[ADDRESS_NAME], &b[0]);
	words_decode(buf_str(&b[0]), &b[1]);
	if (b[1].n || envelope_is_nil(part[ADDRESS_MAILBOX]))
		return;
	envelope_text(part[ADDRESS_MAILBOX], &b[1]);
	if (envelope_is_nil(part[ADDRESS_HOST]))
		return;
	buf_add_char(&b[1], '@');
	envelope_text(part[ADDRESS_HOST], &b[1]);
}

/* RFC 5256 3: addr-mailbox of the first address. */
static int set_address(struct sorter *t, size_t k, struct str list, bool is_display)
{
	struct str part[ADDRESS_PARTS];
	struct buf *b = t->scratch;

	buf_clear(&b[1]);
	if (!envelope_is_nil(list) && envelope_next_address(&list, part)) {
		if (is_display)
			display(part, b);
		else
			envelope_text(part[ADDRESS_MAILBOX], &b[1]);
	}
	return sorter_set_text(t, t->n, k, buf_str(&b[1]));
}

static int set_subject(struct sorter *t, struct sort_value *v, struct str subject)
{
	bool is_reply;

	buf_clear(&t->scratch[3]);
	(void)folded_subject(subject, t->scratch, &t->scratch[3], &is_reply);
	return keep_text(t, v, buf_str(&t->scratch[3]));
}

static int set_value(struct sorter *t, size_t k, const struct view_row *row,
		     const struct str field[ENV_FIELDS])
{
	struct sort_value *v = &t->values[t->n * t->program.n + k];

	*v = (struct sort_value){0};
	switch (t->program.v[k].key) {
	case SORT_ARRIVAL:
		v->order = order_of_number(arrival_second(row));
		return 0;
	case SORT_DATE:
		v->order = order_of_number(sent_date(field[ENV_DATE], arrival_second(row), t->scratch));
		return 0;
	case SORT_SIZE:
		v->order = row->info.size;
		return 0;
	case SORT_SUBJECT:
		return set_subject(t, v, field[ENV_SUBJECT]);
	case SORT_CC:
		return set_address(t, k, field[ENV_CC], false);
	case SORT_FROM:
		return set_address(t, k, field[ENV_FROM], false);
	case SORT_TO:
		return set_address(t, k, field[ENV_TO], false);
	case SORT_DISPLAYFROM:
		return set_address(t, k, field[ENV_FROM], true);
	case SORT_DISPLAYTO:
		return set_address(t, k, field[ENV_TO], true);
	default: /* annotations come later: nothing, so far */
		return 0;
	}
}

int sorter_add(struct sorter *t, const struct view_row *row, const struct str field[ENV_FIELDS])
{
	int e = grow(t);

	for (size_t k = 0; k < t->program.n && e >= 0; k++)
		e = set_value(t, k, row, field);
	if (e < 0)
		return e;
	t->messages[t->n++] = (struct sort_message){
		row->info.uid, (row->info.bits & BIT_NOTES) != 0, row->info.modseq,
	};
	return 0;
}

/* -- sorting ------------------------------------------------------------------------------- */

static int compare_values(const struct sorter *t, const struct sort_value *a, const struct sort_value *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int r = a->order < b->order ? -1 : a->order > b->order;

	if (!r && n > 8)
		r = memcmp(t->pool.p + a->at + 8, t->pool.p + b->at + 8, n - 8);
	return r ? r : a->n < b->n ? -1 : a->n > b->n;
}

/* Equal by all criteria: the merge keeps the order of the mailbox. */
static int compare_messages(const void *arg, uint32_t a, uint32_t b)
{
	const struct sorter *t = arg;
	size_t n = t->program.n;

	for (size_t k = 0; k < n; k++) {
		int r = compare_values(t, &t->values[a * n + k], &t->values[b * n + k]);

		if (r)
			return t->program.v[k].is_reverse ? -r : r;
	}
	return 0;
}

int sorter_some(struct sorter *t)
{
	int e = t->order.v ? 0 : merge_sort_begin(&t->order, t->n, compare_messages, t);

	return e < 0 ? e : merge_sort_some(&t->order, SLICE);
}
