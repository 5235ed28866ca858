/* prompt.c - a password from stdin's first line, or asked for without echo.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>
#include "base/err.h"
#include "cmd/prompt.h"

enum { PASSWORD_MOST = 1024 };

/* One octet at a time: what stands behind the line belongs to somebody else. */
static int read_line(int fd, struct buf *ret)
{
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0 || c == '\n')
			break;
		if (ret->n == PASSWORD_MOST)
			return E_TOOBIG;
		if (buf_add_char(ret, c) < 0)
			return ret->failed;
	}
	if (ret->n && ret->p[ret->n - 1] == '\r')
		ret->n--;
	return 0;
}

static int ask(int tty, const char *question, struct buf *ret)
{
	struct termios old, quiet;
	int r;

	if (tcgetattr(tty, &old))
		return E_IO;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON;
	tcsetattr(tty, TCSAFLUSH, &quiet);
	dprintf(tty, "%s: ", question);
	r = read_line(tty, ret);
	dprintf(tty, "\n");
	tcsetattr(tty, TCSAFLUSH, &old);
	return r;
}

static int ask_twice(int tty, struct buf *ret)
{
	struct buf again;
	int r;

	buf_init(&again, 4096);
	r = ask(tty, "Password", ret);
	if (!r)
		r = ask(tty, "Once more", &again);
	if (!r && !str_eq_secret(buf_str(ret), buf_str(&again)))
		r = E_AUTH;
	buf_wipe(&again);
	return r;
}

static int check(struct verb_call *v, struct buf *ret)
{
	if (!ret->n) {
		out_error(v->out, "the password is empty; --no-password makes an account that "
				  "nobody can log in to");
		return EX_USAGE;
	}
	if (str_find(buf_str(ret), '\0') >= 0) {
		out_error(v->out, "a password cannot have a NUL in it");
		return EX_USAGE;
	}
	return EX_OK;
}

int prompt_password(struct verb_call *v, struct buf *ret)
{
	int tty, r;

	if (verb_has(v, OPT_NO_PASSWORD))
		return EX_OK;
	buf_reserve(ret, PASSWORD_MOST + 1); /* so that it never moves: buf_wipe sees all of it */
	if (verb_has(v, OPT_PASSWORD_STDIN)) {
		r = read_line(0, ret);
	} else {
		tty = isatty(0) == 1 ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
		if (tty < 0) {
			out_error(v->out, "no terminal to ask for the password: "
					  "give it with --password-stdin");
			return EX_USAGE;
		}
		r = ask_twice(tty, ret);
		close(tty);
	}
	if (r == E_AUTH) {
		out_error(v->out, "the two passwords differ");
		return EX_USAGE;
	}
	if (r < 0) {
		out_error(v->out, "cannot read the password: %s", err_row(r)->text);
		return verb_exit(r);
	}
	return check(v, ret);
}
