/* conn_pump.c - the one driver: does the next thing until the client or a task is needed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/conn_impl.h"

enum { CALLS_A_TURN = 128 }; /* of one connection, before others have theirs */

/* -- tasks ------------------------------------------------------------------------ */

static bool has_more_to_do(const struct conn *c)
{
	return c->wants_step || c->wants_later || c->sink;
}

static void call_is_over(struct conn *c)
{
	if (!c->keeps_arena && (!has_more_to_do(c) || c->is_dead))
		arena_reset(&c->arena);
	c->is_busy = false;
	c->active_ms = loop_now_ms(c->loop); /* what we took is not the client's fault */
	c->progress = 0;
	if (!c->in_pump)
		conn_kick(c);
}

static void task_main(void *arg)
{
	struct conn *c = arg;

	c->task(c);
	call_is_over(c);
}

static void conn_call(struct conn *c, void (*fn)(struct conn *c))
{
	c->is_busy = true;
	c->task = fn;
	if (task_start(c->loop, task_main, c) < 0) {
		c->is_busy = false;
		conn_die(c, END_ERROR);
	}
}

static void call_start(struct conn *c)
{
	const struct proto *proto = conn_opts(c)->proto;

	proto->start(c);
}

static void call_line(struct conn *c)
{
	conn_opts(c)->proto->line(c, c->line, c->line_flaw);
}

static void call_end(struct conn *c)
{
	conn_opts(c)->proto->end(c, c->end);
	c->ended = true;
}

/* -- the pump -------------------------------------------------------------------------- */

/* Input that is wanted, but does not come: false if nothing more can be done now. */
static bool pump_input(struct conn *c)
{
	if (conn_in_read(c))
		return true;
	if (c->eof && !c->is_dead) {
		c->is_closing = true;
		c->end = END_CLIENT;
		return true;
	}
	return false;
}

static bool pump_upload(struct conn *c)
{
	if (c->drain) {
		void (*fn)(struct conn *) = c->drain;

		c->drain = NULL;
		conn_call(c, fn);
		return true;
	}
	if (c->sink_done) {
		void (*fn)(struct conn *) = c->then;

		c->sink = NULL;
		c->sink_done = false;
		conn_call(c, fn);
		return true;
	}
	conn_out_flush(c); /* the "go ahead" */
	if (conn_in_feed(c) || conn_in_read(c))
		return true;
	if (c->eof)
		conn_die(c, END_CLIENT); /* a truncated message is nobody's (SECURITY A5) */
	return false;
}

static bool is_http(struct str line)
{
	static const char *const words[] = {"GET ",  "POST ",    "PUT ",     "HEAD ",
					    "HOST:", "OPTIONS ", "CONNECT ", "DELETE "};

	for (size_t i = 0; i < COLUMNS(words); i++)
		if (str_istarts(line, str_of(words[i])))
			return true;
	return false;
}

static void give_line(struct conn *c)
{
	bool first = !c->had_line;

	c->had_line = true;
	c->active_ms = loop_now_ms(c->loop);
	if (first && is_http(c->line)) { /* a browser that somebody sends here: SECURITY A4 */
		c->is_closing = true;
		c->end = END_ALIEN;
		return;
	}
	conn_call(c, call_line);
}

static bool is_flooding(const struct conn *c)
{
	unsigned most = conn_opts(c)->proto->overlong_most;

	return most && c->overlong >= most;
}

static void call_woken(struct conn *c)
{
	conn_opts(c)->proto->woken(c);
}

static bool pump_lines(struct conn *c)
{
	if (c->out_n > OUT_HIGH) {
		conn_out_flush(c);
		if (c->out_n > OUT_LOW)
			return false;
	}
	if (is_flooding(c)) {
		conn_out_flush(c);
		conn_farewell(c, END_FLOOD);
		return true;
	}
	if (c->is_woken && conn_opts(c)->proto->woken) {
		c->is_woken = false;
		conn_call(c, call_woken);
		return true;
	}
	if (conn_in_line(c)) {
		give_line(c);
		return true;
	}
	conn_out_flush(c);
	return pump_input(c);
}

static bool pump_step(struct conn *c)
{
	conn_out_flush(c);
	if (c->out_n > OUT_LOW)
		return false;
	c->wants_step = false;
	conn_call(c, c->call);
	return true;
}

static bool pump_later(struct conn *c)
{
	conn_out_flush(c);
	if (!c->later_is_due)
		return false;
	c->wants_later = false;
	conn_call(c, c->call);
	return true;
}

static bool pump_close(struct conn *c)
{
	conn_out_flush(c);
	if (c->out)
		return false;
	conn_tls_bye(c);
	conn_die(c, END_QUIT);
	return true;
}

/* The server stops, and no command is under way. */
static bool pump_draining(struct conn *c)
{
	conn_out_flush(c);
	if (c->out)
		return false;
	conn_farewell(c, END_SHUTDOWN);
	return true;
}

static bool pump_start(struct conn *c)
{
	c->started = true;
	c->active_ms = loop_now_ms(c->loop);
	conn_set_idle(c, c->idle_ms);
	conn_call(c, call_start);
	return true;
}

/* The next thing to do. False: wait for the client, the timer or a task. */
static bool pump_once(struct conn *c)
{
	if (c->is_dead) {
		if (c->started && !c->ended) {
			conn_call(c, call_end);
			return !c->is_busy;
		}
		conn_finish(c);
		return false;
	}
	if (c->wants_disk) {
		c->wants_disk = false;
		conn_call(c, conn_file_warm);
		return true;
	}
	if (c->in_handshake)
		return conn_tls_handshake(c);
	if (c->wants_tls)
		return conn_tls_upgrade(c);
	if (!c->started && !c->is_closing)
		return pump_start(c);
	if (c->is_draining && !has_more_to_do(c) && !c->is_closing)
		return pump_draining(c);
	if (c->wants_step)
		return pump_step(c);
	if (c->wants_later)
		return pump_later(c);
	if (c->wants_zip)
		return conn_zip_begin(c);
	if (c->is_closing)
		return pump_close(c);
	return c->sink ? pump_upload(c) : pump_lines(c);
}

/* A death, or a cold piece of a file, found on the way is the next thing to see to. */
static bool pump_more(struct conn *c)
{
	bool was_dead = c->is_dead;

	return pump_once(c) || (c->is_dead ? !was_dead : c->wants_disk);
}

void conn_pump(struct conn *c)
{
	if (c->is_busy || c->in_pump)
		return;
	c->in_pump = true;
	for (int i = 0; pump_more(c); i++) {
		if (c->is_busy)
			break;
		if (i == CALLS_A_TURN) {
			conn_kick(c);
			break;
		}
	}
	c->in_pump = false;
	if (c->is_busy || c->watch.fd < 0)
		return;
	conn_in_rest(c);
	conn_zip_rest(c);
	if (!c->keeps_arena && !has_more_to_do(c))
		arena_free(&c->arena); /* it waits, maybe for long: an idle session has none */
}
