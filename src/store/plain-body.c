/* plain-body.c - an open message becomes the one that a plain client may see (wire/plain.h).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Such messages are rare, so they are made when they are asked for and kept by nobody; only their
 * sizes are remembered, since LIST must tell them before RETR. */
#include <pthread.h>
#include "base/err.h"
#include "store/snap.h"
#include "store/spool.h"
#include "wire/mime.h"
#include "wire/plain.h"

enum {
	CHUNK = 32 << 10,
	OUT_MOST = 16 << 20, /* one header block of 1 MiB may grow so far */
	TABLE_MOST = 1 << 20,
	SIZES = 4096,        /* remembered; a power of two */
};

unsigned plain_needs(uint32_t bits)
{
	return (bits & BIT_NEEDS_UTF8 ? PLAIN_ASCII : 0) | (bits & BIT_BINARY ? PLAIN_ENCODED : 0);
}

/* -- the two passes ----------------------------------------------------------------------- */

/* Octets that a line protocol cannot carry: a NUL, a CR or LF alone. *last: the octet before. */
static bool is_binary(struct str s, char *last)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!c || (c == '\n') != (*last == '\r'))
			return true;
		*last = c;
	}
	return false;
}

/* Many call `binary` what is lines of text all the same: such parts, and their messages, stay as they
 * are. 1: some part is truly binary. */
MAY_WAIT static int has_binary(struct msg_body *b, char *chunk, struct str table)
{
	struct mime_offsets_cursor parts;
	struct mime_part p;

	for (bool more = mime_offsets_first(&parts, table, &p); more; more = mime_offsets_next(&parts, &p)) {
		uint64_t at = b->prefix.n + p.body_at, end = at + p.body_n;
		char last = 0;

		if (p.encoding != MIME_BINARY || p.has_parts)
			continue;
		while (at < end) {
			int64_t n = msg_read(b, at, chunk, end - at < CHUNK ? (size_t)(end - at) : CHUNK);

			if (n <= 0)
				return n < 0 ? (int)n : E_DAMAGED;
			if (is_binary(str_n(chunk, (size_t)n), &last))
				return 1;
			at += (uint64_t)n;
			task_yield();
		}
		if (last == '\r')
			return 1;
	}
	return 0;
}

MAY_WAIT static int rewrite(struct msg_body *b, unsigned kinds, char *chunk, struct str table,
			    struct spool *o)
{
	struct plain *p;
	int64_t n = 0;
	int r = plain_new(&p, kinds, table, b->prefix.n);

	if (r < 0)
		return r;
	for (uint64_t at = 0; r >= 0 && at < b->size; at += (uint64_t)n) {
		n = msg_read(b, at, chunk, CHUNK);
		r = n < 0 ? (int)n : plain_feed(p, str_n(chunk, (size_t)n), &o->out);
		if (r >= 0)
			r = spool_flush(o, false);
		task_yield();
	}
	if (r >= 0)
		r = plain_end(p, &o->out);
	if (r >= 0)
		r = spool_flush(o, true);
	plain_free(p);
	return r;
}

int msg_plain(struct msg_body *b, unsigned kinds)
{
	struct spool o;
	struct buf table;
	char *chunk;
	int r;

	kinds &= plain_needs(b->bits);
	if (!kinds)
		return 0;
	spool_init(&o, msg_store(b)->dir, OUT_MOST);
	buf_init(&table, TABLE_MOST);
	chunk = malloc(CHUNK);
	r = chunk ? msg_body_rendered(b, CACHE_OFFSETS, &table) : E_NOMEM;
	if (r >= 0 && kinds & PLAIN_ENCODED) {
		r = has_binary(b, chunk, buf_str(&table));
		kinds &= ~(unsigned)(r == 0 ? PLAIN_ENCODED : 0);
	}
	if (r >= 0 && !kinds)
		goto out;
	if (r >= 0)
		r = rewrite(b, kinds, chunk, buf_str(&table), &o);
	if (r >= 0 && (r = msg_replace(b, o.fd < 0 ? o.out.p : NULL, o.fd, o.fd < 0 ? o.out.n : o.n)) >= 0) {
		if (o.fd < 0)
			o.out.p = NULL; /* it is the message's now */
		o.fd = -1;
		r = 1;
	}
out:
	free(chunk);
	buf_free(&table);
	spool_free(&o);
	return r;
}

/* -- sizes ----------------------------------------------------------------------------------- */

static struct {
	pthread_mutex_t lock;
	struct known_size {
		uint64_t mbox, size;
		uint32_t uid, kinds;
		const struct store *store;
	} v[SIZES]; /* by hash; a newcomer takes the place */
} sizes = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct known_size *size_place(uint64_t mbox, uint32_t uid)
{
	uint64_t h = (mbox * 0x9e3779b97f4a7c15u + uid) * 0x9e3779b97f4a7c15u;

	return &sizes.v[h >> 52];
}

static bool size_known(const struct snap *p, uint32_t uid, unsigned kinds, uint64_t *ret)
{
	const struct known_size *k = size_place(p->mbox, uid);
	bool found;

	pthread_mutex_lock(&sizes.lock);
	found = k->store == p->store && k->mbox == p->mbox && k->uid == uid && k->kinds == kinds;
	if (found)
		*ret = k->size;
	pthread_mutex_unlock(&sizes.lock);
	return found;
}

int snap_plain_size(struct snap *p, uint32_t uid, unsigned kinds, uint64_t *ret)
{
	struct msg_body b = {.fd = -1};
	int r;

	if (size_known(p, uid, kinds, ret))
		return 0;
	r = msg_open(&b, p, uid);
	if (r >= 0)
		r = msg_plain(&b, kinds);
	if (r >= 0) {
		*ret = b.size;
		pthread_mutex_lock(&sizes.lock);
		*size_place(p->mbox, uid) = (struct known_size){p->mbox, b.size, uid, kinds, p->store};
		pthread_mutex_unlock(&sizes.lock);
	}
	msg_close(&b);
	return r < 0 ? r : 0;
}
