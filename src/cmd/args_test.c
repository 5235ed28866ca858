/* args_test.c - command lines taken apart, and the admin socket's requests.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/err.h"
#include "cmd/args.h"
#include "cmd/frame.h"

enum { WORDS_MOST = 16 };

static size_t count(const char *const *argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

static void options_may_stand_anywhere(void **state)
{
	static const char *const argv[] = {"--data",   "/d",	"user",	    "--quota=5M", "add",
					   "a@x.test", "--set", "loops=2",  "--listen",	  "pop3=:1",
					   "--listen", "pop3=:2", "--",	    "--json",	  NULL};
	struct args a;
	struct buf why;
	size_t n_name;
	const struct verb *v;

	buf_init(&why, 4096);
	assert_int_equal(args_parse(&a, argv, count(argv), &why), 0);
	assert_int_equal(a.n_words, 4);
	assert_string_equal(a.words[0], "user");
	assert_string_equal(a.words[3], "--json"); /* behind "--" it is a word */
	assert_string_equal(a.value[OPT_QUOTA], "5M");
	assert_int_equal(a.n_sets, 4);
	assert_string_equal(a.sets[0], "data=/d");
	assert_string_equal(a.sets[1], "loops=2");
	assert_string_equal(a.sets[2], "listen=pop3=:1");
	assert_string_equal(a.sets[3], "listen+=pop3=:2");
	v = args_verb(&a, &n_name, &why);
	assert_non_null(v);
	assert_string_equal(v->name, "user add");
	assert_int_equal(n_name, 2);
	args_free(&a);
	buf_free(&why);
}

/* What a wrong command line is answered; NULL: it is right. */
static void wrong_lines_are_told_why(void **state)
{
	static const struct {
		const char *argv[WORDS_MOST], *why;
	} rows[] = {
		{{"user", "add", "a@x.test"}, NULL},
		{{"version"}, NULL},
		{{"usr", "add", "a@x.test"}, "did you mean user add?"},
		{{"user"}, "say what to do: user add, user passwd"},
		{{"user", "lost"}, "did you mean user list?"},
		{{"status", "now"}, "usage: mailkeep status"},
		{{"user", "add"}, "usage: mailkeep user add ADDRESS"},
		{{"user", "add", "a", "b"}, "usage: mailkeep user add ADDRESS"},
		{{"user", "list", "--jsn"}, "there is no option --jsn; did you mean --json?"},
		{{"user", "list", "--json=yes"}, "--json takes no value"},
		{{"user", "list", "--data"}, "write --data DIR"},
		{{"user", "list", "--quota", "5"}, "--quota means nothing here"},
		{{"user", "list", "-x"}, "options are written with two hyphens"},
		{{NULL}, "say what to do"},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		const struct verb *v = NULL;
		struct args a;
		struct buf why;
		size_t n_name = 0;
		int r;

		buf_init(&why, 4096);
		r = args_parse(&a, rows[i].argv, count(rows[i].argv), &why);
		if (!r)
			v = args_verb(&a, &n_name, &why);
		if (v)
			r = args_check(&a, v, n_name, &why);
		buf_add_char(&why, '\0');
		if (rows[i].why ? !strstr(why.p, rows[i].why) : r || !v || why.n != 1)
			fail_msg("row %zu: %s", i, why.p);
		args_free(&a);
		buf_free(&why);
	}
}

static void every_verb_is_complete_and_unique(void **state)
{
	for (size_t i = 0; i < verb_count; i++) {
		const struct verb *v = &verbs[i];

		assert_non_null(v->run);
		assert_true(v->args_least <= v->args_most);
		assert_true(!v->args_most == !*v->args);
		assert_int_equal(v->sentence[strlen(v->sentence) - 1], '.');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(v->name, verbs[j].name);
	}
}

/* -- requests ------------------------------------------------------------------------ */

static void requests_come_back_as_they_were(void **state)
{
	const char *words[] = {"user", "add", "", "a@x.test"};
	struct request in = {true, 132, words, COLUMNS(words), STR("se\0cret")}, out;
	struct buf b;

	buf_init(&b, FRAME_MOST);
	assert_int_equal(request_write(&in, &b), 0);
	assert_int_equal(request_read(buf_str(&b), &out), 0);
	assert_true(out.is_terminal);
	assert_int_equal(out.columns, 132);
	assert_int_equal(out.n_words, 4);
	assert_string_equal(out.words[2], "");
	assert_string_equal(out.words[3], "a@x.test");
	assert_true(str_eq(out.password, STR("se\0cret")));
	free(out.words);

	in.password = STR_NONE;
	buf_clear(&b);
	request_write(&in, &b);
	assert_int_equal(request_read(buf_str(&b), &out), 0);
	assert_null(out.password.p);
	free(out.words);
	buf_free(&b);
}

/* Cut short, lengthened, or with any octet changed: an error or a request, never a wrong read. */
static void broken_requests_are_refused(void **state)
{
	const char *words[] = {"user", "list"};
	struct request in = {false, 80, words, COLUMNS(words), STR("pw")}, out;
	struct buf b;

	buf_init(&b, FRAME_MOST);
	request_write(&in, &b);
	for (size_t n = 0; n < b.n; n++)
		assert_true(request_read(str_n(b.p, n), &out) < 0);
	for (size_t i = 0; i < b.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.p[i] ^= (char)(1 << bit);
			if (request_read(buf_str(&b), &out) == 0)
				free(out.words);
			b.p[i] ^= (char)(1 << bit);
		}
	b.p[0] = ADMIN_VERSION + 1;
	assert_int_equal(request_read(buf_str(&b), &out), E_VERSION);
	b.p[0] = ADMIN_VERSION;
	buf_add_char(&b, 'x');
	assert_int_equal(request_read(buf_str(&b), &out), E_SYNTAX);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(wrong_lines_are_told_why),
		cmocka_unit_test(every_verb_is_complete_and_unique),
		cmocka_unit_test(requests_come_back_as_they_were),
		cmocka_unit_test(broken_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
