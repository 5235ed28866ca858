/* loop.h - one event loop a core: libuv with an inbox, timers and stacks.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything but loop_post and loop_stop must be called on the loop's thread. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdint.h>
#include <uv.h>
#include "base/list.h"

struct loop;

struct loop_opts {
	unsigned stacks_most; /* tasks at once; default 1,024 */
	unsigned work_most;   /* calls of work_run queued at once, all loops; default 256 */
};
int loop_new(struct loop **ret, const struct loop_opts *o);
/* NULL is fine. All handles are closed, and no other thread can still be inside wait_done or
 * loop_post for it: join those (the committer) before. */
struct loop *loop_free(struct loop *l);
int loop_run(struct loop *l);           /* until loop_stop and nothing is left; 0 */
void loop_stop(struct loop *l);         /* from any thread */
uv_loop_t *loop_uv(struct loop *l);
uint64_t loop_now_ms(struct loop *l); /* monotonic, of this turn */
struct loop *loop_current(void);      /* NULL on another thread */

/* Has fn(arg) called on the loop's thread. From any thread, in order; E_NOMEM. */
int loop_post(struct loop *l, void (*fn)(void *arg), void *arg);

/* Cheap coarse timers (a wheel; they fire up to 64 ms late, never early). */
struct timer {
	struct list link;
	uint64_t at_ms;
	void (*fn)(struct timer *t);
};
void timer_init(struct timer *t, void (*fn)(struct timer *t));
void timer_set(struct loop *l, struct timer *t, unsigned in_ms); /* moves it if it is set */
void timer_clear(struct timer *t);                               /* harmless when not set */

#endif
