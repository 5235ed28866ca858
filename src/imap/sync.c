/* sync.c - tells what others have done to the selected mailbox, at a command's end or when pushed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The view moves only here. Numbers are told in this order: expunges from the highest down (so that
 * each number is right when it is read, RFC 9051 7.5.1), then EXISTS, then changed flags. As much
 * as the client takes: the rest is a step. */
#include <inttypes.h>
#include "imap/context.h"
#include "imap/sync.h"

enum { BATCH_BYTES = 32 * 1024, VANISHED_RANGES = 1000, LINES_A_LOOK = 256 };
enum phase { EXPUNGES, ARRIVALS, CHANGES, DONE };

struct telling {
	enum phase phase;
	struct view_news news;
	bool with_expunges, as_uids, is_earlier;
	struct uidset gone;      /* sequence numbers, or UIDs */
	size_t at;               /* ranges of it that are told, from the end; from the start for UIDs */
	uint32_t next;           /* within the range */
	struct uid_range *left;  /* of news.changed */
	size_t n_left;
	struct contexts_run contexts; /* RFC 5267 */
	MAY_WAIT int (*then)(struct imap *s);
};

static bool speaks_uids(const struct imap *s)
{
	return (s->enabled & (EN_QRESYNC | EN_UIDONLY)) != 0;
}

/* -- expunges ---------------------------------------------------------------------------- */

static int put_ranges(struct buf *out, const struct uid_range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, i ? ",%" PRIu32 : "%" PRIu32, r[i].lo);
		if (r[i].hi != r[i].lo)
			buf_printf(out, ":%" PRIu32, r[i].hi);
	}
	return out->failed;
}

/* RFC 7162 3.2.10: VANISHED instead of EXPUNGE, in pieces that a line holds. */
static bool tell_vanished(struct imap *s, struct telling *t)
{
	while (t->at < t->gone.n) {
		struct buf *b = imap_buf(s);
		size_t n = t->gone.n - t->at;

		if (conn_is_full(s->conn))
			return false;
		n = n < VANISHED_RANGES ? n : VANISHED_RANGES;
		buf_add(b, t->is_earlier ? STR("* VANISHED (EARLIER) ") : STR("* VANISHED "));
		put_ranges(b, t->gone.r + t->at, n);
		buf_add(b, STR("\r\n"));
		imap_write(s, b);
		t->at += n;
	}
	return true;
}

static bool tell_expunges(struct imap *s, struct telling *t)
{
	unsigned lines = 0;

	for (; t->at < t->gone.n; t->at++, t->next = 0) {
		const struct uid_range *r = &t->gone.r[t->gone.n - 1 - t->at];

		for (t->next = t->next ? t->next : r->hi; t->next >= r->lo; t->next--) {
			if (++lines % LINES_A_LOOK == 0 && conn_is_full(s->conn))
				return false;
			imap_untagged(s, "%" PRIu32 " EXPUNGE", t->next);
		}
	}
	return true;
}

/* -- arrivals ---------------------------------------------------------------------------- */

static int tell_arrivals(struct imap *s, struct telling *t)
{
	struct view *v = s->mbox->view;
	int e = view_take(v, &t->news, t->with_expunges);

	if (e < 0)
		return e;
	if (t->news.arrived.n) {
		view_recent(v, !s->mbox->is_read_only); /* they are this session's now */
		imap_untagged(s, "%" PRIu32 " EXISTS", v->n);
		if (!(s->enabled & EN_REV2)) /* RFC 3501 7.3.2 */
			imap_untagged(s, "%" PRIu32 " RECENT", imap_recent(s));
	}
	return 0;
}

/* -- changed flags ---------------------------------------------------------------------------- */

struct batch {
	struct imap *s;
	struct buf out;
};

static bool was_told(const struct imap_cmd *cmd, const struct msg_info *i)
{
	size_t lo = 0, hi = cmd->told.n;

	if (i->modseq > cmd->told_modseq)
		return false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (i->uid > cmd->told.r[mid].hi)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < cmd->told.n && i->uid >= cmd->told.r[lo].lo;
}

/* RFC 7162 3.2.4 wants the UID in it, RFC 9586 3.3 UIDFETCH in place of FETCH. */
static bool put_change(void *arg, const struct view_row *row)
{
	struct batch *b = arg;
	struct imap *s = b->s;
	const struct msg_info *i = &row->info;

	if (s->cmd->told.n && was_told(s->cmd, i))
		return true;
	if (s->enabled & EN_UIDONLY)
		buf_printf(&b->out, "* %" PRIu32 " UIDFETCH (FLAGS ", i->uid);
	else
		buf_printf(&b->out, "* %" PRIu32 " FETCH (UID %" PRIu32 " FLAGS ", row->seq, i->uid);
	put_msg_flags(s, &b->out, i);
	if (s->enabled & EN_CONDSTORE)
		buf_printf(&b->out, " MODSEQ (%" PRIu64 ")", i->modseq);
	buf_add(&b->out, STR(")\r\n"));
	return b->out.n < BATCH_BYTES;
}

/* Forgets what of t->left is up to the message that view_each stopped at. */
static void left_from(struct telling *t, uint32_t uid, bool is_told)
{
	uid += is_told;
	while (t->n_left && t->left->hi < uid) {
		t->left++;
		t->n_left--;
	}
	if (t->n_left && t->left->lo < uid)
		t->left->lo = uid;
}

