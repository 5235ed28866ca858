/* ops.h - what a backend of the log is made of.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/log/. Each function is the log_* function of the same name (log.h); a
 * backend's struct begins with a struct log, its blobs with a struct blob. */
#ifndef STORE_LOG_OPS_H
#define STORE_LOG_OPS_H

#include "base/attr.h"
#include "base/err.h"
#include "store/log/log.h"

struct log {
	const struct log_ops *ops;
	uint64_t store_id;
};

struct blob {
	struct log *log;
};

struct log_ops {
	const char *name;
	bool is_shared;
	int (*open)(struct log **ret, const struct log_opts *o, struct log_recovery *rec);
	void (*close)(struct log *l);
	int (*begin)(struct log *l, int64_t *commit_ms, bool may_use_reserve);
	int (*add)(struct log *l, struct log_item *it, uint64_t expect);
	int (*commit)(struct log *l, enum log_outcome *outcome, size_t n_accounts);
	void (*abort)(struct log *l);
	int (*end)(struct log *l, uint64_t account, struct log_pos *ret);
	int (*read)(struct log *l, uint64_t account, struct log_pos from, bool check_bodies,
		    int (*each)(void *arg, const struct log_frame *f), void *arg);
	int (*account_next)(struct log *l, uint64_t after, uint64_t *ret);
	int (*watch)(struct log *l, void (*hint)(void *arg, uint64_t account), void *arg);
	int (*body_open)(struct log *l, struct place where, uint64_t bytes, struct log_body *ret);
	int (*body_reclaim)(struct log *l, struct place where, uint64_t bytes);
	int (*blob_new)(struct log *l, struct blob **ret);
	int (*blob_write)(struct blob *b, const void *p, size_t n);
	int (*blob_finish)(struct blob *b, struct place *where, uint32_t *crc);
	void (*blob_drop)(struct blob *b); /* frees it; unlinks what was not finished */
	int (*segment_next)(struct log *l, uint64_t after_id, struct log_segment *ret);
	int (*segment_drop)(struct log *l, uint64_t id);
	int (*blob_sweep)(struct log *l, bool (*is_named)(void *arg, struct place p), void *arg);
	bool (*is_low)(struct log *l);
	int (*reserve_give)(struct log *l, uint64_t bytes);
};

/* An open body's bytes, counted: shared by every log_body of it and by caches. */
struct body_ref {
	unsigned refs; /* atomic */
	int fd;        /* -1: none */
	void *mem;     /* or these, freed with it */
};
struct body_ref *body_ref_new(int fd, void *mem); /* one holder; NULL: no memory, nothing taken */
struct body_ref *body_ref_hold(struct body_ref *r);
void body_ref_drop(struct body_ref *r); /* NULL is fine */

#define PLACE_BLOB (1ull << 63) /* in place.a, of every backend */

/* Sets the sentence that log_open gives back; returns e. */
int log_fail(int e, const char *fmt, ...) PRINTF(2, 3);

#endif
