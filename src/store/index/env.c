/* env.c - opens the LMDB file, hands out transactions, and knows when to give up.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/index/env.h"

static const char *const names[TAB_N] = {
	[TAB_ROOT] = "root", [TAB_POSITION] = "position", [TAB_ACCOUNT] = "account",
	[TAB_LOGIN] = "login", [TAB_LABEL] = "label", [TAB_ALIAS] = "alias",
	[TAB_DOMAIN] = "domain", [TAB_META] = "meta", [TAB_MBOX] = "mbox", [TAB_PATH] = "path",
	[TAB_MESSAGE] = "message", [TAB_EXTRA] = "extra", [TAB_BODY] = "body",
	[TAB_CHANGE] = "change", [TAB_VANISHED] = "vanished", [TAB_EXPUNGED] = "expunged",
	[TAB_GRAVE] = "grave", [TAB_SEEN] = "seen", [TAB_ACL] = "acl", [TAB_CACHE] = "cache",
	[TAB_DEAD] = "dead", [TAB_SEGMENT] = "segment", [TAB_SWEEP] = "sweep",
	[TAB_RUN] = "run", [TAB_NOTE] = "note",
};

const char *tab_name(enum tab tab)
{
	return names[tab];
}

int index_err(struct index *ix, int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_NOTFOUND:
		return E_NOTFOUND;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return E_NOSPACE;
	case ENOMEM:
	case MDB_TXN_FULL:
		return E_NOMEM;
	case MDB_READERS_FULL:
	case EAGAIN:
		return E_BUSY;
	case EIO:
		return E_IO;
	case MDB_BAD_VALSIZE:
		return E_TOOBIG;
	default:
		if (ix)
			index_bad(ix, mdb_strerror(rc));
		return E_DAMAGED;
	}
}

void index_bad(struct index *ix, const char *why)
{
	checkpoint_mark(ix);
	ix->o.fatal(ix->o.arg, why);
	abort(); /* fatal returned: our own bug */
}

/* Address space may be limited (a container, a sanitizer): take what there is. */
static int open_env(struct index *ix, const char *path)
{
	static const size_t sizes[] = {(size_t)1 << 40, (size_t)1 << 36, (size_t)1 << 33,
				       (size_t)1 << 30};
	int rc = ENOMEM;

	for (size_t i = 0; i < COLUMNS(sizes) && rc == ENOMEM; i++) {
		rc = mdb_env_create(&ix->env);
		if (rc)
			return rc;
		ix->map_bytes = sizes[i];
		if ((rc = mdb_env_set_mapsize(ix->env, sizes[i])) ||
		    (rc = mdb_env_set_maxdbs(ix->env, TAB_N)) ||
		    (rc = mdb_env_set_maxreaders(ix->env, 1024)))
			return rc;
		guard_env(ix);
		rc = mdb_env_open(ix->env, path,
				  MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOTLS | MDB_NOMEMINIT |
					  MDB_NORDAHEAD,
				  0600);
		if (rc == ENOMEM) {
			mdb_env_close(ix->env);
			ix->env = NULL;
		}
	}
	return rc;
}

static int open_tables(struct index *ix)
{
	MDB_txn *t;
	int rc = mdb_txn_begin(ix->env, NULL, 0, &t);

	for (int i = 0; i < TAB_N && !rc; i++) {
		rc = mdb_dbi_open(t, names[i], MDB_CREATE, &ix->dbi[i]);
		if (rc)
			mdb_txn_abort(t);
	}
	return rc ? rc : mdb_txn_commit(t);
}

/* The tables of a file that has them are opened without a write, because nothing may be written
 * before the checkpoint's reader is held. */
static int find_tables(struct index *ix)
{
	MDB_txn *t;
	int rc = mdb_txn_begin(ix->env, NULL, MDB_RDONLY, &t);

	if (rc)
		return rc;
	for (int i = 0; i < TAB_N && !rc; i++)
		rc = mdb_dbi_open(t, names[i], 0, &ix->dbi[i]);
	if (rc)
		mdb_txn_abort(t);
	else
		rc = mdb_txn_commit(t); /* keeps the handles */
	return rc;
}

