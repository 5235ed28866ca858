/* store.h - accounts, mailboxes and messages, as the protocols see them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The log is the truth, the index a view (doc/design.md 2). Everything that changes
 * anything goes through a struct change: planned, logged, synced, then visible.
 *
 * Errors:    >= 0 is success (a count where one makes sense), < 0 is an E_*.
 *            Outputs are set on success only.
 * Ownership: *ret is the caller's to close. A struct str in a result lives as long
 *            as the object it came from; where there is none, it is copied into the
 *            caller's arena or buf.
 * Waiting:   MAY_WAIT functions can park the task; the rest read the index in
 *            microseconds and may be called anywhere.
 * Threads:   a store may be used from any thread; one change, draft or snap from one
 *            at a time. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"

struct store;

/* -- opening --------------------------------------------------------------- */

struct store_opts {
	const char *dir;     /* the data folder; made (0700) if missing */
	const char *backend; /* "file" or "memory" */
	uint64_t memory_seed; /* memory backend's bad moods; 0: none (store/log/memory.h) */
	uint64_t segment_bytes;           /* 0: 256 MiB */
	uint64_t checkpoint_log_bytes;    /* 0: 64 MiB */
	uint64_t checkpoint_index_bytes;  /* 0: 256 MiB */
	unsigned checkpoint_s;            /* 0: 30 */
	uint64_t reserve_bytes;           /* 0: 1 % of the disk, at least 64 MiB; see design 2.1 */
	int64_t undelete_s;               /* -1: 14 days; 0: no wait */
	uint64_t upload_memory_bytes;     /* all uploads together; 0: 64 MiB */
	uint64_t message_most_bytes;      /* 0: 50 MiB */
	bool compress;                    /* new bodies, with zstd */
	uint64_t compress_from_bytes;     /* only from this size on */
	unsigned lock_wait_ms;            /* for another process to let go of the store */
};

struct store_recovery { /* what opening found and did, for the log */
	bool clean;             /* the last user closed it in order */
	bool index_rebuilt;     /* from the whole log */
	const char *why_rebuilt;
	uint64_t replayed_records, replayed_bytes, cut_records, cut_bytes, damaged_frames;
	unsigned ms;
};

/* Blocks. E_INUSE: another process holds the lock; E_VERSION: made by a newer version;
 * E_DENIED, E_IO, E_NOSPACE. *rec may be NULL. A sentence about the failure, naming the
 * file, is in store_why() (per thread). */
int store_open(struct store **ret, const struct store_opts *o, struct store_recovery *rec);
struct store *store_close(struct store *s); /* checkpoint, sync, unlock; all snaps must be closed */
const char *store_why(void);

/* -- accounts, aliases, small named values ---------------------------------- */

struct account_info {
	uint64_t id;                 /* never used again */
	bool disabled;
	uint64_t quota_bytes;        /* 0: none */
	uint64_t used_bytes, used_messages;
	uint64_t quota_messages, quota_mboxes;
	uint64_t note_bytes;         /* of annotations; at most NOTES_ACCOUNT_MOST */
	uint64_t modseq;             /* the highest given out */
	int64_t created_ms;
};
/* Names are compared as given: callers normalise (auth/accounts.h). E_NOACCOUNT. */
int account_find(struct store *s, struct str name, struct account_info *ret);
int account_get(struct store *s, uint64_t id, struct account_info *ret);
int account_mboxes(struct store *s, uint64_t id, uint64_t *ret); /* how many; O(that) */
int account_name(struct store *s, uint64_t id, struct buf *out);
/* The next name behind `after` in byte order (empty: the first). E_NOTFOUND at the end. */
int account_next(struct store *s, struct str after, struct buf *name, struct account_info *ret);
/* The account of `domain` that was made first. E_NOTFOUND if it has none. */
int account_first_of_domain(struct store *s, struct str domain, uint64_t *id);

/* `targets`: addresses separated by one space. E_NOTFOUND. */
int alias_find(struct store *s, struct str address, struct buf *targets);
int alias_next(struct store *s, struct str after, struct buf *address, struct buf *targets);
/* Is there an account or alias in it? `domain` in lower case. */
bool domain_is_local(struct store *s, struct str domain);
/* The next local domain behind `after` in byte order (empty: the first). E_NOTFOUND at the end. */
int domain_next(struct store *s, struct str after, struct buf *domain);

/* A value of an account (mbox = 0), a mailbox, or the store (both 0). METADATA's entries
 * begin with "/"; ours do not: "password", "apop", "pop3.last". E_NOTFOUND. */
