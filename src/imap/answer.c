/* answer.c - how handlers speak: tagged ends, untagged data, strings on their way out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/answer.h"
#include <inttypes.h>
#include "base/clock.h"
#include "base/lang.h"
#include "wire/date.h"
#include "wire/mutf7.h"

/* -- the tagged end -------------------------------------------------------------------- */

enum { FORMAT_MOST = 512 };

/* The format in the client's language; a code before it stays (RFC 5255 3.1). */
__attribute__((format_arg(2)))
static const char *translated(const struct imap *s, const char *fmt, char room[FORMAT_MOST])
{
	const char *text = *fmt == '[' ? strstr(fmt, "] ") : NULL, *other;

	if (!s->lang)
		return fmt;
	text = text ? text + 2 : fmt;
	other = lang_text((enum lang)s->lang, text);
	if (other == text)
		return fmt;
	snprintf(room, FORMAT_MOST, "%.*s%s", (int)(text - fmt), fmt, other);
	return room;
}

PRINTF(4, 0)
static void end_with(struct imap *s, const char *word, const char *code, const char *fmt, va_list ap)
{
	struct buf *b = &s->cmd->line;
	char room[FORMAT_MOST];

	if (*fmt == '[')
		code = "";
	buf_clear(b);
	buf_printf(b, *code ? "%s [%s] " : "%s %s", word, code);
	buf_vprintf(b, translated(s, fmt, room), ap);
	for (size_t i = 0; i < b->n; i++) /* what is cited from the client breaks no line */
		if (b->p[i] == '\r' || b->p[i] == '\n')
			b->p[i] = ' ';
}

int imap_ok(struct imap *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end_with(s, "OK", "", fmt, ap);
	va_end(ap);
	return 0;
}

int imap_no(struct imap *s, int e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end_with(s, "NO", err_row(e)->imap, fmt, ap);
	va_end(ap);
	return e < 0 ? e : E_BUG;
}

int imap_no_code(struct imap *s, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end_with(s, "NO", code, fmt, ap);
	va_end(ap);
	return E_NOTFOUND;
}

int imap_bad(struct imap *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end_with(s, "BAD", "", fmt, ap);
	va_end(ap);
	return E_SYNTAX;
}

int imap_fail(struct imap *s, int e)
{
	const struct args *a = &s->cmd->args;
	bool is_args = a->why && a->err == e;
	const char *why = lang_text((enum lang)s->lang, is_args ? a->why : err_row(e)->text);

	if (is_args && a->is_no)
		return imap_no_code(s, "CANNOT", "%s", why);
	if (is_args && (e == E_SYNTAX || e == E_RANGE))
		return imap_bad(s, "%s", why);
	return imap_no(s, e, "%s", why);
}

/* -- untagged ------------------------------------------------------------------------- */

void imap_untagged(struct imap *s, const char *fmt, ...)
{
	va_list ap;

	conn_write(s->conn, STR("* "));
	va_start(ap, fmt);
	conn_vprintf(s->conn, fmt, ap);
	va_end(ap);
	conn_write(s->conn, STR("\r\n"));
}

void imap_continue(struct imap *s, const char *text)
{
	conn_printf(s->conn, "+ %s\r\n", text);
}

int imap_step(struct imap *s, int (*fn)(struct imap *s))
{
	s->cmd->step = fn;
	return IMAP_AGAIN;
}

bool imap_is_long(struct imap *s)
{
	return clock_mono_us() - s->cmd->run_us >= 5000;
}

void *imap_state(struct imap *s, size_t n, void (*cleanup)(void *state))
{
	s->cmd->state = arena_alloc(conn_arena(s->conn), n);
	s->cmd->cleanup = s->cmd->state ? cleanup : NULL;
	return s->cmd->state;
}

struct buf *imap_buf(struct imap *s)
{
	buf_clear(&s->cmd->scratch);
	return &s->cmd->scratch;
}

void imap_write(struct imap *s, const struct buf *out)
{
	conn_write(s->conn, buf_str(out));
}

/* -- strings on their way out ------------------------------------------------------------- */

