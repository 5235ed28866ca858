/* maildir-in.c - the source that is a Maildir, with the folders of Maildir++.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Messages come in the order of their UIDs where there is a list of these, then by name (which
 * begins with the time). The internal date is the file's, as every server of Maildirs has it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/import/maildir.h"

enum { NAMES_MOST = 1 << 30, SMALL_FILE_MOST = 4 << 20 };

struct entry {
	struct str file, unique; /* NUL behind file */
	const struct uid_entry *known;
	bool is_new;
};

struct maildir {
	const struct import_opts *o;
	const struct import_sink *to;
	struct lines l;
	int root, cur, fresh; /* the last two: of this folder */
	struct arena folder_arena, arena;
	struct entry *v;
	size_t n, cap;
	struct uidlist uids;
	struct str keywords[MAILDIR_KEYWORDS];
	bool is_inbox;
	struct str *subscriptions; /* names in UTF-8 */
	size_t n_subscriptions;
	bool has_subscriptions;
	uint64_t done, all;
};

/* -- what is in a folder ------------------------------------------------------------ */

static int add_entry(struct maildir *m, const char *name, bool is_new)
{
	struct entry e = {.is_new = is_new};

	e.file = arena_dup(&m->folder_arena, str_of(name));
	if (!e.file.p)
		return E_NOMEM;
	e.unique = maildir_unique(e.file);
	e.known = uidlist_find(&m->uids, e.unique);
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 256;
		struct entry *v = realloc(m->v, cap * sizeof(*v));

		if (!v)
			return E_NOMEM;
		m->v = v;
		m->cap = cap;
	}
	m->v[m->n++] = e;
	return 0;
}

static DIR *open_list(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static int list(struct maildir *m, int dir, bool is_new)
{
	DIR *d = open_list(dir);
	struct dirent *e;
	int r = 0;

	if (!d)
		return err_from_errno(errno);
	while (r >= 0 && (e = readdir(d)))
		if (e->d_name[0] != '.')
			r = add_entry(m, e->d_name, is_new);
	closedir(d);
	return r;
}

static uint64_t time_of(struct str name)
{
	uint64_t n = 0;

	for (size_t i = 0; i < name.n && i < 15 && ascii_is_digit(name.p[i]); i++)
		n = n * 10 + (uint64_t)(name.p[i] - '0');
	return n;
}

static int in_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	uint32_t u = x->known ? x->known->uid : UINT32_MAX, v = y->known ? y->known->uid : UINT32_MAX;
	uint64_t s = time_of(x->unique), t = time_of(y->unique);

	if (u != v)
		return u < v ? -1 : 1;
	if (s != t)
		return s < t ? -1 : 1;
	return str_cmp(x->unique, y->unique);
}

/* "0 $Forwarded" */
static int read_keywords(struct maildir *m, int dir)
{
	struct buf text;
	struct str rest;
	int r;

	memset(m->keywords, 0, sizeof(m->keywords));
	buf_init(&text, SMALL_FILE_MOST);
	r = fs_read(dir, "dovecot-keywords", &text);
	rest = r < 0 ? STR_NONE : buf_str(&text);
	while (rest.n) {
		struct str line = str_cut(&rest, '\n'), index = str_cut(&line, ' ');
		uint64_t i;

		if (str_u64(index, MAILDIR_KEYWORDS - 1, &i) >= 0)
			m->keywords[i] = arena_dup(&m->folder_arena, line);
	}
	buf_free(&text);
	return r == E_NOMEM ? r : 0;
}

static int open_folder(struct maildir *m, int dir)
{
	int r;

	arena_reset(&m->folder_arena);
	m->n = 0;
	m->cur = fs_open_dir(dir, "cur");
	m->fresh = fs_open_dir(dir, "new");
	if (m->cur < 0)
		return m->cur;
	if ((r = uidlist_read(dir, &m->uids)) < 0 || (r = read_keywords(m, dir)) < 0 ||
	    (r = list(m, m->cur, false)) < 0)
		return r;
	if (m->fresh >= 0 && (r = list(m, m->fresh, true)) < 0)
		return r;
	if (m->n)
		qsort(m->v, m->n, sizeof(*m->v), in_order);
	return 0;
}

