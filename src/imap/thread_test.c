/* thread_test.c - threads: rows for each step of RFC 5256, a slow model beside it, and what it costs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/attr.h"
#include "base/err.h"
#include "imap/thread.h"
#include "wire/subject.h"

#define OS THREAD_ORDEREDSUBJECT
#define RE THREAD_REFERENCES
#define RS THREAD_REFS

struct mail {
	const char *id, *references, *subject, *in_reply_to;
	int sent;    /* 0: as it stands in the list */
	int arrival; /* 0: the same */
};

static const struct row {
	const char *what;
	enum thread_alg alg;
	const char *threads;
	struct mail mail[8];
} rows[] = {
	{"nothing", RE, "", {{0}}},
	{"one", RE, " (1)", {{"<a@x>", "", "a", ""}}},
	{"no ids at all", RE, " (1)(2)", {{"", "", "a", ""}, {"", "", "b", ""}}},
	{"a chain", RE, " (1 2 3)",
	 {{"<a@x>", "", "a", ""}, {"<b@x>", "<a@x>", "b", ""}, {"<c@x>", "<a@x> <b@x>", "c", ""}}},
	{"a fork", RE, " (1 (2)(3))",
	 {{"<a@x>", "", "a", ""}, {"<b@x>", "<a@x>", "b", ""}, {"<c@x>", "<a@x>", "c", ""}}},
	{"a fork below a chain", RE, " (1 2 (3)(4 5))",
	 {{"<a@x>", "", "a", ""}, {"<b@x>", "<a@x>", "b", ""}, {"<c@x>", "<b@x>", "c", ""},
	  {"<d@x>", "<b@x>", "d", ""}, {"<e@x>", "<d@x>", "e", ""}}},
	{"In-Reply-To without References", RE, " (1 2)",
	 {{"<a@x>", "", "a", ""}, {"<b@x>", "", "b", "Your message <a@x> of <c@x>"}}},
	{"In-Reply-To where References has no valid id", RE, " (1 2)",
	 {{"<a@x>", "", "a", ""}, {"<b@x>", "<none> x", "b", "<a@x>"}}},
	{"References before In-Reply-To", RE, " (1 3)(2)",
	 {{"<a@x>", "", "a", ""}, {"<b@x>", "", "b", ""}, {"<c@x>", "<a@x>", "c", "<b@x>"}}},
	{"quoting does not matter", RE, " (1 2)",
	 {{"<\"a\"@x>", "", "a", ""}, {"<b@x>", "<a@x>", "b", ""}}},
	{"case does", RE, " (1)(2)", {{"<a@x>", "", "a", ""}, {"<b@x>", "<A@x>", "b", ""}}},
	{"a reply that came first", RE, " (2 1)",
	 {{"<b@x>", "<a@x>", "b", ""}, {"<a@x>", "", "a", "", 0}}},
	{"a dummy with two children stays on top", RE, " ((1)(2))",
	 {{"<b@x>", "<a@x>", "b", ""}, {"<c@x>", "<a@x>", "c", ""}}},
	{"a dummy with one child goes", RE, " (1 2)",
	 {{"<b@x>", "<a@x>", "b", ""}, {"<c@x>", "<b@x>", "c", ""}}},
	{"dummies in between go", RE, " (1 (2)(3))",
	 {{"<a@x>", "", "a", ""}, {"<c@x>", "<a@x> <b@x>", "c", ""}, {"<d@x>", "<a@x> <b@x>", "d", ""}}},
	{"dummies above dummies become one", RE, " ((1)(2)(3))",
	 {{"<d@x>", "<a@x> <b@x>", "d", ""}, {"<e@x>", "<a@x> <c@x>", "e", ""},
	  {"<f@x>", "<a@x> <c@x>", "f", ""}}},
	{"the same id twice: the first has it", RE, " (1 3)(2)",
	 {{"<a@x>", "", "a", ""}, {"<a@x>", "", "b", ""}, {"<c@x>", "<a@x>", "c", ""}}},
	{"the same id twice, each with references", RE, " (1 (2)(3))",
	 {{"<a@x>", "", "a", ""}, {"<b@x>", "<a@x>", "b", ""}, {"<b@x>", "<a@x>", "c", ""}}},
	{"its own parent", RE, " (1)", {{"<a@x>", "<a@x>", "a", ""}}},
	{"two that answer each other", RE, " (2 1)",
	 {{"<a@x>", "<b@x>", "a", ""}, {"<b@x>", "<a@x>", "b", ""}}},
	{"a loop of three", RE, " (3 2 1)",
	 {{"<a@x>", "<b@x>", "a", ""}, {"<b@x>", "<c@x>", "b", ""}, {"<c@x>", "<a@x>", "c", ""}}},
	{"a loop in one field", RE, " (1)", {{"<c@x>", "<a@x> <b@x> <a@x>", "c", ""}}},
	{"what a message says of itself counts more", RE, " (1 3 2)",
	 {{"<p@x>", "", "p", ""}, {"<q@x>", "<z@x> <b@x>", "q", ""},
	  {"<b@x>", "<p@x>", "b", ""}}},
	{"a message without references has no parent", RE, " (1)(3 2)",
	 {{"<a@x>", "", "a", ""}, {"<c@x>", "<a@x> <b@x>", "c", ""}, {"<b@x>", "", "b", ""}}},
	{"siblings by sent date", RE, " (1 (3)(2))",
	 {{"<a@x>", "", "a", "", 1}, {"<b@x>", "<a@x>", "b", "", 9}, {"<c@x>", "<a@x>", "c", "", 5}}},
	{"roots by sent date", RE, " (2)(3)(1)",
	 {{"<a@x>", "", "a", "", 9}, {"<b@x>", "", "b", "", 2}, {"<c@x>", "", "c", "", 5}}},
	{"a dummy by its first child", RE, " (4)((2)(1))(3)",
	 {{"<b@x>", "<a@x>", "b", "", 9}, {"<c@x>", "<a@x>", "c", "", 3}, {"<d@x>", "", "d", "", 5},
	  {"<e@x>", "", "e", "", 1}}},
	{"equal dates: as in the mailbox", RE, " (1)(2)(3)",
	 {{"<c@x>", "", "c", "", 5}, {"<b@x>", "", "b", "", 5}, {"<a@x>", "", "a", "", 5}}},
	/* step 5 */
	{"a reply by its subject", RE, " (1 2)",
	 {{"<a@x>", "", "Hello", ""}, {"<b@x>", "", "re: hello", ""}}},
	{"the reply was sent first", RE, " (2 1)",
	 {{"<a@x>", "", "Re: s", "", 1}, {"<b@x>", "", "s", "", 2}}},
	{"two that are no replies", RE, " ((1)(2))",
	 {{"<a@x>", "", "s", ""}, {"<b@x>", "", "S", ""}}},
	{"two replies", RE, " ((1)(2))", {{"<a@x>", "", "Re: s", ""}, {"<b@x>", "", "Fwd: s", ""}}},
	{"replies, and two that are none", RE, " ((2 1)(3))",
	 {{"<a@x>", "", "Re: s", ""}, {"<b@x>", "", "s", ""}, {"<c@x>", "", "s", ""}}},
	{"three that are no replies", RE, " ((1)(2)(3))",
	 {{"<a@x>", "", "s", ""}, {"<b@x>", "", "s", ""}, {"<c@x>", "", "s", ""}}},
	{"empty subjects do not meet", RE, " (1)(2)(3)",
	 {{"<a@x>", "", "", ""}, {"<b@x>", "", "Re:", ""}, {"<c@x>", "", "(fwd)", ""}}},
	{"a dummy takes a message of its subject", RE, " ((1)(2)(3))",
	 {{"<a@x>", "", "s", ""}, {"<b@x>", "<z@x>", "s", ""}, {"<c@x>", "<z@x>", "q", ""}}},
	{"two dummies become one", RE, " ((1)(2)(3)(4))",
	 {{"<a@x>", "<y@x>", "s", ""}, {"<b@x>", "<y@x>", "p", ""}, {"<c@x>", "<z@x>", "s", ""},
	  {"<d@x>", "<z@x>", "q", ""}}},
	{"a reply joins a thread with answers", RE, " (1 (2)(3))",
	 {{"<a@x>", "", "s", ""}, {"<b@x>", "<a@x>", "Re: s", ""}, {"<c@x>", "", "Re: s", ""}}},
	{"only roots are looked at", RE, " (1 2)(3)",
	 {{"<a@x>", "", "s", ""}, {"<b@x>", "<a@x>", "other", ""}, {"<c@x>", "", "other", ""}}},
	/* NEWER.md 7 */
	{"REFERENCES", RE, " (1 3)(2 4)",
	 {{"<a@x>", "", "Agenda", ""}, {"<b@x>", "", "Plan", ""}, {"<c@x>", "<a@x>", "r", ""},
	  {"<d@x>", "", "Re: Plan", ""}}},
	{"REFS", RS, " (2)(1 3)(4)",
	 {{"<a@x>", "", "Agenda", ""}, {"<b@x>", "", "Plan", ""}, {"<c@x>", "<a@x>", "r", ""},
	  {"<d@x>", "", "Re: Plan", ""}}},
	{"REFS: the newest arrival, whatever was sent when", RS, " (3)((1)(2))",
	 {{"<a@x>", "<z@x>", "", "", 1, 1}, {"<b@x>", "<z@x>", "", "", 2, 9}, {"<c@x>", "", "", "", 9, 5}}},
	/* ORDEREDSUBJECT */
	{"subjects", OS, " (1 (3)(4))(2)",
	 {{"<a@x>", "", "s", ""}, {"<b@x>", "<a@x>", "t", ""}, {"<c@x>", "", "Re: S", ""},
	  {"<d@x>", "<c@x>", "[x] s", ""}}},
	{"one answer", OS, " (1 2)", {{"<a@x>", "", "s", ""}, {"<b@x>", "", "s", ""}}},
	{"threads and answers by date", OS, " (3)(2 (4)(1))",
	 {{"", "", "s", "", 9}, {"", "", "s", "", 2}, {"", "", "t", "", 1}, {"", "", "s", "", 5}}},
	{"empty subjects are one", OS, " (1 2)", {{"", "", "", ""}, {"", "", "Re:", ""}}},
};

