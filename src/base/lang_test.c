/* lang_test.c - translations ask for the same arguments; ranges find languages.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/lang.h"

/* The conversions of a format, without flags, width and precision; '.' stays of ".*". */
static void conversions(const char *f, char *out)
{
	for (; *f; f++) {
		if (*f != '%')
			continue;
		for (f++; *f && strchr("-+ #0123456789.*hlzjt", *f); f++)
			if (*f == '*' || *f == 'l' || *f == 'z')
				*out++ = *f;
		*out++ = *f;
	}
	*out = 0;
}

static void translations_take_the_same_arguments(void **state)
{
	const char *english, *text;
	char a[100], b[100];

	for (unsigned l = 0; l < LANGS; l++)
		for (size_t i = 0; lang_pair((enum lang)l, i, &english, &text); i++) {
			conversions(english, a);
			conversions(text, b);
			assert_string_equal(a, b);
			assert_ptr_equal(lang_text((enum lang)l, english), text); /* no text stands twice */
			assert_null(strpbrk(text, "\r\n"));
		}
	assert_string_equal(lang_text(LANG_EN, "too large"), "too large");
	assert_string_equal(lang_text(LANG_RU, "not in the table"), "not in the table");
}

static void ranges_find_languages(void **state)
{
	static const struct {
		const char *range;
		enum lang lang;
	} rows[] = {{"en", LANG_EN}, {"RU", LANG_RU}, {"ru-RU", LANG_RU}, {"en-GB-oed", LANG_EN},
		    {"de", LANGS}, {"", LANGS}, {"-", LANGS}, {"rus", LANGS}, {"mul", LANGS}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(lang_find(str_of(rows[i].range)), rows[i].lang);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(translations_take_the_same_arguments),
		cmocka_unit_test(ranges_find_languages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
