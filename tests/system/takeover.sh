#!/usr/bin/env bash
# A partition that k8s-bigip-ctlr wrote is taken over without a single write: its recorded requests make
# the BIG-IP's tree, its objects are in Kubernetes, in the state of the last request.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

cis=$here/../fixtures/cis
new_namespace

step "the BIG-IP takes what k8s-bigip-ctlr wrote"
# the recorded names carry the namespace "default"; here it is one of our own
sed "s/default_nginx/${ns}_nginx/g" "$cis/seed003-writes.jsonl" >"$work/writes.jsonl"
# it would not start if it answered one of them with anything but 200
start_mock big --partition Cilium --snatpool SNAT-vlan130=11.8.37.4,11.8.37.5 --setup "$work/writes.jsonl"
before=$(tree big Cilium)

step "the same objects in Kubernetes"
node "$ns-node" 11.8.37.63
sed -e "s/namespace: default/namespace: $ns/; s/node-0/$ns-node/g" -e '1,/^---$/d' \
	-e 's/, {ip: 188.188.0.12[^}]*}, {ip: 188.188.0.13/, {ip: 188.188.0.14/' "$cis/seed003-objects.yaml" >"$work/objects.yaml"
kubectl apply -f "$work/objects.yaml" >/dev/null
mark big
start_controller ctlr big "${quick[@]}" --bigip-partition=Cilium --vs-snat-pool-name=SNAT-vlan130
wait_until 15 "the controller is ready" ready ctlr
passes big 2

step "nothing was written"
equal "requests other than reads" "" "$(log_of big 'select(.method != "GET" and (.path | startswith("/mgmt/tm/"))).path')"
equal "drift repaired" 0 "$(metric ctlr podlane_drift_repairs_total)"
equal "tree" "$before" "$(tree big Cilium)"
for name in nginx-vs-http nginx-vs-head; do equal "$name" applied "$(state_of ctlr $name)"; done

step "and it is really ours now: an endpoint leaves, one request follows"
mark big
kubectl patch endpoints nginx-http --type json -p '[{"op": "remove", "path": "/subsets/0/addresses/1"}]' >/dev/null
gone() { ! tree big Cilium | grep -q 188.188.0.14; }
wait_until 10 "the member is gone from both pools" gone
equal "writes to virtuals" "" "$(writes big | grep virtual || true)"
nothing_lost big
api DELETE "/api/v1/nodes/$ns-node" >/dev/null
step "done"
