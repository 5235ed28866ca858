/* attr.h - what the compiler is told about functions, in one place.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stddef.h>

#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define MUST_CHECK   __attribute__((warn_unused_result))
#define NOINLINE     __attribute__((noinline)) /* its frame shall not add to its caller's */
#define COLUMNS(x)   (sizeof(x) / sizeof((x)[0]))

/* The function can park the calling task (net/task.h): other sessions run
 * meanwhile, so look things up again afterwards. No lock, no LMDB transaction
 * and no pointer into the index map may be held across the call. Called from a
 * plain thread (a command line verb, a unit test) it blocks that thread. */
#define MAY_WAIT

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
