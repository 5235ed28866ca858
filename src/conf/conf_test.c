/* conf_test.c - settings from files and the command line, and their errors.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <unistd.h>
#include "base/err.h"
#include "conf/table.h"

static struct buf errors;

static int setup(void **state)
{
	buf_init(&errors, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	buf_free(&errors);
	return 0;
}

/* Loads `text` as the file t.conf, then `sets` (NULL-terminated, may be NULL). */
static int load(struct conf **c, const char *text, const char *const *sets)
{
	char path[] = "/tmp/mailkeep-conf-XXXXXX";
	int fd = mkstemp(path), r;
	struct conf_sources from = {.path = path, .sets = sets};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	while (sets && sets[from.n_sets])
		from.n_sets++;
	buf_clear(&errors);
	r = conf_load(c, &from, &errors);
	buf_add_char(&errors, '\0');
	unlink(path);
	return r;
}

static void has_error(const char *what)
{
	if (!errors.p || !strstr(errors.p, what))
		fail_msg("no \"%s\" in: %s", what, errors.p ? errors.p : "");
}

static void defaults_are_valid(void **state)
{
	struct conf *c;

	assert_int_equal(load(&c, "", NULL), 0);
	assert_string_equal(c->data, "/var/lib/mailkeep");
	assert_int_equal(c->message_size, 50 << 20);
	assert_int_equal(c->undelete, 14 * 86400);
	assert_false(c->allow_plaintext_login);
	assert_true(c->pop3_exclusive);
	assert_int_equal(c->listen.n, 0);
	assert_true(strlen(c->hostname) > 0);
	conf_free(c);
}

static void file_sets_every_kind(void **state)
{
	struct conf *c;

	assert_int_equal(load(&c,
			      "# a comment\n"
			      "data = /srv/mail\n"
			      "hostname = \"mx.example.test\"\n"
			      "listen = {\"pop3=127.0.0.1:110\",\n \"lmtp=unix:/run/lmtp\"}\n"
			      "listen += {\"smtp=[::1]:25\"}\n"
			      "message_size = 10M\n"
			      "pop3_idle = 15m\n"
			      "loops = 3\n"
			      "allow_plaintext_login = yes\n",
			      NULL),
			 0);
	assert_string_equal(c->data, "/srv/mail");
	assert_string_equal(c->hostname, "mx.example.test");
	assert_int_equal(c->listen.n, 3);
	assert_string_equal(c->listen.v[0], "pop3=127.0.0.1:110");
	assert_string_equal(c->listen.v[2], "smtp=[::1]:25");
	assert_int_equal(c->message_size, 10 << 20);
	assert_int_equal(c->pop3_idle, 900);
	assert_int_equal(c->loops, 3);
	assert_true(c->allow_plaintext_login);
	conf_free(c);
}

static void command_line_wins(void **state)
{
	static const char *const sets[] = {"loops=7", "listen=pop3=127.0.0.1:0,pop3s=[::1]:0",
					   "listen+=lmtp=unix:/x", "trusted=10.0.0.0/8 192.0.2.1", NULL};
	struct conf *c;

	assert_int_equal(load(&c, "loops = 3\nlisten = \"smtp=127.0.0.1:25\"\n", sets), 0);
	assert_int_equal(c->loops, 7);
	assert_int_equal(c->listen.n, 3);
	assert_string_equal(c->listen.v[1], "pop3s=[::1]:0");
	assert_string_equal(c->listen.v[2], "lmtp=unix:/x");
	assert_int_equal(c->trusted.n, 2);
	conf_free(c);
}

static void all_errors_at_once_with_places(void **state)
{
	struct conf *c;

	assert_int_equal(load(&c,
			      "loops = 3\n"
			      "  lisen = {\"pop3=127.0.0.1:110\"}\n"
			      "message_size = 10Q\n"
			      "allow_plaintext_login = perhaps\n"
			      "pop3_idle = 1m\n"
			      "unheard_of_thing = 5\n"
			      "log_level = \"loud\"\n"
			      "loops = 4\n"
			      "listen = {\"pop3=nowhere\", \"pop4=127.0.0.1:1\", \"lmtp=0.0.0.0:24\"}\n"
			      "trusted = {\"10.0.0.0/99\"}\n",
			      NULL),
			 E_SYNTAX);
	has_error(":2:3: there is no setting \"lisen\"; did you mean listen?");
	has_error(":3:16: message_size must be a size");
	has_error(":4:25: allow_plaintext_login must be yes or no");
	has_error(":5:13: pop3_idle must be from 600 to 86400");
	has_error(":6:1: there is no setting \"unheard_of_thing\"\n");
	has_error(":7:14: log_level must be error, warn, info or debug");
	has_error(":8:1: loops is set twice");
	has_error(":9:12: listen \"pop3=nowhere\" is not written PROTOCOL=");
	has_error(":9:28: listen \"pop4=127.0.0.1:1\" names no such protocol; did you mean pop3?");
	has_error("\nlisten: lmtp=0.0.0.0:24: LMTP off loopback");
	has_error(":10:13: trusted \"10.0.0.0/99\" is no network");
}

