/* finder.c - substrings in casemapped text that comes in pieces.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The text is casemapped into a window. When it is full, each needle is looked for in it, then the
 * last octets, one fewer than the longest needle has, move to its front. */
#include "base/err.h"
#include "wire/casemap-impl.h"

enum { NEEDLES_MOST = 1000, NEEDLE_MOST = 64 << 10, WINDOW = 16 << 10 };

struct needle {
	struct str s; /* malloced */
	bool is_found, is_wished;
};

struct finder {
	struct needle *needles;
	int n, n_missing; /* wished for and not found, in this text */
	size_t longest;
	char *window;
	size_t cap, used, looked_at; /* octets; those before looked_at were looked at */
	char held[4];                /* a character that was cut short */
	size_t n_held;
	uint64_t steps;
};

struct finder *finder_new(void)
{
	return calloc(1, sizeof(struct finder));
}

struct finder *finder_free(struct finder *f)
{
	if (!f)
		return NULL;
	for (int i = 0; i < f->n; i++)
		free((char *)f->needles[i].s.p);
	free(f->needles);
	free(f->window);
	free(f);
	return NULL;
}

static int known(const struct finder *f, struct str mapped)
{
	for (int i = 0; i < f->n; i++)
		if (str_eq(f->needles[i].s, mapped))
			return i;
	return -1;
}

static int add_mapped(struct finder *f, struct buf *b)
{
	struct needle *all = realloc(f->needles, (size_t)(f->n + 1) * sizeof(*all));

	if (!all)
		return E_NOMEM;
	f->needles = all;
	all[f->n] = (struct needle){.s = buf_str(b), .is_wished = true};
	if (b->n > f->longest)
		f->longest = b->n;
	b->p = NULL; /* it is the needle's now */
	return f->n++;
}

int finder_add(struct finder *f, struct str utf8)
{
	struct buf b;
	int r;

	if (utf8.n > NEEDLE_MOST)
		return E_TOOBIG;
	buf_init(&b, (size_t)NEEDLE_MOST * CASEMAP_GROWTH);
	r = casemap_add(&b, utf8);
	if (r >= 0) {
		r = known(f, buf_str(&b));
		if (r < 0)
			r = f->n == NEEDLES_MOST ? E_LIMIT : add_mapped(f, &b);
	}
	free(b.p);
	return r;
}

void finder_wish(struct finder *f, int needle, bool on)
{
	f->needles[needle].is_wished = on;
}

int finder_begin(struct finder *f)
{
	size_t cap = WINDOW + f->longest;

	if (f->cap < cap) {
		char *p = realloc(f->window, cap);

		if (!p)
			return E_NOMEM;
		f->window = p;
		f->cap = cap;
	}
	f->used = f->looked_at = f->n_held = 0;
	f->n_missing = 0;
	for (int i = 0; i < f->n; i++) {
		struct needle *it = &f->needles[i];

		it->is_found = !it->s.n;
		f->n_missing += it->is_wished && !it->is_found;
	}
	return 0;
}

static void look(struct finder *f)
{
	for (int i = 0; i < f->n && f->n_missing; i++) {
		struct needle *it = &f->needles[i];
		size_t from;

		if (!it->is_wished || it->is_found)
			continue;
		from = f->looked_at < it->s.n ? 0 : f->looked_at - it->s.n + 1;
		f->steps += f->used - from;
		it->is_found = memmem(f->window + from, f->used - from, it->s.p, it->s.n) != NULL;
		f->n_missing -= it->is_found;
	}
	f->looked_at = f->used;
}

static void slide(struct finder *f)
{
	size_t keep = f->longest ? f->longest - 1 : 0;

	if (f->used <= keep)
		return;
	memmove(f->window, f->window + f->used - keep, keep);
	f->used = f->looked_at = keep;
}

/* Maps as much as the window takes; what is left of *s is less than a character. */
static void map_all(struct finder *f, struct str *s, bool is_last)
{
	while (s->n && f->n_missing) {
		size_t before = s->n;

		f->used += casemap_some(s, f->window + f->used, f->cap - f->used, is_last);
		if (f->cap - f->used < CASEMAP_ROOM_LEAST) {
			look(f);
			slide(f);
		} else if (s->n == before) {
			break;
		}
	}
}

static void feed_held(struct finder *f, struct str *in)
{
	char both[8];
	size_t more = in->n < 4 ? in->n : 4, n = f->n_held + more, taken;
	struct str s = str_n(both, n);

	memcpy(both, f->held, f->n_held);
	memcpy(both + f->n_held, in->p, more);
	map_all(f, &s, false);
	if (!f->n_missing)
		return;
	taken = n - s.n;
	if (taken < f->n_held) { /* still cut short: then the input is used up */
		memcpy(f->held, both, n);
		f->n_held = n;
		*in = STR_NONE;
		return;
	}
	*in = str_from(*in, taken - f->n_held);
	f->n_held = 0;
}

void finder_feed(struct finder *f, struct str utf8)
{
	if (utf8.n && f->n_held && f->n_missing)
		feed_held(f, &utf8);
	map_all(f, &utf8, false);
	if (!utf8.n || !f->n_missing)
		return;
	memcpy(f->held, utf8.p, utf8.n);
	f->n_held = utf8.n;
}

void finder_end(struct finder *f)
{
	struct str s = str_n(f->held, f->n_held);

	map_all(f, &s, true);
	f->n_held = 0;
	look(f);
}

bool finder_has(const struct finder *f, int needle)
{
	return f->needles[needle].is_found;
}

bool finder_is_done(const struct finder *f)
{
	return !f->n_missing;
}

struct str finder_needle(const struct finder *f, int needle)
{
	return f->needles[needle].s;
}

uint64_t finder_steps(const struct finder *f)
{
	return f->steps;
}
