/* draft.c - a message on its way in: memory first, then a blob; parsed as it comes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/hash.h"
#include "store/internal.h"
#include "store/pack.h"
#include "store/render.h"
#include "wire/mime.h"

enum { FIRST_BYTES = 8 << 10 };

struct draft {
	struct store *s;
	char *p; /* the body, while it is in memory */
	size_t n, cap;
	struct blob *blob;
	struct packer *packer; /* between us and the blob */
	bool is_begun;         /* the blob has octets: packed or not is decided */
	bool is_packed;
	uint64_t size, blob_bytes;
	struct mime *mime; /* NULL after draft_end */
	int failed;
	bool is_parsed, is_sealed;
	struct buf cache;
	struct sealed sealed;
};

static void charge(struct draft *d, size_t cap)
{
	d->s->n.upload_memory += cap - d->cap;
	d->cap = cap;
}

static bool has_memory(struct draft *d, size_t cap)
{
	return d->s->n.upload_memory + (cap - d->cap) <= d->s->o.upload_memory_bytes;
}

/* -- to the blob, packed or as it is -- */

static int write_packed(void *arg, struct str packed)
{
	struct draft *d = arg;

	d->blob_bytes += packed.n;
	return blob_write(d->blob, packed.p, packed.n);
}

static void drop_packer(struct draft *d)
{
	if (d->packer)
		d->s->n.upload_memory -= PACKER_BYTES;
	d->packer = packer_free(d->packer);
}

/* A large body's first octets tell whether it is worth packing: they are not written twice. */
static int begin_blob(struct draft *d, struct str first)
{
	const struct store_opts *o = &d->s->o;
	int r;

	d->is_begun = true;
	if (!o->compress || d->s->n.upload_memory + PACKER_BYTES > o->upload_memory_bytes ||
	    (d->is_parsed && d->size < o->compress_from_bytes) || !pack_is_worth(first))
		return 0;
	r = packer_new(&d->packer);
	if (r < 0)
		return r;
	d->s->n.upload_memory += PACKER_BYTES;
	d->is_packed = true;
	return 0;
}

static int blob_add(struct draft *d, struct str bytes)
{
	int r = d->is_begun ? 0 : begin_blob(d, bytes);

	if (r < 0)
		return r;
	if (d->packer)
		return packer_feed(d->packer, bytes, false, write_packed, d);
	return write_packed(d, bytes);
}

static int to_blob(struct draft *d)
{
	int r = blob_new(d->s->log, &d->blob);

	if (r >= 0 && d->n)
		r = blob_add(d, str_n(d->p, d->n));
	free(d->p);
	d->p = NULL;
	d->n = 0;
	charge(d, 0);
	return r;
}

static int grow(struct draft *d, size_t cap)
{
	char *p;

	if (!has_memory(d, cap))
		return to_blob(d);
	p = realloc(d->p, cap);
	if (!p)
		return E_NOMEM;
	d->p = p;
	charge(d, cap);
	return 0;
}

int draft_open(struct draft **ret, struct store *s, uint64_t size_hint)
{
	struct draft *d;
	int r = 0;

	if (size_hint > s->o.message_most_bytes)
		return E_TOOBIG;
	d = calloc(1, sizeof(*d));
	if (!d)
		return E_NOMEM;
	d->s = s;
	s->n.uploads++;
	buf_init(&d->cache, RENDERED_MOST);
	d->mime = mime_new();
	if (!d->mime)
		r = E_NOMEM;
	else if (size_hint > LOG_BODY_MOST && !s->o.compress)
		r = to_blob(d);
	else if (size_hint && size_hint <= LOG_BODY_MOST)
		r = grow(d, ((size_t)size_hint + 511) & ~(size_t)511);
	else
		r = grow(d, FIRST_BYTES); /* of a large one: its beginning tells whether to pack it */
	if (r < 0) {
		draft_drop(d);
		return r;
	}
	*ret = d;
	return 0;
}

static int add_memory(struct draft *d, struct str bytes)
{
	size_t cap = d->cap;

	while (cap < d->n + bytes.n)
		cap *= 2;
	if (cap > LOG_BODY_MOST)
		cap = LOG_BODY_MOST;
	if (cap > d->cap) {
		int r = grow(d, cap);

		if (r < 0)
			return r;
		if (d->blob)
			return blob_add(d, bytes);
	}
	memcpy(d->p + d->n, bytes.p, bytes.n);
	d->n += bytes.n;
	return 0;
}

static int add(struct draft *d, struct str bytes)
{
	int r = 0;

	if (bytes.n > d->s->o.message_most_bytes - d->size)
		return E_TOOBIG;
	if (!d->blob && d->n + bytes.n > LOG_BODY_MOST)
		r = to_blob(d);
	if (r < 0)
		return r;
	return d->blob ? blob_add(d, bytes) : add_memory(d, bytes);
}

int draft_write(struct draft *d, struct str bytes)
{
	int r;

	if (d->failed || !bytes.n)
		return d->failed;
	if (d->is_parsed)
		return E_BUG;
	r = add(d, bytes);
	if (r < 0) {
		d->failed = r;
		return r;
	}
	d->size += bytes.n;
	mime_feed(d->mime, bytes);
	return 0;
}

