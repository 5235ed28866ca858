/* search-envelope.c - keys that a message's ENVELOPE decides: its subject, addresses and date.
 * SPDX-License-Identifier: Apache-2.0
 *
 * FROM and its kin are looked for in the addresses of the envelope, as `name <mailbox@host>` with a
 * comma between two. First the envelope is tried as it is: a plain text (letters, digits) that is
 * nowhere in it is in no part of it, unless something is encoded. */
#include "base/attr.h"
#include "base/err.h"
#include "imap/search.h"
#include "wire/charset.h"
#include "wire/date.h"
#include "wire/envelope.h"

/* Texts that neither quoting nor the seam between two parts of an address can hide. */
static bool is_plain(struct str folded)
{
	if (!folded.n || folded.p[0] == ' ' || folded.p[folded.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < folded.n; i++) {
		unsigned char c = (unsigned char)folded.p[i];

		if (c < ' ' || c > '~' || strchr("\"\\<>@,:;()", c))
			return false;
	}
	return true;
}

void search_envelope_prepare(struct search_program *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];

		if (t->op >= S_SUBJECT && t->op <= S_BCC)
			t->is_plain = is_plain(t->folded);
	}
}

static bool has_text(const struct buf *folded, struct str needle)
{
	return !needle.n || (folded->n && memmem(folded->p, folded->n, needle.p, needle.n));
}

/* Is there anything in it that is not what it looks like? */
static bool is_encoded(struct str envelope)
{
	uint64_t bits = 0, eight;
	size_t i = 0;

	for (; i + 8 <= envelope.n; i += 8) {
		memcpy(&eight, envelope.p + i, 8);
		bits |= eight;
	}
	for (; i < envelope.n; i++)
		bits |= (unsigned char)envelope.p[i];
	return (bits & 0x8080808080808080u) || memmem(envelope.p, envelope.n, "=?", 2);
}

/* Settles what can be settled without taking the envelope apart. */
static bool values_as_it_is(struct search_program *p, struct str envelope, struct buf *folded)
{
	bool is_all = true, is_looked_at = false, is_usable = false;

	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];

		if (t->op < S_SUBJECT || t->op > S_SENT_SINCE || t->value != IS_UNKNOWN)
			continue;
		if (t->is_plain && !is_looked_at) {
			is_looked_at = true;
			buf_clear(folded);
			is_usable = !is_encoded(envelope) && casemap_add(folded, envelope) == 0;
		}
		if (t->is_plain && is_usable && !has_text(folded, t->folded))
			t->value = IS_FALSE;
		else
			is_all = false;
	}
	return is_all;
}

/* -- taken apart ---------------------------------------------------------------------- */

/* b[0]: the text as it is written; b[1]: decoded; b[2]: casemapped. */
static void fold_text(struct str value, struct buf b[3])
{
	struct str text;

	buf_clear(&b[1]);
	buf_clear(&b[2]);
	if (!envelope_text_view(value, &text)) {
		buf_clear(&b[0]);
		envelope_text(value, &b[0]);
		text = buf_str(&b[0]);
	}
	words_decode(text, &b[1]);
	casemap_add(&b[2], buf_str(&b[1]));
}

/* Adds "name <mailbox@host>" to b[1]. */
static void add_address(const struct str part[ADDRESS_PARTS], struct buf b[3])
{
	buf_clear(&b[0]);
	envelope_text(part[ADDRESS_NAME], &b[0]);
	words_decode(buf_str(&b[0]), &b[1]);
	if (envelope_is_nil(part[ADDRESS_MAILBOX]))
		return;
	buf_add(&b[1], b[0].n ? STR(" <") : STR("<"));
	envelope_text(part[ADDRESS_MAILBOX], &b[1]);
	if (!envelope_is_nil(part[ADDRESS_HOST]))
		buf_add_char(&b[1], '@');
	envelope_text(part[ADDRESS_HOST], &b[1]);
	buf_add_char(&b[1], '>');
}

static void fold_addresses(struct str list, struct buf b[3])
{
	struct str part[ADDRESS_PARTS];

	buf_clear(&b[1]);
	buf_clear(&b[2]);
	while (envelope_next_address(&list, part)) {
		if (b[1].n)
			buf_add(&b[1], STR(", "));
		add_address(part, b);
	}
	casemap_add(&b[2], buf_str(&b[1]));
}

int64_t search_day(int64_t ms)
{
	int64_t d = ms / 86400000;

	return ms % 86400000 < 0 ? d - 1 : d;
}

/* RFC 9051 6.4.4: the date as written, whatever its zone. */
static bool sent_day(struct str value, struct buf *b, int64_t *ret)
{
	int64_t ms;
	int zone;

	buf_clear(b);
	envelope_text(value, b);
	if (date_parse(buf_str(b), &ms, &zone) < 0)
		return false;
	*ret = search_day(ms + (int64_t)zone * 60000);
	return true;
}

static bool is_sent(const struct search_term *t, struct str date, struct buf *b)
{
	int64_t day;

	if (!sent_day(date, b, &day))
		return false;
	return t->op == S_SENT_BEFORE ? day < t->n :
	       t->op == S_SENT_ON ? day == t->n : day >= t->n;
}

/* Folds a field once for all the terms that look into it. */
static void text_values(struct search_program *p, enum search_op op, struct str value, struct buf b[3])
{
	bool is_folded = false;

	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];

		if (t->op != op || t->value != IS_UNKNOWN)
			continue;
		if (!is_folded && op == S_SUBJECT)
			fold_text(value, b);
		else if (!is_folded)
			fold_addresses(value, b);
		is_folded = true;
		t->value = has_text(&b[2], t->folded) ? IS_TRUE : IS_FALSE;
	}
}

void search_envelope_values(struct search_program *p, struct str envelope, struct buf scratch[3])
{
	static const struct {
		enum search_op op;
		enum envelope_field field;
	} texts[] = {{S_SUBJECT, ENV_SUBJECT}, {S_FROM, ENV_FROM}, {S_TO, ENV_TO}, {S_CC, ENV_CC},
		     {S_BCC, ENV_BCC}};
	struct str f[ENV_FIELDS] = {0};

	if (values_as_it_is(p, envelope, &scratch[2]))
		return;
	(void)envelope_split(envelope, f); /* damaged: what was read before */
	for (size_t i = 0; i < COLUMNS(texts); i++)
		text_values(p, texts[i].op, f[texts[i].field], scratch);
	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];

		if (t->op >= S_SENT_BEFORE && t->op <= S_SENT_SINCE && t->value == IS_UNKNOWN)
			t->value = is_sent(t, f[ENV_DATE], &scratch[0]) ? IS_TRUE : IS_FALSE;
	}
}
