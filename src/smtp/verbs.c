/* verbs.c - HELO EHLO LHLO RSET NOOP VRFY HELP QUIT STARTTLS.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/err.h"
#include "smtp/session.h"

/* -- greeting: RFC 5321 4.1.1.1 -------------------------------------------------- */

/* The name is checked for its syntax only, and for that loosely (underscores are common): it
 * proves nothing. An address literal may be followed by a comment of old (same section). */
static bool is_helo_name(struct str s)
{
	bool is_literal = s.n && s.p[0] == '[';

	if (!s.n || s.n > 255)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_name = ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
			       c == '-' || c == '.' || c == '_';

		if (!is_name && !(is_literal && (c == '[' || c == ']' || c == ':')))
			return false;
	}
	return !is_literal || (s.n > 2 && s.p[s.n - 1] == ']');
}

static int take_name(struct smtp *p, struct str text)
{
	struct str name = str_cut(&text, ' ');
	char *copy;

	if (!is_helo_name(name) || (text.n && name.p[0] != '['))
		return smtp_reply(p, 501, "5.5.4", "that is no domain and no address literal");
	copy = malloc(name.n + 1);
	if (!copy)
		return smtp_fail(p, E_NOMEM);
	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	txn_over(p); /* RFC 5321 4.1.4: like RSET */
	free(p->helo);
	p->helo = copy;
	return 1;
}

/* HELO domain: no extensions. */
int cmd_helo(void *session, const struct command_args *a)
{
	struct smtp *p = session;
	char room[256];
	int r = take_name(p, a->text);

	if (r <= 0)
		return r;
	p->is_esmtp = false;
	return smtp_reply(p, 250, NULL, "%s", smtp_hostname(p, room, sizeof(room)));
}

/* EHLO domain, and LHLO (RFC 2033 4.1): what we offer. */
int cmd_ehlo(void *session, const struct command_args *a)
{
	/* RFC 2920, 6152, 6531, 3030, 2034; SIZE (1870) and STARTTLS (3207) depend */
	static const char *const extensions[] = {"PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING",
						 "BINARYMIME", "ENHANCEDSTATUSCODES"};
	struct smtp *p = session;
	char room[256];
	int r = take_name(p, a->text);

	if (r <= 0)
		return r;
	p->is_esmtp = true;
	conn_printf(p->c, "250-%s\r\n", smtp_hostname(p, room, sizeof(room)));
	for (size_t i = 0; i < COLUMNS(extensions); i++)
		conn_printf(p->c, "250-%s\r\n", extensions[i]);
	if (conn_can_tls(p->c))
		conn_write(p->c, STR("250-STARTTLS\r\n"));
	return smtp_reply(p, 250, NULL, "SIZE %" PRIu64, p->conf->message_size);
}

/* -- the small ones ---------------------------------------------------------------- */

/* RSET - RFC 5321 4.1.1.5. */
int smtp_rset(void *session, const struct command_args *a)
{
	struct smtp *p = session;

	txn_over(p);
	return smtp_reply(p, 250, "2.0.0", "reset");
}

/* NOOP [text] - RFC 5321 4.1.1.9. */
int cmd_noop(void *session, const struct command_args *a)
{
	return smtp_reply(session, 250, "2.0.0", "ok");
}

/* VRFY text - RFC 5321 3.5.3: the answer is the same for every name (SECURITY D4). */
int cmd_vrfy(void *session, const struct command_args *a)
{
	return smtp_reply(session, 252, "2.5.2", "not told; send the message and see");
}

/* HELP [text] - RFC 5321 4.1.1.8. */
int cmd_help(void *session, const struct command_args *a)
{
	struct smtp *p = session;
	const struct command_table *t = p->flavour->commands;

	conn_write(p->c, STR("214 2.0.0"));
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].run != cmd_not_offered)
			conn_printf(p->c, " %s", t->rows[i].name);
	conn_write(p->c, STR("\r\n"));
	return 0;
}

/* QUIT - RFC 5321 4.1.1.10. */
int cmd_quit(void *session, const struct command_args *a)
{
	struct smtp *p = session;

	txn_over(p);
	smtp_reply(p, 221, "2.0.0", "bye");
	conn_close(p->c);
	return 0;
}

/* STARTTLS - RFC 3207 4. What is pipelined behind it is never read as commands (net/conn.h). */
int cmd_starttls(void *session, const struct command_args *a)
{
	struct smtp *p = session;

	if (conn_is_tls(p->c))
		return smtp_reply(p, 503, "5.5.1", "TLS is on already");
	if (!conn_can_tls(p->c))
		return smtp_reply(p, 454, "4.7.0", "TLS is not to be had now");
	smtp_reply(p, 220, "2.0.0", "go ahead");
	conn_start_tls(p->c);
	return 0;
}

/* Commands of other servers, known but not here (RFC 5321 4.2.4). */
int cmd_not_offered(void *session, const struct command_args *a)
{
	return smtp_reply(session, 502, "5.5.1", "not offered");
}
