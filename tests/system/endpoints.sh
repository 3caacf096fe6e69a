#!/usr/bin/env bash
# The rig itself: pods that turn ready become Endpoints and EndpointSlices, made by the real controllers.
. "$(dirname "$0")/lib.sh"

addresses() { api GET "/api/v1/namespaces/$ns/endpoints/web" | jq -c '[.subsets[]?.addresses[]?.ip] | sort'; }
are() { [ "$(addresses)" = "$1" ]; }

new_namespace
kubectl create service clusterip web --tcp=80 >/dev/null
node "$ns-node" 10.0.0.1 10.1.0.0/24
step "two pods become ready"
pod a 10.1.0.1 "$ns-node" web
pod b 10.1.0.2 "$ns-node" web
wait_until 10 "both are endpoints" are '["10.1.0.1","10.1.0.2"]'
step "one is not ready any more"
pod_ready a False
wait_until 10 "only the other is an endpoint" are '["10.1.0.2"]'
pod_ready a True
wait_until 10 "both again" are '["10.1.0.1","10.1.0.2"]'
step "one is deleted"
pod_gone b
wait_until 10 "only the first is an endpoint" are '["10.1.0.1"]'
equal "slices" 1 "$(api GET "/apis/discovery.k8s.io/v1beta1/namespaces/$ns/endpointslices" | jq '.items | length')"
api DELETE "/api/v1/nodes/$ns-node" >/dev/null
step "done"
