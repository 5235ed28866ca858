/* args.c - takes a command line apart by the tables of verbs and options.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/err.h"
#include "cmd/args.h"
#include "conf/nearest.h"

const struct option_text option_texts[OPT_COUNT] = {
#define X(bit, name, value, sentence) {name, value, sentence},
	VERB_OPTIONS(X)
#undef X
};

static int find_option(struct str name, struct buf *why)
{
	struct nearest near;

	nearest_init(&near, name);
	for (int i = 0; i < OPT_COUNT; i++) {
		if (str_eq(str_of(option_texts[i].name), name))
			return i;
		nearest_offer(&near, option_texts[i].name);
	}
	buf_printf(why, "there is no option --%.*s", STR_ARG(str_head(name, 60)));
	if (near.best)
		buf_printf(why, "; did you mean --%s?", near.best);
	return E_SYNTAX;
}

static int add_set(struct args *a, const char *prefix, const char *value)
{
	struct str s = arena_printf(&a->arena, "%s%s", prefix, value);

	if (!s.p)
		return E_NOMEM;
	a->sets[a->n_sets++] = s.p;
	return 0;
}

static int take(struct args *a, int option, const char *value)
{
	bool is_again = a->given >> option & 1;

	a->given |= 1u << option;
	a->value[option] = value;
	switch (option) {
	case OPT_SET:
		return add_set(a, "", value);
	case OPT_DATA:
		return add_set(a, "data=", value);
	case OPT_LISTEN: /* the command line's listeners take the place of the file's */
		return add_set(a, is_again ? "listen+=" : "listen=", value);
	case OPT_TO:
		a->to[a->n_to++] = value;
		return 0;
	default:
		return 0;
	}
}

/* --name, --name=value or --name value: how many of argv it took. */
static int parse_option(struct args *a, const char *const *argv, size_t n, struct buf *why)
{
	struct str value = str_of(argv[0] + 2), name = str_cut(&value, '=');
	int option = find_option(name, why), r;

	if (option < 0)
		return option;
	if (!option_texts[option].value) {
		if (value.p) {
			buf_printf(why, "--%s takes no value", option_texts[option].name);
			return E_SYNTAX;
		}
		r = take(a, option, "");
		return r < 0 ? r : 1;
	}
	if (value.p) {
		r = take(a, option, value.p);
		return r < 0 ? r : 1;
	}
	if (n < 2) {
		buf_printf(why, "write --%s %s", option_texts[option].name,
			   option_texts[option].value);
		return E_SYNTAX;
	}
	r = take(a, option, argv[1]);
	return r < 0 ? r : 2;
}

static int parse_sender(struct args *a, const char *const *argv, size_t n, struct buf *why)
{
	if (argv[0][2])
		return take(a, OPT_SENDER, argv[0] + 2) < 0 ? E_NOMEM : 1;
	if (n < 2) {
		buf_printf(why, "write -f ADDRESS");
		return E_SYNTAX;
	}
	return take(a, OPT_SENDER, argv[1]) < 0 ? E_NOMEM : 2;
}

/* acl set ADDRESS MAILBOX -anyone -w: there a hyphen takes rights away (RFC 4314 2). */
static bool is_negative(const struct args *a, struct str word)
{
	return a->n_words >= 4 && str_eq(str_of(a->words[0]), STR("acl")) && word.n > 1 && word.p[1] != '-';
}

