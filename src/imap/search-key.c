/* search-key.c - the table of search keys, and how the arguments of each are read.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9051 6.4.4, RFC 3501 6.4.4; RFC 7162 3.1.5 (MODSEQ), RFC 5032 (OLDER, YOUNGER), RFC 8514 (save
 * dates), RFC 8474 (EMAILID, THREADID), RFC 9738 (UIDAFTER, UIDBEFORE). */
#include "base/attr.h"
#include "base/err.h"
#include "imap/annotate.h"
#include "imap/search-key.h"
#include "wire/charset.h"

enum shape { /* what follows a key's name */
	NOTHING, ANNOTATION, TEXT, FIELD_TEXT, DATE, KEYWORD, SIZE, SECONDS, SET, MODSEQ, OBJECT, UNIQUE_ID,
};

static const struct key {
	const char *name;
	enum search_op op;
	enum shape shape;
	uint32_t flags;
	bool is_wanted;
} keys[] = {
	{"ALL", S_ALL},
	{"ANNOTATION", S_ANNOTATION, ANNOTATION},
	{"ANSWERED", S_FLAG, NOTHING, MSG_ANSWERED, true},
	{"BCC", S_BCC, TEXT},
	{"BEFORE", S_BEFORE, DATE},
	{"BODY", S_BODY, TEXT},
	{"CC", S_CC, TEXT},
	{"DELETED", S_FLAG, NOTHING, MSG_DELETED, true},
	{"DRAFT", S_FLAG, NOTHING, MSG_DRAFT, true},
	{"EMAILID", S_EMAIL_ID, OBJECT},
	{"FLAGGED", S_FLAG, NOTHING, MSG_FLAGGED, true},
	{"FROM", S_FROM, TEXT},
	{"HEADER", S_HEADER, FIELD_TEXT},
	{"KEYWORD", S_KEYWORD, KEYWORD, 0, true},
	{"LARGER", S_LARGER, SIZE},
	{"MODSEQ", S_MODSEQ, MODSEQ},
	{"NEW", S_NEW},
	{"OLD", S_OLD},
	{"OLDER", S_OLDER, SECONDS},
	{"ON", S_ON, DATE},
	{"RECENT", S_RECENT},
	{"SAVEDATESUPPORTED", S_ALL}, /* every mailbox keeps save dates */
	{"SAVEDBEFORE", S_SAVED_BEFORE, DATE},
	{"SAVEDON", S_SAVED_ON, DATE},
	{"SAVEDSINCE", S_SAVED_SINCE, DATE},
	{"SEEN", S_FLAG, NOTHING, MSG_SEEN, true},
	{"SENTBEFORE", S_SENT_BEFORE, DATE},
	{"SENTON", S_SENT_ON, DATE},
	{"SENTSINCE", S_SENT_SINCE, DATE},
	{"SINCE", S_SINCE, DATE},
	{"SMALLER", S_SMALLER, SIZE},
	{"SUBJECT", S_SUBJECT, TEXT},
	{"TEXT", S_TEXT, TEXT},
	{"THREADID", S_THREAD_ID, OBJECT},
	{"TO", S_TO, TEXT},
	{"UID", S_UIDS, SET},
	{"UIDAFTER", S_UID_AFTER, UNIQUE_ID},
	{"UIDBEFORE", S_UID_BEFORE, UNIQUE_ID},
	{"UNANSWERED", S_FLAG, NOTHING, MSG_ANSWERED, false},
	{"UNDELETED", S_FLAG, NOTHING, MSG_DELETED, false},
	{"UNDRAFT", S_FLAG, NOTHING, MSG_DRAFT, false},
	{"UNFLAGGED", S_FLAG, NOTHING, MSG_FLAGGED, false},
	{"UNKEYWORD", S_KEYWORD, KEYWORD, 0, false},
	{"UNSEEN", S_FLAG, NOTHING, MSG_SEEN, false},
	{"YOUNGER", S_YOUNGER, SECONDS},
};

/* -- texts ----------------------------------------------------------------------------- */

/* What the client wrote, in UTF-8. */
static int to_utf8(struct args *a, struct str charset, struct str in, struct str *ret)
{
	struct buf b;
	int r;

	*ret = in;
	if (!in.n)
		return 0;
	buf_init(&b, in.n * 4 + 64);
	r = charset_decode_strict(charset.n ? charset : STR("UTF-8"), in, &b);
	if (r >= 0) {
		*ret = arena_dup(a->arena, buf_str(&b));
		r = ret->p ? 0 : E_NOMEM;
	}
	buf_free(&b);
	return r < 0 ? arg_fail(a, r, "a search text is not of its charset") : 0;
}

static int read_text(struct args *a, const struct search_words *w, struct search_term *t)
{
	struct str raw;
	struct buf b;
	int r;

	if ((r = arg_sp(a)) < 0 || (r = arg_astring(a, &raw)) < 0 ||
	    (r = to_utf8(a, w->charset, raw, &t->text)) < 0)
		return r;
	buf_init(&b, t->text.n * CASEMAP_GROWTH + 8192);
	r = casemap_add(&b, t->text);
	if (r >= 0) {
		t->folded = arena_dup(a->arena, buf_str(&b));
		r = t->folded.p || !b.n ? 0 : E_NOMEM;
	}
	buf_free(&b);
	return r < 0 ? arg_fail(a, r, "out of memory") : 0;
}

static int read_field_text(struct args *a, const struct search_words *w, struct search_term *t)
{
	int r;

	if ((r = arg_sp(a)) < 0 || (r = arg_astring(a, &t->name)) < 0)
		return r;
	return read_text(a, w, t);
}

