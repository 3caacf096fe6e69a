#!/usr/bin/env bash
# A real Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager.
#
#   kube.sh install        build them once (about 5 minutes), into the cache
#   kube.sh start DIR      start, or restart what is missing; admin kubeconfig is DIR/kubeconfig
#   kube.sh status DIR     a line for each process; succeeds when all run and the API is ready
#   kube.sh stop DIR       stop; the data stay in DIR for the next start
#
# There is no kubelet and no scheduler: whoever wants running pods writes their status.
# PODLANE_CACHE (default /var/cache/podlane-test) holds sources and binaries. Runs anywhere, also
# in a network namespace in which only loopback is up.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/base.sh"

cache=${PODLANE_CACHE:-/var/cache/podlane-test}
bin=$cache/bin
src=$cache/src
module=k8s.io/kubernetes
daemons=(kube-apiserver kube-controller-manager)

# ---------------------------------------------------------------- install
# Debian ships Kubernetes only as kubectl, but the source package is whole. Its go.mod is older than
# the compiler's rules for modules, hence GOPATH mode.

# apt with lists of its own, because a system's configuration seldom names source packages
own_apt() { # COMMAND ARGUMENTS...
	"$1" -o "Dir::Etc::SourceList=$cache/apt/sources.list" -o Dir::Etc::SourceParts=- \
		-o "Dir::State::Lists=$cache/apt/lists" -o "Dir::Cache=$cache/apt/cache" \
		-o APT::Sandbox::User=root "${@:2}"
}

apt_lists() {
	[ ! -e "$cache/apt/updated" ] || return 0
	mkdir -p "$cache"/apt/{lists,cache}/partial "$cache/apt/cache/archives/partial"
	apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
		awk '$3 == "main" { print "deb", $0; print "deb-src", $0 }' | sort -u >"$cache/apt/sources.list"
	[ -s "$cache/apt/sources.list" ] || die "apt has no source with a main component"
	own_apt apt-get update
	touch "$cache/apt/updated"
}

unpack() { # PACKAGE: into $cache/deb, not installed: the etcd package would start a daemon
	apt_lists
	mkdir -p "$cache/deb"
	rm -f "$cache/deb/$1"_*.deb
	(cd "$cache/deb" && own_apt apt-get download "$1" && dpkg -x "$1"_*.deb .)
}

get_sources() {
	local d
	for d in etcd etcdctl; do
		[ ! -x "$bin/$d" ] || continue
		if [ "$d" = etcd ]; then unpack etcd-server; else unpack etcd-client; fi
		cp "$cache/deb/usr/bin/$d" "$bin/"
	done
	[ ! -e "$src/.complete" ] || return 0
	apt_lists
	rm -rf "$src"
	mkdir -p "$cache/dsc"
	(cd "$cache/dsc" && own_apt apt-get source --download-only kubernetes)
	dpkg-source --no-check --no-copy -x "$cache"/dsc/kubernetes_*.dsc "$src"
	# reflect2 1.0.1, as vendored, walks maps wrongly under Go 1.18 and later, and the API server
	# dies of it at the first custom resource; Debian's package is 1.0.2
	local reflect2=github.com/modern-go/reflect2
	unpack golang-github-modern-go-reflect2-dev
	rm -rf "${src:?}/vendor/$reflect2"
	cp -r "$cache/deb/usr/share/gocode/src/$reflect2" "$src/vendor/github.com/modern-go/"
	touch "$src/.complete"
}

go_env() {
	export GO111MODULE=off CGO_ENABLED=0 GOFLAGS='' GOPATH=$cache/gopath GOCACHE=$cache/gocache
	mkdir -p "$GOPATH/src/${module%/*}"
	ln -sfn "$src" "$GOPATH/src/$module"
	cd "$GOPATH/src/$module"
}

