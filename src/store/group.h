/* group.h - requests that are planned, logged, synced and made visible together.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. Used by the committer alone. */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include "store/plan.h"

struct item { /* one record of the group */
	struct log_item li;
	struct planned *n;
	struct change *c;
	struct step *st;
	size_t recipient;
};

struct slot { /* one log of the group: its account's, or the shared one (account 0) */
	uint64_t account, first_seq, next_seq;
	uint64_t txid; /* of a record of ours: the append is all or nothing */
	enum log_outcome outcome;
};

struct group {
	struct store *s;
	struct txn t;
	struct arena arena;
	struct buf enc;
	bool shared, deferred; /* deferred: records are logged when the whole change is planned */
	int64_t now_ms;
	struct item *items;
	size_t n, cap;
	struct slot *slots;
	size_t n_slots, cap_slots;
	int failed; /* the whole group's error */
	bool log_failed; /* it was the log's write: trying again one by one is no use */
	void (*answer)(struct store *s, struct change *list); /* only for a planted fault */
	bool is_answered;
};

struct group *group_new(struct store *s);
void group_free(struct group *g);

/* Runs the changes of `list` (linked by next) as one group. After it each is finished (is_over),
 * or has more to do in another group. c->result is its error. */
void group_run(struct group *g, struct change *list, bool may_use_reserve);

#endif
