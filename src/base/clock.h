/* clock.h - wall time for people and records, monotonic time for timers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_mono_ms(void); /* never goes back; for timers and durations */
uint64_t clock_mono_us(void);
int64_t clock_wall_ms(void); /* since 1970, UTC; may jump */

#endif
