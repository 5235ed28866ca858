/* search.h - Private to imap/ and `mailkeep search`. Search programs and what finds their messages.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A program is parsed once (search_parse), bound to a mailbox (search_bind), and run in slices
 * (search_some), cheap keys first: a message is opened only if flags, dates, sizes and envelope do
 * not decide. The tree is kept in postfix order: nothing recurses (SECURITY B6). */
#ifndef IMAP_SEARCH_H
#define IMAP_SEARCH_H

#include "imap/args.h"
#include "store/view.h"
#include "wire/casemap.h"

enum { SEARCH_TERMS_MOST = 1000, SEARCH_DEPTH_MOST = 32 };

enum search_op {
	/* connectives: of the one or two values before them */
	S_NOT, S_AND, S_OR,
	/* decided by a message's row */
	S_ALL, S_FLAG, S_KEYWORD, S_SET, S_UIDS, S_BEFORE, S_ON, S_SINCE, S_LARGER, S_SMALLER, S_MODSEQ,
	S_OLDER, S_YOUNGER, S_SAVED_BEFORE, S_SAVED_ON, S_SAVED_SINCE, S_EMAIL_ID, S_THREAD_ID, S_RECENT,
	S_OLD, S_NEW, S_UID_AFTER, S_UID_BEFORE,
	/* by its envelope */
	S_SUBJECT, S_FROM, S_TO, S_CC, S_BCC, S_SENT_BEFORE, S_SENT_ON, S_SENT_SINCE,
	/* by its annotations */
	S_ANNOTATION,
	/* by its text */
	S_HEADER, S_BODY, S_TEXT,
};
enum search_value { IS_FALSE, IS_UNKNOWN, IS_TRUE };

struct search_hint {     /* what the search index knows of a text */
	uint32_t known_to;  /* it has all messages up to this UID */
	struct uidset uids; /* of those, no others can have the text */
};

struct search_term {
	uint8_t op;              /* enum search_op */
	uint8_t value;           /* enum search_value, of the message being looked at */
	bool is_wanted;          /* S_FLAG, S_KEYWORD: set, or not set */
	bool is_plain;           /* text that the envelope as it is cannot hide: search-envelope.c */
	bool must_match;         /* nothing but ANDs above it */
	uint32_t flags;          /* S_FLAG: enum msg_flag; S_ANNOTATION: NOTE_OWN, NOTE_SHARED */
	uint64_t keywords;       /* S_KEYWORD, bound: its bit; 0: the mailbox has no such keyword */
	int64_t n;               /* days since 1970-01-01, octets, seconds, MODSEQ, an id, a UID */
	struct str text;         /* UTF-8 */
	struct str folded;       /* casemapped */
	struct str name;         /* S_HEADER: the field's; S_KEYWORD: the keyword;
				  * S_ANNOTATION: the entry, a pattern */
	struct seqset set;       /* S_SET: sequence numbers; S_UIDS */
	struct uidset uids;      /* the two, bound; sorted, disjoint */
	int needle;              /* S_HEADER, S_BODY, S_TEXT: in program.finder */
	struct search_hint *hint;/* bound; NULL: none */
};

enum { /* program.needs */
	NEED_ENVELOPE = 1, NEED_HEADER = 2, NEED_BODY = 4, NEED_NOTES = 8,
};
enum { NOTE_OWN = 1, NOTE_SHARED = 2 };

struct search_program {
	struct search_term *terms;
	size_t n;
	unsigned needs;
	bool has_modseq;    /* the answer tells MODSEQ (RFC 7162 3.1.5) */
	bool has_fuzzy;     /* RFC 6203 */
	bool has_seqs;      /* sequence numbers, or "$": of the selected mailbox alone */
	bool has_recent;
	struct finder *finder; /* NULL: no text keys */
	int64_t now_ms;        /* OLDER and YOUNGER count from here */
};

struct search_words { /* what words and numbers in a program mean */
	struct str charset;    /* STR_NONE: UTF-8 */
	uint32_t seq_star, uid_star; /* what "*" is */
	int64_t now_ms;
};
/* Reads `search-key *(SP search-key)` to the end of `a`. The program is in a's arena, but for its
 * finder: search_free. E_SYNTAX, E_LIMIT, E_NOMEM, as args do. */
int search_parse(struct args *a, const struct search_words *w, struct search_program *ret);
void search_free(struct search_program *p);

/* -- running: search-run.c ---------------------------------------------------------- */

struct search_hits { /* in the order of UIDs */
	struct uid_range *r; /* malloced; the receiver's */
	size_t n;
	uint64_t count;
	uint64_t modseq;     /* the highest among them */
	uint64_t modseq_first, modseq_last; /* of the first and the last message */
};

struct search_bound { /* the mailbox that a program runs on */
	struct view *view;
	struct uidset saved;     /* "$" */
	uint32_t recent_from;    /* UIDs from here on are \Recent */
	struct uidset only;      /* only these; all if n is 0 and !has_only */
	bool has_only;
	uint64_t account;        /* whose private annotations are looked at */
};
/* Resolves sequence numbers, "$" and keywords. The arena keeps what it finds. E_NOMEM. */
int search_bind(struct search_program *p, const struct search_bound *b, struct arena *a);

struct search_run;
int search_run_new(struct search_run **ret, struct search_program *p, const struct search_bound *b);
struct search_run *search_run_free(struct search_run *r); /* NULL is fine; returns NULL */
/* Goes on for about `slice_us`. 1: there is more to do; 0: done; E_*. A message that is damaged or
 * gone does not match what would need its text. */
MAY_WAIT int search_some(struct search_run *r, uint64_t slice_us);
void search_take(struct search_run *r, struct search_hits *ret); /* the ranges are the caller's now */
uint64_t search_looked_at(const struct search_run *r); /* messages, for INPROGRESS */
uint64_t search_total(const struct search_run *r);

/* -- values of one message: search-row.c, search-envelope.c, search-note.c, search-text.c -- */

void search_row_values(struct search_program *p, const struct search_bound *b, const struct view_row *row);
void search_envelope_prepare(struct search_program *p); /* once, before the first */
void search_envelope_values(struct search_program *p, struct str envelope, struct buf scratch[3]);
enum search_value search_value_of(const struct search_program *p);
/* ANNOTATION. Reads the index: not while view_each does. */
void search_note_values(struct search_program *p, const struct search_bound *b, uint32_t uid);
struct msg_text;
/* Settles all that is still unknown, with the message itself. */
MAY_WAIT int search_text_values(struct search_program *p, struct view *v, uint32_t uid,
				struct str offsets, struct msg_text *t, struct buf scratch[3]);
int64_t search_day(int64_t ms); /* since 1970-01-01 */

#endif
