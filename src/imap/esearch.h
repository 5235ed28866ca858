/* esearch.h - Private to imap/. RETURN options, and the ESEARCH response.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9051 6.4.4 and 7.3.4, RFC 4731, RFC 9394 (PARTIAL), RFC 5267 (CONTEXT, UPDATE), RFC 6203
 * (RELEVANCY). */
#ifndef IMAP_ESEARCH_H
#define IMAP_ESEARCH_H

#include "imap/args.h"
#include "store/view.h"

enum {
	RET_MIN = 1, RET_MAX = 2, RET_ALL = 4, RET_COUNT = 8, RET_SAVE = 16, RET_PARTIAL = 32,
	RET_RELEVANCY = 64, RET_CONTEXT = 128, RET_UPDATE = 256,
	RET_DATA = RET_MIN | RET_MAX | RET_ALL | RET_COUNT | RET_PARTIAL | RET_RELEVANCY,
};
struct search_return {
	unsigned options;
	bool is_given;         /* there was a RETURN */
	int64_t first, last;   /* PARTIAL as it was written: from 1 on, or from -1 down */
};
/* Reads "RETURN (...) " if it is next, with the space behind it. */
int search_return_read(struct args *a, struct search_return *ret);

/* What was found, in the order to tell it: messages, as ranges of UIDs. */
struct found {
	const struct uid_range *r;
	size_t n;
	uint64_t count, modseq; /* the highest MODSEQ; 0: not to be told */
};
struct esearch {
	struct str tag;
	struct str mailbox;     /* RFC 7377: p = NULL: not told */
	uint32_t uidvalidity;
	bool are_uids;
	const struct view *view;/* turns UIDs into sequence numbers if they are not told */
	const struct search_return *ret;
};
/* Appends the whole line. */
int put_esearch(struct buf *out, const struct esearch *e, const struct found *f);
/* "1:3,5", of UIDs or the sequence numbers they have. */
int put_numbers(struct buf *out, const struct view *v, bool are_uids, const struct uid_range *r,
		size_t n);
/* What of `f` PARTIAL asks for: malloced ranges. E_NOMEM. */
int found_partial(const struct search_return *ret, const struct found *f, struct uid_range **r,
		  size_t *n);

/* search-saved.c: "$" */
struct imap_mbox;
int search_save(struct imap_mbox *m, const struct search_return *ret, const struct found *f);
void search_forget(struct imap_mbox *m);

#endif
