/* check-log.c - the index is what the log says: builds it once more and compares.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/check.h"
#include "store/index/replay.h"

static const char *const FOLDER = "check";

static int open_folder(struct store *s, int *dir)
{
	int r = fs_make_dir(s->dir, FOLDER, 0700);

	if (r >= 0)
		r = *dir = fs_open_dir(s->dir, FOLDER);
	return r;
}

static int build(struct store *s, struct txn *live, int dir, struct index **ret)
{
	struct index_opts o = {.dir = dir, .store_id = s->store_id, .in_memory = true,
			       .fatal = store_fatal, .arg = s};
	struct replay p = {.log = s->log, .as_of = live};
	const char *why;
	bool fresh, clean;
	int r = index_open(ret, &o, &fresh, &clean, &why);

	return r < 0 ? r : replay_all(*ret, &p);
}

int check_log(struct store *s, struct txn *live, void (*say)(void *arg, const char *sentence),
	      void *arg)
{
	struct index *ix = NULL;
	struct txn t;
	int dir = -1, r = open_folder(s, &dir);

	if (r >= 0)
		r = txn_read_root(live);
	if (r >= 0)
		r = build(s, live, dir, &ix);
	if (r >= 0 && (r = txn_read(&t, ix)) >= 0) {
		r = index_compare(live, &t, say, arg);
		txn_done(&t);
	}
	index_close(ix, false);
	if (dir >= 0) {
		index_discard(dir);
		close(dir);
		unlinkat(s->dir, FOLDER, AT_REMOVEDIR);
	}
	return r;
}
