/* index.h - the view that answers questions: tables of LMDB, built by applying records.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. Only apply() changes what will be committed, and only the committer
 * (or a replay) holds a write transaction. A struct txn is used by one thread at a time.
 *
 * A table's value ends with a CRC over table, key and value; tab_get and the cursor check and
 * strip it. Whatever looks wrong goes to index_bad: a mark is left through a descriptor that is
 * open already and the process ends; the next start rebuilds (design 2.3 rule 5). */
#ifndef STORE_INDEX_INDEX_H
#define STORE_INDEX_INDEX_H

#include <lmdb.h>
#include <pthread.h>
#include "base/buf.h"
#include "store/index/rows.h"
#include "store/record.h"

enum tab {
	TAB_ROOT,     /* "root" -> root_row */
	TAB_POSITION, /* account -> log_pos: the record to apply next; logs per account only */
	TAB_ACCOUNT,  /* account -> account_row */
	TAB_LOGIN,    /* name -> account */
	TAB_LABEL,    /* account, mailbox (0: the account) -> name */
	TAB_ALIAS,    /* address -> targets */
	TAB_DOMAIN,   /* domain NUL 'a' account, domain NUL 'l' address -> nothing */
	TAB_META,     /* account, mailbox, name -> value */
	TAB_MBOX,     /* mailbox -> mbox_row */
	TAB_PATH,     /* account, name -> mailbox (0: none of that name), subscribed octet */
	TAB_MESSAGE,  /* mailbox, uid -> msg_row */
	TAB_EXTRA,    /* mailbox, uid -> strings (apply-msg.c) */
	TAB_BODY,     /* body -> body_row */
	TAB_CHANGE,   /* mailbox, MODSEQ -> uid ranges whose flags changed */
	TAB_VANISHED, /* mailbox, MODSEQ -> uid ranges */
	TAB_EXPUNGED, /* mailbox, uid -> expunged_row */
	TAB_GRAVE,    /* sequence number, account -> grave_row, uid ranges */
	TAB_SEEN,     /* mailbox, reader -> MODSEQ, uid ranges */
	TAB_ACL,      /* mailbox, who -> rights */
	TAB_CACHE,    /* body -> rendered (store/render.c); not logged, not compared */
	TAB_DEAD,     /* body -> body_row that nothing names: its bytes are to be given back */
	TAB_SEGMENT,  /* segment -> segment_row */
	TAB_SWEEP,    /* mailbox -> nothing: deleted, its rows are still there */
	TAB_NOTE,     /* mailbox, uid, whose (0: everybody's), entry -> value (RFC 5257) */
	TAB_RUN,      /* mailbox, first uid -> last uid of a run that has no gap (runs.c) */
	TAB_N
};

struct index;
struct hot;
struct txn {
	struct index *ix;
	MDB_txn *t;
	bool writes;
	struct root_row root; /* of a write transaction only, as what follows */
	struct root_row part_root;
	struct hot *hot; /* rows that many records touch, written back by txn_flush */
	bool replaying;  /* records come from the log: bases are applied in full */
	bool gap;        /* replay: sequence numbers were missed, or the log does not begin at 1 */
	uint64_t *touched; /* mailboxes to wake watchers of; by index_touch */
	size_t n_touched, cap_touched;
	uint64_t damaged_seq[4]; /* frames whose metadata is lost: where their bodies are */
	struct body_row damaged_body[4];
	unsigned n_damaged;
	uint64_t puts; /* rows written and deleted */
	bool quiet;    /* nobody watches: a replay at the start */
};

struct index_opts {
	int dir; /* the data folder; borrowed */
	uint64_t store_id;
	bool in_memory; /* nothing is kept: no checkpoint, a fresh file */
	uint64_t checkpoint_log_bytes, checkpoint_index_bytes;
	unsigned checkpoint_s;
	void (*fatal)(void *arg, const char *why); /* must not return */
	void *arg;
};

/* Opens what the last checkpoint left, or an empty index when *fresh (then *why tells the
 * reason; static). The checkpoint's read transaction is begun before anything is written. */
int index_open(struct index **ret, const struct index_opts *o, bool *fresh, bool *clean,
	       const char **why);
struct index *index_close(struct index *ix, bool checkpoint);
int index_discard(int dir);
_Noreturn void index_bad(struct index *ix, const char *why);
void index_mark(struct index *ix); /* only the mark: the next start rebuilds */
struct str index_why(void); /* sentence of the last failed index_open */

/* -- transactions ------------------------------------------------------------- */

