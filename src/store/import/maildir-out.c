/* maildir-out.c - the sink that writes a Maildir, with the folders of Maildir++.
 * SPDX-License-Identifier: Apache-2.0
 *
 * UIDs and UIDLs go to dovecot-uidlist, keywords to dovecot-keywords, subscriptions to
 * subscriptions; the internal date is the file's, and its zone a field ",Z=" of the name. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "base/hash.h"
#include "store/import/file-out.h"
#include "store/import/maildir.h"

enum { LIST_MOST = 1 << 30 };

struct maildir_sink {
	struct file_sink s;
	int dir; /* of this mailbox; -1: none */
	uint32_t uidvalidity, uidnext, last_uid;
	struct buf list;     /* dovecot-uidlist */
	struct buf keywords; /* dovecot-keywords */
	unsigned n_keywords;
	bool told_keywords;
	/* the message */
	FILE *out;
	bool has_cr;
	char last;
	uint64_t size, wire_size; /* S= and W= */
	char flags[40], tmp[48];
	uint32_t uid;
	struct timespec date;
	int16_t zone;
	struct buf uidl;
};

/* -- messages -------------------------------------------------------------------------- */

static void put(struct maildir_sink *s, char c)
{
	putc_unlocked(c, s->out);
	s->size++;
	s->wire_size += 1 + (c == '\n' && s->last != '\r');
	s->last = c;
}

static int sink_bytes(void *arg, struct str b)
{
	struct maildir_sink *s = arg;

	for (size_t i = 0; i < b.n; i++) {
		if (s->has_cr && b.p[i] != '\n')
			put(s, '\r');
		s->has_cr = b.p[i] == '\r';
		if (!s->has_cr)
			put(s, b.p[i]);
	}
	s->s.counts.octets += b.n;
	return ferror(s->out) ? E_IO : 0;
}

/* The keyword's letter; 0 if all 26 are taken. */
static char letter_of(struct maildir_sink *s, struct str keyword)
{
	struct str rest = buf_str(&s->keywords);

	for (unsigned i = 0; i < s->n_keywords; i++) {
		struct str line = str_cut(&rest, '\n');

		str_cut(&line, ' ');
		if (str_ieq(line, keyword))
			return (char)('a' + i);
	}
	if (s->n_keywords == MAILDIR_KEYWORDS) {
		if (!s->told_keywords)
			file_sink_say(&s->s, "a Maildir has 26 keywords", E_LIMIT);
		s->told_keywords = true;
		return 0;
	}
	buf_printf(&s->keywords, "%u " STR_FMT "\n", s->n_keywords, STR_ARG(str_head(keyword, 255)));
	return (char)('a' + s->n_keywords++);
}

