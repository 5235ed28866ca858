/* record.c - records to bytes and back: one function per shape writes and reads it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "store/codec.h"
#include "store/record.h"

/* Each codec runs in both directions: with c->out it appends, else it reads. So the two can
 * never disagree. */

static void code_stored_body(struct codec *c, struct rec_stored *m)
{
	uint8_t where = (uint8_t)m->where;

	code_u8(c, &where);
	if (where > BODY_AT)
		c->failed = E_DAMAGED;
	m->where = (enum body_where)where;
	code_u64(c, &m->body_id);
	code_u64(c, &m->body_bytes);
	if (where != BODY_HERE)
		code_fixed32(c, &m->body_crc); /* else the frame tells it */
	if (where == BODY_BACK)
		code_u32(c, &m->back);
	if (where == BODY_AT) {
		code_u64(c, &m->place.a);
		code_u64(c, &m->place.b);
	}
}

static void code_stored(struct codec *c, struct rec_stored *m)
{
	code_u64(c, &m->mbox);
	code_u32(c, &m->uid);
	code_u32(c, &m->flags);
	code_u32(c, &m->bits);
	code_u64(c, &m->keywords);
	code_i64(c, &m->internaldate_ms);
	code_i16(c, &m->internaldate_zone);
	code_i64(c, &m->saved_ms);
	code_u32(c, &m->lines);
	code_u32(c, &m->header_bytes);
	code_u64(c, &m->email_id);
	code_fixed64(c, &m->thread_id); /* a hash: a varint would be longer */
	code_stored_body(c, m);
	code_str(c, &m->prefix);
	code_str(c, &m->envelope_from);
	code_str(c, &m->envelope_to);
	code_str(c, &m->uidl);
}

static void code_account_create(struct codec *c, struct record *r)
{
	code_u64(c, &r->account_create.id);
	code_str(c, &r->account_create.name);
	code_u32(c, &r->account_create.uidvalidity);
}

static void code_account_delete(struct codec *c, struct record *r)
{
	code_u64(c, &r->account_create.id);
}

static void code_account_set(struct codec *c, struct record *r)
{
	code_bool(c, &r->account_set.disabled);
	code_u64(c, &r->account_set.quota_bytes);
}

static void code_named(struct codec *c, struct record *r)
{
	code_u64(c, &r->named.mbox);
	code_str(c, &r->named.name);
	code_str(c, &r->named.value);
}

static void code_mbox(struct codec *c, struct record *r)
{
	code_u64(c, &r->mbox.mbox);
	code_u32(c, &r->mbox.uidvalidity);
	code_u32(c, &r->mbox.special_use);
	code_str(c, &r->mbox.name);
	code_bool(c, &r->mbox.on);
}

static void code_stored_record(struct codec *c, struct record *r)
{
	code_stored(c, &r->stored);
	code_defs(c, &r->stored.defs, &r->stored.n_defs);
	if (r->stored.bits & BIT_PACKED)
		code_u64(c, &r->stored.size);
	if (!c->out)
		r->stored.created_modseq = r->stored.row_modseq = r->modseq;
}

static void code_flags(struct codec *c, struct record *r)
{
	uint8_t op = (uint8_t)r->flags.op;

	code_u64(c, &r->flags.mbox);
	code_u8(c, &op);
	if (op > FLAGS_REMOVE)
		c->failed = E_DAMAGED;
	r->flags.op = (enum flag_op)op;
	code_u32(c, &r->flags.flags);
	code_u64(c, &r->flags.keywords);
	code_ranges(c, &r->flags.r, &r->flags.n);
	code_defs(c, &r->flags.defs, &r->flags.n_defs);
}

static void code_uids(struct codec *c, struct record *r)
{
	code_u64(c, &r->uids.mbox);
	code_u64(c, &r->uids.reader);
	code_bool(c, &r->uids.on);
	code_ranges(c, &r->uids.r, &r->uids.n);
}

static void code_moved(struct codec *c, struct record *r)
{
	uint8_t where = (uint8_t)r->moved.where;

	code_u8(c, &where);
	r->moved.where = (enum body_where)where;
	code_u64(c, &r->moved.body_id);
	code_u64(c, &r->moved.body_bytes);
	code_fixed32(c, &r->moved.body_crc);
	code_u64(c, &r->moved.place.a);
	code_u64(c, &r->moved.place.b);
}

static void code_base(struct codec *c, struct record *r)
{
	code_u64(c, &r->base.state);
	code_u64(c, &r->base.slice);
	code_bool(c, &r->base.last);
	code_u64(c, &r->base.all_rows);
	code_str(c, &r->base.rows);
}

static void code_forgotten(struct codec *c, struct record *r)
{
	code_u64(c, &r->forgotten.mbox);
	code_u64(c, &r->forgotten.floor);
}

static void code_dropped(struct codec *c, struct record *r)
{
	code_u64(c, &r->dropped.below);
	code_u64(c, &r->dropped.segments);
}

