/* signals.c - SIGHUP reads again, SIGTERM and SIGINT drain and end.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>
#include "base/err.h"
#include "base/log.h"
#include "cmd/serve.h"
#include "net/loop.h"

enum { DRAIN_MS = 2000, PATIENCE_MS = 4200 };

/* Past this we are late: what is acknowledged is in the log, so the next start recovers. */
static void on_alarm(int number)
{
	static const char text[] = "mailkeep: serve: stopping took too long, left at once\n";

	if (write(2, text, sizeof(text) - 1) < 0)
		_exit(0);
	_exit(0);
}

static void set_deadline(void)
{
	struct itimerval in = {.it_value = {.tv_sec = PATIENCE_MS / 1000,
					    .tv_usec = PATIENCE_MS % 1000 * 1000}};
	struct sigaction act = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &in, NULL);
}

static void on_drained(void *arg)
{
	struct server_state *s = arg;

	for (unsigned i = 0; i < s->n_signals; i++)
		uv_close((uv_handle_t *)&s->signals[i], NULL);
	s->n_signals = 0;
	for (unsigned i = 0; i < s->n_loops; i++)
		loop_stop(s->loops[i]);
}

static void stop(struct server_state *s, int number)
{
	if (s->is_stopping)
		return;
	s->is_stopping = true;
	log_event(LOG_EV_INFO, "stopping", "signal", LOG_Z(number == SIGINT ? "SIGINT" : "SIGTERM"),
		  NULL);
	set_deadline();
	server_drain(s->server, DRAIN_MS, on_drained, s);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct server_state *s = handle->data;

	if (number == SIGHUP && !s->is_stopping)
		serve_reload(s);
	else if (number != SIGHUP)
		stop(s, number);
}

int serve_signals(struct server_state *s)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COLUMNS(numbers); i++) {
		uv_signal_t *h = &s->signals[i];

		if (uv_signal_init(loop_uv(s->loops[0]), h))
			return E_NOMEM;
		s->n_signals++;
		h->data = s;
		if (uv_signal_start(h, on_signal, numbers[i]))
			return E_NOMEM;
	}
	return 0;
}
