/* command.c - the engine behind every command table: lookup, arguments, counts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/command.h"
#include "base/err.h"

const struct command *command_find(const struct command_table *t, struct str line, struct str *rest)
{
	ptrdiff_t space = str_find(line, ' ');
	struct str word = space < 0 ? line : str_head(line, (size_t)space);

	for (size_t i = 0; i < t->n; i++) {
		if (str_ieq(str_of(t->rows[i].name), word)) {
			*rest = str_from(line, word.n);
			return &t->rows[i];
		}
	}
	return NULL;
}

static int number(struct str s, uint32_t *ret)
{
	uint64_t v;
	int e = str_u64(s, UINT32_MAX, &v);

	if (e < 0)
		return e;
	*ret = (uint32_t)v;
	return 0;
}

static int two_words(struct command_args *a)
{
	ptrdiff_t space = str_find(a->text, ' ');

	if (space <= 0 || (size_t)space + 1 == a->text.n)
		return E_SYNTAX;
	a->word[0] = str_head(a->text, (size_t)space);
	a->word[1] = str_from(a->text, (size_t)space + 1);
	a->n = 2;
	return str_find(a->word[1], ' ') < 0 ? 0 : E_SYNTAX;
}

static int two_numbers(struct command_args *a)
{
	int e = two_words(a);

	if (e == 0)
		e = number(a->word[0], &a->num[0]);
	return e < 0 ? e : number(a->word[1], &a->num[1]);
}

int command_args(const struct command *row, struct str rest, struct command_args *ret)
{
	*ret = (struct command_args){.text = str_from(rest, 1)};
	if (row->shape == ARGS_ANY)
		return 0;
	if (rest.n == 0)
		return row->shape == ARGS_NONE || row->shape == ARGS_OPT_TEXT ||
				       row->shape == ARGS_OPT_NUM ?
			       0 :
			       E_SYNTAX;
	if (ret->text.n == 0)
		return E_SYNTAX; /* a space and nothing behind it */
	ret->n = 1;
	switch (row->shape) {
	case ARGS_NUM:
	case ARGS_OPT_NUM:
		return number(ret->text, &ret->num[0]);
	case ARGS_NUM_NUM:
		return two_numbers(ret);
	case ARGS_WORD_WORD:
		return two_words(ret);
	case ARGS_NONE:
		return E_SYNTAX;
	default:
		return 0;
	}
}

void command_counted(const struct command_table *t, const struct command *row, int result, uint64_t us)
{
	struct command_count *c;

	if (!t->counts)
		return;
	c = &t->counts[row - t->rows];
	atomic_fetch_add_explicit(&c->calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->us, us, memory_order_relaxed);
	if (result < 0)
		atomic_fetch_add_explicit(&c->errors, 1, memory_order_relaxed);
}

void command_reference(const struct command_table *t, struct buf *out)
{
	static const char *const shapes[] = {
		[ARGS_NONE] = "",          [ARGS_TEXT] = " text",
		[ARGS_OPT_TEXT] = " [text]", [ARGS_NUM] = " n",
		[ARGS_OPT_NUM] = " [n]",   [ARGS_NUM_NUM] = " n k",
		[ARGS_WORD_WORD] = " a b", [ARGS_ANY] = " ...",
	};

	buf_printf(out, "| Command | RFC | What it does |\n|---|---|---|\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct command *c = &t->rows[i];

		buf_printf(out, "| `%s%s` | %s | %s |\n", c->name, shapes[c->shape], c->rfc, c->text);
	}
}
