/* config.c - config show, check and explain.
 * SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include "base/err.h"
#include "cmd/serve.h"
#include "cmd/verbs.h"
#include "conf/table.h"

static int say_unknown(struct verb_call *v)
{
	const char *near = option_nearest(str_of(v->args[0]));

	if (near)
		out_error(v->out, "there is no setting \"%.60s\"; did you mean %s?", v->args[0], near);
	else
		out_error(v->out, "there is no setting \"%.60s\"", v->args[0]);
	return EX_USAGE;
}

/* -- show ------------------------------------------------------------------------ */

static json_t *json_value(const struct conf *c, const struct option_row *row)
{
	const void *field = (const char *)c + row->offset;
	const struct conf_list *l = field;
	json_t *list;

	switch (row->kind) {
	case KIND_BOOL:
		return json_boolean(*(const bool *)field);
	case KIND_STR:
		return json_string(*(const char *const *)field);
	case KIND_LIST:
		list = json_array();
		for (size_t i = 0; i < l->n; i++)
			json_array_append_new(list, json_string(l->v[i]));
		return list;
	default:
		return json_integer(*(const int64_t *)field);
	}
}

static int show_json(struct verb_call *v, const struct option_row *one)
{
	json_t *all = json_object();
	char *text;

	for (size_t i = 0; i < option_count; i++)
		if ((!one || one == &option_rows[i]) &&
		    (!verb_has(v, OPT_CHANGED) || conf_is_set(v->conf, &option_rows[i])))
			json_object_set_new(all, option_rows[i].name,
					    json_value(v->conf, &option_rows[i]));
	text = json_dumps(all, JSON_INDENT(2));
	out_add(v->out, str_of(text));
	out_add(v->out, STR("\n"));
	free(text);
	json_decref(all);
	return EX_OK;
}

int cmd_config_show(struct verb_call *v)
{
	const struct option_row *one = v->n_args ? option_find(str_of(v->args[0])) : NULL;
	struct buf text;

	if (v->n_args && !one)
		return say_unknown(v);
	if (v->out->is_json)
		return show_json(v, one);
	buf_init(&text, 16 << 20);
	if (one) {
		option_print(v->conf, one, &text);
		buf_add_char(&text, '\n');
	} else {
		conf_show(v->conf, verb_has(v, OPT_CHANGED), &text);
	}
	out_add(v->out, buf_str(&text));
	buf_free(&text);
	return EX_OK;
}

/* -- check, explain ---------------------------------------------------------------- */

int cmd_config_check(struct verb_call *v)
{
	struct conf *conf = NULL;

	if (verb_load_conf(&conf, v->raw, v->out) < 0)
		return EX_CONFIG;
	out_printf(v->out, "no errors\n");
	conf_free(conf);
	return EX_OK;
}

static int explain_json(struct verb_call *v)
{
	static const struct column columns[] = {
		{"SETTING", "name", CELL_TEXT},
		{"KIND", "kind", CELL_TEXT},
		{"DEFAULT", "default", CELL_TEXT},
		{"SENTENCE", "sentence", CELL_TEXT},
	};
	struct table t;

	table_init(&t, columns, COLUMNS(columns));
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (v->n_args && !str_eq(str_of(row->name), str_of(v->args[0])))
			continue;
		table_text(&t, str_of(row->name));
		table_text(&t, str_of(option_kind_name(row->kind)));
		table_text(&t, str_of(row->def));
		table_text(&t, str_of(row->sentence));
	}
	return verb_exit(table_print(&t, v->out));
}

int cmd_config_explain(struct verb_call *v)
{
	struct buf text;
	int r;

	if (v->n_args && !option_find(str_of(v->args[0])))
		return say_unknown(v);
	if (v->out->is_json)
		return explain_json(v);
	buf_init(&text, 1 << 20);
	r = conf_explain(v->n_args ? v->args[0] : NULL, verb_has(v, OPT_MARKDOWN), &text);
	out_add(v->out, buf_str(&text));
	buf_free(&text);
	return verb_exit(r);
}
