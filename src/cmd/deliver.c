/* deliver.c - deliver: hands a message from a pipe to the server by LMTP.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What comes is taken as programs write it: lines end in LF or CRLF, and mbox's
 * "From " line may stand before them; it gives the sender if nobody else does. */
#include <errno.h>
#include <unistd.h>
#include "base/err.h"
#include "cmd/verb.h"
#include "cmd/verbs.h"
#include "conf/conf.h"
#include "smtp/lmtp_client.h"
#include "wire/address.h"

enum { HEAD_MOST = 2048, ROOM = 8192 };

struct source { /* the message on its way from the pipe */
	int fd;
	char head[HEAD_MOST]; /* what was read to look at the first line */
	size_t head_at, head_n;
	char last; /* the last octet handed on */
	bool is_over;
	struct buf sender; /* of the From line */
	char raw[ROOM];
};

static int64_t read_some(struct source *s, char *out, size_t n)
{
	ssize_t r;

	do
		r = read(s->fd, out, n);
	while (r < 0 && errno == EINTR);
	return r < 0 ? err_from_errno(errno) : r;
}

/* Looks at the first line: "From sender date". */
static int begin(struct source *s)
{
	struct str line, word;
	ptrdiff_t end = -1;

	while (s->head_n < HEAD_MOST && end < 0) {
		int64_t n = read_some(s, s->head + s->head_n, HEAD_MOST - s->head_n);

		if (n <= 0) {
			if (n < 0)
				return (int)n;
			break;
		}
		s->head_n += (size_t)n;
		end = str_find(str_n(s->head, s->head_n), '\n');
	}
	line = str_head(str_n(s->head, s->head_n), end < 0 ? 0 : (size_t)end);
	if (!str_starts(line, STR("From ")))
		return 0;
	line = str_trim(str_from(line, 5));
	word = str_cut(&line, ' ');
	buf_add(&s->sender, word);
	s->head_at = (size_t)end + 1;
	return 0;
}

static size_t to_crlf(struct source *s, struct str in, char *out)
{
	char *at = out;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\n' && s->last != '\r')
			*at++ = '\r';
		*at++ = s->last = in.p[i];
	}
	return (size_t)(at - out);
}

static int64_t source_read(void *arg, char *out, size_t n)
{
	struct source *s = arg;
	struct str head = str_n(s->head + s->head_at, s->head_n - s->head_at);
	int64_t got;

	if (head.n) {
		head = str_head(head, n / 2);
		s->head_at += head.n;
		return (int64_t)to_crlf(s, head, out);
	}
	if (s->is_over)
		return 0;
	got = read_some(s, s->raw, n / 2 < ROOM ? n / 2 : ROOM);
	if (got < 0)
		return got;
	if (got > 0)
		return (int64_t)to_crlf(s, str_n(s->raw, (size_t)got), out);
	s->is_over = true;
	if (!s->last || s->last == '\n')
		return 0;
	memcpy(out, "\r\n", 2); /* a last line without its end */
	return 2;
}

/* -- the outcome ------------------------------------------------------------------ */

/* The exit code by RFC 3463: what the caller does with it is bounce or try again. */
static int code_of(const struct lmtp_result *r)
{
	static const struct {
		const char *enhanced;
		int code;
	} codes[] = {{"5.1.", EX_NOUSER},   {"5.2.", EX_CANTCREAT}, {"5.3.4", EX_DATAERR},
		     {"5.4.6", EX_DATAERR}, {"5.6.", EX_DATAERR},   {"5.7.", EX_NOPERM}};

	if (r->code / 100 == 2)
		return EX_OK;
	if (r->code / 100 != 5)
		return EX_TEMPFAIL;
	for (size_t i = 0; i < COLUMNS(codes); i++)
		if (str_starts(str_of(r->text), str_of(codes[i].enhanced)))
			return codes[i].code;
	return EX_UNAVAILABLE;
}

