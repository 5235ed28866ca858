/* messages.c - sets of messages, from a client's words to UIDs that are there.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "imap/messages.h"

int refuse_numbers(struct imap *s)
{
	if (!(s->enabled & EN_UIDONLY) || s->cmd->is_uid)
		return 0;
	return imap_bad(s, "[UIDREQUIRED] message numbers are not allowed once UIDONLY is enabled");
}

static struct uidset as_uidset(const struct seqset *set)
{
	static_assert(sizeof(struct seq_range) == sizeof(struct uid_range), "the same");
	return (struct uidset){(const struct uid_range *)set->r, set->n};
}

int arg_messages(struct imap *s, struct uidset *ret)
{
	struct uidset raw;

	return arg_messages_raw(s, ret, &raw);
}

int arg_messages_raw(struct imap *s, struct uidset *ret, struct uidset *raw)
{
	struct args *a = &s->cmd->args;
	const struct view *v = s->mbox->view;
	bool is_uid = s->cmd->is_uid;
	struct args again = *a;
	struct uidset in;
	struct seqset set, ever;
	int r = arg_seqset(a, is_uid ? view_uid(v, v->n) : v->n, &set);

	if (r < 0)
		return r;
	if (set.is_saved) { /* RFC 5182 2.1: UIDs; those that are gone are passed over */
		in = (struct uidset){s->mbox->saved, s->mbox->n_saved};
		is_uid = true;
	} else {
		in = as_uidset(&set);
	}
	/* RFC 9051 9 (seq-number): also "*" in an empty mailbox */
	if (!is_uid && (!in.n || in.r[in.n - 1].hi > v->n))
		return arg_fail(a, E_SYNTAX, "no message has that number");
	r = in.n ? view_pick(v, in, !is_uid, a->arena, ret) : 0;
	if (!in.n)
		*ret = in;
	*raw = is_uid ? in : *ret;
	/* who asks what of 1:* has vanished means also what was higher than all that are left */
	if (is_uid && set.has_star && arg_seqset(&again, v->uidnext - 1, &ever) == 0)
		*raw = as_uidset(&ever);
	return r < 0 ? arg_fail(a, r, err_row(r)->text) : 0;
}

uint64_t uidset_count(struct uidset set)
{
	uint64_t n = 0;

	for (size_t i = 0; i < set.n; i++)
		n += (uint64_t)set.r[i].hi - set.r[i].lo + 1;
	return n;
}

bool uid_list_add(struct uid_list *l, uint32_t uid)
{
	l->count++;
	if (l->n && l->r[l->n - 1].hi + 1 == uid) {
		l->r[l->n - 1].hi = uid;
		return true;
	}
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 32;
		struct uid_range *r = realloc(l->r, cap * sizeof(*r));

		if (!r)
			return false;
		l->r = r;
		l->cap = cap;
	}
	l->r[l->n++] = (struct uid_range){uid, uid};
	return true;
}

void uid_list_free(struct uid_list *l)
{
	free(l->r);
	*l = (struct uid_list){0};
}

int uid_cursor_init(struct uid_cursor *c, struct uidset set, struct arena *a)
{
	c->n = 0;
	if (!set.n)
		return 0;
	c->r = arena_alloc(a, set.n * sizeof(*c->r));
	if (!c->r)
		return E_NOMEM;
	memcpy(c->r, set.r, set.n * sizeof(*c->r));
	c->n = set.n;
	return 0;
}

void uid_cursor_to(struct uid_cursor *c, uint32_t uid)
{
	while (c->n && c->r->hi < uid) {
		c->r++;
		c->n--;
	}
	if (c->n && c->r->lo < uid)
		c->r->lo = uid;
}

void uid_cursor_end(struct uid_cursor *c)
{
	c->n = 0;
}

int uidset_minus(struct uidset a, struct uidset b, struct arena *arena, struct uidset *ret)
{
	struct uid_range *r = arena_alloc(arena, (a.n + b.n + 1) * sizeof(*r));
	size_t n = 0, k = 0;

	if (!r)
		return E_NOMEM;
	for (size_t i = 0; i < a.n; i++) {
		uint64_t lo = a.r[i].lo;

		while (k < b.n && b.r[k].hi < lo)
			k++;
		for (size_t j = k; j < b.n && b.r[j].lo <= a.r[i].hi && lo <= a.r[i].hi; j++) {
			if (b.r[j].lo > lo)
				r[n++] = (struct uid_range){(uint32_t)lo, b.r[j].lo - 1};
			lo = (uint64_t)b.r[j].hi + 1;
			k = j;
		}
		if (lo <= a.r[i].hi)
			r[n++] = (struct uid_range){(uint32_t)lo, a.r[i].hi};
	}
	*ret = (struct uidset){r, n};
	return 0;
}

int put_uidset(struct buf *out, struct uidset set)
{
	for (size_t i = 0; i < set.n; i++) {
		if (i)
			buf_add_char(out, ',');
		buf_add_u64(out, set.r[i].lo);
		if (set.r[i].hi == set.r[i].lo)
			continue;
		buf_add_char(out, ':');
		buf_add_u64(out, set.r[i].hi);
	}
	return out->failed;
}

/* RFC 7162 3.1.2.1: told once, with the first command that needs it. */
void condstore_on(struct imap *s)
{
	if (s->enabled & EN_CONDSTORE)
		return;
	s->enabled |= EN_CONDSTORE;
	imap_untagged(s, "OK [HIGHESTMODSEQ %" PRIu64 "] changes are numbered from here",
		      s->mbox->view->modseq);
}

uint64_t modseq_now(struct imap *s)
{
	struct mbox_info info;

	return mbox_get(imap_store(s), s->mbox->view->mbox, &info) < 0 ? 0 : info.highestmodseq;
}
