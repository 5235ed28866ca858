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

static void say_options(struct out *out, uint32_t options)
{
	for (int i = 0; i < OPT_COUNT; i++) {
		const struct option_text *t = &option_texts[i];
		char left[64];

		if (!(options >> i & 1))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", t->name, t->value ? " " : "",
			 t->value ? t->value : "");
		out_printf(out, "  %-34s %s\n", left, t->sentence);
	}
}

int help_all(struct out *out)
{
	size_t widest = 0;

	out_printf(out, "mailkeep - keeps people's mail: takes it in by SMTP and LMTP, gives it out "
			"by POP3\n\nusage: mailkeep VERB [ARGUMENTS] [OPTIONS]\n\n");
	for (size_t i = 0; i < verb_count; i++) {
		size_t n = strlen(verbs[i].name) + 1 + strlen(verbs[i].args);

		if (n > widest && n < 32)
			widest = n;
	}
	for (size_t i = 0; i < verb_count; i++) {
		char left[80];

		snprintf(left, sizeof(left), "%s %s", verbs[i].name, verbs[i].args);
		out_printf(out, "  %-*s  %s\n", (int)widest, left, verbs[i].sentence);
	}
	out_printf(out, "\nOptions of nearly every verb:\n");
	say_options(out, common | 1u << OPT_HELP);
	out_printf(out, "\nmailkeep VERB --help tells more. mailkeep config explain tells every "
			"setting.\n");
	return EX_OK;
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
