/* session_fuzz.c - a whole session over a real store: any message, then any commands.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Octet 0: how soon the output is full, and what is enabled. Up to the first NUL: a message, which
 * is delivered twice. The rest is what the client sends after SELECT. Promises: every complete
 * command is answered in whole lines; parentheses and literals of each answer can be read; nobody
 * else's mail is ever shown (SECURITY E9); work is bounded; nothing leaks; the store agrees with
 * its log in the end. */
#include <assert.h>
#include "base/log.h"
#include "imap/double.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SESSIONS_A_STORE = 400, STEPS_MOST = 200000 };
#define CANARY "c4n4ry-of-somebody-else"

/* Goes behind quoted strings and literals: every "{n}" CRLF is followed by n octets, all ends in CRLF. */
static void reads_well(struct str out)
{
	while (out.n) {
		ptrdiff_t end = str_search(out, STR("\r\n"));
		struct str line;

		assert(end >= 0);
		line = str_head(out, (size_t)end);
		out = str_from(out, (size_t)end + 2);
		if (str_ends(line, STR("}"))) {
			ptrdiff_t brace = str_rfind(line, '{');
			uint64_t n;

			if (brace >= 0 && str_u64(str_n(line.p + brace + 1, line.n - (size_t)brace - 2),
						  UINT32_MAX, &n) == 0) {
				assert(n <= out.n);
				out = str_from(out, (size_t)n);
			}
		}
	}
}

static void feed(struct conn *c, struct str bytes, bool *goes_on)
{
	*goes_on = double_feed(c, bytes);
	assert(double_world.steps < STEPS_MOST);
	assert(str_search(double_output(c), STR(CANARY)) < 0);
	reads_well(double_output(c));
}

static void session(uint64_t account, struct str in, uint8_t options)
{
	static const uint32_t enabled[] = {0, EN_CONDSTORE, EN_QRESYNC | EN_CONDSTORE,
					   EN_UIDONLY | EN_REV2};
	struct conn *c = double_connect(account, "a@x.test");
	struct imap *s = conn_state(c);
	bool goes_on;

	s->enabled = enabled[options & 3];
	double_world.full_at = options & 4 ? 1 : options & 8 ? 5000 : 0;
	feed(c, STR("x SELECT INBOX\r\n"), &goes_on);
	while (in.n && goes_on) {
		ptrdiff_t end = str_find(in, '\n');
		size_t k = end < 0 ? in.n : (size_t)end + 1;

		feed(c, str_head(in, k), &goes_on);
		in = str_from(in, k);
	}
	if (goes_on && !double_wants_more(c)) {
		feed(c, STR("y NOOP\r\n"), &goes_on);
		assert(!goes_on || str_ends(double_output(c), STR("y OK nothing done\r\n")));
	}
	double_end(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned sessions;
	static uint64_t other;
	struct store_stats stats;
	struct str rest, message;
	char name[32];
	uint64_t account;

	/* the fuzzer learns the canary by watching comparisons */
	if (n < 2 || n > 1 << 16 || str_search(str_n(data, n), STR(CANARY)) >= 0)
		return 0;
	if (sessions % SESSIONS_A_STORE == 0) {
		if (sessions)
			double_close();
		else
			log_setup(&(struct log_opts){.level = LOG_EV_ERROR, .target = "stderr"});
		double_open();
		other = double_account("other@x.test");
		double_deliver(other, STR("INBOX"), STR("Subject: " CANARY "\r\n\r\n" CANARY "\r\n"));
	}
	snprintf(name, sizeof(name), "a%u@x.test", sessions++);
	account = double_account(name);
	rest = str_n(data + 1, n - 1);
	message = str_cut(&rest, '\0');
	for (int i = 0; i < 2; i++)
		double_deliver(account, STR("INBOX"), message);
	session(account, rest, data[0]);
	store_stats(double_world.store, &stats);
	assert(stats.snaps == 0 && stats.uploads == 0);
	return 0;
}
