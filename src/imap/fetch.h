/* fetch.h - Private to imap/: what the files of FETCH share.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	fetch.c        the command: arguments, the loop over messages, its end
 *	fetch-items.c  reads the items: the plan, made once
 *	fetch-row.c    writes what the index has, straight into the output
 *	fetch-body.c   sends octets of messages, or what becomes of them
 *	binary.c       BINARY: decoded parts     preview.c  PREVIEW
 *
 * Two ways through the messages. If all items come from the index, rows are formatted where
 * view_each shows them. Else message by message, item by item: each item that has octets is a
 * `source`, sent piece by piece; between any two pieces the command can rest (imap_step) and holds
 * no more than struct fetch, a small batch of rows and one open message. */
#ifndef IMAP_FETCH_H
#define IMAP_FETCH_H

#include "imap/messages.h"
#include "imap/section.h"
#include "wire/plain.h"
#include "wire/transfer.h"

enum fetch_kind { /* in the order in which they are told */
	FETCH_UID, FETCH_FLAGS, FETCH_MODSEQ, FETCH_INTERNALDATE, FETCH_SIZE, FETCH_EMAILID,
	FETCH_THREADID, FETCH_SAVEDATE,
	FETCH_ENVELOPE, FETCH_BODY, FETCH_BODYSTRUCTURE,
	FETCH_LAST_OF_INDEX = FETCH_BODYSTRUCTURE,
	FETCH_SECTION, FETCH_BINARY, FETCH_BINARY_SIZE, FETCH_PREVIEW, FETCH_ANNOTATION,
};
enum { FETCH_ITEMS_MOST = 1000 };

struct fetch_item {
	enum fetch_kind kind;
	bool is_lazy;           /* PREVIEW (LAZY) */
	struct section section;
	const struct note_want *notes; /* ANNOTATION */
	struct str label;       /* "BODY[1.2]<0>" */
};

struct fetch_plan {
	struct fetch_item *items;
	size_t n;
	unsigned kinds;   /* a bit for each kind that is there */
	unsigned want;    /* enum view_want */
	bool sets_seen;
};
/* From the first item to the last: "ALL", one, or a list. Fails as arg_ functions do. */
int fetch_plan_read(struct args *a, struct fetch_plan *ret);
void fetch_plan_sort(struct fetch_plan *p); /* when all are there */
int fetch_plan_add(struct args *a, struct fetch_plan *p, enum fetch_kind kind); /* if it is not there */
static inline bool fetch_has(const struct fetch_plan *p, enum fetch_kind kind)
{
	return p->kinds >> kind & 1;
}

/* Tells `kinds` (bits) of the set, as FETCH does, and ends with what then(s, arg) returns: for STORE,
 * once all is done. Uses cmd->state. Messages that are gone are passed over. */
MAY_WAIT int fetch_tell(struct imap *s, unsigned kinds, struct uidset set,
			int (*then)(struct imap *s, void *arg), void *arg);

/* -- where an item's octets come from -------------------------------------------------------- */

enum source_kind { SOURCE_NONE, SOURCE_MEMORY, SOURCE_MESSAGE, SOURCE_FIELDS, SOURCE_DECODED };
struct source {
	enum source_kind kind;
	struct buf memory;      /* SOURCE_MEMORY */
	uint64_t at, end;       /* of the message, or of memory */
	uint64_t skip, left;    /* of what comes out, still to be passed over; to be sent */
	bool hides_nul;
	struct field_filter filter;
	struct transfer_in decoder;
};

/* -- a FETCH on its way ------------------------------------------------------------------------- */

enum { FETCH_BATCH = 64, FETCH_BATCH_BYTES = 1 << 20 };

struct fetch_row { /* of the batch */
	struct msg_info info;
	uint32_t seq;
	bool is_marked; /* we have set \Seen */
};

struct fetch {
	struct imap *s;
	struct fetch_plan plan;
	struct uid_cursor left;
	uint64_t changed_since;
	bool is_uidonly, has_changed_since, is_quick, marks_seen;
	unsigned plain;       /* what this client does not understand: enum plain_kind */
	struct buf downgraded; /* UIDs (RFC 6858 3) */
	uint32_t downgraded_uid;

