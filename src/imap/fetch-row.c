/* fetch-row.c - FETCH from the index alone: rows become text where they are seen.
 * SPDX-License-Identifier: Apache-2.0
 *
 * This is what a client does with a hundred thousand messages at once: no printf, no allocation, and
 * what the message before had in common with this one is not made again. */
#include <inttypes.h>
#include "imap/fetch.h"
#include "imap/structure.h"
#include "imap/sync.h"

enum { LOOK_EVERY = 256, ROOM_MOST = 64 * 1024 };

/* -- words ------------------------------------------------------------------------- */

static char *put(char *p, struct str s)
{
	memcpy(p, s.p, s.n);
	return p + s.n;
}

static char *put_u64(char *p, uint64_t v)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	while (n)
		*p++ = digits[--n];
	return p;
}

static char *put_hex(char *p, uint64_t v)
{
	int shift = 60;

	while (shift && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[v >> shift & 15];
	return p;
}

/* -- what repeats -------------------------------------------------------------------- */

void fetch_flags(struct fetch *f, const struct msg_info *i)
{
	struct imap *s = f->s;
	bool is_recent = !(s->enabled & EN_REV2) && i->uid >= s->mbox->recent_from;

	if (f->has_flags && f->flags_of == i->flags && f->keywords_of == i->keywords &&
	    f->flags_recent == is_recent)
		return;
	buf_clear(&f->flags);
	put_msg_flags(s, &f->flags, i);
	f->has_flags = true;
	f->flags_of = i->flags;
	f->keywords_of = i->keywords;
	f->flags_recent = is_recent;
	if (s->mbox->has_new_keywords) /* they are named before they are used */
		tell_flags(s);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void put_two(char *p, int64_t v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
}

/* "17-Jul-1996 02:44:25 -0700" in quotes: of the same day, only the time is new. */
static char *put_date(struct fetch *f, char *p, int64_t ms, int16_t zone)
{
	int64_t s = floor_div(ms, 1000) + zone * (int64_t)60, day = floor_div(s, 86400);

	if (!f->has_date || f->date_day != day || f->date_zone != zone) {
		struct buf b;

		buf_init(&b, sizeof(f->date));
		put_datetime(&b, ms, zone);
		f->has_date = b.n == 28 && !b.failed;
		f->date_day = day;
		f->date_zone = zone;
		memcpy(f->date, b.p, b.n);
		if (!f->has_date) { /* a year that the syntax cannot tell */
			p = put(p, buf_str(&b));
			buf_free(&b);
			return p;
		}
		buf_free(&b);
	}
	memcpy(p, f->date, 28);
	s -= day * 86400;
	put_two(p + 13, s / 3600);
	put_two(p + 16, s / 60 % 60);
	put_two(p + 19, s % 60);
	return p + 28;
}

/* -- rows --------------------------------------------------------------------------------- */

char *fetch_put_head(struct fetch *f, char *p, uint32_t seq, uint32_t uid)
{
	p = put(p, STR("* "));
	p = put_u64(p, f->is_uidonly ? uid : seq);
	return put(p, f->is_uidonly ? STR(" UIDFETCH (") : STR(" FETCH ("));
}

char *fetch_put_fixed(struct fetch *f, char *p, enum fetch_kind kind, const struct msg_info *i)
{
	switch (kind) {
	case FETCH_UID:
		return put_u64(put(p, STR("UID ")), i->uid);
	case FETCH_FLAGS:
		return put(put(p, STR("FLAGS ")), buf_str(&f->flags));
	case FETCH_MODSEQ:
		p = put_u64(put(p, STR("MODSEQ (")), i->modseq);
		break;
	case FETCH_INTERNALDATE:
		p = put(p, STR("INTERNALDATE "));
		return put_date(f, p, i->internaldate_ms, i->internaldate_zone);
	case FETCH_SIZE:
		return put_u64(put(p, STR("RFC822.SIZE ")), i->size);
	case FETCH_EMAILID:
		p = put_hex(put(p, STR("EMAILID (M")), i->email_id);
		break;
	case FETCH_THREADID:
		p = put_hex(put(p, STR("THREADID (T")), i->thread_id);
		break;
	default: /* RFC 8514 4.2 */
		p = put(p, STR("SAVEDATE "));
		return put_date(f, p, i->saved_ms, 0);
	}
	*p++ = ')';
	return p;
}

struct rows {
	struct fetch *f;
	unsigned n;
	bool has_stopped;
};

static bool may_go_on(struct rows *r)
{
	if (conn_is_full(r->f->s->conn))
		return false;
	return ++r->n % LOOK_EVERY != 0 || !imap_is_long(r->f->s);
}

static char *put_items(struct fetch *f, char *p, const struct view_row *row)
{
	p = fetch_put_head(f, p, row->seq, row->info.uid);
	for (size_t k = 0; k < f->plan.n; k++) {
		enum fetch_kind kind = f->plan.items[k].kind;

		if (k)
			*p++ = ' ';
		if (kind == FETCH_ENVELOPE)
			p = put(put(p, STR("ENVELOPE ")), row->envelope);
		else if (kind == FETCH_BODYSTRUCTURE)
			p = put(put(p, STR("BODYSTRUCTURE ")), row->structure);
		else if (kind == FETCH_BODY)
			p = put(put(p, STR("BODY ")), buf_str(&f->structure));
		else
			p = fetch_put_fixed(f, p, kind, &row->info);
	}
	return put(p, STR(")\r\n"));
}

/* What a rewritten message has differently. */
enum {
	OF_OCTETS = 1 << FETCH_SIZE | 1 << FETCH_ENVELOPE | 1 << FETCH_BODY | 1 << FETCH_BODYSTRUCTURE,
};

/* What must be rendered first stops the walk. */
static bool needs_rendering(struct fetch *f, const struct view_row *row)
{
	if (fetch_has(&f->plan, FETCH_ENVELOPE) && !row->envelope.p)
		return true;
	if (!(f->plan.want & WANT_STRUCTURE))
		return false;
	if (!row->structure.p)
		return true;
	buf_clear(&f->structure);
	return fetch_has(&f->plan, FETCH_BODY) && structure_basic(row->structure, &f->structure) < 0;
}

static bool one_row(void *arg, const struct view_row *row)
{
	struct rows *r = arg;
	struct fetch *f = r->f;
	size_t n;
	char *p;

	if ((f->has_changed_since && row->info.modseq <= f->changed_since) ||
	    (f->skips_expunged && row->info.expunged))
		return true;
	r->has_stopped = !may_go_on(r);
	if (r->has_stopped)
		return false;
	if ((f->plan.want && needs_rendering(f, row)) ||
	    (f->plan.kinds & OF_OCTETS && fetch_is_rewritten(f, &row->info))) {
		f->stuck_uid = row->info.uid;
		return false;
	}
	if (fetch_has(&f->plan, FETCH_FLAGS))
		fetch_flags(f, &row->info);
	n = FETCH_ROW_ROOM + f->flags.n + row->envelope.n + row->structure.n + f->structure.n;
	if (n > ROOM_MOST) {
		f->stuck_uid = row->info.uid;
		return false;
	}
	p = conn_room(f->s->conn, n);
	if (!p)
		return false;
	conn_filled(f->s->conn, (size_t)(put_items(f, p, row) - p));
	f->s->n_fetched++;
	return true;
}

int fetch_rows(struct fetch *f, bool *is_done)
{
	struct rows r = {.f = f};
	uint32_t next;
	int e;

	f->stuck_uid = 0;
	e = view_each(f->s->mbox->view, uid_cursor_set(&f->left), f->plan.want, one_row, &r, &next);
	if (e < 0)
		return e;
	if (next)
		uid_cursor_to(&f->left, next);
	else
		uid_cursor_end(&f->left);
	*is_done = !next;
	return 0;
}
