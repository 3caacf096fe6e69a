# rig.sh - sourced after base.sh: a machine inside the machine
#
# A rig is a network, process and mount namespace, made without touching the host's network: any
# address may be used inside, and /run is its own, so that ip netns inside is as well. Everything started in it ends with it, in whatever way that comes:
# the kernel kills the whole process namespace when its first process goes.
#
#   rig_open DIR [keep]   make one; without "keep" it ends with the calling script, even by kill -9
#   rig_in DIR COMMAND... run inside
#   rig_close DIR         end it and all that runs in it
# shellcheck shell=bash

rig_pipe=

# the first process inside; its standard input stays open as long as the opener lives
# shellcheck disable=SC2016 # expanded inside
rig_first_process='
	ip link set lo up && mount -t tmpfs tmpfs /run || exit
	echo up >"$0/rig.up"
	[ "$1" = keep ] || { cat >/dev/null; exit; }
	while :; do sleep 1000 & wait $!; done'

rig_open() { # DIR [keep]
	local user=()
	rig_close "$1"
	mkdir -p "$1"
	[ "$(id -u)" = 0 ] || user=(--user --map-root-user)
	exec {rig_pipe}> >(exec setsid unshare "${user[@]}" --net --mount-proc --pid --fork --kill-child \
		bash -c "$rig_first_process" "$1" "${2:-}" >"$1/rig.log" 2>&1)
	echo "$! $(proc_born $!)" >"$1/rig.pid"
	[ "${2:-}" != keep ] || exec {rig_pipe}>&-
	wait_until 10 "a namespace of its own" rig_up_or_dead "$1"
	[ -e "$1/rig.up" ] || die "cannot make a namespace (run as root?): $(cat "$1/rig.log")"
}

rig_up_or_dead() { [ -e "$1/rig.up" ] || ! proc_alive "$1" rig; }

rig_in() { # DIR COMMAND...
	local pid user=()
	proc_alive "$1" rig || die "nothing runs in $1"
	pid=$(proc_pid "$1" rig)
	[ "$(id -u)" = 0 ] || user=(--user="/proc/$pid/ns/user" --preserve-credentials)
	(
		# whoever holds the pipe keeps the rig alive
		[ -z "$rig_pipe" ] || exec {rig_pipe}>&-
		exec nsenter "${user[@]}" --net="/proc/$pid/ns/net" --mount="/proc/$pid/ns/mnt" \
			--pid="/proc/$pid/ns/pid_for_children" --wdns="$PWD" "${@:2}"
	)
}

rig_close() { # DIR
	proc_stop "$1" rig KILL
	rm -f "$1/rig.up"
}
