/* gather.h - Private to imap/. Goes through what a search has found, with each message's envelope: for
 * SORT and THREAD.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_GATHER_H
#define IMAP_GATHER_H

#include "imap/messages.h"
#include "imap/searching.h"
#include "wire/envelope.h"

struct gather {
	/* For each message in the order of UIDs; `field` is its envelope's. < 0 ends it. Must not wait. */
	int (*fn)(void *arg, const struct view_row *row, const struct str field[ENV_FIELDS]);
	void *arg;
	unsigned want;           /* enum view_want; 0: fields and references are empty */
	/* private */
	struct uid_cursor left;
	struct imap *s;
	uint32_t stuck_uid;      /* its envelope is not cached */
	unsigned since_look;
	int err;
};
int gather_begin(struct imap *s, struct gather *g, const struct search_hits *h); /* E_NOMEM */
/* Goes on for some milliseconds. 1: there is more to do; 0: done; E_* */
MAY_WAIT int gather_some(struct gather *g);

/* -- what SORT and THREAD make of an envelope's fields ------------------------------------------ */

/* INTERNALDATE as clients see it, in seconds: what differs by less is told apart by its place. */
static inline int64_t arrival_second(const struct view_row *row)
{
	int64_t ms = row->info.internaldate_ms;

	return ms - (ms % 1000 + 1000) % 1000;
}
/* The sent date (RFC 5256 2.2) of a Date field; `arrival` if there is none. */
int64_t sent_date(struct str date, int64_t arrival, struct buf *scratch);
/* Adds the base subject, casemapped, to out. */
int folded_subject(struct str subject, struct buf scratch[2], struct buf *out, bool *is_reply);

#endif
