/* home.c - the data folder: whose it is, who has it open, where a verb runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/err.h"
#include "cmd/admin.h"
#include "cmd/frame.h"
#include "cmd/home.h"
#include "conf/conf.h"

enum { TURNS = 10, TURN_MS = 500 }; /* 5 s for the lock, the socket tried again between */

/* -- the owner -------------------------------------------------------------------- */

static void set_owner(struct owner *o, uid_t uid, gid_t gid)
{
	const struct passwd *pw = getpwuid(uid);

	*o = (struct owner){.uid = uid, .gid = gid};
	if (pw)
		str_to_c(str_of(pw->pw_name), o->name, sizeof(o->name));
}

static int cannot_make(const struct conf *c, struct out *out)
{
	int eno = errno;

	out_error(out, "cannot make the data folder %s: %s", c->data, strerror(eno));
	return eno == EACCES || eno == EPERM ? EX_NOPERM : EX_CANTCREAT;
}

static int make_folder(const struct conf *c, struct owner *ret, struct out *out)
{
	const struct passwd *pw = geteuid() ? NULL : getpwnam(c->user);

	if (mkdir(c->data, 0700) && errno != EEXIST)
		return cannot_make(c, out);
	if (pw && pw->pw_uid && lchown(c->data, pw->pw_uid, pw->pw_gid))
		return cannot_make(c, out);
	if (pw)
		set_owner(ret, pw->pw_uid, pw->pw_gid);
	else
		set_owner(ret, geteuid(), getegid());
	return EX_OK;
}

int home_prepare(const struct conf *c, struct owner *ret, struct out *out)
{
	struct stat st;

	if (stat(c->data, &st)) {
		if (errno == ENOENT)
			return make_folder(c, ret, out);
		out_error(out, "cannot look at the data folder %s: %s", c->data, strerror(errno));
		return errno == EACCES ? EX_NOPERM : EX_IOERR;
	}
	if (!S_ISDIR(st.st_mode)) {
		out_error(out, "%s (setting data) is not a folder", c->data);
		return EX_CONFIG;
	}
	set_owner(ret, st.st_uid, st.st_gid);
	if (geteuid() && st.st_uid != geteuid()) {
		out_error(out, "the data folder %s belongs to %s (uid %u): run this as that user or as root",
			  c->data, *ret->name ? ret->name : "another user", ret->uid);
		return EX_NOPERM;
	}
	return EX_OK;
}

int home_become(const struct owner *to, struct out *out)
{
	gid_t gid = to->gid;
	int r;

	if (geteuid() || to->uid == 0)
		return EX_OK;
	r = *to->name ? initgroups(to->name, gid) : setgroups(1, &gid);
	if (r || setresgid(gid, gid, gid) || setresuid(to->uid, to->uid, to->uid) ||
	    geteuid() != to->uid || setuid(0) == 0) {
		out_error(out, "cannot become %s (uid %u): %s", *to->name ? to->name : "that user",
			  to->uid, strerror(errno));
		return EX_OSERR;
	}
	return EX_OK;
}

/* -- the store --------------------------------------------------------------------- */

int home_open_store(struct store **ret, const struct conf *c, unsigned lock_wait_ms,
		    struct store_recovery *rec)
{
	struct store_opts o = {
		.dir = c->data,
		.backend = c->backend,
		.segment_bytes = c->segment_size,
		.checkpoint_log_bytes = c->checkpoint_log,
		.checkpoint_s = (unsigned)c->checkpoint,
		.reserve_bytes = c->reserve,
		.undelete_s = c->undelete,
		.upload_memory_bytes = c->upload_memory,
		.message_most_bytes = c->message_size,
		.compress = c->compress,
		.compress_from_bytes = c->compress_from,
		.lock_wait_ms = lock_wait_ms,
	};

	return store_open(ret, &o, rec);
}

int home_say_why(const struct conf *c, int err, struct out *out)
{
	const char *why = store_why();

	if (err == E_INUSE)
		out_error(out, "another mailkeep has the data folder %s open", c->data);
	else
		out_error(out, "cannot open the data folder %s: %s%s%s", c->data, err_row(err)->text,
			  why && *why ? ": " : "", why && *why ? why : "");
	return verb_exit(err);
}

