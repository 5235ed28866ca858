/* log_append.c - what the log costs beside the bare disk: groups of 4 KiB records, each synced.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	build/bench/log_append [folder [records]]
 *
 * Writes below `folder` (the current one by default; not a tmpfs) and removes what it wrote. The
 * bare disk does one pwrite and one fdatasync a group into a file that was preallocated with
 * fallocate, and into one that was written with zeros. Then: opening and reading it all back. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "store/log/log.h"

enum { BODY = 4096, META = 160 };

static double since(uint64_t t0)
{
	return (double)(clock_mono_us() - t0) / 1e6;
}

static void die(const char *what, int e)
{
	fprintf(stderr, "log_append: %s: %s\n", what, err_row(e)->text);
	exit(1);
}

static double bare(int dir, size_t group, size_t records, bool zeros)
{
	static char block[64 * (BODY + META + 72) + 4096];
	size_t bytes = group * (BODY + META + 72), groups = records / group;
	uint64_t t0;
	double s;
	int fd = openat(dir, "bare.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || fallocate(fd, 0, 0, (off_t)(groups * bytes)) < 0)
		die("bare.tmp", E_IO);
	memset(block, 0, sizeof(block));
	for (size_t at = 0; zeros && at < groups * bytes; at += sizeof(block))
		if (pwrite(fd, block, sizeof(block), (off_t)at) < 0)
			die("bare.tmp", E_IO);
	fsync(fd);
	memset(block, 7, sizeof(block));
	t0 = clock_mono_us();
	for (size_t i = 0; i < groups; i++)
		if (pwrite(fd, block, bytes, (off_t)(i * bytes)) < 0 || fdatasync(fd) < 0)
			die("bare.tmp", E_IO);
	s = since(t0);
	close(fd);
	unlinkat(dir, "bare.tmp", 0);
	return (double)(groups * group) / s;
}

static void failed(void *arg, const char *why)
{
	fprintf(stderr, "log_append: %s\n", why);
	exit(1);
}

static struct log *open_log(int dir)
{
	struct log_opts o = {.dir = dir, .segment_bytes = 256 << 20, .fatal = failed};
	struct log *l;
	const char *why;
	int e = log_open(&l, &log_file_ops, &o, NULL, &why);

	if (e < 0)
		die(why, e);
	return l;
}

static void append_group(struct log *l, size_t group)
{
	static char meta[META], body[BODY];
	int64_t ms = clock_wall_ms();
	int e = log_begin(l, &ms, false);

	for (size_t k = 0; e == 0 && k < group; k++) {
		struct log_item it = {.account = k % 50 + 1, .type = 1, .meta = {meta, META},
				      .body = {body, BODY}};

		e = log_add(l, &it, 0);
	}
	if (e == 0)
		e = log_commit(l, NULL, 0);
	if (e < 0)
		die("commit", e);
}

static double append(int dir, size_t group, size_t records)
{
	struct log *l = open_log(dir);
	uint64_t t0 = clock_mono_us();
	double s;

	for (size_t i = 0; i < records / group; i++)
		append_group(l, group);
	s = since(t0);
	log_close(l);
	return (double)(records / group * group) / s;
}

static int count(void *arg, const struct log_frame *f)
{
	size_t *n = arg;

	n[0]++;
	n[1] += f->meta.n + f->body_bytes;
	return 0;
}

static void read_back(int dir, bool check)
{
	size_t n[2] = {0};
	uint64_t t0 = clock_mono_us();
	struct log *l = open_log(dir);
	double opened = since(t0), s;

	t0 = clock_mono_us();
	log_read(l, 0, (struct log_pos){1}, check, count, n);
	s = since(t0);
	printf("open %.1f ms; read %s: %zu records, %.0f records/s, %.0f MB/s\n", opened * 1e3,
	       check ? "with body CRCs" : "without body CRCs", n[0], (double)n[0] / s,
	       (double)n[1] / s / 1e6);
	log_close(l);
}

static void clean(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (de->d_name[0] != '.')
			unlinkat(fd, de->d_name, 0);
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

int main(int argc, char **argv)
{
	static const size_t groups[] = {1, 16, 64};
	char path[512];
	size_t records = argc > 2 ? strtoul(argv[2], NULL, 10) : 64000;
	int dir;

	snprintf(path, sizeof(path), "%s/log_append.XXXXXX", argc > 1 ? argv[1] : ".");
	if (!mkdtemp(path) || (dir = open(path, O_RDONLY | O_DIRECTORY)) < 0)
		die(path, E_IO);
	printf("4 KiB records a second   %12s %12s %12s\n", "the log", "fallocate", "zeroed");
	for (size_t i = 0; i < 3; i++) {
		size_t n = groups[i] == 1 ? records / 8 : records;
		double a = bare(dir, groups[i], n, false), b = bare(dir, groups[i], n, true);

		printf("groups of %2zu             %12.0f %12.0f %12.0f\n", groups[i],
		       append(dir, groups[i], n), a, b);
	}
	read_back(dir, false);
	read_back(dir, true);
	clean(dir, "log");
	clean(dir, "blob");
	rmdir(path);
	return 0;
}
