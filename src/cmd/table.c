/* table.c - every verb there is; the only place that knows them all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd/verb.h"
#include "cmd/verbs.h"

#define BIT(o)  (1u << OPT_##o)
#define CONF    (BIT(CONFIG) | BIT(SET) | BIT(DATA))
#define SECRETS (BIT(PASSWORD_STDIN) | BIT(NO_PASSWORD) | BIT(APOP))

/* name, handler, flags, options, arguments at least and at most, usage, a sentence */
const struct verb verbs[] = {
	{"serve", cmd_serve, V_CONF, CONF | BIT(LISTEN), 0, 0, "",
	 "Runs the server until SIGTERM; SIGHUP reads the configuration again."},

	{"status", cmd_status, V_STORE, CONF | BIT(JSON), 0, 0, "",
	 "Tells how the server and its store are."},

	{"user add", cmd_user_add, V_STORE | V_PASSWORD | V_MAKES,
	 CONF | SECRETS | BIT(QUOTA) | BIT(DISABLED), 1, 1, "ADDRESS",
	 "Makes an account; its domain is local from then on."},
	{"user passwd", cmd_user_passwd, V_STORE | V_PASSWORD, CONF | SECRETS, 1, 1, "ADDRESS",
	 "Sets the password of an account."},
	{"user set", cmd_user_set, V_STORE, CONF | BIT(QUOTA) | BIT(QUOTA_MESSAGES) |
	 BIT(QUOTA_MAILBOXES) | BIT(DISABLED) | BIT(ENABLED) | BIT(SHARED) | BIT(PRIVATE), 1, 1, "ADDRESS",
	 "Changes the quotas of an account, disables or enables it, or makes it one whose mailboxes are shared."},
	{"user del", cmd_user_del, V_STORE, CONF, 1, 1, "ADDRESS",
	 "Removes an account and all its mail."},
	{"user list", cmd_user_list, V_STORE, CONF | BIT(JSON), 0, 0, "",
	 "Lists the accounts: messages, size, quota, state."},

	{"alias add", cmd_alias_add, V_STORE, CONF, 2, 255, "ADDRESS TARGET...",
	 "Has mail for an address go to others, which must exist."},
	{"alias del", cmd_alias_del, V_STORE, CONF, 1, 1, "ADDRESS", "Removes an alias."},
	{"alias list", cmd_alias_list, V_STORE, CONF | BIT(JSON), 0, 0, "", "Lists the aliases."},

	{"index check", cmd_index_check, V_STORE, CONF, 0, 0, "",
	 "Compares the index with the log and names every difference."},
	{"index rebuild", cmd_index_rebuild, V_ALONE, CONF, 0, 0, "",
	 "Makes the index anew from the log, while no server runs."},
	{"log dump", cmd_log_dump, V_STORE, CONF | BIT(FROM), 0, 0, "",
	 "Prints the records of the log in words."},

	{"config show", cmd_config_show, V_CONF, CONF | BIT(LISTEN) | BIT(JSON) | BIT(CHANGED), 0, 1,
	 "[NAME]", "Prints the settings in force, as a configuration file would hold them."},
	{"config check", cmd_config_check, 0, CONF | BIT(LISTEN), 0, 0, "",
	 "Reads the configuration and names every error in it, with its place."},
	{"config explain", cmd_config_explain, 0, BIT(MARKDOWN) | BIT(JSON), 0, 1, "[NAME]",
	 "Tells what a setting does, its kind, range and default; without a name, all of them."},

	{"mailbox list", cmd_mailbox_list, V_STORE, CONF | BIT(JSON), 1, 1, "ADDRESS",
	 "Lists an account's mailboxes: messages, size, special use, subscription."},
	{"mailbox create", cmd_mailbox_create, V_STORE, CONF | BIT(USE), 2, 2, "ADDRESS NAME",
	 "Makes a mailbox, and those above it."},
	{"mailbox delete", cmd_mailbox_delete, V_STORE, CONF, 2, 2, "ADDRESS NAME",
	 "Removes a mailbox and its messages; those below it stay."},
	{"mailbox rename", cmd_mailbox_rename, V_STORE, CONF, 3, 3, "ADDRESS OLD NEW",
	 "Gives a mailbox, and those below it, another name."},
	{"mailbox subscribe", cmd_mailbox_subscribe, V_STORE, CONF, 2, 2, "ADDRESS NAME",
	 "Has a user's mail programs show a mailbox."},
	{"mailbox unsubscribe", cmd_mailbox_unsubscribe, V_STORE, CONF, 2, 2, "ADDRESS NAME",
	 "Has them not show it any more."},
	{"mailbox seen", cmd_mailbox_seen, V_STORE, CONF, 3, 3, "ADDRESS NAME own|shared",
	 "Has a mailbox that several read keep for each by himself what he has seen, or for all together."},

	{"acl list", cmd_acl_list, V_STORE, CONF | BIT(JSON), 2, 2, "ADDRESS MAILBOX",
	 "Lists who else may do what with a mailbox."},
	{"acl set", cmd_acl_set, V_STORE, CONF, 4, 4, "ADDRESS MAILBOX WHO RIGHTS",
	 "Grants rights of RFC 4314 (letters of lrswipkxtean) to an account, anyone, or the members of an "
	 "alias ($alias)."},
	{"acl del", cmd_acl_del, V_STORE, CONF, 3, 3, "ADDRESS MAILBOX WHO",
	 "Takes an entry off a mailbox's list."},

	{"deliver", cmd_deliver, V_CONF, CONF | BIT(SENDER) | BIT(LMTP) | BIT(TO), 0, 255,
	 "[-f SENDER] RECIPIENT...",
	 "Hands the message on its input to the server, for pipes and other mail programs."},

	{"import", cmd_import, V_STREAM, CONF | BIT(FORMAT) | BIT(MAILBOX), 2, 2, "ADDRESS PATH",
	 "Takes mail from an mbox file, a folder of such, or a Maildir into an account; again: what is new."},
	{"export", cmd_export, V_STREAM, CONF | BIT(FORMAT) | BIT(MAILBOX), 2, 2, "ADDRESS PATH",
	 "Writes an account's mail into a new Maildir, a new folder of mbox files, or one mbox file."},

	{"manual", cmd_manual, 0, 0, 1, 1, "mailkeep.1|mailkeep.conf.5|bash|reference.md",
	 "Prints a man page (for man -l -), the completion for bash, or the reference."},
	{"version", cmd_version, 0, BIT(JSON), 0, 0, "", "Prints the version."},
};
const size_t verb_count = COLUMNS(verbs);
