/* uidbatches.c - UIDBATCHES: the mailbox in ranges of UIDs, the newest first (RFC 10022).
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "imap/command.h"

enum { SIZE_LEAST = 500, RANGES_A_PIECE = 1000 };

struct batches {
	uint32_t size;
	uint32_t at, last; /* batches, from 1 on */
	bool is_any;
};

static int read_args(struct imap *s, struct batches *b)
{
	struct args *a = &s->cmd->args;

	b->at = 1;
	b->last = UINT32_MAX;
	arg_sp(a);
	arg_nz_number(a, &b->size);
	if (!a->err && arg_next_is(a, ' ')) {
		arg_nz_number(a, &b->at);
		arg_char(a, ':');
		arg_nz_number(a, &b->last);
	}
	return arg_end(a);
}

/* Batch k has the numbers n-(k-1)*size down to n-k*size+1. Its range begins right below the one
 * before; the last ends in 1, which shows that it is. */
static void put_batch(const struct view *v, const struct batches *b, struct buf *out)
{
	uint64_t above = (uint64_t)(b->at - 1) * b->size, below = above + b->size;
	uint32_t hi = above ? view_uid(v, v->n - (uint32_t)above + 1) - 1 : v->uidnext - 1;
	uint32_t lo = below >= v->n ? 1 : view_uid(v, v->n - (uint32_t)below + 1);

	buf_add_char(out, b->is_any ? ',' : ' ');
	buf_printf(out, "%" PRIu32 ":%" PRIu32, hi, lo);
}

static int tell_more(struct imap *s)
{
	struct batches *b = s->cmd->state;
	struct buf *out = imap_buf(s);
	const struct view *v = s->mbox->view;

	for (unsigned i = 0; b->at <= b->last && i < RANGES_A_PIECE; i++, b->at++) {
		put_batch(v, b, out);
		b->is_any = true;
	}
	imap_write(s, out);
	if (b->at <= b->last)
		return imap_step(s, tell_more);
	conn_write(s->conn, STR("\r\n"));
	return imap_ok(s, "cut");
}

/* That is answered from the runs of the view: who asks often costs little, so nobody is counted. */
int imap_cmd_uidbatches(struct imap *s)
{
	struct batches *b = imap_state(s, sizeof(*b), NULL);
	uint64_t count;

	if (!b)
		return imap_fail(s, E_NOMEM);
	if (read_args(s, b) < 0)
		return imap_fail(s, s->cmd->args.err);
	if (b->at > b->last)
		return imap_bad(s, "[CLIENTBUG] the batches are counted upwards");
	if (b->size < SIZE_LEAST)
		return imap_no_code(s, "TOOFEW", "at least %d messages a batch", SIZE_LEAST);
	count = ((uint64_t)s->mbox->view->n + b->size - 1) / b->size;
	if (b->last > count)
		b->last = (uint32_t)count;
	conn_printf(s->conn, "* UIDBATCHES (TAG \"" STR_FMT "\")", STR_ARG(s->cmd->tag));
	return tell_more(s);
}
