/* mbox-folders.c - the source that is an mbox file, or a folder of them (ours, or Thunderbird's).
 * SPDX-License-Identifier: Apache-2.0
 *
 * A file's path is the mailbox's name, without the ".mbox" and ".sbd" that programs add. Which of
 * them are subscribed is told by a file ".subscriptions"; without one, all are. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/import/mbox.h"

enum { NAMES_MOST = 64 << 20, SUBSCRIPTIONS_MOST = 4 << 20, HEAD = 512 };

struct file {
	struct file *next;
	struct str path, name; /* NUL behind path */
	uint64_t size;
};
struct files {
	struct arena arena;
	struct file *first, **end;
	uint64_t all;
	struct buf subscriptions;
	bool has_subscriptions;
};

static bool is_mbox(int fd)
{
	char head[HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	struct str sender, s = str_n(head, n > 0 ? (size_t)n : 0);
	int64_t ms;
	int16_t zone;

	return n == 0 || (n > 0 && mbox_from_parse(str_cut(&s, '\n'), &sender, &ms, &zone));
}

static int open_file(const char *path, uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r = fd < 0 || fstat(fd, &st) < 0 ? err_from_errno(errno) : 0;

	if (r >= 0 && !S_ISREG(st.st_mode))
		r = E_FORMAT;
	if (r >= 0 && !is_mbox(fd))
		r = E_FORMAT;
	if (r < 0 && fd >= 0)
		close(fd);
	if (r < 0)
		return r;
	*size = (uint64_t)st.st_size;
	return fd;
}

/* "Work.sbd/2020.mbox" -> "Work/2020" */
static int name_of(struct str path, struct buf *out)
{
	static const char *const ends[] = {".mbox", ".sbd"};
	int r = 0;

	while (path.n && r >= 0) {
		struct str level = str_cut(&path, '/');

		for (size_t i = 0; i < COLUMNS(ends); i++)
			if (level.n > strlen(ends[i]) && str_ends(level, str_of(ends[i])))
				level.n -= strlen(ends[i]);
		if (out->n)
			buf_add_char(out, '/');
		r = level_unescape(level, out);
	}
	return r;
}

static int add_file(struct files *w, const char *path, struct str rest, const struct import_sink *to)
{
	struct file *f;
	struct buf name;
	uint64_t size = 0;
	int fd = open_file(path, &size), r;

	if (fd == E_FORMAT)
		return 0; /* an index, a filter list, ... */
	if (fd < 0) {
		import_say(to, "%.300s: %s", path, err_row(fd)->text);
		return 0;
	}
	close(fd);
	f = arena_new(&w->arena, struct file);
	buf_init(&name, 4096);
	r = f ? name_of(rest, &name) : E_NOMEM;
	if (r < 0) {
		import_say(to, "%.300s: %s", path, err_row(r)->text);
		buf_free(&name);
		return r == E_NOMEM ? r : 0;
	}
	f->path = arena_dup(&w->arena, str_of(path));
	f->name = arena_dup(&w->arena, name.n ? buf_str(&name) : STR(""));
	f->size = size;
	buf_free(&name);
	if (!f->path.p || !f->name.p)
		return E_NOMEM;
	*w->end = f;
	w->end = &f->next;
	w->all += size;
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int walk(struct files *w, const char *path, const struct import_sink *to)
{
	char *const paths[] = {(char *)(uintptr_t)path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t skip = strlen(path);
	FTSENT *e;
	int r = 0;

	if (!fts)
		return err_from_errno(errno);
	while (r >= 0 && (e = fts_read(fts))) {
		struct str rest = str_from(str_of(e->fts_path), skip);

		while (rest.n && *rest.p == '/')
			rest = str_from(rest, 1);
		if (e->fts_level > 0 && e->fts_name[0] == '.')
			fts_set(fts, e, FTS_SKIP);
		else if (e->fts_info == FTS_F)
			r = add_file(w, e->fts_path, e->fts_level ? rest : STR_NONE, to);
		else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
			import_say(to, "%.300s: %s", e->fts_path, strerror(e->fts_errno));
	}
	fts_close(fts);
	return r;
}

static bool is_subscribed(const struct files *w, struct str name)
{
	struct str rest = buf_str(&w->subscriptions);

	while (rest.n)
		if (str_eq(str_cut(&rest, '\n'), name))
			return true;
	return !w->has_subscriptions;
}

static int read_all(struct files *w, const struct import_opts *o, const struct import_sink *to)
{
	struct mbox_reading *reading;
	struct buf target;
	int r = mbox_reading_new(&reading, o, to, w->all);

	if (r < 0)
		return r;
	buf_init(&target, 4096);
	for (struct file *f = w->first; f && r >= 0; f = f->next) {
		struct import_folder folder = {.subscribed = is_subscribed(w, f->name)};
		uint64_t size;
		int fd = open_file(f->path.p, &size);

		if (fd < 0) {
			import_say(to, "%.300s: %s", f->path.p, err_row(fd)->text);
			continue;
		}
		import_target(o, f->name, &target);
		folder.name = buf_str(&target);
		r = mbox_read_file(reading, fd, size, &folder);
		close(fd);
	}
	buf_free(&target);
	mbox_reading_free(reading);
	return r;
}

static bool has_file(const struct files *w, struct str name)
{
	for (const struct file *f = w->first; f; f = f->next)
		if (str_eq(f->name, name))
			return true;
	return false;
}

/* Subscriptions without a mailbox (RFC 9051 6.3.7). */
static int read_names(const struct files *w, const struct import_opts *o, const struct import_sink *to)
{
	struct str rest = buf_str(&w->subscriptions);
	struct buf target;
	int r = 0;

	buf_init(&target, 4096);
	while (rest.n && r >= 0) {
		struct str name = str_cut(&rest, '\n');
		struct import_folder f = {.subscribed = true, .is_name_only = true};

		if (!name.n || has_file(w, name))
			continue;
		import_target(o, name, &target);
		f.name = buf_str(&target);
		r = to->folder(to->arg, &f);
	}
	buf_free(&target);
	return r;
}

static void read_subscriptions(struct files *w, const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	w->has_subscriptions = fs_read(dir, ".subscriptions", &w->subscriptions) >= 0;
	close(dir);
}

int mbox_read(const char *path, const struct import_opts *o, const struct import_sink *to)
{
	struct files w = {.end = NULL};
	struct stat st;
	int r = stat(path, &st) < 0 ? err_from_errno(errno) : 0;

	if (r < 0)
		return r;
	w.end = &w.first;
	arena_init(&w.arena, NAMES_MOST);
	buf_init(&w.subscriptions, SUBSCRIPTIONS_MOST);
	if (S_ISDIR(st.st_mode))
		read_subscriptions(&w, path);
	r = walk(&w, path, to);
	if (r >= 0 && !w.first)
		r = E_FORMAT;
	if (r >= 0)
		r = read_all(&w, o, to);
	if (r >= 0)
		r = read_names(&w, o, to);
	if (r >= 0)
		r = to->finish(to->arg);
	arena_free(&w.arena);
	buf_free(&w.subscriptions);
	return r;
}
