/* structure.c - walks a rendered BODYSTRUCTURE: BODY is a shorter copy of it, PREVIEW picks a leaf.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/structure.h"
#include "base/err.h"

struct walk {
	struct str in;
	struct buf *out; /* NULL: nothing is copied */
	bool (*fn)(void *arg, const struct structure_leaf *leaf);
	void *arg;
	bool is_damaged, is_over;
	size_t depth, n_path;
	char frames[STRUCTURE_DEPTH];       /* 'm': a multipart; 'r': a message */
	uint32_t path[STRUCTURE_DEPTH + 1]; /* of the leaf that comes */
};

/* -- tokens ------------------------------------------------------------------------- */

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

static size_t literal_length(struct str s)
{
	struct str digits = str_from(s, 1);
	ptrdiff_t end = str_find(digits, '}');
	uint64_t n;

	if (end < 0 || str_u64(str_head(digits, (size_t)end), UINT32_MAX, &n) < 0)
		return 0;
	n += (uint64_t)end + 4; /* {, }, CR, LF */
	return n <= s.n ? (size_t)n : 0;
}

static size_t atom_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '(' && s.p[n] != ')')
		n++;
	return n;
}

/* A string, an atom, or a whole list. 0: neither. */
static size_t token_length(struct str s)
{
	size_t at = 0, depth = 0, n;

	do {
		struct str rest = str_from(s, at);

		if (!rest.n)
			return 0;
		switch (rest.p[0]) {
		case '(':
			depth++;
			n = 1;
			break;
		case ')':
			n = depth > 0;
			depth -= n;
			break;
		case ' ':
			n = depth > 0;
			break;
		case '"':
			n = quoted_length(rest);
			break;
		case '{':
			n = literal_length(rest);
			break;
		default:
			n = atom_length(rest);
		}
		if (!n)
			return 0;
		at += n;
	} while (depth);
	return at;
}

static struct str token(struct walk *w)
{
	struct str t = str_head(w->in, token_length(w->in));

	w->is_damaged |= !t.n;
	w->in = str_from(w->in, t.n);
	return t;
}

/* What a string token says; escapes stay (types and charsets have none). */
static struct str text_of(struct str t)
{
	if (t.n && t.p[0] == '{')
		return str_from(t, (size_t)str_find(t, '\n') + 1);
	if (t.n > 1 && t.p[0] == '"')
		return str_n(t.p + 1, t.n - 2);
	return t;
}

static void copy(struct walk *w, struct str s)
{
	if (w->out)
		buf_add(w->out, s);
}

static bool next_is(const struct walk *w, char c)
{
	return w->in.n && w->in.p[0] == c;
}

/* Takes c and copies it. */
static void mark(struct walk *w, char c)
{
	if (!next_is(w, c)) {
		w->is_damaged = true;
		return;
	}
	copy(w, str_head(w->in, 1));
	w->in = str_from(w->in, 1);
}

static struct str copied_token(struct walk *w)
{
	struct str t = token(w);

	copy(w, t);
	return t;
}

/* -- walking ------------------------------------------------------------------------------ */

/* Extension data up to the closing parenthesis: passed over. The second field of a leaf's is its
 * disposition. */
static struct str leave(struct walk *w)
{
	struct str second = STR_NONE;

	for (unsigned i = 0; !w->is_damaged && next_is(w, ' '); i++) {
		struct str t;

		w->in = str_from(w->in, 1);
		t = token(w);
		if (i == 1)
			second = t;
	}
	mark(w, ')');
	return second;
}

static void push(struct walk *w, char frame)
{
	if (w->depth == STRUCTURE_DEPTH)
		w->is_damaged = true;
	else
		w->frames[w->depth++] = frame;
}

static bool in_multipart(const struct walk *w)
{
	return w->depth && w->frames[w->depth - 1] == 'm';
}

static bool is_digit_next(const struct walk *w)
{
	return w->in.n > 1 && w->in.p[0] == ' ' && ascii_is_digit(w->in.p[1]);
}

/* A part that is no multipart: true if it is a message whose own body comes next. */
static bool enter_leaf(struct walk *w)
{
	struct structure_leaf leaf = {.path = w->path};

	leaf.type = text_of(copied_token(w));
	mark(w, ' ');
	leaf.subtype = text_of(copied_token(w));
	mark(w, ' ');
	leaf.params = copied_token(w);
	for (int i = 0; i < 4; i++) { /* id, description, encoding, octets */
		mark(w, ' ');
		copied_token(w);
	}
	if (is_digit_next(w)) { /* lines */
		mark(w, ' ');
		copied_token(w);
	} else if (w->in.n > 1 && w->in.p[0] == ' ' && w->in.p[1] == '(') { /* an envelope */
		mark(w, ' ');
		copied_token(w);
		mark(w, ' ');
		push(w, 'r');
		return true;
	}
	leaf.disposition = leave(w);
	leaf.n_path = w->n_path;
	if (!w->is_damaged && w->fn)
		w->is_over = !w->fn(w->arg, &leaf);
	return false;
}

/* Behind a part: up to the place where the next one begins, or the end (false). */
static bool go_on(struct walk *w)
{
	while (w->depth && !w->is_damaged) {
		if (in_multipart(w) && next_is(w, '(')) {
			w->path[w->n_path - 1]++;
			return true;
		}
		mark(w, ' ');
		copied_token(w); /* the subtype of a multipart, the lines of a message */
		leave(w);
		if (in_multipart(w))
			w->n_path--;
		w->depth--;
		/* what is no multipart counted as part 1 of what holds it */
		if (w->n_path && !in_multipart(w) && w->frames[w->depth] == 'r')
			w->n_path--;
	}
	return false;
}

static void walk(struct walk *w)
{
	bool goes_on = true;

	while (goes_on && !w->is_damaged && !w->is_over) {
		mark(w, '(');
		if (next_is(w, '(')) {
			push(w, 'm');
			w->path[w->n_path++] = 1;
			continue;
		}
		if (!in_multipart(w))
			w->path[w->n_path++] = 1;
		if (enter_leaf(w))
			continue;
		if (!in_multipart(w))
			w->n_path--;
		goes_on = go_on(w);
	}
	if (!w->is_over)
		w->is_damaged |= w->in.n > 0;
}

int structure_basic(struct str extended, struct buf *out)
{
	struct walk w = {.in = extended, .out = out};

	walk(&w);
	return w.is_damaged ? E_DAMAGED : out->failed;
}

int structure_leaves(struct str extended,
		     bool (*fn)(void *arg, const struct structure_leaf *leaf), void *arg)
{
	struct walk w = {.in = extended, .fn = fn, .arg = arg};

	walk(&w);
	return w.is_damaged ? E_DAMAGED : 0;
}

struct str structure_param(struct str params, struct str name)
{
	struct walk w = {.in = params};

	if (!next_is(&w, '('))
		return STR_NONE;
	mark(&w, '(');
	while (!w.is_damaged && !next_is(&w, ')')) {
		struct str n = text_of(token(&w)), v;

		mark(&w, ' ');
		v = text_of(token(&w));
		if (!w.is_damaged && str_ieq(n, name))
			return v;
		if (next_is(&w, ' '))
			mark(&w, ' ');
	}
	return STR_NONE;
}
