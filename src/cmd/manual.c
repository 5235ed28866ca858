/* manual.c - man pages and shell completion, printed from the tables; and the version.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "cmd/args.h"
#include "cmd/help.h"
#include "cmd/version.h"
#include "cmd/verbs.h"
#include "conf/table.h"
#include "imap/imap.h"
#include "pop/pop3.h"
#include "smtp/smtp.h"

/* -- man pages (man(7)) ----------------------------------------------------------- */

/* Hyphens are minus signs in option names; a leading dot or quote would be a request. */
static void man_text(struct out *out, struct str s)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	if (s.n && (s.p[0] == '.' || s.p[0] == '\''))
		buf_add(&b, STR("\\&"));
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '-' || s.p[i] == '\\')
			buf_add_char(&b, '\\');
		buf_add_char(&b, s.p[i] == '\\' ? 'e' : s.p[i]);
	}
	out_add(out, buf_str(&b));
	buf_free(&b);
}

static void man_head(struct out *out, const char *title, int section, const char *line)
{
	out_printf(out, ".\\\" Made by mailkeep manual: do not edit.\n");
	out_printf(out, ".TH %s %d \"\" \"Mailkeep %s\" \"Mailkeep\"\n", title, section,
		   MAILKEEP_VERSION);
	out_printf(out, ".SH NAME\n%s\n", line);
}

static void man_options(struct out *out, uint32_t options)
{
	for (int i = 0; i < OPT_COUNT; i++) {
		const struct option_text *t = &option_texts[i];

		if (!(options >> i & 1))
			continue;
		out_printf(out, ".TP\n.B \\-\\-");
		man_text(out, str_of(t->name));
		if (t->value)
			out_printf(out, " \\fI%s\\fR", t->value);
		out_printf(out, "\n");
		man_text(out, str_of(t->sentence));
		out_printf(out, ".\n");
	}
}

static void man_verbs(struct out *out)
{
	struct buf usage;

	buf_init(&usage, 4096);
	for (size_t i = 0; i < verb_count; i++) {
		buf_clear(&usage);
		help_usage(&verbs[i], &usage);
		out_printf(out, ".TP\n.B ");
		man_text(out, buf_str(&usage));
		out_printf(out, "\n");
		man_text(out, str_of(verbs[i].sentence));
		out_printf(out, "\n");
	}
	buf_free(&usage);
}

static int manual_command(struct out *out)
{
	man_head(out, "MAILKEEP", 1, "mailkeep \\- keeps people's mail");
	out_printf(out, ".SH SYNOPSIS\n.B mailkeep\n.I VERB\n.RI [ ARGUMENTS ]\n.RI [ OPTIONS ]\n");
	out_printf(out, ".SH DESCRIPTION\nMailkeep takes mail in by SMTP and LMTP and gives it out by "
			"IMAP and POP3. Verbs that change or read accounts work the same whether the server "
			"runs or not: they ask the running server through its socket in the data "
			"folder, or else open the store themselves.\n");
	out_printf(out, ".SH VERBS\n");
	man_verbs(out);
	out_printf(out, ".SH OPTIONS\n");
	man_options(out, (1u << OPT_COUNT) - 1);
	out_printf(out, ".SH EXIT STATUS\nThat of sysexits.h: 0 all is well, 64 wrong usage, 65 bad "
			"data, 66 no mail store there, 67 no such user or mailbox, 69 a port is taken or a "
			"service is missing, 73 it exists already, 74 the disk failed, 75 try "
			"again later, 77 not allowed, 78 the configuration has errors.\n");
	out_printf(out, ".SH SEE ALSO\n.BR mailkeep.conf (5)\n");
	return EX_OK;
}

static int manual_settings(struct out *out)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	man_head(out, "MAILKEEP.CONF", 5, "mailkeep.conf \\- settings of the mail server");
	out_printf(out, ".SH DESCRIPTION\nOne setting a line: \\fIname = value\\fR. Lists are written "
			"\\fIname = {\"a\", \"b\"}\\fR; what holds more than letters, digits, dots "
			"and slashes is quoted. # begins a comment. The file is "
			"/etc/mailkeep/mailkeep.conf, or that of \\-\\-config; "
			"\\fBmailkeep config check\\fR names every error in it.\n.SH SETTINGS\n");
	for (size_t i = 0; i < option_count; i++) {
		struct str rest, name;

		buf_clear(&text);
		conf_explain(option_rows[i].name, false, &text);
		rest = buf_str(&text);
		name = str_cut(&rest, '\n');
		out_printf(out, ".TP\n.B ");
		man_text(out, name);
		out_printf(out, "\n");
		while (rest.n) {
			man_text(out, str_trim(str_cut(&rest, '\n')));
			out_printf(out, "\n");
		}
	}
	out_printf(out, ".SH SEE ALSO\n.BR mailkeep (1)\n");
	buf_free(&text);
	return EX_OK;
}

