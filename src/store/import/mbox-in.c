/* mbox-in.c - one mbox file, read message by message.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each message is read twice: once to find its end and what the fields of mbox.h say of it, then,
 * if the sink wants it, to hand it on. Its id is a hash of it without those fields (which change
 * while the mailbox is in use), and of how many like it came before. */
#include <openssl/evp.h>
#include <stdlib.h>
#include "base/err.h"
#include "store/import/mbox.h"
#include "wire/date.h"

enum { FIELD_MOST = 8 << 10, BLANKS_MOST = 8 /* behind a message */ };

struct message { /* as the first reading found it */
	uint64_t from_at, header_at, body_at, end, next;
	bool is_measured; /* by Content-Length: nothing is quoted in it */
	struct buf fields[MBOX_FIELDS_];
	bool has[MBOX_FIELDS_];
	struct buf sender;
	int64_t date_ms;
	int16_t zone;
	unsigned char id[IMPORT_ID];
};

struct seen { /* how often a hash came; open addressing */
	struct {
		uint64_t hash, times;
	} *v;
	size_t n, mask;
};

struct mbox_reading {
	const struct import_opts *o;
	const struct import_sink *to;
	struct lines l;
	struct message m;
	struct seen seen;
	EVP_MD_CTX *sha;
	uint64_t size;          /* of this file */
	uint64_t before, all;   /* octets of the files before it, and of all */
};

/* -- the first reading ----------------------------------------------------------- */

static int field_of(struct str line)
{
	ptrdiff_t colon = str_find(line, ':');

	for (int i = 0; i < MBOX_FIELDS_ && colon > 0; i++)
		if (str_ieq(str_trim(str_head(line, (size_t)colon)), str_of(mbox_field_names[i])))
			return i;
	return -1;
}

static bool is_blank(struct str line)
{
	return line.n && !line_text(line).n && line.p[line.n - 1] == '\n';
}

/* Is the line one of a field that our reading takes away? *field: the one that it goes on with. */
static bool is_own_field(struct message *m, const struct line *line, int *field)
{
	if (line->is_start && line->s.p[0] != ' ' && line->s.p[0] != '\t') {
		*field = field_of(line->s);
		if (*field >= 0 && m->has[*field])
			*field = -1;
		if (*field >= 0)
			m->has[*field] = true;
	}
	return *field >= 0 && *field < MBOX_OWN_;
}

static void keep_field(struct message *m, const struct line *line, int field)
{
	struct str s = line_text(line->s);

	if (field < 0)
		return;
	if (!m->fields[field].n && line->is_start)
		str_cut(&s, ':');
	buf_add_char(&m->fields[field], ' ');
	buf_add(&m->fields[field], s);
}

static void message_clear(struct message *m)
{
	for (int i = 0; i < MBOX_FIELDS_; i++) {
		buf_clear(&m->fields[i]);
		m->has[i] = false;
	}
	m->is_measured = false;
	m->date_ms = 0;
	m->zone = 0;
	buf_clear(&m->sender);
}

static void add_hash(struct mbox_reading *r, struct str s)
{
	EVP_DigestUpdate(r->sha, s.p, s.n);
}

/* The header; a message may have nothing else. 0: end of file. */
static int scan_header(struct mbox_reading *r)
{
	struct message *m = &r->m;
	struct line line;
	int field = -1, e;

	m->header_at = r->l.at;
	while ((e = lines_next(&r->l, &line)) > 0) {
		if (line.is_start && is_blank(line.s))
			break;
		if (!is_own_field(m, &line, &field))
			add_hash(r, line.s);
		keep_field(m, &line, field);
	}
	m->body_at = r->l.at;
	return e;
}

/* Does a message end there: does the file, or does an empty line and the next From_ line follow? */
static int is_end(struct mbox_reading *r, uint64_t at, uint64_t *next)
{
	struct line line;
	struct str sender;
	unsigned blanks = 0;
	int64_t ms;
	int16_t zone;
	int e;

	lines_seek(&r->l, at);
	do {
		*next = r->l.at;
		e = lines_next(&r->l, &line);
	} while (e > 0 && is_blank(line.s) && ++blanks < BLANKS_MOST);
	return e <= 0 ? e == 0 : mbox_from_parse(line.s, &sender, &ms, &zone);
}

