/* verbs.h - the handlers that table.c names, one file each family.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_VERBS_H
#define CMD_VERBS_H

struct verb_call;

int cmd_user_add(struct verb_call *v);
int cmd_user_passwd(struct verb_call *v);
int cmd_user_del(struct verb_call *v);
int cmd_user_list(struct verb_call *v);
int cmd_user_set(struct verb_call *v);
int cmd_mailbox_list(struct verb_call *v);
int cmd_mailbox_create(struct verb_call *v);
int cmd_mailbox_delete(struct verb_call *v);
int cmd_mailbox_rename(struct verb_call *v);
int cmd_mailbox_subscribe(struct verb_call *v);
int cmd_mailbox_unsubscribe(struct verb_call *v);
int cmd_mailbox_seen(struct verb_call *v);
int cmd_acl_list(struct verb_call *v);
int cmd_acl_set(struct verb_call *v);
int cmd_acl_del(struct verb_call *v);
int cmd_alias_add(struct verb_call *v);
int cmd_alias_del(struct verb_call *v);
int cmd_alias_list(struct verb_call *v);
int cmd_serve(struct verb_call *v);
int cmd_deliver(struct verb_call *v);
int cmd_index_rebuild(struct verb_call *v);
int cmd_index_check(struct verb_call *v);
int cmd_log_dump(struct verb_call *v);
int cmd_config_show(struct verb_call *v);
int cmd_config_check(struct verb_call *v);
int cmd_config_explain(struct verb_call *v);
int cmd_import(struct verb_call *v);
int cmd_export(struct verb_call *v);
int cmd_status(struct verb_call *v);
int cmd_version(struct verb_call *v);
int cmd_manual(struct verb_call *v);

#endif
