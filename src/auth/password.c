/* password.c - crypt(3) strings: made by the setting password_hash, checked whatever they are.
 * SPDX-License-Identifier: Apache-2.0 */
#include <crypt.h>
#include "auth/accounts.h"
#include "base/err.h"
#include "conf/conf.h"

static const struct {
	const char *name, *prefix;
} kinds[] = {{"yescrypt", "$y$"}, {"sha512crypt", "$6$"}, {"bcrypt", "$2b$"}};

/* "yescrypt:5" -> "$y$", 5; a cost of 0 is libcrypt's default. */
static const char *read_setting(struct str setting, unsigned long *cost)
{
	struct str name = str_cut(&setting, ':');
	uint64_t v = 0;

	if (setting.p && str_u64(setting, 999999999, &v) < 0)
		return NULL;
	*cost = v;
	for (size_t i = 0; i < COLUMNS(kinds); i++)
		if (str_eq(name, str_of(kinds[i].name)))
			return kinds[i].prefix;
	return NULL;
}

/* crypt_r with a password that is no C string yet; its 32 KiB are no business of a task's stack. */
static int run_crypt(struct str password, const char *setting, struct buf *out)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char text[CRYPT_MAX_PASSPHRASE_SIZE];
	const char *hash = NULL;
	int r = E_RANGE;

	if (!data)
		return E_NOMEM;
	if (str_to_c(password, text, sizeof(text)))
		hash = crypt_r(text, setting, data);
	if (hash && hash[0] != '*') /* what libcrypt says in place of an error */
		r = buf_add(out, str_of(hash));
	explicit_bzero(text, sizeof(text));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return r;
}

int password_hash(const struct conf *c, struct str password, struct buf *out)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	unsigned long cost = 0;
	const char *prefix = read_setting(str_of(c->password_hash), &cost);

	if (!prefix || !crypt_gensalt_rn(prefix, cost, NULL, 0, setting, sizeof(setting)))
		return E_BUG;
	return run_crypt(password, setting, out);
}

bool password_is(struct str hash, struct str password)
{
	char setting[CRYPT_OUTPUT_SIZE];
	struct buf made;
	bool same = false;

	buf_init(&made, CRYPT_OUTPUT_SIZE);
	if (hash.n && str_to_c(hash, setting, sizeof(setting)) &&
	    run_crypt(password, setting, &made) == 0)
		same = str_eq_secret(buf_str(&made), hash);
	buf_wipe(&made);
	return same;
}
