/* command.h - Private to imap/: the life of a command, between input.c, commands.c and who waits.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	input.c     gathers it: lines and literals, until it is whole
 *	commands.c  finds its row, runs it, tells what others did, writes the tagged line
 *
 * A handler may leave its command waiting for the client or for a timer (AUTHENTICATE): it returns
 * IMAP_AGAIN without imap_step, and whoever goes on ends with command_go_on. */
#ifndef IMAP_COMMAND_H
#define IMAP_COMMAND_H

#include "imap/answer.h"

enum imap_mode { /* whose the next line is */
	MODE_COMMAND, /* input.c's */
	MODE_SASL,    /* login.c's */
	MODE_IDLE,    /* idle.c's */
};

enum { COMMAND_MOST = 64 * 1024, LINE_BEFORE_LOGIN_MOST = 8192, LITERALS_BEFORE_LOGIN_MOST = 8192,
       LITERAL_MINUS_MOST = 4096 /* RFC 7888 5 */ };

/* input.c */
MAY_WAIT void input_line(struct imap *s, struct str line, enum line_flaw flaw);

/* commands.c */
const struct imap_command *command_row(struct str name); /* NULL: there is none */
struct imap_cmd *command_new(struct imap *s); /* NULL: no memory; the connection closes */
/* Tag and name are read off the text; the row is found and allowed here. < 0: refused. */
int command_identify(struct imap *s);
MAY_WAIT void command_run(struct imap *s);
MAY_WAIT void command_go_on(struct imap *s, int r); /* what a handler or step returned */
void command_refuse(struct imap *s, int r); /* what is left of it is skipped, then it ends */
void command_end(struct imap *s);  /* the tagged line, and it is gone */
void command_drop(struct imap *s); /* gone without a word */
void imap_bye(struct imap *s, const char *reason, const char *text); /* "* BYE text", and close */

/* capability.c */
void put_capabilities(struct imap *s, struct buf *out); /* those that hold now */

/* login.c, idle.c */
MAY_WAIT void imap_login_line(struct imap *s, struct str line, enum line_flaw flaw);
bool imap_login_is_offered(const struct imap *s);

#define HANDLER(name) MAY_WAIT int name(struct imap *s)
HANDLER(imap_cmd_append);
HANDLER(imap_cmd_authenticate);
HANDLER(imap_cmd_capability);
HANDLER(imap_cmd_check);
HANDLER(imap_cmd_close);
HANDLER(imap_cmd_compress);
HANDLER(imap_cmd_copy);
HANDLER(imap_cmd_enable);
HANDLER(imap_cmd_examine);
HANDLER(imap_cmd_expunge);
HANDLER(imap_cmd_fetch);
HANDLER(imap_cmd_genurlauth);
HANDLER(imap_cmd_id);
HANDLER(imap_cmd_idle);
HANDLER(imap_cmd_language);
HANDLER(imap_cmd_login);
HANDLER(imap_cmd_logout);
HANDLER(imap_cmd_move);
HANDLER(imap_cmd_noop);
HANDLER(imap_cmd_replace);
HANDLER(imap_cmd_resetkey);
HANDLER(imap_cmd_cancelupdate);
HANDLER(imap_cmd_esearch);
HANDLER(imap_cmd_search);
HANDLER(imap_cmd_sort);
HANDLER(imap_cmd_thread);
HANDLER(imap_cmd_uidbatches);
HANDLER(imap_cmd_select);
HANDLER(imap_cmd_starttls);
HANDLER(imap_cmd_store);
HANDLER(imap_cmd_unauthenticate);
HANDLER(imap_cmd_unselect);
/* mailbox.c, list.c, status.c, acl.c, metadata.c */
HANDLER(imap_cmd_create);
HANDLER(imap_cmd_delete);
HANDLER(imap_cmd_rename);
HANDLER(imap_cmd_subscribe);
HANDLER(imap_cmd_unsubscribe);
HANDLER(imap_cmd_list);
HANDLER(imap_cmd_lsub);
HANDLER(imap_cmd_namespace);
void imap_tell_namespace(struct imap *s); /* the untagged NAMESPACE */
HANDLER(imap_cmd_status);
HANDLER(imap_cmd_setacl);
HANDLER(imap_cmd_deleteacl);
HANDLER(imap_cmd_getacl);
HANDLER(imap_cmd_listrights);
HANDLER(imap_cmd_myrights);
HANDLER(imap_cmd_getquota);
HANDLER(imap_cmd_getquotaroot);
HANDLER(imap_cmd_setquota);
HANDLER(imap_cmd_getmetadata);
HANDLER(imap_cmd_setmetadata);
HANDLER(imap_cmd_urlfetch);

/* imap_command.literal */
MAY_WAIT int imap_append_literal(struct imap *s, uint64_t size, bool is_binary);
MAY_WAIT int imap_replace_literal(struct imap *s, uint64_t size, bool is_binary);

#endif
