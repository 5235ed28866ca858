/* checkpoint.c - an index that is never synced on the commit path survives a power cut.
 * SPDX-License-Identifier: Apache-2.0
 *
 *  1. The reader in force was begun on the state that the file `checkpoint` restores. While it
 *     is open LMDB reuses no page of that state.
 *  2. The file is replaced only after mdb_env_sync has made every page of its state durable;
 *     the older reader is dropped only after the new file is durable.
 *  3. After a start the reader is begun before the first write (env.c: index_open).
 *  4. What is restored tells in itself (root_row.next) where the replay begins.
 *
 *	            checkpoint_begin                   checkpoint_finish
 *	held R0  ------------------->  held R0, R1  -------------------->  held R1
 *	                                    |  no space, no descriptor: R1 dropped, try again later
 *	                                    |  sync failed: index_bad
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/crc.h"
#include "base/err.h"
#include "base/fs.h"
#include "store/fault.h"
#include "store/index/env.h"

struct head { /* of the file; two meta pages follow, then a CRC of all */
	char magic[8];
	uint32_t version, page_bytes;
	uint64_t store_id;
	uint64_t data_bytes; /* data.mdb is at least so long */
	uint64_t clean;
};
static const char MAGIC[8] = "MKCHECK";

struct checkpoint {
	MDB_txn *held; /* inv 1 */
	MDB_txn *next; /* between begin and finish; also seen by the finishing thread */
	struct buf file;
	uint64_t log_bytes, puts, last_ms; /* the committer's counts since the last begin */
	uint64_t first_page;
	bool changed;
	_Atomic bool running;
};

static uint64_t last_page(struct index *ix)
{
	MDB_envinfo info;

	mdb_env_info(ix->env, &info);
	return info.me_last_pgno + 1;
}

static int held_begin(struct index *ix, MDB_txn **ret)
{
	if (fault_is(FAULT_NO_CHECKPOINT_READER)) {
		*ret = NULL;
		return 0;
	}
	return index_err(ix, mdb_txn_begin(ix->env, NULL, MDB_RDONLY, ret));
}

static void held_end(MDB_txn **t)
{
	if (*t)
		mdb_txn_abort(*t);
	*t = NULL;
}

/* -- restoring -- */

static int check_file(struct index *ix, struct buf *b, struct head *h, const char **why)
{
	uint32_t crc;

	if (b->n < sizeof(*h) + sizeof(crc)) {
		*why = "the checkpoint is too short";
		return E_DAMAGED;
	}
	memcpy(h, b->p, sizeof(*h));
	memcpy(&crc, b->p + b->n - sizeof(crc), sizeof(crc));
	if (memcmp(h->magic, MAGIC, sizeof(MAGIC)) || crc != crc32c(0, b->p, b->n - sizeof(crc)))
		*why = "the checkpoint does not match its CRC";
	else if (h->version != INDEX_VERSION)
		*why = "the index is of another version";
	else if (h->store_id != ix->o.store_id)
		*why = "the index belongs to another store";
	else if (b->n != sizeof(*h) + 2 * (size_t)h->page_bytes + sizeof(crc))
		*why = "the checkpoint has the wrong length";
	else
		return 0;
	return E_DAMAGED;
}

static int write_pages(struct index *ix, const struct buf *b, const struct head *h,
		       const char **why)
{
	int fd = openat(ix->o.dir, "data.mdb", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd < 0) {
		*why = "data.mdb is missing";
		return err_from_errno(errno);
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size < h->data_bytes) {
		*why = "data.mdb is shorter than its checkpoint";
		r = E_DAMAGED;
	}
	if (r >= 0)
		r = fs_pwrite_all(fd, b->p + sizeof(*h), 2 * (size_t)h->page_bytes, 0);
	if (r >= 0 && fsync(fd))
		r = err_from_errno(errno);
	if (r < 0 && !*why)
		*why = "the checkpoint's pages could not be written back";
	close(fd);
	return r;
}

static int restored(struct index *ix, const char **why)
{
	struct root_row root;
	struct key k = key_of();
	struct txn t;
	int r = env_open(ix, false);

	if (r) {
		*why = "LMDB cannot open data.mdb";
		return E_DAMAGED;
	}
	r = txn_read(&t, ix);
	key_add_str(&k, STR("root"));
	if (r >= 0)
		r = tab_get_row(&t, TAB_ROOT, &k, &root, sizeof(root));
	txn_done(&t);
	if (r < 0 || root.store_id != ix->o.store_id) {
		*why = "the index has no root";
		env_close(ix);
		return E_DAMAGED;
	}
	return 0;
}

static bool is_marked(struct index *ix)
{
	struct stat st;

	return !fstatat(ix->o.dir, "index.bad", &st, AT_SYMLINK_NOFOLLOW) && st.st_size > 0;
}

int checkpoint_restore(struct index *ix, bool *clean, const char **why)
{
	struct head h;
	struct buf b;
	int r;

	buf_init(&b, 1 << 20);
	if (is_marked(ix)) {
		*why = "the index was marked bad";
		return E_DAMAGED;
	}
	r = fs_read(ix->o.dir, "checkpoint", &b);
	if (r < 0)
		*why = "there is no checkpoint";
	if (r >= 0)
		r = checkpoint_mark_ready(ix, 0);
	if (r >= 0)
		r = check_file(ix, &b, &h, why);
	if (r >= 0)
		r = write_pages(ix, &b, &h, why);
	if (r >= 0)
		r = restored(ix, why);
	if (r >= 0)
		*clean = h.clean;
	buf_free(&b);
	return r;
}

