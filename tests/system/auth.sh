#!/usr/bin/env bash
# Sessions end in every way they can: a 401 in mid-flight, tokens that expire, a password that changes on
# the BIG-IP and later in the mounted Secret. A wrong password is tried seldom, for it locks accounts.
. "$(dirname "$0")/lib.sh"
. "$here/ltm.sh"

new_namespace
service s
endpoints s 10.1.0.1
virtual web 10.200.0.1 s
# this one does not extend tokens
start_mock big --token-ttl 3 --state "$work/big.state" --fail 404:method=PATCH,path=/authz/tokens
start_controller ctlr big "${quick[@]}"
settles big 10

step "tokens that cannot be extended expire after 3 s: replaced in time, no request is refused"
for i in 1 2; do
	more_logins() { [ "$(logins big)" -gt "$i" ]; }
	wait_until 10 "another login" more_logins
	endpoints s "10.1.0.1" "10.1.0.1$i"
	settles big 5
done
equal "requests that were refused" 0 "$(log_of big 'select(.status == 401) | 1' | wc -l)"
[ "$(logins big)" -le 6 ] || fail "$(logins big) logins"

step "401 in mid-flight, on reads and on writes"
mark big
for rule in 401:method=PATCH,count=1 401:method=POST,path=/ltm/,count=1 401:method=GET,path=/ltm/pool,count=1; do
	break_bigip big "$rule"
done
endpoints s 10.1.0.2
virtual web2 10.200.0.2 s
settles big 10
hit() { [ "$(log_of big 'select(.status == 401) | 1' | wc -l)" = 3 ]; }
wait_until 5 "each fault has struck" hit
settles big 10
nothing_lost big
repair_bigip big

step "the password changes on the BIG-IP: few logins, the reason is visible"
end big
old=$bigip_password
bigip_password='n€w "pass'
start_mock big --state "$work/big.state"
mark big
endpoints s 10.1.0.3
not_ready() { curl -s --noproxy '*' "http://127.0.0.1:${controller_port[ctlr]}/readyz" | grep -qi "password\|credential\|authori\|401"; }
wait_until 10 "/readyz tells of the credentials" not_ready
began=$(now_ms)
tried() { [ "$(logins big)" -ge 2 ] || [ $(($(now_ms) - began)) -gt 6000 ]; }
wait_until 10 "logins go on, slowly" tried
[ "$(logins big)" -le 3 ] || fail "$(logins big) logins with a wrong password in $((($(now_ms) - began) / 1000)) s"
! grep -qF -e "$old" -e "$bigip_password" "$work/ctlr.log" || fail "a password is in the log"

step "and in the Secret: read again, without a restart"
printf '%s\n' "$bigip_password" >"$work/login/password.new"
mv "$work/login/password.new" "$work/login/password"
settles big 20
wait_until 5 "the controller is ready" ready ctlr
nothing_lost big
step "done"
