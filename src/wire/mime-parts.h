/* mime-parts.h - what the files mime*.c share. Private to wire/.
 * SPDX-License-Identifier: Apache-2.0
 *
 * mime.c cuts the stream into header lines, boundary lines and the rest; mime-header.c keeps the
 * fields that somebody will ask for; mime-tree.c opens and closes parts. Afterwards
 * mime-envelope.c, mime-structure.c and mime-offsets.c render what was found, reading kept fields
 * with mime-param.c and mime-address.c. */
#ifndef WIRE_MIME_PARTS_H
#define WIRE_MIME_PARTS_H

#include "wire/mime.h"

enum {
	DEPTH_MOST = 100,
	PARTS_MOST = 10000,
	HEADER_MOST = 1 << 20,     /* of one part: what stands behind is not looked at */
	HEADERS_MOST = 10 << 20,   /* of all */
	FIELD_MOST = 256 << 10,    /* kept of one field */
	TEXT_MOST = 4 << 20,       /* kept of all fields */
	FIELDS_MOST = 256,         /* kept in one part */
	REFERENCES_MOST = 8 << 10, /* kept of References: its end */
	REFERENCES_IDS = 100,
	BOUNDARY_MOST = 250, /* RFC 2046 5.1.1 allows 70, some write more */
	PARAMS_MOST = 128,   /* of one field */
	FACT_MOST = 998,     /* what mime_field shows of other fields */
};

/* Those of the envelope come first, in its order. */
enum field_kind {
	FIELD_NONE,
	FIELD_DATE,
	FIELD_SUBJECT,
	FIELD_FROM,
	FIELD_SENDER,
	FIELD_REPLY_TO,
	FIELD_TO,
	FIELD_CC,
	FIELD_BCC,
	FIELD_IN_REPLY_TO,
	FIELD_MESSAGE_ID,
	FIELD_REFERENCES,
	FIELD_RECEIVED,
	FIELD_LAST_OF_MESSAGE = FIELD_RECEIVED,
	FIELD_TYPE,
	FIELD_ID,
	FIELD_DESCRIPTION,
	FIELD_ENCODING,
	FIELD_MD5,
	FIELD_DISPOSITION,
	FIELD_LANGUAGE,
	FIELD_LOCATION,
};

/* A kept field: its text without folds and NULs, with blanks around it. */
struct field {
	uint32_t at, n; /* in mime.text */
	uint32_t next;  /* of the same part, or NOTHING */
	uint8_t kind;
};

enum part_kind {
	PART_LEAF,   /* as its Content-Type tells */
	PART_PLAIN,  /* text/plain: no Content-Type, or none that can be read (RFC 2045 5.2) */
	PART_OPAQUE, /* octets: a limit was met, or it is a message that is encoded */
	PART_MULTIPART,
	PART_MESSAGE, /* has one child: the message in it */
};

static const uint32_t NOTHING = UINT32_MAX;

/* In the order of their first octets; [0] is the message. */
struct part {
	uint64_t header_at, header_n, body_n; /* the body begins where the header ends */
	uint32_t lines;                       /* line ends in the body */
	uint32_t parent, first, last, next, n_children;
	uint32_t fields, last_field;
	uint8_t kind, encoding;
	bool is_text, is_digest;
};

/* The parts that are open, outermost first. */
struct frame {
	uint32_t part;
	uint32_t boundary_at, boundary_n; /* in mime.text; n = 0: not a multipart, or closed */
	uint32_t hash;                    /* of the boundary */
};

struct param {
	struct str name, value; /* value: as written, without the quotes */
	int section;            /* RFC 2231 3; -1: not cut */
	bool is_quoted, is_encoded;
	/* the first of a cut one: all its pieces stand in mime_params.order, from `piece` */
	uint8_t piece, n_pieces;
	bool is_continuation; /* another piece of it */
};
struct mime_params {
	struct param v[PARAMS_MOST];
	uint8_t order[PARAMS_MOST];
	size_t n;
	uint64_t *steps;
};

/* What those may change who may not change the message. */
struct mime_scratch {
	uint64_t steps;
	struct mime_facts told; /* what mime_facts has returned */
	struct mime_params params;
	struct buf phrase, comment, route, local, host; /* of the address being read */
};

