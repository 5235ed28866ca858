/* trace.c - the lines we put before a message: RFC 5321 4.4, in this order: Return-Path,
 * Delivered-To, Received.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "smtp/session.h"
#include "wire/date.h"
#include "wire/header.h"

enum { VALUE_MOST = 4096 };

/* RFC 3848, and RFC 6531 4.3 with SMTPUTF8. */
static void add_protocol(const struct smtp *p, struct buf *v)
{
	bool is_tls = conn_is_tls(p->c);

	if (p->t->has_smtputf8)
		buf_printf(v, "UTF8%s%s", p->flavour->is_lmtp ? "LMTP" : "SMTP", is_tls ? "S" : "");
	else if (p->flavour->is_lmtp || p->is_esmtp)
		buf_printf(v, "%s%s", p->flavour->is_lmtp ? "LMTP" : "ESMTP", is_tls ? "S" : "");
	else
		buf_add(v, STR("SMTP"));
	if (is_tls)
		buf_printf(v, " (%s %s)", conn_tls_version(p->c), conn_tls_cipher(p->c));
}

/* "([192.0.2.1])": TCP-info of RFC 5321 4.4, what we know and not what was said. */
static void add_peer(const struct smtp *p, struct buf *v)
{
	struct str peer = conn_peer(p->c);

	if (str_eq(peer, STR("unix")))
		buf_add(v, STR(" (local socket)"));
	else
		buf_printf(v, " ([%s" STR_FMT "])", str_find(peer, ':') < 0 ? "" : "IPv6:",
			   STR_ARG(peer));
}

static int add_received(struct smtp *p, int64_t now_ms, int zone_minutes, struct buf *v)
{
	const struct txn *t = p->t;
	char room[256];

	buf_printf(v, "from %s", p->helo);
	add_peer(p, v);
	buf_printf(v, " by %s with ", smtp_hostname(p, room, sizeof(room)));
	add_protocol(p, v);
	buf_printf(v, " id %s", t->id);
	if (t->n_rcpts == 1) /* more would tell one recipient of another (RFC 5321 7.6) */
		buf_printf(v, " for <" STR_FMT ">", STR_ARG(t->first->path));
	buf_add(v, STR("; "));
	date_format(v, now_ms, zone_minutes);
	return v->failed;
}

int trace_received(struct smtp *p, int64_t now_ms, int zone_minutes, struct buf *out)
{
	struct buf value;
	int e;

	buf_init(&value, VALUE_MOST);
	e = add_received(p, now_ms, zone_minutes, &value);
	if (e == 0)
		e = header_add(out, "Received", buf_str(&value));
	buf_free(&value);
	return e;
}

int trace_prefix(struct smtp *p, struct str account_name, struct str received, struct buf *out)
{
	char path[260];
	struct str from = p->t->reverse_path;
	struct buf name;
	int e;

	if (from.n > sizeof(path) - 2)
		return E_RANGE;
	path[0] = '<';
	memcpy(path + 1, from.p, from.n);
	path[from.n + 1] = '>';
	e = header_add(out, "Return-Path", str_n(path, from.n + 2));
	buf_init(&name, VALUE_MOST);
	if (e == 0)
		e = address_written(account_name, &name);
	if (e == 0)
		e = header_add(out, "Delivered-To", buf_str(&name));
	buf_free(&name);
	return e < 0 ? e : buf_add(out, received);
}
