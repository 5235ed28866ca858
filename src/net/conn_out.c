/* conn_out.c - the output queue: octets, files, and getting them out.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Octets gather in big buffers of the loop's pool; consecutive ones leave with one
 * call. Small pieces of files that the page cache has are copied among them, so that
 * many small messages leave with one call too; others stay (file, offset, length). */
#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "net/conn_impl.h"

enum {
	CAP = BUF_BIG_BYTES - sizeof(struct out),
	ROOM_MOST = 64 * 1024,
	SMALL_FILE = 16 * 1024,
	IOV_MOST = 16,
	SENDFILE_MOST = 256 * 1024, /* a turn for the others */
	PIECES_MOST = 1024, /* 16 MiB: a handler that does not ask conn_is_full ends there */
};

/* -- the queue ---------------------------------------------------------------------- */

static void append(struct conn *c, struct out *o)
{
	if (c->out_last)
		c->out_last->next = o;
	else
		c->out = o;
	c->out_last = o;
}

static struct out *add(struct conn *c, size_t cap)
{
	struct out *o = NULL;

	if (c->out_pieces < PIECES_MOST)
		o = cap <= CAP ? buf_big(c->loop) : malloc(sizeof(*o) + cap);
	if (!o) {
		conn_die(c, END_ERROR);
		return NULL;
	}
	c->out_pieces++;
	*o = (struct out){.fd = -1, .cap = (uint32_t)(cap <= CAP ? CAP : cap)};
	append(c, o);
	return o;
}

void conn_out_free(struct conn *c, struct out *o)
{
	if (o->is_file && o->unref)
		o->unref(o->arg);
	c->out_pieces -= !o->is_file;
	if (o->cap == CAP)
		buf_big_back(c->loop, o);
	else
		free(o);
}

static void pop(struct conn *c)
{
	struct out *o = c->out;

	c->out = o->next;
	if (!c->out)
		c->out_last = NULL;
	conn_out_free(c, o);
}

void conn_out_drop(struct conn *c)
{
	while (c->out)
		pop(c);
	c->out_n = 0;
}

/* The last piece if n octets fit behind it, else a new one. */
static struct out *tail(struct conn *c, size_t n)
{
	struct out *o = c->out_last;

	if (o && !o->is_file && !o->is_zipped && o->cap - o->n >= n)
		return o;
	return add(c, n);
}

static void added(struct conn *c, size_t n)
{
	c->out_n += n;
	if (c->out_n >= OUT_WRITE)
		conn_out_flush(c);
}

bool conn_is_full(const struct conn *c)
{
	return c->is_dead || c->out_n > OUT_HIGH;
}

/* -- answering ------------------------------------------------------------------------ */

void conn_write(struct conn *c, struct str s)
{
	while (s.n && !c->is_dead) {
		struct out *o = tail(c, 1);
		size_t n;

		if (!o)
			return;
		n = o->cap - o->n < s.n ? o->cap - o->n : s.n;
		memcpy(o->bytes + o->n, s.p, n);
		o->n += (uint32_t)n;
		s = str_from(s, n);
		added(c, n);
	}
}

char *conn_room(struct conn *c, size_t n)
{
	struct out *o;

	assert(n <= ROOM_MOST);
	o = c->is_dead ? NULL : tail(c, n);
	return o ? o->bytes + o->n : NULL;
}

void conn_filled(struct conn *c, size_t n)
{
	if (c->is_dead || !n)
		return;
	assert(c->out_last && n <= c->out_last->cap - c->out_last->n);
	c->out_last->n += (uint32_t)n;
	added(c, n);
}

void conn_vprintf(struct conn *c, const char *fmt, va_list ap)
{
	va_list again;
	struct out *o = c->is_dead ? NULL : tail(c, 256);
	size_t room;
	int n;

	if (!o)
		return;
	room = o->cap - o->n;
	va_copy(again, ap);
	n = vsnprintf(o->bytes + o->n, room, fmt, ap);
	if (n < 0 || n >= ROOM_MOST) {
		conn_die(c, END_ERROR);
	} else if ((size_t)n < room) {
		conn_filled(c, (size_t)n);
	} else {
		char *p = conn_room(c, (size_t)n + 1);

		if (p) {
			vsnprintf(p, (size_t)n + 1, fmt, again);
			conn_filled(c, (size_t)n);
		}
	}
	va_end(again);
}

void conn_printf(struct conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conn_vprintf(c, fmt, ap);
	va_end(ap);
}

/* -- files ------------------------------------------------------------------------------- */

/* Copies n octets of the file in among the others, if that needs no disk. */
static bool copy_file(struct conn *c, int fd, uint64_t at, size_t n)
{
	struct out *first = tail(c, 1), *second = NULL;
	struct iovec iov[2];

	if (!first)
		return true; /* dead */
	iov[0] = (struct iovec){first->bytes + first->n, first->cap - first->n};
	iov[1] = (struct iovec){0};
	if (iov[0].iov_len < n) {
		second = add(c, 1);
		if (!second)
			return true;
		iov[1] = (struct iovec){second->bytes, n - iov[0].iov_len};
	} else {
		iov[0].iov_len = n;
	}
	if (conn_file_read(fd, iov, second ? 2 : 1, at) != (ssize_t)n)
		return false; /* an empty second piece is skipped when it is its turn */
	first->n += (uint32_t)iov[0].iov_len;
	if (second)
		second->n = (uint32_t)iov[1].iov_len;
	added(c, n);
	return true;
}

