/* lang.c - UTF8 and LANG: messages and texts in more than ASCII (RFC 6856).
 * SPDX-License-Identifier: Apache-2.0 */
#include "pop/session.h"

/* UTF8 - RFC 6856 2.1: UTF-8 header fields come as they are stored. */
int cmd_utf8(void *session, const struct command_args *a)
{
	struct pop3 *p = session;

	p->utf8 = true;
	return pop3_ok(p, "UTF-8 from now on");
}

static int list_languages(struct pop3 *p)
{
	pop3_ok(p, "languages follow");
	for (unsigned l = 0; l < LANGS; l++)
		conn_printf(p->conn, "%s %s\r\n", lang_tag((enum lang)l), lang_name((enum lang)l));
	conn_write(p->conn, STR(".\r\n"));
	return 0;
}

/* LANG [range] - RFC 6856 3.2. "*": what the operator prefers. */
int cmd_lang(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	enum lang l;

	if (a->n == 0)
		return list_languages(p);
	l = lang_find(str_eq(a->text, STR("*")) ? str_of(p->conf->language) : a->text);
	if (l == LANGS)
		return pop3_no(p, E_SYNTAX, "no such language");
	p->lang = (uint8_t)l;
	return pop3_ok(p, "%s %s", lang_tag(l), lang_text(l, "language changed"));
}
