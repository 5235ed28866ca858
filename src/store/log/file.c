/* file.c - the log in files: opening, closing, and its table of operations.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/fs.h"
#include "base/hash.h"
#include "store/log/file.h"

_Noreturn void file_fatal(struct file_log *l, const char *why)
{
	if (l->o.fatal)
		l->o.fatal(l->o.arg, why);
	abort();
}

static void file_free(struct file_log *l)
{
	prepare_stop(l);
	space_close(l);
	body_ref_drop(l->fd);
	append_free(l);
	segs_free(l);
	if (l->run_dir >= 0)
		close(l->run_dir);
	if (l->blob_dir >= 0)
		close(l->blob_dir);
	if (l->dir >= 0)
		close(l->dir);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void file_close(struct log *base)
{
	struct file_log *l = file_log(base);

	if (l->g.open)
		file_abort(base);
	append_close_mark(l); /* if it fails, the next start recovers */
	file_free(l);
}

static int open_dir(struct file_log *l, const char *name, int *ret)
{
	int e = fs_make_dir(l->o.dir, name, 0700);

	if (e == 0) {
		*ret = fs_open_dir(l->o.dir, name);
		e = *ret < 0 ? *ret : 0;
	}
	return e < 0 ? log_fail(e, "%s/: %s", name, strerror(errno)) : 0;
}

static int load(struct file_log *l, struct log_recovery *rec)
{
	int e = open_dir(l, "log", &l->dir);

	if (e == 0)
		e = open_dir(l, "blob", &l->blob_dir);
	if (e == 0)
		e = segs_load(l);
	if (e == 0 && !l->base.store_id)
		l->base.store_id = random_u64() | 1;
	if (e == 0)
		e = blobs_open(l);
	if (e == 0)
		e = space_open(l);
	return e == 0 ? recover(l, rec) : e;
}

static int file_open(struct log **ret, const struct log_opts *o, struct log_recovery *rec)
{
	struct file_log *l = calloc(1, sizeof(*l));
	int e;

	if (!l)
		return E_NOMEM;
	l->base.ops = &log_file_ops;
	l->base.store_id = o->store_id;
	l->o = *o;
	l->o.segment_bytes = (o->segment_bytes + SEG_PAGE - 1) & ~(uint64_t)(SEG_PAGE - 1);
	if (l->o.segment_bytes < 64 << 10)
		l->o.segment_bytes = 64 << 10;
	l->dir = l->blob_dir = l->run_dir = l->space.reserve_fd = -1;
	pthread_mutex_init(&l->lock, NULL);
	prepare_init(l);
	buf_init(&l->g.bytes, (size_t)4 << 30);
	l->opening = true;
	e = load(l, rec);
	l->opening = false;
	if (e < 0) {
		file_free(l);
		return e;
	}
	*ret = &l->base;
	return 0;
}

static int file_account_next(struct log *l, uint64_t after, uint64_t *ret)
{
	return E_NOTFOUND; /* a shared log has no accounts of its own */
}

static int file_watch(struct log *l, void (*hint)(void *arg, uint64_t account), void *arg)
{
	return 0; /* one writer: nobody to be told of */
}

const struct log_ops log_file_ops = {
	.name = "file",
	.is_shared = true,
	.open = file_open,
	.close = file_close,
	.begin = file_begin,
	.add = file_add,
	.commit = file_commit,
	.abort = file_abort,
	.end = file_end,
	.read = file_read,
	.account_next = file_account_next,
	.watch = file_watch,
	.body_open = file_body_open,
	.body_reclaim = file_body_reclaim,
	.blob_new = file_blob_new,
	.blob_write = file_blob_write,
	.blob_finish = file_blob_finish,
	.blob_drop = file_blob_drop,
	.segment_next = file_segment_next,
	.segment_drop = file_segment_drop,
	.blob_sweep = file_blob_sweep,
	.is_low = file_is_low,
	.reserve_give = file_reserve_give,
};
