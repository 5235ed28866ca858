/* thread_fuzz.c - threads of whatever refers to whatever: each message is told once, in whole lists.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first octet is the algorithm. Then, for each message: sent date, id, how many references,
 * the references, and a subject. */
#include <stdio.h>
#include <stdlib.h>
#include "imap/thread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { REFERENCES_MOST = 7, OUT_MOST = 1 << 22 };

static uint8_t take(struct str *in)
{
	uint8_t c = in->n ? (uint8_t)in->p[0] : 0;

	*in = str_from(*in, 1);
	return c;
}

static void add(struct threader *t, struct str *in, uint32_t number)
{
	struct thread_in m = {.number = number, .sent = take(in) % 8};
	char id[16], refs[REFERENCES_MOST * 8 + 1] = "";
	uint8_t at = take(in), count = take(in), subject;
	size_t n = 0;

	/* some have no id, some no valid one */
	m.message_id = at < 8 ? STR("none") : str_n(id, (size_t)snprintf(id, sizeof(id), "<%u@x>", at));
	for (unsigned i = 0; i < (count & 7u); i++)
		n += (size_t)snprintf(refs + n, sizeof(refs) - n, "<%u@x>", take(in));
	if (count & 8)
		m.in_reply_to = str_n(refs, n);
	else
		m.references = str_n(refs, n);
	subject = take(in);
	m.is_reply = subject & 1;
	m.arrival = subject >> 4;
	m.subject = str_head(STR("abcdefgh"), subject >> 1 & 7);
	if (threader_add(t, &m) < 0)
		abort();
}

static void check(const struct threader *t, struct str out)
{
	uint8_t *seen = calloc(t->n_msgs + 1, 1);
	size_t depth = 0, n = 0;

	for (size_t i = 0; i < out.n; i++) {
		uint64_t v = 0;

		depth += out.p[i] == '(';
		if (out.p[i] == ')' && !depth--)
			abort();
		if (!ascii_is_digit(out.p[i]))
			continue;
		for (; i < out.n && ascii_is_digit(out.p[i]); i++)
			v = v * 10 + (uint64_t)(out.p[i] - '0');
		i--;
		if (!v || v > t->n_msgs || seen[v]++)
			abort();
		n++;
	}
	if (depth || n != t->n_msgs)
		abort();
	free(seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data, n);
	struct threader *t = threader_new((enum thread_alg)(take(&in) % 3));
	struct buf out;
	uint32_t number = 0;

	buf_init(&out, OUT_MOST);
	while (in.n)
		add(t, &in, ++number);
	while (threader_some(t) > 0)
		;
	while (threader_put(t, &out, out.n + 64) > 0)
		;
	if (out.failed)
		abort();
	check(t, buf_str(&out));
	if (t->forest.steps > (n + 1) * 64 * 8)
		abort();
	buf_free(&out);
	threader_free(t);
	return 0;
}
