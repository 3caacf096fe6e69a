#!/usr/bin/env bash
# 200 ConfigMaps at the first sync, one of which the BIG-IP refuses in the middle of a bulk transaction: the
# others land, the bad one gets one Event with the BIG-IP's message, and lands once it is repaired.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

new_namespace
service s
endpoints s 10.1.0.1 10.1.0.2
virtuals 200 s
step "200 ConfigMaps, of which v77 names a client SSL profile that is not there"
bad=${want_virtual[v77]}
ssl='.virtualServer.frontend.sslProfile = {f5ProfileName: "Common/nowhere"}'
publish v77 "$(document "${bad% *}" s "$ssl")"
unset 'want_virtual[v77]'
start_mock big
start_controller ctlr big "${quick[@]}" --verify-interval=2
settled() { [ "$(metric ctlr 'podlane_configmaps{state="applied"}')" = 199 ] && state_is ctlr v77 refused; }
wait_until 30 "199 are applied, one is refused" settled

step "what is on the BIG-IP"
# of the bad one, what comes before its virtual may be there
wanted_now=$(wanted)
equal "tree" "$wanted_now" "$(tree big | grep -v "_v77")"
equal "deleted" "" "$(deleted big | grep -v _v77 || true)"
[ "$(log_of big 'select(.transaction != null) | 1' | wc -l)" -gt 199 ] || fail "no transactions were used"
! tree big | grep -q "virtual ${ns}_v77" || fail "the bad virtual is there"

step "one Warning with the BIG-IP's own words, however often it is tried"
wait_until 5 "an Event" event_count_is v77 BigipRefused 1
events v77 | grep -q 'Warning BigipRefused .*nowhere' || fail "the Event does not say what the BIG-IP said: $(events v77)"
mark big
tries() { log_of big 'select(.status == 404 and .body.name == "'"${ns}_v77"'") | 1' | wc -l; }
tried_often() { [ "$(tries)" -ge 4 ]; }
wait_until 30 "it is tried again and again" tried_often
equal "Events of v77" 1 "$(event_count v77 BigipRefused)"
equal "Events of all kinds about v1" 1 "$(events v1 | awk '{ n += $1 } END { print n + 0 }')"

step "the others do not wait for it"
mark big
endpoints s 10.1.0.3
v1_has() { tree big | grep "pool cfgmap_${ns}_v1_s " | grep -q 10.1.0.3; }
wait_until 5 "the change is there" v1_has

step "repaired"
virtual v77 "${bad% *}" s
settles big 15
wait_until 5 "v77 is applied" state_is ctlr v77 applied
wait_until 5 "an Event says so" event_count_is v77 Applied 1

step "one that wants another's address: refused, and the owner keeps it"
mark big
publish thief "$(document "${want_virtual[v1]% *}" s)"
wait_until 10 "it is refused" state_is ctlr thief refused
wait_until 5 "an Event" event_count_is thief BigipRefused 1
events thief | grep -q "shares destination .*${ns}_v1" || fail "the Event does not name the owner: $(events thief)"
equal "the owner" "${want_virtual[v1]% *}:80" "$(tree big | awk -v name="${ns}_v1" '$1 == "virtual" && $2 == name { print $3 }')"
equal "writes to the owner" "" "$(writes big | grep "_v1 " || true)"
virtual thief 10.201.0.1 s
settles big 15
step "done"
