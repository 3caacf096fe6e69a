#!/usr/bin/env bash
# Each way to ask for a virtual server ends in the right tree: several partitions, IPv6 and route domains, a
# pool alone and its address by annotation, udp, SSL profiles, an iApp, named and several ports, pods that end,
# nodes as members.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

lines() { tree "${2:-big}" "${3:-k8s}" | grep -E "$1" | sed "s/${ns}/NS/g"; } # PATTERN [BIGIP] [PARTITION]
line_is() { [ "$(lines "$1")" = "$2" ]; }
comes() { # PATTERN LINES
	wait_until 10 "$2" line_is "$1" "$2" || fail "$(printf 'it is\n%s' "$(lines "$1")")"
}
no_monitor='del(.virtualServer.backend.healthMonitors)'

new_namespace
service s
endpoints s 10.1.0.1
start_mock big --partition second --partition lan:5 --setup <(echo '{"method": "POST",
	"path": "/mgmt/tm/ltm/pool", "body": {"name": "his", "partition": "second"}}' | tr -d '\n')
start_controller ctlr big "${quick[@]}" --bigip-partition=second --bigip-partition=lan --drain-seconds=2

step "partitions: the second one, and from there to the first"
publish web "$(document 10.200.0.1 s '.virtualServer.frontend.partition = "second" | '"$no_monitor")"
second_is() { [ "$(lines . big second)" = "$1" ]; }
wait_until 10 "all of it in the second" second_is "pool cfgmap_NS_web_s least-connections-member - 10.1.0.1:8080
pool his round-robin -
virtual NS_web 10.200.0.1:80 /second/cfgmap_NS_web_s automap http tcp"
publish web "$(document 10.200.0.1 s "$no_monitor")"
comes '_web' 'pool cfgmap_NS_web_s least-connections-member - 10.1.0.1:8080
virtual NS_web 10.200.0.1:80 /k8s/cfgmap_NS_web_s automap http tcp'
wait_until 5 "nothing of it in the second" second_is 'pool his round-robin -'
publish nowhere "$(document 10.200.0.2 s '.virtualServer.frontend.partition = "fourth"')"
wait_until 5 "an Event about the partition that is not ours" event_count_is nowhere InvalidConfiguration 1

step "IPv6; a route domain of its own; the default one of its partition"
publish six "$(document '2001:db8::80' s "$no_monitor")"
publish rd "$(document '10.200.0.3%5' s '.virtualServer.frontend.partition = "lan" | '"$no_monitor")"
publish six-rd "$(document '2001:db8::81%5' s '.virtualServer.frontend.partition = "lan" | '"$no_monitor")"
comes 'virtual .*_six' 'virtual NS_six 2001:db8::80.80 /k8s/cfgmap_NS_six_s automap http tcp'
rd_is() { [ "$(lines . big lan)" = "$1" ]; }
wait_until 10 "those in the route domain" rd_is 'pool cfgmap_NS_rd_s least-connections-member - 10.1.0.1:8080
pool cfgmap_NS_six-rd_s least-connections-member - 10.1.0.1:8080
virtual NS_rd 10.200.0.3:80 /lan/cfgmap_NS_rd_s automap http tcp
virtual NS_six-rd 2001:db8::81.80 /lan/cfgmap_NS_six-rd_s automap http tcp'

step "a pool alone; its address comes by annotation and goes again"
alone=$(document x s 'del(.virtualServer.frontend.virtualAddress.bindAddr) | '"$no_monitor")
publish alone "$alone"
comes _alone 'pool cfgmap_NS_alone_s least-connections-member - 10.1.0.1:8080'
publish alone "$alone" '{"virtual-server.f5.com/ip": "10.200.0.4"}'
comes _alone 'pool cfgmap_NS_alone_s least-connections-member - 10.1.0.1:8080
virtual NS_alone 10.200.0.4:80 /k8s/cfgmap_NS_alone_s automap http tcp'
publish alone "$alone"
comes _alone 'pool cfgmap_NS_alone_s least-connections-member - 10.1.0.1:8080'

step "udp; tcp with client SSL profiles"
publish dns "$(document 10.200.0.5 s '.virtualServer.frontend.mode = "udp" | '"$no_monitor")"
publish ssl "$(document 10.200.0.6 s '.virtualServer.frontend.mode = "tcp" |
	.virtualServer.frontend.sslProfile = {f5ProfileName: "Common/clientssl"} | '"$no_monitor")"
comes 'virtual .*_(dns|ssl)' 'virtual NS_dns 10.200.0.5:80 /k8s/cfgmap_NS_dns_s automap udp
virtual NS_ssl 10.200.0.6:80 /k8s/cfgmap_NS_ssl_s automap clientssl tcp'

step "several named ports: each ConfigMap gets the one that it names by number"
service many '{"ports": [{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"},
	{"name": "admin", "port": 90, "targetPort": 9090, "protocol": "TCP"}]}'
slice many-1 many '[{"name": "http", "port": 8000, "protocol": "TCP"}, {"name": "admin", "port": 9090, "protocol": "TCP"}]' \
	'[{"addresses": ["10.1.0.1"]}, {"addresses": ["10.1.0.2"]}]'
