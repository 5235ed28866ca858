/* mbox-out.c - the sink that writes mbox files: one a mailbox, or one in all.
 * SPDX-License-Identifier: Apache-2.0
 *
 * See mbox.h for the fields in front. LF lines, an empty line behind each message; a line "From "
 * gets a ">" in front: mboxrd quotes those that have some already too, mboxo does not. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "store/import/file-out.h"
#include "store/import/mbox.h"

struct mbox_sink {
	struct file_sink s;
	FILE *out;
	struct buf base; /* the first message's X-IMAPbase; empty when it is out */
	/* the message */
	bool has_cr;     /* held back: an LF may come */
	char last;       /* that was written */
	bool at_begin;   /* of a line: what came of it is held back while it may be ">>From " */
	size_t n_quotes, n_from;
};

static const char from_[] = "From ";

/* -- lines -------------------------------------------------------------------------- */

static void put(struct mbox_sink *s, char c)
{
	putc_unlocked(c, s->out);
	s->last = c;
}

/* What was held back of the line's begin. */
static void put_begin(struct mbox_sink *s, bool is_from)
{
	if (is_from && (s->s.o.quoting == MBOX_RD || !s->n_quotes))
		put(s, '>');
	for (size_t i = 0; i < s->n_quotes; i++)
		put(s, '>');
	for (size_t i = 0; i < s->n_from; i++)
		put(s, from_[i]);
	s->n_quotes = s->n_from = 0;
	s->at_begin = false;
}

static void take(struct mbox_sink *s, char c)
{
	if (s->at_begin && c == '>' && !s->n_from) {
		s->n_quotes++;
		return;
	}
	if (s->at_begin && c == from_[s->n_from]) {
		if (++s->n_from == sizeof(from_) - 1)
			put_begin(s, true);
		return;
	}
	if (s->at_begin)
		put_begin(s, false);
	put(s, c);
	s->at_begin = c == '\n';
}

static int sink_bytes(void *arg, struct str b)
{
	struct mbox_sink *s = arg;

	for (size_t i = 0; i < b.n; i++) {
		if (s->has_cr && b.p[i] != '\n')
			take(s, '\r');
		s->has_cr = b.p[i] == '\r';
		if (!s->has_cr)
			take(s, b.p[i]);
	}
	s->s.counts.octets += b.n;
	return ferror(s->out) ? E_IO : 0;
}

/* -- messages ----------------------------------------------------------------------- */

static void put_keywords(struct mbox_sink *s, const struct str *v, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, " " STR_FMT, STR_ARG(str_head(v[i], 255)));
}

static void put_fields(struct mbox_sink *s, const struct import_msg *m, struct buf *b)
{
	static const struct {
		uint32_t flag;
		char letter;
	} letters[] = {{MSG_ANSWERED, 'A'}, {MSG_FLAGGED, 'F'}, {MSG_DRAFT, 'T'}, {MSG_DELETED, 'D'}};

	buf_add(b, buf_str(&s->base));
	buf_clear(&s->base);
	buf_printf(b, "X-UID: %u\nX-UIDL: " STR_FMT "\nStatus: %sO\nX-Status: ", m->uid,
		   STR_ARG(m->uidl), m->flags & MSG_SEEN ? "R" : "");
	for (size_t i = 0; i < COLUMNS(letters); i++)
		if (m->flags & letters[i].flag)
			buf_add_char(b, letters[i].letter);
	buf_add(b, STR("\nX-Keywords:"));
	put_keywords(s, m->keywords, m->n_keywords, b);
	buf_add_char(b, '\n');
}