static int by_char(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/* In the order of ASCII, as the Maildir's inventor wants them. */
static void make_flags(struct maildir_sink *s, const struct import_msg *m)
{
	size_t n = 0;

	for (size_t i = 0; i < COLUMNS(maildir_flags); i++)
		if (m->flags & maildir_flags[i].flag)
			s->flags[n++] = maildir_flags[i].letter;
	for (size_t i = 0; i < m->n_keywords && n + 1 < sizeof(s->flags); i++) {
		char c = letter_of(s, m->keywords[i]);

		if (c)
			s->flags[n++] = c;
		if (str_ieq(m->keywords[i], STR("$Forwarded"))) /* Dovecot knows no P, others do */
			s->flags[n++] = 'P';
	}
	qsort(s->flags, n, 1, by_char);
	s->flags[n] = '\0';
}

static void split_date(struct maildir_sink *s, int64_t ms)
{
	int64_t rest = (ms % 1000 + 1000) % 1000;

	s->date.tv_sec = (time_t)((ms - rest) / 1000);
	s->date.tv_nsec = (long)rest * 1000000;
}

static int sink_wants(void *arg, const struct import_msg *m)
{
	struct maildir_sink *s = arg;
	int r = 0;

	s->uid = m->uid ? m->uid : s->last_uid + 1;
	s->last_uid = s->uid;
	s->zone = m->internaldate_zone;
	split_date(s, m->internaldate_ms);
	make_flags(s, m);
	buf_clear(&s->uidl);
	buf_add(&s->uidl, m->uidl);
	s->size = s->wire_size = 0;
	s->has_cr = false;
	s->last = 0;
	snprintf(s->tmp, sizeof(s->tmp), "tmp/%u.mailkeep", s->uid);
	s->out = file_sink_create(s->dir, s->tmp, &r);
	return s->out ? 1 : r;
}

static int settle(struct maildir_sink *s)
{
	struct timespec times[2] = {s->date, s->date};
	char unique[160], name[256];
	int n;

	n = snprintf(unique, sizeof(unique), "%lld.M%ldP%uV%u.mailkeep,S=%llu,W=%llu",
		     (long long)s->date.tv_sec, s->date.tv_nsec / 1000, s->uid, s->uidvalidity,
		     (unsigned long long)s->size, (unsigned long long)s->wire_size);
	snprintf(unique + n, sizeof(unique) - (size_t)n, ",Z=%d", s->zone);
	snprintf(name, sizeof(name), "cur/%s:2,%s", unique, s->flags);
	if (utimensat(s->dir, s->tmp, times, 0) < 0 || renameat(s->dir, s->tmp, s->dir, name) < 0)
		return err_from_errno(errno);
	buf_printf(&s->list, "%u", s->uid);
	if (s->uidl.n)
		buf_printf(&s->list, " P" STR_FMT, STR_ARG(buf_str(&s->uidl)));
	return buf_printf(&s->list, " :%s\n", unique);
}

static int sink_end(void *arg)
{
	struct maildir_sink *s = arg;
	int r = 0;

	if (s->has_cr)
		put(s, '\r');
	if (fflush(s->out) || ferror(s->out))
		r = err_from_errno(errno);
	if (fclose(s->out) && r >= 0)
		r = err_from_errno(errno);
	s->out = NULL;
	if (r >= 0)
		r = settle(s);
	s->s.counts.stored++;
	return r;
}

/* -- folders --------------------------------------------------------------------------- */

static int write_list(struct maildir_sink *s)
{
	unsigned long long id[2] = {random_u64(), random_u64()};
	struct buf head;
	int r;

	buf_init(&head, LIST_MOST);
	if (s->uidnext <= s->last_uid)
		s->uidnext = s->last_uid + 1;
	buf_printf(&head, "3 V%u N%u G%016llx%016llx\n", s->uidvalidity, s->uidnext, id[0], id[1]);
	buf_add(&head, buf_str(&s->list));
	r = s->list.failed ? s->list.failed : file_sink_write(s->dir, "dovecot-uidlist", &head);
	buf_free(&head);
	return r;
}

static int end_folder(struct maildir_sink *s)
{
	int r = 0;

	if (s->dir < 0)
		return 0;
	if (s->uidvalidity)
		r = write_list(s);
	if (r >= 0 && s->n_keywords)
		r = file_sink_write(s->dir, "dovecot-keywords", &s->keywords);
	if (r >= 0 && syncfs(s->dir) < 0)
		r = err_from_errno(errno);
	close(s->dir);
	s->dir = -1;
	return r;
}

static int folder_name(struct str name, struct buf *out)
{
	int r = 0;

	if (str_eq(name, STR("INBOX")))
		return buf_add(out, STR(".")) < 0 ? out->failed : buf_add_char(out, '\0');
	while (name.n && r >= 0) {
		buf_add_char(out, '.');
		r = level_escape(str_cut(&name, '/'), true, out);
	}
	buf_add_char(out, '\0');
	return r < 0 ? r : out->failed;
}

static int make_folder(struct maildir_sink *s, const char *name)
{
	static const char *const parts[] = {"cur", "new", "tmp"};
	bool is_inbox = !strcmp(name, ".");

	if (!is_inbox && mkdirat(s->s.root, name, 0700) < 0)
		return errno == ENAMETOOLONG ? E_TOOBIG : err_from_errno(errno);
	s->dir = fs_open_dir(s->s.root, name);
	if (s->dir < 0)
		return s->dir;
	for (size_t i = 0; i < COLUMNS(parts); i++)
		if (mkdirat(s->dir, parts[i], 0700) < 0 && errno != EEXIST)
			return err_from_errno(errno);
	if (!is_inbox) { /* Courier's mark of a folder */
		struct buf none;

		buf_init(&none, 1);
		return file_sink_write(s->dir, "maildirfolder", &none);
	}
	return 0;
}

static void begin_folder(struct maildir_sink *s, const struct import_folder *f)
{
	s->uidvalidity = f->uidvalidity;
	s->uidnext = f->uidnext;
	s->last_uid = 0;
	buf_clear(&s->list);
	buf_clear(&s->keywords);
	s->n_keywords = 0;
	s->told_keywords = false;
	for (size_t i = 0; i < f->n_keywords && i < MAILDIR_KEYWORDS; i++)
		letter_of(s, f->keywords[i]);
}

/* Dovecot's file of subscriptions, version 2: tabs between levels. */
static void add_subscription(struct maildir_sink *s, struct str name)
{
	if (!s->s.names.n)
		buf_add(&s->s.names, STR("V\t2\n\n"));
	while (name.p) {
		level_escape(str_cut(&name, '/'), false, &s->s.names);
		buf_add_char(&s->s.names, name.p ? '\t' : '\n');
	}
}

static int sink_folder(void *arg, const struct import_folder *f)
{
	struct maildir_sink *s = arg;
	struct buf name;
	int r = end_folder(s);

	if (r < 0)
		return r;
	buf_clear(&s->s.folder);
	buf_add(&s->s.folder, f->name);
	if (f->subscribed)
		add_subscription(s, f->name);
	if (f->is_name_only)
		return 1;
	buf_init(&name, 4096);
	r = folder_name(f->name, &name);
	if (r >= 0)
		r = make_folder(s, name.p);
	buf_free(&name);
	if (r == E_TOOBIG) {
		file_sink_say(&s->s, "the folder is left out: its name", r);
		return 0;
	}
	if (r < 0)
		return r;
	begin_folder(s, f);
	s->s.counts.folders++;
	return 1;
}

static int sink_finish(void *arg)
{
	struct maildir_sink *s = arg;
	int r = end_folder(s);

	return r < 0 ? r : file_sink_write(s->s.root, "subscriptions", &s->s.names);
}

static void free_sink(struct file_sink *base)
{
	struct maildir_sink *s = container_of(base, struct maildir_sink, s);

	if (s->out)
		fclose(s->out);
	if (s->dir >= 0)
		close(s->dir);
	buf_free(&s->list);
	buf_free(&s->keywords);
	buf_free(&s->uidl);
	free(s);
}

/* An INBOX must be: the folder is a Maildir by its three. */
static int make_inbox(struct maildir_sink *s)
{
	int r = make_folder(s, ".");

	if (s->dir >= 0)
		close(s->dir);
	s->dir = -1;
	return r;
}

int maildir_sink_new(struct file_sink **ret, const struct file_sink_opts *o, struct import_sink *sink)
{
	struct maildir_sink *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return E_NOMEM;
	file_sink_init(&s->s, o, free_sink);
	s->dir = -1;
	buf_init(&s->list, LIST_MOST);
	buf_init(&s->keywords, 64 << 10);
	buf_init(&s->uidl, 1024);
	r = file_sink_root(&s->s);
	if (r >= 0)
		r = make_inbox(s);
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
