/* fetch.c - FETCH and UID FETCH: arguments, and the way through the messages.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9051 6.4.5; modifiers CHANGEDSINCE and VANISHED of RFC 7162, PARTIAL of RFC 9394. */
#include <inttypes.h>
#include "imap/command.h"
#include "imap/fetch.h"

/* -- modifiers ------------------------------------------------------------------------- */

struct modifiers {
	bool has_changed_since, vanished, has_partial;
	uint64_t changed_since;
	int64_t from, to; /* PARTIAL: from 1; below 0: from the end */
};

/* "1:5", "-1:-5" (RFC 9394 4) */
static int read_partial(struct args *a, struct modifiers *m)
{
	uint32_t from = 0, to = 0;
	bool is_from_end = arg_next_is(a, '-');

	arg_nz_number(a, &from);
	arg_char(a, ':');
	if (is_from_end)
		arg_char(a, '-');
	arg_nz_number(a, &to);
	m->has_partial = true;
	m->from = from < to ? from : to;
	m->to = from < to ? to : from;
	if (is_from_end) {
		int64_t first = -m->to;

		m->to = -m->from;
		m->from = first;
	}
	return a->err;
}

static int read_modifier(struct imap *s, struct args *a, struct modifiers *m)
{
	if (!m->has_changed_since && arg_word_is(a, "CHANGEDSINCE")) {
		m->has_changed_since = true;
		arg_sp(a);
		return arg_modseq(a, &m->changed_since);
	}
	if (!m->vanished && arg_word_is(a, "VANISHED")) {
		m->vanished = true;
		return a->err;
	}
	if (!m->has_partial && s->cmd->is_uid && arg_word_is(a, "PARTIAL")) {
		arg_sp(a);
		return read_partial(a, m);
	}
	return arg_fail(a, E_SYNTAX, "no such modifier");
}

static int read_modifiers(struct imap *s, struct args *a, struct modifiers *m)
{
	arg_sp(a);
	arg_char(a, '(');
	do
		read_modifier(s, a, m);
	while (arg_next_is(a, ' '));
	arg_char(a, ')');
	/* RFC 7162 3.2.6 */
	if (!a->err && m->vanished &&
	    (!s->cmd->is_uid || !m->has_changed_since || !(s->enabled & EN_QRESYNC)))
		return arg_fail(a, E_SYNTAX, "VANISHED needs UID FETCH, CHANGEDSINCE and QRESYNC");
	return a->err;
}

/* The from-th to the to-th message of the set. */
static int cut_partial(struct arena *a, const struct modifiers *m, struct uidset *set)
{
	int64_t count = (int64_t)uidset_count(*set), at = 1;
	int64_t from = m->from < 0 ? count + 1 + m->from : m->from;
	int64_t to = m->to < 0 ? count + 1 + m->to : m->to;
	struct uid_range *r = arena_alloc(a, (set->n + 1) * sizeof(*r));
	size_t n = 0;

	if (!r)
		return E_NOMEM;
	for (size_t i = 0; i < set->n; i++) {
		struct uid_range it = set->r[i];
		int64_t size = (int64_t)it.hi - it.lo + 1;
		int64_t lo = from > at ? from - at : 0, hi = to - at < size - 1 ? to - at : size - 1;

		if (lo < size && lo <= hi)
			r[n++] = (struct uid_range){it.lo + (uint32_t)lo, it.lo + (uint32_t)hi};
		at += size;
	}
	*set = (struct uidset){r, n};
	return 0;
}

/* -- batches ------------------------------------------------------------------------------- */

static bool add_to_batch(void *arg, const struct view_row *row)
{
	struct fetch *f = arg;

	if (f->has_changed_since && row->info.modseq <= f->changed_since)
		return true;
	if (f->n_batch == FETCH_BATCH || (f->n_batch && f->batch_bytes >= FETCH_BATCH_BYTES))
		return false;
	f->batch[f->n_batch++] = (struct fetch_row){.info = row->info, .seq = row->seq};
	f->batch_bytes += row->info.size;
	return true;
}

