/* delay.c - LOGIN-DELAY (RFC 2449 6.5): who has logged in too recently.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include "base/clock.h"
#include "pop/session.h"

enum { BUCKETS = 256 };

struct login_time {
	struct list link;
	uint64_t account, at_ms;
};

/* Of the process, like the locks: a delay that a second connection did not see would be none. */
static struct {
	pthread_mutex_t mutex;
	struct list buckets[BUCKETS];
} logins = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Looks the account up in its bucket, forgetting on the way whose delay is over. */
static struct login_time *login_find(struct list *bucket, uint64_t account, uint64_t now, uint64_t delay_ms)
{
	struct login_time *found = NULL;

	list_each_safe(it, bucket) {
		struct login_time *t = container_of(it, struct login_time, link);

		if (now - t->at_ms >= delay_ms) {
			list_del(it);
			free(t);
		} else if (t->account == account) {
			found = t;
		}
	}
	return found;
}

int login_delay(uint64_t account, int64_t delay_s)
{
	uint64_t now = clock_mono_ms();
	struct login_time *t;
	struct list *bucket;
	int e = 0;

	if (delay_s <= 0)
		return 0;
	pthread_mutex_lock(&logins.mutex);
	bucket = &logins.buckets[account % BUCKETS];
	if (!bucket->next)
		list_init(bucket);
	if (login_find(bucket, account, now, (uint64_t)delay_s * 1000)) {
		e = E_BUSY;
	} else {
		t = calloc(1, sizeof(*t));
		if (t) {
			t->account = account;
			t->at_ms = now;
			list_add_tail(bucket, &t->link);
		}
	}
	pthread_mutex_unlock(&logins.mutex);
	return e;
}
