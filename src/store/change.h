/* change.h - a request to the committer: steps, and how far they are.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "store/internal.h"
#include "store/ranges.h"

enum step_kind {
	STEP_ACCOUNT_CREATE, STEP_ACCOUNT_DELETE, STEP_ACCOUNT_SET, STEP_QUOTA_SET, STEP_ALIAS_SET, STEP_META_SET,
	STEP_MBOX_IS, STEP_MBOX_CREATE, STEP_MBOX_ADOPT, STEP_MBOX_RENAME, STEP_MBOX_DELETE, STEP_MBOX_USE,
	STEP_SUBSCRIBE, STEP_DELIVER, STEP_FLAGS, STEP_SEEN_BY, STEP_EXPUNGE, STEP_COPY, STEP_MOVE,
	STEP_NOTE, STEP_ACL_SET,
	STEP_OWN, /* the store's own wishes (reclaim.c, base.c) */
	STEPS_
};

struct plan;
struct step_delivery { /* what the plan decided for one recipient */
	bool is_done;  /* logged and applied for good, or failed for good */
	int err;
	uint32_t uid, uidvalidity;
	uint64_t modseq, mbox_id;
};

struct step {
	struct step *next;
	enum step_kind kind;
	uint64_t account, mbox, to_mbox, number;
	struct str name, value;
	bool on;
	enum flag_op op;
	uint32_t flags, special_use;
	uint64_t quota;
	struct uid_range *r;
	size_t n_r;
	struct str *keywords;
	size_t n_keywords;
	uint64_t *id_out;
	struct draft *draft;
	struct delivery *to;
	struct step_delivery *plan;
	size_t n_to;
	bool is_conditional;
	unsigned seen_own; /* copy, move: SEEN_OWN_FROM, SEEN_OWN_TO */
	uint64_t unchanged_since;
	struct change_report *report;
	struct ranges failed, copied, copies; /* for it */
	/* progress */
	bool is_done, in_round;
	bool has_more; /* in slices: another group goes on at next_uid */
	uint64_t id;         /* what an account's creation gave */
	uint64_t body_id;    /* of the draft; 0: not given out in this group yet */
	size_t body_item;    /* the record in the group that has it */
	uint32_t next_uid;   /* slices: the first UID not done yet */
	uint32_t more_uid;   /* what the plan of this round wants next_uid to be */
	uint32_t was_uid;    /* next_uid before this round, should it have lost */
	int (*own)(struct plan *p, struct step *st); /* STEP_OWN */
	void *own_arg;
};

struct change {
	struct change *next; /* in the queue */
	struct store *s;
	struct arena arena;
	struct step *steps, **end;
	struct step *told; /* what change_tell is about */
	unsigned n_steps;
	uint64_t txid;
	uint64_t new_account; /* what CHANGE_NEW_ACCOUNT stands for */
	uint64_t own_modseq;  /* the first that a step of this round has given to messages; 0: none */
	bool in_slices, as_one;
	bool may_use_reserve; /* only frees or marks: allowed on a full disk */
	int result;
	bool is_over; /* no further group is needed */
	unsigned rounds;
	int (*chore)(struct store *s, struct txn *t, void *arg); /* no steps, then */
	void *chore_arg;
	struct wait wait;
};

struct step *change_step(struct change *c, enum step_kind kind); /* NULL: no memory */
#endif
