/* care.c - index rebuild, index check, log dump.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/err.h"
#include "cmd/home.h"
#include "cmd/verbs.h"
#include "conf/conf.h"

static void say_line(void *arg, const char *line)
{
	struct verb_call *v = arg;

	out_add(v->out, str_of(line));
	out_add(v->out, STR("\n"));
}

int cmd_log_dump(struct verb_call *v)
{
	uint64_t from = 0;
	int r;

	if (verb_has(v, OPT_FROM) && str_u64(str_of(v->value[OPT_FROM]), UINT64_MAX, &from) < 0) {
		out_error(v->out, "--from: write a sequence number");
		return EX_USAGE;
	}
	r = store_dump(v->store, from, say_line, v);
	return r < 0 ? verb_fail(v, "the log", r) : EX_OK;
}

int cmd_index_check(struct verb_call *v)
{
	int r = store_check(v->store, say_line, v);

	if (r < 0)
		return verb_fail(v, "the index", r);
	if (r) {
		out_error(v->out, "%d differences between index and log: stop the server, then run "
				  "mailkeep index rebuild",
			  r);
		return EX_DATAERR;
	}
	out_printf(v->out, "index and log agree\n");
	return EX_OK;
}

/* Throws the index away and opens the store: that builds it again from the log. */
int cmd_index_rebuild(struct verb_call *v)
{
	struct store_recovery rec = {0};
	struct store *store = NULL;
	int r = home_open_store(&store, v->conf, 5000, &rec);

	if (r == E_INUSE) {
		out_error(v->out, "a server has the data folder open: stop it first");
		return EX_TEMPFAIL;
	}
	if (!r && !rec.index_rebuilt) {
		store_close(store);
		store = NULL;
		r = store_index_discard(v->conf->data);
		if (!r)
			r = home_open_store(&store, v->conf, 5000, &rec);
	}
	if (r < 0)
		return home_say_why(v->conf, r, v->out);
	out_printf(v->out, "rebuilt from %" PRIu64 " records (%" PRIu64 " octets of log) in %u ms\n",
		   rec.replayed_records, rec.replayed_bytes, rec.ms);
	if (rec.damaged_frames)
		out_printf(v->out, "%" PRIu64 " damaged frames were passed over\n",
			   rec.damaged_frames);
	store_close(store);
	return EX_OK;
}
