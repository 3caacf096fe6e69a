#!/usr/bin/env bash
# What we put on a BIG-IP is what k8s-bigip-ctlr puts there: the two trees are equal, field by field.
. "$(dirname "$0")/lib.sh"

cis=$here/../fixtures/cis
snat=(--partition Cilium --snatpool "SNAT-vlan130=11.8.37.4,11.8.37.5")

# all objects of the partition but for what tells the writer and the moment
objects() { # BIGIP
	local kind
	for kind in monitor/http monitor/tcp pool virtual node virtual-address; do
		bigip "$1" GET "/mgmt/tm/ltm/$kind?expandSubcollections=true&\$filter=partition+eq+Cilium"
	done | jq -sS '[.[].items[]?] | sort_by(.fullPath) | walk(if type == "object" then
		del(.generation, .metadata, .creationTime, .lastModifiedTime, .selfLink, .link, .vsIndex) else . end)'
}
applied() { [ "$(controller c1 /v1/ltm | jq '[.apps[] | select(.state == "applied")] | length')" = 2 ]; }

new_namespace
node "$ns-node" 11.8.37.63
sed -e "s/namespace: default/namespace: $ns/; s/node-0/$ns-node/g" -e '1,/^---$/d' \
	-e 's/, {ip: 188.188.0.12[^}]*}, {ip: 188.188.0.13/, {ip: 188.188.0.14/' "$cis/seed003-objects.yaml" >"$work/objects.yaml"
kubectl apply -f "$work/objects.yaml" >/dev/null
sed "s/default_nginx/${ns}_nginx/g" "$cis/seed003-writes.jsonl" >"$work/writes.jsonl"
start_mock theirs "${snat[@]}" --setup "$work/writes.jsonl"
start_mock ours "${snat[@]}"
step "we write the partition"
start_controller c1 ours --bigip-partition=Cilium --vs-snat-pool-name=SNAT-vlan130
wait_until 15 "both ConfigMaps are applied" applied
objects theirs >"$work/theirs.json"
objects ours >"$work/ours.json"
diff "$work/theirs.json" "$work/ours.json" || fail "the trees differ (< theirs, > ours)"
# 3 monitors, 2 pools, 2 virtual servers, 2 nodes, 2 virtual addresses
equal "objects" 11 "$(jq length "$work/ours.json")"
api DELETE "/api/v1/nodes/$ns-node" >/dev/null
step "done: $(jq length "$work/ours.json") objects are the same"
