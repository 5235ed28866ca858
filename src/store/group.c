/* group.c - plans, logs and applies the changes of one group.
 * SPDX-License-Identifier: Apache-2.0
 *
 * commit.c has the invariants. A change of one step is logged and applied record by record; one
 * of several steps is planned and applied in a part of the transaction that can be undone, and
 * logged when all of it was possible. */
#include <assert.h>
#include "base/clock.h"
#include "base/err.h"
#include "store/fault.h"
#include "store/group.h"
#include "store/index/replay.h"
#include "store/mbox-id.h"

enum { GROUP_MEMORY_MOST = 512 << 20, INDEX_PIECE = 4 << 20 };

struct group *group_new(struct store *s)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->s = s;
	g->shared = log_is_shared(s->log);
	arena_init(&g->arena, GROUP_MEMORY_MOST);
	buf_init(&g->enc, LOG_META_MOST);
	return g;
}

void group_free(struct group *g)
{
	if (!g)
		return;
	arena_free(&g->arena);
	buf_free(&g->enc);
	free(g->items);
	free(g->slots);
	free(g);
}

static void group_reset(struct group *g)
{
	arena_reset(&g->arena);
	g->n = g->n_slots = 0;
	g->failed = 0;
	g->log_failed = g->deferred = g->is_answered = false;
}

/* -- logs of the group -- */

static struct slot *slot_of(struct group *g, uint64_t account)
{
	struct log_pos pos;

	if (g->shared)
		account = 0;
	for (size_t i = g->n_slots; i-- > 0;)
		if (g->slots[i].account == account)
			return &g->slots[i];
	if (g->n_slots == g->cap_slots) {
		size_t cap = g->cap_slots ? g->cap_slots * 2 : 64;
		struct slot *p = realloc(g->slots, cap * sizeof(*p));

		if (!p)
			return NULL;
		g->slots = p;
		g->cap_slots = cap;
	}
	if ((g->shared ? log_end(g->s->log, 0, &pos) : position_get(&g->t, account, &pos)) < 0)
		return NULL;
	g->slots[g->n_slots] = (struct slot){account, pos.seq, pos.seq, 0, LOG_WON};
	return &g->slots[g->n_slots++];
}

/* -- one record -- */

static int item_push(struct group *g, struct change *c, struct step *st, size_t recipient,
		     struct planned *n)
{
	struct item *it;
	struct str meta;
	int r;

	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 256;

		it = realloc(g->items, cap * sizeof(*it));
		if (!it)
			return E_NOMEM;
		g->items = it;
		g->cap = cap;
	}
	buf_clear(&g->enc);
	if ((r = record_encode(&g->enc, &n->rec)) < 0)
		return r;
	meta = arena_dup(&g->arena, buf_str(&g->enc));
	if (!meta.p)
		return E_NOMEM;
	if (fault_is(FAULT_COMMIT_BEFORE_SYNC))
		n->body = arena_dup(&g->arena, n->body); /* its owner is answered too early */
	it = &g->items[g->n++];
	*it = (struct item){.n = n, .c = c, .st = st, .recipient = recipient};
	it->li = (struct log_item){.account = n->rec.account, .type = n->rec.type, .meta = meta,
				   .body = n->body};
	return 0;
}

/* Lays it out in the log: now its place is known. */
static int item_log(struct group *g, struct item *it)
{
	struct slot *slot = slot_of(g, it->li.account);
	int r = slot ? log_add(g->s->log, &it->li, slot->first_seq) : E_NOMEM;

	if (r < 0)
		return r;
	slot->txid = it->n->rec.txid;
	return 0;
}

static void take_place(struct item *it)
{
	struct record *r = &it->n->rec;

	if (!it->n->body.n)
		return;
	if (r->type == REC_STORED && r->stored.where == BODY_HERE) {
		r->stored.place = it->li.place;
		r->stored.body_crc = it->li.body_crc;
	}
	if (r->type == REC_BODY_MOVED && r->moved.where == BODY_HERE)
		r->moved.place = it->li.place;
}

static int item_apply(struct group *g, struct txn *t, struct item *it)
{
	struct key k;
	int r = apply(t, &it->n->rec);

	if (r < 0 || !it->n->cache.n)
		return r;
	k = key_u64(it->n->rec.stored.body_id);
	return tab_append(t, TAB_CACHE, &k, it->n->cache);
}

