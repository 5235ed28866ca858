/* context.c - UPDATE and CANCELUPDATE: searches whose changes are told (RFC 5267 4.3).
 * SPDX-License-Identifier: Apache-2.0
 *
 * A context keeps the program as it was written and what it has found, as ranges of UIDs. When
 * messages change or arrive, those alone are searched again; the difference is told. Programs with
 * sequence numbers or "$" are refused: these mean what they meant when they were written. */
#include "imap/context.h"
#include <stdlib.h>
#include "imap/command.h"
#include "imap/esearch.h"
#include "imap/messages.h"

enum { PROGRAM_MOST = 4 << 20, RANGES_A_LINE = 1000, SLICE_US = 5000 };

struct imap_context {
	struct imap_context *next;
	char *tag, *text, *charset;
	size_t text_n;
	bool are_uids;
	struct uid_range *r; /* results */
	size_t n;
};

/* -- sets of UIDs, malloced ------------------------------------------------------------------ */

static int add_range(struct uid_list *l, uint32_t lo, uint32_t hi)
{
	if (l->n && (uint64_t)l->r[l->n - 1].hi + 1 >= lo) {
		if (hi > l->r[l->n - 1].hi)
			l->r[l->n - 1].hi = hi;
		return 0;
	}
	if (!uid_list_add(l, lo))
		return E_NOMEM;
	l->r[l->n - 1].hi = hi;
	return 0;
}

/* a with, and a without b. */
static int join(struct uidset a, struct uidset b, struct uid_list *ret)
{
	size_t i = 0, k = 0;
	int r = 0;

	while (r >= 0 && (i < a.n || k < b.n)) {
		bool first = k == b.n || (i < a.n && a.r[i].lo < b.r[k].lo);
		const struct uid_range *it = first ? &a.r[i++] : &b.r[k++];

		r = add_range(ret, it->lo, it->hi);
	}
	return r;
}

static int without(struct uidset a, struct uidset b, struct uid_list *ret)
{
	size_t k = 0;
	int r = 0;

	for (size_t i = 0; i < a.n && r >= 0; i++) {
		uint64_t lo = a.r[i].lo;

		while (k < b.n && b.r[k].hi < lo)
			k++;
		for (size_t j = k; r >= 0 && j < b.n && b.r[j].lo <= a.r[i].hi; j++) {
			if (b.r[j].lo > lo)
				r = add_range(ret, (uint32_t)lo, b.r[j].lo - 1);
			lo = (uint64_t)b.r[j].hi + 1;
		}
		if (r >= 0 && lo <= a.r[i].hi)
			r = add_range(ret, (uint32_t)lo, a.r[i].hi);
	}
	return r;
}

/* -- contexts -------------------------------------------------------------------------------- */

static struct imap_context *context_free(struct imap_context *c)
{
	free(c->tag);
	free(c->text);
	free(c->charset);
	free(c->r);
	free(c);
	return NULL;
}

void contexts_free(struct imap *s)
{
	while (s->contexts) {
		struct imap_context *c = s->contexts;

		s->contexts = c->next;
		context_free(c);
	}
}

bool context_has_tag(const struct imap *s, struct str tag)
{
	for (const struct imap_context *c = s->contexts; c; c = c->next)
		if (str_eq(str_of(c->tag), tag))
			return true;
	return false;
}

static char *copy(struct str s)
{
	char *p = malloc(s.n + 1);

	if (p) {
		memcpy(p, s.n ? s.p : "", s.n);
		p[s.n] = 0;
	}
	return p;
}

static int may_be_added(const struct imap *s, const struct searching *x)
{
	size_t n = 0;

	for (const struct imap_context *c = s->contexts; c; c = c->next)
		n++;
	if (n == CONTEXTS_MOST || x->program.has_seqs)
		return 1;
	for (size_t i = 0; i < x->program.n; i++) /* these change while nothing happens */
		if (x->program.terms[i].op == S_OLDER || x->program.terms[i].op == S_YOUNGER ||
		    x->program.terms[i].set.has_star)
			return 1;
	return 0;
}

int context_add(struct imap *s, struct str text, struct str charset, const struct searching *x)
{
	struct imap_context *c;
	struct uidset found = {x->hits.r, x->hits.n};
	struct uid_list list = {0};

	if (may_be_added(s, x))
		return 1;
	c = calloc(1, sizeof(*c));
	if (!c)
		return E_NOMEM;
	c->tag = copy(s->cmd->tag);
	c->text = copy(text);
	c->charset = copy(charset);
	if (!c->tag || !c->text || !c->charset || join(found, (struct uidset){0}, &list) < 0) {
		uid_list_free(&list);
		context_free(c);
		return E_NOMEM;
	}
	c->text_n = text.n;
	c->are_uids = s->cmd->is_uid;
	c->r = list.r;
	c->n = list.n;
	c->next = s->contexts;
	s->contexts = c;
	return 0;
}

/* -- telling --------------------------------------------------------------------------------- */

static void put_some(struct imap *s, const struct imap_context *c, const char *what, struct uidset set,
		     struct buf *b)
{
	buf_printf(b, "* ESEARCH (TAG \"%s\")%s %s (0 ", c->tag, c->are_uids ? " UID" : "", what);
	put_numbers(b, s->mbox->view, c->are_uids, set.r, set.n);
	buf_add(b, STR(")\r\n"));
}