static bool refresh(void *arg, const struct view_row *row)
{
	struct fetch *f = arg;

	while (f->at < f->n_batch && f->batch[f->at].info.uid < row->info.uid)
		f->at++;
	if (f->at < f->n_batch && f->batch[f->at].info.uid == row->info.uid)
		f->batch[f->at].info = row->info;
	return f->at < f->n_batch;
}

MAY_WAIT static int commit_seen(struct fetch *f, struct uidset uids)
{
	struct imap *s = f->s;
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	if (s->mbox->view->reader)
		r = change_seen_by(c, s->mbox->view->mbox, s->mbox->view->reader, uids, true);
	else
		r = change_flags(c, s->mbox->view->mbox, uids, FLAGS_ADD, MSG_SEEN, NULL, 0);
	if (r >= 0)
		r = change_commit(&c);
	change_drop(c);
	return r;
}

/* RFC 9051 6.4.5: \Seen is set, and told in the same answer. If it cannot be (a full disk), the
 * message is read all the same. */
MAY_WAIT static void mark_seen(struct fetch *f)
{
	struct imap *s = f->s;
	uint32_t next, n = 0;

	for (uint32_t i = 0; i < f->n_batch; i++) {
		struct fetch_row *row = &f->batch[i];

		row->is_marked = !(row->info.flags & MSG_SEEN) && !row->info.expunged;
		if (row->is_marked)
			f->told[n++] = (struct uid_range){row->info.uid, row->info.uid};
	}
	if (!n)
		return;
	if (commit_seen(f, (struct uidset){f->told, n}) < 0) {
		for (uint32_t i = 0; i < f->n_batch; i++)
			f->batch[i].is_marked = false;
		return;
	}
	s->n_stored += n;
	s->cmd->told = (struct uidset){f->told, n};
	s->cmd->told_modseq = modseq_now(s); /* before they are read: what comes later is news */
	f->at = 0;
	view_each(s->mbox->view, s->cmd->told, 0, refresh, f, &next);
}

MAY_WAIT static int next_batch(struct fetch *f, struct uidset uids)
{
	struct arena *a = conn_arena(f->s->conn);
	uint32_t next;
	int r;

	if (!f->batch) { /* most commands need none */
		f->batch = arena_alloc(a, FETCH_BATCH * sizeof(*f->batch));
		f->told = arena_alloc(a, FETCH_BATCH * sizeof(*f->told));
		if (!f->batch || !f->told)
			return E_NOMEM;
	}
	f->n_batch = 0;
	f->batch_bytes = 0;
	r = view_each(f->s->mbox->view, uids, 0, add_to_batch, f, &next);
	if (r < 0)
		return r;
	if (!f->stuck_uid && next)
		uid_cursor_to(&f->left, next);
	else if (!f->stuck_uid)
		uid_cursor_end(&f->left);
	if (f->marks_seen)
		mark_seen(f);
	f->at = 0;
	return 0;
}

/* -- one message ------------------------------------------------------------------------------ */

/* RFC 7162 3.2.4: flags that we have changed come with UID and MODSEQ for those who know them. */
static void tell_marked(struct fetch *f)
{
	static const struct fetch_item items[] = {
		{.kind = FETCH_UID}, {.kind = FETCH_FLAGS}, {.kind = FETCH_MODSEQ}};
	bool with_modseq = (f->s->enabled & EN_CONDSTORE) != 0;

	for (size_t i = 0; i < COLUMNS(items); i++) {
		if (fetch_has(&f->plan, items[i].kind) || (i != 1 && !with_modseq) ||
		    (i == 0 && f->is_uidonly))
			continue;
		fetch_item_begin(f, &items[i]);
	}
}

static void message_begin(struct fetch *f)
{
	f->in_message = true;
	f->is_begun = f->has_offsets = f->is_plain = false;
	f->err = 0;
	f->item = 0;
	if (f->batch[f->at].is_marked)
		tell_marked(f);
}

static void message_end(struct fetch *f)
{
	if (f->is_begun)
		conn_write(f->s->conn, STR(")\r\n"));
	if (f->is_open)
		msg_close(&f->body);
	f->is_open = f->in_message = false;
	f->s->n_fetched++;
	f->at++;
}

