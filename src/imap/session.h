/* session.h - Private to imap/. One IMAP session, and the command it runs.
 * SPDX-License-Identifier: Apache-2.0
 *
 * States of RFC 9051 3. A session that runs no command has no struct imap_cmd, no stack and no
 * buffers: it is this struct, its struct conn and the runs of its view. */
#ifndef IMAP_SESSION_H
#define IMAP_SESSION_H

#include <assert.h>
#include "auth/auth.h"
#include "auth/rights.h"
#include "base/err.h"
#include "conf/conf.h"
#include "imap/args.h"
#include "net/conn.h"
#include "store/view.h"

enum { IN_NOT_AUTH = 1, IN_AUTH = 2, IN_SELECTED = 4 }; /* bits, for imap_command.states */
enum { IMAP_AGAIN = 1 };                               /* a handler's result: see imap_step */

enum imap_enabled { /* ENABLE, and what commands enable by themselves (RFC 7162 3.1) */
	EN_CONDSTORE = 1, EN_QRESYNC = 2, EN_UTF8 = 4, EN_REV2 = 8, EN_UIDONLY = 16,
};

/* The selected mailbox. */
struct imap_mbox {
	struct view *view;
	struct watch *watch;     /* wakes the session (IDLE, NOTIFY); NULL when nobody listens */
	uint32_t rights;         /* enum mbox_right: of this user, looked at when selected */
	bool is_read_only;       /* EXAMINE, or no right that changes anything */
	bool is_inbox;
	bool seen_is_mine;       /* a shared mailbox that keeps \Seen per reader */
	bool has_new_keywords;   /* since FLAGS was told */
	uint64_t keyword_bits;   /* which have names */
	struct str *keywords;    /* 64 names, malloced as one block; see select.c */
	uint32_t recent_from;    /* rev1: UIDs from here on are \Recent to this session */
	struct str saved_names;
	struct uid_range *saved; /* SEARCHRES "$": UIDs */
	size_t n_saved;
};

struct imap;
struct imap_cmd;

enum imap_sync { /* what may be told at the command's end */
	SYNC_ALL,         /* EXISTS, FETCH flags, EXPUNGE */
	SYNC_NO_EXPUNGE,  /* RFC 9051 7.5.1: FETCH, STORE, SEARCH, SORT, THREAD without UID */
	SYNC_NONE,        /* the handler did it itself, or nothing is selected any more */
};

struct imap_command {
	const char *name;       /* upper case; "UID" has rows of its own: "UID FETCH" */
	MAY_WAIT int (*run)(struct imap *s); /* s->cmd has the arguments */
	unsigned states;
	enum imap_sync sync;
	const char *rfc, *text;
	/* Asked at each literal before it is read: may it come? cmd->args is what of the text behind
	 * the name nobody has taken yet, up to the literal's "{" (or "~{"); what the callee takes
	 * stays taken, so that it can read its command piece by piece (copy args to look ahead).
	 * 0: collected, its marker and octets come next in args, as arg_string reads them;
	 * IMAP_STREAM: the callee has set cmd->sink and cmd->sink_then, and nothing of the literal
	 * comes in args; < 0: refused, what imap_no... returned. NULL: always collected, within the
	 * limits of input.c. `run` is called with args where the last call left them. */
	int (*literal)(struct imap *s, uint64_t size, bool is_binary);
};
enum { IMAP_STREAM = 1 };
extern const struct imap_command imap_commands[]; /* commands.c; ended by a NULL name */