int txn_read(struct txn *t, struct index *ix);
int txn_read_root(struct txn *t); /* fills t->root, which readers go without */
void txn_done(struct txn *t); /* of a read transaction; fine on a zeroed one */
int txn_write(struct txn *t, struct index *ix);
/* Is there disk space for the pages of an ordinary group? E_NOSPACE. The committer's. */
int index_room(struct index *ix);
int txn_commit(struct txn *t); /* flushes; only `touched` is left, for txn_end */
void txn_abort(struct txn *t); /* fine on one that is committed or aborted */
void txn_end(struct txn *t);
/* A part of a write transaction that can be undone by itself. Not nested deeper. */
int txn_part(struct txn *t, MDB_txn **outer);
int txn_part_end(struct txn *t, MDB_txn *outer, bool keep);

/* -- tables --------------------------------------------------------------------- */

enum { KEY_MOST = 511, NAME_MOST = 400 }; /* LMDB's; of names inside a key */
struct key {
	size_t n;
	uint8_t b[KEY_MOST];
};
struct key key_of(void);
struct key key_u64(uint64_t a);
struct key key_u64_u64(uint64_t a, uint64_t b);
struct key key_u64_u32(uint64_t a, uint32_t b);
void key_add_u64(struct key *k, uint64_t v); /* big endian, so that bytes sort like numbers */
void key_add_u32(struct key *k, uint32_t v);
int key_add_str(struct key *k, struct str s); /* E_TOOBIG */
static inline struct str key_str(const struct key *k)
{
	return str_n(k->b, k->n);
}
uint64_t key_get_u64(struct str key, size_t at);
uint32_t key_get_u32(struct str key, size_t at);

/* *val points into the map: copy it before the transaction ends. E_NOTFOUND. */
int tab_get(struct txn *t, enum tab tab, const struct key *k, struct str *val);
int tab_get_row(struct txn *t, enum tab tab, const struct key *k, void *row, size_t n);
int tab_put(struct txn *t, enum tab tab, const struct key *k, struct str val);
int tab_put2(struct txn *t, enum tab tab, const struct key *k, struct str a, struct str b);
int tab_append(struct txn *t, enum tab tab, const struct key *k, struct str val); /* likely last */
int tab_del(struct txn *t, enum tab tab, const struct key *k); /* E_NOTFOUND */
int tab_del_all(struct txn *t, enum tab tab, const struct key *prefix); /* keys that begin so */

struct tab_cursor {
	struct txn *t;
	enum tab tab;
	MDB_cursor *c;
	struct str key, val; /* into the map */
	bool started;
};
int tab_open(struct tab_cursor *c, struct txn *t, enum tab tab);
void tab_close(struct tab_cursor *c);
int tab_seek(struct tab_cursor *c, const struct key *k); /* the first >= k; E_NOTFOUND */
int tab_next(struct tab_cursor *c);
/* The last <= k that begins with k's first `same` octets; E_NOTFOUND. */
int tab_seek_back(struct tab_cursor *c, const struct key *k, size_t same);
int tab_last_of(struct tab_cursor *c, uint64_t prefix); /* the last whose key begins with it */
int tab_cursor_put(struct tab_cursor *c, struct str val); /* as long as the old; key, val are stale */
int tab_cursor_del(struct tab_cursor *c); /* the row it is on; tab_next then gives the one behind */
/* Compares two states table by table, but for what is not of the log: says the first differences
 * of each table. How many there are, or E_*. */
uint64_t tab_rows(struct txn *t, enum tab tab);
int index_compare(struct txn *a, struct txn *b, void (*say)(void *arg, const char *s), void *arg);

/* -- hot rows -------------------------------------------------------------------- */

/* Pointers stay good until the next txn_room, flush or end; changes through them are kept if
 * hot_dirty was called. NULL: *err tells (E_NOTFOUND...). */
int txn_room(struct txn *t); /* before each record: gives back rows if the table is full */
int txn_flush(struct txn *t);
struct account_row *hot_account(struct txn *t, uint64_t id, bool make, int *err);
struct mbox_row *hot_mbox(struct txn *t, uint64_t id, bool make, int *err);
struct segment_row *hot_segment(struct txn *t, uint64_t id, int *err);
void hot_dirty(struct txn *t, const void *row);
void hot_clear(struct txn *t);
/* The same for readers, which have no hot rows. E_NOTFOUND. */
int row_account(struct txn *t, uint64_t id, struct account_row *ret);
int row_mbox(struct txn *t, uint64_t id, struct mbox_row *ret);

/* -- applying ---------------------------------------------------------------------- */

