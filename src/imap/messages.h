/* messages.h - Private to imap/. The messages that a command names, and what all of FETCH, STORE,
 * COPY, MOVE and EXPUNGE do with a set of them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_MESSAGES_H
#define IMAP_MESSAGES_H

#include "imap/answer.h"

/* Takes a sequence set, of UIDs if the command is one of UID's, and resolves it in the view: UIDs in
 * the arena, sorted, disjoint, each range wholly in the view. A number that no message has is BAD, a UID
 * that none has is passed over (RFC 9051 9, 6.4.9). "$" is what SEARCH saved (RFC 5182). */
int arg_messages(struct imap *s, struct uidset *ret);
/* The same, and the set as the client gave it, in UIDs: also of messages that are no more. */
int arg_messages_raw(struct imap *s, struct uidset *ret, struct uidset *raw);
uint64_t uidset_count(struct uidset set);

/* Collects UIDs that come in ascending order. */
struct uid_list {
	struct uid_range *r;
	size_t n, cap;
	uint64_t count;
};
bool uid_list_add(struct uid_list *l, uint32_t uid); /* false: no memory */
void uid_list_free(struct uid_list *l);
static inline struct uidset uid_list_set(const struct uid_list *l)
{
	return (struct uidset){l->r, l->n};
}

/* What is left of a set while its messages are worked off in steps. */
struct uid_cursor {
	struct uid_range *r;
	size_t n;
};
int uid_cursor_init(struct uid_cursor *c, struct uidset set, struct arena *a); /* copies */
void uid_cursor_to(struct uid_cursor *c, uint32_t uid); /* forgets all below uid */
void uid_cursor_end(struct uid_cursor *c);
static inline struct uidset uid_cursor_set(const struct uid_cursor *c)
{
	return (struct uidset){c->r, c->n};
}

/* a without b; in the arena. E_NOMEM. */
int uidset_minus(struct uidset a, struct uidset b, struct arena *arena, struct uidset *ret);
int put_uidset(struct buf *out, struct uidset set); /* "1:3,5" */

/* The session knows MODSEQs from here on (RFC 7162 3.1). */
void condstore_on(struct imap *s);
/* The mailbox's modseq as of now; 0 if it cannot be read. */
uint64_t modseq_now(struct imap *s);
/* Did the client give message numbers though it has enabled UIDONLY (RFC 9586 3)? Then its refusal. */
int refuse_numbers(struct imap *s); /* 0: it is fine */
/* The flags that these rights let a user change (RFC 4314 2.1); keywords go with RIGHT_W. store.c */
uint32_t flags_allowed(uint32_t rights);

#endif
