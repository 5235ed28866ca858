/* downgrade.c - a header field with UTF-8 becomes one of ASCII (RFC 6857 3).
 * SPDX-License-Identifier: Apache-2.0
 *
 * One scanner cuts a field into comments, quoted strings, angle brackets and the rest; each kind of
 * field then says what becomes of the pieces that are not ASCII. */
#include <idn2.h>
#include <stdlib.h>
#include "wire/charset.h"
#include "wire/downgrade.h"
#include "wire/header.h"

enum { DOMAIN_MOST = 255 };

enum method { UNSTRUCTURED, ADDRESSES, COMMENTS, MESSAGE_IDS, RECEIVED, MIME_VALUES };

static const struct {
	const char *name;
	enum method method;
} fields[] = { /* RFC 6857 3.2; whatever is not here is unstructured */
	{"From", ADDRESSES}, {"Sender", ADDRESSES}, {"To", ADDRESSES}, {"Cc", ADDRESSES},
	{"Bcc", ADDRESSES}, {"Reply-To", ADDRESSES}, {"Resent-From", ADDRESSES},
	{"Resent-Sender", ADDRESSES}, {"Resent-To", ADDRESSES}, {"Resent-Cc", ADDRESSES},
	{"Resent-Bcc", ADDRESSES}, {"Resent-Reply-To", ADDRESSES}, {"Return-Path", ADDRESSES},
	{"Delivered-To", ADDRESSES}, {"Disposition-Notification-To", ADDRESSES},
	{"Date", COMMENTS}, {"Resent-Date", COMMENTS}, {"MIME-Version", COMMENTS},
	{"Content-ID", COMMENTS}, {"Content-Transfer-Encoding", COMMENTS},
	{"Content-Language", COMMENTS}, {"Accept-Language", COMMENTS}, {"Auto-Submitted", COMMENTS},
	{"Message-ID", MESSAGE_IDS}, {"Resent-Message-ID", MESSAGE_IDS},
	{"In-Reply-To", MESSAGE_IDS}, {"References", MESSAGE_IDS},
	{"Original-Recipient", MESSAGE_IDS}, {"Final-Recipient", MESSAGE_IDS},
	{"Received", RECEIVED},
	{"Content-Type", MIME_VALUES}, {"Content-Disposition", MIME_VALUES},
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t column_of(const struct buf *out)
{
	size_t n = 0;

	while (n < out->n && n < 1000 && out->p[out->n - 1 - n] != '\n')
		n++;
	return n;
}

static void add_words(struct buf *out, struct str text)
{
	words_encode(text, column_of(out), out);
}

/* -- the scanner ---------------------------------------------------------------------- */

enum piece_kind { PIECE_TEXT, PIECE_COMMENT, PIECE_QUOTED, PIECE_ANGLE };

/* The end of what begins at s[0] with an opening mark; its whole length if nothing closes it. */
static size_t closed_at(struct str s, char open, char close)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		else if (s.p[i] == close && (open == close ? i > 0 : --depth == 0))
			return i + 1;
		else if (s.p[i] == open && open != close)
			depth++;
	}
	return s.n;
}

/* Cuts the next piece off: a comment, a quoted string, <...>, or text up to one of these or to a
 * character of `stops`, which is a piece of its own. */
static enum piece_kind take_piece(struct str *s, const char *stops, struct str *piece)
{
	enum piece_kind kind = PIECE_TEXT;
	size_t n;

	switch (s->p[0]) {
	case '(':
		n = closed_at(*s, '(', ')');
		kind = PIECE_COMMENT;
		break;
	case '"':
		n = closed_at(*s, '"', '"');
		kind = PIECE_QUOTED;
		break;
	case '<':
		n = closed_at(*s, '<', '>');
		kind = PIECE_ANGLE;
		break;
	default:
		for (n = 0; n < s->n && !memchr("(\"<", s->p[n], 3) && !strchr(stops, s->p[n]); n++)
			;
		n += !n;
	}
	*piece = str_head(*s, n);
	*s = str_from(*s, n);
	return kind;
}

static struct str inside(struct str s, char close) /* without the marks around it */
{
	s = str_from(s, 1);
	if (s.n && s.p[s.n - 1] == close)
		s.n--;
	return s;
}

