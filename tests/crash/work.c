/* work.c - actors that deliver, flag, copy, expunge and rename, by seed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include "base/err.h"
#include "hooks.h"
#include "store/reclaim.h"
#include "work.h"

const char *const op_names[] = {"account", "deliver", "flags", "expunge", "copy", "box create",
	"box delete", "box rename", "meta", "move", "note", "checkpoint", "reclaim"};

/* -- texts ------------------------------------------------------------------------- */

void text_make(uint64_t msg, uint32_t size, struct buf *out)
{
	struct rnd r = rnd_begin(msg * 77);
	char line[80];

	hooks_mine(true);
	buf_clear(out);
	buf_printf(out, "From: <x%ju@example.test>\r\nSubject: number %ju\r\n\r\n", (uintmax_t)msg,
		   (uintmax_t)msg);
	while (out->n < size) {
		size_t left = size - out->n, n = left < 78 ? left : 78;

		for (size_t i = 0; i < n; i += 8) {
			uint64_t x = (rnd_next(&r) & 0x1f1f1f1f1f1f1f1f) + 0x4040404040404040;

			memcpy(line + i, &x, 8);
		}
		if (rnd_below(&r, 50) == 0)
			line[0] = '.';
		if (n >= 3)
			memcpy(line + n - 2, "\r\n", 2);
		buf_add(out, str_n(line, n));
	}
	buf_add(out, STR("\r\n"));
	hooks_mine(false);
}

void prefix_make(uint64_t msg, const char *account, struct buf *out)
{
	hooks_mine(true);
	buf_clear(out);
	buf_printf(out, "Return-Path: <x%ju@example.test>\r\nDelivered-To: %s\r\n", (uintmax_t)msg,
		   account);
	hooks_mine(false);
}

void actor_name(unsigned id, char out[64])
{
	snprintf(out, 64, "a%u@example.test", id);
}

void box_name(unsigned box, unsigned generation, char out[32])
{
	if (box == BOX_INBOX)
		snprintf(out, 32, "INBOX");
	else
		snprintf(out, 32, "box %u.%u", box, generation);
}

/* -- what an operation makes of an account -------------------------------------------- */

static struct row *row_new(struct box *b)
{
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		b->v = realloc(b->v, b->cap * sizeof(*b->v));
	}
	return &b->v[b->n++];
}

static void box_add(struct box *b, struct row row, uint32_t uid)
{
	row.uid = uid;
	*row_new(b) = row;
	b->uidnext = uid + 1;
}

static bool is_in(struct uid_range r, uint32_t uid)
{
	return uid >= r.lo && uid <= r.hi;
}

static void set_flags(struct box *b, const struct op *op)
{
	for (size_t i = 0; i < b->n; i++) {
		struct row *r = &b->v[i];

		if (!is_in(op->r, r->uid))
			continue;
		if (op->flag_op == FLAGS_SET) {
			r->flags = op->flags;
			r->keyword = op->keyword;
		} else if (op->flag_op == FLAGS_ADD) {
			r->flags |= op->flags;
			r->keyword |= op->keyword;
		} else {
			r->flags &= ~op->flags;
			r->keyword &= !op->keyword;
		}
	}
}

static void apply_expunge(struct box *b, struct uid_range r)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!is_in(r, b->v[i].uid))
			b->v[n++] = b->v[i];
	b->n = n;
}

static void apply_copy(const struct box *from, struct box *to, struct uid_range r)
{
	size_t n = from->n;

	for (size_t i = 0; i < n; i++)
		if (is_in(r, from->v[i].uid))
			box_add(to, from->v[i], to->uidnext);
}

static void apply_note(struct box *b, const struct op *op)
{
	for (size_t i = 0; i < b->n; i++)
		if (is_in(op->r, b->v[i].uid))
			b->v[i].note = op->msg;
}

static void box_make(struct box *b, const struct op *op)
{
	if (b->exists)
		return;
	b->exists = true;
	b->uidvalidity = op->uidvalidity;
	b->uidnext = 1;
	b->n = 0;
}

