/* status.c - how the server and its store are.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "base/err.h"
#include "cmd/serve.h"
#include "cmd/verbs.h"
#include "cmd/version.h"

static const struct column columns[] = {
	{"server", "server", CELL_TEXT},
	{"process", "pid", CELL_NUMBER},
	{"running since", "started", CELL_TIME},
	{"version", "version", CELL_TEXT},
	{"listens on", "listen", CELL_TEXT},
	{"connections", "connections", CELL_NUMBER},
	{"... taken so far", "connections_accepted", CELL_NUMBER},
	{"... refused so far", "connections_refused", CELL_NUMBER},
	{"data folder", "data", CELL_TEXT},
	{"accounts", "accounts", CELL_NUMBER},
	{"messages", "messages", CELL_NUMBER},
	{"mail", "bytes", CELL_SIZE},
	{"log segments", "segments", CELL_NUMBER},
	{"message files", "blobs", CELL_NUMBER},
	{"log, live", "live_bytes", CELL_SIZE},
	{"log, to be reclaimed", "dead_bytes", CELL_SIZE},
	{"commits", "commits", CELL_NUMBER},
	{"flushes", "flushes", CELL_NUMBER},
	{"checkpoints", "checkpoints", CELL_NUMBER},
	{"uploads", "uploads", CELL_NUMBER},
	{"disk is low", "disk_low", CELL_BOOL},
	{"clock has jumped", "clock_jumped", CELL_BOOL},
};

static void add_server(struct table *t, const struct server_state *s)
{
	struct server_stats st = {0};
	struct buf where;

	buf_init(&where, 64 << 10);
	if (s) {
		serve_where(s, &where);
		server_stats(s->server, &st);
	}
	table_text(t, s ? STR("running") : STR("not running"));
	table_int(t, s ? getpid() : 0);
	table_int(t, s ? s->started_ms : 0);
	table_text(t, STR(MAILKEEP_VERSION));
	table_text(t, str_trim(buf_str(&where)));
	table_int(t, (int64_t)st.open);
	table_int(t, (int64_t)st.accepted);
	table_int(t, (int64_t)st.refused);
	buf_free(&where);
}

static int add_accounts(struct table *t, struct store *s)
{
	struct account_info info;
	struct buf name, after;
	int64_t accounts = 0, messages = 0, octets = 0;
	int r;

	buf_init(&name, 512);
	buf_init(&after, 512);
	while (!(r = account_next(s, buf_str(&after), &name, &info))) {
		accounts++;
		messages += (int64_t)info.used_messages;
		octets += (int64_t)info.used_bytes;
		buf_clear(&after);
		buf_add(&after, buf_str(&name));
		buf_clear(&name);
	}
	buf_free(&name);
	buf_free(&after);
	table_int(t, accounts);
	table_int(t, messages);
	table_int(t, octets);
	return r == E_NOTFOUND ? 0 : r;
}

static void add_store(struct table *t, struct store *s)
{
	struct store_stats st = {0};

	store_stats(s, &st);
	table_int(t, (int64_t)st.segments);
	table_int(t, (int64_t)st.blobs);
	table_int(t, (int64_t)st.live_bytes);
	table_int(t, (int64_t)st.dead_bytes);
	table_int(t, (int64_t)st.commits);
	table_int(t, (int64_t)st.flushes);
	table_int(t, (int64_t)st.checkpoints);
	table_int(t, (int64_t)st.uploads);
	table_int(t, st.disk_low);
	table_int(t, st.clock_jumped);
}

int cmd_status(struct verb_call *v)
{
	struct table t;
	int r;

	table_init(&t, columns, COLUMNS(columns));
	add_server(&t, v->server);
	table_text(&t, str_of(v->conf->data));
	r = add_accounts(&t, v->store);
	if (r < 0)
		t.failed = r;
	add_store(&t, v->store);
	r = table_print_record(&t, v->out);
	return r < 0 ? verb_fail(v, "status", r) : EX_OK;
}