/* Where we are in a header line. */
enum line_state {
	LINE_BEGIN,
	LINE_CR, /* the line began with one */
	LINE_NAME,
	LINE_VALUE, /* also of no field that is kept */
};

struct mime {
	struct mime_facts facts;
	struct mime_scratch *scratch;
	struct part *parts;
	struct field *fields;
	uint32_t n_parts, cap_parts, n_fields, cap_fields;
	struct buf text;           /* of fields and boundaries */
	unsigned n_frames, n_open; /* n_open: frames with a boundary to look for */
	bool in_header;
	bool is_frozen;         /* no more parts: the rest belongs to the last one */
	uint64_t at;            /* octets seen */
	uint64_t headers_n;     /* octets of headers that have ended */
	uint32_t line_ends;     /* seen */
	char last, before_last; /* octets seen */

	/* the header line that is being read */
	uint8_t line;
	bool is_keeping, is_cut; /* its field is kept; not all of it */
	bool has_cr;             /* a CR is held back */
	uint32_t have;           /* kinds seen in this part, a bit each */
	unsigned n_kept;         /* fields of this part */
	char name[32];
	unsigned name_n;
	bool has_name_blank;
	bool utf8_seen, utf8_bad; /* in this line */
	uint8_t utf8_need; /* octets to the end of the character; the next is one of lo to hi */
	uint8_t utf8_lo, utf8_hi;

	/* the line that may be a boundary */
	bool in_delimiter;
	bool delimiter_over; /* it is too long to be one */
	uint64_t delimiter_at;
	uint32_t delimiter_line_ends; /* seen before it */
	uint8_t delimiter_eol;        /* octets of the line end before it */
	unsigned delimiter_n;

	char delimiter[2 + BOUNDARY_MOST + 2];
	struct frame frames[DEPTH_MOST + 1];
};

static inline struct str text_view(const struct mime *m, uint32_t at, uint32_t n) /* p is set */
{
	return n ? str_n(m->text.p + at, n) : STR("");
}

/* mime-header.c */
void header_begin(struct mime *m);
/* Reads header lines; stops behind the empty line (*ended) or before a line that begins with "-"
 * and may be a boundary. Returns how many octets it took. */
size_t header_feed(struct mime *m, struct str in, bool *ended);
void header_end(struct mime *m);
const struct field *part_field(const struct mime *m, const struct part *p, enum field_kind k);
struct str field_text(const struct mime *m, const struct field *f); /* trimmed; none: p = NULL */
uint32_t text_keep(struct mime *m, struct str s); /* its place in mime.text, or NOTHING */

/* mime-tree.c */
void tree_begin(struct mime *m);
void tree_header_end(struct mime *m, uint64_t at);     /* the body begins at `at` */
void tree_delimiter(struct mime *m, uint64_t next_at); /* mime.delimiter is complete */
void tree_end(struct mime *m);

/* mime-param.c; each returns false if there is nothing of the kind, and cuts what it read from *s
 */
bool take_cfws(struct str *s, uint64_t *steps); /* false: a comment without an end */
struct str take_token(struct str *s);
bool take_media_type(struct str *s, struct str *type, struct str *subtype, uint64_t *steps);
void params_read(struct mime_params *p, struct str s, uint64_t *steps);
const struct param *params_find(const struct mime_params *p, struct str name);
void param_add_name(struct buf *out, const struct mime_params *all, const struct param *p);
void param_add_value(struct buf *out, const struct mime_params *all, const struct param *p);
/* The octets that are meant: without charset and language, %XX decoded. */
void param_add_meant(struct buf *out, const struct mime_params *all, const struct param *p);

/* mime-address.c */

/* Writes "(" before the first address if none was written yet, never a ")". True if it is open. */
bool addresses_render(struct mime_scratch *s, struct str list, bool is_first, struct buf *out);

/* mime-envelope.c */
int imap_add_string(struct buf *out, struct str s);
int imap_add_nstring(struct buf *out, struct str s); /* NIL if p is NULL */
void envelope_render(const struct mime *m, const struct part *p, struct buf *out);

#endif
