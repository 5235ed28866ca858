/* subject.c - takes "Re:", "[list]" and "(fwd)" off a subject, as RFC 5256 2.1 says.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The RFC removes blobs one by one and looks for leaders again behind each. Where blobs stand side
 * by side they end at the same place whichever was removed, so that one look at what follows them
 * tells the same: that keeps it linear. */
#include "wire/subject.h"

struct stripper {
	struct str s;
	bool is_reply;
	uint64_t steps;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t blanks(struct str s, size_t at)
{
	while (at < s.n && is_blank(s.p[at]))
		at++;
	return at;
}

/* subj-blob = "[" *BLOBCHAR "]" *WSP: where it ends, or `at` if there is none. */
static size_t blob_end(struct stripper *w, size_t at)
{
	size_t i = at + 1;

	if (at >= w->s.n || w->s.p[at] != '[')
		return at;
	while (i < w->s.n && w->s.p[i] != '[' && w->s.p[i] != ']')
		i++;
	w->steps += i - at;
	return i < w->s.n && w->s.p[i] == ']' ? blanks(w->s, i + 1) : at;
}

/* subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":" */
static size_t refwd_end(struct stripper *w, size_t at)
{
	struct str s = str_from(w->s, at);
	size_t i = at + 2;

	if (str_istarts(s, STR("fwd")))
		i++;
	else if (!str_istarts(s, STR("re")) && !str_istarts(s, STR("fw")))
		return at;
	i = blob_end(w, blanks(w->s, i));
	return i < w->s.n && w->s.p[i] == ':' ? i + 1 : at;
}

/* Step (2): *subj-trailer. */
static void strip_trailers(struct stripper *w)
{
	for (;;) {
		struct str *s = &w->s;

		if (s->n && is_blank(s->p[s->n - 1])) {
			s->n--;
		} else if (s->n >= 5 && str_ieq(str_from(*s, s->n - 5), STR("(fwd)"))) {
			s->n -= 5;
			w->is_reply = true;
		} else {
			return;
		}
		w->steps++;
	}
}

/* Steps (3) to (5): subj-leader, and blobs as long as something stays. */
static void strip_leaders(struct stripper *w)
{
	for (;;) {
		size_t from = blanks(w->s, 0), at = from, last = from, end;

		while ((end = blob_end(w, at)) > at) {
			last = at;
			at = end;
		}
		end = refwd_end(w, at);
		w->steps += 1 + from;
		if (end == at) {
			w->s = str_from(w->s, at < w->s.n ? at : last);
			return;
		}
		w->is_reply = true;
		w->s = str_from(w->s, end);
	}
}

/* Step (6): "[fwd:" ... "]". */
static bool strip_forward(struct stripper *w)
{
	struct str *s = &w->s;

	if (s->n < 6 || !str_istarts(*s, STR("[fwd:")) || s->p[s->n - 1] != ']')
		return false;
	*s = str_n(s->p + 5, s->n - 6);
	w->is_reply = true;
	return true;
}

struct str subject_strip(struct str s, bool *is_reply, uint64_t *steps)
{
	struct stripper w = {.s = s};

	do {
		strip_trailers(&w);
		strip_leaders(&w);
	} while (strip_forward(&w));
	*is_reply = w.is_reply;
	*steps = w.steps;
	return w.s;
}

/* Step (1), but for the words: tabs and continuations are spaces, several are one. */
static int single_blanks(struct str s, struct buf *out)
{
	size_t from = 0;

	buf_clear(out);
	for (size_t i = 0; i < s.n; i++) {
		bool is_space = is_blank(s.p[i]) || s.p[i] == '\r' || s.p[i] == '\n';
		bool is_first = !i || !out->n || from != i || out->p[out->n - 1] != ' ';

		if (!is_space)
			continue;
		buf_add(out, str_n(s.p + from, i - from));
		if (is_first)
			buf_add_char(out, ' ');
		from = i + 1;
	}
	return buf_add(out, str_from(s, from));
}

int subject_base(struct str utf8, struct buf *out, bool *is_reply)
{
	uint64_t steps;
	struct str s;
	int e = single_blanks(utf8, out);

	if (e < 0)
		return e;
	s = subject_strip(buf_str(out), is_reply, &steps);
	if (s.n)
		memmove(out->p, s.p, s.n);
	out->n = s.n;
	return 0;
}
