/* date.c - dates of RFC 5322 3.3 and 4.3, IMAP and our log.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "base/err.h"
#include "wire/date.h"
#include "wire/header.h"

enum { MINUTE_MS = 60 * 1000, ZONE_MOST = 99 * 60 + 59 };
static const int64_t DAY_MS = 24 * 60 * (int64_t)MINUTE_MS;

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "SunMonTueWedThuFriSat";

struct civil {
	int64_t year;
	int month, day; /* from 1 */
	int hour, min, sec, ms;
};

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int month_days(int64_t year, int month)
{
	static const char n[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return n[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. Years begin in March here, so that
 * the leap day is the last of its year; 153 days are five months in that count. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2), era = y < 0 ? -1 : y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* E_RANGE outside the years 0 to 9999. */
static int civil_of(int64_t ms, int zone_minutes, struct civil *ret)
{
	static const int64_t first = -62167219200000, behind = 253402300800000;
	int64_t local, n, era, of_era, y, of_year, of_day, m;

	if (zone_minutes < -ZONE_MOST || zone_minutes > ZONE_MOST ||
	    __builtin_add_overflow(ms, zone_minutes * (int64_t)MINUTE_MS, &local) ||
	    local < first || local >= behind)
		return E_RANGE;
	n = floor_div(local, DAY_MS) + 719468;
	era = floor_div(n, 146097);
	of_era = n - era * 146097;
	y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * y + y / 4 - y / 100);
	m = (5 * of_year + 2) / 153;
	of_day = local - floor_div(local, DAY_MS) * DAY_MS;
	*ret = (struct civil){
		.year = y + era * 400 + (m >= 10),
		.month = (int)(m < 10 ? m + 3 : m - 9),
		.day = (int)(of_year - (153 * m + 2) / 5 + 1),
		.hour = (int)(of_day / (60 * MINUTE_MS)),
		.min = (int)(of_day / MINUTE_MS % 60),
		.sec = (int)(of_day / 1000 % 60),
		.ms = (int)(of_day % 1000),
	};
	return 0;
}

/* -- reading --------------------------------------------------------------- */

static int skip_cfws(struct str *s)
{
	return header_skip_cfws(s) ? 0 : E_SYNTAX;
}

static bool take_char(struct str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* A number of lo to hi digits, hi at most 8; returns how many, E_SYNTAX for others. */
static int take_digits(struct str *s, int lo, int hi, int *ret)
{
	int n = 0, v = 0;

	while ((size_t)n < s->n && ascii_is_digit(s->p[n]) && n <= hi)
		v = v * 10 + (s->p[n++] - '0');
	if (n < lo || n > hi)
		return E_SYNTAX;
	*s = str_from(*s, (size_t)n);
	*ret = v;
	return n;
}

static struct str take_letters(struct str *s)
{
	struct str word = *s;
	size_t n = 0;

	while (n < s->n && ascii_lower(s->p[n]) >= 'a' && ascii_lower(s->p[n]) <= 'z')
		n++;
	*s = str_from(*s, n);
	return str_head(word, n);
}

/* The place of a three-letter name in a table of them, from 1; 0 if it is none. */
static int name_index(struct str word, const char *names)
{
	if (word.n == 3)
		for (int i = 0; names[3 * i]; i++)
			if (str_ieq(word, str_n(names + 3 * i, 3)))
				return i + 1;
	return 0;
}

static int take_weekday(struct str *s)
{
	struct str word = take_letters(s);
	int r;

	if (!word.n)
		return 0;
	if (!name_index(word, days) || (r = skip_cfws(s)) < 0 || !take_char(s, ','))
		return E_SYNTAX;
	return skip_cfws(s);
}

static int take_date(struct str *s, struct civil *c)
{
	int year = 0, n, r;

	if (take_digits(s, 1, 2, &c->day) < 0 || (r = skip_cfws(s)) < 0)
		return E_SYNTAX;
	c->month = name_index(take_letters(s), months);
	if (!c->month || (r = skip_cfws(s)) < 0)
		return E_SYNTAX;
	n = take_digits(s, 2, 8, &year);
	if (n < 0)
		return n;
	/* RFC 5322 4.3: two digits are 1950 to 2049, three count from 1900 */
	if (n == 2)
		year += year < 50 ? 2000 : 1900;
	else if (n == 3)
		year += 1900;
	if (year < 1900 || year > 9999 || c->day < 1 || c->day > month_days(year, c->month))
		return E_RANGE;
	c->year = year;
	return skip_cfws(s);
}

/* Blanks may stand around the colons (RFC 5322 4.3). */
static bool take_colon(struct str *s, int *err)
{
	bool is_there;

	*err = *err < 0 ? *err : skip_cfws(s);
	is_there = !*err && take_char(s, ':');
	*err = *err < 0 ? *err : skip_cfws(s);
	return is_there;
}

static int take_time(struct str *s, struct civil *c)
{
	int err = 0;

	if (take_digits(s, 1, 2, &c->hour) < 0 || !take_colon(s, &err) ||
	    take_digits(s, 1, 2, &c->min) < 0)
		return E_SYNTAX;
	if (take_colon(s, &err) && take_digits(s, 1, 2, &c->sec) < 0)
		return E_SYNTAX;
	if (err < 0 || (err = skip_cfws(s)) < 0)
		return err;
	return c->hour > 23 || c->min > 59 || c->sec > 60 ? E_RANGE : 0; /* 60: a leap second */
}

static int take_zone(struct str *s, int *ret)
{
	static const struct {
		char name[4];
		int hours;
	} t[] = {{"EDT", -4}, {"EST", -5}, {"CDT", -5}, {"CST", -6},
		 {"MDT", -6}, {"MST", -7}, {"PDT", -7}, {"PST", -8}};
	bool west = s->n && s->p[0] == '-';
	struct str word;
	int n;

	*ret = 0;
	if (west || (s->n && s->p[0] == '+')) {
		*s = str_from(*s, 1);
		if (take_digits(s, 4, 4, &n) < 0)
			return E_SYNTAX;
		if (n % 100 > 59)
			return E_RANGE; /* RFC 5322 3.3 */
		n = n / 100 * 60 + n % 100;
		*ret = west ? -n : n;
		return 0;
	}
	/* RFC 5322 4.3: the letters of the military zones and unknown words mean -0000. No zone
	 * at all is no RFC's form but common; RFC 5256 2.2 takes it for UTC. */
	word = take_letters(s);
	for (size_t i = 0; i < COLUMNS(t); i++)
		if (str_ieq(word, str_of(t[i].name)))
			*ret = t[i].hours * 60;
	return 0;
}

int date_parse(struct str s, int64_t *ms, int *zone_minutes)
{
	struct civil c = {0};
	int zone, r;

	if ((r = skip_cfws(&s)) < 0 || (r = take_weekday(&s)) < 0 || (r = take_date(&s, &c)) < 0 ||
	    (r = take_time(&s, &c)) < 0 || (r = take_zone(&s, &zone)) < 0 ||
	    (r = skip_cfws(&s)) < 0)
		return r;
	if (s.n)
		return E_SYNTAX;
	*ms = days_of(c.year, c.month, c.day) * DAY_MS + c.sec * (int64_t)1000 +
	      (c.hour * 60 + c.min - zone) * (int64_t)MINUTE_MS;
	*zone_minutes = zone;
	return 0;
}

/* -- writing --------------------------------------------------------------- */

static int add_zone(struct buf *out, int zone)
{
	int z = zone < 0 ? -zone : zone;

	return buf_printf(out, " %c%02d%02d", zone < 0 ? '-' : '+', z / 60, z % 60);
}

int date_format(struct buf *out, int64_t ms, int zone_minutes)
{
	struct civil c;
	int r = civil_of(ms, zone_minutes, &c);
	int64_t weekday;

	if (r < 0)
		return r;
	weekday = (days_of(c.year, c.month, c.day) + 719528 + 6) % 7; /* 0000-01-01: Saturday */
	buf_printf(out, "%.3s, %d %.3s %04d %02d:%02d:%02d", days + 3 * weekday, c.day,
		   months + 3 * (c.month - 1), (int)c.year, c.hour, c.min, c.sec);
	return add_zone(out, zone_minutes);
}

int date_format_imap(struct buf *out, int64_t ms, int zone_minutes)
{
	struct civil c;
	int r = civil_of(ms, zone_minutes, &c);

	if (r < 0)
		return r;
	buf_printf(out, "%2d-%.3s-%04d %02d:%02d:%02d", c.day, months + 3 * (c.month - 1),
		   (int)c.year, c.hour, c.min, c.sec);
	return add_zone(out, zone_minutes);
}

int date_format_log(struct buf *out, int64_t ms)
{
	struct civil c;
	int r = civil_of(ms, 0, &c);

	if (r < 0)
		return r;
	return buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)c.year, c.month, c.day,
			  c.hour, c.min, c.sec, c.ms);
}
