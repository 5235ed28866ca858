/* rnd.h - small seeded random numbers, the same everywhere.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CRASH_RND_H
#define CRASH_RND_H

#include <stdint.h>

static inline uint64_t rnd_mix(uint64_t x) /* splitmix64's finish: one number into another */
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

struct rnd {
	uint64_t s;
};
static inline struct rnd rnd_begin(uint64_t seed) /* neighbours must not overlap */
{
	return (struct rnd){rnd_mix(rnd_mix(seed) + 1)};
}
static inline uint64_t rnd_next(struct rnd *r)
{
	return rnd_mix(r->s++);
}
static inline uint64_t rnd_below(struct rnd *r, uint64_t n) /* 0 .. n-1 */
{
	return rnd_next(r) % n;
}

#endif
