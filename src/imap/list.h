/* list.h - Private to imap/. LIST's two halves: what there is (list-tree.c), and what is told (list.c).
 * SPDX-License-Identifier: Apache-2.0
 *
 * All names that may matter are collected first, in the order of the tree, with the levels that are
 * missing between them: then each name's children are known when it is told. About 100 octets a name. */
#ifndef IMAP_LIST_H
#define IMAP_LIST_H

#include "imap/folders.h"

enum list_bit {
	LB_EXISTS = 1,     /* a mailbox that this user may see */
	LB_SUBSCRIBED = 2,
	LB_OWN = 4,
	LB_NO_READ = 8,    /* exists, but may not be selected */
	LB_MEETS = 16,     /* what LIST's selection options ask for; without any, LB_EXISTS */
	LB_MATCHES = 32,   /* a pattern */
	LB_AS_LEVEL = 64,  /* a pattern that also tells of levels without a mailbox */
	LB_CHILD = 128,    /* a mailbox lies somewhere below */
	LB_CHILD_MEETS = 256,  /* ... that meets */
	LB_CHILD_HIDDEN = 512, /* ... and that no pattern tells of (RFC 9051 6.3.9.6) */
};

struct list_entry {
	const char *name;
	uint32_t n;
	uint32_t bits;      /* enum list_bit */
	uint32_t parent;    /* index + 1; 0: none */
	uint32_t special_use;
	uint64_t mbox;
};

struct list_patterns {
	struct str *v;      /* canonical (mailbox_pattern_canonical), reference and all */
	size_t n;
};

struct list_tree {
	struct list_entry *v;
	size_t n, cap;
	struct arena names;
	const struct list_patterns *patterns;
	bool wants_subscribed, wants_special; /* selection options */
	/* private */
	struct str prefix, after; /* what all patterns begin with; the last own name that was read */
	uint64_t next_foreign;
	struct list_candidates *candidates;
	size_t at;
	unsigned phase;
	int err;
};

void list_tree_init(struct list_tree *t, const struct list_patterns *p);
void list_tree_free(struct list_tree *t);
/* Goes on collecting for some milliseconds: 1: call again; 0: it is complete; E_*. */
int list_tree_collect(struct imap *s, struct list_tree *t);

static inline struct str entry_name(const struct list_entry *e)
{
	return str_n(e->name, e->n);
}

#endif
