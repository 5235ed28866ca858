/* internal.h - the store from inside.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/list.h"
#include "net/task.h"
#include "store/index/index.h"
#include "store/log/log.h"
#include "store/store.h"

enum { WATCH_BUCKETS = 1024, PIN_BUCKETS = 1024, FOLLOW_MOST = 32, MADE_ROWS = 64 };

/* What a snapshot, a view or an open body keeps readable: nothing of `mbox` that was expunged behind
 * `position` of its account's log is reclaimed. */
struct pin {
	struct list link; /* store.pins */
	uint64_t mbox, position;
	unsigned refs;
};

struct store_counts {
	_Atomic uint64_t commits, groups, records, log_bytes, flushes, checkpoints, replays;
	_Atomic uint64_t uploads, upload_memory, snaps;
};

struct store {
	struct store_opts o;
	int dir, lock_fd;
	struct log *log;
	struct index *ix;
	uint64_t store_id;
	uint8_t thread_key[16]; /* of thread ids: from the store id, so that a rebuild agrees */
	struct store_counts n;

	/* the committer (commit.c) */
	pthread_t committer;
	bool has_committer;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct change *queue, **queue_end;
	bool stopping;
	_Atomic uint64_t txid;
	struct group *group;
	uint64_t next_body; /* logs per account: body ids of this process alone */
	uint64_t group_bytes, group_puts; /* since checkpoint_due was last asked */

	/* other writers (follow.c), under lock */
	uint64_t follow[FOLLOW_MOST]; /* accounts that have got a hint */
	unsigned n_follow;
	bool follow_all; /* more than that */
	_Atomic bool has_hints;

	/* checkpoints and care (care.c) */
	pthread_t care;
	bool has_care, care_stopping;
	pthread_cond_t care_wake;
	bool checkpoint_wanted, checkpoint_ready; /* under lock: asked for; begun, to be finished */
	bool checkpoint_running;
	uint64_t checkpoints_done;
	pthread_cond_t checkpoint_done;
	int checkpoint_result;

	pthread_mutex_t reclaim_lock; /* one round at a time */

	/* reclaiming (sweeper.c) */
	pthread_t sweeper;
	pthread_cond_t sweeper_wake;
	bool has_sweeper;
	_Atomic bool sweeper_stopping;
	pthread_t walker; /* walk.c */
	bool has_walker;

	/* readers (snap.c) */
	pthread_mutex_t pin_lock;
	struct list pins[PIN_BUCKETS];

	/* \Recent (recent.c) */
	pthread_mutex_t recent_lock;
	struct recents {
		struct recent_row *rows;
		size_t n, cap;
	} recents;

	/* parts rendered on demand, to be kept (rendered.c) */
	pthread_mutex_t made_lock;
	struct made {
		struct made_row *rows[MADE_ROWS];
		size_t n, bytes;
	} made;

	/* watchers (watch.c) */
	pthread_mutex_t watch_lock;
	struct list watches[WATCH_BUCKETS];
	_Atomic unsigned n_watches;

	/* time (clock.c) */
	int64_t clock_base_ms; /* wall time minus monotonic time, as first seen or confirmed */
	_Atomic bool clock_jumped;
	_Atomic bool disk_low, index_full;
	int64_t (*now_ms)(void); /* tests set another */
};

void why_set(const char *fmt, ...) PRINTF(1, 2);
_Noreturn void store_fatal(void *arg, const char *why);

int commit_start(struct store *s);
void commit_stop(struct store *s);
/* Runs fn in a transaction of its own, between two groups: for what is the index's alone and is
 * not logged. Blocks. */
int commit_chore(struct store *s, int (*fn)(struct store *s, struct txn *t, void *arg), void *arg);
int care_start(struct store *s);
void care_stop(struct store *s);
struct replay;
int replay_with_reserve(struct store *s, struct replay *p); /* group.c */
void store_tell_low(bool low); /* fatal.c */
void store_tell_differs(const char *sentence);
int sweeper_start(struct store *s);
bool sweeper_pause(struct store *s, unsigned seconds); /* false: the store is closing */
int walk_start(struct store *s);
void walk_stop(struct store *s); /* behind sweeper_stop, which wakes it */
int walk_now(struct store *s);   /* compares index and log; a difference marks the index */
void sweeper_stop(struct store *s); /* before care and committer: its round waits for them */
void follow_start(struct store *s);
void follow_hints(struct store *s); /* by the committer, between two groups */
void leftovers_remove(struct store *s);
int care_checkpoint(struct store *s); /* a whole one, begun now; blocks */
void watch_tell(struct store *s, const uint64_t *mboxes, size_t n);

struct pin *pin_new(struct store *s, uint64_t mbox, uint64_t position); /* under pin_lock */
struct pin *pin_ref(struct store *s, struct pin *p);
void pin_drop(struct store *s, struct pin *p);
uint64_t pin_oldest(struct store *s, uint64_t mbox); /* UINT64_MAX: none */

void recents_keep(struct store *s);  /* blocks */
void rendered_keep(struct store *s); /* blocks */
void rendered_drop(struct store *s);

int store_thread(pthread_t *t, void *(*fn)(void *arg), void *arg);
void store_abandon(struct store *s); /* lets go without a checkpoint (tests: as if killed) */
void clock_start(struct store *s);
bool clock_is_good(struct store *s); /* looks, and remembers a jump */

/* -- drafts (draft.c) -- */

/* What a sealed draft brings into a commit. */
struct sealed {
	struct str body;      /* in memory, or empty with `is_blob` */
	bool is_blob;
	struct place place;
	uint32_t crc;
	uint64_t bytes, size; /* as it is stored; of the message: other than bytes with BIT_PACKED */
	uint32_t lines, header_bytes, bits;
	uint64_t thread_id;
	struct str cache; /* rendered; empty: on demand */
};
/* Ends the parsing, renders, makes a blob durable. With `as_blob` the body always becomes one
 * (a log per account: several accounts will name it). Blocks. */
int draft_seal(struct draft *d, bool as_blob);
bool draft_waits(const struct draft *d, bool as_blob); /* would sealing wait for the disk? */
const struct sealed *draft_sealed(const struct draft *d);

#endif
