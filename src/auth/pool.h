/* pool.h - a few threads for password hashing, with a bounded queue.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to auth/. Apart from the loops' pool (work_run): a burst of logins must not keep a
 * session from reading its mail (SECURITY E5). */
#ifndef AUTH_POOL_H
#define AUTH_POOL_H

#include "base/attr.h"

struct pool;
int pool_new(struct pool **ret, unsigned threads, unsigned queue_most);
struct pool *pool_free(struct pool *p); /* finishes what is queued; NULL is fine */

/* Has fn(arg) called on a thread of the pool, returns its result. E_BUSY without calling it
 * when the queue is full. */
MAY_WAIT int pool_run(struct pool *p, int (*fn)(void *arg), void *arg);

#endif
