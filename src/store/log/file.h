/* file.h - the log in files: what its parts share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/log/.
 *
 *	file.c     opening, closing, the table of operations
 *	append.c   groups: begin, add, commit, abort; rolling to a new segment
 *	segment.c  the table of segments, their headers and seals, making and dropping one
 *	recover.c  the tail of the newest segment after an unclean end
 *	segindex.c a segment's index, for when a header is lost
 *	scan.c     frames in order from a descriptor, past damage
 *	read.c     log_read
 *	blob.c     bodies in files of their own
 *	space.c    preallocation and the reserve
 *	prepare.c  zeros ahead of the head
 *
 * One thread appends; any thread reads, opens bodies and writes blobs. `lock` guards the
 * table of segments and everything marked (lock); the rest belongs to the appender. */
#ifndef STORE_LOG_FILE_H
#define STORE_LOG_FILE_H

#include <pthread.h>
#include "store/log/frame.h"
#include "store/log/ops.h"

enum {
	WINDOW = 256 << 10,    /* octets a read: fits the second-level cache, for the CRCs */
	OPEN_MOST = 64,        /* descriptors of old segments kept open */
	INDEX_PIECE = 4096,    /* entries */
	SIZE_FIRST = 1 << 20, /* a segment's length at first, */
	SIZE_STEP = 16 << 20, /* and the most by which it grows at once */
	RESERVE_PIECE = 1 << 20, /* octets of a segment that is made of the reserve */
	ROLL_ROOM = 4 << 20,   /* a segment with less room (or an eighth) is not begun on */
};

struct seg {
	struct seg_head head;
	uint64_t end;      /* where valid frames end; of the newest: the committed head */
	uint64_t end_seq;  /* records from here on are void; 0: the newest */
	uint64_t bytes;    /* the file's length: nothing was ever written behind it */
	uint64_t index_at; /* the last index piece; 0: there is none */
	bool sealed;       /* on disk */
	bool ends_itself;  /* a seal was read or written: .end is from it */
	int64_t commit_ms; /* sealed: of its last group */
	uint64_t next_seq; /* sealed: the next number never on disk */
	struct body_ref *fd; /* cached; NULL: not open */
	uint64_t used;       /* for choosing which to close */
};

struct piece { /* of a group's write: from the group's own bytes, or borrowed (a body) */
	const void *borrowed;
	size_t at, n;
};

struct group {
	bool open, may_use_reserve;
	int64_t commit_ms;
	uint64_t at, end;    /* offsets in the segment */
	uint64_t first_seq;
	size_t n;            /* records */
	struct buf bytes;    /* headers, metadata, small bodies, padding */
	struct piece *pieces;
	size_t n_pieces, cap_pieces;
	struct frame_head last; /* the last record's header, to be marked as such */
	size_t last_at_bytes;
	uint64_t last_at;
	uint64_t index_was;     /* the segment's index before this group */
	size_t entries_was;
};

struct space { /* space.c; all of it (lock) */
	int reserve_fd;
	uint64_t reserve_most, reserve_now;
	bool is_full; /* the last ordinary preallocation failed */
};

struct prepare { /* prepare.c; all of it (lock) */
	pthread_t thread;
	bool has_thread, no_thread, stop;
	pthread_cond_t wake, idle;
	int fd;           /* the newest segment, O_DIRECT; -1: none */
	uint64_t head;    /* a group may be anywhere before it */
	uint64_t done;    /* zeros are written up to here */
	uint64_t size;    /* nothing goes behind the file's end */
	uint64_t written; /* octets of groups in this run */
	uint64_t busy_from, busy_end; /* zeros on their way; busy_end 0: none */
};

