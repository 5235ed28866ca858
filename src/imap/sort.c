/* sort.c - SORT and UID SORT (RFC 5256 3), with RETURN (RFC 5267 3, RFC 9394).
 * SPDX-License-Identifier: Apache-2.0
 *
 * In steps: what matches is found, its values are gathered, then it is sorted, then told. */
#include <inttypes.h>
#include "imap/annotate.h"
#include "imap/command.h"
#include "imap/esearch.h"
#include "imap/gather.h"
#include "imap/sort-keys.h"

enum { ESEARCH_MOST = 32 << 20, PIECE = 16 << 10, NUMBERS_A_PIECE = 4096 };

struct sort {
	struct search_return ret;
	struct searching x;
	struct gather gather;
	struct sorter sorter;
	int (*phase)(struct imap *s, struct sort *q); /* 1: it goes on; 0: the next one */
	size_t at;               /* the message whose annotations are next; what was told */
	struct uid_range *found; /* in the order asked for */
	size_t n_found;
	struct buf line;         /* ESEARCH */
};

static void cleanup(void *state)
{
	struct sort *q = state;

	searching_end(&q->x);
	sorter_free(&q->sorter);
	free(q->found);
	buf_free(&q->line);
}

static uint32_t nth_uid(const struct sort *q, size_t i)
{
	return q->sorter.messages[q->sorter.order.v[i]].uid;
}

/* -- SORT ---------------------------------------------------------------------------------- */

static int tell_sort(struct imap *s)
{
	struct sort *q = s->cmd->state;
	struct buf *b = imap_buf(s);

	for (unsigned n = 0; q->at < q->sorter.n && n < NUMBERS_A_PIECE; n++) {
		uint32_t uid = nth_uid(q, q->at++);

		buf_add_char(b, ' ');
		buf_add_u64(b, s->cmd->is_uid ? uid : view_seq(s->mbox->view, uid));
	}
	imap_write(s, b);
	if (q->at < q->sorter.n)
		return imap_step(s, tell_sort);
	if (q->x.program.has_modseq && q->sorter.n) /* RFC 7162 3.1.9 */
		conn_printf(s->conn, " (MODSEQ %" PRIu64 ")", q->x.hits.modseq);
	conn_write(s->conn, STR("\r\n"));
	return imap_ok(s, "sorted");
}

/* -- ESEARCH ------------------------------------------------------------------------------- */

/* RFC 5267 3.2: ranges only where the numbers rise. */
static int make_ranges(struct sort *q)
{
	q->found = calloc(q->sorter.n + 1, sizeof(*q->found));
	if (!q->found)
		return E_NOMEM;
	for (size_t i = 0; i < q->sorter.n; i++) {
		struct uid_range *last = q->n_found ? &q->found[q->n_found - 1] : NULL;
		uint32_t uid = nth_uid(q, i);

		if (last && last->hi + 1 == uid)
			last->hi = uid;
		else
			q->found[q->n_found++] = (struct uid_range){uid, uid};
	}
	return 0;
}

/* RFC 4731 3.2: of what is told; all of it, or its ends. */
static uint64_t modseq_told(const struct sort *q)
{
	const struct sorter *t = &q->sorter;
	unsigned o = q->ret.options & RET_DATA;
	uint64_t first, last;

	if (!q->x.program.has_modseq || !t->n)
		return 0;
	first = t->messages[t->order.v[0]].modseq;
	last = t->messages[t->order.v[t->n - 1]].modseq;
	if (o == RET_MIN)
		return first;
	if (o == RET_MAX)
		return last;
	if (o == (RET_MIN | RET_MAX))
		return first > last ? first : last;
	return q->x.hits.modseq;
}

static int tell_esearch(struct imap *s)
{
	struct sort *q = s->cmd->state;
	struct str piece = str_head(str_from(buf_str(&q->line), q->at), PIECE);

	conn_write(s->conn, piece);
	q->at += piece.n;
	return q->at < q->line.n ? imap_step(s, tell_esearch) : imap_ok(s, "sorted");
}

