/* annotate.h - Private to imap/. Annotations of messages: entries, attributes, values (RFC 5257).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_ANNOTATE_H
#define IMAP_ANNOTATE_H

#include "imap/answer.h"

/* -- what is to be stored ---------------------------------------------------------------- */

enum { ANNOTATION_MOST = 60000 }; /* octets of a value: what a command has room for */

struct note_set { /* of delivery_note: value.p = NULL removes */
	struct delivery_note *v;
	size_t n;
	bool has_shared;
};
/* "(entry (att value ...) ...)". `may_end`: the text may end where a value stands, which is a literal
 * that is still to come: then 1. Fails as arg_ functions do. */
int arg_notes(struct imap *s, bool may_end, struct note_set *ret);

int note_refuse(struct imap *s, int e); /* E_TOOBIG, E_LIMIT: RFC 5257 4.5; any other too */

/* -- what is asked for -------------------------------------------------------------------- */

enum note_att { NOTE_VALUE_PRIV, NOTE_VALUE_SHARED, NOTE_SIZE_PRIV, NOTE_SIZE_SHARED, NOTE_ATTS_ };
struct note_want {
	struct str *entries; /* "*" and "%" match */
	size_t n;
	enum note_att atts[NOTE_ATTS_]; /* in the order of the answer */
	size_t n_atts;
};
/* "(entries attribs)" of FETCH. */
int arg_note_want(struct args *a, struct note_want *ret);
/* What it finds of a message: "(/comment (value.priv \"x\" ...))". E_NOMSG, E_NOMEM. */
int put_notes(struct imap *s, const struct note_want *w, const struct msg_info *m, struct buf *out);

/* An entry's name, or with `pattern` one with "*" and "%" (SEARCH and SORT name them, too). */
int arg_note_entry(struct args *a, bool pattern, struct str *ret);

/* Does any of the annotations that this user sees match (SEARCH ANNOTATION)? fn looks at values. */
struct note_find {
	struct str entry;
	bool priv, shared;
	bool (*fn)(void *arg, struct str value);
	void *arg;
};
bool notes_find(struct imap *s, const struct msg_info *m, const struct note_find *what);
/* The same of any mailbox that this account may read. */
bool notes_find_in(struct view *v, uint64_t account, uint32_t uid, const struct note_find *what);

/* STORE n ANNOTATION: behind that word. */
MAY_WAIT int annotate_store(struct imap *s, struct uidset set, const uint64_t *unchanged_since);

#endif
