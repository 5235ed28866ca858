/* verb.h - subcommands: one table makes dispatch, --help, man page and completion.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A new verb is a handler in a file of its own, its line in verbs.h, its row in table.c.
 *
 * A handler says what it has to say through v->out (never printf: it may run inside the server,
 * for a client at the other end of the admin socket) and returns a sysexits code. */
#ifndef CMD_VERB_H
#define CMD_VERB_H

#include <sysexits.h>
#include "base/attr.h"
#include "cmd/out.h"
#include "store/store.h"

struct args;
struct conf;
struct server_state; /* of a running server: cmd/serve.h */

/* Options: bit, name, its value's name or NULL, a sentence. */
#define VERB_OPTIONS(X)                                                                            \
	X(OPT_DATA, "data", "DIR", "the data folder: short for --set data=DIR")                    \
	X(OPT_CONFIG, "config", "FILE", "the configuration; default /etc/mailkeep/mailkeep.conf")  \
	X(OPT_SET, "set", "NAME=VALUE", "one setting, stronger than the file; may be repeated")    \
	X(OPT_LISTEN, "listen", "PROTOCOL=ADDRESS:PORT", "a listener; may be repeated")            \
	X(OPT_JSON, "json", NULL, "the answer as JSON")                                            \
	X(OPT_HELP, "help", NULL, "what there is and how to use it")                               \
	X(OPT_QUOTA, "quota", "SIZE", "most octets of mail, such as 500M or 2G; 0: no limit")      \
	X(OPT_QUOTA_MESSAGES, "quota-messages", "NUMBER", "most messages; 0: no limit")            \
	X(OPT_QUOTA_MAILBOXES, "quota-mailboxes", "NUMBER", "most mailboxes; 0: no limit")         \
	X(OPT_SHARED, "shared", NULL, "its mailboxes are shown as Shared/... to those who may")    \
	X(OPT_PRIVATE, "private", NULL, "it is a person's: they are shown as Other Users/...")     \
	X(OPT_USE, "use", "USE", "archive, drafts, junk, sent, trash, important, all or flagged")  \
	X(OPT_DISABLED, "disabled", NULL, "logins and mail are refused")                           \
	X(OPT_ENABLED, "enabled", NULL, "logins and mail are taken again")                         \
	X(OPT_PASSWORD_STDIN, "password-stdin", NULL, "the password is stdin's first line")        \
	X(OPT_NO_PASSWORD, "no-password", NULL, "nobody can log in until a password is set")       \
	X(OPT_APOP, "apop", NULL, "also keep the password in the clear, for POP3 APOP")            \
	X(OPT_FROM, "from", "NUMBER", "begin at this sequence number")                             \
	X(OPT_MARKDOWN, "markdown", NULL, "the answer as a Markdown table")                        \
	X(OPT_CHANGED, "changed", NULL, "only what differs from the defaults")                     \
	X(OPT_TO, "to", "ADDRESS", "a recipient; may be repeated")                                 \
	X(OPT_SENDER, "sender", "ADDRESS", "the envelope's sender, also -f; empty: <>")             \
	X(OPT_FORMAT, "format", "FORMAT", "maildir, mbox (mboxrd) or mboxo")                        \
	X(OPT_MAILBOX, "mailbox", "NAME", "this mailbox and those below it")                        \
	X(OPT_LMTP, "lmtp", "ADDRESS", "the server's LMTP listener; default unix:DATA/lmtp.sock")

enum verb_option {
#define X(bit, name, value, sentence) bit,
	VERB_OPTIONS(X)
#undef X
	OPT_COUNT
};

enum verb_flag {
	V_STORE = 1,     /* needs the store: runs in the server if one runs, else here */
	V_ALONE = 2,     /* works on the data folder while nobody has the store open */
	V_PASSWORD = 4,  /* takes a password: --password-stdin, or asked for on the terminal */
	V_STREAM = 16,   /* runs twice: here, with its files, and where the store is: cmd/stream.h */
	V_MAKES = 32,    /* a data folder that is missing is made */
	V_CONF = 8,      /* needs v->conf; V_STORE and V_ALONE imply it */
};

struct verb_call {
	const struct verb *verb;
	const struct conf *conf;
	struct store *store;         /* V_STORE only */
	struct server_state *server; /* when run inside the server; else NULL */
	const char *const *args;     /* what stands behind the verb's name */
	size_t n_args;
	uint32_t given;              /* bits 1 << OPT_*: which options there were */
	const char *value[OPT_COUNT]; /* the last value of each, NULL without */
	const char *const *to;       /* --to: all of them */
	size_t n_to;
	int fd;                      /* V_STREAM: to the other half */
	struct str password;         /* V_PASSWORD; p = NULL with --no-password */
	const struct args *raw;      /* for verbs that load the configuration themselves */
	struct out *out;
};

struct verb {
	const char *name; /* "user add" */
	int (*run)(struct verb_call *v);
	unsigned flags;
	uint32_t options; /* bits 1 << OPT_*; --help goes without saying */
	unsigned char args_least, args_most;
	const char *args; /* for the usage line */
	const char *sentence;
};
extern const struct verb verbs[];
extern const size_t verb_count;

static inline bool verb_has(const struct verb_call *v, enum verb_option o)
{
	return v->given >> o & 1;
}

/* Runs the whole program: parses, finds the verb, opens what it needs. Returns the exit code. */
int verb_main(int argc, char **argv);

/* Runs the verb that `argv` (without the program's name) tells, on an open store, for a client of
 * the admin socket. Returns the exit code. */
int verb_run_inside(struct server_state *server, const struct conf *conf, struct store *store,
		    const char *const *argv, size_t n, struct str password, struct out *out);

/* conf_load as the command line says; errors are told already. */
int verb_load_conf(struct conf **ret, const struct args *a, struct out *out);

/* The sysexits code that stands for an E_*. */
int verb_exit(int err);

/* Says "what: the error's text" on the error stream and returns verb_exit(err). */
int verb_fail(struct verb_call *v, const char *what, int err);

/* mailbox.c: an argument looked up; EX_OK, or an exit code after telling why. */
int verb_account(struct verb_call *v, const char *address, struct account_info *ret);
int verb_mailbox_name(struct verb_call *v, const char *written, struct buf *name);
int verb_mailbox(struct verb_call *v, const char *address, const char *written, struct mbox_info *ret);
/* Commits c if r is no error; the exit code. */
MAY_WAIT int verb_commit(struct verb_call *v, const char *what, struct change *c, int r);

#endif
