/* body.c - a message's bytes: found, checked once, read where they lie.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <unistd.h>
#include "base/crc.h"
#include "base/err.h"
#include "store/pack.h"
#include "store/snap.h"

enum { CHUNK = 64 << 10 };

struct msg_ref { /* what an open message holds on to; its prefix is behind it */
	_Atomic unsigned refs;
	struct store *s;
	struct pin *pin;
	struct log_body body;
	char *own;   /* instead of the log's bytes: made for this message alone */
	int own_fd1; /* the same as a file: its descriptor, plus 1 */
	char prefix[];
};

/* -- reading a file without waiting for the disk on a loop -- */

struct reading {
	int fd;
	uint64_t at;
	char *out;
	size_t n;
	bool crc_only;
	uint32_t crc;
};

static int read_blocking(void *arg)
{
	struct reading *rd = arg;

	while (rd->n) {
		size_t most = rd->crc_only && rd->n > CHUNK ? CHUNK : rd->n;
		ssize_t n = pread(rd->fd, rd->out, most, (off_t)rd->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? err_from_errno(errno) : E_DAMAGED;
		if (rd->crc_only)
			rd->crc = crc32c(rd->crc, rd->out, (size_t)n);
		else
			rd->out += n;
		rd->at += (uint64_t)n;
		rd->n -= (size_t)n;
	}
	return 0;
}

/* What the page cache has; the rest is left in rd. */
static void read_cached(struct reading *rd)
{
	while (rd->n) {
		size_t most = rd->crc_only && rd->n > CHUNK ? CHUNK : rd->n;
		struct iovec v = {rd->out, most};
		ssize_t n = preadv2(rd->fd, &v, 1, (off_t)rd->at, RWF_NOWAIT);

		if (n <= 0)
			return;
		if (rd->crc_only)
			rd->crc = crc32c(rd->crc, rd->out, (size_t)n);
		else
			rd->out += n;
		rd->at += (uint64_t)n;
		rd->n -= (size_t)n;
	}
}

static int read_file(struct reading *rd)
{
	read_cached(rd);
	return rd->n ? work_run(read_blocking, rd) : 0;
}

/* -- opening -- */

static int check(struct msg_body *b)
{
	struct reading rd = {.fd = b->fd, .at = b->at, .n = b->n, .crc_only = true};
	int r;

	if (!b->n)
		return 0;
	if (b->mem)
		return crc32c(0, b->mem, b->n) == b->crc ? 0 : E_DAMAGED;
	rd.out = malloc(b->n < CHUNK ? b->n : CHUNK);
	if (!rd.out)
		return E_NOMEM;
	r = read_file(&rd);
	free(rd.out);
	return r < 0 ? r : rd.crc == b->crc ? 0 : E_DAMAGED;
}

static int ref_new(struct msg_body *b, const struct source *src, struct str prefix)
{
	struct msg_ref *ref = calloc(1, sizeof(*ref) + prefix.n);

	if (!ref)
		return E_NOMEM;
	ref->refs = 1;
	ref->s = src->s;
	ref->pin = pin_ref(src->s, src->pin);
	if (prefix.n)
		memcpy(ref->prefix, prefix.p, prefix.n);
	b->ref = ref;
	b->prefix = str_n(ref->prefix, prefix.n);
	return 0;
}

/* A message that is there has a body, and the prefix that its row counts. Without them the index is
 * not what the log says (design 2.3, rule 5). */
static int rest_of(struct txn *t, const struct source *src, uint32_t uid, const struct msg_row *m,
		   struct body_row *where, struct extra *x)
{
	struct key k = key_u64(m->body_id);
	int r = tab_get_row(t, TAB_BODY, &k, where, sizeof(*where));

	if (r == E_NOTFOUND)
		index_bad(t->ix, "a message has no body");
	if (r >= 0)
		r = extra_get(t, src->mbox, uid, x);
	if ((r >= 0 || r == E_NOTFOUND) && x->prefix.n != m->prefix_bytes)
		index_bad(t->ix, "a message has lost its prefix");
	return r;
}

/* All that the tables know: *where is the body's place. */
static int look_up(struct msg_body *b, const struct source *src, uint32_t uid,
		   struct body_row *where)
{
	struct expunged_row row;
	struct extra x = {0};
	bool expunged;
	struct txn t;
	int r = txn_read(&t, src->s->ix);

	if (r < 0)
		return r;
	if ((r = source_row(src, &t, uid, &row, &expunged)) < 0 ||
	    (r = rest_of(&t, src, uid, &row.msg, where, &x)) < 0 ||
	    (r = ref_new(b, src, x.prefix)) < 0)
		goto out;
	b->size = row.msg.size;
	b->bits = row.msg.bits;
	b->n = where->bytes;
	b->crc = where->crc;
out:
	txn_done(&t);
	return r == E_NOTFOUND ? E_NOMSG : r;
}

static int open_body(struct msg_body *b, const struct body_row *where)
{
	struct msg_ref *ref = b->ref;
	int r = 0;

	b->fd = -1;
	if (!where->bytes)
		return 0;
	if ((r = log_body_open(ref->s->log, where->place, where->bytes, &ref->body)) < 0)
		return r == E_NOTFOUND ? E_DAMAGED : r;
	b->fd = ref->body.mem ? -1 : ref->body.fd;
	b->at = ref->body.at;
	b->mem = ref->body.mem;
	return check(b);
}

/* -- unpacking -- */

static int read_stored(void *arg, uint64_t at, void *out, size_t n)
{
	const struct msg_body *b = arg;
	struct reading rd = {.fd = b->fd, .at = b->at + at, .out = out, .n = n};

	if (b->mem) {
		memcpy(out, b->mem + at, n);
		return 0;
	}
	return read_file(&rd);
}

/* From here on the body is its own: whoever reads it sees what was brought. */
static int unpack_body(struct msg_body *b)
{
	struct msg_ref *ref = b->ref;
	uint64_t size = b->size - b->prefix.n;
	struct spool o;
	int fd, r;

	spool_init(&o, ref->s->dir, SPOOL_MEMORY_MOST + 2 * SPOOL_CHUNK);
	r = unpack(&o, size, b->n, read_stored, b);
	if (r < 0) {
		spool_free(&o);
		return r;
	}
	log_body_close(&ref->body);
	spool_take(&o, &ref->own, &fd, &b->n);
	ref->own_fd1 = fd + 1;
	b->mem = ref->own;
	b->fd = fd;
	b->at = 0;
	b->crc = 0;
	return 0;
}

static int make_readable(struct msg_body *b, const struct body_row *where)
{
	int r = open_body(b, where);

	if (r >= 0 && (b->bits & BIT_PACKED))
		r = unpack_body(b);
	b->bits &= ~(uint32_t)BIT_PACKED;
	return r;
}

int source_open(struct msg_body *ret, const struct source *src, uint32_t uid)
{
	struct body_row where, was = {0};
	int r = E_DAMAGED;

	/* A segment may be rewritten between the look-up and the opening: look again. */
	for (int i = 0; i < 3 && r == E_DAMAGED; i++) {
		struct msg_body b = {.fd = -1};

		r = look_up(&b, src, uid, &where);
		if (r >= 0 && i && !memcmp(&where.place, &was.place, sizeof(was.place)))
			r = E_BUG; /* the same place again: it is damaged */
		was = where;
		if (r >= 0)
			r = make_readable(&b, &where);
		if (r >= 0) {
			b.checked = true;
			*ret = b;
			return 0;
		}
		msg_close(&b);
		if (r == E_BUG)
			return E_DAMAGED;
	}
	return r;
}

int msg_open(struct msg_body *ret, struct snap *p, uint32_t uid)
{
	struct source src = {p->store, p->mbox, p->link};

	return snap_has(p, uid) ? source_open(ret, &src, uid) : E_NOMSG;
}

int64_t msg_read(struct msg_body *b, uint64_t at, void *out, size_t n)
{
	struct reading rd = {.fd = b->fd};
	size_t head = 0;
	char *to = out;
	int r;

	if (at >= b->size)
		return 0;
	if (n > b->size - at)
		n = (size_t)(b->size - at);
	if (at < b->prefix.n) {
		head = b->prefix.n - (size_t)at < n ? b->prefix.n - (size_t)at : n;
		memcpy(to, b->prefix.p + at, head);
	}
	if (head == n)
		return (int64_t)n;
	at = at + head - b->prefix.n;
	if (b->mem) {
		memcpy(to + head, b->mem + at, n - head);
		return (int64_t)n;
	}
	rd.at = b->at + at;
	rd.out = to + head;
	rd.n = n - head;
	r = read_file(&rd);
	return r < 0 ? r : (int64_t)n;
}

void msg_close(struct msg_body *b)
{
	struct msg_ref *ref = b->ref;

	*b = (struct msg_body){.fd = -1};
	if (!ref || atomic_fetch_sub(&ref->refs, 1) > 1)
		return;
	log_body_close(&ref->body);
	pin_drop(ref->s, ref->pin);
	free(ref->own);
	if (ref->own_fd1)
		close(ref->own_fd1 - 1);
	free(ref);
}

struct store *msg_store(const struct msg_body *b)
{
	const struct msg_ref *ref = b->ref;

	return ref->s;
}

int msg_replace(struct msg_body *b, char *own, int own_fd, uint64_t n)
{
	struct msg_ref *ref = calloc(1, sizeof(*ref));
	uint32_t bits = b->bits;

	if (!ref)
		return E_NOMEM;
	ref->refs = 1;
	ref->s = msg_store(b);
	ref->own = own;
	ref->own_fd1 = own_fd + 1;
	msg_close(b);
	*b = (struct msg_body){.size = n, .bits = bits, .fd = own_fd, .n = n, .mem = own, .ref = ref,
			       .checked = true};
	return 0;
}

void msg_share(struct msg_body *to, const struct msg_body *from)
{
	struct msg_ref *ref = from->ref;

	*to = *from;
	if (ref)
		atomic_fetch_add(&ref->refs, 1);
}
