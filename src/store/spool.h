/* spool.h - octets made for one reader: in memory, and past a bound in a file without a name.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include "base/buf.h"
#include "net/task.h"

enum { SPOOL_CHUNK = 64 << 10, SPOOL_MEMORY_MOST = 256 << 10 };

struct spool {
	int dir, fd;    /* fd: -1 while all is in `out` */
	struct buf out; /* whoever fills it adds here, then calls spool_flush */
	uint64_t n;     /* octets in the file */
};

void spool_init(struct spool *o, int dir, size_t out_most);
/* To the file, once there is too much for memory; `all` of it at the end. */
MAY_WAIT int spool_flush(struct spool *o, bool all);
/* What it has become: *mem (malloc) or *fd, the caller's; the other is NULL or -1. */
void spool_take(struct spool *o, char **mem, int *fd, uint64_t *n);
void spool_free(struct spool *o);

#endif
