/* nearest.h - "did you mean ...?": the likeliest of some names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONF_NEAREST_H
#define CONF_NEAREST_H

#include "base/str.h"

/* How many single changes (one octet more, less, other, or two swapped) turn a into b.
 * Strings over 63 octets count as infinitely far. */
unsigned edit_distance(struct str a, struct str b);

struct nearest { /* feed it names; best is NULL when none was near enough */
	struct str wanted;
	const char *best;
	unsigned distance;
};
void nearest_init(struct nearest *n, struct str wanted);
void nearest_offer(struct nearest *n, const char *name);

#endif
