/* hooks.c - stands in front of libc's file calls: data, lengths, syncs, memory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One mutex is held over each real call, so the order of the events is the order in which
 * the kernel saw them. Files are known by inode number. A shared writable mapping of a
 * watched file would pass by unseen: it ends the test (LMDB's lock file alone may). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "hooks-private.h"

enum { SLOTS = 1 << 14 };

const char *const call_names[CALL_KINDS] = {"write", "pwrite", "writev", "pwritev", "fdatasync",
	"fsync", "open", "rename", "unlink", "mkdir", "fallocate", "ftruncate", "mmap", "malloc"};

static struct {
	pthread_mutex_t lock;
	bool watching;
	dev_t dev;
	struct recording *rec;
	struct {
		uint64_t inode;
		uint32_t number;
	} known[SLOTS];
	uint32_t last;
	uint64_t count[CALL_KINDS];
	enum call fail_kind;
	uint64_t fail_at;
	int fail_errno;
	bool fail_sticky, failed;
} my = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local int quiet; /* inside a hook: libc's own calls are not ours */

_Noreturn void hook_give_up(const char *what, const char *name)
{
	dprintf(2, "hooks: %s %s\n", what, name);
	_exit(99);
}

/* -- who is who ------------------------------------------------------------------ */

static uint32_t number_of(uint64_t inode)
{
	for (size_t i = inode % SLOTS;; i = (i + 1) % SLOTS) {
		if (my.known[i].inode == inode)
			return my.known[i].number;
		if (!my.known[i].inode)
			return 0;
	}
}

uint32_t hook_number_new(uint64_t inode)
{
	size_t i = inode % SLOTS;

	if (my.last > SLOTS / 2)
		hook_give_up("too many files", "");
	while (my.known[i].inode && my.known[i].inode != inode)
		i = (i + 1) % SLOTS;
	my.known[i].inode = inode;
	my.known[i].number = ++my.last;
	if (my.rec)
		my.rec->objects = my.last;
	return my.last;
}

static uint32_t fd_number(int fd)
{
	struct stat st;

	if (!my.watching || fd < 0 || fstat(fd, &st) < 0 || st.st_dev != my.dev)
		return 0;
	return number_of(st.st_ino);
}

uint32_t hook_path(int at, const char *path)
{
	struct stat st;

	if (fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != my.dev)
		return 0;
	return number_of(st.st_ino);
}

/* The folder of `path` and the last part. 0: not ours. */
uint32_t hook_split(int at, const char *path, char name[64])
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct stat st;

	if (!my.watching || snprintf(name, 64, "%s", slash ? slash + 1 : path) >= 64)
		return 0;
	if (!slash)
		snprintf(dir, sizeof(dir), ".");
	else if (slash == path)
		snprintf(dir, sizeof(dir), "/");
	else
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	if (fstatat(at, dir, &st, 0) < 0 || st.st_dev != my.dev)
		return 0;
	return number_of(st.st_ino);
}

/* -- recording ---------------------------------------------------------------------- */

struct event *hook_event(enum event_type type, uint32_t obj)
{
	struct recording *r = my.rec;
	static struct event nowhere;

	if (!r)
		return &nowhere;
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 4096;
		r->v = realloc(r->v, r->cap * sizeof(*r->v));
	}
	if (!r->v)
		hook_give_up("no memory", "");
	struct event *e = &r->v[r->n];
	memset(e, 0, sizeof(*e));
	e->type = type;
	e->obj = obj;
	__atomic_store_n(&r->n, r->n + 1, __ATOMIC_RELEASE);
	return e;
}

static void record_write(int fd, uint32_t obj, off_t at, const void *p, size_t n)
{
	struct event *e;

	if (!my.rec || n == 0)
		return;
	e = hook_event(EV_WRITE, obj);
	e->at = (uint64_t)at;
	e->n = n;
	e->data = malloc(n);
	if (!e->data)
		hook_give_up("no memory", "");
	memcpy(e->data, p, n);
	e->synced = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
	my.rec->octets += n;
}

