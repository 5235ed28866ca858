/* recover_fuzz.c - arbitrary octets as segment files: opening and reading them ends well.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input is a little program that builds files: raw octets, or headers, frames, seals and
 * index pieces with arbitrary fields but right CRCs, which chance would never find. Then the log
 * is opened, read, appended to, opened and read again. What is read from the disk is counted: it
 * must stay linear in the size of the files. */
#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/crc.h"
#include "base/fs.h"
#include "store/log/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { FILE_MOST = 192 << 10 };

static uint64_t octets_read;
static int dir = -1;

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	static ssize_t (*real)(int, void *, size_t, off_t);
	ssize_t r;

	if (!real)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "pread");
	r = real(fd, p, n, at);
	octets_read += r > 0 ? (uint64_t)r : 0;
	return r;
}

/* -- building ------------------------------------------------------------------------------- */

struct build {
	const uint8_t *p;
	size_t n;
	struct seg_head head;
	uint8_t *file;
	uint64_t at, total;
	uint64_t seq, group_at, group;
};

static uint64_t take(struct build *b, size_t n)
{
	uint64_t v = 0;

	for (; n > 0 && b->n > 0; n--, b->n--)
		v = v << 8 | *b->p++;
	return v;
}

static void put_file(struct build *b)
{
	char name[40];
	int fd;

	if (!b->file)
		return;
	snprintf(name, sizeof(name), "log/%016llx.seg", (unsigned long long)b->head.id);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert(fd >= 0 && fs_pwrite_all(fd, b->file, b->at, 0) == 0);
	close(fd);
	b->total += b->at;
}

static void begin_file(struct build *b)
{
	struct seg_head *h = &b->head;

	put_file(b);
	if (!b->file)
		b->file = malloc(FILE_MOST);
	memset(b->file, 0, FILE_MOST);
	h->store_id = 77;
	h->id++;
	h->first_seq = take(b, 1) + 1;
	h->mark = 0x0102030405060708;
	h->seed = 5;
	h->prev_id = h->id - take(b, 1) % 3;
	h->prev_end = SEG_DATA + take(b, 2) * 8;
	h->synced_end = SEG_DATA + take(b, 1) * 8;
	seg_head_encode(b->file, h);
	seg_head_encode(b->file + SEG_PAGE, h);
	b->at = b->group_at = SEG_DATA;
	b->seq = b->group = h->first_seq;
}

static void put_frame(struct build *b, uint8_t how)
{
	struct frame_head h = {.kind = how & 8 ? (enum frame_kind)(take(b, 1) % 5) : FRAME_RECORD,
			       .last = how & 16, .type = 1};
	uint8_t *p = b->file + b->at;

	h.meta_bytes = (uint32_t)take(b, 1) % 64;
	h.body_bytes = (uint32_t)take(b, 1) * (how & 32 ? 300 : 1);
	if (b->at + h.meta_bytes + h.body_bytes + 2 * FRAME_HEAD > FILE_MOST)
		return;
	if (how & 64) { /* anything at all */
		b->seq = take(b, 2);
		b->group = take(b, 2);
		b->group_at = b->at - take(b, 2) % (b->at / 8) * 8;
	}
	h.seq = b->seq++;
	h.group = b->group;
	h.group_back = (uint32_t)((b->at - b->group_at) / 8);
	memset(p + FRAME_HEAD, (int)take(b, 1), h.meta_bytes + h.body_bytes);
	h.meta_crc = frame_crc(&b->head, p + FRAME_HEAD, h.meta_bytes);
	h.body_crc = crc32c(0, p + FRAME_HEAD + h.meta_bytes, h.body_bytes);
	if (how & 128) /* damaged */
		h.body_crc ^= (uint32_t)take(b, 1);
	frame_encode(p, &h, &b->head, b->at);
	b->at = frame_end(&h, b->at);
	if (h.last) {
		b->group = b->seq;
		b->group_at = b->at;
	}
}

static void put_seal(struct build *b)
{
	struct seg_seal s = {.end = SEG_DATA + take(b, 2) * 8, .end_seq = take(b, 2),
			     .index_at = take(b, 2) * 8, .next_seq = take(b, 2)};

	for (int i = 0; i < 2 && b->at + SEAL_BYTES < FILE_MOST; i++, b->at += SEAL_BYTES)
		seal_encode(b->file + b->at, &b->head, b->at, &s);
}

static void put_raw(struct build *b, bool zeros)
{
	size_t n = take(b, 1) * (zeros ? 64 : 1);

	if (b->at + n + 8 > FILE_MOST)
		return;
	for (size_t i = 0; i < n && !zeros; i++)
		b->file[b->at + i] = (uint8_t)take(b, 1);
	b->at = (b->at + n + 7) & ~(uint64_t)7;
}

static void build(struct build *b)
{
	begin_file(b);
	while (b->n > 0 && b->head.id < 6) {
		uint8_t op = (uint8_t)take(b, 1);

		switch (op & 7) {
		case 0:
			begin_file(b);
			break;
		case 1:
			put_raw(b, op & 8);
			break;
		case 2:
			put_seal(b);
			break;
		case 3: /* somewhere in what is there */
			b->file[take(b, 2) % b->at] ^= (uint8_t)take(b, 1);
			break;
		default:
			put_frame(b, op);
		}
	}
	put_file(b);
	free(b->file);
}

/* -- using ------------------------------------------------------------------------------------ */

static void wipe(const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	while (d && (de = readdir(d)))
		unlinkat(fd, de->d_name, 0);
	if (d)
		closedir(d);
}

static int see(void *arg, const struct log_frame *f)
{
	uint64_t *seen = arg;

	seen[0]++;
	assert(f->seq > seen[1]);
	seen[1] = f->seq;
	return 0;
}

static int use(uint64_t *records)
{
	struct log_opts o = {.dir = dir, .segment_bytes = 64 << 10};
	struct log_item it = {.account = 1, .type = 3, .meta = STR("one more")};
	uint64_t seen[2] = {0};
	const char *why;
	struct log *l;
	int64_t ms = 1;
	int e = log_open(&l, &log_file_ops, &o, NULL, &why);

	if (e < 0)
		return e;
	assert(log_read(l, 0, (struct log_pos){1}, true, see, seen) == 0);
	*records = seen[0];
	if (log_begin(l, &ms, false) == 0 && log_add(l, &it, 0) == 0)
		assert(log_commit(l, NULL, 0) == 0);
	file_log(l)->must_roll = true; /* no mark of an orderly end */
	log_close(l);
	return 0;
}

static void remove_folder(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	wipe("log");
	wipe("blob");
	unlinkat(dir, "log", AT_REMOVEDIR);
	unlinkat(dir, "blob", AT_REMOVEDIR);
	if (readlink(path, path, sizeof(path) - 1) > 0)
		rmdir(path);
}

static void make_folder(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/mkfuzz.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert(dir >= 0 && mkdirat(dir, "log", 0700) == 0);
	atexit(remove_folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct build b = {.p = data, .n = n};
	uint64_t records = 0, again = 0;

	if (dir < 0)
		make_folder();
	wipe("log");
	build(&b);
	octets_read = 0;
	if (use(&records) == 0) {
		assert(octets_read < 24 * b.total + (2 << 20)); /* the new segments */
		assert(use(&again) == 0);
		assert(again >= 1);
	}
	return 0;
}
