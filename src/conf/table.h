/* table.h - the rows of options.h at run time, and one value read, checked and printed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include "base/arena.h"
#include "conf/conf.h"

enum option_kind { KIND_BOOL, KIND_INT, KIND_SIZE, KIND_SECS, KIND_STR, KIND_LIST };

struct option_row {
	enum option_kind kind;
	const char *name, *def;
	int64_t least, most;
	const char *sentence;
	size_t offset; /* of the field in struct conf */
};
extern const struct option_row option_rows[];
extern const size_t option_count;

const struct option_row *option_find(struct str name); /* NULL if there is none */
const char *option_nearest(struct str name);           /* the likeliest name, or NULL */
const char *option_kind_name(enum option_kind k);      /* "yes or no", "size", ... */

/* A struct conf while it is being made, and what belongs to it. */
struct conf_own {
	struct conf c;
	struct arena arena;
	bool *is_set; /* by row: a file or the command line named it */
};

/* Reads `text` into the field of `row`; a LIST takes one more element. On failure E_SYNTAX
 * (the field is untouched) and a sentence without the name in `why`. */
int option_set(struct conf_own *o, const struct option_row *row, struct str text, struct buf *why);
void option_clear_list(struct conf_own *o, const struct option_row *row);

/* The value as a configuration file would hold it: yes, 50M, "text", {"a", "b"}. */
void option_print(const struct conf *c, const struct option_row *row, struct buf *out);

bool conf_is_set(const struct conf *c, const struct option_row *row); /* named by file or --set */

/* Does the value make sense beyond its kind and range? NULL, or a sentence. */
const char *option_check(const struct option_row *row, struct str text);

/* Faults that need more than one setting to see, a line each. */
int conf_check_whole(const struct conf *c, struct buf *errors);

/* Reads a whole file's text; `path` only names it in `errors`. 0 or E_SYNTAX. */
int conf_read_file(struct conf_own *o, const char *path, const char *text, struct buf *errors);

#endif
