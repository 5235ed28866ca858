/* blob.c - bodies: opened where they lie in a segment, or in a file of their own.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A large body is blob/<run>/<id>: a header of BLOB_HEAD octets, then the body. A run is an
 * opening of the log that wrote at least one; ids count from 1. Runs only ever ascend: the
 * folder of the newest stays, even when empty, so that no place is ever used twice. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <endian.h>
#include "base/crc.h"
#include "base/fs.h"
#include "store/log/file.h"

enum {
	BLOB_VERSION = 1,
	BLOB_HEAD = 64,
	BLOB_FLUSH = 1 << 20, /* octets after which the disk may begin to write */
};

struct file_blob {
	struct blob base;
	int fd;
	uint64_t run, id, n;
	uint32_t crc;
	int failed;
	bool finished;
};

struct blob_name {
	char z[40];
};

static struct blob_name run_name(uint64_t run)
{
	struct blob_name n;

	snprintf(n.z, sizeof(n.z), "%016llx", (unsigned long long)run);
	return n;
}

static struct blob_name blob_name(uint64_t run, uint64_t id)
{
	struct blob_name n;

	snprintf(n.z, sizeof(n.z), "%016llx/%016llx", (unsigned long long)run,
		 (unsigned long long)id);
	return n;
}

static bool number_of(const char *z, uint64_t *ret)
{
	uint64_t v = 0;

	if (strlen(z) != 16)
		return false;
	for (; *z; z++) {
		if (!ascii_is_digit(*z) && !(*z >= 'a' && *z <= 'f'))
			return false;
		v = v << 4 | (uint64_t)(ascii_is_digit(*z) ? *z - '0' : *z - 'a' + 10);
	}
	*ret = v;
	return v != 0 && !(v & PLACE_BLOB);
}

