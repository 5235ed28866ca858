/* to-store.c - the sink that is an account: groups of messages, each committed with their ids.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a mailbox got by imports is written in its values "import.0", "import.1", ...: one a group,
 * of the same change as the group's messages. So after a crash a message is there together with
 * its id, or neither is, and no try ever makes a second copy (nor brings back what the user has
 * deleted since). */
#include <stdlib.h>
#include "base/err.h"
#include "store/import/import.h"
#include "wire/mutf7.h"

enum {
	GROUP_MESSAGES = 64,
	GROUP_BYTES = 4 << 20,
	UIDL_MOST = 70, /* RFC 1939 7 */
};

struct held { /* a message of the group */
	struct draft *draft;
	struct delivery to;
	unsigned char id[IMPORT_ID];
};

struct ids { /* what the mailbox had; open addressing, an all-zero slot is free */
	unsigned char (*slots)[IMPORT_ID];
	size_t n, mask;
};

struct store_sink {
	struct store_sink_opts o;
	struct import_sink *sink; /* of `say` */
	struct import_counts counts;
	struct arena arena; /* the group's strings */
	struct buf mbox;
	uint64_t mbox_id;
	bool keeps_uids;
	unsigned n_groups; /* values of this mailbox so far */
	struct ids had;
	struct held held[GROUP_MESSAGES];
	size_t n_held;
	uint64_t held_bytes;
	struct draft *draft; /* that is being written */
	int draft_err;
};

static void tell(struct store_sink *s, const char *what, int e)
{
	struct import_sink to = {.arg = s->o.arg, .say = s->o.say};

	import_say(&to, STR_FMT ": %s: %s", STR_ARG(str_head(buf_str(&s->mbox), 100)), what,
		   err_row(e)->text);
}

/* -- ids ------------------------------------------------------------------------ */

static const unsigned char no_id[IMPORT_ID];

static unsigned char *id_slot(const struct ids *v, const unsigned char *id)
{
	uint64_t hash;
	size_t at;

	memcpy(&hash, id, sizeof(hash)); /* of a SHA-256 */
	for (at = hash & v->mask; memcmp(v->slots[at], no_id, IMPORT_ID); at = (at + 1) & v->mask)
		if (!memcmp(v->slots[at], id, IMPORT_ID))
			break;
	return v->slots[at];
}

static int ids_grow(struct ids *v)
{
	size_t n = v->mask ? 2 * (v->mask + 1) : 1024;
	struct ids more = {.mask = n - 1, .n = v->n};

	more.slots = calloc(n, IMPORT_ID);
	if (!more.slots)
		return E_NOMEM;
	for (size_t i = 0; v->mask && i <= v->mask; i++)
		if (memcmp(v->slots[i], no_id, IMPORT_ID))
			memcpy(id_slot(&more, v->slots[i]), v->slots[i], IMPORT_ID);
	free(v->slots);
	*v = more;
	return 0;
}

static int ids_add(struct ids *v, const unsigned char *id)
{
	if (2 * v->n >= v->mask && ids_grow(v) < 0)
		return E_NOMEM;
	memcpy(id_slot(v, id), id, IMPORT_ID);
	v->n++;
	return 0;
}

static bool ids_has(const struct ids *v, const unsigned char *id)
{
	return v->mask && memcmp(id_slot(v, id), no_id, IMPORT_ID);
}

static void ids_free(struct ids *v)
{
	free(v->slots);
	*v = (struct ids){0};
}

static struct str group_name(unsigned n, char *out, size_t cap)
{
	return str_n(out, (size_t)snprintf(out, cap, "import.%u", n));
}

static int load_ids(struct store_sink *s)
{
	struct buf value;
	char name[24];
	int r = 0;

	ids_free(&s->had);
	buf_init(&value, GROUP_MESSAGES * IMPORT_ID);
	for (s->n_groups = 0; r >= 0; s->n_groups++) {
		buf_clear(&value);
		r = meta_find(s->o.store, s->o.account, s->mbox_id,
			      group_name(s->n_groups, name, sizeof(name)), &value);
		if (r < 0)
			break;
		for (size_t at = 0; at + IMPORT_ID <= value.n && r >= 0; at += IMPORT_ID)
			r = ids_add(&s->had, (unsigned char *)value.p + at);
	}
	buf_free(&value);
	return r == E_NOTFOUND ? 0 : r;
}

/* -- groups ------------------------------------------------------------------------ */

