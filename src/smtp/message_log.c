/* message_log.c - one log line for each message, or recipient, that was accepted or refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "smtp/session.h"

enum { TO_MOST = 500 }; /* octets of recipients a line names; the count tells of the rest */

static struct str recipients(struct txn *t, struct buf *to)
{
	for (const struct txn_rcpt *r = t->first; r; r = r->next) {
		if (to->n + r->path.n + 2 > TO_MOST)
			break;
		if (to->n)
			buf_add_char(to, ',');
		buf_add(to, r->path);
	}
	return buf_str(to);
}

static void write_line(struct smtp *p, struct str to, unsigned n, unsigned failed,
		       struct str message_id, int code, const char *enhanced)
{
	struct txn *t = p->t;
	char reply[48];

	if (code)
		snprintf(reply, sizeof(reply), "%d %s", code, enhanced);
	else
		snprintf(reply, sizeof(reply), "none (%s)", enhanced);
	log_event(LOG_EV_INFO, "message", "id", LOG_Z(t->id), "proto", LOG_Z(p->flavour->name),
		  "from", LOG_STR(t->reverse_path), "to", LOG_STR(to), "rcpts", LOG_INT(n), "failed",
		  LOG_INT(failed), "size", LOG_INT(t->octets), "message_id", LOG_STR(message_id),
		  "reply", LOG_Z(reply), "ms", LOG_INT((clock_mono_us() - t->began_us) / 1000),
		  "client", LOG_STR(conn_peer(p->c)), "helo", LOG_Z(p->helo), "tls",
		  LOG_Z(conn_tls_version(p->c) ? conn_tls_version(p->c) : "no"), NULL);
}

/* LMTP: some may have it, some not; the line's reply is the first bad one. */
static unsigned count_failed(const struct smtp *p, int code)
{
	unsigned n = 0;

	if (code < 200 || p->t->err || !p->flavour->is_lmtp)
		return code >= 200 && code < 300 ? 0 : p->t->n_rcpts;
	for (const struct txn_rcpt *r = p->t->first; r; r = r->next)
		n += r->err < 0;
	return n;
}

void message_log(struct smtp *p, int code, const char *enhanced)
{
	struct txn *t = p->t;
	struct str id = t->draft ? draft_message_id(t->draft) : t->message_id;
	struct buf to;

	buf_init(&to, TO_MOST);
	write_line(p, recipients(t, &to), t->n_rcpts, count_failed(p, code), id, code,
		   enhanced);
	buf_free(&to);
	if (code >= 200 && code < 300)
		p->n_accepted++;
	else
		p->n_refused++;
}

void message_log_rcpt(struct smtp *p, struct str path, int code, const char *enhanced)
{
	write_line(p, path, 1, 1, STR_NONE, code, enhanced);
	p->n_refused++;
}
