/* render.h - ENVELOPE, BODYSTRUCTURE and part offsets as one row of the index's cache.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. */
#ifndef STORE_RENDER_H
#define STORE_RENDER_H

#include "store/store.h"

struct mime;
enum { RENDERED_MOST = 64 << 10 }; /* larger ones are rendered on demand, each time */

/* All three, after mime_end. E_TOOBIG: nothing to keep. */
int render(const struct mime *m, struct buf *row);
/* The part of a row; E_VERSION: made by another parser, render anew. */
int rendered_part(struct str row, enum msg_part_of_cache what, struct str *ret);
/* One part alone, of any size. */
int render_part(const struct mime *m, enum msg_part_of_cache what, struct buf *out);

#endif