int meta_find(struct store *s, uint64_t account, uint64_t mbox, struct str name, struct buf *out);
/* Those whose name begins with `prefix`, in byte order, until fn returns false. One transaction:
 * fn must be quick and not call the store; the strings live as long as its call. */
int meta_each(struct store *s, uint64_t account, uint64_t mbox, struct str prefix,
	      bool (*fn)(void *arg, struct str name, struct str value), void *arg);

/* -- mailboxes -------------------------------------------------------------- */

enum special_use { /* RFC 6154; bits */
	USE_ALL = 1, USE_ARCHIVE = 2, USE_DRAFTS = 4, USE_FLAGGED = 8, USE_JUNK = 16, USE_SENT = 32,
	USE_TRASH = 64, USE_IMPORTANT = 128,
};

struct mbox_info {
	uint64_t id, account; /* never used again */
	uint32_t uidvalidity, uidnext;
	uint64_t highestmodseq;
	uint64_t messages, unseen, deleted, octets, deleted_octets;
	uint32_t special_use;
	bool subscribed;
};
/* UTF-8 names, "/" between levels; INBOX in upper case. E_NOMBOX. */
int mbox_find(struct store *s, uint64_t account, struct str name, struct mbox_info *ret);
int mbox_get(struct store *s, uint64_t mbox, struct mbox_info *ret);
int mbox_name(struct store *s, uint64_t mbox, struct buf *out);
int mbox_next(struct store *s, uint64_t account, struct str after, struct buf *name,
	      struct mbox_info *ret);

struct mbox_path {
	struct str name;      /* as long as the call */
	uint64_t mbox;        /* 0: only the subscription is there (RFC 9051 6.3.7) */
	uint32_t special_use;
	bool subscribed;
};
/* The account's names from `from` on (itself too) that begin with `prefix`, in byte order, until fn
 * returns false. Like meta_each. */
int path_each(struct store *s, uint64_t account, struct str from, struct str prefix,
	      bool (*fn)(void *arg, const struct mbox_path *p), void *arg);
bool mbox_has_children(struct store *s, uint64_t account, struct str name);
/* The entries of a mailbox's ACL; those of every mailbox from `from` on. Like meta_each. Who decides
 * about rights is auth/rights.h, and nobody else. */
int acl_each(struct store *s, uint64_t mbox,
	     bool (*fn)(void *arg, struct str who, struct str rights), void *arg);
int acl_scan(struct store *s, uint64_t from,
	     bool (*fn)(void *arg, uint64_t mbox, struct str who, struct str rights), void *arg);

/* -- messages: a snapshot that nothing changes ------------------------------ */

enum msg_flag { /* RFC 9051 2.3.2; keywords are bits of a word of their own */
	MSG_SEEN = 1, MSG_ANSWERED = 2, MSG_FLAGGED = 4, MSG_DELETED = 8, MSG_DRAFT = 16,
};
enum msg_bit { /* what the delivery found out, so that reading is cheap */
	BIT_DOTS = 1,      /* a line begins with ".": POP3 must stuff it */
	BIT_NUL = 2,
	BIT_8BIT = 4,
	BIT_NEEDS_UTF8 = 8, /* RFC 6856: UTF-8 in the header */
	BIT_BINARY = 16,    /* has a part with CTE binary (RFC 3030) */
	BIT_DAMAGED = 32,   /* the body's CRC did not match once */
	BIT_NOTES = 64,     /* may have annotations: see notes_each */
	BIT_PACKED = 128,   /* compressed at rest; of no concern to who reads it (store/pack.h) */
};

struct msg_info {
	uint32_t uid;
	uint32_t flags, bits;
	uint64_t keywords; /* a bit each; mbox's names are in meta "keyword.N" */
	uint64_t modseq;
	uint64_t size;     /* as RETR and RFC822.SIZE tell it: prefix + body, CRLF lines */
	uint32_t lines;    /* of the body part, for BODYSTRUCTURE and TOP */
	uint32_t header_bytes; /* prefix + header + empty line */
	int64_t internaldate_ms;
	int16_t internaldate_zone; /* minutes east */
	int64_t saved_ms;
	uint64_t email_id, thread_id, body_id;
	bool expunged; /* since the snapshot was taken */
};

