/* bgp/wire/update: reading UPDATE, with the errors of RFC 7606 */
#include "check.h"

#include "bgp/wire/update.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "wire.h"

/* sessions */
enum {
	E4, /* external, four-octet AS, IPv4 and IPv6 */
	I4, /* internal, the same */
	E2, /* external, two-octet AS */
	X4, /* internal, IPv4 over IPv6 agreed */
	V6, /* external, IPv6 only */
	V4, /* external, IPv4 only */
};

static const struct bgp_agreed sessions[] = {
	[E4] = {.max_len = 4096, .families = 3, .as4 = true},
	[I4] = {.max_len = 4096, .families = 3, .as4 = true, .ibgp = true},
	[E2] = {.max_len = 4096, .families = 3},
	[X4] = {.max_len = 4096, .families = 3, .as4 = true, .ibgp = true, .ipv4_over_ipv6 = true},
	[V6] = {.max_len = 4096, .families = 2, .as4 = true},
	[V4] = {.max_len = 4096, .families = 1, .as4 = true},
};

/* the mandatory attributes, and the text they give */
#define ORIGIN "40 01 01 00 "
#define PATH   "40 02 06 02 01 0000fde9 "
#define PATH2  "40 02 04 02 01 fde9 "
#define HOP    "40 03 04 0a630001 "
#define GOOD   ORIGIN PATH HOP
#define NLRI   "18 0a0100 "
#define ROUTE  "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path 65001"
#define GONE   "withdraw 10.1.0.0/24; "
#define REACH6 "90 0e 001c 0002 01 10 fd000099000000000000000000000001 00 30 fd0000010000 "
#define ROUTE6 "announce fd00:1::/48 via fd00:99::1; origin IGP, AS path 65001"
#define GONE6  "withdraw fd00:1::/48; "

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows read from bytes to verdict */
static const struct update_case {
	const char *name;
	int session;
	const char *withdrawn, *attrs, *nlri; /* lengths are added */
	int want;                             /* 0 or code << 8 | subcode */
	const char *text;                     /* as printed; the data of a notification */
} cases[] = {
	/* what peers send */
	{"BIRD 2.0.12: eBGP with communities", E4, "",
	 GOOD "c008 04 fde80007 c020 0c 0000fde8 00000001 00000002", NLRI, 0,
	 ROUTE ", communities 65000:7, large communities 65000:1:2"},
	{"BIRD 2.0.12: IPv6 with MP_REACH first", E4, "", REACH6 ORIGIN PATH, "", 0, ROUTE6},
	{"FRR: empty AS_PATH with an extended length, iBGP", I4, "",
	 ORIGIN "50 02 0000 " HOP "40 05 04 00000064", NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path empty, local preference 100"},
	{"RFC 2545: global and link-local next hop", E4, "",
	 ORIGIN PATH "80 0e 2c 0002 01 20 fd000099000000000000000000000001 "
		     "fe800000000000000000000000000001 00 30 fd0000010000",
	 "", 0, "announce fd00:1::/48 via fd00:99::1 fe80::1; origin IGP, AS path 65001"},
	{"BIRD without a global address: :: and link-local", E4, "",
	 ORIGIN PATH "80 0e 2c 0002 01 20 00*16 fe800000000000000000000000000001 00 "
		     "30 fd0000010000",
	 "", 0, "announce fd00:1::/48 via :: fe80::1; origin IGP, AS path 65001"},
	{"RFC 8950: IPv4 with an IPv6 next hop", X4, "",
	 "80 0e 19 0001 01 10 fd000099000000000000000000000001 00 18 0a0100 " ORIGIN PATH, "", 0,
	 "announce 10.1.0.0/24 via fd00:99::1; origin IGP, AS path 65001"},
	{"RFC 4760: IPv4 in MP_REACH", E4, "",
	 "80 0e 0d 0001 01 04 0a630001 00 18 0a0100 " ORIGIN PATH, "", 0, ROUTE},
	{"RFC 4271 4.3: withdrawn and announced together", E4, "18 0a0200 10 0a03", GOOD, NLRI, 0,
	 "withdraw 10.2.0.0/24 10.3.0.0/16; " ROUTE},
	{"both families, both ways", E4, "18 0a0200", REACH6 "80 0f 06 0002 01 10 fd01 " GOOD, NLRI,
	 0,
	 "withdraw 10.2.0.0/24; withdraw fd01::/16; announce 10.1.0.0/24 via 10.99.0.1; " ROUTE6},
	{"RFC 4760 4: only withdrawn in MP_UNREACH", E4, "", "80 0f 0a 0002 01 30 fd0000010000", "",
	 0, "withdraw fd00:1::/48"},
	{"only withdrawn", E4, "20 0a010203", "", "", 0, "withdraw 10.1.2.3/32"},
	{"RFC 4271 4.3: trailing bits do not count", E4, "", GOOD, "17 0a01ff 04 ff", 0,
	 "announce 10.1.254.0/23 240.0.0.0/4 via 10.99.0.1; origin IGP, AS path 65001"},
	{"default route", E4, "", GOOD, "00", 0,
	 "announce 0.0.0.0/0 via 10.99.0.1; origin IGP, AS path 65001"},
	{"more prefixes than a log line shows", E4,
	 "08 01 08 02 08 03 08 04 08 05 08 06 08 07 08 08 "
	 "08 09 08 0a 08 0b 08 0c",
	 "", "", 0,
	 "withdraw 1.0.0.0/8 2.0.0.0/8 3.0.0.0/8 4.0.0.0/8 5.0.0.0/8 6.0.0.0/8 7.0.0.0/8 8.0.0.0/8 "
	 "9.0.0.0/8 10.0.0.0/8 and 2 more"},
	{"all attributes in order", I4, "",
	 "40 01 01 02 40 02 20 02 02 0000fde9 0000fdea 01 02 00000001 00000002 03 01 0000fdeb 04 "
	 "01 "
	 "0000fdec " HOP "80 04 04 00000005 40 05 04 000000c8 40 06 00 c0 07 08 0000fde9 0a000001 "
	 "c0 08 04 ffffff01 80 09 04 0a000002 80 0a 08 0a000003 0a000004 "
	 "c0 10 10 0002fde900000064 0102 0a000001 0005 c0 20 0c 00000001 00000002 00000003",
	 NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin incomplete, AS path 65001 65002 {1,2} (65003) "
	 "[65004], local preference 200, MED 5, atomic aggregate, aggregator AS 65001 10.0.0.1, "
	 "communities no-export, extended communities rt:65001:100 rt:10.0.0.1:5, large "
	 "communities "
	 "1:2:3, originator 10.0.0.2, clusters 10.0.0.3 10.0.0.4"},

	/* End-of-RIB, RFC 4724 section 2 */
	{"RFC 4724: End-of-RIB IPv4", E4, "", "", "", 0, "End-of-RIB ipv4"},
	{"RFC 4724: End-of-RIB IPv6", E4, "", "80 0f 03 0002 01", "", 0, "End-of-RIB ipv6"},
	{"ExaBGP: End-of-RIB with the extended length", E4, "", "90 0f 0003 0002 01", "", 0,
	 "End-of-RIB ipv6"},
	{"End-of-RIB IPv4 in MP_UNREACH", E4, "", "80 0f 03 0001 01", "", 0, "End-of-RIB ipv4"},
	{"End-of-RIB of a family that was not agreed", V4, "", "80 0f 03 0002 01", "", 0, ""},
	{"empty UPDATE on an IPv6 session", V6, "", "", "", 0, ""},
	{"CVE-2023-47235: End-of-RIB with another attribute is none", E4, "",
	 "80 0f 03 0002 01 " ORIGIN, "", 0, "origin IGP, AS path none"},
	{"CVE-2023-47234: End-of-RIB with a malformed attribute", E4, "",
	 "80 0f 03 0002 01 40 01 02 0000", "", 0x301, ""},
	{"MP_UNREACH alone with wrong flags loses nothing", E4, "",
	 "c0 0f 0a 0002 01 30 fd0000010000", "", 0,
	 "withdraw fd00:1::/48; MP_UNREACH_NLRI: flags 0xc0 (treated as withdraw)"},

	/* framing, RFC 4271 section 6.3 and RFC 7606 section 4 */
	{"RFC 7606 4: attribute runs over the end", E4, "", GOOD "c0 08 08 fde80007", NLRI, 0,
	 GONE "attribute 8 runs over the end of the list (treated as withdraw)"},
	{"RFC 7606 4: two bytes left", E4, "", GOOD "c0 08", NLRI, 0,
	 GONE "attribute 8 runs over the end of the list (treated as withdraw)"},
	{"RFC 7606 4: one byte left", E4, "", GOOD "c0", NLRI, 0,
	 GONE "attribute 0 runs over the end of the list (treated as withdraw)"},
	{"RFC 7606 4: three bytes left with an extended length", E4, "", GOOD "d0 08 00", NLRI, 0,
	 GONE "attribute 8 runs over the end of the list (treated as withdraw)"},
	{"RFC 7606 5.2: nothing to withdraw is 3/1", E4, "", ORIGIN "c0 08 08 fde80007", "", 0x301,
	 ""},
	{"RFC 7606 5.2: withdrawn routes do not help", E4, NLRI, ORIGIN "c0 08 03 000000", "",
	 0x301, ""},
	{"RFC 7606 5.2: a discarded attribute is no reason", E4, NLRI, "40 06 01 00", "", 0,
	 "withdraw 10.1.0.0/24; ATOMIC_AGGREGATE: length 1 (discarded)"},
	{"attributes and no routes", E4, "", GOOD, "", 0, "origin IGP, AS path 65001"},

	/* prefixes, RFC 7606 section 5.3 */
	{"RFC 7606 5.3: 33 bits in NLRI is 3/10", E4, "", GOOD, "21 0a01020304", 0x30a, ""},
	{"RFC 7606 5.3: NLRI over the end is 3/10", E4, "", GOOD, "18 0a01", 0x30a, ""},
	{"RFC 7606 5.3: 33 bits withdrawn is 3/10", E4, "21 0a01020304", "", "", 0x30a, ""},
	{"RFC 7606 5.3: withdrawn over the end is 3/10", E4, "18 0a01", "", "", 0x30a, ""},
	{"3/10 before any attribute is looked at", E4, "", "40 01 02 0000", "21 0a01020304", 0x30a,
	 ""},
	{"RFC 7606 5.3: 129 bits in MP_REACH is 3/9", E4, "",
	 ORIGIN PATH "80 0e 27 0002 01 10 fd000099000000000000000000000001 00 81 00*17", "", 0x309,
	 "800e2700020110fd0000990000000000000000000000010081"
	 "0000000000000000000000000000000000"},
	{"RFC 7606 5.3: MP_REACH prefix over the end is 3/9", E4, "",
	 ORIGIN PATH "80 0e 17 0002 01 10 fd000099000000000000000000000001 00 20 fd", "", 0x309,
	 "800e1700020110fd0000990000000000000000000000010020fd"},
	{"RFC 7606 5.3: MP_UNREACH prefix over the end is 3/9", E4, "", "80 0f 05 0002 01 20 fd",
	 "", 0x309, "800f0500020120fd"},
	{"RFC 7606 5.3: MP_UNREACH of two bytes is 3/9", E4, "", "80 0f 02 0002", "", 0x309,
	 "800f020002"},

	/* RFC 7606 section 3 */
	{"RFC 7606 3g: MP_REACH twice is 3/1", E4, "", REACH6 REACH6 ORIGIN PATH, "", 0x301, ""},
	{"RFC 7606 3g: MP_UNREACH twice is 3/1", E4, "", "80 0f 03 0002 01 80 0f 03 0001 01", "",
	 0x301, ""},
	{"RFC 7606 3g: of others the first counts", E4, "", GOOD "40 01 01 02", NLRI, 0,
	 ROUTE "; attribute 1 comes twice (discarded)"},
	{"RFC 7606 3g: unknown attribute twice", E4, "", GOOD "c0 63 01 aa c0 63 01 bb", NLRI, 0,
	 ROUTE ", 4 bytes of unknown attributes; attribute 99 comes twice (discarded)"},
	{"RFC 7606 3c: ORIGIN with the optional flag", E4, "", "c0 01 01 00 " PATH HOP, NLRI, 0,
	 GONE "ORIGIN: flags 0xc0 (treated as withdraw)"},
	{"GoBGP #3392: ORIGIN without the transitive flag", E4, "", "00 01 01 00 " PATH HOP, NLRI,
	 0, GONE "ORIGIN: flags 0x00 (treated as withdraw)"},
	{"RFC 7606 3c: MED with the transitive flag", E4, "", GOOD "c0 04 04 00000001", NLRI, 0,
	 GONE "MULTI_EXIT_DISC: flags 0xc0 (treated as withdraw)"},
	{"RFC 7606 3c: communities that are not transitive", E4, "", GOOD "80 08 04 00000001", NLRI,
	 0, GONE "COMMUNITIES: flags 0x80 (treated as withdraw)"},
	{"RFC 7606 3c: partial and low bits do not count", E4, "",
	 "6f 01 01 00 " PATH HOP "ef 08 04 00000001", NLRI, 0, ROUTE ", communities 0:1"},
	{"RFC 7606 3c: MP_REACH with wrong flags: its routes go", E4, "",
	 ORIGIN PATH "d0 0e 001c 0002 01 10 fd000099000000000000000000000001 00 30 fd0000010000",
	 "", 0, GONE6 "MP_REACH_NLRI: flags 0xd0 (treated as withdraw)"},
	{"RFC 7606 3h: withdraw is stronger than discard", E4, "",
	 GOOD "40 06 01 00 80 04 03 000000", NLRI, 0,
	 GONE "MULTI_EXIT_DISC: length 3 (treated as withdraw)"},
	{"RFC 7606 3h: a later discard does not undo a withdraw", E4, "",
	 GOOD "80 04 03 000000 40 06 01 00", NLRI, 0,
	 GONE "MULTI_EXIT_DISC: length 3 (treated as withdraw)"},
	{"the data of a reset is the one attribute", E4, "", ORIGIN "80 0f 05 0002 01 20 fd " PATH,
	 "", 0x309, "800f0500020120fd"},
	{"RFC 7606 3h: reset is stronger than withdraw", E4, "",
	 "40 01 02 0000 80 0f 05 0002 01 20 fd", NLRI, 0x309, "800f0500020120fd"},
	{"RFC 7606 3h: all routes of the message go", E4, "", REACH6 PATH HOP "40 01 01 03", NLRI,
	 0, GONE GONE6 "ORIGIN: unknown value (treated as withdraw)"},
	{"RFC 7606 3d: ORIGIN is missing", E4, "", PATH HOP, NLRI, 0,
	 GONE "ORIGIN is missing (treated as withdraw)"},
	{"RFC 7606 3d: AS_PATH is missing", E4, "", ORIGIN HOP, NLRI, 0,
	 GONE "AS_PATH is missing (treated as withdraw)"},
	{"RFC 7606 3d: NEXT_HOP is missing", E4, "", ORIGIN PATH, NLRI, 0,
	 GONE "NEXT_HOP is missing (treated as withdraw)"},
	{"RFC 7606 3d: IPv6 needs ORIGIN too", E4, "", REACH6 PATH, "", 0,
	 GONE6 "ORIGIN is missing (treated as withdraw)"},
	{"CVE-2023-46753: only an unknown attribute", E4, "", "c0 63 01 aa", NLRI, 0,
	 GONE "ORIGIN is missing (treated as withdraw)"},
	{"CVE-2023-41358: routes without attributes", E4, "", "", NLRI, 0,
	 GONE "ORIGIN is missing (treated as withdraw)"},
	{"BIRD: iBGP without LOCAL_PREF is taken", I4, "", GOOD, NLRI, 0, ROUTE},

	/* attribute by attribute, RFC 7606 section 7 */
	{"RFC 7606 7.1: ORIGIN of two bytes", E4, "", "40 01 02 0000 " PATH HOP, NLRI, 0,
	 GONE "ORIGIN: length 2 (treated as withdraw)"},
	{"RFC 7606 7.1: ORIGIN of no bytes", E4, "", "40 01 00 " PATH HOP, NLRI, 0,
	 GONE "ORIGIN: length 0 (treated as withdraw)"},
	{"RFC 7606 7.1: ORIGIN 3", E4, "", "40 01 01 03 " PATH HOP, NLRI, 0,
	 GONE "ORIGIN: unknown value (treated as withdraw)"},
	{"RFC 7606 7.2: empty segment", E4, "", ORIGIN "40 02 02 0200 " HOP, NLRI, 0,
	 GONE "AS_PATH: an empty segment (treated as withdraw)"},
	{"RFC 7606 7.2: segment over the end", E4, "", ORIGIN "40 02 06 0202 0000fde9 " HOP, NLRI,
	 0, GONE "AS_PATH: a segment runs over the end (treated as withdraw)"},
	{"RFC 7606 7.2: one byte left", E4, "", ORIGIN "40 02 07 0201 0000fde9 02 " HOP, NLRI, 0,
	 GONE "AS_PATH: a segment runs over the end (treated as withdraw)"},
	{"RFC 7606 7.2: segment of type 5", E4, "", ORIGIN "40 02 06 0501 0000fde9 " HOP, NLRI, 0,
	 GONE "AS_PATH: unknown type of segment (treated as withdraw)"},
	{"RFC 7606 7.2: segment of type 0", E4, "", ORIGIN "40 02 06 0001 0000fde9 " HOP, NLRI, 0,
	 GONE "AS_PATH: unknown type of segment (treated as withdraw)"},
	{"two-octet path on a four-octet session", E4, "", ORIGIN PATH2 HOP, NLRI, 0,
	 GONE "AS_PATH: a segment runs over the end (treated as withdraw)"},
	{"RFC 7607: AS 0 in the path", E4, "", ORIGIN "40 02 06 0201 00000000 " HOP, NLRI, 0,
	 GONE "AS_PATH: AS 0 (treated as withdraw)"},
	{"RFC 5065 5: confederation segment from outside", E4, "",
	 ORIGIN "40 02 06 0301 0000fde9 " HOP, NLRI, 0,
	 GONE "AS_PATH: a confederation segment from outside (treated as withdraw)"},
	{"RFC 7606 7.3: NEXT_HOP of 3 bytes", E4, "", ORIGIN PATH "40 03 03 0a6300", NLRI, 0,
	 GONE "NEXT_HOP: length 3 (treated as withdraw)"},
	{"RFC 7606 7.3: NEXT_HOP of 16 bytes", E4, "", ORIGIN PATH "40 03 10 00*16", NLRI, 0,
	 GONE "NEXT_HOP: length 16 (treated as withdraw)"},
	{"RFC 4271 6.3: NEXT_HOP 0.0.0.0", E4, "", ORIGIN PATH "40 03 04 00000000", NLRI, 0,
	 GONE "NEXT_HOP: not the address of a host (treated as withdraw)"},
	{"RFC 4271 6.3: NEXT_HOP multicast", E4, "", ORIGIN PATH "40 03 04 e0000001", NLRI, 0,
	 GONE "NEXT_HOP: not the address of a host (treated as withdraw)"},
	{"RFC 4760 3: NEXT_HOP beside MP_REACH alone is ignored", E4, "",
	 REACH6 ORIGIN PATH "40 03 03 000000", "", 0, ROUTE6},
	{"RFC 7606 7.4: MED of 3 bytes", E4, "", GOOD "80 04 03 000001", NLRI, 0,
	 GONE "MULTI_EXIT_DISC: length 3 (treated as withdraw)"},
	{"RFC 7606 7.5: LOCAL_PREF from outside", E4, "", GOOD "40 05 04 000000c8", NLRI, 0,
	 ROUTE "; LOCAL_PREF from an external peer (discarded)"},
	{"RFC 7606 7.5: malformed LOCAL_PREF from outside", E4, "", GOOD "c0 05 01 00", NLRI, 0,
	 ROUTE "; LOCAL_PREF from an external peer (discarded)"},
	{"RFC 7606 7.5: LOCAL_PREF of 3 bytes inside", I4, "", GOOD "40 05 03 000000", NLRI, 0,
	 GONE "LOCAL_PREF: length 3 (treated as withdraw)"},
	{"RFC 7606 7.6: ATOMIC_AGGREGATE with a value", E4, "", GOOD "40 06 01 00", NLRI, 0,
	 ROUTE "; ATOMIC_AGGREGATE: length 1 (discarded)"},
	{"RFC 7606 7.7: AGGREGATOR of 6 bytes, four-octet", E4, "", GOOD "c0 07 06 fde9 0a000001",
	 NLRI, 0, ROUTE "; AGGREGATOR: wrong length (discarded)"},
	{"RFC 7606 7.7: AGGREGATOR of 8 bytes, two-octet", E2, "",
	 ORIGIN PATH2 HOP "c0 07 08 0000fde9 0a000001", NLRI, 0,
	 ROUTE "; AGGREGATOR: wrong length (discarded)"},
	{"RFC 7607: AGGREGATOR of AS 0", E4, "", GOOD "c0 07 08 00000000 0a000001", NLRI, 0,
	 ROUTE "; AGGREGATOR: AS 0 (discarded)"},
	{"RFC 7606 7.8: no communities", E4, "", GOOD "c0 08 00", NLRI, 0,
	 GONE "COMMUNITIES: length 0 (treated as withdraw)"},
	{"RFC 7606 7.8: communities of 6 bytes", E4, "", GOOD "c0 08 06 000000010000", NLRI, 0,
	 GONE "COMMUNITIES: length 6 (treated as withdraw)"},
	{"RFC 7606 7.9: ORIGINATOR_ID from outside", E4, "", GOOD "80 09 04 0a000002", NLRI, 0,
	 ROUTE "; ORIGINATOR_ID from an external peer (discarded)"},
	{"RFC 7606 7.9: ORIGINATOR_ID of 5 bytes inside", I4, "", GOOD "80 09 05 0a00000200", NLRI,
	 0, GONE "ORIGINATOR_ID: length 5 (treated as withdraw)"},
	{"RFC 7606 7.10: CLUSTER_LIST from outside", E4, "", GOOD "80 0a 04 0a000002", NLRI, 0,
	 ROUTE "; CLUSTER_LIST from an external peer (discarded)"},
	{"RFC 7606 7.10: CLUSTER_LIST of 6 bytes inside", I4, "", GOOD "80 0a 06 0a0000020000",
	 NLRI, 0, GONE "CLUSTER_LIST: length 6 (treated as withdraw)"},
	{"RFC 7606 7.10: CLUSTER_LIST of no bytes inside", I4, "", GOOD "80 0a 00", NLRI, 0,
	 GONE "CLUSTER_LIST: length 0 (treated as withdraw)"},
	{"RFC 7606 7.11: IPv6 next hop of 4 bytes is 3/9", E4, "",
	 ORIGIN PATH "80 0e 10 0002 01 04 0a630001 00 30 fd0000010000", "", 0x309,
	 "800e10000201040a6300010030fd0000010000"},
	{"RFC 7606 7.11: next hop of 0 bytes is 3/9", E4, "",
	 ORIGIN PATH "80 0e 0c 0002 01 00 00 30 fd0000010000", "", 0x309,
	 "800e0c00020100003"
	 "0fd0000010000"},
	{"RFC 7606 7.11: IPv4 next hop of 12 bytes is 3/9", E4, "",
	 ORIGIN PATH "80 0e 15 0001 01 0c 00*12 00 18 0a0100", "", 0x309,
	 "800e150001010c00000000000000000000000000180a0100"},
	{"RFC 7606 7.11: IPv6 next hop of 24 bytes (VPN) is 3/9", E4, "",
	 "80 0e 1e 0002 01 18 00*24 00 00", "", 0x309,
	 "800e1e00020118000000000000000000000000000000000000000000000000"
	 "0000"},
	{"tcpdump CVE-2018-16230: next hop over the end is 3/9", E4, "",
	 ORIGIN PATH "80 0e 08 0002 01 10 fd000099", "", 0x309, "800e0800020110fd000099"},
	{"RFC 7606 7.11: no reserved byte is 3/9", E4, "",
	 ORIGIN PATH "80 0e 14 0002 01 10 fd000099000000000000000000000001", "", 0x309,
	 "800e140002011"
	 "0fd000099000000000000000000000001"},
	{"MP_REACH of two bytes is 3/9", E4, "", ORIGIN PATH "80 0e 02 0002", "", 0x309,
	 "800e020002"},
	{"RFC 8950 4: IPv6 next hop for IPv4 that was not agreed", I4, "",
	 "80 0e 19 0001 01 10 fd000099000000000000000000000001 00 18 0a0100 " ORIGIN PATH, "", 0,
	 GONE
	 "MP_REACH_NLRI: IPv6 next hop for IPv4, which was not agreed on (treated as withdraw)"},
	{"MP next hop ::", E4, "", ORIGIN PATH "80 0e 1c 0002 01 10 00*16 00 30 fd0000010000", "",
	 0, GONE6 "MP_REACH_NLRI: next hop is not the address of a host (treated as withdraw)"},
	{"MP next hop multicast", E4, "",
	 ORIGIN PATH "80 0e 1c 0002 01 10 ff02 00*13 01 00 30 fd0000010000", "", 0,
	 GONE6 "MP_REACH_NLRI: next hop is not the address of a host (treated as withdraw)"},
	{"RFC 4760 3: the reserved byte does not count", E4, "",
	 "80 0e 1c 0002 01 10 fd000099000000000000000000000001 ff 30 fd0000010000 " ORIGIN PATH, "",
	 0, ROUTE6},
	{"RFC 7606 7.14: extended communities of 7 bytes", E4, "", GOOD "c0 10 07 00*7", NLRI, 0,
	 GONE "EXTENDED_COMMUNITIES: length 7 (treated as withdraw)"},
	{"RFC 7606 7.14: no extended communities", E4, "", GOOD "c0 10 00", NLRI, 0,
	 GONE "EXTENDED_COMMUNITIES: length 0 (treated as withdraw)"},
	{"RFC 8092 6: large communities of 16 bytes", E4, "", GOOD "c0 20 10 00*16", NLRI, 0,
	 GONE "LARGE_COMMUNITY: length 16 (treated as withdraw)"},
	{"RFC 8092 6: no large communities", E4, "", GOOD "c0 20 00", NLRI, 0,
	 GONE "LARGE_COMMUNITY: length 0 (treated as withdraw)"},
	{"unknown well-known attribute", E4, "", GOOD "40 63 01 00", NLRI, 0,
	 GONE "unknown well-known attribute 99 (treated as withdraw)"},
	{"RFC 4271 9: unknown optional attribute is ignored", E4, "", GOOD "80 1a 03 010203", NLRI,
	 0, ROUTE},
	{"CVE-2023-38802: whatever tunnel encapsulation holds", E4, "", GOOD "c0 17 03 ffffff",
	 NLRI, 0, ROUTE ", 6 bytes of unknown attributes"},
	{"attribute 255", E4, "", GOOD "c0 ff 00", NLRI, 0,
	 ROUTE ", 3 bytes of unknown attributes"},

	/* families that were not agreed, RFC 4760 */
	{"IPv6 on an IPv4 session is ignored", V4, "", REACH6 GOOD, NLRI, 0, ROUTE},
	{"IPv6 on an IPv4 session is ignored, whatever it holds", V4, "",
	 GOOD "80 0e 06 0002 01 04 ffff 80 0f 05 0002 01 ff ff", NLRI, 0, ROUTE},
	{"IPv4 on an IPv6 session is ignored", V6, "18 0a0200", REACH6 GOOD, NLRI, 0, ROUTE6},
	{"VPN routes are ignored, whatever they hold", E4, "",
	 ORIGIN PATH "80 0e 06 0001 80 0c ffff", "", 0, "origin IGP, AS path 65001"},
	{"EVPN withdrawal is ignored", E4, "", "80 0f 04 0019 46 ff", "", 0, ""},

	/* RFC 6793 */
	{"RFC 6793: two-octet path", E2, "", ORIGIN PATH2 HOP, NLRI, 0, ROUTE},
	{"RFC 6793 4.2.3: AS4_PATH replaces the end", E2, "",
	 ORIGIN "40 02 08 02 03 fde9 5ba0 fdea " HOP "c0 11 0a 02 02 fa56ea00 0000fdea", NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path 65001 4200000000 65002"},
	{"RFC 6793 4.2.3: same length", E2, "",
	 ORIGIN "40 02 04 02 01 5ba0 " HOP "c0 11 06 02 01 fa56ea00", NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path 4200000000"},
	{"RFC 6793 4.2.3: longer AS4_PATH is ignored", E2, "",
	 ORIGIN PATH2 HOP "c0 11 0a 02 02 fa56ea00 0000fdea", NLRI, 0, ROUTE},
	{"CVE-2026-41643: empty AS_PATH with AS4_PATH", E2, "",
	 ORIGIN "40 02 00 " HOP "c0 11 06 02 01 fa56ea00", NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path empty"},
	{"RFC 6793 4.2.3: a set counts as one", E2, "",
	 ORIGIN "40 02 0c 02 02 fde9 5ba0 01 02 5ba0 0007 " HOP
		"c0 11 10 02 01 fa56ea00 01 02 fa56ea01 00000007",
	 NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path 65001 4200000000 {4200000001,7}"},
	{"RFC 6793 6: AS4_PATH from a four-octet peer", E4, "", GOOD "c0 11 06 02 01 fa56ea00",
	 NLRI, 0, ROUTE "; AS4_PATH from a four-octet AS peer (discarded)"},
	{"RFC 6793 6: AS4_AGGREGATOR from a four-octet peer", E4, "",
	 GOOD "c0 12 08 fa56ea00 0a000001", NLRI, 0,
	 ROUTE "; AS4_AGGREGATOR from a four-octet AS peer (discarded)"},
	{"RFC 6793 6: malformed AS4_PATH", E2, "", ORIGIN PATH2 HOP "c0 11 07 02 01 fa56ea00 00",
	 NLRI, 0, ROUTE "; AS4_PATH: a segment runs over the end (discarded)"},
	{"RFC 6793 6: AS4_PATH of 4 bytes", E2, "", ORIGIN PATH2 HOP "c0 11 04 0201 fa56", NLRI, 0,
	 ROUTE "; AS4_PATH: it is too short (discarded)"},
	{"RFC 6793 6: confederation segments in AS4_PATH go", E2, "",
	 ORIGIN "40 02 06 02 02 fde9 5ba0 " HOP "c0 11 0c 03 01 0000fdeb 02 01 fa56ea00", NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path 65001 4200000000"},
	{"RFC 6793 4.2.3: AS4_AGGREGATOR", E2, "",
	 ORIGIN PATH2 HOP "c0 07 06 5ba0 0a000001 c0 12 08 fa56ea00 0a000001", NLRI, 0,
	 ROUTE ", aggregator AS 4200000000 10.0.0.1"},
	{"RFC 6793 4.2.3: newer AGGREGATOR makes both AS4 attributes void", E2, "",
	 ORIGIN "40 02 04 02 01 5ba0 " HOP
		"c0 07 06 fde9 0a000001 c0 11 06 02 01 fa56ea00 c0 12 08 fa56ea00 0a000002",
	 NLRI, 0,
	 "announce 10.1.0.0/24 via 10.99.0.1; origin IGP, AS path 23456, aggregator AS 65001 "
	 "10.0.0.1"},
	{"RFC 6793 6: AS4_AGGREGATOR of 7 bytes", E2, "",
	 ORIGIN PATH2 HOP "c0 12 07 fa56ea000a0000", NLRI, 0,
	 ROUTE "; AS4_AGGREGATOR: length 7 (discarded)"},
};

static void put_part(struct bytes *b, const char *text)
{
	struct bytes part;

	hex(text, &part);
	memcpy(b->at + b->len, part.at, part.len);
	b->len += part.len;
}

static void put_counted(struct bytes *b, const char *text)
{
	size_t at = b->len;

	b->len += 2;
	put_part(b, text);
	b->at[at] = (uint8_t)((b->len - at - 2) >> 8);
	b->at[at + 1] = (uint8_t)(b->len - at - 2);
}

/* in memory of exactly its size, so that the sanitizer sees a read past the end; free() it */
static uint8_t *build(const struct update_case *c, size_t *ret_len)
{
	struct bytes b = {0};

	put_counted(&b, c->withdrawn);
	put_counted(&b, c->attrs);
	put_part(&b, c->nlri);
	*ret_len = b.len;
	return mem_dup(b.at, b.len);
}

static void check_reset(const struct update_case *c, const struct bgp_update *u,
			const struct bgp_notification *n, const struct error *err)
{
	if (err->code != c->want || (n->code << 8 | n->subcode) != c->want)
		fail_row(c->name, "code %#x: %s", err->code, err->msg);
	if (strcmp(to_hex(n->data, n->len), c->text) != 0)
		fail_row(c->name, "data %s", to_hex(n->data, n->len));
	if (!only_bytes(u, sizeof(*u), 0xa5))
		fail_row(c->name, "output touched");
}

static void check_case(const struct update_case *c)
{
	size_t len;
	uint8_t *body = build(c, &len);
	struct bgp_notification n = {0};
	struct error err = {0};
	struct arena mem = {0};
	struct strbuf out = {0};
	struct bgp_update u;
	int got;

	memset(&u, 0xa5, sizeof(u));
	got = bgp_update_decode(rd_init(body, len), &sessions[c->session], &mem, &u, &n, &err);
	if (got != (c->want ? -1 : 0))
		fail_row(c->name, "result %d, code %#x: %s", got, err.code, err.msg);
	if (c->want) {
		check_reset(c, &u, &n, &err);
	} else {
		bgp_update_print(&u, &out);
		if (strcmp(str_get(&out), c->text) != 0)
			fail_row(c->name, "got %s", str_get(&out));
	}
	str_release(&out);
	arena_release(&mem);
	free(body);
}

static void test_decode(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_case(&cases[i]);
}

/* RFC 4271 section 6.3: lengths that do not fit the message are 3/1 */
static void test_frame(void **state)
{
	static const char *const bad[] = {
		"",
		"00",
		"0000",
		"0000 00",
		"0001 0000",
		"0003 180a02 00",
		"0005 180a0200 0000",
		"0000 0001",
		"0000 0004 400101",
		"ffff 0000",
		"0000 ffff",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bytes b;
		uint8_t *exact;
		struct bgp_update u = {.n_runs = 77};
		struct bgp_notification n;
		struct error err;

		hex(bad[i], &b);
		exact = mem_dup(b.at, b.len);
		if (bgp_update_decode(rd_init(exact, b.len), &sessions[E4], NULL, &u, &n, &err) ==
			    0 ||
		    err.code != 0x301 || u.n_runs != 77)
			fail_row(bad[i], "not 3/1");
		free(exact);
	}
}

/* without an arena the verdict is the same, and nothing is allocated */
static void test_checking_only_decides_the_same(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len;
		uint8_t *body = build(&cases[i], &len);
		struct bgp_update with, without;
		struct arena mem = {0};
		const struct bgp_agreed *s = &sessions[cases[i].session];
		int rc = bgp_update_decode(rd_init(body, len), s, &mem, &with, NULL, NULL);

		if (rc != bgp_update_decode(rd_init(body, len), s, NULL, &without, NULL, NULL))
			fail_row(cases[i].name, "another result without an arena");
		if (rc == 0 &&
		    (with.n_runs != without.n_runs || with.end_of_rib != without.end_of_rib ||
		     with.treated_as_withdraw != without.treated_as_withdraw ||
		     strcmp(with.complaint, without.complaint) != 0 || without.attrs.has))
			fail_row(cases[i].name, "another update without an arena");
		arena_release(&mem);
		free(body);
	}
}

/* cut, changed and swapped bytes: no crash, no read past the end, counts that are true */
static void test_mutations(void **state)
{
	for (size_t i = 0; i < 60000; i++) {
		const struct update_case *c = &cases[i % ARRAY_LEN(cases)];
		struct arena mem = {0};
		struct bgp_update u;
		size_t len;
		uint8_t *body = build(c, &len);

		for (uint32_t k = random_below(4); len && k > 0; k--)
			body[random_below((uint32_t)len)] = (uint8_t)random_u32();
		if (len && random_below(4) == 0) {
			size_t cut = random_below((uint32_t)len);
			uint8_t *shorter = mem_dup(body, cut);

			free(body);
			body = shorter;
			len = cut;
		}
		if (bgp_update_decode(rd_init(body, len), &sessions[random_below(6)], &mem, &u,
				      NULL, NULL) == 0) {
			struct strbuf out = {0};

			for (unsigned r = 0; r < u.n_runs; r++) {
				struct reader nlri = u.runs[r].nlri;
				struct ip_prefix p;
				uint32_t n = 0;

				while (bgp_nlri_next(&nlri, u.runs[r].family, &p))
					n++;
				assert_true(rd_done(&nlri));
				assert_int_equal(n, u.runs[r].n);
				assert_true(n > 0);
				if (u.treated_as_withdraw)
					assert_true(u.runs[r].withdraw);
			}
			bgp_update_print(&u, &out);
			str_release(&out);
		}
		arena_release(&mem);
		free(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_checking_only_decides_the_same),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