struct file_log {
	struct log base;
	struct log_opts o;
	int dir, blob_dir; /* log/ and blob/ */
	pthread_mutex_t lock;
	struct seg **segs; /* (lock) by id; the last is the newest */
	size_t n_segs, cap_segs, n_open;
	uint64_t tick;
	/* appender */
	struct seg *newest;  /* the last of segs: never dropped; NULL: there is none yet */
	struct group g;
	struct body_ref *fd; /* the newest segment's */
	uint64_t alloc;      /* up to where it is preallocated */
	bool opening;        /* until it has been recovered */
	bool must_roll;      /* a write failed: nothing more goes into the newest segment */
	uint64_t void_seq;   /* then: the first number that is void in it; 0: none */
	uint64_t next_seq;   /* (lock) */
	int64_t last_ms;
	struct index_entry *entries; /* of the newest, behind its last index piece */
	size_t n_entries, cap_entries;
	uint64_t records; /* in the newest */
	struct space space;
	struct prepare prepare;
	/* blobs */
	uint64_t last_run, run, next_blob; /* (lock) */
	int run_dir;                       /* (lock) -1: not made yet */
};

static inline struct file_log *file_log(struct log *l)
{
	return container_of(l, struct file_log, base);
}

/* A failed sync: the outcome is unknown; tells the owner and does not return. */
_Noreturn void file_fatal(struct file_log *l, const char *why);

/* -- append.c */
int file_begin(struct log *l, int64_t *commit_ms, bool may_use_reserve);
int file_add(struct log *l, struct log_item *it, uint64_t expect);
int file_commit(struct log *l, enum log_outcome *outcome, size_t n_accounts);
void file_abort(struct log *l);
int file_end(struct log *l, uint64_t account, struct log_pos *ret);
int append_close_mark(struct file_log *l); /* index piece and FRAME_CLOSE; synced */
void append_free(struct file_log *l);
int pwrite_pieces(int fd, const struct group *g, uint64_t at);

/* -- segment.c */
int segs_load(struct file_log *l);
void segs_free(struct file_log *l);
static inline struct seg *seg_newest(struct file_log *l)
{
	return l->newest;
}
struct body_ref *seg_fd(struct file_log *l, struct seg *s, int *err); /* (lock held) one holder more */
struct seg *seg_find(struct file_log *l, uint64_t id);                /* (lock held) */
struct seg_new {
	uint64_t first_seq;
	uint64_t prev_end;
	uint64_t need; /* octets that it must have room for */
	bool may_use_reserve;
	/* puts frames at SEG_DATA before the segment gets its name; returns their end in *end */
	int (*fill)(void *arg, int fd, const struct seg_head *h, uint64_t *end);
	void *arg;
};
/* Makes the next segment: built aside, synced, renamed, folder synced; then it is the newest and
 * the appender's. The one before it keeps its state; seal it next. */
int seg_create(struct file_log *l, const struct seg_new *n);
struct seg_name {
	char z[24];
};
struct seg_name seg_name(uint64_t id); /* of its file */
/* Where the last octet that is not zero ends: nothing was ever written behind it. E_IO. */
int seg_data_end(int fd, uint64_t bytes, uint64_t *ret);
/* Makes the newest segment's file long enough for a write up to `end`, in steps. */
int seg_lengthen(struct file_log *l, uint64_t end);
/* Seals: writes the seal at `at`, syncs, gives back what is behind. */
int seg_seal(struct file_log *l, struct seg *s, uint64_t at, const struct seg_seal *seal);
int file_segment_next(struct log *l, uint64_t after_id, struct log_segment *ret);
int file_segment_drop(struct log *l, uint64_t id);

/* -- scan.c */
struct window { /* some of a file in memory, refilled by large reads; bad sectors read as zeros */
	int fd;
	uint64_t limit; /* the file's end, or where to act as if it ended */
	uint64_t at;
	size_t n, cap;
	uint8_t *p;
	bool unreadable; /* some of it could not be read */
};
void window_init(struct window *w, int fd, uint64_t limit);
void window_free(struct window *w);
/* Makes [at, at + n) available, and more behind it if cheap. E_RANGE past the limit; E_NOMEM. */
int window_get(struct window *w, uint64_t at, size_t n, const uint8_t **ret);

