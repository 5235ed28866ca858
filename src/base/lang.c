/* lang.c - the languages we speak, and the look-up of texts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/lang.h"

struct pair {
	const char *english, *text;
};

/* "%.0s" takes the plural's "s" and shows nothing. */
static const struct pair ru[] = {
#include "base/lang-ru.h"
};

static const struct {
	const char *tag, *name;
	const struct pair *pairs;
	size_t n;
} langs[LANGS] = {
	[LANG_EN] = {"en", "English", NULL, 0},
	[LANG_RU] = {"ru", "Русский", ru, sizeof(ru) / sizeof(*ru)},
};

const char *lang_tag(enum lang l)
{
	return langs[l].tag;
}

const char *lang_name(enum lang l)
{
	return langs[l].name;
}

enum lang lang_find(struct str range)
{
	while (range.n) {
		ptrdiff_t cut;

		for (unsigned l = 0; l < LANGS; l++)
			if (str_ieq(range, str_of(langs[l].tag)))
				return (enum lang)l;
		cut = str_rfind(range, '-');
		if (cut < 0)
			break;
		range = str_head(range, (size_t)cut);
	}
	return LANGS;
}

const char *lang_text(enum lang l, const char *english)
{
	for (size_t i = 0; i < langs[l].n; i++)
		if (strcmp(langs[l].pairs[i].english, english) == 0)
			return langs[l].pairs[i].text;
	return english;
}

bool lang_pair(enum lang l, size_t i, const char **english, const char **text)
{
	if (i >= langs[l].n)
		return false;
	*english = langs[l].pairs[i].english;
	*text = langs[l].pairs[i].text;
	return true;
}
