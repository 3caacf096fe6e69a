#!/usr/bin/env bash
# Every manifest in deploy/ is accepted by the API server, and the role gives what the controller needs and no more.
. "$(dirname "$0")/lib.sh"

deploy=$here/../../deploy

step "each manifest is accepted"
while read -r file; do
	kubectl apply --dry-run=server --validate=true -f "$file" >/dev/null || fail "$file is refused"
done < <(find "$deploy" -name '*.yaml')

step "the service account may and may not"
kubectl apply -f "$deploy/rbac.yaml" >/dev/null
account_kubeconfig kube-system bigip-ctlr "$work/account.kubeconfig"
may() { # yes|no VERB RESOURCE[/NAME] [NAMESPACE]
	local where=--all-namespaces
	[ -z "$4" ] || where=--namespace=$4
	equal "may $2 $3 ($where)" "$1" \
		"$(kubectl --kubeconfig "$work/account.kubeconfig" auth can-i "$2" "$3" "$where" 2>/dev/null || true)"
}
while read -r verdict verb resource namespace; do
	may "$verdict" "$verb" "$resource" "$namespace"
done <<-END
	yes watch nodes
	yes list services
	yes watch endpoints
	yes watch endpointslices.discovery.k8s.io
	yes watch configmaps
	yes patch configmaps
	yes list namespaces
	yes create events
	yes patch events
	yes create leases.coordination.k8s.io kube-system
	yes update leases.coordination.k8s.io/podlane-controller kube-system
	no update leases.coordination.k8s.io/kube-scheduler kube-system
	no create leases.coordination.k8s.io default
	no get secrets
	no get secrets/bigip-login kube-system
	no update configmaps
	no delete configmaps
	no create configmaps
	no list pods
	no patch services
END
kubectl delete -f "$deploy/rbac.yaml" >/dev/null
step "done"
