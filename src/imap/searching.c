/* searching.c - what SEARCH, SORT and THREAD have in common: charset, program, run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/searching.h"
#include "base/clock.h"
#include "imap/messages.h"
#include "wire/charset.h"

enum { SLICE_US = 5000 };

int searching_charset_ok(struct imap *s, struct str charset)
{
	if (charset_is_known(charset))
		return 0;
	return imap_no_code(s, "BADCHARSET (US-ASCII UTF-8 ISO-8859-1 ISO-8859-15 KOI8-R)",
			    "texts can come in these and others");
}

int searching_charset(struct imap *s, struct str *ret)
{
	struct args *a = &s->cmd->args;

	*ret = STR_NONE;
	if (!arg_word_is(a, "CHARSET"))
		return 0;
	arg_sp(a);
	arg_astring(a, ret);
	if (arg_sp(a) < 0)
		return imap_fail(s, a->err);
	/* RFC 6855 3: who speaks UTF-8 MUST NOT name a charset (but SORT and THREAD cannot do without) */
	if (s->enabled & EN_UTF8)
		return imap_bad(s, "no CHARSET after ENABLE UTF8=ACCEPT");
	return searching_charset_ok(s, *ret);
}

/* RFC 9586 3.5: no sequence numbers among the keys either. "$" is none. */
static bool has_numbers(const struct search_program *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->terms[i].op == S_SET && !p->terms[i].set.is_saved)
			return true;
	return false;
}

int searching_open(struct imap *s, struct searching *x, struct args *a, struct str charset,
		   const struct search_bound *b)
{
	const struct view *v = b->view;
	struct search_words w = {
		.charset = charset, .seq_star = v->n, .uid_star = view_uid(v, v->n),
		.now_ms = clock_wall_ms(),
	};
	int r = search_parse(a, &w, &x->program);

	if (r >= 0 && (s->enabled & EN_UIDONLY) && has_numbers(&x->program))
		return arg_fail(a, E_SYNTAX, "[UIDREQUIRED] message numbers are not allowed once UIDONLY"
					     " is enabled");
	x->bound = *b;
	x->bound.account = s->account;
	if (r >= 0)
		r = search_bind(&x->program, &x->bound, a->arena);
	return r < 0 ? r : search_run_new(&x->run, &x->program, &x->bound);
}

int searching_begin(struct imap *s, struct searching *x, struct str charset)
{
	const struct imap_mbox *m = s->mbox;
	struct search_bound b = {
		.view = m->view, .saved = {m->saved, m->n_saved}, .recent_from = m->recent_from,
	};
	int r = searching_open(s, x, &s->cmd->args, charset, &b);

	if (r < 0)
		return imap_fail(s, r);
	if (x->program.has_modseq)
		condstore_on(s);
	return 0;
}

int searching_some(struct imap *s, struct searching *x)
{
	int r = search_some(x->run, SLICE_US);

	if (r < 0)
		return imap_fail(s, r);
	if (r == 0)
		search_take(x->run, &x->hits);
	return r;
}

void searching_end(struct searching *x)
{
	x->run = search_run_free(x->run);
	search_free(&x->program);
	free(x->hits.r);
	x->hits = (struct search_hits){0};
}