static int add_ids(struct store_sink *s, struct change *c, const struct held *h, size_t n)
{
	unsigned char ids[GROUP_MESSAGES * IMPORT_ID];
	char name[24];

	for (size_t i = 0; i < n; i++)
		memcpy(ids + i * IMPORT_ID, h[i].id, IMPORT_ID);
	return change_meta_set(c, s->o.account, s->mbox_id,
			       group_name(s->n_groups, name, sizeof(name)),
			       str_n(ids, n * IMPORT_ID));
}

static int commit(struct store_sink *s, struct held *h, size_t n)
{
	struct change *c;
	int r = change_new(&c, s->o.store);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r >= 0; i++)
		r = change_deliver(c, h[i].draft, &h[i].to, 1);
	if (r >= 0)
		r = add_ids(s, c, h, n);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	change_as_one(c);
	r = change_commit(&c);
	if (r < 0)
		return r;
	s->n_groups++;
	s->counts.stored += n;
	for (size_t i = 0; i < n && r >= 0; i++) {
		s->counts.octets += draft_size(h[i].draft);
		r = ids_add(&s->had, h[i].id);
	}
	return r;
}

static bool is_for_all(int e) /* not this message's fault */
{
	return e == E_QUOTA || e == E_NOSPACE || e == E_IO || e == E_CLOSED || e == E_NOMEM ||
	       e == E_NOACCOUNT || e == E_NOMBOX || e == E_BUSY || e == E_UNKNOWN;
}

/* One of the group cannot be stored: each by itself, and without its keywords if that is why. */
static int commit_each(struct store_sink *s)
{
	int r = 0;

	for (size_t i = 0; i < s->n_held && r >= 0; i++) {
		struct held *h = &s->held[i];

		r = commit(s, h, 1);
		if (r == E_LIMIT && h->to.n_keywords) {
			tell(s, "keywords dropped", r);
			h->to.n_keywords = 0;
			r = commit(s, h, 1);
		}
		if (r < 0 && !is_for_all(r)) {
			tell(s, "a message is left out", r);
			s->counts.failed++;
			r = 0;
		}
	}
	return r;
}

static int flush(struct store_sink *s)
{
	int r = s->n_held ? commit(s, s->held, s->n_held) : 0;

	if (r < 0 && (!is_for_all(r) || r == E_QUOTA)) /* E_QUOTA: some may still fit */
		r = commit_each(s);
	for (size_t i = 0; i < s->n_held; i++)
		draft_drop(s->held[i].draft);
	s->n_held = 0;
	s->held_bytes = 0;
	arena_reset(&s->arena);
	return r;
}

/* -- folders ---------------------------------------------------------------------- */

typedef int step_fn(struct change *c, struct store_sink *s, const struct import_folder *f);

static int add_adopt(struct change *c, struct store_sink *s, const struct import_folder *f)
{
	return change_mbox_adopt(c, s->o.account, f->name, f->uidvalidity);
}

static int add_create(struct change *c, struct store_sink *s, const struct import_folder *f)
{
	return change_mbox_create(c, s->o.account, f->name, 0);
}

static int add_subscribe(struct change *c, struct store_sink *s, const struct import_folder *f)
{
	return change_mbox_subscribe(c, s->o.account, f->name, true);
}

static int one_step(struct store_sink *s, step_fn *add, const struct import_folder *f)
{
	struct change *c;
	int r = change_new(&c, s->o.store);

	if (r < 0)
		return r;
	r = add(c, s, f);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

static int make_folder(struct store_sink *s, const struct import_folder *f)
{
	struct mbox_info m;
	int r = f->uidvalidity ? one_step(s, add_adopt, f) : E_EXISTS;

	if (r < 0)
		r = one_step(s, add_create, f);
	if (r < 0 && r != E_EXISTS)
		return r;
	if ((r = mbox_find(s->o.store, s->o.account, f->name, &m)) < 0)
		return r;
	s->mbox_id = m.id;
	s->keeps_uids = f->uidvalidity && m.uidvalidity == f->uidvalidity;
	s->counts.folders++;
	return load_ids(s);
}

static int sink_folder(void *arg, const struct import_folder *f)
{
	struct store_sink *s = arg;
	struct buf name;
	int r = flush(s);

	if (r < 0)
		return r;
	buf_clear(&s->mbox);
	buf_add(&s->mbox, f->name);
	buf_init(&name, 512);
	r = mailbox_name_canonical(f->name, &name);
	if (r >= 0 && !str_eq(buf_str(&name), f->name))
		r = E_SYNTAX;
	buf_free(&name);
	if (r < 0) {
		tell(s, "the folder is left out", r);
		return r == E_NOMEM ? r : 0;
	}
	r = f->is_name_only ? 0 : make_folder(s, f);
	if (r >= 0 && f->subscribed)
		r = one_step(s, add_subscribe, f);
	return r < 0 ? r : 1;
}

/* -- messages ---------------------------------------------------------------------- */

static bool is_uidl(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.n <= UIDL_MOST;
}

static bool is_keyword(struct str s) /* an atom, RFC 9051 9: flag-keyword */
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || strchr("(){%*\"\\]", s.p[i]))
			return false;
	return s.n && s.n <= 255;
}

