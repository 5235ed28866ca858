/* answer.h - Private to imap/. How handlers speak: untagged data, the tagged end, and strings.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A handler writes untagged responses as it goes and ends with `return imap_ok(s, "...")` or
 * imap_no, imap_bad, imap_fail: these keep the tagged line. The dispatcher then writes what others
 * changed (sync.c), then that line (RFC 9051 7.5.1, 5.2), then counts and resets the arena. */
#ifndef IMAP_ANSWER_H
#define IMAP_ANSWER_H

#include "imap/session.h"

/* What a handler returns: these, or IMAP_AGAIN after imap_step. `fmt` may begin with "[CODE] ". */
int imap_ok(struct imap *s, const char *fmt, ...) PRINTF(2, 3);           /* returns 0 */
int imap_no(struct imap *s, int e, const char *fmt, ...) PRINTF(3, 4);    /* with e's response code */
int imap_bad(struct imap *s, const char *fmt, ...) PRINTF(2, 3);          /* E_SYNTAX */
int imap_fail(struct imap *s, int e);  /* e's own code and text; E_SYNTAX with args.why is BAD */
/* NO with a response code of its own choosing: "TRYCREATE", "NOUPDATE \"B02\"" ... */
int imap_no_code(struct imap *s, const char *code, const char *fmt, ...) PRINTF(3, 4);

void imap_untagged(struct imap *s, const char *fmt, ...) PRINTF(2, 3);    /* "* " ... CRLF */
void imap_continue(struct imap *s, const char *text);                     /* "+ text" CRLF, sent at once */

/* The command goes on as a step: fn runs when the output has drained (conn_step), or at once if it
 * is not full, with the same arena and args; it returns what a handler returns. For whatever has
 * no small bound: return imap_step(s, fn) when conn_is_full() or after 5 ms (imap_is_long). */
int imap_step(struct imap *s, MAY_WAIT int (*fn)(struct imap *s));
bool imap_is_long(struct imap *s); /* this run has used 5 ms */

/* -- strings on their way out: appended to `out`, or straight to the connection -------- */

int put_astring(struct buf *out, struct str s);
/* nstring: NIL if p is NULL; quoted if it can be, else a literal. */
int put_nstring(struct buf *out, struct str s);
int put_string(struct buf *out, struct str s);
/* A mailbox name (UTF-8 inside): modified UTF-7, or UTF-8 if the client has enabled it. */
int put_mailbox(struct imap *s, struct buf *out, struct str name);
/* "(\Seen $Forwarded)"; names from view_keywords or session's cache (session.h). */
int put_flags(struct imap *s, struct buf *out, uint32_t flags, uint64_t keywords);
/* The same of a message, with \Recent where it is due (RFC 3501 2.3.2). */
int put_msg_flags(struct imap *s, struct buf *out, const struct msg_info *i);
int put_flag_words(struct imap *s, struct buf *out, uint32_t flags, uint64_t keywords); /* without () */
int put_datetime(struct buf *out, int64_t ms, int16_t zone); /* quoted, RFC 9051 date-time */
/* An OBJECTID (RFC 8474): kind 'M' EMAILID, 'T' THREADID, 'F' MAILBOXID; without parentheses. */
int put_object_id(struct buf *out, char kind, uint64_t id);
struct buf *imap_buf(struct imap *s); /* the command's scratch buffer, cleared; 64 KiB at most */
void imap_write(struct imap *s, const struct buf *out);

#endif
