#include "bgp/fsm/fsm.h"

#include <stddef.h>

#include "common/base/mem.h"

const char *bgp_state_name(enum bgp_state s)
{
	static const char *const names[BGP_N_STATES] = {
		[BGP_IDLE] = "Idle",
		[BGP_CONNECT] = "Connect",
		[BGP_ACTIVE] = "Active",
		[BGP_OPENSENT] = "OpenSent",
		[BGP_OPENCONFIRM] = "OpenConfirm",
		[BGP_ESTABLISHED] = "Established",
	};

	return (unsigned)s < BGP_N_STATES ? names[s] : "?";
}

const char *bgp_event_name(enum bgp_event e)
{
	static const char *const names[BGP_EV_LAST + 1] = {
		[BGP_EV_MANUAL_START] = "ManualStart",
		[BGP_EV_MANUAL_STOP] = "ManualStop",
		[BGP_EV_AUTOMATIC_START] = "AutomaticStart",
		[BGP_EV_MANUAL_START_PASSIVE] = "ManualStart_with_Passive",
		[BGP_EV_AUTOMATIC_START_PASSIVE] = "AutomaticStart_with_Passive",
		[BGP_EV_AUTOMATIC_START_DAMPED] = "AutomaticStart_with_Damp",
		[BGP_EV_AUTOMATIC_START_DAMPED_PASSIVE] = "AutomaticStart_with_Damp_and_Passive",
		[BGP_EV_AUTOMATIC_STOP] = "AutomaticStop",
		[BGP_EV_CONNECT_RETRY_EXPIRES] = "ConnectRetryTimer_Expires",
		[BGP_EV_HOLD_EXPIRES] = "HoldTimer_Expires",
		[BGP_EV_KEEPALIVE_EXPIRES] = "KeepaliveTimer_Expires",
		[BGP_EV_DELAY_OPEN_EXPIRES] = "DelayOpenTimer_Expires",
		[BGP_EV_IDLE_HOLD_EXPIRES] = "IdleHoldTimer_Expires",
		[BGP_EV_TCP_VALID] = "TcpConnection_Valid",
		[BGP_EV_TCP_INVALID] = "Tcp_CR_Invalid",
		[BGP_EV_TCP_ACKED] = "Tcp_CR_Acked",
		[BGP_EV_TCP_CONFIRMED] = "TcpConnectionConfirmed",
		[BGP_EV_TCP_FAILS] = "TcpConnectionFails",
		[BGP_EV_OPEN] = "BGPOpen",
		[BGP_EV_OPEN_DELAYED] = "BGPOpen_with_DelayOpenTimer_running",
		[BGP_EV_HEADER_ERROR] = "BGPHeaderErr",
		[BGP_EV_OPEN_ERROR] = "BGPOpenMsgErr",
		[BGP_EV_COLLISION_DUMP] = "OpenCollisionDump",
		[BGP_EV_NOTIFICATION_VERSION] = "NotifMsgVerErr",
		[BGP_EV_NOTIFICATION] = "NotifMsg",
		[BGP_EV_KEEPALIVE] = "KeepAliveMsg",
		[BGP_EV_UPDATE] = "UpdateMsg",
		[BGP_EV_UPDATE_ERROR] = "UpdateMsgErr",
		[BGP_EV_SEND_HOLD_EXPIRES] = "SendHoldTimer_Expires",
		[BGP_EV_REFRESH] = "RouteRefreshMsg",
		[BGP_EV_REFRESH_ERROR] = "RouteRefreshMsgErr",
		[BGP_EV_BFD_DOWN] = "BFDDown",
		[BGP_EV_LINK_DOWN] = "LinkDown",
		[BGP_EV_PREFIX_LIMIT] = "PrefixLimit",
		[BGP_EV_RESTART] = "LocalRestart",
	};

	return (unsigned)e < ARRAY_SIZE(names) ? names[e] : NULL;
}

const char *bgp_effect_name(enum bgp_effect e)
{
	static const char *const names[] = {
		"notify",
		"stop-timers",
		"drop",
		"refuse",
		"track",
		"down",
		"down-stale",
		"count-zero",
		"count",
		"send-open",
		"send-keepalive",
		"start-idle-hold",
		"start-retry",
		"start-delay-open",
		"start-open-hold",
		"start-hold",
		"start-keepalive",
		"start-send-hold",
		"dial",
		"up",
		"update",
		"refresh",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (e == 1u << i)
			return names[i];
	}
	return "?";
}