static int scan_measured(struct mbox_reading *r)
{
	struct message *m = &r->m;
	uint64_t n;
	int e = 0;

	if (!m->has[MBOX_LENGTH] ||
	    str_u64(str_trim(buf_str(&m->fields[MBOX_LENGTH])), INT64_MAX / 2, &n) < 0)
		return 0;
	m->end = m->body_at + n;
	if (m->end <= r->size && (e = is_end(r, m->end, &m->next)) > 0) {
		struct line line;

		m->is_measured = true;
		lines_seek(&r->l, m->body_at);
		while (r->l.at < m->end && (e = lines_next(&r->l, &line)) > 0)
			add_hash(r, str_head(line.s, (size_t)(m->end - line.at)));
		return e < 0 ? e : 1;
	}
	lines_seek(&r->l, m->body_at);
	return e;
}

static int scan_body(struct mbox_reading *r)
{
	struct message *m = &r->m;
	uint64_t blank_at = UINT64_MAX; /* of the empty line before */
	struct line line;
	struct str sender;
	int64_t ms;
	int16_t zone;
	int e = scan_measured(r);

	if (e)
		return e;
	m->end = UINT64_MAX;
	while ((e = lines_next(&r->l, &line)) > 0) {
		bool behind_blank = blank_at != UINT64_MAX || line.at == m->body_at;

		if (line.is_start && behind_blank && mbox_from_parse(line.s, &sender, &ms, &zone)) {
			m->next = line.at;
			m->end = blank_at < line.at ? blank_at : line.at;
			return 0;
		}
		if (blank_at != UINT64_MAX)
			add_hash(r, STR("\n"));
		blank_at = line.is_start && is_blank(line.s) ? line.at : UINT64_MAX;
		if (blank_at == UINT64_MAX)
			add_hash(r, line.s);
	}
	m->next = r->l.at;
	m->end = blank_at < r->l.at ? blank_at : r->l.at;
	return e;
}

/* How many of that hash came before. */
static int times_seen(struct seen *v, uint64_t hash, uint64_t *ret)
{
	size_t at;

	if (2 * v->n >= v->mask) {
		struct seen more = {.mask = v->mask ? 2 * v->mask + 1 : 1023};

		more.v = calloc(more.mask + 1, sizeof(*more.v));
		if (!more.v)
			return E_NOMEM;
		for (size_t i = 0; v->mask && i <= v->mask; i++) {
			if (!v->v[i].times)
				continue;
			for (at = v->v[i].hash & more.mask; more.v[at].times;)
				at = (at + 1) & more.mask;
			more.v[at] = v->v[i];
			more.n++;
		}
		free(v->v);
		*v = more;
	}
	for (at = hash & v->mask; v->v[at].times && v->v[at].hash != hash;)
		at = (at + 1) & v->mask;
	v->n += !v->v[at].times;
	v->v[at].hash = hash;
	*ret = v->v[at].times++;
	return 0;
}

static int give_id(struct mbox_reading *r)
{
	unsigned char whole[EVP_MAX_MD_SIZE];
	uint64_t hash, times;
	int e;

	EVP_DigestFinal_ex(r->sha, whole, NULL);
	memcpy(&hash, whole, sizeof(hash));
	if ((e = times_seen(&r->seen, hash, &times)) < 0)
		return e;
	memcpy(r->m.id, whole, IMPORT_ID);
	if (times) {
		memcpy(whole + IMPORT_ID, &times, sizeof(times));
		import_id(r->m.id, str_n(whole, IMPORT_ID + sizeof(times)));
	}
	return 0;
}

/* The message at `at`: 1; 0: the end; what is no From_ line is passed over. */
static int scan(struct mbox_reading *r, uint64_t at)
{
	struct message *m = &r->m;
	struct line line;
	struct str sender;
	int e;

	message_clear(m);
	EVP_DigestInit_ex(r->sha, EVP_sha256(), NULL);
	lines_seek(&r->l, at);
	do {
		if ((e = lines_next(&r->l, &line)) <= 0)
			return e;
	} while (!line.is_start || !mbox_from_parse(line.s, &sender, &m->date_ms, &m->zone));
	m->from_at = line.at;
	buf_add(&m->sender, sender);
	add_hash(r, line.s);
	if ((e = scan_header(r)) < 0 || (e = scan_body(r)) < 0 || (e = give_id(r)) < 0)
		return e;
	return 1;
}

