/* charset.h - text in the charsets of mail, to UTF-8; and the words of RFC 2047.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only charsets of a list are ever opened (iconv's whole range is not fit for strangers). Decoding
 * never fails on its input: what is no text becomes U+FFFD. Work is linear, output bounded by the
 * buf's limit (E_TOOBIG, E_NOMEM stick in it). Never waits; one charset is used by one thread. */
#ifndef WIRE_CHARSET_H
#define WIRE_CHARSET_H

#include "base/buf.h"

/* Opens all of the list once and keeps them: before a fence (seccomp, Landlock) and before the
 * first task, whose stack is too small for dlopen. Returns how many this system has. Twice is fine. */
int charset_load(void);

bool charset_is_known(struct str name); /* any case, and a language behind "*" is ignored */

struct charset; /* text that comes in pieces */
int charset_open(struct charset **ret, struct str name); /* E_NOTFOUND, E_NOMEM */
struct charset *charset_close(struct charset *c);        /* NULL is fine; returns NULL */
int charset_feed(struct charset *c, struct str in, struct buf *utf8); /* out's failure, or 0 */
int charset_end(struct charset *c, struct buf *utf8);    /* an unfinished character; then as new */

/* All at once. E_NOTFOUND: not a charset of the list; nothing was added. */
int charset_decode(struct str name, struct str in, struct buf *utf8);
/* The same, and anything but whole text of that charset is E_SYNTAX (SEARCH's keys). */
int charset_decode_strict(struct str name, struct str in, struct buf *utf8);
/* UTF-8 whose flaws have become U+FFFD. */
int utf8_repair(struct str in, struct buf *out);

/* A header field's value as people read it: unfolded, encoded words decoded (RFC 2047 6.2: blanks
 * between two of them are none; RFC 2231 5: a language is ignored; a character may be cut across
 * two, as many do), all of it UTF-8. Words of unknown charsets stay as they are written. */
int words_decode(struct str value, struct buf *utf8);

#endif
