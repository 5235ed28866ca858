/* out.h - what a verb says: text, tables for terminals and for scripts, JSON.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A terminal gets aligned columns with a head line; a pipe gets fields separated by tabs and no
 * head; --json gets an array of objects. One description of the columns makes all three. */
#ifndef CMD_OUT_H
#define CMD_OUT_H

#include "base/attr.h"
#include "base/buf.h"

struct out {
	void (*write)(struct out *o, bool is_error, struct str bytes);
	void *arg;
	bool is_terminal, is_json, is_dead; /* dead: nobody reads any more */
	bool only_read;                     /* the verb changes nothing */
	unsigned columns;                   /* of the terminal */
	int fd;                             /* V_STREAM inside: the client's frames; else unset */
	const char *verb;                   /* for error lines */
};

void out_add(struct out *o, struct str bytes);
void out_printf(struct out *o, const char *fmt, ...) PRINTF(2, 3);
/* "mailkeep: user add: ..." on the error stream; the line end is added. */
void out_error(struct out *o, const char *fmt, ...) PRINTF(2, 3);
/* A remark for people on the error stream, only when they read along at a terminal. */
void out_note(struct out *o, const char *fmt, ...) PRINTF(2, 3);

/* How far a long verb is: a bar at a terminal, else a line at each tenth; on the error stream. */
struct out_progress {
	uint64_t shown_ms;
	unsigned tenth;
	bool has_bar;
};
void out_progress(struct out *o, struct out_progress *p, uint64_t done, uint64_t all);
void out_progress_end(struct out *o, struct out_progress *p); /* takes the bar away */

void out_stdio(struct out *o); /* stdout and stderr of this process */

enum cell { CELL_TEXT, CELL_NUMBER, CELL_SIZE, CELL_LIMIT /* a size; 0: none */, CELL_TIME, CELL_BOOL };
struct column {
	const char *title, *key; /* "MAILBOX", and "mailbox" for JSON */
	enum cell kind;
};

/* Rows are collected, then printed at once. */
struct table {
	const struct column *columns;
	size_t n_columns;
	struct cell_value *cells;
	size_t n, cap;
	int failed;
};
void table_init(struct table *t, const struct column *columns, size_t n);
void table_text(struct table *t, struct str s); /* copied */
void table_int(struct table *t, int64_t v);     /* all but CELL_TEXT; times in ms */
int table_print(struct table *t, struct out *o); /* and frees it */
/* One row, printed as lines "title  value" or as one JSON object. */
int table_print_record(struct table *t, struct out *o);

#endif
