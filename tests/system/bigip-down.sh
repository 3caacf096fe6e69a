#!/usr/bin/env bash
# The BIG-IP is down when the controller starts, goes down while Kubernetes changes, comes back with its
# saved state and comes back empty: each time it ends up as wanted, and nothing that was right is made anew.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

start_big() { start_mock big --state "$work/big.state"; }

new_namespace
bigip_port[big]=$(free_ports 1)
for i in 1 2 3 4 5 6; do
	service "s$i"
	endpoints "s$i" "10.1.$i.1" "10.1.$i.2"
	virtual "web$i" "10.200.0.$i" "s$i"
done

step "down at the start: alive, not ready, and it says why"
start_controller ctlr big "${quick[@]}"
wait_until 10 "the log says that the BIG-IP is down" logged ctlr 'error bigip.down'
controller ctlr /healthz >/dev/null || fail "the process is healthy, whatever the BIG-IP does"
not_ready() { curl -s --noproxy '*' "http://127.0.0.1:${controller_port[ctlr]}/readyz" | grep -q "not ready: BIG-IP"; }
wait_until 5 "/readyz names the BIG-IP" not_ready

step "it comes up"
start_big
settles big 15
wait_until 5 "the controller is ready" ready ctlr
nothing_lost big
for i in 1 2 3 4 5 6; do wait_until 5 "web$i is applied" state_is ctlr "web$i" applied; done

step "it goes down, Kubernetes changes, it comes back with its state"
saved() { grep -q "default_cookie\|web6" "$work/big.state"; }
wait_until 5 "the state is saved" saved
end big
mark big
wait_until 10 "/readyz names the BIG-IP" not_ready
endpoints s1 10.1.1.1 10.1.1.3
endpoints s2
virtual web7 10.200.0.7 s3
unvirtual web4
start_big
settles big 20
equal "deleted" "${ns}_web4 cfgmap_${ns}_web4_s4" "$(deleted big | paste -sd' ')"
equal "virtuals made" "${ns}_web7" "$(log_of big 'select(.method == "POST" and .path == "/mgmt/tm/ltm/virtual").body.name')"

step "it comes back empty"
crash big
rm "$work/big.state"
endpoints s5 10.1.5.9
mark big
start_big
settles big 20
nothing_lost big
stays big 1
wait_until 5 "the controller is ready" ready ctlr
equal "outages taken for drift" 0 "$(metric ctlr podlane_drift_repairs_total)"
equal "lines that say down" 3 "$(grep -c 'error bigip.down' "$work/ctlr.log")"
step "done"
