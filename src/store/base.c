/* base.c - the whole state as records, so that older ones are not needed any more.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A base is every row of the index as of one position S of the log, read in one read transaction
 * and logged in slices between other records. While a read transaction is open LMDB gives no page
 * back, so the rows go to a file without a name first: that takes seconds, and logging them beside
 * others who deliver may take a minute. Rows + the records from S on = the state, so that a
 * rebuild loads the newest whole base and goes on at S (index/replay-base.c).
 *
 * A segment is dropped if every record in it is older than the base *before* the newest one, which
 * must be older than the undelete window, and if no row names a body in it (rewrite.c sees to that where
 * few do). In this order:
 *   1. REC_DROPPED is durable: no older base is taken from now on;
 *   2. a checkpoint behind it is: no replay begins in what is to go;
 *   3. the file is unlinked.
 * A crash in between leaves segments that the next round unlinks.
 *
 * Two bases stay, so that damage in one leaves the other. All of it is for a shared log only: a
 * log per account has no segments. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/index/base-row.h"
#include "store/index/replay.h"
#include "store/mbox-id.h"
#include "store/reclaim.h"

enum {
	SLICE_BYTES = 256 << 10,
	KEEP_CHANGES = 2000, /* of a mailbox: rows of TAB_CHANGE and TAB_VANISHED, each */
	DROP_MOST = 64,      /* segments at a time */
};

/* -- writing -- */

#define SPOOL "base.tmp"

struct base {
	struct store *s;
	struct txn t;
	struct rec_base rec;
	struct buf rows;
	int spool;
	uint64_t end; /* of the spool: slices, each with its head */
};

struct slice_head {
	uint64_t bytes, all_rows;
};

/* Nobody needs it after a crash: its octets go with the descriptor. */
static int open_spool(struct base *b)
{
	unlinkat(b->s->dir, SPOOL, 0);
	b->spool = openat(b->s->dir, SPOOL, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->spool < 0 || unlinkat(b->s->dir, SPOOL, 0) < 0)
		return err_from_errno(errno);
	return 0;
}

static int put_slice(struct base *b)
{
	struct slice_head h = {b->rows.n, b->rec.all_rows};
	int r = fs_pwrite_all(b->spool, &h, sizeof(h), (off_t)b->end);

	if (r >= 0)
		r = fs_pwrite_all(b->spool, b->rows.p, b->rows.n, (off_t)(b->end + sizeof(h)));
	b->end += sizeof(h) + b->rows.n;
	buf_clear(&b->rows);
	return r < 0 ? r : b->s->sweeper_stopping ? E_CLOSED : 0;
}

static int put_row(struct base *b, enum tab tab, struct str key, struct str val)
{
	size_t before = b->rows.n;
	int r = base_row_add(&b->rows, tab, key, val);

	if (r < 0)
		return r;
	b->rec.all_rows++;
	/* a large row gets a slice of its own: it must fit into one */
	if (before && b->rows.n > SLICE_BYTES) {
		b->rows.n = before;
		if ((r = put_slice(b)) >= 0)
			r = base_row_add(&b->rows, tab, key, val);
	}
	return r;
}

static int put_table(struct base *b, enum tab tab)
{
	struct key first = key_of();
	struct tab_cursor c;
	int r = tab_open(&c, &b->t, tab);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &first); r >= 0; r = tab_next(&c))
		if ((r = put_row(b, tab, c.key, c.val)) < 0)
			break;
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}

static int read_rows(struct base *b)
{
	int r = txn_read(&b->t, b->s->ix);

	if (r >= 0)
		r = txn_read_root(&b->t);
	b->rec.state = b->t.root.next.seq;
	for (int tab = 0; tab < TAB_N && r >= 0; tab++)
		if (base_has((enum tab)tab))
			r = put_table(b, (enum tab)tab);
	txn_done(&b->t);
	return r < 0 ? r : put_slice(b);
}

static int plan_slice(struct plan *p, struct step *st)
{
	struct own *o = st->own_arg;
	const struct base *b = o->arg;
	struct planned *n = plan_add(p, REC_BASE, 0);

	if (!n)
		return E_NOMEM;
	n->rec.base = b->rec;
	return 0;
}

