/* command.h - the engine behind every command table: lookup, arguments, counts.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A protocol has one table of its commands and nothing else that knows them
 * (doc/style 3): dispatch, capabilities, HELP, counters and the reference page all
 * come from it. The protocol's dispatcher finds the row, checks its state, then the
 * arguments, runs it and counts it. Nothing here waits or allocates. */
#ifndef NET_COMMAND_H
#define NET_COMMAND_H

#include <stdatomic.h>
#include "base/attr.h"
#include "base/buf.h"

/* What stands behind the keyword and exactly one space. */
enum command_shape {
	ARGS_NONE,        /* nothing, not even a space */
	ARGS_TEXT,        /* at least one octet, taken as it is */
	ARGS_OPT_TEXT,    /* nothing at all, or ARGS_TEXT */
	ARGS_NUM,         /* n */
	ARGS_OPT_NUM,     /* nothing at all, or n */
	ARGS_NUM_NUM,     /* n k */
	ARGS_WORD_WORD,   /* two words without spaces */
	ARGS_ANY,         /* whatever: the handler looks */
};

struct command_args {
	struct str text;   /* all of it, behind the space */
	struct str word[2];
	uint32_t num[2];
	unsigned n;        /* how many numbers or words (or texts) there are */
};

struct command {
	const char *name; /* upper case */
	MAY_WAIT int (*run)(void *session, const struct command_args *args); /* < 0: an error reply */
	unsigned states;  /* bits of the protocol's own: where it is allowed */
	enum command_shape shape;
	const char *rfc, *text; /* "1939 5", "sizes": for HELP and the reference */
};

struct command_count { /* since the start, over all loops */
	_Atomic uint64_t calls, errors, us;
};

struct command_table {
	const struct command *rows;
	struct command_count *counts; /* as many; NULL: nothing is counted */
	size_t n;
};

/* The row for the line's first word, any case; NULL if there is none. *rest is what stands
 * behind the word, with its space. */
const struct command *command_find(const struct command_table *t, struct str line, struct str *rest);
/* Cuts `rest` up by the row's shape: 0, E_SYNTAX, or E_RANGE for a number over 32 bits. */
int command_args(const struct command *row, struct str rest, struct command_args *ret);
void command_counted(const struct command_table *t, const struct command *row, int result, uint64_t us);
/* The table as Markdown: what, arguments, RFC. */
void command_reference(const struct command_table *t, struct buf *out);

#endif