static int run_here(struct verb_call *v)
{
	int code = v->verb->run(v);

	v->store = store_close(v->store);
	return code;
}

/* A name mistyped is not to become a new folder, nor a folder of something else a store. */
static int find_store(const struct verb_call *v)
{
	const char *data = v->conf->data;
	struct buf log;
	bool is_there;

	if (v->verb->flags & V_MAKES || !str_eq(str_of(v->conf->backend), STR("file")))
		return EX_OK;
	buf_init(&log, 8192);
	is_there = buf_printf(&log, "%s/log", data) < 0 || buf_add_char(&log, '\0') < 0 ||
		   !access(log.p, F_OK) || errno != ENOENT;
	buf_free(&log);
	if (is_there)
		return EX_OK;
	out_error(v->out, "there is no mail store in %s (setting data, option --data): serve and user add make one",
		  data);
	return EX_NOINPUT;
}

/* -- where ------------------------------------------------------------------------- */

int home_run(struct verb_call *v, const char *const *argv, size_t n)
{
	struct owner owner;
	int code = find_store(v), r = E_INUSE;

	if (code == EX_OK)
		code = home_prepare(v->conf, &owner, v->out);
	if (code == EX_OK)
		code = home_become(&owner, v->out);
	if (code != EX_OK)
		return code;
	for (int turn = 0; turn < TURNS; turn++) {
		r = admin_ask(v->conf->data, argv, n, v->password, v->out, &code);
		if (r != E_NOTFOUND)
			break;
		r = home_open_store(&v->store, v->conf, TURN_MS, NULL);
		if (!r)
			return run_here(v);
		if (r != E_INUSE)
			return home_say_why(v->conf, r, v->out);
	}
	if (r == E_INUSE)
		return home_say_why(v->conf, r, v->out);
	if (r < 0) {
		out_error(v->out, "the server went away in the middle; whether it was done is not known");
		return EX_UNAVAILABLE;
	}
	return code;
}

/* -- in two halves ---------------------------------------------------------------------- */

/* The half with the store, where no server runs: as the folder's owner. */
static int keep_store(struct verb_call *v, const struct owner *owner, int fd)
{
	struct out out;
	char code;

	frame_out(&out, fd);
	out.is_terminal = v->out->is_terminal;
	out.columns = v->out->columns;
	out.verb = v->out->verb;
	v->out = &out;
	v->fd = fd;
	code = (char)home_become(owner, &out);
	if (code == EX_OK) {
		int r = home_open_store(&v->store, v->conf, TURNS * TURN_MS, NULL);

		code = (char)(r < 0 ? home_say_why(v->conf, r, &out) : run_here(v));
	}
	frame_send(fd, FRAME_EXIT, str_n(&code, 1));
	close(fd);
	return code;
}

static int start_keeper(struct verb_call *v, const struct owner *owner, pid_t *pid)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return err_from_errno(errno);
	fflush(NULL);
	*pid = fork();
	if (*pid == 0) {
		signal(SIGINT, SIG_IGN); /* our end is that of the connection */
		close(fd[0]);
		_exit(keep_store(v, owner, fd[1]));
	}
	close(fd[1]);
	if (*pid < 0)
		close(fd[0]);
	return *pid < 0 ? E_NOMEM : fd[0];
}

int home_run_stream(struct verb_call *v, const char *const *argv, size_t n)
{
	struct owner owner;
	int code = find_store(v), r;
	pid_t pid = -1;

	if (code == EX_OK)
		code = home_prepare(v->conf, &owner, v->out);
	if (code != EX_OK)
		return code;
	r = admin_begin(v->conf->data, argv, n, v->out);
	if (r == E_NOTFOUND)
		r = start_keeper(v, &owner, &pid);
	if (r < 0)
		return verb_fail(v, v->conf->data, r);
	v->fd = r;
	code = v->verb->run(v);
	close(v->fd);
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return code;
}

int home_run_alone(struct verb_call *v)
{
	struct owner owner;
	int code = find_store(v);

	if (code == EX_OK)
		code = home_prepare(v->conf, &owner, v->out);
	if (code == EX_OK)
		code = home_become(&owner, v->out);
	return code == EX_OK ? v->verb->run(v) : code;
}
