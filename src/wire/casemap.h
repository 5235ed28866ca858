/* casemap.h - i;unicode-casemap (RFC 5051), and substrings looked for in text that streams by.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each character becomes its titlecase, then its whole decomposition; so the mapping of a text is that
 * of its characters, one behind the other. Octets that are no UTF-8 stay as they are (RFC 5051 2,
 * (1)(b), for that octet alone). Nothing here waits. */
#ifndef WIRE_CASEMAP_H
#define WIRE_CASEMAP_H

#include "base/buf.h"

/* Octets of output per octet of input at most: U+FDFA, three octets, becomes 18 characters. */
enum { CASEMAP_GROWTH = 12 };

int casemap_add(struct buf *out, struct str utf8);

/* Looks for some substrings in one text after the other, whatever pieces they come in. Memory is the
 * window of 16 KiB and the longest needle; time is linear in the text for each needle that has not
 * been found yet. */
struct finder;
struct finder *finder_new(void); /* NULL: no memory */
struct finder *finder_free(struct finder *f);
/* Returns the needle's number, from 0 on; the same needle (casemapped) gets the same number. An
 * empty one is in every text. E_NOMEM, E_TOOBIG (over 64 KiB), E_LIMIT (over 1000). */
int finder_add(struct finder *f, struct str utf8);
void finder_wish(struct finder *f, int needle, bool on); /* looked for from now on? At first: yes */
int finder_begin(struct finder *f); /* a new text: nothing is found, nothing crosses from the last. E_NOMEM */
void finder_feed(struct finder *f, struct str utf8);
void finder_end(struct finder *f);  /* of this text: now all of it has been looked at */
bool finder_has(const struct finder *f, int needle);
bool finder_is_done(const struct finder *f); /* all that were wished for are found: feed no more */
struct str finder_needle(const struct finder *f, int needle); /* casemapped */
uint64_t finder_steps(const struct finder *f); /* octets looked at, all needles together */

#endif
