/* sessions.c - how many sessions each account has.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include "auth/sessions.h"
#include "base/err.h"

enum { BUCKETS = 1024 };

struct count {
	struct count *next;
	uint64_t account;
	unsigned n;
};

struct sessions {
	pthread_mutex_t lock;
	struct count *buckets[BUCKETS]; /* account ids are ours and consecutive: no keyed hash */
};

int sessions_new(struct sessions **ret)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return E_NOMEM;
	pthread_mutex_init(&s->lock, NULL);
	*ret = s;
	return 0;
}

struct sessions *sessions_free(struct sessions *s)
{
	if (!s)
		return NULL;
	for (int i = 0; i < BUCKETS; i++)
		while (s->buckets[i]) {
			struct count *c = s->buckets[i];

			s->buckets[i] = c->next;
			free(c);
		}
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

static struct count **find(struct sessions *s, uint64_t account)
{
	struct count **at = &s->buckets[account % BUCKETS];

	while (*at && (*at)->account != account)
		at = &(*at)->next;
	return at;
}

static int begin(struct sessions *s, uint64_t account, unsigned most)
{
	struct count **at = find(s, account);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return E_NOMEM;
		(*at)->account = account;
	}
	if (most && (*at)->n >= most)
		return E_LIMIT;
	(*at)->n++;
	return 0;
}

int sessions_begin(struct sessions *s, uint64_t account, unsigned most)
{
	int r;

	pthread_mutex_lock(&s->lock);
	r = begin(s, account, most);
	pthread_mutex_unlock(&s->lock);
	return r;
}

void sessions_end(struct sessions *s, uint64_t account)
{
	struct count **at, *c;

	pthread_mutex_lock(&s->lock);
	at = find(s, account);
	c = *at;
	if (c && --c->n == 0) {
		*at = c->next;
		free(c);
	}
	pthread_mutex_unlock(&s->lock);
}

unsigned sessions_of(struct sessions *s, uint64_t account)
{
	struct count *c;
	unsigned n;

	pthread_mutex_lock(&s->lock);
	c = *find(s, account);
	n = c ? c->n : 0;
	pthread_mutex_unlock(&s->lock);
	return n;
}
