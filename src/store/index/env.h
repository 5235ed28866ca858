/* env.h - what the files of the index share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/index/. */
#ifndef STORE_INDEX_ENV_H
#define STORE_INDEX_ENV_H

#include "store/index/index.h"

struct checkpoint;
struct index {
	struct index_opts o;
	MDB_env *env;
	MDB_dbi dbi[TAB_N];
	size_t map_bytes;
	uintptr_t map_at;
	uint64_t room_end; /* disk space is ours up to here (room.c) */
	unsigned page_bytes;
	int fd;      /* data.mdb, LMDB's own */
	int mark_fd; /* index.bad, opened before it is needed */
	pthread_mutex_t pool_lock;
	MDB_txn *pool[64]; /* read transactions to renew */
	unsigned n_pool;
	struct hot *hot;
	struct checkpoint *cp;
	unsigned fail_commits; /* tests: so many commits fail */
};

int index_err(struct index *ix, int rc);
const char *tab_name(enum tab tab);
int env_open(struct index *ix, bool fresh); /* LMDB's codes */
void env_close(struct index *ix);
int hot_new(struct hot **ret);
void hot_free(struct hot *h);

int checkpoint_restore(struct index *ix, bool *clean, const char **why); /* opens the env */
int checkpoint_start(struct index *ix, bool fresh); /* holds the reader; before the first write */
void checkpoint_stop(struct index *ix);
void checkpoint_mark(struct index *ix); /* async-signal-safe */
int checkpoint_mark_ready(struct index *ix, int flags); /* opens the file that is written then */

void guard_env(struct index *ix);   /* before mdb_env_open: its asserts are ours */
void guard_begin(struct index *ix); /* after it: so are its bad addresses */
void guard_end(struct index *ix);   /* fine if it was never begun */

#endif
