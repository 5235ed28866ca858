/* admin-client.c - asks the running server to do a verb.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/err.h"
#include "cmd/admin.h"
#include "cmd/frame.h"

static int connect_to(const char *data)
{
	int dir = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, r = 0;
	struct sockaddr_un at;

	if (dir < 0)
		return E_NOTFOUND;
	admin_address(dir, &at);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		r = err_from_errno(errno);
	else if (connect(fd, (struct sockaddr *)&at, sizeof(at)))
		r = errno == ENOENT || errno == ECONNREFUSED ? E_NOTFOUND : err_from_errno(errno);
	close(dir);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

static int send_request(int fd, const struct request *r)
{
	struct buf b;
	int e;

	buf_init(&b, FRAME_MOST);
	buf_reserve(&b, 4096); /* rarely moves: buf_wipe sees the password */
	e = request_write(r, &b);
	if (!e)
		e = frame_send(fd, FRAME_REQUEST, buf_str(&b));
	buf_wipe(&b);
	return e;
}

static int relay_answer(int fd, struct out *out, int *code)
{
	enum frame_kind kind;
	struct buf b;
	int r;

	buf_init(&b, FRAME_MOST);
	while (!(r = frame_read(fd, &kind, &b))) {
		if (kind == FRAME_EXIT && b.n == 1)
			break;
		if (kind == FRAME_OUT || kind == FRAME_ERROR)
			out->write(out, kind == FRAME_ERROR, buf_str(&b));
	}
	if (!r)
		*code = (unsigned char)b.p[0];
	buf_free(&b);
	return r;
}

int admin_ask(const char *data, const char *const *argv, size_t n, struct str password,
	      struct out *out, int *code)
{
	struct request req = {out->is_terminal, out->columns, (const char **)(uintptr_t)argv, n,
			      password};
	int fd = connect_to(data), r;

	if (fd < 0)
		return fd;
	r = send_request(fd, &req);
	/* A server may refuse us (its reason is already on the way) before it has read it all. */
	if (!r || r == E_CLOSED)
		r = relay_answer(fd, out, code);
	close(fd);
	return r == E_NOTFOUND ? E_CLOSED : r;
}

int admin_begin(const char *data, const char *const *argv, size_t n, struct out *out)
{
	struct request req = {.is_terminal = out->is_terminal, .columns = out->columns,
			      .words = (const char **)(uintptr_t)argv, .n_words = n};
	int fd = connect_to(data), r;

	if (fd < 0)
		return fd;
	r = send_request(fd, &req);
	if (!r || r == E_CLOSED) /* refused: its reason is on the way */
		return fd;
	close(fd);
	return r == E_NOTFOUND ? E_CLOSED : r;
}

int admin_refuse_second(const char *data, struct out *out)
{
	struct ucred who = {0};
	socklen_t n = sizeof(who);
	int fd = connect_to(data);

	if (fd < 0)
		return EX_OK; /* whoever else has the store open, its lock will tell */
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n);
	close(fd);
	out_error(out, "a server (process %d) runs on the data folder %s already", (int)who.pid, data);
	return EX_UNAVAILABLE;
}
