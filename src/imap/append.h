/* append.h - Private to imap/. Messages on their way in: what APPEND, CATENATE and REPLACE share.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	append.c    the command: mailbox, options, literals into drafts, one commit
 *	catenate.c  CATENATE: parts by URL and by literal
 *	replace.c   REPLACE: which message goes
 *
 * The text between literals is read as it comes (append_parse); a literal that is a message, or a
 * part of one, streams into a draft: what a session holds of an upload does not grow with it.
 *
 * What is stored is what was sent, octet for octet, but that a bare LF in a plain literal becomes
 * CRLF: every reader of the store may rely on lines (RFC 5322 2.3), and RFC822.SIZE and BODY[] tell
 * the same size, that of what was stored. A literal8 (RFC 3516) is not touched at all. A last line
 * without CRLF stays so. */
#ifndef IMAP_APPEND_H
#define IMAP_APPEND_H

#include "imap/answer.h"

enum {
	APPEND_MESSAGES_MOST = 1000, /* of one MULTIAPPEND: RFC 9738 lets nobody offer less */
	APPEND_FILES_MOST = 64,      /* of them large ones, which hold descriptors */
	APPEND_PARTS_MOST = 256,     /* of one CATENATE */
};

enum append_at { /* what comes next in the text */
	AT_MAILBOX, AT_MESSAGE, AT_UTF8_END, AT_PART, AT_PART_UTF8_END,
};

struct append_msg {
	struct append_msg *next;
	struct draft *draft;
	struct delivery to;
};

struct append {
	struct imap *s;
	enum append_at at;
	struct mbox_info box;
	uint32_t rights;
	struct str mbox_name;       /* the store's */
	struct append_msg *first, **end, *msg; /* msg: the one that is being written */
	unsigned n, n_files;
	uint64_t octets;            /* promised and written, for the quota */
	/* the literal */
	bool is_exact;              /* literal8: nothing is changed */
	char last;
	bool has_nul;
	bool has_notes, changes_shared; /* annotations */
	/* CATENATE */
	unsigned n_parts;
	/* REPLACE */
	bool is_replace;
	uint32_t replaced;          /* UID */
	uint64_t replaced_size;     /* it makes room */
};

/* Reads what there is of the command's text; with a literal behind it (size, is_binary) or without.
 * 0: all is read (or the literal belongs to the text); IMAP_STREAM: it is the message's; < 0: what
 * imap_no... returned. */
MAY_WAIT int append_parse(struct append *p, bool has_literal, uint64_t size, bool is_binary);
struct append *append_new(struct imap *s); /* the command's state, or NULL after imap_fail */
MAY_WAIT int append_commit(struct append *p);

int append_begin(struct append *p, uint64_t size); /* a message of about that size: 0 or a refusal */
MAY_WAIT int append_end(struct append *p);         /* it is complete */
int append_stream(struct append *p, uint64_t size, bool is_binary); /* IMAP_STREAM or a refusal */
int append_write(struct append *p, struct str bytes); /* as they are; 0 or E_* */
int append_no(struct append *p, int e);            /* the refusal for e */

/* catenate.c: at "(" or behind a part. As append_parse. */
MAY_WAIT int catenate_parse(struct append *p, bool has_literal, uint64_t size, bool is_binary);

#endif
