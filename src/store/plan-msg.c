/* plan-msg.c - plans for messages: deliver, flag, copy, expunge.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/mbox-id.h"
#include "store/plan.h"

enum { UID_WISH_MOST = 1 << 30 }; /* room enough stays behind any import */

/* -- deliver -- */

/* The mailbox, or the record that makes it (then *m is NULL and the counts are a new one's). */
static int find_or_make(struct plan *p, struct account_row *a, const struct delivery *d,
			struct mbox_row **m, struct rec_mbox *made)
{
	struct planned *n;
	uint64_t id;
	int r = plan_find_mbox(p, a->id, d->mbox, &id);

	if (r >= 0)
		return plan_mbox(p, id, m);
	if (r != E_NOMBOX || !d->make_mbox)
		return r;
	if (!d->mbox.n || memchr(d->mbox.p, 0, d->mbox.n))
		return E_SYNTAX;
	if ((r = plan_quota_mbox(p, a)) < 0)
		return r;
	if (!(n = plan_make_mbox(p, a, d->mbox, &r)))
		return r;
	*m = NULL;
	*made = n->rec.mbox;
	return 0;
}

/* Where the body is: the first recipient's record has it, the others name it. */
static void place_body(struct plan *p, struct step *st, struct planned *n)
{
	const struct sealed *d = draft_sealed(st->draft);
	struct rec_stored *m = &n->rec.stored;

	m->body_bytes = d->bytes;
	m->size = d->size;
	m->body_crc = d->crc;
	if (d->is_blob) {
		m->where = BODY_AT;
		m->place = d->place;
	}
	if (!st->body_id) {
		st->body_id = p->shared ? p->t->root.next_body : p->s->next_body++;
		st->body_item = p->item + p->n_out - 1;
		n->body = d->body;
		n->cache = d->cache;
	} else if (!d->is_blob) {
		m->where = BODY_BACK;
		m->back = (uint32_t)(p->item + p->n_out - 1 - st->body_item);
	}
	m->body_id = st->body_id;
}

static int stored(struct plan *p, struct step *st, const struct delivery *d, struct account_row *a,
		  struct mbox_row *mb, const struct rec_mbox *made, struct planned **ret)
{
	const struct sealed *body = draft_sealed(st->draft);
	struct mbox_row fresh = {.id = made->mbox, .account = a->id, .uidnext = 1,
				 .uidvalidity = made->uidvalidity};
	struct planned *n;
	struct rec_stored *m;

	if (!mb)
		mb = &fresh;
	if (mb->uidnext == UINT32_MAX)
		return E_LIMIT; /* never wraps (RFC 9051 2.3.1.1) */
	if (!(n = plan_add(p, REC_STORED, a->id)))
		return E_NOMEM;
	m = &n->rec.stored;
	n->rec.modseq = a->modseq + 1;
	m->mbox = mb->id;
	m->uid = d->uid_wish > mb->uidnext && d->uid_wish <= UID_WISH_MOST ? d->uid_wish
									   : mb->uidnext;
	m->flags = d->flags & ~(uint32_t)(d->seen_by ? MSG_SEEN : 0);
	m->bits = body->bits | (str_is_ascii(d->prefix) ? 0 : BIT_NEEDS_UTF8);
	m->internaldate_ms = d->internaldate_ms ? d->internaldate_ms : p->now_ms;
	m->internaldate_zone = d->internaldate_zone;
	m->saved_ms = p->now_ms;
	m->lines = body->lines;
	m->header_bytes = body->header_bytes + (uint32_t)d->prefix.n;
	m->email_id = m->created_modseq = m->row_modseq = n->rec.modseq;
	m->thread_id = body->thread_id;
	m->prefix = d->prefix;
	m->envelope_from = d->envelope_from;
	m->envelope_to = d->envelope_to;
	m->uidl = d->uidl;
	place_body(p, st, n);
	*ret = n;
	return plan_keywords(p, mb, d->keywords, d->n_keywords, &m->keywords, &m->defs, &m->n_defs);
}

