/* spool.c - octets made for one reader: in memory, and past a bound in a file without a name.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/spool.h"

void spool_init(struct spool *o, int dir, size_t out_most)
{
	*o = (struct spool){.dir = dir, .fd = -1};
	buf_init(&o->out, out_most);
}

struct spool_write {
	struct spool *o;
	struct str s;
};

static int write_blocking(void *arg)
{
	struct spool_write *w = arg;

	return fs_write_all(w->o->fd, w->s.p, w->s.n);
}

int spool_flush(struct spool *o, bool all)
{
	struct spool_write w = {o, buf_str(&o->out)};
	int r;

	if (o->out.failed)
		return o->out.failed;
	if (o->fd < 0 && o->out.n <= SPOOL_MEMORY_MOST)
		return 0;
	if (o->fd < 0) {
		o->fd = openat(o->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (o->fd < 0)
			return err_from_errno(errno);
	}
	if (!all && o->out.n < SPOOL_CHUNK)
		return 0;
	r = work_run(write_blocking, &w);
	if (r < 0)
		return r;
	o->n += o->out.n;
	buf_clear(&o->out);
	return 0;
}

void spool_take(struct spool *o, char **mem, int *fd, uint64_t *n)
{
	*n = o->fd < 0 ? o->out.n : o->n;
	*mem = NULL;
	*fd = o->fd;
	if (o->fd < 0) {
		*mem = o->out.p;
		o->out.p = NULL;
		o->out.n = 0;
	}
	o->fd = -1;
	spool_free(o);
}

void spool_free(struct spool *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	buf_free(&o->out);
}
