/* session.h - one SMTP or LMTP session and its mail transaction. Private to smtp/.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A session lives as long as its connection, a transaction from MAIL until its
 * message was answered, RSET, EHLO, STARTTLS or the end. What a transaction needs
 * lies in its arena, but for the draft and, while DATA runs, one block.
 *
 * Handlers return 0, or < 0 if the reply they gave was an error that counts. */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "auth/accounts.h"
#include "auth/auth.h"
#include "conf/conf.h"
#include "net/command.h"
#include "net/conn.h"
#include "store/store.h"
#include "wire/address.h"
#include "wire/dot.h"

struct flavour { /* what differs between SMTP and LMTP */
	const char *name, *hello; /* "lmtp", "LHLO" */
	bool is_lmtp;             /* a reply for each recipient (RFC 2033 4.2) */
	const struct command_table *commands;
};

enum smtp_state { /* bits of struct command.states */
	AT_START = 1, /* before HELO, EHLO or LHLO */
	AT_REST = 2,  /* no transaction */
	AT_MAIL = 4,  /* MAIL was taken, no recipient yet */
	AT_RCPT = 8,  /* at least one recipient was taken */
	AT_BDAT = 16, /* a chunk was sent, or the transaction has failed: RSET, or more chunks */
	GREETED = AT_REST | AT_MAIL | AT_RCPT | AT_BDAT,
	ANYWHERE = GREETED | AT_START,
};

struct txn_rcpt { /* a recipient that RCPT took */
	struct txn_rcpt *next;
	struct str path;  /* as written, without brackets */
	struct rcpts who; /* the accounts behind it */
	int err;          /* what became of it: 0 or E_* */
};

struct txn { /* a mail transaction, RFC 5321 3.3 */
	struct arena arena;
	struct str reverse_path; /* without brackets; empty: <> */
	bool has_smtputf8;       /* MAIL said so */
	uint64_t size_told;      /* MAIL's SIZE=, 0: none */
	uint64_t began_us;
	char id[40];
	struct txn_rcpt *first, **last;
	unsigned n_rcpts;
	size_t n_targets; /* accounts of all of them */
	struct draft *draft;
	uint64_t octets;       /* of the message, so far */
	struct str message_id; /* kept when the draft had to go before the log line */
	int err;               /* why the message cannot be taken: what follows is thrown away */
	bool is_bare;          /* it had a CR or LF alone: refused, and the connection ends */
	bool in_upload;        /* between DATA or a first BDAT and its line in the log */
	/* DATA */
	struct dot_in dot;
	char *block;
	char tail[2]; /* the last two octets as they came */
	/* BDAT */
	bool has_chunks, ends_in_cr, ends_in_crlf;
	bool is_binary; /* BODY=BINARYMIME (RFC 3030 3): octets, not lines; by BDAT alone */
};

struct smtp {
	struct conn *c;
	const struct service *service;
	const struct conf *conf; /* of this transaction */
	const struct flavour *flavour;
	struct txn *t; /* NULL: none */
	char *helo;    /* NULL before HELO, EHLO, LHLO */
	bool is_esmtp;
	unsigned errors;
	unsigned n_mails; /* transactions so far */
	unsigned n_accepted, n_refused;
	uint64_t chunk_left, chunk_size; /* of the BDAT that is being read */
	bool chunk_is_last;
};

enum smtp_state smtp_state(const struct smtp *p);
const char *smtp_hostname(const struct smtp *p, char *room, size_t n);

/* -- replies (reply.c) ------------------------------------------------------- */

/* "250 2.1.0 text"; RFC 2034 4: `enhanced` is NULL only for greetings, EHLO and 354. */
int smtp_reply(struct smtp *p, int code, const char *enhanced, const char *fmt, ...) PRINTF(4, 5);
/* The only translators from base/err.h's table. `who`: the recipient, may be empty. */
int smtp_fail(struct smtp *p, int e);
int smtp_fail_for(struct smtp *p, int e, struct str who);
int smtp_code(const struct smtp *p, int e, const char **enhanced);

/* -- the transaction (txn.c) ---------------------------------------------------- */

struct txn *txn_new(struct smtp *p, struct str reverse_path);
void txn_over(struct smtp *p); /* fine without one; drops what was not delivered */
/* Opens the draft. */
int txn_upload(struct smtp *p);
/* Takes octets of the message, until the transaction has failed. */
void txn_take(struct smtp *p, struct str bytes);
/* The message can no longer be taken: the draft goes, the first reason stays. */
void txn_spoil(struct txn *t, int e);

/* Everything is there: checks, delivers, answers, logs and ends it (deliver.c). */
MAY_WAIT int txn_finish(struct smtp *p);
/* The line about a message, or a recipient, that was accepted or refused (message_log.c). */
void message_log(struct smtp *p, int code, const char *enhanced);
void message_log_rcpt(struct smtp *p, struct str path, int code, const char *enhanced);

/* The lines before a message: Return-Path, Delivered-To, Received (trace.c). */
int trace_prefix(struct smtp *p, struct str account_name, struct str received, struct buf *out);
int trace_received(struct smtp *p, int64_t now_ms, int zone_minutes, struct buf *out);

/* Accounts of one transaction, aliases followed, and its memory, so that all of them fit (txn.c). */
size_t txn_targets_most(const struct conf *c);

/* Is there room for so many octets and the account's name with everybody behind r? 0 or E_QUOTA
 * (rcpt.c). */
int rcpt_check_room(struct smtp *p, const struct txn_rcpt *r, uint64_t without_name);
/* local@domain, without a source route (txn.c). */
struct str address_text(const struct address *a);

/* -- handlers -------------------------------------------------------------------- */

int cmd_helo(void *session, const struct command_args *a);
int cmd_ehlo(void *session, const struct command_args *a);
int cmd_mail(void *session, const struct command_args *a);
int cmd_rcpt(void *session, const struct command_args *a);
int cmd_data(void *session, const struct command_args *a);
int cmd_bdat(void *session, const struct command_args *a);
int smtp_rset(void *session, const struct command_args *a);
int cmd_noop(void *session, const struct command_args *a);
int cmd_vrfy(void *session, const struct command_args *a);
int cmd_help(void *session, const struct command_args *a);
int cmd_quit(void *session, const struct command_args *a);
int cmd_starttls(void *session, const struct command_args *a);
int cmd_not_offered(void *session, const struct command_args *a);

#endif
