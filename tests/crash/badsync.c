/* badsync.c - LD_PRELOAD: syncs fail with EIO while the file named by BADSYNC exists.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static bool is_bad(void)
{
	const char *path = getenv("BADSYNC");

	return path && access(path, F_OK) == 0;
}

static int sync_with(const char *name, int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

	if (is_bad()) {
		errno = EIO;
		return -1;
	}
	return real(fd);
}

int fsync(int fd)
{
	return sync_with("fsync", fd);
}

int fdatasync(int fd)
{
	return sync_with("fdatasync", fd);
}
