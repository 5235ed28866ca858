/* serve.h - the running server, as its parts see it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to cmd/. */
#ifndef CMD_SERVE_H
#define CMD_SERVE_H

#include <pthread.h>
#include <uv.h>
#include "auth/auth.h"
#include "cmd/home.h"
#include "conf/conf.h"
#include "net/listen.h"
#include "net/tls.h"
#include "store/store.h"

enum { LISTENERS_MOST = 64, LOOPS_MOST = 256 };

struct server_state {
	const struct verb_call *call; /* the command line: read again at a reload */
	struct service service;
	struct conf *conf;
	struct conf **old_confs; /* sessions may still read them: conf.h */
	size_t n_old_confs;
	struct owner owner; /* who we are once nothing needs root any more */
	struct tls_ctx *tls;

	struct loop *loops[LOOPS_MOST];
	unsigned n_loops;
	pthread_t threads[LOOPS_MOST]; /* of loops[1...] */
	unsigned n_threads;

	struct server *server;
	struct {
		const char *protocol;
		struct listener *listener;
	} listeners[LISTENERS_MOST];
	unsigned n_listeners;
	struct cidr *trusted, *lmtp_allow;
	size_t n_trusted, n_lmtp_allow;

	struct admin *admin;
	uv_signal_t signals[3];
	unsigned n_signals;
	bool is_stopping;
	int64_t started_ms;
};

/* listeners.c: reads the networks of trusted and lmtp_allow. */
int serve_networks(struct server_state *s, struct out *out);
/* listeners.c: binds everything that conf->listen names. EX_OK, or an exit code after telling. */
int serve_listen(struct server_state *s, struct out *out);
/* " pop3=127.0.0.1:41234 lmtp=unix:/path" */
void serve_where(const struct server_state *s, struct buf *out);

/* certificate.c: that of the settings, or a self-signed one in the data folder. */
int serve_tls(struct server_state *s, struct out *out);
int serve_tls_again(struct server_state *s); /* keeps the old one if the new one is bad */

/* signals.c: SIGHUP reads the configuration again, SIGTERM and SIGINT drain. */
int serve_signals(struct server_state *s);

/* reload.c */
void serve_reload(struct server_state *s);
int serve_log_setup(const struct conf *c);

#endif
