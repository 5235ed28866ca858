/* tree.c - makes, copies and removes folders.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tree.h"

enum { DEPTH_MOST = 8 };

_Noreturn static void give_up(const char *what)
{
	perror(what);
	_exit(99);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void remove_below(const char *path, unsigned depth)
{
	char below[PATH_MAX];
	struct dirent *de;
	DIR *d = depth > DEPTH_MOST ? NULL : opendir(path);

	while (d && (de = readdir(d))) {
		if (is_dots(de->d_name))
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, de->d_name);
		if (de->d_type == DT_DIR)
			remove_below(below, depth + 1);
		else
			unlink(below);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

void tree_remove(const char *path)
{
	remove_below(path, 0);
}

void tree_fresh(const char *path)
{
	tree_remove(path);
	if (mkdir(path, 0700) < 0)
		give_up(path);
}

static unsigned files_below(const char *path, unsigned depth)
{
	char below[PATH_MAX];
	struct dirent *de;
	unsigned n = 0;
	DIR *d = depth > DEPTH_MOST ? NULL : opendir(path);

	while (d && (de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, de->d_name);
		n += de->d_type == DT_DIR ? files_below(below, depth + 1) : 1;
	}
	if (d)
		closedir(d);
	return n;
}

unsigned tree_files(const char *path)
{
	return files_below(path, 0);
}

void tree_temporary(char out[256], const char *name)
{
	snprintf(out, 256, "%s/%s-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", name);
	if (!mkdtemp(out))
		give_up(out);
}

static void copy_file(const char *from, const char *to)
{
	static char block[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat st;
	off_t at = 0;

	if (in < 0 || out < 0 || fstat(in, &st) < 0 || ftruncate(out, st.st_size) < 0)
		give_up(to);
	while ((at = lseek(in, at, SEEK_DATA)) >= 0) {
		ssize_t n = pread(in, block, sizeof(block), at);

		if (n <= 0)
			break;
		if (pwrite(out, block, (size_t)n, at) != n)
			give_up(to);
		at += n;
	}
	close(in);
	close(out);
}

static void copy_below(const char *from, const char *to, unsigned depth)
{
	char a[PATH_MAX], b[PATH_MAX];
	struct dirent *de;
	DIR *d = opendir(from);

	if (!d || depth > DEPTH_MOST)
		give_up(from);
	while ((de = readdir(d))) {
		if (is_dots(de->d_name))
			continue;
		snprintf(a, sizeof(a), "%s/%s", from, de->d_name);
		snprintf(b, sizeof(b), "%s/%s", to, de->d_name);
		if (de->d_type == DT_DIR) {
			mkdir(b, 0700);
			copy_below(a, b, depth + 1);
		} else if (de->d_type == DT_REG) {
			copy_file(a, b);
		}
	}
	closedir(d);
}

void tree_copy(const char *from, const char *to)
{
	tree_fresh(to);
	copy_below(from, to, 0);
}
