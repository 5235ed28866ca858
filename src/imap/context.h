/* context.h - Private to imap/. Searches whose changes are told (RFC 5267 4.3).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_CONTEXT_H
#define IMAP_CONTEXT_H

#include "imap/searching.h"

enum { CONTEXTS_MOST = 8 };

/* The search is done, its program is read from `text` again at each change: from now on its changes are
 * told. 1: it is refused (NOUPDATE), what it found is told all the same. E_NOMEM. */
int context_add(struct imap *s, struct str text, struct str charset, const struct searching *x);
bool context_has_tag(const struct imap *s, struct str tag);
void contexts_free(struct imap *s); /* the mailbox is closed */

/* What is about to be told as expunged leaves the results: before the numbers change. */
void contexts_vanished(struct imap *s, struct uidset gone);
/* These changed, or are new; called until it is not 1. 0, E_NOMEM. */
struct contexts_run {
	struct uidset changed;   /* sorted, disjoint */
	struct imap_context *at; /* the next one; NULL at first and at the end */
	struct searching x;
	struct arena arena;
	bool is_begun, is_open;
};
MAY_WAIT int contexts_changed(struct imap *s, struct contexts_run *run);
void contexts_run_end(struct contexts_run *run);

#endif
