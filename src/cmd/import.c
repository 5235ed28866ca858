/* import.c - import: an mbox file or a Maildir into an account.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "cmd/stream.h"
#include "cmd/verbs.h"
#include "conf/conf.h"

/* -- where the store is ------------------------------------------------------------------- */

static void tell_counts(struct verb_call *v, const struct import_counts *n)
{
	out_printf(v->out, "%llu messages imported, %llu octets, %llu folders",
		   (unsigned long long)n->stored, (unsigned long long)n->octets,
		   (unsigned long long)n->folders);
	if (n->had)
		out_printf(v->out, "; %llu were here already", (unsigned long long)n->had);
	if (n->failed)
		out_printf(v->out, "; %llu left out", (unsigned long long)n->failed);
	out_add(v->out, STR("\n"));
}

static int pump(struct verb_call *v, uint64_t account)
{
	struct store_sink_opts o = {.store = v->store, .account = account,
				    .message_most = v->conf->message_size, .say = stream_say,
				    .arg = v->out};
	struct store_sink *s;
	struct import_sink sink;
	struct import_counts n;
	struct stream st;
	int r = store_sink_new(&s, &o, &sink);

	if (r < 0)
		return verb_fail(v, v->args[0], r);
	stream_init(&st, v);
	r = stream_pump(&st, &sink);
	stream_free(&st);
	n = store_sink_counts(s);
	store_sink_free(s);
	if (r < 0 && r != E_CLOSED)
		verb_fail(v, v->args[0], r);
	if (r != E_CLOSED || n.stored)
		tell_counts(v, &n);
	return r < 0 ? verb_exit(r) : n.failed ? EX_DATAERR : EX_OK;
}

static int take(struct verb_call *v)
{
	uint64_t account;
	int code = stream_account(v, &account);

	return code == EX_OK ? pump(v, account) : code;
}

/* -- where the files are -------------------------------------------------------------------- */

static enum stream_format guess(const char *path)
{
	struct stat st;
	struct buf cur;
	bool is;

	buf_init(&cur, 64 << 10);
	buf_printf(&cur, "%s/cur", path);
	is = buf_add_char(&cur, '\0') >= 0 && !stat(cur.p, &st) && S_ISDIR(st.st_mode);
	buf_free(&cur);
	return is ? FORMAT_MAILDIR : FORMAT_MBOX;
}

static const char *what(enum stream_format f, int e)
{
	if (e != E_FORMAT)
		return err_row(e)->text;
	return f == FORMAT_MAILDIR ? "no Maildir: it has no folder cur"
				   : "no mbox file: these begin with \"From \"";
}

static int give(struct verb_call *v)
{
	enum stream_format format;
	struct import_opts o;
	struct import_sink sink;
	struct stream st;
	int code = stream_options(v, &format, &o), r;
	bool failed_here;

	if (code != EX_OK)
		return code;
	if (format == FORMAT_NONE)
		format = guess(v->args[1]);
	stream_init(&st, v);
	stream_sink(&st, &sink);
	r = format == FORMAT_MAILDIR ? maildir_read(v->args[1], &o, &sink)
				     : mbox_read(v->args[1], &o, &sink);
	out_progress_end(v->out, &st.progress);
	failed_here = r < 0 && !st.is_refused && r != E_CLOSED;
	if (failed_here)
		out_error(v->out, "%s: %s", v->args[1], what(format, r));
	shutdown(v->fd, SHUT_WR);
	code = stream_end(&st, EX_UNAVAILABLE);
	stream_free(&st);
	return failed_here ? r == E_FORMAT ? EX_DATAERR : verb_exit(r) : code;
}

int cmd_import(struct verb_call *v)
{
	return v->store ? take(v) : give(v);
}
