# ltm.sh - sourced after lib.sh: what users ask for in Kubernetes, and what a BIG-IP must look like then
#
# service, endpoints and virtual change Kubernetes and remember what is wanted; wanted prints the
# partition that follows, made here by rules of its own, and tree prints the one that the BIG-IP has.
# "Nothing lost" is both being equal (settles) and the request log free of deletions (deleted).
# shellcheck shell=bash disable=SC2154

declare -A want_virtual=() want_members=() log_mark=()

# Fast and calm: drift is looked for each second, pods that end are not drained
# shellcheck disable=SC2034
quick=(--verify-interval=1 --drain-seconds=0)

# ---------------------------------------------------------------- Kubernetes

apply() { # PATH BODY: made or changed, whichever it takes
	api_curl "$1?fieldManager=scenario&force=true" --max-time 30 -X PATCH \
		-H 'Content-Type: application/apply-patch+yaml' --data-binary "$2" >/dev/null
}

service() { # NAME [JSON of spec]: port 80, to 8080 of the pods
	local spec='{"ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]}'
	apply "/api/v1/namespaces/$ns/services/$1" '{"apiVersion": "v1", "kind": "Service",
		"metadata": {"name": "'"$1"'"}, "spec": '"${2:-$spec}"'}'
	want_members[$1]=${want_members[$1]:-}
}

unservice() { # NAME: its endpoints stay
	api DELETE "/api/v1/namespaces/$ns/services/$1" >/dev/null
}

slice() { # NAME SERVICE PORTS ENDPOINTS: an EndpointSlice, the last two as JSON
	apply "/apis/discovery.k8s.io/v1beta1/namespaces/$ns/endpointslices/$1" '{
		"apiVersion": "discovery.k8s.io/v1beta1", "kind": "EndpointSlice", "addressType": "'"${5:-IPv4}"'",
		"metadata": {"name": "'"$1"'", "labels": {"kubernetes.io/service-name": "'"$2"'"}},
		"ports": '"$3"', "endpoints": '"$4"'}'
}

endpoints() { # SERVICE ADDRESS...: ready, on node $endpoints_node if that is set
	local json='[]' on=
	[ -z "${endpoints_node:-}" ] || on=', "topology": {"kubernetes.io/hostname": "'$endpoints_node'"}'
	[ $# -lt 2 ] || json=$(printf '{"addresses": ["%s"], "conditions": {"ready": true}'"$on"'}\n' "${@:2}" | jq -cs .)
	slice "$1-1" "$1" '[{"name": "", "port": 8080, "protocol": "TCP"}]' "$json"
	want_members[$1]="${*:2}"
}

# A ConfigMap as people write them; JQ edits the virtualServer object
document() { # ADDRESS SERVICE [JQ]
	jq -cn --arg address "$1" --arg service "$2" '{virtualServer: {
		backend: {serviceName: $service, servicePort: 80, healthMonitors: [
			{protocol: "http", interval: 5, timeout: 16, send: "GET /health HTTP/1.1\r\n\r\n", recv: "ok"}]},
		frontend: {partition: "k8s", mode: "http", balance: "least-connections-member",
			virtualAddress: {bindAddr: $address, port: 80}}}} | '"${3:-.}"
}

configmap() { # NAME DOCUMENT [ANNOTATIONS]
	jq -cn --arg name "$1" --arg data "$2" --argjson annotations "${3:-{\}}" '{apiVersion: "v1", kind: "ConfigMap",
		metadata: {name: $name, labels: {f5type: "virtual-server"}, annotations: $annotations},
		data: {schema: "f5schemadb://bigip-virtual-server_v0.1.7.json", data: $data}}'
}

publish() { # NAME DOCUMENT [ANNOTATIONS]: applied, not remembered as wanted
	apply "/api/v1/namespaces/$ns/configmaps/$1" "$(configmap "$@")"
}

virtual() { # NAME ADDRESS SERVICE
	publish "$1" "$(document "$2" "$3")"
	want_virtual[$1]="$2 $3"
}

unvirtual() { # NAME
	api DELETE "/api/v1/namespaces/$ns/configmaps/$1" >/dev/null
	unset "want_virtual[$1]"
}

