/* store.c - opens the data folder: lock, log, index, threads; and closes it in order.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	store_open: folder -> lock -> log_open (recovers) -> index_open (restores the checkpoint)
 *	            -> replay_all -> committer -> care
 * A log of the wrong version or another owner's folder stops it before anything is written. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/hash.h"
#include "store/index/replay.h"
#include "store/internal.h"

static _Thread_local char why_text[512];

void why_set(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why_text, sizeof(why_text), fmt, ap);
	va_end(ap);
}

const char *store_why(void)
{
	return why_text;
}

static int fail(int e, const char *what, const char *file)
{
	why_set("%s: %s: %s", file, what, err_row(e)->text);
	return e;
}

/* -- folder and lock -- */

static int open_dir(struct store *s)
{
	struct stat st;
	int r = fs_make_dir(AT_FDCWD, s->o.dir, 0700);

	if (r < 0)
		return fail(r, "the data folder cannot be made", s->o.dir);
	s->dir = open(s->o.dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->dir < 0)
		return fail(err_from_errno(errno), "the data folder cannot be opened", s->o.dir);
	if (fstat(s->dir, &st) || st.st_uid != geteuid())
		return fail(E_DENIED, "the data folder belongs to another user", s->o.dir);
	if (st.st_mode & 077 && fchmod(s->dir, 0700))
		return fail(err_from_errno(errno), "cannot be made private", s->o.dir);
	return 0;
}

