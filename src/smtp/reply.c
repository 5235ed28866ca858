/* reply.c - replies with enhanced status codes (RFC 2034), errors translated.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "smtp/session.h"

int smtp_reply(struct smtp *p, int code, const char *enhanced, const char *fmt, ...)
{
	va_list ap;

	if (enhanced)
		conn_printf(p->c, "%d %s ", code, enhanced);
	else
		conn_printf(p->c, "%d ", code);
	va_start(ap, fmt);
	conn_vprintf(p->c, fmt, ap);
	va_end(ap);
	conn_write(p->c, STR("\r\n"));
	return code >= 500 ? E_SYNTAX : 0; /* what may pass is not held against the client */
}

int smtp_code(const struct smtp *p, int e, const char **enhanced)
{
	const struct err_row *row = err_row(e);

	if (e == E_QUOTA && p->conf->quota_permanent) {
		*enhanced = "5.2.2";
		return 552;
	}
	*enhanced = row->enhanced;
	return row->smtp;
}

int smtp_fail_for(struct smtp *p, int e, struct str who)
{
	const char *enhanced;
	int code = smtp_code(p, e, &enhanced);

	/* the path was parsed: it has no control characters, and at most 256 octets */
	if (who.n)
		return smtp_reply(p, code, enhanced, "<" STR_FMT "> %s", STR_ARG(who),
				  err_row(e)->text);
	return smtp_reply(p, code, enhanced, "%s", err_row(e)->text);
}

int smtp_fail(struct smtp *p, int e)
{
	return smtp_fail_for(p, e, STR_NONE);
}