/* 1: it goes on later; 0: it is told; < 0: it cannot be finished. */
MAY_WAIT static int message_more(struct fetch *f)
{
	struct imap *s = f->s;

	for (;;) {
		int r = fetch_source_more(f);

		if (r != 0)
			return r;
		fetch_source_end(f);
		if (f->item == f->plan.n) {
			message_end(f);
			return 0;
		}
		if (conn_is_full(s->conn) || imap_is_long(s))
			return 1;
		fetch_item_begin(f, &f->plan.items[f->item++]); /* its errors are kept in f */
	}
}

/* -- all of them --------------------------------------------------------------------------------- */

static int finish(struct fetch *f)
{
	if (f->then)
		return f->then(f->s, f->then_arg);
	if (f->has_unknown_cte)
		return imap_no_code(f->s, "UNKNOWN-CTE", "a part's encoding is not known");
	if (f->failed)
		return imap_no(f->s, f->failed, "some of it could not be read: %s",
			       err_row(f->failed)->text);
	if (f->downgraded.n) /* RFC 6858 3 */
		return imap_ok(f->s, "[DOWNGRADED " STR_FMT "] fetched", STR_ARG(buf_str(&f->downgraded)));
	return imap_ok(f->s, "fetched");
}

/* A literal was promised that cannot be sent: the connection ends, without a word more, which
 * would be read as the rest of the literal. */
static int broken(struct fetch *f, int e)
{
	struct imap *s = f->s;

	s->reason = "read-failed";
	s->cmd->row = NULL; /* nothing is told */
	s->cmd->is_push = true;
	conn_close(s->conn);
	return e;
}

/* What comes behind the last message of the batch. 1: nothing. */
MAY_WAIT static int go_on(struct fetch *f, bool *rests)
{
	struct uid_range stuck;
	bool is_done = false;
	int r;

	*rests = false;
	if (!f->left.n)
		return 1;
	if (!f->is_quick)
		return next_batch(f, uid_cursor_set(&f->left));
	r = fetch_rows(f, &is_done);
	if (r < 0 || is_done)
		return r < 0 ? r : 1;
	if (!f->stuck_uid) {
		*rests = true;
		return 0;
	}
	stuck = (struct uid_range){f->stuck_uid, f->stuck_uid};
	r = next_batch(f, (struct uidset){&stuck, 1});
	if (f->stuck_uid == UINT32_MAX)
		uid_cursor_end(&f->left);
	else
		uid_cursor_to(&f->left, f->stuck_uid + 1);
	f->stuck_uid = 0;
	return r;
}

MAY_WAIT static int fetch_more(struct imap *s)
{
	struct fetch *f = s->cmd->state;
	bool rests;

	for (;;) {
		int r;

		if (f->in_message) {
			r = message_more(f);
			if (r < 0)
				return broken(f, r);
			if (r > 0)
				return imap_step(s, fetch_more);
			continue;
		}
		if (f->at < f->n_batch) {
			message_begin(f);
			continue;
		}
		r = go_on(f, &rests);
		if (r < 0)
			return imap_fail(s, r);
		if (r > 0)
			return finish(f);
		if (rests)
			return imap_step(s, fetch_more);
	}
}

static void cleanup(void *state)
{
	struct fetch *f = state;

	if (f->is_open)
		msg_close(&f->body);
	buf_free(&f->flags);
	buf_free(&f->downgraded);
	buf_free(&f->offsets);
	buf_free(&f->structure);
	buf_free(&f->source.memory);
}

/* -- the command ------------------------------------------------------------------------------------ */

static int tell_vanished(struct imap *s, uint64_t modseq, struct uidset raw)
{
	struct uidset gone;
	struct buf b;
	int r = view_vanished_since(s->mbox->view, modseq, raw, conn_arena(s->conn), &gone);

	if (r < 0 || !gone.n)
		return r;
	for (size_t at = 0; at < gone.n; at += 1000) { /* in lines that a client can hold */
		size_t n = gone.n - at < 1000 ? gone.n - at : 1000;

		buf_init(&b, 32 * 1024);
		put_uidset(&b, (struct uidset){gone.r + at, n});
		imap_untagged(s, "VANISHED (EARLIER) " STR_FMT, STR_ARG(buf_str(&b)));
		buf_free(&b);
	}
	return 0;
}

