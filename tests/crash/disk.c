/* disk.c - the model of a disk: what is synced, and what is pending.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include "disk.h"
#include "rnd.h"

enum { DEPTH_MOST = 6 };

struct entry {
	char name[64];
	uint32_t obj;
};

struct node {
	bool exists, is_dir;
	/* a file: what is on the platter */
	char *p;
	size_t n, cap;
	/* a folder: the same */
	struct entry *entries;
	size_t n_entries, cap_entries;
	/* since then, in order */
	const struct event **pending;
	size_t n_pending, cap_pending;
};

struct disk {
	struct node *v;
	size_t cap;
};

_Noreturn static void give_up(const char *what, const char *name)
{
	fprintf(stderr, "disk: %s %s: %s\n", what, name, strerror(errno));
	_exit(99);
}

static void *grown(void *p, size_t *cap, size_t need, size_t each)
{
	size_t was = *cap;

	if (need <= was)
		return p;
	*cap = need * 2 > 64 ? need * 2 : 64;
	p = realloc(p, *cap * each);
	if (!p)
		give_up("no", "memory");
	memset((char *)p + was * each, 0, (*cap - was) * each);
	return p;
}

static struct node *node_of(struct disk *d, uint32_t obj)
{
	d->v = grown(d->v, &d->cap, obj + 1, sizeof(*d->v));
	return &d->v[obj];
}

/* -- a file's octets ------------------------------------------------------------- */

static void file_resize(struct node *f, size_t n)
{
	if (n < f->n && f->p)
		memset(f->p + n, 0, f->n - n); /* the next growth shows zeros */
	f->p = grown(f->p, &f->cap, n, 1);
	f->n = n;
}

static size_t length_after(size_t n, const struct event *e)
{
	size_t end = e->type == EV_WRITE ? e->at + e->n : e->n;

	if (e->type == EV_TRUNCATE)
		return e->n;
	if (e->type != EV_WRITE && e->type != EV_GROW)
		return n;
	return end > n ? end : n;
}

/* The part of the event that lies in [lo, hi). */
static void apply_part(struct node *f, const struct event *e, size_t lo, size_t hi)
{
	size_t from = e->at > lo ? e->at : lo, to = e->at + e->n < hi ? e->at + e->n : hi;

	if (e->type == EV_TRUNCATE) {
		from = e->n > lo ? e->n : lo;
		to = hi;
	}
	if (to > f->n)
		to = f->n;
	if (from >= to)
		return;
	if (e->type == EV_WRITE)
		memcpy(f->p + from, e->data + (from - e->at), to - from);
	else if (e->type != EV_GROW)
		memset(f->p + from, 0, to - from);
}

static void apply_whole(struct node *f, const struct event *e)
{
	size_t n = length_after(f->n, e);

	if (n != f->n)
		file_resize(f, n);
	apply_part(f, e, 0, f->n);
}

/* -- a folder's entries ------------------------------------------------------------ */

static struct entry *entry_find(struct node *d, const char *name)
{
	for (size_t i = 0; i < d->n_entries; i++)
		if (strcmp(d->entries[i].name, name) == 0)
			return &d->entries[i];
	return NULL;
}

static void entry_set(struct node *d, const char *name, uint32_t obj)
{
	struct entry *e = entry_find(d, name);

	if (!e) {
		d->entries = grown(d->entries, &d->cap_entries, d->n_entries + 1,
				   sizeof(*d->entries));
		e = &d->entries[d->n_entries++];
		memcpy(e->name, name, sizeof(e->name));
	}
	e->obj = obj;
}

static void entry_drop(struct node *d, const char *name)
{
	struct entry *e = entry_find(d, name);

	if (e)
		*e = d->entries[--d->n_entries];
}

static void apply_name(struct node *d, const struct event *e)
{
	switch (e->type) {
	case EV_NEW_FILE:
	case EV_NEW_DIR:
	case EV_LINK:
		entry_set(d, e->name, e->obj);
		return;
	case EV_RENAME:
		entry_drop(d, e->name);
		entry_set(d, e->to, e->obj);
		return;
	default:
		entry_drop(d, e->name);
	}
}

/* -- events ------------------------------------------------------------------------ */

static void settle(struct node *n)
{
	for (size_t i = 0; i < n->n_pending; i++) {
		if (n->is_dir)
			apply_name(n, n->pending[i]);
		else
			apply_whole(n, n->pending[i]);
	}
	n->n_pending = 0;
}

