/* fs_test.c - files in a temporary folder, symlinks refused, replacing.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"

static int dir;
static char dir_path[] = "/tmp/fs_test.XXXXXX";

static int fail_sync; /* the nth from now */

int fsync(int fd)
{
	if (fail_sync && !--fail_sync) {
		errno = ENOSPC;
		return -1;
	}
	return ((__typeof__(&fsync))dlsym(RTLD_NEXT, "fsync"))(fd);
}

static int setup(void **state)
{
	if (!mkdtemp(dir_path))
		return -1;
	dir = fs_open_dir(AT_FDCWD, dir_path);
	return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"a", "a.new", "link", "big"};

	for (size_t i = 0; i < COLUMNS(names); i++)
		unlinkat(dir, names[i], 0);
	unlinkat(dir, "sub/deep", AT_REMOVEDIR);
	unlinkat(dir, "sub", AT_REMOVEDIR);
	close(dir);
	return rmdir(dir_path);
}

static void replaces_and_reads_back(void **state)
{
	struct stat st;
	struct buf b;

	buf_init(&b, 5);
	assert_int_equal(fs_read(dir, "a", &b), E_NOTFOUND);
	assert_int_equal(fs_replace(dir, "a", STR("first"), 0600), 0);
	assert_int_equal(symlinkat("elsewhere", dir, "a.new"), 0); /* left by somebody */
	assert_int_equal(fs_replace(dir, "a", STR("other"), 0666), 0);
	assert_int_equal(fs_read(dir, "a", &b), 0); /* exactly as long as it may be */
	assert_true(str_eq(buf_str(&b), STR("other")));
	assert_int_equal(fstatat(dir, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(faccessat(dir, "a.new", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(fs_read(dir, "a", &b), E_TOOBIG);
	buf_free(&b);
}

/* Before the rename the old one is there for sure; behind it nobody knows. */
static void tells_whether_the_old_one_is_there(void **state)
{
	static const int want[] = {E_NOSPACE, E_IO};

	for (int i = 0; i < 2; i++) {
		fail_sync = i + 1;
		assert_int_equal(fs_replace(dir, "a", STR("third"), 0600), want[i]);
		assert_int_equal(fail_sync, 0);
		assert_int_equal(faccessat(dir, "a.new", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	}
}

static void symlinks_are_refused(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(symlinkat("/etc/passwd", dir, "link"), 0);
	assert_true(fs_read(dir, "link", &b) < 0);
	unlinkat(dir, "link", 0);
	assert_int_equal(symlinkat("/tmp", dir, "link"), 0);
	assert_true(fs_open_dir(dir, "link") < 0);
	assert_int_equal(fs_make_dir(dir, "link", 0700), E_EXISTS);
	buf_free(&b);
}

static void folders_are_made_once(void **state)
{
	assert_int_equal(fs_make_dir(dir, "sub", 0700), 0);
	assert_int_equal(fs_make_dir(dir, "sub", 0700), 0);
	assert_int_equal(fs_make_dir(dir, "sub/deep", 0700), 0);
	assert_int_equal(fs_make_dir(dir, "none/deep", 0700), E_NOTFOUND);
	assert_int_equal(fs_replace(dir, "a", STR("x"), 0600), 0);
	assert_int_equal(fs_make_dir(dir, "a", 0700), E_EXISTS);
}

static void reads_and_writes_at_places(void **state)
{
	int fd = openat(dir, "big", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char back[8];

	assert_true(fd >= 0);
	assert_int_equal(fs_write_all(fd, "01234567", 8), 0);
	assert_int_equal(fs_pwrite_all(fd, "xy", 2, 6), 0);
	assert_int_equal(fs_pread_all(fd, back, 4, 4), 0);
	assert_memory_equal(back, "45xy", 4);
	assert_int_equal(fs_pread_all(fd, back, 4, 5), E_DAMAGED);
	close(fd);
	assert_true(fs_write_all(fd, "x", 1) < 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_and_reads_back),
		cmocka_unit_test(tells_whether_the_old_one_is_there),
		cmocka_unit_test(symlinks_are_refused),
		cmocka_unit_test(folders_are_made_once),
		cmocka_unit_test(reads_and_writes_at_places),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
