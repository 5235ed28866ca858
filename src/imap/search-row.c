/* search-row.c - what a message's row in the index decides, and what the whole program then says.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "base/err.h"
#include "imap/search.h"

/* RFC 9051 6.4.4: the date as written, whatever its zone. */
static int64_t arrival_day(const struct msg_info *m)
{
	return search_day(m->internaldate_ms + (int64_t)m->internaldate_zone * 60000);
}

static bool set_has(struct uidset s, uint32_t uid)
{
	size_t lo = 0, hi = s.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (s.r[mid].hi < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s.n && s.r[lo].lo <= uid;
}

/* RFC 5032 3.2: within the interval, or before it. */
static bool is_younger(const struct search_program *p, const struct msg_info *m, int64_t seconds)
{
	return m->internaldate_ms >= p->now_ms - seconds * 1000;
}

static bool row_has(const struct search_program *p, const struct search_bound *b,
		    const struct search_term *t, const struct msg_info *m)
{
	switch ((enum search_op)t->op) {
	case S_FLAG:         return ((m->flags & t->flags) != 0) == t->is_wanted;
	case S_KEYWORD:      return ((m->keywords & t->keywords) != 0) == t->is_wanted;
	case S_SET:
	case S_UIDS:         return set_has(t->uids, m->uid);
	case S_BEFORE:       return arrival_day(m) < t->n;
	case S_ON:           return arrival_day(m) == t->n;
	case S_SINCE:        return arrival_day(m) >= t->n;
	case S_LARGER:       return m->size > (uint64_t)t->n;
	case S_SMALLER:      return m->size < (uint64_t)t->n;
	case S_MODSEQ:       return m->modseq >= (uint64_t)t->n;
	case S_OLDER:        return !is_younger(p, m, t->n);
	case S_YOUNGER:      return is_younger(p, m, t->n);
	case S_SAVED_BEFORE: return search_day(m->saved_ms) < t->n;
	case S_SAVED_ON:     return search_day(m->saved_ms) == t->n;
	case S_SAVED_SINCE:  return search_day(m->saved_ms) >= t->n;
	case S_EMAIL_ID:     return t->is_wanted && m->email_id == (uint64_t)t->n;
	case S_THREAD_ID:    return t->is_wanted && m->thread_id == (uint64_t)t->n;
	case S_RECENT:       return m->uid >= b->recent_from;
	case S_OLD:          return m->uid < b->recent_from;
	case S_NEW:          return m->uid >= b->recent_from && !(m->flags & MSG_SEEN);
	case S_UID_AFTER:    return m->uid > t->n;
	case S_UID_BEFORE:   return m->uid < t->n;
	default:             return true; /* S_ALL */
	}
}

/* The index knows the message, and not this text in it. */
static bool hint_says_no(const struct search_hint *h, uint32_t uid)
{
	return h && uid <= h->known_to && !set_has(h->uids, uid);
}

void search_row_values(struct search_program *p, const struct search_bound *b,
		       const struct view_row *row)
{
	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];

		if (t->op < S_ALL)
			continue;
		if (t->op == S_ANNOTATION)
			t->value = row->info.bits & BIT_NOTES ? IS_UNKNOWN : IS_FALSE;
		else if (t->op >= S_SUBJECT)
			t->value = hint_says_no(t->hint, row->info.uid) ? IS_FALSE : IS_UNKNOWN;
		else
			t->value = row_has(p, b, t, &row->info) ? IS_TRUE : IS_FALSE;
	}
}

enum search_value search_value_of(const struct search_program *p)
{
	uint8_t stack[2 * SEARCH_DEPTH_MOST + 4]; /* each frame of the parser holds at most two */
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct search_term *t = &p->terms[i];

		switch ((enum search_op)t->op) {
		case S_NOT:
			stack[n - 1] = (uint8_t)(IS_TRUE - stack[n - 1]);
			break;
		case S_AND:
			n--;
			if (stack[n] < stack[n - 1])
				stack[n - 1] = stack[n];
			break;
		case S_OR:
			n--;
			if (stack[n] > stack[n - 1])
				stack[n - 1] = stack[n];
			break;
		default:
			stack[n++] = t->value;
		}
	}
	return stack[0];
}

/* -- binding ------------------------------------------------------------------------- */

/* The numbers of a set, as UIDs that are in the view. */
static int bind_set(struct search_term *t, const struct search_bound *b, struct arena *a)
{
	struct uidset in = {(const struct uid_range *)t->set.r, t->set.n};

	static_assert(sizeof(struct uid_range) == sizeof(struct seq_range), "the same pair");
	if (t->set.is_saved)
		return view_pick(b->view, b->saved, false, a, &t->uids);
	return view_pick(b->view, in, t->op == S_SET, a, &t->uids);
}

static void bind_keyword(struct search_term *t, const struct str names[64])
{
	t->keywords = 0;
	for (unsigned i = 0; i < 64; i++)
		if (names[i].p && str_ieq(names[i], t->name))
			t->keywords = (uint64_t)1 << i;
}

int search_bind(struct search_program *p, const struct search_bound *b, struct arena *a)
{
	struct str *names = NULL;
	int r = 0;

	for (size_t i = 0; i < p->n && r >= 0; i++) {
		struct search_term *t = &p->terms[i];

		t->hint = NULL;
		if (t->op == S_SET || t->op == S_UIDS)
			r = bind_set(t, b, a);
		if (t->op != S_KEYWORD)
			continue;
		if (!names) {
			names = arena_alloc(a, 64 * sizeof(*names));
			r = names ? view_keywords(b->view->store, b->view->mbox, a, names) : E_NOMEM;
		}
		if (r >= 0)
			bind_keyword(t, names);
	}
	return r;
}
