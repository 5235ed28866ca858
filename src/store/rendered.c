/* rendered.c - ENVELOPE and the like: from the index's cache; or made now, and put there.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a delivery rendered is in the cache, but not in the log: behind a rebuilt index it is made
 * again when it is first asked for. A batch of such rows is put by the committer between two groups;
 * what is still waiting for one at the end is lost, and made once more. */
#include "base/err.h"
#include "store/render.h"
#include "store/snap.h"
#include "wire/mime.h"

enum { CHUNK = 64 << 10, BATCH_BYTES = 1 << 20 };

/* -- rows on their way into the cache -- */

struct made_row {
	uint64_t body_id;
	struct str text; /* behind it */
};

static void drop(struct made *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->rows[i]);
	m->n = m->bytes = 0;
}

static int put_rows(struct store *s, struct txn *t, void *arg)
{
	const struct made *m = arg;
	int r = 0;

	for (size_t i = 0; i < m->n && r >= 0; i++) {
		struct key k = key_u64(m->rows[i]->body_id);
		struct str body;

		r = tab_get(t, TAB_BODY, &k, &body); /* reclaimed meanwhile: no row for nothing */
		if (r >= 0)
			r = tab_put(t, TAB_CACHE, &k, m->rows[i]->text);
		r = r == E_NOTFOUND ? 0 : r;
	}
	return r;
}

static void put_batch(struct store *s, struct made *m)
{
	if (m->n)
		commit_chore(s, put_rows, m); /* if it fails it is made again */
	drop(m);
}

void rendered_keep(struct store *s)
{
	struct made *all = malloc(sizeof(*all));

	if (!all)
		return;
	pthread_mutex_lock(&s->made_lock);
	*all = s->made;
	s->made.n = s->made.bytes = 0;
	pthread_mutex_unlock(&s->made_lock);
	put_batch(s, all);
	free(all);
}

void rendered_drop(struct store *s)
{
	drop(&s->made);
}

static void keep(struct store *s, uint64_t body_id, struct str text)
{
	struct made_row *row = malloc(sizeof(*row) + text.n);
	bool is_full;

	if (!row)
		return;
	*row = (struct made_row){body_id, str_n((char *)(row + 1), text.n)};
	memcpy(row + 1, text.p, text.n);
	pthread_mutex_lock(&s->made_lock);
	is_full = s->made.n == MADE_ROWS; /* the one who filled it is about to put them */
	if (!is_full) {
		s->made.rows[s->made.n++] = row;
		s->made.bytes += text.n;
	}
	if (is_full)
		free(row);
	is_full = s->made.n == MADE_ROWS || s->made.bytes > BATCH_BYTES;
	pthread_mutex_unlock(&s->made_lock);
	if (is_full)
		rendered_keep(s);
}

/* -- reading -- */

static int from_cache(const struct source *src, uint32_t uid, enum msg_part_of_cache what,
		      struct buf *out, uint64_t *body_id)
{
	struct expunged_row row;
	struct str v, part;
	struct key k;
	bool expunged;
	struct txn t;
	int r = txn_read(&t, src->s->ix);

	if (r < 0)
		return r;
	r = source_row(src, &t, uid, &row, &expunged);
	if (r >= 0) {
		*body_id = row.msg.body_id;
		k = key_u64(*body_id);
		r = tab_get(&t, TAB_CACHE, &k, &v);
	}
	if (r >= 0)
		r = rendered_part(v, what, &part);
	if (r >= 0)
		r = buf_add(out, part);
	txn_done(&t);
	return r;
}

int msg_parse(struct mime *m, struct msg_body *b)
{
	char *chunk = malloc(CHUNK);
	int64_t n = chunk ? 0 : E_NOMEM;

	for (uint64_t at = b->prefix.n; n >= 0 && at < b->size; at += (uint64_t)n) {
		n = msg_read(b, at, chunk, CHUNK);
		if (n > 0)
			mime_feed(m, str_n(chunk, (size_t)n));
		task_yield();
	}
	if (n >= 0)
		mime_end(m);
	free(chunk);
	return n < 0 ? (int)n : 0;
}

static int make(struct store *s, const struct mime *m, uint64_t body_id,
		enum msg_part_of_cache what, struct buf *out)
{
	struct buf row;
	struct str part;
	int r;

	buf_init(&row, RENDERED_MOST);
	r = render(m, &row);
	if (r >= 0) {
		r = rendered_part(buf_str(&row), what, &part);
		if (r >= 0)
			r = buf_add(out, part);
		keep(s, body_id, buf_str(&row));
	} else if (r == E_TOOBIG) {
		r = render_part(m, what, out); /* too large to be kept */
	}
	buf_free(&row);
	return r;
}

int source_rendered(const struct source *src, uint32_t uid, enum msg_part_of_cache what,
		    struct buf *out)
{
	uint64_t body_id = 0;
	struct msg_body b;
	struct mime *m;
	int r = from_cache(src, uid, what, out, &body_id);

	if (r != E_NOTFOUND && r != E_VERSION && r != E_DAMAGED)
		return r;
	if ((r = source_open(&b, src, uid)) < 0)
		return r;
	m = mime_new();
	r = m ? msg_parse(m, &b) : E_NOMEM;
	msg_close(&b);
	if (r >= 0)
		r = make(src->s, m, body_id, what, out);
	mime_free(m);
	return r;
}

int msg_rendered(struct snap *p, uint32_t uid, enum msg_part_of_cache what, struct buf *out)
{
	struct source src = {p->store, p->mbox, p->link};

	return snap_has(p, uid) ? source_rendered(&src, uid, what, out) : E_NOMSG;
}

int msg_body_rendered(struct msg_body *b, enum msg_part_of_cache what, struct buf *out)
{
	struct mime *m = mime_new();
	int r = m ? msg_parse(m, b) : E_NOMEM;

	if (r >= 0)
		r = render_part(m, what, out);
	mime_free(m);
	return r;
}
