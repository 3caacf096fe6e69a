#!/usr/bin/env bash
# A BIG-IP that is there but cannot: an asynchronous task is active (503), httpd restarts (HTML 503), mcpd
# is lost (500), the REST workers are not registered yet (404). Changes wait; nothing is deleted or made anew.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

new_namespace
for i in 1 2 3 4; do
	service "s$i"
	endpoints "s$i" "10.1.$i.1"
	virtual "web$i" "10.200.0.$i" "s$i"
done
start_mock big
start_controller ctlr big "${quick[@]}"
settles big 10
mark big

step "503 and 500, now this request and now that"
for rule in 503:20% 503-html:method=PATCH,every=3 500-mcpd:method=POST,count=2; do break_bigip big "$rule"; done
for n in 1 2 3 4 5; do
	for i in 1 2 3 4; do endpoints "s$i" "10.1.$i.$n" "10.1.$i.1$n"; done
done
virtual web5 10.200.0.5 s1
struck() { [ "$(log_of big 'select(.status >= 500 and .method != "GET") | 1' | wc -l)" -ge 3 ]; }
wait_until 15 "three writes were refused" struck
repair_bigip big
settles big 20
nothing_lost big

refused() { log_of big 'select(.status >= 400) | 1' | wc -l; }
# what it says while it is so must not end up as "nothing is there"
n=20
for condition in async-task restarting mcpd-lost not-registered; do
	step "$condition, for all requests"
	mock big POST state '{"ready": "'$condition'"}'
	endpoints s1 "10.1.1.$((n += 1))"
	virtual "extra$n" "10.200.1.$n" s2
	asked=$(refused)
	refused_more() { [ "$(refused)" -gt "$asked" ]; }
	wait_until 10 "it was asked, and refused" refused_more
	mock big POST state '{"ready": "ready"}'
	settles big 20
	nothing_lost big
done
stays big 1
wait_until 5 "the controller is ready" ready ctlr
equal "drift repaired" 0 "$(metric ctlr podlane_drift_repairs_total)"
for i in 1 2 3 4; do equal "Events of web$i" "1 Normal Applied" "$(events "web$i" | cut -d' ' -f1-3)"; done
step "done"
