/* cache.c - good passwords, remembered for a while as keyed hashes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include "auth/cache.h"
#include "base/err.h"
#include "base/hash.h"

enum { WAYS = 4, MAC_BYTES = 32, MESSAGE_MOST = 1024 };

struct entry {
	uint64_t account, until_ms; /* until_ms 0: empty */
	uint8_t mac[MAC_BYTES];
};

struct cache {
	pthread_mutex_t lock;
	uint8_t key[32];
	const EVP_MD *sha256;
	size_t mask; /* sets - 1 */
	struct entry entries[];
};

int cache_new(struct cache **ret, unsigned entries)
{
	size_t sets = 1;
	struct cache *c;

	while (sets * WAYS < entries)
		sets *= 2;
	c = calloc(1, sizeof(*c) + sets * WAYS * sizeof(c->entries[0]));
	if (!c)
		return E_NOMEM;
	pthread_mutex_init(&c->lock, NULL);
	random_bytes(c->key, sizeof(c->key));
	c->sha256 = EVP_sha256();
	c->mask = sets - 1;
	*ret = c;
	return 0;
}

struct cache *cache_free(struct cache *c)
{
	if (c) {
		explicit_bzero(c->key, sizeof(c->key));
		pthread_mutex_destroy(&c->lock);
		free(c);
	}
	return NULL;
}

static struct entry *set_of(struct cache *c, uint64_t account)
{
	return &c->entries[(siphash(c->key, str_n(&account, sizeof(account))) & c->mask) * WAYS];
}

static bool make_mac(const struct cache *c, uint64_t account, struct str hash, struct str password,
		     uint8_t mac[MAC_BYTES])
{
	uint8_t m[MESSAGE_MOST], *end = m;
	unsigned n = MAC_BYTES;
	bool made;

	if (16 + hash.n + password.n > sizeof(m))
		return false;
	end = mempcpy(end, &account, sizeof(account));
	end = mempcpy(end, &hash.n, sizeof(hash.n)); /* where the hash ends: no ambiguity */
	end = mempcpy(end, hash.p, hash.n);
	if (password.n)
		end = mempcpy(end, password.p, password.n);
	made = HMAC(c->sha256, c->key, sizeof(c->key), m, (size_t)(end - m), mac, &n) != NULL;
	explicit_bzero(m, sizeof(m));
	return made;
}

bool cache_has(struct cache *c, uint64_t account, struct str hash, struct str password,
	       uint64_t now_ms)
{
	struct entry *set = set_of(c, account);
	uint8_t mac[MAC_BYTES];
	bool found = false;

	if (!make_mac(c, account, hash, password, mac))
		return false;
	pthread_mutex_lock(&c->lock);
	for (int i = 0; i < WAYS; i++)
		if (set[i].account == account && set[i].until_ms > now_ms)
			found |= str_eq_secret(str_n(set[i].mac, MAC_BYTES), str_n(mac, MAC_BYTES));
	pthread_mutex_unlock(&c->lock);
	return found;
}

void cache_put(struct cache *c, uint64_t account, struct str hash, struct str password,
	       uint64_t until_ms)
{
	struct entry *set = set_of(c, account), *place = set, e;

	e.account = account;
	e.until_ms = until_ms;
	if (!make_mac(c, account, hash, password, e.mac))
		return;
	pthread_mutex_lock(&c->lock);
	for (int i = 0; i < WAYS; i++) {
		if (set[i].account == account) {
			place = &set[i];
			break;
		}
		if (set[i].until_ms < place->until_ms)
			place = &set[i];
	}
	*place = e;
	pthread_mutex_unlock(&c->lock);
}

void cache_drop(struct cache *c, uint64_t account)
{
	struct entry *set = set_of(c, account);

	pthread_mutex_lock(&c->lock);
	for (int i = 0; i < WAYS; i++)
		if (set[i].account == account)
			explicit_bzero(&set[i], sizeof(set[i]));
	pthread_mutex_unlock(&c->lock);
}
