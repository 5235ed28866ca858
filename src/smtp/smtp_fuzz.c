/* smtp_fuzz.c - commands of SMTP and LMTP through the real session engine.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first octet chooses the protocol and the size of the pieces that the rest comes in. */
#include "smtp/smtp.h"
#include "smtp/testbed.h"

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* Every line is a reply: "250 text" or "250-text", CRLF, nothing that a client could trip over. */
static void check_replies(struct str out)
{
	while (out.n) {
		struct str line = str_cut(&out, '\n');

		must(out.p != NULL, "a reply ends in CRLF");
		must(line.n >= 5 && line.n <= 511 && line.p[line.n - 1] == '\r', "a reply line");
		for (size_t i = 0; i < line.n - 1; i++)
			must((unsigned char)line.p[i] >= ' ', "no control characters in a reply");
		must(line.p[0] >= '2' && line.p[0] <= '5' && ascii_is_digit(line.p[1]) &&
		     ascii_is_digit(line.p[2]) && (line.p[3] == ' ' || line.p[3] == '-'),
		     "a reply code");
	}
}

/* What is kept is lines: no CR or LF alone, a line end behind the last. */
static void check_message(struct str s)
{
	must(!s.n || str_ends(s, STR("\r\n")), "a line end at the end");
	for (size_t i = 0; i < s.n; i++) {
		must(s.p[i] != '\n' || (i && s.p[i - 1] == '\r'), "no bare LF");
		must(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'), "no bare CR");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data + 1, n ? n - 1 : 0);
	struct bed *b;

	if (!n)
		return 0;
	b = bed_new(data[0] & 1 ? &lmtp_proto : &smtp_proto, 4096);
	bed_feed_by(b, in, data[0] & 2 ? 1 + (data[0] >> 2) : in.n);
	check_replies(buf_str(&b->out));
	for (size_t i = 0; i < b->n_messages; i++) {
		check_message(buf_str(&b->messages[i].body));
		check_message(buf_str(&b->messages[i].prefix));
	}
	/* the step counter: work and output are linear in what came */
	must(b->written <= 2 * in.n && b->writes <= in.n, "work is linear");
	must(b->out.n <= 128 * in.n + 1024, "output is linear");
	bed_free(b);
	return 0;
}