static void broken_syntax_names_its_line(void **state)
{
	struct conf *c;

	assert_int_equal(load(&c, "loops = 3\n\n  data /srv\n", NULL), E_SYNTAX);
	has_error(":3:3: ");
}

static void value_rules(void **state)
{
	static const struct {
		const char *set;
		bool is_fine;
	} rows[] = {
		{"loops=256", true},	  {"loops=257", false},		{"loops=-1", false},
		{"loops=", false},	  {"message_size=1023", false}, {"message_size=1k", true},
		{"undelete=0", true},	  {"undelete=14x", false},	{"undelete=99999999999d", false},
		{"unix_mode=0666", true}, {"unix_mode=0999", false},	{"unix_mode=666", false},
		{"apop=on", true},	  {"apop=2", false},		{"data=", false},
		{"hostname=a b", false},  {"hostname=mx.test", true},	{"backend=rados", false},
		{"password_hash=bcrypt:4", true},			{"password_hash=bcrypt:3", false},
		{"password_hash=md5", false},				{"pop3_delete=move:Trash", true},
		{"pop3_delete=move:", false},				{"recipient_delimiter=", true},
		{"recipient_delimiter=+-", false},			{"recipient_delimiter=@", false},
		{"tls_cert=/x", false},					{"nonsense", false},
		{"loops", false},					{"reserve=18446744073709551615", false},
	};

	for (size_t i = 0; i < COLUMNS(rows); i++) {
		const char *const sets[] = {rows[i].set, NULL};
		struct conf *c = NULL;
		int r = load(&c, "", sets);

		if ((r == 0) != rows[i].is_fine)
			fail_msg("%s: %d", rows[i].set, r);
		conf_free(c);
		assert_true(rows[i].is_fine || errors.n > 1);
	}
}

static void missing_file_is_an_error_when_named(void **state)
{
	struct conf_sources from = {.path = "/nonexistent/mailkeep.conf"};
	struct conf *c;

	buf_clear(&errors);
	assert_int_equal(conf_load(&c, &from, &errors), E_SYNTAX);
	buf_add_char(&errors, '\0');
	has_error("/nonexistent/mailkeep.conf: cannot be read: no such file");
}

/* What conf_show prints is a file that says the same. */
static void show_can_be_read_again(void **state)
{
	static const char *const sets[] = {"listen=pop3=127.0.0.1:1,smtp=[::1]:2", "message_size=1500", "undelete=90m",
					   "data=/a \"b\\c", NULL};
	struct conf *c, *again;
	struct buf one, two;

	buf_init(&one, 1 << 20);
	buf_init(&two, 1 << 20);
	assert_int_equal(load(&c, "", sets), 0);
	assert_int_equal(conf_show(c, false, &one), 0);
	buf_add_char(&one, '\0');
	assert_int_equal(load(&again, one.p, NULL), 0);
	assert_int_equal(conf_show(again, false, &two), 0);
	buf_add_char(&two, '\0');
	assert_string_equal(one.p, two.p);
	buf_clear(&one);
	assert_int_equal(conf_show(c, true, &one), 0);
	assert_true(str_starts(buf_str(&one), STR("data = \"/a \\\"b\\\\c\"\nlisten = {\"pop3=127.0.0.1:1\", ")));
	buf_free(&one);
	buf_free(&two);
	conf_free(c);
	conf_free(again);
}

static void every_setting_is_explained(void **state)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < option_count; i++) {
		buf_clear(&text);
		assert_int_equal(conf_explain(option_rows[i].name, false, &text), 0);
		assert_true(str_starts(buf_str(&text), str_of(option_rows[i].name)));
		assert_true(str_search(buf_str(&text), str_of(option_rows[i].sentence)) > 0);
		assert_int_equal(option_rows[i].sentence[strlen(option_rows[i].sentence) - 1], '.');
	}
	assert_int_equal(conf_explain("nonsense", false, &text), E_NOTFOUND);
	buf_clear(&text);
	assert_int_equal(conf_explain(NULL, true, &text), 0);
	assert_true(str_search(buf_str(&text), STR("| `message_size` | size, 1K to ")) > 0);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_valid),
		cmocka_unit_test(file_sets_every_kind),
		cmocka_unit_test(command_line_wins),
		cmocka_unit_test(all_errors_at_once_with_places),
		cmocka_unit_test(broken_syntax_names_its_line),
		cmocka_unit_test(value_rules),
		cmocka_unit_test(missing_file_is_an_error_when_named),
		cmocka_unit_test(show_can_be_read_again),
		cmocka_unit_test(every_setting_is_explained),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