uint64_t draft_size(const struct draft *d)
{
	return d->size;
}

bool draft_has_file(const struct draft *d)
{
	return d->blob != NULL;
}

uint32_t draft_bits(const struct draft *d)
{
	const struct mime_facts *f;

	if (!d->mime)
		return d->sealed.bits;
	f = mime_facts(d->mime);
	return (f->dots ? BIT_DOTS : 0) | (f->nul ? BIT_NUL : 0) | (f->eightbit ? BIT_8BIT : 0) |
	       (f->needs_utf8 ? BIT_NEEDS_UTF8 : 0) | (f->binary ? BIT_BINARY : 0);
}

unsigned draft_received_count(const struct draft *d)
{
	return d->mime ? mime_facts(d->mime)->received : 0;
}

struct str draft_message_id(const struct draft *d)
{
	return d->mime ? str_head(mime_field(d->mime, STR("Message-ID")), 256) : STR_NONE;
}

struct draft *draft_drop(struct draft *d)
{
	if (!d)
		return NULL;
	d->s->n.uploads--;
	drop_packer(d);
	blob_drop(d->blob);
	free(d->p);
	charge(d, 0);
	mime_free(d->mime);
	buf_free(&d->cache);
	free(d);
	return NULL;
}

/* -- sealing -- */

/* The first "<...>" of a field. */
static struct str first_id(const struct draft *d, struct str field)
{
	struct str v = mime_field(d->mime, field);
	ptrdiff_t at = str_find(v, '<'), end;

	if (at < 0)
		return STR_NONE;
	v = str_from(v, (size_t)at);
	end = str_find(v, '>');
	return end < 0 ? STR_NONE : str_head(v, (size_t)end + 1);
}

/* Messages of one thread begin their References with the same message (RFC 5322 3.6.4). */
static uint64_t thread_of(const struct draft *d)
{
	static const char *const fields[] = {"References", "In-Reply-To", "Message-ID"};

	for (size_t i = 0; i < COLUMNS(fields); i++) {
		struct str id = first_id(d, str_of(fields[i]));

		if (id.n)
			return siphash(d->s->thread_key, id);
	}
	return random_u64();
}

/* In memory: what is not smaller packed, or small, stays as it is. */
static int pack(struct draft *d)
{
	const struct store_opts *o = &d->s->o;
	char *p;
	size_t n;
	int r;

	if (!o->compress || !d->n || d->n < o->compress_from_bytes)
		return 0;
	r = pack_whole(str_n(d->p, d->n), &p, &n);
	if (r < 0)
		return r == E_NOTFOUND ? 0 : r;
	free(d->p);
	d->p = p;
	d->n = n;
	charge(d, n);
	d->is_packed = true;
	return 0;
}

static int finish_blob(struct draft *d)
{
	struct sealed *b = &d->sealed;
	int r = 0;

	if (d->packer)
		r = packer_feed(d->packer, STR_NONE, true, write_packed, d);
	drop_packer(d);
	if (r >= 0)
		r = blob_finish(&d->blob, &b->place, &b->crc);
	b->is_blob = r >= 0;
	b->bytes = d->blob_bytes;
	return r;
}

static int seal_body(struct draft *d, bool as_blob)
{
	struct sealed *b = &d->sealed;
	int r = 0;

	if (as_blob && !d->blob && d->size)
		r = to_blob(d);
	if (r >= 0)
		r = d->blob ? finish_blob(d) : pack(d);
	if (r >= 0 && !b->is_blob) {
		b->body = str_n(d->p, d->n);
		b->bytes = d->n;
	}
	if (d->is_packed)
		b->bits |= BIT_PACKED;
	return r;
}

static void end_parsing(struct draft *d)
{
	const struct mime_facts *f;

	if (d->is_parsed)
		return;
	d->is_parsed = true;
	mime_end(d->mime);
	f = mime_facts(d->mime); /* as of now: lines are only known here */
	d->sealed.size = d->size;
	d->sealed.lines = f->lines;
	d->sealed.header_bytes = f->header_bytes;
	d->sealed.bits = draft_bits(d);
	d->sealed.thread_id = thread_of(d);
	if (render(d->mime, &d->cache) >= 0)
		d->sealed.cache = buf_str(&d->cache);
}

void draft_end(struct draft *d)
{
	end_parsing(d);
	d->mime = mime_free(d->mime);
}

int draft_seal(struct draft *d, bool as_blob)
{
	int r;

	if (d->failed || d->is_sealed)
		return d->failed;
	end_parsing(d);
	r = seal_body(d, as_blob);
	if (r < 0)
		d->failed = r;
	d->is_sealed = true;
	return r;
}

bool draft_waits(const struct draft *d, bool as_blob)
{
	return !d->is_sealed && (d->blob || as_blob);
}

const struct sealed *draft_sealed(const struct draft *d)
{
	return &d->sealed;
}
