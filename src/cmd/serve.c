/* serve.c - the server: settings, sockets, privileges, store, loops, and the way back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The order matters: what needs root (ports, the certificate's key) comes first, then root is given up
 * for good, then the store is opened: no byte that somebody mailed in is ever read as root. */
#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "cmd/admin.h"
#include "cmd/serve.h"
#include "cmd/verbs.h"
#include "cmd/version.h"
#include "wire/charset.h"

/* -- before root is given up ---------------------------------------------------- */

/* Who we will be: the setting `user` if we are root, else whoever we are. */
static int find_user(struct server_state *s, struct out *out)
{
	const struct passwd *pw;

	if (geteuid()) {
		s->owner = (struct owner){.uid = geteuid(), .gid = getegid()};
		return EX_OK;
	}
	pw = getpwnam(s->conf->user);
	if (!pw) {
		out_error(out, "there is no user \"%.60s\" to become (setting user): make one with "
			       "adduser --system --group, or start with --set user=root",
			  s->conf->user);
		return EX_CONFIG;
	}
	s->owner = (struct owner){.uid = pw->pw_uid, .gid = pw->pw_gid};
	str_to_c(str_of(pw->pw_name), s->owner.name, sizeof(s->owner.name));
	return EX_OK;
}

static int prepare_folder(struct server_state *s, struct out *out)
{
	struct owner found;
	int code = home_prepare(s->conf, &found, out);

	if (code != EX_OK || found.uid == s->owner.uid)
		return code;
	out_error(out, "the data folder %s belongs to %s (uid %u), but the server would run as uid %u "
		       "(setting user)",
		  s->conf->data, *found.name ? found.name : "another user", found.uid, s->owner.uid);
	return EX_CONFIG;
}

static unsigned count_cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : (unsigned)CPU_COUNT(&set);
}

