/* plan-note.c - plans for annotations of messages (RFC 5257).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/plan.h"

/* How many the message has, but for this one; *is_there: has it this one? */
static int count(struct plan *p, const struct step *st, uint32_t uid, size_t *n, struct str *now)
{
	struct key all = key_u64_u32(st->mbox, uid), mine = all;
	struct tab_cursor c;
	int r;

	key_add_u64(&mine, st->number);
	key_add_str(&mine, st->name);
	*n = 0;
	*now = STR_NONE;
	if ((r = tab_open(&c, p->t, TAB_NOTE)) < 0)
		return r;
	for (r = tab_seek(&c, &all); r >= 0 && str_starts(c.key, key_str(&all)); r = tab_next(&c)) {
		if (str_eq(c.key, key_str(&mine)))
			*now = c.val;
		else
			++*n;
	}
	tab_close(&c);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}

static int wants_note(struct plan *p, uint32_t uid, const struct msg_row *row, void *arg)
{
	struct choosing *ch = arg;
	struct step *st = ch->st;
	struct str now = STR_NONE;
	size_t n = 0;
	int r = 0;

	if (st->is_conditional && row->modseq > st->unchanged_since)
		return plan_keep(st, uid);
	if (row->bits & BIT_NOTES)
		r = count(p, st, uid, &n, &now);
	if (r < 0)
		return r;
	if (st->on ? now.p && str_eq(now, st->value) : !now.p)
		return 0;
	return st->on && n >= NOTES_MOST ? E_LIMIT : plan_choose(p, ch, uid);
}

int plan_note(struct plan *p, struct step *st)
{
	struct choosing ch = {.st = st};
	struct account_row *a;
	struct mbox_row *m;
	struct planned *n;
	int r = plan_mbox(p, st->mbox, &m);

	if (r < 0 || (r = plan_account(p, m->account, &a)) < 0)
		return r;
	if (!st->name.n || memchr(st->name.p, 0, st->name.n))
		return E_SYNTAX;
	if (st->name.n > NAME_MOST || st->value.n > NOTE_VALUE_MOST)
		return E_TOOBIG;
	if ((r = plan_choosing(p, &ch, wants_note)) < 0 || !ch.chosen.n)
		return r;
	if (!(n = plan_add(p, REC_NOTED, m->account)))
		return E_NOMEM;
	n->rec.modseq = a->modseq + 1;
	n->rec.noted = (struct rec_noted){m->id, st->number, st->on, st->name, st->value,
					  ch.chosen.r, ch.chosen.n};
	if (st->report)
		st->report->modseq = n->rec.modseq;
	return 0;
}

/* -- of copies: all but what is other readers' own stays with the message -- */

int plan_copy_notes(struct plan *p, uint64_t from, uint32_t from_uid, uint64_t to, uint32_t to_uid,
		    uint64_t account, uint64_t *modseq)
{
	struct uid_range *range = arena_new(p->arena, struct uid_range);
	struct key all = key_u64_u32(from, from_uid);
	struct tab_cursor c;
	int r = range ? tab_open(&c, p->t, TAB_NOTE) : E_NOMEM;

	if (r < 0)
		return r;
	*range = (struct uid_range){to_uid, to_uid};
	for (r = tab_seek(&c, &all); r >= 0 && str_starts(c.key, key_str(&all)); r = tab_next(&c)) {
		struct str entry = arena_dup(p->arena, str_from(c.key, all.n + 8));
		struct str value = arena_dup(p->arena, c.val);
		struct planned *n = plan_add(p, REC_NOTED, account);

		if (!n || !entry.p || !value.p) {
			r = E_NOMEM;
			break;
		}
		n->rec.modseq = ++*modseq;
		n->rec.noted = (struct rec_noted){to, key_get_u64(c.key, all.n), true, entry, value,
						  range, 1};
	}
	tab_close(&c);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}
