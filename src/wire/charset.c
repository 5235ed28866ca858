/* charset.c - a list of charsets, and iconv for those on it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <iconv.h>
#include "base/attr.h"
#include "base/err.h"
#include "wire/charset.h"

/* What a message calls it, in lower case; what iconv does. In order, for bsearch. Many write GB2312
 * and mean GBK, and so on: the larger set reads both. Not here on purpose: ISO-2022-CN-EXT and
 * others that nobody sends but that have had holes; and no name with "//" options. */
struct alias {
	const char *name, *iconv;
};
static const struct alias aliases[] = {
	{"ansi_x3.4-1968", "US-ASCII"}, {"ascii", "US-ASCII"}, {"big5", "BIG5-HKSCS"},
	{"big5-hkscs", "BIG5-HKSCS"}, {"cp1250", "CP1250"}, {"cp1251", "CP1251"},
	{"cp1252", "CP1252"}, {"cp437", "IBM437"}, {"cp850", "IBM850"}, {"cp866", "IBM866"},
	{"cp932", "CP932"}, {"cp936", "GBK"}, {"cp949", "UHC"}, {"cp950", "BIG5-HKSCS"},
	{"euc-jp", "EUC-JP"}, {"euc-kr", "UHC"}, {"gb18030", "GB18030"}, {"gb2312", "GB18030"},
	{"gb_2312-80", "GB18030"}, {"gbk", "GB18030"}, {"ibm437", "IBM437"}, {"ibm850", "IBM850"},
	{"ibm866", "IBM866"}, {"iso-2022-jp", "ISO-2022-JP-2"}, {"iso-2022-jp-2", "ISO-2022-JP-2"},
	{"iso-2022-kr", "ISO-2022-KR"}, {"iso-8859-1", "CP1252"}, {"iso-8859-10", "ISO-8859-10"},
	{"iso-8859-11", "ISO-8859-11"}, {"iso-8859-13", "ISO-8859-13"},
	{"iso-8859-14", "ISO-8859-14"}, {"iso-8859-15", "ISO-8859-15"},
	{"iso-8859-16", "ISO-8859-16"}, {"iso-8859-2", "ISO-8859-2"},
	{"iso-8859-3", "ISO-8859-3"}, {"iso-8859-4", "ISO-8859-4"}, {"iso-8859-5", "ISO-8859-5"},
	{"iso-8859-6", "ISO-8859-6"}, {"iso-8859-6-e", "ISO-8859-6"},
	{"iso-8859-6-i", "ISO-8859-6"}, {"iso-8859-7", "ISO-8859-7"},
	{"iso-8859-8", "ISO-8859-8"}, {"iso-8859-8-e", "ISO-8859-8"},
	{"iso-8859-8-i", "ISO-8859-8"}, {"iso-8859-9", "CP1254"}, {"koi8-r", "KOI8-R"},
	{"koi8-u", "KOI8-U"}, {"ks_c_5601-1987", "UHC"}, {"latin1", "CP1252"},
	{"macintosh", "MACINTOSH"}, {"ms932", "CP932"}, {"shift-jis", "CP932"},
	{"shift_jis", "CP932"}, {"sjis", "CP932"}, {"tis-620", "CP874"}, {"us-ascii", "US-ASCII"},
	{"utf-16", "UTF-16"}, {"utf-16be", "UTF-16BE"}, {"utf-16le", "UTF-16LE"},
	{"utf-32", "UTF-32"}, {"utf-32be", "UTF-32BE"}, {"utf-32le", "UTF-32LE"},
	{"utf-7", "UTF-7"}, {"utf-8", "UTF-8"}, {"utf8", "UTF-8"}, {"windows-1250", "CP1250"},
	{"windows-1251", "CP1251"}, {"windows-1252", "CP1252"}, {"windows-1253", "CP1253"},
	{"windows-1254", "CP1254"}, {"windows-1255", "CP1255"}, {"windows-1256", "CP1256"},
	{"windows-1257", "CP1257"}, {"windows-1258", "CP1258"}, {"windows-31j", "CP932"},
	{"windows-874", "CP874"}, {"x-sjis", "CP932"},
};

#define REPLACEMENT STR("\xef\xbf\xbd")
enum { NAME_MOST = 40, HELD_MOST = 16, CHUNK = 512 };

