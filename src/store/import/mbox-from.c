/* mbox-from.c - the line that begins a message: "From sender Thu Jan  1 00:00:00 1970".
 * SPDX-License-Identifier: Apache-2.0 */
#include <time.h>
#include "base/err.h"
#include "store/import/mbox.h"

const char *const mbox_field_names[MBOX_FIELDS_] = {
	"X-IMAPbase", "X-UID", "X-UIDL", "Status", "X-Status", "X-Keywords",
	"X-IMAP", "Content-Length", "Date", "X-Mozilla-Status", "X-Mozilla-Keys",
};

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

enum { WORDS_MOST = 16 };

static int month_of(struct str word)
{
	for (int i = 0; i < 12; i++)
		if (str_ieq(word, str_of(months[i])))
			return i;
	return -1;
}

static bool number(struct str s, unsigned most, int *ret)
{
	uint64_t v;

	if (str_u64(s, most, &v) < 0)
		return false;
	*ret = (int)v;
	return true;
}

/* "9:05", "09:05:33" */
static bool clock_of(struct str s, struct tm *tm)
{
	struct str h = str_cut(&s, ':'), m = str_cut(&s, ':');

	tm->tm_sec = 0;
	return number(h, 23, &tm->tm_hour) && number(m, 59, &tm->tm_min) &&
	       (!s.p || number(s, 60, &tm->tm_sec));
}

/* "+0200"; names of zones say too little: UTC. */
static int16_t zone_of(struct str s)
{
	int n;

	if (s.n != 5 || (s.p[0] != '+' && s.p[0] != '-') || !number(str_from(s, 1), 1459, &n))
		return 0;
	n = n / 100 * 60 + n % 100;
	return (int16_t)(s.p[0] == '-' ? -n : n);
}

static size_t words_of(struct str line, struct str *words)
{
	size_t n = 0;

	while (line.n) {
		struct str word = str_cut(&line, ' ');

		if (!word.n)
			continue;
		if (n == WORDS_MOST) { /* the date is at the end */
			memmove(words, words + 1, (WORDS_MOST - 1) * sizeof(*words));
			n--;
		}
		words[n++] = word;
	}
	return n;
}

/* Month, day, clock, then year and zone in one order or the other. */
static bool date_at(const struct str *w, size_t n, struct tm *tm, int16_t *zone)
{
	*tm = (struct tm){0};
	*zone = 0;
	if (n < 4 || (tm->tm_mon = month_of(w[0])) < 0 || !number(w[1], 31, &tm->tm_mday) ||
	    !tm->tm_mday || !clock_of(w[2], tm))
		return false;
	for (size_t i = 3; i < n && i < 6; i++) {
		if (w[i].n == 4 && number(w[i], 9999, &tm->tm_year)) {
			tm->tm_year -= 1900;
			for (size_t j = 3; j < n && j < 6; j++)
				if (zone_of(w[j]))
					*zone = zone_of(w[j]);
			return tm->tm_year > 0;
		}
	}
	return false;
}

bool mbox_from_parse(struct str line, struct str *sender, int64_t *ms, int16_t *zone)
{
	struct str words[WORDS_MOST], rest;
	struct tm tm;
	size_t n;

	if (!str_starts(line, STR("From ")))
		return false;
	rest = line_text(str_from(line, 5));
	n = words_of(rest, words);
	for (size_t i = 0; i < n; i++) {
		if (!date_at(words + i, n - i, &tm, zone))
			continue;
		*ms = ((int64_t)timegm(&tm) - *zone * 60) * 1000;
		/* behind the sender stands the day of the week */
		*sender = i > 1 || (i == 1 && words[0].n != 3) ? words[0] : STR_NONE;
		return true;
	}
	return false;
}

int mbox_from_write(struct buf *out, struct str sender, int64_t ms, int16_t zone)
{
	time_t s = (time_t)((ms - (ms % 1000 + 1000) % 1000) / 1000) + zone * 60;
	struct tm tm;
	int minutes = zone < 0 ? -zone : zone;

	if (!gmtime_r(&s, &tm) || tm.tm_year > 8099 || tm.tm_year < 1) {
		s = zone = 0;
		gmtime_r(&s, &tm);
	}
	buf_printf(out, "From " STR_FMT " %s %s %2d %02d:%02d:%02d %d", STR_ARG(sender),
		   days[tm.tm_wday], months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		   tm.tm_year + 1900);
	if (zone)
		buf_printf(out, " %c%02d%02d", zone < 0 ? '-' : '+', minutes / 60, minutes % 60);
	return buf_add_char(out, '\n');
}