static int compare_ranges(const void *a, const void *b)
{
	const struct uid_range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* RFC 5182 1: also of SORT. "$" is a set, whatever the order; MIN, MAX and PARTIAL choose by it. */
static int save(struct imap *s, struct sort *q)
{
	struct search_return all = {.options = RET_ALL | RET_SAVE};
	struct found f = {q->found, q->n_found, q->sorter.n, 0};
	struct found sorted = {q->x.hits.r, q->x.hits.n, q->x.hits.count, 0};
	unsigned some = q->ret.options & (RET_MIN | RET_MAX | RET_PARTIAL);
	struct uid_range *v, *partial = NULL;
	size_t n = 0, n_partial = 0;
	int e = 0;

	if (!some || q->ret.options & (RET_ALL | RET_COUNT) || !f.n)
		return search_save(s->mbox, &all, &sorted);
	if (some & RET_PARTIAL)
		e = found_partial(&q->ret, &f, &partial, &n_partial);
	v = e < 0 ? NULL : calloc(n_partial + 2, sizeof(*v));
	if (!v) {
		free(partial);
		return E_NOMEM;
	}
	for (; n < n_partial; n++)
		v[n] = partial[n];
	if (some & RET_MIN)
		v[n++] = (struct uid_range){nth_uid(q, 0), nth_uid(q, 0)};
	if (some & RET_MAX)
		v[n++] = (struct uid_range){nth_uid(q, q->sorter.n - 1), nth_uid(q, q->sorter.n - 1)};
	qsort(v, n, sizeof(*v), compare_ranges);
	f = (struct found){v, n ? 1 : 0, n, 0};
	for (size_t i = 1; i < n; i++) { /* MIN and MAX may be the same, or in PARTIAL */
		if (v[i].lo <= v[f.n - 1].hi)
			continue;
		v[f.n++] = v[i];
	}
	e = search_save(s->mbox, &all, &f);
	free(v);
	free(partial);
	return e;
}

static int begin_esearch(struct imap *s, struct sort *q)
{
	struct esearch e = {
		.tag = s->cmd->tag, .are_uids = s->cmd->is_uid, .view = s->mbox->view, .ret = &q->ret,
	};
	struct found f;
	int r = make_ranges(q);

	if (r >= 0 && q->ret.options & RET_SAVE)
		r = save(s, q);
	if (r < 0)
		return imap_fail(s, r);
	if (q->ret.options & RET_UPDATE) /* RFC 5267 4.3.1 */
		imap_untagged(s, "NO [NOUPDATE \"" STR_FMT "\"] what SORT has found is not kept up to date",
			      STR_ARG(s->cmd->tag));
	if (!(q->ret.options & RET_DATA))
		return imap_ok(s, "sorted");
	f = (struct found){q->found, q->n_found, q->sorter.n, modseq_told(q)};
	buf_init(&q->line, ESEARCH_MOST);
	r = put_esearch(&q->line, &e, &f);
	return r < 0 ? imap_fail(s, r) : tell_esearch(s);
}

/* -- phases -------------------------------------------------------------------------------- */

static int sort_some(struct imap *s, struct sort *q)
{
	int r = sorter_some(&q->sorter);

	return r < 0 ? imap_fail(s, r) : r;
}

struct note_of {
	struct sort *q;
	size_t message, criterion;
	int err;
};

static bool set_note(void *arg, struct str value)
{
	struct note_of *n = arg;

	n->err = sorter_set_text(&n->q->sorter, n->message, n->criterion, value);
	return true;
}

/* Annotations are read one message at a time: they stand apart from the others' values. */
static int note_some(struct imap *s, struct sort *q)
{
	const struct sort_program *p = &q->sorter.program;

	for (; q->at < q->sorter.n; q->at++) {
		struct msg_info info = {.uid = q->sorter.messages[q->at].uid, .bits = BIT_NOTES};

		if (!q->sorter.messages[q->at].has_notes)
			continue;
		for (size_t k = 0; k < p->n; k++) {
			struct note_of n = {q, q->at, k, 0};
			struct note_find find = {p->v[k].entry, !p->v[k].is_shared, p->v[k].is_shared,
						 set_note, &n};

			if (p->v[k].key == SORT_ANNOTATION)
				(void)notes_find(s, &info, &find);
			if (n.err < 0)
				return imap_fail(s, n.err);
		}
		if (imap_is_long(s)) {
			q->at++;
			return 1;
		}
	}
	q->phase = sort_some;
	q->at = 0;
	return 1;
}

static int add_message(void *arg, const struct view_row *row, const struct str field[ENV_FIELDS])
{
	struct sort *q = arg;

	return sorter_add(&q->sorter, row, field);
}

static int gather_more(struct imap *s, struct sort *q)
{
	int r = gather_some(&q->gather);

	if (r)
		return r < 0 ? imap_fail(s, r) : 1;
	q->phase = q->sorter.program.has_annotations ? note_some : sort_some;
	return 1;
}

static int search_more(struct imap *s, struct sort *q)
{
	int r = searching_some(s, &q->x);

	if (r)
		return r;
	q->gather = (struct gather){
		.fn = add_message, .arg = q, .want = q->sorter.program.needs_envelope ? WANT_ENVELOPE : 0,
	};
	q->phase = gather_more;
	r = gather_begin(s, &q->gather, &q->x.hits);
	return r < 0 ? imap_fail(s, r) : 1;
}

MAY_WAIT static int go_on(struct imap *s)
{
	struct sort *q = s->cmd->state;
	int r;

	do
		r = q->phase(s, q);
	while (r > 0 && !imap_is_long(s));
	if (r)
		return r < 0 ? r : imap_step(s, go_on);
	if (q->ret.is_given)
		return begin_esearch(s, q);
	conn_write(s->conn, STR("* SORT"));
	return tell_sort(s);
}

/* -- the command --------------------------------------------------------------------------- */

static int read_arguments(struct imap *s, struct sort *q, struct str *charset)
{
	struct args *a = &s->cmd->args;

	arg_sp(a);
	search_return_read(a, &q->ret);
	if (!a->err && q->ret.options & RET_RELEVANCY) /* RFC 6203: SEARCH's */
		arg_fail(a, E_SYNTAX, "SORT does not tell RELEVANCY");
	sort_program_read(a, &q->sorter.program);
	arg_sp(a);
	arg_astring(a, charset);
	return arg_sp(a);
}

int imap_cmd_sort(struct imap *s)
{
	struct sort *q = imap_state(s, sizeof(*q), cleanup);
	struct str charset;
	int r;

	if (!q)
		return imap_fail(s, E_NOMEM);
	sorter_init(&q->sorter);
	r = refuse_numbers(s);
	if (r < 0)
		return r;
	if (read_arguments(s, q, &charset) < 0)
		return imap_fail(s, s->cmd->args.err);
	r = searching_charset_ok(s, charset);
	if (r >= 0)
		r = searching_begin(s, &q->x, charset);
	q->phase = search_more;
	return r < 0 ? r : go_on(s);
}