/* An OFD lock goes with the descriptor: a forked child or another thread's close do not drop it. */
static int take_lock(struct store *s)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	uint64_t until = clock_mono_ms() + s->o.lock_wait_ms;

	s->lock_fd = openat(s->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return fail(err_from_errno(errno), "cannot be opened", "lock");
	while (fcntl(s->lock_fd, F_OFD_SETLK, &fl)) {
		struct timespec nap = {0, 10000000};

		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return fail(err_from_errno(errno), "cannot be locked", "lock");
		if (clock_mono_ms() >= until) {
			why_set("%s: another process has this store open", s->o.dir);
			return E_INUSE;
		}
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* -- log and index -- */

static int open_log(struct store *s, struct store_recovery *rec)
{
	bool memory = s->o.backend && str_eq(str_of(s->o.backend), STR("memory"));
	struct log_opts o = {.dir = s->dir, .segment_bytes = s->o.segment_bytes,
			     .reserve_bytes = s->o.reserve_bytes, .seed = s->o.memory_seed,
			     .fatal = store_fatal, .arg = s};
	struct log_recovery lr = {0};
	const char *why = NULL;
	int r = log_open(&s->log, memory ? &log_memory_ops : &log_file_ops, &o, &lr, &why);

	if (r < 0) {
		why_set("%s: %s", s->o.dir, why ? why : err_row(r)->text);
		return r;
	}
	rec->cut_records = lr.cut_records;
	rec->cut_bytes = lr.cut_bytes;
	rec->damaged_frames = lr.damaged_frames;
	s->store_id = log_store_id(s->log);
	memcpy(s->thread_key, &s->store_id, sizeof(s->store_id));
	return 0;
}

/* The checkpoint may be from before what was dropped, if the newer one is damaged. */
static bool is_too_old(struct store *s)
{
	struct txn t = {0};
	bool old = txn_read(&t, s->ix) < 0 || txn_read_root(&t) < 0 ||
		   (log_is_shared(s->log) && !replay_reaches(s->log, t.root.next.seq));

	txn_done(&t);
	return old;
}

static int open_anew(struct store *s, const struct index_opts *o, struct store_recovery *rec)
{
	int r;

	s->ix = index_close(s->ix, false);
	if ((r = index_discard(s->dir)) < 0)
		return r;
	r = index_open(&s->ix, o, &rec->index_rebuilt, &rec->clean, &rec->why_rebuilt);
	rec->why_rebuilt = "the checkpoint is older than the log's beginning";
	return r;
}

static int open_index(struct store *s, struct store_recovery *rec)
{
	struct index_opts o = {.dir = s->dir, .store_id = s->store_id,
			       .in_memory = !log_is_shared(s->log),
			       .checkpoint_log_bytes = s->o.checkpoint_log_bytes,
			       .checkpoint_index_bytes = s->o.checkpoint_index_bytes,
			       .checkpoint_s = s->o.checkpoint_s,
			       .fatal = store_fatal, .arg = s};
	struct replay p = {.log = s->log};
	int r = index_open(&s->ix, &o, &rec->index_rebuilt, &rec->clean, &rec->why_rebuilt);

	if (r >= 0 && !rec->index_rebuilt && is_too_old(s))
		r = open_anew(s, &o, rec);
	if (r < 0) {
		why_set("%s/%.*s", s->o.dir, STR_ARG(index_why()));
		return r;
	}
	if (log_is_shared(s->log) && (r = relocate(s->ix, s->log)) < 0)
		return fail(r, "the log cannot be read", s->o.dir);
	r = replay_with_reserve(s, &p);
	rec->replayed_records = p.records;
	rec->replayed_bytes = p.bytes;
	rec->damaged_frames += p.damaged;
	rec->clean = rec->clean && !p.records;
	if (r < 0)
		return fail(r, "the log cannot be replayed", s->o.dir);
	return 0;
}

/* A new index gets its checkpoint at once; one that had only its tail replayed has the old one, and
 * soon a newer. */
static int first_checkpoint(struct store *s, const struct store_recovery *rec)
{
	int r;

	if (!log_is_shared(s->log))
		return 0;
	s->checkpoint_wanted = rec->replayed_records > 0; /* beside the first changes */
	if (!rec->index_rebuilt)
		return 0;
	s->checkpoint_wanted = false;
	r = checkpoint_begin(s->ix);
	if (r >= 0)
		r = checkpoint_finish(s->ix, false);
	return r == E_NOSPACE ? 0 : r < 0 ? fail(r, "cannot be written", "checkpoint") : 0;
}

/* -- opening -- */

static void defaults(struct store *s)
{
	struct store_opts *o = &s->o;

	if (!o->segment_bytes)
		o->segment_bytes = (uint64_t)256 << 20;
	if (!o->checkpoint_log_bytes)
		o->checkpoint_log_bytes = (uint64_t)64 << 20;
	if (!o->checkpoint_index_bytes)
		o->checkpoint_index_bytes = (uint64_t)256 << 20;
	if (!o->checkpoint_s)
		o->checkpoint_s = 30;
	if (o->undelete_s < 0)
		o->undelete_s = 14 * 86400;
	if (!o->upload_memory_bytes)
		o->upload_memory_bytes = (uint64_t)64 << 20;
	if (!o->message_most_bytes)
		o->message_most_bytes = (uint64_t)50 << 20;
}

static void init(struct store *s)
{
	pthread_condattr_t mono;

	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->pin_lock, NULL);
	pthread_mutex_init(&s->reclaim_lock, NULL);
	pthread_mutex_init(&s->watch_lock, NULL);
	pthread_mutex_init(&s->recent_lock, NULL);
	pthread_mutex_init(&s->made_lock, NULL);
	pthread_cond_init(&s->wake, &mono);
	pthread_cond_init(&s->care_wake, &mono);
	pthread_cond_init(&s->sweeper_wake, &mono);
	pthread_cond_init(&s->checkpoint_done, &mono);
	pthread_condattr_destroy(&mono);
	for (size_t i = 0; i < PIN_BUCKETS; i++)
		list_init(&s->pins[i]);
	for (size_t i = 0; i < WATCH_BUCKETS; i++)
		list_init(&s->watches[i]);
	s->dir = s->lock_fd = -1;
	s->now_ms = clock_wall_ms;
	s->queue_end = &s->queue;
}

static int open_all(struct store *s, struct store_recovery *rec)
{
	int r = open_dir(s);

	if (r < 0 || (r = take_lock(s)) < 0 || (r = open_log(s, rec)) < 0 ||
	    (r = open_index(s, rec)) < 0 || (r = first_checkpoint(s, rec)) < 0)
		return r;
	clock_start(s);
	follow_start(s);
	if ((r = commit_start(s)) < 0 || (r = care_start(s)) < 0 || (r = sweeper_start(s)) < 0 ||
	    (r = walk_start(s)) < 0)
		return fail(r, "threads cannot be started", s->o.dir);
	return 0;
}

int store_open(struct store **ret, const struct store_opts *o, struct store_recovery *rec)
{
	struct store_recovery unused;
	struct store *s = calloc(1, sizeof(*s));
	uint64_t began = clock_mono_ms();
	int r;

	if (!s)
		return E_NOMEM;
	rec = rec ? rec : &unused;
	*rec = (struct store_recovery){0};
	s->o = *o;
	init(s);
	defaults(s);
	r = open_all(s, rec);
	rec->ms = (unsigned)(clock_mono_ms() - began);
	s->o.dir = NULL; /* the caller's string */
	if (r < 0) {
		store_abandon(s);
		return r;
	}
	*ret = s;
	return 0;
}

static void let_go(struct store *s, bool in_order)
{
	if (in_order)
		recents_keep(s);
	sweeper_stop(s);
	walk_stop(s);
	commit_stop(s); /* before care: the committer may wait for it, and may leave it work */
	care_stop(s);
	s->ix = index_close(s->ix, in_order && log_is_shared(s->log));
	s->log = log_close(s->log);
	if (s->lock_fd >= 0)
		close(s->lock_fd); /* and unlocks */
	if (s->dir >= 0)
		close(s->dir);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->pin_lock);
	pthread_mutex_destroy(&s->reclaim_lock);
	pthread_mutex_destroy(&s->watch_lock);
	pthread_mutex_destroy(&s->recent_lock);
	pthread_mutex_destroy(&s->made_lock);
	free(s->recents.rows);
	rendered_drop(s);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->care_wake);
	pthread_cond_destroy(&s->sweeper_wake);
	pthread_cond_destroy(&s->checkpoint_done);
	free(s);
}

