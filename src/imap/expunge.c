/* expunge.c - EXPUNGE and UID EXPUNGE (RFC 9051 6.4.3, RFC 4315 2.1).
 * SPDX-License-Identifier: Apache-2.0
 *
 * The messages are found in steps and expunged by one change, which may go in slices; imap_sync
 * tells which they were. */
#include <inttypes.h>
#include "imap/command.h"
#include "imap/messages.h"

struct expunging {
	struct imap *s;
	struct uid_cursor left;
	struct uid_list deleted;
	unsigned seen;
	bool no_memory;
};

enum { LOOK_EVERY = 1024 };

static void cleanup(void *state)
{
	uid_list_free(&((struct expunging *)state)->deleted);
}

static bool add_deleted(void *arg, const struct view_row *row)
{
	struct expunging *x = arg;

	if (++x->seen % LOOK_EVERY == 0 && imap_is_long(x->s))
		return false;
	if ((row->info.flags & MSG_DELETED) && !row->info.expunged)
		x->no_memory = !uid_list_add(&x->deleted, row->info.uid);
	return !x->no_memory;
}

MAY_WAIT static int commit(struct imap *s, struct expunging *x)
{
	struct change *c = NULL;
	int r = change_new(&c, imap_store(s));

	if (r >= 0)
		r = change_expunge(c, s->mbox->view->mbox, uid_list_set(&x->deleted));
	if (r >= 0) {
		change_only_flagged(c, MSG_DELETED);
		change_in_slices(c);
		r = change_commit(&c);
	}
	change_drop(c);
	if (r < 0)
		return imap_fail(s, r);
	s->n_expunged += x->deleted.count;
	if (s->enabled & EN_CONDSTORE) /* RFC 7162 3.2.7 */
		return imap_ok(s, "[HIGHESTMODSEQ %" PRIu64 "] expunged", modseq_now(s));
	return imap_ok(s, "expunged");
}

MAY_WAIT static int find_more(struct imap *s)
{
	struct expunging *x = s->cmd->state;
	uint32_t next;
	int r = view_each(s->mbox->view, uid_cursor_set(&x->left), 0, add_deleted, x, &next);

	if (r < 0 || x->no_memory)
		return imap_fail(s, r < 0 ? r : E_NOMEM);
	if (next) {
		uid_cursor_to(&x->left, next);
		return imap_step(s, find_more);
	}
	return x->deleted.n ? commit(s, x) : imap_ok(s, "nothing to expunge");
}

static int read_args(struct imap *s, struct uidset *set)
{
	struct args *a = &s->cmd->args;

	if (s->cmd->is_uid) {
		arg_sp(a);
		arg_messages(s, set);
	}
	return arg_end(a);
}

int imap_cmd_expunge(struct imap *s)
{
	static const struct uid_range all = {1, UINT32_MAX};
	struct uidset set = {&all, 1};
	struct expunging *x;
	int r = read_args(s, &set);

	if (r < 0)
		return imap_fail(s, r);
	if (s->mbox->is_read_only)
		return imap_no(s, E_DENIED, "the mailbox is read-only");
	if (!(s->mbox->rights & RIGHT_E)) /* RFC 4314 4 */
		return imap_no(s, E_DENIED, "you may not expunge here");
	x = imap_state(s, sizeof(*x), cleanup);
	if (!x || uid_cursor_init(&x->left, set, conn_arena(s->conn)) < 0)
		return imap_fail(s, E_NOMEM);
	x->s = s;
	return find_more(s);
}
