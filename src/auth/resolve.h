/* resolve.h - aliases followed, breadth first, bounded.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to auth/. */
#ifndef AUTH_RESOLVE_H
#define AUTH_RESOLVE_H

#include "auth/accounts.h"

enum { ALIAS_LEVELS = 10, ALIAS_ACCOUNTS = 1000 };

/* Would an alias `name` to these targets reach itself, or be more than ALIAS_LEVELS deep? E_LOOP. */
int resolve_check_loop(struct store *s, struct str name, const struct str *targets, size_t n);

/* Is `name` one of `list`? */
bool resolve_list_has(struct str list, struct str name);

#endif