enum { QUOTED_MOST = 1024 }; /* longer ones are literals: some clients have small line buffers */

static bool can_be_atom(struct str s)
{
	if (!s.n || s.n > QUOTED_MOST || str_ieq(s, STR("NIL")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("(){%*\"\\", s.p[i]))
			return false;
	return true;
}

/* Quoted: 7-bit without CR, LF, NUL. */
static bool can_be_quoted(struct str s, bool allow_8bit)
{
	if (s.n > QUOTED_MOST)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || s.p[i] == '\r' || s.p[i] == '\n' || (!allow_8bit && (s.p[i] & 0x80)))
			return false;
	return true;
}

static int put_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, s.p[i]);
	}
	return buf_add_char(out, '"');
}

int put_string(struct buf *out, struct str s)
{
	if (can_be_quoted(s, false))
		return put_quoted(out, s);
	buf_printf(out, "{%zu}\r\n", s.n);
	return buf_add(out, s);
}

int put_nstring(struct buf *out, struct str s)
{
	return s.p ? put_string(out, s) : buf_add(out, STR("NIL"));
}

int put_astring(struct buf *out, struct str s)
{
	return can_be_atom(s) ? buf_add(out, s) : put_string(out, s);
}

int put_mailbox(struct imap *s, struct buf *out, struct str name)
{
	struct buf encoded;
	int e;

	/* RFC 9051 5.1, RFC 6855 3: UTF-8 in quoted strings for those who asked for it */
	if (s->enabled & (EN_UTF8 | EN_REV2)) {
		if (can_be_atom(name) || !can_be_quoted(name, true))
			return put_astring(out, name);
		return put_quoted(out, name);
	}
	buf_init(&encoded, 16384);
	e = mutf7_encode(name, &encoded);
	if (e >= 0)
		e = put_astring(out, buf_str(&encoded));
	buf_free(&encoded);
	return e;
}

/* -- flags ------------------------------------------------------------------------------- */

static const struct {
	uint32_t flag;
	const char *name;
} flag_names[] = {
	{MSG_ANSWERED, "\\Answered"}, {MSG_FLAGGED, "\\Flagged"}, {MSG_DELETED, "\\Deleted"},
	{MSG_SEEN, "\\Seen"},         {MSG_DRAFT, "\\Draft"},
};

int put_flag_words(struct imap *s, struct buf *out, uint32_t flags, uint64_t keywords)
{
	const char *sep = "";

	for (size_t i = 0; i < COLUMNS(flag_names); i++)
		if (flags & flag_names[i].flag) {
			buf_printf(out, "%s%s", sep, flag_names[i].name);
			sep = " ";
		}
	for (; keywords; keywords &= keywords - 1) {
		struct str name = imap_keyword(s, (unsigned)__builtin_ctzll(keywords));

		if (!name.n)
			continue;
		buf_add(out, str_of(sep));
		buf_add(out, name);
		sep = " ";
	}
	return out->failed;
}

int put_flags(struct imap *s, struct buf *out, uint32_t flags, uint64_t keywords)
{
	buf_add_char(out, '(');
	put_flag_words(s, out, flags, keywords);
	return buf_add_char(out, ')');
}

int put_msg_flags(struct imap *s, struct buf *out, const struct msg_info *i)
{
	buf_add_char(out, '(');
	put_flag_words(s, out, i->flags, i->keywords);
	if (i->uid >= s->mbox->recent_from && !(s->enabled & EN_REV2))
		buf_add(out, out->p[out->n - 1] == '(' ? STR("\\Recent") : STR(" \\Recent"));
	return buf_add_char(out, ')');
}

int put_datetime(struct buf *out, int64_t ms, int16_t zone)
{
	int e;

	buf_add_char(out, '"');
	e = date_format_imap(out, ms, zone);
	if (e < 0) /* a year that the syntax cannot tell */
		buf_add(out, STR("01-Jan-1970 00:00:00 +0000"));
	return buf_add_char(out, '"');
}

int put_object_id(struct buf *out, char kind, uint64_t id)
{
	return buf_printf(out, "%c%" PRIx64, kind, id);
}
