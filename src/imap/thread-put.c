/* thread-put.c - writes threads as nested lists (RFC 5256 4), however deep, without recursion.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/thread.h"

/* A node is a list of its own if it is on top or has siblings; else it follows its parent. */
static bool has_list(const struct threader *t, uint32_t x)
{
	uint32_t p = t->nodes[x].parent;

	return !p || t->nodes[p].n_children > 1;
}

static void enter(struct threader *t, struct buf *out)
{
	const struct thread_node *x = &t->nodes[t->at];

	if (has_list(t, t->at))
		buf_add_char(out, '(');
	if (x->msg) {
		buf_add_u64(out, t->msgs[x->msg - 1].number);
		if (x->n_children)
			buf_add_char(out, ' ');
	}
	if (x->n_children)
		t->at = x->first;
	else
		t->is_leaving = true;
}

static void leave(struct threader *t, struct buf *out)
{
	const struct thread_node *x = &t->nodes[t->at];

	if (has_list(t, t->at))
		buf_add_char(out, ')');
	t->is_leaving = !x->next;
	t->at = x->next ? x->next : x->parent;
}

int threader_put(struct threader *t, struct buf *out, size_t room)
{
	while (t->at && out->n < room && !out->failed) {
		if (t->is_leaving)
			leave(t, out);
		else
			enter(t, out);
	}
	return out->failed ? out->failed : t->at != 0;
}