/* One "try again" makes it one for all: some may get it twice, nobody loses it. */
static int outcome(struct verb_call *v, const struct lmtp_message *m)
{
	int all = EX_OK;

	for (size_t i = 0; i < m->n; i++) {
		const struct lmtp_result *r = &m->results[i];
		int code = code_of(r);

		if (code != EX_OK && r->code)
			out_error(v->out, "%s: %d %s", m->rcpts[i], r->code, r->text);
		if (all == EX_OK || code == EX_TEMPFAIL)
			all = code;
	}
	return all;
}

static bool is_path(const char *address, enum path_kind kind)
{
	struct address parsed;
	struct str rest, path;
	struct buf b;
	bool is;

	buf_init(&b, 512);
	buf_printf(&b, "<%s>", address);
	path = buf_str(&b);
	is = !b.failed && path_parse(path, kind, &parsed, &rest) == 0 && !rest.n;
	buf_free(&b);
	return is;
}

/* The server's socket: --lmtp, or the one that serve always has in the data folder. */
static int server_of(struct verb_call *v, struct buf *out)
{
	if (verb_has(v, OPT_LMTP))
		return buf_add(out, str_of(v->value[OPT_LMTP]));
	return buf_printf(out, "unix:%s/lmtp.sock", v->conf->data);
}

static const char *why_not(int e)
{
	switch (e) {
	case E_NOTFOUND:
		return "nobody listens there: does the server run, and on this data folder? --lmtp names "
		       "another place";
	case E_DENIED:
		return "not allowed to connect: the socket is its server's (setting unix_mode)";
	default:
		return err_row(e)->text;
	}
}

static int send_it(struct verb_call *v, struct lmtp_message *m)
{
	struct buf server;
	int e;

	buf_init(&server, 4096);
	e = server_of(v, &server);
	if (e == 0)
		e = lmtp_send(buf_str(&server), m);
	if (e < 0)
		out_error(v->out, "%.*s: %s", STR_ARG(buf_str(&server)), why_not(e));
	buf_free(&server);
	if (e == E_SYNTAX || e == E_RANGE)
		return EX_USAGE;
	return e < 0 ? EX_TEMPFAIL : outcome(v, m);
}

static int with_source(struct verb_call *v, struct source *s, struct lmtp_message *m)
{
	int e = begin(s);

	if (e < 0)
		return verb_fail(v, "the input", e);
	m->sender = str_of(v->value[OPT_SENDER]);
	if (!verb_has(v, OPT_SENDER) && s->sender.n && buf_add_char(&s->sender, '\0') == 0 &&
	    is_path(s->sender.p, PATH_REVERSE))
		m->sender = str_head(buf_str(&s->sender), s->sender.n - 1);
	if (str_eq(m->sender, STR("<>")) || str_ieq(m->sender, STR("MAILER-DAEMON")))
		m->sender = STR_NONE;
	if (m->sender.n && !is_path(m->sender.p, PATH_REVERSE)) {
		out_error(v->out, "%.200s: that is no address", m->sender.p);
		return EX_USAGE;
	}
	return send_it(v, m);
}

int cmd_deliver(struct verb_call *v)
{
	size_t n = v->n_args + v->n_to;
	const char **rcpts = calloc(n + 1, sizeof(*rcpts));
	struct source *s = calloc(1, sizeof(*s));
	struct lmtp_message m = {.rcpts = rcpts, .n = n, .read = source_read, .arg = s};
	int code = EX_OSERR;

	m.results = calloc(n + 1, sizeof(*m.results));
	if (rcpts && s && m.results) {
		code = EX_OK;
		buf_init(&s->sender, 1024);
		memcpy(rcpts, v->args, v->n_args * sizeof(*rcpts));
		memcpy(rcpts + v->n_args, v->to, v->n_to * sizeof(*rcpts));
		for (size_t i = 0; i < n && code == EX_OK; i++) {
			if (is_path(rcpts[i], PATH_FORWARD))
				continue;
			out_error(v->out, "%.200s: that is no address", rcpts[i]);
			code = EX_USAGE;
		}
		if (n == 0) {
			out_error(v->out, "name a recipient");
			code = EX_USAGE;
		}
		if (code == EX_OK)
			code = with_source(v, s, &m);
		buf_free(&s->sender);
	}
	free(m.results);
	free(s);
	free(rcpts);
	return code;
}
