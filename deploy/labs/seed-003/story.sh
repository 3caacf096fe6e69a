#!/usr/bin/env bash
# The demo's story, inside its rig: story.sh LAB_DIRECTORY PROGRAMS
set -eEuo pipefail
trap 'echo "the story broke off at line $LINENO: $BASH_COMMAND" >&2' ERR

lab=$1 programs=$2
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
. "$repository/deploy/labs/seed-003/lab.sh"

# ---------------------------------------------------------------- telling

bold='' dim='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi
began=$(now_ms)

chapter() {
	local t=$(($(now_ms) - began))
	printf '\n%s%2d.%d s  %s%s\n' "$bold" $((t / 1000)) $((t / 100 % 10)) "$*" "$plain"
}

tell() { printf '        %s\n' "$*"; }
show() { sed 's/^/        /'; }

typed() { # COMMAND...: shown as typed, run; its output
	printf '        %s$ %s%s\n' "$dim" "${*//$seed\//}" "$plain"
	"$@" 2>&1 | show
}

# ---------------------------------------------------------------- measuring
# KIND.watch has each event of a watch of ours, after the time at which it arrived; the controller's own watch
# gets it at the same moment, give or take what a busy machine adds. The BIG-IP's request log has the time of each
# write. All in microseconds.

observe() { # KIND NAME
	proc_start "$lab" "watch-$1" "$repository/tests/system/observe.py" "$kube" "/api/v1/namespaces/default/$1" "$2"
}

last_change() { # KIND: when its data, or its ready addresses, last became what they are
	jq -Rrn '[inputs | capture("^(?<at>[0-9]+) (?<event>.*)") | {at, is: (.event | fromjson.object |
		.data // ([.subsets[]?.addresses[]?.ip] | sort))}] | last.is as $is | until(.[-2].is != $is; .[:-1]) | last.at' \
		"$lab/watch-$1.log"
}

writes() { # "MICROSECONDS METHOD PATH" of each write to the configuration
	jq -r 'select(.method != "GET" and (.path | startswith("/mgmt/tm/"))) |
		(.time | capture("(?<s>.*)\\.(?<us>[0-9]{6})") | ((.s + "Z" | fromdate | tostring) + .us)) + " \(.method) \(.path)"' \
		"$lab/bigip-requests.log"
}

tell_reaction() { # KIND WHAT: how long after the last change of KIND the BIG-IP was told
	local change at method path
	change=$(last_change "$1")
	read -r at method path < <(writes | awk -v since="$change" '!found && $1 > since - 20000 { print; found = 1 }')
	tell "$2 $(awk -v us=$((at - change)) 'BEGIN { if (us < 100) print "within 0.1 ms of"; else printf "%.1f ms after\n", us / 1000 }')" \
		"the change: $method ${path#/mgmt/tm/ltm/}"
}

# ---------------------------------------------------------------- states to wait for

ready_pods() { kubectl get pods -l app=nginx-http -o json | jq '[.items[] | select(.metadata.deletionTimestamp == null)
	| select(any(.status.conditions[]?; .type == "Ready" and .status == "True"))] | length'; }
