/* inject.h - the k-th system call of this test fails, or never comes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/log/'s tests; included by one file of a program. The calls that write or
 * sync are defined here, in front of libc's; only those of the thread that set `inject.on`
 * are counted. */
#ifndef STORE_LOG_INJECT_H
#define STORE_LOG_INJECT_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum inject_how { INJECT_COUNT, INJECT_FAIL, INJECT_SHORT, INJECT_DIE };
enum { INJECT_SYNC = 1, INJECT_WRITE = 2, INJECT_SPACE = 4, INJECT_OTHER = 8, INJECT_ALL = 15 };

static _Thread_local struct {
	bool on;
	enum inject_how how;
	int which;      /* kinds that count */
	int err;
	unsigned long n, from, until; /* calls from..until-1 are hit */
	unsigned long hits;
} inject;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Is this call hit? Dies, or says so. */
static bool inject_hit(int kind)
{
	if (!inject.on || !(inject.which & kind))
		return false;
	inject.n++;
	if (inject.how == INJECT_COUNT || inject.n < inject.from || inject.n >= inject.until)
		return false;
	if (inject.how == INJECT_DIE)
		_exit(99);
	inject.hits++;
	errno = inject.err;
	return true;
}

/* The first hit is a short write, the others are errors. */
static bool is_short(void)
{
	return inject.how == INJECT_SHORT && inject.n == inject.from;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (inject_hit(INJECT_WRITE | INJECT_SPACE)) {
		if (is_short() && n > 1)
			return REAL(pwrite)(fd, p, n / 2, at);
		return -1;
	}
	return REAL(pwrite)(fd, p, n, at);
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	if (inject_hit(INJECT_WRITE | INJECT_SPACE)) {
		if (is_short() && v[0].iov_len > 1)
			return REAL(pwrite)(fd, v[0].iov_base, v[0].iov_len / 2, at);
		return -1;
	}
	return REAL(pwritev)(fd, v, n, at);
}

int fdatasync(int fd)
{
	return inject_hit(INJECT_SYNC) ? -1 : REAL(fdatasync)(fd);
}

int fsync(int fd)
{
	return inject_hit(INJECT_SYNC) ? -1 : REAL(fsync)(fd);
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
	return inject_hit(INJECT_SPACE) ? -1 : REAL(fallocate)(fd, mode, at, n);
}

int ftruncate(int fd, off_t n)
{
	return inject_hit(INJECT_OTHER) ? -1 : REAL(ftruncate)(fd, n);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (inject_hit(flags & O_CREAT ? INJECT_SPACE : INJECT_OTHER))
		return -1;
	return REAL(openat)(dir, path, flags, mode);
}

int renameat(int from, const char *a, int to, const char *b)
{
	return inject_hit(INJECT_OTHER) ? -1 : REAL(renameat)(from, a, to, b);
}

int unlinkat(int dir, const char *path, int flags)
{
	return inject_hit(INJECT_OTHER) ? -1 : REAL(unlinkat)(dir, path, flags);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return inject_hit(INJECT_SPACE) ? -1 : REAL(mkdirat)(dir, path, mode);
}

#endif