static void map_of(struct index *ix)
{
	MDB_stat st;

	mdb_env_stat(ix->env, &st);
	ix->page_bytes = st.ms_psize;
	mdb_env_get_fd(ix->env, &ix->fd);
}

int env_open(struct index *ix, bool fresh)
{
	char path[64];
	int rc;

	/* below the open folder, whatever its name is now */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/data.mdb", ix->o.dir);
	rc = open_env(ix, path);
	if (!rc) {
		map_of(ix);
		guard_begin(ix);
		rc = fresh ? open_tables(ix) : find_tables(ix);
	}
	if (rc && ix->env) {
		guard_end(ix);
		mdb_env_close(ix->env);
		ix->env = NULL;
	}
	return rc;
}

void env_close(struct index *ix)
{
	for (unsigned i = 0; i < ix->n_pool; i++)
		mdb_txn_abort(ix->pool[i]);
	ix->n_pool = 0;
	guard_end(ix);
	if (ix->env)
		mdb_env_close(ix->env);
	ix->env = NULL;
}

/* -- transactions -- */

static MDB_txn *pool_take(struct index *ix)
{
	MDB_txn *t = NULL;

	pthread_mutex_lock(&ix->pool_lock);
	if (ix->n_pool)
		t = ix->pool[--ix->n_pool];
	pthread_mutex_unlock(&ix->pool_lock);
	return t;
}

static int read_root(struct txn *t)
{
	struct key k = key_of();
	int r;

	key_add_str(&k, STR("root"));
	r = tab_get_row(t, TAB_ROOT, &k, &t->root, sizeof(t->root));
	return r == E_NOTFOUND ? 0 : r;
}

static int begin_read(struct txn *t, struct index *ix)
{
	int rc = 0;

	*t = (struct txn){.ix = ix, .t = pool_take(ix)};
	if (t->t && (rc = mdb_txn_renew(t->t))) {
		mdb_txn_abort(t->t);
		t->t = NULL;
	}
	if (!t->t)
		rc = mdb_txn_begin(ix->env, NULL, MDB_RDONLY, &t->t);
	return index_err(ix, rc);
}

int txn_read(struct txn *t, struct index *ix)
{
	return begin_read(t, ix);
}

int txn_read_root(struct txn *t)
{
	return read_root(t);
}

void txn_done(struct txn *t)
{
	struct index *ix = t->ix;

	if (!t->t)
		return;
	mdb_txn_reset(t->t);
	pthread_mutex_lock(&ix->pool_lock);
	if (ix->n_pool < COLUMNS(ix->pool)) {
		ix->pool[ix->n_pool++] = t->t;
		t->t = NULL;
	}
	pthread_mutex_unlock(&ix->pool_lock);
	if (t->t)
		mdb_txn_abort(t->t);
	t->t = NULL;
}

int txn_write(struct txn *t, struct index *ix)
{
	int r;

	*t = (struct txn){.ix = ix, .writes = true, .hot = ix->hot};
	hot_clear(t);
	r = index_err(ix, mdb_txn_begin(ix->env, NULL, 0, &t->t));
	if (r < 0)
		return r;
	r = read_root(t);
	if (r < 0)
		txn_abort(t);
	return r;
}

static int write_root(struct txn *t)
{
	struct key k = key_of();

	key_add_str(&k, STR("root"));
	return tab_put(t, TAB_ROOT, &k, str_n(&t->root, sizeof(t->root)));
}

static void finish(struct txn *t)
{
	t->t = NULL;
	free(t->touched);
	t->touched = NULL;
	t->n_touched = t->cap_touched = 0;
}

