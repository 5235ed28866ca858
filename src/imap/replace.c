/* replace.c - REPLACE and UID REPLACE: a message takes another's place, at once (RFC 8508).
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/append.h"
#include "imap/command.h"
#include "imap/messages.h"

/* What of the selected mailbox may be lost (RFC 8508 3.4: as STORE \Deleted and EXPUNGE). */
static int check_may(struct imap *s)
{
	const struct imap_mbox *m = s->mbox;

	if (m->is_read_only)
		return imap_no(s, E_DENIED, "the mailbox is selected read-only");
	if ((m->rights & (RIGHT_T | RIGHT_E)) != (RIGHT_T | RIGHT_E))
		return imap_no(s, E_DENIED, "%s", err_row(E_DENIED)->text);
	return 0;
}

/* The message that goes: its number or UID is the first argument. */
static int read_replaced(struct append *p)
{
	struct imap *s = p->s;
	struct args *a = &s->cmd->args;
	const struct view *v = s->mbox->view;
	struct msg_info info;
	uint32_t n;
	int e = refuse_numbers(s);

	if (e < 0)
		return e;
	arg_sp(a);
	if (arg_next_is(a, '*'))
		n = s->cmd->is_uid ? view_uid(v, v->n) : v->n;
	else
		arg_nz_number(a, &n);
	if (a->err)
		return imap_fail(s, a->err);
	p->replaced = s->cmd->is_uid ? n : view_uid(v, n);
	if (!s->cmd->is_uid && !p->replaced)
		return imap_bad(s, "no message has that number");
	e = view_info(s->mbox->view, p->replaced, &info);
	if (e >= 0 && info.expunged)
		return imap_no_code(s, "EXPUNGEISSUED", "the message is gone");
	if (e < 0)
		return imap_fail(s, e);
	p->replaced_size = info.size;
	p->at = AT_MAILBOX;
	return check_may(s);
}

static struct append *state(struct imap *s, int *e)
{
	struct append *p = s->cmd->state;

	*e = 0;
	if (!p) {
		p = append_new(s);
		*e = E_NOMEM;
		if (p) {
			p->is_replace = true;
			*e = read_replaced(p);
		}
	}
	return p;
}

int imap_replace_literal(struct imap *s, uint64_t size, bool is_binary)
{
	int e;
	struct append *p = state(s, &e);

	return e < 0 ? e : append_parse(p, true, size, is_binary);
}

int imap_cmd_replace(struct imap *s)
{
	int e;
	struct append *p = state(s, &e);

	if (e >= 0)
		e = append_parse(p, false, 0, false);
	if (e < 0)
		return e;
	e = append_commit(p);
	return e == E_NOMSG ? imap_no_code(s, "EXPUNGEISSUED", "the message is gone") : e;
}
