/* zip.h - Private to net/. DEFLATE both ways (RFC 1951), piece by piece, for COMPRESS (RFC 4978).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every call writes into room that the caller has: whatever is inflated, no more is there than that.
 * The window for what comes in is 32 KiB, as the other side may use it; ours going out is 8 KiB, and
 * forgotten at each flush: between answers there is no compressor. */
#ifndef NET_ZIP_H
#define NET_ZIP_H

#include "base/str.h"

struct zip;

int zip_new(struct zip **ret); /* E_NOMEM */
struct zip *zip_free(struct zip *z); /* NULL is fine; returns NULL */

/* Takes from `in`, writes at most `room` octets: how many. 0: it needs more input. E_SYNTAX: that is no
 * DEFLATE, or it is over. */
int zip_inflate(struct zip *z, struct str *in, char *out, size_t room);
bool zip_has_more(const struct zip *z); /* the last call filled its room: there may be more */
/* The same the other way. With `flush`, *more says that there is more to come out even without input;
 * once it is false the other side can read all that was said so far. At least 16 octets of room
 * (below 7, zlib says the same over and over). E_NOMEM. */
int zip_deflate(struct zip *z, struct str *in, bool flush, char *out, size_t room, bool *more);
void zip_rest(struct zip *z); /* nothing to say for now: gives the compressor's memory back */

#endif
