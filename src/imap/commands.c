/* commands.c - the table of commands, and what is done with each row.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/command.h"
#include "base/clock.h"
#include "base/log.h"
#include "imap/imap.h"
#include "imap/sync.h"
#include "net/task.h"

#define ANY  (IN_NOT_AUTH | IN_AUTH | IN_SELECTED)
#define AUTH (IN_AUTH | IN_SELECTED)

/* name, handler, allowed in, what may be told at its end, RFC, what it does, its literals */
const struct imap_command imap_commands[] = {
	{"CAPABILITY", imap_cmd_capability, ANY, SYNC_ALL, "9051 6.1.1", "tells what the server can do", NULL},
	{"NOOP", imap_cmd_noop, ANY, SYNC_ALL, "9051 6.1.2", "nothing, but news are told", NULL},
	{"LOGOUT", imap_cmd_logout, ANY, SYNC_NONE, "9051 6.1.3", "ends the session", NULL},
	{"ID", imap_cmd_id, ANY, SYNC_ALL, "2971", "who the server is", NULL},
	{"STARTTLS", imap_cmd_starttls, IN_NOT_AUTH, SYNC_NONE, "9051 6.2.1", "begins TLS", NULL},
	{"LOGIN", imap_cmd_login, IN_NOT_AUTH, SYNC_NONE, "9051 6.2.3", "logs in with a password", NULL},
	{"AUTHENTICATE", imap_cmd_authenticate, IN_NOT_AUTH, SYNC_NONE, "9051 6.2.2", "logs in by SASL", NULL},
	{"UNAUTHENTICATE", imap_cmd_unauthenticate, AUTH, SYNC_NONE, "8437", "another may log in", NULL},
	{"LANGUAGE", imap_cmd_language, ANY, SYNC_ALL, "5255 3.1", "chooses a language for texts", NULL},
	{"ENABLE", imap_cmd_enable, IN_AUTH, SYNC_NONE, "9051 6.3.1", "turns extensions on", NULL},
	{"SELECT", imap_cmd_select, AUTH, SYNC_NONE, "9051 6.3.2", "opens a mailbox", NULL},
	{"EXAMINE", imap_cmd_examine, AUTH, SYNC_NONE, "9051 6.3.3", "opens a mailbox to read it only", NULL},
	{"IDLE", imap_cmd_idle, AUTH, SYNC_ALL, "9051 6.3.13", "waits for what others do", NULL},
	{"COMPRESS", imap_cmd_compress, AUTH, SYNC_NONE, "4978", "DEFLATE from here on", NULL},
	{"UNSELECT", imap_cmd_unselect, IN_SELECTED, SYNC_NONE, "9051 6.4.2", "closes the mailbox", NULL},
	{"CLOSE", imap_cmd_close, IN_SELECTED, SYNC_NONE, "9051 6.4.1", "expunges and closes the mailbox", NULL},
	{"CHECK", imap_cmd_check, IN_SELECTED, SYNC_ALL, "3501 6.4.1", "nothing: all is on disk", NULL},
	{"FETCH", imap_cmd_fetch, IN_SELECTED, SYNC_NO_EXPUNGE, "9051 6.4.5", "tells about messages", NULL},
	{"UID FETCH", imap_cmd_fetch, IN_SELECTED, SYNC_ALL, "9051 6.4.9", "the same by UID", NULL},
	{"CREATE", imap_cmd_create, AUTH, SYNC_ALL, "9051 6.3.4", "makes a mailbox", NULL},
	{"DELETE", imap_cmd_delete, AUTH, SYNC_ALL, "9051 6.3.5", "removes a mailbox", NULL},
	{"RENAME", imap_cmd_rename, AUTH, SYNC_ALL, "9051 6.3.6", "gives a mailbox another name", NULL},
	{"SUBSCRIBE", imap_cmd_subscribe, AUTH, SYNC_ALL, "9051 6.3.7", "adds a name to the list of LSUB", NULL},
	{"UNSUBSCRIBE", imap_cmd_unsubscribe, AUTH, SYNC_ALL, "9051 6.3.8", "takes a name off that list", NULL},
	{"LIST", imap_cmd_list, AUTH, SYNC_ALL, "9051 6.3.9", "names mailboxes", NULL},
	{"LSUB", imap_cmd_lsub, AUTH, SYNC_ALL, "3501 6.3.9", "names subscriptions", NULL},
	{"NAMESPACE", imap_cmd_namespace, AUTH, SYNC_ALL, "2342", "the prefixes of mailboxes", NULL},
	{"STATUS", imap_cmd_status, AUTH, SYNC_ALL, "9051 6.3.11", "a mailbox's numbers", NULL},
	{"SETACL", imap_cmd_setacl, AUTH, SYNC_ALL, "4314 3.1", "grants rights", NULL},
	{"DELETEACL", imap_cmd_deleteacl, AUTH, SYNC_ALL, "4314 3.2", "takes an entry off", NULL},
	{"GETACL", imap_cmd_getacl, AUTH, SYNC_ALL, "4314 3.3", "who may do what", NULL},
	{"LISTRIGHTS", imap_cmd_listrights, AUTH, SYNC_ALL, "4314 3.4", "what can be granted", NULL},
	{"MYRIGHTS", imap_cmd_myrights, AUTH, SYNC_ALL, "4314 3.5", "what one may do", NULL},
	{"GETQUOTA", imap_cmd_getquota, AUTH, SYNC_ALL, "9208 4.1.1", "use and limits of a quota root", NULL},
	{"GETQUOTAROOT", imap_cmd_getquotaroot, AUTH, SYNC_ALL, "9208 4.1.2", "the same of a mailbox's", NULL},
	{"SETQUOTA", imap_cmd_setquota, AUTH, SYNC_ALL, "9208 4.1.3", "sets limits", NULL},
	{"GETMETADATA", imap_cmd_getmetadata, AUTH, SYNC_ALL, "5464 4.2", "reads notes on a mailbox", NULL},
	{"SETMETADATA", imap_cmd_setmetadata, AUTH, SYNC_ALL, "5464 4.3", "makes notes on a mailbox", NULL},
	{"SEARCH", imap_cmd_search, IN_SELECTED, SYNC_NO_EXPUNGE, "9051 6.4.4", "finds messages", NULL},
	{"UID SEARCH", imap_cmd_search, IN_SELECTED, SYNC_ALL, "9051 6.4.9", "the same by UID", NULL},
	{"SORT", imap_cmd_sort, IN_SELECTED, SYNC_NO_EXPUNGE, "5256 3", "finds messages, in an order", NULL},
	{"UID SORT", imap_cmd_sort, IN_SELECTED, SYNC_ALL, "5256 3", "the same, tells UIDs", NULL},
	{"THREAD", imap_cmd_thread, IN_SELECTED, SYNC_NO_EXPUNGE, "5256 3", "finds messages, in threads", NULL},
	{"UID THREAD", imap_cmd_thread, IN_SELECTED, SYNC_ALL, "5256 3", "the same, tells UIDs", NULL},
	{"CANCELUPDATE", imap_cmd_cancelupdate, IN_SELECTED, SYNC_ALL, "5267 4.3.5", "ends what UPDATE began", NULL},
	{"ESEARCH", imap_cmd_esearch, AUTH, SYNC_ALL, "7377", "finds messages in many mailboxes", NULL},
	{"UIDBATCHES", imap_cmd_uidbatches, IN_SELECTED, SYNC_ALL, "10022", "cuts a mailbox into ranges", NULL},
	{"STORE", imap_cmd_store, IN_SELECTED, SYNC_NO_EXPUNGE, "9051 6.4.6", "changes flags", NULL},
	{"UID STORE", imap_cmd_store, IN_SELECTED, SYNC_ALL, "9051 6.4.9", "the same by UID", NULL},
	{"COPY", imap_cmd_copy, IN_SELECTED, SYNC_ALL, "9051 6.4.7", "copies messages to another mailbox", NULL},
	{"UID COPY", imap_cmd_copy, IN_SELECTED, SYNC_ALL, "9051 6.4.9", "the same by UID", NULL},
	{"MOVE", imap_cmd_move, IN_SELECTED, SYNC_ALL, "9051 6.4.8", "moves messages to another mailbox", NULL},
	{"UID MOVE", imap_cmd_move, IN_SELECTED, SYNC_ALL, "9051 6.4.9", "the same by UID", NULL},
	{"EXPUNGE", imap_cmd_expunge, IN_SELECTED, SYNC_ALL, "9051 6.4.3", "removes what is marked \\Deleted", NULL},
	{"UID EXPUNGE", imap_cmd_expunge, IN_SELECTED, SYNC_ALL, "4315 2.1", "the same, of a set of UIDs", NULL},
	{"APPEND", imap_cmd_append, AUTH, SYNC_ALL, "9051 6.3.12", "stores messages", imap_append_literal},
	{"REPLACE", imap_cmd_replace, IN_SELECTED, SYNC_ALL, "8508", "a message for another", imap_replace_literal},
	{"UID REPLACE", imap_cmd_replace, IN_SELECTED, SYNC_ALL, "8508", "the same by UID", imap_replace_literal},
	{"GENURLAUTH", imap_cmd_genurlauth, AUTH, SYNC_ALL, "4467", "signs URLs of messages", NULL},
	{"RESETKEY", imap_cmd_resetkey, AUTH, SYNC_ALL, "4467", "makes signed URLs void", NULL},
	{"URLFETCH", imap_cmd_urlfetch, AUTH, SYNC_ALL, "4467", "what signed URLs point at", NULL},
	{0},
};

