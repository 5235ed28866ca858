/* section.h - Private to imap/. What stands between the brackets of BODY[...] and BINARY[...].
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9051 6.4.5.1 and 9 (section, section-binary, partial). Nothing here waits. */
#ifndef IMAP_SECTION_H
#define IMAP_SECTION_H

#include "imap/args.h"
#include "wire/mime.h"

enum section_what {
	SECTION_ALL, SECTION_HEADER, SECTION_FIELDS, SECTION_FIELDS_NOT, SECTION_TEXT, SECTION_MIME,
};
enum { SECTION_FIELDS_MOST = 1000 }; /* names in a header list (SECURITY B6) */

struct section {
	uint32_t *path; /* part numbers, and room for one more */
	size_t n_path;
	enum section_what what;
	const struct str *fields;  /* as written: for the answer */
	const struct str *sorted;  /* in lower case, without doubles: for looking up */
	size_t n_fields, n_sorted;
	bool has_partial;
	uint64_t at, most;         /* <at.most> */
};

/* From "[" to "]" and a partial behind it. `is_binary`: part numbers only. `may_cut`: a partial is
 * allowed. Fails as arg_ functions do. */
int section_parse(struct args *a, bool is_binary, bool may_cut, struct section *ret);
/* "[1.2.HEADER.FIELDS (DATE)]<0>": as it stands in the answer, with the origin octet alone. */
void section_write(const struct section *t, struct buf *out);

/* Where it is in the message, counted from its first octet (that of the prefix, prefix_n octets in
 * front of the body that `offsets` tells about). For header fields: of the whole header. E_NOTFOUND:
 * there is no such part. */
struct extent {
	uint64_t at, n;
	uint8_t encoding; /* enum mime_encoding */
};
int section_find(const struct section *t, struct str offsets, uint64_t prefix_n, uint64_t size,
		 struct extent *ret);

/* -- header fields, chosen from a header that streams by --------------------------------- */

enum { FIELD_NAME_MOST = 128 }; /* of a header's line: a longer name matches none */
struct field_filter {
	const struct section *section;
	uint8_t state, n_held;
	bool is_passing; /* the field that we are in */
	uint64_t lookups;
	char held[FIELD_NAME_MOST];
};
void field_filter_begin(struct field_filter *f, const struct section *t);
/* What of `in` belongs to the chosen fields (and the empty line) is written to `out`, with room for
 * in.n + FIELD_NAME_MOST octets; returns how many. */
size_t field_filter_feed(struct field_filter *f, struct str in, char *out);
size_t field_filter_end(struct field_filter *f, char *out);

#endif
