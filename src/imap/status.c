/* status.c - STATUS (RFC 9051 6.3.11) from the mailbox's row, and NAMESPACE (RFC 2342).
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "imap/command.h"
#include "imap/folders.h"

enum item_bit {
	ITEM_MESSAGES = 1, ITEM_RECENT = 2, ITEM_UIDNEXT = 4, ITEM_UIDVALIDITY = 8, ITEM_UNSEEN = 16,
	ITEM_DELETED = 32, ITEM_SIZE = 64, ITEM_HIGHESTMODSEQ = 128, ITEM_MAILBOXID = 256,
	ITEM_APPENDLIMIT = 512, ITEM_DELETED_STORAGE = 1024,
};

static const struct {
	enum item_bit bit;
	const char *name; /* RFC */
} items_of[] = {
	{ITEM_MESSAGES, "MESSAGES"},         /* 9051 */
	{ITEM_RECENT, "RECENT"},             /* 3501 */
	{ITEM_UIDNEXT, "UIDNEXT"},
	{ITEM_UIDVALIDITY, "UIDVALIDITY"},
	{ITEM_UNSEEN, "UNSEEN"},
	{ITEM_DELETED, "DELETED"},           /* 9051, 9208 */
	{ITEM_SIZE, "SIZE"},                 /* 8438 */
	{ITEM_HIGHESTMODSEQ, "HIGHESTMODSEQ"}, /* 7162 */
	{ITEM_MAILBOXID, "MAILBOXID"},       /* 8474 */
	{ITEM_APPENDLIMIT, "APPENDLIMIT"},   /* 7889 */
	{ITEM_DELETED_STORAGE, "DELETED-STORAGE"}, /* 9208 */
};

static uint32_t item_by_name(const struct imap *s, struct str name)
{
	for (size_t i = 0; i < COLUMNS(items_of); i++)
		if (str_ieq(name, str_of(items_of[i].name)))
			return items_of[i].bit;
	return 0;
}

/* "(MESSAGES UNSEEN)"; each may come more than once, and is told once. */
int take_status_items(struct imap *s, uint32_t *ret)
{
	struct args *a = &s->cmd->args;
	uint32_t all = 0;

	arg_char(a, '(');
	do {
		struct str name;
		uint32_t one;

		if (arg_atom(a, &name) < 0)
			return a->err;
		if (!(one = item_by_name(s, name)))
			return arg_fail(a, E_SYNTAX, "STATUS has no such item");
		all |= one;
	} while (arg_next_is(a, ' '));
	if (arg_char(a, ')') < 0)
		return a->err;
	*ret = all;
	return 0;
}

static uint64_t value_of(struct imap *s, const struct mbox_info *m, enum item_bit bit)
{
	uint64_t unseen = m->unseen;
	uint32_t recent = 0;

	switch (bit) {
	case ITEM_MESSAGES:
		return m->messages;
	case ITEM_RECENT:
		mbox_recent(imap_store(s), m->id, &recent);
		return recent;
	case ITEM_UIDNEXT:
		return m->uidnext;
	case ITEM_UIDVALIDITY:
		return m->uidvalidity;
	case ITEM_UNSEEN:
		if (mbox_seen_is_own(imap_store(s), m))
			mbox_unseen_by(imap_store(s), m->id, s->account, &unseen);
		return unseen;
	case ITEM_DELETED:
		return m->deleted;
	case ITEM_SIZE:
		return m->octets;
	case ITEM_HIGHESTMODSEQ:
		return m->highestmodseq;
	case ITEM_APPENDLIMIT:
		return s->conf->message_size;
	default: /* RFC 9208 4.1.4: in octets, as SIZE */
		return m->deleted_octets;
	}
}

void put_status(struct imap *s, struct buf *out, struct str name, const struct mbox_info *m, uint32_t items)
{
	const char *between = "";

	buf_add(out, STR("* STATUS "));
	put_mailbox(s, out, name);
	buf_add(out, STR(" ("));
	for (size_t i = 0; i < COLUMNS(items_of); i++) {
		if (!(items & items_of[i].bit))
			continue;
		buf_printf(out, "%s%s ", between, items_of[i].name);
		between = " ";
		if (items_of[i].bit == ITEM_MAILBOXID) {
			buf_add_char(out, '(');
			put_object_id(out, 'F', m->id);
			buf_add_char(out, ')');
		} else {
			buf_add_u64(out, value_of(s, m, items_of[i].bit));
		}
	}
	if (items & ITEM_HIGHESTMODSEQ) /* RFC 7162 3.1: who asks for it means it */
		s->enabled |= EN_CONDSTORE;
	buf_add(out, STR(")\r\n"));
}

/* STATUS mailbox (items) */
int imap_cmd_status(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct mbox_info m;
	struct str name;
	struct buf *b;
	uint32_t items;

	arg_sp(a);
	arg_mailbox(a, &name);
	arg_sp(a);
	take_status_items(s, &items);
	if (arg_end(a) < 0)
		return imap_fail(s, a->err);
	int r = imap_find(s, name, RIGHT_R, &m, NULL); /* RFC 4314 4 */
	if (r < 0)
		return imap_fail(s, r);
	b = imap_buf(s);
	put_status(s, b, name, &m, items);
	if (b->failed)
		return imap_fail(s, b->failed);
	imap_write(s, b);
	return imap_ok(s, "that is its status");
}

/* All three, whether anything is in them or not: it may be tomorrow. */
void imap_tell_namespace(struct imap *s)
{
	imap_untagged(s, "NAMESPACE ((\"\" \"/\")) ((\"" OTHERS_PREFIX "\" \"/\")) ((\"" SHARED_PREFIX
			 "\" \"/\"))");
}

/* NAMESPACE - RFC 2342 5. */
int imap_cmd_namespace(struct imap *s)
{
	struct args *a = &s->cmd->args;

	if (arg_end(a) < 0)
		return imap_fail(s, a->err);
	imap_tell_namespace(s);
	return imap_ok(s, "these are the namespaces");
}
