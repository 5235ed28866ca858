/* thread.c - THREAD and UID THREAD (RFC 5256 3; REFS: draft-ietf-morg-inthread).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "imap/command.h"
#include "imap/gather.h"
#include "imap/thread.h"

enum { SCRATCH_MOST = 4 << 20, PIECE = 16 << 10 };

struct thread {
	struct searching x;
	struct gather gather;
	struct threader *threader;
	struct buf scratch[6];
	int (*phase)(struct imap *s, struct thread *q); /* 1: it goes on; 0: the next one */
};

static void cleanup(void *state)
{
	struct thread *q = state;

	searching_end(&q->x);
	q->threader = threader_free(q->threader);
	for (unsigned i = 0; i < COLUMNS(q->scratch); i++)
		buf_free(&q->scratch[i]);
}

static int tell(struct imap *s)
{
	struct thread *q = s->cmd->state;
	struct buf *b = imap_buf(s);
	int r = threader_put(q->threader, b, PIECE);

	imap_write(s, b);
	if (r > 0)
		return imap_step(s, tell);
	conn_write(s->conn, STR("\r\n"));
	return r < 0 ? imap_fail(s, r) : imap_ok(s, "threaded");
}

/* -- phases -------------------------------------------------------------------------------- */

static struct str text_of(struct str value, struct buf *b)
{
	struct str text;

	if (envelope_text_view(value, &text))
		return text;
	buf_clear(b);
	envelope_text(value, b);
	return buf_str(b);
}

static int add_message(void *arg, const struct view_row *row, const struct str field[ENV_FIELDS])
{
	struct thread *q = arg;
	struct buf *b = q->scratch;
	struct thread_in m = {
		.number = q->gather.s->cmd->is_uid ? row->info.uid :
			  row->seq ? row->seq : view_seq(q->gather.s->mbox->view, row->info.uid),
		.arrival = row->info.internaldate_ms,
		.message_id = text_of(field[ENV_MESSAGE_ID], &b[3]),
		.in_reply_to = text_of(field[ENV_IN_REPLY_TO], &b[4]),
		.references = row->references,
	};

	m.sent = sent_date(field[ENV_DATE], arrival_second(row), &b[5]);
	buf_clear(&b[2]);
	if (q->threader->alg != THREAD_REFS) {
		(void)folded_subject(field[ENV_SUBJECT], b, &b[2], &m.is_reply);
		m.subject = buf_str(&b[2]);
	}
	return threader_add(q->threader, &m);
}

static int build_more(struct imap *s, struct thread *q)
{
	int r = threader_some(q->threader);

	return r < 0 ? imap_fail(s, r) : r;
}

static int gather_more(struct imap *s, struct thread *q)
{
	int r = gather_some(&q->gather);

	if (r)
		return r < 0 ? imap_fail(s, r) : 1;
	q->phase = build_more;
	return 1;
}

static int search_more(struct imap *s, struct thread *q)
{
	int r = searching_some(s, &q->x);

	if (r)
		return r;
	q->gather = (struct gather){
		.fn = add_message, .arg = q,
		.want = q->threader->alg == THREAD_ORDEREDSUBJECT ? WANT_ENVELOPE :
								    WANT_ENVELOPE | WANT_REFERENCES,
	};
	q->phase = gather_more;
	r = gather_begin(s, &q->gather, &q->x.hits);
	return r < 0 ? imap_fail(s, r) : 1;
}

MAY_WAIT static int go_on(struct imap *s)
{
	struct thread *q = s->cmd->state;
	int r;

	do
		r = q->phase(s, q);
	while (r > 0 && !imap_is_long(s));
	if (r)
		return r < 0 ? r : imap_step(s, go_on);
	conn_write(s->conn, q->threader->n_msgs ? STR("* THREAD ") : STR("* THREAD"));
	return tell(s);
}

/* -- the command --------------------------------------------------------------------------- */

static int read_algorithm(struct args *a, enum thread_alg *ret)
{
	static const struct {
		const char *name;
		enum thread_alg alg;
	} algs[] = {
		{"ORDEREDSUBJECT", THREAD_ORDEREDSUBJECT},
		{"REFERENCES", THREAD_REFERENCES},
		{"REFS", THREAD_REFS},
	};
	struct str word;

	if (arg_atom(a, &word) < 0)
		return a->err;
	for (size_t i = 0; i < COLUMNS(algs); i++)
		if (str_ieq(word, str_of(algs[i].name))) {
			*ret = algs[i].alg;
			return 0;
		}
	return arg_fail(a, E_SYNTAX, "not a threading algorithm");
}

static int read_arguments(struct args *a, enum thread_alg *alg, struct str *charset)
{
	arg_sp(a);
	read_algorithm(a, alg);
	arg_sp(a);
	arg_astring(a, charset);
	return arg_sp(a);
}

int imap_cmd_thread(struct imap *s)
{
	struct thread *q = imap_state(s, sizeof(*q), cleanup);
	enum thread_alg alg = THREAD_REFS;
	struct str charset;
	int r;

	if (!q)
		return imap_fail(s, E_NOMEM);
	for (unsigned i = 0; i < COLUMNS(q->scratch); i++)
		buf_init(&q->scratch[i], SCRATCH_MOST);
	r = refuse_numbers(s);
	if (r < 0)
		return r;
	if (read_arguments(&s->cmd->args, &alg, &charset) < 0)
		return imap_fail(s, s->cmd->args.err);
	r = searching_charset_ok(s, charset);
	if (r < 0)
		return r;
	q->threader = threader_new(alg);
	if (!q->threader)
		return imap_fail(s, E_NOMEM);
	q->phase = search_more;
	r = searching_begin(s, &q->x, charset);
	return r < 0 ? r : go_on(s);
}
