#!/usr/bin/env bash
# The rig that the scenarios of one ctest run share: a namespace with a Kubernetes API server in it.
#   fixture.sh setup|cleanup DIR
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/base.sh"
. "$here/rig.sh"

case $1 in
setup)
	rig_close "$2"
	rm -rf "$2"
	rig_open "$2" keep
	# as later releases have it: slices tell of endpoints that are about to go
	PODLANE_APISERVER_ARGS=--feature-gates=EndpointSliceTerminatingCondition=true \
		rig_in "$2" "$here/kube.sh" start "$2/kube"
	rig_in "$2" "$here/kube.sh" status "$2/kube"
	;;
cleanup) rig_close "$2" ;;
*) die "setup or cleanup, not '$1'" ;;
esac
