/* memory.c - the log in memory: the shortest reading of the interface, and moods.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/crc.h"
#include "base/hash.h"
#include "store/log/memory.h"
#include "store/log/shelf.h"

enum {
	BLOB_MOST = 1 << 30,
	HINTS_MOST = 64, /* late ones waiting; a hint too many never comes */
};

struct memory_log {
	struct log base;
	struct shelf *shelf;
	uint64_t run;
	/* the group */
	struct log_item *items;
	size_t n_items, cap_items;
	int64_t commit_ms;
	/* moods */
	uint64_t seed, draws;
	struct memory_stats stats;
	bool (*make)(void *arg, uint64_t account, struct log_item *it);
	void *make_arg;
	void (*hint)(void *arg, uint64_t account);
	void *hint_arg;
	uint64_t late[HINTS_MOST];
	size_t n_late;
};

struct memory_blob {
	struct blob base;
	struct buf b;
};

static struct memory_log *memory_log(struct log *l)
{
	return container_of(l, struct memory_log, base);
}

/* -- appending ------------------------------------------------------------------------------- */

static uint64_t draw(struct memory_log *l, uint64_t n) /* 0 .. n - 1; 0 in a good mood */
{
	uint64_t v[2] = {l->seed, ++l->draws};
	static const uint8_t key[16] = "memory's moods";

	return l->seed ? siphash(key, str_n(v, sizeof(v))) % n : 0;
}

/* Appends one record to its account's log, with its body at it->place. (lock) */
static int append(struct memory_log *l, const struct log_item *it, uint64_t group, bool last)
{
	struct shelf *s = l->shelf;
	struct shelf_account *a = shelf_account_make(s, it->account);
	struct record *r = a ? malloc(sizeof(*r) + it->meta.n) : NULL;

	if (!r || shelf_grow(&a->r, a->n, &a->cap, sizeof(*a->r)) < 0) {
		free(r);
		return E_NOMEM;
	}
	if (it->meta.n)
		memcpy(r->meta, it->meta.p, it->meta.n);
	r->f = (struct log_frame){
		.seq = a->n + 1,
		.account = it->account,
		.group = group,
		.type = it->type,
		.last_of_group = last,
		.commit_ms = l->commit_ms,
		.meta = {r->meta, it->meta.n},
		.place = it->place,
		.body_bytes = it->body.n,
		.body_crc = it->body_crc,
		.next = {a->n + 2, {0}},
	};
	a->r[a->n++] = r;
	return 0;
}

static int place_body(struct memory_log *l, struct log_item *it)
{
	char *mem;
	int e;

	it->body_crc = crc32c(0, it->body.p, it->body.n);
	it->place = (struct place){0};
	if (!it->body.n)
		return 0;
	mem = malloc(it->body.n);
	if (!mem)
		return E_NOMEM;
	memcpy(mem, it->body.p, it->body.n);
	pthread_mutex_lock(&l->shelf->lock);
	e = shelf_body_add(l->shelf, mem, it->body.n, 0, &it->place.b);
	pthread_mutex_unlock(&l->shelf->lock);
	if (e < 0)
		free(mem);
	return e;
}

static void tell(struct memory_log *l, uint64_t account)
{
	if (l->hint)
		l->hint(l->hint_arg, account);
}

/* Another writer has appended: the hint, as the mood is. */
static void hint(struct memory_log *l, uint64_t account)
{
	uint64_t mood = draw(l, 4);

	l->stats.hints_never += mood == 3;
	l->stats.hints_twice += mood == 2;
	l->stats.hints_late += mood == 1;
	if (mood == 1 && l->n_late < HINTS_MOST)
		l->late[l->n_late++] = account;
	if (mood == 0 || mood == 2)
		tell(l, account);
	if (mood == 2)
		tell(l, account);
}

static void late_hints(struct memory_log *l)
{
	while (l->n_late)
		tell(l, l->late[--l->n_late]);
}

