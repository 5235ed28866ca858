/* search.c - SEARCH and UID SEARCH (RFC 9051 6.4.4, 6.4.9; RFC 3501 6.4.4, RFC 4731, RFC 5182).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Who has IMAP4rev2 or writes RETURN gets ESEARCH, others SEARCH. Both are told in pieces: a line
 * of SEARCH may be megabytes. */
#include <inttypes.h>
#include "imap/command.h"
#include "imap/context.h"
#include "imap/esearch.h"
#include "imap/messages.h"
#include "imap/searching.h"

enum { ESEARCH_MOST = 32 << 20, PIECE = 16 << 10, NUMBERS_A_PIECE = 4096 };

struct search {
	struct search_return ret;
	struct searching x;
	struct str text, charset; /* the program, as it was written */
	struct buf line;  /* ESEARCH */
	size_t told;      /* octets of it, or ranges of SEARCH */
	uint32_t told_of; /* UIDs of the next range */
};

static void cleanup(void *state)
{
	struct search *q = state;

	searching_end(&q->x);
	buf_free(&q->line);
}

/* -- SEARCH ------------------------------------------------------------------------------ */

static void put_some_numbers(struct imap *s, struct search *q, struct buf *b)
{
	const struct search_hits *h = &q->x.hits;

	for (unsigned n = 0; q->told < h->n && n < NUMBERS_A_PIECE; n++) {
		const struct uid_range *r = &h->r[q->told];
		uint32_t uid = r->lo + q->told_of++;

		buf_add_char(b, ' ');
		buf_add_u64(b, s->cmd->is_uid ? uid : view_seq(s->mbox->view, uid));
		if (uid == r->hi) {
			q->told++;
			q->told_of = 0;
		}
	}
}

static int tell_search(struct imap *s)
{
	struct search *q = s->cmd->state;
	const struct search_hits *h = &q->x.hits;
	struct buf *b = imap_buf(s);

	put_some_numbers(s, q, b);
	imap_write(s, b);
	if (q->told < h->n)
		return imap_step(s, tell_search);
	if (q->x.program.has_modseq && h->count) /* RFC 7162 3.1.5 */
		conn_printf(s->conn, " (MODSEQ %" PRIu64 ")", h->modseq);
	conn_write(s->conn, STR("\r\n"));
	return imap_ok(s, "searched");
}

/* -- ESEARCH ----------------------------------------------------------------------------- */

static int tell_esearch(struct imap *s)
{
	struct search *q = s->cmd->state;
	struct str piece = str_head(str_from(buf_str(&q->line), q->told), PIECE);

	conn_write(s->conn, piece);
	q->told += piece.n;
	return q->told < q->line.n ? imap_step(s, tell_esearch) : imap_ok(s, "searched");
}

/* RFC 4731 3.2: of what is told; all of it, or its ends. */
static uint64_t modseq_told(const struct search *q)
{
	const struct search_hits *h = &q->x.hits;
	unsigned o = q->ret.options & RET_DATA;

	if (!q->x.program.has_modseq || !h->count)
		return 0;
	if (o == RET_MIN)
		return h->modseq_first;
	if (o == RET_MAX)
		return h->modseq_last;
	if (o == (RET_MIN | RET_MAX))
		return h->modseq_first > h->modseq_last ? h->modseq_first : h->modseq_last;
	return h->modseq;
}

static int begin_esearch(struct imap *s, struct search *q)
{
	struct esearch e = {
		.tag = s->cmd->tag, .are_uids = s->cmd->is_uid, .view = s->mbox->view, .ret = &q->ret,
	};
	struct found f = {q->x.hits.r, q->x.hits.n, q->x.hits.count, modseq_told(q)};
	int r;

	if (!(q->ret.options & RET_DATA)) /* SAVE alone tells nothing (RFC 5182 2.1) */
		return imap_ok(s, "searched");
	buf_init(&q->line, ESEARCH_MOST);
	r = put_esearch(&q->line, &e, &f);
	return r < 0 ? imap_fail(s, r) : tell_esearch(s);
}

/* -- UPDATE ------------------------------------------------------------------------------- */

static void update(struct imap *s, const struct search *q)
{
	if (q->ret.options & RET_UPDATE && context_add(s, q->text, q->charset, &q->x))
		imap_untagged(s, "NO [NOUPDATE \"" STR_FMT "\"] its changes will not be told",
			      STR_ARG(s->cmd->tag)); /* RFC 5267 4.3.1 */
}

/* -- the command ------------------------------------------------------------------------- */

static int save(struct imap *s, const struct search *q)
{
	struct found f = {q->x.hits.r, q->x.hits.n, q->x.hits.count, 0};

	return q->ret.options & RET_SAVE ? search_save(s->mbox, &q->ret, &f) : 0;
}

/* RFC 5182 2.1: a SEARCH that fails with NO leaves nothing saved. */
static int failed(struct imap *s, const struct search *q, int r)
{
	if ((q->ret.options & RET_SAVE) && r != E_SYNTAX && r != E_RANGE)
		search_forget(s->mbox);
	return r;
}

MAY_WAIT static int go_on(struct imap *s)
{
	struct search *q = s->cmd->state;
	int r = searching_some(s, &q->x);

	if (r > 0)
		return imap_step(s, go_on);
	if (r == 0) {
		r = save(s, q);
		r = r < 0 ? imap_fail(s, r) : 0;
	}
	if (r < 0)
		return failed(s, q, r);
	update(s, q);
	if (q->ret.is_given || (s->enabled & EN_REV2))
		return begin_esearch(s, q);
	conn_write(s->conn, STR("* SEARCH"));
	return tell_search(s);
}

static int read_return(struct imap *s, struct search *q)
{
	struct args *a = &s->cmd->args;

	arg_sp(a);
	if (search_return_read(a, &q->ret) < 0)
		return imap_fail(s, a->err);
	if (!q->ret.is_given)
		q->ret.options = RET_ALL;
	if (q->ret.options & RET_UPDATE && context_has_tag(s, s->cmd->tag)) /* RFC 5267 4.3 */
		return imap_bad(s, "a search that is kept up has this tag");
	return 0;
}

int imap_cmd_search(struct imap *s)
{
	struct search *q = imap_state(s, sizeof(*q), cleanup);
	int r;

	if (!q)
		return imap_fail(s, E_NOMEM);
	r = refuse_numbers(s);
	if (r >= 0)
		r = read_return(s, q);
	if (r < 0)
		return r;
	r = searching_charset(s, &q->charset);
	q->text = s->cmd->args.in;
	if (r >= 0)
		r = searching_begin(s, &q->x, q->charset);
	return r < 0 ? failed(s, q, r) : go_on(s);
}
