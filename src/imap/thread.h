/* thread.h - Private to imap/. Threads of messages: ORDEREDSUBJECT and REFERENCES (RFC 5256), REFS
 * (draft-ietf-morg-inthread).
 * SPDX-License-Identifier: Apache-2.0
 *
 *	thread-link.c  messages come in, in the order of the mailbox; step 1 links them as they do
 *	thread-tree.c  steps 2 to 6, in slices
 *	thread-put.c   writes the tree
 *
 * Ids and subjects are kept as 128 bits of SipHash under keys drawn for each threader: whoever writes
 * the mail cannot make two meet, and a long one costs no more than a short one. All is O(n log n) in
 * messages and references, however they point at each other; nothing recurses, nothing waits. */
#ifndef IMAP_THREAD_H
#define IMAP_THREAD_H

#include "base/buf.h"
#include "imap/forest.h"
#include "imap/merge-sort.h"

enum thread_alg { THREAD_ORDEREDSUBJECT, THREAD_REFERENCES, THREAD_REFS };

/* Ids that no message has, in one command: past it E_LIMIT (56 octets each). */
enum { THREAD_DUMMIES_MOST = 1 << 20 };

struct thread_in {
	uint32_t number;         /* to be told: a UID or a sequence number */
	int64_t sent, arrival;   /* RFC 5256 2.2; INTERNALDATE */
	struct str subject;      /* the base subject, casemapped */
	bool is_reply;           /* the base subject rules took a sign of a reply or forward off */
	struct str message_id, in_reply_to, references; /* the fields as they stand in the message */
};

struct thread_key {
	uint64_t h[2];
};
struct thread_table { /* keys to nodes */
	struct thread_slot {
		struct thread_key key;
		uint32_t node; /* 0: free */
	} *v;
	size_t n, cap;
};
struct thread_node { /* number 0 is none, and the root of all */
	uint32_t parent, first, last, next, n_children;
	uint32_t msg; /* + 1; 0: a dummy */
};
struct thread_msg {
	uint32_t number, node;
	int64_t sent, arrival;
	struct thread_key subject;
	bool has_subject, is_reply;
};

struct threader {
	enum thread_alg alg;
	uint8_t secret[2][16];
	struct thread_msg *msgs;
	size_t n_msgs, cap_msgs;
	struct thread_node *nodes;
	size_t n_nodes, cap_nodes; /* with number 0 */
	size_t dummies_most;
	struct forest forest;
	struct thread_table ids, subjects;
	struct merge_sort order; /* of messages: by sent date, then as in the mailbox */
	struct buf id;
	unsigned phase;
	uint32_t at;             /* thread-put.c: the node to be told next */
	bool is_leaving;         /* all below it was told */
};

struct threader *threader_new(enum thread_alg alg); /* NULL: no memory */
struct threader *threader_free(struct threader *t);
int threader_add(struct threader *t, const struct thread_in *m); /* E_NOMEM, E_LIMIT */
int threader_some(struct threader *t); /* after the last: 1: there is more to do; 0: done; E_NOMEM */
/* Then: appends " (1 2)(3)" to `out`, up to about `room` octets. 1: there is more to tell. */
int threader_put(struct threader *t, struct buf *out, size_t room);

/* -- shared by its files ------------------------------------------------------------ */

/* The slot of that key, free or not; NULL: no memory. Who fills a free one counts it in n. */
struct thread_slot *thread_table_slot(struct thread_table *t, struct thread_key k);
uint32_t thread_node_new(struct threader *t); /* UINT32_MAX: no memory */

#endif
