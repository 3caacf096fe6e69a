#include "bgp/fsm/graceful.h"

void bgp_gr_offer(const struct bgp_gr_conf *c, struct bgp_caps *caps)
{
	caps->graceful_restart = true;
	caps->gr_restarting = c->enabled && c->restarting;
	caps->gr_notification = c->enabled;
	caps->gr_time_s = c->enabled ? c->time_s : 0;
	caps->gr_families = c->enabled ? c->families : 0;
	caps->gr_forwarding = caps->gr_families & c->preserved;
}

struct bgp_gr_helper bgp_gr_lost(const struct bgp_caps *theirs, uint8_t keep)
{
	struct bgp_gr_helper h = {0};

	if (!theirs->graceful_restart)
		return h;
	h.stale = theirs->gr_families & keep;
	if (h.stale)
		h.wait_s = theirs->gr_time_s;
	return h;
}

uint8_t bgp_gr_returned(uint8_t stale, const struct bgp_caps *theirs)
{
	uint8_t kept = theirs->graceful_restart ? theirs->gr_families & theirs->gr_forwarding : 0;

	return stale & (uint8_t)~kept;
}

bool bgp_gr_end(enum bgp_end why, const struct bgp_agreed *agreed, const char *text,
		struct bgp_notification *ret)
{
	static const struct {
		uint8_t subcode;
		bool flush;
	} ends[] = {
		[BGP_END_SHUTDOWN] = {BGP_CEASE_SHUTDOWN, true},
		[BGP_END_RESET] = {BGP_CEASE_RESET, false},
		[BGP_END_REMOVED] = {BGP_CEASE_PEER_REMOVED, true},
		[BGP_END_CONFIG_CHANGE] = {BGP_CEASE_CONFIG_CHANGE, false},
	};

	/* without graceful restart the silence gains nothing: say what happens */
	if (why == BGP_END_RESTART && agreed->graceful_restart)
		return false;
	if (why == BGP_END_RESTART)
		why = BGP_END_RESET;
	bgp_notification_cease(ret, ends[why].subcode, text);
	if (ends[why].flush && agreed->graceful_notification)
		bgp_notification_harden(ret);
	return true;
}
