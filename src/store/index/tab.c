/* tab.c - tables: keys that sort, values that carry their CRC.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/crc.h"
#include "base/err.h"
#include "store/index/env.h"

enum { CRC_BYTES = 4 };

struct key key_of(void)
{
	struct key k;

	k.n = 0;
	return k;
}

void key_add_u64(struct key *k, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(k->b + k->n, &v, sizeof(v));
	k->n += sizeof(v);
}

void key_add_u32(struct key *k, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(k->b + k->n, &v, sizeof(v));
	k->n += sizeof(v);
}

int key_add_str(struct key *k, struct str s)
{
	if (s.n > NAME_MOST)
		return E_TOOBIG;
	if (s.n)
		memcpy(k->b + k->n, s.p, s.n);
	k->n += s.n;
	return 0;
}

struct key key_u64(uint64_t a)
{
	struct key k;

	k.n = 0;
	key_add_u64(&k, a);
	return k;
}

struct key key_u64_u64(uint64_t a, uint64_t b)
{
	struct key k = key_u64(a);

	key_add_u64(&k, b);
	return k;
}

struct key key_u64_u32(uint64_t a, uint32_t b)
{
	struct key k = key_u64(a);

	key_add_u32(&k, b);
	return k;
}

uint64_t key_get_u64(struct str key, size_t at)
{
	uint64_t v = 0;

	if (at + sizeof(v) <= key.n)
		memcpy(&v, key.p + at, sizeof(v));
	return __builtin_bswap64(v);
}

uint32_t key_get_u32(struct str key, size_t at)
{
	uint32_t v = 0;

	if (at + sizeof(v) <= key.n)
		memcpy(&v, key.p + at, sizeof(v));
	return __builtin_bswap32(v);
}

static uint32_t seal(enum tab tab, const void *key, size_t key_n, const void *v, size_t n)
{
	return crc32c(crc32c((uint32_t)tab + 1, key, key_n), v, n);
}

/* Checks and strips the CRC. A page that is not what it should be ends the process. */
static struct str open_value(struct txn *t, enum tab tab, const MDB_val *key, const MDB_val *v)
{
	uint32_t crc;
	size_t n;

	if (v->mv_size < CRC_BYTES)
		index_bad(t->ix, "a value of the index is too short");
	n = v->mv_size - CRC_BYTES;
	memcpy(&crc, (const char *)v->mv_data + n, CRC_BYTES);
	if (crc != seal(tab, key->mv_data, key->mv_size, v->mv_data, n))
		index_bad(t->ix, "a value of the index does not match its CRC");
	return str_n(v->mv_data, n);
}

static MDB_val val_of(const struct key *k)
{
	return (MDB_val){k->n, (void *)(uintptr_t)k->b};
}

int tab_get(struct txn *t, enum tab tab, const struct key *k, struct str *val)
{
	MDB_val key = val_of(k), v;
	int rc = mdb_get(t->t, t->ix->dbi[tab], &key, &v);

	if (rc)
		return index_err(t->ix, rc);
	*val = open_value(t, tab, &key, &v);
	return 0;
}

uint64_t tab_rows(struct txn *t, enum tab tab)
{
	MDB_stat st;

	return mdb_stat(t->t, t->ix->dbi[tab], &st) ? 0 : st.ms_entries;
}

int tab_get_row(struct txn *t, enum tab tab, const struct key *k, void *row, size_t n)
{
	struct str v;
	int r = tab_get(t, tab, k, &v);

	if (r < 0)
		return r;
	if (v.n != n)
		index_bad(t->ix, "a row of the index has the wrong length");
	memcpy(row, v.p, n);
	return 0;
}

static int put(struct txn *t, enum tab tab, const struct key *k, struct str a, struct str b,
	       unsigned flags)
{
	MDB_val key = val_of(k), v = {a.n + b.n + CRC_BYTES, NULL};
	int rc = mdb_put(t->t, t->ix->dbi[tab], &key, &v, flags | MDB_RESERVE);
	uint32_t crc;
	char *p = v.mv_data;

	t->puts++;
	if (rc)
		return rc == MDB_KEYEXIST ? E_EXISTS : index_err(t->ix, rc);
	if (a.n)
		memcpy(p, a.p, a.n);
	if (b.n)
		memcpy(p + a.n, b.p, b.n);
	crc = seal(tab, k->b, k->n, p, a.n + b.n);
	memcpy(p + a.n + b.n, &crc, CRC_BYTES);
	return 0;
}

