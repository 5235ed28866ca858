/* use.c - the names of special uses: RFC 6154 2, RFC 8457.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/folders.h"

static const struct {
	uint32_t use;
	const char *name;
} uses_of[] = {
	{USE_ALL, "\\All"},   {USE_ARCHIVE, "\\Archive"}, {USE_DRAFTS, "\\Drafts"},
	{USE_FLAGGED, "\\Flagged"}, {USE_JUNK, "\\Junk"}, {USE_SENT, "\\Sent"},
	{USE_TRASH, "\\Trash"}, {USE_IMPORTANT, "\\Important"},
};

uint32_t use_by_name(struct str name)
{
	for (size_t i = 0; i < COLUMNS(uses_of); i++)
		if (str_ieq(name, str_of(uses_of[i].name)))
			return uses_of[i].use;
	return 0;
}

void put_uses(struct buf *out, uint32_t uses, const char *separator)
{
	const char *between = "";

	for (size_t i = 0; i < COLUMNS(uses_of); i++)
		if (uses & uses_of[i].use) {
			buf_printf(out, "%s%s", between, uses_of[i].name);
			between = separator;
		}
}