struct charset {
	iconv_t cd;         /* unused if is_utf8 */
	bool is_utf8;       /* or US-ASCII: no conversion, only repair */
	bool is_flawed;     /* since it was opened */
	uint8_t n_held;
	char held[HELD_MOST]; /* a character's beginning */
};

/* -- names -------------------------------------------------------------------- */

static int by_name(const void *key, const void *row)
{
	return str_cmp(*(const struct str *)key, str_of(((const struct alias *)row)->name));
}

static const struct alias *find(struct str name)
{
	char lower[NAME_MOST];
	struct str key = {lower, 0};
	ptrdiff_t star = str_find(name, '*');

	name = str_trim(star >= 0 ? str_head(name, (size_t)star) : name);
	if (!name.n || name.n > sizeof(lower))
		return NULL;
	for (; key.n < name.n; key.n++)
		lower[key.n] = ascii_lower(name.p[key.n]);
	return bsearch(&key, aliases, COLUMNS(aliases), sizeof(aliases[0]), by_name);
}

static bool is_utf8(const struct alias *a)
{
	return str_eq(str_of(a->iconv), STR("UTF-8")) || str_eq(str_of(a->iconv), STR("US-ASCII"));
}

bool charset_is_known(struct str name)
{
	return find(name) != NULL;
}

/* glibc keeps a module as long as one handle of it is open. */
int charset_load(void)
{
	static iconv_t kept[COLUMNS(aliases)];
	static int n;
	int have = 0;

	for (size_t i = 0; n == 0 && i < COLUMNS(aliases); i++) {
		kept[i] = (iconv_t)-1;
		if (!is_utf8(&aliases[i]))
			kept[i] = iconv_open("UTF-8", aliases[i].iconv);
		have += is_utf8(&aliases[i]) || kept[i] != (iconv_t)-1;
	}
	n = n ? n : have;
	return n;
}

/* -- UTF-8, and what claims to be ------------------------------------------------ */

/* Octets of the character that s begins with. 0: none, *skip octets are a flaw (RFC 3629 and
 * Unicode 3.9: as many as could have begun one). -1: it may go on behind s. */
static int utf8_length(struct str s, size_t *skip)
{
	unsigned char c = (unsigned char)s.p[0], lo = 0x80, hi = 0xbf;
	size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 :
		   c >= 0xf0 && c < 0xf5 ? 4 : 0;

	*skip = 1;
	if (c == 0xe0 || c == 0xf0)
		lo = c == 0xe0 ? 0xa0 : 0x90;
	if (c == 0xed || c == 0xf4)
		hi = c == 0xed ? 0x9f : 0x8f;
	for (size_t i = 1; i < n; i++, lo = 0x80, hi = 0xbf) {
		if (i == s.n)
			return -1;
		*skip = i;
		if ((unsigned char)s.p[i] < lo || (unsigned char)s.p[i] > hi)
			return 0;
	}
	return (int)n;
}

/* Adds all of s but a last unfinished character; returns how many octets it took. */
static size_t utf8_feed(struct str s, struct buf *out, bool *is_flawed)
{
	size_t at = 0, good = 0;

	while (at < s.n) {
		size_t skip;
		int n;

		while (at < s.n && !(s.p[at] & 0x80))
			at++;
		n = at < s.n ? utf8_length(str_from(s, at), &skip) : -1;
		if (n > 0) {
			at += (size_t)n;
			continue;
		}
		buf_add(out, str_n(s.p + good, at - good));
		if (n < 0)
			return at;
		buf_add(out, REPLACEMENT);
		*is_flawed = true;
		at += skip;
		good = at;
	}
	buf_add(out, str_from(s, good));
	return at;
}

/* -- iconv ----------------------------------------------------------------------- */

/* Converts what it can of s; returns how many octets it took: what is left is the beginning of a
 * character. Each turn takes an octet or ends, so the work is linear whatever iconv thinks. */