int memory_append_other(struct log *base, struct log_item *it)
{
	struct memory_log *l = memory_log(base);
	int e = place_body(l, it);

	if (e < 0)
		return e;
	pthread_mutex_lock(&l->shelf->lock);
	e = append(l, it, ++l->shelf->group, true);
	pthread_mutex_unlock(&l->shelf->lock);
	if (e == 0)
		hint(l, it->account);
	return e;
}

static int other_writer(struct memory_log *l, uint64_t account)
{
	struct log_item it = {0};

	if (!l->make || !l->make(l->make_arg, account, &it))
		it = (struct log_item){.type = LOG_NOOP};
	it.account = account;
	return memory_append_other(&l->base, &it);
}

static int memory_begin(struct log *base, int64_t *commit_ms, bool may_use_reserve)
{
	struct memory_log *l = memory_log(base);

	late_hints(l);
	if (*commit_ms < l->shelf->last_ms)
		*commit_ms = l->shelf->last_ms;
	l->commit_ms = *commit_ms;
	l->n_items = 0;
	return 0;
}

static int memory_add(struct log *base, struct log_item *it, uint64_t expect)
{
	struct memory_log *l = memory_log(base);
	int e = shelf_grow(&l->items, l->n_items, &l->cap_items, sizeof(*it));

	if (e == 0)
		e = place_body(l, it);
	if (e < 0)
		return e;
	it->seq = expect;
	for (size_t i = l->n_items; i-- > 0;)
		if (l->items[i].account == it->account) {
			it->seq = l->items[i].seq + 1;
			break;
		}
	l->items[l->n_items++] = *it;
	return 0;
}

/* Appends the group's records of one account if its log ends where they begin. */
static int compare_and_append(struct memory_log *l, uint64_t account, uint64_t group)
{
	struct log_item *last = NULL;
	struct shelf_account *a;
	int e = 0;

	pthread_mutex_lock(&l->shelf->lock);
	a = shelf_account_make(l->shelf, account);
	for (size_t i = 0; i < l->n_items; i++)
		if (l->items[i].account == account)
			last = &l->items[i];
	for (size_t i = 0; a && e == 0 && i < l->n_items; i++) {
		struct log_item *it = &l->items[i];

		if (it->account != account)
			continue;
		if (it->seq != a->n + 1)
			e = E_LOST; /* only ever at the first */
		else
			e = append(l, it, group, it == last);
	}
	pthread_mutex_unlock(&l->shelf->lock);
	return a ? e : E_NOMEM;
}

static enum log_outcome commit_account(struct memory_log *l, uint64_t account, uint64_t group)
{
	uint64_t mood = draw(l, 8);
	int e;

	if (mood == 1)
		other_writer(l, account);
	if (mood == 2) {
		l->stats.unknown_not_done++;
		return LOG_UNKNOWN;
	}
	e = compare_and_append(l, account, group);
	if (e < 0) {
		l->stats.lost++;
		return e == E_LOST ? LOG_LOST : LOG_UNKNOWN; /* no memory: some may be there */
	}
	if (mood == 4)
		other_writer(l, account);
	l->stats.unknown_done += mood == 3;
	l->stats.won += mood != 3;
	return mood == 3 ? LOG_UNKNOWN : LOG_WON;
}

static bool is_first_of_account(const struct memory_log *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (l->items[k].account == l->items[i].account)
			return false;
	return true;
}

static int memory_commit(struct log *base, enum log_outcome *outcome, size_t n_accounts)
{
	struct memory_log *l = memory_log(base);
	uint64_t group;
	size_t n = 0;

	pthread_mutex_lock(&l->shelf->lock);
	group = ++l->shelf->group;
	if (l->shelf->last_ms < l->commit_ms)
		l->shelf->last_ms = l->commit_ms;
	pthread_mutex_unlock(&l->shelf->lock);
	for (size_t i = 0; i < l->n_items; i++) {
		if (!is_first_of_account(l, i))
			continue;
		if (n >= n_accounts)
			return E_BUG;
		outcome[n++] = commit_account(l, l->items[i].account, group);
	}
	l->n_items = 0;
	late_hints(l);
	return 0;
}

