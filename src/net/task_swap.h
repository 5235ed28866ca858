/* task_swap.h - Private to net/: leaving one stack for another.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_TASK_SWAP_H
#define NET_TASK_SWAP_H

#include <stddef.h>

/* Parks the running code with its place in *from and goes on at `to`. */
void task_swap(void **from, void *to);

/* A place from which task_swap enters `entry` on an unused stack. `entry` never returns. */
void *task_swap_new(void *bottom, size_t bytes, void (*entry)(void));

#endif