/* What comes with the message: annotations, and \Seen of a reader. */
static int with_it(struct plan *p, const struct delivery *d, const struct account_row *a,
		   const struct record *stored, uint64_t *modseq)
{
	uint64_t room = plan_note_room(a), bytes = 0;
	struct uid_range *range;
	struct planned *n;
	int r = 0;

	*modseq = stored->modseq;
	for (size_t i = 0; i < d->n_notes && r >= 0; i++) {
		bytes += d->notes[i].entry.n + d->notes[i].value.n;
		r = bytes > room ? E_QUOTA : plan_first_note(p, stored, &d->notes[i], ++*modseq);
	}
	if (r < 0 || !d->seen_by || !(d->flags & MSG_SEEN))
		return r;
	range = arena_new(p->arena, struct uid_range);
	n = range ? plan_add(p, REC_SEEN_BY, stored->account) : NULL;
	if (!n)
		return E_NOMEM;
	*range = (struct uid_range){stored->stored.uid, stored->stored.uid};
	n->rec.modseq = ++*modseq;
	n->rec.uids = (struct rec_uids){stored->stored.mbox, d->seen_by, true, range, 1};
	return 0;
}

int plan_deliver(struct plan *p, struct step *st, size_t i)
{
	const struct delivery *d = &st->to[i];
	struct step_delivery *out = &st->plan[i];
	struct rec_mbox made = {0};
	struct account_row *a;
	struct mbox_row *m;
	struct planned *n;
	int r = plan_account(p, d->account, &a);

	if (r < 0)
		return r;
	if (d->n_notes > NOTES_MOST)
		return E_LIMIT;
	if (d->prefix.n > 65536 || d->envelope_from.n + d->envelope_to.n + d->uidl.n > 65536)
		return E_TOOBIG;
	if ((r = plan_quota(a, draft_sealed(st->draft)->size + d->prefix.n, 1)) < 0 ||
	    (r = find_or_make(p, a, d, &m, &made)) < 0 ||
	    (r = stored(p, st, d, a, m, &made, &n)) < 0 ||
	    (r = with_it(p, d, a, &n->rec, &out->modseq)) < 0)
		return r;
	out->uid = n->rec.stored.uid;
	out->uidvalidity = m ? m->uidvalidity : made.uidvalidity;
	out->mbox_id = n->rec.stored.mbox;
	return 0;
}

/* -- rows of a wish -- */

int plan_each_row(struct plan *p, struct step *st, plan_row_fn *fn, void *arg)
{
	struct tab_cursor c;
	struct msg_row row;
	int r = tab_open(&c, p->t, TAB_MESSAGE);

	if (r < 0)
		return r;
	for (size_t i = 0; i < st->n_r; i++) {
		uint32_t lo = st->r[i].lo > st->next_uid ? st->r[i].lo : st->next_uid;
		struct key k = key_u64_u32(st->mbox, lo);

		if (lo > st->r[i].hi)
			continue;
		for (r = tab_seek(&c, &k); r >= 0; r = tab_next(&c)) {
			uint32_t uid = key_get_u32(c.key, 8);

			if (key_get_u64(c.key, 0) != st->mbox || uid > st->r[i].hi)
				break;
			memcpy(&row, c.val.p, sizeof(row));
			if ((r = fn(p, uid, &row, arg)))
				goto out;
		}
		if (r < 0 && r != E_NOTFOUND)
			goto out;
	}
	r = 0;
out:
	tab_close(&c);
	return r;
}

int plan_choose(struct plan *p, struct choosing *ch, uint32_t uid)
{
	int r;

	/* the conditions of several steps are about the same moment */
	if (p->c->in_slices && (!ch->st->is_conditional || p->c->n_steps == 1) &&
	    ch->n == SLICE_ROWS) {
		ch->st->more_uid = uid;
		ch->full = true;
		return 1;
	}
	ch->n++;
	r = ranges_add(&ch->chosen, p->arena, uid);
	return r < 0 ? r : 0;
}

/* What an earlier step of the same change has given it does not count. */
bool plan_keeps(const struct plan *p, const struct step *st, const struct msg_row *row)
{
	return st->is_conditional && row->modseq > st->unchanged_since &&
	       !(p->c->own_modseq && row->modseq >= p->c->own_modseq);
}

int plan_keep(struct step *st, uint32_t uid)
{
	int r = st->report ? ranges_add(&st->failed, st->report->arena, uid) : 0;

	return r < 0 ? r : 0;
}

void plan_gave(struct plan *p, struct step *st, uint64_t modseq)
{
	if (!p->c->own_modseq)
		p->c->own_modseq = modseq;
	if (st->report)
		st->report->modseq = modseq;
}

int plan_choosing(struct plan *p, struct choosing *ch, plan_row_fn *wants)
{
	struct step *st = ch->st;
	int r;

	ranges_trim(&st->failed, st->next_uid); /* of a round that lost */
	if ((r = plan_each_row(p, st, wants, ch)) < 0)
		return r;
	st->has_more = ch->full;
	if (st->report)
		st->report->failed = ranges_set(&st->failed);
	return 0;
}