void state_apply(struct state *st, const struct op *op)
{
	struct box *b = &st->box[op->box];

	switch (op->kind) {
	case OP_ACCOUNT:
		st->exists = true;
		box_make(b, op); /* an account is born with its INBOX */
		break;
	case OP_DELIVER:
		box_make(b, op);
		box_add(b, (struct row){.msg = op->msg, .size = op->size, .flags = op->flags}, op->uid);
		break;
	case OP_FLAGS:
		set_flags(b, op);
		break;
	case OP_EXPUNGE:
		apply_expunge(b, op->r);
		break;
	case OP_COPY:
		apply_copy(b, &st->box[op->box2], op->r);
		break;
	case OP_BOX_CREATE:
		box_make(b, op);
		break;
	case OP_BOX_DELETE:
		for (size_t i = 0; i < b->n; i++)
			st->unswept_octets += b->v[i].size + 300;
		st->unswept_messages += b->n;
		b->exists = false;
		b->name++; /* never the same name again: what was deleted stays gone */
		break;
	case OP_BOX_RENAME:
		b->name++;
		break;
	case OP_META:
		st->meta = op->msg;
		break;
	case OP_MOVE:
		apply_copy(b, &st->box[op->box2], op->r);
		apply_expunge(b, op->r);
		break;
	case OP_NOTE:
		apply_note(b, op);
		break;
	default:
		break;
	}
	if (op->modseq > st->modseq)
		st->modseq = op->modseq;
}

void state_free(struct state *st)
{
	for (size_t i = 0; i < BOXES; i++)
		free(st->box[i].v);
	memset(st, 0, sizeof(*st));
}

/* -- saying it to the store -------------------------------------------------------------- */

static int find_box(struct store *s, const struct actor *a, unsigned box, unsigned generation,
		    struct mbox_info *ret)
{
	char name[32];

	box_name(box, generation, name);
	return mbox_find(s, a->account, str_of(name), ret);
}

static void delivery_init(struct delivery *d, uint64_t account, const char *name, uint64_t msg,
			  const char *mbox, struct buf *prefix)
{
	memset(d, 0, sizeof(*d));
	buf_init(prefix, 1024);
	prefix_make(msg, name, prefix);
	d->account = account;
	d->mbox = str_of(mbox);
	d->make_mbox = true;
	d->prefix = buf_str(prefix);
	d->envelope_from = STR("x@example.test");
	d->envelope_to = str_of(name);
}

/* Writes the text in pieces, as a connection would. */
static int draft_of(struct draft **ret, struct store *s, uint64_t msg, uint32_t size)
{
	struct draft *d = NULL;
	struct buf text;
	int e;

	buf_init(&text, 4 << 20);
	text_make(msg, size, &text);
	e = draft_open(&d, s, 0);
	for (size_t at = 0; e >= 0 && at < text.n; at += 16384)
		e = draft_write(d, str_head(str_from(buf_str(&text), at), 16384));
	buf_free(&text);
	if (e < 0)
		draft_drop(d);
	else
		*ret = d;
	return e;
}

static int deliver(struct store *s, const struct actor *a, struct op *op, unsigned generation)
{
	struct delivery to[2];
	struct buf prefix[2];
	char name[64], mbox[32];
	struct draft *d = NULL;
	struct change *c = NULL;
	size_t n = op->common ? 2 : 1;
	int e;

	actor_name(a->id, name);
	box_name(op->box, generation, mbox);
	delivery_init(&to[0], a->account, name, op->msg, mbox, &prefix[0]);
	delivery_init(&to[1], a->work->common, COMMON_NAME, op->msg, "INBOX", &prefix[1]);
	to[0].flags = op->flags;
	e = draft_of(&d, s, op->msg, op->size);
	if (e >= 0)
		e = change_new(&c, s);
	if (e >= 0)
		e = change_deliver(c, d, to, n);
	if (e >= 0)
		e = change_commit(&c);
	for (size_t i = 0; i < n && e >= 0; i++)
		e = to[i].err;
	op->uid = to[0].uid;
	op->uidvalidity = to[0].uidvalidity;
	op->modseq = to[0].modseq;
	op->common_uid = n > 1 ? to[1].uid : 0;
	change_drop(c);
	draft_drop(d);
	buf_free(&prefix[0]);
	buf_free(&prefix[1]);
	return e;
}

int work_deliver_one(struct store *s, const struct actor *a, struct op *op)
{
	return deliver(s, a, op, 0);
}

