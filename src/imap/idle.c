/* idle.c - IDLE (RFC 2177, RFC 9051 6.3.13): what others do is told when it happens.
 * SPDX-License-Identifier: Apache-2.0
 *
 * An idling session has no command: only its tag is kept. The mailbox's watch wakes the connection from
 * the commit; a command without a tag (is_push) then tells the news, and is gone again. */
#include "imap/idle.h"
#include "base/err.h"

/* On the committer's thread. */
static void changed(void *conn)
{
	conn_wake(conn);
}

int imap_watch(struct imap *s)
{
	struct imap_mbox *m = s->mbox;

	if (!m || m->watch)
		return 0;
	return watch_open(&m->watch, imap_store(s), m->view->mbox, changed, s->conn);
}

static void unwatch(struct imap *s)
{
	if (s->mbox && !s->notify)
		s->mbox->watch = watch_close(s->mbox->watch);
}

/* From the watch on nothing is missed: what was before it is told now, as the command's news. */
int imap_cmd_idle(struct imap *s)
{
	struct imap_cmd *cmd = s->cmd;
	int e;

	if (arg_end(&cmd->args) < 0)
		return imap_fail(s, cmd->args.err);
	s->idle_tag = strndup(cmd->tag.p, cmd->tag.n);
	e = s->idle_tag ? imap_watch(s) : E_NOMEM;
	if (e < 0) {
		idle_forget(s);
		return imap_fail(s, e);
	}
	s->mode = MODE_IDLE;
	cmd->is_push = true; /* its tagged line comes later */
	imap_continue(s, "idling");
	return 0;
}

void idle_forget(struct imap *s)
{
	free(s->idle_tag);
	s->idle_tag = NULL;
}

/* A command again, as it was. */
static struct imap_cmd *resume(struct imap *s)
{
	struct imap_cmd *cmd = command_new(s);

	if (!cmd)
		return NULL;
	cmd->row = command_row(STR("IDLE"));
	if (s->idle_tag)
		cmd->tag = arena_dup(conn_arena(s->conn), str_of(s->idle_tag));
	if (!cmd->tag.p)
		cmd->tag = STR("*");
	return cmd;
}

void imap_woken(struct conn *c)
{
	struct imap *s = conn_state(c);

	if (!s || s->cmd || s->mode != MODE_IDLE || !resume(s))
		return; /* a command tells at its end */
	s->cmd->is_push = true;
	command_go_on(s, 0);
}

/* "DONE" ends it; anything else does too, and is an error (RFC 9051 9: idle = "IDLE" CRLF "DONE"). */
void imap_idle_line(struct imap *s, struct str line, enum line_flaw flaw)
{
	bool is_done = (flaw == LINE_OK || flaw == LINE_BARE_LF) && str_ieq(line, STR("DONE"));
	int r;

	if (!resume(s))
		return;
	s->mode = MODE_COMMAND;
	idle_forget(s);
	unwatch(s);
	r = is_done ? imap_ok(s, "that was IDLE") : imap_bad(s, "DONE was expected");
	if (flaw == LINE_PART) /* the rest of the line is skipped by input.c, which ends the command */
		command_refuse(s, r);
	else
		command_go_on(s, r);
}
