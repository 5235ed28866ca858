/* log.c - formats an event, limits its rate, writes it with one call.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One mutex guards all of it: lines come whole and in order, and the line is built in
 * a buffer that is not on a task's small stack. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum { LINE_MOST = 4096, VALUE_MOST = 1024, NAMES_MOST = 128 };

/* What one event name has used of this second. */
struct rate {
	const char *event;
	uint64_t second, dropped;
	unsigned lines;
};

static struct {
	pthread_mutex_t lock;
	enum log_level level;
	int fd; /* -1: syslog */
	char path[512]; /* "" unless it is a file */
	unsigned per_second_most;
	struct rate rates[NAMES_MOST];
	char line[LINE_MOST + 1];
	size_t n;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_EV_INFO, .fd = STDERR_FILENO};

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_EV_ERROR] = {"error", LOG_ERR},
	[LOG_EV_WARN] = {"warn", LOG_WARNING},
	[LOG_EV_INFO] = {"info", LOG_INFO},
	[LOG_EV_DEBUG] = {"debug", LOG_DEBUG},
};

static void put(const char *p, size_t n)
{
	if (n > LINE_MOST - sink.n)
		n = LINE_MOST - sink.n;
	memcpy(sink.line + sink.n, p, n);
	sink.n += n;
}

static void put_z(const char *z)
{
	put(z, strlen(z));
}

static void put_u64(uint64_t v)
{
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + v % 10);
	while (v /= 10);
	put(at, (size_t)(digits + sizeof(digits) - at));
}

/* RFC 3339, UTC, milliseconds. */
static void put_time(void)
{
	int64_t ms = clock_wall_ms();
	time_t t = ms / 1000;
	char text[32], frac[8];
	struct tm tm;

	gmtime_r(&t, &tm);
	put(text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm));
	snprintf(frac, sizeof(frac), ".%03dZ", (int)(ms % 1000));
	put_z(frac);
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("\"\\=", s.p[i]))
			return false;
	return s.n > 0;
}

/* Octets outside printable ASCII become \xHH: C1 controls hide in UTF-8 too. */
static void put_quoted(struct str s)
{
	static const char hex[] = "0123456789abcdef";

	put("\"", 1);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			put((char[]){'\\', (char)c}, 2);
		else if (c >= ' ' && c <= '~')
			put((char *)&c, 1);
		else
			put((char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
	}
	put("\"", 1);
}

static void put_value(const struct log_value *v)
{
	struct str s = str_head(v->s, VALUE_MOST);

	if (v->kind == LOG_V_BOOL) {
		put_z(v->i ? "yes" : "no");
	} else if (v->kind == LOG_V_INT) {
		if (v->i < 0)
			put("-", 1);
		put_u64(v->i < 0 ? -(uint64_t)v->i : (uint64_t)v->i);
	} else {
		if (is_plain(s))
			put(s.p, s.n);
		else
			put_quoted(s);
		if (s.n < v->s.n)
			put_z("...");
	}
}

static struct rate *rate_of(const char *event)
{
	struct rate *r = sink.rates;

	while (r < sink.rates + NAMES_MOST - 1 && r->event && strcmp(r->event, event) != 0)
		r++; /* names past the table share its last row */
	if (!r->event)
		r->event = event;
	return r;
}

/* May this line be written? *dropped: those not written since the last that was. */
static bool may_write(const char *event, uint64_t *dropped)
{
	uint64_t second = clock_mono_ms() / 1000;
	struct rate *r;

	*dropped = 0;
	if (!sink.per_second_most)
		return true;
	r = rate_of(event);
	if (r->second != second) {
		r->second = second;
		r->lines = 0;
	}
	if (r->lines >= sink.per_second_most) {
		r->dropped++;
		return false;
	}
	r->lines++;
	*dropped = r->dropped;
	r->dropped = 0;
	return true;
}

static void write_line(enum log_level level)
{
	if (sink.fd < 0) {
		syslog(levels[level].priority, "%.*s", (int)sink.n, sink.line);
		return;
	}
	sink.line[sink.n++] = '\n';
	while (write(sink.fd, sink.line, sink.n) < 0 && errno == EINTR)
		;
}

static void put_pairs(va_list ap)
{
	const char *key;

	while ((key = va_arg(ap, const char *))) {
		put(" ", 1);
		put_z(key);
		put("=", 1);
		put_value(va_arg(ap, const struct log_value *));
	}
}

void log_event(enum log_level level, const char *event, ...)
{
	int eno = errno;
	uint64_t dropped;
	va_list ap;

	pthread_mutex_lock(&sink.lock);
	if (level <= sink.level && may_write(event, &dropped)) {
		sink.n = 0;
		if (sink.fd >= 0) { /* syslog has a time of its own */
			put_time();
			put(" ", 1);
			put_z(levels[level].name);
			put(" ", 1);
		}
		put_z(event);
		if (dropped) { /* in front, where the line's limit cannot cut it */
			put_z(" dropped=");
			put_u64(dropped);
		}
		va_start(ap, event);
		put_pairs(ap);
		va_end(ap);
		write_line(level);
	}
	pthread_mutex_unlock(&sink.lock);
	errno = eno;
}

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	return fd < 0 ? err_from_errno(errno) : fd;
}

static void swap_fd(int fd)
{
	if (sink.fd > STDERR_FILENO)
		close(sink.fd);
	sink.fd = fd;
}

int log_setup(const struct log_opts *o)
{
	const char *target = o->target ? o->target : "stderr";
	bool is_syslog = !strcmp(target, "syslog"), is_stderr = !strcmp(target, "stderr");
	int fd = is_syslog ? -1 : STDERR_FILENO;

	if (!is_syslog && !is_stderr) {
		if (strlen(target) >= sizeof(sink.path))
			return E_TOOBIG;
		fd = open_file(target);
		if (fd < 0)
			return fd;
	}
	pthread_mutex_lock(&sink.lock);
	sink.level = o->level;
	sink.per_second_most = o->per_second_most;
	swap_fd(fd);
	snprintf(sink.path, sizeof(sink.path), "%s", is_syslog || is_stderr ? "" : target);
	if (is_syslog)
		openlog("mailkeep", LOG_PID | LOG_NDELAY, LOG_MAIL);
	pthread_mutex_unlock(&sink.lock);
	return 0;
}

void log_reopen(void)
{
	int fd;

	pthread_mutex_lock(&sink.lock);
	if (sink.path[0] && (fd = open_file(sink.path)) >= 0)
		swap_fd(fd); /* else: go on with the old one */
	pthread_mutex_unlock(&sink.lock);
}
