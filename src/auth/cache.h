/* cache.h - good passwords, remembered for a while as keyed hashes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to auth/. An entry is HMAC-SHA256 under a key drawn at start of (account, stored hash,
 * password): a changed password makes it worthless by itself. Thread-safe; fixed size. */
#ifndef AUTH_CACHE_H
#define AUTH_CACHE_H

#include "base/str.h"

struct cache;
int cache_new(struct cache **ret, unsigned entries); /* rounded up to a power of 2 */
struct cache *cache_free(struct cache *c);

/* Was this password right for this account and stored hash, until `now_ms`? */
bool cache_has(struct cache *c, uint64_t account, struct str hash, struct str password,
	       uint64_t now_ms);
void cache_put(struct cache *c, uint64_t account, struct str hash, struct str password,
	       uint64_t until_ms);
void cache_drop(struct cache *c, uint64_t account);

#endif