static int add(struct threader *t, const struct mail *m, int number)
{
	struct thread_in in = {
		.number = (uint32_t)number,
		.sent = m->sent ? m->sent : number,
		.arrival = m->arrival ? m->arrival : number,
		.message_id = str_of(m->id),
		.in_reply_to = str_of(m->in_reply_to),
		.references = str_of(m->references),
	};
	struct buf base;
	int e;

	buf_init(&base, 1000);
	subject_base(str_of(m->subject), &base, &in.is_reply);
	for (size_t i = 0; i < base.n; i++)
		base.p[i] = ascii_lower(base.p[i]);
	in.subject = buf_str(&base);
	e = threader_add(t, &in);
	buf_free(&base);
	return e;
}

/* `room` octets at a time. */
static void finish(struct threader *t, struct buf *out, size_t room)
{
	struct buf piece;
	int e;

	buf_init(&piece, 1000);
	buf_clear(out);
	while ((e = threader_some(t)) > 0)
		;
	assert_int_equal(0, e);
	if (t->n_msgs)
		buf_add_char(out, ' ');
	do {
		buf_clear(&piece);
		e = threader_put(t, &piece, room);
		buf_add(out, buf_str(&piece));
	} while (e > 0);
	assert_int_equal(0, e);
	buf_free(&piece);
}

