/* stream.h - the two halves of an import or export: one has the files, the other the store.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to cmd/. Frames (cmd/frame.h) from the half with the source, each folder, message and the
 * end answered by a number from the other, whose words and exit code are frames, too:
 *
 *	FOLDER, then for each message MESSAGE, and if it is wanted DATA ... END; at last FINISH */
#ifndef CMD_STREAM_H
#define CMD_STREAM_H

#include "cmd/frame.h"
#include "cmd/verb.h"
#include "store/import/import.h"

struct stream {
	int fd;
	struct out *out;   /* words of the other half go here */
	struct buf in, held;
	struct arena arena;
	bool is_refused;   /* the other half has failed, and tells why */
	bool has_code;     /* it has ended */
	int code;
	struct out_progress progress;
	uint64_t told_ms;
};
void stream_init(struct stream *st, struct verb_call *v);
void stream_free(struct stream *st);

/* A sink: what it takes goes to the other half. Progress is shown here if this is the client's. */
void stream_sink(struct stream *st, struct import_sink *sink);
/* Pours what comes from the other half into a sink. 0: all of it came. E_CLOSED: it went away. */
int stream_pump(struct stream *st, const struct import_sink *to);
/* Waits for the other half's end; its exit code, or `otherwise`. */
int stream_end(struct stream *st, int otherwise);

/* --format and --mailbox. EX_OK, or an exit code after telling why. */
enum stream_format { FORMAT_NONE, FORMAT_MAILDIR, FORMAT_MBOX };
int stream_options(struct verb_call *v, enum stream_format *format, struct import_opts *o);
/* The account of v->args[0]. */
int stream_account(struct verb_call *v, uint64_t *account);
/* A sentence of a source or a sink: struct out. */
void stream_say(void *out, const char *sentence);

#endif