pods_are() { [ "$(ready_pods)" = "$1" ]; }
up_are() { [ "$(members | grep -v user-disabled | grep -c ' up ')" = "$1" ]; }
members_are() { [ "$(members | wc -l)" = "$1" ]; }
member_is() { members | grep -q "^$1 $2"; }
enabled_are() { [ "$(members | grep -vc ' user-disabled')" = "$1" ]; }
page_works() { page >/dev/null; }
controller_leads() { curl --silent --noproxy '*' http://127.0.0.1:8080/readyz | grep -q leading; }
event_of() { # REASON_PATTERN: the newest matching Event of the ConfigMap
	kubectl get events --field-selector involvedObject.kind=ConfigMap,involvedObject.name=nginx-vs-http \
		--sort-by=.lastTimestamp -o json | jq -re --arg re "$1" \
		'[.items[] | select(.reason | test($re))] | last | "\(.type) \(.reason): \(.message)"'
}
monitor_sends() { bigip GET /mgmt/tm/ltm/monitor/http | jq -r '.items[]? | select(.partition == "Cilium").send' | grep -q "^$1"; }

# ---------------------------------------------------------------- the story

chapter "A cluster and a BIG-IP"
lab_up
observe configmaps nginx-vs-http
observe endpoints nginx-http
tell "Kubernetes $(kubectl version -o json 2>/dev/null | jq -r .serverVersion.gitVersion), ${#nodes[@]} nodes;" \
	"BIG-IP (mock) at $management, partition Cilium, SNAT pool SNAT-vlan130"

chapter "The published files, unchanged"
typed kubectl apply -f "$seed/serviceaccount.yaml" -f "$seed/rbac.yaml" -f "$seed/controller.yaml"
typed kubectl apply -f "$seed/nginx.yaml" -f "$seed/service.yaml"
wait_until 20 "three pods are ready" pods_are 3
wait_until 20 "the controller is ready and leads" controller_leads
tell "the controller runs as this Deployment says: arguments, service account and role"
typed kubectl apply -f "$seed/configmap-get.yaml"
wait_until 10 "a page comes through the virtual address" page_works
tell_reaction configmaps "the BIG-IP was first written to"
wait_until 20 "all three members are up" up_are 3
typed podlane ltm

chapter "A client fetches the page through $vip"
for _ in 1 2 3; do page | show; done
tell "the answering pod sees an address of the SNAT pool, and no node is in between"
# all through the rest, somebody asks ten times a second
(while sleep 0.1; do
	if page_works 2>/dev/null; then echo ok; else echo "failed $(now_ms)"; fi
done) >"$lab/client.log" 2>&1 &
asking=$!

chapter "Scale an endpoint away, and back"
typed kubectl scale deployment nginx-http --replicas=2
wait_until 10 "two members take new connections" enabled_are 2
tell_reaction endpoints "the member got no more new connections"
typed kubectl scale deployment nginx-http --replicas=3
wait_until 10 "three do again" enabled_are 3
tell_reaction endpoints "the new member came"
wait_until 20 "three members are up" up_are 3

chapter "A pod freezes: Kubernetes does not see it, the BIG-IP's GET monitor does"
frozen=$(kubectl get pods -l app=nginx-http --field-selector status.phase=Running -o 'jsonpath={.items[0].metadata.name}')
address=$(kubectl get pod "$frozen" -o 'jsonpath={.status.podIP}')
kill -s STOP "$(proc_pid "$lab/pods" "$frozen")"
froze=$(now_ms)
tell "kill -STOP in pod $frozen ($address); timeout of the monitor is 16 s"

chapter "Meanwhile somebody breaks the ConfigMap"
sed 's/least-connections-member/least-conections-member/' "$seed/configmap-get.yaml" >"$lab/broken.yaml"
typed diff "$seed/configmap-get.yaml" "$lab/broken.yaml" || true
before=$(writes | wc -l)
typed kubectl apply -f "$lab/broken.yaml"
wait_until 10 "an Event tells what is wrong" event_of 'Invalid|Rejected|Bad'
typed kubectl get events --field-selector involvedObject.name=nginx-vs-http
page | show
tell "the BIG-IP was written to $(($(writes | wc -l) - before)) times: the last good configuration serves on"
typed kubectl apply -f "$seed/configmap-get.yaml"

chapter "The frozen pod"
wait_until 30 "the monitor marks the frozen pod down" member_is "$address" down
tell "$address is down on the BIG-IP after $((($(now_ms) - froze) / 1000)) s; clients go elsewhere"
kill -s CONT "$(proc_pid "$lab/pods" "$frozen")"
wait_until 20 "the thawed pod is up" member_is "$address" up
tell "thawed, and up again"

chapter "The other published ConfigMap: health check by HEAD"
typed kubectl apply -f "$seed/configmap-head.yaml"
wait_until 10 "the monitor sends HEAD" monitor_sends HEAD
tell_reaction configmaps "the BIG-IP was told"
wait_until 20 "all three members are up" up_are 3
page | show

chapter "All in all"
kill "$asking"
for kind in configmaps endpoints; do proc_stop "$lab" "watch-$kind"; done
tell "$(grep -c . "$lab/client.log") requests through the virtual address during all of this," \
	"$(grep -c failed "$lab/client.log" || true) of them failed"
tell "$(writes | wc -l) writes to the BIG-IP"
typed podlane ltm
