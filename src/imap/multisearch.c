/* multisearch.c - ESEARCH: one search in many mailboxes (RFC 7377).
 * SPDX-License-Identifier: Apache-2.0
 *
 * First the mailboxes are collected, each once; then one after the other is opened, searched in
 * slices and told. What "*" and keywords mean differs, so the program is read anew in each, in an
 * arena of its own. */
#include "imap/command.h"
#include "imap/esearch.h"
#include "imap/filter.h"
#include "imap/messages.h"
#include "imap/searching.h"

enum { FILTERS_MOST = 16, LINE_MOST = 32 << 20, PIECE = 16 << 10, PROGRAM_MOST = 4 << 20 };

struct multi {
	struct filter filters[FILTERS_MOST];
	struct filter_run runs[FILTERS_MOST];
	unsigned n_filters, collecting;
	bool is_elsewhere;       /* not in the selected mailbox alone */
	struct filtered *v;      /* all of the runs, each mailbox once */
	size_t n, at;
	struct search_return ret;
	struct str charset;
	struct args program;     /* as it was written */
	struct arena arena;      /* of the program in one mailbox */
	struct searching x;
	struct view *view;       /* NULL: it is the session's */
	struct buf line;
	size_t told;
};

static void cleanup(void *state)
{
	struct multi *m = state;

	searching_end(&m->x);
	view_close(m->view);
	for (unsigned i = 0; i < m->n_filters; i++)
		filter_run_end(&m->runs[i]);
	free(m->v);
	buf_free(&m->line);
	arena_free(&m->arena);
}

/* -- arguments --------------------------------------------------------------------------- */

static int read_filter(struct args *a, struct multi *m)
{
	struct filter *f = &m->filters[m->n_filters];

	if (m->n_filters == FILTERS_MOST)
		return arg_fail(a, E_LIMIT, "too many sets of mailboxes");
	if (take_filter(a, f, true) < 0)
		return a->err;
	if (f->kind == FILTER_SELECTED_DELAYED) /* RFC 7377 2.2 */
		return arg_fail(a, E_SYNTAX, "selected-delayed is not for searches");
	m->is_elsewhere |= f->kind != FILTER_SELECTED;
	m->n_filters++;
	return 0;
}

/* "IN (personal subtree (a b)) "; no scope option is known. */
static int read_sources(struct args *a, struct multi *m)
{
	arg_sp(a);
	if (!arg_word_is(a, "IN")) {
		m->filters[0].kind = FILTER_SELECTED;
		m->n_filters = 1;
		return a->err;
	}
	arg_sp(a);
	arg_char(a, '(');
	do
		read_filter(a, m);
	while (!a->err && arg_next_is(a, ' '));
	arg_char(a, ')');
	return arg_sp(a);
}

static bool has_selected(const struct multi *m)
{
	for (unsigned i = 0; i < m->n_filters; i++)
		if (m->filters[i].kind == FILTER_SELECTED)
			return true;
	return false;
}

static int check(struct imap *s, const struct multi *m)
{
	if (!s->mbox && (has_selected(m) || m->ret.options & RET_UPDATE))
		return imap_bad(s, "no mailbox is selected");
	if (m->is_elsewhere && m->ret.options & (RET_SAVE | RET_UPDATE)) /* RFC 7377 2.2 */
		return imap_bad(s, "SAVE and UPDATE are for the selected mailbox alone");
	return 0;
}

/* Its syntax is judged before any mailbox is looked for. */
static int check_program(struct imap *s, struct multi *m)
{
	struct args *a = &s->cmd->args;
	struct search_words w = {.charset = m->charset, .seq_star = 1, .uid_star = 1};
	int r = search_parse(a, &w, &m->x.program);

	searching_end(&m->x);
	return r < 0 ? imap_fail(s, r) : 0;
}

/* -- mailboxes --------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct filtered *x = a, *y = b;

	return (x->mbox > y->mbox) - (x->mbox < y->mbox);
}

static int selected_entry(struct imap *s, struct filtered *ret)
{
	struct mbox_info info;
	struct buf b;
	int r = mbox_get(imap_store(s), s->mbox->view->mbox, &info);

	buf_init(&b, 4096);
	if (r >= 0)
		r = imap_mbox_name(s, &info, &b);
	if (r >= 0) {
		*ret = (struct filtered){info.id, arena_dup(conn_arena(s->conn), buf_str(&b))};
		r = ret->name.p ? 1 : E_NOMEM;
	}
	buf_free(&b);
	return r == E_NOMBOX ? 0 : r; /* it is gone: imap_sync will say so */
}

static int put_together(struct imap *s, struct multi *m)
{
	size_t n = 1, kept = 0;
	int r = 0;

	for (unsigned i = 0; i < m->n_filters; i++)
		n += m->runs[i].n;
	m->v = calloc(n, sizeof(*m->v));
	if (!m->v)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_filters; i++)
		for (size_t k = 0; k < m->runs[i].n; k++)
			m->v[m->n++] = m->runs[i].v[k];
	if (has_selected(m))
		r = selected_entry(s, &m->v[m->n]);
	if (r < 0)
		return r;
	m->n += (size_t)r;
	if (m->n)
		qsort(m->v, m->n, sizeof(*m->v), by_id);
	for (size_t i = 0; i < m->n; i++)
		if (!kept || m->v[kept - 1].mbox != m->v[i].mbox)
			m->v[kept++] = m->v[i];
	m->n = kept;
	return 0;
}