static int item_do(struct group *g, struct item *it)
{
	struct slot *slot = slot_of(g, it->li.account);
	int r = 0;

	if (!slot)
		return E_NOMEM;
	it->n->rec.seq = slot->next_seq++;
	if (!g->deferred) {
		if ((r = item_log(g, it)) < 0)
			return r;
		assert(it->li.seq == it->n->rec.seq); /* inv 5 */
		take_place(it);
	}
	return item_apply(g, &g->t, it);
}

/* -- one step, or one recipient of a delivery -- */

static int step_push(struct group *g, struct plan *p, struct step *st, size_t recipient)
{
	int r = plan_step(p, st, recipient);

	for (struct planned *n = p->out; n && r >= 0; n = n->next)
		r = item_push(g, p->c, st, recipient, n);
	return r;
}

static int step_run(struct group *g, struct plan *p, struct step *st, size_t recipient)
{
	uint64_t body_id = st->body_id;
	size_t from = g->n, body_item = st->body_item;
	int r;

	p->item = g->n;
	r = step_push(g, p, st, recipient);
	if (r < 0) {
		g->n = from;
		st->body_id = body_id;
		st->body_item = body_item;
		return r;
	}
	for (size_t i = from; i < g->n && r >= 0; i++)
		r = item_do(g, &g->items[i]);
	if (r < 0)
		g->failed = r;
	return r;
}

static int deliver_run(struct group *g, struct plan *p, struct step *st)
{
	for (size_t i = 0; i < st->n_to && !g->failed; i++) {
		struct step_delivery *d = &st->plan[i];

		if (d->is_done)
			continue;
		d->err = step_run(g, p, st, i);
		if (d->err < 0 && p->c->as_one)
			return d->err;
		d->is_done = d->err < 0 && !g->failed;
	}
	return g->failed;
}

/* -- one change -- */

/* Whose log the step's records go to. Of a log per account a round takes no step behind one of
 * another's, because that may lose. */
static uint64_t step_log(const struct group *g, const struct change *c, const struct step *st)
{
	if (g->shared)
		return 0;
	switch (st->kind) {
	case STEP_ACCOUNT_CREATE:
	case STEP_ACCOUNT_DELETE:
	case STEP_ALIAS_SET:
		return 0;
	case STEP_COPY:
		return mbox_account(st->to_mbox);
	case STEP_DELIVER:
		return UINT64_MAX;
	case STEP_OWN:
		return st->account;
	default:
		return st->mbox ? mbox_account(st->mbox)
		       : st->account == CHANGE_NEW_ACCOUNT ? c->new_account
							   : st->account;
	}
}

static int steps_run(struct group *g, struct plan *p)
{
	struct step *first = NULL;
	int r = 0;

	for (struct step *st = p->c->steps; st && r >= 0; st = st->next) {
		if (st->is_done)
			continue;
		if (first && step_log(g, p->c, st) != step_log(g, p->c, first))
			break;
		first = first ? first : st;
		st->in_round = true;
		if (!st->draft || g->shared || !draft_sealed(st->draft)->is_blob)
			st->body_id = 0; /* else some may have won their race: it is theirs, too */
		r = st->kind == STEP_DELIVER ? deliver_run(g, p, st) : step_run(g, p, st, 0);
	}
	return r;
}

/* The records of a change whose steps were all possible go to the log. */
static int log_deferred(struct group *g, size_t from)
{
	int r = 0;

	for (size_t i = from; i < g->n && r >= 0; i++) {
		struct item *it = &g->items[i];

		if ((r = item_log(g, it)) < 0)
			break;
		assert(it->li.seq == it->n->rec.seq); /* inv 5 */
		take_place(it);
		if (it->n->body.n)
			r = apply_place(&g->t, it->n->rec.stored.body_id, it->li.place,
					it->li.body_crc);
	}
	return r;
}

