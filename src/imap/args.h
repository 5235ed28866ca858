/* args.h - Private to imap/. A cursor over a command's arguments, in the words of RFC 9051 9.
 * SPDX-License-Identifier: Apache-2.0
 *
 * By the time a handler runs its whole command is in memory, as it came on the wire, literals
 * among the text (input.h; only a message on its way in streams past, append.c). So parsing is
 * straight calls that each take one thing off the front. Nothing recurses: who reads nested
 * lists counts depth (SECURITY B6).
 *
 * Every arg_ function returns 0 or E_SYNTAX (E_RANGE for numbers, E_NOMEM, E_LIMIT) and leaves the
 * sentence for the tagged BAD in args.why, once: the first failure wins, later calls fail at once,
 * so that a handler may check only at its end. Strings point into the command or its arena. */
#ifndef IMAP_ARGS_H
#define IMAP_ARGS_H

#include "base/arena.h"
#include "store/store.h"
#include "wire/seqset.h"

struct args {
	struct str in;       /* what is left */
	struct arena *arena; /* the command's */
	const char *why;     /* static; NULL while all is well */
	int err;
	bool is_no;          /* what is wrong is no syntax error: NO [CANNOT] */
	bool utf8;           /* quoted strings may hold UTF-8: after ENABLE UTF8=ACCEPT or IMAP4rev2 */
	unsigned depth;      /* for those who read nested lists */
};

int arg_fail(struct args *a, int e, const char *why); /* returns e */
bool arg_is_end(const struct args *a);
char arg_peek(const struct args *a);          /* the next octet; 0 at the end */
bool arg_next_is(struct args *a, char c);     /* takes it if it is there; no error if not */
int arg_char(struct args *a, char c);         /* must be there */
int arg_sp(struct args *a);                   /* exactly one SP */
int arg_end(struct args *a);                  /* nothing may be left */
bool arg_word_is(struct args *a, const char *word); /* takes an atom of that name, any case, if it is next */

int arg_atom(struct args *a, struct str *ret);
int arg_tag(struct args *a, struct str *ret);
int arg_astring(struct args *a, struct str *ret);
int arg_string(struct args *a, struct str *ret);   /* quoted or literal, unescaped */
int arg_nstring(struct args *a, struct str *ret);  /* NIL: p = NULL */
int arg_binary(struct args *a, struct str *ret, bool *is_literal8); /* string, or ~{n} literal8 */
int arg_number(struct args *a, uint32_t *ret);
int arg_nz_number(struct args *a, uint32_t *ret);
int arg_number64(struct args *a, uint64_t *ret);   /* RFC 9051: up to 2^63-1 */
int arg_modseq(struct args *a, uint64_t *ret);     /* RFC 7162 7; 0 is fine */
/* A mailbox: modified UTF-7, or UTF-8 when that is on; canonical (wire/mutf7.h) UTF-8 comes out. A
 * bad name is E_SYNTAX with a NO to tell (is_no), as RFC 9051 wants for names that cannot be. */
int arg_mailbox(struct args *a, struct str *ret);
int arg_list_mailbox(struct args *a, struct str *ret); /* with wildcards; not canonicalised; UTF-8 */
int arg_seqset(struct args *a, uint32_t star, struct seqset *ret);
struct arg_flags {
	uint32_t flags;        /* enum msg_flag */
	struct str *keywords;  /* as written; in the arena */
	size_t n_keywords;
	bool has_recent;       /* \Recent: some handlers must refuse it */
};
int arg_flag_list(struct args *a, bool must_have_parens, struct arg_flags *ret);
int arg_datetime(struct args *a, int64_t *ms, int16_t *zone); /* "17-Jul-1996 02:44:25 -0700" */
int arg_date(struct args *a, int64_t *day);  /* 1-Feb-1994: days since 1970-01-01 */

#endif
