/* replay.h - brings the index up to the end of the log.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_INDEX_REPLAY_H
#define STORE_INDEX_REPLAY_H

#include "store/index/index.h"

struct replay {
	struct log *log;
	uint64_t records, bytes, damaged; /* counted up */
	uint64_t txid; /* wanted: was this transaction among the records? */
	bool found;
	struct txn *as_of; /* no further than this state; NULL: to the end */
	const _Atomic bool *cancel; /* true: E_CLOSED; may be NULL */
};
/* Applies what the index has not seen yet, of all accounts, in as many transactions as it takes.
 * E_VERSION: a record of a newer version. */
int replay_all(struct index *ix, struct replay *p);
/* The tail of one account of a log per account, inside t. */
int replay_account(struct txn *t, struct replay *p, uint64_t account);

/* A new index: loads the newest base whose records are all there, if there is one. */
int replay_base(struct txn *t, struct replay *p);
/* Has the log every record from seq on? */
bool replay_reaches(struct log *l, uint64_t seq);

int position_get(struct txn *t, uint64_t account, struct log_pos *ret); /* none: {1} */
int position_put(struct txn *t, uint64_t account, const struct log_pos *pos);

/* After the start of a shared log, before replay_all: bodies of the group that recovery has copied
 * get their new places. */
int relocate(struct index *ix, struct log *l);

#endif
