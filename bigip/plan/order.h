/* Inside bigip/plan: adding changes, and the order of those that take an address */
#ifndef BIGIP_PLAN_ORDER_H
#define BIGIP_PLAN_ORDER_H

#include "bigip/plan/plan.h"

/* CREATE, MODIFY, MEMBER_* or nothing */
void plan_add_wanted(struct bigip_plan *plan, const struct bigip_object *wanted,
		     const struct bigip_object *observed);
void plan_add_delete(struct bigip_plan *plan, const struct bigip_object *observed);

/** plan_order_frontends - add what virtuals and iApps of @app need; those of @left that must go
 * before are deleted and set to NULL */
void plan_order_frontends(struct bigip_plan *plan, const struct bigip_app *app,
			  const struct bigip_state *observed, struct bigip_object **left,
			  size_t n_left);

#endif
