/* snap.c - snapshots: what a session saw stays readable, whatever happens meanwhile.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A pin says: of this mailbox, nothing expunged at or behind this position may be reclaimed. It
 * is put down in one step with the beginning of the read transaction (both under pin_lock), so
 * the reclaimer either sees it, or has committed nothing that the snapshot could miss. */
#include "base/err.h"
#include "store/index/replay.h"
#include "store/snap.h"

static struct list *bucket(struct store *s, uint64_t mbox)
{
	return &s->pins[(mbox * 0x9e3779b97f4a7c15u) >> 54];
}

struct pin *pin_new(struct store *s, uint64_t mbox, uint64_t position)
{
	struct pin *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct pin){.mbox = mbox, .position = position, .refs = 1};
	list_init(&p->link);
	list_add_tail(bucket(s, mbox), &p->link);
	return p;
}

struct pin *pin_ref(struct store *s, struct pin *p)
{
	pthread_mutex_lock(&s->pin_lock);
	p->refs++;
	pthread_mutex_unlock(&s->pin_lock);
	return p;
}

void pin_drop(struct store *s, struct pin *p)
{
	bool last;

	if (!p)
		return;
	pthread_mutex_lock(&s->pin_lock);
	last = !--p->refs;
	if (last)
		list_del(&p->link);
	pthread_mutex_unlock(&s->pin_lock);
	if (last)
		free(p);
}

uint64_t pin_oldest(struct store *s, uint64_t mbox)
{
	uint64_t oldest = UINT64_MAX;

	pthread_mutex_lock(&s->pin_lock);
	list_each(it, bucket(s, mbox)) {
		const struct pin *p = container_of(it, struct pin, link);

		if (p->mbox == mbox && p->position < oldest)
			oldest = p->position;
	}
	pthread_mutex_unlock(&s->pin_lock);
	return oldest;
}

/* Bodies that are still open keep the old one. */
void pin_move(struct store *s, struct pin **pin, uint64_t position)
{
	struct pin *old = *pin, *now;

	pthread_mutex_lock(&s->pin_lock);
	if (old->refs == 1) {
		old->position = position;
	} else if ((now = pin_new(s, old->mbox, position))) {
		old->refs--; /* not the last */
		*pin = now;
	}
	pthread_mutex_unlock(&s->pin_lock);
}

int pin_position(struct txn *t, struct store *s, uint64_t account, uint64_t *ret)
{
	struct log_pos pos;
	int r = log_is_shared(s->log) ? root_position(t, &pos) : position_get(t, account, &pos);

	if (r >= 0)
		*ret = pos.seq;
	return r;
}

int pin_begin(struct store *s, uint64_t mbox, struct txn *t, struct pin **ret)
{
	uint64_t position;
	int r;

	pthread_mutex_lock(&s->pin_lock);
	r = txn_read(t, s->ix);
	if (r >= 0)
		r = pin_position(t, s, mbox_account(mbox), &position);
	if (r >= 0 && !(*ret = pin_new(s, mbox, position)))
		r = E_NOMEM;
	pthread_mutex_unlock(&s->pin_lock);
	return r;
}

static int read_msgs(struct snap *p, struct txn *t, const struct mbox_row *m)
{
	struct key k = key_u64(p->mbox);
	struct tab_cursor c;
	uint32_t n = 0;
	int r;

	p->msgs = malloc((m->messages + 1) * sizeof(*p->msgs));
	if (!p->msgs)
		return E_NOMEM;
	if ((r = tab_open(&c, t, TAB_MESSAGE)) < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0; r = tab_next(&c)) {
		uint64_t size;
		uint32_t bits;

		if (key_get_u64(c.key, 0) != p->mbox)
			break;
		if (n == m->messages || c.val.n != sizeof(struct msg_row))
			index_bad(t->ix, "a mailbox has more rows than it counts");
		if (n && p->msgs[n - 1].uid >= key_get_u32(c.key, 8))
			index_bad(t->ix, "the rows of a mailbox are out of order");
		memcpy(&size, c.val.p + offsetof(struct msg_row, size), sizeof(size));
		memcpy(&bits, c.val.p + offsetof(struct msg_row, bits), sizeof(bits));
		p->bits |= bits;
		p->msgs[n++] = (struct snap_msg){key_get_u32(c.key, 8), (uint32_t)size};
	}
	tab_close(&c);
	if (r < 0 && r != E_NOTFOUND)
		return r;
	if (n != m->messages)
		index_bad(t->ix, "a mailbox has fewer rows than it counts");
	p->n = n;
	return 0;
}

