/* txn.c - a mail transaction: begun, fed, spoilt, ended.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/clock.h"
#include "base/err.h"
#include "smtp/session.h"

enum { TARGETS_LEAST = 4000, TARGET_BYTES = 1100 };

size_t txn_targets_most(const struct conf *c)
{
	return c->recipients > TARGETS_LEAST ? (size_t)c->recipients : TARGETS_LEAST;
}

/* An address as it stands between the brackets, without a source route: local and domain are
 * views into the same line. */
struct str address_text(const struct address *a)
{
	if (!a->domain.n)
		return a->local;
	return str_n(a->local.p, (size_t)(a->domain.p + a->domain.n - a->local.p));
}

static char *base36(char *end, uint64_t v)
{
	do
		*--end = "0123456789abcdefghijklmnopqrstuvwxyz"[v % 36];
	while (v /= 36);
	return end;
}

/* "mihx3k2p9-2f-1": time, connection, transaction of it; unique, also over restarts. */
static void make_id(struct smtp *p, char id[40])
{
	const uint64_t parts[] = {p->n_mails, conn_id(p->c), (uint64_t)clock_wall_ms()};
	char room[40], *end = room + sizeof(room), *at = end;

	for (size_t i = 0; i < COLUMNS(parts); i++) {
		if (i)
			*--at = '-';
		at = base36(at, parts[i] & 0xffffffffffff); /* at most 10 digits each */
	}
	memcpy(id, at, (size_t)(end - at));
	id[end - at] = '\0';
}

struct txn *txn_new(struct smtp *p, struct str reverse_path)
{
	struct txn *t = calloc(1, sizeof(*t));

	txn_over(p);
	if (!t)
		return NULL;
	arena_init(&t->arena, txn_targets_most(p->conf) * TARGET_BYTES);
	t->last = &t->first;
	t->began_us = clock_mono_us();
	memcpy(t->tail, "\r\n", 2); /* the data begins at a line's beginning */
	t->ends_in_crlf = true;
	t->reverse_path = arena_dup(&t->arena, reverse_path);
	if (!t->reverse_path.p) {
		arena_free(&t->arena);
		free(t);
		return NULL;
	}
	p->n_mails++;
	make_id(p, t->id);
	p->t = t;
	return t;
}

void txn_over(struct smtp *p)
{
	struct txn *t = p->t;

	if (!t)
		return;
	p->t = NULL;
	draft_drop(t->draft);
	free(t->block);
	arena_free(&t->arena);
	free(t);
}

int txn_upload(struct smtp *p)
{
	p->t->in_upload = true;
	return draft_open(&p->t->draft, p->service->store, p->t->size_told);
}

void txn_spoil(struct txn *t, int e)
{
	if (!t->err)
		t->err = e;
	if (!t->draft)
		return;
	t->message_id = arena_dup(&t->arena, draft_message_id(t->draft));
	t->draft = draft_drop(t->draft);
}

void txn_take(struct smtp *p, struct str bytes)
{
	struct txn *t = p->t;
	int e;

	t->octets += bytes.n;
	if (t->err || !bytes.n)
		return;
	if (t->octets > p->conf->message_size) { /* whatever SIZE= promised: RFC 1870 6.3 */
		txn_spoil(t, E_TOOBIG);
		return;
	}
	e = draft_write(t->draft, bytes);
	if (e < 0)
		txn_spoil(t, e);
}