void disk_apply(struct disk *d, const struct event *e)
{
	struct node *n;

	if (e->type == EV_NEW_FILE || e->type == EV_NEW_DIR) {
		n = node_of(d, e->obj);
		n->exists = true;
		n->is_dir = e->type == EV_NEW_DIR;
	}
	if (e->type == EV_RENAME && e->dir != e->dir2)
		give_up("no model of a rename between folders:", e->name);
	if (e->type == EV_SYNC || e->type == EV_SYNC_DIR) {
		settle(node_of(d, e->obj));
		return;
	}
	n = node_of(d, e->type <= EV_UNLINK ? e->dir : e->obj);
	n->pending = grown(n->pending, &n->cap_pending, n->n_pending + 1, sizeof(*n->pending));
	n->pending[n->n_pending++] = e;
}

struct disk *disk_new(void)
{
	struct disk *d = calloc(1, sizeof(*d));
	struct node *root = node_of(d, 1);

	root->exists = root->is_dir = true;
	return d;
}

struct disk *disk_free(struct disk *d)
{
	for (size_t i = 0; d && i < d->cap; i++) {
		free(d->v[i].p);
		free(d->v[i].entries);
		free(d->v[i].pending);
	}
	if (d)
		free(d->v);
	free(d);
	return NULL;
}

/* -- what a cut leaves ---------------------------------------------------------------- */

/* How many of n pending things happened, for one sector, length or folder. */
static size_t stop_at(struct tear t, uint64_t obj, uint64_t what, size_t n)
{
	uint64_t r = rnd_mix(t.seed ^ rnd_mix(obj * 0x10001 + 7) ^ rnd_mix(what + 1));

	if (t.how != TEAR_RANDOM)
		return t.how == TEAR_ALL_KEPT ? n : 0;
	if (r % 10 < 5)
		return n;
	return r % 10 < 8 ? 0 : (r >> 8) % (n + 1);
}

static size_t torn_length(const struct node *f, struct tear t, uint32_t obj)
{
	size_t stop = stop_at(t, obj, ~0ull, f->n_pending), n = f->n;

	for (size_t i = 0; i < f->n_pending; i++)
		if (f->pending[i]->synced && stop <= i)
			stop = i + 1;
	for (size_t i = 0; i < stop; i++)
		n = length_after(n, f->pending[i]);
	return n;
}

/* One pending event, sector by sector: where the sector stopped earlier it is left out. */
static void tear_event(struct node *f, struct tear t, uint32_t obj, size_t i)
{
	const struct event *e = f->pending[i];
	size_t from = e->type == EV_TRUNCATE ? e->n : e->at;
	size_t to = e->type == EV_TRUNCATE || e->at + e->n > f->n ? f->n : e->at + e->n;

	if (e->type == EV_GROW)
		return;
	for (size_t s = from / t.grain; s * t.grain < to; s++) {
		size_t stop = stop_at(t, obj, s, f->n_pending);

		if (i < stop || e->synced)
			apply_part(f, e, s * t.grain, (s + 1) * t.grain);
	}
}

static void torn_file(const struct node *f, struct tear t, uint32_t obj, struct node *out)
{
	memset(out, 0, sizeof(*out));
	file_resize(out, torn_length(f, t, obj));
	if (f->n && out->n)
		memcpy(out->p, f->p, f->n < out->n ? f->n : out->n);
	out->pending = f->pending;
	out->n_pending = f->n_pending;
	for (size_t i = 0; i < f->n_pending; i++)
		tear_event(out, t, obj, i);
}

static void write_file(const struct node *f, const char *path)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)f->n) < 0)
		give_up("cannot make", path);
	for (size_t at = 0, end; at < f->n; at = end) { /* holes stay holes */
		bool empty = memcmp(f->p + at, zeros, f->n - at < 4096 ? f->n - at : 4096) == 0;

		for (end = at + 4096; end < f->n; end += 4096) {
			size_t k = f->n - end < 4096 ? f->n - end : 4096;

			if (empty != (memcmp(f->p + end, zeros, k) == 0))
				break;
		}
		if (end > f->n)
			end = f->n;
		if (!empty && pwrite(fd, f->p + at, end - at, (off_t)at) != (ssize_t)(end - at))
			give_up("cannot write", path);
	}
	close(fd);
}

