/* stream.c - folders and messages between the two halves of an import or export.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>
#include <sys/time.h>
#include "auth/accounts.h"
#include "base/clock.h"
#include "base/err.h"
#include "cmd/stream.h"

enum { HELD_MOST = 64 << 10, ITEM_MOST = 64 << 10, PATIENCE_S = 600, TELL_MS = 100 };

/* Disks, the user's pager, a commit: the other half may take its time. */
static void be_patient(int fd)
{
	struct timeval t = {.tv_sec = PATIENCE_S};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

void stream_init(struct stream *st, struct verb_call *v)
{
	*st = (struct stream){.fd = v->fd, .out = v->out};
	buf_init(&st->in, FRAME_MOST);
	buf_init(&st->held, HELD_MOST);
	arena_init(&st->arena, 1 << 20);
	be_patient(st->fd);
}

void stream_free(struct stream *st)
{
	buf_free(&st->in);
	buf_free(&st->held);
	arena_free(&st->arena);
}

/* The next frame that is no word; FRAME_EXIT is E_CLOSED. */
static int next_frame(struct stream *st, enum frame_kind *kind)
{
	for (;;) {
		int r = st->has_code ? E_CLOSED : frame_read(st->fd, kind, &st->in);

		if (r < 0)
			return r;
		switch (*kind) {
		case FRAME_OUT:
		case FRAME_ERROR:
			out_progress_end(st->out, &st->progress);
			st->out->write(st->out, *kind == FRAME_ERROR, buf_str(&st->in));
			break;
		case FRAME_EXIT:
			st->has_code = true;
			st->code = st->in.n ? (unsigned char)st->in.p[0] : EX_PROTOCOL;
			return E_CLOSED;
		default:
			return 0;
		}
	}
}

int stream_end(struct stream *st, int otherwise)
{
	enum frame_kind kind;

	while (next_frame(st, &kind) == 0)
		;
	if (!st->has_code)
		out_error(st->out, "the server went away in the middle");
	return st->has_code ? st->code : otherwise;
}

/* -- giving --------------------------------------------------------------------------- */

static int send_held(struct stream *st)
{
	int r = st->held.n ? frame_send(st->fd, FRAME_DATA, buf_str(&st->held)) : 0;

	buf_clear(&st->held);
	return r;
}

static int ask(struct stream *st, enum frame_kind kind, struct str payload)
{
	enum frame_kind answer;
	int32_t value;
	int r = frame_send(st->fd, kind, payload);

	if (r < 0 && r != E_CLOSED) /* if it hung up, its reason is to be read */
		return r;
	if ((r = next_frame(st, &answer)) < 0)
		return r;
	if (answer != FRAME_ANSWER || st->in.n != sizeof(value))
		return E_SYNTAX;
	memcpy(&value, st->in.p, sizeof(value));
	st->is_refused = value < 0;
	return value;
}

static int give_folder(void *arg, const struct import_folder *f)
{
	struct stream *st = arg;
	struct buf b;
	int r;

	buf_init(&b, ITEM_MOST);
	import_folder_encode(&b, f);
	r = b.failed ? b.failed : ask(st, FRAME_FOLDER, buf_str(&b));
	buf_free(&b);
	return r;
}

static int give_message(void *arg, const struct import_msg *m)
{
	struct stream *st = arg;
	struct buf b;
	int r;

	buf_init(&b, ITEM_MOST);
	import_msg_encode(&b, m);
	r = b.failed ? b.failed : ask(st, FRAME_MESSAGE, buf_str(&b));
	buf_free(&b);
	return r;
}

static int give_bytes(void *arg, struct str s)
{
	struct stream *st = arg;
	int r = 0;

	while (s.n && r >= 0) {
		struct str part = str_head(s, HELD_MOST - st->held.n);

		buf_add(&st->held, part);
		s = str_from(s, part.n);
		if (st->held.n == HELD_MOST)
			r = send_held(st);
	}
	return r < 0 ? r : st->held.failed;
}

static int give_end(void *arg)
{
	struct stream *st = arg;
	int r = send_held(st);

	return r < 0 ? r : frame_send(st->fd, FRAME_END, STR_NONE);
}

static int give_finish(void *arg)
{
	return ask(arg, FRAME_FINISH, STR_NONE);
}

/* To the terminal, from wherever it is known. */
static void give_progress(void *arg, uint64_t done, uint64_t all)
{
	struct stream *st = arg;
	uint64_t now = clock_mono_ms(), pair[2] = {done, all};

	if (now - st->told_ms < TELL_MS && done < all)
		return;
	st->told_ms = now;
	frame_send(st->fd, FRAME_PROGRESS, str_n(pair, sizeof(pair)));
}

static void show_progress(void *arg, uint64_t done, uint64_t all)
{
	struct stream *st = arg;

	out_progress(st->out, &st->progress, done, all);
}

static void say(void *arg, const char *sentence)
{
	struct stream *st = arg;

	out_progress_end(st->out, &st->progress);
	stream_say(st->out, sentence);
}

void stream_say(void *out, const char *sentence)
{
	out_error(out, "%s", sentence);
}

static bool is_client(const struct stream *st)
{
	return st->out->fd != st->fd;
}

void stream_sink(struct stream *st, struct import_sink *sink)
{
	*sink = (struct import_sink){
		.arg = st, .folder = give_folder, .wants = give_message, .bytes = give_bytes,
		.end = give_end, .finish = give_finish, .say = say,
		.progress = is_client(st) ? show_progress : give_progress};
}

/* -- taking --------------------------------------------------------------------------- */

static int answer(struct stream *st, int value)
{
	int32_t v = value;
	int r = frame_send(st->fd, FRAME_ANSWER, str_n(&v, sizeof(v)));

	return value < 0 ? value : r;
}

static int take_folder(struct stream *st, const struct import_sink *to)
{
	struct import_folder f;
	int r;

	arena_reset(&st->arena);
	r = import_folder_decode(buf_str(&st->in), &st->arena, &f);
	return answer(st, r < 0 ? r : to->folder(to->arg, &f));
}

static int take_message(struct stream *st, const struct import_sink *to, bool *is_open)
{
	struct import_msg m;
	int r;

	arena_reset(&st->arena);
	r = import_msg_decode(buf_str(&st->in), &st->arena, &m);
	if (r >= 0)
		r = to->wants(to->arg, &m);
	*is_open = r > 0;
	return answer(st, r);
}

static void take_progress(struct stream *st)
{
	uint64_t pair[2];

	if (st->in.n != sizeof(pair))
		return;
	memcpy(pair, st->in.p, sizeof(pair));
	show_progress(st, pair[0], pair[1]);
}

int stream_pump(struct stream *st, const struct import_sink *to)
{
	enum frame_kind kind;
	bool is_open = false; /* a message is */
	int r;

	while ((r = next_frame(st, &kind)) >= 0) {
		if (kind == FRAME_FINISH)
			return answer(st, to->finish(to->arg));
		if (kind == FRAME_PROGRESS)
			take_progress(st);
		else if (kind == FRAME_FOLDER && !is_open)
			r = take_folder(st, to);
		else if (kind == FRAME_MESSAGE && !is_open)
			r = take_message(st, to, &is_open);
		else if (kind == FRAME_DATA && is_open)
			r = to->bytes(to->arg, buf_str(&st->in));
		else if (kind == FRAME_END && is_open)
			r = to->end(to->arg), is_open = false;
		else
			r = E_SYNTAX;
		if (r < 0)
			break;
	}
	return r;
}

/* -- the command line -------------------------------------------------------------------- */

int stream_options(struct verb_call *v, enum stream_format *format, struct import_opts *o)
{
	static const struct {
		const char *name;
		enum stream_format format;
		enum mbox_quoting quoting;
	} formats[] = {{"maildir", FORMAT_MAILDIR, MBOX_RD}, {"mbox", FORMAT_MBOX, MBOX_RD},
		       {"mboxrd", FORMAT_MBOX, MBOX_RD}, {"mboxo", FORMAT_MBOX, MBOX_O}};

	*format = FORMAT_NONE;
	*o = (struct import_opts){.mailbox = str_of(v->value[OPT_MAILBOX])};
	if (!verb_has(v, OPT_FORMAT))
		return EX_OK;
	for (size_t i = 0; i < COLUMNS(formats); i++) {
		if (strcmp(formats[i].name, v->value[OPT_FORMAT]) != 0)
			continue;
		*format = formats[i].format;
		o->quoting = formats[i].quoting;
		return EX_OK;
	}
	out_error(v->out, "--format: maildir, mbox or mboxo, not %.60s", v->value[OPT_FORMAT]);
	return EX_USAGE;
}

int stream_account(struct verb_call *v, uint64_t *account)
{
	struct account_info info;
	int r = user_find(v->store, str_of(v->args[0]), &info);

	if (r < 0)
		return verb_fail(v, v->args[0], r);
	*account = info.id;
	return EX_OK;
}
