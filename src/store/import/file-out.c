/* file-out.c - new files in a new folder.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/import/file-out.h"

enum { NAMES_MOST = 4 << 20 };

int file_sink_init(struct file_sink *s, const struct file_sink_opts *o, void (*fn)(struct file_sink *s))
{
	s->o = *o;
	s->root = -1;
	s->free = fn;
	buf_init(&s->names, NAMES_MOST);
	buf_init(&s->folder, 4096);
	return 0;
}

struct file_sink *file_sink_free(struct file_sink *s)
{
	if (!s)
		return NULL;
	if (s->root >= 0)
		close(s->root);
	buf_free(&s->names);
	buf_free(&s->folder);
	s->free(s);
	return NULL;
}

struct import_counts file_sink_counts(const struct file_sink *s)
{
	return s->counts;
}

void file_sink_say(const struct file_sink *s, const char *what, int e)
{
	struct import_sink to = {.arg = s->o.arg, .say = s->o.say};

	import_say(&to, STR_FMT ": %s: %s", STR_ARG(str_head(buf_str(&s->folder), 100)), what,
		   err_row(e)->text);
}

static bool is_empty(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool empty = d != NULL;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			empty = false;
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return empty;
}

int file_sink_root(struct file_sink *s)
{
	if (mkdir(s->o.path, 0700) < 0 && errno != EEXIST)
		return err_from_errno(errno);
	s->root = open(s->o.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0)
		return errno == ENOTDIR ? E_EXISTS : err_from_errno(errno);
	return is_empty(s->root) ? 0 : E_EXISTS;
}

FILE *file_sink_create(int dir, const char *name, int *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		*err = errno == ENAMETOOLONG ? E_TOOBIG : err_from_errno(errno);
		if (fd >= 0)
			close(fd);
	}
	return f;
}

int file_sink_close(FILE **f)
{
	int r = 0;

	if (!*f)
		return 0;
	if (fflush(*f) || ferror(*f) || fsync(fileno(*f)) < 0)
		r = err_from_errno(errno);
	if (fclose(*f) && r >= 0)
		r = err_from_errno(errno);
	*f = NULL;
	return r;
}

int file_sink_write(int dir, const char *name, const struct buf *b)
{
	int r = 0;
	FILE *f = b->failed ? NULL : file_sink_create(dir, name, &r);

	if (b->failed || !f)
		return b->failed ? b->failed : r;
	fwrite(b->p ? b->p : "", 1, b->n, f);
	return file_sink_close(&f);
}
