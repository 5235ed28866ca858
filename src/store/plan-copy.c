/* plan-copy.c - plans for copies and moves.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each copy is a stored record that names the body, so that no record needs another mailbox's state
 * to be applied. */
#include "base/err.h"
#include "store/mbox-id.h"
#include "store/plan.h"

struct copying {
	struct step *st;
	struct mbox_row *from, *to;
	struct account_row *a;
	uint32_t uid;
	uint64_t modseq, bytes, note_bytes;
	bool is_move;
	size_t n, noted, most; /* rows of this round; most: 0 for all */
	bool full;             /* there is more */
	struct ranges moved, seen; /* seen: copies that the reader has seen */
	struct seen seen_from;
	uint64_t keywords; /* that the messages have, bits of `from` */
	uint8_t name_of[64];
	uint64_t bits_to[64];
	const struct keyword_def *defs; /* go with the first record */
	size_t n_defs;
};

static int copy_body(struct plan *p, struct rec_stored *m, uint64_t body_id)
{
	struct key k = key_u64(body_id);
	struct body_row b;
	int r = tab_get_row(p->t, TAB_BODY, &k, &b, sizeof(b));

	if (r < 0)
		return r;
	m->body_id = body_id;
	m->body_bytes = b.bytes;
	m->body_crc = b.crc;
	m->where = BODY_AT;
	m->place = b.place;
	return 0;
}

static struct str dup_in(struct plan *p, struct str s)
{
	return s.n ? arena_dup(p->arena, s) : s;
}

/* Keywords keep their names, not their bits: bit i there is bit cp->bit[i] here. */
static NOINLINE int map_keywords(struct plan *p, struct copying *cp)
{
	struct str names[64];
	size_t n = 0;

	for (unsigned bit = 0; bit < 64; bit++) {
		struct key k = key_u64_u64(cp->from->account, cp->from->id);
		char key[16];
		struct str v;

		if (!(cp->keywords & UINT64_C(1) << bit))
			continue;
		snprintf(key, sizeof(key), "keyword.%u", bit);
		key_add_str(&k, str_of(key));
		if (tab_get(p->t, TAB_META, &k, &v) < 0)
			v = STR("?");
		names[n] = dup_in(p, v);
		if (!names[n].p)
			return E_NOMEM;
		cp->name_of[bit] = (uint8_t)n++;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t bits;
		int r = plan_keywords(p, cp->to, names, i + 1, &bits, &cp->defs, &cp->n_defs);

		if (r < 0)
			return r;
		cp->bits_to[i] = bits; /* of the first i + 1 names */
	}
	return 0;
}

static uint64_t mapped(const struct copying *cp, uint64_t keywords)
{
	uint64_t bits = 0;

	for (unsigned bit = 0; bit < 64; bit++) {
		unsigned i = cp->name_of[bit];

		if (keywords & UINT64_C(1) << bit)
			bits |= i ? cp->bits_to[i] & ~cp->bits_to[i - 1] : cp->bits_to[0];
	}
	return bits;
}

static int copy_note_keywords(struct plan *p, uint32_t uid, const struct msg_row *row, void *arg)
{
	struct copying *cp = arg;

	if (cp->most && cp->noted++ == cp->most)
		return 1;
	cp->keywords |= cp->st->on ? 0 : row->keywords;
	return 0;
}

static int flags_of(struct plan *p, struct copying *cp, uint32_t uid, const struct msg_row *row,
		    uint32_t *ret)
{
	const struct step *st = cp->st;

	*ret = row->flags;
	if (st->seen_own & SEEN_OWN_FROM) {
		*ret &= ~(uint32_t)MSG_SEEN;
		*ret |= seen_has(&cp->seen_from, uid) ? MSG_SEEN : 0;
	}
	*ret &= ~st->flags;
	if (!(st->seen_own & SEEN_OWN_TO) || !(*ret & MSG_SEEN))
		return 0;
	*ret &= ~(uint32_t)MSG_SEEN;
	return ranges_add(&cp->seen, p->arena, cp->uid);
}

/* The record of one copy, but for its strings. */
static void fill(struct plan *p, struct copying *cp, struct record *rec, const struct msg_row *row,
		 uint32_t flags)
{
	rec->modseq = ++cp->modseq;
	rec->stored = (struct rec_stored){
		.mbox = cp->to->id, .uid = cp->uid++, .flags = flags, .bits = row->bits,
		.internaldate_ms = row->internaldate_ms, .internaldate_zone = row->internaldate_zone,
		.saved_ms = p->now_ms, .lines = row->lines, .header_bytes = row->header_bytes,
		.email_id = row->email_id, .thread_id = row->thread_id,
		.created_modseq = rec->modseq, .row_modseq = rec->modseq,
		.size = row->size - row->prefix_bytes};
	if (cp->from->account != cp->to->account)
		rec->stored.email_id = rec->modseq;
	if (!cp->st->on)
		rec->stored.keywords = mapped(cp, row->keywords);
	rec->stored.defs = cp->defs;
	rec->stored.n_defs = cp->n_defs;
	cp->n_defs = 0;
}