static void queue_file(struct conn *c, const struct out *what)
{
	struct out *o = malloc(sizeof(*o));

	if (!o) {
		conn_die(c, END_ERROR);
		what->unref(what->arg);
		return;
	}
	*o = *what;
	append(c, o);
	added(c, o->file_n);
}

static void no_unref(void *arg)
{
}

void conn_send_file(struct conn *c, int fd, uint64_t at, uint64_t n, void (*unref)(void *arg),
		    void *arg)
{
	struct out o = {.is_file = true, .fd = fd, .file_at = at, .file_n = n,
			.unref = unref ? unref : no_unref, .arg = arg};

	if (!c->is_dead && n && !(n <= SMALL_FILE && copy_file(c, fd, at, (size_t)n)))
		queue_file(c, &o);
	else
		o.unref(arg);
}

/* -- getting it out --------------------------------------------------------------------------- */

static void sent(struct conn *c, size_t n)
{
	c->out_n -= n;
	c->bytes_out += n;
	home_count(&c->home->bytes_out, n);
	conn_moved(c, n);
	if (!c->out_n)
		c->active_ms = loop_now_ms(c->loop);
}

/* n octets of the pieces in memory at the head have gone. */
static void drop_head(struct conn *c, size_t n)
{
	sent(c, n);
	while (c->out && !c->out->is_file && n >= c->out->n - c->out->at) {
		n -= c->out->n - c->out->at;
		pop(c);
	}
	if (n)
		c->out->at += (uint32_t)n;
}

/* >= 0: so many went. -1: wait, or dead. */
static ssize_t send_bytes_plain(struct conn *c)
{
	struct iovec iov[IOV_MOST];
	struct msghdr m = {.msg_iov = iov};
	size_t chunk = conn_chunk(c);
	struct out *o = c->out;

	for (; o && !o->is_file && o->is_zipped == c->is_zipped && m.msg_iovlen < IOV_MOST && chunk; o = o->next) {
		size_t n = o->n - o->at < chunk ? o->n - o->at : chunk;

		iov[m.msg_iovlen++] = (struct iovec){o->bytes + o->at, n};
		chunk -= n;
	}
	/* With a file behind it, the head of an answer waits for it to fill a packet. */
	return sendmsg(c->watch.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT | (o ? MSG_MORE : 0));
}

static ssize_t send_file_plain(struct conn *c)
{
	struct out *o = c->out;
	off_t at = (off_t)o->file_at;
	size_t n = o->file_n < SENDFILE_MOST ? (size_t)o->file_n : SENDFILE_MOST;
	ssize_t got;

	if (n > conn_chunk(c))
		n = conn_chunk(c);
	if (!conn_file_is_warm(c, o, n)) {
		errno = EBUSY;
		return -1;
	}
	got = sendfile(c->watch.fd, o->fd, &at, n);
	if (!got) { /* the file is shorter than we were told: the answer cannot be completed */
		conn_die(c, END_ERROR);
		return -1;
	}
	if (got < 0)
		return -1;
	o->file_at += (uint64_t)got;
	o->file_n -= (uint64_t)got;
	sent(c, (size_t)got);
	if (!o->file_n)
		pop(c);
	return got;
}

static bool step_plain(struct conn *c)
{
	bool is_file = c->out->is_file;
	ssize_t put = is_file ? send_file_plain(c) : send_bytes_plain(c);

	if (put >= 0) {
		if (!is_file)
			drop_head(c, (size_t)put);
		return true;
	}
	if (c->is_dead || c->wants_disk)
		return false;
	if (errno == EINTR)
		return true;
	if (errno == EAGAIN)
		conn_wants_out(c);
	else
		conn_die(c, errno == EIO ? END_ERROR : END_CLIENT);
	return false;
}

/* The next block of a file becomes octets in memory, for one SSL_write. */
static bool load_block(struct conn *c)
{
	struct out *file = c->out, *o;
	size_t n = file->file_n < CAP ? (size_t)file->file_n : CAP;
	ssize_t got;

	if (!conn_file_is_warm(c, file, n))
		return false;
	o = buf_big(c->loop);
	if (!o) {
		conn_die(c, END_ERROR);
		return false;
	}
	*o = (struct out){.next = file, .fd = -1, .cap = CAP};
	c->out_pieces++;
	c->out = o;
	do
		got = pread(file->fd, o->bytes, n, (off_t)file->file_at);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		conn_die(c, END_ERROR);
		return false;
	}
	o->n = (uint32_t)got;
	file->file_at += (uint64_t)got;
	file->file_n -= (uint64_t)got;
	if (!file->file_n) {
		o->next = file->next;
		if (c->out_last == file)
			c->out_last = o;
		conn_out_free(c, file);
	}
	return true;
}

static bool step_tls(struct conn *c)
{
	struct out *o = c->out;
	ssize_t put;

	if (o->is_file)
		return load_block(c);
	if (o->at == o->n) {
		pop(c);
		return true;
	}
	put = conn_tls_send(c, o->bytes + o->at, o->n - o->at);
	if (put > 0)
		drop_head(c, (size_t)put);
	return put > 0;
}

static bool step(struct conn *c)
{
	if (c->is_zipped && !c->out->is_zipped)
		return c->out->is_file ? load_block(c) : conn_zip_head(c);
	return c->ssl ? step_tls(c) : step_plain(c);
}

void conn_out_flush(struct conn *c)
{
	while (c->out && c->can_write && !c->is_dead && !c->wants_disk)
		if (!step(c))
			return;
}
