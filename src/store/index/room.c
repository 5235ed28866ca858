/* room.c - disk space for the index's next pages is taken before the records are logged.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is in the log must be applied, and on a full disk it cannot be. So an ordinary group that
 * finds no room ahead of data.mdb is refused while nothing has been written; what is ahead
 * is left to deletions. */
#include <errno.h>
#include <fcntl.h>
#include "base/err.h"
#include "store/index/env.h"

enum {
	ROOM_LEAST = 1 << 20, /* more than a group of ordinary size makes dirty */
	ROOM_TAKE = 4 << 20,
};

int index_room(struct index *ix)
{
	MDB_envinfo info;
	uint64_t used;
	int rc;

	if (ix->o.in_memory)
		return 0;
	mdb_env_info(ix->env, &info);
	used = (info.me_last_pgno + 1) * (uint64_t)ix->page_bytes;
	if (ix->room_end >= used + ROOM_LEAST)
		return 0;
	do /* not the length: LMDB takes that for its own */
		rc = fallocate(ix->fd, FALLOC_FL_KEEP_SIZE, (off_t)used, ROOM_TAKE);
	while (rc < 0 && errno == EINTR);
	if (rc < 0 && errno == EOPNOTSUPP) /* a full disk shows itself at the write */
		ix->room_end = UINT64_MAX;
	else if (rc < 0)
		return err_from_errno(errno);
	else
		ix->room_end = used + ROOM_TAKE;
	return 0;
}
