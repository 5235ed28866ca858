/* sort-keys.h - Private to imap/. What messages are sorted by (RFC 5256, 5957, 5257 4.9).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of each message only the values of the criteria are kept: numbers, or texts up to a limit, in one
 * pool with a limit of its own. Texts are casemapped: i;unicode-casemap (RFC 5256 3). */
#ifndef IMAP_SORT_KEYS_H
#define IMAP_SORT_KEYS_H

#include "imap/args.h"
#include "imap/merge-sort.h"
#include "store/view.h"
#include "wire/envelope.h"

enum sort_key {
	SORT_ARRIVAL, SORT_CC, SORT_DATE, SORT_FROM, SORT_SIZE, SORT_SUBJECT, SORT_TO, SORT_DISPLAYFROM,
	SORT_DISPLAYTO, SORT_ANNOTATION,
};
enum { SORT_CRITERIA_MOST = 16 };
struct sort_criterion {
	enum sort_key key;
	bool is_reverse;
	struct str entry; /* ANNOTATION */
	bool is_shared;
};
struct sort_program {
	struct sort_criterion v[SORT_CRITERIA_MOST];
	size_t n;
	bool needs_envelope, has_annotations;
};
/* "(criterion ...)". One that was there already changes nothing and is left out. */
int sort_program_read(struct args *a, struct sort_program *ret);

struct sort_value {
	uint64_t order; /* of a number; of a text: its first 8 octets */
	uint32_t at, n; /* a text, in the pool */
};
struct sort_message {
	uint32_t uid;
	bool has_notes;
	uint64_t modseq;
};
struct sorter {
	struct sort_program program;
	struct sort_message *messages;
	struct sort_value *values; /* program.n of each message */
	size_t n, cap;
	struct buf pool, scratch[4];
	struct merge_sort order;
};
void sorter_init(struct sorter *t);
void sorter_free(struct sorter *t);
/* The next message in the order of the mailbox, but for its annotations. E_NOMEM, E_LIMIT. */
int sorter_add(struct sorter *t, const struct view_row *row, const struct str field[ENV_FIELDS]);
/* A text of message i (of those added) by criterion k. */
int sorter_set_text(struct sorter *t, size_t i, size_t k, struct str utf8);
/* After the last: 1: there is more to do; 0: done, order.v[] are the messages' numbers. E_NOMEM. */
int sorter_some(struct sorter *t);

#endif
