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

	if (plan_keeps(p, st, row))
		return plan_keep(st, uid);
	if (row->bits & BIT_NOTES)
		r = count(p, st, uid, &n, &now);
	if (r < 0)
		return r;
	if (st->on ? now.p && str_eq(now, st->value) : !now.p)
		return 0;
	if (st->on && n >= NOTES_MOST)
		return E_LIMIT;
	ch->bytes += st->on ? st->name.n + st->value.n : 0;
	if (ch->bytes > ch->bytes_most)
		return E_QUOTA;
	return plan_choose(p, ch, uid);
}

uint64_t plan_note_room(const struct account_row *a)
{
	return a->note_bytes < NOTES_ACCOUNT_MOST ? NOTES_ACCOUNT_MOST - a->note_bytes : 0;
}

static int check(struct str entry, struct str value)
{
	if (!entry.n || memchr(entry.p, 0, entry.n))
		return E_SYNTAX;
	return entry.n > NAME_MOST || value.n > NOTE_VALUE_MOST ? E_TOOBIG : 0;
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
	ch.bytes_most = plan_note_room(a);
	if ((r = check(st->name, st->value)) < 0 || (r = plan_choosing(p, &ch, wants_note)) < 0 ||
	    !ch.chosen.n)
		return r;
	if (!(n = plan_add(p, REC_NOTED, m->account)))
		return E_NOMEM;
	n->rec.modseq = a->modseq + 1;
	n->rec.noted = (struct rec_noted){m->id, st->number, st->on, st->name, st->value,
					  ch.chosen.r, ch.chosen.n};
	plan_gave(p, st, n->rec.modseq);
	return 0;
}

/* -- of new messages -- */

static int add(struct plan *p, const struct record *like, uint64_t modseq, uint64_t mbox,
	       uint32_t uid, const struct delivery_note *note)
{
	struct uid_range *range = arena_new(p->arena, struct uid_range);
	struct planned *n = range ? plan_add(p, REC_NOTED, like->account) : NULL;

	if (!n)
		return E_NOMEM;
	*range = (struct uid_range){uid, uid};
	n->rec.modseq = modseq;
	n->rec.noted = (struct rec_noted){mbox, note->who, true, note->entry, note->value, range, 1};
	return 0;
}

int plan_first_note(struct plan *p, const struct record *stored, const struct delivery_note *note,
		    uint64_t modseq)
{
	int r = check(note->entry, note->value);

	return r < 0 ? r : add(p, stored, modseq, stored->stored.mbox, stored->stored.uid, note);
}

/* RFC 5257 4.6: everybody's, and those of the reader who copies; never those of others. */
int plan_copy_notes(struct plan *p, uint64_t from, uint32_t uid, uint64_t who,
		    const struct record *stored, uint64_t *modseq, uint64_t *bytes)
{
	struct key all = key_u64_u32(from, uid);
	struct tab_cursor c;
	int r = tab_open(&c, p->t, TAB_NOTE);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &all); r >= 0 && str_starts(c.key, key_str(&all)); r = tab_next(&c)) {
		struct delivery_note note = {.who = key_get_u64(c.key, all.n)};

		if (note.who && note.who != who)
			continue;
		note.entry = arena_dup(p->arena, str_from(c.key, all.n + 8));
		note.value = arena_dup(p->arena, c.val);
		*bytes += note.entry.n + note.value.n;
		r = note.entry.p && note.value.p
			    ? add(p, stored, ++*modseq, stored->stored.mbox, stored->stored.uid, &note)
			    : E_NOMEM;
		if (r < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}