/* -- one of them -------------------------------------------------------------------------- */

static int begin_mbox(struct imap *s, struct multi *m, uint64_t mbox)
{
	bool is_selected = s->mbox && s->mbox->view->mbox == mbox;
	struct search_bound b = {0};
	struct args a = m->program;
	struct mbox_info info;
	int r = 0;

	arena_reset(&m->arena);
	a.arena = &m->arena;
	if (is_selected) {
		b.view = s->mbox->view;
		b.saved = (struct uidset){s->mbox->saved, s->mbox->n_saved};
		b.recent_from = s->mbox->recent_from;
	} else {
		r = mbox_get(imap_store(s), mbox, &info);
		if (r >= 0)
			r = view_open(&m->view, imap_store(s), mbox);
		if (r < 0)
			return r;
		m->view->reader = mbox_seen_is_own(imap_store(s), &info) ? s->account : 0;
		b.view = m->view;
		b.recent_from = view_recent(m->view, false);
	}
	r = searching_open(s, &m->x, &a, m->charset, &b);
	s->cmd->args.err = a.err;
	s->cmd->args.why = a.why;
	return r;
}

/* RFC 7377 2.1: nothing of a mailbox without a match, whatever was asked for. */
static int put_mbox(struct imap *s, struct multi *m)
{
	const struct search_hits *h = &m->x.hits;
	struct view *v = m->x.bound.view;
	struct found f = {h->r, h->n, h->count, m->x.program.has_modseq ? h->modseq : 0};
	struct buf name;
	int r;

	buf_init(&name, 16384);
	r = put_mailbox(s, &name, m->v[m->at].name);
	if (r >= 0 && h->count && (m->ret.options & RET_DATA)) {
		struct esearch e = {s->cmd->tag, buf_str(&name), v->uidvalidity, true, v, &m->ret};

		r = put_esearch(&m->line, &e, &f);
	}
	if (r >= 0 && m->ret.options & RET_SAVE)
		r = search_save(s->mbox, &m->ret, &f);
	buf_free(&name);
	return r;
}

static void end_mbox(struct multi *m)
{
	searching_end(&m->x);
	m->view = view_close(m->view);
	m->at++;
}

MAY_WAIT static int next_mbox(struct imap *s);

MAY_WAIT static int tell_line(struct imap *s)
{
	struct multi *m = s->cmd->state;
	struct str piece = str_head(str_from(buf_str(&m->line), m->told), PIECE);

	conn_write(s->conn, piece);
	m->told += piece.n;
	if (m->told < m->line.n)
		return imap_step(s, tell_line);
	buf_clear(&m->line);
	m->told = 0;
	return imap_step(s, next_mbox);
}

MAY_WAIT static int search_more(struct imap *s)
{
	struct multi *m = s->cmd->state;
	int r = searching_some(s, &m->x);

	if (r > 0)
		return imap_step(s, search_more);
	if (r < 0)
		return r;
	r = put_mbox(s, m);
	if (r < 0)
		return imap_fail(s, r);
	end_mbox(m);
	return tell_line(s);
}

static int next_mbox(struct imap *s)
{
	struct multi *m = s->cmd->state;
	int r;

	while (m->at < m->n) {
		r = begin_mbox(s, m, m->v[m->at].mbox);
		if (r >= 0)
			return search_more(s);
		if (r != E_NOMBOX)
			return imap_fail(s, r);
		end_mbox(m); /* deleted meanwhile */
	}
	return imap_ok(s, "searched");
}

/* -- the command --------------------------------------------------------------------------- */

MAY_WAIT static int collect(struct imap *s)
{
	struct multi *m = s->cmd->state;
	int r = 0;

	for (; m->collecting < m->n_filters; m->collecting++) {
		unsigned i = m->collecting;

		if (m->filters[i].kind == FILTER_SELECTED)
			continue;
		if (!m->runs[i].filter)
			r = filter_run_begin(s, &m->runs[i], &m->filters[i], RIGHT_L | RIGHT_R);
		if (r >= 0)
			r = filter_run_some(s, &m->runs[i]);
		if (r > 0)
			return imap_step(s, collect);
		if (r < 0)
			return imap_fail(s, r);
	}
	r = put_together(s, m);
	return r < 0 ? imap_fail(s, r) : next_mbox(s);
}

int imap_cmd_esearch(struct imap *s)
{
	struct multi *m = imap_state(s, sizeof(*m), cleanup);
	struct args *a = &s->cmd->args;
	int r;

	if (!m)
		return imap_fail(s, E_NOMEM);
	buf_init(&m->line, LINE_MOST);
	arena_init(&m->arena, PROGRAM_MOST);
	read_sources(a, m);
	if (search_return_read(a, &m->ret) < 0)
		return imap_fail(s, a->err);
	if (!m->ret.is_given)
		m->ret.options = RET_ALL;
	r = check(s, m);
	if (r >= 0 && m->ret.options & RET_UPDATE) /* RFC 5267 4.3.1: SEARCH keeps up, this does not */
		imap_untagged(s, "NO [NOUPDATE \"" STR_FMT "\"] its changes will not be told",
			      STR_ARG(s->cmd->tag));
	if (r >= 0)
		r = searching_charset(s, &m->charset);
	m->program = *a;
	if (r >= 0)
		r = check_program(s, m);
	return r < 0 ? r : collect(s);
}
