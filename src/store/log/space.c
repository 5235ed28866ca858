/* space.c - the reserve: a preallocated file, given up bit by bit when the disk is full.
 * SPDX-License-Identifier: Apache-2.0
 *
 * log/reserve is space that ordinary groups never get. A group that may use it (flag changes,
 * expunges, reclaiming) takes what it needs by cutting the file shorter. Ordinary groups go on
 * only when the reserve is whole again: space that comes back fills it first. So a full disk
 * heals by deleting. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "store/log/file.h"

enum {
	GIVE_LEAST = 1 << 20, /* of the reserve at a time */
	ENOUGH = 4 << 20,     /* free octets beside the reserve's: an ordinary group would go on */
};

/* Does not change the file's length: that is how far anything was ever written, in steps. Where a
 * file system cannot preallocate, a full disk shows itself at the write. */
static int preallocate(int fd, uint64_t from, uint64_t to)
{
	int r;

	do
		r = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(to - from));
	while (r < 0 && errno == EINTR);
	return r < 0 && errno != EOPNOTSUPP ? err_from_errno(errno) : 0;
}

static bool has_free(const struct space *s, uint64_t bytes)
{
	struct statvfs v;

	return fstatvfs(s->reserve_fd, &v) < 0 || (uint64_t)v.f_bavail * v.f_frsize >= bytes;
}

/* Makes the reserve whole, or leaves it as it is. (lock) */
static int refill(struct file_log *l)
{
	struct space *s = &l->space;
	int e;

	if (s->reserve_now >= s->reserve_most)
		return 0;
	if (!has_free(s, s->reserve_most - s->reserve_now))
		return E_NOSPACE; /* spares the disk an attempt in vain */
	e = preallocate(s->reserve_fd, s->reserve_now, s->reserve_most);
	if (ftruncate(s->reserve_fd, (off_t)(e == 0 ? s->reserve_most : s->reserve_now)) < 0)
		e = E_IO;
	if (e == 0)
		s->reserve_now = s->reserve_most;
	return e;
}

/* Gives up at least `bytes` of the reserve, or all that may go: the last piece is for the next
 * start, which may have a group to make safe on a disk that is still full. (lock) */
static int give(struct file_log *l, uint64_t bytes)
{
	struct space *s = &l->space;
	uint64_t left, keep = l->opening ? 0 : RESERVE_PIECE;

	if (s->reserve_now <= keep)
		return E_NOSPACE;
	if (bytes < GIVE_LEAST)
		bytes = GIVE_LEAST;
	left = bytes + keep < s->reserve_now ? s->reserve_now - bytes : keep;
	if (ftruncate(s->reserve_fd, (off_t)left) < 0)
		return E_IO;
	s->reserve_now = left;
	return 0;
}

int space_open(struct file_log *l)
{
	struct space *s = &l->space;
	struct stat st;

	s->reserve_fd = openat(l->dir, "reserve", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->reserve_fd < 0 || fstat(s->reserve_fd, &st) < 0)
		return log_fail(err_from_errno(errno), "log/reserve: %s", strerror(errno));
	s->reserve_most = l->o.reserve_bytes;
	s->reserve_now = (uint64_t)st.st_size;
	if (s->reserve_now > s->reserve_most) {
		if (ftruncate(s->reserve_fd, (off_t)s->reserve_most) < 0)
			return E_IO;
		s->reserve_now = s->reserve_most;
	}
	refill(l); /* if there is no room for it, the store is low */
	return 0;
}

void space_close(struct file_log *l)
{
	if (l->space.reserve_fd >= 0)
		close(l->space.reserve_fd);
}

int space_check(struct file_log *l, bool may_use_reserve)
{
	int e;

	if (may_use_reserve)
		return 0;
	pthread_mutex_lock(&l->lock);
	e = refill(l);
	pthread_mutex_unlock(&l->lock);
	return e;
}

int space_get(struct file_log *l, int fd, uint64_t from, uint64_t to, bool may_use_reserve)
{
	int e = preallocate(fd, from, to);

	if (e == E_NOSPACE && may_use_reserve) {
		pthread_mutex_lock(&l->lock);
		while (e == E_NOSPACE && give(l, to - from) == 0)
			e = preallocate(fd, from, to);
		pthread_mutex_unlock(&l->lock);
	} else if (!may_use_reserve && (e == 0 || e == E_NOSPACE)) {
		pthread_mutex_lock(&l->lock);
		l->space.is_full = e == E_NOSPACE;
		pthread_mutex_unlock(&l->lock);
	}
	return e;
}

int file_reserve_give(struct log *base, uint64_t bytes)
{
	struct file_log *l = file_log(base);
	int e;

	pthread_mutex_lock(&l->lock);
	e = give(l, bytes);
	pthread_mutex_unlock(&l->lock);
	return e;
}

/* Only an ordinary group finds out that there is room again. If none comes, the disk is asked; not by
 * its count of free blocks alone, because a quota may be what is full. (lock) */
static bool is_full(struct file_log *l)
{
	struct space *s = &l->space;

	if (s->is_full && has_free(s, ENOUGH)) {
		s->is_full = preallocate(s->reserve_fd, s->reserve_now, s->reserve_now + ENOUGH) < 0;
		if (ftruncate(s->reserve_fd, (off_t)s->reserve_now) < 0)
			return true;
	}
	return s->is_full;
}

bool file_is_low(struct log *base)
{
	struct file_log *l = file_log(base);
	struct space *s = &l->space;
	uint64_t missing;
	bool low;

	pthread_mutex_lock(&l->lock);
	missing = s->reserve_most - s->reserve_now;
	low = missing && (!has_free(s, missing + ENOUGH) || refill(l) < 0);
	low = low || is_full(l);
	pthread_mutex_unlock(&l->lock);
	return low;
}