# in this one pods give "web" another number
slice many-2 many '[{"name": "http", "port": 8001, "protocol": "TCP"}]' '[{"addresses": ["10.1.0.3"]}]'
publish http "$(document 10.200.0.7 many "$no_monitor")"
publish admin "$(document 10.200.0.8 many ".virtualServer.backend.servicePort = 90 | $no_monitor")"
comes 'pool .*_many' 'pool cfgmap_NS_admin_many least-connections-member - 10.1.0.1:9090 10.1.0.2:9090
pool cfgmap_NS_http_many least-connections-member - 10.1.0.1:8000 10.1.0.2:8000 10.1.0.3:8001'
publish admin "$(document 10.200.0.8 many ".virtualServer.backend.servicePort = 91 | $no_monitor")"
wait_until 10 "an Event about a port that is not there" event_count_is admin ServicePortNotFound 1

step "a pod ends: no new connections at first, then out of the pool; one that is not ready is out at once"
mark big
slice s-1 s '[{"name": "", "port": 8080, "protocol": "TCP"}]' '[{"addresses": ["10.1.0.1"]},
	{"addresses": ["10.1.0.2"]}, {"addresses": ["10.1.0.3"]}]'
comes 'pool .*_web_s' 'pool cfgmap_NS_web_s least-connections-member - 10.1.0.1:8080 10.1.0.2:8080 10.1.0.3:8080'
slice s-1 s '[{"name": "", "port": 8080, "protocol": "TCP"}]' '[{"addresses": ["10.1.0.1"]},
	{"addresses": ["10.1.0.2"], "conditions": {"ready": false, "serving": true, "terminating": true}},
	{"addresses": ["10.1.0.3"], "conditions": {"ready": false}}]'
comes 'pool .*_web_s' 'pool cfgmap_NS_web_s least-connections-member - 10.1.0.1:8080 10.1.0.2:8080(drained)'
comes 'pool .*_web_s' 'pool cfgmap_NS_web_s least-connections-member - 10.1.0.1:8080'
slice s-1 s '[{"name": "", "port": 8080, "protocol": "TCP"}]' '[{"addresses": ["10.1.0.1"]}]'
passes big 1
comes 'pool .*_web_s' 'pool cfgmap_NS_web_s least-connections-member - 10.1.0.1:8080'
nothing_lost big

step "an iApp: its table has the members"
publish iapp "$(jq -cn '{virtualServer: {backend: {serviceName: "s", servicePort: 80}, frontend: {partition: "k8s",
	iapp: "/Common/f5.http", iappOptions: {description: "made by us"}, iappVariables: {pool__addr: "10.200.0.9", pool__port: "80"},
	iappPoolMemberTable: {name: "pool__members", columns: [{name: "addr", kind: "IPAddress"}, {name: "port", kind: "Port"},
		{name: "connection_limit", value: "0"}]}}}}')"
iapp=/mgmt/tm/sys/application/service/~k8s~${ns}_iapp.app~${ns}_iapp
table_is() { [ "$(bigip big GET "$iapp" | jq -c '.tables[] | select(.name == "pool__members") | [.rows[].row]')" = "$1" ]; }
wait_until 10 "one row" table_is '[["10.1.0.1%0","8080","0"]]'
endpoints s 10.1.0.1 10.1.0.4
wait_until 10 "two rows" table_is '[["10.1.0.1%0","8080","0"],["10.1.0.4%0","8080","0"]]'
mark big
passes big 2
equal "writes at rest" "" "$(writes big)"
api DELETE "/api/v1/namespaces/$ns/configmaps/iapp" >/dev/null
no_iapp() { ! bigip big GET "$iapp" >/dev/null; }
wait_until 10 "it is gone" no_iapp
end ctlr

step "nodes as members: those that are ready, with the node port"
start_mock ports
service n '{"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]}' || fail "node port 30080 is taken"
node "$ns-1" 10.0.0.1
node "$ns-2" 10.0.0.2
kubectl label node "$ns-1" "$ns-2" "lane=$ns" >/dev/null
publish nodes "$(document 10.200.0.1 n "$no_monitor")"
publish cluster "$(document 10.200.0.2 s "$no_monitor")"
start_controller nodes ports "${quick[@]}" --pool-member-type=nodeport --node-label-selector="lane=$ns"
ports_are() { [ "$(lines 'pool .*_nodes_n' ports)" = "pool cfgmap_NS_nodes_n least-connections-member -$1" ]; }
wait_until 10 "both nodes" ports_are ' 10.0.0.1:30080 10.0.0.2:30080'
api PATCH "/api/v1/nodes/$ns-1/status" '{"status": {"conditions": [{"type": "Ready", "status": "False"}]}}' >/dev/null
wait_until 5 "the one that is ready" ports_are ' 10.0.0.2:30080'
kubectl label node "$ns-2" lane- >/dev/null
api PATCH "/api/v1/nodes/$ns-1/status" '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}' >/dev/null
wait_until 5 "the one that is labelled" ports_are ' 10.0.0.1:30080'
wait_until 10 "an Event about a Service without node port" event_count_is cluster IncorrectBackendServiceType 1
for i in 1 2; do api DELETE "/api/v1/nodes/$ns-$i" >/dev/null; done
step "done"
