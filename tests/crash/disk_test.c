/* disk_test.c - the recorder misses nothing, and the model keeps what was synced and no more.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "disk.h"
#include "tree.h"

struct fix {
	char live[256], image[256];
	struct recording rec;
	struct disk *disk;
	int dir;
};

static void begin(struct fix *f)
{
	memset(f, 0, sizeof(*f));
	tree_temporary(f->live, "mkdisktest");
	tree_temporary(f->image, "mkdisktest");
	hooks_watch(f->live, &f->rec);
	f->dir = open(f->live, O_RDONLY | O_DIRECTORY);
}

static void play(struct fix *f)
{
	hooks_ignore();
	f->disk = disk_new();
	for (size_t i = 0; i < f->rec.n; i++)
		disk_apply(f->disk, &f->rec.v[i]);
}

static void end(struct fix *f)
{
	close(f->dir);
	disk_free(f->disk);
	recording_free(&f->rec);
	tree_remove(f->live);
	tree_remove(f->image);
}

/* The first octet of each sector of image/name, "-" if the file is not there. */
static void sectors(struct fix *f, struct tear t, const char *name, char out[64])
{
	char path[600], block[512];
	ssize_t n;
	int fd, i = 0;

	tree_fresh(f->image);
	disk_build(f->disk, f->image, t);
	snprintf(path, sizeof(path), "%s/%s", f->image, name);
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		snprintf(out, 64, "-");
		return;
	}
	while ((n = read(fd, block, sizeof(block))) > 0 && i < 60)
		out[i++] = block[0] ? block[0] : '0';
	out[i] = 0;
	close(fd);
}

static void put(int fd, char c, size_t n, off_t at)
{
	char block[4096];

	memset(block, c, sizeof(block));
	assert_int_equal(pwrite(fd, block, n, at), n);
}

static void recorder_sees_every_way(void **state)
{
	struct iovec v[2] = {{(char *)"one", 3}, {(char *)"two", 3}};
	struct fix f;
	char path[300];

	begin(&f);
	int fd = openat(f.dir, "a", O_RDWR | O_CREAT, 0600);

	assert_int_equal(write(fd, "hello", 5), 5);
	assert_int_equal(pwritev(fd, v, 2, 3), 6);
	assert_int_equal(pwritev2(fd, v, 2, 20, RWF_DSYNC), 6);
	assert_int_equal(writev(fd, v, 1), 3);
	assert_int_equal(ftruncate(fd, 22), 0);
	assert_int_equal(fallocate(fd, 0, 0, 10000), 0);
	put(fd, 'x', 4096, 4096);
	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 5000, 100), 0);
	assert_int_equal(posix_fallocate(fd, 0, 12000), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/b", f.live);
	fd = creat(path, 0600);
	assert_int_equal(write(fd, "b", 1), 1);
	close(fd);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "c", 1), 1);
	close(fd);
	assert_int_equal(mkdirat(f.dir, "d", 0700), 0);
	assert_int_equal(renameat(f.dir, "b", f.dir, "e"), 0);
	assert_int_equal(linkat(f.dir, "e", f.dir, "g", 0), 0);
	fd = openat(f.dir, "d/f", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, "f", 1), 1);
	close(fd);
	assert_int_equal(unlinkat(f.dir, "e", 0), 0);
	play(&f);
	assert_true(disk_matches(f.disk, f.live));
	fd = openat(f.dir, "unseen", O_WRONLY | O_CREAT, 0600); /* it can fail */
	close(fd);
	assert_false(disk_matches(f.disk, f.live));
	end(&f);
}

static void synced_octets_stay(void **state)
{
	struct tear none = {.grain = 512, .how = TEAR_NOTHING_KEPT}, all = {.grain = 512, .how = TEAR_ALL_KEPT};
	struct fix f;
	char got[64];
	unsigned olds = 0, news = 0;

	begin(&f);
	int fd = openat(f.dir, "a", O_RDWR | O_CREAT, 0600);

	put(fd, 'A', 2048, 0);
	fdatasync(fd);
	fsync(f.dir);
	put(fd, 'B', 2048, 0);
	put(fd, 'C', 512, 2048);
	play(&f);
	sectors(&f, none, "a", got);
	assert_string_equal(got, "AAAA");
	sectors(&f, all, "a", got);
	assert_string_equal(got, "BBBBC");
	for (uint64_t seed = 0; seed < 200; seed++) {
		sectors(&f, (struct tear){.seed = seed, .grain = 512}, "a", got);
		assert_true(strlen(got) == 4 || strlen(got) == 5);
		for (int i = 0; i < 4; i++) {
			assert_true(got[i] == 'A' || got[i] == 'B');
			olds += got[i] == 'A';
			news += got[i] == 'B';
		}
	}
	assert_true(olds > 200 && news > 200);
	close(fd);
	end(&f);
}

static void names_need_their_folder_synced(void **state)
{
	struct tear none = {.grain = 512, .how = TEAR_NOTHING_KEPT}, all = {.grain = 512, .how = TEAR_ALL_KEPT};
	struct fix f;
	char got[64];

	begin(&f);
	int fd = openat(f.dir, "a", O_RDWR | O_CREAT, 0600);

	put(fd, 'A', 512, 0);
	fsync(fd); /* the file, not the folder */
	play(&f);
	sectors(&f, none, "a", got);
	assert_string_equal(got, "-");
	sectors(&f, all, "a", got);
	assert_string_equal(got, "A");
	close(fd);
	end(&f);

	begin(&f);
	fd = openat(f.dir, "a", O_RDWR | O_CREAT, 0600);
	put(fd, 'A', 512, 0);
	fsync(fd);
	fsync(f.dir);
	renameat(f.dir, "a", f.dir, "b");
	play(&f);
	sectors(&f, none, "a", got);
	assert_string_equal(got, "A");
	sectors(&f, all, "a", got);
	assert_string_equal(got, "-");
	sectors(&f, all, "b", got);
	assert_string_equal(got, "A");
	close(fd);
	end(&f);
}

static void nth_call_fails(void **state)
{
	struct fix f;

	begin(&f);
	int fd = openat(f.dir, "a", O_RDWR | O_CREAT, 0600);

	hooks_fail(CALL_PWRITE, 2, ENOSPC, false);
	assert_int_equal(pwrite(fd, "a", 1, 0), 1);
	assert_int_equal(pwrite(fd, "b", 1, 1), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(pwrite(fd, "c", 1, 2), 1);
	assert_int_equal(hooks_count(CALL_PWRITE), 3);
	assert_true(hooks_failed());
	hooks_fail(CALL_PWRITE, 0, 0, false);
	close(fd);
	play(&f);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorder_sees_every_way),
		cmocka_unit_test(synced_octets_stay),
		cmocka_unit_test(names_need_their_folder_synced),
		cmocka_unit_test(nth_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