struct snap_msg {
	uint32_t uid, size; /* 8 octets a message: what a POP3 session holds */
};
struct snap {
	uint64_t mbox, account;
	uint32_t uidvalidity, n;
	uint64_t octets, highestmodseq;
	struct snap_msg *msgs; /* in UID order; POP3 may leave some out, in place (and lower n) */
	bool has_uidls;        /* some message was imported with a UIDL of its own: see snap_uidl */
	uint32_t bits;         /* of enum msg_bit: all that some message has */
	/* private */
	struct store *store;
	void *link; /* keeps what is expunged later readable until the snap is closed */
};
/* All messages as of now. E_NOMBOX, E_NOMEM. O(messages): about 60 ns each. */
int snap_open(struct snap **ret, struct store *s, uint64_t mbox);
struct snap *snap_close(struct snap *p);
/* Also for one that was expunged meanwhile. E_NOMSG: not in the snapshot. */
int snap_info(struct snap *p, uint32_t uid, struct msg_info *ret);
/* Adds the UIDL that the message was imported with (delivery.uidl). E_NOTFOUND if it has none. */
int snap_uidl(struct snap *p, uint32_t uid, struct buf *out);

/* Adds the envelope's sender (delivery.envelope_from). E_NOTFOUND if it is not known. */
int snap_sender(struct snap *p, uint32_t uid, struct buf *out);

/* A message's bytes: a prefix of its own (Return-Path, Delivered-To, Received), then the body
 * that it may share with other messages. `at` counts from the prefix's first octet. */
struct msg_body {
	uint64_t size; /* of both */
	uint32_t bits;
	struct str prefix;
	/* where the body is: a file (fd >= 0) or memory */
	int fd;
	uint64_t at, n;
	const char *mem;
	/* private */
	void *ref;
	uint32_t crc;
	bool checked;
};
/* Opens it and checks the body's CRC before the first octet is seen: reads what is not in
 * memory once, on a pool thread if the disk is needed. E_NOMSG, E_DAMAGED. */
MAY_WAIT int msg_open(struct msg_body *ret, struct snap *p, uint32_t uid);
/* Reads up to n octets from `at`; fewer only at the end. */
MAY_WAIT int64_t msg_read(struct msg_body *b, uint64_t at, void *out, size_t n);
void msg_close(struct msg_body *b); /* fine twice, fine on a zeroed one */
void msg_share(struct msg_body *to, const struct msg_body *from); /* one more holder; close both */

/* The message as a plain client may see it (wire/plain.h; kinds: enum plain_kind): 1 if *b is that now,
 * 0 if it is fit as it stands. On failure *b is what it was. In memory up to 256 KiB, then in a file
 * without a name. */
MAY_WAIT int msg_plain(struct msg_body *b, unsigned kinds);
unsigned plain_needs(uint32_t bits); /* the kinds that a message with these bits needs */
/* Its size (what RETR and BODY[] would send); the last few thousand are remembered. */
MAY_WAIT int snap_plain_size(struct snap *p, uint32_t uid, unsigned kinds, uint64_t *ret);

/* ENVELOPE, BODYSTRUCTURE and part offsets, rendered at delivery, or now. Offsets count from
 * the body's first octet. (IMAP) */
/* References: the field's raw value, unfolded (its last 100 ids or 8 KiB), for THREAD. */
enum msg_part_of_cache { CACHE_ENVELOPE, CACHE_BODYSTRUCTURE, CACHE_OFFSETS, CACHE_REFERENCES };
/* The same of an open body, of which nothing is cached (one that msg_plain made). */
MAY_WAIT int msg_body_rendered(struct msg_body *b, enum msg_part_of_cache what, struct buf *out);
MAY_WAIT int msg_rendered(struct snap *p, uint32_t uid, enum msg_part_of_cache what, struct buf *out);

/* -- a message on its way in ------------------------------------------------ */

struct draft;
/* `size_hint`: what the client promised, 0 if nothing. E_NOSPACE, E_BUSY, E_NOMEM. */
int draft_open(struct draft **ret, struct store *s, uint64_t size_hint);
/* CRLF lines, as they go on the wire; parses MIME on the way. Never waits for the disk's
 * platter, only for the page cache. Errors stick (also seen by the commit). */
int draft_write(struct draft *d, struct str bytes);
uint64_t draft_size(const struct draft *d);
uint32_t draft_bits(const struct draft *d);
bool draft_has_file(const struct draft *d); /* it is large, or memory was short: it holds a descriptor */
unsigned draft_received_count(const struct draft *d);   /* Received header fields */
struct str draft_message_id(const struct draft *d);     /* as written, at most 256 octets */
/* No more comes: the parser's memory is given back, and with it what the two above know. For who
 * keeps many (MULTIAPPEND). */
