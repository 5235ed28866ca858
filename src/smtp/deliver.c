/* deliver.c - a whole message: checked, delivered, answered, logged.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each account gets one copy, however many recipients of the transaction mean it.
 * LMTP answers for each recipient by itself. SMTP has one answer for all, and no
 * queue yet to send a notice from: there a message that does not fit everywhere is
 * delivered nowhere and comes again, rather than be lost or come twice. The commit
 * itself sees to it, so that nobody's room can be taken between the look and the deed. */
#include <time.h>
#include "base/clock.h"
#include "base/err.h"
#include "smtp/session.h"

enum { NAMES_MOST = 56 }; /* "Return-Path: <>", "Delivered-To: ", line ends, folds */

struct copies { /* one delivery an account, found by account */
	struct delivery *v;
	size_t n;
	uint32_t *slots; /* index + 1 into v; 0: free */
	size_t mask;
};

static int copies_init(struct copies *c, struct txn *t)
{
	size_t n = 4;

	while (n < 2 * t->n_targets)
		n *= 2;
	*c = (struct copies){.mask = n - 1};
	c->v = arena_alloc(&t->arena, t->n_targets * sizeof(*c->v));
	c->slots = arena_alloc(&t->arena, n * sizeof(*c->slots));
	return c->v && c->slots ? 0 : E_NOMEM;
}

/* The account's copy; a zeroed new one (account = 0) if it had none yet. */
static struct delivery *copies_find(struct copies *c, uint64_t account)
{
	size_t at = (account * 0x9e3779b97f4a7c15u >> 32) & c->mask;

	for (; c->slots[at]; at = (at + 1) & c->mask)
		if (c->v[c->slots[at] - 1].account == account)
			return &c->v[c->slots[at] - 1];
	c->slots[at] = (uint32_t)++c->n;
	return &c->v[c->n - 1];
}

struct trace { /* what the copies of a message share */
	struct str received;
	int64_t now_ms;
	int zone_minutes;
	struct buf line; /* room to build a prefix in */
};

static int trace_begin(struct smtp *p, struct trace *tr)
{
	struct tm tm;
	time_t s;
	int e;

	tr->now_ms = clock_wall_ms();
	s = (time_t)(tr->now_ms / 1000);
	tr->zone_minutes = localtime_r(&s, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
	e = trace_received(p, tr->now_ms, tr->zone_minutes, &tr->line);
	if (e < 0)
		return e;
	tr->received = arena_dup(&p->t->arena, buf_str(&tr->line));
	return tr->received.p ? 0 : E_NOMEM;
}

static int add_copy(struct smtp *p, struct copies *c, struct trace *tr, const struct txn_rcpt *r,
		    const struct rcpt *who)
{
	struct delivery *d = copies_find(c, who->account);
	int e;

	if (d->account)
		return 0;
	buf_clear(&tr->line);
	e = trace_prefix(p, who->name, tr->received, &tr->line);
	if (e < 0)
		return e;
	*d = (struct delivery){
		.account = who->account,
		.mbox = who->mbox,
		.make_mbox = true,
		.prefix = arena_dup(&p->t->arena, buf_str(&tr->line)),
		.envelope_from = p->t->reverse_path,
		.envelope_to = r->path,
		.internaldate_ms = tr->now_ms,
		.internaldate_zone = (int16_t)tr->zone_minutes,
	};
	return d->prefix.p ? 0 : E_NOMEM;
}

static int add_copies(struct smtp *p, struct copies *c, struct trace *tr)
{
	int e = copies_init(c, p->t);

	for (const struct txn_rcpt *r = p->t->first; r && e == 0; r = r->next)
		for (size_t i = 0; i < r->who.n && !r->err && e == 0; i++)
			e = add_copy(p, c, tr, r, &r->who.v[i]);
	return e;
}

static int commit(struct smtp *p, struct copies *c)
{
	struct change *change;
	int e = change_new(&change, p->service->store);

	if (e < 0)
		return e;
	if (!p->flavour->is_lmtp)
		change_as_one(change);
	e = change_deliver(change, p->t->draft, c->v, c->n);
	if (e < 0) {
		change_drop(change);
		return e;
	}
	e = change_commit(&change); /* durable, then visible, then 0 */
	/* gone since RCPT: that recipient is told when it is tried again, not all of them now */
	return c->n > 1 && (e == E_NOACCOUNT || e == E_NOMBOX) ? E_BUSY : e;
}

/* LMTP: who cannot take it, asked beforehand where one answer stands for the accounts of an alias.
 * The store counts the prefix too: rather a few octets more than it will be, or some would get the
 * message, one would not, and all would get it again. */
static void check_rooms(struct smtp *p, const struct trace *tr)
{
	struct txn *t = p->t;
	uint64_t size = draft_size(t->draft) + tr->received.n + t->reverse_path.n + NAMES_MOST;

	for (struct txn_rcpt *r = t->first; r; r = r->next)
		if (p->flavour->is_lmtp && r->who.n > 1)
			r->err = rcpt_check_room(p, r, size);
}

static void take_results(struct txn *t, struct copies *c)
{
	for (struct txn_rcpt *r = t->first; r; r = r->next)
		for (size_t i = 0; i < r->who.n && !r->err; i++)
			r->err = copies_find(c, r->who.v[i].account)->err;
}

static int deliver(struct smtp *p)
{
	struct txn *t = p->t;
	struct trace tr = {0};
	struct copies copies = {0};
	int e;

	/* D3: mail that has been through so many hands runs in circles */
	if (draft_received_count(t->draft) > (uint64_t)p->conf->received_most)
		return E_LOOP;
	buf_init(&tr.line, 8192);
	e = trace_begin(p, &tr);
	if (e == 0) {
		check_rooms(p, &tr);
		e = add_copies(p, &copies, &tr);
	}
	buf_free(&tr.line);
	if (e == 0 && copies.n)
		e = commit(p, &copies);
	if (e == 0)
		take_results(t, &copies);
	return e;
}

/* -- the answer -------------------------------------------------------------------- */

static int first_error(const struct txn *t)
{
	for (const struct txn_rcpt *r = t->first; r; r = r->next)
		if (r->err)
			return r->err;
	return 0;
}

static void answer_each(struct smtp *p)
{
	for (const struct txn_rcpt *r = p->t->first; r; r = r->next) {
		int e = p->t->err ? p->t->err : r->err;

		if (e)
			smtp_fail_for(p, e, r->path);
		else
			smtp_reply(p, 250, "2.0.0", "<" STR_FMT "> Ok: queued as %s",
				   STR_ARG(r->path), p->t->id);
	}
}

int txn_finish(struct smtp *p)
{
	struct txn *t = p->t;
	const char *enhanced = "2.0.0";
	int code = 250, e;
	bool is_bare = t->is_bare;

	if (!t->err)
		t->err = deliver(p); /* may wait; t is ours: the next line waits for us */
	e = t->err ? t->err : first_error(t);
	if (e)
		code = smtp_code(p, e, &enhanced);
	if (p->flavour->is_lmtp)
		answer_each(p);
	else if (e)
		smtp_fail(p, e);
	else
		smtp_reply(p, code, enhanced, "Ok: queued as %s", t->id);
	if (t->in_upload) /* else a chunk's refusal was */
		message_log(p, code, enhanced);
	txn_over(p);
	if (is_bare)
		conn_close(p->c);
	if (!e)
		p->errors = 0; /* one who sends good mail is no guesser */
	return e;
}
