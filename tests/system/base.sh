# base.sh - sourced by the project's scripts: messages, progress, processes, waiting
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }

die() {
	progress_end
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# ---------------------------------------------------------------- progress

progress_shown=
progress_at=-10

progress() { # TEXT: rewritten in place on a terminal, elsewhere a line every 10 s
	if [ -t 2 ]; then
		printf '\r\033[K%s' "$1" >&2
		progress_shown=1
	elif [ $((SECONDS - progress_at)) -ge 10 ]; then
		progress_at=$SECONDS
		printf '%s\n' "$1" >&2
	fi
}

progress_end() {
	[ -z "$progress_shown" ] || printf '\r\033[K' >&2
	progress_shown=
}

# Run a long command quietly: its output goes to LOG, the terminal shows LABEL, what DETAIL (a
# function given LOG, or "-") makes of it, and the time. On failure the end of LOG is printed.
with_progress() { # LABEL LOG DETAIL COMMAND...
	local label=$1 log=$2 detail=$3 began=$SECONDS pid text rc=0
	shift 3
	# a process group of its own, so that it can be ended as a whole
	set -m
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	# shellcheck disable=SC2064 # this pid, now
	trap "kill -- -$pid; wait $pid; exit 130" INT TERM HUP
	while kill -0 "$pid" 2>/dev/null; do
		text=
		[ "$detail" = - ] || text=$("$detail" "$log" 2>/dev/null || true)
		progress "$label${text:+: $text} ($((SECONDS - began)) s)"
		sleep 0.2
	done
	wait "$pid" || rc=$?
	trap - INT TERM HUP
	progress_end
	if [ "$rc" != 0 ]; then
		tail -n 40 "$log" >&2
		printf '%s: failed after %s s; all of its output: %s\n' "$label" $((SECONDS - began)) "$log" >&2
	else
		say "$label: done in $((SECONDS - began)) s"
	fi
	return "$rc"
}

# ---------------------------------------------------------------- processes
# A started process is DIR/NAME.pid: its number and its start time in clock ticks, so that a number
# which the kernel gave to somebody else meanwhile is never signalled.

proc_born() { # PID
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	# after the name, which may hold blanks and brackets, state is the 1st and start time the 20th
	# shellcheck disable=SC2086 # words are wanted
	set -- ${stat##*) }
	[ "$1" != Z ] && echo "${20}"
}

proc_alive() { # DIR NAME
	local pid born
	{ read -r pid born <"$1/$2.pid"; } 2>/dev/null && [ "$(proc_born "$pid")" = "$born" ]
}

proc_pid() { # DIR NAME
	cut -d' ' -f1 "$1/$2.pid"
}

proc_start() { # DIR NAME COMMAND...: in a session of its own, output to DIR/NAME.log
	local dir=$1 name=$2 pid
	shift 2
	setsid "$@" >>"$dir/$name.log" 2>&1 </dev/null &
	pid=$!
	echo "$pid $(proc_born "$pid" || echo 0)" >"$dir/$name.pid"
}

proc_stop() { # DIR NAME [SIGNAL]: and wait for its end; KILL after 10 s
	local pid i
	if proc_alive "$1" "$2"; then
		pid=$(proc_pid "$1" "$2")
		kill -s "${3:-TERM}" "$pid" 2>/dev/null || true
		for ((i = 0; i < 500; i++)); do
			proc_alive "$1" "$2" || break
			sleep 0.02
		done
		! proc_alive "$1" "$2" || kill -s KILL "$pid" 2>/dev/null || true
	fi
	rm -f "$1/$2.pid"
}

# ---------------------------------------------------------------- waiting

wait_until() { # SECONDS WHAT COMMAND...: repeat COMMAND until it succeeds
	local end what=$2
	end=$(($(now_ms) + $1 * 1000))
	set -- "$1" "${@:3}"
	until "${@:2}" >/dev/null 2>&1; do
		if [ "$(now_ms)" -ge "$end" ]; then
			progress_end
			printf 'not within %s s: %s\n' "$1" "$what" >&2
			return 1
		fi
		sleep 0.02
	done
}

free_ports() { # COUNT: that many ports of 127.0.0.1 on which nothing listens
	local p=$((20000 + RANDOM % 10000)) left=$1
	while [ "$left" -gt 0 ]; do
		(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo "$p" && left=$((left - 1)); }
		p=$((p + 1))
	done
}
