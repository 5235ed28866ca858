/* sessions.h - how many sessions each account has.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to auth/. Thread-safe. */
#ifndef AUTH_SESSIONS_H
#define AUTH_SESSIONS_H

#include <stdint.h>

struct sessions;
int sessions_new(struct sessions **ret);
struct sessions *sessions_free(struct sessions *s);
int sessions_begin(struct sessions *s, uint64_t account, unsigned most); /* 0: no limit. E_LIMIT */
void sessions_end(struct sessions *s, uint64_t account);
unsigned sessions_of(struct sessions *s, uint64_t account);

#endif