static void steps_of_the_rfc(void **state)
{
	struct buf out;

	buf_init(&out, 10000);
	for (size_t i = 0; i < COLUMNS(rows); i++)
		for (size_t room = 1; room < 200; room += 99) {
			struct threader *t = threader_new(rows[i].alg);

			assert_non_null(t);
			for (int k = 0; k < 8 && rows[i].mail[k].id; k++)
				assert_int_equal(0, add(t, &rows[i].mail[k], k + 1));
			finish(t, &out, room);
			if (!str_eq(buf_str(&out), str_of(rows[i].threads)))
				fail_msg("%s: '" STR_FMT "', not '%s'", rows[i].what,
					 STR_ARG(buf_str(&out)), rows[i].threads);
			threader_free(t);
		}
	buf_free(&out);
}

/* -- cost ------------------------------------------------------------------------------------ */

static struct thread_in mail_of(int number, const char *id, const char *references)
{
	return (struct thread_in){.number = (uint32_t)number, .sent = number, .message_id = str_of(id),
				  .references = str_of(references), .subject = STR("s")};
}

enum { MANY = 20000 };

/* Each refers to the one before, or to the one behind. */
static void chain(struct threader *t, int up)
{
	char id[32], ref[32];

	for (int i = 1; i <= MANY; i++) {
		snprintf(id, sizeof(id), "<%d@x>", i);
		snprintf(ref, sizeof(ref), "<%d@x>", i - up);
		struct thread_in in = mail_of(i, id, ref);

		assert_int_equal(0, threader_add(t, &in));
	}
}

