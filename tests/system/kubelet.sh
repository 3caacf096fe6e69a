#!/usr/bin/env bash
# Scheduler and kubelets of a rig, as far as a load balancer can tell the difference.
#
#   kubelet.sh KUBE WORK PROGRAMS NODE=ADDRESS=POD_CIDR...
#
# Registers the nodes; then watches pods: gives each a node, starts what its image stands for, reports
# the address and that it is ready, and, when it is deleted, lets it run for its last second and
# confirms. Two images are known:
#   *nginx*           web.py in a network namespace of its own, with an address of the node's pod CIDR
#   *k8s-bigip-ctlr*  podlane-controller from directory PROGRAMS, with the container's arguments and
#                     environment and the service account mounted, on the rig's own network
# KUBE is the directory of kube.sh; WORK/PODNAME.{pid,log} belong to what runs in that pod. There is no
# restart of what ended and there are no probes: scenarios want to see what the BIG-IP makes of it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/base.sh"
. "$here/cluster.sh"

kube=$1 work=$2 programs=$3
shift 3
nodes=()
declare -A node_address=() cidr=() last_host=() started=() # started: NAMESPACE/POD -> 1 or ended
turn=0

bind_pod() { # NAMESPACE NAME
	local name=${nodes[turn++ % ${#nodes[@]}]}
	api POST "/api/v1/namespaces/$1/pods/$2/binding" '{"metadata": {"name": "'"$2"'"},
		"target": {"apiVersion": "v1", "kind": "Node", "name": "'"$name"'"}}' >/dev/null
}

next_address() { # NODE: into $address; x.y.z.0/24 gives x.y.z.11, .12, ...
	last_host[$1]=$((${last_host[$1]:-10} + 1))
	address=${cidr[$1]%.*}.${last_host[$1]}
}

run_web() { # NAME ADDRESS: a veth pair, the pod behind it; its other end is the pod's gateway
	local veth
	veth=veth$(echo "$1" | md5sum | cut -c1-8)
	ip netns add "$1"
	ip link add "$veth" type veth peer name eth0 netns "$1"
	ip address add 169.254.1.1/32 dev "$veth"
	ip link set "$veth" up
	ip route add "$2/32" dev "$veth"
	ip -n "$1" link set lo up
	ip -n "$1" address add "$2/32" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$1" route add 169.254.1.1 dev eth0
	ip -n "$1" route add default via 169.254.1.1
	proc_start "$work" "$1" ip netns exec "$1" "$here/web.py" "$1"
	wait_until 10 "the server in pod $1 listens" curl -s --noproxy '*' "http://$2/health.html"
}

run_controller() { # NAMESPACE NAME
	local pod mount port arguments environment
	pod=$(api GET "/api/v1/namespaces/$1/pods/$2")
	# where a kubelet mounts it; /run is the rig's own
	mount=/var/run/secrets/kubernetes.io/serviceaccount
	mkdir -p "$mount"
	api GET "/api/v1/namespaces/$1/secrets/$(account_secret "$1" "$(jq -r .spec.serviceAccountName <<<"$pod")")" >"$work/secret"
	jq -r .data.token "$work/secret" | base64 -d >"$mount/token"
	jq -r '.data["ca.crt"]' "$work/secret" | base64 -d >"$mount/ca.crt"
	jq -r '.data.namespace' "$work/secret" | base64 -d >"$mount/namespace"
	rm "$work/secret"
	read -r port _ <"$kube/ports"
	mapfile -t arguments < <(jq -r '.spec.containers[0].args[]' <<<"$pod")
	mapfile -t environment < <(jq -r '.spec.containers[0].env[]? | "\(.name)=\(.value)"' <<<"$pod")
	proc_start "$work" "$2" env KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT="$port" \
		"${environment[@]}" "$programs/podlane-controller" "${arguments[@]}"
}

start_pod() { # NAMESPACE NAME ADDRESS IMAGE CONTAINER
	local ns=$1
	case $4 in
	*nginx*) run_web "$2" "$3" ;;
	*k8s-bigip-ctlr*) run_controller "$1" "$2" ;;
	*) die "pod $2: nothing is known about image $4" ;;
	esac
	pod_runs "$2" "$3" "$5"
	say "$(now_ms) pod $2 runs at $3"
}

end_pod() { # NAMESPACE NAME
	local ns=$1
	sleep 1
	kill -s CONT "$(proc_pid "$work" "$2")" 2>/dev/null || true # a demo may have frozen it
	proc_stop "$work" "$2"
	ip netns delete "$2" 2>/dev/null || true
	pod_gone "$2" || true
	say "$(now_ms) pod $2 ended"
}

# every pod of the cluster as lines of namespace|name|node|phase|deleted|image|container, now and at each change
watch_pods() {
	api_watch /api/v1/pods | jq --unbuffered -r 'select(.type != "DELETED" and .type != "ERROR") | .object |
		[.metadata.namespace, .metadata.name, .spec.nodeName // "", .status.phase,
		 .metadata.deletionTimestamp // "", (.spec.containers[0] | .image, .name)] | join("|")'
}

for n; do
	IFS='=' read -r name address range <<<"$n"
	nodes+=("$name") node_address[$name]=$address cidr[$name]=$range
	node "$name" "$address" "$range"
done
say "$(now_ms) ${#nodes[@]} nodes are ready"
while true; do
	while IFS='|' read -r ns name node phase deleted image container; do
		if [ -n "$deleted" ]; then
			[ "${started[$ns/$name]:-}" = 1 ] || continue
			started[$ns/$name]=ended
			end_pod "$ns" "$name" &
		elif [ -z "$node" ]; then
			bind_pod "$ns" "$name" || true
		elif [ "$phase" = Pending ] && [ -z "${started[$ns/$name]:-}" ]; then
			started[$ns/$name]=1
			address=${node_address[$node]}
			[[ $image = *k8s-bigip-ctlr* ]] || next_address "$node"
			start_pod "$ns" "$name" "$address" "$image" "$container" &
		fi
	done < <(watch_pods || true)
	sleep 0.2
done
