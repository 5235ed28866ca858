/* segment.c - the table of segments: their headers and seals, making and dropping one.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	        seg_create: synced, renamed,           seg_seal: synced,
 *	        folder synced                          cut to its length
 *	new.tmp ----------------------------> newest ---------------------> sealed ---> gone
 *	   |                                     |                            ^   file_segment_drop
 *	   | segs_load: removed                  | a crash, a failed write:   | seal_late
 *	   v                                     | the next one is made first | at the next start
 *	 gone                                    +----------> ended ----------+
 *
 * `ended`: no seal of its own, but the header of the next segment tells where its valid frames
 * end. So the next one may not be dropped before it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fs.h"
#include "base/hash.h"
#include "store/log/file.h"

#define NEW_NAME "new.tmp" /* a segment that has no name yet; no log until it has one */

struct seg_name seg_name(uint64_t id)
{
	struct seg_name n;

	snprintf(n.z, sizeof(n.z), "%016llx.seg", (unsigned long long)id);
	return n;
}

static uint64_t id_of_name(const char *z)
{
	uint64_t id = 0;

	if (strlen(z) != 20 || strcmp(z + 16, ".seg") != 0)
		return 0;
	for (int i = 0; i < 16; i++) {
		bool is_digit = ascii_is_digit(z[i]);

		if (!is_digit && !(z[i] >= 'a' && z[i] <= 'f'))
			return 0;
		id = id << 4 | (uint64_t)(is_digit ? z[i] - '0' : z[i] - 'a' + 10);
	}
	return id & PLACE_BLOB ? 0 : id;
}

/* -- the table (lock) ---------------------------------------------------------------- */

struct seg *seg_find(struct file_log *l, uint64_t id)
{
	size_t lo = 0, hi = l->n_segs;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (l->segs[mid]->head.id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n_segs && l->segs[lo]->head.id == id ? l->segs[lo] : NULL;
}

static int table_grow(struct file_log *l)
{
	size_t cap = l->cap_segs ? 2 * l->cap_segs : 16;
	struct seg **p;

	if (l->n_segs < l->cap_segs)
		return 0;
	p = realloc(l->segs, cap * sizeof(struct seg *));
	if (!p)
		return E_NOMEM;
	l->segs = p;
	l->cap_segs = cap;
	return 0;
}

static void seg_uncache(struct file_log *l, struct seg *s)
{
	if (!s->fd)
		return;
	body_ref_drop(s->fd);
	s->fd = NULL;
	l->n_open--;
}

static void seg_free(struct file_log *l, struct seg *s)
{
	seg_uncache(l, s);
	free(s);
}

void segs_free(struct file_log *l)
{
	while (l->n_segs)
		seg_free(l, l->segs[--l->n_segs]);
	free(l->segs);
	l->segs = NULL;
	l->cap_segs = 0;
}

/* Forgets the descriptor that was used longest ago; who reads from it keeps it open. */
static void cache_shrink(struct file_log *l)
{
	struct seg *oldest = NULL;

	for (size_t i = 0; i < l->n_segs; i++)
		if (l->segs[i]->fd && (!oldest || l->segs[i]->used < oldest->used))
			oldest = l->segs[i];
	if (oldest)
		seg_uncache(l, oldest);
}

struct body_ref *seg_fd(struct file_log *l, struct seg *s, int *err)
{
	int fd;