static int narrow(struct imap *s, const struct modifiers *m, struct uidset raw, struct uidset *set)
{
	struct arena *a = conn_arena(s->conn);
	int r = m->has_partial ? cut_partial(a, m, set) : 0;

	if (r >= 0 && m->vanished && raw.n)
		r = tell_vanished(s, m->changed_since, raw);
	if (r >= 0 && m->has_changed_since && set->n)
		r = view_changed_since(s->mbox->view, m->changed_since, *set, a, set);
	return r;
}

static int add_implied(struct imap *s, const struct modifiers *m, struct fetch_plan *p)
{
	struct args *a = &s->cmd->args;

	if (s->cmd->is_uid && !(s->enabled & EN_UIDONLY)) /* RFC 9051 6.4.9 */
		fetch_plan_add(a, p, FETCH_UID);
	if (m->has_changed_since) /* RFC 7162 3.1.4.1 */
		fetch_plan_add(a, p, FETCH_MODSEQ);
	fetch_plan_sort(p);
	if (!a->err && fetch_has(p, FETCH_MODSEQ))
		condstore_on(s);
	return a->err;
}

static struct fetch *begin(struct imap *s, const struct modifiers *m, const struct fetch_plan *p,
			   struct uidset set)
{
	struct fetch *f = imap_state(s, sizeof(*f), cleanup);
	struct arena *a = conn_arena(s->conn);

	if (!f || uid_cursor_init(&f->left, set, a) < 0)
		return NULL;
	f->s = s;
	f->plan = *p;
	f->is_uidonly = (s->enabled & EN_UIDONLY) != 0;
	f->has_changed_since = m->has_changed_since;
	f->changed_since = m->changed_since;
	f->is_quick = !(p->kinds >> (FETCH_LAST_OF_INDEX + 1));
	f->marks_seen = p->sets_seen && !s->mbox->is_read_only && (s->mbox->rights & RIGHT_S);
	buf_init(&f->flags, FETCH_FLAGS_MOST);
	f->plain = s->enabled & (EN_UTF8 | EN_REV2) ? PLAIN_ENCODED : PLAIN_ASCII | PLAIN_ENCODED;
	buf_init(&f->downgraded, 4096);
	buf_init(&f->offsets, 8 << 20);
	buf_init(&f->structure, 32 << 20);
	buf_init(&f->source.memory, 0);
	return f;
}

int fetch_tell(struct imap *s, unsigned kinds, struct uidset set,
	       int (*then)(struct imap *s, void *arg), void *arg)
{
	struct modifiers none = {0};
	struct fetch_plan plan = {0};
	struct fetch *f;

	for (enum fetch_kind k = 0; k <= FETCH_LAST_OF_INDEX; k++)
		if (kinds >> k & 1)
			fetch_plan_add(&s->cmd->args, &plan, k);
	f = begin(s, &none, &plan, set);
	if (!f || plan.n != (unsigned)__builtin_popcount(kinds))
		return imap_fail(s, E_NOMEM);
	f->then = then;
	f->then_arg = arg;
	f->skips_expunged = true;
	return fetch_more(s);
}

int imap_cmd_fetch(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct modifiers m = {0};
	struct fetch_plan plan;
	struct uidset set = {0}, raw = {0};
	int r = refuse_numbers(s);

	if (r < 0)
		return r;
	arg_sp(a);
	arg_messages_raw(s, &set, &raw);
	arg_sp(a);
	if (!a->err && fetch_plan_read(a, &plan) == 0 && !arg_is_end(a))
		read_modifiers(s, a, &m);
	r = arg_end(a);
	if (r >= 0)
		r = add_implied(s, &m, &plan);
	if (r >= 0)
		r = narrow(s, &m, raw, &set);
	if (r < 0)
		return imap_fail(s, r);
	if (!begin(s, &m, &plan, set))
		return imap_fail(s, E_NOMEM);
	return fetch_more(s);
}