static bool is_sender(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

static int sink_wants(void *arg, const struct import_msg *m)
{
	struct mbox_sink *s = arg;
	struct buf b;
	int r;

	buf_init(&b, 64 << 10);
	mbox_from_write(&b, is_sender(m->envelope_from) ? m->envelope_from : STR("MAILER-DAEMON"),
			m->internaldate_ms, m->internaldate_zone);
	put_fields(s, m, &b);
	fwrite(b.p ? b.p : "", 1, b.n, s->out);
	r = b.failed ? b.failed : ferror(s->out) ? E_IO : 1;
	buf_free(&b);
	s->has_cr = false;
	s->at_begin = true;
	s->last = '\n';
	return r;
}

static int sink_end(void *arg)
{
	struct mbox_sink *s = arg;

	if (s->has_cr)
		take(s, '\r');
	s->has_cr = false;
	if (s->at_begin)
		put_begin(s, false);
	if (s->last != '\n')
		put(s, '\n');
	put(s, '\n');
	s->s.counts.stored++;
	return ferror(s->out) ? E_IO : 0;
}

/* -- files ---------------------------------------------------------------------------- */

/* "Work/2020" -> "Work/2020.mbox", the folder Work made. */
static int file_name(struct mbox_sink *s, struct str name, struct buf *out)
{
	struct str rest = name;
	int r = 0;

	while (r >= 0) {
		r = level_escape(str_cut(&rest, '/'), false, out);
		if (!rest.p)
			break;
		if (r >= 0 && buf_add_char(out, '\0') >= 0 &&
		    mkdirat(s->s.root, out->p, 0700) < 0 && errno != EEXIST)
			r = errno == ENAMETOOLONG ? E_TOOBIG : err_from_errno(errno);
		if (r >= 0 && out->n)
			out->p[out->n - 1] = '/';
	}
	buf_add(out, STR(".mbox"));
	buf_add_char(out, '\0');
	return r < 0 ? r : out->failed;
}

static int open_file(struct mbox_sink *s, struct str name)
{
	struct buf path;
	int r = 0;

	if (s->s.o.single) {
		s->out = file_sink_create(AT_FDCWD, s->s.o.path, &r);
		return r;
	}
	buf_init(&path, 4096);
	r = file_name(s, name, &path);
	if (r >= 0)
		s->out = file_sink_create(s->s.root, path.p, &r);
	buf_free(&path);
	return r;
}

static void make_base(struct mbox_sink *s, const struct import_folder *f)
{
	buf_clear(&s->base);
	if (!f->uidvalidity)
		return;
	buf_printf(&s->base, "X-IMAPbase: %u %u", f->uidvalidity, f->uidnext ? f->uidnext - 1 : 0);
	put_keywords(s, f->keywords, f->n_keywords, &s->base);
	buf_add_char(&s->base, '\n');
}

static int sink_folder(void *arg, const struct import_folder *f)
{
	struct mbox_sink *s = arg;
	bool is_second = s->s.o.single && s->out;
	int r = is_second ? 0 : file_sink_close(&s->out);

	if (r < 0)
		return r;
	buf_clear(&s->s.folder);
	buf_add(&s->s.folder, f->name);
	if (is_second) {
		file_sink_say(&s->s, "left out: one file has one mailbox", E_LIMIT);
		return 0;
	}
	if (f->subscribed) {
		buf_add(&s->s.names, f->name);
		buf_add_char(&s->s.names, '\n');
	}
	if (f->is_name_only)
		return 1;
	r = open_file(s, f->name);
	if (r == E_TOOBIG && !s->s.o.single) {
		file_sink_say(&s->s, "the folder is left out: its name", r);
		return 0;
	}
	if (r < 0)
		return r;
	make_base(s, f);
	s->s.counts.folders++;
	return 1;
}

static int sink_finish(void *arg)
{
	struct mbox_sink *s = arg;
	int r = file_sink_close(&s->out);

	if (r >= 0 && !s->s.o.single)
		r = file_sink_write(s->s.root, ".subscriptions", &s->s.names);
	return r;
}

static void free_sink(struct file_sink *base)
{
	struct mbox_sink *s = container_of(base, struct mbox_sink, s);

	if (s->out)
		fclose(s->out);
	buf_free(&s->base);
	free(s);
}

int mbox_sink_new(struct file_sink **ret, const struct file_sink_opts *o, struct import_sink *sink)
{
	struct mbox_sink *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return E_NOMEM;
	file_sink_init(&s->s, o, free_sink);
	buf_init(&s->base, 32 << 10);
	r = o->single ? 0 : file_sink_root(&s->s);
	if (r < 0) {
		file_sink_free(&s->s);
		return r;
	}
	*sink = (struct import_sink){
		.arg = s, .folder = sink_folder, .wants = sink_wants, .bytes = sink_bytes,
		.end = sink_end, .finish = sink_finish};
	*ret = &s->s;
	return 0;
}
