/* listen.c - addresses, networks, and sockets that listen.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/listen.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/err.h"
#include "net/server_impl.h"

enum { BACKLOG = 4096 };

/* -- text ------------------------------------------------------------------------- */

static int parse_ip(int *family, void *addr16, struct str text)
{
	char z[INET6_ADDRSTRLEN];

	if (!str_to_c(text, z, sizeof(z)))
		return E_SYNTAX;
	*family = str_find(text, ':') >= 0 ? AF_INET6 : AF_INET;
	return inet_pton(*family, z, addr16) == 1 ? 0 : E_SYNTAX;
}

static int parse_unix(struct listen_addr *a, struct str path)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&a->sa;

	if (!str_starts(path, STR("/")))
		return E_SYNTAX;
	if (!str_to_c(path, un->sun_path, sizeof(un->sun_path)))
		return E_RANGE;
	un->sun_family = AF_UNIX;
	a->sa_len = sizeof(*un);
	a->is_unix = true;
	return 0;
}

static int parse_inet(struct listen_addr *a, struct str host, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&a->sa;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a->sa;
	uint8_t addr[16];
	int family, r = parse_ip(&family, addr, host);

	if (r < 0)
		return r;
	a->sa.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		memcpy(&in->sin_addr, addr, 4);
		in->sin_port = htons(port);
		a->sa_len = sizeof(*in);
		a->is_loopback = addr[0] == 127;
	} else {
		memcpy(&in6->sin6_addr, addr, 16);
		in6->sin6_port = htons(port);
		a->sa_len = sizeof(*in6);
		a->is_loopback = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	return 0;
}

int listen_parse(struct listen_addr *ret, struct str text)
{
	struct listen_addr a = {0};
	ptrdiff_t colon = str_rfind(text, ':');
	struct str host;
	uint64_t port;
	bool has_brackets;
	int r;

	if (str_starts(text, STR("unix:"))) {
		r = parse_unix(&a, str_from(text, 5));
	} else {
		if (colon < 0)
			return E_SYNTAX;
		host = str_head(text, (size_t)colon);
		has_brackets = str_starts(host, STR("[")) && str_ends(host, STR("]"));
		if (has_brackets)
			host = str_n(host.p + 1, host.n - 2);
		if (has_brackets != (str_find(host, ':') >= 0))
			return E_SYNTAX;
		r = str_u64(str_from(text, (size_t)colon + 1), 65535, &port);
		if (!r)
			r = parse_inet(&a, host, (uint16_t)port);
	}
	if (!r)
		*ret = a;
	return r;
}

int cidr_parse(struct cidr *ret, struct str text)
{
	struct cidr c = {0};
	bool has_bits = str_find(text, '/') >= 0;
	struct str host = str_cut(&text, '/');
	uint64_t bits, most;
	int r = parse_ip(&c.family, c.addr, host);

	if (r < 0)
		return r;
	most = c.family == AF_INET ? 32 : 128;
	bits = most;
	if (has_bits && (r = str_u64(text, most, &bits)) < 0)
		return r;
	c.bits = (unsigned)bits;
	*ret = c;
	return 0;
}

bool cidr_has(const struct cidr *c, const struct sockaddr_storage *sa)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	int family = sa->ss_family;
	const uint8_t *a;
	unsigned whole = c->bits / 8, rest = c->bits % 8;

	if (family == AF_INET) {
		a = (const uint8_t *)&in->sin_addr;
	} else if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		family = AF_INET;
		a = in6->sin6_addr.s6_addr + 12;
	} else if (family == AF_INET6) {
		a = in6->sin6_addr.s6_addr;
	} else {
		return false;
	}
	return family == c->family && !memcmp(a, c->addr, whole) &&
	       (!rest || (a[whole] ^ c->addr[whole]) >> (8 - rest) == 0);
}

void listener_name(const struct listener *l, struct buf *out)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&l->at.sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&l->at.sa;
	char host[INET6_ADDRSTRLEN];

	if (l->at.is_unix) {
		buf_printf(out, "unix:%s", ((const struct sockaddr_un *)&l->at.sa)->sun_path);
	} else if (l->at.sa.ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		buf_printf(out, "%s:%u", host, ntohs(in->sin_port));
	} else {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		buf_printf(out, "[%s]:%u", host, ntohs(in6->sin6_port));
	}
}

/* -- sockets ------------------------------------------------------------------------ */

static int bind_error(int eno)
{
	return eno == EADDRINUSE ? E_INUSE : eno == EADDRNOTAVAIL ? E_NOTFOUND : err_from_errno(eno);
}

/* A socket's file without a server behind it was left by one that was killed. */
static bool is_stale(const struct listen_addr *at)
{
	const char *path = ((const struct sockaddr_un *)&at->sa)->sun_path;
	struct stat st;
	bool stale;
	int fd;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false; /* connect to any other file says ECONNREFUSED too */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)&at->sa, at->sa_len) < 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return stale && !unlink(path);
}

static int bind_unix(int fd, const struct listen_addr *at, mode_t mode)
{
	const struct sockaddr *sa = (const struct sockaddr *)&at->sa;
	const char *path = ((const struct sockaddr_un *)&at->sa)->sun_path;

	if (bind(fd, sa, at->sa_len) < 0) {
		if (errno != EADDRINUSE)
			return bind_error(errno);
		if (!is_stale(at))
			return E_INUSE;
		if (bind(fd, sa, at->sa_len) < 0)
			return bind_error(errno);
	}
	return chmod(path, mode) < 0 ? err_from_errno(errno) : 0; /* before anybody can connect */
}

/* What accepted sockets inherit is set once, here. */
static int bind_inet(int fd, struct listen_addr *at)
{
	static const int on = 1;
	socklen_t len = sizeof(at->sa);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (at->sa.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at->sa, at->sa_len) < 0)
		return bind_error(errno);
	return getsockname(fd, (struct sockaddr *)&at->sa, &len) < 0 ? err_from_errno(errno) : 0;
}

static int open_socket(struct listener *li)
{
	int r;

	li->fd = socket(li->at.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (li->fd < 0)
		return err_from_errno(errno);
	r = li->at.is_unix ? bind_unix(li->fd, &li->at, li->opts.unix_mode) :
			     bind_inet(li->fd, &li->at);
	if (!r && listen(li->fd, BACKLOG) < 0)
		r = bind_error(errno);
	return r;
}

struct listener *listener_free(struct listener *li)
{
	if (!li)
		return NULL;
	list_del(&li->link);
	if (li->fd >= 0) {
		if (li->at.is_unix)
			unlink(((struct sockaddr_un *)&li->at.sa)->sun_path);
		close(li->fd);
	}
	free(li->doors);
	free(li);
	return NULL;
}

int server_listen(struct server *s, const struct listen_addr *at, const struct listen_opts *o,
		  struct listener **ret)
{
	struct listener *li = calloc(1, sizeof(*li));
	int r;

	if (!li)
		return E_NOMEM;
	list_init(&li->link);
	li->server = s;
	li->at = *at;
	li->opts = *o;
	li->doors = calloc(s->opts.n_loops, sizeof(*li->doors));
	r = li->doors ? open_socket(li) : E_NOMEM;
	if (r < 0) {
		if (li->fd > 0) /* its file, if there is one, is another's */
			close(li->fd);
		li->fd = -1;
		listener_free(li);
		return r;
	}
	list_add_tail(&s->listeners, &li->link);
	if (ret)
		*ret = li;
	return 0;
}