static void record_iov(int fd, uint32_t obj, off_t at, const struct iovec *v, int k, ssize_t done)
{
	for (int i = 0; i < k && done > 0; i++) {
		size_t n = (size_t)done < v[i].iov_len ? (size_t)done : v[i].iov_len;

		record_write(fd, obj, at, v[i].iov_base, n);
		at += (off_t)n;
		done -= (ssize_t)n;
	}
}

/* Where a write without an offset goes. */
static off_t place_of(int fd)
{
	struct stat st;

	if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &st) == 0)
		return st.st_size;
	return lseek(fd, 0, SEEK_CUR);
}

/* -- failing ------------------------------------------------------------------------- */

/* True when this call must fail; errno is set. */
bool hook_must_fail(enum call kind)
{
	my.count[kind]++;
	if (!my.fail_at || kind != my.fail_kind)
		return false;
	if (my.fail_sticky ? my.count[kind] < my.fail_at : my.count[kind] != my.fail_at)
		return false;
	my.failed = true;
	errno = my.fail_errno;
	return true;
}

bool hook_is_off(void)
{
	return quiet || !my.watching;
}

void hook_enter(void)
{
	pthread_mutex_lock(&my.lock);
	quiet++;
}

void hook_leave(void)
{
	int saved = errno;

	quiet--;
	pthread_mutex_unlock(&my.lock);
	errno = saved;
}

/* -- the hooks ------------------------------------------------------------------------- */

HOOK(ssize_t, hook_write, (int fd, const void *p, size_t n), "write")
{
	REAL("write", ssize_t(*)(int, const void *, size_t));
	if (hook_is_off())
		return real(fd, p, n);
	hook_enter();
	uint32_t obj = fd_number(fd);
	off_t at = obj ? place_of(fd) : 0;
	ssize_t ret = obj && hook_must_fail(CALL_WRITE) ? -1 : real(fd, p, n);

	if (obj && ret > 0)
		record_write(fd, obj, at, p, (size_t)ret);
	hook_leave();
	return ret;
}

HOOK(ssize_t, hook_pwrite, (int fd, const void *p, size_t n, off_t at), "pwrite64")
{
	REAL("pwrite64", ssize_t(*)(int, const void *, size_t, off_t));
	if (hook_is_off())
		return real(fd, p, n, at);
	hook_enter();
	uint32_t obj = fd_number(fd);
	ssize_t ret = obj && hook_must_fail(CALL_PWRITE) ? -1 : real(fd, p, n, at);

	if (obj && ret > 0)
		record_write(fd, obj, at, p, (size_t)ret);
	hook_leave();
	return ret;
}
ALSO(hook_pwrite, "pwrite64", "pwrite");

HOOK(ssize_t, hook_writev, (int fd, const struct iovec *v, int k), "writev")
{
	REAL("writev", ssize_t(*)(int, const struct iovec *, int));
	if (hook_is_off())
		return real(fd, v, k);
	hook_enter();
	uint32_t obj = fd_number(fd);
	off_t at = obj ? place_of(fd) : 0;
	ssize_t ret = obj && hook_must_fail(CALL_WRITEV) ? -1 : real(fd, v, k);

	if (obj && ret > 0)
		record_iov(fd, obj, at, v, k, ret);
	hook_leave();
	return ret;
}

HOOK(ssize_t, hook_pwritev, (int fd, const struct iovec *v, int k, off_t at), "pwritev64")
{
	REAL("pwritev64", ssize_t(*)(int, const struct iovec *, int, off_t));
	if (hook_is_off())
		return real(fd, v, k, at);
	hook_enter();
	uint32_t obj = fd_number(fd);
	ssize_t ret = obj && hook_must_fail(CALL_PWRITEV) ? -1 : real(fd, v, k, at);

	if (obj && ret > 0)
		record_iov(fd, obj, at, v, k, ret);
	hook_leave();
	return ret;
}
ALSO(hook_pwritev, "pwritev64", "pwritev");