/* -- beginning ------------------------------------------------------------------------------ */

struct imap_cmd *command_new(struct imap *s)
{
	struct imap_cmd *cmd = arena_new(conn_arena(s->conn), struct imap_cmd);

	if (!cmd) {
		imap_bye(s, "memory", "[UNAVAILABLE] out of memory, try again later");
		return NULL;
	}
	conn_keep_arena(s->conn, true);
	s->cmd = cmd;
	cmd->tag = STR("*");
	cmd->args.arena = conn_arena(s->conn);
	cmd->args.utf8 = (s->enabled & (EN_UTF8 | EN_REV2)) != 0;
	buf_init(&cmd->text, COMMAND_MOST + 1024);
	buf_init(&cmd->scratch, 64 * 1024);
	buf_init(&cmd->line, 1 << 20); /* MODIFIED and COPYUID have sets in them */
	return cmd;
}

const struct imap_command *command_row(struct str name)
{
	for (const struct imap_command *row = imap_commands; row->name; row++)
		if (str_ieq(name, str_of(row->name)))
			return row;
	return NULL;
}

/* The command's name: one atom, or "UID" and another. */
static int take_name(struct args *a, struct str *ret, bool *is_uid)
{
	struct str first, second;

	if (arg_atom(a, &first) < 0)
		return a->err;
	*ret = first;
	*is_uid = str_ieq(first, STR("UID"));
	if (*is_uid) {
		if (arg_sp(a) < 0 || arg_atom(a, &second) < 0)
			return a->err;
		*ret = str_n(first.p, (size_t)(second.p + second.n - first.p));
	}
	return 0;
}

