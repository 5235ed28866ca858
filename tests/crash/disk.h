/* disk.h - what a disk may hold after a power cut, given every write and sync before it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Synced data is there. Of a file's writes since its last sync each sector of `grain` octets
 * is there as some moment left it: the last, the synced one, or one between; its length
 * too. Of a folder's operations since its last sync a prefix is there, for each folder by
 * itself. That is harsher than any journalling file system and no harsher than POSIX. */
#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include "hooks.h"

struct disk;
struct disk *disk_new(void);                     /* an empty root */
struct disk *disk_load(const char *root);        /* what is there; numbers are hooks_number's */
struct disk *disk_free(struct disk *d);
void disk_apply(struct disk *d, const struct event *e); /* e must outlive d */

struct tear {
	uint64_t seed;
	unsigned grain; /* 512 or 4096 */
	enum { TEAR_RANDOM, TEAR_NOTHING_KEPT, TEAR_ALL_KEPT } how;
};
void disk_build(const struct disk *d, const char *into, struct tear t); /* into: an empty folder */

/* Is `root` what all events together make? Says what differs. A recorder that misses a call
 * is found out here. LMDB's lock file is passed over. */
bool disk_matches(const struct disk *d, const char *root);

#endif