static int add_step(struct change *c, struct actor *a, struct op *op)
{
	unsigned generation = a->now.box[op->box].name;
	struct mbox_info m = {0}, m2 = {0};
	struct uidset set = {&op->r, 1};
	struct str kw = STR("$Label1");
	char name[64];
	int e = 0;

	if (op->kind != OP_ACCOUNT && op->kind != OP_BOX_CREATE && op->kind != OP_META)
		e = find_box(a->work->store, a, op->box, generation, &m);
	if (e >= 0 && (op->kind == OP_COPY || op->kind == OP_MOVE))
		e = find_box(a->work->store, a, op->box2, a->now.box[op->box2].name, &m2);
	if (e < 0)
		return e;
	switch (op->kind) {
	case OP_ACCOUNT:
		actor_name(a->id, name);
		return change_account_create(c, str_of(name), &a->account);
	case OP_FLAGS:
		return change_flags(c, m.id, set, op->flag_op, op->flags, &kw, op->keyword);
	case OP_EXPUNGE:
		return change_expunge(c, m.id, set);
	case OP_COPY:
		return change_copy(c, m.id, set, m2.id);
	case OP_MOVE:
		return change_move(c, m.id, set, m2.id);
	case OP_NOTE:
		snprintf(name, sizeof(name), "%ju", (uintmax_t)op->msg);
		return change_note(c, m.id, set, 0, STR("/comment"), str_of(name));
	case OP_BOX_CREATE:
		box_name(op->box, generation, name);
		return change_mbox_create(c, a->account, str_of(name), 0);
	case OP_BOX_DELETE:
		return change_mbox_delete(c, m.id);
	case OP_BOX_RENAME:
		box_name(op->box, generation + 1, name);
		return change_mbox_rename(c, m.id, str_of(name));
	default:
		snprintf(name, sizeof(name), "%ju", (uintmax_t)op->msg);
		return change_meta_set(c, a->account, 0, STR("pop3.last"), str_of(name));
	}
}

/* With bases, whether they are due or not: then segments are rewritten and dropped. */
static int reclaim(const struct work *w, struct store *s)
{
	int e = 0;

	pthread_mutex_lock(&s->reclaim_lock);
	if (w->bases)
		e = base_write(s);
	pthread_mutex_unlock(&s->reclaim_lock);
	return e < 0 ? e : store_reclaim(s);
}

static int say(struct actor *a, struct op *op)
{
	struct store *s = a->work->store;
	struct account_info info;
	struct mbox_info m;
	struct change *c = NULL;
	int e;

	if (op->kind == OP_CHECKPOINT)
		return store_checkpoint(s);
	if (op->kind == OP_RECLAIM)
		return reclaim(a->work, s);
	if (op->kind == OP_DELIVER)
		return deliver(s, a, op, a->now.box[op->box].name);
	e = change_new(&c, s);
	if (e >= 0)
		e = add_step(c, a, op);
	if (e >= 0)
		e = change_commit(&c);
	change_drop(c);
	/* What any client would be told now. */
	if (e >= 0 && account_get(s, a->account, &info) >= 0)
		op->modseq = info.modseq;
	if (e >= 0 && (op->kind == OP_BOX_CREATE || op->kind == OP_ACCOUNT) &&
	    find_box(s, a, op->box, a->now.box[op->box].name, &m) >= 0)
		op->uidvalidity = m.uidvalidity;
	return e;
}

/* -- what comes next ---------------------------------------------------------------------- */

static uint32_t some_size(struct rnd *r)
{
	uint64_t k = rnd_below(r, 100);

	if (k < 70)
		return 100 + (uint32_t)rnd_below(r, 3000);
	if (k < 92)
		return 3000 + (uint32_t)rnd_below(r, 9000);
	if (k < 96)
		return 20000 + (uint32_t)rnd_below(r, 60000);
	return (190 << 10) + (uint32_t)rnd_below(r, 60 << 10); /* around the edge to a blob */
}

static struct uid_range some_uids(struct rnd *r, const struct box *b)
{
	uint32_t uid = b->n ? b->v[rnd_below(r, b->n)].uid : 1;

	return (struct uid_range){uid, uid + (uint32_t)rnd_below(r, 4)};
}

static void deliver_next(struct actor *a, struct op *op)
{
	op->kind = OP_DELIVER;
	op->msg = (uint64_t)a->id << 32 | (a->n + 1);
	op->size = some_size(&a->rnd);
	op->common = rnd_below(&a->rnd, 5) == 0 && a->work->common;
	op->flags = rnd_below(&a->rnd, 6) == 0 ? MSG_SEEN : 0;
}