/* -- what it says --------------------------------------------------------------------- */

static uint32_t flags_of(const struct message *m)
{
	static const struct {
		enum mbox_field field;
		char letter;
		uint32_t flag;
	} letters[] = {{MBOX_STATUS, 'R', MSG_SEEN},	   {MBOX_X_STATUS, 'A', MSG_ANSWERED},
		       {MBOX_X_STATUS, 'F', MSG_FLAGGED},  {MBOX_X_STATUS, 'T', MSG_DRAFT},
		       {MBOX_X_STATUS, 'D', MSG_DELETED}};
	uint32_t flags = 0;

	for (size_t i = 0; i < COLUMNS(letters); i++)
		if (str_find(buf_str(&m->fields[letters[i].field]), letters[i].letter) >= 0)
			flags |= letters[i].flag;
	return flags;
}

/* Thunderbird's word of bits; nsMsgMessageFlags. */
static unsigned long mozilla_of(const struct message *m)
{
	char hex[16];

	if (!m->has[MBOX_MOZILLA] ||
	    !str_to_c(str_trim(buf_str(&m->fields[MBOX_MOZILLA])), hex, sizeof(hex)))
		return 0;
	return strtoul(hex, NULL, 16);
}

enum { MOZ_READ = 1, MOZ_REPLIED = 2, MOZ_MARKED = 4, MOZ_EXPUNGED = 8, MOZ_FORWARDED = 0x1000 };

static size_t add_words(struct str s, struct str *v, size_t n)
{
	while (s.n && n < IMPORT_KEYWORDS_MOST) {
		struct str word = str_trim(str_cut(&s, ' '));

		if (word.n)
			v[n++] = word;
	}
	return n;
}

static uint32_t number_of(struct str s)
{
	uint64_t n;

	return str_u64(str_trim(s), UINT32_MAX - 1, &n) < 0 ? 0 : (uint32_t)n;
}

static int64_t fallback_date(const struct message *m, int16_t *zone)
{
	int64_t ms;
	int minutes;

	if (date_parse(str_trim(buf_str(&m->fields[MBOX_DATE])), &ms, &minutes) < 0)
		return 0;
	*zone = (int16_t)minutes;
	return ms;
}

static void describe(struct mbox_reading *r, struct import_msg *ret, struct str *keywords)
{
	const struct message *m = &r->m;
	unsigned long moz = mozilla_of(m);

	*ret = (struct import_msg){
		.size = m->end - m->header_at,
		.uid = number_of(buf_str(&m->fields[MBOX_UID])),
		.flags = flags_of(m) | (moz & MOZ_READ ? MSG_SEEN : 0) |
			 (moz & MOZ_REPLIED ? MSG_ANSWERED : 0) | (moz & MOZ_MARKED ? MSG_FLAGGED : 0),
		.keywords = keywords,
		.internaldate_ms = m->date_ms,
		.internaldate_zone = m->zone,
		.uidl = str_trim(buf_str(&m->fields[MBOX_UIDL])),
		.envelope_from = str_find(buf_str(&m->sender), '@') > 0 ? buf_str(&m->sender)
									: STR_NONE,
	};
	if (!ret->internaldate_ms)
		ret->internaldate_ms = fallback_date(m, &ret->internaldate_zone);
	memcpy(ret->id, m->id, IMPORT_ID);
	ret->n_keywords = add_words(buf_str(&m->fields[MBOX_KEYWORDS]), keywords, 0);
	ret->n_keywords = add_words(buf_str(&m->fields[MBOX_MOZILLA_KEYS]), keywords,
				    ret->n_keywords);
	if (moz & MOZ_FORWARDED && ret->n_keywords < IMPORT_KEYWORDS_MOST)
		keywords[ret->n_keywords++] = STR("$Forwarded");
}

/* -- the second reading --------------------------------------------------------------- */

static struct str unquoted(const struct mbox_reading *r, struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] == '>')
		n++;
	if (!n || (r->o->quoting == MBOX_O && n > 1) || !str_starts(str_from(s, n), STR("From ")))
		return s;
	return str_from(s, 1);
}

