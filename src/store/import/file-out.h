/* file-out.h - what the sinks that write files share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/import. Every file is made anew (O_EXCL, never through a symlink, mode 0600), and
 * names are escaped: no mailbox name leads out of the folder. */
#ifndef STORE_IMPORT_FILE_OUT_H
#define STORE_IMPORT_FILE_OUT_H

#include <stdio.h>
#include "store/import/lines.h"

struct file_sink {
	struct file_sink_opts o;
	struct import_counts counts;
	int root;          /* folder, or -1 */
	struct buf names;  /* subscriptions */
	struct buf folder; /* this mailbox's name */
	void (*free)(struct file_sink *s);
};

int file_sink_init(struct file_sink *s, const struct file_sink_opts *o, void (*fn)(struct file_sink *s));
void file_sink_say(const struct file_sink *s, const char *what, int e);
/* Opens the folder at o.path, made if missing. E_EXISTS if there is something in it. */
int file_sink_root(struct file_sink *s);
/* A new file below `dir`; NULL with the error in *err. */
FILE *file_sink_create(int dir, const char *name, int *err);
int file_sink_close(FILE **f); /* E_IO, E_NOSPACE if anything was not written; syncs */
int file_sink_write(int dir, const char *name, const struct buf *b);

#endif
