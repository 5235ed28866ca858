/* hash.c - SipHash-2-4 (Aumasson and Bernstein, 2012) and the kernel's random bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/random.h>
#include "base/hash.h"

static inline uint64_t rotl(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

/* Little endian, whatever the machine. */
static inline uint64_t load(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

static inline void rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] = rotl(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] = rotl(v[2], 32);
	}
}

uint64_t siphash(const uint8_t key[16], struct str s)
{
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
			 k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
	uint64_t last = (uint64_t)s.n << 56;
	const uint8_t *p = (const uint8_t *)s.p;
	size_t n = s.n;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t m = load(p, 8);

		v[3] ^= m;
		rounds(v, 2);
		v[0] ^= m;
	}
	last |= load(p, n);
	v[3] ^= last;
	rounds(v, 2);
	v[0] ^= last;
	v[2] ^= 255;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint8_t process_key[16];

/* Before main: no thread ever sees half a key. */
__attribute__((constructor)) static void draw_key(void)
{
	random_bytes(process_key, sizeof(process_key));
}

uint64_t hash_str(struct str s)
{
	return siphash(process_key, s);
}

void random_bytes(void *p, size_t n)
{
	char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* guessable keys would be worse */
		at += got;
		n -= (size_t)got;
	}
}

uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));
	return v;
}