virtuals() { # COUNT SERVICE: v1 to vCOUNT at 10.200.0.2 and up; one request each, but one connection for all
	local i address
	for ((i = 1; i <= $1; i++)); do
		address=10.200.$((i / 250)).$((i % 250 + 1))
		want_virtual[v$i]="$address $2"
		printf '%s %s\n' "v$i" "$address"
	done >"$work/virtuals"
	jq -Rc --argjson like "$(configmap like "$(document address "$2")")" 'split(" ") as [$name, $address] | $like |
		.metadata.name = $name | .data.data |= sub("\"address\""; "\"\($address)\"")' "$work/virtuals" |
		each_request POST "/api/v1/namespaces/$ns/configmaps"
}

each_request() { # METHOD PATH: for each JSON document of standard input a request with that body
	local port
	read -r port _ <"$kube/ports"
	# a configuration file of curl; its strings are quoted as JSON's are
	jq -r --arg url "https://127.0.0.1:$port$2" --arg method "$1" --arg pki "$kube/pki" '
		"url = \($url)", "request = \($method)", "data-binary = \(tojson | tojson)", "output = /dev/null",
		"header = \"Content-Type: application/json\"", "fail", "silent", "show-error", "noproxy = *",
		"cacert = \($pki)/ca.crt", "cert = \($pki)/admin.crt", "key = \($pki)/admin.key", "next"' |
		sed '$d' | curl -K -
}

# ---------------------------------------------------------------- what is and what should be