struct imap_cmd { /* in the connection's arena while a command is read and runs */
	const struct imap_command *row;
	struct str tag;
	bool is_uid;           /* the row's name begins with "UID " */
	struct args args;      /* behind the name */
	struct buf text;       /* as read so far */
	struct buf scratch;    /* imap_buf */
	void *state;           /* the handler's own, in the arena */
	void (*cleanup)(void *state); /* when the command ends in whatever way: close bodies, drafts */
	MAY_WAIT int (*step)(struct imap *s);
	/* A streamed literal: gets all its octets piece by piece, on the loop: must not wait. */
	void (*sink)(struct imap *s, struct str bytes);
	MAY_WAIT int (*sink_then)(struct imap *s); /* when it is complete: 0, or a refusal (imap_no...) */
	/* What the handler has told by itself: imap_sync passes over those of these messages whose
	 * MODSEQ is told_modseq at most (STORE, whose own changes are no news). */
	void *telling;         /* sync.c's */
	struct uidset told;
	uint64_t told_modseq;
	struct buf line;       /* the tagged line without the tag */
	uint64_t began_us, run_us; /* when the command, and this run of it, began */
	/* input.c's and commands.c's */
	uint64_t literal_left, literals, skipped, skipped_text;
	size_t args_at;        /* where args begins in text */
	int result;
	uint8_t phase;
	bool is_refused;       /* the answer is known; what is left of the command is skipped */
	bool is_push;          /* no command: what others do, told while idling */
};

struct imap {
	struct conn *conn;
	const struct service *service;
	const struct conf *conf;
	struct imap_cmd *cmd;      /* NULL between commands */
	struct imap_mbox *mbox;    /* NULL: none selected */
	char *user;                /* the account's name; NULL before login */
	uint64_t account;
	uint32_t enabled;          /* enum imap_enabled */
	uint16_t errors;
	uint8_t state, mode;       /* mode: enum imap_mode of command.h */
	uint8_t overlong;
	uint8_t lang;              /* enum lang, RFC 5255 */
	bool has_session;          /* auth_session_begin was counted */
	struct imap_notify *notify;  /* RFC 5465; NULL: off */
	struct imap_context *contexts; /* RFC 5267 UPDATE searches; NULL: none */
	const char *reason;        /* why we hung up, if conn_end_name does not know */
	uint64_t n_fetched, n_stored, n_appended, n_expunged; /* for the log */
	char *idle_tag;            /* of an IDLE that goes on */
	void *extra;               /* rare state */
};
static_assert(sizeof(struct imap) <= 192, "idle cost of an IMAP session");

static inline struct store *imap_store(const struct imap *s)
{
	return s->service->store;
}

/* Makes the connection's arena room for a handler's state, zeroed. */
void *imap_state(struct imap *s, size_t n, void (*cleanup)(void *state)); /* NULL: no memory */

/* A mailbox by the name that a client wrote, in the namespaces that this user sees, if the user has
 * all of `rights` (0: any that reveals it): the one door to every mailbox (SECURITY E7). E_NOMBOX where
 * there is none or the user may not know (no `l`), E_DENIED where a right is missing. */
int imap_find(struct imap *s, struct str name, uint32_t rights, struct mbox_info *ret,
	      uint32_t *granted);
/* The name in this user's namespaces: "INBOX", "Other Users/bob@x.test/Projects". */
int imap_mbox_name(struct imap *s, const struct mbox_info *m, struct buf *out);

/* capability.c */
bool imap_has_literal_plus(const struct imap *s); /* LITERAL+, or it is LITERAL- (RFC 7888 5) */
/* select.c */
void imap_unselect(struct imap *s); /* closes the view; says nothing */
/* Looks again at what the user may do with another's mailbox that is selected: false, and the session
 * ends, if he may not read it any more. */
bool imap_may_still(struct imap *s);
/* The name of keyword bit 0-63 of the selected mailbox; empty: there is none. Reads them again if
 * the bit is new. */
uint32_t imap_recent(const struct imap *s); /* how many messages are \Recent to this session */
struct str imap_keyword(struct imap *s, unsigned bit);
/* sync.c: tells what has changed. Writes EXISTS, EXPUNGE or VANISHED, FETCH (FLAGS ...). */
MAY_WAIT int imap_sync(struct imap *s, enum imap_sync how);

#endif
