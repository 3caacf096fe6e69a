#!/usr/bin/env bash
# What goes, and when: a deletion that was watched goes at once; one that only follows from a list, or takes
# most of the partition with it, is held for two verify passes and can be seen meanwhile.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

new_namespace
service s
service t
endpoints s 10.1.0.1
endpoints t 10.1.0.2
virtuals 12 s
virtual web 10.201.0.1 t
virtual gone 10.201.0.2 t
start_mock big
start_controller ctlr big "${quick[@]}" --verify-interval=2
settles big 15

step "one ConfigMap is deleted, one loses its label: both go at once"
unvirtual v12
kubectl label configmap v11 f5type- >/dev/null
unset 'want_virtual[v11]'
settles big 1

step "a Service goes: its virtual goes with it, an Event says why; it comes back"
unservice t
unset 'want_virtual[web]' 'want_virtual[gone]'
settles big 5
wait_until 5 "web is inactive" state_is ctlr web inactive
wait_until 5 "an Event" event_count_is web ServiceNotFound 1
want_virtual[web]='10.201.0.1 t' want_virtual[gone]='10.201.0.2 t'
service t
settles big 5
wait_until 5 "web is applied" state_is ctlr web applied

step "an empty pool is no deletion"
mark big
endpoints t
settles big 5
nothing_lost big
endpoints t 10.1.0.2
settles big 5

step "deleted while the controller was away: held for two verify passes, then done"
end ctlr
mark big
unvirtual gone
wanted_then=$(wanted)
start_controller ctlr big "${quick[@]}" --verify-interval=2
wait_until 15 "it is held" metric_is ctlr podlane_held_deletes 1
state_is ctlr gone held || fail "gone is $(state_of ctlr gone)"
[ "$(tree big)" != "$wanted_then" ] || fail "it was deleted at once"
equal "deleted meanwhile" "" "$(deleted big)"
settles big 15
reads=$(log_of big '"\(.method) \(.path)"' | awk '/^DELETE .*virtual/ { exit } /^GET .*\/node$/ { n++ } END { print n }')
[ "$reads" -ge 3 ] || fail "it was held for $((reads - 1)) verify passes"
wait_until 5 "nothing is held" metric_is ctlr podlane_held_deletes 0
equal "deleted" "${ns}_gone cfgmap_${ns}_gone_t" "$(deleted big | paste -sd' ')"

step "nearly all are deleted by a slip: a few at once is all that may go, the rest is held"
mark big
kubectl delete configmap --field-selector metadata.name!=web,metadata.name!=kube-root-ca.crt --all --wait=false >/dev/null 2>&1 ||
	kubectl delete configmap v1 v2 v3 v4 v5 v6 v7 v8 v9 v10 --wait=false >/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do unset "want_virtual[v$i]"; done
held() { [ "$(metric ctlr podlane_held_deletes)" -gt 0 ]; }
wait_until 10 "deletions are held" held
deleted_now=$(deleted big | grep -c '^cfgmap' || true)
[ "$deleted_now" -le 6 ] || fail "$deleted_now of 11 pools were deleted at once"
logged ctlr 'warn app.state .*to=held .*too large a share' || fail "the log does not say so"
settles big 20 "it was meant: all is done after two verify passes"
wait_until 5 "nothing is held" metric_is ctlr podlane_held_deletes 0
wait_until 5 "web is applied" state_is ctlr web applied
! deleted big | grep -q _web || fail "web was deleted"
end ctlr

step "namespaces by label: one comes, one goes"
spaces=("$ns-a" "$ns-b")
for space in "${spaces[@]}"; do kubectl create namespace "$space" >/dev/null; done
home=$ns
for n in 1 2; do
	ns=${spaces[n - 1]}
	service s
	endpoints s "10.1.9.$n"
	publish web "$(document "10.202.0.$n" s)"
done
ns=$home
start_mock label
run labelled podlane-controller --running-in-cluster=false --kubeconfig="$KUBECONFIG" --namespace-label="lane=$home" \
	--bigip-url="127.0.0.1:${bigip_port[label]}" --bigip-username=admin --bigip-password="$bigip_password" --insecure \
	--bigip-partition=k8s --pool-member-type=cluster "${quick[@]}" --leader-elect-namespace="$ns" \
	--http-listen-address="127.0.0.1:$(free_ports 1)"
names_are() { [ "$(tree label | awk '$1 == "virtual" { print $2 }' | paste -sd' ')" = "$*" ]; }
kubectl label namespace "${spaces[0]}" "lane=$home" >/dev/null
wait_until 15 "the first" names_are "${spaces[0]}_web"
kubectl label namespace "${spaces[1]}" "lane=$home" >/dev/null
wait_until 5 "both" names_are "${spaces[0]}_web" "${spaces[1]}_web"
kubectl label namespace "${spaces[0]}" lane- >/dev/null
wait_until 5 "the second" names_are "${spaces[1]}_web"
kubectl delete namespace "${spaces[0]}" --wait=false >/dev/null
kubectl label namespace "${spaces[1]}" lane- >/dev/null
kubectl label namespace "${spaces[1]}" "lane=$home" >/dev/null
wait_until 5 "the second, again" names_are "${spaces[1]}_web"
kubectl delete namespace "${spaces[1]}" --wait=false >/dev/null
step "done"
