/* snap.h - what snap.c, body.c and the files of view.c share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_SNAP_H
#define STORE_SNAP_H

#include "store/internal.h"
#include "store/mbox-id.h"

/* Whence messages are read: a snapshot or a view, which has looked whether the message is in it. */
struct source {
	struct store *s;
	uint64_t mbox;
	struct pin *pin;
};
/* A message's row, expunged or not. E_NOMSG. */
int source_row(const struct source *src, struct txn *t, uint32_t uid, struct expunged_row *ret,
	       bool *expunged);
MAY_WAIT int source_open(struct msg_body *ret, const struct source *src, uint32_t uid);
MAY_WAIT int source_rendered(const struct source *src, uint32_t uid, enum msg_part_of_cache what,
			     struct buf *out);
void info_of_row(struct msg_info *ret, uint32_t uid, const struct msg_row *row, bool expunged);

/* Begins a read transaction and puts a pin down at its position, in one step. */
int pin_begin(struct store *s, uint64_t mbox, struct txn *t, struct pin **ret);
int pin_position(struct txn *t, struct store *s, uint64_t account, uint64_t *ret);
/* The pin's owner does not need what was expunged before `position` any more. */
void pin_move(struct store *s, struct pin **pin, uint64_t position);
bool snap_has(const struct snap *p, uint32_t uid);

int root_position(struct txn *t, struct log_pos *ret);

/* Gives an open body other bytes: n octets of `own` (malloced) or of the file own_fd (>= 0), which
 * become its; the older ones are closed. E_NOMEM: nothing has changed. (body.c) */
int msg_replace(struct msg_body *b, char *own, int own_fd, uint64_t n);
struct store *msg_store(const struct msg_body *b);
/* Feeds the body to m, and ends it (rendered.c). */
struct mime;
MAY_WAIT int msg_parse(struct mime *m, struct msg_body *b);

#endif
