/* read.c - TRANSACTION: STAT, LIST, UIDL, LAST, DELE, RSET.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/clock.h"
#include "pop/session.h"

enum { UIDL_MOST = 70 };        /* RFC 1939 7 */
enum { LINE_ROOM = 128 };       /* a line of LIST or UIDL fits */
enum { SLICE_BYTES = 16384, SLICE_MS = 5 };

int read_wants(struct pop3 *p, uint32_t n)
{
	int e = drop_wants(p->drop, n);

	if (e == E_NOMSG)
		pop3_no(p, e, "no such message, only " MESSAGES_FMT " in maildrop",
			MESSAGES(p->drop->n));
	else if (e < 0)
		pop3_no(p, e, "message %" PRIu32 " already deleted", n);
	return e;
}

/* -- lines of LIST and UIDL: no allocation, no printf ---------------------------- */

static size_t put_u32(char *out, uint32_t v)
{
	char digits[10];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

/* The UIDL that the message was imported with; 0 if there is none, or not a legal one. */
static size_t put_imported_uidl(char *out, const struct drop *d, uint32_t n)
{
	struct buf b;
	size_t k = 0;

	buf_init(&b, UIDL_MOST);
	if (snap_uidl(d->snap, drop_msg(d, n)->uid, &b) >= 0 && b.failed == 0) {
		for (; k < b.n && b.p[k] >= 0x21 && b.p[k] <= 0x7e; k++)
			out[k] = b.p[k];
		if (k < b.n)
			k = 0;
	}
	buf_free(&b);
	return k;
}

/* "UIDVALIDITY.UID": without the separator 1,23 and 12,3 would be the same (C12). */
static size_t put_uidl(char *out, const struct drop *d, uint32_t n)
{
	size_t k = d->snap->has_uidls ? put_imported_uidl(out, d, n) : 0;

	if (k > 0)
		return k;
	k = put_u32(out, d->snap->uidvalidity);
	out[k++] = '.';
	return k + put_u32(out + k, drop_msg(d, n)->uid);
}

static size_t put_line(char *out, const struct pop3 *p, uint32_t n)
{
	size_t k = put_u32(out, n);

	out[k++] = ' ';
	k += p->is_uidl ? put_uidl(out + k, p->drop, n) : put_u32(out + k, drop_msg(p->drop, n)->size);
	out[k++] = '\r';
	out[k++] = '\n';
	return k;
}

/* As many lines as fit into one room; false without memory. */
static bool list_slice(struct pop3 *p)
{
	char *room = conn_room(p->conn, SLICE_BYTES);
	size_t k = 0;

	if (!room)
		return false;
	for (; p->step_at <= p->drop->n && k + LINE_ROOM <= SLICE_BYTES; p->step_at++)
		if (!drop_is_deleted(p->drop, p->step_at))
			k += put_line(room + k, p, p->step_at);
	conn_filled(p->conn, k);
	return true;
}

static void list_more(struct conn *c)
{
	struct pop3 *p = conn_state(c);
	uint64_t until = clock_mono_ms() + SLICE_MS;

	while (p->step_at <= p->drop->n) {
		if (!list_slice(p))
			return;
		if (conn_is_full(c) || clock_mono_ms() >= until) {
			conn_step(c, list_more);
			return;
		}
	}
	conn_write(c, STR(".\r\n"));
}

static int list(struct pop3 *p, const struct command_args *a, bool is_uidl)
{
	char line[LINE_ROOM];
	int e;

	p->is_uidl = is_uidl;
	if (a->n > 0) {
		e = read_wants(p, a->num[0]);
		if (e < 0)
			return e;
		return pop3_ok(p, "%.*s", (int)put_line(line, p, a->num[0]) - 2, line);
	}
	pop3_ok(p, MESSAGES_FMT " (%" PRIu64 " octets)", MESSAGES(p->drop->live), p->drop->live_octets);
	p->step_at = 1;
	list_more(p->conn);
	return 0;
}

/* LIST [n] - RFC 1939 5: the scan listing, "n size" and nothing else. */
int cmd_list(void *session, const struct command_args *a)
{
	return list(session, a, false);
}

/* UIDL [n] - RFC 1939 7. */
int cmd_uidl(void *session, const struct command_args *a)
{
	return list(session, a, true);
}

/* -- the short ones ------------------------------------------------------------------ */

/* STAT - RFC 1939 5: marked messages are not counted. */
int cmd_stat(void *session, const struct command_args *a)
{
	struct pop3 *p = session;

	return pop3_ok(p, "%" PRIu32 " %" PRIu64, p->drop->live, p->drop->live_octets);
}

/* LAST - RFC 1225: the highest number accessed. */
int cmd_last(void *session, const struct command_args *a)
{
	struct pop3 *p = session;

	return pop3_ok(p, "%" PRIu32, p->drop->last);
}

/* DELE n - RFC 1939 5: a mark until QUIT. */
int cmd_dele(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	int e = read_wants(p, a->num[0]);

	if (e < 0)
		return e;
	e = drop_delete(p->drop, a->num[0]);
	if (e < 0)
		return pop3_fail(p, e);
	return pop3_ok(p, "message %" PRIu32 " deleted", a->num[0]);
}

/* RSET - RFC 1939 5, and LAST as RFC 1225 or RFC 1460 want it. */
int cmd_rset(void *session, const struct command_args *a)
{
	struct pop3 *p = session;

	drop_reset(p->drop, p->conf->pop3_last_reset_zero);
	return pop3_ok(p, "maildrop has " MESSAGES_FMT " (%" PRIu64 " octets)",
		       MESSAGES(p->drop->live), p->drop->live_octets);
}