int txn_commit(struct txn *t)
{
	int r = txn_flush(t);

	if (r >= 0)
		r = write_root(t);
	if (r < 0) {
		txn_abort(t);
		return r;
	}
	if (t->ix->fail_commits) { /* tests: inv 6 of commit.c */
		t->ix->fail_commits--;
		txn_abort(t);
		return E_IO;
	}
	r = index_err(t->ix, mdb_txn_commit(t->t));
	t->t = NULL;
	return r;
}

void txn_end(struct txn *t)
{
	finish(t);
}

void txn_abort(struct txn *t)
{
	if (t->t)
		mdb_txn_abort(t->t);
	hot_clear(t);
	finish(t);
}

int txn_part(struct txn *t, MDB_txn **outer)
{
	MDB_txn *inner;
	int r = txn_flush(t);

	if (r < 0)
		return r;
	r = index_err(t->ix, mdb_txn_begin(t->ix->env, t->t, 0, &inner));
	if (r < 0)
		return r;
	hot_clear(t);
	*outer = t->t;
	t->t = inner;
	t->part_root = t->root;
	return 0;
}

int txn_part_end(struct txn *t, MDB_txn *outer, bool keep)
{
	int r = keep ? txn_flush(t) : 0;

	if (!keep || r < 0) {
		mdb_txn_abort(t->t);
		t->root = t->part_root;
	} else {
		r = index_err(t->ix, mdb_txn_commit(t->t));
	}
	hot_clear(t);
	t->t = outer;
	return r;
}

/* -- opening -- */

static _Thread_local char why_text[256];

struct str index_why(void)
{
	return str_of(why_text);
}

static int cannot(const char *what, int rc)
{
	snprintf(why_text, sizeof(why_text), "data.mdb: %s: %s", what, mdb_strerror(rc));
	return rc == ENOSPC ? E_NOSPACE : rc == ENOMEM ? E_NOMEM : E_IO;
}

static int open_fresh(struct index *ix)
{
	int rc = index_discard(ix->o.dir);

	if (rc < 0)
		return rc;
	rc = env_open(ix, true);
	return rc ? cannot("cannot be made", rc) : 0;
}

int index_open(struct index **ret, const struct index_opts *o, bool *fresh, bool *clean,
	       const char **why)
{
	struct index *ix = calloc(1, sizeof(*ix));
	int r;

	if (!ix)
		return E_NOMEM;
	ix->o = *o;
	ix->mark_fd = -1;
	pthread_mutex_init(&ix->pool_lock, NULL);
	*why = NULL;
	*clean = false;
	unlinkat(o->dir, "data.mdb-lock", 0); /* rule 2: lock.mdb of MDB_NOSUBDIR */
	r = hot_new(&ix->hot);
	if (r >= 0)
		r = o->in_memory ? E_NOTFOUND : checkpoint_restore(ix, clean, why);
	*fresh = r < 0;
	if (r < 0 && r != E_NOMEM)
		r = open_fresh(ix);
	if (r >= 0)
		r = checkpoint_start(ix, *fresh);
	if (r < 0) {
		index_close(ix, false);
		return r;
	}
	*ret = ix;
	return 0;
}

struct index *index_close(struct index *ix, bool checkpoint)
{
	if (!ix)
		return NULL;
	if (checkpoint && ix->env && !ix->o.in_memory && checkpoint_begin(ix) >= 0)
		checkpoint_finish(ix, true);
	checkpoint_stop(ix);
	env_close(ix);
	hot_free(ix->hot);
	if (ix->mark_fd >= 0)
		close(ix->mark_fd);
	pthread_mutex_destroy(&ix->pool_lock);
	free(ix);
	return NULL;
}

int index_discard(int dir)
{
	static const char *const files[] = {"checkpoint", "data.mdb", "data.mdb-lock",
					    "index.bad"};

	for (size_t i = 0; i < COLUMNS(files); i++)
		if (unlinkat(dir, files[i], 0) && errno != ENOENT)
			return err_from_errno(errno);
	return fs_sync_dir(dir);
}
