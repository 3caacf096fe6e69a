#!/usr/bin/env bash
# Run one scenario inside the rig of fixture.sh.
#   scenario.sh RIG BIN FILE
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/base.sh"
. "$here/rig.sh"

PODLANE_RIG=$1 PODLANE_BIN=$2 KUBECONFIG=$1/kube/kubeconfig rig_in "$1" bash "$3"
