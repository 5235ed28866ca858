/* hooks-names.c - stands in front of libc's file calls: open, rename, link, unlink, mkdir.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include "hooks-private.h"

static int open_call(int at, const char *path, int flags, mode_t mode)
{
	REAL("openat64", int (*)(int, const char *, int, ...));
	char name[64];

	if (hook_is_off())
		return real(at, path, flags, mode);
	hook_enter();
	uint32_t dir = hook_split(at, path, name), old = dir ? hook_path(at, path) : 0;
	int fd = dir && hook_must_fail(CALL_OPEN) ? -1 : real(at, path, flags, mode);
	struct stat st;

	if (fd >= 0 && dir && (flags & O_TMPFILE) == O_TMPFILE) {
		hook_give_up("cannot model", "O_TMPFILE");
	} else if (fd >= 0 && dir && (flags & O_CREAT) && !old && fstat(fd, &st) == 0) {
		struct event *e = hook_event(EV_NEW_FILE, hook_number_new(st.st_ino));

		e->dir = dir;
		memcpy(e->name, name, sizeof(name));
	} else if (fd >= 0 && old && (flags & O_TRUNC)) {
		hook_event(EV_TRUNCATE, old)->n = 0;
	}
	hook_leave();
	return fd;
}

static mode_t open_mode(int flags, va_list ap)
{
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;

	return makes ? (mode_t)va_arg(ap, unsigned) : 0;
}

HOOK(int, hook_openat, (int at, const char *path, int flags, ...), "openat64")
{
	va_list ap;

	va_start(ap, flags);
	int ret = open_call(at, path, flags, open_mode(flags, ap));

	va_end(ap);
	return ret;
}
ALSO(hook_openat, "openat64", "openat");

HOOK(int, hook_open, (const char *path, int flags, ...), "open64")
{
	va_list ap;

	va_start(ap, flags);
	int ret = open_call(AT_FDCWD, path, flags, open_mode(flags, ap));

	va_end(ap);
	return ret;
}
ALSO(hook_open, "open64", "open");

HOOK(int, hook_open_2, (const char *path, int flags), "__open64_2")
{
	return open_call(AT_FDCWD, path, flags, 0);
}
ALSO(hook_open_2, "__open64_2", "__open_2");

HOOK(int, hook_openat_2, (int at, const char *path, int flags), "__openat64_2")
{
	return open_call(at, path, flags, 0);
}
ALSO(hook_openat_2, "__openat64_2", "__openat_2");

HOOK(int, hook_creat, (const char *path, mode_t mode), "creat64")
{
	return open_call(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
ALSO(hook_creat, "creat64", "creat");

HOOK(int, hook_renameat2, (int a, const char *from, int b, const char *to, unsigned flags), "renameat2")
{
	REAL("renameat2", int (*)(int, const char *, int, const char *, unsigned));
	struct event was = {0};

	if (hook_is_off())
		return real(a, from, b, to, flags);
	hook_enter();
	was.dir = hook_split(a, from, was.name);
	was.dir2 = hook_split(b, to, was.to);
	was.obj = was.dir ? hook_path(a, from) : 0;
	int ret = was.dir && hook_must_fail(CALL_RENAME) ? -1 : real(a, from, b, to, flags);

	if (ret == 0 && was.dir) {
		struct event *e = hook_event(EV_RENAME, was.obj);

		if (!was.dir2 || (flags & RENAME_EXCHANGE))
			hook_give_up("cannot model a rename of", from);
		e->dir = was.dir;
		e->dir2 = was.dir2;
		memcpy(e->name, was.name, sizeof(e->name));
		memcpy(e->to, was.to, sizeof(e->to));
	}
	hook_leave();
	return ret;
}

HOOK(int, hook_renameat, (int a, const char *from, int b, const char *to), "renameat")
{
	return hook_renameat2(a, from, b, to, 0);
}

HOOK(int, hook_rename, (const char *from, const char *to), "rename")
{
	return hook_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

HOOK(int, hook_linkat, (int a, const char *from, int b, const char *to, int flags), "linkat")
{
	REAL("linkat", int (*)(int, const char *, int, const char *, int));
	char name[64];

	if (hook_is_off())
		return real(a, from, b, to, flags);
	hook_enter();
	uint32_t dir = hook_split(b, to, name);
	int ret = real(a, from, b, to, flags);

	if (ret == 0 && dir) {
		struct event *e = hook_event(EV_LINK, hook_path(b, to));

		e->dir = dir;
		memcpy(e->name, name, sizeof(name));
	}
	hook_leave();
	return ret;
}

HOOK(int, hook_unlinkat, (int at, const char *path, int flags), "unlinkat")
{
	REAL("unlinkat", int (*)(int, const char *, int));
	char name[64];

	if (hook_is_off())
		return real(at, path, flags);
	hook_enter();
	uint32_t dir = hook_split(at, path, name);
	int ret = dir && hook_must_fail(CALL_UNLINK) ? -1 : real(at, path, flags);

	if (ret == 0 && dir) {
		struct event *e = hook_event(EV_UNLINK, 0);

		e->dir = dir;
		memcpy(e->name, name, sizeof(name));
	}
	hook_leave();
	return ret;
}

HOOK(int, hook_unlink, (const char *path), "unlink")
{
	return hook_unlinkat(AT_FDCWD, path, 0);
}

HOOK(int, hook_rmdir, (const char *path), "rmdir")
{
	return hook_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

HOOK(int, hook_mkdirat, (int at, const char *path, mode_t mode), "mkdirat")
{
	REAL("mkdirat", int (*)(int, const char *, mode_t));
	char name[64];
	struct stat st;

	if (hook_is_off())
		return real(at, path, mode);
	hook_enter();
	uint32_t dir = hook_split(at, path, name);
	int ret = dir && hook_must_fail(CALL_MKDIR) ? -1 : real(at, path, mode);

	if (ret == 0 && dir && fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		struct event *e = hook_event(EV_NEW_DIR, hook_number_new(st.st_ino));

		e->dir = dir;
		memcpy(e->name, name, sizeof(name));
	}
	hook_leave();
	return ret;
}

HOOK(int, hook_mkdir, (const char *path, mode_t mode), "mkdir")
{
	return hook_mkdirat(AT_FDCWD, path, mode);
}
