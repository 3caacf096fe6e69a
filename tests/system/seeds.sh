#!/usr/bin/env bash
# The published files, unchanged: ServiceAccount, RBAC, Service and both ConfigMaps (same name: GET is
# replaced by HEAD). The controller may do what that RBAC says and no more: endpoints but no
# EndpointSlices, and no leases. The tree gets the payloads that k8s-bigip-ctlr would send.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

seed=$here/../../deploy/labs/seed-003
ns=default
pool=cfgmap_default_nginx-vs-http_nginx-http

# As the BIG-IP shows what it was sent: no %0, no null, no empty list, links besides
plain='def plain: walk(
	if type == "string" then sub("%0(?<rest>[:/.]|$)"; .rest)
	elif type == "object" then with_entries(select(.value != null and .value != [] and (.key | endswith("Reference") | not)))
	else . end);'

shows() { # PATH PAYLOAD: the object there has the payload's fields and values
	bigip big GET "$1" | jq -e --argjson want "$2" "$plain"'
		plain as $is | ($want | plain) == ($want | with_entries(.value = $is[.key]) | plain)' >/dev/null
}

must_show() { shows "$@" || fail "$(bigip big GET "$1") is not $2"; }

items() { # PATH PAYLOADS: the same for a subcollection, in any order
	bigip big GET "$1" | jq -e --argjson want "$2" "$plain"'
		($want[0] | keys) as $keys | [.items[] | plain | with_entries(select(.key | IN($keys[])))]
		| sort == ($want | plain | sort)' >/dev/null || fail "$(bigip big GET "$1" | jq -c .items) are not $2"
}

step "ServiceAccount, RBAC, Service"
start_mock big --partition Cilium --snatpool SNAT-vlan130=11.8.37.4,11.8.37.5
kubectl apply -f "$seed/serviceaccount.yaml" -f "$seed/rbac.yaml" -f "$seed/service.yaml" >/dev/null
account_kubeconfig kube-system bigip-ctlr "$work/account.kubeconfig"
may() { kubectl --kubeconfig "$work/account.kubeconfig" auth can-i "$@" --all-namespaces 2>/dev/null || true; }
equal "may list endpointslices" no "$(may list endpointslices.discovery.k8s.io)"
equal "may create leases" no "$(may create leases.coordination.k8s.io)"
controller_port[ctlr]=$(free_ports 1)
# the published arguments, but for the addresses
BIGIP_USERNAME=admin BIGIP_PASSWORD=$bigip_password run ctlr podlane-controller --bigip-username=admin --bigip-password=f5,123 \
	--bigip-url="127.0.0.1:${bigip_port[big]}" --bigip-partition=Cilium --pool-member-type=cluster --vs-snat-pool-name=SNAT-vlan130 \
	--insecure --running-in-cluster=false --kubeconfig="$work/account.kubeconfig" --verify-interval=1 \
	--http-listen-address="127.0.0.1:${controller_port[ctlr]}"
leading() { controller ctlr /readyz | grep -q leading; }
wait_until 15 "the controller leads" leading

step "it runs alone on Endpoints and says so, once each"
for line in 'kube.endpoints_api .*using=v1 .*reason="no permission' 'kube.lease[^ ]* .*alone'; do
	equal "lines with $line" 1 "$(grep -c "$line" "$work/ctlr.log" || true)"
done

step "two pods and the ConfigMap with the GET monitor"
node seed-node 11.8.37.63 188.188.0.0/24
pod nginx-a 188.188.0.11 seed-node nginx-http
pod nginx-b 188.188.0.12 seed-node nginx-http
kubectl apply -f "$seed/configmap-get.yaml" >/dev/null
wait_until 10 "the ConfigMap is applied" state_is ctlr nginx-vs-http applied
has_members() { [ "$(bigip big GET "/mgmt/tm/ltm/pool/~Cilium~$pool/members" | jq '.items | length')" = "$1" ]; }
wait_until 10 "both pods are members" has_members 2
monitor=/mgmt/tm/ltm/monitor/http/~Cilium~${pool}_0_http
must_show "$monitor" '{"name": "'"$pool"'_0_http", "partition": "Cilium", "interval": 5, "timeout": 16,
	"send": "GET /health.html HTTP/1.1\r\nHost:11.11.250.12\r\n\r\n", "recv": "server is ok", "defaultsFrom": "/Common/http"}'
must_show "/mgmt/tm/ltm/pool/~Cilium~$pool" '{"name": "'"$pool"'", "partition": "Cilium",
	"loadBalancingMode": "least-connections-member", "description": null, "monitor": "/Cilium/'"$pool"'_0_http"}'
# "user-enabled" is shown as "monitor-enabled" where a monitor speaks
items "/mgmt/tm/ltm/pool/~Cilium~$pool/members" '[
	{"name": "188.188.0.11%0:80", "partition": "Cilium", "session": "monitor-enabled", "ratio": 1, "connectionLimit": 0, "priorityGroup": 0, "description": null},
	{"name": "188.188.0.12%0:80", "partition": "Cilium", "session": "monitor-enabled", "ratio": 1, "connectionLimit": 0, "priorityGroup": 0, "description": null}]'
vs=/mgmt/tm/ltm/virtual/~Cilium~default_nginx-vs-http
must_show $vs '{"name": "default_nginx-vs-http", "partition": "Cilium", "destination": "/Cilium/11.16.22.80%0:80",
	"source": "0.0.0.0%0/0", "ipProtocol": "tcp", "enabled": true, "connectionLimit": 0, "pool": "/Cilium/'"$pool"'",
	"sourceAddressTranslation": {"type": "snat", "pool": "/Common/SNAT-vlan130"}, "vlansDisabled": true, "rules": [], "vlans": []}'
items $vs/profiles '[{"name": "http", "partition": "Common", "context": "all"}, {"name": "tcp", "partition": "Common", "context": "all"}]'
equal "policies" 0 "$(bigip big GET $vs/policies | jq '.items // [] | length')"
for path in "$vs" "/mgmt/tm/ltm/pool/~Cilium~$pool"; do
	equal "user_agent of $path" 'user_agent true podlane-' \
		"$(bigip big GET "$path" | jq -r '.metadata[0] | "\(.name) \(.persist) \(.value)"' | sed 's/podlane-.*/podlane-/')"
done

step "the ConfigMap with the HEAD monitor"
mark big
kubectl apply -f "$seed/configmap-head.yaml" >/dev/null
head_monitor() { shows "$monitor" '{"send": "HEAD / HTTP/1.1\r\n\r\n", "recv": "Server", "interval": 5, "timeout": 16}'; }
wait_until 10 "the monitor is the other one" head_monitor
passes big 2
equal "writes" "PATCH ${monitor} 200" "$(writes big)"
equal "the status annotation" 11.16.22.80 \
	"$(api GET /api/v1/namespaces/default/configmaps/nginx-vs-http | jq -r '.metadata.annotations["status.virtual-server.f5.com/ip"]')"

step "all of it goes"
kubectl delete configmap nginx-vs-http >/dev/null
empty() { [ -z "$(tree big Cilium)" ]; }
wait_until 10 "the partition is empty" empty
pod_gone nginx-a && pod_gone nginx-b
api DELETE /api/v1/nodes/seed-node >/dev/null
kubectl delete -f "$seed/serviceaccount.yaml" -f "$seed/rbac.yaml" -f "$seed/service.yaml" >/dev/null
ns=
step "done"