static void raise_files(void)
{
	struct rlimit l;

	if (!getrlimit(RLIMIT_NOFILE, &l)) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static int make_loops(struct server_state *s, struct out *out)
{
	unsigned n = s->conf->loops ? (unsigned)s->conf->loops : count_cores();
	struct server_opts o = {
		.loops = s->loops,
		.conns_most = (unsigned)s->conf->connections,
		.conns_per_ip = (unsigned)s->conf->connections_per_ip,
		.io_chunk = (unsigned)s->conf->test_io_chunk,
	};
	int r = 0;

	while (!r && s->n_loops < n && s->n_loops < LOOPS_MOST) {
		struct loop_opts lo = {0};

		r = loop_new(&s->loops[s->n_loops], &lo);
		if (!r)
			s->n_loops++;
	}
	o.n_loops = s->n_loops;
	o.trusted = s->trusted;
	o.n_trusted = (unsigned)s->n_trusted;
	if (!r)
		r = server_new(&s->server, &o);
	if (r < 0)
		out_error(out, "cannot make %u loops: %s", n, err_row(r)->text);
	return r < 0 ? EX_OSERR : EX_OK;
}

/* -- after ------------------------------------------------------------------------- */

static void log_recovery(const struct store_recovery *r)
{
	log_event(r->damaged_frames ? LOG_EV_WARN : LOG_EV_INFO, "recovery", "clean",
		  LOG_BOOL(r->clean), "rebuilt", LOG_BOOL(r->index_rebuilt), "why",
		  LOG_Z(r->why_rebuilt), "replayed", LOG_INT(r->replayed_records), "replayed_bytes",
		  LOG_INT(r->replayed_bytes), "cut", LOG_INT(r->cut_records), "cut_bytes",
		  LOG_INT(r->cut_bytes), "damaged", LOG_INT(r->damaged_frames), "ms",
		  LOG_INT(r->ms), NULL);
}

static int open_services(struct server_state *s, struct out *out)
{
	struct store_recovery rec = {0};
	struct auth_opts ao = {.service = &s->service};
	struct admin_opts mo = {.data = s->conf->data, .service = &s->service, .state = s};
	int r = home_open_store(&s->service.store, s->conf, 1000, &rec);

	if (r < 0)
		return home_say_why(s->conf, r, out);
	log_recovery(&rec);
	charset_load(); /* a task's stack is too small for it */
	ao.store = s->service.store;
	r = auth_new(&s->service.auth, &ao);
	if (!r)
		r = admin_start(&s->admin, &mo);
	if (r < 0)
		out_error(out, "cannot start: %s", err_row(r)->text);
	return r < 0 ? verb_exit(r) : EX_OK;
}

static void *run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

static int start_threads(struct server_state *s)
{
	sigset_t all, old;
	int r = 0;

	sigfillset(&all); /* signals are loops[0]'s */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (unsigned i = 1; !r && i < s->n_loops; i++) {
		r = pthread_create(&s->threads[i], NULL, run_loop, s->loops[i]) ? E_NOMEM : 0;
		if (!r)
			s->n_threads = i;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

/* systemd's Type=notify: one datagram. Nothing without it. */
static void notify_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (!n || n >= sizeof(at.sun_path))
		return;
	memcpy(at.sun_path, path, n);
	if (at.sun_path[0] == '@')
		at.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&at,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

static void tell_ready(struct server_state *s, struct out *out)
{
	struct buf where;

	buf_init(&where, 64 << 10);
	serve_where(s, &where);
	log_event(LOG_EV_INFO, "start", "version", LOG_Z(MAILKEEP_VERSION), "pid", LOG_INT(getpid()),
		  "data", LOG_Z(s->conf->data), "listen", LOG_STR(str_trim(buf_str(&where))), "loops",
		  LOG_INT(s->n_loops), NULL);
	out_printf(out, "ready%.*s\n", STR_ARG(buf_str(&where)));
	fflush(stdout);
	notify_ready();
	buf_free(&where);
}

static int run(struct server_state *s, struct out *out)
{
	int r = serve_signals(s);

	if (!r)
		r = server_start(s->server);
	if (!r)
		r = start_threads(s);
	if (r < 0) {
		out_error(out, "cannot start: %s", err_row(r)->text);
		return EX_OSERR;
	}
	tell_ready(s, out);
	loop_run(s->loops[0]);
	return EX_OK;
}

/* -- all of it ------------------------------------------------------------------------ */

__attribute__((noinline)) static int set_up(struct server_state *s, struct out *out)
{
	int code = serve_log_setup(s->conf) < 0 ? EX_CANTCREAT : EX_OK;

	if (code != EX_OK) {
		out_error(out, "cannot open the log %s (setting log_target)", s->conf->log_target);
		return code;
	}
	umask(077);
	raise_files();
	code = find_user(s, out);
	if (code == EX_OK)
		code = prepare_folder(s, out);
	if (code == EX_OK)
		code = admin_refuse_second(s->conf->data, out);
	if (code == EX_OK)
		code = serve_networks(s, out);
	if (code == EX_OK)
		code = make_loops(s, out);
	if (code == EX_OK)
		code = serve_tls(s, out);
	if (code == EX_OK)
		code = serve_listen(s, out);
	if (code == EX_OK)
		code = home_become(&s->owner, out);
	if (code == EX_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		code = EX_OSERR;
	return code == EX_OK ? open_services(s, out) : code;
}

static void tear_down(struct server_state *s)
{
	for (unsigned i = 1; i <= s->n_threads; i++)
		pthread_join(s->threads[i], NULL);
	s->admin = admin_stop(s->admin);
	s->server = server_free(s->server);
	s->service.auth = auth_free(s->service.auth);
	s->service.store = store_close(s->service.store);
	s->tls = tls_free(s->tls);
	for (unsigned i = 0; i < s->n_loops; i++)
		loop_free(s->loops[i]);
	for (size_t i = 0; i < s->n_old_confs; i++)
		if (i) /* the first belongs to our caller */
			conf_free(s->old_confs[i]);
	if (s->n_old_confs)
		conf_free(s->conf);
	free(s->old_confs);
	free(s->trusted);
	free(s->lmtp_allow);
}

int cmd_serve(struct verb_call *v)
{
	struct server_state *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return EX_OSERR;
	s->call = v;
	s->conf = (struct conf *)(uintptr_t)v->conf;
	s->service.conf = v->conf;
	s->started_ms = clock_wall_ms();
	code = set_up(s, v->out);
	if (code == EX_OK)
		code = run(s, v->out);
	tear_down(s);
	if (code == EX_OK)
		log_event(LOG_EV_INFO, "stop", "seconds",
			  LOG_INT((clock_wall_ms() - s->started_ms) / 1000), NULL);
	free(s);
	return code;
}