static const char *wrong_state(const struct imap *s, const struct imap_command *row)
{
	if (s->state == IN_NOT_AUTH)
		return "log in first";
	if (row->states == IN_NOT_AUTH)
		return "you are logged in already";
	return s->state == IN_AUTH ? "select a mailbox first" : "not while a mailbox is selected";
}

int command_identify(struct imap *s)
{
	struct imap_cmd *cmd = s->cmd;
	struct args a = cmd->args;
	const struct imap_command *row;
	struct str tag, name;

	a.in = buf_str(&cmd->text);
	if (arg_tag(&a, &tag) < 0)
		return imap_bad(s, "a command begins with a tag");
	tag = arena_dup(conn_arena(s->conn), str_head(tag, 1024));
	if (!tag.p)
		return imap_fail(s, E_NOMEM);
	cmd->tag = tag;
	if (arg_sp(&a) < 0 || take_name(&a, &name, &cmd->is_uid) < 0)
		return imap_bad(s, "a command's name should follow the tag");
	row = command_row(name);
	if (!row) /* and never an echo of it (SECURITY A4) */
		return imap_bad(s, "unknown command");
	if (!(row->states & s->state))
		return imap_bad(s, "%s: %s", row->name, wrong_state(s, row));
	cmd->row = row;
	cmd->args_at = (size_t)(a.in.p - cmd->text.p);
	return 0;
}

/* -- running -------------------------------------------------------------------------------- */

enum phase { RUNNING, TELLING };

MAY_WAIT static void step_main(struct conn *c)
{
	struct imap *s = conn_state(c);
	int (*fn)(struct imap *) = s->cmd->step;

	s->cmd->step = NULL;
	s->cmd->run_us = clock_mono_us();
	command_go_on(s, fn(s));
}

