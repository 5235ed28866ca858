/* plan.h - from what is wished for to what is decided: plans return records, nothing else.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. A plan reads the tables of the group's write transaction, in which the
 * records of the group so far are applied, and never writes to them. */
#ifndef STORE_PLAN_H
#define STORE_PLAN_H

#include "store/change.h"
#include "store/ranges.h"

enum {
	SLICE_ROWS = 8192,       /* of a change that may happen piecemeal */
	MOVE_ROWS = 1024,        /* the same of a move, which takes longer */
	COPY_MOST = 100000,      /* messages of one COPY, which is all or nothing */
	META_VALUE_MOST = 1 << 20,
};

/* A value of the store: the highest UIDVALIDITY of accounts that were deleted at once. */
#define META_UIDVALIDITY "uidvalidity"

struct planned {
	struct record rec;
	struct planned *next;
	struct str body;  /* goes into the record's frame */
	struct str cache; /* rendered, for apply */
};

struct plan {
	struct store *s;
	struct txn *t;
	struct change *c;
	struct arena *arena; /* lives until the group is done */
	int64_t now_ms;
	bool shared;
	uint64_t first_body; /* bodies from here on are of this group */
	struct planned *out, **end;
	size_t n_out;
	size_t item; /* the group's index of the first record of `out` */
};

/* Plans one step, or one recipient of a delivery. Results go to st's fields. */
int plan_step(struct plan *p, struct step *st, size_t recipient);

/* The parts, by family. */
int plan_account_create(struct plan *p, struct step *st);
int plan_account_delete(struct plan *p, struct step *st);
int plan_account_set(struct plan *p, struct step *st);
int plan_quota_set(struct plan *p, struct step *st);
int plan_alias_set(struct plan *p, struct step *st);
int plan_meta_set(struct plan *p, struct step *st);
int plan_mbox_is(struct plan *p, struct step *st);
int plan_mbox_create(struct plan *p, struct step *st);
int plan_mbox_adopt(struct plan *p, struct step *st);
int plan_mbox_rename(struct plan *p, struct step *st);
int plan_mbox_delete(struct plan *p, struct step *st);
int plan_mbox_use(struct plan *p, struct step *st);
int plan_subscribe(struct plan *p, struct step *st);
int plan_acl_set(struct plan *p, struct step *st);
int plan_deliver(struct plan *p, struct step *st, size_t i);
int plan_flags(struct plan *p, struct step *st);
int plan_seen_by(struct plan *p, struct step *st);
int plan_expunge(struct plan *p, struct step *st);
int plan_copy(struct plan *p, struct step *st);
int plan_move(struct plan *p, struct step *st);
int plan_note(struct plan *p, struct step *st);

/* Calls fn for the messages of st's ranges that exist, from st->next_uid on, until it says 1. */
typedef int plan_row_fn(struct plan *p, uint32_t uid, const struct msg_row *row, void *arg);
int plan_each_row(struct plan *p, struct step *st, plan_row_fn *fn, void *arg);
struct choosing { /* rows that will change, up to the end of a slice */
	struct step *st;
	struct ranges chosen;
	size_t n;
	uint64_t keywords;
	struct seen seen;
	uint64_t bytes, bytes_most; /* of annotations */
	bool full; /* the slice is: there is more */
};
/* Fills ch->chosen with what `wants` has chosen, and the step's progress and report. */
int plan_choosing(struct plan *p, struct choosing *ch, plan_row_fn *wants);
int plan_choose(struct plan *p, struct choosing *ch, uint32_t uid);
/* RFC 7162 3.1.3: changed since, it stays as it is and is told. */
int plan_keep(struct step *st, uint32_t uid);
bool plan_keeps(const struct plan *p, const struct step *st, const struct msg_row *row);
void plan_gave(struct plan *p, struct step *st, uint64_t modseq); /* to messages that are there */
/* Annotations of the message that `stored` makes: one to begin with; those that it had before. */
int plan_first_note(struct plan *p, const struct record *stored, const struct delivery_note *note,
		    uint64_t modseq);
int plan_copy_notes(struct plan *p, uint64_t from, uint32_t uid, uint64_t who,
		    const struct record *stored, uint64_t *modseq, uint64_t *bytes);
uint64_t plan_note_room(const struct account_row *a); /* octets */

/* E_QUOTA if there is no room for so much, or for one more mailbox. */
int plan_quota(const struct account_row *a, uint64_t bytes, uint64_t messages);
int plan_quota_mbox(struct plan *p, const struct account_row *a);

struct planned *plan_add(struct plan *p, uint16_t type, uint64_t account); /* NULL: no memory */
/* Pointers to hot rows: good until the next one is asked for in a loop. */
int plan_account(struct plan *p, uint64_t id, struct account_row **ret); /* E_NOACCOUNT */
int plan_mbox(struct plan *p, uint64_t id, struct mbox_row **ret);       /* E_NOMBOX */
int plan_find_mbox(struct plan *p, uint64_t account, struct str name, uint64_t *ret);
struct planned *plan_make_mbox(struct plan *p, struct account_row *a, struct str name, int *err);
/* Records that give `to` the rights of `from`, or of the nearest mailbox above `name`. */
int plan_acl_copy(struct plan *p, uint64_t account, uint64_t from, uint64_t to);
int plan_notes_copy(struct plan *p, uint64_t account, uint64_t from, uint64_t to); /* METADATA's */
int plan_acl_inherit(struct plan *p, uint64_t account, struct str name, uint64_t mbox);
uint32_t plan_uidvalidity(struct plan *p, const struct account_row *a);
/* Bits of keyword names; new ones are added to *defs. E_LIMIT past 64. */
int plan_keywords(struct plan *p, struct mbox_row *m, const struct str *names, size_t n,
		  uint64_t *bits, const struct keyword_def **defs, size_t *n_defs);

#endif
