/* lines.h - a file by lines, however long; and what formats with LF lines share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/import. */
#ifndef STORE_IMPORT_LINES_H
#define STORE_IMPORT_LINES_H

#include "store/import/import.h"

enum { LINES_ROOM = 64 << 10 };

struct lines {
	int fd;
	uint64_t at;      /* of the next piece */
	size_t from, to;  /* of `room`: read, not handed out */
	bool in_line;     /* the last piece did not end its line */
	bool is_over;
	char *room;
};
struct line { /* a line, or a piece of one that is longer than the room */
	uint64_t at;
	struct str s;     /* with its line end */
	bool is_start, is_end; /* the line begins, ends here */
};
int lines_init(struct lines *l, int fd);
void lines_seek(struct lines *l, uint64_t at);
int lines_next(struct lines *l, struct line *ret); /* 1; 0 at the end; E_IO */
void lines_free(struct lines *l); /* not the fd */

struct str line_text(struct str line); /* without LF or CRLF */
/* Hands a piece on with CRLF for LF; *last is the octet before it. */
int send_crlf(const struct import_sink *to, struct str s, char *last);
/* The rest of the file up to `end` (UINT64_MAX: all of it). */
int send_rest(const struct import_sink *to, struct lines *l, uint64_t end, char *last);

void import_id(unsigned char id[IMPORT_ID], struct str s);

/* The mailbox that a source's folder goes to, in `out` (cleared), canonical where it can be: `name`
 * below o->mbox, or by itself; an empty name is o->mailbox or INBOX. */
void import_target(const struct import_opts *o, struct str name, struct buf *out);

/* Levels as file names: no separator, no leading dot, nothing that a shell or a Maildir++ reader
 * takes for something else ("\2e"; Dovecot's listescape). */
int level_escape(struct str level, bool all_dots, struct buf *out);
int level_unescape(struct str name, struct buf *out);

#endif