tree() { # BIGIP [PARTITION]: a line for each virtual, pool and monitor
	local p=${2:-k8s} query='expandSubcollections=true'
	{
		bigip "$1" GET "/mgmt/tm/ltm/virtual?$query" | jq -r --arg p "$p" '.items[]? | select(.partition == $p) |
			"virtual \(.name) \(.destination | split("/") | last | sub("%0"; "")) \(.pool // "-") \(.sourceAddressTranslation.type)" +
			([.profilesReference.items[]? | .name] | sort | map(" " + .) | add // "")'
		bigip "$1" GET "/mgmt/tm/ltm/pool?$query" | jq -r --arg p "$p" '.items[]? | select(.partition == $p) |
			"pool \(.name) \(.loadBalancingMode) \(.monitor // "-" | rtrimstr(" "))" +
			([.membersReference.items[]? | (.name | sub("%0"; "")) +
				if .session == "user-disabled" then "(drained)" else "" end] | sort | map(" " + .) | add // "")'
		bigip "$1" GET /mgmt/tm/ltm/monitor/http | jq -r --arg p "$p" '.items[]? | select(.partition == $p) |
			"monitor \(.name) \(.interval)/\(.timeout) \(.send | @json)"'
	} | LC_ALL=C sort
}

wanted() { # the partition that the ConfigMaps of virtual() ask for
	local name address service pool
	for name in "${!want_virtual[@]}"; do
		read -r address service <<<"${want_virtual[$name]}"
		pool=cfgmap_${ns}_${name}_$service
		printf 'virtual %s_%s %s:80 /k8s/%s automap http tcp\n' "$ns" "$name" "$address" "$pool"
		printf 'pool %s least-connections-member /k8s/%s_0_http' "$pool" "$pool"
		# shellcheck disable=SC2086 # words are wanted
		[ -z "${want_members[$service]}" ] || printf ' %s:8080\n' ${want_members[$service]} | LC_ALL=C sort | tr -d '\n'
		printf '\nmonitor %s_0_http 5/16 "GET /health HTTP/1.1\\r\\n\\r\\n"\n' "$pool"
	done | LC_ALL=C sort
}

as_wanted() { [ "$(tree "$1")" = "$wanted_now" ]; } # BIGIP

settles() { # BIGIP SECONDS [WHAT]: within that time the BIG-IP is as wanted
	wanted_now=$(wanted)
	wait_until "$2" "${3:-the BIG-IP is as wanted}" as_wanted "$1" || {
		diff <(echo "$wanted_now") <(tree "$1") | head -n 20 >&2
		return 1
	}
}

stays() { # BIGIP PASSES: as wanted after that many more complete verify passes
	passes "$1" "$2"
	wanted_now=$(wanted)
	as_wanted "$1" || { diff <(echo "$wanted_now") <(tree "$1") | head -n 20 >&2 && fail "the BIG-IP did not stay as wanted"; }
}

# ---------------------------------------------------------------- the BIG-IP's request log

log_of() { # BIGIP JQ: of its requests since the mark
	tail -n "+$((${log_mark[$1]:-0} + 1))" "$work/$1.requests" | jq -r "$2"
}

mark() { # BIGIP: the log counts from here
	log_mark[$1]=$(wc -l <"$work/$1.requests")
}

# what changed the configuration, or tried to; but for nodes that no member uses any more, which go at a verify pass
writes() { log_of "$1" 'select(.method != "GET" and (.path | startswith("/mgmt/tm/"))) | "\(.method) \(.path) \(.status)"' |
	grep -v '^DELETE /mgmt/tm/ltm/node/' || true; }

# names of virtuals and pools that were deleted
deleted() { log_of "$1" 'select(.method == "DELETE" and .status == 200 and (.path | test("/ltm/(virtual|pool)/[^/]*/?$"))) |
	.path | split("~") | last'; }

# names of virtuals and pools that were made more than once, transactions aside (one is made anew when it was refused)
twice() { log_of "$1" 'select(.method == "POST" and .status == 200 and .transaction == null and
	(.path | test("/ltm/(virtual|pool)/?$"))) | .path + .body.name' | sort | uniq -d; }

logins() { log_of "$1" 'select(.path == "/mgmt/shared/authn/login") | .status' | wc -l; }

nothing_lost() { # BIGIP
	equal "deleted virtuals and pools" "" "$(deleted "$1")"
	equal "virtuals and pools made twice" "" "$(twice "$1")"
}

node_reads() { grep -c '"GET","path":"/mgmt/tm/ltm/node"' "$work/$1.requests" || true; }
node_reads_are() { [ "$(node_reads "$1")" -ge "$2" ]; }

passes() { # BIGIP COUNT: that many complete verify passes from now on; each reads the nodes once
	wait_until $(($2 * 3 + 10)) "$2 verify passes" node_reads_are "$1" $(($(node_reads "$1") + $2 + 1))
}

# ---------------------------------------------------------------- faults

mock() { # BIGIP METHOD PATH [BODY]: its control path
	bigip "$1" "$2" "/mock/$3" ${4+"$4"} >/dev/null
}

break_bigip() { # BIGIP RULE: see bigip/mock/fault.h
	mock "$1" POST fail "$(jq -cn --arg rule "$2" '{rule: $rule}')"
}

repair_bigip() { mock "$1" DELETE fail; }

fired() { # BIGIP: how many requests a fault hit
	bigip "$1" GET /mock/fail | jq '[.[].fired] | add // 0'
}

# ---------------------------------------------------------------- the controller's own view

ready() { controller "$1" /readyz >/dev/null; }

metric() { # CONTROLLER NAME[{LABELS}]
	controller "$1" /metrics | awk -v name="$2" '$1 == name { print $2 }'
}

metric_is() { [ "$(metric "$1" "$2")" = "$3" ]; }

state_of() { # CONTROLLER NAME: applied, invalid, held, ...
	controller "$1" /v1/ltm | jq -r --arg name "$2" '.apps[] | select(.configMap == $name) | .state'
}

state_is() { [ "$(state_of "$1" "$2")" = "$3" ]; }

logged() { grep -q "$2" "$work/$1.log"; } # NAME PATTERN

events() { # NAME: "COUNT TYPE REASON MESSAGE" of its Events
	api GET "/api/v1/namespaces/$ns/events?fieldSelector=involvedObject.name=$1" |
		jq -r '.items[] | "\(.count) \(.type) \(.reason) \(.message)"'
}

event_count() { # NAME REASON
	events "$1" | awk -v reason="$2" '$3 == reason { n += $1 } END { print n + 0 }'
}

event_count_is() { [ "$(event_count "$1" "$2")" = "$3" ]; }