static void code_quota(struct codec *c, struct record *r)
{
	code_u32(c, &r->quota.kind);
	code_u64(c, &r->quota.limit);
}

static void code_noted(struct codec *c, struct record *r)
{
	code_u64(c, &r->noted.mbox);
	code_u64(c, &r->noted.who);
	code_bool(c, &r->noted.on);
	code_str(c, &r->noted.entry);
	code_str(c, &r->noted.value);
	code_ranges(c, &r->noted.r, &r->noted.n);
}

static void code_nothing(struct codec *c, struct record *r)
{
}

static const struct record_kind {
	const char *name;
	void (*code)(struct codec *c, struct record *r);
} kinds[REC_TYPES_] = {
	[REC_NOTHING] = {"nothing", code_nothing},
	[REC_ACCOUNT_CREATE] = {"account-create", code_account_create},
	[REC_ACCOUNT_DELETE] = {"account-delete", code_account_delete},
	[REC_ACCOUNT_SET] = {"account-set", code_account_set},
	[REC_ALIAS_SET] = {"alias-set", code_named},
	[REC_META_SET] = {"meta-set", code_named},
	[REC_MBOX_CREATE] = {"mailbox-create", code_mbox},
	[REC_MBOX_RENAME] = {"mailbox-rename", code_mbox},
	[REC_MBOX_DELETE] = {"mailbox-delete", code_mbox},
	[REC_SUBSCRIBE] = {"subscribe", code_mbox},
	[REC_ACL_SET] = {"acl-set", code_named},
	[REC_STORED] = {"stored", code_stored_record},
	[REC_FLAGS] = {"flags", code_flags},
	[REC_SEEN_BY] = {"seen-by", code_uids},
	[REC_EXPUNGED] = {"expunged", code_uids},
	[REC_RECLAIMED] = {"reclaimed", code_uids},
	[REC_BODY_MOVED] = {"body-moved", code_moved},
	[REC_SWEPT] = {"swept", code_mbox},
	[REC_BASE] = {"base", code_base},
	[REC_FORGOTTEN] = {"forgotten", code_forgotten},
	[REC_DROPPED] = {"dropped", code_dropped},
	[REC_QUOTA_SET] = {"quota-set", code_quota},
	[REC_MBOX_USE] = {"mailbox-use", code_mbox},
	[REC_NOTED] = {"noted", code_noted},
};

const char *record_type_name(uint16_t type)
{
	return type < REC_TYPES_ ? kinds[type].name : "unknown";
}

/* So that who cannot unpack a body does not show it as it is stored. */
static uint8_t version_of(const struct record *r)
{
	bool is_packed = r->type == REC_STORED && (r->stored.bits & BIT_PACKED);

	return is_packed ? RECORD_VERSION_PACKED : RECORD_VERSION;
}

static void code_record(struct codec *c, struct record *r)
{
	uint8_t version = version_of(r);

	code_u8(c, &version);
	if (version < RECORD_VERSION || version > RECORD_VERSION_PACKED) {
		c->failed = version > RECORD_VERSION_PACKED ? E_VERSION : E_DAMAGED;
		return;
	}
	code_fixed64(c, &r->txid);
	code_u64(c, &r->modseq);
	kinds[r->type].code(c, r);
	if (!c->failed && version != version_of(r))
		c->failed = E_DAMAGED;
}

int record_encode(struct buf *out, const struct record *r)
{
	struct codec c = {.out = out};

	if (r->type >= REC_TYPES_)
		return E_BUG;
	/* writing never stores through the pointers (codec.h) */
	code_record(&c, (struct record *)(uintptr_t)r);
	return c.failed ? c.failed : out->failed;
}

int record_decode(struct record *r, const struct log_frame *f, struct arena *a)
{
	struct codec c = {.in = f->meta, .arena = a};

	*r = (struct record){.type = f->type, .account = f->account, .seq = f->seq,
			     .at_ms = f->commit_ms};
	if (f->type == REC_NOTHING || f->type == LOG_NOOP) {
		r->type = REC_NOTHING;
		return 0;
	}
	if (f->type >= REC_TYPES_)
		return E_VERSION;
	code_record(&c, r);
	if (!c.failed && c.in.n)
		c.failed = E_DAMAGED;
	if (c.failed)
		return c.failed;
	if (r->type == REC_STORED && r->stored.where == BODY_HERE) {
		r->stored.place = f->place;
		r->stored.body_bytes = f->body_bytes;
		r->stored.body_crc = f->body_crc;
	}
	if (r->type == REC_STORED && !(r->stored.bits & BIT_PACKED))
		r->stored.size = r->stored.body_bytes;
	if (r->type == REC_BODY_MOVED && r->moved.where == BODY_HERE) {
		r->moved.place = f->place;
		r->moved.body_bytes = f->body_bytes;
		r->moved.body_crc = f->body_crc;
	}
	return 0;
}
