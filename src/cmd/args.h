/* args.h - a command line taken apart: words, options, the verb.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No globals (getopt has some): the server reads its clients' command lines too. */
#ifndef CMD_ARGS_H
#define CMD_ARGS_H

#include "base/arena.h"
#include "cmd/verb.h"

struct args {
	const char **words; /* what is no option, in order: the verb's name first */
	size_t n_words;
	uint32_t given;
	const char *value[OPT_COUNT];
	const char **sets; /* for conf_load: --set, --data and --listen, in order */
	size_t n_sets;
	const char **to;
	size_t n_to;
	struct arena arena;
};

/* Options may stand anywhere; "--" ends them. The views point into argv. E_SYNTAX with a
 * sentence in `why`. args_free also after a failure. */
int args_parse(struct args *a, const char *const *argv, size_t n, struct buf *why);
void args_free(struct args *a);

/* The verb that the words begin with; *n_name: how many words its name has. NULL with a sentence
 * in `why`. */
const struct verb *args_verb(const struct args *a, size_t *n_name, struct buf *why);
/* Are the options and the number of arguments fine for the verb? */
int args_check(const struct args *a, const struct verb *verb, size_t n_name, struct buf *why);

struct option_text {
	const char *name, *value, *sentence;
};
extern const struct option_text option_texts[OPT_COUNT];

#endif
