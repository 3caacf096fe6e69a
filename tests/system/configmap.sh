#!/usr/bin/env bash
# A ConfigMap goes valid, invalid, valid: the last good configuration stays, an Event says what is wrong.
. "$(dirname "$0")/lib.sh"

apply() { # BALANCE
	kubectl apply -f - >/dev/null <<-END
		kind: ConfigMap
		apiVersion: v1
		metadata: {name: web, labels: {f5type: virtual-server}}
		data:
		  schema: "f5schemadb://bigip-virtual-server_v0.1.7.json"
		  data: |
		    {"virtualServer": {
		      "backend": {"serviceName": "web", "servicePort": 80,
		        "healthMonitors": [{"protocol": "http", "interval": 5, "timeout": 16, "send": "GET /\r\n"}]},
		      "frontend": {"virtualAddress": {"bindAddr": "192.0.2.80", "port": 80},
		        "partition": "k8s", "balance": "$1", "mode": "http"}}}
	END
}
pool="/mgmt/tm/ltm/pool/~k8s~cfgmap_${scenario}_web_web"
balance_is() { [ "$(bigip b1 GET "$pool" | jq -r .loadBalancingMode)" = "$1" ]; }
members_are() { [ "$(bigip b1 GET "$pool/members" | jq -r '[.items[]?.name] | sort | join(" ")')" = "$1" ]; }
event() { # TYPE REASON
	kubectl get events -o json | jq -e --arg type "$1" --arg reason "$2" \
		'.items[] | select(.involvedObject.name == "web" and .type == $type and .reason == $reason)'
}
writes() { jq -r 'select(.method != "GET").path' "$work/b1.requests" | grep -c ^/mgmt/tm/; }

new_namespace
pool=${pool/$scenario/$ns}
kubectl create service clusterip web --tcp=80 >/dev/null
node "$ns-node" 10.0.0.1 10.1.0.0/24
pod a 10.1.0.1 "$ns-node" web
start_mock b1
start_controller c1 b1

step "valid: the objects appear"
apply ratio-member
wait_until 15 "the pool is there" balance_is ratio-member
wait_until 5 "its member is there" members_are 10.1.0.1:80
equal "destination" /k8s/192.0.2.80:80 "$(bigip b1 GET "/mgmt/tm/ltm/virtual/~k8s~${ns}_web" | jq -r .destination)"
wait_until 5 "an Event says applied" event Normal Applied

step "invalid: nothing is written, an Event says why"
before=$(writes)
apply ratio-membr
wait_until 5 "an Event says what is wrong" event Warning InvalidConfiguration
[[ $(event Warning InvalidConfiguration | jq -r .message) = *ratio-member* ]] || fail "the Event does not name what was meant"
equal "writes" "$before" "$(writes)"

step "endpoints still change under the last good configuration"
pod b 10.1.0.2 "$ns-node" web
wait_until 5 "the new member came" members_are "10.1.0.1:80 10.1.0.2:80"
equal "writes for one endpoint" $((before + 1)) "$(writes)"

step "valid again"
apply round-robin
wait_until 5 "the new balance is there" balance_is round-robin
equal "writes" $((before + 2)) "$(writes)"
step "done"