static void torn_folder(const struct node *d, struct tear t, uint32_t obj, struct node *out)
{
	size_t stop = stop_at(t, obj, 0, d->n_pending);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < d->n_entries; i++)
		entry_set(out, d->entries[i].name, d->entries[i].obj);
	for (size_t i = 0; i < stop; i++)
		apply_name(out, d->pending[i]);
}

static void build_folder(const struct disk *d, const char *path, struct tear t, uint32_t obj,
			 unsigned depth)
{
	char below[PATH_MAX];
	struct node dir;

	if (depth > DEPTH_MOST)
		give_up("too deep:", path);
	torn_folder(&d->v[obj], t, obj, &dir);
	for (size_t i = 0; i < dir.n_entries; i++) {
		const struct node *n = &d->v[dir.entries[i].obj];
		struct node f;

		snprintf(below, sizeof(below), "%s/%s", path, dir.entries[i].name);
		if (n->is_dir) {
			if (mkdir(below, 0700) < 0 && errno != EEXIST)
				give_up("cannot make", below);
			build_folder(d, below, t, dir.entries[i].obj, depth + 1);
			continue;
		}
		torn_file(n, t, dir.entries[i].obj, &f);
		write_file(&f, below);
		free(f.p);
	}
	free(dir.entries);
}

void disk_build(const struct disk *d, const char *into, struct tear t)
{
	build_folder(d, into, t, 1, 0);
}

/* -- the real folder -------------------------------------------------------------------- */

static void load_file(struct node *f, const char *path, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	file_resize(f, n);
	if (fd < 0 || (n && read(fd, f->p, n) != (ssize_t)n))
		give_up("cannot read", path);
	close(fd);
}

static void load_folder(struct disk *d, const char *path, uint32_t obj, unsigned depth)
{
	DIR *dir = opendir(path);
	struct dirent *de;
	struct stat st;
	char below[PATH_MAX];

	if (!dir || depth > DEPTH_MOST)
		give_up("cannot read", path);
	while ((de = readdir(dir))) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, de->d_name);
		if (lstat(below, &st) < 0)
			give_up("cannot look at", below);
		uint32_t number = hooks_number(st.st_ino);
		char name[64];

		snprintf(name, sizeof(name), "%.63s", de->d_name);
		entry_set(node_of(d, obj), name, number);
		node_of(d, number)->exists = true;
		node_of(d, number)->is_dir = S_ISDIR(st.st_mode);
		if (S_ISDIR(st.st_mode))
			load_folder(d, below, number, depth + 1);
		else
			load_file(node_of(d, number), below, (size_t)st.st_size);
	}
	closedir(dir);
}

struct disk *disk_load(const char *root)
{
	struct disk *d = disk_new();

	load_folder(d, root, 1, 0);
	return d;
}

static bool folder_matches(const struct disk *a, const struct disk *b, uint32_t oa, uint32_t ob,
			   const char *path)
{
	struct tear all = {.grain = 4096, .how = TEAR_ALL_KEPT};
	struct node da, fa;
	bool ok = true;

	torn_folder(&a->v[oa], all, oa, &da);
	for (size_t i = 0; i < da.n_entries; i++) {
		const struct entry *e = &da.entries[i];
		const struct entry *other = entry_find(&b->v[ob], e->name);
		char below[PATH_MAX];

		snprintf(below, sizeof(below), "%s/%s", path, e->name);
		if (strstr(e->name, "lock.mdb") || strstr(e->name, ".mdb-lock"))
			continue;
		if (!other) {
			fprintf(stderr, "recorded, but not there: %s\n", below);
			ok = false;
		} else if (a->v[e->obj].is_dir) {
			ok &= folder_matches(a, b, e->obj, other->obj, below);
		} else {
			const struct node *real = &b->v[other->obj];

			torn_file(&a->v[e->obj], all, e->obj, &fa);
			if (fa.n != real->n || (fa.n && memcmp(fa.p, real->p, fa.n) != 0)) {
				fprintf(stderr, "%s: recorded %zu octets, has %zu, or others\n",
					below, fa.n, real->n);
				ok = false;
			}
			free(fa.p);
		}
	}
	if (b->v[ob].n_entries != da.n_entries) {
		fprintf(stderr, "%s: %zu entries recorded, %zu there\n", path, da.n_entries,
			b->v[ob].n_entries);
		ok = false;
	}
	free(da.entries);
	return ok;
}

bool disk_matches(const struct disk *d, const char *root)
{
	struct disk *real = disk_load(root);
	bool ok = folder_matches(d, real, 1, 1, "");

	disk_free(real);
	return ok;
}