static void memory_abort(struct log *base)
{
	memory_log(base)->n_items = 0;
}

/* -- reading ----------------------------------------------------------------------------------- */

static int memory_end(struct log *base, uint64_t account, struct log_pos *ret)
{
	struct memory_log *l = memory_log(base);
	struct shelf_account *a;

	late_hints(l);
	pthread_mutex_lock(&l->shelf->lock);
	a = shelf_account(l->shelf, account);
	*ret = (struct log_pos){.seq = a ? a->n + 1 : 1};
	pthread_mutex_unlock(&l->shelf->lock);
	return 0;
}

static struct record *record_get(struct shelf *s, uint64_t account, uint64_t seq)
{
	struct record *r = NULL;
	struct shelf_account *a;

	pthread_mutex_lock(&s->lock);
	a = shelf_account(s, account);
	if (a && seq >= 1 && seq <= a->n)
		r = a->r[seq - 1];
	pthread_mutex_unlock(&s->lock);
	return r;
}

static int memory_read(struct log *base, uint64_t account, struct log_pos from, bool check_bodies,
		       int (*each)(void *arg, const struct log_frame *f), void *arg)
{
	struct shelf *s = memory_log(base)->shelf;
	struct log_pos end;
	int e = memory_end(base, account, &end);

	for (uint64_t seq = from.seq ? from.seq : 1; e == 0 && seq < end.seq; seq++)
		e = each(arg, &record_get(s, account, seq)->f);
	return e;
}

