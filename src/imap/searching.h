/* searching.h - Private to imap/. A search that a command runs in the selected mailbox.
 * SPDX-License-Identifier: Apache-2.0
 *
 * SEARCH, SORT and THREAD read the same programs (RFC 5256 3) and run them in the same steps:
 *
 *	searching_charset(s, &charset)           "CHARSET x " is read, or SORT's argument
 *	searching_begin(s, &x, charset)          the program, to the end of the command
 *	searching_some(s, &x) until it is not 1  then x.hits
 *	searching_end(&x)                        in the command's cleanup; fine on a zeroed one */
#ifndef IMAP_SEARCHING_H
#define IMAP_SEARCHING_H

#include "imap/answer.h"
#include "imap/search.h"

struct searching {
	struct search_program program;
	struct search_bound bound;
	struct search_run *run;
	struct search_hits hits; /* complete when searching_some has said 0 */
};

/* Is it one that texts may come in? Else its refusal, BADCHARSET (RFC 9051 6.4.4). */
int searching_charset_ok(struct imap *s, struct str charset);
/* Takes "CHARSET" SP charset SP if it is next. 0, or a refusal (imap_no...). */
int searching_charset(struct imap *s, struct str *ret);
/* Reads the program and makes ready. 0, or a refusal. */
int searching_begin(struct imap *s, struct searching *x, struct str charset);
/* The same in any mailbox: of `b` the view, "$" and what is recent are given; E_*, told in a->why. The
 * program lives in a's arena. */
int searching_open(struct imap *s, struct searching *x, struct args *a, struct str charset,
		   const struct search_bound *b);
/* 1: there is more to do (imap_step); 0: done; a refusal. */
MAY_WAIT int searching_some(struct imap *s, struct searching *x);
void searching_end(struct searching *x);

#endif
