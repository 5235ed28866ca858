/* rows.h - the fixed-size rows of the index.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. Rows are kept as they lie in memory: the index never leaves its machine
 * and is rebuilt where it does not fit (INDEX_VERSION). Every row is zeroed before it is
 * filled, so that two indexes of one log are equal byte by byte. */
#ifndef STORE_INDEX_ROWS_H
#define STORE_INDEX_ROWS_H

#include "store/log/log.h"

enum { INDEX_VERSION = 6 };

struct root_row {
	uint64_t store_id;
	struct log_pos next;   /* shared log: the record to apply next */
	uint64_t next_account, next_body;
	uint64_t records;      /* applied in all */
	int64_t last_commit_ms;
	uint64_t log_begins;   /* sequence number; what lies before was dropped */
	uint64_t base_seq;     /* the newest whole base is of this position; 0: none */
	uint64_t base_before;  /* and the one before it, which stays too */
	int64_t base_ms;       /* when the newest was whole */
	uint64_t base_rows;
};

struct account_row {
	uint64_t id;
	uint64_t modseq, quota_bytes, used_bytes, used_messages;
	int64_t created_ms;
	uint32_t disabled, last_mbox, last_uidvalidity, is_deleted;
	uint64_t quota_messages, quota_mboxes; /* 0: none */
	uint64_t note_bytes; /* of TAB_NOTE: entries and values, also of what is not reclaimed yet */
};

struct mbox_row {
	uint64_t id, account;
	uint32_t uidvalidity, uidnext;
	uint64_t highestmodseq;
	uint64_t messages, unseen, deleted, octets;
	uint32_t special_use, is_deleted;
	uint64_t keywords;       /* bits that have a name */
	uint64_t vanished_floor; /* what vanished up to this MODSEQ is not known any more */
	uint32_t has_uidls; /* some message came with a UIDL of its own */
	uint32_t run_lo;    /* of the run of UIDs that ends below uidnext; see runs.c */
	uint64_t deleted_octets; /* of those with \Deleted (RFC 9208 4.1.4) */
};

struct msg_row {
	uint64_t modseq, created_modseq, keywords;
	uint64_t size, body_id, email_id, thread_id;
	int64_t internaldate_ms, saved_ms;
	uint32_t flags, bits, lines, header_bytes, prefix_bytes;
	int16_t internaldate_zone;
	uint16_t pad;
};

struct expunged_row {
	struct msg_row msg;
	uint64_t modseq, seq;
	int64_t at_ms;
};

struct body_row {
	struct place place;
	uint64_t bytes;
	uint32_t crc, refs; /* rows that name it, live or still restorable */
};

struct grave_row { /* one record that expunged; UID ranges follow it */
	uint64_t mbox;
	int64_t at_ms;
};

struct segment_row {
	uint64_t live_bytes, live_bodies, dead_bytes;
};

#endif
