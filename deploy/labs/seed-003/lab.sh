# lab.sh - sourced: the published set-up on one machine, inside a rig (tests/system/rig.sh)
#
#   client 192.0.2.10 --- 11.16.22.80 BIG-IP --- nodes and pods 188.188.{0,1,2}.x
#                                     | management 11.11.250.12
#                                     | SNAT pool /Common/SNAT-vlan130: 11.8.37.4 ... 11.8.37.10
#
# The rig's root network is the BIG-IP and the routed fabric around it; the client and each pod have a
# network namespace of their own. Wants $lab (a directory), $programs (where ours are), $repository.
# shellcheck shell=bash disable=SC2154,SC2034

. "$repository/tests/system/base.sh"
. "$repository/tests/system/cluster.sh"

kube=$lab/kube
ns=default
seed=$repository/deploy/labs/seed-003
vip=11.16.22.80
management=11.11.250.12
snat=(11.8.37.4 11.8.37.5 11.8.37.6 11.8.37.7 11.8.37.8 11.8.37.9 11.8.37.10)
nodes=(ydt-net-cilium1-nomasquerade=11.8.37.63=188.188.0.0/24
	ydt-net-cilium2-nomasquerade=11.8.37.67=188.188.1.0/24
	ydt-net-cilium3-nomasquerade=11.8.37.68=188.188.2.0/24)
# the password of the published Deployment
bigip_password=f5,123

lab_network() {
	local a
	# on loopback, since not every kernel has dummy devices
	for a in "$management" "$vip" "${snat[@]}"; do ip address add "$a/32" dev lo; done
	ip netns add client
	ip link add client type veth peer name eth0 netns client
	ip address add 192.0.2.1/24 dev client
	ip link set client up
	ip -n client link set lo up
	ip -n client address add 192.0.2.10/24 dev eth0
	ip -n client link set eth0 up
	ip -n client route add default via 192.0.2.1
}

lab_bigip() {
	proc_start "$lab" bigip "$programs/mock-bigip" --listen "$management:443" --password "$bigip_password" \
		--traffic --partition Cilium --snatpool "SNAT-vlan130=$(IFS=, && echo "${snat[*]}")" \
		--write-ca "$lab/bigip-ca.pem" --request-log "$lab/bigip-requests.log"
	wait_until 10 "the BIG-IP answers" bigip GET /mgmt/tm/sys/ready
	# its CA joins the system's, as in the image of an organisation that runs one
	cat /etc/ssl/certs/ca-certificates.crt "$lab/bigip-ca.pem" >"$lab/ca-bundle.pem"
	mount --bind "$lab/ca-bundle.pem" /etc/ssl/certs/ca-certificates.crt
}

bigip() { # METHOD PATH [BODY]
	curl --silent --show-error --fail-with-body --noproxy '*' --max-time 10 --cacert "$lab/bigip-ca.pem" \
		--user "admin:$bigip_password" -X "$1" -H 'Content-Type: application/json' ${3+--data-binary "$3"} \
		"https://$management$2"
}

lab_cluster() {
	"$repository/tests/system/kube.sh" start "$kube"
	proc_start "$lab" kubelet "$repository/tests/system/kubelet.sh" "$kube" "$lab/pods" "$programs" "${nodes[@]}"
}

lab_up() {
	local cluster
	mkdir -p "$lab/pods"
	lab_network
	lab_cluster &
	cluster=$!
	lab_bigip
	wait "$cluster"
}

page() { # what the client gets through the virtual address
	ip netns exec client curl --silent --show-error --fail --max-time 3 "http://$vip/"
}

members() { # "ADDRESS STATE SESSION" for each member on the BIG-IP
	bigip GET "/mgmt/tm/ltm/pool/~Cilium~cfgmap_default_nginx-vs-http_nginx-http/members" |
		jq -r '.items[]? | "\(.name | sub("[%:].*"; "")) \(.state) \(.session)"' | sort
}
