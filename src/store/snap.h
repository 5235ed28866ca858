/* snap.h - what snap.c and body.c share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_SNAP_H
#define STORE_SNAP_H

#include "store/internal.h"
#include "store/mbox-id.h"

/* The row of a message of the snapshot, expunged or not. E_NOMSG. */
int snap_row(struct snap *p, struct txn *t, uint32_t uid, struct expunged_row *ret, bool *expunged);
int root_position(struct txn *t, struct log_pos *ret);

#endif