void draft_end(struct draft *d);
struct draft *draft_drop(struct draft *d);              /* NULL is fine */

struct delivery_note { /* an annotation to begin with (RFC 5257 4.7): see change_note */
	uint64_t who;
	struct str entry, value;
};
struct delivery { /* one recipient's copy; plain data of the caller's, alive until the commit */
	uint64_t account;
	struct str mbox;          /* made if missing, when make_mbox */
	bool make_mbox;
	struct str prefix;        /* its own header lines, CRLF at the end */
	struct str envelope_from, envelope_to; /* kept with the message (SDPS *ENV) */
	uint32_t flags;
	const struct str *keywords;
	size_t n_keywords;
	int64_t internaldate_ms;  /* 0: now */
	int16_t internaldate_zone;
	struct str uidl;          /* imports: overrides ours */
	uint32_t uid_wish;        /* imports: this UID, if no message of the mailbox has had it or a
	                           * higher one; 0: the next */
	const struct delivery_note *notes;
	size_t n_notes;
	uint64_t seen_by;         /* \Seen among the flags is this reader's own; 0: all's */
	/* out */
	int err;                  /* 0, E_QUOTA, E_NOACCOUNT, E_NOMBOX, E_NOSPACE, ... */
	uint32_t uid, uidvalidity;
	uint64_t modseq, mbox_id;
};

/* -- changes: planned together, logged as one, all visible at once ----------- */

struct uid_range {
	uint32_t lo, hi;
};
struct uidset { /* sorted, disjoint */
	const struct uid_range *r;
	size_t n;
};

struct change;
int change_new(struct change **ret, struct store *s);
struct change *change_drop(struct change *c);

/* Each adds one step and returns 0 or E_NOMEM; what they name is copied, but for drafts and
 * deliveries. Whether a step is possible is found out by the commit: if one fails, none is
 * done, and the commit returns its error. Deliveries are the exception: each has its own. */
#define CHANGE_NEW_ACCOUNT UINT64_MAX /* as `account` of a later step: the one just created */
int change_account_create(struct change *c, struct str name, uint64_t *id /* out, at commit */);
int change_account_delete(struct change *c, uint64_t account);
int change_account_set(struct change *c, uint64_t account, bool disabled, uint64_t quota_bytes);
/* Limits of RFC 9208; 0: none. Who is over one may still delete, flag and move. */
enum quota_kind { QUOTA_STORAGE, QUOTA_MESSAGE, QUOTA_MAILBOX };
int change_quota_set(struct change *c, uint64_t account, enum quota_kind kind, uint64_t limit);
int change_alias_set(struct change *c, struct str address, struct str targets); /* empty: remove */
int change_meta_set(struct change *c, uint64_t account, uint64_t mbox, struct str name,
		    struct str value); /* empty: remove */
int change_mbox_create(struct change *c, uint64_t account, struct str name, uint32_t special_use);
/* Imports: as above, but with the UIDVALIDITY that it had elsewhere; one that exists and has never
 * held a message takes it on (as a new mailbox of the same name). Nothing if it has it. E_EXISTS if
 * it held messages; E_RANGE if we may have given out that UIDVALIDITY ourselves. */
int change_mbox_use(struct change *c, uint64_t mbox, uint32_t special_use); /* instead of the old ones */
int change_mbox_adopt(struct change *c, uint64_t account, struct str name, uint32_t uidvalidity);
/* The steps behind it are for a mailbox of this name: E_NOMBOX if it has got another one meanwhile. */
int change_mbox_is(struct change *c, uint64_t mbox, struct str name);
int change_mbox_rename(struct change *c, uint64_t mbox, struct str name); /* children too */
int change_mbox_delete(struct change *c, uint64_t mbox);
int change_mbox_subscribe(struct change *c, uint64_t account, struct str name, bool on);
/* The draft stays the caller's (draft_drop after the commit, whatever came of it). */
int change_deliver(struct change *c, struct draft *d, struct delivery *to, size_t n);
enum flag_op { FLAGS_SET, FLAGS_ADD, FLAGS_REMOVE };
int change_flags(struct change *c, uint64_t mbox, struct uidset uids, enum flag_op op,
		 uint32_t flags, const struct str *keywords, size_t n_keywords);
/* \Seen of one reader of a shared mailbox that keeps it per reader. */
int change_seen_by(struct change *c, uint64_t mbox, uint64_t reader, struct uidset uids, bool on);
/* Those that are gone already are passed over. */
int change_expunge(struct change *c, uint64_t mbox, struct uidset uids);
int change_copy(struct change *c, uint64_t from, struct uidset uids, uint64_t to);
/* Copies and expunges at once: no message is ever in both, or in none (RFC 6851 3.3). Between accounts
 * whose logs are apart it is copied first: after a crash it may be in both. May be done in slices. */
