/* check.c - does the index add up, and are all bodies there?
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include "base/crc.h"
#include "base/fs.h"
#include "base/err.h"
#include "store/check.h"
#include "store/internal.h"
#include "store/mbox-id.h"

struct check {
	struct store *s;
	struct txn t;
	void (*say)(void *arg, const char *sentence);
	void *arg;
	int n;
};

static void PRINTF(2, 3) differ(struct check *c, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->n++;
	c->say(c->arg, text);
}

struct sums {
	uint64_t messages, octets, unseen, deleted, deleted_octets;
};

/* Runs of UIDs, as a sum that tells them apart. */
struct run_sum {
	struct uid_range now;
	uint32_t crc;
};

static int add_run(void *arg, uint32_t lo, uint32_t hi)
{
	struct run_sum *s = arg;
	struct uid_range run = {lo, hi};

	s->crc = crc32c(s->crc, &run, sizeof(run));
	return 0;
}

static void add_uid(struct run_sum *s, uint32_t uid) /* 0: the last was the last */
{
	if (uid && s->now.lo && uid == s->now.hi + 1) {
		s->now.hi = uid;
		return;
	}
	if (s->now.lo)
		add_run(s, s->now.lo, s->now.hi);
	s->now = (struct uid_range){uid, uid};
}

static int check_runs(struct check *c, const struct mbox_row *m, struct run_sum *rows)
{
	struct run_sum runs = {0};
	int r = runs_each(&c->t, m, 1, add_run, &runs);

	add_uid(rows, 0);
	if (r >= 0 && runs.crc != rows->crc)
		differ(c, "mailbox %" PRIx64 ": its runs of UIDs are not those of its rows", m->id);
	return r;
}

/* The rows of one mailbox, against its counts. */
static NOINLINE int check_mbox(struct check *c, const struct mbox_row *m, struct sums *account)
{
	struct key k = key_u64(m->id);
	struct tab_cursor cur = {0};
	struct run_sum runs = {0};
	struct sums n = {0};
	int r = tab_open(&cur, &c->t, TAB_MESSAGE);

	for (r = r < 0 ? r : tab_seek(&cur, &k); r >= 0; r = tab_next(&cur)) {
		struct msg_row row;

		if (key_get_u64(cur.key, 0) != m->id)
			break;
		memcpy(&row, cur.val.p, sizeof(row));
		add_uid(&runs, key_get_u32(cur.key, 8));
		n.messages++;
		n.octets += row.size;
		n.unseen += !(row.flags & MSG_SEEN);
		n.deleted += !!(row.flags & MSG_DELETED);
		n.deleted_octets += row.flags & MSG_DELETED ? row.size : 0;
		if (key_get_u32(cur.key, 8) >= m->uidnext)
			differ(c, "mailbox %" PRIx64 ": UID %u is not below UIDNEXT %u", m->id,
			       key_get_u32(cur.key, 8), m->uidnext);
		if (row.modseq > m->highestmodseq)
			differ(c, "mailbox %" PRIx64 ": a MODSEQ is above HIGHESTMODSEQ", m->id);
	}
	tab_close(&cur);
	if (n.messages != m->messages || n.octets != m->octets || n.unseen != m->unseen ||
	    n.deleted != m->deleted || n.deleted_octets != m->deleted_octets)
		differ(c, "mailbox %" PRIx64 ": counts %" PRIu64 " messages, %" PRIu64
			  " octets; rows are %" PRIu64 ", %" PRIu64,
		       m->id, m->messages, m->octets, n.messages, n.octets);
	account->messages += n.messages;
	account->octets += n.octets;
	return r < 0 && r != E_NOTFOUND ? r : check_runs(c, m, &runs);
}

