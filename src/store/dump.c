/* dump.c - the log in a person's words.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/err.h"
#include "store/internal.h"

struct dump {
	void (*say)(void *arg, const char *line);
	void *arg;
	struct arena arena;
	struct buf line;
};

static void put_text(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n && i < 200; i++) {
		unsigned char ch = (unsigned char)s.p[i];

		if (ch < 32 || ch == 127 || ch == '"' || ch == '\\')
			buf_printf(b, "\\x%02x", ch);
		else
			buf_add_char(b, (char)ch);
	}
}

static void put_named(struct buf *b, const char *what, struct str s)
{
	buf_printf(b, " %s=\"", what);
	put_text(b, s);
	buf_add_char(b, '"');
}

static void put_ranges(struct buf *b, const struct uid_range *r, size_t n)
{
	buf_printf(b, " uids=");
	for (size_t i = 0; i < n && i < 50; i++)
		if (r[i].lo == r[i].hi)
			buf_printf(b, "%s%u", i ? "," : "", r[i].lo);
		else
			buf_printf(b, "%s%u:%u", i ? "," : "", r[i].lo, r[i].hi);
	if (n > 50)
		buf_printf(b, ",... (%zu ranges)", n);
}

static void put_stored(struct buf *b, const struct rec_stored *m)
{
	buf_printf(b, " mailbox=%" PRIx64 " uid=%u body=%" PRIu64 " bytes=%" PRIu64 " flags=%x", m->mbox,
		   m->uid, m->body_id, m->size + m->prefix.n, m->flags);
	if (m->bits & BIT_PACKED)
		buf_printf(b, " packed=%" PRIu64, m->body_bytes);
	if (m->where == BODY_BACK)
		buf_printf(b, " body-of=-%u", m->back);
	put_named(b, "from", m->envelope_from);
	put_named(b, "to", m->envelope_to);
}

static bool is_secret(struct str name)
{
	return str_eq(name, STR("password")) || str_eq(name, STR("apop")) ||
	       str_starts(name, STR("scram"));
}

static void put_record(struct buf *b, const struct record *r)
{
	switch (r->type) {
	case REC_ACCOUNT_CREATE:
		put_named(b, "name", r->account_create.name);
		/* fall through */
	case REC_ACCOUNT_DELETE:
		buf_printf(b, " id=%" PRIu64, r->account_create.id);
		break;
	case REC_ACCOUNT_SET:
		buf_printf(b, " disabled=%d quota=%" PRIu64, r->account_set.disabled,
			   r->account_set.quota_bytes);
		break;
	case REC_ALIAS_SET:
	case REC_META_SET:
	case REC_ACL_SET:
		put_named(b, "name", r->named.name);
		put_named(b, "value", is_secret(r->named.name) ? STR("(secret)") : r->named.value);
		break;
	case REC_MBOX_CREATE:
	case REC_MBOX_RENAME:
	case REC_MBOX_DELETE:
	case REC_SUBSCRIBE:
	case REC_MBOX_USE:
	case REC_SWEPT:
		buf_printf(b, " mailbox=%" PRIx64 " uidvalidity=%u", r->mbox.mbox,
			   r->mbox.uidvalidity);
		put_named(b, "name", r->mbox.name);
		break;
	case REC_STORED:
		put_stored(b, &r->stored);
		break;
	case REC_FLAGS:
		buf_printf(b, " mailbox=%" PRIx64 " op=%d flags=%x", r->flags.mbox, (int)r->flags.op,
			   r->flags.flags);
		put_ranges(b, r->flags.r, r->flags.n);
		break;
	case REC_SEEN_BY:
	case REC_EXPUNGED:
	case REC_RECLAIMED:
		buf_printf(b, " mailbox=%" PRIx64, r->uids.mbox);
		put_ranges(b, r->uids.r, r->uids.n);
		break;
	case REC_BODY_MOVED:
		buf_printf(b, " body=%" PRIu64, r->moved.body_id);
		break;
	case REC_BASE:
		buf_printf(b, " state=%" PRIu64 " slice=%" PRIu64 "%s rows=%" PRIu64, r->base.state,
			   r->base.slice, r->base.last ? " last" : "", r->base.all_rows);
		break;
	case REC_FORGOTTEN:
		buf_printf(b, " mailbox=%" PRIx64 " floor=%" PRIu64, r->forgotten.mbox,
			   r->forgotten.floor);
		break;
	case REC_DROPPED:
		buf_printf(b, " below=%" PRIu64 " segments=%" PRIx64, r->dropped.below,
			   r->dropped.segments);
		break;
	case REC_QUOTA_SET:
		buf_printf(b, " kind=%u limit=%" PRIu64, r->quota.kind, r->quota.limit);
		break;
	case REC_NOTED:
		buf_printf(b, " mailbox=%" PRIx64 " who=%" PRIu64, r->noted.mbox, r->noted.who);
		put_named(b, r->noted.on ? "set" : "removed", r->noted.entry);
		put_ranges(b, r->noted.r, r->noted.n);
		break;
	default:
		break;
	}
}

static int line(void *arg, const struct log_frame *f)
{
	struct dump *d = arg;
	struct record r;
	int e;

	buf_clear(&d->line);
	buf_printf(&d->line, "%" PRIu64 " group=%" PRIu64 "%s time=%" PRId64 " account=%" PRIu64,
		   f->seq, f->group, f->last_of_group ? " last" : "", f->commit_ms, f->account);
	e = f->damaged ? E_DAMAGED : record_decode(&r, f, &d->arena);
	if (e < 0) {
		buf_printf(&d->line, " %s", err_row(e)->name);
	} else {
		buf_printf(&d->line, " %s modseq=%" PRIu64 " txid=%" PRIx64,
			   record_type_name(r.type), r.modseq, r.txid);
		put_record(&d->line, &r);
	}
	buf_add_char(&d->line, 0);
	if (!d->line.failed)
		d->say(d->arg, d->line.p);
	arena_reset(&d->arena);
	return 0;
}

int store_dump(struct store *s, uint64_t from, void (*say)(void *arg, const char *line_), void *arg)
{
	struct dump d = {.say = say, .arg = arg};
	struct log_pos pos = {.seq = from ? from : 1};
	uint64_t account = 0;
	int r;

	arena_init(&d.arena, 64 << 20);
	buf_init(&d.line, 64 << 10);
	r = log_read(s->log, 0, pos, false, line, &d);
	while (r >= 0 && !log_is_shared(s->log) &&
	       (r = log_account_next(s->log, account, &account)) >= 0)
		r = log_read(s->log, account, pos, false, line, &d);
	arena_free(&d.arena);
	buf_free(&d.line);
	return r == E_NOTFOUND ? 0 : r;
}
