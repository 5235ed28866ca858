/* hot.c - the rows that every delivery touches, kept out of the B-trees until the group ends.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A group of 64 deliveries to one mailbox changes its row and its account's 64 times; here
 * that is a store to memory, and one put at the end. */
#include <assert.h>
#include "base/err.h"
#include "store/index/env.h"

enum {
	SLOTS = 2048, /* a power of two */
	FULL = 1024,
	ROOM = 16, /* rows that one record may touch: accounts, mailboxes, segments */
};

enum kind { KIND_NONE, KIND_ACCOUNT, KIND_MBOX, KIND_SEGMENT };

struct slot {
	union { /* first: a row's pointer is its slot's */
		struct account_row account;
		struct mbox_row mbox;
		struct segment_row segment;
	};
	uint64_t id;
	uint8_t kind, is_dirty;
};

struct hot {
	struct slot slots[SLOTS];
	uint16_t used[SLOTS]; /* indexes of the slots in use */
	unsigned n;
};

static const struct {
	enum tab tab;
	size_t n;
} kinds[] = {
	[KIND_ACCOUNT] = {TAB_ACCOUNT, sizeof(struct account_row)},
	[KIND_MBOX] = {TAB_MBOX, sizeof(struct mbox_row)},
	[KIND_SEGMENT] = {TAB_SEGMENT, sizeof(struct segment_row)},
};

int hot_new(struct hot **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : E_NOMEM;
}

void hot_free(struct hot *h)
{
	free(h);
}

void hot_clear(struct txn *t)
{
	struct hot *h = t->hot;

	if (!h)
		return;
	for (unsigned i = 0; i < h->n; i++)
		h->slots[h->used[i]].kind = KIND_NONE;
	h->n = 0;
}

int txn_flush(struct txn *t)
{
	struct hot *h = t->hot;
	int r = 0;

	for (unsigned i = 0; i < h->n && r >= 0; i++) {
		struct slot *s = &h->slots[h->used[i]];
		struct key k = key_u64(s->id);

		if (s->is_dirty)
			r = tab_put(t, kinds[s->kind].tab, &k, str_n(s, kinds[s->kind].n));
		s->is_dirty = 0;
	}
	return r;
}

int txn_room(struct txn *t)
{
	int r = 0;

	if (t->hot->n > FULL - ROOM) {
		r = txn_flush(t);
		hot_clear(t);
	}
	return r;
}

static struct slot *find(struct hot *h, enum kind kind, uint64_t id)
{
	uint64_t at = (id * 0x9e3779b97f4a7c15u) >> 40;

	for (;; at++) {
		struct slot *s = &h->slots[(at + kind) % SLOTS];

		if (!s->kind || (s->kind == kind && s->id == id))
			return s;
	}
}

static void *hot_row(struct txn *t, enum kind kind, uint64_t id, bool make, int *err)
{
	struct slot *s = find(t->hot, kind, id);
	struct key k;
	int r;

	if (s->kind)
		return s;
	assert(t->hot->n < FULL); /* txn_room was called */
	k = key_u64(id);
	r = tab_get_row(t, kinds[kind].tab, &k, s, kinds[kind].n);
	if (r == E_NOTFOUND && make) {
		memset(s, 0, kinds[kind].n);
		r = 0;
	}
	if (r < 0) {
		if (err)
			*err = r;
		return NULL;
	}
	s->id = id;
	s->kind = (uint8_t)kind;
	s->is_dirty = 0;
	t->hot->used[t->hot->n++] = (uint16_t)(s - t->hot->slots);
	return s;
}

struct account_row *hot_account(struct txn *t, uint64_t id, bool make, int *err)
{
	return hot_row(t, KIND_ACCOUNT, id, make, err);
}

struct mbox_row *hot_mbox(struct txn *t, uint64_t id, bool make, int *err)
{
	return hot_row(t, KIND_MBOX, id, make, err);
}

struct segment_row *hot_segment(struct txn *t, uint64_t id, int *err)
{
	return hot_row(t, KIND_SEGMENT, id, true, err);
}

void hot_dirty(struct txn *t, const void *row)
{
	struct slot *s = &t->hot->slots[(const struct slot *)row - t->hot->slots];

	s->is_dirty = 1;
}

int row_account(struct txn *t, uint64_t id, struct account_row *ret)
{
	struct key k = key_u64(id);

	return tab_get_row(t, TAB_ACCOUNT, &k, ret, sizeof(*ret));
}

int row_mbox(struct txn *t, uint64_t id, struct mbox_row *ret)
{
	struct key k = key_u64(id);

	return tab_get_row(t, TAB_MBOX, &k, ret, sizeof(*ret));
}