static size_t iconv_feed(struct charset *c, struct str s, struct buf *out)
{
	char *in = (char *)s.p;
	size_t left = s.n;

	while (left && !out->failed) {
		char room[CHUNK], *to = room;
		size_t n_room = sizeof(room), was = left;
		size_t r = iconv(c->cd, &in, &left, &to, &n_room);
		int why = r == (size_t)-1 ? errno : 0;

		buf_add(out, str_n(room, sizeof(room) - n_room));
		if (why == EINVAL && left < HELD_MOST)
			break;
		if (why && (why != E2BIG || (left == was && n_room == sizeof(room)))) {
			buf_add(out, REPLACEMENT);
			c->is_flawed = true;
			in++;
			left--;
		}
	}
	return s.n - left;
}

static size_t feed(struct charset *c, struct str s, struct buf *out)
{
	return c->is_utf8 ? utf8_feed(s, out, &c->is_flawed) : iconv_feed(c, s, out);
}

int charset_open(struct charset **ret, struct str name)
{
	const struct alias *a = find(name);
	struct charset *c;

	if (!a)
		return E_NOTFOUND;
	c = calloc(1, sizeof(*c));
	if (!c)
		return E_NOMEM;
	c->is_utf8 = is_utf8(a);
	if (!c->is_utf8)
		c->cd = iconv_open("UTF-8", a->iconv);
	if (!c->is_utf8 && c->cd == (iconv_t)-1) {
		free(c);
		return errno == ENOMEM ? E_NOMEM : E_NOTFOUND;
	}
	*ret = c;
	return 0;
}

struct charset *charset_close(struct charset *c)
{
	if (c && !c->is_utf8)
		iconv_close(c->cd);
	free(c);
	return NULL;
}

/* What was held goes first, with as much of `in` as finishes its character. */
int charset_feed(struct charset *c, struct str in, struct buf *utf8)
{
	while (c->n_held && in.n && !utf8->failed) {
		char join[2 * HELD_MOST];
		size_t extra = in.n < HELD_MOST ? in.n : HELD_MOST, took;

		memcpy(join, c->held, c->n_held);
		memcpy(join + c->n_held, in.p, extra);
		took = feed(c, str_n(join, c->n_held + extra), utf8);
		if (took >= c->n_held) {
			in = str_from(in, took - c->n_held);
			c->n_held = 0;
		} else if (c->n_held + extra - took < HELD_MOST) {
			c->n_held = (uint8_t)(c->n_held + extra - took);
			memcpy(c->held, join + took, c->n_held);
			in = str_from(in, extra);
		} else { /* cannot be: it takes an octet when so many are left */
			c->n_held = 0;
		}
	}
	if (in.n && !utf8->failed) {
		struct str rest = str_from(in, feed(c, in, utf8));

		c->n_held = (uint8_t)(rest.n < HELD_MOST ? rest.n : 0);
		memcpy(c->held, rest.p, c->n_held);
	}
	return utf8->failed;
}

int charset_end(struct charset *c, struct buf *utf8)
{
	char room[64], *to = room;
	size_t n_room = sizeof(room);

	if (c->n_held) {
		c->is_flawed = true;
		buf_add(utf8, REPLACEMENT);
	}
	c->n_held = 0;
	if (c->is_utf8)
		return utf8->failed;
	/* some hold a character back, to see whether the next one joins it */
	if (iconv(c->cd, NULL, NULL, &to, &n_room) != (size_t)-1)
		buf_add(utf8, str_n(room, sizeof(room) - n_room));
	return utf8->failed;
}

/* -- all at once -------------------------------------------------------------------- */

static int decode(struct str name, struct str in, struct buf *utf8, bool *is_flawed)
{
	struct charset *c;
	int r = charset_open(&c, name);

	if (r < 0)
		return r;
	charset_feed(c, in, utf8);
	r = charset_end(c, utf8);
	*is_flawed = c->is_flawed;
	charset_close(c);
	return r;
}

int charset_decode(struct str name, struct str in, struct buf *utf8)
{
	bool is_flawed;

	return decode(name, in, utf8, &is_flawed);
}

int charset_decode_strict(struct str name, struct str in, struct buf *utf8)
{
	bool is_flawed = false;
	int r = decode(name, in, utf8, &is_flawed);

	return r < 0 ? r : is_flawed ? E_SYNTAX : 0;
}

int utf8_repair(struct str in, struct buf *out)
{
	bool is_flawed;
	size_t took = utf8_feed(in, out, &is_flawed);

	if (took < in.n)
		buf_add(out, REPLACEMENT);
	return out->failed;
}