static NOINLINE int add_copy(struct plan *p, struct copying *cp, uint32_t uid,
			     const struct msg_row *row)
{
	struct planned *n = plan_add(p, REC_STORED, cp->to->account);
	struct rec_stored *m;
	uint32_t flags;
	struct extra x;
	int r = n ? flags_of(p, cp, uid, row, &flags) : E_NOMEM;

	if (r < 0)
		return r;
	fill(p, cp, &n->rec, row, flags);
	m = &n->rec.stored;
	if ((r = copy_body(p, m, row->body_id)) < 0 ||
	    (r = extra_get(p->t, cp->from->id, uid, &x)) < 0)
		return r;
	m->prefix = dup_in(p, x.prefix);
	m->envelope_from = dup_in(p, x.envelope_from);
	m->envelope_to = dup_in(p, x.envelope_to);
	m->uidl = dup_in(p, x.uidl);
	if (!(row->bits & BIT_NOTES))
		return 0;
	m->bits &= ~(uint32_t)BIT_NOTES; /* until they come */
	r = plan_copy_notes(p, cp->from->id, uid, cp->st->number, &n->rec, &cp->modseq,
			    &cp->note_bytes);
	if (r >= 0 && !cp->is_move && cp->note_bytes > plan_note_room(cp->a))
		r = E_QUOTA;
	return r;
}

static int tell(struct copying *cp, uint32_t from, uint32_t to)
{
	struct step *st = cp->st;
	int r;

	if (!st->report)
		return 0;
	r = ranges_add(&st->copied, st->report->arena, from);
	return r < 0 ? r : ranges_add(&st->copies, st->report->arena, to);
}

static int copy_row(struct plan *p, uint32_t uid, const struct msg_row *row, void *arg)
{
	struct copying *cp = arg;
	int r;

	if (cp->most && cp->n == cp->most) {
		cp->st->more_uid = uid;
		cp->full = true;
		return 1;
	}
	if (cp->n++ >= COPY_MOST || p->n_out >= 2 * COPY_MOST || cp->uid == UINT32_MAX)
		return E_LIMIT;
	cp->bytes += row->size;
	if ((!cp->is_move && (r = plan_quota(cp->a, cp->bytes, cp->n)) < 0) ||
	    (r = tell(cp, uid, cp->uid)) < 0 || (r = add_copy(p, cp, uid, row)) < 0)
		return r;
	r = cp->is_move ? ranges_add(&cp->moved, p->arena, uid) : 0;
	return r < 0 ? r : 0;
}

static int add_seen(struct plan *p, struct copying *cp)
{
	struct planned *n = plan_add(p, REC_SEEN_BY, cp->to->account);

	if (!n)
		return E_NOMEM;
	n->rec.modseq = ++cp->modseq;
	n->rec.uids = (struct rec_uids){cp->to->id, cp->st->number, true, cp->seen.r, cp->seen.n};
	return 0;
}

/* What a round that lost had told is forgotten. */
static void begin_telling(struct step *st)
{
	ranges_trim_last(&st->copies, ranges_trim(&st->copied, st->next_uid));
}

static void end_telling(struct copying *cp)
{
	struct change_report *ret = cp->st->report;

	if (!ret)
		return;
	ret->from = ranges_set(&cp->st->copied);
	ret->to = ranges_set(&cp->st->copies);
	ret->uidvalidity = cp->to->uidvalidity;
	if (cp->n)
		ret->modseq = cp->modseq;
}

static int copy(struct plan *p, struct copying *cp)
{
	struct step *st = cp->st;
	int r = plan_mbox(p, st->mbox, &cp->from);

	if (r < 0 || (r = plan_mbox(p, st->to_mbox, &cp->to)) < 0 ||
	    (r = plan_account(p, cp->to->account, &cp->a)) < 0)
		return r;
	cp->uid = cp->to->uidnext;
	cp->modseq = cp->a->modseq;
	begin_telling(st);
	if ((r = plan_each_row(p, st, copy_note_keywords, cp)) < 0 ||
	    (r = map_keywords(p, cp)) < 0)
		return r;
	if (st->seen_own & SEEN_OWN_FROM &&
	    (r = seen_read(p->t, st->mbox, st->number, &cp->seen_from)) < 0)
		return r;
	r = plan_each_row(p, st, copy_row, cp);
	return r < 0 || !cp->seen.n ? (r < 0 ? r : 0) : add_seen(p, cp);
}

int plan_copy(struct plan *p, struct step *st)
{
	struct copying cp = {.st = st};
	int r = copy(p, &cp);

	if (r >= 0)
		end_telling(&cp);
	return r;
}

/* Copies, and in the same group a record that expunges what they are copies of. */
int plan_move(struct plan *p, struct step *st)
{
	struct copying cp = {.st = st, .is_move = true, .most = p->c->in_slices ? MOVE_ROWS : 0};
	struct planned *n;
	int r = copy(p, &cp);

	if (r < 0)
		return r;
	st->has_more = cp.full;
	if (cp.moved.n) {
		if (!(n = plan_add(p, REC_EXPUNGED, cp.from->account)))
			return E_NOMEM;
		n->rec.modseq = ++cp.modseq;
		n->rec.uids = (struct rec_uids){.mbox = cp.from->id, .r = cp.moved.r,
						.n = cp.moved.n};
	}
	end_telling(&cp);
	return 0;
}
