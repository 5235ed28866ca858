/* reload.c - SIGHUP: the configuration is checked, then swapped, or the old one stays.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/log.h"
#include "cmd/serve.h"
#include "conf/table.h"

int serve_log_setup(const struct conf *c)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {{"error", LOG_EV_ERROR},
		      {"warn", LOG_EV_WARN},
		      {"info", LOG_EV_INFO},
		      {"debug", LOG_EV_DEBUG}};
	struct log_opts o = {
		.level = LOG_EV_INFO,
		.target = c->log_target,
		.per_second_most = (unsigned)c->log_per_second,
	};

	for (size_t i = 0; i < COLUMNS(levels); i++)
		if (str_eq(str_of(levels[i].name), str_of(c->log_level)))
			o.level = levels[i].level;
	return log_setup(&o);
}

/* What only a start looks at. */
static bool needs_restart(const struct option_row *row)
{
	static const char *const names[] = {
		"data", "user", "listen", "loops", "connections", "connections_per_ip",
		"connections_per_ip_mx", "trusted", "lmtp_allow", "unix_mode", "password_workers",
		"password_queue", "backend", "segment_size", "undelete", "reserve", "upload_memory",
		"checkpoint", "checkpoint_log", "message_size", "compress", "compress_from",
		"test_io_chunk",
	};

	for (size_t i = 0; i < COLUMNS(names); i++)
		if (str_eq(str_of(names[i]), str_of(row->name)))
			return true;
	return false;
}

static void tell_change(const struct conf *old, const struct conf *new, const struct option_row *row)
{
	struct buf was, is;

	buf_init(&was, 1 << 20);
	buf_init(&is, 1 << 20);
	option_print(old, row, &was);
	option_print(new, row, &is);
	if (!str_eq(buf_str(&was), buf_str(&is)))
		log_event(needs_restart(row) ? LOG_EV_WARN : LOG_EV_INFO, "setting", "name",
			  LOG_Z(row->name), "was", LOG_STR(buf_str(&was)), "is",
			  LOG_STR(buf_str(&is)), "in_force",
			  LOG_Z(needs_restart(row) ? "after a restart" : "now"), NULL);
	buf_free(&was);
	buf_free(&is);
}

static bool keep_old(struct server_state *s, struct conf *old)
{
	void *p = realloc(s->old_confs, (s->n_old_confs + 1) * sizeof(*s->old_confs));

	if (!p)
		return false;
	s->old_confs = p;
	s->old_confs[s->n_old_confs++] = old;
	return true;
}

/* Errors go to the log: there is nobody at a terminal any more. */
static void write_log(struct out *o, bool is_error, struct str bytes)
{
	log_event(LOG_EV_ERROR, "reload", "error", LOG_STR(str_trim(bytes)), NULL);
}

void serve_reload(struct server_state *s)
{
	struct out out = {.write = write_log};
	struct conf *new = NULL, *old = s->conf;
	int r;

	log_reopen();
	r = verb_load_conf(&new, s->call->raw, &out);
	if (!r && !keep_old(s, old))
		r = E_NOMEM;
	if (r < 0) {
		conf_free(new);
		log_event(LOG_EV_ERROR, "reload", "result", LOG_Z("the old settings stay"), NULL);
		return;
	}
	for (size_t i = 0; i < option_count; i++)
		tell_change(old, new, &option_rows[i]);
	s->conf = new;
	s->service.conf = new;
	serve_log_setup(new);
	r = serve_tls_again(s);
	log_event(LOG_EV_INFO, "reload", "result", LOG_Z(r < 0 ? "the old certificate stays" : "ok"),
		  NULL);
}
