/* filter.h - Private to imap/. Sets of mailboxes, for NOTIFY (RFC 5465 6) and ESEARCH IN (RFC 7377 2.2).
 * SPDX-License-Identifier: Apache-2.0
 *
 *	struct filter f;               parse: take_filter(a, &f, true)
 *	struct filter_run *run = imap_state(s, sizeof(*run), filter_run_end);
 *	filter_run_begin(s, run, &f, RIGHT_L | RIGHT_R);
 *	while ((r = filter_run_some(s, run)) > 0) ... imap_step;   then run->v[0..n-1]
 *
 * Mailboxes that this user may not see, or lacks one of `rights` for, are passed over without a word
 * (RFC 7377 2.2, RFC 5465 5). */
#ifndef IMAP_FILTER_H
#define IMAP_FILTER_H

#include "imap/list.h"

enum filter_kind {
	FILTER_SELECTED, FILTER_SELECTED_DELAYED, FILTER_INBOXES, FILTER_PERSONAL, FILTER_SUBSCRIBED,
	FILTER_SUBTREE, FILTER_SUBTREE_ONE, FILTER_MAILBOXES,
};
enum { FILTER_NAMES_MOST = 1000 };

struct filter {
	enum filter_kind kind;
	struct str *names; /* of the last three; canonical, in the arena of the command */
	size_t n;
};
/* "personal", "subtree (a b)", ... E_SYNTAX. `selected` and its like only if with_selected. */
int take_filter(struct args *a, struct filter *ret, bool with_selected);
/* Is a mailbox of this name, in this user's namespaces, in the set? Not for SELECTED. */
bool filter_has(const struct filter *f, struct str name, bool is_own, bool is_subscribed);

struct filtered {
	uint64_t mbox;
	struct str name; /* as this user sees it; as long as the run */
};
struct filter_run {
	struct filtered *v; /* each mailbox once, in the order of LIST */
	size_t n;
	/* private */
	const struct filter *filter;
	uint32_t rights;
	struct list_patterns patterns;
	struct list_tree tree;
	size_t at;
	bool is_collected;
};
int filter_run_begin(struct imap *s, struct filter_run *run, const struct filter *f, uint32_t rights);
int filter_run_some(struct imap *s, struct filter_run *run); /* 1: call again; 0: complete; E_* */
void filter_run_end(void *run); /* fine on a zeroed one, and twice */

#endif
