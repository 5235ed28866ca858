/* gather.c - a search's messages one by one, and dates and subjects as RFC 5256 reads them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/gather.h"
#include "wire/casemap.h"
#include "wire/charset.h"
#include "wire/date.h"
#include "wire/subject.h"

enum { LOOK_EVERY = 32, ENVELOPE_MOST = 8 << 20 };

int gather_begin(struct imap *s, struct gather *g, const struct search_hits *h)
{
	g->s = s;
	return uid_cursor_init(&g->left, (struct uidset){h->r, h->n}, conn_arena(s->conn));
}

static int give(struct gather *g, const struct view_row *row)
{
	struct str field[ENV_FIELDS] = {0};

	(void)envelope_split(row->envelope, field); /* damaged: what was read before */
	return g->fn(g->arg, row, field);
}

static bool see_row(void *arg, const struct view_row *row)
{
	struct gather *g = arg;

	if (++g->since_look >= LOOK_EVERY) {
		g->since_look = 0;
		if (imap_is_long(g->s))
			return false;
	}
	if (((g->want & WANT_ENVELOPE) && !row->envelope.p) ||
	    ((g->want & WANT_REFERENCES) && !row->references.p)) {
		g->stuck_uid = row->info.uid;
		return false;
	}
	g->err = give(g, row);
	return g->err >= 0;
}

/* What cannot be had (the message is rotten) is as if it were not there. */
static MAY_WAIT struct str rendered(struct gather *g, enum view_want want, enum msg_part_of_cache what,
				    struct buf *b)
{
	buf_init(b, ENVELOPE_MOST);
	if (!(g->want & want) || view_rendered(g->s->mbox->view, g->stuck_uid, what, b) < 0)
		return STR_NONE;
	return buf_str(b);
}

static MAY_WAIT int give_stuck(struct gather *g)
{
	struct view_row row = {0};
	struct buf envelope, references;
	int e;

	row.envelope = rendered(g, WANT_ENVELOPE, CACHE_ENVELOPE, &envelope);
	row.references = rendered(g, WANT_REFERENCES, CACHE_REFERENCES, &references);
	row.seq = view_seq(g->s->mbox->view, g->stuck_uid);
	e = view_info(g->s->mbox->view, g->stuck_uid, &row.info);
	row.info.uid = g->stuck_uid;
	if (e >= 0 || e == E_NOMSG)
		e = give(g, &row);
	buf_free(&envelope);
	buf_free(&references);
	g->stuck_uid = 0;
	return e;
}

int gather_some(struct gather *g)
{
	while (g->left.n) {
		uint32_t next;
		int e = view_each(g->s->mbox->view, uid_cursor_set(&g->left), g->want, see_row, g, &next);

		if (e >= 0)
			e = g->err;
		if (e < 0)
			return e;
		if (next)
			uid_cursor_to(&g->left, next);
		else
			uid_cursor_end(&g->left);
		if (g->stuck_uid) {
			e = give_stuck(g);
			if (e < 0)
				return e;
			uid_cursor_to(&g->left, next + 1);
		}
		if (imap_is_long(g->s))
			return g->left.n > 0;
	}
	return 0;
}

/* -- dates ------------------------------------------------------------------------------------ */

/* Without its last word, and without blanks before that. */
static struct str without_last(struct str s)
{
	while (s.n && s.p[s.n - 1] != ' ')
		s.n--;
	return str_trim(s);
}

static bool parses(struct str text, const char *rest, struct buf *b, int64_t *ms)
{
	int zone;

	buf_clear(b);
	buf_add(b, text);
	buf_add(b, str_of(rest));
	return text.n && date_parse(buf_str(b), ms, &zone) >= 0;
}

/* RFC 5256 2.2: a bad zone counts as UTC, a bad time as midnight. */
int64_t sent_date(struct str date, int64_t arrival, struct buf *b)
{
	struct str text, shorter;
	int64_t ms;
	int zone;

	buf_clear(b);
	if (!envelope_text_view(date, &text)) {
		envelope_text(date, b);
		text = buf_str(b);
	}
	if (date_parse(text, &ms, &zone) >= 0)
		return ms;
	if (text.n > 100 || b->n) /* quoted, or much too long: no date that was nearly right */
		return arrival;
	text = str_trim(text);
	shorter = without_last(text);
	if (parses(shorter, " +0000", b, &ms) || parses(text, " +0000", b, &ms) ||
	    parses(without_last(shorter), " 00:00:00 +0000", b, &ms) ||
	    parses(text, " 00:00:00 +0000", b, &ms))
		return ms;
	return arrival;
}

int folded_subject(struct str subject, struct buf b[2], struct buf *out, bool *is_reply)
{
	struct str text;

	buf_clear(&b[0]);
	buf_clear(&b[1]);
	if (!envelope_text_view(subject, &text)) {
		envelope_text(subject, &b[0]);
		text = buf_str(&b[0]);
	}
	words_decode(text, &b[1]);
	if (subject_base(buf_str(&b[1]), &b[0], is_reply) < 0)
		return b[0].failed;
	return casemap_add(out, buf_str(&b[0]));
}
