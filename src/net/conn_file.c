/* conn_file.c - pieces of files: in memory already, or brought there by a pool thread.
 * SPDX-License-Identifier: Apache-2.0
 *
 * sendfile and pread block the whole loop when a page has to come from the disk. So each
 * piece is asked for with RWF_NOWAIT first; what is cold is read by a task of the
 * connection's, on the pool, and sent afterwards. */
#include <errno.h>
#include <unistd.h>
#include "net/conn_impl.h"

enum { WINDOW = 256 * 1024, SCRATCH = 64 * 1024 };

ssize_t conn_file_read(int fd, const struct iovec *iov, int n, uint64_t at)
{
	ssize_t got;

	do
		got = preadv2(fd, iov, n, (off_t)at, RWF_NOWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) /* tmpfs: never cold */
		got = preadv(fd, iov, n, (off_t)at);
	return got;
}

/* The first and the last octet stand for what is between: reading ahead is the kernel's. */
bool conn_file_is_warm(struct conn *c, struct out *o, size_t n)
{
	uint64_t last = o->file_at + n - 1;
	char octet;
	struct iovec one = {&octet, 1};

	if (last < o->warm_to)
		return true;
	if (conn_file_read(o->fd, &one, 1, o->file_at) < 0 ||
	    conn_file_read(o->fd, &one, 1, last) < 0) {
		c->wants_disk = errno == EAGAIN;
		return !c->wants_disk; /* any other error is met again when it is sent */
	}
	o->warm_to = last + 1;
	return true;
}

struct cold {
	int fd;
	uint64_t at, n;
};

static int read_through(void *arg)
{
	const struct cold *cold = arg;
	char *scratch = malloc(SCRATCH);

	for (uint64_t done = 0; scratch && done < cold->n;) {
		size_t n = cold->n - done < SCRATCH ? (size_t)(cold->n - done) : SCRATCH;
		ssize_t got = pread(cold->fd, scratch, n, (off_t)(cold->at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (uint64_t)got;
	}
	free(scratch);
	return 0;
}

/* With the pool full the loop reads it itself, blocking: late is better than never. */
void conn_file_warm(struct conn *c)
{
	struct out *o = c->out;
	struct cold cold;

	if (!o || !o->is_file)
		return;
	cold = (struct cold){o->fd, o->file_at, o->file_n < WINDOW ? o->file_n : WINDOW};
	o->warm_to = cold.at + cold.n;
	c->is_reading = true;
	work_run(read_through, &cold);
	c->is_reading = false;
}
