/* check.h - the parts of store_check.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/internal.h"

/* Builds another index from the log, as far as `live` has it, and compares. How many differences. */
int check_log(struct store *s, struct txn *live, void (*say)(void *arg, const char *sentence),
	      void *arg);

#endif
