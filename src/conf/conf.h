/* conf.h - the configuration: one typed table makes parser, checker and reference.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A struct conf never changes once it is loaded. A reload (SIGHUP) makes a new one and swaps the
 * service's pointer; the old one lives until the process ends, so a session may keep using it.
 *
 * X(kind, name, default, least, most, sentence); kinds: BOOL, INT, SIZE (K/M/G), SECS (s/m/h/d), STR, LIST
 * The field is `name`; the setting is the same name: `mailkeep serve --set name=value`. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include "base/buf.h"
#include "conf/options.h"

struct conf_list {
	const char **v;
	size_t n;
};

struct conf {
#define CONF_BOOL bool
#define CONF_INT  int64_t
#define CONF_SIZE uint64_t
#define CONF_SECS int64_t
#define CONF_STR  const char *
#define CONF_LIST struct conf_list
#define X(kind, name, def, least, most, sentence) CONF_##kind name;
	CONF_OPTIONS(X)
#undef X
};

struct conf_sources {
	const char *path;              /* NULL: /etc/mailkeep/mailkeep.conf if it is there */
	const char *const *sets;       /* "name=value", applied last, in order */
	size_t n_sets;
};
/* All errors at once into `errors`: "path:line:column: sentence", a line each, with the nearest
 * valid name for an unknown one. E_SYNTAX then. */
int conf_load(struct conf **ret, const struct conf_sources *from, struct buf *errors);
struct conf *conf_free(struct conf *c);
/* config explain: everything the table knows about one setting, or about all (NULL), as text for a
 * terminal or Markdown. */
int conf_explain(const char *name, bool markdown, struct buf *out);
int conf_show(const struct conf *c, bool only_changed, struct buf *out);

#endif