void store_abandon(struct store *s)
{
	let_go(s, false);
}

struct store *store_close(struct store *s)
{
	if (s)
		let_go(s, true);
	return NULL;
}

int store_index_discard(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return fail(err_from_errno(errno), "the data folder cannot be opened", dir);
	r = index_discard(fd);
	close(fd);
	return r;
}

/* -- threads of ours take no signals -- */

int store_thread(pthread_t *t, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, was;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	r = pthread_create(t, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return r ? E_NOMEM : 0;
}

void store_stats(struct store *s, struct store_stats *ret)
{
	struct log_segment seg = {0};
	struct tab_cursor c = {0};
	struct txn t;

	*ret = (struct store_stats){
		.commits = s->n.commits, .groups = s->n.groups, .records = s->n.records,
		.log_bytes = s->n.log_bytes, .flushes = s->n.flushes,
		.checkpoints = s->n.checkpoints, .replays = s->n.replays,
		.uploads = s->n.uploads, .upload_memory = s->n.upload_memory,
		.snaps = s->n.snaps, .disk_low = log_is_low(s->log),
		.clock_jumped = s->clock_jumped};
	while (log_segment_next(s->log, seg.id, &seg) >= 0)
		ret->segments++;
	if (txn_read(&t, s->ix) < 0)
		return;
	if (tab_open(&c, &t, TAB_SEGMENT) >= 0) {
		struct key first = key_u64(0);
		struct segment_row row;

		for (int r = tab_seek(&c, &first); r >= 0; r = tab_next(&c)) {
			memcpy(&row, c.val.p, sizeof(row));
			ret->live_bytes += row.live_bytes;
			ret->dead_bytes += row.dead_bytes;
			if (!key_get_u64(c.key, 0))
				ret->blobs = row.live_bodies;
		}
	}
	tab_close(&c);
	txn_done(&t);
}
