/* search-run.c - runs a program over a mailbox, in slices.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rows are read in batches, each in one read transaction: there flags, dates, sizes and cached
 * envelopes are judged. Messages that stay undecided are kept, with what the rows said of them, and
 * opened one by one after the transaction; then the next batch. So hits come in the order of UIDs. */
#include <stdlib.h>
#include "base/clock.h"
#include "base/err.h"
#include "imap/search.h"
#include "store/search/text.h"

enum {
	BATCH = 256,             /* messages that wait to be opened */
	SCRATCH_MOST = 4 << 20,  /* of one field, decoded */
	OFFSETS_MOST = 256 << 10,/* kept of a batch */
	LOOK_EVERY = 64,         /* rows between two looks at the clock */
};

struct candidate {
	uint32_t uid;
	bool is_hit;             /* known already */
	bool has_envelope;       /* its envelope's keys are settled */
	uint64_t modseq;
	uint32_t offsets_at, offsets_n;
};

struct search_run {
	struct search_program *p;
	struct search_bound b;
	struct uid_range *rest;  /* what was not looked at yet, from `at` on */
	size_t n_rest, at;
	uint64_t total, looked_at;
	struct candidate *batch;
	uint8_t *values;         /* of each candidate's terms */
	size_t n_batch, done;
	struct buf offsets, scratch[3], hits;
	struct search_hits sums;
	struct msg_text *text;
	uint64_t deadline_us;
	unsigned since_look;
	int err;
};

/* -- what is to be looked at ------------------------------------------------------------ */

static struct uidset meet(struct uidset a, struct uidset b, struct uid_range *to)
{
	struct uidset ret = {to, 0};

	for (size_t i = 0, k = 0; i < a.n && k < b.n;) {
		uint32_t lo = a.r[i].lo > b.r[k].lo ? a.r[i].lo : b.r[k].lo;
		uint32_t hi = a.r[i].hi < b.r[k].hi ? a.r[i].hi : b.r[k].hi;

		if (lo <= hi)
			to[ret.n++] = (struct uid_range){lo, hi};
		if (a.r[i].hi < b.r[k].hi)
			i++;
		else
			k++;
	}
	return ret;
}

/* Sets that every hit must be in narrow the search at once. */
static int choose(struct search_run *r)
{
	struct uid_range all = {1, UINT32_MAX};
	struct uidset now = r->b.has_only ? r->b.only : (struct uidset){&all, 1};
	struct uid_range *ranges = NULL;

	for (size_t i = 0; i <= r->p->n; i++) {
		const struct search_term *t = i < r->p->n ? &r->p->terms[i] : NULL;
		struct uid_range *next;

		if (t && !(t->must_match && (t->op == S_SET || t->op == S_UIDS)))
			continue;
		if (!t && ranges)
			break;
		next = calloc(now.n + (t ? t->uids.n : 1) + 1, sizeof(*next));
		if (!next) {
			free(ranges);
			return E_NOMEM;
		}
		now = meet(now, t ? t->uids : (struct uidset){&all, 1}, next);
		free(ranges);
		ranges = next;
	}
	r->rest = ranges;
	r->n_rest = now.n;
	return 0;
}

static uint64_t count(const struct search_run *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n_rest; i++) {
		uint32_t hi = r->rest[i].hi;

		n += (hi == UINT32_MAX ? r->b.view->n : view_rank(r->b.view, hi + 1)) -
		     view_rank(r->b.view, r->rest[i].lo);
	}
	return n;
}

int search_run_new(struct search_run **ret, struct search_program *p, const struct search_bound *b)
{
	struct search_run *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return E_NOMEM;
	r->p = p;
	r->b = *b;
	buf_init(&r->offsets, OFFSETS_MOST);
	buf_init(&r->hits, (size_t)1 << 30);
	for (unsigned i = 0; i < 3; i++)
		buf_init(&r->scratch[i], SCRATCH_MOST);
	e = choose(r);
	if (e >= 0 && p->needs) {
		r->batch = calloc(BATCH, sizeof(*r->batch));
		r->values = calloc(BATCH, p->n);
		r->text = msg_text_new();
		e = r->batch && r->values && r->text ? 0 : E_NOMEM;
	}
	if (e < 0) {
		search_run_free(r);
		return e;
	}
	search_envelope_prepare(p);
	r->total = count(r);
	*ret = r;
	return 0;
}

struct search_run *search_run_free(struct search_run *r)
{
	if (!r)
		return NULL;
	free(r->rest);
	free(r->batch);
	free(r->values);
	msg_text_free(r->text);
	buf_free(&r->offsets);
	buf_free(&r->hits);
	for (unsigned i = 0; i < 3; i++)
		buf_free(&r->scratch[i]);
	free(r);
	return NULL;
}

/* -- hits ------------------------------------------------------------------------------ */

static void add_hit(struct search_run *r, uint32_t uid, uint64_t modseq)
{
	struct uid_range *last = r->hits.n ? (struct uid_range *)(r->hits.p + r->hits.n) - 1 : NULL;
	struct uid_range one = {uid, uid};
	struct search_hits *s = &r->sums;

	if (last && last->hi + 1 == uid)
		last->hi = uid;
	else if (buf_add(&r->hits, str_n(&one, sizeof(one))) < 0)
		r->err = r->hits.failed;
	if (!s->count++)
		s->modseq_first = modseq;
	s->modseq_last = modseq;
	if (modseq > s->modseq)
		s->modseq = modseq;
}

void search_take(struct search_run *r, struct search_hits *ret)
{
	*ret = r->sums;
	ret->r = (struct uid_range *)r->hits.p;
	ret->n = r->hits.n / sizeof(*ret->r);
	r->hits.p = NULL;
	r->hits.n = r->hits.cap = 0;
}

