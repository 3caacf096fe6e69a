/*
 * The finite state machine of one BGP connection (RFC 4271 section 8), as a pure function
 *
 * See fsm.c for how a neighbour uses two of them.
 */
#ifndef BGP_FSM_FSM_H
#define BGP_FSM_FSM_H

#include <stdint.h>

enum bgp_state {
	BGP_IDLE,
	BGP_CONNECT,
	BGP_ACTIVE,
	BGP_OPENSENT,
	BGP_OPENCONFIRM,
	BGP_ESTABLISHED,
	BGP_N_STATES,
};

/* the numbers of RFC 4271 section 8.1 and RFC 9687; from 64 on our own */
enum bgp_event {
	BGP_EV_MANUAL_START = 1,
	BGP_EV_MANUAL_STOP = 2, /* by a person or the configuration; no automatic start follows */
	BGP_EV_AUTOMATIC_START = 3,
	BGP_EV_MANUAL_START_PASSIVE = 4,
	BGP_EV_AUTOMATIC_START_PASSIVE = 5,
	BGP_EV_AUTOMATIC_START_DAMPED = 6, /* start when IdleHold has passed */
	BGP_EV_AUTOMATIC_START_DAMPED_PASSIVE = 7,
	BGP_EV_AUTOMATIC_STOP = 8,
	BGP_EV_CONNECT_RETRY_EXPIRES = 9,
	BGP_EV_HOLD_EXPIRES = 10,
	BGP_EV_KEEPALIVE_EXPIRES = 11,
	BGP_EV_DELAY_OPEN_EXPIRES = 12,
	BGP_EV_IDLE_HOLD_EXPIRES = 13,
	BGP_EV_TCP_VALID = 14,     /* a SYN from a configured address; the kernel hides it */
	BGP_EV_TCP_INVALID = 15,   /* a connection that fits no neighbour */
	BGP_EV_TCP_ACKED = 16,     /* our dial succeeded */
	BGP_EV_TCP_CONFIRMED = 17, /* they dialled, we accepted */
	BGP_EV_TCP_FAILS = 18,     /* the dial failed, or the connection was closed or reset */
	BGP_EV_OPEN = 19,          /* a valid OPEN that survived bgp_collision_open() */
	BGP_EV_OPEN_DELAYED = 20,  /* the same while DelayOpen is running */
	BGP_EV_HEADER_ERROR = 21,
	BGP_EV_OPEN_ERROR = 22,
	BGP_EV_COLLISION_DUMP = 23,       /* bgp_collision_open() decided against this connection */
	BGP_EV_NOTIFICATION_VERSION = 24, /* a NOTIFICATION 2/1 came */
	BGP_EV_NOTIFICATION = 25,
	BGP_EV_KEEPALIVE = 26,
	BGP_EV_UPDATE = 27, /* also with an error that RFC 7606 survives */
	BGP_EV_UPDATE_ERROR = 28,
	BGP_EV_SEND_HOLD_EXPIRES = 29, /* RFC 9687: nothing could be written for too long */

	BGP_EV_REFRESH = 64,       /* a valid ROUTE-REFRESH (RFC 2918) */
	BGP_EV_REFRESH_ERROR = 65, /* RFC 7313 section 5 */
	BGP_EV_BFD_DOWN = 66,      /* RFC 9384 */
	BGP_EV_LINK_DOWN = 67,     /* the interface or the local address is gone */
	BGP_EV_PREFIX_LIMIT = 68,  /* RFC 4486 subcode 1 */
	BGP_EV_RESTART = 69,       /* this process ends and comes back: the peer keeps our routes */
	BGP_EV_LAST = BGP_EV_RESTART,
};