	/* what was formatted last: most messages are alike */
	struct buf flags;
	uint32_t flags_of;
	uint64_t keywords_of;
	bool flags_recent, has_flags;
	char date[32];
	int64_t date_day;
	int16_t date_zone;
	bool has_date;

	/* message by message */
	struct fetch_row *batch;
	uint32_t n_batch, at; /* the message that is being told */
	uint64_t batch_bytes;
	uint32_t stuck_uid;   /* its cached rows are not there: rendered */
	bool is_begun;        /* its "* n FETCH (" is out */
	bool in_message;
	size_t item;
	struct uid_range *told; /* whose flags the last batch told */
	struct msg_body body;
	bool is_open, has_offsets;
	bool is_plain;        /* body is a rewritten one: nothing of it is cached */
	struct buf offsets, structure;
	int err;              /* why its body cannot be had; 0 */
	struct source source;
	char *chunks;         /* fetch_chunks */

	/* of other commands that tell about messages: what they end with */
	int (*then)(struct imap *s, void *arg);
	void *then_arg;
	bool skips_expunged;

	bool has_unknown_cte;
	int failed;           /* the first error of any message */
};

/* fetch-row.c: room for FETCH_ROW_ROOM octets and the flags text */
enum { FETCH_ROW_ROOM = 1024, FETCH_FLAGS_MOST = 32 * 1024 /* 64 keywords of 255 octets */ };
/* The flags of the message as "(...)" in f->flags. */
void fetch_flags(struct fetch *f, const struct msg_info *i);
/* An item whose kind is up to FETCH_SAVEDATE: its name and value. */
char *fetch_put_fixed(struct fetch *f, char *p, enum fetch_kind kind, const struct msg_info *i);
char *fetch_put_head(struct fetch *f, char *p, uint32_t seq, uint32_t uid); /* "* 12 FETCH (" */
/* All rows that are left, until the output is full, time is up or one needs rendering. */
int fetch_rows(struct fetch *f, bool *is_done);

/* fetch-body.c. An item begins: its label and, if it has octets, the literal's head are written
 * and f->source is set. < 0: it cannot be told (f->failed knows). */
MAY_WAIT int fetch_item_begin(struct fetch *f, const struct fetch_item *it);
/* Sends more of the source. 1: it goes on; 0: it is done; < 0: the connection must close. */
MAY_WAIT int fetch_source_more(struct fetch *f);
void fetch_source_end(struct fetch *f);
void fetch_label(struct fetch *f, struct str label); /* with the space before it, or the head */
MAY_WAIT int fetch_open(struct fetch *f);    /* the message; remembers if it cannot */
/* Must the message be rewritten for this client before its octets, or their number, are told? */
static inline bool fetch_is_rewritten(const struct fetch *f, const struct msg_info *i)
{
	return (plain_needs(i->bits) & f->plain) != 0;
}
MAY_WAIT int fetch_offsets(struct fetch *f); /* f->offsets */
MAY_WAIT int fetch_structure(struct fetch *f); /* f->structure */
MAY_WAIT int fetch_extent(struct fetch *f, const struct section *t, struct extent *ret);
/* Room for FETCH_CHUNK octets as they are read, and behind it for what becomes of them. */
enum { FETCH_CHUNK = 8 * 1024, FETCH_MADE = FETCH_CHUNK + 256 };
static_assert(2 * TRANSFER_HELD <= 256 && FIELD_NAME_MOST <= 256, "what was held comes on top");
char *fetch_chunks(struct fetch *f); /* NULL: no memory */
void fetch_cut(struct source *src, const struct section *t, uint64_t n); /* <at.most> of n octets */
void fetch_memory(struct fetch *f, bool is_literal); /* f->source.memory is what to send; as a literal */

/* binary.c, preview.c, annotate.c */
MAY_WAIT int fetch_binary(struct fetch *f, const struct fetch_item *it);
MAY_WAIT int fetch_preview(struct fetch *f, const struct fetch_item *it);
int fetch_annotation(struct fetch *f, const struct fetch_item *it);

#endif
