/* shared by rib.c and adjout.c only */
#ifndef BGP_RIB_RIB_INT_H
#define BGP_RIB_RIB_INT_H

#include "bgp/rib/rib.h"
#include "bgp/rib/table.h"

enum {
	SENT_NOTHING = 0,
	SENT_UNKNOWN = 255, /* something, but not known with which attributes: send it again */
	N_SLOTS = 255,      /* 1..254 name attribute sets */
};

/* the paths with one pair of attributes and tag, the last changed one at the tail */
struct bgp_class {
	bool used;
	struct bgp_attrset *attrs; /* NULL: a class of gone paths */
	uint32_t tag;
	enum bgp_family family;
	uint32_t head, tail, n;
	uint32_t *cursor; /* per neighbour: the first path it has not looked at, or NO_ENTRY */
	struct bgp_attrset **out; /* per neighbour: what it is sent, counted; NULL: nothing */
};

/* Classes 0 and 1 hold the paths of a family that are not wanted any more but still known to a
 * neighbour. */
enum { CLASS_GONE_V4, CLASS_GONE_V6, N_CLASSES_GONE };

struct bgp_rib {
	struct bgp_attr_pool *pool;
	struct bgp_table table;
	struct bgp_class *classes;
	uint32_t n_classes;
	struct bgp_adjout **peers; /* by number; NULL: free */
	uint32_t n_peers;
	uint32_t n_gone;
	uint64_t generation;
	bool complete;
};

enum refresh_state { REFRESH_NONE, REFRESH_ASKED, REFRESH_SENDING, REFRESH_AGAIN };

struct bgp_adjout {
	struct bgp_rib *rib;
	struct bgp_export_policy *policy;
	uint32_t number;
	uint32_t flags;
	uint8_t families;
	uint8_t *sent; /* per entry of the table: SENT_NOTHING, a slot, SENT_UNKNOWN */
	struct {
		struct bgp_attrset *attrs; /* counted */
		uint32_t n;                /* entries in @sent with this slot */
	} slots[N_SLOTS];
	uint32_t n_has[BGP_N_FAMILIES];
	bool end_of_rib_sent[BGP_N_FAMILIES];
	bool forgot[BGP_N_FAMILIES]; /* nothing was sent since forget_attributes() */
	enum refresh_state refresh[BGP_N_FAMILIES];
	uint64_t generation;
	struct bgp_work work; /* of the last bgp_adjout_next() */
	uint32_t work_class;  /* where it goes on */
	uint8_t work_slot;
};

/** adjout_resize - the table has room for more entries: so must @sent */
void adjout_resize(struct bgp_adjout *a, uint32_t old_cap, uint32_t cap);
/** adjout_view - work out how the neighbour sees a class; rewinds it there if that is a change */
void adjout_view(struct bgp_adjout *a, struct bgp_class *c);
/** rib_forget - no neighbour has the gone path any more */
void rib_forget(struct bgp_rib *rib, uint32_t entry);

#endif
