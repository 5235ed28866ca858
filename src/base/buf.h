/* buf.h - bytes that grow up to a limit given at birth.
 * SPDX-License-Identifier: Apache-2.0
 *
 * An append that would pass the limit, or finds no memory, changes nothing and
 * sets `failed` (E_TOOBIG or E_NOMEM), which sticks: append freely, look once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include "base/attr.h"
#include "base/str.h"

struct buf {
	char *p;
	size_t n, cap, max;
	int failed; /* 0, or the first append's error */
};

void buf_init(struct buf *b, size_t max); /* allocates nothing yet */
void buf_free(struct buf *b);             /* and may be used again, with the same limit */
void buf_wipe(struct buf *b);             /* the same, for secrets: overwrites first */
int buf_reserve(struct buf *b, size_t more); /* room for `more` octets behind n */
int buf_add(struct buf *b, struct str s);
int buf_add_char(struct buf *b, char c);
int buf_add_u64(struct buf *b, uint64_t v); /* decimal */
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
int buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);
void buf_drop(struct buf *b, size_t n); /* forgets the first n octets */

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){b->p, b->n};
}
static inline void buf_clear(struct buf *b) /* keeps the memory */
{
	b->n = 0;
	b->failed = 0;
}

#endif
