#!/usr/bin/env bash
# The API server dies in the middle of changes and comes back; then it comes back without its data, so that
# all lists are empty: nothing on the BIG-IP is touched, which can be seen, until the objects are there again.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

# one of our own, since the other scenarios need theirs
kube=$work/kube
kill_apiserver() { (cd "$kube" && proc_stop . kube-apiserver KILL); }
stop_kube() { # not gently, which takes the API server 10 s while it is watched
	kill_apiserver
	"$here/kube.sh" stop "$kube"
}
trap 'rc=$?; stop_kube || true; finish $rc' EXIT
start_kube() { "$here/kube.sh" start "$kube"; }

endpoints_node=worker
objects() {
	node worker 10.0.0.1
	service s1
	service s2
	endpoints s1 10.1.0.1 10.1.0.2
	endpoints s2 10.2.0.1 10.2.0.2
	virtuals 12 s1
	virtual web 10.201.0.1 s2
}

start_kube
export KUBECONFIG=$kube/kubeconfig
new_namespace
objects
start_mock big
start_controller ctlr big "${quick[@]}"
settles big 15
passes big 1

step "kill -9 of the API server in the middle of a burst of changes"
mark big
(for ((n = 1; n <= 60; n++)); do
	until endpoints s1 "10.1.1.$n" 10.1.0.2 2>/dev/null; do sleep 0.05; done
done) &
burst=$!
changing() { [ "$(writes big | wc -l)" -ge 20 ]; }
wait_until 10 "the burst is on its way" changing
kill_apiserver
start_kube
wait $burst
want_members[s1]="10.1.1.60 10.1.0.2"
settles big 20
nothing_lost big
unvirtual v12
virtual v13 10.201.0.13 s2
settles big 10 "watches work again"
equal "deleted" "${ns}_v12 cfgmap_${ns}_v12_s1" "$(deleted big | paste -sd' ')"

step "it comes back without its data"
before=$(tree big)
stop_kube
rm -rf "$kube/etcd"
mark big
start_kube
kubectl create namespace "$ns" >/dev/null
held() { [ "$(metric ctlr podlane_held_deletes)" -ge 13 ]; }
wait_until 40 "the deletions are held" held
passes big 4
equal "writes" "" "$(writes big)"
equal "tree" "$before" "$(tree big)"
held || fail "$(metric ctlr podlane_held_deletes) deletions are held"
logged ctlr 'to=held' || fail "the log does not say that deletions are held"
step "the objects come back, in any order"
# endpoints before their Service, ConfigMaps before both, the node last: each alone proves nothing
virtual v13 10.201.0.13 s2
endpoints s1 10.1.1.60 10.1.0.2
virtual web 10.201.0.1 s2
service s2
virtuals 12 s1
kubectl delete configmap v12 >/dev/null # this one had been deleted before
unset 'want_virtual[v12]'
passes big 3
equal "writes" "" "$(writes big)"
service s1
endpoints s2 10.2.0.1 10.2.0.2
passes big 3
equal "writes" "" "$(writes big)"
node worker 10.0.0.1
settles big 15
wait_until 10 "nothing is held" metric_is ctlr podlane_held_deletes 0
nothing_lost big
equal "writes" "" "$(writes big)"

step "and all is as ever: also a deletion that nobody saw"
wait_until 10 "it is over" logged ctlr 'kube.regressed held="nothing any more"'
endpoints s1 10.1.0.5
unvirtual v11
settles big 3
kill_apiserver
start_kube
unvirtual v10
settles big 20
step "done"