static void op_next(struct actor *a, struct op *op)
{
	struct rnd *r = &a->rnd;
	uint64_t k = rnd_below(r, 100);
	struct box *b;

	memset(op, 0, sizeof(*op));
	op->box = rnd_below(r, 3) ? BOX_INBOX : 1 + (unsigned)rnd_below(r, BOXES - 1);
	b = &a->now.box[op->box];
	op->r = some_uids(r, b);
	if (!b->exists && op->box != BOX_INBOX) {
		op->kind = OP_BOX_CREATE;
	} else if (k < 55 || b->n == 0) {
		deliver_next(a, op);
	} else if (k < (a->work->bases ? 60 : 70)) {
		op->kind = OP_FLAGS;
		op->flag_op = (enum flag_op)rnd_below(r, 3);
		op->flags = (uint32_t)rnd_below(r, 32);
		op->keyword = rnd_below(r, 4) == 0;
	} else if (k < 83) {
		op->kind = OP_EXPUNGE;
	} else if (k < 95 && k >= 83 && a->id <= 1 && a->work->bases) {
		op->kind = OP_RECLAIM;
	} else if (k < 88 && a->now.box[1].exists && op->box != 1) {
		op->kind = rnd_below(r, 2) ? OP_COPY : OP_MOVE;
		op->box2 = 1;
	} else if (k < 91 && op->box == 2) {
		op->kind = rnd_below(r, 2) ? OP_BOX_DELETE : OP_BOX_RENAME;
	} else if (k < 95 || a->id > 1) {
		op->kind = rnd_below(r, 2) ? OP_META : OP_NOTE;
		op->msg = a->n + 1;
	} else {
		op->kind = k < 98 || !a->work->reclaims ? OP_CHECKPOINT : OP_RECLAIM;
	}
}

static uint64_t position(struct work *w)
{
	return w->goes_on ? ++w->clock : hooks_now();
}

static void *act(void *arg)
{
	struct actor *a = arg;
	struct work *w = a->work;
	size_t tries = w->ops * 2;

	while (a->n < w->ops && tries-- && !w->why[0]) {
		struct op *op = &a->v[a->n];

		op_next(a, op);
		if (a->n == 0)
			*op = (struct op){.kind = OP_ACCOUNT};
		op->began = position(w);
		op->ended = UINT64_MAX;
		int e = say(a, op);

		op->ended = position(w);
		if (e < 0 && w->goes_on) {
			w->refused++;
			continue;
		}
		if (e < 0) {
			snprintf(w->why, sizeof(w->why), "actor %u, operation %zu (%s): %s", a->id, a->n,
				 op_names[op->kind], err_row(e)->name);
			break;
		}
		hooks_mine(true);
		state_apply(&a->now, op);
		hooks_mine(false);
		a->n++;
	}
	return NULL;
}

static bool make_common(struct work *w)
{
	struct change *c = NULL;
	int e = change_new(&c, w->store);

	if (e >= 0)
		e = change_account_create(c, STR(COMMON_NAME), &w->common);
	if (e >= 0)
		e = change_commit(&c);
	change_drop(c);
	if (e < 0 && w->goes_on)
		w->refused++, w->common = 0;
	else if (e < 0)
		snprintf(w->why, sizeof(w->why), "common account: %s", err_row(e)->name);
	return e >= 0;
}

bool workload_run(struct work *w, struct store *s, uint64_t seed, unsigned n_actors, size_t ops)
{
	pthread_t thread[ACTORS_MOST];

	w->store = s;
	w->seed = seed;
	w->n_actors = n_actors;
	w->ops = ops;
	w->why[0] = 0;
	for (unsigned i = 0; i < n_actors; i++) {
		struct op *v = w->actor[i].v;

		w->actor[i] = (struct actor){.work = w, .id = i + 1, .rnd = rnd_begin(seed * 1000 + i)};
		w->actor[i].v = v ? v : calloc(ops + 1, sizeof(struct op));
	}
	if (!make_common(w) && !w->goes_on)
		return false;
	for (unsigned i = 0; i < n_actors; i++) {
		if (n_actors == 1)
			act(&w->actor[0]);
		else
			pthread_create(&thread[i], NULL, act, &w->actor[i]);
	}
	for (unsigned i = 0; i < n_actors && n_actors > 1; i++)
		pthread_join(thread[i], NULL);
	return !w->why[0];
}

void work_free(struct work *w)
{
	for (unsigned i = 0; i < w->n_actors; i++) {
		free(w->actor[i].v);
		state_free(&w->actor[i].now);
	}
	memset(w, 0, sizeof(*w));
}
