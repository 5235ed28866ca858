/* pop3_fuzz.c - whole POP3 sessions from arbitrary octets: parser, dispatch, every handler.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input is cut into lines as the connection would cut them. A command may cost at most a
 * constant plus the maildrop's size: more is super-linear, and aborts. */
#include <assert.h>
#include "base/err.h"
#include "base/log.h"
#include "pop/double.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct double_msg msgs[] = {
	{.prefix = "Received: x\r\n", .body = "Subject: one\r\n\r\nbody\r\n", .uid = 3},
	{.prefix = "Received: x\r\n", .body = ".\r\n\r\n.\r\n..\r\n", .uid = 5, .dots = true, .uidl = "x"},
	{.prefix = "", .body = "no end", .uid = 6},
	{.prefix = "", .body = "", .uid = 4294967295u},
};
enum { WORK_A_COMMAND = 4096 }; /* the longest answer to anything, and some */

static bool give(struct conn *c, struct str line)
{
	enum line_flaw flaw = memchr(line.p, 0, line.n) ? LINE_HAS_NUL : LINE_OK;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n + 2 > double_line_most(c)) {
		flaw = LINE_TOO_LONG;
		line.n = 64;
	}
	world.work = 0;
	double_line(c, line, flaw);
	if (world.work > WORK_A_COMMAND + 4 * line.n)
		abort();
	/* Each command is answered, in lines that end in CRLF (a delayed refusal is, too) */
	assert(str_ends(double_output(c), STR("\r\n")));
	assert(str_starts(double_output(c), STR("+")) || str_starts(double_output(c), STR("-ERR ")));
	if (double_wants_tls(c)) {
		assert(!world.plaintext_ok || world.tls_possible);
		double_tls(c);
	}
	return !double_is_closed(c);
}

static void session(struct str in)
{
	struct conn *c = double_connect();
	bool more = true;

	while (in.n > 0 && more)
		more = give(c, str_cut(&in, '\n'));
	double_end(c, more ? END_CLIENT : END_QUIT);
	assert(world.snaps == 0 && world.bodies == 0 && world.sessions == 0);
	assert(!more || world.commits == 0); /* no QUIT, no change */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char copy[1 << 16];
	static bool quiet;

	if (!quiet)
		log_setup(&(struct log_opts){.level = LOG_EV_ERROR, .target = "stderr"});
	quiet = true;
	if (n < 1 || n > sizeof(copy))
		return 0;
	memcpy(copy, data, n);
	double_reset(msgs, COLUMNS(msgs));
	world.conf.apop = data[0] & 1;
	world.plaintext_ok = !(data[0] & 2);
	world.full_at = data[0] & 4 ? 1 : 0;
	world.conf.pop3_delete = data[0] & 8 ? "flag" : data[0] & 16 ? "move:Trash" : "expunge";
	session(str_n(copy + 1, n - 1));
	return 0;
}
