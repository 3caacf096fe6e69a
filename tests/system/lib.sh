# lib.sh - sourced by each scenario; the vocabulary in which scenarios are written
#
# scenario.sh runs a scenario inside the rig that all of one ctest run share, with a Kubernetes API
# server (KUBECONFIG) and these:
#   PODLANE_BIN   programs under test
#   PODLANE_RIG   the rig's directory; kube/ is the API server's
# Each scenario works in $work, in a Kubernetes namespace of its own ($ns), and against BIG-IPs of its
# own, so scenarios may run side by side. One that restarts the API server starts a second one.
#
# Everything started here is ended by the trap. A program that ends badly (a sanitizer's report
# included) fails the scenario even when all its steps passed.
# shellcheck shell=bash
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/base.sh"
. "$here/cluster.sh"

kube=$PODLANE_RIG/kube
scenario=$(basename "$0" .sh)
work=$PODLANE_RIG/$scenario
ns=

rm -rf "$work"
mkdir -p "$work"
trap finish EXIT
trap 'printf "FAILED: line %s of %s: %s\n" "$LINENO" "$scenario" "$BASH_COMMAND" >&2' ERR

step() { # TEXT: what comes next, with the time since the start
	printf '[%3d.%03d s] %s\n' $((($(now_ms) - scenario_began) / 1000)) $((($(now_ms) - scenario_began) % 1000)) "$*"
}
scenario_began=$(now_ms)

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

equal() { # WHAT WANTED GOT
	[ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
}

# ---------------------------------------------------------------- programs

run() { # NAME PROGRAM ARGUMENTS...: in the background; output in $work/NAME.log
	proc_start "$work" "$1" "$PODLANE_BIN/$2" "${@:3}"
}

ended() { # NAME: ask it to end; its status
	local pid
	[ -e "$work/$1.pid" ] || return 0
	pid=$(proc_pid "$work" "$1")
	proc_stop "$work" "$1"
	wait "$pid"
}

end() { # NAME: ask it to end; it must do so cleanly
	ended "$1" || fail "$1 ended with status $?"
}

crash() { # NAME: kill -9
	local pid
	pid=$(proc_pid "$work" "$1")
	proc_stop "$work" "$1" KILL
	wait "$pid" 2>/dev/null || true
}

finish() { # [STATUS]
	local rc=${1:-$?} f
	trap - EXIT ERR
	set +e
	for f in "$work"/*.pid; do
		[ -e "$f" ] || continue
		ended "$(basename "$f" .pid)" || { echo "FAILED: $(basename "$f" .pid) ended with status $?" >&2 && rc=1; }
	done
	[ -z "$ns" ] || kubectl delete namespace "$ns" --wait=false >/dev/null 2>&1
	if [ "$rc" != 0 ]; then
		for f in "$work"/*.log; do
			[ ! -s "$f" ] || { printf -- '--- %s\n' "$f" && tail -n 40 "$f" | cut -c1-300; } >&2
		done
	fi
	exit "$rc"
}

# ---------------------------------------------------------------- Kubernetes

new_namespace() { # sets $ns, where kubectl works from now on
	ns=$(echo "$scenario" | tr '_' '-')-$$
	kubectl create namespace "$ns" >/dev/null
	kubectl config view --raw --minify >"$work/kubeconfig"
	export KUBECONFIG=$work/kubeconfig
	kubectl config set-context --current --namespace "$ns" >/dev/null
	# without it pods are refused
	wait_until 10 "a default service account" api GET "/api/v1/namespaces/$ns/serviceaccounts/default"
}

# ---------------------------------------------------------------- BIG-IPs and controllers

bigip_password='f5, "x'
declare -A bigip_port=() controller_port=()

start_mock() { # NAME ARGUMENTS...: a BIG-IP on loopback with partition k8s; restarted on its old port
	local name=$1
	[ -n "${bigip_port[$name]:-}" ] || bigip_port[$name]=$(free_ports 1)
	run "$name" mock-bigip --listen "127.0.0.1:${bigip_port[$name]}" --password "$bigip_password" \
		--partition k8s --write-ca "$work/$name-ca.pem" --request-log "$work/$name.requests" "${@:2}"
	wait_until 10 "$name answers" bigip "$name" GET /mgmt/tm/sys/ready
}

bigip() { # NAME METHOD PATH [BODY]
	curl --silent --show-error --fail-with-body --noproxy '*' --max-time 10 --cacert "$work/$1-ca.pem" \
		--user "admin:$bigip_password" -X "$2" -H 'Content-Type: application/json' \
		${4+--data-binary "$4"} "https://127.0.0.1:${bigip_port[$1]}$3"
}

start_controller() { # NAME BIGIP ARGUMENTS...: on our namespace only; http port in controller_port[NAME]
	[ -n "${controller_port[$1]:-}" ] || controller_port[$1]=$(free_ports 1)
	mkdir -p "$work/login"
	printf '%s' "https://127.0.0.1:${bigip_port[$2]}" >"$work/login/url"
	printf '%s' admin >"$work/login/username"
	printf '%s\n' "$bigip_password" >"$work/login/password"
	run "$1" podlane-controller --running-in-cluster=false --kubeconfig="$KUBECONFIG" --namespace="$ns" \
		--credentials-directory="$work/login" --insecure --bigip-partition=k8s --pool-member-type=cluster \
		--leader-elect-namespace="$ns" --http-listen-address="127.0.0.1:${controller_port[$1]}" "${@:3}"
}

controller() { # NAME PATH: GET from its own HTTP server
	curl --silent --show-error --fail-with-body --noproxy '*' --max-time 10 "http://127.0.0.1:${controller_port[$1]}$2"
}
