/* input.c - gathers a command: its lines and the literals between them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line that ends in "{n}" or "{n+}" goes on behind n octets (RFC 9051 4.3, RFC 7888 3). A command
 * that is refused on the way is read to its end all the same where the client does not wait for
 * us: in constant memory, the last octets of a line being all that is kept of it.
 *
 * 1. What is collected is at most COMMAND_MOST; before login 8 KiB of text and 8 KiB of literals.
 * 2. A synchronising literal is asked for only if it may come; else the tagged refusal is all the
 *    client hears (RFC 9051 4.3).
 * 3. A non-synchronising one that may not come is skipped, or the connection ends (RFC 7888 4). */
#include "imap/command.h"

enum { TAIL = 32, OVERLONG_MOST = 3, SKIP_BEFORE_LOGIN_MOST = 64 * 1024,
       SKIP_TEXT_MOST = 1024 * 1024 /* of lines; a small packet may inflate to it */ };

struct marker {
	size_t at;    /* of its "{" or "~{" in the text */
	uint64_t n;
	bool is_there, is_sync, is_binary, is_absurd;
};

/* "{12}", "{12+}", "~{12}" at the very end. */
static struct marker find_marker(struct str text)
{
	struct marker m = {.is_sync = true};
	size_t end = text.n, at;

	if (!str_ends(text, STR("}")))
		return m;
	end--;
	if (end && text.p[end - 1] == '+') {
		m.is_sync = false;
		end--;
	}
	for (at = end; at && ascii_is_digit(text.p[at - 1]); at--)
		;
	if (at == end || !at || text.p[at - 1] != '{')
		return m;
	m.is_absurd = str_u64(str_n(text.p + at, end - at), INT64_MAX, &m.n) < 0;
	m.is_binary = at > 1 && text.p[at - 2] == '~';
	m.at = at - 1 - m.is_binary;
	m.is_there = true;
	return m;
}

/* -- what cannot be taken --------------------------------------------------------------- */

static void keep_tail(struct buf *text)
{
	if (text->n > TAIL)
		buf_drop(text, text->n - TAIL);
}

/* The tag is needed, even of a command that cannot be taken. */
static void refuse_line(struct imap *s, struct str line, const char *why)
{
	buf_add(&s->cmd->text, str_head(line, 256));
	if (!s->cmd->row)
		command_identify(s);
	command_refuse(s, imap_bad(s, "%s", why));
}

static void refuse_overlong(struct imap *s, struct str line)
{
	refuse_line(s, line, "the command is too long");
	if (++s->overlong >= OVERLONG_MOST)
		imap_bye(s, "overlong", "too many commands that are too long");
}

static size_t text_most(const struct imap *s)
{
	return s->state == IN_NOT_AUTH ? LINE_BEFORE_LOGIN_MOST + LITERALS_BEFORE_LOGIN_MOST : COMMAND_MOST;
}

static void add_refused(struct buf *text, struct str line)
{
	if (line.n > TAIL)
		line = str_from(line, line.n - TAIL);
	keep_tail(text);
	buf_add(text, line);
	keep_tail(text);
}

static void add_line(struct imap *s, struct str line, enum line_flaw flaw)
{
	struct imap_cmd *cmd = s->cmd;

	if (!cmd->is_refused && line.n && memchr(line.p, '\0', line.n))
		refuse_line(s, line, "NUL in a command");
	if (!cmd->is_refused && (cmd->text.n + line.n > text_most(s) ||
				 (s->state == IN_NOT_AUTH && line.n > LINE_BEFORE_LOGIN_MOST)))
		refuse_overlong(s, line);
	cmd->skipped_text += cmd->is_refused ? line.n : 0;
	if (cmd->skipped_text > SKIP_TEXT_MOST)
		imap_bye(s, "overlong", "a line without an end");
	else if (cmd->is_refused)
		add_refused(&cmd->text, line);
	else if (buf_add(&cmd->text, line) < 0)
		command_refuse(s, imap_no(s, E_NOMEM, "out of memory"));
}

/* -- literals ----------------------------------------------------------------------------- */

MAY_WAIT static void after_line(struct imap *s);

/* Some octets of the literal that is being read. On the loop: must not wait. */
static size_t literal_sink(struct conn *c, struct str bytes)
{
	struct imap *s = conn_state(c);
	struct imap_cmd *cmd = s->cmd;

	if (bytes.n > cmd->literal_left)
		bytes.n = (size_t)cmd->literal_left;
	cmd->literal_left -= bytes.n;
	if (cmd->sink && !cmd->is_refused)
		cmd->sink(s, bytes);
	else if (!cmd->is_refused)
		buf_add(&cmd->text, bytes); /* reserved; a failure shows at the end */
	if (!cmd->literal_left)
		conn_upload_done(c);
	return bytes.n;
}

