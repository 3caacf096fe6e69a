#!/usr/bin/env bash
# An invalid edit never takes a service down: what was good last stays and follows its endpoints, also over a
# restart of the controller; each change of state is one Event.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

new_namespace
service s
endpoints s 10.1.0.1
virtual web 10.200.0.1 s
virtual other 10.200.0.2 s
start_mock big
start_controller ctlr big "${quick[@]}"
settles big 10
wait_until 5 "an Event says applied" event_count_is web Applied 1

step "invalid"
mark big
broken='.virtualServer.frontend.balance = "least-conections-member"'
publish web "$(document 10.200.0.1 s "$broken")"
wait_until 5 "it is invalid" state_is ctlr web invalid
wait_until 5 "one Event" event_count_is web InvalidConfiguration 1
passes big 1
equal "writes" "" "$(writes big)"

step "endpoints change, for both"
endpoints s 10.1.0.2 10.1.0.3
settles big 5
equal "writes" 2 "$(writes big | wc -l)"

step "the controller restarts while it is invalid"
mark big
end ctlr
start_controller ctlr big "${quick[@]}"
wait_until 10 "the controller is ready" ready ctlr
wait_until 5 "it is invalid" state_is ctlr web invalid
stays big 2
equal "writes" "" "$(writes big)"

step "not even JSON, then valid, with another address"
publish web '{"virtualServer": {'
wait_until 5 "the message is another one" event_count_is web InvalidConfiguration 3
stays big 1
virtual web 10.200.0.9 s
settles big 5
nothing_lost big
wait_until 5 "it is applied" state_is ctlr web applied
wait_until 5 "an Event says so" event_count_is web Applied 2
equal "Events of the other one" "1 Normal Applied" "$(events other | cut -d' ' -f1-3)"
step "done"