/* A chain of half of them; then messages with answers already, that hang themselves below its
 * nodes, one after the other. */
static void late_parents(struct threader *t, int unused)
{
	char id[32], ref[32];

	for (int i = 1; i <= MANY; i++) {
		snprintf(id, sizeof(id), "<%d@x>", i > MANY / 2 ? i + i % 2 : i);
		snprintf(ref, sizeof(ref), "<%d@x>", i <= MANY / 2 ? i - 1 : i % 2 ? 0 : (i - MANY / 2) / 2);
		if (i > MANY / 2 && i % 2)
			snprintf(id, sizeof(id), "<child%d@x>", i), snprintf(ref, sizeof(ref), "<%d@x>", i + 1);
		struct thread_in in = mail_of(i, id, ref);

		assert_int_equal(0, threader_add(t, &in));
	}
}

static void same_id(struct threader *t, int unused)
{
	for (int i = 1; i <= MANY; i++) {
		struct thread_in in = mail_of(i, "<same@x>", "<a@x> <same@x> <b@x> <a@x> <same@x>");

		assert_int_equal(0, threader_add(t, &in));
	}
}

static void hostile_shapes(void **state)
{
	static const struct {
		void (*make)(struct threader *t, int arg);
		int arg;
	} shapes[] = {{chain, 1}, {chain, -1}, {late_parents, 0}, {same_id, 0}};
	struct buf out;

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < COLUMNS(shapes); i++) {
		struct threader *t = threader_new(THREAD_REFERENCES);
		size_t open = 0, numbers = 0;

		shapes[i].make(t, shapes[i].arg);
		finish(t, &out, 200);
		/* log2(20000) is 15: a splay tree's constant is small */
		assert_in_range(t->forest.steps, 0, (uint64_t)MANY * 15 * 6);
		assert_in_range(t->order.compared, 0, (uint64_t)MANY * 15);
		for (size_t k = 0; k < out.n; k++) {
			open += out.p[k] == '(';
			open -= out.p[k] == ')';
			numbers += ascii_is_digit(out.p[k]) && !ascii_is_digit(out.p[k - 1]);
		}
		assert_int_equal(0, open);
		assert_int_equal(MANY, numbers);
		threader_free(t);
	}
	buf_free(&out);
}