HOOK(ssize_t, hook_pwritev2, (int fd, const struct iovec *v, int k, off_t at, int flags), "pwritev64v2")
{
	REAL("pwritev64v2", ssize_t(*)(int, const struct iovec *, int, off_t, int));
	if (hook_is_off())
		return real(fd, v, k, at, flags);
	hook_enter();
	uint32_t obj = fd_number(fd);
	off_t to = obj && at == -1 ? place_of(fd) : at;
	ssize_t ret = obj && hook_must_fail(CALL_PWRITEV) ? -1 : real(fd, v, k, at, flags);

	if (obj && ret > 0) {
		size_t first = my.rec ? my.rec->n : 0;

		record_iov(fd, obj, to, v, k, ret);
		for (size_t i = first; my.rec && i < my.rec->n && (flags & (RWF_DSYNC | RWF_SYNC)); i++)
			my.rec->v[i].synced = true;
	}
	hook_leave();
	return ret;
}
ALSO(hook_pwritev2, "pwritev64v2", "pwritev2");

static int sync_call(int fd, enum call kind, int (*real)(int))
{
	struct stat st;

	if (hook_is_off())
		return real(fd);
	hook_enter();
	uint32_t obj = fd_number(fd);
	int ret = obj && hook_must_fail(kind) ? -1 : real(fd);

	if (obj && ret == 0 && fstat(fd, &st) == 0)
		hook_event(S_ISDIR(st.st_mode) ? EV_SYNC_DIR : EV_SYNC, obj);
	hook_leave();
	return ret;
}

HOOK(int, hook_fdatasync, (int fd), "fdatasync")
{
	REAL("fdatasync", int (*)(int));
	return sync_call(fd, CALL_FDATASYNC, real);
}

HOOK(int, hook_fsync, (int fd), "fsync")
{
	REAL("fsync", int (*)(int));
	return sync_call(fd, CALL_FSYNC, real);
}

HOOK(int, hook_ftruncate, (int fd, off_t n), "ftruncate64")
{
	REAL("ftruncate64", int (*)(int, off_t));
	if (hook_is_off())
		return real(fd, n);
	hook_enter();
	uint32_t obj = fd_number(fd);
	int ret = obj && hook_must_fail(CALL_FTRUNCATE) ? -1 : real(fd, n);

	if (obj && ret == 0)
		hook_event(EV_TRUNCATE, obj)->n = (uint64_t)n;
	hook_leave();
	return ret;
}
ALSO(hook_ftruncate, "ftruncate64", "ftruncate");

/* posix_fallocate returns the error, fallocate sets errno. */
static void record_fallocate(uint32_t obj, int mode, off_t at, off_t n)
{
	struct event *e;

	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) {
		e = hook_event(EV_ZERO, obj);
		e->at = (uint64_t)at;
		e->n = (uint64_t)n;
	}
	if (!(mode & FALLOC_FL_KEEP_SIZE))
		hook_event(EV_GROW, obj)->n = (uint64_t)(at + n);
	if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE))
		hook_give_up("cannot model", "this fallocate");
}

HOOK(int, hook_fallocate, (int fd, int mode, off_t at, off_t n), "fallocate64")
{
	REAL("fallocate64", int (*)(int, int, off_t, off_t));
	if (hook_is_off())
		return real(fd, mode, at, n);
	hook_enter();
	uint32_t obj = fd_number(fd);
	int ret = obj && hook_must_fail(CALL_FALLOCATE) ? -1 : real(fd, mode, at, n);

	if (obj && ret == 0)
		record_fallocate(obj, mode, at, n);
	hook_leave();
	return ret;
}
ALSO(hook_fallocate, "fallocate64", "fallocate");

HOOK(int, hook_posix_fallocate, (int fd, off_t at, off_t n), "posix_fallocate64")
{
	return hook_fallocate(fd, 0, at, n) == 0 ? 0 : errno;
}
ALSO(hook_posix_fallocate, "posix_fallocate64", "posix_fallocate");