int change_move(struct change *c, uint64_t from, struct uidset uids, uint64_t to);
/* About the step that was added last. Flags: those whose MODSEQ is above stay as they are
 * (RFC 7162 3.1.3) and are told in change_report.failed. */
void change_unchanged_since(struct change *c, uint64_t modseq);
/* Copy, move: whose own annotations go along with everybody's (RFC 5257 4.6; 0: nobody's), and his own
 * \Seen where a mailbox keeps one for each reader. */
enum { SEEN_OWN_FROM = 1, SEEN_OWN_TO = 2 };
void change_as_reader(struct change *c, uint64_t who, unsigned seen_own);
/* Copy, move: flags that are lost on the way (RFC 4314 4), and all keywords if `and_keywords`. */
void change_without(struct change *c, uint32_t flags, bool and_keywords);
/* Expunge: those that have all of `flags` when it happens (EXPUNGE: another session may have taken
 * \Deleted away since they were looked for). */
void change_only_flagged(struct change *c, uint32_t flags);
struct change_report { /* the caller's, zeroed, alive until the commit; good if that returns 0 */
	struct arena *arena;      /* in: where the sets go */
	struct uidset failed;     /* flags: what change_unchanged_since kept from changing */
	struct uidset from, to;   /* copy, move: the n-th UID of `from` has become the n-th of `to` */
	uint32_t uidvalidity;     /* of the mailbox that `to` is in */
	uint64_t modseq;          /* the highest that was given out; 0: nothing has changed */
};
void change_tell(struct change *c, struct change_report *ret);
/* An annotation (RFC 5257 3): `who`'s own, or everybody's (0). value.p = NULL removes it. E_TOOBIG,
 * E_LIMIT: too many of one message, E_QUOTA: too much of the account. Raises MODSEQ; goes by change_unchanged_since. */
enum { NOTE_VALUE_MOST = 64 << 10, NOTES_MOST = 64, NOTES_ACCOUNT_MOST = 64 << 20 };
int change_note(struct change *c, uint64_t mbox, struct uidset uids, uint64_t who,
		struct str entry, struct str value);
int change_acl_set(struct change *c, uint64_t mbox, struct str who, struct str rights);
/* One delivery that fails fails all of it (MULTIAPPEND, REPLACE): no copy is made of any. So does an
 * expunge that finds none of its messages: E_NOMSG. */
void change_as_one(struct change *c);
/* Allows flags and expunge over many messages to happen piecemeal (IMAP's STORE and EXPUNGE), so
 * that nobody waits long; other steps and POP3's QUIT stay whole. */
void change_in_slices(struct change *c);

/* After 0 all of it survives a power cut and is visible: only then may a protocol answer 250 or
 * OK. *c is used up and NULL either way. */
MAY_WAIT int change_commit(struct change **c);

/* -- care ------------------------------------------------------------------- */

/* Calls fn whenever something in the mailbox has changed, from the committer, after it
 * became visible: it must only post. (IDLE) */
struct watch;
int watch_open(struct watch **ret, struct store *s, uint64_t mbox, void (*fn)(void *arg), void *arg);
struct watch *watch_close(struct watch *w); /* fn is not running and will not run afterwards */

struct store_stats {
	uint64_t commits, groups, records, log_bytes, flushes, checkpoints, replays;
	uint64_t live_bytes, dead_bytes, segments, blobs;
	uint64_t uploads, upload_memory, snaps;
	bool disk_low, clock_jumped;
};
void store_stats(struct store *s, struct store_stats *ret);
MAY_WAIT int store_checkpoint(struct store *s); /* now */
MAY_WAIT int store_reclaim(struct store *s);    /* a round of punching and unlinking, now */
MAY_WAIT int store_clock_confirm(struct store *s); /* the operator says: the clock is right */

/* Compares the index with the log, calls say(arg, sentence) for each difference; returns how
 * many there were. */
int store_check(struct store *s, void (*say)(void *arg, const char *sentence), void *arg);

/* Prints every frame in a person's words (log dump): say(arg, line). From sequence `from`. */
int store_dump(struct store *s, uint64_t from, void (*say)(void *arg, const char *line), void *arg);

/* Throws the index away (the store must not be open): the next store_open rebuilds it. */
int store_index_discard(const char *dir);

#endif
