/* log.c - hands each log_* call to the backend, and what all backends share.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "store/log/ops.h"

static _Thread_local char why_text[256];

int log_fail(int e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why_text, sizeof(why_text), fmt, ap);
	va_end(ap);
	return e;
}

int log_open(struct log **ret, const struct log_ops *ops, const struct log_opts *o,
	     struct log_recovery *rec, const char **why)
{
	struct log_recovery mine = {0};
	int e;

	log_fail(0, "%s", "");
	e = ops->open(ret, o, &mine);
	if (e < 0 && !why_text[0])
		log_fail(0, "the log: %s", err_row(e)->text);
	if (why)
		*why = why_text;
	if (rec && e >= 0)
		*rec = mine;
	return e;
}

struct log *log_close(struct log *l)
{
	if (l)
		l->ops->close(l);
	return NULL;
}

bool log_is_shared(const struct log *l)
{
	return l->ops->is_shared;
}

uint64_t log_store_id(const struct log *l)
{
	return l->store_id;
}

int log_begin(struct log *l, int64_t *commit_ms, bool may_use_reserve)
{
	return l->ops->begin(l, commit_ms, may_use_reserve);
}

int log_add(struct log *l, struct log_item *it, uint64_t expect)
{
	if (it->meta.n > LOG_META_MOST || it->body.n > LOG_BODY_MOST)
		return E_TOOBIG;
	return l->ops->add(l, it, expect);
}

int log_commit(struct log *l, enum log_outcome *outcome, size_t n_accounts)
{
	return l->ops->commit(l, outcome, n_accounts);
}

void log_abort(struct log *l)
{
	l->ops->abort(l);
}

int log_end(struct log *l, uint64_t account, struct log_pos *ret)
{
	return l->ops->end(l, account, ret);
}

int log_read(struct log *l, uint64_t account, struct log_pos from, bool check_bodies,
	     int (*each)(void *arg, const struct log_frame *f), void *arg)
{
	return l->ops->read(l, account, from, check_bodies, each, arg);
}

int log_account_next(struct log *l, uint64_t after, uint64_t *ret)
{
	return l->ops->account_next(l, after, ret);
}

int log_watch(struct log *l, void (*hint)(void *arg, uint64_t account), void *arg)
{
	return l->ops->watch(l, hint, arg);
}

/* -- bodies ------------------------------------------------------------------------- */

struct body_ref *body_ref_new(int fd, void *mem)
{
	struct body_ref *r = malloc(sizeof(*r));

	if (r)
		*r = (struct body_ref){.refs = 1, .fd = fd, .mem = mem};
	return r;
}

struct body_ref *body_ref_hold(struct body_ref *r)
{
	__atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
	return r;
}

void body_ref_drop(struct body_ref *r)
{
	if (!r || __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->mem);
	free(r);
}

int log_body_open(struct log *l, struct place where, uint64_t bytes, struct log_body *ret)
{
	if (bytes == 0) { /* nothing to hold */
		*ret = (struct log_body){.fd = -1, .mem = ""};
		return 0;
	}
	return l->ops->body_open(l, where, bytes, ret);
}

void log_body_share(struct log_body *to, const struct log_body *from)
{
	*to = *from;
	if (to->ref)
		body_ref_hold(to->ref);
}

void log_body_close(struct log_body *b)
{
	if (!b)
		return;
	body_ref_drop(b->ref);
	*b = (struct log_body){0};
}

int log_body_reclaim(struct log *l, struct place where, uint64_t bytes)
{
	return l->ops->body_reclaim(l, where, bytes);
}

bool place_is_blob(struct place p)
{
	return (p.a & PLACE_BLOB) != 0;
}

/* -- blobs -------------------------------------------------------------------------- */

int blob_new(struct log *l, struct blob **ret)
{
	int e = l->ops->blob_new(l, ret);

	if (e == 0)
		(*ret)->log = l;
	return e;
}

int blob_write(struct blob *b, const void *p, size_t n)
{
	return b->log->ops->blob_write(b, p, n);
}

int blob_finish(struct blob **b, struct place *where, uint32_t *crc)
{
	int e = (*b)->log->ops->blob_finish(*b, where, crc);

	if (e == 0)
		*b = blob_drop(*b);
	return e;
}

struct blob *blob_drop(struct blob *b)
{
	if (b)
		b->log->ops->blob_drop(b);
	return NULL;
}

/* -- segments ----------------------------------------------------------------------- */

int log_segment_next(struct log *l, uint64_t after_id, struct log_segment *ret)
{
	return l->ops->segment_next(l, after_id, ret);
}

uint64_t place_segment(struct place p)
{
	return place_is_blob(p) ? 0 : p.a;
}

int log_segment_drop(struct log *l, uint64_t id)
{
	return l->ops->segment_drop(l, id);
}

int log_blob_sweep(struct log *l, bool (*is_named)(void *arg, struct place p), void *arg)
{
	return l->ops->blob_sweep(l, is_named, arg);
}

bool log_is_low(struct log *l)
{
	return l->ops->is_low(l);
}

int log_reserve_give(struct log *l, uint64_t bytes)
{
	return l->ops->reserve_give(l, bytes);
}