static NOINLINE int check_notes(struct check *c, const struct account_row *a)
{
	struct key k = key_u64(mbox_id_of(a->id, 0));
	struct tab_cursor cur = {0};
	uint64_t bytes = 0;
	int r = tab_open(&cur, &c->t, TAB_NOTE);

	for (r = r < 0 ? r : tab_seek(&cur, &k); r >= 0; r = tab_next(&cur)) {
		if (mbox_account(key_get_u64(cur.key, 0)) != a->id)
			break;
		bytes += cur.key.n - 20 + cur.val.n;
	}
	tab_close(&cur);
	if (bytes != a->note_bytes)
		differ(c, "account %" PRIu64 ": notes of %" PRIu64 " octets, counted as %" PRIu64,
		       a->id, bytes, a->note_bytes);
	return r == E_NOTFOUND || r >= 0 ? 0 : r;
}

static NOINLINE int check_account(struct check *c, const struct account_row *a)
{
	struct key k = key_u64(mbox_id_of(a->id, 0));
	struct tab_cursor cur = {0};
	struct sums n = {0};
	int r = tab_open(&cur, &c->t, TAB_MBOX);

	for (r = r < 0 ? r : tab_seek(&cur, &k); r >= 0; r = tab_next(&cur)) {
		struct mbox_row m;

		if (mbox_account(key_get_u64(cur.key, 0)) != a->id)
			break;
		memcpy(&m, cur.val.p, sizeof(m));
		if ((r = check_mbox(c, &m, &n)) < 0)
			break;
	}
	tab_close(&cur);
	if (n.octets != a->used_bytes || n.messages != a->used_messages)
		differ(c, "account %" PRIu64 ": uses %" PRIu64 " octets, counted as %" PRIu64, a->id,
		       n.octets, a->used_bytes);
	return r < 0 && r != E_NOTFOUND ? r : check_notes(c, a);
}

static NOINLINE int check_accounts(struct check *c)
{
	struct key first = key_u64(0);
	struct tab_cursor cur = {0};
	int r = tab_open(&cur, &c->t, TAB_ACCOUNT);

	for (r = r < 0 ? r : tab_seek(&cur, &first); r >= 0; r = tab_next(&cur)) {
		struct account_row a;

		memcpy(&a, cur.val.p, sizeof(a));
		if ((r = check_account(c, &a)) < 0)
			break;
	}
	tab_close(&cur);
	return r == E_NOTFOUND ? 0 : r;
}

/* -- bodies: their references, and their bytes -- */

static uint32_t *find_count(uint64_t *ids, uint32_t *n, size_t all, uint64_t id)
{
	size_t lo = 0, hi = all;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ids[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < all && ids[lo] == id ? &n[lo] : NULL;
}

struct bodies {
	uint64_t *id;
	uint32_t *named;
	struct body_row *row;
	size_t n, cap;
};

static int add_body(struct bodies *b, uint64_t id, const struct body_row *row)
{
	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 1024;
		void *p[3];

		if (!(p[0] = realloc(b->id, cap * sizeof(*b->id))))
			return E_NOMEM;
		b->id = p[0];
		if (!(p[1] = realloc(b->named, cap * sizeof(*b->named))))
			return E_NOMEM;
		b->named = p[1];
		if (!(p[2] = realloc(b->row, cap * sizeof(*b->row))))
			return E_NOMEM;
		b->row = p[2];
		b->cap = cap;
	}
	b->id[b->n] = id;
	b->named[b->n] = 0;
	b->row[b->n++] = *row;
	return 0;
}

static int read_bodies(struct check *c, struct bodies *b)
{
	struct key first = key_u64(0);
	struct tab_cursor cur = {0};
	int r = tab_open(&cur, &c->t, TAB_BODY);

	for (r = r < 0 ? r : tab_seek(&cur, &first); r >= 0; r = tab_next(&cur)) {
		struct body_row row;

		memcpy(&row, cur.val.p, sizeof(row));
		if ((r = add_body(b, key_get_u64(cur.key, 0), &row)) < 0)
			break;
	}
	tab_close(&cur);
	return r == E_NOTFOUND ? 0 : r;
}

