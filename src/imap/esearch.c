/* esearch.c - reads RETURN (...), writes ESEARCH.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/esearch.h"
#include <stdlib.h>
#include "base/attr.h"
#include "base/err.h"

/* -- options ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned option;
} options[] = {
	{"MIN", RET_MIN}, {"MAX", RET_MAX}, {"ALL", RET_ALL}, {"COUNT", RET_COUNT}, {"SAVE", RET_SAVE},
	{"PARTIAL", RET_PARTIAL}, {"RELEVANCY", RET_RELEVANCY}, {"CONTEXT", RET_CONTEXT},
	{"UPDATE", RET_UPDATE},
};

/* RFC 9394 4: partial-range, both numbers of one sign. */
static int read_partial(struct args *a, struct search_return *ret)
{
	bool is_negative = false;
	uint32_t n[2];

	arg_sp(a);
	for (unsigned i = 0; i < 2; i++) {
		bool minus = arg_next_is(a, '-');

		if (i && minus != is_negative)
			return arg_fail(a, E_SYNTAX, "a range counts from one end");
		is_negative = minus;
		if (arg_nz_number(a, &n[i]) < 0 || (!i && arg_char(a, ':') < 0))
			return a->err;
	}
	ret->first = is_negative ? -(int64_t)n[0] : n[0];
	ret->last = is_negative ? -(int64_t)n[1] : n[1];
	return 0;
}

static int read_option(struct args *a, struct search_return *ret)
{
	for (size_t i = 0; i < COLUMNS(options); i++) {
		if (!arg_word_is(a, options[i].name))
			continue;
		if (ret->options & options[i].option)
			return arg_fail(a, E_SYNTAX, "a RETURN option stands there twice");
		ret->options |= options[i].option;
		if ((ret->options & RET_ALL) && (ret->options & RET_PARTIAL)) /* RFC 9394 3.1 */
			return arg_fail(a, E_SYNTAX, "either ALL or PARTIAL");
		return options[i].option == RET_PARTIAL ? read_partial(a, ret) : 0;
	}
	return arg_fail(a, E_SYNTAX, "not a RETURN option");
}

int search_return_read(struct args *a, struct search_return *ret)
{
	*ret = (struct search_return){0};
	if (!arg_word_is(a, "RETURN"))
		return a->err;
	ret->is_given = true;
	arg_sp(a);
	arg_char(a, '(');
	for (unsigned i = 0; !a->err && !arg_next_is(a, ')'); i++) {
		if (i)
			arg_sp(a);
		read_option(a, ret);
	}
	if (!ret->options) /* RFC 9051 6.4.4: "()" is ALL */
		ret->options = RET_ALL;
	return arg_sp(a);
}

/* -- numbers ---------------------------------------------------------------------------- */

struct writer {
	struct buf *out;
	bool is_any, has_open; /* a range that may go on */
	uint32_t lo, hi;
};

static void close_range(struct writer *w)
{
	if (!w->has_open)
		return;
	if (w->is_any)
		buf_add_char(w->out, ',');
	buf_add_u64(w->out, w->lo);
	if (w->hi != w->lo) {
		buf_add_char(w->out, ':');
		buf_add_u64(w->out, w->hi);
	}
	w->is_any = true;
	w->has_open = false;
}

/* UIDs side by side have sequence numbers side by side. */
int put_numbers(struct buf *out, const struct view *v, bool are_uids, const struct uid_range *r,
		size_t n)
{
	struct writer w = {.out = out};

	for (size_t i = 0; i < n; i++) {
		uint32_t lo = are_uids ? r[i].lo : view_seq(v, r[i].lo);
		uint32_t hi = lo + (r[i].hi - r[i].lo);

		if (w.has_open && lo == w.hi + 1) {
			w.hi = hi;
			continue;
		}
		close_range(&w);
		w = (struct writer){out, w.is_any, true, lo, hi};
	}
	close_range(&w);
	return out->failed;
}

static void put_number(struct buf *out, const struct esearch *e, const char *name, uint32_t uid)
{
	buf_printf(out, " %s %u", name, e->are_uids ? uid : view_seq(e->view, uid));
}

