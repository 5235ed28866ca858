/* leftover.c - what a crash cut off: uploads (blobs of the last run that no record names), and a walk.
 * SPDX-License-Identifier: Apache-2.0
 *
 * This run writes to a folder of its own, and everything that the last one logged is applied before
 * the threads start: what no body names now, nothing ever will. */
#include "base/err.h"
#include "store/check.h"

struct blobs { /* the places of all blobs that a body names, sorted; read when first asked for */
	struct store *s;
	struct place *p;
	size_t n, cap;
	int result;
	bool is_read;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct place));
}

static int add(struct blobs *v, struct place p)
{
	if (v->n == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 256;
		struct place *more = realloc(v->p, cap * sizeof(*more));

		if (!more)
			return E_NOMEM;
		v->p = more;
		v->cap = cap;
	}
	v->p[v->n++] = p;
	return 0;
}

static int add_table(struct blobs *v, struct txn *t, enum tab tab)
{
	struct key first = key_u64(0);
	struct tab_cursor c = {0};
	int r = tab_open(&c, t, tab);

	for (r = r < 0 ? r : tab_seek(&c, &first); r >= 0; r = tab_next(&c)) {
		struct body_row b;

		memcpy(&b, c.val.p, sizeof(b));
		if (place_is_blob(b.place) && (r = add(v, b.place)) < 0)
			break;
	}
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}

static void read_blobs(struct blobs *v)
{
	struct txn t;
	int r = txn_read(&t, v->s->ix);

	v->is_read = true;
	v->result = r;
	if (r < 0)
		return;
	v->result = add_table(v, &t, TAB_BODY);
	if (v->result >= 0)
		v->result = add_table(v, &t, TAB_DEAD); /* the reclaimer's */
	txn_done(&t);
	if (v->n)
		qsort(v->p, v->n, sizeof(*v->p), compare);
}

/* In doubt a blob is kept. */
static bool is_named(void *arg, struct place p)
{
	struct blobs *v = arg;

	if (!v->is_read)
		read_blobs(v);
	return v->result < 0 || (v->n && bsearch(&p, v->p, v->n, sizeof(p), compare));
}

void leftovers_remove(struct store *s)
{
	struct blobs v = {.s = s};

	log_blob_sweep(s->log, is_named, &v); /* what fails is left over, and told by nobody */
	free(v.p);
	log_check_leftover(s);
}