static int memory_account_next(struct log *base, uint64_t after, uint64_t *ret)
{
	struct shelf *s = memory_log(base)->shelf;
	size_t i;
	int e = E_NOTFOUND;

	pthread_mutex_lock(&s->lock);
	i = shelf_account_slot(s, after);
	if (i < s->n_accounts && s->accounts[i].id == after)
		i++;
	if (i < s->n_accounts) {
		*ret = s->accounts[i].id;
		e = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return e;
}

static int memory_watch(struct log *base, void (*fn)(void *arg, uint64_t account), void *arg)
{
	struct memory_log *l = memory_log(base);

	l->hint = fn;
	l->hint_arg = arg;
	return 0;
}

/* -- bodies and blobs ---------------------------------------------------------------------------- */

static int memory_body_open(struct log *base, struct place where, uint64_t bytes,
			    struct log_body *ret)
{
	struct shelf *s = memory_log(base)->shelf;
	struct shelf_body *b;
	int e = E_DAMAGED;

	pthread_mutex_lock(&s->lock);
	b = shelf_body(s, where);
	if (b && b->ref && bytes <= b->n) {
		*ret = (struct log_body){.fd = -1, .mem = b->ref->mem,
					 .ref = body_ref_hold(b->ref)};
		e = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return e;
}

static int memory_body_reclaim(struct log *base, struct place where, uint64_t bytes)
{
	struct shelf *s = memory_log(base)->shelf;
	struct shelf_body *b;

	pthread_mutex_lock(&s->lock);
	b = shelf_body(s, where);
	if (b) {
		body_ref_drop(b->ref);
		b->ref = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static int memory_blob_new(struct log *l, struct blob **ret)
{
	struct memory_blob *b = calloc(1, sizeof(*b));

	if (!b)
		return E_NOMEM;
	b->base.log = l;
	buf_init(&b->b, BLOB_MOST);
	*ret = &b->base;
	return 0;
}

static int memory_blob_write(struct blob *base, const void *p, size_t n)
{
	return buf_add(&container_of(base, struct memory_blob, base)->b, str_n(p, n));
}

static int memory_blob_finish(struct blob *base, struct place *where, uint32_t *crc)
{
	struct memory_blob *b = container_of(base, struct memory_blob, base);
	struct memory_log *l = memory_log(base->log);
	uint64_t id;
	int e = b->b.failed;

	if (e < 0)
		return e;
	pthread_mutex_lock(&l->shelf->lock);
	e = shelf_body_add(l->shelf, b->b.p, b->b.n, l->run, &id);
	pthread_mutex_unlock(&l->shelf->lock);
	if (e < 0)
		return e;
	*crc = crc32c(0, b->b.p, b->b.n);
	*where = (struct place){PLACE_BLOB | l->run, id};
	buf_init(&b->b, BLOB_MOST); /* the bytes are the shelf's now */
	return 0;
}

static void memory_blob_drop(struct blob *base)
{
	struct memory_blob *b = container_of(base, struct memory_blob, base);

	buf_free(&b->b);
	free(b);
}

static int memory_blob_sweep(struct log *base, bool (*is_named)(void *arg, struct place p),
			     void *arg)
{
	struct memory_log *l = memory_log(base);
	int n = 0;

	for (size_t i = 0; i < l->shelf->n_bodies; i++) {
		struct place p = {PLACE_BLOB | (l->run - 1), i + 1};
		struct shelf_body *b = &l->shelf->bodies[i];

		if (b->blob_run != l->run - 1 || !b->blob_run || !b->ref || is_named(arg, p))
			continue;
		memory_body_reclaim(base, p, 0);
		n++;
	}
	return n;
}

/* -- the rest ------------------------------------------------------------------------------------ */

static int memory_segment_next(struct log *l, uint64_t after_id, struct log_segment *ret)
{
	return E_NOTFOUND;
}

static int memory_segment_drop(struct log *l, uint64_t id)
{
	return E_NOTFOUND;
}

static bool memory_is_low(struct log *l)
{
	return false;
}

static int memory_reserve_give(struct log *l, uint64_t bytes)
{
	return E_NOSPACE;
}

void memory_other_writer(struct log *base, bool (*make)(void *arg, uint64_t account,
							struct log_item *it), void *arg)
{
	struct memory_log *l = memory_log(base);

	l->make = make;
	l->make_arg = arg;
}

void memory_stats(struct log *base, struct memory_stats *ret)
{
	*ret = memory_log(base)->stats;
}

static int memory_open(struct log **ret, const struct log_opts *o, struct log_recovery *rec)
{
	struct memory_log *l = calloc(1, sizeof(*l));
	int e = l ? shelf_get(o->dir, &l->shelf) : E_NOMEM;

	if (e == 0 && !l->shelf->n_accounts) /* empty: whoever comes may have it */
		l->shelf->store_id = o->store_id ? o->store_id : random_u64() | 1;
	if (e == 0 && o->store_id && o->store_id != l->shelf->store_id)
		e = log_fail(E_DAMAGED, "the memory log belongs to another store");
	if (e < 0) {
		free(l);
		return e;
	}
	l->base = (struct log){&log_memory_ops, l->shelf->store_id};
	l->run = ++l->shelf->runs;
	l->seed = o->seed;
	l->draws = l->run << 32;
	*ret = &l->base;
	return 0;
}

static void memory_close(struct log *base)
{
	struct memory_log *l = memory_log(base);

	free(l->items);
	free(l);
}

const struct log_ops log_memory_ops = {
	.name = "memory",
	.open = memory_open,
	.close = memory_close,
	.begin = memory_begin,
	.add = memory_add,
	.commit = memory_commit,
	.abort = memory_abort,
	.end = memory_end,
	.read = memory_read,
	.account_next = memory_account_next,
	.watch = memory_watch,
	.body_open = memory_body_open,
	.body_reclaim = memory_body_reclaim,
	.blob_new = memory_blob_new,
	.blob_write = memory_blob_write,
	.blob_finish = memory_blob_finish,
	.blob_drop = memory_blob_drop,
	.segment_next = memory_segment_next,
	.segment_drop = memory_segment_drop,
	.blob_sweep = memory_blob_sweep,
	.is_low = memory_is_low,
	.reserve_give = memory_reserve_give,
};