	s->used = ++l->tick;
	if (s->fd)
		return body_ref_hold(s->fd);
	if (l->n_open >= OPEN_MOST)
		cache_shrink(l);
	fd = openat(l->dir, seg_name(s->head.id).z, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		*err = err_from_errno(errno);
		return NULL;
	}
	s->fd = body_ref_new(fd, NULL);
	if (!s->fd) {
		close(fd);
		*err = E_NOMEM;
		return NULL;
	}
	l->n_open++;
	return body_ref_hold(s->fd);
}

/* -- loading: headers and seals only ---------------------------------------------------- */

static int check_head(struct file_log *l, const struct seg_head *h, uint64_t id, int e)
{
	const char *z = seg_name(id).z;

	if (e == E_VERSION)
		return log_fail(e, "log/%s was written by a newer version of mailkeep", z);
	if (e == 0 && h->id != id)
		e = E_DAMAGED;
	if (e < 0)
		return log_fail(e, "log/%s: both copies of its header are damaged", z);
	if (!l->base.store_id)
		l->base.store_id = h->store_id;
	if (h->store_id != l->base.store_id)
		return log_fail(E_DAMAGED, "log/%s belongs to another store", z);
	return 0;
}

static void load_seal(struct seg *s, int fd)
{
	uint8_t p[2 * SEAL_BYTES];
	struct seg_seal seal;
	uint64_t at = s->bytes - sizeof(p);

	if (s->bytes < SEG_DATA + sizeof(p) || s->bytes % 8 != 0 ||
	    fs_pread_all(fd, p, sizeof(p), (off_t)at) < 0)
		return;
	if (!seal_decode(&seal, &s->head, at, p, SEAL_BYTES) &&
	    !seal_decode(&seal, &s->head, at + SEAL_BYTES, p + SEAL_BYTES, SEAL_BYTES))
		return;
	s->end = seal.end;
	s->end_seq = seal.end_seq;
	s->index_at = seal.index_at;
	s->commit_ms = seal.commit_ms;
	s->next_seq = seal.next_seq;
	s->sealed = s->ends_itself = true;
}

static int load_head(struct file_log *l, struct seg *s, uint64_t id, int fd)
{
	uint8_t page[SEG_HEAD + 8];
	struct seg_head h = {0};
	struct stat st;
	int e = E_DAMAGED;

	if (fstat(fd, &st) < 0)
		return log_fail(E_IO, "log/%s: cannot be read", seg_name(id).z);
	s->bytes = (uint64_t)st.st_size;
	for (int copy = 0; copy < 2 && e != 0; copy++) {
		int e2 = fs_pread_all(fd, page, SEG_HEAD, copy * SEG_PAGE);

		e2 = e2 < 0 ? E_DAMAGED : seg_head_decode(&h, page, SEG_HEAD);
		if (e2 == 0 || e != E_VERSION)
			e = e2;
	}
	e = check_head(l, &h, id, e);
	if (e < 0)
		return e;
	s->head = h;
	load_seal(s, fd);
	return 0;
}

static int load_one(struct file_log *l, uint64_t id)
{
	struct seg *s;
	int e = table_grow(l), fd;

	if (e < 0)
		return e;
	fd = openat(l->dir, seg_name(id).z, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return log_fail(err_from_errno(errno), "log/%s: %s", seg_name(id).z,
				strerror(errno));
	s = calloc(1, sizeof(*s));
	e = s ? load_head(l, s, id, fd) : E_NOMEM;
	close(fd);
	if (e < 0)
		free(s);
	else
		l->segs[l->n_segs++] = s;
	return e;
}

static int by_id(const void *a, const void *b)
{
	const struct seg *x = *(struct seg *const *)a, *y = *(struct seg *const *)b;

	return x->head.id < y->head.id ? -1 : x->head.id > y->head.id;
}

/* Where each but the newest ends: its own seal says it, else the header of the next one. */
static int load_ends(struct file_log *l)
{
	for (size_t i = 0; i + 1 < l->n_segs; i++) {
		struct seg *s = l->segs[i], *next = l->segs[i + 1];

		if (next->head.first_seq < s->head.first_seq)
			return log_fail(E_DAMAGED, "log/%s begins before the segment in front of it",
					seg_name(next->head.id).z);
		if (!s->ends_itself) {
			s->end = next->head.prev_id == s->head.id ? next->head.prev_end : s->bytes;
			s->end_seq = next->head.first_seq;
		}
		if (s->end > s->bytes)
			s->end = s->bytes;
		if (s->end_seq > next->head.first_seq)
			s->end_seq = next->head.first_seq;
	}
	return 0;
}

int segs_load(struct file_log *l)
{
	int fd = fs_open_dir(l->dir, "."), e = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return E_IO;
	}
	while (e >= 0 && (de = readdir(d))) {
		uint64_t id = id_of_name(de->d_name);

		if (id)
			e = load_one(l, id);
		else if (strcmp(de->d_name, NEW_NAME) == 0)
			unlinkat(l->dir, NEW_NAME, 0);
	}
	closedir(d);
	if (e < 0)
		return e;
	if (l->n_segs) {
		qsort(l->segs, l->n_segs, sizeof(struct seg *), by_id);
		l->newest = l->segs[l->n_segs - 1];
	}
	return load_ends(l);
}

/* -- making the next one ------------------------------------------------------------------ */

static void head_of_next(struct file_log *l, const struct seg_new *n, struct seg_head *ret)
{
	struct seg *newest = seg_newest(l);

	*ret = (struct seg_head){
		.store_id = l->base.store_id,
		.id = newest ? newest->head.id + 1 : 1,
		.first_seq = n->first_seq,
		.mark = random_u64() | 1, /* never zero: zeros are not frames */
		.seed = (uint32_t)random_u64(),
		.prev_id = newest ? newest->head.id : 0,
		.prev_end = n->prev_end,
		.commit_ms = l->last_ms,
	};
}

static int write_head(int fd, const struct seg_head *h)
{
	uint8_t page[SEG_HEAD];
	int e;

	seg_head_encode(page, h);
	e = fs_pwrite_all(fd, page, SEG_HEAD, 0);
	return e < 0 ? e : fs_pwrite_all(fd, page, SEG_HEAD, SEG_PAGE);
}

/* Preallocates a whole segment, or what the disk has room for down to what is needed. */
static int prealloc(struct file_log *l, int fd, const struct seg_new *n, uint64_t *ret)
{
	uint64_t least = (SEG_DATA + n->need + SEG_PAGE - 1) & ~(uint64_t)(SEG_PAGE - 1);
	uint64_t bytes = l->o.segment_bytes > least ? l->o.segment_bytes : least;
	int e;

	while ((e = space_get(l, fd, 0, bytes, false)) == E_NOSPACE && bytes > least)
		bytes = bytes / 2 > least ? bytes / 2 & ~(uint64_t)(SEG_PAGE - 1) : least;
	if (e == E_NOSPACE && n->may_use_reserve) {
		bytes = least < RESERVE_PIECE ? RESERVE_PIECE : least;
		if (bytes > l->o.segment_bytes)
			bytes = least;
		e = space_get(l, fd, 0, bytes, true);
	}
	*ret = bytes;
	return e;
}

static int build(struct file_log *l, int fd, const struct seg_new *n, struct seg *s, uint64_t *alloc)
{
	int e = prealloc(l, fd, n, alloc);

	s->end = SEG_DATA;
	if (e == 0 && n->fill)
		e = n->fill(n->arg, fd, &s->head, &s->end);
	s->bytes = (s->end + SEG_PAGE - 1) & ~(uint64_t)(SEG_PAGE - 1);
	if (s->bytes < SIZE_FIRST && *alloc >= SIZE_FIRST)
		s->bytes = SIZE_FIRST;
	if (e == 0 && ftruncate(fd, (off_t)s->bytes) < 0)
		e = err_from_errno(errno);
	s->head.synced_end = s->end;
	if (e == 0)
		e = write_head(fd, &s->head);
	if (e == 0 && fsync(fd) < 0)
		file_fatal(l, "a new segment could not be synced");
	if (e == 0 && renameat(l->dir, NEW_NAME, l->dir, seg_name(s->head.id).z) < 0)
		e = err_from_errno(errno);
	return e;
}

static void publish(struct file_log *l, struct seg *s, struct body_ref *fd)
{
	struct seg *old;

	pthread_mutex_lock(&l->lock);
	old = seg_newest(l);
	if (old && (!old->end_seq || old->end_seq > s->head.first_seq))
		old->end_seq = s->head.first_seq;
	s->fd = body_ref_hold(fd);
	s->used = ++l->tick;
	l->n_open++;
	l->segs[l->n_segs++] = l->newest = s;
	pthread_mutex_unlock(&l->lock);
	body_ref_drop(l->fd);
	l->fd = fd;
	l->records = l->n_entries = 0;
	l->must_roll = false;
	l->void_seq = 0;
	prepare_follow(l, seg_name(s->head.id).z, s->end, s->bytes);
}

static int create_in(struct file_log *l, const struct seg_new *n, struct seg *s)
{
	int fd = openat(l->dir, NEW_NAME, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0600);
	struct body_ref *ref;
	uint64_t alloc = 0;
	int e;

	if (fd < 0)
		return err_from_errno(errno);
	ref = body_ref_new(fd, NULL);
	if (!ref) {
		close(fd);
		return E_NOMEM;
	}
	e = build(l, fd, n, s, &alloc);
	if (e < 0) {
		unlinkat(l->dir, NEW_NAME, 0);
		body_ref_drop(ref);
		return e;
	}
	if (fs_sync_dir(l->dir) < 0) /* it may have its name, or not, after a power cut */
		file_fatal(l, "the folder of the log could not be synced");
	l->alloc = alloc;
	publish(l, s, ref);
	return 0;
}

int seg_create(struct file_log *l, const struct seg_new *n)
{
	struct seg *s;
	int e;

	pthread_mutex_lock(&l->lock);
	e = table_grow(l);
	pthread_mutex_unlock(&l->lock);
	if (e < 0)
		return e;
	s = calloc(1, sizeof(*s));
	if (!s)
		return E_NOMEM;
	head_of_next(l, n, &s->head);
	e = create_in(l, n, s);
	if (e < 0)
		free(s);
	return e;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

int seg_data_end(int fd, uint64_t bytes, uint64_t *ret)
{
	uint64_t hi = bytes;
	struct window w;
	const uint8_t *p;
	int e = 0;

	window_init(&w, fd, bytes);
	while (hi > 0) {
		uint64_t lo = (hi - 1) & ~(uint64_t)(WINDOW - 1);
		size_t n = (size_t)(hi - lo);

		e = window_get(&w, lo, n, &p);
		if (e < 0)
			break;
		if (!is_zero(p, n)) {
			while (p[n - 1] == 0)
				n--;
			hi = lo + n;
			break;
		}
		hi = lo;
	}
	if (e == 0 && w.unreadable)
		e = E_IO;
	window_free(&w);
	*ret = hi;
	return e;
}

/* A longer file is a change that the next flush has to write into the journal: so in steps. */
int seg_lengthen(struct file_log *l, uint64_t end)
{
	struct seg *s = seg_newest(l);
	uint64_t step = s->bytes < SIZE_STEP ? s->bytes : SIZE_STEP;
	uint64_t bytes = (end + step + SEG_PAGE - 1) & ~(uint64_t)(SEG_PAGE - 1);

	if (end <= s->bytes)
		return 0;
	if (bytes > l->alloc && l->alloc >= end)
		bytes = l->alloc;
	if (ftruncate(l->fd->fd, (off_t)bytes) < 0)
		return err_from_errno(errno);
	pthread_mutex_lock(&l->lock);
	s->bytes = bytes;
	pthread_mutex_unlock(&l->lock);
	return 0;
}

/* -- sealing and dropping ------------------------------------------------------------------- */

int seg_seal(struct file_log *l, struct seg *s, uint64_t at, const struct seg_seal *seal)
{
	uint8_t p[2 * SEAL_BYTES];
	struct body_ref *fd;
	uint64_t bytes = at + sizeof(p);
	int e = 0;

	pthread_mutex_lock(&l->lock);
	fd = seg_fd(l, s, &e);
	pthread_mutex_unlock(&l->lock);
	if (!fd)
		return e;
	seal_encode(p, &s->head, at, seal);
	seal_encode(p + SEAL_BYTES, &s->head, at + SEAL_BYTES, seal);
	e = fs_pwrite_all(fd->fd, p, sizeof(p), (off_t)at);
	if (e == 0 && fdatasync(fd->fd) < 0)
		file_fatal(l, "a segment's seal could not be synced");
	/* What is behind was never log. If this fails, the seal is found by a search. */
	if (e == 0 && ftruncate(fd->fd, (off_t)bytes) == 0) {
		pthread_mutex_lock(&l->lock);
		s->sealed = s->ends_itself = true;
		s->bytes = bytes;
		s->end = seal->end;
		s->end_seq = seal->end_seq;
		s->index_at = seal->index_at;
		s->commit_ms = seal->commit_ms;
		s->next_seq = seal->next_seq;
		pthread_mutex_unlock(&l->lock);
	}
	body_ref_drop(fd);
	return e;
}

int file_segment_next(struct log *base, uint64_t after_id, struct log_segment *ret)
{
	struct file_log *l = file_log(base);
	int e = E_NOTFOUND;

	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->n_segs; i++) {
		struct seg *s = l->segs[i];

		if (s->head.id <= after_id)
			continue;
		*ret = (struct log_segment){
			.id = s->head.id,
			.first_seq = s->head.first_seq,
			.end_seq = i + 1 < l->n_segs ? s->end_seq : 0,
			.bytes = s->bytes,
		};
		e = 0;
		break;
	}
	pthread_mutex_unlock(&l->lock);
	return e;
}

/* The next segment's first number may be what keeps void records of the one before it from
 * coming back: that one must be sealed first. (lock) */
static bool may_drop(struct file_log *l, size_t i)
{
	return i + 1 < l->n_segs && (i == 0 || l->segs[i - 1]->ends_itself);
}

int file_segment_drop(struct log *base, uint64_t id)
{
	struct file_log *l = file_log(base);
	struct seg *gone = NULL;
	int e = E_NOTFOUND;

	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->n_segs && !gone; i++) {
		if (l->segs[i]->head.id != id)
			continue;
		e = E_INUSE;
		if (!may_drop(l, i))
			break;
		e = 0;
		if (unlinkat(l->dir, seg_name(id).z, 0) < 0 && errno != ENOENT) {
			e = err_from_errno(errno);
			break;
		}
		gone = l->segs[i];
		memmove(l->segs + i, l->segs + i + 1, (--l->n_segs - i) * sizeof(struct seg *));
	}
	if (gone)
		seg_free(l, gone);
	pthread_mutex_unlock(&l->lock);
	return e == 0 ? fs_sync_dir(l->dir) : e;
}
