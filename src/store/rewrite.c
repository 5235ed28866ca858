/* rewrite.c - what still lives in old segments is logged again, so that they can go.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of a sealed segment whose records two bases have made superfluous (base.c), and of which less than
 * half is live bodies, each body is read, checked and appended once more (REC_BODY_MOVED). When that
 * is durable the body's row names the new place, and base.c drops the segment like any other without
 * bodies. Who has opened a body there reads on from its descriptor; who has only looked up its place
 * looks again (body.c). A body that cannot be read stays where it is, and its segment with it. */
#include "base/crc.h"
#include "base/err.h"
#include "base/fs.h"
#include "store/index/index.h"
#include "store/reclaim.h"

enum {
	SEGMENTS_MOST = 64, /* at a time */
	BODIES_MOST = 256,  /* a group */
	BYTES_MOST = 1 << 20,
};

struct moving {
	struct store *s;
	uint64_t segment[SEGMENTS_MOST];
	size_t n_segments;
	uint64_t next; /* body to go on at */
	size_t n;
	uint64_t bytes;
	struct moved {
		uint64_t id;
		struct body_row row;
		char *p; /* NULL: it cannot be read */
	} body[BODIES_MOST];
};

bool segment_has_little(struct txn *t, const struct log_segment *seg)
{
	struct key k = key_u64(seg->id);
	struct segment_row row;
	int r = tab_get_row(t, TAB_SEGMENT, &k, &row, sizeof(row));

	return r == E_NOTFOUND || (r >= 0 && (!row.live_bodies || row.live_bytes < seg->bytes / 2));
}

static bool has_bodies(struct txn *t, uint64_t segment)
{
	struct key k = key_u64(segment);
	struct segment_row row;

	return tab_get_row(t, TAB_SEGMENT, &k, &row, sizeof(row)) >= 0 && row.live_bodies;
}

static int choose(struct moving *m)
{
	struct log_segment seg = {0};
	struct txn t = {0};
	int r = txn_read(&t, m->s->ix);

	if (r >= 0)
		r = txn_read_root(&t);
	while (r >= 0 && m->n_segments < SEGMENTS_MOST &&
	       log_segment_next(m->s->log, seg.id, &seg) >= 0) {
		if (!seg.end_seq || seg.end_seq > t.root.base_before)
			break;
		if (has_bodies(&t, seg.id) && segment_has_little(&t, &seg))
			m->segment[m->n_segments++] = seg.id;
	}
	txn_done(&t);
	return r;
}

static bool is_chosen(const struct moving *m, struct place p)
{
	uint64_t id = place_is_blob(p) ? 0 : place_segment(p);

	for (size_t i = 0; id && i < m->n_segments; i++)
		if (m->segment[i] == id)
			return true;
	return false;
}

/* The next bodies to move, up to a group's worth. */
static int find_some(struct moving *m)
{
	struct key k = key_u64(m->next);
	struct tab_cursor c = {0};
	struct txn t;
	int r = txn_read(&t, m->s->ix);

	m->n = m->bytes = 0;
	if (r < 0)
		return r;
	r = tab_open(&c, &t, TAB_BODY);
	for (r = r < 0 ? r : tab_seek(&c, &k); r >= 0; r = tab_next(&c)) {
		struct moved *b = &m->body[m->n];

		memcpy(&b->row, c.val.p, sizeof(b->row));
		if (!b->row.bytes || !is_chosen(m, b->row.place))
			continue;
		b->id = key_get_u64(c.key, 0);
		b->p = NULL;
		m->next = b->id + 1;
		m->bytes += b->row.bytes;
		if (++m->n == BODIES_MOST || m->bytes >= BYTES_MOST)
			break;
	}
	tab_close(&c);
	txn_done(&t);
	return r == E_NOTFOUND ? 0 : r;
}

static int read_body(struct store *s, struct moved *b)
{
	struct log_body at = {0};
	int r = log_body_open(s->log, b->row.place, b->row.bytes, &at);

	if (r < 0)
		return r;
	b->p = malloc(b->row.bytes);
	r = b->p ? fs_pread_all(at.fd, b->p, b->row.bytes, (off_t)at.at) : E_NOMEM;
	if (r >= 0 && crc32c(0, b->p, b->row.bytes) != b->row.crc)
		r = E_DAMAGED;
	if (r < 0) {
		free(b->p);
		b->p = NULL;
	}
	log_body_close(&at);
	return r;
}

/* Bodies that nobody names any more, or that are elsewhere by now, are passed over. */
static int plan_moved(struct plan *p, struct step *st)
{
	struct own *o = st->own_arg;
	const struct moving *m = o->arg;

	for (size_t i = 0; i < m->n; i++) {
		const struct moved *b = &m->body[i];
		struct key k = key_u64(b->id);
		struct body_row now;
		struct planned *n;
		int r = b->p ? tab_get_row(p->t, TAB_BODY, &k, &now, sizeof(now)) : E_NOTFOUND;

		if (r == E_NOTFOUND ||
		    (r >= 0 && memcmp(&now.place, &b->row.place, sizeof(now.place)) != 0))
			continue;
		if (r < 0)
			return r;
		if (!(n = plan_add(p, REC_BODY_MOVED, 0)))
			return E_NOMEM;
		n->rec.moved = (struct rec_body_moved){.body_id = b->id, .where = BODY_HERE,
						       .body_bytes = b->row.bytes,
						       .body_crc = b->row.crc};
		n->body = str_n(b->p, b->row.bytes);
	}
	return 0;
}

static int move_some(struct moving *m)
{
	struct own o = {.plan = plan_moved, .arg = m, .grows = true};
	int r = find_some(m);

	for (size_t i = 0; i < m->n && r >= 0; i++) {
		r = read_body(m->s, &m->body[i]);
		r = r == E_NOMEM ? r : 0; /* damaged: others are not */
	}
	if (r >= 0 && m->n)
		r = own_change(m->s, &o);
	for (size_t i = 0; i < m->n; i++)
		free(m->body[i].p);
	return r;
}

int rewrite_segments(struct store *s)
{
	struct moving *m;
	int r;

	if (log_is_low(s->log))
		return 0;
	m = calloc(1, sizeof(*m));
	if (!m)
		return E_NOMEM;
	m->s = s;
	r = choose(m);
	if (r >= 0 && m->n_segments)
		do
			r = move_some(m);
		while (r >= 0 && m->n);
	free(m);
	return r == E_NOSPACE ? 0 : r; /* it was to make room, another time */
}