int tab_put(struct txn *t, enum tab tab, const struct key *k, struct str val)
{
	return put(t, tab, k, val, STR_NONE, 0);
}

int tab_put2(struct txn *t, enum tab tab, const struct key *k, struct str a, struct str b)
{
	return put(t, tab, k, a, b, 0);
}

int tab_append(struct txn *t, enum tab tab, const struct key *k, struct str val)
{
	int r = put(t, tab, k, val, STR_NONE, MDB_APPEND);

	return r == E_EXISTS ? put(t, tab, k, val, STR_NONE, 0) : r;
}

int tab_del(struct txn *t, enum tab tab, const struct key *k)
{
	MDB_val key = val_of(k);

	t->puts++;
	return index_err(t->ix, mdb_del(t->t, t->ix->dbi[tab], &key, NULL));
}

/* -- cursors -- */

int tab_open(struct tab_cursor *c, struct txn *t, enum tab tab)
{
	*c = (struct tab_cursor){.t = t, .tab = tab};
	return index_err(t->ix, mdb_cursor_open(t->t, t->ix->dbi[tab], &c->c));
}

void tab_close(struct tab_cursor *c)
{
	if (c->c)
		mdb_cursor_close(c->c);
	c->c = NULL;
}

static int at(struct tab_cursor *c, MDB_val *key, MDB_cursor_op op)
{
	MDB_val v;
	int rc = mdb_cursor_get(c->c, key, &v, op);

	if (rc)
		return index_err(c->t->ix, rc);
	c->key = str_n(key->mv_data, key->mv_size);
	c->val = open_value(c->t, c->tab, key, &v);
	return 0;
}

int tab_seek(struct tab_cursor *c, const struct key *k)
{
	MDB_val key = val_of(k);

	return at(c, &key, k->n ? MDB_SET_RANGE : MDB_FIRST);
}

int tab_next(struct tab_cursor *c)
{
	MDB_val key;

	return at(c, &key, MDB_NEXT);
}

int tab_seek_back(struct tab_cursor *c, const struct key *k, size_t same)
{
	MDB_val key;
	int r = tab_seek(c, k);

	if (r >= 0 && !str_eq(c->key, key_str(k)))
		r = at(c, &key, MDB_PREV);
	else if (r == E_NOTFOUND)
		r = at(c, &key, MDB_LAST);
	if (r < 0)
		return r;
	return str_starts(c->key, str_n(k->b, same)) ? 0 : E_NOTFOUND;
}

int tab_last_of(struct tab_cursor *c, uint64_t prefix)
{
	struct key k = key_u64(prefix + 1);
	MDB_val key;
	int r = tab_seek(c, &k);

	r = r == E_NOTFOUND ? at(c, &key, MDB_LAST) : r < 0 ? r : at(c, &key, MDB_PREV);
	if (r < 0)
		return r;
	return key_get_u64(c->key, 0) == prefix ? 0 : E_NOTFOUND;
}

int tab_cursor_put(struct tab_cursor *c, struct str val)
{
	MDB_val key = {c->key.n, (void *)(uintptr_t)c->key.p};
	MDB_val v = {val.n + CRC_BYTES, NULL};
	uint32_t crc = seal(c->tab, c->key.p, c->key.n, val.p, val.n);
	int rc = mdb_cursor_put(c->c, &key, &v, MDB_CURRENT | MDB_RESERVE);

	c->t->puts++;
	if (rc)
		return index_err(c->t->ix, rc);
	memcpy(v.mv_data, val.p, val.n);
	memcpy((char *)v.mv_data + val.n, &crc, CRC_BYTES);
	return 0;
}

int tab_cursor_del(struct tab_cursor *c)
{
	c->t->puts++;
	return index_err(c->t->ix, mdb_cursor_del(c->c, 0));
}

int tab_del_all(struct txn *t, enum tab tab, const struct key *prefix)
{
	struct tab_cursor c;
	int r = tab_open(&c, t, tab);

	if (r < 0)
		return r;
	while ((r = tab_seek(&c, prefix)) >= 0 && str_starts(c.key, key_str(prefix)))
		if ((r = tab_cursor_del(&c)) < 0)
			break;
	tab_close(&c);
	return r == E_NOTFOUND ? 0 : r;
}
