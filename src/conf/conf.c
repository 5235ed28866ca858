/* conf.c - makes a struct conf from defaults, a file and the command line.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>
#include "base/err.h"
#include "conf/table.h"

enum { FILE_MOST = 1 << 20 };
static const char default_path[] = "/etc/mailkeep/mailkeep.conf";

static struct conf_own *own_of(struct conf *c)
{
	return container_of(c, struct conf_own, c);
}

struct conf *conf_free(struct conf *c)
{
	if (c) {
		struct conf_own *o = own_of(c);

		arena_free(&o->arena);
		free(o->is_set);
		free(o);
	}
	return NULL;
}

/* -- the command line --------------------------------------------------------- */

static void unknown(struct str name, struct buf *errors)
{
	const char *near = option_nearest(name);

	buf_printf(errors, "--set: there is no setting \"%.*s\"", STR_ARG(str_head(name, 60)));
	if (near)
		buf_printf(errors, "; did you mean %s?", near);
	buf_add_char(errors, '\n');
}

static int set_value(struct conf_own *o, const struct option_row *row, struct str value,
		     struct buf *errors)
{
	struct buf why;
	int r;

	buf_init(&why, 4096);
	r = option_set(o, row, value, &why);
	if (r < 0)
		buf_printf(errors, "--set: %s %.*s\n", row->name, STR_ARG(buf_str(&why)));
	buf_free(&why);
	return r;
}

/* "a,b c" */
static int set_list(struct conf_own *o, const struct option_row *row, struct str values,
		    struct buf *errors)
{
	int r = 0;

	for (size_t i = 0; i <= values.n; i++) {
		bool is_end = i == values.n || values.p[i] == ',' || values.p[i] == ' ';

		if (!is_end)
			continue;
		if (i && set_value(o, row, str_head(values, i), errors) < 0)
			r = E_SYNTAX;
		values = str_from(values, i + 1);
		i = (size_t)-1;
		if (!values.n)
			break;
	}
	return r;
}

/* name=value, or for a list name+=value */
static int set_one(struct conf_own *o, struct str text, struct buf *errors)
{
	struct str value = text, name = str_cut(&value, '=');
	bool is_more = str_ends(name, STR("+"));
	const struct option_row *row;

	name = str_trim(is_more ? str_head(name, name.n - 1) : name);
	row = option_find(name);
	if (!row) {
		unknown(name, errors);
		return E_SYNTAX;
	}
	if (!value.p) {
		buf_printf(errors, "--set: write %s=VALUE\n", row->name);
		return E_SYNTAX;
	}
	o->is_set[row - option_rows] = true;
	if (row->kind != KIND_LIST)
		return set_value(o, row, value, errors);
	if (!is_more)
		option_clear_list(o, row);
	return set_list(o, row, value, errors);
}

/* -- the file ------------------------------------------------------------------ */

static int read_text(const char *path, struct buf *text)
{
	FILE *f = fopen(path, "re");
	int r = 0;

	if (!f)
		return err_from_errno(errno);
	while (!feof(f) && !ferror(f) && !r) {
		r = buf_reserve(text, 4096);
		if (!r)
			text->n += fread(text->p + text->n, 1, 4096, f);
	}
	if (!r && ferror(f))
		r = errno == EISDIR ? E_FORMAT : E_IO;
	fclose(f);
	return r ? r : buf_add_char(text, '\0');
}

static int load_file(struct conf_own *o, const char *path, bool must, struct buf *errors)
{
	struct buf text;
	int r;

	buf_init(&text, FILE_MOST);
	r = read_text(path, &text);
	if (r == E_NOTFOUND && !must) {
		r = 0;
	} else if (r < 0) {
		buf_printf(errors, "%s: cannot be read: %s\n", path,
			   r == E_NOTFOUND ? "no such file"
			   : r == E_FORMAT ? "it is a folder"
					   : err_row(r)->text);
	} else if (strlen(text.p) + 1 != text.n) {
		buf_printf(errors, "%s:1:1: has a NUL in it: not a text file\n", path);
		r = E_SYNTAX;
	} else {
		r = conf_read_file(o, path, text.p, errors);
	}
	buf_free(&text);
	return r;
}

/* -- all of it ----------------------------------------------------------------- */

static int set_defaults(struct conf_own *o)
{
	struct buf why;
	int r = 0;

	buf_init(&why, 4096);
	for (size_t i = 0; !r && i < option_count; i++)
		if (option_rows[i].kind != KIND_LIST)
			r = option_set(o, &option_rows[i], str_of(option_rows[i].def), &why);
	buf_free(&why);
	return r;
}

/* "empty: the machine's": everybody who reads c->hostname finds a name. */
static int fill_hostname(struct conf_own *o)
{
	char name[256] = "";
	struct str s;

	if (*o->c.hostname)
		return 0;
	if (gethostname(name, sizeof(name) - 1) || !*name)
		s = STR("localhost");
	else
		s = str_of(name);
	s = arena_dup(&o->arena, s);
	o->c.hostname = s.p ? s.p : "localhost";
	return 0;
}

static struct conf_own *own_new(void)
{
	struct conf_own *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	arena_init(&o->arena, 16 << 20);
	o->is_set = calloc(option_count, sizeof(*o->is_set));
	if (!o->is_set || set_defaults(o) < 0) {
		conf_free(&o->c);
		return NULL;
	}
	return o;
}

int conf_load(struct conf **ret, const struct conf_sources *from, struct buf *errors)
{
	struct conf_own *o = own_new();
	bool failed;

	if (!o)
		return E_NOMEM;
	failed = load_file(o, from->path ? from->path : default_path, from->path, errors) < 0;
	for (size_t i = 0; i < from->n_sets; i++)
		if (set_one(o, str_of(from->sets[i]), errors) < 0)
			failed = true;
	if (conf_check_whole(&o->c, errors) < 0)
		failed = true;
	if (failed) {
		conf_free(&o->c);
		return E_SYNTAX;
	}
	fill_hostname(o);
	*ret = &o->c;
	return 0;
}

bool conf_is_set(const struct conf *c, const struct option_row *row)
{
	const struct conf_own *o = own_of((struct conf *)(uintptr_t)c);

	return o->is_set[row - option_rows];
}

int conf_show(const struct conf *c, bool only_changed, struct buf *out)
{
	for (size_t i = 0; i < option_count; i++) {
		if (only_changed && !conf_is_set(c, &option_rows[i]))
			continue;
		buf_printf(out, "%s = ", option_rows[i].name);
		option_print(c, &option_rows[i], out);
		buf_add_char(out, '\n');
	}
	return out->failed;
}
