/* hash.h - SipHash-2-4 (keyed, against collision attacks) and random bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

uint64_t siphash(const uint8_t key[16], struct str s);

/* Like siphash under a key drawn when the process starts: for hash tables. */
uint64_t hash_str(struct str s);

void random_bytes(void *p, size_t n); /* from the kernel; aborts where there are none */
uint64_t random_u64(void);

#endif
