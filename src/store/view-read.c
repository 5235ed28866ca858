/* view-read.c - the messages of a view, one after the other or one by one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/render.h"
#include "store/view-private.h"

struct reading {
	struct view *v;
	struct txn t;
	struct tab_cursor msgs, cache;
	bool is_on; /* msgs is on a row */
	unsigned want;
	struct seen seen;
	bool (*fn)(void *arg, const struct view_row *row);
	void *arg;
	struct view_row row;
};

/* -- one row -- */

static struct str part(const struct reading *rd, enum view_want want, enum msg_part_of_cache what)
{
	struct str s;

	return rd->want & want && rendered_part(rd->cache.val, what, &s) >= 0 ? s : STR_NONE;
}

static int cached(struct reading *rd, uint64_t body_id)
{
	struct view_row *row = &rd->row;
	struct key k = key_u64(body_id);
	int r = tab_seek(&rd->cache, &k);

	row->envelope = row->structure = row->offsets = row->references = STR_NONE;
	if (r < 0 || !str_eq(rd->cache.key, key_str(&k)))
		return r == E_NOTFOUND ? 0 : r;
	row->envelope = part(rd, WANT_ENVELOPE, CACHE_ENVELOPE);
	row->structure = part(rd, WANT_STRUCTURE, CACHE_BODYSTRUCTURE);
	row->offsets = part(rd, WANT_OFFSETS, CACHE_OFFSETS);
	row->references = part(rd, WANT_REFERENCES, CACHE_REFERENCES);
	return 0;
}

/* 1: handed on; 0: fn wants no more. */
static int hand_on(struct reading *rd, uint32_t uid, const void *at, bool expunged)
{
	struct msg_row m;
	int r;

	memcpy(&m, at, sizeof(m));
	if (rd->v->reader) {
		m.flags &= ~(uint32_t)MSG_SEEN;
		m.flags |= seen_has(&rd->seen, uid) ? MSG_SEEN : 0;
	}
	info_of_row(&rd->row.info, uid, &m, expunged);
	if (rd->want && (r = cached(rd, m.body_id)) < 0)
		return r;
	return rd->fn(rd->arg, &rd->row);
}

static int hand_on_gone(struct reading *rd, uint32_t uid)
{
	struct key k = key_u64_u32(rd->v->mbox, uid);
	struct expunged_row row;
	int r = tab_get_row(&rd->t, TAB_EXPUNGED, &k, &row, sizeof(row));

	if (r == E_NOTFOUND)
		return 1; /* with its mailbox */
	return r < 0 ? r : hand_on(rd, uid, &row.msg, true);
}

/* -- a piece of a run -- */

/* Puts the cursor on the first row that is not below `uid`. */
static int go_to(struct reading *rd, uint32_t uid)
{
	struct key k = key_u64_u32(rd->v->mbox, uid);
	int r;

	if (rd->is_on && str_eq(rd->msgs.key, key_str(&k)))
		return 0;
	r = tab_seek(&rd->msgs, &k);
	rd->is_on = r >= 0;
	return r == E_NOTFOUND ? 0 : r;
}

static bool is_at(const struct reading *rd, uint32_t uid)
{
	return rd->is_on && key_get_u32(rd->msgs.key, 8) == uid &&
	       key_get_u64(rd->msgs.key, 0) == rd->v->mbox &&
	       rd->msgs.val.n == sizeof(struct msg_row);
}

static int piece(struct reading *rd, uint32_t lo, uint32_t hi, uint32_t *next_uid)
{
	int r = go_to(rd, lo);

	rd->row.seq = view_seq(rd->v, lo);
	for (uint32_t uid = lo; uid <= hi && r >= 0; uid++, rd->row.seq++) {
		bool is_there = is_at(rd, uid);

		r = is_there ? hand_on(rd, uid, rd->msgs.val.p, false) : hand_on_gone(rd, uid);
		if (!r)
			*next_uid = uid;
		if (r <= 0)
			return r;
		if (is_there) {
			r = tab_next(&rd->msgs);
			rd->is_on = r >= 0;
			r = r == E_NOTFOUND ? 0 : r;
		}
	}
	return r < 0 ? r : 1;
}

static int pieces(struct reading *rd, struct uidset uids, uint32_t *next_uid)
{
	const struct view *v = rd->v;
	int r = 1;

	for (size_t i = 0; i < uids.n && r > 0; i++) {
		uint32_t at = view_run_at(v, uids.r[i].lo);

		for (; at < v->n_runs && v->runs[at].lo <= uids.r[i].hi && r > 0; at++) {
			uint32_t lo = v->runs[at].lo, hi = v->runs[at].hi;

			r = piece(rd, lo > uids.r[i].lo ? lo : uids.r[i].lo,
				  hi < uids.r[i].hi ? hi : uids.r[i].hi, next_uid);
		}
	}
	return r < 0 ? r : 0;
}

