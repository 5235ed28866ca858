/* replay.c - records from the log into the index: after a start, after a failed commit.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The position is written in the transaction whose records it counts: applying goes on exactly
 * where it ended, whatever happened in between. */
#include "base/err.h"
#include "store/index/replay.h"

enum {
	RECORDS_A_TXN = 50000,
	BYTES_A_TXN = 16 << 20, /* of metadata; bodies are not touched */
	ARENA_MOST = 64 << 20,
	REACHED = 1,
};

struct reader {
	struct replay *p;
	struct txn *t;
	struct index *ix; /* commit now and then; NULL: the transaction is the caller's */
	bool shared;
	uint64_t account;
	struct log_pos pos;
	uint64_t until; /* not this one and what follows; 0: to the end */
	uint64_t n, bytes; /* in this transaction */
	uint32_t n_lost;   /* records of which not even the account is known */
	struct arena arena;
};

int position_get(struct txn *t, uint64_t account, struct log_pos *ret)
{
	struct key k = key_u64(account);
	int r = tab_get_row(t, TAB_POSITION, &k, ret, sizeof(*ret));

	if (r == E_NOTFOUND)
		*ret = (struct log_pos){.seq = 1};
	return r == E_NOTFOUND ? 0 : r;
}

int position_put(struct txn *t, uint64_t account, const struct log_pos *pos)
{
	struct key k = key_u64(account);

	return tab_put(t, TAB_POSITION, &k, str_n(pos, sizeof(*pos)));
}

static int put_position(struct reader *rd)
{
	if (!rd->shared)
		return position_put(rd->t, rd->account, &rd->pos);
	rd->t->root.next = rd->pos;
	return 0;
}

static int again(struct reader *rd)
{
	bool gap = rd->t->gap;
	int r = put_position(rd);

	if (r < 0 || (r = txn_commit(rd->t)) < 0)
		return r;
	txn_end(rd->t);
	rd->n = rd->bytes = 0;
	r = txn_write(rd->t, rd->ix);
	rd->t->replaying = rd->t->quiet = true;
	rd->t->gap = gap;
	return r;
}

/* Numbers are missed where the log goes on after a failed write: nothing of them was ever seen.
 * At the log's beginning they were dropped on purpose, and bases follow. What is damaged is told
 * by frames of its own. */
static void note_gap(struct reader *rd, const struct log_frame *f)
{
	if (rd->pos.seq <= 1 && f->seq > 1)
		rd->t->gap = true;
}

/* Whole stretches may be lost: they are raised past at once, before the next good record. */
static int raise_lost(struct reader *rd)
{
	uint32_t n = rd->n_lost;

	rd->n_lost = 0;
	return n ? apply_lost(rd->t, 0, n) : 0;
}

static int apply_frame(struct reader *rd, const struct log_frame *f)
{
	struct record rec;
	int r = f->damaged ? E_DAMAGED : record_decode(&rec, f, &rd->arena);

	if (r == E_DAMAGED) {
		rd->p->damaged++;
		if (f->type == REC_BASE || f->type == REC_BODY_MOVED)
			return 0; /* it gave out nothing */
		rd->n_lost += !f->account;
		return f->account ? apply_damaged(rd->t, f) : 0;
	}
	if (r < 0 || (rd->n_lost && (r = raise_lost(rd)) < 0))
		return r;
	if (rd->p->txid && rec.txid == rd->p->txid)
		rd->p->found = true;
	r = apply(rd->t, &rec);
	arena_reset(&rd->arena);
	return r;
}

static int one(void *arg, const struct log_frame *f)
{
	struct reader *rd = arg;
	int r;

	if (rd->p->cancel && *rd->p->cancel)
		return E_CLOSED;
	if (f->seq < rd->pos.seq)
		return 0;
	if (rd->until && f->seq >= rd->until)
		return REACHED;
	note_gap(rd, f);
	r = apply_frame(rd, f);
	if (r < 0)
		return r;
	rd->pos = f->next;
	rd->p->records++;
	rd->p->bytes += f->meta.n + f->body_bytes;
	rd->bytes += f->meta.n;
	if (rd->ix && (++rd->n >= RECORDS_A_TXN || rd->bytes >= BYTES_A_TXN))
		return again(rd);
	return 0;
}

int replay_account(struct txn *t, struct replay *p, uint64_t account)
{
	struct reader rd = {.p = p, .t = t, .account = account};
	bool replaying = t->replaying;
	struct log_pos until = {0};
	int r = position_get(t, account, &rd.pos);

	if (r >= 0 && p->as_of)
		r = position_get(p->as_of, account, &until);
	if (r < 0)
		return r;
	rd.until = until.seq;
	arena_init(&rd.arena, ARENA_MOST);
	t->replaying = true;
	r = log_read(p->log, account, rd.pos, false, one, &rd);
	if (r >= 0)
		r = raise_lost(&rd);
	t->replaying = replaying;
	arena_free(&rd.arena);
	return r < 0 ? r : put_position(&rd);
}

static int replay_shared(struct txn *t, struct replay *p)
{
	struct reader rd = {.p = p, .t = t, .ix = t->ix, .shared = true, .pos = t->root.next};
	int r;

	if (!rd.pos.seq)
		rd.pos.seq = 1;
	if (p->as_of)
		rd.until = p->as_of->root.next.seq;
	arena_init(&rd.arena, ARENA_MOST);
	r = log_read(p->log, 0, rd.pos, false, one, &rd);
	if (r >= 0)
		r = raise_lost(&rd);
	arena_free(&rd.arena);
	return r < 0 ? r : put_position(&rd);
}

static int replay_each(struct txn *t, struct replay *p)
{
	uint64_t account = 0;
	int r = replay_account(t, p, 0);

	while (r >= 0) {
		r = log_account_next(p->log, account, &account);
		if (r >= 0)
			r = replay_account(t, p, account);
	}
	return r == E_NOTFOUND ? 0 : r;
}

int replay_all(struct index *ix, struct replay *p)
{
	struct txn t;
	int r = txn_write(&t, ix);

	if (r < 0)
		return r;
	t.replaying = t.quiet = true;
	if (!t.root.store_id) {
		t.root.store_id = log_store_id(p->log);
		t.root.next_account = t.root.next_body = 1;
	}
	if (log_is_shared(p->log) && t.root.next.seq <= 1)
		r = replay_base(&t, p);
	if (r < 0) {
		txn_abort(&t);
		return r;
	}
	r = log_is_shared(p->log) ? replay_shared(&t, p) : replay_each(&t, p);
	if (r >= 0)
		r = txn_commit(&t);
	txn_abort(&t);
	return r;
}
