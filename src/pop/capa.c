/* capa.c - CAPA (RFC 2449): what works here and now, nothing else.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "pop/session.h"

/* What one may log in with: told in both states (RFC 2449 5, RFC 5034 3). */
static void logins(struct pop3 *p)
{
	struct conn *c = p->conn;

	if (!login_is_offered(p))
		return;
	conn_write(c, STR("USER\r\nSASL"));
	for (const struct mechanism *m = pop3_mechanisms; m->name; m++)
		conn_printf(c, " %s", m->name);
	conn_write(c, STR("\r\n"));
}

/* CAPA - RFC 2449 5. LAST and APOP have no tags. */
int cmd_capa(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	struct conn *c = p->conn;

	pop3_ok(p, "capability list follows");
	conn_write(c, STR("TOP\r\nUIDL\r\n"));
	logins(p);
	conn_write(c, STR("RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"));
	if (p->conf->login_delay > 0) /* one value for all: no USER behind it (RFC 2449 6.5) */
		conn_printf(c, "LOGIN-DELAY %" PRId64 "\r\n", p->conf->login_delay);
	conn_write(c, STR("UTF8 USER\r\nLANG\r\n")); /* RFC 6856 */
	if (p->state == IN_AUTH && conn_can_tls(c) && !p->utf8)
		conn_write(c, STR("STLS\r\n"));
	if (p->state == IN_TRANS) /* strangers need not know (RFC 2449 6.9) */
		conn_write(c, STR("IMPLEMENTATION Mailkeep\r\n"));
	conn_write(c, STR(".\r\n"));
	return 0;
}
