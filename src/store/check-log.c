/* check-log.c - the index is what the log says: builds it once more and compares.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The second index is built without a read transaction on the live one, which would keep it from
 * using pages again for as long as the log takes to read; only the last records are applied under
 * one, so that both stand at the same position. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/check.h"
#include "store/index/replay.h"

static const char *const FOLDER = "check";

/* The second index takes about as much disk as the first. It must not be what fills it: then expunged
 * mail would go before its time. */
static bool has_room(struct store *s)
{
	uint64_t size;
	struct statvfs v;
	struct stat st;

	if (!log_is_shared(s->log))
		return true;
	if (fstatat(s->dir, "data.mdb", &st, AT_SYMLINK_NOFOLLOW) < 0 || fstatvfs(s->dir, &v) < 0)
		return false;
	size = (uint64_t)st.st_size;
	return (uint64_t)v.f_bavail * v.f_frsize > 2 * size + s->o.reserve_bytes;
}

static void remove_folder(struct store *s, int dir)
{
	index_discard(dir);
	close(dir);
	unlinkat(s->dir, FOLDER, AT_REMOVEDIR);
}

static int open_folder(struct log_check *c)
{
	int r = fs_make_dir(c->s->dir, FOLDER, 0700);

	if (r >= 0)
		r = c->dir = fs_open_dir(c->s->dir, FOLDER);
	return r;
}

static int open_other(struct log_check *c)
{
	struct index_opts o = {.dir = c->dir, .store_id = c->s->store_id, .in_memory = true,
			       .fatal = store_fatal, .arg = c->s};
	const char *why;
	bool fresh, clean;

	return index_open(&c->ix, &o, &fresh, &clean, &why);
}

static int replay_until(struct log_check *c, struct txn *as_of)
{
	struct replay p = {.log = c->s->log, .as_of = as_of, .cancel = c->cancel};

	return replay_all(c->ix, &p);
}

/* Up to where the live index is now. */
static int replay_most(struct log_check *c)
{
	struct txn as_of;
	int r = txn_read(&as_of, c->s->ix);

	if (r < 0)
		return r;
	r = txn_read_root(&as_of);
	txn_done(&as_of);
	return r < 0 ? r : replay_until(c, &as_of); /* only its root is looked at */
}

int log_check_begin(struct log_check *c, struct store *s, const _Atomic bool *cancel)
{
	int r;

	*c = (struct log_check){.s = s, .dir = -1, .cancel = cancel};
	r = has_room(s) ? open_folder(c) : E_NOSPACE;
	if (r >= 0)
		r = open_other(c);
	if (r >= 0 && log_is_shared(s->log)) /* the others are small */
		r = replay_most(c);
	return r;
}

int log_check_compare(struct log_check *c, struct txn *live,
		      void (*say)(void *arg, const char *sentence), void *arg)
{
	struct txn t;
	int r = txn_read_root(live);

	if (r >= 0)
		r = replay_until(c, live);
	if (r < 0 || (r = txn_read(&t, c->ix)) < 0)
		return r;
	r = index_compare(live, &t, say, arg);
	txn_done(&t);
	return r;
}

void log_check_end(struct log_check *c)
{
	c->ix = index_close(c->ix, false);
	if (c->dir >= 0)
		remove_folder(c->s, c->dir);
}

void log_check_leftover(struct store *s)
{
	int dir;

	pthread_mutex_lock(&s->reclaim_lock);
	dir = fs_open_dir(s->dir, FOLDER);
	if (dir >= 0)
		remove_folder(s, dir);
	pthread_mutex_unlock(&s->reclaim_lock);
}
