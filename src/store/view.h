/* view.h - one IMAP session's picture of a mailbox: sequence numbers, and what has changed since.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A view is what the client has been told (RFC 9051 2.3.1.2): it changes only by view_take, so that
 * sequence numbers stay put while a command runs, whatever others do. It holds runs of UIDs, not
 * a number per message: a mailbox with few gaps costs a few hundred octets (design 2.4). Messages
 * that were expunged after the view's moment stay readable through it.
 *
 * Nothing here waits but what is marked; no transaction outlives a call. */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include "store/store.h"

struct view_run {
	uint32_t lo, hi;   /* UIDs, all of them there */
	uint32_t seq;      /* of lo */
};

struct view {
	uint64_t mbox, account;
	uint32_t uidvalidity, uidnext; /* uidnext: no message from here on is in the view */
	uint32_t n;                    /* messages: EXISTS */
	uint64_t modseq;               /* changes and arrivals up to here were told */
	uint64_t modseq_expunged;      /* expunges up to here were told; <= modseq */
	uint64_t highestmodseq_at_open;
	bool is_gone;                  /* the mailbox was deleted meanwhile */
	uint64_t reader;  /* the caller's to set: \Seen is this account's own (change_seen_by); 0: all's */
	/* private */
	struct store *store;
	struct view_run *runs;
	uint32_t n_runs, cap_runs;
	void *pin;
};

/* As of now. E_NOMBOX, E_NOMEM. O(runs), from rows that the index keeps (not from the messages): a
 * mailbox of 100,000 messages without gaps opens in microseconds. */
int view_open(struct view **ret, struct store *s, uint64_t mbox);
struct view *view_close(struct view *v); /* NULL is fine; returns NULL */

/* -- numbers: O(log runs) ---------------------------------------------------------- */

uint32_t view_uid(const struct view *v, uint32_t seq); /* 0: no such number */
uint32_t view_seq(const struct view *v, uint32_t uid); /* 0: not in the view */
/* How many messages have a UID below `uid`: the sequence number before it. */
uint32_t view_rank(const struct view *v, uint32_t uid);
/* What of `in` (sorted, disjoint; of UIDs, or of sequence numbers) is in the view: as UID ranges in
 * `a`, each wholly in the view. O(ranges + runs touched). E_NOMEM. */
int view_pick(const struct view *v, struct uidset in, bool are_seqs, struct arena *a,
	      struct uidset *ret);
/* The same UIDs as ranges of sequence numbers. */
int view_seqs(const struct view *v, struct uidset uids, struct arena *a, struct uidset *ret);

/* -- what happened since ------------------------------------------------------------ */

struct view_news {
	uint64_t modseq;         /* as of which this is */
	uint32_t uidnext;
	struct uidset arrived;   /* UIDs from view.uidnext on that are there */
	struct uidset vanished;  /* of those in the view */
	struct uidset changed;   /* of those in the view and still there: flags or annotations */
	bool is_gone;
	uint64_t position;       /* private */
};
/* Reads the `change` and `vanished` indexes behind the view's moment: O(what changed). Nothing
 * new: 0 and a zeroed *ret but for modseq. Does not move the view. */
int view_look(const struct view *v, struct arena *a, struct view_news *ret);
/* Moves the view: arrivals and changes always; what vanished only if `with_expunges` (RFC 9051
 * 7.5.1: no EXPUNGE during FETCH, STORE, SEARCH), else it is found again by the next look. */
int view_take(struct view *v, const struct view_news *news, bool with_expunges);
/* For QRESYNC and CHANGEDSINCE. What of `uids` (all if n is 0) vanished behind `modseq`, by the
 * vanished index; below its floor: everything of `uids` below UIDNEXT that is not there (RFC 7162
 * 3.2.10.1 allows more than needed). */
int view_vanished_since(const struct view *v, uint64_t modseq, struct uidset uids, struct arena *a,
			struct uidset *ret);
int view_changed_since(const struct view *v, uint64_t modseq, struct uidset uids, struct arena *a,
		       struct uidset *ret);

/* -- messages ------------------------------------------------------------------------ */

enum view_want { WANT_ENVELOPE = 1, WANT_STRUCTURE = 2, WANT_OFFSETS = 4, WANT_REFERENCES = 8 };
struct view_row {
	struct msg_info info;
	uint32_t seq;
	/* into the map, for the length of the call; p = NULL: not cached (view_rendered makes it), or
	 * not wanted */
	struct str envelope, structure, offsets, references;
};
/* Calls fn(arg, row) for each message of `uids` that is in the view, in UID order, until it returns
 * false: then *next_uid is that message's UID (call again with what is left); 0 at the end. One read
 * transaction: fn must not wait nor take long (design 2.3 rule 4). Also those expunged meanwhile
 * (info.expunged). About 100 ns a message. */
int view_each(struct view *v, struct uidset uids, unsigned want,
	      bool (*fn)(void *arg, const struct view_row *row), void *arg, uint32_t *next_uid);
int view_info(struct view *v, uint32_t uid, struct msg_info *ret); /* E_NOMSG */
MAY_WAIT int view_msg_open(struct msg_body *ret, struct view *v, uint32_t uid); /* as msg_open */
MAY_WAIT int view_rendered(struct view *v, uint32_t uid, enum msg_part_of_cache what, struct buf *out);

/* Annotations of a message: `who`'s own (0: none) and everybody's (who = 0), in the order of entries,
 * until fn returns false. Like meta_each. */
int notes_each(struct view *v, uint32_t uid, uint64_t who,
	       bool (*fn)(void *arg, uint64_t who, struct str entry, struct str value), void *arg);

/* How many messages of a shared mailbox this reader has not seen: O(runs + ranges). */
int mbox_unseen_by(struct store *s, uint64_t mbox, uint64_t reader, uint64_t *ret);

/* \Recent (RFC 3501 2.3.2): messages from the UID returned up to v->uidnext are recent to the session
 * that claims them, and to no other one that comes later (EXAMINE does not claim). After a crash some
 * may be so again. Call it when the view was opened, and when view_take has told of arrivals. */
uint32_t view_recent(const struct view *v, bool claim);
int mbox_recent(struct store *s, uint64_t mbox, uint32_t *ret); /* STATUS: how many are nobody's yet */

/* The names of the mailbox's keyword bits: ret[i] is bit i's, p = NULL where there is none. In `a`. */
int view_keywords(struct store *s, uint64_t mbox, struct arena *a, struct str ret[64]);

#endif
