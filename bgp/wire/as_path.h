/*
 * AS_PATH (RFC 4271 section 4.3, RFC 5065, RFC 6793)
 *
 * A path is kept as it is on the wire between four-octet speakers: segments of type, number of
 * ASes, ASes in network order. So it can be compared, hashed, copied and sent as bytes.
 */
#ifndef BGP_WIRE_AS_PATH_H
#define BGP_WIRE_AS_PATH_H

#include "bgp/wire/types.h"
#include "common/base/mem.h"
#include "common/base/rw.h"

struct strbuf;

enum bgp_segment_type {
	BGP_AS_SET = 1,
	BGP_AS_SEQUENCE = 2,
	BGP_CONFED_SEQUENCE = 3, /* RFC 5065 */
	BGP_CONFED_SET = 4,
};

struct bgp_as_path {
	const uint8_t *bytes; /* borrowed */
	size_t len;           /* 0: the empty path, as on iBGP for our own routes */
};

struct bgp_segment {
	uint8_t type;
	uint8_t n;
	struct reader as; /* n numbers of four bytes */
};

/** bgp_as_path_next - walk over segments: start with rd_init(path.bytes, path.len) */
bool bgp_as_path_next(struct reader *r, struct bgp_segment *ret);

/**
 * bgp_as_path_problem - NULL if @r is a well-formed path of ASes with @as_size (2 or 4) bytes, else
 * what is wrong: segments that are empty, unknown or too short (RFC 7606 section 7.2), AS 0 (RFC
 * 7607)
 * @confed: confederation segments are allowed (RFC 5065 section 5)
 */
const char *bgp_as_path_problem(struct reader r, unsigned as_size, bool confed);

/** bgp_as_path_read - to our form, in @mem; @r must be without a problem */
struct bgp_as_path bgp_as_path_read(struct reader r, unsigned as_size, struct arena *mem);

/** bgp_as_path_make - one AS_SEQUENCE of @n (0..255) ASes, in @mem */
struct bgp_as_path bgp_as_path_make(const uint32_t *as, size_t n, struct arena *mem);

/**
 * bgp_as_path_merge - the true path from AS_PATH and AS4_PATH of a two-octet speaker (RFC 6793
 * section 4.2.3), in @mem. AS4_PATH is ignored when it is the longer one
 */
struct bgp_as_path bgp_as_path_merge(struct bgp_as_path path, struct bgp_as_path as4,
				     struct arena *mem);

/** bgp_as_path_length - for route selection: a set counts 1, confederation segments 0 (RFC 4271
 * section 9.1.2.2, RFC 5065 section 5.3) */
unsigned bgp_as_path_length(struct bgp_as_path path);
bool bgp_as_path_has(struct bgp_as_path path, uint32_t as);
/** bgp_as_path_first - leftmost AS if the path starts with an AS_SEQUENCE, else 0 */
uint32_t bgp_as_path_first(struct bgp_as_path path);

/** bgp_as_path_needs_as4 - is there an AS that two bytes cannot say? */
bool bgp_as_path_needs_as4(struct bgp_as_path path);
/** bgp_as_path_write2 - for a two-octet peer: AS_TRANS in place of the large ones */
void bgp_as_path_write2(struct writer *w, struct bgp_as_path path);
/** bgp_as_path_write_as4 - value of AS4_PATH: without confederation segments (RFC 6793 section 3)
 */
void bgp_as_path_write_as4(struct writer *w, struct bgp_as_path path);

/** bgp_as_path_print - "64512 65001 {1,2} (65100 65101) [3,4]": sequence, set, confederation
 * sequence and set */
void bgp_as_path_print(struct bgp_as_path path, struct strbuf *out);

#endif
