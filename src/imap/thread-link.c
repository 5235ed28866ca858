/* thread-link.c - step 1 of RFC 5256's REFERENCES: messages and the ids they refer to become nodes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/err.h"
#include "base/hash.h"
#include "imap/thread.h"
#include "wire/message-id.h"

enum { ID_MOST = 16 << 10, FIRST = 64 };

struct threader *threader_new(enum thread_alg alg)
{
	struct threader *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->alg = alg;
	t->dummies_most = THREAD_DUMMIES_MOST;
	random_bytes(t->secret, sizeof(t->secret));
	buf_init(&t->id, ID_MOST);
	if (thread_node_new(t) == UINT32_MAX) /* number 0 */
		return threader_free(t);
	return t;
}

struct threader *threader_free(struct threader *t)
{
	if (!t)
		return NULL;
	free(t->msgs);
	free(t->nodes);
	free(t->forest.v);
	free(t->ids.v);
	free(t->subjects.v);
	merge_sort_free(&t->order);
	buf_free(&t->id);
	free(t);
	return NULL;
}

/* -- memory ----------------------------------------------------------------------------- */

/* One more of n things of that size; NULL: no memory. */
static void *grown(void *v, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : FIRST;
	void *p;

	if (n < *cap)
		return v;
	p = reallocarray(v, more, size);
	if (p)
		*cap = more;
	return p;
}

uint32_t thread_node_new(struct threader *t)
{
	size_t cap = t->cap_nodes;
	struct forest_node *f = grown(t->forest.v, t->n_nodes, &cap, sizeof(*f));
	struct thread_node *v;

	if (!f)
		return UINT32_MAX;
	t->forest.v = f;
	v = grown(t->nodes, t->n_nodes, &t->cap_nodes, sizeof(*v));
	if (!v)
		return UINT32_MAX;
	t->nodes = v;
	v[t->n_nodes] = (struct thread_node){0};
	f[t->n_nodes] = (struct forest_node){0};
	return (uint32_t)t->n_nodes++;
}

static int table_grow(struct thread_table *t)
{
	struct thread_table bigger = {.cap = t->cap ? t->cap * 2 : FIRST};

	bigger.v = calloc(bigger.cap, sizeof(*bigger.v));
	if (!bigger.v)
		return E_NOMEM;
	for (size_t i = 0; i < t->cap; i++) {
		size_t at = t->v[i].key.h[0] & (bigger.cap - 1);

		if (!t->v[i].node)
			continue;
		while (bigger.v[at].node)
			at = (at + 1) & (bigger.cap - 1);
		bigger.v[at] = t->v[i];
	}
	free(t->v);
	t->v = bigger.v;
	t->cap = bigger.cap;
	return 0;
}

struct thread_slot *thread_table_slot(struct thread_table *t, struct thread_key k)
{
	size_t at;

	if (t->n * 4 >= t->cap * 3 && table_grow(t) < 0)
		return NULL;
	at = k.h[0] & (t->cap - 1);
	while (t->v[at].node && (t->v[at].key.h[0] != k.h[0] || t->v[at].key.h[1] != k.h[1]))
		at = (at + 1) & (t->cap - 1);
	t->v[at].key = k;
	return &t->v[at];
}

static struct thread_key key_of(const struct threader *t, struct str s)
{
	return (struct thread_key){{siphash(t->secret[0], s), siphash(t->secret[1], s)}};
}

/* -- nodes and links -------------------------------------------------------------------- */

/* The node of the id in t->id; a dummy if no message has come with it yet. */
static int id_node(struct threader *t, uint32_t *ret)
{
	struct thread_slot *slot = thread_table_slot(&t->ids, key_of(t, buf_str(&t->id)));
	uint32_t node;

	if (!slot)
		return E_NOMEM;
	if (!slot->node) {
		if (t->n_nodes - t->n_msgs > t->dummies_most)
			return E_LIMIT;
		node = thread_node_new(t);
		if (node == UINT32_MAX)
			return E_NOMEM;
		slot->node = node;
		t->ids.n++;
	}
	*ret = slot->node;
	return 0;
}

/* Makes `parent` the parent of x, which has none; but no loops. A leaf makes none. */
static void link_to(struct threader *t, uint32_t x, uint32_t parent)
{
	if (x == parent ||
	    (t->nodes[x].n_children && forest_root(&t->forest, parent) == x))
		return;
	forest_link(&t->forest, x, parent);
	t->nodes[x].parent = parent;
	t->nodes[parent].n_children++;
}

static void unlink_node(struct threader *t, uint32_t x)
{
	if (!t->nodes[x].parent)
		return;
	forest_cut(&t->forest, x);
	t->nodes[t->nodes[x].parent].n_children--;
	t->nodes[x].parent = 0;
}

/* (1)(A): each reference is the parent of the next, but for those that have one. */
static int link_references(struct threader *t, struct str field, bool only_first, uint32_t *last)
{
	*last = 0;
	while (message_id_next(&field, &t->id)) {
		uint32_t x;
		int e = id_node(t, &x);

		if (e < 0)
			return e;
		if (*last && !t->nodes[x].parent)
			link_to(t, x, *last);
		*last = x;
		if (only_first)
			break;
	}
	return 0;
}

/* The first message with an id gets its node, others one of their own. */
static int message_node(struct threader *t, struct str message_id, uint32_t *ret)
{
	if (message_id_next(&message_id, &t->id)) {
		int e = id_node(t, ret);

		if (e < 0 || !t->nodes[*ret].msg)
			return e;
	}
	*ret = thread_node_new(t);
	return *ret == UINT32_MAX ? E_NOMEM : 0;
}

static int link_message(struct threader *t, const struct thread_in *m, uint32_t *node)
{
	uint32_t parent;
	int e = message_node(t, m->message_id, node);

	if (e < 0)
		return e;
	t->nodes[*node].msg = (uint32_t)t->n_msgs + 1;
	e = link_references(t, m->references, false, &parent);
	if (e >= 0 && !parent) /* nothing valid in References: one id of In-Reply-To */
		e = link_references(t, m->in_reply_to, true, &parent);
	if (e < 0)
		return e;
	/* (1)(B): what the message itself says counts more than what others said */
	if (t->nodes[*node].parent != parent) {
		unlink_node(t, *node);
		if (parent)
			link_to(t, *node, parent);
	}
	return 0;
}

int threader_add(struct threader *t, const struct thread_in *m)
{
	struct thread_msg *msgs = grown(t->msgs, t->n_msgs, &t->cap_msgs, sizeof(*msgs)), *msg;
	int e = 0;

	if (!msgs)
		return E_NOMEM;
	t->msgs = msgs;
	msg = &msgs[t->n_msgs];
	*msg = (struct thread_msg){.number = m->number, .sent = m->sent, .arrival = m->arrival};
	msg->subject = key_of(t, m->subject);
	msg->has_subject = m->subject.n > 0;
	msg->is_reply = m->is_reply;
	if (t->alg == THREAD_ORDEREDSUBJECT) {
		msg->node = thread_node_new(t);
		if (msg->node == UINT32_MAX)
			return E_NOMEM;
		t->nodes[msg->node].msg = (uint32_t)t->n_msgs + 1;
	} else {
		e = link_message(t, m, &msg->node);
	}
	t->n_msgs += e >= 0;
	return e;
}
