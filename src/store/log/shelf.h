/* shelf.h - what a memory log keeps, apart from the one who has it open.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/log/memory.c. A shelf is the far server's side: it belongs to a data folder
 * and outlives the log that was opened on it. Accounts, records and bodies are only ever added
 * (a reclaimed body gives up its bytes), so a reader needs the lock only to look something up. */
#ifndef STORE_LOG_SHELF_H
#define STORE_LOG_SHELF_H

#include <pthread.h>
#include <sys/stat.h>
#include "store/log/ops.h"

struct record {
	struct log_frame f; /* f.meta is behind this struct */
	char meta[];
};

struct shelf_account {
	uint64_t id;
	struct record **r; /* r[i] has sequence number i + 1 */
	size_t n, cap;
};

struct shelf_body {
	struct body_ref *ref; /* NULL: reclaimed */
	size_t n;
	uint64_t blob_run; /* 0: not a blob */
};

struct shelf { /* what outlives a log: the far server's side */
	struct shelf *next;
	struct statx key;
	uint64_t store_id, runs;
	pthread_mutex_t lock;
	struct shelf_account *accounts; /* by id */
	size_t n_accounts, cap_accounts;
	struct shelf_body *bodies; /* body i has id i + 1 */
	size_t n_bodies, cap_bodies;
	int64_t last_ms;
	uint64_t group;
};

/* The shelf of the open data folder `dir`; made if there is none. */
int shelf_get(int dir, struct shelf **ret);

/* The rest with the lock held. */
struct shelf_account *shelf_account(struct shelf *s, uint64_t id);      /* NULL: there is none */
struct shelf_account *shelf_account_make(struct shelf *s, uint64_t id); /* NULL: no memory */
size_t shelf_account_slot(const struct shelf *s, uint64_t id); /* where it is or would be */
int shelf_body_add(struct shelf *s, void *mem, size_t n, uint64_t blob_run, uint64_t *ret_id);
struct shelf_body *shelf_body(struct shelf *s, struct place p); /* NULL: there is none */

/* Room for one more of an array's elements: `array` is the address of a pointer. */
int shelf_grow(void *array, size_t n, size_t *cap, size_t size);

#endif
