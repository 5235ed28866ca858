/* log.h - the seam between the store and what keeps its bytes: files, memory, RADOS.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. Records (accounts' meta) and bodies go in by groups, in order;
 * nothing outside store/log/ knows files. A backend is a struct log_ops; callers use
 * the log_* functions below.
 *
 * Two shapes: a *shared* log has one sequence for all accounts and never loses (files); a
 * log *per account* (memory, RADOS) appends by compare-and-append for each account, and may
 * lose, or not know. log_is_shared() tells; the committer does the right thing for both.
 *
 * Blocking: everything here may block the thread. One appender at a time (the committer);
 * bodies may be read and blobs written by any thread meanwhile. */
#ifndef STORE_LOG_LOG_H
#define STORE_LOG_LOG_H

#include "base/buf.h"

enum {
	LOG_META_MOST = 4 << 20,    /* octets of one record's metadata */
	LOG_BODY_MOST = 192 << 10,  /* octets of a body kept in the log; larger ones are blobs */
	LOG_NOOP = 0xffff,          /* a record's type that says nothing: whoever applies ignores it */
};

/* Where a body is; opaque outside store/log/, kept in the index, meaningful after a restart. */
struct place {
	uint64_t a, b;
};

/* A position: sequence numbers start at 1. Of the shared log or of one account's. `hint` saves
 * searching and may be 0. */
struct log_pos {
	uint64_t seq;
	uint64_t hint[2];
};

struct log_item { /* one record to append */
	uint64_t account;
	uint16_t type; /* means nothing to the log */
	struct str meta, body; /* borrowed until log_commit returns; body may be empty */
	/* set by log_add */
	uint64_t seq;
	struct place place; /* of the body */
	uint32_t body_crc;  /* plain CRC32C from 0 of the body, as kept in the index */
};

struct log_frame { /* one record read back; strs live until the callback returns */
	uint64_t seq, account, group;
	uint16_t type;
	bool last_of_group;
	int64_t commit_ms;
	struct str meta;
	struct place place;
	uint64_t body_bytes;
	uint32_t body_crc;
	bool damaged; /* the metadata is lost: account, seq and what else is not zero are all that is
		       * known; account 0: not even that */
	bool body_damaged; /* only told when bodies are checked */
	struct log_pos next; /* the position behind it */
};

struct log_recovery {
	uint64_t cut_records, cut_bytes, damaged_frames;
	bool relogged_last_group;
};

enum log_outcome { LOG_WON = 0, LOG_LOST = 1, LOG_UNKNOWN = 2 };

struct log_opts {
	int dir;                /* the data folder; borrowed, open as long as the log is */
	uint64_t store_id;      /* 0: a new store; log_store_id() then tells the one drawn */
	uint64_t segment_bytes; /* preallocated length of a segment */
	uint64_t reserve_bytes; /* preallocated and given up only to `may_use_reserve` groups */
	uint64_t seed;          /* memory: its moods (memory.h) */
	void (*fatal)(void *arg, const char *why); /* a sync failed: must not return */
	void *arg;
};

struct log;
struct log_ops;
extern const struct log_ops log_file_ops, log_memory_ops;

/* Opens and recovers: an unfinished last group is cut, the last whole group is made durable in a
 * new segment, before anything is shown. E_VERSION, E_DAMAGED (headers), E_IO, E_NOSPACE. *why is a
 * sentence (static, per thread). */
int log_open(struct log **ret, const struct log_ops *ops, const struct log_opts *o,
	     struct log_recovery *rec, const char **why);
struct log *log_close(struct log *l);
bool log_is_shared(const struct log *l);
uint64_t log_store_id(const struct log *l);

/* -- appending: begin, add ..., commit or abort ------------------------------ */

/* Time never goes back: *commit_ms is raised to the last group's if need be. */
int log_begin(struct log *l, int64_t *commit_ms, bool may_use_reserve);
/* Lays the record out: after 0 its seq and place are fixed (they hold if the commit wins).
 * `expect` for a log per account: the account's position that the plan was made on, as log_end
 * gave it (the seq of its next record); it counts for the account's first record in the group. */
