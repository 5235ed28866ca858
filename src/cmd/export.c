/* export.c - export: an account's mail into a Maildir or mbox files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "cmd/stream.h"
#include "cmd/verbs.h"

/* -- where the store is ------------------------------------------------------------------- */

static int give(struct verb_call *v)
{
	enum stream_format format;
	struct import_opts o;
	struct import_sink sink;
	struct stream st;
	uint64_t account;
	int code = stream_options(v, &format, &o), r;

	if (code == EX_OK)
		code = stream_account(v, &account);
	if (code != EX_OK)
		return code;
	stream_init(&st, v);
	stream_sink(&st, &sink);
	r = store_read(v->store, account, &o, &sink);
	stream_free(&st);
	if (r < 0 && r != E_CLOSED)
		return verb_fail(v, o.mailbox.n ? v->value[OPT_MAILBOX] : v->args[0], r);
	return r < 0 ? EX_UNAVAILABLE : EX_OK;
}

/* -- where the files are -------------------------------------------------------------------- */

static int pump(struct verb_call *v, struct file_sink *s, const struct import_sink *sink)
{
	struct import_counts n;
	struct stream st;
	int code, r;

	stream_init(&st, v);
	r = stream_pump(&st, sink);
	out_progress_end(v->out, &st.progress);
	if (r < 0 && r != E_CLOSED)
		code = verb_fail(v, v->args[1], r); /* the other half sees us go */
	else
		code = stream_end(&st, EX_UNAVAILABLE);
	stream_free(&st);
	n = file_sink_counts(s);
	if (r >= 0 && code == EX_OK)
		out_printf(v->out, "%llu messages exported, %llu octets, %llu folders\n",
			   (unsigned long long)n.stored, (unsigned long long)n.octets,
			   (unsigned long long)n.folders);
	return r < 0 && code == EX_OK ? verb_exit(r) : code;
}

static int take(struct verb_call *v)
{
	enum stream_format format;
	struct import_opts opts;
	struct file_sink_opts o = {.path = v->args[1], .say = stream_say, .arg = v->out};
	struct import_sink sink;
	struct file_sink *s;
	int code = stream_options(v, &format, &opts), r;

	if (code != EX_OK)
		return code;
	o.quoting = opts.quoting;
	o.single = opts.mailbox.n > 0;
	r = format == FORMAT_MBOX ? mbox_sink_new(&s, &o, &sink) : maildir_sink_new(&s, &o, &sink);
	if (r < 0) {
		out_error(v->out, "%s: %s", v->args[1],
			  r == E_EXISTS ? "there is something already" : err_row(r)->text);
		return r == E_EXISTS ? EX_CANTCREAT : verb_exit(r);
	}
	code = pump(v, s, &sink);
	file_sink_free(s);
	return code;
}

int cmd_export(struct verb_call *v)
{
	return v->store ? give(v) : take(v);
}
