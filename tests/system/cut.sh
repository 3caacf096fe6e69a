#!/usr/bin/env bash
# Connections break in the middle of a request: before it was carried out, after it, and in the middle of the
# reply. An outcome that is not known is looked up; nothing is made twice, nothing is forgotten.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

new_namespace
service s1
service s2
endpoints s1 10.1.1.1
endpoints s2 10.1.2.1

step "bulk transactions of the first sync: the commit is lost, then its answer"
virtuals 30 s1
commit=method=PATCH,path=/mgmt/tm/transaction
start_mock big --fail "close:$commit,count=1" --fail "lost-reply:$commit,count=1"
start_controller ctlr big "${quick[@]}" --bigip-batch=30 --bigip-connections=1
settles big 20
equal "deleted" "" "$(deleted big)"
equal "faults" 2 "$(fired big)"
stays big 1
repair_bigip big

n=0
for fault in close lost-reply cut; do
	for where in method=POST,path=/ltm/monitor method=POST,path=/ltm/pool method=POST,path=/ltm/virtual \
		method=PATCH,path=/ltm/pool method=DELETE,path=/ltm/virtual; do
		step "$fault at $where"
		mark big
		break_bigip big "$fault:$where,count=1"
		n=$((n + 1))
		virtual "web$n" "10.203.0.$n" s1
		endpoints s2 "10.1.2.$n"
		[ "$n" != 1 ] || virtual other 10.203.1.1 s2
		[ "$n" -lt 3 ] || unvirtual "web$((n - 2))"
		struck() { [ "$(fired big)" = 1 ]; }
		wait_until 10 "it strikes" struck
		settles big 15
		equal "made twice" "" "$(twice big)"
		equal "deleted but not wanted to be" "" "$(deleted big | grep -v "_web$((n - 2))\(_s1\)\?$" || true)"
		repair_bigip big
	done
done

for where in path=/ltm/virtual path=/auth/partition/k8s; do
	step "a verify pass is cut at $where: nothing is taken for missing"
	mark big
	break_bigip big "cut:method=GET,$where,count=1"
	break_bigip big "cut:method=GET,$where,bytes=0,count=1"
	struck() { [ "$(fired big)" = 2 ]; }
	wait_until 10 "both strike" struck
	wait_until 10 "the controller is ready" ready ctlr
	passes big 1
	equal "writes" "" "$(writes big)"
	repair_bigip big
done
settles big 5
equal "drift repaired" 0 "$(metric ctlr podlane_drift_repairs_total)"
step "done"
