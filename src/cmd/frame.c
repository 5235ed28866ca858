/* frame.c - the admin socket's frames, written and read.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/err.h"
#include "cmd/frame.h"
#include "cmd/out.h"

static void put_u32(struct buf *b, uint32_t v)
{
	char c[4] = {(char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v};

	buf_add(b, str_n(c, 4));
}

static uint32_t get_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int send_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? E_TIMEOUT : err_from_errno(errno);
		s = str_from(s, (size_t)n);
	}
	return 0;
}

static int read_all(int fd, char *p, size_t n)
{
	while (n) {
		ssize_t got = recv(fd, p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? E_TIMEOUT : err_from_errno(errno);
		if (got == 0)
			return E_CLOSED;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int frame_send(int fd, enum frame_kind kind, struct str payload)
{
	struct buf b;
	int r;

	if (payload.n + 1 > FRAME_MOST)
		return E_TOOBIG;
	buf_init(&b, FRAME_MOST + 16);
	put_u32(&b, (uint32_t)payload.n + 1);
	buf_add_char(&b, (char)kind);
	buf_add(&b, payload);
	r = b.failed ? b.failed : send_all(fd, buf_str(&b));
	buf_wipe(&b); /* a request may hold a password */
	return r;
}

int frame_read(int fd, enum frame_kind *kind, struct buf *b)
{
	char head[5];
	int r = read_all(fd, head, sizeof(head));
	uint32_t n;

	if (r < 0)
		return r;
	n = get_u32(head);
	if (n < 1 || n > FRAME_MOST)
		return E_TOOBIG;
	buf_clear(b);
	r = buf_reserve(b, n);
	if (!r)
		r = read_all(fd, b->p, n - 1);
	if (r < 0)
		return r;
	b->n = n - 1;
	*kind = (enum frame_kind)head[4];
	return 0;
}

static void write_frame(struct out *o, bool is_error, struct str bytes)
{
	while (bytes.n && !o->is_dead) {
		struct str part = str_head(bytes, 64 << 10);

		if (frame_send(o->fd, is_error ? FRAME_ERROR : FRAME_OUT, part) < 0)
			o->is_dead = true;
		bytes = str_from(bytes, part.n);
	}
}

void frame_out(struct out *o, int fd)
{
	*o = (struct out){.write = write_frame, .fd = fd};
}

/* -- requests ------------------------------------------------------------------------- */

static void put_string(struct buf *b, struct str s)
{
	put_u32(b, (uint32_t)s.n);
	buf_add(b, s);
}

int request_write(const struct request *r, struct buf *out)
{
	buf_add_char(out, ADMIN_VERSION);
	buf_add_char(out, r->is_terminal ? 1 : 0);
	put_u32(out, r->columns);
	buf_add_char(out, r->password.p ? 1 : 0);
	put_string(out, r->password);
	put_u32(out, (uint32_t)r->n_words);
	for (size_t i = 0; i < r->n_words; i++) /* with the NUL: read back in place */
		put_string(out, str_n(r->words[i], strlen(r->words[i]) + 1));
	return out->failed;
}

static bool take_octet(struct str *s, unsigned *ret)
{
	if (!s->n)
		return false;
	*ret = (unsigned char)s->p[0];
	*s = str_from(*s, 1);
	return true;
}

static bool take_u32(struct str *s, uint32_t *ret)
{
	if (s->n < 4)
		return false;
	*ret = get_u32(s->p);
	*s = str_from(*s, 4);
	return true;
}

static bool take_string(struct str *s, struct str *ret)
{
	uint32_t n;

	if (!take_u32(s, &n) || n > s->n)
		return false;
	*ret = str_head(*s, n);
	*s = str_from(*s, n);
	return true;
}

static int take_words(struct str *s, struct request *r)
{
	uint32_t n;

	if (!take_u32(s, &n) || n > s->n / 5)
		return E_SYNTAX;
	r->words = calloc(n + 1, sizeof(*r->words));
	if (!r->words)
		return E_NOMEM;
	for (; r->n_words < n; r->n_words++) {
		struct str word;

		if (!take_string(s, &word) || !word.n || word.p[word.n - 1] ||
		    strlen(word.p) + 1 != word.n)
			return E_SYNTAX;
		r->words[r->n_words] = word.p;
	}
	return s->n ? E_SYNTAX : 0;
}

int request_read(struct str s, struct request *r)
{
	unsigned version, is_terminal, has_password;
	uint32_t columns;
	int e;

	*r = (struct request){0};
	if (!take_octet(&s, &version))
		return E_SYNTAX;
	if (version != ADMIN_VERSION)
		return E_VERSION;
	if (!take_octet(&s, &is_terminal) || !take_u32(&s, &columns) ||
	    !take_octet(&s, &has_password) || !take_string(&s, &r->password))
		return E_SYNTAX;
	r->is_terminal = is_terminal;
	r->columns = columns;
	if (!has_password)
		r->password = STR_NONE;
	e = take_words(&s, r);
	if (e < 0) {
		free(r->words);
		r->words = NULL;
	}
	return e;
}

int admin_address(int dir, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/admin.sock", dir);
	return 0;
}
