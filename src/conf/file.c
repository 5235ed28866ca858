/* file.c - a configuration file, read by libconfuse, every error found in one go.
 * SPDX-License-Identifier: Apache-2.0
 *
 * libconfuse stops at the first bad value or unknown name. So it is given every setting as text
 * (our table reads the text: option_set), and every other word of the file as a setting too,
 * whose callback reports it. Only broken syntax still stops it.
 * It tells lines, not columns: those are looked up in the text. */
#include <confuse.h>
#include <pthread.h>
#include <stdarg.h>
#include "base/err.h"
#include "conf/table.h"

enum { WORDS_MOST = 4096 };

/* libconfuse hands callbacks nothing of ours, and its scanner has state of its own: one reader
 * at a time, and this is it. */
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
static struct reader {
	struct conf_own *own;
	const char *path;
	struct str text;
	struct buf *errors;
	bool failed;
	bool *seen; /* by row: in this file */
} *reader;

/* -- where -------------------------------------------------------------------- */

static struct str line_of(struct str text, int number)
{
	struct str line = STR_NONE;

	for (int i = 0; i < number; i++)
		line = str_cut(&text, '\n');
	return line;
}

static bool is_word_char(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '_' || c == '-';
}

/* The last place in s where the word `w` stands by itself, or -1. */
static ptrdiff_t find_word(struct str s, struct str w)
{
	ptrdiff_t found = -1;

	for (size_t at = 0; w.n && at + w.n <= s.n; at++) {
		bool is_start = !at || !is_word_char(s.p[at - 1]);
		bool is_end = at + w.n == s.n || !is_word_char(s.p[at + w.n]);

		if (is_start && is_end && !memcmp(s.p + at, w.p, w.n))
			found = (ptrdiff_t)at;
	}
	return found;
}

/* The statement that ends in line `last` began with its name in this or an earlier line. */
static void locate(struct str name, struct str value, int last, int *line, int *column)
{
	for (int l = last; l >= 1; l--) {
		struct str s = line_of(reader->text, l);
		ptrdiff_t at = find_word(s, name), v;

		if (at < 0)
			continue;
		*line = l;
		*column = (int)at + 1;
		v = str_search(str_from(s, (size_t)at + name.n), value);
		if (value.n && v >= 0)
			*column += (int)name.n + (int)v;
		return;
	}
	*line = last;
	*column = 1;
}

static void report(struct str name, struct str value, int last, const char *sentence)
{
	struct buf b;
	int line, column;

	locate(name, value, last, &line, &column);
	buf_init(&b, 16 << 10);
	buf_printf(&b, "%s:%d:%d: %s\n", reader->path, line, column, sentence);
	if (str_search(buf_str(reader->errors), buf_str(&b)) < 0) /* a list is seen anew with each item */
		buf_add(reader->errors, buf_str(&b));
	buf_free(&b);
	reader->failed = true;
}

/* -- callbacks of libconfuse -------------------------------------------------- */

static void report_value(const struct option_row *row, struct str value, int last,
			 const struct buf *why)
{
	struct buf b;

	buf_init(&b, 8192);
	buf_printf(&b, "%s %.*s", row->name, STR_ARG(buf_str(why)));
	buf_add_char(&b, '\0');
	report(str_of(row->name), value, last, b.p ? b.p : row->name);
	buf_free(&b);
}

static int take_known(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct option_row *row = option_find(str_of(opt->name));
	bool *seen = &reader->seen[row - option_rows];
	struct buf why;

	buf_init(&why, 4096);
	if (row->kind == KIND_LIST) {
		option_clear_list(reader->own, row); /* a += b gives us all of it again */
	} else if (*seen) {
		buf_printf(&why, "is set twice");
		report_value(row, STR_NONE, cfg->line, &why);
		buf_clear(&why);
	}
	*seen = true;
	reader->own->is_set[row - option_rows] = true;
	for (unsigned i = 0; i < cfg_opt_size(opt); i++) {
		struct str value = str_of(cfg_opt_getnstr(opt, i));

		if (option_set(reader->own, row, value, &why) < 0)
			report_value(row, value, cfg->line, &why);
		buf_clear(&why);
	}
	buf_free(&why);
	return 0; /* go on: all errors at once */
}

