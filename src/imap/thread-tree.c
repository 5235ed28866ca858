/* thread-tree.c - what RFC 5256 does with linked messages: prune, merge by subject, sort.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Messages are sorted once, by sent date; lists of children are then filled in that order, which
 * sorts all siblings (steps 4 and 6). A dummy, which stands for its first child, comes to its place
 * among the roots with that child. */
#include <stdlib.h>
#include "base/err.h"
#include "imap/thread.h"

enum phase { BEGIN, SORT, LINK, MERGE, LISTS, LATEST, DONE };
enum { SLICE = 20000 };

static int compare_sent(const void *arg, uint32_t a, uint32_t b)
{
	const struct threader *t = arg;
	int64_t x = t->msgs[a].sent, y = t->msgs[b].sent;

	return x < y ? -1 : x > y;
}

static uint32_t nth_node(const struct threader *t, size_t i) /* in the order of sent dates */
{
	return t->msgs[t->order.v[i]].node;
}

/* -- lists of children ------------------------------------------------------------------- */

static void append(struct threader *t, uint32_t parent, uint32_t x)
{
	struct thread_node *p = &t->nodes[parent];

	if (p->n_children++)
		t->nodes[p->last].next = x;
	else
		p->first = x;
	p->last = x;
}

static void fill_lists(struct threader *t)
{
	for (size_t i = 0; i < t->n_nodes; i++) {
		struct thread_node *x = &t->nodes[i];

		x->first = x->last = x->next = x->n_children = 0;
	}
	for (size_t i = 0; i < t->n_msgs; i++) {
		uint32_t x = nth_node(t, i), p = t->nodes[x].parent;

		append(t, p, x);
		if (p && !t->nodes[p].msg && t->nodes[p].n_children == 1)
			append(t, 0, p);
	}
}

/* -- ORDEREDSUBJECT ------------------------------------------------------------------------ */

static int link_subjects(struct threader *t)
{
	for (size_t i = 0; i < t->n_msgs; i++) {
		uint32_t x = nth_node(t, i);
		struct thread_slot *s = thread_table_slot(&t->subjects, t->msgs[t->order.v[i]].subject);

		if (!s)
			return E_NOMEM;
		if (s->node) {
			t->nodes[x].parent = s->node;
		} else {
			s->node = x;
			t->subjects.n++;
		}
	}
	return 0;
}

/* -- step 3: dummies go ---------------------------------------------------------------------- */

static bool is_dummy(const struct threader *t, uint32_t x)
{
	return !t->nodes[x].msg;
}

/* The nearest message above a dummy (or in its place), or else the topmost dummy. What was found once
 * is kept in `first` of all the dummies on the way. */
static uint32_t above(struct threader *t, uint32_t dummy)
{
	struct thread_node *v = t->nodes;
	uint32_t x = dummy, ret;

	while (is_dummy(t, x) && !v[x].first && v[x].parent)
		x = v[x].parent;
	ret = is_dummy(t, x) && v[x].first ? v[x].first : x;
	for (x = dummy; x != ret && is_dummy(t, x) && !v[x].first; x = v[x].parent)
		v[x].first = ret;
	return ret;
}

/* A dummy stays only on top, and only with two children or more. */
static void prune(struct threader *t)
{
	struct thread_node *v = t->nodes;

	for (size_t i = 0; i < t->n_nodes; i++)
		v[i].n_children = 0;
	for (size_t i = 0; i < t->n_msgs; i++) {
		struct thread_node *x = &v[t->msgs[i].node];

		if (x->parent && is_dummy(t, x->parent))
			x->parent = above(t, x->parent);
		v[x->parent].n_children++;
	}
	for (size_t i = 0; i < t->n_msgs; i++) {
		struct thread_node *x = &v[t->msgs[i].node];

		if (x->parent && is_dummy(t, x->parent) && v[x->parent].n_children == 1)
			x->parent = 0;
	}
	for (size_t i = 0; i < t->n_nodes; i++)
		if (is_dummy(t, (uint32_t)i))
			v[i].parent = 0;
}

/* -- step 5: roots with the same subject ----------------------------------------------------- */

/* The message whose subject is the thread's. */
static const struct thread_msg *subject_of(const struct threader *t, uint32_t root)
{
	uint32_t x = is_dummy(t, root) ? t->nodes[root].first : root;

	return &t->msgs[t->nodes[x].msg - 1];
}

static bool is_reply(const struct threader *t, uint32_t x)
{
	return !is_dummy(t, x) && t->msgs[t->nodes[x].msg - 1].is_reply;
}

/* (5)(B) */
static int fill_subjects(struct threader *t)
{
	for (uint32_t x = t->nodes[0].first; x; x = t->nodes[x].next) {
		const struct thread_msg *m = subject_of(t, x);
		struct thread_slot *s;

		if (!m->has_subject)
			continue;
		s = thread_table_slot(&t->subjects, m->subject);
		if (!s)
			return E_NOMEM;
		if (!s->node)
			t->subjects.n++;
		if (!s->node || (!is_dummy(t, s->node) &&
				 (is_dummy(t, x) || (is_reply(t, s->node) && !is_reply(t, x)))))
			s->node = x;
	}
	return 0;
}