# the one generated file that the source package lacks
generate_openapi() {
	local gen=$cache/openapi-gen dirs
	go_env
	go build -o "$gen" "$module/vendor/k8s.io/kube-openapi/cmd/openapi-gen"
	dirs=$(grep -Rl --include='*.go' --exclude='*_test.go' --exclude-dir=_examples '+k8s:openapi-gen=' \
		pkg cmd plugin vendor/k8s.io |
		grep -Ev '^vendor/k8s.io/(code-generator|sample-apiserver|gengo|kube-openapi)/' |
		xargs -n1 dirname | LC_ALL=C sort -u | sed "s|^|$module/|" | paste -sd,)
	"$gen" -i "$dirs" -p "$module/pkg/generated/openapi" -O zz_generated.openapi -o "$GOPATH/src" \
		-h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$cache/openapi-violations.txt"
}

build_daemons() {
	local version flags='-s -w' kv
	go_env
	version=v$(dpkg-parsechangelog -l debian/changelog -S Version | sed -E 's/^.*really//; s/-.*$//')
	for kv in "gitVersion=$version" "gitMajor=$(cut -d. -f1 <<<"${version#v}")" \
		"gitMinor=$(cut -d. -f2 <<<"$version")" gitTreeState=clean; do
		flags+=" -X $module/vendor/k8s.io/component-base/version.$kv"
		flags+=" -X $module/vendor/k8s.io/client-go/pkg/version.$kv"
	done
	rm -rf "$bin.part"
	go list -deps "${daemons[@]/#/./cmd/}" | wc -l >"$cache/packages-total"
	go build -v -trimpath -ldflags "$flags" -o "$bin.part/" "${daemons[@]/#/./cmd/}"
	mv "$bin.part"/* "$bin/"
}

packages_built() { # LOG: go build -v prints a line for each package
	echo "package $(grep -c / "$1") of $(cat "$cache/packages-total")"
}

last_line() { tail -n 1 "$1" | cut -c1-60; }

installed() {
	local p
	for p in etcd etcdctl "${daemons[@]}"; do
		[ -x "$bin/$p" ] || return 1
	done
}

install() {
	local tool
	! installed || return 0
	for tool in go dpkg-source dpkg-parsechangelog; do
		command -v "$tool" >/dev/null || die "$tool is missing: run tests/system/packages.sh kube"
	done
	mkdir -p "$bin" 2>/dev/null || die "cannot write $cache; set PODLANE_CACHE to a directory that you own"
	with_progress "Kubernetes: fetch etcd and the source package" "$cache/fetch.log" last_line get_sources
	[ -e "$src/pkg/generated/openapi/zz_generated.openapi.go" ] ||
		with_progress "Kubernetes: generate the OpenAPI definitions" "$cache/openapi.log" - generate_openapi
	with_progress "Kubernetes: build ${daemons[*]}" "$cache/build.log" packages_built build_daemons
}

# ---------------------------------------------------------------- certificates

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

issue() { # NAME SUBJECT [SUBJECT_ALT_NAMES]: pki/NAME.{key,crt}, signed by pki/ca
	local ext=extendedKeyUsage=clientAuth,serverAuth
	[ -z "${3:-}" ] || ext+=$'\n'subjectAltName=$3
	openssl req -new "${new_key[@]}" -keyout "pki/$1.key" -subj "$2" 2>/dev/null |
		openssl x509 -req -CA pki/ca.crt -CAkey pki/ca.key -CAcreateserial -days 3650 \
			-extfile <(echo "$ext") -out "pki/$1.crt" 2>/dev/null
}

certificates() {
	[ ! -e pki/complete ] || return 0
	mkdir -p -m 700 pki
	openssl req -x509 "${new_key[@]}" -days 3650 -subj /CN=podlane-test -keyout pki/ca.key -out pki/ca.crt \
		-addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
	issue apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1"
	issue admin /O=system:masters/CN=admin
	issue kube-controller-manager /CN=system:kube-controller-manager
	openssl genrsa -out pki/sa.key 2048 2>/dev/null
	openssl rsa -in pki/sa.key -pubout -out pki/sa.pub 2>/dev/null
	touch pki/complete
}

kubeconfig() { # USER FILE
	(umask 077 && cat >"$2") <<-END
		apiVersion: v1
		kind: Config
		current-context: test
		clusters:
		- name: test
		  cluster:
		    server: https://127.0.0.1:$port
		    certificate-authority-data: $(base64 -w0 pki/ca.crt)
		users:
		- name: $1
		  user:
		    client-certificate-data: $(base64 -w0 "pki/$1.crt")
		    client-key-data: $(base64 -w0 "pki/$1.key")
		contexts:
		- name: test
		  context: {cluster: test, user: $1}
	END
}

# ---------------------------------------------------------------- processes

ready() {
	[ "$(curl -s --noproxy '*' --max-time 2 --cacert pki/ca.crt --cert pki/admin.crt --key pki/admin.key \
		"https://127.0.0.1:$port/readyz")" = ok ]
}

ready_or_dead() {
	! proc_alive . kube-apiserver || ready
}

daemon() { # NAME ARGUMENTS...: started unless it runs
	proc_alive . "$1" || proc_start . "$1" "$bin/$1" "${@:2}"
}

start() {
	local etcd
	installed || die "run '$0 install' first"
	[ -s ports ] || free_ports 3 | paste -sd" " >ports
	read -r port etcd peer <ports
	certificates
	kubeconfig admin kubeconfig
	kubeconfig kube-controller-manager kube-controller-manager.kubeconfig
	# --unsafe-no-fsync: fsync is most of etcd's latency, and these data may be lost
	daemon etcd --name test --data-dir etcd --unsafe-no-fsync --quota-backend-bytes=8589934592 \
		--listen-client-urls "http://127.0.0.1:$etcd" --advertise-client-urls "http://127.0.0.1:$etcd" \
		--listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
		--initial-cluster "test=http://127.0.0.1:$peer" --logger zap --log-level warn
	# shellcheck disable=SC2086 # further flags are words
	daemon kube-apiserver --etcd-servers "http://127.0.0.1:$etcd" --secure-port "$port" --insecure-port 0 \
		--bind-address 127.0.0.1 --advertise-address 127.0.0.1 --endpoint-reconciler-type none \
		--tls-cert-file pki/apiserver.crt --tls-private-key-file pki/apiserver.key \
		--client-ca-file pki/ca.crt --anonymous-auth=false --authorization-mode Node,RBAC \
		--service-cluster-ip-range 10.96.0.0/12 --allow-privileged=true \
		--service-account-issuer https://kubernetes.default.svc.cluster.local \
		--api-audiences https://kubernetes.default.svc.cluster.local \
		--service-account-key-file pki/sa.pub --service-account-signing-key-file pki/sa.key \
		--v=1 ${PODLANE_APISERVER_ARGS:-}
	wait_until 60 "the API server is ready" ready_or_dead
	proc_alive . kube-apiserver || die "kube-apiserver ended: $(tail -n 3 kube-apiserver.log)"
	# without these controllers nobody marks nodes, for which no kubelet reports, as lost
	daemon kube-controller-manager --kubeconfig kube-controller-manager.kubeconfig --leader-elect=false \
		--port 0 --secure-port 0 --controllers '*,-nodelifecycle,-nodeipam,-podgc,-cloud-node-lifecycle' \
		--service-account-private-key-file pki/sa.key --root-ca-file pki/ca.crt \
		--use-service-account-credentials=true --kube-api-qps 500 --kube-api-burst 1000 \
		--concurrent-endpoint-syncs 10 --concurrent-service-endpoint-syncs 10 --v=1
}

status() {
	local p rc=0
	for p in etcd "${daemons[@]}"; do
		if proc_alive . "$p"; then say "$p: process $(proc_pid . "$p")"; else say "$p: not running" && rc=1; fi
	done
	if [ -s ports ] && read -r port _ <ports && ready; then
		say "API: ready on https://127.0.0.1:$port"
	else
		say "API: not ready" && rc=1
	fi
	return "$rc"
}

stop() {
	local p
	for p in kube-controller-manager kube-apiserver etcd; do proc_stop . "$p"; done
}

case ${1:-} in
install) [ $# = 1 ] || die "install takes no arguments" ;;
start | status | stop)
	[ $# = 2 ] || die "$1 needs a directory and nothing else"
	mkdir -p "$2"
	cd "$2"
	;;
*)
	sed -n '2,/^set /{s/^# \{0,1\}//p}' "$0" >&2
	exit 2
	;;
esac
"$1"
