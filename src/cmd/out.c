/* out.c - where a verb's words go, and tables in three dresses.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/err.h"
#include "cmd/out.h"

enum { TEXT_MOST = 1 << 20 };

/* -- plain words --------------------------------------------------------------- */

void out_add(struct out *o, struct str bytes)
{
	if (!o->is_dead && bytes.n)
		o->write(o, false, bytes);
}

void out_printf(struct out *o, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, TEXT_MOST);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	out_add(o, buf_str(&b));
	buf_free(&b);
}

void out_error(struct out *o, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, TEXT_MOST);
	buf_printf(&b, "mailkeep: %s%s", o->verb ? o->verb : "", o->verb ? ": " : "");
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_add_char(&b, '\n');
	if (!o->is_dead)
		o->write(o, true, buf_str(&b));
	buf_free(&b);
}

void out_note(struct out *o, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	if (!o->is_terminal || o->is_json || o->is_dead)
		return;
	buf_init(&b, TEXT_MOST);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_add_char(&b, '\n');
	o->write(o, true, buf_str(&b));
	buf_free(&b);
}

static void write_stdio(struct out *o, bool is_error, struct str bytes)
{
	FILE *f = is_error ? stderr : stdout;

	if (is_error)
		fflush(stdout);
	if (fwrite(bytes.p, 1, bytes.n, f) != bytes.n && !is_error)
		o->is_dead = true; /* a closed pipe: `mailkeep log dump | head` */
}

enum { BAR = 30, BAR_MS = 100 };

static void draw_bar(struct out *o, uint64_t done, uint64_t all)
{
	size_t full = (size_t)((double)done / (double)all * BAR);
	struct buf b;

	buf_init(&b, 256);
	buf_printf(&b, "\r[%.*s%*s] %3.0f %%", (int)full, "##############################",
		   BAR - (int)full, "", (double)done * 100 / (double)all);
	o->write(o, true, buf_str(&b));
	buf_free(&b);
}

void out_progress(struct out *o, struct out_progress *p, uint64_t done, uint64_t all)
{
	uint64_t now = clock_mono_ms();
	unsigned tenth;

	if (!all || o->is_dead || o->is_json)
		return;
	done = done < all ? done : all;
	tenth = (unsigned)((double)done * 10 / (double)all);
	if (o->is_terminal && (now - p->shown_ms >= BAR_MS || !p->has_bar)) {
		draw_bar(o, done, all);
		p->shown_ms = now;
		p->has_bar = true;
	} else if (!o->is_terminal && tenth > p->tenth) {
		struct buf b;

		buf_init(&b, 64);
		buf_printf(&b, "%u %%\n", tenth * 10);
		o->write(o, true, buf_str(&b));
		buf_free(&b);
		p->tenth = tenth;
	}
}

void out_progress_end(struct out *o, struct out_progress *p)
{
	if (p->has_bar)
		o->write(o, true, STR("\r\033[K"));
	p->has_bar = false;
}

void out_stdio(struct out *o)
{
	struct winsize w;

	*o = (struct out){.write = write_stdio, .columns = 80};
	o->is_terminal = isatty(1) == 1;
	if (o->is_terminal && !ioctl(1, TIOCGWINSZ, &w) && w.ws_col >= 20)
		o->columns = w.ws_col;
}

/* -- tables --------------------------------------------------------------------- */

struct cell_value {
	char *text; /* CELL_TEXT */
	int64_t i;
};

void table_init(struct table *t, const struct column *columns, size_t n)
{
	*t = (struct table){.columns = columns, .n_columns = n};
}

static void add_cell(struct table *t, struct cell_value v)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		void *p = realloc(t->cells, cap * sizeof(*t->cells));

		if (!p) {
			free(v.text);
			t->failed = E_NOMEM;
			return;
		}
		t->cells = p;
		t->cap = cap;
	}
	t->cells[t->n++] = v;
}

void table_text(struct table *t, struct str s)
{
	char *copy = strndup(s.p ? s.p : "", s.n);

	if (!copy)
		t->failed = E_NOMEM;
	else
		add_cell(t, (struct cell_value){.text = copy});
}

void table_int(struct table *t, int64_t v)
{
	add_cell(t, (struct cell_value){.i = v});
}

static void table_free(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	t->cells = NULL;
	t->n = t->cap = 0;
}

/* 1536 -> 1.5 KiB, for people */
static void print_size(struct buf *b, int64_t v)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	double d = (double)v;
	size_t u = 0;

	while (d >= 1024 && u + 1 < COLUMNS(units)) {
		d /= 1024;
		u++;
	}
	buf_printf(b, u && d < 100 ? "%.1f %s" : "%.0f %s", d, units[u]);
}

