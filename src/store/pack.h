/* pack.h - bodies compressed at rest (zstd), by whoever brings them and for whoever reads them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. A body is one zstd frame. Its row's bit BIT_PACKED tells that it is one, never
 * its octets, which anybody may have mailed in. The index and the log keep the CRC of what is stored:
 * it is checked before anything is unpacked. */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include "base/buf.h"
#include "store/spool.h"
#include "store/store.h"

enum {
	PACKER_BYTES = 1 << 20, /* what one packer may hold, about */
	PACK_FROM_MOST = 64 << 10, /* of the setting */
};

/* `in` packed, from malloc; E_NOTFOUND: it hardly gets smaller. */
int pack_whole(struct str in, char **ret, size_t *n);
bool pack_is_worth(struct str beginning); /* of a body whose rest is still to come */

struct packer;
int packer_new(struct packer **ret);
struct packer *packer_free(struct packer *p); /* NULL is fine */
/* Packs `in` and gives what comes of it to out(); `end` after the last. */
int packer_feed(struct packer *p, struct str in, bool end,
		int (*out)(void *arg, struct str packed), void *arg);

/* The message's octets in the spool. E_DAMAGED: not exactly `size`, or not what was packed. */
MAY_WAIT int unpack(struct spool *to, uint64_t size, uint64_t packed,
		    int (*read)(void *arg, uint64_t at, void *out, size_t n), void *arg);

#endif