static void close_folder(struct maildir *m)
{
	if (m->cur >= 0)
		close(m->cur);
	if (m->fresh >= 0)
		close(m->fresh);
	m->cur = m->fresh = -1;
	uidlist_free(&m->uids);
}

/* -- a message ------------------------------------------------------------------------ */

static void add_keyword(struct import_msg *msg, struct str *keywords, struct str name)
{
	for (size_t i = 0; i < msg->n_keywords; i++)
		if (str_ieq(keywords[i], name))
			return;
	if (name.n && msg->n_keywords <= MAILDIR_KEYWORDS)
		keywords[msg->n_keywords++] = name;
}

/* The letters behind ":2,". */
static void take_flags(const struct maildir *m, const struct entry *e, struct import_msg *msg,
		       struct str *keywords)
{
	struct str info = str_from(e->file, e->unique.n);

	msg->keywords = keywords;
	if (!str_starts(info, STR(":2,")))
		return;
	info = str_from(info, 3);
	for (size_t i = 0; i < info.n && info.p[i] != ','; i++) {
		char c = info.p[i];

		for (size_t j = 0; j < COLUMNS(maildir_flags); j++)
			if (maildir_flags[j].letter == c)
				msg->flags |= maildir_flags[j].flag;
		if (c == 'P')
			add_keyword(msg, keywords, STR("$Forwarded"));
		else if (c >= 'a' && c <= 'z')
			add_keyword(msg, keywords, m->keywords[c - 'a']);
	}
}

/* ",Z=120": the zone, as our own writer keeps it; else that of this machine, at that time. */
static int16_t zone_of(const struct entry *e, time_t s)
{
	ptrdiff_t at = str_search(e->unique, STR(",Z="));
	struct str v = at < 0 ? STR_NONE : str_from(e->unique, (size_t)at + 3);
	bool is_west = v.n && v.p[0] == '-';
	struct tm tm;
	uint64_t n;

	v = str_cut(&v, ',');
	if (v.n && str_u64(str_from(v, is_west), 1439, &n) >= 0)
		return (int16_t)(is_west ? -(int)n : (int)n);
	return localtime_r(&s, &tm) ? (int16_t)(tm.tm_gmtoff / 60) : 0;
}

/* What Dovecot's POP3 server says where nothing is noted: %08Xu%08Xv. */
static void take_uidl(const struct maildir *m, const struct entry *e, char room[17],
		      struct import_msg *msg)
{
	if (e->known->uidl.n) {
		msg->uidl = e->known->uidl;
	} else if (m->is_inbox && m->uids.is_dovecot) {
		snprintf(room, 17, "%08x%08x", e->known->uid, m->uids.uidvalidity);
		msg->uidl = str_n(room, 16);
	}
}

/* Dovecot's plugin zlib and others keep messages compressed: zlib reads those, and all others. */
static bool is_gzip(int fd)
{
	unsigned char magic[2];

	return pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

static int send_gzip(struct maildir *m, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), n;
	gzFile z = copy < 0 ? NULL : gzdopen(copy, "rb");
	char last = 0;
	int r = 0;

	if (!z && copy >= 0)
		close(copy);
	if (!z)
		return E_NOMEM;
	while (r >= 0 && (n = gzread(z, m->l.room, LINES_ROOM)) > 0)
		r = send_crlf(m->to, str_n(m->l.room, (size_t)n), &last);
	if (r >= 0 && gzclose(z) != Z_OK)
		import_say(m->to, "a compressed message is cut off");
	else if (r < 0)
		gzclose(z);
	return r < 0 ? r : m->to->end(m->to->arg);
}

static int send_file(struct maildir *m, int fd)
{
	char last = 0;
	int r;

	if (is_gzip(fd))
		return send_gzip(m, fd);
	m->l.fd = fd;
	lines_seek(&m->l, 0);
	r = send_rest(m->to, &m->l, UINT64_MAX, &last);
	return r < 0 ? r : m->to->end(m->to->arg);
}

