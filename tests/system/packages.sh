#!/usr/bin/env bash
# The Debian packages that the project needs, in one place, and their installation.
#
#   packages.sh SET...     install what is missing of: build kube rig lint
#   packages.sh list SET...
#
# Nothing happens, and no root is needed, when all are there. An installed haproxy package would run
# a proxy of its own; where this script brought the package in, that service is stopped again.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/base.sh"

packages() { # SET
	case $1 in
	build) # to compile the programs and the unit tests
		say build-essential cmake ninja-build pkg-config libcurl4-openssl-dev libuv1-dev libjson-c-dev \
			libyaml-dev libcmocka-dev libmicrohttpd-dev libssl-dev libpcre2-dev uthash-dev
		;;
	kube) # to build the Kubernetes control plane, once; nothing when it is in the cache
		[ -x "${PODLANE_CACHE:-/var/cache/podlane-test}/bin/kube-apiserver" ] ||
			say golang-go dpkg-dev
		;;
	rig) # to run demo and system tests; another kubectl than Debian's is as good
		say haproxy openssl ca-certificates curl jq iproute2 procps util-linux python3
		command -v kubectl >/dev/null || say kubernetes-client
		;;
	lint) # for ./check
		say clang clang-format clang-tidy libclang-rt-14-dev valgrind shellcheck git
		;;
	*) die "unknown set of packages '$1' (build kube rig lint)" ;;
	esac
}

missing() { # PACKAGE...
	local p state
	for p; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
		[ "$state" = installed ] || say "$p"
	done
}

apt() { # ARGUMENTS...; the descriptor of the progress is opened behind sudo, which closes all others
	# shellcheck disable=SC2016 # the inner shell expands it
	as_root sh -c 'exec env DEBIAN_FRONTEND=noninteractive apt-get -q -o APT::Status-Fd=3 "$@" 3>"$0"' \
		"$status" -o Dpkg::Use-Pty=0 "$@"
}

percent() { # dlstatus:NUMBER:PERCENT:TEXT or pmstatus:PACKAGE:PERCENT:TEXT
	local kind n
	IFS=: read -r kind _ n _ < <(tail -n 1 "$status")
	case $kind in
	dlstatus) echo "download ${n%%.*} %" ;;
	pmstatus) echo "unpack and configure ${n%%.*} %" ;;
	esac
}

stop_haproxy() {
	if [ -d /run/systemd/system ]; then
		as_root systemctl disable --quiet --now haproxy || true
	elif [ -x /etc/init.d/haproxy ]; then
		as_root /etc/init.d/haproxy stop >/dev/null 2>&1 || true
		as_root update-rc.d haproxy disable
	fi
}

list_only=
if [ "${1:-}" = list ]; then list_only=1 && shift; fi
[ $# -gt 0 ] || die "name the sets: build kube rig lint"
wanted=()
for set; do
	# not through a pipe, so that an unknown set ends the script
	words=$(packages "$set")
	# shellcheck disable=SC2206 # words are wanted
	wanted+=($words)
done
if [ -n "$list_only" ]; then
	printf '%s\n' "${wanted[@]}" | sort -u
	exit
fi

mapfile -t absent < <(missing "${wanted[@]}")
[ ${#absent[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null || die "this needs Debian packages: ${absent[*]}"
say "Debian packages to install: ${absent[*]}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=$work/status
: >"$status"
with_progress "package lists" "$work/update.log" - apt update || { trap - EXIT && exit 1; }
with_progress "${#absent[@]} packages" "$work/install.log" percent apt install -y --no-install-recommends \
	"${absent[@]}" || { trap - EXIT && exit 1; }
for p in "${absent[@]}"; do
	[ "$p" != haproxy ] || stop_haproxy
done
