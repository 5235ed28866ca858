/* lmtp_client.c - the client's side of RFC 2033, one message a connection.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/err.h"
#include "net/listen.h"
#include "smtp/lmtp_client.h"
#include "wire/dot.h"

enum {
	WAIT_S = 600, /* RFC 5321 4.5.3.2.6 */
	BLOCK = 16384,
	REPLY_MOST = 65536,
};

struct link {
	int fd;
	struct buf in;  /* what came and was not read yet */
	struct buf out; /* commands, written before a reply is waited for */
	bool has_utf8, has_8bit;
	char block[BLOCK], stuffed[2 * BLOCK];
};

static int dial(struct link *l, struct str server)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	struct listen_addr at;
	int e = listen_parse(&at, server);

	if (e < 0)
		return e;
	l->fd = socket(at.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return err_from_errno(errno);
	setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(l->fd, (const struct sockaddr *)&at.sa, at.sa_len) < 0)
		return errno == ECONNREFUSED ? E_NOTFOUND : err_from_errno(errno);
	return 0;
}

static int send_all(struct link *l, const char *p, size_t n)
{
	while (n) {
		ssize_t w = send(l->fd, p, n, MSG_NOSIGNAL);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return errno == EAGAIN ? E_TIMEOUT : E_CLOSED;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int flush(struct link *l)
{
	int e = l->out.failed ? l->out.failed : send_all(l, l->out.p, l->out.n);

	buf_clear(&l->out);
	return e;
}

/* -- replies ----------------------------------------------------------------------- */

static int more(struct link *l)
{
	ssize_t n;
	int e = buf_reserve(&l->in, 4096);

	if (e < 0)
		return e;
	do
		n = recv(l->fd, l->in.p + l->in.n, 4096, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? E_TIMEOUT : E_CLOSED;
	l->in.n += (size_t)n;
	return 0;
}

/* One line, without its end, still in l->in: `used` octets of it. */
static int line(struct link *l, struct str *ret, size_t *used)
{
	ptrdiff_t end;
	int e;

	while ((end = str_find(buf_str(&l->in), '\n')) < 0) {
		e = more(l);
		if (e < 0)
			return e;
	}
	*used = (size_t)end + 1;
	*ret = str_trim(str_head(buf_str(&l->in), (size_t)end));
	return 0;
}

static void note_keyword(struct link *l, struct str text)
{
	if (str_ieq(text, STR("SMTPUTF8")))
		l->has_utf8 = true;
	if (str_ieq(text, STR("8BITMIME")))
		l->has_8bit = true;
}

/* Reads a reply of any number of lines; the text of the last. */
static int reply(struct link *l, struct lmtp_result *ret)
{
	bool is_last;

	do {
		struct str s, text;
		uint64_t code;
		size_t used;
		int e = line(l, &s, &used);

		if (e < 0)
			return e;
		if (s.n < 3 || str_u64(str_head(s, 3), 599, &code) < 0 || code < 200)
			return E_FORMAT;
		is_last = s.n == 3 || s.p[3] != '-';
		text = str_from(s, 4);
		note_keyword(l, text);
		ret->code = (int)code;
		text = str_head(text, sizeof(ret->text) - 1);
		memcpy(ret->text, text.p, text.n);
		ret->text[text.n] = '\0';
		buf_drop(&l->in, used);
	} while (!is_last);
	return 0;
}

static int ask(struct link *l, struct lmtp_result *ret)
{
	int e = flush(l);

	return e < 0 ? e : reply(l, ret);
}

/* -- the transaction --------------------------------------------------------------- */

/* The server's word about the session or MAIL stands for everybody: RCPT's 503 behind it is only
 * its echo. Its word about DATA stands for those who were taken. */
static void tell_all(const struct lmtp_message *m, const struct lmtp_result *r, bool only_taken)
{
	for (size_t i = 0; i < m->n; i++)
		if (!only_taken || m->results[i].code / 100 == 2)
			m->results[i] = *r;
}

static int greet(struct link *l, struct lmtp_result *r)
{
	int e = reply(l, r);

	if (e < 0 || r->code != 220)
		return e;
	buf_add(&l->out, STR("LHLO localhost\r\n"));
	return ask(l, r);
}

static bool has_8bit(const struct lmtp_message *m)
{
	for (size_t i = 0; i < m->n; i++)
		for (const char *c = m->rcpts[i]; *c; c++)
			if (*c & 0x80)
				return true;
	for (size_t i = 0; i < m->sender.n; i++)
		if (m->sender.p[i] & 0x80)
			return true;
	return false;
}

/* MAIL and all RCPTs in one go (RFC 2920). Returns how many recipients were taken. */
static int envelope(struct link *l, const struct lmtp_message *m, struct lmtp_result *r)
{
	int n_taken = 0, e;

	buf_printf(&l->out, "MAIL FROM:<" STR_FMT ">%s%s\r\n", STR_ARG(m->sender),
		   l->has_8bit ? " BODY=8BITMIME" : "",
		   l->has_utf8 && has_8bit(m) ? " SMTPUTF8" : "");
	for (size_t i = 0; i < m->n; i++)
		buf_printf(&l->out, "RCPT TO:<%s>\r\n", m->rcpts[i]);
	e = ask(l, r);
	for (size_t i = 0; i < m->n && e == 0; i++) {
		e = reply(l, &m->results[i]);
		if (e < 0)
			m->results[i].code = 0;
		n_taken += e == 0 && m->results[i].code / 100 == 2;
	}
	return e < 0 ? e : n_taken;
}

static int body(struct link *l, const struct lmtp_message *m)
{
	struct dot_out dot = {0};
	int64_t n;
	int e;

	while ((n = m->read(m->arg, l->block, BLOCK)) > 0) {
		e = send_all(l, l->stuffed, dot_encode(&dot, str_n(l->block, (size_t)n), l->stuffed));
		if (e < 0)
			return e;
	}
	if (n < 0)
		return (int)n; /* without the final dot nothing is delivered */
	return send_all(l, l->stuffed, dot_end(&dot, l->stuffed));
}

/* RCPT's 250 is no delivery: without a reply behind the dot, "try again later". */
static void forget_taken(const struct lmtp_message *m, size_t from)
{
	for (size_t i = from; i < m->n; i++)
		if (m->results[i].code / 100 == 2)
			m->results[i].code = 0;
}

static int results(struct link *l, const struct lmtp_message *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct lmtp_result r;
		int e;

		if (m->results[i].code / 100 != 2)
			continue;
		e = reply(l, &r);
		if (e < 0) {
			forget_taken(m, i);
			return e;
		}
		m->results[i] = r;
	}
	return 0;
}

static int data(struct link *l, const struct lmtp_message *m, struct lmtp_result *r)
{
	int e;

	buf_add(&l->out, STR("DATA\r\n"));
	e = ask(l, r);
	if (e == 0 && r->code == 354) {
		e = body(l, m);
		if (e == 0)
			return results(l, m);
	}
	if (e < 0)
		forget_taken(m, 0);
	return e;
}

static int converse(struct link *l, const struct lmtp_message *m)
{
	struct lmtp_result r = {0};
	int e = greet(l, &r);

	if (e == 0 && r.code / 100 == 2)
		e = envelope(l, m, &r);
	if (e < 0) {
		forget_taken(m, 0);
		return e;
	}
	if (r.code / 100 != 2) {
		tell_all(m, &r, false);
		return 0;
	}
	if (e == 0)
		return 0; /* nobody was taken */
	e = data(l, m, &r);
	if (e == 0 && r.code != 354)
		tell_all(m, &r, true);
	return e;
}

int lmtp_send(struct str server, const struct lmtp_message *m)
{
	struct link *l = calloc(1, sizeof(*l));
	int e;

	if (!l)
		return E_NOMEM;
	l->fd = -1;
	buf_init(&l->in, REPLY_MOST);
	buf_init(&l->out, 16 << 20);
	e = dial(l, server);
	if (e == 0)
		e = converse(l, m);
	if (e == 0 && send_all(l, "QUIT\r\n", 6) == 0)
		shutdown(l->fd, SHUT_WR);
	if (l->fd >= 0)
		close(l->fd);
	buf_free(&l->in);
	buf_free(&l->out);
	free(l);
	return e;
}