static int change_whole(struct group *g, struct plan *p)
{
	size_t from = g->n, n_slots = g->n_slots;
	struct str was = arena_dup(&g->arena, str_n(g->slots, n_slots * sizeof(*g->slots)));
	MDB_txn *outer;
	int r, e;

	if (!was.p)
		return E_NOMEM;
	if ((e = txn_part(&g->t, &outer)) < 0) {
		g->failed = e;
		return e;
	}
	g->deferred = true;
	r = steps_run(g, p);
	g->deferred = false;
	e = txn_part_end(&g->t, outer, r >= 0);
	if (e < 0)
		g->failed = e;
	if (r < 0) {
		g->n = from;
		g->n_slots = n_slots;
		if (was.n)
			memcpy(g->slots, was.p, was.n);
	} else if (!g->failed && (e = log_deferred(g, from)) < 0) {
		g->failed = e;
	}
	return g->failed ? g->failed : r;
}

static void change_plan(struct group *g, struct change *c)
{
	struct plan p = {.s = g->s, .t = &g->t, .c = c, .arena = &g->arena, .now_ms = g->now_ms,
			 .shared = g->shared};

	c->own_modseq = 0;
	for (struct step *st = c->steps; st; st = st->next)
		st->in_round = false;
	c->result = c->n_steps > 1 || c->as_one ? change_whole(g, &p) : steps_run(g, &p);
}

/* -- finishing -- */

static void mark_done(struct change *c)
{
	c->is_over = true;
	for (struct step *st = c->steps; st; st = st->next) {
		if (!st->in_round && !st->is_done)
			c->is_over = false;
		if (!st->in_round)
			continue;
		st->is_done = !st->has_more;
		st->was_uid = st->next_uid;
		if (st->has_more)
			st->next_uid = st->more_uid;
		for (size_t i = 0; i < st->n_to; i++)
			st->is_done = st->is_done && st->plan[i].is_done;
		c->is_over = c->is_over && st->is_done;
	}
}

/* What lost its race is not done: it is planned again. */
static void mark_outcomes(struct group *g, struct change *list)
{
	for (struct change *c = list; c; c = c->next)
		for (struct step *st = c->steps; st && c->result >= 0; st = st->next)
			for (size_t i = 0; st->in_round && i < st->n_to; i++)
				st->plan[i].is_done = true;
	for (struct change *c = list; c; c = c->next)
		if (c->result >= 0)
			mark_done(c);
	for (size_t i = 0; i < g->n; i++) {
		struct item *it = &g->items[i];
		struct slot *slot = slot_of(g, it->li.account);

		if (slot->outcome == LOG_WON)
			continue;
		it->c->is_over = it->st->is_done = false;
		it->st->next_uid = it->st->was_uid;
		if (it->st->n_to)
			it->st->plan[it->recipient].is_done = false;
	}
}

static void fail_all(struct change *list, int e)
{
	for (struct change *c = list; c; c = c->next) {
		c->result = e;
		c->is_over = true;
	}
}

/* -- a shared log: planned in the transaction that is committed -- */

static void count(struct group *g)
{
	struct store_counts *n = &g->s->n;
	uint64_t bytes = 0;

	for (size_t i = 0; i < g->n; i++)
		bytes += g->items[i].li.meta.n + g->items[i].li.body.n;
	n->groups++;
	n->flushes++;
	n->records += g->n;
	n->log_bytes += bytes;
	g->s->group_bytes += bytes;
	g->s->group_puts += g->t.puts;
}

/* On a full disk the index grows into the reserve, which is there for this. */
int replay_with_reserve(struct store *s, struct replay *p)
{
	int r = replay_all(s->ix, p);

	while (r == E_NOSPACE && log_reserve_give(s->log, INDEX_PIECE) >= 0)
		r = replay_all(s->ix, p);
	return r;
}

/* inv 6: the records are truth already. */
static void apply_again(struct group *g)
{
	struct replay p = {.log = g->s->log};

	g->s->n.replays++;
	if (replay_with_reserve(g->s, &p) < 0)
		index_bad(g->s->ix, "a group is in the log, but cannot be applied");
}

/* The planted fault of store/fault.h: visible and answered before it is synced. */
static int commit_unsynced(struct group *g, struct change *list)
{
	count(g);
	g->t.root.next.seq = g->slots[0].next_seq;
	if (txn_commit(&g->t) < 0)
		return E_IO;
	txn_end(&g->t);
	mark_outcomes(g, list);
	g->answer(g->s, list);
	g->is_answered = true;
	return log_commit(g->s->log, NULL, 0);
}