/* Changes the tables as r says. The same records give the same tables, live or replayed. Records
 * about what does not exist (any more) change nothing. E_NOSPACE, E_NOMEM, E_IO. */
int apply(struct txn *t, const struct record *r);
/* A body whose place was not known yet when its record was applied. */
int apply_place(struct txn *t, uint64_t body_id, struct place where, uint32_t crc);
int apply_damaged(struct txn *t, const struct log_frame *f); /* raises UIDNEXT, MODSEQ past it */
int apply_lost(struct txn *t, uint64_t account, uint32_t by); /* so many records are missing */
int apply_orphan(struct txn *t, const struct record *r, uint64_t mbox);
void index_touch(struct txn *t, uint64_t mbox);

/* The parts of apply(), one per family. */
int apply_account(struct txn *t, const struct record *r);
int apply_mbox(struct txn *t, const struct record *r);
int apply_stored(struct txn *t, const struct record *r);
int apply_flags(struct txn *t, const struct record *r);
int apply_seen(struct txn *t, const struct record *r);
int apply_expunged(struct txn *t, const struct record *r);
int apply_noted(struct txn *t, const struct record *r);
int apply_reclaimed(struct txn *t, const struct record *r);
int apply_moved(struct txn *t, const struct record *r);
int apply_base(struct txn *t, const struct record *r);
int message_put(struct txn *t, struct mbox_row *mb, struct account_row *a,
		const struct rec_stored *m, uint64_t seq);
int body_ref(struct txn *t, const struct rec_stored *m, uint64_t seq);
int body_unref(struct txn *t, uint64_t body_id);
int domain_add(struct txn *t, struct str address, uint64_t account); /* 0: an alias */
int domain_del(struct txn *t, struct str address, uint64_t account);
int keyword_defs_apply(struct txn *t, struct mbox_row *m, const struct keyword_def *d, size_t n);

/* What the files that apply share. E_NOTFOUND where the mailbox or the account is not there. */
int hot_both(struct txn *t, uint64_t mbox, uint64_t account, struct mbox_row **m,
	     struct account_row **a);
void modseq_raise(struct mbox_row *m, struct account_row *a, const struct record *r);
typedef int row_fn(struct txn *t, struct tab_cursor *c, uint32_t uid, void *arg);
int rows_each(struct txn *t, enum tab tab, uint64_t mbox, const struct uid_range *r, size_t n,
	      row_fn *fn, void *arg);
int ranges_put(struct txn *t, enum tab tab, const struct key *k, const void *head, size_t head_n,
	       const struct uid_range *r, size_t n);
int notes_drop(struct txn *t, uint64_t account, uint64_t mbox, uint32_t uid);
int mboxes_count(struct txn *t, uint64_t account, uint64_t *n); /* those that have a name */

/* Runs of UIDs (runs.c). The row's uidnext is raised by the caller, after runs_add. */
int runs_add(struct txn *t, struct mbox_row *m, uint32_t uid);
int runs_del(struct txn *t, struct mbox_row *m, uint32_t lo, uint32_t hi); /* all were there */
int runs_close(struct txn *t, struct mbox_row *m); /* uidnext is about to leave a gap */
/* Calls fn for each run that reaches `from` or beyond, upwards, until it fails. */
int runs_each(struct txn *t, const struct mbox_row *m, uint32_t from,
	      int (*fn)(void *arg, uint32_t lo, uint32_t hi), void *arg);
int runs_rebuild(struct txn *t); /* behind a base, which has no runs */

/* \Seen of one reader of a shared mailbox; asked for in ascending order. */
struct seen {
	struct str ranges; /* into the map: not aligned */
	struct uid_range now;
};
int seen_read(struct txn *t, uint64_t mbox, uint64_t reader, struct seen *ret); /* none: fine */
bool seen_has(struct seen *s, uint32_t uid);

/* What a message's row does not hold (TAB_EXTRA). */
struct extra {
	struct str prefix, envelope_from, envelope_to, uidl;
};
int extra_get(struct txn *t, uint64_t mbox, uint32_t uid, struct extra *ret);

/* -- checkpoints --------------------------------------------------------------------- */

/* Counts what the committer wrote; it calls checkpoint_begin between two groups when that says
 * so. checkpoint_finish may run beside the committer, on any one thread. */
bool checkpoint_due(struct index *ix, uint64_t log_bytes, uint64_t puts);
bool checkpoint_overdue(struct index *ix); /* past twice the limit: the committer must wait */
int checkpoint_begin(struct index *ix);
int checkpoint_finish(struct index *ix, bool clean);

#endif
