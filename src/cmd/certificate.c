/* certificate.c - TLS for all listeners: the settings' certificate, or a self-signed one.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/err.h"
#include "base/log.h"
#include "cmd/serve.h"

#define OWN_CERT "tls-cert.pem"
#define OWN_KEY  "tls-key.pem"

enum { PATH_MOST = 4096 };

/* As root: the data folder is another user's, so it is he who writes there. */
static int act_as(const struct owner *o, bool on)
{
	if (getuid() || !o->uid)
		return 0;
	if (on)
		return setegid(o->gid) || seteuid(o->uid) ? err_from_errno(errno) : 0;
	return seteuid(0) || setegid(0) ? err_from_errno(errno) : 0;
}

static int make_own(struct server_state *s)
{
	int dir, r, back;

	r = act_as(&s->owner, true);
	if (r < 0)
		return r;
	dir = open(s->conf->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? err_from_errno(errno)
		    : tls_self_signed(dir, OWN_CERT, OWN_KEY, str_of(s->conf->hostname));
	if (dir >= 0)
		close(dir);
	back = act_as(&s->owner, false);
	return back < 0 ? back : r;
}

/* The paths of certificate and key; `made`: a new self-signed one was made. */
static int find_paths(struct server_state *s, struct buf *cert, struct buf *key, bool *made)
{
	const struct conf *c = s->conf;
	int r = 0;

	*made = false;
	if (*c->tls_cert) {
		buf_printf(cert, "%s", c->tls_cert);
		buf_printf(key, "%s", c->tls_key);
	} else {
		r = make_own(s);
		*made = r > 0;
		buf_printf(cert, "%s/" OWN_CERT, c->data);
		buf_printf(key, "%s/" OWN_KEY, c->data);
	}
	buf_add_char(cert, '\0');
	buf_add_char(key, '\0');
	return r < 0 ? r : cert->failed ? cert->failed : key->failed;
}

static void say_unusable(const char *cert, const char *key, int r, const char *why, struct out *out)
{
	bool is_key = access(cert, R_OK) == 0;

	if (r == E_FORMAT)
		out_error(out, "%s (setting tls_cert) and %s (tls_key) are not a certificate in PEM and the key that "
			       "belongs to it (OpenSSL: %s)",
			  cert, key, why ? why : "nothing more");
	else
		out_error(out, "%s (setting %s): %s", is_key ? key : cert, is_key ? "tls_key" : "tls_cert",
			  err_row(r)->text);
}

int serve_tls(struct server_state *s, struct out *out)
{
	struct buf cert, key;
	const char *why = NULL;
	bool made;
	int r;

	buf_init(&cert, PATH_MOST);
	buf_init(&key, PATH_MOST);
	r = find_paths(s, &cert, &key, &made);
	if (r < 0) {
		out_error(out, "cannot make a certificate in %s: %s", s->conf->data,
			  err_row(r)->text);
	} else {
		struct tls_opts o = {cert.p, key.p};

		r = tls_new(&s->tls, &o, &why);
		if (r < 0)
			say_unusable(cert.p, key.p, r, why, out);
	}
	if (!r && made)
		log_event(LOG_EV_WARN, "certificate", "made", LOG_Z("self-signed"), "file",
			  LOG_Z(cert.p), "hint",
			  LOG_Z("set tls_cert and tls_key to one that clients trust"), NULL);
	else if (!r && !*s->conf->tls_cert)
		log_event(LOG_EV_INFO, "certificate", "used", LOG_Z("self-signed"), "file",
			  LOG_Z(cert.p), NULL);
	buf_free(&cert);
	buf_free(&key);
	return r < 0 ? EX_CONFIG : EX_OK;
}

int serve_tls_again(struct server_state *s)
{
	struct buf cert, key;
	const char *why = NULL;
	bool made;
	int r;

	buf_init(&cert, PATH_MOST);
	buf_init(&key, PATH_MOST);
	r = find_paths(s, &cert, &key, &made);
	if (!r) {
		struct tls_opts o = {cert.p, key.p};

		r = tls_reload(s->tls, &o, &why);
	}
	if (r < 0)
		log_event(LOG_EV_ERROR, "certificate", "kept", LOG_Z("the old one"), "file",
			  LOG_Z(cert.p), "why", LOG_Z(why ? why : err_row(r)->text), NULL);
	buf_free(&cert);
	buf_free(&key);
	return r;
}