static int take_unknown(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *near = option_nearest(str_of(opt->name));
	char sentence[200];

	if (near)
		snprintf(sentence, sizeof(sentence), "there is no setting \"%.60s\"; did you mean %s?",
			 opt->name, near);
	else
		snprintf(sentence, sizeof(sentence), "there is no setting \"%.60s\"", opt->name);
	report(str_of(opt->name), STR_NONE, cfg->line, sentence);
	return 0;
}

static void take_syntax_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char sentence[300];
	struct str line = line_of(reader->text, cfg->line);
	int column = 1;

	while ((size_t)column <= line.n && (line.p[column - 1] == ' ' || line.p[column - 1] == '\t'))
		column++;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
#pragma GCC diagnostic pop
	buf_printf(reader->errors, "%s:%d:%d: %s (what follows was not read)\n", reader->path,
		   cfg->line, column, sentence);
	reader->failed = true;
}

/* -- the table that libconfuse sees ------------------------------------------- */

static bool has_option(const cfg_opt_t *opts, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_of(opts[i].name), name))
			return true;
	return false;
}

static size_t add_words(cfg_opt_t *opts, size_t n, struct str text, struct arena *arena)
{
	for (size_t at = 0; at < text.n && n < option_count + WORDS_MOST; at++) {
		struct str word = str_from(text, at);
		size_t len = 0;

		while (len < word.n && is_word_char(word.p[len]))
			len++;
		word.n = len;
		at += len;
		if (!len || len > 200 || has_option(opts, n, word))
			continue;
		word = arena_dup(arena, word);
		if (word.p)
			opts[n++] = (cfg_opt_t)CFG_STR_LIST(word.p, "{}", CFGF_NODEFAULT);
	}
	return n;
}

static cfg_opt_t *make_table(struct str text, struct arena *arena, size_t *ret_n)
{
	cfg_opt_t *opts = calloc(option_count + WORDS_MOST + 1, sizeof(*opts));
	size_t n = 0;

	if (!opts)
		return NULL;
	for (size_t i = 0; i < option_count; i++) {
		const char *name = option_rows[i].name;

		if (option_rows[i].kind == KIND_LIST)
			opts[n++] = (cfg_opt_t)CFG_STR_LIST(name, "{}", CFGF_NODEFAULT);
		else
			opts[n++] = (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
	}
	n = add_words(opts, n, text, arena);
	opts[n] = (cfg_opt_t)CFG_END();
	*ret_n = n;
	return opts;
}

static int parse(const cfg_opt_t *opts, size_t n, const char *text)
{
	cfg_t *cfg = cfg_init((cfg_opt_t *)(uintptr_t)opts, CFGF_NONE);
	int r;

	if (!cfg)
		return E_NOMEM;
	cfg_set_error_function(cfg, take_syntax_error);
	for (size_t i = 0; i < n; i++)
		cfg_set_validate_func(cfg, opts[i].name, i < option_count ? take_known : take_unknown);
	r = cfg_parse_buf(cfg, text);
	cfg_free(cfg);
	return r == CFG_SUCCESS ? 0 : E_SYNTAX;
}

int conf_read_file(struct conf_own *o, const char *path, const char *text, struct buf *errors)
{
	struct reader rd = {.own = o, .path = path, .text = str_of(text), .errors = errors};
	struct arena words;
	cfg_opt_t *opts;
	size_t n = 0;
	int r = E_NOMEM;

	arena_init(&words, 1 << 20);
	opts = make_table(rd.text, &words, &n);
	rd.seen = calloc(option_count, sizeof(*rd.seen));
	if (opts && rd.seen) {
		pthread_mutex_lock(&reading);
		reader = &rd;
		r = parse(opts, n, text);
		reader = NULL;
		pthread_mutex_unlock(&reading);
		if (!r && rd.failed)
			r = E_SYNTAX;
	}
	free(rd.seen);
	free(opts);
	arena_free(&words);
	return r;
}
