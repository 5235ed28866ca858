/* casemap-impl.h - Private to wire/. The mapping by pieces, for the finder.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_CASEMAP_IMPL_H
#define WIRE_CASEMAP_IMPL_H

#include "wire/casemap.h"

enum { CASEMAP_ROOM_LEAST = 256 }; /* with less there may be no progress */

/* Maps from the front of *in, which it cuts, until `out` is nearly full; returns the octets written.
 * A character that is cut short at the end stays in *in (at most 3 octets) unless is_last. */
size_t casemap_some(struct str *in, char *out, size_t cap, bool is_last);

#endif