MAY_WAIT static void literal_done(struct conn *c)
{
	struct imap *s = conn_state(c);
	struct imap_cmd *cmd = s->cmd;
	int r = cmd->text.failed;

	if (r < 0)
		r = imap_fail(s, r);
	if (r >= 0 && cmd->sink && !cmd->is_refused && cmd->sink_then)
		r = cmd->sink_then(s);
	cmd->sink = NULL;
	cmd->sink_then = NULL;
	if (r < 0 && !cmd->is_refused)
		command_refuse(s, r);
}

MAY_WAIT static void read_literal(struct imap *s, uint64_t n)
{
	s->cmd->literal_left = n;
	if (n)
		conn_upload(s->conn, literal_sink, literal_done);
	else
		literal_done(s->conn);
}

/* RFC 7888 4: reads and forgets it, or says BYE. */
MAY_WAIT static void skip_literal(struct imap *s, const struct marker *m)
{
	struct imap_cmd *cmd = s->cmd;
	uint64_t most = s->state == IN_NOT_AUTH ? SKIP_BEFORE_LOGIN_MOST : s->conf->message_size;

	cmd->skipped += m->n + 1;
	if (m->is_absurd || m->n > most || cmd->skipped > most) {
		imap_bye(s, "literal", "[TOOBIG] a literal that is too large");
		return;
	}
	buf_clear(&cmd->text);
	read_literal(s, m->n);
}

/* May a literal be collected? Else why not. */
static int collects(struct imap *s, const struct marker *m)
{
	struct imap_cmd *cmd = s->cmd;

	if (s->state == IN_NOT_AUTH && cmd->literals + m->n > LITERALS_BEFORE_LOGIN_MOST)
		return imap_bad(s, "[TOOBIG] literals before login are small");
	if (m->n > COMMAND_MOST || cmd->text.n + 2 + m->n > text_most(s))
		return imap_bad(s, "[TOOBIG] the literal is too large");
	cmd->literals += m->n;
	if (buf_add(&cmd->text, STR("\r\n")) < 0 || buf_reserve(&cmd->text, (size_t)m->n) < 0)
		return imap_no(s, E_NOMEM, "out of memory");
	return 0;
}

/* Asks the command; IMAP_STREAM, 0 or a refusal. */
static int ask(struct imap *s, const struct marker *m)
{
	struct imap_cmd *cmd = s->cmd;
	int r = cmd->row ? 0 : command_identify(s);

	if (r < 0)
		return r;
	if (m->is_absurd)
		return imap_bad(s, "[TOOBIG] a literal's length is out of range");
	if (!m->is_sync && m->n > LITERAL_MINUS_MOST && !imap_has_literal_plus(s))
		return imap_bad(s, "[TOOBIG] a non-synchronizing literal over 4096 octets");
	if (!cmd->row->literal)
		return collects(s, m);
	cmd->args.in = str_n(cmd->text.p + cmd->args_at, m->at - cmd->args_at);
	r = cmd->row->literal(s, m->n, m->is_binary);
	if (r < 0)
		return r;
	cmd->args_at = (size_t)(cmd->args.in.p - cmd->text.p);
	if (r == 0)
		return collects(s, m);
	cmd->text.n = m->at; /* nothing of it comes in args */
	return r;
}

MAY_WAIT static void take_literal(struct imap *s, const struct marker *m)
{
	int r = ask(s, m);

	if (r >= 0) {
		if (m->is_sync)
			imap_continue(s, "go ahead");
		read_literal(s, m->n);
		return;
	}
	command_refuse(s, r);
	if (m->is_sync)
		command_end(s);
	else
		skip_literal(s, m);
}

/* -- lines ----------------------------------------------------------------------------------- */

static void after_line(struct imap *s)
{
	struct marker m = find_marker(buf_str(&s->cmd->text));

	if (m.is_there && !s->cmd->is_refused)
		take_literal(s, &m);
	else if (m.is_there && !m.is_sync)
		skip_literal(s, &m);
	else if (s->cmd->is_refused)
		command_end(s);
	else
		command_run(s);
}

void input_line(struct imap *s, struct str line, enum line_flaw flaw)
{
	if (!s->cmd && !command_new(s))
		return;
	add_line(s, line, flaw);
	if (flaw != LINE_PART && !conn_is_closing(s->conn))
		after_line(s);
}