/* -- completion ------------------------------------------------------------------- */

static void bash_second_words(struct out *out)
{
	for (size_t i = 0; i < verb_count; i++) {
		struct str rest = str_of(verbs[i].name), family = str_cut(&rest, ' ');

		if (rest.p)
			out_printf(out, "\t\t%.*s) words=\"$words %.*s\" ;;&\n", STR_ARG(family),
				   STR_ARG(rest));
	}
}

static int manual_bash(struct out *out)
{
	out_printf(out, "# bash completion for mailkeep; made by mailkeep manual bash\n"
			"_mailkeep()\n{\n\tlocal words=\"\" cur=\"${COMP_WORDS[COMP_CWORD]}\"\n"
			"\tif [[ $cur == -* ]]; then\n\t\twords=\"");
	for (int i = 0; i < OPT_COUNT; i++)
		out_printf(out, "%s--%s", i ? " " : "", option_texts[i].name);
	out_printf(out, "\"\n\telif ((COMP_CWORD == 1)); then\n\t\twords=\"");
	for (size_t i = 0; i < verb_count; i++) {
		struct str rest = str_of(verbs[i].name), family = str_cut(&rest, ' ');

		if (!i || !str_starts(str_of(verbs[i - 1].name), family))
			out_printf(out, "%s%.*s", i ? " " : "", STR_ARG(family));
	}
	out_printf(out, "\"\n\telif ((COMP_CWORD == 2)); then\n\t\tcase ${COMP_WORDS[1]} in\n");
	bash_second_words(out);
	out_printf(out, "\t\tesac\n\telif [[ \"${COMP_WORDS[*]:1:2}\" == \"config explain\" || "
			"\"${COMP_WORDS[*]:1:2}\" == \"config show\" ]]; then\n\t\twords=\"");
	for (size_t i = 0; i < option_count; i++)
		out_printf(out, "%s%s", i ? " " : "", option_rows[i].name);
	out_printf(out, "\"\n\tfi\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
			"complete -o default -F _mailkeep mailkeep\n");
	return EX_OK;
}

/* -- Markdown, for doc/reference.md ------------------------------------------------ */

static void reference_of(struct out *out, const char *title, void (*fn)(struct buf *out))
{
	struct buf text;

	buf_init(&text, 1 << 20);
	fn(&text);
	out_printf(out, "\n## %s\n\n%.*s", title, STR_ARG(buf_str(&text)));
	buf_free(&text);
}

static void reference_verbs(struct buf *out)
{
	buf_printf(out, "| verb | what it does |\n|---|---|\n");
	for (size_t i = 0; i < verb_count; i++) {
		struct buf usage;
		struct str rest;

		buf_init(&usage, 4096);
		help_usage(&verbs[i], &usage);
		rest = buf_str(&usage);
		buf_add(out, STR("| `"));
		for (size_t at = 0; at < rest.n; at++) /* a bar would end the cell */
			buf_printf(out, rest.p[at] == '|' ? "\\|" : "%c", rest.p[at]);
		buf_printf(out, "` | %s |\n", verbs[i].sentence);
		buf_free(&usage);
	}
}

static void reference_settings(struct buf *out)
{
	conf_explain(NULL, true, out);
}

static int manual_reference(struct out *out)
{
	out_printf(out, "# Reference\n\nMade by `mailkeep manual reference.md` from the tables in the "
			"source; a test keeps it so.\n");
	reference_of(out, "Verbs", reference_verbs);
	reference_of(out, "Settings", reference_settings);
	reference_of(out, "IMAP commands", imap_reference);
	reference_of(out, "POP3 commands", pop3_reference);
	reference_of(out, "SMTP and LMTP commands", smtp_reference);
	return EX_OK;
}

int cmd_manual(struct verb_call *v)
{
	static const struct {
		const char *name;
		int (*fn)(struct out *out);
	} pages[] = {
		{"mailkeep.1", manual_command},
		{"mailkeep.conf.5", manual_settings},
		{"bash", manual_bash},
		{"reference.md", manual_reference},
	};

	for (size_t i = 0; i < COLUMNS(pages); i++)
		if (str_eq(str_of(pages[i].name), str_of(v->args[0])))
			return pages[i].fn(v->out);
	out_error(v->out, "there is no page \"%.60s\"; there are mailkeep.1, mailkeep.conf.5, "
			  "bash and reference.md",
		  v->args[0]);
	return EX_USAGE;
}

int cmd_version(struct verb_call *v)
{
	static const struct column columns[] = {{"version", "version", CELL_TEXT}};
	struct table t;

	if (!v->out->is_json) {
		out_printf(v->out, "mailkeep %s\n", MAILKEEP_VERSION);
		return EX_OK;
	}
	table_init(&t, columns, 1);
	table_text(&t, STR(MAILKEEP_VERSION));
	return verb_exit(table_print_record(&t, v->out));
}
