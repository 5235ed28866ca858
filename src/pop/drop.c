/* drop.c - a maildrop: an immutable snapshot, the marks on it, its lock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Invariants:
 *  1. A mailbox is in `locks` at most once: one exclusive session (RFC 1939 4). The lock is
 *     memory of this process, which holds the store alone: it dies with its holder.
 *  2. live and live_octets count exactly the messages without the DELETED mark.
 *  3. drop_update expunges UIDs of this snapshot that carry the mark, and no others. */
#include "pop/drop.h"
#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include "base/err.h"
#include "wire/plain.h"

enum { MARK_DELETED = 1, MARK_READ = 2 };
enum { LOCK_BUCKETS = 256 };

/* Who holds which maildrop. Of the process, because a second listener or loop must see it. */
static struct {
	pthread_mutex_t mutex;
	struct list buckets[LOCK_BUCKETS]; /* of struct drop.locked; next == NULL: not used yet */
} locks = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static struct list *lock_bucket(uint64_t mbox)
{
	struct list *b = &locks.buckets[mbox % LOCK_BUCKETS];

	if (!b->next)
		list_init(b);
	return b;
}

static int lock_take(struct drop *d)
{
	int e = 0;

	pthread_mutex_lock(&locks.mutex);
	list_each(it, lock_bucket(d->mbox))
		if (container_of(it, struct drop, locked)->mbox == d->mbox)
			e = E_INUSE;
	if (e == 0)
		list_add_tail(lock_bucket(d->mbox), &d->locked);
	pthread_mutex_unlock(&locks.mutex);
	return e;
}

void drop_unlock(struct drop *d)
{
	pthread_mutex_lock(&locks.mutex);
	list_del(&d->locked);
	pthread_mutex_unlock(&locks.mutex);
}

/* -- marks ------------------------------------------------------------------- */

static unsigned marks_of(const struct drop *d, uint32_t n)
{
	return d->marks ? d->marks[(n - 1) / 4] >> (n - 1) % 4 * 2 & 3 : 0;
}

static int mark(struct drop *d, uint32_t n, unsigned bit)
{
	if (!d->marks)
		d->marks = calloc((d->n + 3) / 4, 1);
	if (!d->marks)
		return E_NOMEM;
	d->marks[(n - 1) / 4] |= (uint8_t)(bit << (n - 1) % 4 * 2);
	return 0;
}

bool drop_is_deleted(const struct drop *d, uint32_t n)
{
	return marks_of(d, n) & MARK_DELETED;
}

int drop_wants(const struct drop *d, uint32_t n)
{
	if (n < 1 || n > d->n)
		return E_NOMSG;
	return drop_is_deleted(d, n) ? E_NOTFOUND : 0;
}

/* RFC 1225: both RETR and DELE access a message; LAST is never lowered but by RSET. */
static void accessed(struct drop *d, uint32_t n)
{
	if (n > d->last)
		d->last = n;
}

int drop_delete(struct drop *d, uint32_t n)
{
	int e;

	assert(drop_wants(d, n) == 0);
	if ((d->rights & (RIGHT_T | RIGHT_E)) != (RIGHT_T | RIGHT_E))
		return E_DENIED;
	e = mark(d, n, MARK_DELETED);
	if (e < 0)
		return e;
	d->live--;
	d->live_octets -= drop_msg(d, n)->size;
	accessed(d, n);
	return 0;
}

int drop_was_read(struct drop *d, uint32_t n)
{
	int e = mark(d, n, MARK_READ);

	if (e < 0)
		return e;
	d->n_read++;
	accessed(d, n);
	if (n > d->last_read)
		d->last_read = n;
	return 0;
}

void drop_reset(struct drop *d, bool last_to_zero)
{
	for (uint32_t i = 0; d->marks && i < (d->n + 3) / 4; i++)
		d->marks[i] &= 0xaa; /* every MARK_READ: what was read stays read */
	d->live = d->n;
	d->live_octets = d->snap->octets;
	d->last = last_to_zero ? 0 : d->last_open;
	d->last_read = d->last;
}

/* -- LAST, kept by UID, because numbers change from session to session --------- */

#define LAST_META STR("pop3.last") /* "UIDVALIDITY UID" */

