/* from-store.c - the source that is an account: its mailboxes, each as of one moment.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/err.h"
#include "store/import/import.h"

enum { CHUNK = 64 << 10 };

struct out {
	struct store *s;
	const struct import_sink *to;
	struct snap *snap;
	struct arena arena;                         /* the mailbox's keywords */
	struct str keywords[IMPORT_KEYWORDS_MOST];  /* bit by bit; p = NULL: none */
	struct buf uidl, sender;
	char *chunk;
	uint64_t done, all;
};

static int read_keywords(struct out *o)
{
	struct buf name;
	char key[16];
	int r = 0;

	arena_reset(&o->arena);
	buf_init(&name, 512);
	for (unsigned i = 0; i < IMPORT_KEYWORDS_MOST && (r >= 0 || r == E_NOTFOUND); i++) {
		snprintf(key, sizeof(key), "keyword.%u", i);
		buf_clear(&name);
		o->keywords[i] = STR_NONE;
		r = meta_find(o->s, o->snap->account, o->snap->mbox, str_of(key), &name);
		if (r >= 0)
			o->keywords[i] = arena_dup(&o->arena, buf_str(&name));
		if (r >= 0 && !o->keywords[i].p)
			r = E_NOMEM;
	}
	buf_free(&name);
	return r == E_NOTFOUND ? 0 : r;
}

static size_t pick_keywords(const struct out *o, uint64_t bits, struct str *v)
{
	size_t n = 0;

	for (unsigned i = 0; i < IMPORT_KEYWORDS_MOST; i++)
		if (bits >> i & 1 && o->keywords[i].n)
			v[n++] = o->keywords[i];
	return n;
}

/* The UIDL that it came with, or the one that our POP3 server tells. */
static void make_uidl(struct out *o, uint32_t uid)
{
	buf_clear(&o->uidl);
	if (snap_uidl(o->snap, uid, &o->uidl) < 0) {
		buf_clear(&o->uidl);
		buf_printf(&o->uidl, "%u.%u", o->snap->uidvalidity, uid);
	}
}

static int send_body(struct out *o, struct msg_body *b)
{
	int r = 0;

	for (uint64_t at = 0; at < b->size && r >= 0;) {
		int64_t n = msg_read(b, at, o->chunk, CHUNK);

		if (n <= 0)
			return n < 0 ? (int)n : E_DAMAGED;
		at += (uint64_t)n;
		r = o->to->bytes(o->to->arg, str_n(o->chunk, (size_t)n));
	}
	return r < 0 ? r : o->to->end(o->to->arg);
}

static NOINLINE int send_open(struct out *o, const struct msg_info *m, struct msg_body *b)
{
	struct str keywords[IMPORT_KEYWORDS_MOST];
	struct import_msg msg = {
		.size = m->size, .uid = m->uid, .flags = m->flags, .keywords = keywords,
		.internaldate_ms = m->internaldate_ms, .internaldate_zone = m->internaldate_zone};
	int r;

	memcpy(msg.id, &o->snap->mbox, 8);
	memcpy(msg.id + 8, &m->uid, 4);
	msg.n_keywords = pick_keywords(o, m->keywords, keywords);
	make_uidl(o, m->uid);
	buf_clear(&o->sender);
	if (snap_sender(o->snap, m->uid, &o->sender) >= 0)
		msg.envelope_from = buf_str(&o->sender);
	msg.uidl = buf_str(&o->uidl);
	r = o->to->wants(o->to->arg, &msg);
	return r <= 0 ? r : send_body(o, b);
}

static int send_message(struct out *o, uint32_t uid)
{
	struct msg_body b = {.fd = -1};
	struct msg_info m;
	int r = snap_info(o->snap, uid, &m);

	if (r >= 0)
		r = msg_open(&b, o->snap, uid);
	if (r == E_DAMAGED) {
		import_say(o->to, "UID %u: %s", uid, err_row(r)->text);
		return 0;
	}
	if (r >= 0)
		r = send_open(o, &m, &b);
	msg_close(&b);
	return r;
}

static int send_messages(struct out *o)
{
	int r = 0;

	for (uint32_t i = 0; i < o->snap->n && r >= 0; i++) {
		r = send_message(o, o->snap->msgs[i].uid);
		o->to->progress(o->to->arg, ++o->done, o->all);
	}
	return r;
}

static NOINLINE int send_mailbox(struct out *o, struct str name, const struct mbox_info *m)
{
	struct str keywords[IMPORT_KEYWORDS_MOST];
	struct import_folder f = {.name = name, .uidvalidity = m->uidvalidity, .uidnext = m->uidnext,
				  .subscribed = m->subscribed, .keywords = keywords};
	int r = snap_open(&o->snap, o->s, m->id);

	if (r < 0)
		return r == E_NOMBOX ? 0 : r; /* deleted just now */
	r = read_keywords(o);
	if (r >= 0) {
		f.n_keywords = pick_keywords(o, UINT64_MAX, keywords);
		r = o->to->folder(o->to->arg, &f);
	}
	if (r > 0)
		r = send_messages(o);
	o->snap = snap_close(o->snap);
	return r;
}

static bool is_meant(const struct import_opts *opts, struct str name)
{
	struct str box = opts->mailbox;

	return !box.n || str_eq(name, box) ||
	       (name.n > box.n && str_starts(name, box) && name.p[box.n] == '/');
}

typedef int mbox_fn(struct out *o, struct str name, const struct mbox_info *m);

static int count_mailbox(struct out *o, struct str name, const struct mbox_info *m)
{
	o->all += m->messages;
	return 0;
}

static int each_mailbox(struct out *o, uint64_t account, const struct import_opts *opts, mbox_fn *fn)
{
	struct buf name, after;
	struct mbox_info m;
	bool any = false;
	int r = 0;

	buf_init(&name, 4096);
	buf_init(&after, 4096);
	while (r >= 0) {
		buf_clear(&name);
		r = mbox_next(o->s, account, buf_str(&after), &name, &m);
		if (r < 0)
			break;
		buf_clear(&after);
		buf_add(&after, buf_str(&name));
		if (is_meant(opts, buf_str(&name))) {
			any = true;
			r = fn(o, buf_str(&name), &m);
		}
	}
	buf_free(&name);
	buf_free(&after);
	if (r == E_NOTFOUND || r == E_NOMBOX)
		r = any || !opts->mailbox.n ? 0 : E_NOMBOX;
	return r;
}

int store_read(struct store *s, uint64_t account, const struct import_opts *opts,
	       const struct import_sink *to)
{
	struct out o = {.s = s, .to = to, .chunk = malloc(CHUNK)};
	int r = o.chunk ? 0 : E_NOMEM;

	arena_init(&o.arena, 1 << 20);
	buf_init(&o.uidl, 1024);
	buf_init(&o.sender, 4096);
	if (r >= 0)
		r = each_mailbox(&o, account, opts, count_mailbox);
	if (r >= 0)
		r = each_mailbox(&o, account, opts, send_mailbox);
	if (r >= 0)
		r = to->finish(to->arg);
	free(o.chunk);
	arena_free(&o.arena);
	buf_free(&o.uidl);
	buf_free(&o.sender);
	return r;
}
