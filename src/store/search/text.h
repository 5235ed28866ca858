/* text.h - a message as text: its header fields, and its text parts decoded to UTF-8.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What SEARCH looks into and what the search index holds come from here alone, so that both see the
 * same. Text parts are text/... and what has no readable Content-Type; and message/... parts that
 * are not taken apart (delivery reports). Of a header the first MiB is seen. */
#ifndef STORE_SEARCH_TEXT_H
#define STORE_SEARCH_TEXT_H

#include "store/store.h"

enum {
	TEXT_HEADER = 1, /* the message's own header fields */
	TEXT_PARTS = 2,  /* the header fields of its parts, and of messages in it */
	TEXT_BODY = 4,   /* the text parts */
};
/* Each returns false when it has seen enough: then nothing more of that kind comes. */
struct text_sink {
	/* `value` is raw: words_decode makes it text. */
	bool (*field)(void *arg, bool is_own, struct str name, struct str value);
	bool (*begin)(void *arg); /* a text part */
	bool (*piece)(void *arg, struct str utf8); /* valid UTF-8, cut anywhere */
	bool (*end)(void *arg);
};

struct msg_text; /* buffers, for one message after the other */
struct msg_text *msg_text_new(void); /* NULL: no memory */
struct msg_text *msg_text_free(struct msg_text *t);
/* Reads b, whose CACHE_OFFSETS are `offsets`. 0, E_DAMAGED, E_IO, E_NOMEM. */
MAY_WAIT int msg_text_read(struct msg_text *t, struct msg_body *b, struct str offsets, unsigned want,
			   const struct text_sink *sink, void *arg);

#endif