static void add_unquoted(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		buf_add_char(out, s.p[i]);
	}
}

static void add_comment(struct buf *out, struct str piece)
{
	if (str_is_ascii(piece)) {
		buf_add(out, piece);
		return;
	}
	buf_add_char(out, '(');
	add_words(out, inside(piece, ')'));
	buf_add_char(out, ')');
}

/* -- domains ---------------------------------------------------------------------------- */

static bool add_a_labels(struct buf *out, struct str domain)
{
	char z[DOMAIN_MOST * 4 + 1];
	uint8_t *a = NULL;
	bool good = str_to_c(domain, z, sizeof(z)) &&
		    idn2_lookup_u8((const uint8_t *)z, &a, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK;

	if (good)
		buf_add(out, str_of((const char *)a));
	idn2_free(a);
	return good;
}

/* RFC 6857 3.1.8: an ASCII local part keeps the address usable; else only its picture stays. */
static bool add_addr_spec(struct buf *out, struct str spec)
{
	ptrdiff_t at = str_rfind(spec, '@');
	size_t before = out->n;

	if (str_is_ascii(spec)) {
		buf_add(out, spec);
		return true;
	}
	if (at < 0 || !str_is_ascii(str_head(spec, (size_t)at)))
		return false;
	buf_add(out, str_head(spec, (size_t)at + 1));
	if (add_a_labels(out, str_from(spec, (size_t)at + 1)))
		return true;
	if (!out->failed)
		out->n = before;
	return false;
}

/* -- address lists --------------------------------------------------------------------- */

struct mailbox_parts { /* of one mailbox, before it is written */
	struct buf phrase, comments;
	struct str spec;
	bool has_angle, phrase_is_ascii;
};

static void split_mailbox(struct str s, struct mailbox_parts *m)
{
	struct str piece, all = s;

	m->phrase_is_ascii = true;
	while (s.n) {
		enum piece_kind kind = take_piece(&s, "", &piece);

		if (kind == PIECE_COMMENT) {
			buf_add_char(&m->comments, ' ');
			add_comment(&m->comments, piece);
		} else if (kind == PIECE_ANGLE) {
			m->spec = str_trim(inside(piece, '>'));
			m->has_angle = true;
		} else {
			m->phrase_is_ascii &= str_is_ascii(piece);
			buf_add(&m->phrase, piece);
		}
	}
	if (!m->has_angle)
		m->spec = str_trim(m->comments.n ? buf_str(&m->phrase) : all);
}

static void add_phrase(struct buf *out, struct str phrase, struct buf *scratch)
{
	struct str piece;

	phrase = str_trim(phrase);
	if (str_is_ascii(phrase)) {
		buf_add(out, phrase);
		return;
	}
	buf_clear(scratch);
	while (phrase.n) {
		if (take_piece(&phrase, "", &piece) == PIECE_QUOTED)
			add_unquoted(scratch, inside(piece, '"'));
		else
			header_unfold(piece, scratch);
	}
	add_words(out, buf_str(scratch));
}

/* RFC 6857 3.1.5 to 3.1.8 */
static void add_mailbox(struct buf *out, struct str s, struct buf *scratch)
{
	struct mailbox_parts m = {0};

	if (str_is_ascii(s)) {
		buf_add(out, s);
		return;
	}
	if (is_blank(s.p[0]))
		buf_add_char(out, ' ');
	buf_init(&m.phrase, s.n + 1);
	buf_init(&m.comments, out->max);
	split_mailbox(s, &m);
	if (m.has_angle && str_trim(buf_str(&m.phrase)).n) {
		add_phrase(out, buf_str(&m.phrase), scratch);
		buf_add_char(out, ' ');
	}
	buf_clear(scratch);
	if (add_addr_spec(scratch, m.spec)) {
		buf_add(out, m.has_angle ? STR("<") : STR_NONE);
		buf_add(out, buf_str(scratch));
		buf_add(out, m.has_angle ? STR(">") : STR_NONE);
	} else {
		add_words(out, m.spec);
		buf_add(out, STR(" :;"));
	}
	buf_add(out, buf_str(&m.comments));
	buf_free(&m.phrase);
	buf_free(&m.comments);
}

/* The next item of a list, up to `stop` outside of everything; *stop_found is what ended it. */
static struct str take_item(struct str *s, const char *stops, char *stop_found)
{
	struct str all = *s, piece;

	*stop_found = 0;
	while (s->n) {
		if (take_piece(s, stops, &piece) == PIECE_TEXT && piece.n == 1 && strchr(stops, piece.p[0])) {
			*stop_found = piece.p[0];
			return str_head(all, all.n - s->n - 1);
		}
	}
	return all;
}

static bool has_utf8_local(struct str list)
{
	char stop;
	bool found = false;

	while (list.n && !found) {
		struct mailbox_parts m = {0};
		struct str item = take_item(&list, ",", &stop);
		ptrdiff_t at;

		buf_init(&m.phrase, item.n + 1);
		buf_init(&m.comments, 4 * item.n + 200);
		split_mailbox(item, &m);
		at = str_rfind(m.spec, '@');
		found = !str_is_ascii(at < 0 ? m.spec : str_head(m.spec, (size_t)at));
		buf_free(&m.phrase);
		buf_free(&m.comments);
	}
	return found;
}

static void add_addresses(struct buf *out, struct str s, struct buf *scratch)
{
	char stop;

	while (s.n) {
		struct str item = take_item(&s, ",:;", &stop);

		if (stop == ':') { /* RFC 6857 3.1.7: a group */
			struct str list = take_item(&s, ";", &stop);

			add_phrase(out, item, scratch);
			if (has_utf8_local(list)) {
				buf_add_char(out, ' ');
				add_words(out, str_trim(list));
				buf_add(out, STR(" :;"));
			} else {
				buf_add_char(out, ':');
				while (list.n) {
					add_mailbox(out, take_item(&list, ",", &stop), scratch);
					buf_add(out, stop ? STR(",") : STR_NONE);
				}
				buf_add_char(out, ';');
			}
			continue;
		}
		add_mailbox(out, item, scratch);
		if (stop)
			buf_add_char(out, stop);
		/* short lines, also where much was encoded */
		if (stop == ',' && column_of(out) > 60)
			buf_add(out, STR("\r\n "));
	}
}

/* -- the other methods ------------------------------------------------------------------- */

static void add_unstructured(struct buf *out, struct str value, struct buf *scratch)
{
	buf_clear(scratch);
	header_unfold(value, scratch);
	add_words(out, buf_str(scratch));
}

/* Comments become words; false (and nothing written) if there is more that is not ASCII. */
static bool add_with_comments(struct buf *out, struct str value)
{
	struct str s = value, piece;

	while (s.n)
		if (take_piece(&s, "", &piece) != PIECE_COMMENT && !str_is_ascii(piece))
			return false;
	while (value.n) {
		if (take_piece(&value, "", &piece) == PIECE_COMMENT)
			add_comment(out, piece);
		else
			buf_add(out, piece);
	}
	return true;
}

/* RFC 6857 3.2.4: domains become A-labels; a FOR or ID clause that cannot is removed. */
static void add_received(struct buf *out, struct str value)
{
	struct str piece;
	size_t word_at = out->n; /* of the clause's keyword */

	while (value.n) {
		enum piece_kind kind = take_piece(&value, " \t\r\n;", &piece);
		struct str bare = kind == PIECE_ANGLE ? inside(piece, '>') : piece;
		size_t before = out->n;

		if (kind == PIECE_COMMENT) {
			add_comment(out, piece);
			continue;
		}
		if (kind == PIECE_TEXT && (str_ieq(piece, STR("for")) || str_ieq(piece, STR("id"))))
			word_at = before;
		if (str_is_ascii(piece)) {
			buf_add(out, piece);
			continue;
		}
		buf_add(out, kind == PIECE_ANGLE ? STR("<") : STR_NONE);
		if (str_find(bare, '@') < 0 ? add_a_labels(out, bare) : add_addr_spec(out, bare))
			buf_add(out, kind == PIECE_ANGLE ? STR(">") : STR_NONE);
		else if (!out->failed)
			out->n = word_at;
	}
}

/* RFC 6857 3.1.4: a parameter's value in the extended form of RFC 2231, without a language. */
static void add_extended(struct buf *out, struct str name, struct str value)
{
	static const char hex[] = "0123456789ABCDEF";

	buf_add(out, str_trim(name));
	buf_add(out, str_ends(str_trim(name), STR("*")) ? STR("=UTF-8''") : STR("*=UTF-8''"));
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			     (c && strchr("-._~!#$&+^`{}|", c));

		if (plain) {
			buf_add_char(out, (char)c);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, hex[c >> 4]);
		buf_add_char(out, hex[c & 15]);
	}
}

