/* shelf.c - accounts, records and bodies of a memory log, found by their data folder.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include "store/log/memory.h"
#include "store/log/shelf.h"

/* A data folder's log is found by the folder's identity. The list is the far server. */
static pthread_mutex_t shelves_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shelf *shelves;

static bool same_key(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor &&
	       a->stx_btime.tv_sec == b->stx_btime.tv_sec && /* inodes are used again */
	       a->stx_btime.tv_nsec == b->stx_btime.tv_nsec;
}

static struct shelf **shelf_slot(const struct statx *key)
{
	struct shelf **p = &shelves;

	while (*p && !same_key(&(*p)->key, key))
		p = &(*p)->next;
	return p;
}

static struct shelf *shelf_new(const struct statx *key)
{
	struct shelf *s = calloc(1, sizeof(*s));

	if (s) {
		s->key = *key;
		pthread_mutex_init(&s->lock, NULL);
	}
	return s;
}

int shelf_get(int dir, struct shelf **ret)
{
	struct statx key = {0};
	struct shelf **p;

	if (statx(dir, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &key) < 0)
		return err_from_errno(errno);
	pthread_mutex_lock(&shelves_lock);
	p = shelf_slot(&key);
	if (!*p)
		*p = shelf_new(&key);
	*ret = *p;
	pthread_mutex_unlock(&shelves_lock);
	return *ret ? 0 : E_NOMEM;
}

static void shelf_free(struct shelf *s)
{
	for (size_t i = 0; i < s->n_accounts; i++) {
		for (size_t k = 0; k < s->accounts[i].n; k++)
			free(s->accounts[i].r[k]);
		free(s->accounts[i].r);
	}
	for (size_t i = 0; i < s->n_bodies; i++)
		body_ref_drop(s->bodies[i].ref);
	free(s->accounts);
	free(s->bodies);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void memory_forget(int dir)
{
	struct statx key = {0};
	struct shelf **p, *s;

	if (statx(dir, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &key) < 0)
		return;
	pthread_mutex_lock(&shelves_lock);
	p = shelf_slot(&key);
	s = *p;
	if (s)
		*p = s->next;
	pthread_mutex_unlock(&shelves_lock);
	if (s)
		shelf_free(s);
}

int shelf_grow(void *array, size_t n, size_t *cap, size_t size)
{
	void **p = array;
	size_t more = *cap ? 2 * *cap : 16;
	void *q;

	if (n < *cap)
		return 0;
	q = reallocarray(*p, more, size);
	if (!q)
		return E_NOMEM;
	*p = q;
	*cap = more;
	return 0;
}

size_t shelf_account_slot(const struct shelf *s, uint64_t id)
{
	size_t lo = 0, hi = s->n_accounts;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (s->accounts[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct shelf_account *shelf_account(struct shelf *s, uint64_t id)
{
	size_t i = shelf_account_slot(s, id);

	return i < s->n_accounts && s->accounts[i].id == id ? &s->accounts[i] : NULL;
}

struct shelf_account *shelf_account_make(struct shelf *s, uint64_t id)
{
	struct shelf_account *a = shelf_account(s, id);
	size_t i = shelf_account_slot(s, id);

	if (a || shelf_grow(&s->accounts, s->n_accounts, &s->cap_accounts, sizeof(*a)) < 0)
		return a;
	a = s->accounts + i;
	memmove(a + 1, a, (s->n_accounts++ - i) * sizeof(*a));
	*a = (struct shelf_account){.id = id};
	return a;
}

int shelf_body_add(struct shelf *s, void *mem, size_t n, uint64_t blob_run, uint64_t *ret)
{
	struct body_ref *ref;

	if (shelf_grow(&s->bodies, s->n_bodies, &s->cap_bodies, sizeof(*s->bodies)) < 0)
		return E_NOMEM;
	ref = mem ? body_ref_new(-1, mem) : NULL;
	if (mem && !ref)
		return E_NOMEM;
	s->bodies[s->n_bodies++] = (struct shelf_body){ref, n, blob_run};
	*ret = s->n_bodies;
	return 0;
}

struct shelf_body *shelf_body(struct shelf *s, struct place p)
{
	return p.b >= 1 && p.b <= s->n_bodies ? &s->bodies[p.b - 1] : NULL;
}
