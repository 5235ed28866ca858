/* clock.c - the two clocks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

static struct timespec now(clockid_t which)
{
	struct timespec t = {0};

	clock_gettime(which, &t);
	return t;
}

uint64_t clock_mono_ms(void)
{
	struct timespec t = now(CLOCK_MONOTONIC);

	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_mono_us(void)
{
	struct timespec t = now(CLOCK_MONOTONIC);

	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	struct timespec t = now(CLOCK_REALTIME);

	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