/* RFC 5257 4.8: entry-match SP att-search SP value */
static int read_annotation(struct args *a, const struct search_words *w, struct search_term *t)
{
	struct str att;
	int r;

	if ((r = arg_sp(a)) < 0 || (r = arg_note_entry(a, true, &t->name)) < 0 ||
	    (r = arg_sp(a)) < 0 || (r = arg_atom(a, &att)) < 0)
		return r;
	if (str_ieq(att, STR("value")))
		t->flags = NOTE_OWN | NOTE_SHARED;
	else if (str_ieq(att, STR("value.priv")))
		t->flags = NOTE_OWN;
	else if (str_ieq(att, STR("value.shared")))
		t->flags = NOTE_SHARED;
	else
		return arg_fail(a, E_SYNTAX, "only values of annotations can be searched");
	return read_text(a, w, t);
}

/* -- numbers and dates ----------------------------------------------------------------- */

static int read_date(struct args *a, struct search_term *t)
{
	bool is_quoted;
	int r = arg_sp(a);

	if (r < 0)
		return r;
	is_quoted = arg_next_is(a, '"');
	r = arg_date(a, &t->n);
	return r < 0 || !is_quoted ? r : arg_char(a, '"');
}

static int read_number(struct args *a, struct search_term *t)
{
	uint64_t n = 0;
	int r;

	if ((r = arg_sp(a)) < 0 || (r = arg_number64(a, &n)) < 0)
		return r;
	t->n = (int64_t)n;
	return 0;
}

static int read_nz_number(struct args *a, struct search_term *t)
{
	uint32_t n = 0;
	int r;

	if ((r = arg_sp(a)) < 0 || (r = arg_nz_number(a, &n)) < 0)
		return r;
	t->n = n;
	return n ? 0 : arg_fail(a, E_SYNTAX, "0 cannot stand here");
}

/* [entry-name SP entry-type-req SP] mod-sequence-valzer: one MODSEQ for all there is of a message, so
 * the name and the type are passed over (RFC 7162 3.1.5). */
static int read_modseq(struct args *a, struct search_term *t)
{
	struct str name, type;
	uint64_t n = 0;
	int r;

	if ((r = arg_sp(a)) < 0)
		return r;
	if (arg_peek(a) == '"') {
		if ((r = arg_string(a, &name)) < 0 || (r = arg_sp(a)) < 0 ||
		    (r = arg_atom(a, &type)) < 0 || (r = arg_sp(a)) < 0)
			return r;
		if (!str_istarts(name, STR("/flags/")) ||
		    !(str_ieq(type, STR("priv")) || str_ieq(type, STR("shared")) ||
		      str_ieq(type, STR("all"))))
			return arg_fail(a, E_SYNTAX, "not an entry that has a MODSEQ");
	}
	if ((r = arg_modseq(a, &n)) < 0)
		return r;
	t->n = (int64_t)n;
	return 0;
}

/* An id that is not one of ours is nobody's: no error (RFC 8474 6). */
static int read_object(struct args *a, struct search_term *t)
{
	struct str id;
	uint64_t n = 0;
	int r;

	if ((r = arg_sp(a)) < 0 || (r = arg_atom(a, &id)) < 0)
		return r;
	if (id.n < 2 || id.n > 17 || id.p[0] != (t->op == S_EMAIL_ID ? 'M' : 'T') ||
	    (id.p[1] == '0' && id.n > 2))
		return 0;
	for (size_t i = 1; i < id.n; i++) {
		char c = id.p[i];

		if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return 0;
		n = n << 4 | (uint64_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	t->n = (int64_t)n;
	t->is_wanted = true;
	return 0;
}

static int read_set(struct args *a, const struct search_words *w, struct search_term *t)
{
	int r = arg_sp(a);

	return r < 0 ? r : arg_seqset(a, w->uid_star, &t->set);
}

static int read_keyword(struct args *a, struct search_term *t)
{
	int r = arg_sp(a);

	return r < 0 ? r : arg_atom(a, &t->name);
}

static int read_arguments(struct args *a, const struct search_words *w, enum shape shape,
			  struct search_term *t)
{
	switch (shape) {
	case NOTHING:    return 0;
	case ANNOTATION: return read_annotation(a, w, t);
	case TEXT:       return read_text(a, w, t);
	case FIELD_TEXT: return read_field_text(a, w, t);
	case DATE:       return read_date(a, t);
	case KEYWORD:    return read_keyword(a, t);
	case SIZE:       return read_number(a, t);
	case SECONDS:    return read_nz_number(a, t);
	case SET:        return read_set(a, w, t);
	case MODSEQ:     return read_modseq(a, t);
	case OBJECT:     return read_object(a, t);
	case UNIQUE_ID:  return read_nz_number(a, t);
	}
	return E_BUG;
}

int search_key_read(struct args *a, const struct search_words *w, struct search_term *t)
{
	char c = arg_peek(a);
	struct str name;
	int r;

	if (ascii_is_digit(c) || c == '*' || c == '$') {
		t->op = S_SET;
		return arg_seqset(a, w->seq_star, &t->set);
	}
	if ((r = arg_atom(a, &name)) < 0)
		return r;
	for (size_t i = 0; i < COLUMNS(keys); i++)
		if (str_ieq(name, str_of(keys[i].name))) {
			t->op = (uint8_t)keys[i].op;
			t->flags = keys[i].flags;
			t->is_wanted = keys[i].is_wanted;
			return read_arguments(a, w, keys[i].shape, t);
		}
	return arg_fail(a, E_SYNTAX, "not a search key");
}