static int log_slice(struct base *b, uint64_t *at)
{
	struct own o = {.plan = plan_slice, .arg = b, .grows = true};
	struct slice_head h = {0};
	int r = fs_pread_all(b->spool, &h, sizeof(h), (off_t)*at);

	*at += sizeof(h);
	buf_clear(&b->rows);
	if (r >= 0)
		r = buf_reserve(&b->rows, h.bytes);
	if (r >= 0)
		r = fs_pread_all(b->spool, b->rows.p, h.bytes, (off_t)*at);
	if (r < 0)
		return r;
	*at += h.bytes;
	b->rec.rows = str_n(b->rows.p, h.bytes);
	b->rec.all_rows = h.all_rows;
	b->rec.last = *at == b->end;
	r = own_change(b->s, &o);
	b->rec.slice++;
	return r;
}

int base_write(struct store *s)
{
	struct base *b = calloc(1, sizeof(*b));
	uint64_t at = 0;
	int r;

	if (!b)
		return E_NOMEM;
	b->s = s;
	buf_init(&b->rows, 2 * LOG_META_MOST);
	r = open_spool(b);
	if (r >= 0)
		r = read_rows(b);
	while (r >= 0 && at < b->end)
		r = log_slice(b, &at);
	if (b->spool >= 0)
		close(b->spool);
	buf_free(&b->rows);
	free(b);
	return r;
}

/* -- when -- */

static uint64_t rows_in_all(struct txn *t)
{
	uint64_t n = 0;

	for (int tab = 0; tab < TAB_N; tab++)
		if (base_has((enum tab)tab) && tab != TAB_CHANGE && tab != TAB_VANISHED)
			n += tab_rows(t, (enum tab)tab);
	return n;
}

static bool has_bodies(struct txn *t, uint64_t segment)
{
	struct key k = key_u64(segment);
	struct segment_row row;
	int r = tab_get_row(t, TAB_SEGMENT, &k, &row, sizeof(row));

	return r != E_NOTFOUND && (r < 0 || row.live_bodies);
}

/* A base is worth its bytes if the records that it makes superfluous are more than its rows. */
static bool is_due(struct store *s, struct txn *t)
{
	struct log_segment seg = {0};
	uint64_t records = 0;

	if (s->now_ms() < t->root.base_ms + s->o.undelete_s * 1000)
		return false;
	while (log_segment_next(s->log, seg.id, &seg) >= 0 && seg.end_seq) {
		uint64_t from = seg.first_seq > t->root.base_seq ? seg.first_seq : t->root.base_seq;

		if (seg.end_seq > from && seg.end_seq <= t->root.next.seq &&
		    segment_has_little(t, &seg))
			records += seg.end_seq - from;
	}
	return records > rows_in_all(t);
}

/* -- dropping -- */

struct drop {
	struct store *s;
	struct rec_dropped rec;
	uint64_t id[DROP_MOST];
	size_t n;
	bool log_it; /* something that the last record does not say */
};

static int plan_dropped(struct plan *p, struct step *st)
{
	struct own *o = st->own_arg;
	const struct drop *d = o->arg;
	struct planned *n = plan_add(p, REC_DROPPED, 0);

	if (!n)
		return E_NOMEM;
	n->rec.dropped = d->rec;
	return 0;
}

/* A second look, at the bodies themselves: a message must never be lost to a wrong count. */
static int spare_named(struct drop *d, struct txn *t)
{
	struct key first = key_u64(0);
	struct tab_cursor c;
	int r = tab_open(&c, t, TAB_BODY);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &first); r >= 0; r = tab_next(&c)) {
		struct body_row b;
		uint64_t id;

		memcpy(&b, c.val.p, sizeof(b));
		id = place_is_blob(b.place) ? 0 : place_segment(b.place);
		for (size_t i = 0; id && i < d->n; i++)
			if (d->id[i] == id)
				d->id[i] = d->id[--d->n];
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}

/* Segments that hold nothing but records older than `below`. */
static int choose(struct drop *d, struct txn *t)
{
	struct log_segment seg = {0};
	uint64_t id;

	d->n = 0;
	d->rec = (struct rec_dropped){.below = t->root.base_before};
	d->log_it = d->rec.below > t->root.log_begins;
	while (log_segment_next(d->s->log, seg.id, &seg) >= 0) {
		struct key k = key_u64(seg.id);
		struct segment_row row;

		d->rec.segments = id = seg.id;
		if (!seg.end_seq || seg.end_seq > d->rec.below)
			break;
		if (has_bodies(t, id))
			continue;
		d->log_it |= tab_get_row(t, TAB_SEGMENT, &k, &row, sizeof(row)) >= 0;
		if (d->n < DROP_MOST)
			d->id[d->n++] = id;
	}
	return d->n ? spare_named(d, t) : 0;
}

