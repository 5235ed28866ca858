/* base-row.h - rows of the index as a base record keeps them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. A row: its table's number, its key, the numbers of its value as varints,
 * what is left of the value. So a base means the same on any machine. */
#ifndef STORE_INDEX_BASE_ROW_H
#define STORE_INDEX_BASE_ROW_H

#include "store/index/index.h"

bool base_has(enum tab tab); /* is the table part of a base? */
int base_row_add(struct buf *rows, enum tab tab, struct str key, struct str val);
/* The next row of *rows; *val is overwritten. E_DAMAGED, E_NOMEM. */
int base_row_next(struct str *rows, enum tab *tab, struct str *key, struct buf *val);

#endif
