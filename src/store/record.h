/* record.h - what the log says: every kind of change, as a struct and as bytes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. A record carries what was decided (UID, MODSEQ, UIDVALIDITY), never a
 * wish, so that applying it needs no clock, no chance and no other account's state.
 *
 * On disk (a frame's metadata): version octet, transaction id (8), MODSEQ (varint), then the
 * fields of its type in the order of record.c's table of codecs. Integers are LEB128 varints,
 * signed ones zigzag, strings a varint length and octets, UID ranges a count, then gaps and
 * lengths. Octets behind the last known field are another version's and are an error. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "store/log/log.h"
#include "store/store.h"

enum { RECORD_VERSION = 1, RECORD_VERSION_PACKED = 2 /* of stored records with BIT_PACKED */ };

enum record_type {
	REC_NOTHING = 0, /* another writer's, a mark: moves the position on and no more */
	REC_ACCOUNT_CREATE = 1,
	REC_ACCOUNT_DELETE,
	REC_ACCOUNT_SET,
	REC_ALIAS_SET,
	REC_META_SET,
	REC_MBOX_CREATE,
	REC_MBOX_RENAME,
	REC_MBOX_DELETE,
	REC_SUBSCRIBE,
	REC_ACL_SET,
	REC_STORED,
	REC_FLAGS,
	REC_SEEN_BY,
	REC_EXPUNGED,
	REC_RECLAIMED,
	REC_BODY_MOVED,
	REC_SWEPT,
	REC_BASE,      /* a slice of the whole state (base.c) */
	REC_FORGOTTEN, /* what changed and vanished long ago, of one mailbox */
	REC_DROPPED,
	REC_QUOTA_SET, /* a limit of an account */
	REC_NOTED,     /* an annotation of messages (RFC 5257) */
	REC_MBOX_USE,  /* special uses of a mailbox, from now on (RFC 6154) */
	REC_TYPES_,
};

enum body_where {
	BODY_HERE = 0, /* this record's frame has it */
	BODY_BACK = 1, /* the frame `back` records before this one has it: the same group's */
	BODY_AT = 2,   /* at `place`: a blob, or a body that an older group wrote */
};

struct keyword_def { /* a keyword's name and the bit that stands for it from now on */
	uint8_t bit;
	struct str name;
};

struct rec_account_create { /* its INBOX comes with it, as mailbox number 1 */
	uint64_t id;
	struct str name;
	uint32_t uidvalidity;
};
struct rec_account_set {
	bool disabled;
	uint64_t quota_bytes;
};
struct rec_named { /* alias: address -> targets; meta: name -> value; ACL: who -> rights */
	uint64_t mbox;
	struct str name, value;
};
struct rec_mbox {
	uint64_t mbox;
	uint32_t uidvalidity, special_use;
	struct str name;
	bool on; /* subscribe */
};
struct rec_stored {
	uint64_t mbox;
	uint32_t uid, flags, bits;
	uint64_t keywords;
	int64_t internaldate_ms;
	int16_t internaldate_zone;
	int64_t saved_ms;
	uint32_t lines, header_bytes;
	uint64_t email_id, thread_id, body_id;
	uint64_t created_modseq, row_modseq; /* the record's MODSEQ */
	enum body_where where;
	uint32_t back;
	struct place place;
	uint64_t body_bytes, size; /* as it is stored; of the message, without the prefix */
	uint32_t body_crc;
	struct str prefix, envelope_from, envelope_to, uidl;
	const struct keyword_def *defs;
	size_t n_defs;
};
struct rec_flags {
	uint64_t mbox;
	enum flag_op op;
	uint32_t flags;
	uint64_t keywords;
	const struct uid_range *r;
	size_t n;
	const struct keyword_def *defs;
	size_t n_defs;
};
struct rec_uids { /* seen by, expunged, reclaimed */
	uint64_t mbox, reader;
	bool on;
	const struct uid_range *r;
	size_t n;
};
struct rec_body_moved { /* the body is this frame's, or at `place` */
	uint64_t body_id;
	enum body_where where;
	struct place place;
	uint64_t body_bytes;
	uint32_t body_crc;
};
struct rec_base { /* see store/base.c; `rows` is parsed by base_row_next (index/base-row.h) */
	uint64_t state; /* what the records before this sequence number made */
	uint64_t slice; /* 0, 1, 2, ... */
	bool last;
	uint64_t all_rows; /* of the slices so far */
	struct str rows;
};
struct rec_forgotten {
	uint64_t mbox, floor; /* up to this MODSEQ */
};
struct rec_dropped {
	uint64_t below;    /* the log begins here from now on; only bodies count before */
	uint64_t segments; /* those of a lower number are only such */
};

struct rec_quota {
	uint32_t kind; /* enum quota_kind */
	uint64_t limit;
};
struct rec_noted {
	uint64_t mbox, who; /* who: whose own it is; 0: everybody's */
	bool on;            /* else it is removed */
	struct str entry, value;
	const struct uid_range *r;
	size_t n;
};

struct record {
	uint16_t type;
	uint64_t account; /* whose log it belongs to; 0: the store's */
	uint64_t txid;
	uint64_t modseq; /* given out by this record; 0: none */
	/* of the frame */
	uint64_t seq;
	int64_t at_ms;
	union {
		struct rec_account_create account_create; /* CREATE; DELETE uses .id */
		struct rec_account_set account_set;
		struct rec_named named;
		struct rec_mbox mbox;
		struct rec_stored stored;
		struct rec_flags flags;
		struct rec_uids uids;
		struct rec_body_moved moved;
		struct rec_base base;
		struct rec_forgotten forgotten;
		struct rec_dropped dropped;
		struct rec_quota quota;
		struct rec_noted noted;
	};
};

/* Appends the metadata of r. Errors stick to out. */
int record_encode(struct buf *out, const struct record *r);
/* The record of a frame. Strings point into the frame, arrays into `a`. E_VERSION: by a newer
 * version; E_DAMAGED: not a record; E_NOMEM. */
int record_decode(struct record *r, const struct log_frame *f, struct arena *a);

const char *record_type_name(uint16_t type);

#endif
