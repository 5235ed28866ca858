/* memory.h - the log in memory: what tests can ask of it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. A memory log stands for a server somewhere else (RADOS): a log per account,
 * compare-and-append. It lives as long as the process and belongs to the data folder it was
 * opened with: whoever opens that folder again finds it as it was.
 *
 * Moods: a log opened with seed != 0 behaves as a far server may, drawn from the seed:
 *	- before an append, another writer's record appears on that account: LOG_LOST;
 *	- it appends and then answers LOG_UNKNOWN;
 *	- it answers LOG_UNKNOWN and has not appended;
 *	- after an append, another writer's record follows;
 *	- hints of log_watch come late (at a later call), twice or never.
 * The other writer's records come from memory_other_writer's callback; without one they are
 * LOG_NOOPs. */
#ifndef STORE_LOG_MEMORY_H
#define STORE_LOG_MEMORY_H

#include "store/log/log.h"

/* `make` fills in type, meta and body (alive until its next call) of a harmless record for the
 * account, or returns false: a LOG_NOOP then. Called from log_commit. */
void memory_other_writer(struct log *l, bool (*make)(void *arg, uint64_t account,
						     struct log_item *it), void *arg);

struct memory_stats { /* so that a test can see that a mood really came */
	uint64_t won, lost, unknown_done, unknown_not_done, hints_late, hints_twice, hints_never;
};
void memory_stats(struct log *l, struct memory_stats *ret);

/* Appends a record as another writer would, now; hints follow the moods. */
int memory_append_other(struct log *l, struct log_item *it);

/* Throws away the log of the open data folder `dir`; nobody may have it open. */
void memory_forget(int dir);

#endif
