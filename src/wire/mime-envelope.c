/* mime-envelope.c - a message's ENVELOPE (RFC 9051 7.5.2), and how IMAP writes strings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/mime-parts.h"

enum { QUOTED_MOST = 1000 }; /* longer ones are literals: some clients have short lines */

/* RFC 9051 4.3. Octets over 127 only in literals: not every client has said that it takes UTF-8. */
static bool is_quotable(struct str s, bool *has_specials)
{
	*has_specials = false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x80 || c == '\r' || c == '\n' || !c)
			return false;
		*has_specials |= c == '"' || c == '\\';
	}
	return s.n <= QUOTED_MOST;
}

int imap_add_string(struct buf *out, struct str s)
{
	bool has_specials;

	if (!is_quotable(s, &has_specials)) {
		buf_add_char(out, '{');
		buf_add_u64(out, s.n);
		buf_add(out, STR("}\r\n"));
		return buf_add(out, s);
	}
	buf_add_char(out, '"');
	for (size_t i = 0; has_specials && i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, s.p[i]);
	}
	if (!has_specials)
		buf_add(out, s);
	return buf_add_char(out, '"');
}

int imap_add_nstring(struct buf *out, struct str s)
{
	return s.p ? imap_add_string(out, s) : buf_add(out, STR("NIL"));
}

static void add_field(const struct mime *m, const struct part *p, enum field_kind k,
		      struct buf *out)
{
	struct str s = field_text(m, part_field(m, p, k));

	m->scratch->steps += s.n;
	imap_add_nstring(out, s);
}

/* False if there is no address in fields of that kind: then nothing was written. */
static bool add_addresses(const struct mime *m, const struct part *p, enum field_kind k,
			  struct buf *out)
{
	bool is_any = false;

	for (uint32_t i = p->fields; i != NOTHING; i = m->fields[i].next)
		if (m->fields[i].kind == k)
			is_any = addresses_render(m->scratch, field_text(m, &m->fields[i]), !is_any,
						  out);
	if (is_any)
		buf_add_char(out, ')');
	return is_any;
}

/* Once more what stands in `out` from `at`, n octets. */
static void add_again(const struct mime *m, struct buf *out, size_t at, size_t n)
{
	m->scratch->steps += n;
	if (buf_reserve(out, n) == 0)
		buf_add(out, str_n(out->p + at, n));
}

/* RFC 9051 7.5.2: From stands for an absent Sender and Reply-To. */
static void add_senders(const struct mime *m, const struct part *p, struct buf *out)
{
	size_t from_at = out->n, from_n;

	if (!add_addresses(m, p, FIELD_FROM, out))
		buf_add(out, STR("NIL"));
	from_n = out->n - from_at;
	for (enum field_kind k = FIELD_SENDER; k <= FIELD_REPLY_TO; k++) {
		buf_add_char(out, ' ');
		if (!add_addresses(m, p, k, out))
			add_again(m, out, from_at, from_n);
	}
}

void envelope_render(const struct mime *m, const struct part *p, struct buf *out)
{
	buf_add_char(out, '(');
	add_field(m, p, FIELD_DATE, out);
	buf_add_char(out, ' ');
	add_field(m, p, FIELD_SUBJECT, out);
	buf_add_char(out, ' ');
	add_senders(m, p, out);
	for (enum field_kind k = FIELD_TO; k <= FIELD_BCC; k++) {
		buf_add_char(out, ' ');
		if (!add_addresses(m, p, k, out))
			buf_add(out, STR("NIL"));
	}
	buf_add_char(out, ' ');
	add_field(m, p, FIELD_IN_REPLY_TO, out);
	buf_add_char(out, ' ');
	add_field(m, p, FIELD_MESSAGE_ID, out);
	buf_add_char(out, ')');
}

int mime_envelope(const struct mime *m, struct buf *out)
{
	envelope_render(m, &m->parts[0], out);
	return out->failed;
}