static void add_parameter(struct buf *out, struct str item, struct buf *scratch)
{
	struct str s = item, name, piece;
	char stop;

	if (str_is_ascii(item)) {
		buf_add(out, item);
		return;
	}
	name = take_item(&s, "=", &stop);
	if (!stop || !str_is_ascii(name)) {
		if (!add_with_comments(out, item)) /* no parameter at all: nothing of it can stay */
			buf_add(out, STR(" x-unknown"));
		return;
	}
	buf_clear(scratch);
	buf_add_char(out, ' ');
	while (s.n) {
		switch (take_piece(&s, "", &piece)) {
		case PIECE_QUOTED:
			add_unquoted(scratch, inside(piece, '"'));
			break;
		case PIECE_COMMENT:
			break;
		default:
			buf_add(scratch, str_trim(piece));
		}
	}
	add_extended(out, name, buf_str(scratch));
}

static void add_mime_values(struct buf *out, struct str value, struct buf *scratch)
{
	char stop;

	while (value.n) {
		add_parameter(out, take_item(&value, ";", &stop), scratch);
		if (stop)
			buf_add_char(out, stop);
	}
}

/* -- a field, a header ---------------------------------------------------------------------- */

static enum method method_of(struct str name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (str_ieq(name, str_of(fields[i].name)))
			return fields[i].method;
	return UNSTRUCTURED;
}

