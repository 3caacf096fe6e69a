# cluster.sh - sourced after base.sh: what kubelets would do, said to the API server directly
#
# $kube is the directory of kube.sh, $ns the namespace. The real endpoints controller sees pods that
# became ready and writes Endpoints and EndpointSlices, as in any cluster.
# shellcheck shell=bash disable=SC2154

api_curl() { # PATH OPTIONS...
	local port
	read -r port _ <"$kube/ports"
	curl --silent --show-error --fail-with-body --noproxy '*' --cacert "$kube/pki/ca.crt" \
		--cert "$kube/pki/admin.crt" --key "$kube/pki/admin.key" "https://127.0.0.1:$port$1" "${@:2}"
}

api() { # METHOD PATH [BODY]: prints the reply; fails on an error status
	local type=application/json
	[ "$1" != PATCH ] || type=application/merge-patch+json
	api_curl "$2" --max-time 30 -X "$1" -H "Content-Type: $type" ${3+--data-binary "$3"}
}

api_watch() { # PATH [FIELD_SELECTOR]: prints what is there and each change as JSON, until the server closes
	api_curl "$1?watch=1${2:+&fieldSelector=$2}" --no-buffer
}

node() { # NAME ADDRESS [POD_CIDR]
	api POST /api/v1/nodes '{"metadata": {"name": "'"$1"'"}, "spec": {"podCIDR": "'"${3:-}"'"}}' >/dev/null
	api PATCH "/api/v1/nodes/$1/status" '{"status": {
		"addresses": [{"type": "InternalIP", "address": "'"$2"'"}],
		"conditions": [{"type": "Ready", "status": "True"}]}}' >/dev/null
}

pod() { # NAME ADDRESS NODE APP: a ready pod with label app=APP
	api POST "/api/v1/namespaces/$ns/pods" '{"metadata": {"name": "'"$1"'", "labels": {"app": "'"$4"'"}},
		"spec": {"nodeName": "'"$3"'", "containers": [
			{"name": "web", "image": "web", "ports": [{"containerPort": 80}]}]}}' >/dev/null
	pod_runs "$1" "$2"
}

pod_runs() { # POD ADDRESS [CONTAINER]: its kubelet says that it is running and ready
	api PATCH "/api/v1/namespaces/$ns/pods/$1/status" '{"status": {"phase": "Running",
		"podIP": "'"$2"'", "podIPs": [{"ip": "'"$2"'"}],
		"containerStatuses": [{"name": "'"${3:-web}"'", "ready": true, "restartCount": 0, "image": "", "imageID": "",
			"state": {"running": {}}}],
		"conditions": [{"type": "Ready", "status": "True"}]}}' >/dev/null
}

pod_ready() { # POD True|False
	api PATCH "/api/v1/namespaces/$ns/pods/$1/status" '{"status": {
		"conditions": [{"type": "Ready", "status": "'"$2"'"}]}}' >/dev/null
}

# There is no kubelet that would confirm an ordinary deletion.
pod_gone() { # POD
	api DELETE "/api/v1/namespaces/$ns/pods/$1" '{"gracePeriodSeconds": 0}' >/dev/null
}

# A kubeconfig for a service account, with the token that the controller manager made for it.
account_kubeconfig() { # NAMESPACE ACCOUNT FILE
	local port secret
	read -r port _ <"$kube/ports"
	wait_until 20 "a token for service account $2" account_secret "$1" "$2"
	secret=$(account_secret "$1" "$2")
	(umask 077 && cat >"$3") <<-END
		apiVersion: v1
		kind: Config
		current-context: $2
		clusters:
		- name: test
		  cluster: {server: "https://127.0.0.1:$port", certificate-authority: $kube/pki/ca.crt}
		users:
		- name: $2
		  user: {token: $(api GET "/api/v1/namespaces/$1/secrets/$secret" | jq -r .data.token | base64 -d)}
		contexts:
		- name: $2
		  context: {cluster: test, user: $2}
	END
}

account_secret() { # NAMESPACE ACCOUNT: prints the name of its token's Secret, fails if there is none yet
	api GET "/api/v1/namespaces/$1/serviceaccounts/$2" | jq -re '.secrets[0].name'
}