/* -- what passes by --------------------------------------------------------------------------- */

HOOK(ssize_t, hook_copy, (int in, off_t *i, int out, off_t *o, size_t n, unsigned flags), "copy_file_range")
{
	errno = ENOSYS; /* its callers must be able to do without */
	return -1;
}

HOOK(void *, hook_mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at), "mmap64")
{
	REAL("mmap64", void *(*)(void *, size_t, int, int, int, off_t));
	char link[64], path[PATH_MAX];

	if (hook_is_off() || fd < 0)
		return real(p, n, prot, flags, fd, at);
	hook_enter();
	uint32_t obj = fd_number(fd);
	bool fails = obj && hook_must_fail(CALL_MMAP);

	if (obj && (flags & MAP_SHARED) && (prot & PROT_WRITE)) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t k = readlink(link, path, sizeof(path) - 1);

		path[k < 0 ? 0 : k] = 0;
		if (!strstr(path, "lock.mdb") && !strstr(path, ".mdb-lock"))
			hook_give_up("a writable mapping of", path);
	}
	hook_leave();
	return fails ? MAP_FAILED : real(p, n, prot, flags, fd, at);
}
ALSO(hook_mmap, "mmap64", "mmap");

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

/* Without the mutex: the hooks themselves allocate while they hold it. */
static bool malloc_must_fail(void)
{
	if (hook_is_off())
		return false;
	uint64_t n = __atomic_add_fetch(&my.count[CALL_MALLOC], 1, __ATOMIC_RELAXED);

	if (!my.fail_at || my.fail_kind != CALL_MALLOC ||
	    (my.fail_sticky ? n < my.fail_at : n != my.fail_at))
		return false;
	my.failed = true;
	errno = ENOMEM;
	return true;
}

HOOK(void *, hook_malloc, (size_t n), "malloc")
{
	return malloc_must_fail() ? NULL : __libc_malloc(n);
}
HOOK(void *, hook_calloc, (size_t k, size_t n), "calloc")
{
	return malloc_must_fail() ? NULL : __libc_calloc(k, n);
}
HOOK(void *, hook_realloc, (void *p, size_t n), "realloc")
{
	return malloc_must_fail() ? NULL : __libc_realloc(p, n);
}
#endif

/* -- the test's side ---------------------------------------------------------------------------- */

void hooks_watch(const char *root, struct recording *r)
{
	struct stat st;

	if (stat(root, &st) < 0)
		hook_give_up("no such folder:", root);
	memset(my.known, 0, sizeof(my.known));
	my.last = 0;
	my.dev = st.st_dev;
	my.rec = r;
	hook_number_new(st.st_ino);
	my.watching = true;
}

void hooks_ignore(void)
{
	pthread_mutex_lock(&my.lock);
	my.watching = false;
	my.rec = NULL;
	pthread_mutex_unlock(&my.lock);
}

uint64_t hooks_now(void)
{
	return my.rec ? __atomic_load_n(&my.rec->n, __ATOMIC_ACQUIRE) : 0;
}

uint32_t hooks_number(uint64_t inode)
{
	uint32_t n = number_of(inode);

	return n ? n : hook_number_new(inode);
}

void recording_free(struct recording *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].data);
	free(r->v);
	memset(r, 0, sizeof(*r));
}

void hooks_fail(enum call kind, uint64_t nth, int eno, bool sticky)
{
	memset(my.count, 0, sizeof(my.count));
	my.fail_kind = kind;
	my.fail_at = nth;
	my.fail_errno = eno;
	my.fail_sticky = sticky;
	my.failed = false;
}

uint64_t hooks_count(enum call kind)
{
	return my.count[kind];
}

bool hooks_failed(void)
{
	return my.failed;
}

void hooks_mine(bool on)
{
	quiet += on ? 1 : -1;
}
