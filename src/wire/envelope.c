/* envelope.c - cuts a rendered ENVELOPE into its values again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "wire/envelope.h"

/* Octets of the quoted string at the front, quotes and all; 0: it does not end. */
static size_t quoted_length(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Of "{n}" CRLF alone; *n is n. */
static size_t literal_head(struct str s, uint64_t *n)
{
	size_t i = 1;

	while (i < s.n && ascii_is_digit(s.p[i]))
		i++;
	if (str_u64(str_n(s.p + 1, i - 1), UINT32_MAX, n) < 0 ||
	    !str_starts(str_from(s, i), STR("}\r\n")))
		return 0;
	return i + 3;
}

static size_t literal_length(struct str s)
{
	uint64_t n;
	size_t head = literal_head(s, &n);

	return head && n <= s.n - head ? head + (size_t)n : 0;
}

/* Octets of the string or NIL at the front; 0: there is none. */
static size_t string_length(struct str s)
{
	if (!s.n)
		return 0;
	if (s.p[0] == '"')
		return quoted_length(s);
	if (s.p[0] == '{')
		return literal_length(s);
	return str_starts(s, STR("NIL")) ? 3 : 0;
}

/* Of a list of lists of strings. */
static size_t list_length(struct str s)
{
	size_t depth = 0, at = 0;

	while (at < s.n) {
		char c = s.p[at];
		size_t n = 1;

		if (c == '(')
			depth++;
		else if (c == ')' && !--depth)
			return at + 1;
		else if (c != ')' && c != ' ')
			n = string_length(str_from(s, at));
		if (!n)
			return 0;
		at += n;
	}
	return 0;
}

static bool take(struct str *s, struct str *ret)
{
	size_t n = s->n && s->p[0] == '(' ? list_length(*s) : string_length(*s);

	*ret = str_head(*s, n);
	*s = str_from(*s, n);
	return n > 0;
}

static bool take_char(struct str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

int envelope_split(struct str envelope, struct str field[ENV_FIELDS])
{
	struct str s = envelope;

	for (unsigned i = 0; i < ENV_FIELDS; i++)
		if (!take_char(&s, i ? ' ' : '(') || !take(&s, &field[i]))
			return E_DAMAGED;
	return take_char(&s, ')') && !s.n ? 0 : E_DAMAGED;
}

bool envelope_is_nil(struct str value)
{
	return !value.n || value.p[0] == 'N';
}

bool envelope_text_view(struct str value, struct str *ret)
{
	uint64_t n;
	size_t head;

	*ret = STR_NONE;
	if (envelope_is_nil(value) || value.p[0] == '(')
		return true;
	if (value.p[0] == '{') {
		head = literal_head(value, &n);
		*ret = str_from(value, head);
		return true;
	}
	*ret = str_n(value.p + 1, value.n - 2);
	return str_find(*ret, '\\') < 0;
}

int envelope_text(struct str value, struct buf *out)
{
	struct str text;

	if (envelope_text_view(value, &text))
		return buf_add(out, text);
	for (size_t i = 0; i < text.n; i++) {
		i += text.p[i] == '\\' && i + 1 < text.n;
		buf_add_char(out, text.p[i]);
	}
	return out->failed;
}

bool envelope_next_address(struct str *list, struct str part[ADDRESS_PARTS])
{
	struct str s = *list;

	if (s.n > 1 && s.p[0] == '(' && s.p[1] == '(')
		s = str_from(s, 1); /* of the whole field */
	take_char(&s, ' ');
	for (unsigned i = 0; i < ADDRESS_PARTS; i++)
		if (!take_char(&s, i ? ' ' : '(') || !take(&s, &part[i]))
			return false;
	if (!take_char(&s, ')'))
		return false;
	*list = s;
	return true;
}