/* what else decides: session attributes of RFC 4271 section 8.1.1 and the state of a timer */
enum bgp_fsm_flag {
	BGP_F_PASSIVE = 1u << 0,             /* PassiveTcpEstablishment: never dial */
	BGP_F_DELAY_OPEN = 1u << 1,          /* DelayOpen is configured */
	BGP_F_DELAY_OPEN_RUNNING = 1u << 2,  /* its timer runs now, so there is a TCP connection */
	BGP_F_NOTIFY_WITHOUT_OPEN = 1u << 3, /* SendNOTIFICATIONwithoutOPEN */
	BGP_F_HOLD_ZERO = 1u << 4,           /* negotiated hold time 0: no hold, no keepalives */
	BGP_F_GR = 1u << 5,                  /* both sides offered graceful restart (RFC 4724) */
	BGP_F_NBIT = 1u << 6,                /* both set the N bit (RFC 8538) */
	BGP_F_OTHER_UP = 1u << 7, /* the neighbour's other slot is in OpenConfirm or Established:
				     nobody needs to be dialled */
};

/* performed from the lowest bit to the highest */
enum bgp_effect {
	BGP_DO_NOTIFY = 1u << 0,      /* send step.notify, after a message already begun */
	BGP_DO_STOP_TIMERS = 1u << 1, /* all of this connection, IdleHold included */
	BGP_DO_DROP = 1u << 2,        /* close this connection, or give up its dial */
	BGP_DO_REFUSE = 1u << 3,      /* close the new connection that the event speaks of */
	BGP_DO_TRACK = 1u << 4, /* that one belongs to the other slot: bgp_collision_accept() */
	BGP_DO_DOWN = 1u << 5,  /* it was Established; what the peer sent is forgotten */
	BGP_DO_DOWN_STALE = 1u << 6, /* the same, but it may be kept as stale (RFC 4724 4.2) */
	BGP_DO_COUNT_ZERO = 1u << 7, /* ConnectRetryCounter = 0 */
	BGP_DO_COUNT = 1u << 8,      /* ConnectRetryCounter += 1 */
	BGP_DO_SEND_OPEN = 1u << 9,
	BGP_DO_SEND_KEEPALIVE = 1u << 10,
	BGP_DO_START_IDLE_HOLD = 1u << 11, /* a timer that runs is started anew */
	BGP_DO_START_RETRY = 1u << 12,
	BGP_DO_START_DELAY_OPEN = 1u << 13,
	BGP_DO_START_OPEN_HOLD = 1u << 14, /* the hold timer with its large value */
	BGP_DO_START_HOLD = 1u << 15,      /* with the negotiated one */
	BGP_DO_START_KEEPALIVE = 1u << 16,
	BGP_DO_START_SEND_HOLD = 1u << 17, /* and again after each byte written */
	BGP_DO_DIAL = 1u << 18,    /* its result is an event of a later turn, never of now */
	BGP_DO_UP = 1u << 19,      /* Established: send the table */
	BGP_DO_UPDATE = 1u << 20,  /* use the UPDATE */
	BGP_DO_REFRESH = 1u << 21, /* answer the ROUTE-REFRESH */
	BGP_DO_LAST = BGP_DO_REFRESH,
};

struct bgp_fsm_input {
	enum bgp_state state;
	enum bgp_event event;
	uint32_t flags; /* BGP_F_* */
	/* NOTIFICATION code << 8 | subcode: with an error event what to send, with a stop what to
	 * send instead of the default, with events 24 and 25 what was received; 0: default */
	uint16_t code;
};

struct bgp_step {
	enum bgp_state next;
	uint32_t effects; /* BGP_DO_* */
	uint16_t notify;  /* code << 8 | subcode when BGP_DO_NOTIFY is set */
};

/**
 * bgp_fsm_step - what one event does to one connection
 *
 * Total: every state takes every event. The caller makes @next the state and performs the effects.
 * NOTIFICATION data is the caller's: the offending bytes of the error event, the message type with
 * code 5 (RFC 6608), the communication with 6/2 and 6/4 (see graceful.h for 6/9).
 */
struct bgp_step bgp_fsm_step(const struct bgp_fsm_input *in);

/* "OpenSent", "HoldTimer_Expires", "send-open": as RFC 4271 spells states and events */
const char *bgp_state_name(enum bgp_state s);
const char *bgp_event_name(enum bgp_event e); /* NULL for a number that is no event */
const char *bgp_effect_name(enum bgp_effect e);

#endif
