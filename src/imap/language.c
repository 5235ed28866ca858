/* language.c - LANGUAGE (RFC 5255 3): in which language people are spoken to.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only the text of tagged lines is translated (answer.c); names and codes are the same in all. */
#include "base/lang.h"
#include "imap/command.h"

enum { RANGES_MOST = 32 };

/* RFC 5255 3.2: "default" is what the server's owner has set. */
static enum lang find(const struct imap *s, struct str range)
{
	if (str_ieq(range, STR("default")) || str_eq(range, STR("*")))
		range = str_of(s->conf->language);
	if (str_ieq(range, STR("i-default"))) /* RFC 2277 4.5 */
		return LANG_EN;
	return lang_find(range);
}

static int list_languages(struct imap *s)
{
	struct buf *b = imap_buf(s);

	for (unsigned l = 0; l < LANGS; l++)
		buf_printf(b, l ? " %s" : "%s", lang_tag((enum lang)l));
	imap_untagged(s, "LANGUAGE (" STR_FMT ")", STR_ARG(buf_str(b)));
	return imap_ok(s, "these are the languages");
}

int imap_cmd_language(struct imap *s)
{
	struct args *a = &s->cmd->args;
	enum lang l = LANGS;
	struct str range;

	if (arg_is_end(a))
		return list_languages(s);
	for (unsigned n = 0; !a->err && !arg_is_end(a); n++) { /* the first that there is */
		arg_sp(a);
		arg_astring(a, &range);
		if (!a->err && n == RANGES_MOST)
			arg_fail(a, E_SYNTAX, "too many languages");
		if (!a->err && l == LANGS)
			l = find(s, range);
	}
	if (a->err)
		return imap_fail(s, a->err);
	if (l == LANGS)
		return imap_no_code(s, "CANNOT", "none of these languages");
	s->lang = (uint8_t)l;
	imap_untagged(s, "LANGUAGE (%s)", lang_tag(l));
	/* RFC 5255 3.2: the prefixes are not translated, but it is told */
	imap_tell_namespace(s);
	return imap_ok(s, "that is the language now");
}