/* The handler is done: what others did comes before its tagged line (RFC 9051 5.2). */
MAY_WAIT static int tell(struct imap *s, int r)
{
	struct imap_cmd *cmd = s->cmd;
	enum imap_sync how = cmd->row ? cmd->row->sync : SYNC_NONE;

	cmd->result = r;
	cmd->phase = TELLING;
	if (how == SYNC_NO_EXPUNGE && cmd->is_uid) /* RFC 9051 7.5.1: UID FETCH is another command */
		how = SYNC_ALL;
	return imap_sync(s, how);
}

void command_go_on(struct imap *s, int r)
{
	struct imap_cmd *cmd = s->cmd;

	for (;;) {
		if (r != IMAP_AGAIN) {
			if (cmd->phase == TELLING)
				break;
			r = tell(s, r);
			continue;
		}
		if (!cmd->step)
			return; /* somebody else goes on */
		if (conn_is_full(s->conn)) {
			conn_step(s->conn, step_main);
			return;
		}
		if (imap_is_long(s))
			task_yield();
		MAY_WAIT int (*fn)(struct imap *) = cmd->step;

		cmd->step = NULL;
		cmd->run_us = clock_mono_us();
		r = fn(s);
	}
	command_end(s);
}

void command_run(struct imap *s)
{
	struct imap_cmd *cmd = s->cmd;
	int r = cmd->row ? 0 : command_identify(s);

	cmd->began_us = cmd->run_us = clock_mono_us();
	if (r < 0) {
		cmd->row = NULL;
		command_go_on(s, r);
		return;
	}
	cmd->args.in = str_from(buf_str(&cmd->text), cmd->args_at);
	if (!imap_may_still(s)) {
		command_go_on(s, imap_no(s, E_DENIED, "not any more"));
		return;
	}
	command_go_on(s, cmd->row->run(s));
}

/* -- ending --------------------------------------------------------------------------------- */

void command_refuse(struct imap *s, int r)
{
	s->cmd->is_refused = true;
	s->cmd->result = r;
}

static bool is_protocol_error(int r)
{
	return r == E_SYNTAX || r == E_RANGE || r == E_AUTH || r == E_PRIVACY;
}

static void count_error(struct imap *s, int r)
{
	int64_t most = s->state == IN_NOT_AUTH ? s->conf->errors_before_login :
						 s->conf->errors_after_login;

	if (is_protocol_error(r) && ++s->errors >= most)
		imap_bye(s, "errors", "too many errors");
}

void command_drop(struct imap *s)
{
	struct imap_cmd *cmd = s->cmd;

	if (!cmd)
		return;
	if (cmd->cleanup)
		cmd->cleanup(cmd->state);
	sync_drop(cmd->telling);
	if (s->state == IN_NOT_AUTH || (cmd->row && cmd->row->states == IN_NOT_AUTH))
		buf_wipe(&cmd->text); /* there may be a password */
	buf_free(&cmd->text);
	buf_free(&cmd->scratch);
	buf_free(&cmd->line);
	s->cmd = NULL;
	conn_keep_arena(s->conn, false);
}

#define FAILED "NO [UNAVAILABLE] out of memory, try again later"

void command_end(struct imap *s)
{
	struct imap_cmd *cmd = s->cmd;
	int r = cmd->result;

	if (!cmd->is_push) {
		conn_write(s->conn, cmd->tag);
		conn_write(s->conn, STR(" "));
		conn_write(s->conn, cmd->line.failed || !cmd->line.n ? STR(FAILED) : buf_str(&cmd->line));
		conn_write(s->conn, STR("\r\n"));
	}
	command_drop(s);
	count_error(s, r);
}

/* -- the reference page ----------------------------------------------------------------------- */

void imap_reference(struct buf *out)
{
	buf_add(out, STR("| Command | What it does | RFC | Before login | Logged in | Selected |\n"
			 "|---|---|---|---|---|---|\n"));
	for (const struct imap_command *row = imap_commands; row->name; row++)
		buf_printf(out, "| %s | %s | %s | %s | %s | %s |\n", row->name, row->text, row->rfc,
			   row->states & IN_NOT_AUTH ? "yes" : "", row->states & IN_AUTH ? "yes" : "",
			   row->states & IN_SELECTED ? "yes" : "");
	imap_capability_reference(out);
}