static int wants_flags(struct plan *p, uint32_t uid, const struct msg_row *row, void *arg)
{
	struct choosing *ch = arg;
	struct step *st = ch->st;
	bool same;

	if (plan_keeps(p, st, row))
		return plan_keep(st, uid);
	if (st->op == FLAGS_SET)
		same = row->flags == st->flags && row->keywords == ch->keywords;
	else if (st->op == FLAGS_ADD)
		same = !(st->flags & ~row->flags) && !(ch->keywords & ~row->keywords);
	else
		same = !(st->flags & row->flags) && !(ch->keywords & row->keywords);
	return same ? 0 : plan_choose(p, ch, uid);
}

int plan_flags(struct plan *p, struct step *st)
{
	struct choosing ch = {.st = st};
	const struct keyword_def *defs;
	struct account_row *a;
	struct mbox_row *m;
	struct planned *n;
	size_t n_defs;
	int r = plan_mbox(p, st->mbox, &m);

	if (r < 0 || (r = plan_account(p, m->account, &a)) < 0)
		return r;
	r = plan_keywords(p, m, st->keywords, st->n_keywords, &ch.keywords, &defs, &n_defs);
	if (r < 0 || (r = plan_choosing(p, &ch, wants_flags)) < 0 || !ch.chosen.n)
		return r;
	if (!(n = plan_add(p, REC_FLAGS, m->account)))
		return E_NOMEM;
	n->rec.modseq = a->modseq + 1;
	n->rec.flags = (struct rec_flags){m->id, st->op, st->flags, ch.keywords, ch.chosen.r,
					  ch.chosen.n, defs, n_defs};
	plan_gave(p, st, n->rec.modseq);
	return 0;
}

/* Only where it changes something: a MODSEQ tells of a change. */
static int wants_seen(struct plan *p, uint32_t uid, const struct msg_row *row, void *arg)
{
	struct choosing *ch = arg;
	struct step *st = ch->st;

	if (plan_keeps(p, st, row))
		return plan_keep(st, uid);
	return seen_has(&ch->seen, uid) == st->on ? 0 : plan_choose(p, ch, uid);
}

int plan_seen_by(struct plan *p, struct step *st)
{
	struct choosing ch = {.st = st};
	struct account_row *a;
	struct mbox_row *m;
	struct planned *n;
	int r = plan_mbox(p, st->mbox, &m);

	if (r < 0 || (r = plan_account(p, m->account, &a)) < 0 ||
	    (r = seen_read(p->t, m->id, st->number, &ch.seen)) < 0 ||
	    (r = plan_choosing(p, &ch, wants_seen)) < 0 || !ch.chosen.n)
		return r;
	if (!(n = plan_add(p, REC_SEEN_BY, m->account)))
		return E_NOMEM;
	n->rec.modseq = a->modseq + 1;
	n->rec.uids = (struct rec_uids){m->id, st->number, st->on, ch.chosen.r, ch.chosen.n};
	plan_gave(p, st, n->rec.modseq);
	return 0;
}

static int wants_expunge(struct plan *p, uint32_t uid, const struct msg_row *row, void *arg)
{
	struct choosing *ch = arg;

	return ch->st->flags & ~row->flags ? 0 : plan_choose(p, ch, uid);
}

int plan_expunge(struct plan *p, struct step *st)
{
	struct choosing ch = {.st = st};
	struct account_row *a;
	struct mbox_row *m;
	struct planned *n;
	int r = 0;

	/* a deleted mailbox too: the sweeper's */
	if (!(m = hot_mbox(p->t, st->mbox, false, &r)) ||
	    !(a = hot_account(p->t, m->account, false, &r)))
		return r == E_NOTFOUND ? E_NOMBOX : r;
	if (m->is_deleted && !st->on)
		return E_NOMBOX;
	if ((r = plan_choosing(p, &ch, wants_expunge)) < 0)
		return r;
	if (!ch.chosen.n)
		return p->c->as_one ? E_NOMSG : 0;
	if (!(n = plan_add(p, REC_EXPUNGED, m->account)))
		return E_NOMEM;
	n->rec.modseq = a->modseq + 1;
	n->rec.uids = (struct rec_uids){.mbox = m->id, .r = ch.chosen.r, .n = ch.chosen.n};
	return 0;
}