static int keep_keywords(struct store_sink *s, const struct import_msg *m, struct delivery *to)
{
	struct str *v = arena_alloc(&s->arena, m->n_keywords * sizeof(*v) + 1);

	if (!v)
		return E_NOMEM;
	for (size_t i = 0; i < m->n_keywords; i++) {
		if (!is_keyword(m->keywords[i]))
			continue;
		v[to->n_keywords] = arena_dup(&s->arena, m->keywords[i]);
		if (!v[to->n_keywords++].p)
			return E_NOMEM;
	}
	to->keywords = v;
	return 0;
}

static int hold(struct store_sink *s, const struct import_msg *m)
{
	struct held *h = &s->held[s->n_held];

	h->to = (struct delivery){
		.account = s->o.account,
		.mbox = buf_str(&s->mbox),
		.flags = m->flags,
		.internaldate_ms = m->internaldate_ms,
		.internaldate_zone = m->internaldate_zone,
		.uid_wish = s->keeps_uids ? m->uid : 0,
		.uidl = is_uidl(m->uidl) ? arena_dup(&s->arena, m->uidl) : STR_NONE,
		.envelope_from = arena_dup(&s->arena, str_head(m->envelope_from, 1000)),
	};
	memcpy(h->id, m->id, IMPORT_ID);
	return keep_keywords(s, m, &h->to);
}

static bool is_held(const struct store_sink *s, const unsigned char *id)
{
	for (size_t i = 0; i < s->n_held; i++)
		if (!memcmp(s->held[i].id, id, IMPORT_ID))
			return true;
	return false;
}

static int sink_wants(void *arg, const struct import_msg *m)
{
	struct store_sink *s = arg;
	int r = 0;

	if (ids_has(&s->had, m->id) || is_held(s, m->id)) {
		s->counts.had++;
		return 0;
	}
	if (s->n_held == GROUP_MESSAGES || s->held_bytes >= GROUP_BYTES)
		r = flush(s);
	if (r < 0)
		return r;
	r = draft_open(&s->draft, s->o.store, m->size > s->o.message_most ? m->size : m->size / 2);
	if (r == E_TOOBIG) {
		tell(s, "a message is left out", r);
		s->counts.failed++;
		return 0;
	}
	s->draft_err = 0;
	if (r >= 0)
		r = hold(s, m);
	return r < 0 ? r : 1;
}

static int sink_bytes(void *arg, struct str bytes)
{
	struct store_sink *s = arg;

	if (!s->draft_err)
		s->draft_err = draft_write(s->draft, bytes);
	return is_for_all(s->draft_err) ? s->draft_err : 0;
}

static int sink_end(void *arg)
{
	struct store_sink *s = arg;

	if (s->draft_err) {
		tell(s, "a message is left out", s->draft_err);
		s->counts.failed++;
		s->draft = draft_drop(s->draft);
		return 0;
	}
	draft_end(s->draft);
	s->held_bytes += draft_size(s->draft);
	s->held[s->n_held++].draft = s->draft;
	s->draft = NULL;
	return 0;
}

static int sink_finish(void *arg)
{
	return flush(arg);
}

int store_sink_new(struct store_sink **ret, const struct store_sink_opts *o, struct import_sink *sink)
{
	struct store_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return E_NOMEM;
	s->o = *o;
	buf_init(&s->mbox, 4096);
	arena_init(&s->arena, 64 << 20);
	*sink = (struct import_sink){
		.arg = s, .folder = sink_folder, .wants = sink_wants, .bytes = sink_bytes,
		.end = sink_end, .finish = sink_finish};
	*ret = s;
	return 0;
}

struct store_sink *store_sink_free(struct store_sink *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < s->n_held; i++)
		draft_drop(s->held[i].draft);
	draft_drop(s->draft);
	ids_free(&s->had);
	arena_free(&s->arena);
	buf_free(&s->mbox);
	free(s);
	return NULL;
}

struct import_counts store_sink_counts(const struct store_sink *s)
{
	return s->counts;
}