static DIR *dir_open(int at, const char *name)
{
	int fd = fs_open_dir(at, name);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

int blobs_open(struct file_log *l)
{
	DIR *d = dir_open(l->blob_dir, ".");
	struct dirent *de;
	uint64_t run;

	if (!d)
		return E_IO;
	while ((de = readdir(d)))
		if (number_of(de->d_name, &run) && run > l->last_run)
			l->last_run = run;
	closedir(d);
	l->run = l->last_run + 1;
	l->next_blob = 1;
	return 0;
}

/* -- writing -------------------------------------------------------------------------------- */

static void blob_head(uint8_t p[BLOB_HEAD], uint64_t store_id, uint64_t run, uint64_t id)
{
	uint32_t version = htole32(BLOB_VERSION), crc;

	memset(p, 0, BLOB_HEAD);
	memcpy(p, "MKEEPBLB", 8);
	memcpy(p + 8, &version, 4);
	store_id = htole64(store_id);
	run = htole64(run);
	id = htole64(id);
	memcpy(p + 16, &store_id, 8);
	memcpy(p + 24, &run, 8);
	memcpy(p + 32, &id, 8);
	crc = htole32(crc32c(0, p + 16, BLOB_HEAD - 16));
	memcpy(p + 12, &crc, 4);
}

/* (lock) */
static int make_run(struct file_log *l)
{
	int e;

	if (l->run_dir >= 0)
		return 0;
	e = fs_make_dir(l->blob_dir, run_name(l->run).z, 0700);
	if (e < 0) { /* made, but not synced: the next one must not find it there */
		unlinkat(l->blob_dir, run_name(l->run).z, AT_REMOVEDIR);
		return e;
	}
	l->run_dir = fs_open_dir(l->blob_dir, run_name(l->run).z);
	return l->run_dir < 0 ? l->run_dir : 0;
}

static int create(struct file_log *l, struct file_blob *b)
{
	uint8_t head[BLOB_HEAD];
	int e;

	pthread_mutex_lock(&l->lock);
	e = make_run(l);
	b->run = l->run;
	b->id = l->next_blob++;
	pthread_mutex_unlock(&l->lock);
	if (e < 0)
		return e;
	b->fd = openat(l->blob_dir, blob_name(b->run, b->id).z,
		       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->fd < 0)
		return err_from_errno(errno);
	blob_head(head, l->base.store_id, b->run, b->id);
	return fs_pwrite_all(b->fd, head, BLOB_HEAD, 0);
}

int file_blob_new(struct log *base, struct blob **ret)
{
	struct file_blob *b;
	int e = space_check(file_log(base), false);

	if (e < 0)
		return e;
	b = calloc(1, sizeof(*b));
	if (!b)
		return E_NOMEM;
	b->base.log = base;
	b->fd = -1;
	e = create(file_log(base), b);
	if (e < 0) {
		file_blob_drop(&b->base);
		return e;
	}
	*ret = &b->base;
	return 0;
}

int file_blob_write(struct blob *base, const void *p, size_t n)
{
	struct file_blob *b = container_of(base, struct file_blob, base);
	uint64_t was = b->n / BLOB_FLUSH;

	if (b->failed)
		return b->failed;
	b->failed = fs_pwrite_all(b->fd, p, n, (off_t)(BLOB_HEAD + b->n));
	if (b->failed)
		return b->failed;
	b->crc = crc32c(b->crc, p, n);
	b->n += n;
	if (b->n / BLOB_FLUSH != was) /* so that the final sync finds little left to do */
		sync_file_range(b->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return 0;
}

int file_blob_finish(struct blob *base, struct place *where, uint32_t *crc)
{
	struct file_blob *b = container_of(base, struct file_blob, base);

	if (b->failed)
		return b->failed;
	/* Nothing names it yet: a failed sync is this body's error, and it is never tried again. */
	if (fsync(b->fd) < 0) {
		b->failed = err_from_errno(errno);
		return b->failed;
	}
	/* But the folder is everybody's: another's sync would not tell that his entry is lost, too. */
	if (fsync(file_log(base->log)->run_dir) < 0)
		file_fatal(file_log(base->log), "the folder of large bodies could not be synced");
	b->finished = true;
	*where = (struct place){PLACE_BLOB | b->run, b->id};
	*crc = b->crc;
	return 0;
}

void file_blob_drop(struct blob *base)
{
	struct file_blob *b = container_of(base, struct file_blob, base);

	if (b->fd >= 0 && !b->finished)
		unlinkat(file_log(base->log)->blob_dir, blob_name(b->run, b->id).z, 0);
	if (b->fd >= 0)
		close(b->fd);
	free(b);
}

/* -- reading and giving back ------------------------------------------------------------------ */

static int open_blob(struct file_log *l, struct place where, uint64_t bytes, struct log_body *ret)
{
	uint64_t run = where.a & ~PLACE_BLOB;
	uint8_t want[BLOB_HEAD], got[BLOB_HEAD];
	struct stat st;
	struct body_ref *ref;
	int e, fd = openat(l->blob_dir, blob_name(run, where.b).z,
			   O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? E_DAMAGED : err_from_errno(errno);
	blob_head(want, l->base.store_id, run, where.b);
	e = fs_pread_all(fd, got, BLOB_HEAD, 0);
	if (e == 0 && (memcmp(want, got, BLOB_HEAD) != 0 || fstat(fd, &st) < 0 ||
		       (uint64_t)st.st_size < BLOB_HEAD + bytes))
		e = E_DAMAGED;
	ref = e == 0 ? body_ref_new(fd, NULL) : NULL;
	if (!ref) {
		close(fd);
		return e < 0 ? e : E_NOMEM;
	}
	*ret = (struct log_body){.fd = fd, .at = BLOB_HEAD, .ref = ref};
	return 0;
}

int file_body_open(struct log *base, struct place where, uint64_t bytes, struct log_body *ret)
{
	struct file_log *l = file_log(base);
	struct body_ref *fd = NULL;
	struct seg *s;
	int e = E_DAMAGED;

	if (place_is_blob(where))
		return open_blob(l, where, bytes, ret);
	pthread_mutex_lock(&l->lock);
	s = seg_find(l, where.a);
	if (s && where.b >= SEG_DATA && where.b <= s->bytes && bytes <= s->bytes - where.b)
		fd = seg_fd(l, s, &e);
	pthread_mutex_unlock(&l->lock);
	if (!fd)
		return e;
	*ret = (struct log_body){.fd = fd->fd, .at = where.b, .ref = fd};
	return 0;
}

static int blob_unlink(struct file_log *l, uint64_t run, uint64_t id)
{
	if (unlinkat(l->blob_dir, blob_name(run, id).z, 0) < 0 && errno != ENOENT)
		return err_from_errno(errno);
	if (run < l->last_run) /* fails while others are in it */
		unlinkat(l->blob_dir, run_name(run).z, AT_REMOVEDIR);
	return 0;
}

/* Punches whole blocks only: the octets around them may be frames. */
int file_body_reclaim(struct log *base, struct place where, uint64_t bytes)
{
	struct file_log *l = file_log(base);
	uint64_t from = (where.b + SEG_PAGE - 1) & ~(uint64_t)(SEG_PAGE - 1);
	uint64_t to = (where.b + bytes) & ~(uint64_t)(SEG_PAGE - 1);
	struct log_body b;
	int e;

	if (place_is_blob(where))
		return blob_unlink(l, where.a & ~PLACE_BLOB, where.b);
	if (from >= to)
		return 0;
	e = file_body_open(base, where, bytes, &b);
	if (e < 0)
		return e;
	if (fallocate(b.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
		      (off_t)(to - from)) < 0 && errno != EOPNOTSUPP)
		e = err_from_errno(errno);
	log_body_close(&b);
	return e;
}

int file_blob_sweep(struct log *base, bool (*is_named)(void *arg, struct place p), void *arg)
{
	struct file_log *l = file_log(base);
	DIR *d = l->last_run ? dir_open(l->blob_dir, run_name(l->last_run).z) : NULL;
	struct dirent *de;
	uint64_t id;
	int n = 0;

	if (!d)
		return l->last_run ? E_IO : 0;
	while ((de = readdir(d))) {
		if (!number_of(de->d_name, &id) ||
		    is_named(arg, (struct place){PLACE_BLOB | l->last_run, id}))
			continue;
		if (unlinkat(dirfd(d), de->d_name, 0) == 0)
			n++;
	}
	closedir(d);
	return n;
}