static NOINLINE int describe_and_send(struct maildir *m, const struct entry *e, int fd,
				      const struct stat *st)
{
	struct str keywords[MAILDIR_KEYWORDS + 1];
	struct import_msg msg = {
		.size = (uint64_t)st->st_size,
		.uid = e->known ? e->known->uid : 0,
		.internaldate_ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000,
		.internaldate_zone = zone_of(e, st->st_mtim.tv_sec),
	};
	char uidl[17];
	int r;

	import_id(msg.id, e->unique);
	take_flags(m, e, &msg, keywords);
	if (e->known)
		take_uidl(m, e, uidl, &msg);
	r = m->to->wants(m->to->arg, &msg);
	return r <= 0 ? r : send_file(m, fd);
}

static int one_message(struct maildir *m, const struct entry *e)
{
	int fd = openat(e->is_new ? m->fresh : m->cur, e->file.p,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int r = fd < 0 || fstat(fd, &st) < 0 ? err_from_errno(errno) : 0;

	if (r >= 0 && S_ISREG(st.st_mode))
		r = describe_and_send(m, e, fd, &st);
	else if (r < 0) { /* moved by its server meanwhile: the next try finds it */
		import_say(m->to, "%.200s: %s", e->file.p, err_row(r)->text);
		r = 0;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

/* -- folders ---------------------------------------------------------------------------- */

static bool is_subscribed(const struct maildir *m, struct str name)
{
	for (size_t i = 0; i < m->n_subscriptions; i++)
		if (str_eq(m->subscriptions[i], name))
			return true;
	return !m->has_subscriptions;
}

static int send_folder(struct maildir *m, struct str name)
{
	struct import_folder f = {.uidvalidity = m->uids.uidvalidity, .uidnext = m->uids.uidnext};
	struct buf target;
	int r;

	buf_init(&target, 4096);
	import_target(m->o, m->is_inbox ? STR_NONE : name, &target);
	f.name = buf_str(&target);
	f.subscribed = is_subscribed(m, m->is_inbox ? STR("INBOX") : name);
	r = m->to->folder(m->to->arg, &f);
	for (size_t i = 0; i < m->n && r > 0; i++) {
		int e = one_message(m, &m->v[i]);

		if (e < 0)
			r = e;
		m->to->progress(m->to->arg, ++m->done, m->all);
	}
	buf_free(&target);
	return r;
}

/* ".A.B" -> "A/B" */
static int name_of(struct str dir, struct buf *out)
{
	struct str rest = str_from(dir, 1);
	int r = 0;

	while (rest.n && r >= 0) {
		if (out->n)
			buf_add_char(out, '/');
		r = level_unescape(str_cut(&rest, '.'), out);
	}
	return r;
}

typedef int folder_fn(struct maildir *m, int dir, struct str name);

static int read_folder(struct maildir *m, int dir, struct str name)
{
	int r;

	m->is_inbox = !name.n;
	r = open_folder(m, dir);
	if (r >= 0)
		r = send_folder(m, name);
	close_folder(m);
	return r;
}

static int count_folder(struct maildir *m, int dir, struct str name)
{
	static const char *const parts[] = {"cur", "new"};

	for (size_t i = 0; i < COLUMNS(parts); i++) {
		int fd = fs_open_dir(dir, parts[i]);
		DIR *d = fd < 0 ? NULL : open_list(fd);
		struct dirent *e;

		while (d && (e = readdir(d)))
			m->all += e->d_name[0] != '.';
		if (d)
			closedir(d);
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

static int one_folder(struct maildir *m, const char *dir_name, folder_fn *fn)
{
	struct buf name;
	int dir = fs_open_dir(m->root, dir_name), r;

	if (dir < 0)
		return dir == E_NOMEM ? dir : 0;
	if (faccessat(dir, "cur", F_OK, 0) < 0) {
		close(dir);
		return 0;
	}
	buf_init(&name, 4096);
	r = name_of(str_of(dir_name), &name);
	if (r >= 0)
		r = fn(m, dir, buf_str(&name));
	else
		import_say(m->to, "%.200s: %s", dir_name, err_row(r)->text);
	buf_free(&name);
	close(dir);
	return r == E_UTF8 ? 0 : r;
}

/* The INBOX, then the others by name. */
static int each_folder(struct maildir *m, folder_fn *fn)
{
	struct dirent **v = NULL;
	int n = scandirat(m->root, ".", &v, NULL, alphasort), r = fn(m, m->root, STR_NONE);

	for (int i = 0; i < n; i++) {
		const char *name = v[i]->d_name;

		if (r >= 0 && name[0] == '.' && name[1] && strcmp(name, ".."))
			r = one_folder(m, name, fn);
		free(v[i]);
	}
	free(v);
	return n < 0 && r >= 0 ? E_IO : r;
}

/* -- subscriptions ------------------------------------------------------------------------- */

static int room_for_subscription(struct maildir *m)
{
	size_t n = m->n_subscriptions;
	struct str *v;

	if (n & (n - 1))
		return 0; /* doubled at the powers of two */
	v = realloc(m->subscriptions, (n ? 2 * n : 1) * sizeof(*v));
	if (!v)
		return E_NOMEM;
	m->subscriptions = v;
	return 0;
}

static int add_subscription(struct maildir *m, struct str line, char separator)
{
	struct buf name;
	int r = room_for_subscription(m);

	buf_init(&name, 4096);
	while (line.n && r >= 0) {
		if (name.n)
			buf_add_char(&name, '/');
		r = level_unescape(str_cut(&line, separator), &name);
	}
	if (r >= 0 && name.n) {
		m->subscriptions[m->n_subscriptions] = arena_dup(&m->arena, buf_str(&name));
		r = m->subscriptions[m->n_subscriptions++].p ? 0 : E_NOMEM;
	}
	buf_free(&name);
	return r == E_NOMEM ? r : 0;
}

/* Dovecot's, where tabs part levels since version 2, or Courier's "INBOX.A.B". */
static int read_subscriptions(struct maildir *m)
{
	struct buf text;
	struct str rest;
	bool tabs = false, is_courier = false;
	int r;

	buf_init(&text, SMALL_FILE_MOST);
	r = fs_read(m->root, "subscriptions", &text);
	if (r < 0) {
		is_courier = true;
		r = fs_read(m->root, "courierimapsubscribed", &text);
	}
	m->has_subscriptions = r >= 0;
	rest = r < 0 ? STR_NONE : buf_str(&text);
	if (r != E_NOMEM)
		r = 0;
	while (rest.n && r >= 0) {
		struct str line = line_text(str_cut(&rest, '\n'));

		if (str_starts(line, STR("V\t"))) {
			tabs = true;
			continue;
		}
		if (is_courier && str_starts(line, STR("INBOX.")))
			line = str_from(line, 6);
		if (line.n)
			r = add_subscription(m, line, tabs ? '\t' : str_find(line, '/') >= 0 ? '/' : '.');
	}
	buf_free(&text);
	return r;
}

/* Those without a mailbox: after all that have one, which the sink knows by then. */
static int send_names(struct maildir *m)
{
	struct buf target;
	int r = 0;

	buf_init(&target, 4096);
	for (size_t i = 0; i < m->n_subscriptions && r >= 0; i++) {
		struct import_folder f = {.subscribed = true, .is_name_only = true};

		import_target(m->o, m->subscriptions[i], &target);
		f.name = buf_str(&target);
		r = m->to->folder(m->to->arg, &f);
	}
	buf_free(&target);
	return r;
}

/* -- all ------------------------------------------------------------------------------------- */

static int read_all(struct maildir *m)
{
	int r = read_subscriptions(m);

	if (r >= 0)
		r = each_folder(m, count_folder);
	if (r >= 0)
		r = each_folder(m, read_folder);
	if (r >= 0)
		r = send_names(m);
	return r < 0 ? r : m->to->finish(m->to->arg);
}

int maildir_read(const char *path, const struct import_opts *o, const struct import_sink *to)
{
	struct maildir m = {.o = o, .to = to, .cur = -1, .fresh = -1};
	int r;

	m.root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m.root < 0)
		return err_from_errno(errno);
	arena_init(&m.arena, SMALL_FILE_MOST * 4);
	arena_init(&m.folder_arena, NAMES_MOST);
	r = faccessat(m.root, "cur", F_OK, 0) < 0 ? E_FORMAT : lines_init(&m.l, -1);
	if (r >= 0)
		r = read_all(&m);
	lines_free(&m.l);
	arena_free(&m.arena);
	arena_free(&m.folder_arena);
	free(m.v);
	free(m.subscriptions);
	close(m.root);
	return r;
}