/* (5)(C): x and the thread of the same subject, which the table has. Only `parent` changes: the lists
 * stay what they were. */
static int merge(struct threader *t, uint32_t x, struct thread_slot *s)
{
	uint32_t dummy;

	if (is_dummy(t, x) && is_dummy(t, s->node)) {
		for (uint32_t c = t->nodes[x].first; c; c = t->nodes[c].next)
			t->nodes[c].parent = s->node;
		return 0;
	}
	if (is_dummy(t, s->node) || (is_reply(t, x) && !is_reply(t, s->node))) {
		t->nodes[x].parent = s->node;
		return 0;
	}
	dummy = thread_node_new(t);
	if (dummy == UINT32_MAX)
		return E_NOMEM;
	t->nodes[x].parent = t->nodes[s->node].parent = dummy;
	s->node = dummy;
	return 0;
}

static int merge_subjects(struct threader *t)
{
	int e = fill_subjects(t);

	for (uint32_t x = t->nodes[0].first, next; x && e >= 0; x = next) {
		const struct thread_msg *m = subject_of(t, x);
		struct thread_slot *s;

		next = t->nodes[x].next;
		if (!m->has_subject)
			continue;
		s = thread_table_slot(&t->subjects, m->subject);
		if (!s)
			return E_NOMEM;
		if (s->node != x && !t->nodes[x].parent)
			e = merge(t, x, s);
	}
	return e;
}

/* -- REFS: threads by their newest arrival ----------------------------------------------------- */

struct latest {
	uint32_t root;
	uint32_t msg; /* + 1 */
	int64_t arrival;
};

/* Who came at the same moment came in the order of the mailbox. */
static int compare_latest(const void *arg, uint32_t a, uint32_t b)
{
	const struct latest *v = arg;

	if (v[a].arrival != v[b].arrival)
		return v[a].arrival < v[b].arrival ? -1 : 1;
	return v[a].msg < v[b].msg ? -1 : v[a].msg > v[b].msg;
}

/* The node behind x in its thread, from above; 0 at the thread's end. */
static uint32_t next_in_thread(const struct threader *t, uint32_t x, uint32_t root)
{
	const struct thread_node *v = t->nodes;

	if (v[x].first)
		return v[x].first;
	while (x != root && !v[x].next)
		x = v[x].parent;
	return x == root ? 0 : v[x].next;
}

static struct latest latest_of(const struct threader *t, uint32_t root)
{
	struct latest ret = {root, 0, INT64_MIN};

	for (uint32_t x = root; x; x = next_in_thread(t, x, root)) {
		uint32_t msg = t->nodes[x].msg;
		int64_t arrival = msg ? t->msgs[msg - 1].arrival : INT64_MIN;

		if (msg && (arrival > ret.arrival || (arrival == ret.arrival && msg > ret.msg)))
			ret = (struct latest){root, msg, arrival};
	}
	return ret;
}

static int sort_by_arrival(struct threader *t)
{
	size_t n = 0, roots = t->nodes[0].n_children;
	struct latest *v = calloc(roots + 1, sizeof(*v));
	struct merge_sort m = {0};
	int e = v ? merge_sort_begin(&m, roots, compare_latest, v) : E_NOMEM;

	if (e >= 0) {
		for (uint32_t x = t->nodes[0].first; x; x = t->nodes[x].next)
			v[n++] = latest_of(t, x);
		while (merge_sort_some(&m, SLICE))
			;
		t->nodes[0].first = t->nodes[0].n_children = 0;
		for (size_t i = 0; i < n; i++) {
			t->nodes[v[m.v[i]].root].next = 0;
			append(t, 0, v[m.v[i]].root);
		}
	}
	merge_sort_free(&m);
	free(v);
	return e;
}

/* -- one phase after the other ------------------------------------------------------------------ */

static int run_phase(struct threader *t)
{
	switch ((enum phase)t->phase) {
	case BEGIN:
		return merge_sort_begin(&t->order, t->n_msgs, compare_sent, t);
	case SORT:
		return merge_sort_some(&t->order, SLICE);
	case LINK:
		if (t->alg == THREAD_ORDEREDSUBJECT)
			return link_subjects(t);
		prune(t);
		return 0;
	case MERGE:
		if (t->alg != THREAD_REFERENCES)
			return 0;
		fill_lists(t);
		return merge_subjects(t);
	case LISTS:
		fill_lists(t);
		return 0;
	case LATEST:
		return t->alg == THREAD_REFS ? sort_by_arrival(t) : 0;
	default:
		return 0;
	}
}

int threader_some(struct threader *t)
{
	int e = run_phase(t);

	if (e < 0)
		return e;
	t->phase += e == 0 && t->phase != DONE;
	if (t->phase == DONE)
		t->at = t->nodes[0].first;
	return t->phase != DONE;
}