/* How many messages have a UID up to `uid`: the number of the last of them. */
static uint32_t number_of(const struct snap *p, uint64_t uid)
{
	uint32_t lo = 0, hi = p->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (p->msgs[mid].uid <= uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void last_load(struct drop *d)
{
	struct buf b;
	struct str rest, word;
	uint64_t uidvalidity, uid;

	buf_init(&b, 64);
	if (meta_find(d->store, d->snap->account, d->mbox, LAST_META, &b) >= 0) {
		rest = buf_str(&b);
		word = str_cut(&rest, ' ');
		if (str_u64(word, UINT32_MAX, &uidvalidity) == 0 &&
		    str_u64(rest, UINT32_MAX, &uid) == 0 && uidvalidity == d->snap->uidvalidity)
			d->last_open = number_of(d->snap, uid);
	}
	buf_free(&b);
	d->last = d->last_read = d->last_open;
}

static int last_save(const struct drop *d, struct change *c)
{
	char value[32];
	int n = 0;

	if (d->last_read > 0)
		n = snprintf(value, sizeof(value), "%" PRIu32 " %" PRIu32, d->snap->uidvalidity,
			     drop_msg(d, d->last_read)->uid);
	return change_meta_set(c, d->snap->account, d->mbox, LAST_META, str_n(value, (size_t)n));
}

/* -- opening --------------------------------------------------------------------- */

/* pop3_delete=flag: what an earlier session deleted carries \Deleted and is not seen again. */
static void hide_deleted(struct snap *p)
{
	struct msg_info info;
	uint32_t to = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		if (snap_info(p, p->msgs[i].uid, &info) >= 0 && info.flags & MSG_DELETED)
			p->octets -= p->msgs[i].size;
		else
			p->msgs[to++] = p->msgs[i];
	}
	p->n = to;
}

/* RFC 6856 2.1: LIST tells what RETR will send. A damaged message keeps its own size. */
MAY_WAIT static void measure_rewritten(struct snap *p, unsigned kinds)
{
	struct msg_info info;
	uint64_t size;

	for (uint32_t i = 0; i < p->n; i++) {
		struct snap_msg *m = &p->msgs[i];

		if (snap_info(p, m->uid, &info) < 0 || !(plain_needs(info.bits) & kinds) ||
		    snap_plain_size(p, m->uid, kinds, &size) < 0)
			continue;
		p->octets += size - m->size;
		m->size = (uint32_t)size;
	}
}

MAY_WAIT static int open_locked(struct drop *d, const struct conf *c)
{
	int e = snap_open(&d->snap, d->store, d->mbox);

	if (e < 0)
		return e;
	if (strcmp(c->pop3_delete, "flag") == 0)
		hide_deleted(d->snap);
	if (plain_needs(d->snap->bits) & d->kinds)
		measure_rewritten(d->snap, d->kinds);
	d->n = d->live = d->snap->n;
	d->live_octets = d->snap->octets;
	last_load(d);
	return 0;
}

int drop_open(struct drop **ret, struct store *s, const struct conf *c, uint64_t account,
	      struct str folder, bool utf8)
{
	struct mbox_info info;
	struct drop *d;
	uint32_t rights;
	int e = mbox_find(s, account, folder.n > 0 ? folder : STR("INBOX"), &info);

	if (e >= 0)
		e = rights_of_owner(s, &info, &rights);
	if (e < 0)
		return e;
	if (!(rights & RIGHT_R))
		return E_DENIED;
	d = calloc(1, sizeof(*d));
	if (!d)
		return E_NOMEM;
	list_init(&d->locked);
	d->store = s;
	d->mbox = info.id;
	d->rights = rights;
	d->kinds = utf8 ? PLAIN_ENCODED : PLAIN_ASCII | PLAIN_ENCODED;
	e = c->pop3_exclusive ? lock_take(d) : 0;
	if (e == 0)
		e = open_locked(d, c);
	if (e < 0)
		drop_close(d);
	else
		*ret = d;
	return e;
}

struct drop *drop_close(struct drop *d)
{
	if (!d)
		return NULL;
	if (d->snap)
		snap_close(d->snap);
	drop_unlock(d);
	free(d->marks);
	free(d);
	return NULL;
}

/* -- UPDATE ------------------------------------------------------------------------ */

/* The UIDs of messages whose marks, below `mask`, are `want`; ret->r is malloc'ed. Runs are joined
 * only where no UID lies between: inv 3. */
static int marked(const struct drop *d, unsigned mask, unsigned want, struct uidset *ret)
{
	struct uid_range *r;
	size_t most = 0, n = 0;

	for (uint32_t i = 1; i <= d->n; i++)
		most += (marks_of(d, i) & mask) == want;
	if (most == 0)
		return 0;
	r = malloc(most * sizeof(*r));
	if (!r)
		return E_NOMEM;
	for (uint32_t i = 1; i <= d->n; i++) {
		uint32_t uid = drop_msg(d, i)->uid;

		if ((marks_of(d, i) & mask) != want)
			continue;
		if (n > 0 && r[n - 1].hi + 1 == uid)
			r[n - 1].hi = uid;
		else
			r[n++] = (struct uid_range){uid, uid};
	}
	*ret = (struct uidset){r, n};
	return 0;
}

/* The mailbox of pop3_delete=move:NAME, made if it is missing. */
MAY_WAIT static int move_target(struct drop *d, const char *name, uint64_t *ret)
{
	struct mbox_info info;
	struct change *c;
	int e = mbox_find(d->store, d->snap->account, str_of(name), &info);

	if (e == E_NOMBOX) {
		e = change_new(&c, d->store);
		if (e < 0)
			return e;
		e = change_mbox_create(c, d->snap->account, str_of(name), 0);
		if (e == 0)
			e = change_commit(&c);
		change_drop(c);
		if (e == 0 || e == E_EXISTS)
			e = mbox_find(d->store, d->snap->account, str_of(name), &info);
	}
	if (e >= 0)
		*ret = info.id;
	return e < 0 ? e : 0;
}

/* What QUIT does with deleted messages: the setting pop3_delete. */
static int plan_deleted(struct drop *d, struct change *ch, const struct conf *c, uint64_t target,
			struct uidset set)
{
	if (set.n == 0)
		return 0;
	if (strcmp(c->pop3_delete, "flag") == 0)
		return change_flags(ch, d->mbox, set, FLAGS_ADD, MSG_DELETED, NULL, 0);
	if (target && target != d->mbox) {
		int e = change_copy(ch, d->mbox, set, target);

		if (e < 0)
			return e;
	}
	return change_expunge(ch, d->mbox, set);
}

static int plan(struct drop *d, struct change *ch, const struct conf *c, uint64_t target,
		struct uidset gone, struct uidset read)
{
	int e = plan_deleted(d, ch, c, target, gone);

	if (e == 0 && read.n > 0)
		e = change_flags(ch, d->mbox, read, FLAGS_ADD, MSG_SEEN, NULL, 0);
	if (e == 0 && d->last_read != d->last_open)
		e = last_save(d, ch);
	return e;
}

int drop_update(struct drop *d, const struct conf *c)
{
	static const char move[] = "move:";
	struct uidset gone = {0}, read = {0};
	struct change *ch = NULL;
	uint64_t target = 0;
	int e = 0;

	if (!d->marks && d->last_read == d->last_open)
		return 0; /* most sessions: a poll that found nothing */
	e = marked(d, MARK_DELETED, MARK_DELETED, &gone);
	if (e == 0 && c->pop3_sets_seen && (d->rights & RIGHT_S))
		e = marked(d, MARK_DELETED | MARK_READ, MARK_READ, &read);
	if (e == 0 && gone.n > 0 && strncmp(c->pop3_delete, move, sizeof(move) - 1) == 0)
		e = move_target(d, c->pop3_delete + sizeof(move) - 1, &target);
	if (e < 0 || (gone.n == 0 && read.n == 0 && d->last_read == d->last_open))
		goto out;
	e = change_new(&ch, d->store);
	if (e == 0)
		e = plan(d, ch, c, target, gone, read);
	if (e == 0)
		e = change_commit(&ch);
out:
	change_drop(ch);
	free((void *)gone.r);
	free((void *)read.r);
	return e < 0 ? e : 0;
}