enum scan_result { SCAN_END, SCAN_FRAME, SCAN_GAP };
struct scan {
	struct window w;
	struct seg_head head;
	uint64_t at, end;
	/* the last result */
	struct frame_head h;
	uint64_t h_at;             /* SCAN_FRAME */
	uint64_t gap_at, gap_end;  /* SCAN_GAP: no good header between them */
	bool ends_in_gap;
};
/* The next frame, or the gap up to the next good header, or the end; E_NOMEM. */
int scan_next(struct scan *s);
/* Loads the whole frame, so that reading its body and then its metadata reads nothing twice. */
int scan_load(struct scan *s);
/* The metadata of the frame just returned; NULL and *ok false if its CRC is wrong. */
int scan_meta(struct scan *s, struct str *ret, bool *ok);
int scan_body_crc(struct scan *s, uint32_t *ret); /* computes the plain CRC of its body */
/* The last good header that begins before `before`. 1, or 0: there is none. */
int scan_last_before(struct scan *s, uint64_t before);

/* -- segindex.c */
int index_add(struct file_log *l, const struct index_entry *e);
bool index_is_due(const struct file_log *l, uint64_t end);
/* Appends all entries to `out` as pieces of s that will be at `at`; none is left. */
void index_put(struct file_log *l, struct seg *s, struct buf *out, uint64_t at);
/* The entries of what was appended behind the last piece, and that piece, found again. */
int index_rebuild(struct file_log *l, struct scan *s, struct seg *seg, uint64_t end);
struct seg_index { /* zeroed is empty */
	bool loaded;
	struct index_entry *e; /* by seq */
	size_t n, cap;
};
void index_load(struct seg_index *x, const struct seg *seg, int fd); /* as much as is good */
uint64_t index_account(const struct seg_index *x, uint64_t seq);     /* 0: not known */
void index_free(struct seg_index *x);

/* -- read.c */
int file_read(struct log *l, uint64_t account, struct log_pos from, bool check_bodies,
	      int (*each)(void *arg, const struct log_frame *f), void *arg);

/* -- recover.c */
int recover(struct file_log *l, struct log_recovery *rec);

/* -- blob.c */
int blobs_open(struct file_log *l);
int file_body_open(struct log *l, struct place where, uint64_t bytes, struct log_body *ret);
int file_body_reclaim(struct log *l, struct place where, uint64_t bytes);
int file_blob_new(struct log *l, struct blob **ret);
int file_blob_write(struct blob *b, const void *p, size_t n);
int file_blob_finish(struct blob *b, struct place *where, uint32_t *crc);
void file_blob_drop(struct blob *b);
int file_blob_sweep(struct log *l, bool (*is_named)(void *arg, struct place p), void *arg);

/* -- space.c */
int space_open(struct file_log *l);
void space_close(struct file_log *l);
/* May a group begin? An ordinary one only while the reserve is whole. */
int space_check(struct file_log *l, bool may_use_reserve);
/* Preallocates [from, to) of fd; takes from the reserve if it may. */
int space_get(struct file_log *l, int fd, uint64_t from, uint64_t to, bool may_use_reserve);
int file_reserve_give(struct log *l, uint64_t bytes);
bool file_is_low(struct log *l);

/* -- prepare.c */
void prepare_init(struct file_log *l);
void prepare_stop(struct file_log *l);
/* From now on zeros go ahead of the head into this file of the log; NULL: into none. Waits for
 * those on their way. */
void prepare_follow(struct file_log *l, const char *name, uint64_t head, uint64_t size);
/* Before writing up to `end`: waits for zeros on their way there, and keeps others off. */
void prepare_claim(struct file_log *l, uint64_t end, uint64_t size);

#endif