int checkpoint_mark_ready(struct index *ix, int flags)
{
	if (ix->mark_fd >= 0)
		close(ix->mark_fd);
	ix->mark_fd = openat(ix->o.dir, "index.bad", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags,
			     0600);
	return ix->mark_fd < 0 ? err_from_errno(errno) : 0;
}

int checkpoint_start(struct index *ix, bool fresh)
{
	int r;

	ix->cp = calloc(1, sizeof(*ix->cp));
	if (!ix->cp)
		return E_NOMEM;
	buf_init(&ix->cp->file, 1 << 20);
	ix->cp->last_ms = clock_mono_ms();
	if (ix->o.in_memory)
		return 0;
	r = checkpoint_mark_ready(ix, O_TRUNC);
	if (r < 0)
		return r;
	if (!fresh) /* else there is no state to keep, and pages may be used again */
		r = held_begin(ix, &ix->cp->held); /* inv 3 */
	ix->cp->first_page = last_page(ix);
	return r;
}

void checkpoint_stop(struct index *ix)
{
	if (!ix->cp)
		return;
	held_end(&ix->cp->next);
	held_end(&ix->cp->held);
	buf_free(&ix->cp->file);
	free(ix->cp);
	ix->cp = NULL;
}

void index_mark(struct index *ix)
{
	checkpoint_mark(ix);
}

void checkpoint_mark(struct index *ix)
{
	if (ix->mark_fd >= 0 && pwrite(ix->mark_fd, "bad\n", 4, 0) == 4)
		fsync(ix->mark_fd);
}

/* -- making -- */

static uint64_t index_bytes(struct index *ix)
{
	struct checkpoint *c = ix->cp;

	/* Pages taken from the end, and a quarter page a put for those used again. */
	return (last_page(ix) - c->first_page) * ix->page_bytes + c->puts * (ix->page_bytes / 4);
}

bool checkpoint_due(struct index *ix, uint64_t log_bytes, uint64_t puts)
{
	struct checkpoint *c = ix->cp;

	c->log_bytes += log_bytes;
	c->puts += puts;
	c->changed = c->changed || log_bytes;
	if (ix->o.in_memory || !c->changed || c->running)
		return false;
	return c->log_bytes >= ix->o.checkpoint_log_bytes ||
	       index_bytes(ix) >= ix->o.checkpoint_index_bytes ||
	       clock_mono_ms() - c->last_ms >= UINT64_C(1000) * ix->o.checkpoint_s;
}

bool checkpoint_overdue(struct index *ix)
{
	return ix->cp->running && index_bytes(ix) >= 2 * ix->o.checkpoint_index_bytes;
}

static int copy_pages(struct index *ix, bool clean)
{
	struct head h = {.version = INDEX_VERSION, .page_bytes = ix->page_bytes,
			 .store_id = ix->o.store_id, .clean = clean,
			 .data_bytes = last_page(ix) * ix->page_bytes};
	struct buf *b = &ix->cp->file;
	int r;

	memcpy(h.magic, MAGIC, sizeof(MAGIC));
	buf_clear(b);
	buf_add(b, str_n(&h, sizeof(h)));
	if ((r = buf_reserve(b, 2 * (size_t)ix->page_bytes + sizeof(uint32_t))) < 0)
		return r;
	r = fs_pread_all(ix->fd, b->p + b->n, 2 * (size_t)ix->page_bytes, 0);
	b->n += 2 * (size_t)ix->page_bytes;
	return r;
}

int checkpoint_begin(struct index *ix)
{
	struct checkpoint *c = ix->cp;
	int r = held_begin(ix, &c->next);

	if (r < 0)
		return r;
	if ((r = copy_pages(ix, false)) < 0) {
		held_end(&c->next);
		return r;
	}
	c->log_bytes = c->puts = 0;
	c->changed = false;
	c->first_page = last_page(ix);
	c->last_ms = clock_mono_ms();
	c->running = true;
	return 0;
}

/* Nothing was changed, and it may go better another time. */
static bool is_passing(int r)
{
	return r == E_NOSPACE || r == E_NOMEM || r == E_BUSY; /* E_BUSY: no descriptor is left */
}

int checkpoint_finish(struct index *ix, bool clean)
{
	struct checkpoint *c = ix->cp;
	struct buf *b = &c->file;
	uint32_t crc;
	int r;

	if (mdb_env_sync(ix->env, 1))
		index_bad(ix, "data.mdb could not be synced");
	((struct head *)(void *)b->p)->clean = clean;
	crc = crc32c(0, b->p, b->n);
	buf_add(b, str_n(&crc, sizeof(crc)));
	r = b->failed ? b->failed : fs_replace(ix->o.dir, "checkpoint", buf_str(b), 0600);
	if (is_passing(r)) {
		held_end(&c->next); /* the older one stays in force */
	} else if (r < 0) {
		index_bad(ix, "the checkpoint could not be written");
	} else {
		held_end(&c->held);
		c->held = c->next;
		c->next = NULL;
	}
	c->running = false;
	return r;
}
