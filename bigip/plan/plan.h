/*
 * plan - wanted + observed -> ordered changes. Pure. A second run on the result plans nothing.
 */
#ifndef BIGIP_PLAN_PLAN_H
#define BIGIP_PLAN_PLAN_H

#include "bigip/model/model.h"

/* what one ConfigMap asks for: its monitors, pool, virtual (or iApp), in one partition */
struct bigip_app {
	char *owner; /* "namespace/name" of the ConfigMap */
	char *partition;
	struct bigip_object **objects; /* in creation order; owned */
	size_t n_objects;
};

void bigip_app_release(struct bigip_app *app);
void bigip_app_add(struct bigip_app *app, struct bigip_object *given);

enum bigip_op {
	BIGIP_OP_CREATE, /* POST the object */
	BIGIP_OP_MODIFY, /* PATCH @fields of the object (a pool's members as one list when that is
			    among them) */
	BIGIP_OP_DELETE, /* DELETE the object */
	BIGIP_OP_MEMBER_ADD,    /* POST one pool member */
	BIGIP_OP_MEMBER_MODIFY, /* PATCH session of one pool member */
	BIGIP_OP_MEMBER_DELETE, /* DELETE one pool member */
};

struct bigip_change {
	enum bigip_op op;
	enum bigip_kind kind;
	struct bigip_object *
		object; /* a copy of what is wanted (DELETE: of what is there); owned by the plan */
	struct bigip_object
		*observed; /* a copy of what was there, for people (plan output); NULL for CREATE */
	uint32_t fields;   /* MODIFY: which */
	size_t member; /* MEMBER_*: index into the members of object (ADD, MODIFY) or of observed
			  (DELETE) */
};

struct bigip_plan {
	char *owner, *partition;
	struct bigip_change *changes;
	size_t n, cap;
};

/**
 * bigip_plan_app - the changes that make the owner's objects on the device what @app says
 * @observed: the device; only the app's own objects and those of its owner by name are looked at
 *
 * Order: monitors, pool, virtual created or changed first, then what is left over deleted in the
 * reverse order (a virtual before its pool, a pool before its monitors). At no point in between
 * does a virtual lack its pool. A one-member difference is one MEMBER_* change; more are one MODIFY
 * with the whole list. A destination that moves from one of the owner's own virtuals to another
 * deletes first. Objects with WHITELIST or APP_SERVICE marks are never touched: if one stands where
 * ours should be, *err says so (ERR_CONFLICT) and nothing is planned. Left-overs are deleted only
 * when marked OURS, or when they are monitors (which carry no marks) of ours by name. Returns 0 or
 * -1.
 */
int bigip_plan_app(const struct bigip_app *app, const struct bigip_state *observed,
		   struct bigip_plan *ret, struct error *err);

/** bigip_plan_removal - delete all that @owner has on the device: for a ConfigMap that is gone */
void bigip_plan_removal(const char *owner, const char *partition,
			const struct bigip_state *observed, struct bigip_plan *ret);

/** bigip_plan_nodes - delete nodes of @partition that no member of any pool in @observed uses and
 * whose name is their address */
void bigip_plan_nodes(const char *partition, const struct bigip_state *observed,
		      struct bigip_plan *ret);

/** bigip_plan_deletes - how many objects (not members) a plan deletes */
size_t bigip_plan_deletes(const struct bigip_plan *plan);

/** bigip_plan_applied - fold one change that the device accepted into @observed; @reply is the
 * device's answer or NULL (empty, or a member) */
void bigip_plan_applied(const struct bigip_change *c, struct json_object *reply,
			const struct bigip_reading *reading, struct bigip_state *observed);

/** bigip_change_print - "~ pool /K8S/x\n    loadBalancingMode: round-robin -> ratio-member\n" as a
 * person reads it; bigip_change_json the same as JSON */
void bigip_change_print(const struct bigip_change *c, struct strbuf *out);
struct json_object *bigip_change_json(const struct bigip_change *c);

void bigip_plan_release(struct bigip_plan *plan);

#endif
