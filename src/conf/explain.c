/* explain.c - what the table knows, for people: on a terminal and as a reference page.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/err.h"
#include "conf/table.h"

static bool has_range(const struct option_row *row)
{
	return row->kind == KIND_INT || row->kind == KIND_SIZE || row->kind == KIND_SECS;
}

/* A bound in the setting's own units: print it through a throw-away conf. */
static void add_bound(const struct option_row *row, int64_t v, struct buf *out)
{
	struct conf c = {0};

	memcpy((char *)&c + row->offset, &v, sizeof(v));
	option_print(&c, row, out);
}

static void add_kind(const struct option_row *row, struct buf *out)
{
	buf_printf(out, "%s", option_kind_name(row->kind));
	if (!has_range(row))
		return;
	if (row->most == INT64_MAX) {
		buf_add(out, STR(", from "));
		add_bound(row, row->least, out);
		return;
	}
	buf_add(out, STR(", "));
	add_bound(row, row->least, out);
	buf_add(out, STR(" to "));
	add_bound(row, row->most, out);
}

static void add_default(const struct option_row *row, struct buf *out)
{
	buf_printf(out, "%s", *row->def ? row->def : "(empty)");
}

static void explain_text(const struct option_row *row, struct buf *out)
{
	buf_printf(out, "%s\n    %s\n    Kind: ", row->name, row->sentence);
	add_kind(row, out);
	buf_add(out, STR(". Default: "));
	add_default(row, out);
	buf_add(out, STR(".\n"));
}

static void explain_row(const struct option_row *row, struct buf *out)
{
	buf_printf(out, "| `%s` | ", row->name);
	add_kind(row, out);
	buf_add(out, STR(" | "));
	if (*row->def)
		buf_printf(out, "`%s`", row->def);
	buf_printf(out, " | %s |\n", row->sentence);
}

int conf_explain(const char *name, bool markdown, struct buf *out)
{
	const struct option_row *one = name ? option_find(str_of(name)) : NULL;

	if (name && !one)
		return E_NOTFOUND;
	if (markdown)
		buf_add(out, STR("| setting | kind | default | what it does |\n|---|---|---|---|\n"));
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (one && row != one)
			continue;
		if (markdown)
			explain_row(row, out);
		else
			explain_text(row, out);
	}
	return out->failed;
}