/* Each level forks: the lists are nested as deep as there are messages. */
static void deep_lists(void **state)
{
	struct threader *t = threader_new(THREAD_REFS);
	char id[32], ref[32];
	size_t deep = 0, deepest = 0;
	struct buf out;

	buf_init(&out, 1 << 20);
	for (int i = 1; i <= MANY; i++) {
		snprintf(id, sizeof(id), "<%d@x>", i);
		snprintf(ref, sizeof(ref), "<%d@x>", i % 2 ? i - 2 : i - 1);
		struct thread_in in = mail_of(i, id, ref);

		assert_int_equal(0, threader_add(t, &in));
	}
	finish(t, &out, 100);
	for (size_t k = 0; k < out.n; k++) {
		deep += out.p[k] == '(';
		deep -= out.p[k] == ')';
		deepest = deep > deepest ? deep : deepest;
	}
	assert_int_equal(0, deep);
	assert_in_range(deepest, MANY / 2 - 1, MANY);
	buf_free(&out);
	threader_free(t);
}

static void unknown_ids_are_counted(void **state)
{
	struct threader *t = threader_new(THREAD_REFERENCES);
	struct thread_in in = mail_of(1, "<a@x>", "<b@x> <c@x> <d@x> <e@x>");

	t->dummies_most = 3;
	assert_int_equal(E_LIMIT, threader_add(t, &in));
	threader_free(t);
}

/* -- a slow model of steps 1 to 3, and random mail ------------------------------------------------ */

enum { IDS = 12, MAILS = 24 };

struct model {
	int parent[IDS + MAILS + 1], msg[IDS + MAILS + 1];
	int nodes;
};

static bool is_below(const struct model *m, int x, int root)
{
	for (; x; x = m->parent[x])
		if (x == root)
			return true;
	return false;
}

/* For one message: its id (1 to IDS) and references. */
static void model_add(struct model *m, int number, int id, const int *refs, int n)
{
	int node = m->msg[id] ? m->nodes++ : id, last = 0;

	m->msg[node] = number;
	for (int i = 0; i < n; last = refs[i++])
		if (last && !m->parent[refs[i]] && !is_below(m, last, refs[i]))
			m->parent[refs[i]] = last;
	m->parent[node] = 0;
	if (last && !is_below(m, last, node))
		m->parent[node] = last;
}

static int real_parent(const struct model *m, int x)
{
	do
		x = m->parent[x];
	while (x && !m->msg[x]);
	return x ? m->msg[x] : 0;
}

static unsigned draw(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

static void as_the_model_says(void **state)
{
	uint64_t seed = 1;

	for (int round = 0; round < 3000; round++) {
		struct threader *t = threader_new(THREAD_REFS);
		struct model m = {.nodes = IDS + 1};
		int nodes[MAILS + 1];

		for (int number = 1; number <= MAILS; number++) {
			int id = 1 + (int)draw(&seed, IDS), refs[4], n = (int)draw(&seed, 5);
			char field[100] = "", text[16];
			struct thread_in in;

			for (int i = 0; i < n; i++) {
				refs[i] = 1 + (int)draw(&seed, IDS);
				snprintf(field + strlen(field), 20, "<%d@x>", refs[i]);
			}
			snprintf(text, sizeof(text), "<%d@x>", id);
			in = mail_of(number, text, field);
			assert_int_equal(0, threader_add(t, &in));
			nodes[number] = m.msg[id] ? m.nodes : id;
			model_add(&m, number, id, refs, n);
		}
		while (threader_some(t) > 0)
			;
		for (int number = 1; number <= MAILS; number++) {
			uint32_t p = t->nodes[t->msgs[number - 1].node].parent;

			assert_int_equal(real_parent(&m, nodes[number]), t->nodes[p].msg);
		}
		threader_free(t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_the_rfc),
		cmocka_unit_test(hostile_shapes),
		cmocka_unit_test(deep_lists),
		cmocka_unit_test(unknown_ids_are_counted),
		cmocka_unit_test(as_the_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