static int tell_changes(struct imap *s, struct telling *t)
{
	struct batch b = {.s = s};
	uint32_t stopped_at;
	int e = 0;

	buf_init(&b.out, 4 * BATCH_BYTES);
	while (t->n_left && !conn_is_full(s->conn) && !imap_is_long(s)) {
		buf_clear(&b.out);
		e = view_each(s->mbox->view, (struct uidset){t->left, t->n_left}, 0, put_change, &b,
			      &stopped_at);
		if (e < 0)
			break;
		if (stopped_at)
			left_from(t, stopped_at, true);
		else
			t->n_left = 0;
		if (s->mbox->has_new_keywords) /* they are named before they are used */
			tell_flags(s);
		imap_write(s, &b.out);
	}
	buf_free(&b.out);
	return e;
}

/* -- all of it ------------------------------------------------------------------------------- */

/* The mailbox was deleted under us, or cannot be read: there is nothing to go on with. */
static int is_gone(struct imap *s, const char *why)
{
	imap_unselect(s);
	imap_bye(s, "mailbox-gone", why);
	return 0;
}

MAY_WAIT static int tell_step(struct imap *s)
{
	struct telling *t = s->cmd->telling;
	bool done;
	int e;

	if (t->phase == EXPUNGES) {
		done = t->as_uids ? tell_vanished(s, t) : tell_expunges(s, t);
		if (!done)
			return imap_step(s, tell_step);
		t->phase = t->is_earlier ? CHANGES : ARRIVALS;
	}
	if (t->phase == ARRIVALS) {
		e = tell_arrivals(s, t);
		if (e < 0)
			return is_gone(s, "[UNAVAILABLE] out of memory, try again later");
		t->phase = CHANGES;
	}
	e = tell_changes(s, t);
	if (e < 0)
		return is_gone(s, "[UNAVAILABLE] the mailbox cannot be read, try again later");
	if (t->n_left)
		return imap_step(s, tell_step);
	if (s->mbox->has_new_keywords)
		tell_flags(s);
	if (contexts_changed(s, &t->contexts) > 0) /* behind what causes them (RFC 5267 4.3.2) */
		return imap_step(s, tell_step);
	return t->then ? t->then(s) : 0;
}

void sync_drop(void *telling)
{
	if (telling)
		contexts_run_end(&((struct telling *)telling)->contexts);
}

/* What view_each reads is cut as it is told: a copy. */
static bool begin(struct imap *s, struct telling *t, struct uidset changed)
{
	struct arena *a = conn_arena(s->conn);

	s->cmd->telling = t;
	t->as_uids = speaks_uids(s);
	t->left = changed.n ? arena_alloc(a, changed.n * sizeof(*t->left)) : NULL;
	if (changed.n && !t->left)
		return false;
	if (changed.n)
		memcpy(t->left, changed.r, changed.n * sizeof(*t->left));
	t->n_left = changed.n;
	return true;
}

/* What the searches with UPDATE have to look at again. */
static int note_for_contexts(struct imap *s, struct telling *t)
{
	struct uidset changed = t->news.changed, arrived = t->news.arrived;
	struct uid_range *r;

	if (!s->contexts || changed.n + arrived.n == 0)
		return 0;
	r = arena_alloc(conn_arena(s->conn), (changed.n + arrived.n) * sizeof(*r));
	if (!r)
		return E_NOMEM;
	if (changed.n)
		memcpy(r, changed.r, changed.n * sizeof(*r));
	if (arrived.n) /* all of them behind what was there */
		memcpy(r + changed.n, arrived.r, arrived.n * sizeof(*r));
	t->contexts.changed = (struct uidset){r, changed.n + arrived.n};
	return 0;
}

static int look(struct imap *s, enum imap_sync how, struct telling *t)
{
	struct arena *a = conn_arena(s->conn);
	int e = view_look(s->mbox->view, a, &t->news);

	if (e < 0 || t->news.is_gone)
		return e;
	if (!begin(s, t, t->news.changed) || note_for_contexts(s, t) < 0)
		return E_NOMEM;
	t->with_expunges = how == SYNC_ALL;
	if (t->with_expunges && t->as_uids)
		t->gone = t->news.vanished;
	else if (t->with_expunges && t->news.vanished.n)
		e = view_seqs(s->mbox->view, t->news.vanished, a, &t->gone);
	return e;
}

int imap_sync(struct imap *s, enum imap_sync how)
{
	struct telling *t;
	int e;

	if (how == SYNC_NONE || !s->mbox || !imap_may_still(s))
		return 0;
	t = arena_new(conn_arena(s->conn), struct telling);
	e = t ? look(s, how, t) : E_NOMEM;
	if (e == E_NOMBOX || (e >= 0 && t->news.is_gone))
		return is_gone(s, "the mailbox was deleted");
	if (e < 0)
		return is_gone(s, "[UNAVAILABLE] the mailbox cannot be read, try again later");
	if (t->with_expunges) /* while the numbers are right */
		contexts_vanished(s, t->news.vanished);
	return tell_step(s);
}

int sync_resync(struct imap *s, struct uidset vanished, struct uidset changed,
		int (*then)(struct imap *s))
{
	struct telling *t = arena_new(conn_arena(s->conn), struct telling);

	if (!t || !begin(s, t, changed))
		return E_NOMEM;
	t->is_earlier = true;
	t->as_uids = true;
	t->gone = vanished;
	t->then = then;
	return tell_step(s);
}
