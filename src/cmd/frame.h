/* frame.h - the admin socket's frames.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to cmd/. */
#ifndef CMD_FRAME_H
#define CMD_FRAME_H

#include "base/buf.h"

enum { FRAME_MOST = 1 << 20, ADMIN_VERSION = 1 };

enum frame_kind {
	FRAME_REQUEST = 'R', /* version, struct request */
	FRAME_OUT = 'O',     /* for stdout */
	FRAME_ERROR = 'E',   /* for stderr */
	FRAME_EXIT = 'X',    /* one octet; the last */
	/* of V_STREAM verbs (cmd/stream.c), in either direction */
	FRAME_FOLDER = 'F', FRAME_MESSAGE = 'M', FRAME_DATA = 'D', FRAME_END = 'Z',
	FRAME_FINISH = 'Q', FRAME_PROGRESS = 'T', FRAME_ANSWER = 'A',
};

int frame_send(int fd, enum frame_kind kind, struct str payload);
/* Into `b` (cleared first). E_CLOSED at the end, E_TOOBIG, E_TIMEOUT, E_IO. */
int frame_read(int fd, enum frame_kind *kind, struct buf *b);

/* What a verb says goes to `fd` as frames. */
struct out;
void frame_out(struct out *o, int fd);

struct request {
	bool is_terminal;
	unsigned columns;
	const char **words; /* NUL-terminated */
	size_t n_words;
	struct str password; /* p = NULL: none */
};
int request_write(const struct request *r, struct buf *out);
/* The views point into `s`, the array is malloced: free(r->words). E_SYNTAX, E_VERSION. */
int request_read(struct str s, struct request *r);

/* The socket's address: found through the folder's descriptor, for long paths (108 octets most). */
struct sockaddr_un;
int admin_address(int dir, struct sockaddr_un *ret);

#endif