static NOINLINE int look(struct store *s, struct drop *d)
{
	struct txn t = {0};
	int r = txn_read(&t, s->ix);

	if (r >= 0)
		r = txn_read_root(&t);
	if (r >= 0)
		r = choose(d, &t);
	txn_done(&t);
	return r;
}

static int unlink_all(struct drop *d)
{
	int r = 0;

	for (size_t i = 0; i < d->n && (r >= 0 || r == E_INUSE); i++)
		r = log_segment_drop(d->s->log, d->id[i]);
	return r == E_INUSE ? 0 : r; /* the one before it is not sealed: another time */
}

static int drop_some(struct store *s, size_t *n)
{
	struct drop d = {.s = s};
	struct own o = {.plan = plan_dropped, .arg = &d};
	int r = look(s, &d);

	*n = d.n;
	if (r < 0 || !d.rec.below || !d.n)
		return r;
	if (d.log_it && (r = own_change(s, &o)) < 0)
		return r;
	if ((r = care_checkpoint(s)) < 0)
		return r;
	return unlink_all(&d);
}

static int drop_segments(struct store *s)
{
	size_t n, before = 0;
	int r = drop_some(s, &n);

	while (r >= 0 && n == DROP_MOST && n != before) {
		before = n;
		r = drop_some(s, &n);
	}
	return r;
}

/* -- what vanished and changed long ago -- */

struct forgetting {
	enum tab tab;
	uint64_t mbox; /* go on behind this one */
	struct rec_forgotten rec;
};

/* The next mailbox that has too many rows; E_NOTFOUND: none. */
static int next_too_long(struct txn *t, struct forgetting *f)
{
	struct key k = key_u64(f->mbox + 1);
	uint64_t n = 0;
	struct tab_cursor c;
	int r = tab_open(&c, t, f->tab);

	if (r < 0)
		return r;
	for (r = tab_seek(&c, &k); r >= 0 && n < KEEP_CHANGES + SLICE_ROWS; r = tab_next(&c)) {
		uint64_t mbox = key_get_u64(c.key, 0);

		if (mbox != f->mbox && n > 2 * KEEP_CHANGES)
			break;
		n = mbox == f->mbox ? n + 1 : 1;
		f->mbox = mbox;
	}
	if (r == E_NOTFOUND || r >= 0)
		r = n > 2 * KEEP_CHANGES ? 0 : E_NOTFOUND;
	n = r >= 0 ? n - KEEP_CHANGES : 0;
	k = key_u64(f->mbox);
	if (r >= 0)
		r = tab_seek(&c, &k);
	while (r >= 0 && --n)
		r = tab_next(&c);
	if (r >= 0)
		f->rec = (struct rec_forgotten){f->mbox, key_get_u64(c.key, 8)};
	tab_close(&c);
	return r;
}

static int plan_forgotten(struct plan *p, struct step *st)
{
	struct own *o = st->own_arg;
	const struct forgetting *f = o->arg;
	struct planned *n = plan_add(p, REC_FORGOTTEN, st->account);

	if (!n)
		return E_NOMEM;
	n->rec.forgotten = f->rec;
	return 0;
}

static int forget_of(struct store *s, enum tab tab)
{
	struct forgetting f = {.tab = tab};
	int r = 0;

	while (r >= 0) {
		struct txn t = {0};

		if ((r = txn_read(&t, s->ix)) >= 0)
			r = next_too_long(&t, &f);
		txn_done(&t);
		if (r >= 0) {
			struct own o = {.plan = plan_forgotten, .arg = &f, .mbox = f.mbox,
					.account = mbox_account(f.mbox)};

			r = own_change(s, &o); /* more of it another time */
		}
	}
	return r == E_NOTFOUND ? 0 : r;
}

/* -- a round -- */

static int maybe_write(struct store *s)
{
	struct txn t = {0};
	bool due = false;
	int r = txn_read(&t, s->ix);

	if (r >= 0 && (r = txn_read_root(&t)) >= 0)
		due = !log_is_low(s->log) && is_due(s, &t);
	txn_done(&t);
	r = r < 0 || !due ? r : base_write(s);
	return r == E_NOSPACE ? 0 : r; /* dropping still helps */
}

int base_care(struct store *s)
{
	int r;

	if (!log_is_shared(s->log))
		return 0;
	if ((r = forget_of(s, TAB_CHANGE)) < 0 || (r = forget_of(s, TAB_VANISHED)) < 0 ||
	    (r = maybe_write(s)) < 0 || (r = rewrite_segments(s)) < 0)
		return r;
	return drop_segments(s);
}
