/* help.c - --help, from the table of verbs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd/args.h"
#include "cmd/help.h"

static const uint32_t common = 1u << OPT_DATA | 1u << OPT_CONFIG | 1u << OPT_SET;

void help_usage(const struct verb *verb, struct buf *out)
{
	buf_printf(out, "mailkeep %s", verb->name);
	if (*verb->args)
		buf_printf(out, " %s", verb->args);
	for (int i = 0; i < OPT_COUNT; i++) {
		if (!((verb->options & ~common) >> i & 1))
			continue;
		buf_printf(out, " [--%s", option_texts[i].name);
		if (option_texts[i].value)
			buf_printf(out, " %s", option_texts[i].value);
		buf_add_char(out, ']');
	}
}

enum { LEFT = 34, COLUMNS_LEAST = 60, COLUMNS_MOST = 100 };

/* The sentence beside or, where that is too wide, under what it explains. */
static void say_beside(struct out *out, const char *left, const char *sentence)
{
	unsigned columns = out->columns < COLUMNS_LEAST	 ? COLUMNS_LEAST
			   : out->columns > COLUMNS_MOST ? COLUMNS_MOST
							 : out->columns;
	struct str rest = str_of(sentence);
	size_t room = columns - LEFT - 4;
	bool is_wide = strlen(left) > LEFT;

	out_printf(out, is_wide ? "  %s\n%*s" : "  %s%*s", left,
		   is_wide ? LEFT + 3 : (int)(LEFT + 1 - strlen(left)), "");
	while (rest.n > room) {
		size_t n = room;

		while (n && rest.p[n] != ' ')
			n--;
		if (!n)
			break;
		out_printf(out, "%.*s\n%*s", STR_ARG(str_head(rest, n)), LEFT + 3, "");
		rest = str_from(rest, n + 1);
	}
	out_printf(out, "%.*s\n", STR_ARG(rest));
}

static void say_options(struct out *out, uint32_t options)
{
	for (int i = 0; i < OPT_COUNT; i++) {
		const struct option_text *t = &option_texts[i];
		char left[64];

		if (!(options >> i & 1))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", t->name, t->value ? " " : "",
			 t->value ? t->value : "");
		say_beside(out, left, t->sentence);
	}
}

static void say_verb(struct out *out, const struct verb *verb)
{
	char left[80];

	snprintf(left, sizeof(left), "%s %s", verb->name, verb->args);
	say_beside(out, left, verb->sentence);
}

int help_all(struct out *out)
{
	out_printf(out, "mailkeep - keeps people's mail: takes it in by SMTP and LMTP, gives it out\n"
			"by IMAP and POP3\n\nusage: mailkeep VERB [ARGUMENTS] [OPTIONS]\n\n");
	for (size_t i = 0; i < verb_count; i++)
		say_verb(out, &verbs[i]);
	out_printf(out, "\nOptions of nearly every verb:\n");
	say_options(out, common | 1u << OPT_HELP);
	out_printf(out, "\nmailkeep VERB --help tells more. mailkeep config explain tells every "
			"setting.\n");
	return EX_OK;
}

bool help_family(struct out *out, const char *word)
{
	bool is_any = false;

	for (size_t i = 0; i < verb_count; i++) {
		struct str name = str_of(verbs[i].name), family = str_cut(&name, ' ');

		if (!name.p || !str_eq(family, str_of(word)))
			continue;
		if (!is_any)
			out_printf(out, "usage: mailkeep %s VERB [ARGUMENTS] [OPTIONS]\n\n", word);
		say_verb(out, &verbs[i]);
		is_any = true;
	}
	if (is_any)
		out_printf(out, "\nmailkeep %s VERB --help tells more.\n", word);
	return is_any;
}

int help_verb(struct out *out, const struct verb *verb)
{
	struct buf usage;

	buf_init(&usage, 4096);
	help_usage(verb, &usage);
	out_printf(out, "%.*s\n\n%s\n\n", STR_ARG(buf_str(&usage)), verb->sentence);
	say_options(out, verb->options | 1u << OPT_HELP);
	buf_free(&usage);
	return EX_OK;
}
