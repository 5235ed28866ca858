/* throttle.c - wrong passwords are answered later and later.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <pthread.h>
#include "auth/throttle.h"
#include "base/err.h"
#include "base/hash.h"

enum {
	SLOTS = 8192,
	FREE_TRIES = 2,       /* everybody mistypes */
	STEP_MS = 500,
	MOST_MS = 15000,
	LOCAL_MOST_MS = 250,
	HALF_LIFE_MS = 60000, /* a count halves in this time */
};

struct slot {
	uint64_t key, last_ms, until_ms;
	unsigned count;
};

struct throttle {
	pthread_mutex_t lock;
	uint8_t key[16];
	struct slot slots[SLOTS];
};

int throttle_new(struct throttle **ret)
{
	struct throttle *t = calloc(1, sizeof(*t));

	if (!t)
		return E_NOMEM;
	pthread_mutex_init(&t->lock, NULL);
	random_bytes(t->key, sizeof(t->key));
	*ret = t;
	return 0;
}

struct throttle *throttle_free(struct throttle *t)
{
	if (t) {
		pthread_mutex_destroy(&t->lock);
		free(t);
	}
	return NULL;
}

static uint64_t key_of(const struct throttle *t, char kind, struct str s)
{
	char text[400] = {kind};
	size_t n = s.n < sizeof(text) - 1 ? s.n : sizeof(text) - 1;

	if (n)
		memcpy(text + 1, s.p, n);
	return siphash(t->key, str_n(text, n + 1)) | 1; /* 0 is an empty slot */
}

/* "Alice@Example.test", "alice" and "alice+x@example.test" are one: how a name is written makes no new
 * one, known or not, and who has it is not looked up (SECURITY E2). */
static uint64_t key_of_user(const struct throttle *t, struct str user)
{
	char text[64];
	size_t n = 0;

	while (n < user.n && n < sizeof(text) && user.p[n] != '@' && (user.p[n] != '+' || !n)) {
		text[n] = ascii_lower(user.p[n]);
		n++;
	}
	return key_of(t, 'u', str_n(text, n));
}

/* An IPv6 customer has a /64: its addresses are one. */
static uint64_t key_of_address(const struct throttle *t, struct str address)
{
	char text[64];
	struct in6_addr a;

	if (str_to_c(address, text, sizeof(text)) && inet_pton(AF_INET6, text, &a) == 1)
		return key_of(t, 'n', str_n(&a, 8));
	return key_of(t, 'a', address);
}

static void decay(struct slot *s, uint64_t now_ms)
{
	uint64_t halves = now_ms > s->last_ms ? (now_ms - s->last_ms) / HALF_LIFE_MS : 0;

	if (!halves)
		return;
	s->count = halves > 31 ? 0 : s->count >> halves;
	s->last_ms += halves * HALF_LIFE_MS;
}

/* Whoever has the slot loses it when he is forgotten already, or smaller than the newcomer. */
static unsigned count_one(struct throttle *t, uint64_t key, uint64_t now_ms)
{
	struct slot *s = &t->slots[key % SLOTS];

	decay(s, now_ms);
	if (s->key != key && s->count > 1) {
		s->count--;
		return 1;
	}
	if (s->key != key)
		*s = (struct slot){.key = key};
	if (!s->count)
		s->last_ms = now_ms;
	return ++s->count;
}

static unsigned delay_for(unsigned count, unsigned most)
{
	unsigned steps = count > FREE_TRIES ? count - FREE_TRIES : 0, ms;

	if (!steps)
		return 0;
	ms = steps > 5 ? MOST_MS : (unsigned)STEP_MS << (steps - 1);
	return ms < most ? ms : most;
}

unsigned throttle_failed(struct throttle *t, struct str user, struct str address, bool is_local,
			 uint64_t now_ms)
{
	uint64_t key = key_of_address(t, address);
	unsigned by_user, by_address = 0;

	pthread_mutex_lock(&t->lock);
	by_user = count_one(t, key_of_user(t, user), now_ms);
	if (!is_local) {
		by_address = count_one(t, key, now_ms);
		if (t->slots[key % SLOTS].key == key)
			t->slots[key % SLOTS].until_ms = now_ms + delay_for(by_address, MOST_MS);
	}
	pthread_mutex_unlock(&t->lock);
	return delay_for(by_user > by_address ? by_user : by_address,
			 is_local ? LOCAL_MOST_MS : MOST_MS);
}

bool throttle_owes(struct throttle *t, struct str address, bool is_local, uint64_t now_ms)
{
	uint64_t key = key_of_address(t, address);
	const struct slot *s = &t->slots[key % SLOTS];
	bool owes;

	if (is_local)
		return false;
	pthread_mutex_lock(&t->lock);
	owes = s->key == key && now_ms < s->until_ms;
	pthread_mutex_unlock(&t->lock);
	return owes;
}

void throttle_passed(struct throttle *t, struct str user)
{
	uint64_t key = key_of_user(t, user);
	struct slot *s = &t->slots[key % SLOTS];

	pthread_mutex_lock(&t->lock);
	if (s->key == key)
		s->count = 0;
	pthread_mutex_unlock(&t->lock);
}