uint64_t search_looked_at(const struct search_run *r)
{
	return r->looked_at;
}

uint64_t search_total(const struct search_run *r)
{
	return r->total;
}

/* -- rows ------------------------------------------------------------------------------ */

static bool is_late(struct search_run *r)
{
	if (++r->since_look < LOOK_EVERY)
		return false;
	r->since_look = 0;
	return clock_mono_us() >= r->deadline_us;
}

static void keep_candidate(struct search_run *r, const struct view_row *row, bool is_hit, bool has_envelope)
{
	struct candidate *c = &r->batch[r->n_batch];
	size_t n = r->p->n;

	*c = (struct candidate){row->info.uid, is_hit, has_envelope, row->info.modseq, 0, 0};
	for (size_t i = 0; i < n; i++)
		r->values[r->n_batch * n + i] = r->p->terms[i].value;
	if (!is_hit && row->offsets.n && row->offsets.n <= OFFSETS_MOST - r->offsets.n) {
		c->offsets_at = (uint32_t)r->offsets.n;
		if (buf_add(&r->offsets, row->offsets) == 0)
			c->offsets_n = (uint32_t)row->offsets.n;
	}
	r->n_batch++;
}

static bool see_row(void *arg, const struct view_row *row)
{
	struct search_run *r = arg;
	bool has_envelope = !(r->p->needs & NEED_ENVELOPE);
	enum search_value v;

	if (r->err < 0 || (r->batch && r->n_batch == BATCH) || is_late(r))
		return false;
	r->looked_at++;
	if (row->info.expunged) /* by others, meanwhile */
		return true;
	search_row_values(r->p, &r->b, row);
	v = search_value_of(r->p);
	if (v == IS_UNKNOWN && !has_envelope && row->envelope.p) {
		search_envelope_values(r->p, row->envelope, r->scratch);
		has_envelope = true;
		v = search_value_of(r->p);
	}
	if (v == IS_UNKNOWN)
		keep_candidate(r, row, false, has_envelope);
	else if (v == IS_TRUE && r->n_batch)
		keep_candidate(r, row, true, true); /* behind those that wait */
	else if (v == IS_TRUE)
		add_hit(r, row->info.uid, row->info.modseq);
	return true;
}

static void cut_rest(struct search_run *r, uint32_t next_uid)
{
	if (!next_uid) {
		r->at = r->n_rest;
		return;
	}
	while (r->at < r->n_rest && r->rest[r->at].hi < next_uid)
		r->at++;
	if (r->at < r->n_rest && r->rest[r->at].lo < next_uid)
		r->rest[r->at].lo = next_uid;
}

static int read_rows(struct search_run *r)
{
	struct uidset rest = {r->rest + r->at, r->n_rest - r->at};
	unsigned want = (r->p->needs & NEED_ENVELOPE ? WANT_ENVELOPE : 0) |
			(r->p->needs & (NEED_HEADER | NEED_BODY) ? WANT_OFFSETS : 0);
	uint32_t next;
	int e;

	r->n_batch = r->done = 0;
	buf_clear(&r->offsets);
	e = view_each(r->b.view, rest, want, see_row, r, &next);
	if (e < 0)
		return e;
	cut_rest(r, next);
	return r->err;
}

/* -- messages -------------------------------------------------------------------------- */

static MAY_WAIT int envelope_of(struct search_run *r, uint32_t uid)
{
	struct buf envelope;
	int e;

	buf_init(&envelope, SCRATCH_MOST);
	e = view_rendered(r->b.view, uid, CACHE_ENVELOPE, &envelope);
	if (e >= 0)
		search_envelope_values(r->p, buf_str(&envelope), r->scratch);
	buf_free(&envelope);
	return e;
}

/* What fails because the message is gone or rotten is no hit; what fails otherwise ends the search. */
static bool is_of_message(int e)
{
	return e == E_DAMAGED || e == E_NOMSG || e == E_TOOBIG || e == E_VERSION;
}

static MAY_WAIT int judge(struct search_run *r, size_t at)
{
	struct candidate *c = &r->batch[at];
	struct str offsets = STR_NONE;
	int e = 0;

	for (size_t i = 0; i < r->p->n && !c->is_hit; i++)
		r->p->terms[i].value = r->values[at * r->p->n + i];
	if (c->offsets_n)
		offsets = str_n(r->offsets.p + c->offsets_at, c->offsets_n);
	if (!c->is_hit && r->p->needs & NEED_NOTES)
		search_note_values(r->p, &r->b, c->uid);
	if (!c->is_hit && !c->has_envelope)
		e = envelope_of(r, c->uid);
	if (!c->is_hit && e >= 0 && search_value_of(r->p) == IS_UNKNOWN)
		e = search_text_values(r->p, r->b.view, c->uid, offsets, r->text, r->scratch);
	if (e < 0)
		return is_of_message(e) ? 0 : e;
	if (c->is_hit || search_value_of(r->p) == IS_TRUE)
		add_hit(r, c->uid, c->modseq);
	return r->err;
}

int search_some(struct search_run *r, uint64_t slice_us)
{
	int e = 0;

	r->deadline_us = clock_mono_us() + slice_us;
	while (e >= 0) {
		while (e >= 0 && r->done < r->n_batch) {
			e = judge(r, r->done++);
			if (e >= 0 && clock_mono_us() >= r->deadline_us)
				return 1;
		}
		if (e < 0 || r->at == r->n_rest)
			break;
		e = read_rows(r);
		if (e >= 0 && clock_mono_us() >= r->deadline_us && (r->at < r->n_rest || r->done < r->n_batch))
			return 1;
	}
	return e;
}
