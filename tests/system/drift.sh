#!/usr/bin/env bash
# Somebody works on the BIG-IP by hand: what is ours is put right within a verify interval and counted; what
# is his own, an iApp's or marked as protected is left alone, and so is a member that he took out of service.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

object() { echo "/mgmt/tm/ltm/$1/~k8s~$2"; } # KIND NAME
by_hand() { bigip big "$@" >/dev/null; }     # METHOD PATH [BODY]
v() { object virtual "${ns}_$1"; }
p() { object pool "cfgmap_${ns}_$1_s"; }

new_namespace
service s
endpoints s 10.1.0.1 10.1.0.2
for i in 1 2 3 4 5 6; do virtual "web$i" "10.200.0.$i" s; done
start_mock big
start_controller ctlr big "${quick[@]}"
settles big 10
passes big 1
equal "repairs" 0 "$(metric ctlr podlane_drift_repairs_total)"

step "changed: a virtual, two pools, a monitor"
by_hand PATCH "$(v web1)" '{"pool": "/k8s/cfgmap_'"$ns"'_web2_s", "sourceAddressTranslation": {"type": "none"}}'
by_hand PATCH "$(p web2)" '{"loadBalancingMode": "round-robin", "monitor": "/Common/tcp"}'
by_hand PATCH "$(object monitor/http "cfgmap_${ns}_web3_s_0_http")" '{"interval": 7, "send": "GET /elsewhere\r\n"}'
by_hand DELETE "$(p web4)/members/~k8s~10.1.0.1:8080"
by_hand POST "$(p web4)/members" '{"name": "10.66.6.6:8080", "partition": "k8s"}'
settles big 4
wait_until 2 "each is counted" metric_is ctlr podlane_drift_repairs_total 4
nothing_lost big

step "deleted: a virtual, then a virtual with all that is behind it"
by_hand DELETE "$(v web5)"
by_hand DELETE "$(v web6)"
by_hand DELETE "$(p web6)"
settles big 4
wait_until 2 "each is counted" metric_is ctlr podlane_drift_repairs_total 7
wait_until 5 "an Event says so" event_count_is web5 DriftRepaired 1
logged ctlr 'warn bigip.drift .*web5' || fail "the log does not tell what was repaired"

step "a member that a person took out of service stays out, while others come and go"
mark big
by_hand PATCH "$(p web1)/members/~k8s~10.1.0.1:8080" '{"state": "user-down", "session": "user-disabled"}'
out() { bigip big GET "$(p web1)/members/~k8s~10.1.0.1:8080" | jq -e '.state == "user-down" and .session == "user-disabled"' >/dev/null; }
passes big 2
out || fail "it was put into service again"
equal "writes of ours" "" "$(writes big | sed 1d)"
endpoints s 10.1.0.1 10.1.0.3
has_third() { tree big | grep "pool cfgmap_${ns}_web1_s " | grep -q '10.1.0.3:8080$'; }
wait_until 5 "another member comes" has_third
out || fail "it was put into service when another member came"
by_hand PATCH "$(p web1)/members/~k8s~10.1.0.1:8080" '{"state": "user-up", "session": "user-enabled"}'
settles big 5

step "what is not ours is left alone"
by_hand POST /mgmt/tm/ltm/pool '{"name": "his_pool", "partition": "k8s", "members": [{"name": "10.9.9.9:80"}]}'
by_hand POST /mgmt/tm/ltm/virtual '{"name": "his_virtual", "partition": "k8s", "destination": "/k8s/10.99.0.1:80", "pool": "/k8s/his_pool"}'
by_hand POST /mgmt/tm/ltm/virtual '{"name": "'"$ns"'_protected", "partition": "k8s", "destination": "/k8s/10.99.0.2:80",
	"metadata": [{"name": "cccl-whitelist", "persist": "true", "value": "1"}, {"name": "user_agent", "persist": "true", "value": "podlane-test"}]}'
by_hand POST /mgmt/tm/ltm/node '{"name": "his_node", "partition": "k8s", "address": "10.9.9.8"}'
by_hand POST /mgmt/tm/sys/application/service '{"name": "'"$ns"'_iapp", "partition": "k8s", "template": "/Common/f5.http",
	"variables": [{"name": "pool__addr", "value": "10.99.0.3"}]}'
by_hand POST /mgmt/tm/ltm/pool '{"name": "cfgmap_'"$ns"'_iapp_s", "partition": "k8s", "appService": "/k8s/'"$ns"'_iapp.app/'"$ns"'_iapp"}'
theirs() {
	tree big | grep -E 'his_|_protected|_iapp'
	bigip big GET /mgmt/tm/ltm/node/~k8s~his_node | jq -r .address
	bigip big GET /mgmt/tm/sys/application/service | jq -r '.items[]?.name'
}
before=$(theirs)
mark big
passes big 3
equal "what others own" "$before" "$(theirs)"
equal "writes" "" "$(writes big)"
unvirtual web6
unvirtual web5
passes big 1
equal "what others own" "$before" "$(theirs)"
by_hand DELETE "$(object pool "cfgmap_${ns}_iapp_s")"
for name in his_virtual "${ns}_protected"; do by_hand DELETE "$(object virtual "$name")"; done
by_hand DELETE "$(object pool his_pool)"
settles big 5
step "done"
