/* fs.c - whole reads, whole writes, and replacing a file so that one of the two is always there.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"

int fs_open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_from_errno(errno) : fd;
}

int fs_sync_dir(int dir)
{
	return fsync(dir) < 0 ? err_from_errno(errno) : 0;
}

/* Opens the folder that holds the last part of `path`. */
static int open_parent(int at, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[512];
	int fd;

	if (!slash)
		parent[0] = '.', parent[1] = '\0';
	else if (!str_to_c(str_n(path, slash == path ? 1 : (size_t)(slash - path)), parent,
			   sizeof(parent)))
		return E_TOOBIG;
	fd = openat(at, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_from_errno(errno) : fd;
}

static int sync_parent(int at, const char *path)
{
	int fd = open_parent(at, path), r;

	if (fd < 0)
		return fd;
	r = fs_sync_dir(fd);
	close(fd);
	return r;
}

int fs_make_dir(int at, const char *path, mode_t mode)
{
	struct stat st;
	int r;

	if (mkdirat(at, path, mode) == 0)
		return sync_parent(at, path);
	if (errno != EEXIST || fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_from_errno(errno);
	if (!S_ISDIR(st.st_mode))
		return E_EXISTS;
	r = sync_parent(at, path); /* its maker may have been cut off before he could */
	return r == E_DENIED ? 0 : r; /* another user's folder: he made it for us */
}

static int read_fd(int fd, struct buf *out)
{
	for (;;) {
		ssize_t got;
		int r = buf_reserve(out, 1);

		if (r == E_TOOBIG) { /* exactly full is fine */
			char more;

			got = read(fd, &more, 1);
			if (!got)
				out->failed = 0;
			return got ? r : 0;
		}
		if (r < 0)
			return r;
		got = read(fd, out->p + out->n, out->cap - out->n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_from_errno(errno);
		if (!got)
			return 0;
		out->n += (size_t)got;
	}
}

int fs_read(int at, const char *path, struct buf *out)
{
	int fd = openat(at, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r;

	if (fd < 0)
		return err_from_errno(errno);
	r = read_fd(fd, out);
	close(fd);
	return r;
}

int fs_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t put = write(fd, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_from_errno(errno);
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

int fs_pwrite_all(int fd, const void *p, size_t n, off_t at)
{
	const char *from = p;

	while (n) {
		ssize_t put = pwrite(fd, from, n, at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_from_errno(errno);
		from += put;
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

int fs_pread_all(int fd, void *p, size_t n, off_t at)
{
	char *to = p;

	while (n) {
		ssize_t got = pread(fd, to, n, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_from_errno(errno);
		if (!got)
			return E_DAMAGED;
		to += got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

static int write_aside(int dir, const char *aside, struct str bytes, mode_t mode)
{
	int fd = openat(dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode), r;

	if (fd < 0)
		return err_from_errno(errno);
	r = fs_write_all(fd, bytes.p, bytes.n);
	if (!r && (fchmod(fd, mode) < 0 || fsync(fd) < 0)) /* the umask does not count */
		r = err_from_errno(errno);
	if (close(fd) < 0 && !r)
		r = err_from_errno(errno);
	return r;
}

static int rename_aside(int dir, const char *aside, const char *path, int parent)
{
	if (renameat(dir, aside, dir, path) < 0)
		return err_from_errno(errno);
	return fsync(parent) < 0 ? E_IO : 0; /* whatever errno says: nobody knows which is there */
}

int fs_replace(int dir, const char *path, struct str bytes, mode_t mode)
{
	char aside[NAME_MAX + 1];
	int parent, r, n = snprintf(aside, sizeof(aside), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(aside))
		return E_TOOBIG;
	if (unlinkat(dir, aside, 0) < 0 && errno != ENOENT) /* of a run that was killed here */
		return err_from_errno(errno);
	parent = open_parent(dir, path); /* now: behind the rename it would be too late to fail */
	if (parent < 0)
		return parent;
	r = write_aside(dir, aside, bytes, mode);
	if (!r)
		r = rename_aside(dir, aside, path, parent);
	if (r < 0)
		unlinkat(dir, aside, 0);
	close(parent);
	return r;
}