int snap_open(struct snap **ret, struct store *s, uint64_t mbox)
{
	struct snap *p = calloc(1, sizeof(*p));
	struct pin *pin = NULL;
	struct mbox_row m;
	struct txn t = {0};
	int r;

	if (!p)
		return E_NOMEM;
	p->store = s;
	p->mbox = mbox;
	p->account = mbox_account(mbox);
	s->n.snaps++;
	r = pin_begin(s, mbox, &t, &pin);
	p->link = pin;
	if (r >= 0)
		r = row_mbox(&t, mbox, &m);
	if (r == E_NOTFOUND || (r >= 0 && m.is_deleted))
		r = E_NOMBOX;
	if (r >= 0) {
		p->uidvalidity = m.uidvalidity;
		p->octets = m.octets;
		p->highestmodseq = m.highestmodseq;
		p->has_uidls = m.has_uidls;
		r = read_msgs(p, &t, &m);
	}
	txn_done(&t);
	if (r < 0)
		return snap_close(p), r;
	*ret = p;
	return 0;
}

struct snap *snap_close(struct snap *p)
{
	if (!p)
		return NULL;
	pin_drop(p->store, p->link);
	p->store->n.snaps--;
	free(p->msgs);
	free(p);
	return NULL;
}

bool snap_has(const struct snap *p, uint32_t uid)
{
	uint32_t lo = 0, hi = p->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (p->msgs[mid].uid == uid)
			return true;
		if (p->msgs[mid].uid < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

/* A message that is pinned can only go with its mailbox or its account. */
static void look_for_mbox(const struct source *src, struct txn *t)
{
	struct key k = key_u64(src->mbox);
	struct str row;

	if (tab_get(t, TAB_MBOX, &k, &row) >= 0)
		index_bad(t->ix, "a mailbox has lost a message");
}

int source_row(const struct source *src, struct txn *t, uint32_t uid, struct expunged_row *ret,
	       bool *expunged)
{
	struct key k = key_u64_u32(src->mbox, uid);
	int r;

	*expunged = false;
	r = tab_get_row(t, TAB_MESSAGE, &k, &ret->msg, sizeof(ret->msg));
	if (r == E_NOTFOUND) {
		*expunged = true;
		r = tab_get_row(t, TAB_EXPUNGED, &k, ret, sizeof(*ret));
	}
	if (r == E_NOTFOUND)
		look_for_mbox(src, t);
	return r == E_NOTFOUND ? E_NOMSG : r;
}

void info_of_row(struct msg_info *ret, uint32_t uid, const struct msg_row *row, bool expunged)
{
	*ret = (struct msg_info){
		.uid = uid, .flags = row->flags, .bits = row->bits, .keywords = row->keywords,
		.modseq = row->modseq, .size = row->size, .lines = row->lines,
		.header_bytes = row->header_bytes, .internaldate_ms = row->internaldate_ms,
		.internaldate_zone = row->internaldate_zone, .saved_ms = row->saved_ms,
		.email_id = row->email_id, .thread_id = row->thread_id, .body_id = row->body_id,
		.expunged = expunged};
}

int snap_info(struct snap *p, uint32_t uid, struct msg_info *ret)
{
	struct source src = {p->store, p->mbox, p->link};
	struct expunged_row row;
	bool expunged;
	struct txn t;
	int r;

	if (!snap_has(p, uid))
		return E_NOMSG;
	if ((r = txn_read(&t, p->store->ix)) < 0)
		return r;
	r = source_row(&src, &t, uid, &row, &expunged);
	txn_done(&t);
	if (r >= 0)
		info_of_row(ret, uid, &row.msg, expunged);
	return r;
}

static int snap_extra(struct snap *p, uint32_t uid, bool is_sender, struct buf *out)
{
	struct extra x;
	struct str s;
	struct txn t;
	int r;

	if (!snap_has(p, uid))
		return E_NOMSG;
	if ((r = txn_read(&t, p->store->ix)) < 0)
		return r;
	r = extra_get(&t, p->mbox, uid, &x);
	s = is_sender ? x.envelope_from : x.uidl;
	if (r >= 0)
		r = s.n ? buf_add(out, s) : E_NOTFOUND;
	txn_done(&t);
	return r;
}

int snap_uidl(struct snap *p, uint32_t uid, struct buf *out)
{
	return snap_extra(p, uid, false, out);
}

int snap_sender(struct snap *p, uint32_t uid, struct buf *out)
{
	return snap_extra(p, uid, true, out);
}