/* -- PARTIAL ---------------------------------------------------------------------------- */

/* Positions from 1 on, clipped; false: none of them is there. */
static bool positions(const struct search_return *ret, uint64_t count, uint64_t *from, uint64_t *to)
{
	int64_t a = ret->first, b = ret->last, n = (int64_t)count;

	if (a < 0) {
		a = n + 1 + a;
		b = n + 1 + b;
	}
	*from = (uint64_t)(a < b ? a : b);
	*to = (uint64_t)(a < b ? b : a);
	if ((int64_t)*from < 1)
		*from = 1;
	if ((int64_t)*to > n)
		*to = (uint64_t)n;
	return (int64_t)*from <= (int64_t)*to;
}

int found_partial(const struct search_return *ret, const struct found *f, struct uid_range **r,
		  size_t *n)
{
	uint64_t from, to, at = 1; /* the position of the range's first */

	*r = NULL;
	*n = 0;
	if (!positions(ret, f->count, &from, &to))
		return 0;
	*r = calloc(f->n, sizeof(**r));
	if (!*r)
		return E_NOMEM;
	for (size_t i = 0; i < f->n && at <= to; i++) {
		struct uid_range it = f->r[i];
		uint64_t next = at + (it.hi - it.lo) + 1;

		if (at < from)
			it.lo = (uint32_t)(it.lo + (from - at));
		if (next > to + 1)
			it.hi = (uint32_t)(it.hi - (next - to - 1));
		if (next > from)
			(*r)[(*n)++] = it;
		at = next;
	}
	return 0;
}

static int put_partial(struct buf *out, const struct esearch *e, const struct found *f)
{
	struct uid_range *r;
	size_t n;
	int err = found_partial(e->ret, f, &r, &n);

	if (err < 0)
		return err;
	buf_printf(out, " PARTIAL (%lld:%lld ", (long long)e->ret->first, (long long)e->ret->last);
	if (n)
		put_numbers(out, e->view, e->are_uids, r, n);
	else
		buf_add(out, STR("NIL"));
	buf_add_char(out, ')');
	free(r);
	return out->failed;
}

/* -- the line --------------------------------------------------------------------------- */

/* RFC 6203 4: what matches does so exactly, so each is as good as it can be. */
static void put_relevancy(struct buf *out, uint64_t count)
{
	buf_add(out, STR(" RELEVANCY ("));
	for (uint64_t i = 0; i < count; i++)
		buf_add(out, i ? STR(" 100") : STR("100"));
	buf_add_char(out, ')');
}

static void put_correlator(struct buf *out, const struct esearch *e)
{
	buf_printf(out, "* ESEARCH (TAG \"" STR_FMT "\"", STR_ARG(e->tag));
	if (e->mailbox.p) {
		buf_add(out, STR(" MAILBOX "));
		buf_add(out, e->mailbox);
		buf_printf(out, " UIDVALIDITY %u", e->uidvalidity);
	}
	buf_add_char(out, ')');
	if (e->are_uids)
		buf_add(out, STR(" UID"));
}

int put_esearch(struct buf *out, const struct esearch *e, const struct found *f)
{
	unsigned o = e->ret->options;
	int r = 0;

	put_correlator(out, e);
	if (o & RET_MIN && f->n)
		put_number(out, e, "MIN", f->r[0].lo);
	if (o & RET_MAX && f->n)
		put_number(out, e, "MAX", f->r[f->n - 1].hi);
	if (o & RET_COUNT)
		buf_printf(out, " COUNT %llu", (unsigned long long)f->count);
	if (o & RET_PARTIAL)
		r = put_partial(out, e, f);
	if (o & RET_ALL && f->n) {
		buf_add(out, STR(" ALL "));
		put_numbers(out, e->view, e->are_uids, f->r, f->n);
	}
	if (o & RET_RELEVANCY && f->n)
		put_relevancy(out, f->count);
	if (f->modseq)
		buf_printf(out, " MODSEQ %llu", (unsigned long long)f->modseq);
	buf_add(out, STR("\r\n"));
	return r < 0 ? r : out->failed;
}