static int commit_shared(struct group *g, struct change *list)
{
	struct log_pos end;
	int r = 0;

	if (fault_is(FAULT_COMMIT_BEFORE_SYNC))
		return commit_unsynced(g, list);
	if ((r = log_commit(g->s->log, NULL, 0)) < 0) {
		txn_abort(&g->t);
		g->log_failed = r != E_NOSPACE;
		return r; /* inv 3 */
	}
	if ((r = log_end(g->s->log, 0, &end)) < 0)
		index_bad(g->s->ix, "the log does not tell its end");
	g->t.root.next = end;
	count(g);
	if (txn_commit(&g->t) < 0)
		apply_again(g);
	watch_tell(g->s, g->t.touched, g->t.n_touched);
	txn_end(&g->t);
	return 0;
}

/* -- logs per account: planned in a scratch transaction, applied when they have won -- */

static int settle(struct group *g)
{
	int r = txn_write(&g->t, g->s->ix);

	for (size_t i = 0; i < g->n && r >= 0; i++) {
		struct item *it = &g->items[i];

		if (slot_of(g, it->li.account)->outcome == LOG_WON)
			r = item_apply(g, &g->t, it);
	}
	for (size_t i = 0; i < g->n_slots && r >= 0; i++) {
		struct slot *slot = &g->slots[i];
		struct log_pos pos = {.seq = slot->next_seq};
		struct replay p = {.log = g->s->log, .txid = slot->txid};

		if (slot->outcome == LOG_WON) {
			r = position_put(&g->t, slot->account, &pos);
			continue;
		}
		g->s->n.replays++;
		r = replay_account(&g->t, &p, slot->account);
		if (p.found) /* inv 7 */
			slot->outcome = LOG_WON;
	}
	if (r >= 0)
		r = txn_commit(&g->t);
	return r;
}

static int commit_accounts(struct group *g)
{
	enum log_outcome *won = arena_alloc(&g->arena, g->n_slots * sizeof(*won) + 1);
	int r;

	txn_abort(&g->t);
	if (!won) {
		log_abort(g->s->log);
		return E_NOMEM;
	}
	if ((r = log_commit(g->s->log, won, g->n_slots)) < 0)
		return r;
	for (size_t i = 0; i < g->n_slots; i++)
		g->slots[i].outcome = won[i];
	count(g);
	r = settle(g);
	if (r < 0) {
		txn_abort(&g->t);
		apply_again(g);
		return E_UNKNOWN; /* never acknowledged */
	}
	watch_tell(g->s, g->t.touched, g->t.n_touched);
	txn_end(&g->t);
	return 0;
}

/* -- the group -- */

static int begin(struct group *g, bool may_use_reserve)
{
	int r;

	g->now_ms = g->s->now_ms();
	r = may_use_reserve ? 0 : index_room(g->s->ix);
	if (!may_use_reserve)
		g->s->index_full = r == E_NOSPACE;
	if (r < 0)
		return r;
	if ((r = log_begin(g->s->log, &g->now_ms, may_use_reserve)) < 0)
		return r;
	if ((r = txn_write(&g->t, g->s->ix)) < 0)
		log_abort(g->s->log);
	return r;
}

static void give_up(struct group *g)
{
	log_abort(g->s->log);
	txn_abort(&g->t);
}

static int run(struct group *g, struct change *list, bool may_use_reserve)
{
	int r;

	group_reset(g);
	if ((r = begin(g, may_use_reserve)) < 0)
		return r;
	for (struct change *c = list; c && !g->failed; c = c->next) {
		c->is_over = true;
		change_plan(g, c);
	}
	if (g->failed || !g->n) {
		give_up(g);
		if (!g->failed)
			mark_outcomes(g, list);
		return g->failed;
	}
	r = g->shared ? commit_shared(g, list) : commit_accounts(g);
	if (r >= 0 && !g->is_answered)
		mark_outcomes(g, list);
	return r;
}

void group_run(struct group *g, struct change *list, bool may_use_reserve)
{
	int r = run(g, list, may_use_reserve);

	if (r >= 0 || g->is_answered)
		return;
	if (!list->next || g->log_failed || r == E_UNKNOWN) {
		fail_all(list, r);
		return;
	}
	/* One may have spoilt it for all, or only deletions fit on the disk: one by one. */
	for (struct change *c = list, *next; c; c = next) {
		next = c->next;
		c->next = NULL;
		group_run(g, c, c->may_use_reserve);
		c->next = next;
	}
}