/* RFC 5267 4.3.3: position 0, in the order of the mailbox. */
static void tell(struct imap *s, const struct imap_context *c, const char *what, struct uidset set)
{
	for (size_t at = 0; at < set.n; at += RANGES_A_LINE) {
		size_t n = set.n - at < RANGES_A_LINE ? set.n - at : RANGES_A_LINE;
		struct buf *b = imap_buf(s);

		put_some(s, c, what, (struct uidset){set.r + at, n}, b);
		imap_write(s, b);
	}
}

/* A context that cannot be kept up has to go, and to say so. */
static void give_up(struct imap *s, struct imap_context *c)
{
	for (struct imap_context **at = &s->contexts; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	imap_untagged(s, "NO [NOUPDATE \"%s\"] no further updates", c->tag);
	context_free(c);
}

/* What leaves the results is told and forgotten. */
static int leave(struct imap *s, struct imap_context *c, struct uidset gone)
{
	struct uidset had = {c->r, c->n};
	struct uid_list kept = {0}, lost = {0};
	int r = without(had, gone, &kept);

	if (r >= 0)
		r = without(had, uid_list_set(&kept), &lost);
	if (r >= 0) {
		tell(s, c, "REMOVEFROM", uid_list_set(&lost));
		free(c->r);
		c->r = kept.r;
		c->n = kept.n;
		kept = (struct uid_list){0};
	}
	uid_list_free(&kept);
	uid_list_free(&lost);
	return r;
}

static int enter(struct imap *s, struct imap_context *c, struct uidset found)
{
	struct uidset had = {c->r, c->n};
	struct uid_list all = {0}, added = {0};
	int r = without(found, had, &added);

	if (r >= 0)
		r = join(had, found, &all);
	if (r >= 0) {
		tell(s, c, "ADDTO", uid_list_set(&added));
		free(c->r);
		c->r = all.r;
		c->n = all.n;
		all = (struct uid_list){0};
	}
	uid_list_free(&all);
	uid_list_free(&added);
	return r;
}

void contexts_vanished(struct imap *s, struct uidset gone)
{
	struct imap_context *next;

	for (struct imap_context *c = s->contexts; c && gone.n; c = next) {
		next = c->next;
		if (leave(s, c, gone) < 0)
			give_up(s, c);
	}
}

/* -- searching again --------------------------------------------------------------------------- */

static int begin(struct imap *s, struct contexts_run *run)
{
	const struct imap_context *c = run->at;
	const struct imap_mbox *m = s->mbox;
	struct search_bound b = {
		.view = m->view, .recent_from = m->recent_from, .only = run->changed, .has_only = true,
	};
	struct args a = {.in = str_n(c->text, c->text_n), .arena = &run->arena, .utf8 = true};

	arena_reset(&run->arena);
	run->is_open = true;
	return searching_open(s, &run->x, &a, str_of(c->charset), &b);
}

static MAY_WAIT int search_again(struct imap *s, struct contexts_run *run)
{
	struct imap_context *c = run->at;
	struct uidset found;
	struct uid_list lost = {0};
	int r = run->is_open ? 0 : begin(s, run);

	if (r >= 0) /* not searching_some: the command's own answer is written already */
		r = search_some(run->x.run, SLICE_US);
	if (r > 0)
		return 1;
	if (r == 0)
		search_take(run->x.run, &run->x.hits);
	found = (struct uidset){run->x.hits.r, run->x.hits.n};
	if (r >= 0)
		r = without(run->changed, found, &lost);
	if (r >= 0)
		r = leave(s, c, uid_list_set(&lost));
	if (r >= 0)
		r = enter(s, c, found);
	uid_list_free(&lost);
	return r;
}

int contexts_changed(struct imap *s, struct contexts_run *run)
{
	struct imap_context *c;
	int r;

	if (!run->is_begun) {
		run->is_begun = true;
		run->at = run->changed.n ? s->contexts : NULL;
		arena_init(&run->arena, PROGRAM_MOST);
	}
	while ((c = run->at)) {
		r = search_again(s, run);
		if (r > 0)
			return 1;
		searching_end(&run->x);
		run->is_open = false;
		run->at = c->next;
		if (r < 0)
			give_up(s, c);
	}
	return 0;
}

void contexts_run_end(struct contexts_run *run)
{
	searching_end(&run->x);
	if (run->is_begun)
		arena_free(&run->arena);
}

/* -- CANCELUPDATE (RFC 5267 4.3.5) --------------------------------------------------------------- */

static void cancel(struct imap *s, struct str tag)
{
	for (struct imap_context **at = &s->contexts; *at; at = &(*at)->next) {
		struct imap_context *c = *at;

		if (!str_eq(str_of(c->tag), tag))
			continue;
		*at = c->next;
		context_free(c);
		return;
	}
}

int imap_cmd_cancelupdate(struct imap *s)
{
	struct args *a = &s->cmd->args, look = *a;
	struct str tag;

	do {
		arg_sp(&look);
		arg_string(&look, &tag);
	} while (!look.err && !arg_is_end(&look));
	if (look.err)
		return imap_bad(s, "CANCELUPDATE takes tags, quoted");
	while (!arg_is_end(a) && arg_sp(a) == 0 && arg_string(a, &tag) == 0)
		cancel(s, tag);
	return imap_ok(s, "no further updates");
}