static int count_names(struct check *c, struct bodies *b, enum tab tab)
{
	struct key first = key_u64(0);
	struct tab_cursor cur = {0};
	int r = tab_open(&cur, &c->t, tab);

	for (r = r < 0 ? r : tab_seek(&cur, &first); r >= 0; r = tab_next(&cur)) {
		uint32_t *n;
		uint64_t id;

		memcpy(&id, cur.val.p + offsetof(struct msg_row, body_id), sizeof(id));
		n = find_count(b->id, b->named, b->n, id);
		if (n)
			++*n;
		else
			differ(c, "UID %u of mailbox %" PRIx64 " names a body that is not there",
			       key_get_u32(cur.key, 8), key_get_u64(cur.key, 0));
	}
	tab_close(&cur);
	return r == E_NOTFOUND ? 0 : r;
}

static NOINLINE int body_crc(struct check *c, const struct body_row *row, uint32_t *crc)
{
	enum { CHUNK = 64 << 10 };
	struct log_body body = {0};
	char *p;
	int r = log_body_open(c->s->log, row->place, row->bytes, &body);

	*crc = 0;
	if (r < 0)
		return r;
	if (body.mem) {
		*crc = crc32c(0, body.mem, row->bytes);
	} else if (!(p = malloc(CHUNK))) {
		r = E_NOMEM;
	} else {
		for (uint64_t at = 0; at < row->bytes && r >= 0; at += CHUNK) {
			size_t n = row->bytes - at < CHUNK ? (size_t)(row->bytes - at) : CHUNK;

			r = fs_pread_all(body.fd, p, n, (off_t)(body.at + at));
			if (r >= 0)
				*crc = crc32c(*crc, p, n);
		}
		free(p);
	}
	log_body_close(&body);
	return r;
}

static NOINLINE void check_body(struct check *c, uint64_t id, const struct body_row *row,
				uint32_t named)
{
	uint32_t crc = 0;
	int r = row->bytes ? body_crc(c, row, &crc) : 0;

	if (row->refs != named)
		differ(c, "body %" PRIu64 ": %u rows name it, counted as %u", id, named, row->refs);
	if (r < 0)
		differ(c, "body %" PRIu64 ": %s", id, err_row(r)->text);
	else if (row->bytes && crc != row->crc)
		differ(c, "body %" PRIu64 " does not match its CRC", id);
}

static int read_names(struct check *c, struct bodies *b)
{
	int r = read_bodies(c, b);

	if (r >= 0)
		r = count_names(c, b, TAB_MESSAGE);
	return r < 0 ? r : count_names(c, b, TAB_EXPUNGED);
}

/* All that has to be of one moment. */
static int check_tables(struct check *c, struct bodies *b)
{
	struct log_check other;
	int r = log_check_begin(&other, c->s, &c->s->sweeper_stopping);

	if (r >= 0)
		r = txn_read(&c->t, c->s->ix);
	if (r >= 0 && (r = check_accounts(c)) >= 0 && (r = read_names(c, b)) >= 0)
		r = log_check_compare(&other, &c->t, c->say, c->arg);
	c->n += r > 0 ? r : 0;
	txn_done(&c->t);
	log_check_end(&other);
	return r;
}

int store_check(struct store *s, void (*say)(void *arg, const char *sentence), void *arg)
{
	struct check c = {.s = s, .say = say, .arg = arg};
	struct bodies b = {0};
	int r;

	pthread_mutex_lock(&s->reclaim_lock); /* what is to be read must not be given back */
	r = check_tables(&c, &b);
	/* It may take long: without a read transaction, which would keep pages from being used again. */
	for (size_t i = 0; i < b.n && r >= 0; i++) {
		check_body(&c, b.id[i], &b.row[i], b.named[i]);
		if (s->sweeper_stopping)
			r = E_CLOSED;
	}
	pthread_mutex_unlock(&s->reclaim_lock);
	free(b.id);
	free(b.named);
	free(b.row);
	return r < 0 ? r : c.n;
}
