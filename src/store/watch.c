/* watch.c - who wants to hear that a mailbox has changed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * fn is called under watch_lock: so it is not running when watch_close has returned. */
#include "base/err.h"
#include "store/internal.h"

struct watch {
	struct list link;
	struct store *s;
	uint64_t mbox;
	void (*fn)(void *arg);
	void *arg;
};

static struct list *bucket(struct store *s, uint64_t mbox)
{
	return &s->watches[(mbox * 0x9e3779b97f4a7c15u) >> 54];
}

int watch_open(struct watch **ret, struct store *s, uint64_t mbox, void (*fn)(void *arg), void *arg)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return E_NOMEM;
	*w = (struct watch){.s = s, .mbox = mbox, .fn = fn, .arg = arg};
	list_init(&w->link);
	pthread_mutex_lock(&s->watch_lock);
	list_add_tail(bucket(s, mbox), &w->link);
	s->n_watches++;
	pthread_mutex_unlock(&s->watch_lock);
	*ret = w;
	return 0;
}

struct watch *watch_close(struct watch *w)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->s->watch_lock);
	list_del(&w->link);
	w->s->n_watches--;
	pthread_mutex_unlock(&w->s->watch_lock);
	free(w);
	return NULL;
}

void watch_tell(struct store *s, const uint64_t *mboxes, size_t n)
{
	if (!s->n_watches)
		return;
	pthread_mutex_lock(&s->watch_lock);
	for (size_t i = 0; i < n; i++)
		list_each(it, bucket(s, mboxes[i])) {
			struct watch *w = container_of(it, struct watch, link);

			if (w->mbox == mboxes[i])
				w->fn(w->arg);
		}
	pthread_mutex_unlock(&s->watch_lock);
}