static void print_time(struct buf *b, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char text[32] = "-";

	if (ms && gmtime_r(&s, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_printf(b, "%s", text);
}

static void print_cell(const struct table *t, size_t i, bool for_people, struct buf *b)
{
	const struct cell_value *c = &t->cells[i];

	switch (t->columns[i % t->n_columns].kind) {
	case CELL_TEXT:
		buf_printf(b, "%s", c->text);
		return;
	case CELL_LIMIT:
		if (for_people && !c->i) {
			buf_printf(b, "none");
			return;
		}
		/* fall through */
	case CELL_SIZE:
		if (for_people) {
			print_size(b, c->i);
			return;
		}
		/* fall through */
	case CELL_NUMBER:
		buf_printf(b, "%" PRId64, c->i);
		return;
	case CELL_TIME:
		print_time(b, c->i);
		return;
	case CELL_BOOL:
		buf_printf(b, "%s", c->i ? "yes" : "no");
		return;
	}
}

static json_t *json_cell(const struct table *t, size_t i)
{
	const struct cell_value *c = &t->cells[i];
	struct buf b;
	json_t *j;

	switch (t->columns[i % t->n_columns].kind) {
	case CELL_TEXT:
		/* names were checked to be UTF-8 when they were made; \u escapes the rest */
		j = json_string(c->text);
		return j ? j : json_string("");
	case CELL_BOOL:
		return json_boolean(c->i);
	case CELL_TIME:
		if (!c->i)
			return json_null();
		buf_init(&b, 64);
		print_time(&b, c->i);
		j = json_stringn(b.p, b.n);
		buf_free(&b);
		return j;
	case CELL_NUMBER:
	case CELL_SIZE:
	case CELL_LIMIT:
		break;
	}
	return json_integer(c->i);
}

static json_t *json_row(const struct table *t, size_t first)
{
	json_t *o = json_object();

	for (size_t c = 0; c < t->n_columns; c++)
		json_object_set_new(o, t->columns[c].key, json_cell(t, first + c));
	return o;
}

static void out_json(struct out *o, json_t *j)
{
	char *text = json_dumps(j, JSON_INDENT(2) | JSON_ENSURE_ASCII);

	out_add(o, str_of(text)); /* may be longer than out_printf allows */
	out_add(o, STR("\n"));
	free(text);
	json_decref(j);
}

/* Characters, not octets: addresses may be UTF-8. */
static size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (s.p[i] & 0xc0) != 0x80;
	return n;
}

static void pad(struct buf *b, size_t n)
{
	while (n--)
		buf_add_char(b, ' ');
}

static void add_aligned(const struct table *t, size_t column, size_t width, struct str cell,
			struct buf *line)
{
	enum cell kind = t->columns[column].kind;
	bool is_last = column + 1 == t->n_columns;
	size_t gap = width - width_of(cell);

	if (kind == CELL_NUMBER || kind == CELL_SIZE || kind == CELL_LIMIT) {
		pad(line, gap);
		buf_add(line, cell);
	} else {
		buf_add(line, cell);
		if (!is_last)
			pad(line, gap);
	}
	if (!is_last)
		pad(line, 2);
}

static void print_aligned(const struct table *t, struct out *o, size_t *widths)
{
	struct buf line, cell;

	buf_init(&line, TEXT_MOST);
	buf_init(&cell, TEXT_MOST);
	for (size_t c = 0; c < t->n_columns; c++) {
		widths[c] = strlen(t->columns[c].title);
		for (size_t i = c; i < t->n; i += t->n_columns) {
			buf_clear(&cell);
			print_cell(t, i, true, &cell);
			if (width_of(buf_str(&cell)) > widths[c])
				widths[c] = width_of(buf_str(&cell));
		}
	}
	buf_add(&line, STR("\033[1m"));
	for (size_t c = 0; c < t->n_columns; c++)
		add_aligned(t, c, widths[c], str_of(t->columns[c].title), &line);
	buf_add(&line, STR("\033[0m\n"));
	out_add(o, buf_str(&line));
	for (size_t i = 0; i < t->n; i++) {
		size_t c = i % t->n_columns;

		if (!c)
			buf_clear(&line);
		buf_clear(&cell);
		print_cell(t, i, true, &cell);
		add_aligned(t, c, widths[c], buf_str(&cell), &line);
		if (c + 1 == t->n_columns) {
			buf_add_char(&line, '\n');
			out_add(o, buf_str(&line));
		}
	}
	buf_free(&line);
	buf_free(&cell);
}

static void print_tabs(const struct table *t, struct out *o)
{
	struct buf line;

	buf_init(&line, TEXT_MOST);
	for (size_t i = 0; i < t->n; i++) {
		print_cell(t, i, false, &line);
		if ((i + 1) % t->n_columns) {
			buf_add_char(&line, '\t');
			continue;
		}
		buf_add_char(&line, '\n');
		out_add(o, buf_str(&line));
		buf_clear(&line);
	}
	buf_free(&line);
}

static void print_json(const struct table *t, struct out *o)
{
	json_t *all = json_array();

	for (size_t i = 0; i + t->n_columns <= t->n; i += t->n_columns)
		json_array_append_new(all, json_row(t, i));
	out_json(o, all);
}

int table_print(struct table *t, struct out *o)
{
	size_t widths[16];
	int r = t->failed;

	if (!r && o->is_json)
		print_json(t, o);
	else if (!r && o->is_terminal && t->n && t->n_columns <= COLUMNS(widths))
		print_aligned(t, o, widths);
	else if (!r)
		print_tabs(t, o);
	table_free(t);
	return r;
}

static void print_lines(const struct table *t, struct out *o)
{
	struct buf line;
	size_t widest = 0;

	buf_init(&line, TEXT_MOST);
	for (size_t c = 0; c < t->n_columns; c++)
		if (strlen(t->columns[c].title) > widest)
			widest = strlen(t->columns[c].title);
	for (size_t c = 0; c < t->n_columns; c++) {
		const char *title = t->columns[c].title;

		buf_clear(&line);
		buf_printf(&line, "%s", o->is_terminal ? title : t->columns[c].key);
		if (o->is_terminal)
			pad(&line, widest - strlen(title) + 2);
		else
			buf_add_char(&line, '\t');
		print_cell(t, c, o->is_terminal, &line);
		buf_add_char(&line, '\n');
		out_add(o, buf_str(&line));
	}
	buf_free(&line);
}

int table_print_record(struct table *t, struct out *o)
{
	int r = t->failed ? t->failed : t->n == t->n_columns ? 0 : E_BUG;

	if (!r && o->is_json)
		out_json(o, json_row(t, 0));
	else if (!r)
		print_lines(t, o);
	table_free(t);
	return r;
}
