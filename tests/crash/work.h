/* work.h - a seeded workload on a store, and what of it must be found again after a crash.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each actor is a thread with an account of its own and says one thing at a time, so after a
 * crash its account is what its answered operations made, or that and the one under way.
 * All deliver to one common account too, in any order. */
#ifndef CRASH_WORK_H
#define CRASH_WORK_H

#include "store/store.h"
#include "rnd.h"

enum { ACTORS_MOST = 4, BOXES = 3, BOX_INBOX = 0, OPS_MOST = 4096 };

enum op_kind {
	OP_ACCOUNT, OP_DELIVER, OP_FLAGS, OP_EXPUNGE, OP_COPY, OP_BOX_CREATE, OP_BOX_DELETE,
	OP_BOX_RENAME, OP_META, OP_MOVE, OP_NOTE, OP_CHECKPOINT, OP_RECLAIM
};
extern const char *const op_names[];

struct op {
	enum op_kind kind;
	uint64_t began, ended; /* positions: hooks_now() before it was said, after it was answered */
	unsigned box, box2;
	uint64_t msg;  /* seed of the message's text */
	uint32_t size;
	bool common;   /* OP_DELIVER: to the common account too */
	struct uid_range r;
	uint32_t flags;
	enum flag_op flag_op;
	bool keyword;
	/* what the answer told; 0: never told */
	uint32_t uid, common_uid, uidvalidity;
	uint64_t modseq;
};

struct row {
	uint64_t msg;
	uint32_t uid, size, flags;
	bool keyword;
	uint64_t note; /* the value of its annotation; 0: none */
};
struct box {
	bool exists;
	unsigned name; /* box N is called "box N.name" */
	uint32_t uidvalidity, uidnext;
	struct row *v;
	size_t n, cap;
};
struct state { /* of one account */
	bool exists;
	struct box box[BOXES];
	uint64_t meta, modseq;
	/* at most so much in deleted mailboxes may still count until the sweeper has been there */
	uint64_t unswept_messages, unswept_octets;
};
void state_apply(struct state *st, const struct op *op);
void state_free(struct state *st);
void box_name(unsigned box, unsigned generation, char out[32]);

struct actor {
	struct work *work;
	unsigned id;
	uint64_t account;
	struct rnd rnd;
	struct op *v;
	size_t n;
	struct state now;
};
struct work {
	struct store *store;
	uint64_t seed, common;
	unsigned n_actors;
	size_t ops; /* of each actor */
	bool reclaims;
	bool bases; /* each round of reclaiming begins with a base */
	bool goes_on;     /* operations may fail: those that did are not counted (calls.c) */
	uint64_t clock;   /* positions then: began and ended are counted here */
	size_t refused;
	struct actor actor[ACTORS_MOST];
	char why[256]; /* what failed, if anything did */
};

/* Runs it all on an open, new store; false if an operation failed (w->why). Where actors have
 * a `v` already it is used: shared memory, to be looked at when the process has ended in the
 * middle; an operation under way then has ended = UINT64_MAX. */
bool workload_run(struct work *w, struct store *s, uint64_t seed, unsigned n_actors, size_t ops);
void work_free(struct work *w);

/* Delivers one more message to the actor's INBOX, outside the workload. 0 or E_*. */
int work_deliver_one(struct store *s, const struct actor *a, struct op *op);

/* The text and the prefix of a message: the same octets each time. */
void text_make(uint64_t msg, uint32_t size, struct buf *out);
void prefix_make(uint64_t msg, const char *account, struct buf *out);
void actor_name(unsigned id, char out[64]);
#define COMMON_NAME "common@example.test"

/* -- after the crash ------------------------------------------------------------ */

struct expect {
	uint64_t cut;
	/* of the operation under way at the cut: not known, must not be there, must be there */
	enum { OPEN, GONE, DONE } fate[ACTORS_MOST];
};
/* Compares a recovered store with the workload; decides the open fates. False: why says what
 * is wrong. */
bool work_check(struct store *s, const struct work *w, struct expect *e, char why[512]);

#endif