int view_each(struct view *v, struct uidset uids, unsigned want,
	      bool (*fn)(void *arg, const struct view_row *row), void *arg, uint32_t *next_uid)
{
	struct reading rd = {.v = v, .want = want, .fn = fn, .arg = arg};
	uint32_t next = 0;
	int r = txn_read(&rd.t, v->store->ix);

	if (r < 0)
		return r;
	r = tab_open(&rd.msgs, &rd.t, TAB_MESSAGE);
	if (r >= 0 && want)
		r = tab_open(&rd.cache, &rd.t, TAB_CACHE);
	if (r >= 0 && v->reader)
		r = seen_read(&rd.t, v->mbox, v->reader, &rd.seen);
	if (r >= 0)
		r = pieces(&rd, uids, &next);
	tab_close(&rd.msgs);
	tab_close(&rd.cache);
	txn_done(&rd.t);
	if (r >= 0)
		*next_uid = next;
	return r;
}

/* -- one message -- */

struct one {
	struct msg_info *info;
	bool found;
};

static bool take_info(void *arg, const struct view_row *row)
{
	struct one *one = arg;

	*one->info = row->info;
	one->found = true;
	return true;
}

int view_info(struct view *v, uint32_t uid, struct msg_info *ret)
{
	struct uid_range range = {uid, uid};
	struct one one = {.info = ret};
	uint32_t next;
	int r = view_each(v, (struct uidset){&range, 1}, 0, take_info, &one, &next);

	return r < 0 ? r : one.found ? 0 : E_NOMSG;
}

int view_msg_open(struct msg_body *ret, struct view *v, uint32_t uid)
{
	struct source src = view_source(v);

	return view_seq(v, uid) ? source_open(ret, &src, uid) : E_NOMSG;
}

int view_rendered(struct view *v, uint32_t uid, enum msg_part_of_cache what, struct buf *out)
{
	struct source src = view_source(v);

	return view_seq(v, uid) ? source_rendered(&src, uid, what, out) : E_NOMSG;
}

/* -- keywords -- */

static int keyword(struct txn *t, uint64_t mbox, unsigned bit, struct arena *a, struct str *ret)
{
	struct key k = key_u64_u64(mbox_account(mbox), mbox);
	char name[16];
	struct str v;
	int r;

	snprintf(name, sizeof(name), "keyword.%u", bit);
	key_add_str(&k, str_of(name));
	r = tab_get(t, TAB_META, &k, &v);
	if (r < 0)
		return r == E_NOTFOUND ? 0 : r;
	*ret = arena_dup(a, v);
	return ret->p ? 0 : E_NOMEM;
}

int view_keywords(struct store *s, uint64_t mbox, struct arena *a, struct str ret[64])
{
	struct mbox_row m;
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	memset(ret, 0, 64 * sizeof(*ret));
	r = row_mbox(&t, mbox, &m);
	for (unsigned bit = 0; bit < 64 && r >= 0; bit++)
		if (m.keywords & UINT64_C(1) << bit)
			r = keyword(&t, mbox, bit, a, &ret[bit]);
	txn_done(&t);
	return r == E_NOTFOUND ? E_NOMBOX : r;
}

/* -- annotations -- */

static int notes_of(struct txn *t, uint64_t mbox, uint32_t uid, uint64_t who,
		    bool (*fn)(void *arg, uint64_t who, struct str entry, struct str value),
		    void *arg)
{
	struct key k = key_u64_u32(mbox, uid);
	struct tab_cursor c;
	int r = tab_open(&c, t, TAB_NOTE);

	if (r < 0)
		return r;
	key_add_u64(&k, who);
	for (r = tab_seek(&c, &k); r >= 0 && str_starts(c.key, key_str(&k)); r = tab_next(&c))
		if (!fn(arg, who, str_from(c.key, k.n), c.val))
			break;
	tab_close(&c);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}

int notes_each(struct view *v, uint32_t uid, uint64_t who,
	       bool (*fn)(void *arg, uint64_t who, struct str entry, struct str value), void *arg)
{
	struct txn t;
	int r;

	if (!view_seq(v, uid))
		return E_NOMSG;
	if ((r = txn_read(&t, v->store->ix)) < 0)
		return r;
	r = notes_of(&t, v->mbox, uid, 0, fn, arg);
	if (r >= 0 && who)
		r = notes_of(&t, v->mbox, uid, who, fn, arg);
	txn_done(&t);
	return r;
}

/* -- \Seen of a reader, counted -- */

struct unseen {
	struct seen seen;
	uint64_t n;
};

static int count_unseen(void *arg, uint32_t lo, uint32_t hi)
{
	struct unseen *u = arg;
	uint64_t at = lo;

	while (at <= hi) {
		if (seen_has(&u->seen, (uint32_t)at)) {
			at = (uint64_t)u->seen.now.hi + 1;
		} else { /* up to the next that is seen */
			uint64_t end = u->seen.now.lo > at ? u->seen.now.lo : (uint64_t)hi + 1;

			end = end > (uint64_t)hi + 1 ? (uint64_t)hi + 1 : end;
			u->n += end - at;
			at = end;
		}
	}
	return 0;
}

int mbox_unseen_by(struct store *s, uint64_t mbox, uint64_t reader, uint64_t *ret)
{
	struct unseen u = {0};
	struct mbox_row m;
	struct txn t;
	int r = txn_read(&t, s->ix);

	if (r < 0)
		return r;
	if ((r = row_mbox(&t, mbox, &m)) >= 0 && (r = seen_read(&t, mbox, reader, &u.seen)) >= 0)
		r = runs_each(&t, &m, 1, count_unseen, &u);
	txn_done(&t);
	if (r >= 0)
		*ret = u.n;
	return r == E_NOTFOUND ? E_NOMBOX : r;
}