static int send_header(struct mbox_reading *r, char *last)
{
	bool has[MBOX_FIELDS_];
	struct line line;
	int field = -1, e = 0;

	memcpy(has, r->m.has, sizeof(has));
	memset(r->m.has, 0, sizeof(has));
	lines_seek(&r->l, r->m.header_at);
	while (e >= 0 && r->l.at < r->m.body_at && (e = lines_next(&r->l, &line)) > 0)
		if ((line.is_start && is_blank(line.s)) || !is_own_field(&r->m, &line, &field))
			e = send_crlf(r->to, line.is_start ? unquoted(r, line.s) : line.s, last);
	memcpy(r->m.has, has, sizeof(has));
	return e;
}

static int send_message(struct mbox_reading *r)
{
	struct line line;
	char last = 0;
	int e = send_header(r, &last);

	if (e < 0)
		return e;
	lines_seek(&r->l, r->m.body_at);
	if (r->m.is_measured)
		return send_rest(r->to, &r->l, r->m.end, &last);
	while (e >= 0 && r->l.at < r->m.end && (e = lines_next(&r->l, &line)) > 0)
		e = send_crlf(r->to, line.is_start ? unquoted(r, line.s) : line.s, &last);
	return e;
}

/* -- the file --------------------------------------------------------------------------- */

/* UW's and Pine's own note to itself. */
static bool is_note(const struct message *m)
{
	return m->has[MBOX_IMAP];
}

static NOINLINE int one_message(struct mbox_reading *r)
{
	struct str keywords[IMPORT_KEYWORDS_MOST];
	struct import_msg msg;
	int e;

	if (is_note(&r->m) || mozilla_of(&r->m) & MOZ_EXPUNGED)
		return 0;
	describe(r, &msg, keywords);
	e = r->to->wants(r->to->arg, &msg);
	if (e <= 0)
		return e;
	if ((e = send_message(r)) < 0)
		return e;
	return r->to->end(r->to->arg);
}

static void take_uidvalidity(struct mbox_reading *r, struct import_folder *f)
{
	int base = r->m.has[MBOX_IMAP] ? MBOX_IMAP : MBOX_IMAPBASE;
	struct str rest = str_trim(buf_str(&r->m.fields[base]));

	if (!r->m.has[base])
		return;
	f->uidvalidity = number_of(str_cut(&rest, ' '));
	f->uidnext = number_of(str_cut(&rest, ' ')) + 1;
}

int mbox_read_file(struct mbox_reading *r, int fd, uint64_t size, struct import_folder *f)
{
	int e, welcome;

	r->l.fd = fd;
	r->size = size;
	free(r->seen.v);
	r->seen = (struct seen){0};
	e = scan(r, 0);
	take_uidvalidity(r, f);
	welcome = e < 0 ? e : r->to->folder(r->to->arg, f);
	while (e > 0 && welcome > 0) {
		uint64_t next = r->m.next;

		if ((e = one_message(r)) < 0)
			break;
		r->to->progress(r->to->arg, r->before + next, r->all);
		e = scan(r, next);
	}
	r->before += size;
	return welcome < 0 ? welcome : e;
}

int mbox_reading_new(struct mbox_reading **ret, const struct import_opts *o,
		     const struct import_sink *to, uint64_t all)
{
	struct mbox_reading *r = calloc(1, sizeof(*r));

	if (!r)
		return E_NOMEM;
	r->o = o;
	r->to = to;
	r->all = all;
	r->sha = EVP_MD_CTX_new();
	for (int i = 0; i < MBOX_FIELDS_; i++)
		buf_init(&r->m.fields[i], FIELD_MOST);
	buf_init(&r->m.sender, 1024);
	if (!r->sha || lines_init(&r->l, -1) < 0) {
		mbox_reading_free(r);
		return E_NOMEM;
	}
	*ret = r;
	return 0;
}

void mbox_reading_free(struct mbox_reading *r)
{
	if (!r)
		return;
	for (int i = 0; i < MBOX_FIELDS_; i++)
		buf_free(&r->m.fields[i]);
	buf_free(&r->m.sender);
	lines_free(&r->l);
	EVP_MD_CTX_free(r->sha);
	free(r->seen.v);
	free(r);
}