static void add_value(struct buf *out, enum method method, struct str value, struct buf *scratch)
{
	switch (method) {
	case ADDRESSES:
		add_addresses(out, value, scratch);
		break;
	case RECEIVED:
		add_received(out, value);
		break;
	case MIME_VALUES:
		add_mime_values(out, value, scratch);
		break;
	case COMMENTS:
		if (add_with_comments(out, value))
			break;
		/* fall through */
	default:
		add_unstructured(out, value, scratch);
	}
}

static void add_field(struct buf *out, const struct header_field *f, struct buf *text, struct buf *scratch)
{
	enum method method = method_of(f->name);
	size_t begin;

	buf_clear(text);
	utf8_repair(f->value, text);
	if (method == MESSAGE_IDS) {
		begin = out->n;
		buf_add(out, f->name);
		buf_add(out, STR(":"));
		if (add_with_comments(out, buf_str(text))) {
			buf_add(out, STR("\r\n"));
			return;
		}
		if (!out->failed)
			out->n = begin;
		buf_add(out, STR("Downgraded-")); /* RFC 6857 3.1.10 */
	}
	if (!str_is_ascii(f->name) || !f->name.n)
		return; /* RFC 6858 2.4: no field at all, it cannot be shown */
	buf_add(out, f->name);
	buf_add(out, STR(": "));
	add_value(out, method, str_trim(buf_str(text)), scratch);
	buf_add(out, STR("\r\n"));
}

int header_downgrade(struct str block, struct buf *out, bool *changed)
{
	struct header_field f;
	struct buf text, scratch;

	buf_init(&text, 4 * block.n + 1024);
	buf_init(&scratch, 4 * block.n + 1024);
	while (header_next(&block, &f) && !out->failed) {
		if (str_is_ascii(f.raw)) {
			buf_add(out, f.raw);
			continue;
		}
		*changed = true;
		add_field(out, &f, &text, &scratch);
	}
	if (!out->failed && (text.failed || scratch.failed))
		out->failed = text.failed ? text.failed : scratch.failed;
	buf_free(&text);
	buf_free(&scratch);
	return out->failed;
}