int args_parse(struct args *a, const char *const *argv, size_t n, struct buf *why)
{
	bool options_end = false;

	*a = (struct args){0};
	arena_init(&a->arena, 4 << 20);
	a->words = arena_alloc(&a->arena, (n + 1) * sizeof(*a->words));
	a->sets = arena_alloc(&a->arena, (n + 1) * sizeof(*a->sets));
	a->to = arena_alloc(&a->arena, (n + 1) * sizeof(*a->to));
	if (!a->words || !a->sets || !a->to)
		return E_NOMEM;
	for (size_t i = 0; i < n;) {
		struct str word = str_of(argv[i]);
		int r = 1;

		if (!i && str_eq(word, STR("help"))) {
			a->given |= 1u << OPT_HELP;
		} else if (options_end || !str_starts(word, STR("-")) || word.n == 1 || is_negative(a, word)) {
			a->words[a->n_words++] = argv[i];
		} else if (word.n == 2 && word.p[1] == '-') {
			options_end = true;
		} else if (!a->n_words && str_eq(word, STR("--version"))) { /* as everybody tries */
			a->words[a->n_words++] = "version";
		} else if (str_eq(word, STR("-h"))) {
			a->given |= 1u << OPT_HELP;
		} else if (str_starts(word, STR("-f"))) { /* as sendmail has it: -f ADDRESS, -fADDRESS */
			r = parse_sender(a, argv + i, n - i, why);
		} else if (str_starts(word, STR("--"))) {
			r = parse_option(a, argv + i, n - i, why);
		} else {
			buf_printf(why, "options are written with two hyphens: %.60s", argv[i]);
			r = E_SYNTAX;
		}
		if (r < 0)
			return r;
		i += (size_t)r;
	}
	return 0;
}

void args_free(struct args *a)
{
	arena_free(&a->arena);
}

/* -- the verb ------------------------------------------------------------------ */

/* How many of the words are the verb's name; 0: not this verb. */
static size_t match(const struct verb *v, const struct args *a)
{
	struct str rest = str_of(v->name);
	size_t n = 0;

	while (rest.n) {
		if (n == a->n_words || !str_eq(str_cut(&rest, ' '), str_of(a->words[n])))
			return 0;
		n++;
	}
	return n;
}

static void say_unknown(const struct args *a, struct buf *why)
{
	struct str first = str_of(a->words[0]);
	struct buf wanted;
	struct nearest near;
	bool is_family = false;

	buf_init(&wanted, 1 << 20);
	buf_printf(&wanted, "%s%s%s", a->words[0], a->n_words > 1 ? " " : "",
		   a->n_words > 1 ? a->words[1] : "");
	nearest_init(&near, buf_str(&wanted));
	for (size_t i = 0; i < verb_count; i++) {
		struct str name = str_of(verbs[i].name), family = str_cut(&name, ' ');

		nearest_offer(&near, verbs[i].name);
		if (!str_eq(family, first) || !name.p)
			continue;
		buf_printf(why, "%s%.*s", is_family ? ", " : "say what to do: ",
			   STR_ARG(str_of(verbs[i].name)));
		is_family = true;
	}
	if (!is_family)
		buf_printf(why, "there is no verb \"%.60s\"", wanted.p ? wanted.p : "");
	if (near.best)
		buf_printf(why, "; did you mean %s?", near.best);
	else if (!is_family)
		buf_printf(why, "; mailkeep --help names them");
	buf_free(&wanted);
}

const struct verb *args_verb(const struct args *a, size_t *n_name, struct buf *why)
{
	for (size_t i = 0; i < verb_count; i++) {
		size_t n = match(&verbs[i], a);

		if (n) {
			*n_name = n;
			return &verbs[i];
		}
	}
	if (a->n_words)
		say_unknown(a, why);
	else
		buf_printf(why, "say what to do; mailkeep --help names the verbs");
	return NULL;
}

int args_check(const struct args *a, const struct verb *verb, size_t n_name, struct buf *why)
{
	size_t n = a->n_words - n_name;

	for (int i = 0; i < OPT_COUNT; i++)
		if ((a->given & ~verb->options & ~(1u << OPT_HELP)) >> i & 1) {
			buf_printf(why, "--%s means nothing here", option_texts[i].name);
			return E_SYNTAX;
		}
	if (n < verb->args_least || n > verb->args_most) {
		buf_printf(why, "usage: mailkeep %s%s%s", verb->name, *verb->args ? " " : "",
			   verb->args);
		return E_SYNTAX;
	}
	return 0;
}
