/* listeners.c - binds what the setting `listen` names.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/err.h"
#include "cmd/serve.h"
#include "imap/imap.h"
#include "pop/pop3.h"
#include "smtp/smtp.h"

static const struct protocol {
	const char *name;
	const struct proto *proto;
	bool implicit_tls;
} protocols[] = {
	{"pop3", &pop3_proto, false},
	{"pop3s", &pop3_proto, true},
	{"imap", &imap_proto, false},
	{"imaps", &imap_proto, true},
	{"lmtp", &lmtp_proto, false},
	{"smtp", &smtp_proto, false},
};

static const struct protocol *find_protocol(struct str name)
{
	for (size_t i = 0; i < COLUMNS(protocols); i++)
		if (str_eq(str_of(protocols[i].name), name))
			return &protocols[i];
	return NULL;
}

/* "pop3=127.0.0.1:110" */
static int read_listener(const char *text, const struct protocol **protocol, struct listen_addr *at,
			 struct out *out)
{
	struct str where = str_of(text), name = str_cut(&where, '=');

	*protocol = find_protocol(name);
	if (*protocol && where.p && listen_parse(at, where) == 0)
		return EX_OK;
	out_error(out, "listen: %.200s: this cannot be listened on", text); /* conf/check.c knew it */
	return EX_CONFIG;
}

static int read_networks(const char *setting, const struct conf_list *l, struct cidr **ret,
			 size_t *n, struct out *out)
{
	struct cidr *v = calloc(l->n + 1, sizeof(*v));

	if (!v)
		return EX_OSERR;
	for (size_t i = 0; i < l->n; i++)
		if (cidr_parse(&v[i], str_of(l->v[i])) < 0) {
			out_error(out, "%s: %.200s: write a network such as 192.0.2.0/24", setting,
				  l->v[i]);
			free(v);
			return EX_CONFIG;
		}
	*ret = v;
	*n = l->n;
	return EX_OK;
}

int serve_networks(struct server_state *s, struct out *out)
{
	int code = read_networks("trusted", &s->conf->trusted, &s->trusted, &s->n_trusted, out);

	if (code == EX_OK)
		code = read_networks("lmtp_allow", &s->conf->lmtp_allow, &s->lmtp_allow,
				     &s->n_lmtp_allow, out);
	return code;
}

static int say_bind(const char *text, int e, struct out *out)
{
	switch (e) {
	case E_INUSE:
		out_error(out, "listen: %.200s: this port is taken by another program", text);
		return EX_UNAVAILABLE;
	case E_DENIED:
		out_error(out, "listen: %.200s: not allowed; ports under 1024 need root", text);
		return EX_NOPERM;
	case E_NOTFOUND:
		out_error(out, "listen: %.200s: %s", text,
			  strstr(text, "=unix:") ? "there is no such folder to make a socket in"
						 : "this machine has no such address");
		return EX_UNAVAILABLE;
	default:
		out_error(out, "listen: %.200s: %s", text, err_row(e)->text);
		return EX_UNAVAILABLE;
	}
}

/* A setting of 0 is no limit; in listen_opts it would be the server's. LMTP's clients are MTAs that we
 * were told to trust (lmtp_allow). */
static unsigned per_ip(const struct conf *c, const struct protocol *p)
{
	int64_t most = p->proto == &smtp_proto ? c->connections_per_ip_mx : c->connections_per_ip;

	return p->proto == &lmtp_proto || !most ? UINT_MAX : (unsigned)most;
}

/* A UNIX socket made by root belongs to the user that we become: unix_mode then tells who else may
 * connect. */
static int give_socket(const struct server_state *s, const struct listen_addr *at, const char *text,
		       struct out *out)
{
	const struct sockaddr_un *sun = (const struct sockaddr_un *)&at->sa;

	if (geteuid() || !s->owner.uid || !lchown(sun->sun_path, s->owner.uid, s->owner.gid))
		return EX_OK;
	out_error(out, "listen: %.200s: cannot give the socket to its user: %s", text,
		  strerror(errno));
	return EX_OSERR;
}

static int bind_one(struct server_state *s, const char *text, struct listener **ret,
		    const char **protocol, struct out *out)
{
	const struct conf *c = s->conf;
	const struct protocol *p;
	struct listen_addr at;
	int code = read_listener(text, &p, &at, out), r;
	struct listen_opts o = {
		.service = &s->service,
		.tls = s->tls,
		.unix_mode = (mode_t)strtoul(c->unix_mode, NULL, 8),
	};

	if (code != EX_OK)
		return code;
	o.proto = p->proto;
	o.implicit_tls = p->implicit_tls;
	o.conns_per_ip = per_ip(c, p);
	if (p->proto == &lmtp_proto && !at.is_unix && !at.is_loopback) {
		o.allow = s->lmtp_allow;
		o.n_allow = (unsigned)s->n_lmtp_allow;
	}
	r = server_listen(s->server, &at, &o, ret);
	if (r < 0)
		return say_bind(text, r, out);
	*protocol = p->name;
	return at.is_unix ? give_socket(s, &at, text, out) : EX_OK;
}

/* DATA/lmtp.sock, for `deliver`, whatever else there is. The folder's mode keeps others away. A path
 * too long for a socket's address is the one case without: deliver says so, and takes --lmtp. */
static int bind_own_lmtp(struct server_state *s, struct out *out)
{
	struct sockaddr_un sun;
	struct listener *own;
	const char *protocol;
	char text[sizeof(sun.sun_path) + sizeof("lmtp=unix:")];
	int n = snprintf(text, sizeof(text), "lmtp=unix:%s/lmtp.sock", s->conf->data);

	if (n < 0 || (size_t)n >= sizeof(text) - 1)
		return EX_OK;
	for (size_t i = 0; i < s->conf->listen.n; i++)
		if (str_eq(str_of(s->conf->listen.v[i]), str_of(text)))
			return EX_OK;
	return bind_one(s, text, &own, &protocol, out);
}

int serve_listen(struct server_state *s, struct out *out)
{
	const struct conf *c = s->conf;
	int code = EX_OK;

	if (!c->listen.n) {
		out_error(out, "there is nothing to listen on: set listen, or give --listen "
			       "pop3=127.0.0.1:1110");
		return EX_CONFIG;
	}
	if (c->listen.n > LISTENERS_MOST) {
		out_error(out, "listen: at most %d listeners", LISTENERS_MOST);
		return EX_CONFIG;
	}
	for (size_t i = 0; code == EX_OK && i < c->listen.n; i++) {
		code = bind_one(s, c->listen.v[i], &s->listeners[i].listener,
				&s->listeners[i].protocol, out);
		s->n_listeners += code == EX_OK;
	}
	return code == EX_OK ? bind_own_lmtp(s, out) : code;
}

void serve_where(const struct server_state *s, struct buf *out)
{
	for (unsigned i = 0; i < s->n_listeners; i++) {
		buf_printf(out, " %s=", s->listeners[i].protocol);
		listener_name(s->listeners[i].listener, out);
	}
}