int log_add(struct log *l, struct log_item *it, uint64_t expect);
/* Writes and syncs the whole group: one write, one flush. A shared log returns 0 or an error
 * (E_NOSPACE, E_IO: nothing of the group will ever be seen; the log goes on in a new segment).
 * A log per account fills outcome[n_accounts] (in the order in which accounts were first added).
 * A failed sync calls opts.fatal. */
int log_commit(struct log *l, enum log_outcome *outcome, size_t n_accounts);
void log_abort(struct log *l);
/* Where the next record will go (shared) / the end of an account's log. */
int log_end(struct log *l, uint64_t account, struct log_pos *ret);

/* -- reading ------------------------------------------------------------------ */

/* Calls each() for the records of whole groups from `from` (inclusive) to the end, in order. A
 * shared log ignores `account`. Stops at each()'s first result != 0 and returns it. With
 * check_bodies also verifies every body's CRC. Damaged frames are reported and skipped: reading
 * goes on at the next good header; it never stops early in silence. */
int log_read(struct log *l, uint64_t account, struct log_pos from, bool check_bodies,
	     int (*each)(void *arg, const struct log_frame *f), void *arg);
/* The accounts a log per account has; E_NOTFOUND behind the last. */
int log_account_next(struct log *l, uint64_t after, uint64_t *ret);
/* Another writer may have appended to `account` (a hint: late, twice or never). */
int log_watch(struct log *l, void (*hint)(void *arg, uint64_t account), void *arg);

/* -- bodies --------------------------------------------------------------------- */

struct log_body { /* an open body; zeroed is closed */
	int fd;          /* >= 0: at `at` in this file; shared with others: pread and sendfile only */
	uint64_t at;
	const char *mem; /* else here */
	void *ref;
};
int log_body_open(struct log *l, struct place where, uint64_t bytes, struct log_body *ret);
void log_body_share(struct log_body *to, const struct log_body *from);
void log_body_close(struct log_body *b);

/* A body over LOG_BODY_MOST: streamed into a place of its own. */
struct blob;
int blob_new(struct log *l, struct blob **ret);
int blob_write(struct blob *b, const void *p, size_t n); /* the page cache; errors stick */
/* Makes it durable (file and folder) and tells its place and plain CRC32C. Then the caller appends
 * a record that names it. *b is used up on success. */
int blob_finish(struct blob **b, struct place *where, uint32_t *crc);
struct blob *blob_drop(struct blob *b);

/* Gives a body's bytes back: punches the hole or unlinks the blob. Only after the record that says
 * so is durable and nobody can read it any more. */
int log_body_reclaim(struct log *l, struct place where, uint64_t bytes);
bool place_is_blob(struct place p); /* of any backend */

/* -- segments (a shared log's; a log per account has none) ------------------------ */

struct log_segment {
	uint64_t id, first_seq, end_seq, bytes; /* end_seq: 0 while it is the newest */
};
int log_segment_next(struct log *l, uint64_t after_id, struct log_segment *ret); /* E_NOTFOUND */
uint64_t place_segment(struct place p); /* the id of the segment a body lies in; 0 for a blob */
/* Unlinks a sealed segment of which nothing is live. */
int log_segment_drop(struct log *l, uint64_t id);
/* Blobs of the last run that no record names: calls is_named for each, unlinks the others and
 * returns how many they were. */
int log_blob_sweep(struct log *l, bool (*is_named)(void *arg, struct place p), void *arg);
bool log_is_low(struct log *l); /* below the reserve: ordinary groups get E_NOSPACE */
/* Gives at least `bytes` of the reserve back to the file system, so that the index can grow on a
 * full disk. E_NOSPACE: there is none left. Any thread. */
int log_reserve_give(struct log *l, uint64_t bytes);

#endif
