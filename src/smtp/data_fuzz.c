/* data_fuzz.c - DATA and BDAT against a model that sees all octets at once.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first octet chooses DATA or BDAT and the size of the pieces; for BDAT each chunk begins
 * with an octet that is its length. */
#include "smtp/smtp.h"
#include "smtp/testbed.h"

struct model { /* what must come of it */
	bool is_whole;   /* the end was there */
	bool is_refused; /* a CR or LF alone */
	struct buf body;
};

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static bool has_bare(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (!i || s.p[i - 1] != '\r'))
			return true;
		if (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'))
			return true;
	}
	return false;
}

/* RFC 5321 4.5.2: lines, a dot less where one leads, up to the line that is a dot. */
static void model_data(struct str in, struct model *m)
{
	struct str rest = in;

	while (rest.n) {
		ptrdiff_t end = str_search(rest, STR("\r\n"));
		struct str line = str_head(rest, end < 0 ? rest.n : (size_t)end + 2);

		if (str_eq(line, STR(".\r\n"))) {
			m->is_whole = true;
			break;
		}
		buf_add(&m->body, line.p[0] == '.' ? str_from(line, 1) : line);
		rest = str_from(rest, line.n);
	}
	m->is_refused = has_bare(str_head(in, (size_t)(rest.p - in.p)));
}

/* Turns the octets into BDAT commands. */
static void model_bdat(struct str in, struct model *m, struct buf *commands)
{
	while (in.n) {
		struct str chunk = str_head(str_from(in, 1), (unsigned char)in.p[0]);

		in = str_from(in, 1 + chunk.n);
		buf_printf(commands, "BDAT %zu%s\r\n", chunk.n, in.n ? "" : " LAST");
		buf_add(commands, chunk);
		buf_add(&m->body, chunk);
	}
	m->is_whole = true;
	m->is_refused = has_bare(buf_str(&m->body));
	if (m->body.n && m->body.p[m->body.n - 1] != '\n')
		buf_add(&m->body, STR("\r\n"));
}

static void check(struct bed *b, const struct model *m)
{
	if (m->is_refused) {
		must(b->n_messages == 0, "a message with a bare CR or LF was taken");
		must(!m->is_whole || b->is_closed, "and the connection stays open");
		must(!m->is_whole || str_search(buf_str(&b->out), STR("\r\n554 5.6.0 ")) > 0, "554");
		return;
	}
	must(m->is_whole == (b->n_messages > 0), "one message if it is whole");
	if (m->is_whole)
		must(str_eq(buf_str(&b->messages[0].body), buf_str(&m->body)), "the same octets");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data + 1, n ? n - 1 : 0);
	struct buf commands;
	struct model m = {0};
	struct bed *b;
	bool is_bdat;

	if (!in.n)
		return 0;
	is_bdat = data[0] & 1;
	buf_init(&commands, 64 << 20);
	buf_init(&m.body, 64 << 20);
	b = bed_new(&smtp_proto, 64 << 20);
	bed_feed(b, STR("EHLO client.test\r\nMAIL FROM:<a@remote.test>\r\n"
			"RCPT TO:<alice@example.test>\r\n"));
	if (is_bdat) {
		model_bdat(in, &m, &commands);
	} else {
		buf_add(&commands, STR("DATA\r\n"));
		buf_add(&commands, in);
		model_data(in, &m);
	}
	bed_feed_by(b, buf_str(&commands), data[0] & 2 ? 1 + (data[0] >> 2) : commands.n);
	check(b, &m);
	must(b->writes <= commands.n + 8 && b->written <= commands.n + 8, "work is linear");
	bed_free(b);
	buf_free(&m.body);
	buf_free(&commands);
	return 0;
}
